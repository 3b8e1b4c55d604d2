//! The plan with its sources opened: what `pull` walks.

use crate::cube::Schema;
use crate::diagnostic::Result;
use crate::exec::ops::eval::StepFacts;
use crate::exec::window;
use crate::io::{Source, Tile};
use crate::plan::{Along, Node, Over, Plan, SourceSpec};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// A node of the plan, its inputs, and its open source where it is a scan.
pub struct Op {
    pub id: usize,
    pub plan: Arc<Plan>,
    pub inputs: Vec<Arc<Op>>,
    pub source: Option<Arc<dyn Source>>,
    /// Used by more than one operator, so computed once a task.
    pub shared: bool,
    /// Whether tasks that share the time axis would share work: a step of the result needs the steps before it, or a
    /// reduction beside it. Then a task goes through its steps in order and carries what the next ones need.
    pub in_order: bool,
    /// Of a join: bytes of a climatology that is kept through a task, so that it is not computed for every run of steps.
    largest_kept: AtomicU64,
    facts: OnceLock<Vec<StepFacts>>,
    /// Of a window: how many steps beyond its own a run of steps may need.
    reach: OnceLock<usize>,
    /// Of a reduction over time: the steps of all groups before each.
    steps_before: OnceLock<Vec<usize>>,
}

/// Opens sources; a session answers with those it has open already.
pub trait Opener {
    fn open(&self, spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>>;
}

impl Op {
    /// Opens the plan's sources. Equal sub-plans become one shared operator.
    pub fn prepare(plan: &Arc<Plan>, open: &dyn Opener) -> Result<Arc<Op>> {
        let mut uses = Vec::new();
        count_uses(plan, &mut uses);
        prepare(plan, open, &uses, &mut Vec::new())
    }

    pub fn schema(&self) -> &Schema {
        &self.plan.schema
    }

    pub fn input(&self) -> &Arc<Op> {
        &self.inputs[0]
    }

    /// Every source below, each once.
    pub fn sources(&self) -> Vec<&Arc<dyn Source>> {
        let mut all: Vec<&Arc<dyn Source>> = Vec::new();
        for source in self.inputs.iter().flat_map(|input| input.sources()).chain(&self.source) {
            if !all.iter().any(|known| Arc::ptr_eq(known, source)) {
                all.push(source);
            }
        }
        all
    }

    /// Year, month and the rest of every step.
    pub fn step_facts(&self) -> &[StepFacts] {
        self.facts.get_or_init(|| step_facts(self.schema()))
    }

    /// Steps, rows and columns that are best pulled together.
    pub fn grain(&self) -> Tile {
        match &self.plan.node {
            Node::Scan { .. } => {
                self.source.as_ref().map_or(Tile { time: 1, y: 256, x: 256 }, |source| source.natural_tile())
            }
            // Warping one step or sixteen costs the same reprojection of coordinates.
            Node::Warp { .. } => Tile { time: self.input().grain().time.max(16), y: 256, x: 256 },
            Node::Reduce { over: Over::Time { .. }, .. } => Tile { time: 1, ..self.input().grain() },
            Node::Reduce { over: Over::Space(footprint), .. } => {
                let Tile { time, y, x } = self.input().grain();
                Tile { time, y: y.div_ceil(footprint.stride), x: x.div_ceil(footprint.stride) }
            }
            // Some work is the same for a run of steps however long it is: that of a row of windows, a look ahead.
            Node::Window { along, .. } => {
                let grain = self.input().grain();
                let runs = match along {
                    Along::Rolling { .. } => (self.reach() + 1).min(LONGEST_RUN),
                    Along::Fill { .. } => self.reach().min(LONGEST_RUN),
                    _ => 1,
                };
                Tile { time: grain.time.max(runs).min(self.schema().time.len()), ..grain }
            }
            _ => self.input().grain(),
        }
    }

    /// Of a window: how many steps beyond its own a run of steps may need.
    pub fn reach(&self) -> usize {
        *self.reach.get_or_init(|| match &self.plan.node {
            Node::Window { along, .. } => window::reach(self, along),
            _ => 0,
        })
    }

    /// How large a climatology may be to be kept through a task.
    pub fn largest_kept(&self) -> u64 {
        self.largest_kept.load(Ordering::Relaxed)
    }

    /// Says so to this operator and those below.
    pub fn keep_at_most(&self, bytes: u64) {
        self.largest_kept.store(bytes, Ordering::Relaxed);
        self.inputs.iter().for_each(|input| input.keep_at_most(bytes));
    }

    /// How many steps go into the groups `groups` of a reduction over time.
    pub fn steps_in(&self, groups: Range<usize>) -> usize {
        let before = self.steps_before.get_or_init(|| match &self.plan.node {
            Node::Reduce { over: Over::Time { group_of_step, groups }, .. } => {
                let mut before = vec![0; groups + 1];
                group_of_step.iter().flatten().for_each(|&g| before[g + 1] += 1);
                (0..*groups).for_each(|g| before[g + 1] += before[g]);
                before
            }
            _ => vec![0],
        });
        before[groups.end.min(before.len() - 1)] - before[groups.start.min(before.len() - 1)]
    }

    /// Where the blocks of the source begin, in rows and columns of this operator: the crop's offset.
    pub fn origin(&self) -> (usize, usize) {
        match &self.plan.node {
            Node::Select { y, x, .. } => {
                let (oy, ox) = self.input().origin();
                let grain = self.input().grain();
                let shift = |start: usize, origin: usize, size: usize| (origin + size - start % size) % size;
                (shift(y.start, oy, grain.y.max(1)), shift(x[0].start, ox, grain.x.max(1)))
            }
            Node::Reduce { over: Over::Space(footprint), .. } => {
                let (y, x) = self.input().origin();
                (y / footprint.stride, x / footprint.stride)
            }
            Node::Scan { .. } | Node::Warp { .. } => (0, 0),
            _ => self.input().origin(),
        }
    }
}

fn count_uses<'a>(plan: &'a Arc<Plan>, uses: &mut Vec<(&'a Arc<Plan>, usize)>) {
    if let Some((_, n)) = uses.iter_mut().find(|(p, _)| same(p, plan)) {
        *n += 1;
        return;
    }
    uses.push((plan, 1));
    for input in plan.node.inputs() {
        count_uses(input, uses);
    }
}

fn same(a: &Arc<Plan>, b: &Arc<Plan>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

fn prepare(
    plan: &Arc<Plan>,
    open: &dyn Opener,
    uses: &[(&Arc<Plan>, usize)],
    done: &mut Vec<Arc<Op>>,
) -> Result<Arc<Op>> {
    if let Some(op) = done.iter().find(|op| same(&op.plan, plan)) {
        return Ok(op.clone());
    }
    let inputs = plan.node.inputs().into_iter().map(|p| prepare(p, open, uses, done)).collect::<Result<Vec<_>>>()?;
    let source = match &plan.node {
        Node::Scan { source } => Some(open.open(source, &plan.schema).map_err(|d| d.or_at(plan.span, "read here"))?),
        _ => None,
    };
    let shared = uses.iter().any(|(p, n)| *n > 1 && same(p, plan));
    let in_order = inputs.iter().any(|op| op.in_order)
        || match &plan.node {
            Node::Window { along, .. } => {
                !matches!(along, Along::Shift { .. } | Along::Diff { .. } | Along::Gaps { .. })
            }
            Node::Join { .. } => plan.node.inputs().iter().any(|input| reduces_time(input)),
            _ => false,
        };
    let op = Arc::new(Op {
        id: done.len(),
        plan: plan.clone(),
        inputs,
        source,
        shared,
        in_order,
        largest_kept: AtomicU64::new(LEAST_KEPT),
        facts: OnceLock::new(),
        reach: OnceLock::new(),
        steps_before: OnceLock::new(),
    });
    done.push(op.clone());
    Ok(op)
}

/// A climatology of so many bytes is kept in any case.
pub const LEAST_KEPT: u64 = 32 << 20;

/// Steps beyond which a longer run of windows saves little.
const LONGEST_RUN: usize = 64;

/// Whether a reduction over time lies below.
pub fn reduces_time(plan: &Plan) -> bool {
    matches!(plan.node, Node::Reduce { over: Over::Time { .. }, .. })
        || plan.node.inputs().iter().any(|input| reduces_time(input))
}

fn step_facts(schema: &Schema) -> Vec<StepFacts> {
    let unknown = StepFacts {
        days: f64::NAN,
        year: f64::NAN,
        month: f64::NAN,
        day: f64::NAN,
        day_of_year: f64::NAN,
        dekad: f64::NAN,
        season: f64::NAN,
        hour: f64::NAN,
    };
    let Some((calendar, instants)) = schema.time.instants() else { return vec![unknown; schema.time.len()] };
    let of = |&instant: &crate::cube::time::Instant| {
        let f = calendar.fields(instant);
        StepFacts {
            days: instant.0 as f64 / 86_400e6,
            year: f.year as f64,
            month: f.month as f64,
            day: f.day as f64,
            day_of_year: calendar.day_of_year(instant) as f64,
            dekad: f.dekad() as f64,
            season: (f.month % 12 / 3 + 1) as f64,
            hour: f.hour as f64 + f.minute as f64 / 60.0,
        }
    };
    instants.iter().map(of).collect()
}
