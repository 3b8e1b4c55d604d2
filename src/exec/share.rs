//! Finds what all tasks of a plan share: climatologies, and what these and the steps beside them are both made of.

use crate::cube::Region;
use crate::plan::{Along, Node, Over, Plan};
use std::ops::Range;
use std::sync::Arc;

/// A sub-plan that many tasks need the same pixels of.
pub(super) struct Shared<'a> {
    pub plan: &'a Arc<Plan>,
    /// The part that the plan needs of it: all steps and bands of some rows and columns.
    pub part: Region,
    /// Whether it is the right side of a join, a reduction whose steps many steps share; else it is a cube from which
    /// both sides come.
    pub is_climatology: bool,
}

/// What is shared within `plan`, as far as `room` bytes hold it.
pub(super) fn shared(plan: &Arc<Plan>, room: u64) -> Vec<Shared<'_>> {
    let mut all = Vec::new();
    if room > 0 {
        find(plan, &mut all);
        let grid = &plan.schema.grid;
        need(plan, &(0..grid.height), &(0..grid.width), &mut all);
    }
    // Climatologies come first: they save more, and are smaller.
    all.sort_by_key(|shared| !shared.is_climatology);
    let mut left = room;
    all.retain(|shared| {
        let bytes = shared.plan.schema.region_bytes(&shared.part);
        let fits = bytes <= left;
        left -= if fits { bytes } else { 0 };
        fits
    });
    all
}

fn find<'a>(plan: &'a Arc<Plan>, found: &mut Vec<Shared<'a>>) {
    if let Node::Join { left, right, .. } = &plan.node
        && right.reduces_time()
    {
        add(right, true, found);
        common(right, left, found);
    }
    plan.node.inputs().into_iter().for_each(|input| find(input, found));
}

/// Adds the largest plans below `plan` that are also in `other`.
fn common<'a>(plan: &'a Arc<Plan>, other: &Arc<Plan>, found: &mut Vec<Shared<'a>>) {
    for input in plan.node.inputs() {
        match has(other, input) {
            true => add(input, false, found),
            false => common(input, other, found),
        }
    }
}

fn has(plan: &Arc<Plan>, wanted: &Arc<Plan>) -> bool {
    same(plan, wanted) || plan.node.inputs().into_iter().any(|input| has(input, wanted))
}

fn add<'a>(plan: &'a Arc<Plan>, is_climatology: bool, found: &mut Vec<Shared<'a>>) {
    match found.iter_mut().find(|shared| same(shared.plan, plan)) {
        Some(known) => known.is_climatology |= is_climatology,
        None => found.push(Shared { plan, part: Region { y: 0..0, x: 0..0, ..plan.schema.all() }, is_climatology }),
    }
}

/// Adds the rows and columns of `plan` that are needed to those of what is shared below it.
fn need(plan: &Arc<Plan>, y: &Range<usize>, x: &Range<usize>, shared: &mut [Shared]) {
    if let Some(known) = shared.iter_mut().find(|shared| same(shared.plan, plan)) {
        (known.part.y, known.part.x) = (hull(&known.part.y, y), hull(&known.part.x, x));
    }
    let (y, x) = match &plan.node {
        Node::Select { y: rows, x: columns, .. } => {
            let columns = match columns.as_slice() {
                [one] => one.start + x.start..one.start + x.end,
                several => several.iter().fold(0..0, |all, piece| hull(&all, piece)),
            };
            (Some(rows.start + y.start..rows.start + y.end), Some(columns))
        }
        Node::Scan { .. }
        | Node::Map { .. }
        | Node::Mask { .. }
        | Node::Join { .. }
        | Node::Concat { .. }
        | Node::Write { .. }
        | Node::Reduce { over: Over::Time { .. } | Over::Band, .. } => (Some(y.clone()), Some(x.clone())),
        Node::Window { along, .. } => match along {
            Along::Rolling { .. }
            | Along::Cumulate { .. }
            | Along::Shift { .. }
            | Along::Diff { .. }
            | Along::Fill { .. } => (Some(y.clone()), Some(x.clone())),
            Along::Gaps { .. } => (None, None),
        },
        // Their pixels come from others of the input.
        Node::Warp { .. } | Node::Reduce { over: Over::Space(_), .. } => (None, None),
    };
    for input in plan.node.inputs() {
        let grid = &input.schema.grid;
        need(input, y.as_ref().unwrap_or(&(0..grid.height)), x.as_ref().unwrap_or(&(0..grid.width)), shared);
    }
}

/// Whether two plans are one.
pub(super) fn same(a: &Arc<Plan>, b: &Arc<Plan>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

/// The range from the first to the last of both, of which an empty one does not count.
fn hull(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b.clone(),
        (_, true) => a.clone(),
        (false, false) => a.start.min(b.start)..a.end.max(b.end),
    }
}
