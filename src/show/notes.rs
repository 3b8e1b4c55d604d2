//! Notes on what a plan or a run did that may mislead whoever reads its numbers.

use crate::cube::time::names::has_year;
use crate::cube::time::{BY_INTERVALS, Whole};
use crate::cube::{GeoBox, TimeAxis};
use crate::exec::Outcome;
use crate::plan::show::{plural, some_of};
use crate::plan::{Expr, MaskBy, Node, Over, Plan};
use std::collections::BTreeSet;

/// Pixels that are larger than this many pixels of the source leave most of these unused.
const MUCH: f64 = 2.0;
const METRES_A_DEGREE: f64 = 111_320.0;

/// Notes on what was decided for the user when the sources were read and the plan was made, each once.
pub(crate) fn decided(plan: &Plan) -> Vec<String> {
    let mut notes: Vec<String> = plan.node.inputs().into_iter().flat_map(|input| decided(input)).collect();
    notes.extend(plan.schema.notes.iter().cloned());
    let mut told = BTreeSet::new();
    notes.retain(|note| told.insert(note.clone()));
    notes
}

/// Notes on continuous data brought onto much larger pixels by a method that uses only a few of the small ones.
pub(crate) fn thinned(plan: &Plan) -> Vec<String> {
    let mut notes: Vec<String> = plan.node.inputs().into_iter().flat_map(|input| thinned(input)).collect();
    if let Node::Warp { input, places: _, method } = &plan.node
        && !method.covers()
        // Pixels that are only counted have no size.
        && input.schema.grid.places.is_none()
        // Integers may be numbers of classes, which must not be averaged.
        && input.schema.bands.iter().any(|b| b.dtype.is_float())
    {
        let factor = pixel(&plan.schema.grid) / pixel(&input.schema.grid);
        let note = format!(
            "{} looks at few of the pixels, which become {factor:.1} times as large: `method average`",
            method.name()
        );
        if factor > MUCH && !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// Notes on a single dated step that was joined to every step of another cube.
pub(crate) fn spread(plan: &Plan) -> Vec<String> {
    let mut notes: Vec<String> = plan.node.inputs().into_iter().flat_map(|input| spread(input)).collect();
    if let Node::Join { left, right, steps } = &plan.node
        && right.schema.time.len() == 1
        && left.schema.time.len() > 1
        && steps.iter().all(Option::is_some)
        && right.schema.time.instants().is_some()
    {
        let note = format!(
            "the one step of {} is joined to every step; `on time` joins it to those of its date alone",
            right.schema.time.label(0)
        );
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// Notes on steps whose groups, periods and parts of the date are those of their intervals, not of their labels.
pub(crate) fn by_interval(plan: &Plan) -> Vec<String> {
    let own = match &plan.node {
        Node::Reduce { input, over: Over::Time { .. }, .. } => {
            input.schema.time.is_stamped_at_ends() && !matches!(plan.schema.time, TimeAxis::Reduced { .. })
        }
        Node::Map { input, outputs } => {
            input.schema.time.is_stamped_at_ends() && outputs.iter().any(Expr::reads_calendar)
        }
        Node::Mask { input, by: MaskBy::Condition { condition, .. } } => {
            input.schema.time.is_stamped_at_ends() && condition.reads_calendar()
        }
        Node::Scan { .. } | Node::Select { .. } | Node::Warp { .. } | Node::Mask { .. } | Node::Reduce { .. } => false,
        Node::Window { .. } | Node::Join { .. } | Node::Concat { .. } | Node::Write { .. } => false,
    };
    match own || plan.node.inputs().into_iter().any(|input| !by_interval(input).is_empty()) {
        true => vec![BY_INTERVALS.into()],
        false => Vec::new(),
    }
}

/// Notes on steps that weigh more than their intervals are long, because these end at the last sample.
pub(crate) fn by_samples(plan: &Plan) -> Vec<String> {
    let mut notes: Vec<String> = plan.node.inputs().into_iter().flat_map(|input| by_samples(input)).collect();
    if let Node::Reduce { input, over: Over::Time { .. }, options, .. } = &plan.node
        && options.weights.is_some()
        && let Some(whole) = Whole::of(&input.schema.time)
    {
        notes.push(format!(
            "the intervals of the steps go from the first to the last sample of each {0}, and count as the whole {0}",
            whole.unit
        ));
    }
    notes
}

/// Notes on files that became steps without a date.
pub(crate) fn undated(plan: &Plan) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for (source, schema) in plan.scans() {
        let TimeAxis::Positions(steps) = schema.time else { continue };
        // One file without a date is nothing to tell of, unless a part of one stands in its name.
        let named = || schema.properties.get("name").and_then(|names| names.first()?.as_str());
        // The source says it itself of bands that became steps.
        if schema.notes.iter().any(|note| note.contains("steps are positions")) {
            continue;
        }
        let told = steps > 1 || named().is_some_and(has_year);
        if told && matches!(source.format.as_str(), "files" | "archive" | "stac") {
            let names =
                if steps == 1 { "the name of 1 file has".into() } else { format!("the names of {steps} files have") };
            let note = format!(
                "{names} no date, so steps are positions; `dates \"%Y%m%d\"`, with `match` where need be, says how dates \
                 are written"
            );
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

/// The most skipped inputs that are listed one by one.
const LISTED: usize = 20;

/// Whether neighboring tasks compute some pixels twice, so that counts of pixels are not exact.
fn overlaps(plan: &Plan) -> bool {
    let own = match &plan.node {
        Node::Join { right, .. } => right.reduces_time(),
        node => matches!(node, Node::Warp { .. } | Node::Window { .. } | Node::Reduce { over: Over::Space(_), .. }),
    };
    own || plan.node.inputs().into_iter().any(|input| overlaps(input))
}

/// The note on zones that have no row, as no pixel lies in them.
pub(crate) fn left_out(zones: &[String]) -> Option<String> {
    let note = || format!("{}; `keep_empty` keeps them", some_of("without pixels left out", "zone", zones));
    (!zones.is_empty()).then(note)
}

/// The note on so many pixels or cells.
pub(crate) fn no_value(how_many: &str) -> String {
    format!(
        "{how_many} made missing: arithmetic had no value for them (a division by zero, the logarithm of a negative number)"
    )
}

/// Notes on pixels that became missing during the run, and on inputs that were skipped.
pub(crate) fn outcome(plan: &Plan, outcome: &Outcome) -> Vec<String> {
    let about = if overlaps(plan) { "about " } else { "" };
    let pixels = |n: u64| format!("{about}{}", plural(n as usize, "pixel"));
    let mut notes = Vec::new();
    if outcome.invalid > 0 {
        notes.push(no_value(&pixels(outcome.invalid)));
    }
    if outcome.losses.missing > 0 {
        notes.push(format!(
            "{} made missing: the type they are stored in does not hold their values, or marks the missing with them",
            pixels(outcome.losses.missing)
        ));
    }
    if outcome.losses.clamped > 0 {
        notes.push(format!(
            "{} changed: the type they are stored in does not hold their values and took the nearest it does",
            pixels(outcome.losses.clamped)
        ));
    }
    notes.extend(outcome.noticed.iter().cloned());
    let skipped = &outcome.skipped;
    let lines: Vec<String> = skipped.iter().map(|s| format!("{} ({}): {}", s.input, s.step, s.why)).collect();
    let count = match outcome.inputs.filter(|&inputs| inputs >= skipped.len()) {
        Some(inputs) => format!("skipped {} of {}", skipped.len(), plural(inputs, "input")),
        None => format!("skipped {}", plural(skipped.len(), "input")),
    };
    match &lines[..] {
        [] => {}
        [one] => notes.push(format!("{count}: {one}")),
        several => {
            notes.push(count);
            notes.extend(several.iter().take(LISTED).map(|line| format!("skipped {line}")));
            if several.len() > LISTED {
                notes.push(format!("and {} more", several.len() - LISTED));
            }
        }
    }
    notes
}

/// The approximate edge of a pixel in meters.
fn pixel(grid: &GeoBox) -> f64 {
    let (dx, dy) = grid.resolution();
    match grid.is_angular() {
        true => {
            let bounds = grid.bounds();
            let latitude = ((bounds.south + bounds.north) / 2.0).to_radians();
            (dx * dy * latitude.cos().abs()).sqrt() * METRES_A_DEGREE
        }
        false => (dx * dy).abs().sqrt(),
    }
}
