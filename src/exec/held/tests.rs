//! Tests that what is held is computed once, only where it is needed, and is what a task would have computed.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::cube::{Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::exec::{Limits, Opener, RunCx, Runner, Silent, collect};
use crate::io::{ReadCx, Source, discover};
use crate::plan::{Payload, Plan, ReduceOptions, Reducer, Selection, SourceSpec};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const STEPS: usize = 48;
const SIZE: usize = 40;
const GROUPS: usize = 12;

/// A made-up cube that counts how often each step of it is read, and fails at one of them if it is told to.
struct Counted {
    of: Arc<dyn Source>,
    tile: Tile,
    reads: Vec<AtomicUsize>,
    fails_at: Option<usize>,
}

impl Source for Counted {
    fn spec(&self) -> SourceSpec {
        self.of.spec()
    }

    fn schema(&self) -> &Arc<Schema> {
        self.of.schema()
    }

    fn natural_tile(&self) -> Tile {
        self.tile
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        region.time.clone().for_each(|step| _ = self.reads[step].fetch_add(1, Ordering::Relaxed));
        // Long enough that other threads come meanwhile.
        std::thread::sleep(Duration::from_millis(1));
        match self.fails_at.filter(|step| region.time.contains(step)) {
            Some(step) => Err(Diagnostic::new(codes::READ_FAILED, format!("step {step}"))),
            None => self.of.read(region, cx),
        }
    }
}

struct Counting(Arc<Counted>);

impl Opener for Counting {
    fn open(&self, _: &SourceSpec, _: &Arc<Schema>) -> Result<Arc<dyn Source>> {
        Ok(self.0.clone())
    }
}

fn ramp() -> Arc<dyn Source> {
    let options = Payload::of(&serde_json::json!({ "steps": STEPS, "size": SIZE, "gaps": 7 }));
    discover("ramp", &options, &AtomicBool::new(false)).unwrap()
}

fn counting(tile: Tile, fails_at: Option<usize>) -> Counting {
    let reads = (0..STEPS).map(|_| AtomicUsize::new(0)).collect();
    Counting(Arc::new(Counted { of: ramp(), tile, reads, fails_at }))
}

fn whole_steps(time: usize) -> Tile {
    Tile { time, y: SIZE, x: SIZE }
}

/// Every step of a made-up cube beside the mean of its month.
fn beside_normals() -> Arc<Plan> {
    let (ramp, span) = (ramp(), Span::default());
    let cube = Plan::scan(ramp.spec(), (**ramp.schema()).clone(), span);
    let (mean, groups): (_, Vec<_>) =
        (Reducer::from(&crate::reducers::mean::REDUCER), (0..STEPS).map(|step| Some(step % GROUPS)).collect());
    let axis = TimeAxis::Positions(GROUPS);
    let means = Plan::reduce_time(&cube, axis, groups.clone(), vec![mean], ReduceOptions::default(), span).unwrap();
    Plan::join(&cube, &means, groups, vec!["now".into(), "normal".into()], span).unwrap()
}

fn limits(threads: usize) -> Limits {
    Limits { threads, memory: 64 << 20, ..Limits::default() }
}

fn computed(plan: &Arc<Plan>, from: &Counting, limits: &Limits) -> Result<Chunk> {
    let op = Op::prepare(plan, from, limits)?;
    Ok(collect(
        &op,
        &RunCx::new(Arc::default()),
        &Runner { limits, observer: &Silent, executor: None, options: &BTreeMap::new() },
    )?
    .0)
}

#[test]
fn shared_results_are_those_of_each_task_alone() {
    let plan = beside_normals();
    let alone = Limits { tile: Some(16), ..limits(1) };
    let expected = computed(&plan, &counting(whole_steps(1), None), &alone).unwrap();
    for threads in [1, 2, 5] {
        for tile in [whole_steps(1), whole_steps(7), whole_steps(STEPS), Tile { time: 5, y: 16, x: 16 }] {
            let found = computed(&plan, &counting(tile, None), &limits(threads)).unwrap();
            assert_eq!(found, expected, "{threads} threads, {tile:?}");
        }
    }
}

#[test]
fn any_region_can_be_pulled() {
    let plan = beside_normals();
    let limits = limits(2);
    let held = Op::prepare(&plan, &counting(Tile { time: 5, y: 16, x: 16 }, None), &limits).unwrap();
    assert!(held.inputs.iter().all(|input| input.is_held()));
    let alone = Limits { memory: 0, ..limits };
    let alone = Op::prepare(&plan, &counting(whole_steps(1), None), &alone).unwrap();
    assert_eq!(alone.held_bytes(), 0);
    let run = RunCx::new(Arc::default());
    for (time, bands, y, x) in [
        (3..4, vec![1], 0..1, 39..40),
        (47..48, vec![1, 0], 15..17, 3..30),
        (0..48, vec![0, 1], 0..40, 0..40),
        (11..37, vec![0], 16..32, 16..32),
        (5..5, vec![1], 0..4, 0..4),
    ] {
        let region = Region { time, bands, y, x };
        let pulled = |op: &Op| op.pull(&region, &TaskCx::new(&run, 0)).unwrap();
        assert_eq!(pulled(&held), pulled(&alone), "{region:?}");
    }
}

#[test]
fn every_step_is_read_once() {
    let from = counting(whole_steps(1), None);
    computed(&beside_normals(), &from, &limits(3)).unwrap();
    let reads: Vec<usize> = from.0.reads.iter().map(|n| n.load(Ordering::Relaxed)).collect();
    assert_eq!(reads, vec![1; STEPS]);
    // Where the memory has room for the means alone, once for these and once for the steps.
    let from = counting(whole_steps(1), None);
    let room = (GROUPS * SIZE * SIZE * 8 * 4 + 50_000) as u64;
    let op = Op::prepare(&beside_normals(), &from, &Limits { memory: room, ..limits(1) }).unwrap();
    assert_eq!(op.inputs.iter().map(|input| input.is_held()).collect::<Vec<_>>(), [false, true]);
    collect(
        &op,
        &RunCx::new(Arc::default()),
        &Runner { limits: &limits(3), observer: &Silent, executor: None, options: &BTreeMap::new() },
    )
    .unwrap();
    let reads: Vec<usize> = from.0.reads.iter().map(|n| n.load(Ordering::Relaxed)).collect();
    assert_eq!(reads, vec![2; STEPS]);
}

#[test]
fn only_what_is_needed_is_held() {
    let plan = beside_normals();
    let mut keep = Selection { y: 10..20, ..Selection::all(&plan.schema) };
    keep.x[0] = 30..35;
    let plan = Plan::select(&plan, keep, Span::default()).unwrap();
    let op = Op::prepare(&plan, &counting(whole_steps(1), None), &limits(2)).unwrap();
    // The made-up integers and the means of them, of 50 pixels.
    assert_eq!(op.held_bytes(), (50 * (STEPS * 2 + GROUPS * 8)) as u64);
    let part = computed(&plan, &counting(whole_steps(1), None), &limits(2)).unwrap();
    let whole = computed(&beside_normals(), &counting(whole_steps(1), None), &limits(2)).unwrap();
    let crop = |shape, pixels: &crate::cube::Pixels| pixels.crop(shape, 10..20, 30..35);
    assert_eq!(part.bands, whole.bands.iter().map(|b| crop(whole.shape, b)).collect::<Vec<_>>());
}

#[test]
fn a_failure_ends_every_task() {
    for threads in [1, 4] {
        let from = counting(whole_steps(1), Some(30));
        let failed = computed(&beside_normals(), &from, &limits(threads)).unwrap_err();
        assert_eq!((failed.code, failed.message.as_str()), (codes::READ_FAILED, "step 30"));
    }
}
