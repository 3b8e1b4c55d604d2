//! Reductions over zones, classes or all of space, with a tally for each step, group and band.
//!
//! All tasks of a stretch of time come before those of the next. The last task of a stretch turns its tallies into
//! cells, so that no more stretches are held than there are threads.

use super::columns;
use super::groups::{Groups, TaskGroups};
use super::op::{TableJob, TableOp, too_large};
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{Chunk, DType, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::exec::cx::{RunCx, TaskCx};
use crate::exec::limits::Limits;
use crate::exec::local::Outcome;
use crate::exec::ops::tally::{Needs, Tally, Value, Weight};
use crate::exec::partial::{Partial, Wanted};
use crate::exec::runner::Runner;
use crate::exec::sizes::LEAST_KEPT;
use crate::exec::tasks::{Job, Task};
use crate::plan::Reduction;
use crate::table::Cells;
use crate::with_pixels;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;

/// Bytes of a tally with its place in a map.
const TALLY: u64 = size_of::<Tally>() as u64 + 64;

pub(super) struct ReductionJob {
    pub job: TableJob,
    pub groups: Groups,
    /// The stretches of time of the tasks, in order.
    stretches: Vec<Range<usize>>,
    /// Bytes that the tallies of a stretch may take, for groups that are found while running.
    tallies: u64,
}

impl ReductionJob {
    fn stretch_of(&self, region: &Region) -> usize {
        self.stretches.partition_point(|time| time.start < region.time.start)
    }
}

fn reduction(op: &TableOp) -> &Reduction {
    op.rows.reduction().expect("a reduction is planned for rows that reduce")
}

fn needs(op: &TableOp) -> Needs {
    let rows = &op.rows;
    Needs::of(&reduction(op).reducers, rows.is_shared(), rows.is_weighted())
}

pub(super) fn plan(op: &TableOp, limits: &Limits, cx: &RunCx) -> Result<ReductionJob> {
    let schema = op.input.schema();
    let groups = Groups::new(op, limits, cx)?;
    let needs = needs(op);
    let pixels = groups.pixels(&schema.grid);
    let held: u64 = schema.bands.iter().map(|b| pixels * needs.bytes_per_pixel(b.dtype) as u64).sum();
    // The number of classes is not known before they are read: there is room for some hundreds, and more are an error.
    let count = groups.len().unwrap_or(512) as u64;
    let per_step = held + count * schema.bands.len() as u64 * TALLY;
    let fixed = op.result_bytes() + groups.bytes();
    // Tasks are taken in order, so each thread has at most one stretch in work. Twice its size is counted, for tallies
    // that a task has not handed over and for vectors that grow.
    let in_flight = |threads: usize| 2 * per_step * threads as u64;
    let room = limits.memory.saturating_sub(fixed) * 3 / 4;
    let threads = (1..=limits.threads.max(1)).rev().find(|&n| in_flight(n) <= room);
    let Some(threads) = threads else {
        let what = if held > 0 { "a step of values, which quantiles and modes hold," } else { "a step of the table" };
        return Err(too_large(op.plan.span, what, fixed + in_flight(1), limits));
    };
    let longest = ((room / 2) / in_flight(threads).max(1)).max(1) as usize;
    let tallies = room / (2 * threads as u64);
    let held = fixed + in_flight(threads) * longest.min(schema.time.len().max(1)) as u64;
    let mut limits = Limits { threads, memory: limits.memory.saturating_sub(held), ..limits.clone() };
    let sample = Region {
        time: 0..1,
        bands: (0..schema.bands.len()).collect(),
        y: 0..schema.grid.height.min(256),
        x: 0..schema.grid.width.min(256),
    };
    // Classes are pulled beside the cube, once for each task.
    let own = op.input.peak(&sample, LEAST_KEPT).max(1);
    limits.memory = (limits.memory as f64 * own as f64 / (own + class_bytes(op, &sample)) as f64) as u64;
    let mut job = Job::new(&op.input, None, &limits)?;
    // Stretches are finished one after another, so each is computed alone, in parts that fit the memory.
    let longest = longest.min(job.stride);
    let mut tasks = Vec::new();
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for task in &job.tasks {
        let Some((y, x)) = groups.window(&task.region.y, &task.region.x) else { continue };
        for start in task.region.time.clone().step_by(longest) {
            let time = start..(start + longest).min(task.region.time.end);
            let region = Region { time: time.clone(), y: y.clone(), x: x.clone(), ..task.region.clone() };
            let projected_bytes = op.input.peak(&region, job.keep) + class_bytes(op, &region);
            tasks.push(Task { id: 0, region, projected_bytes });
            stretches.push(time);
        }
    }
    // The pieces of a long stretch that was cut are computed one after another.
    tasks.sort_by_key(|task| task.region.time.start);
    tasks.iter_mut().enumerate().for_each(|(id, task)| task.id = id);
    stretches.sort_by_key(|time| time.start);
    stretches.dedup();
    job.bytes_to_read = op.input.bytes_read_once(job.keep)
        + tasks.iter().map(|task| op.input.bytes_read(&task.region, job.keep)).sum::<u64>();
    job.tasks = tasks;
    job.stride = longest;
    Ok(ReductionJob { job: TableJob { job, held, threads }, groups, stretches, tallies })
}

/// Bytes a task holds beside the pixels of the cube: those of the classes and of their positions.
fn class_bytes(op: &TableOp, region: &Region) -> u64 {
    let scratch = region.pixels() as u64 / region.time.len().max(1) as u64 * 8;
    scratch
        + op.classes.as_ref().map_or(0, |classes| {
            let once = Region { time: 0..1, bands: vec![0], ..region.clone() };
            // Classes are held in their own type, as floats and as positions.
            classes.peak(&once, LEAST_KEPT) + once.pixels() as u64 * 20
        })
}

/// By the key of a group, its tallies for each step and band.
type Tallies = BTreeMap<u64, Vec<Tally>>;

struct Stretch {
    time: Range<usize>,
    /// The number of tasks that have not handed over their tallies.
    left: usize,
    tallies: Tallies,
}

/// The results of a stretch.
struct Block {
    steps: usize,
    keys: Vec<u64>,
    cells: Vec<Cells>,
}

/// The tallies of a task.
pub(super) struct Tallied<'a> {
    pub op: &'a TableOp,
    pub groups: &'a Groups,
}

impl Partial for Tallied<'_> {
    type Made = Tallies;

    fn wanted(&self) -> Wanted {
        Wanted::Rows(self.op.plan.clone())
    }

    fn make(&self, region: &Region, chunk: Chunk, cx: &RunCx) -> Result<Tallies> {
        let laid = self.groups.lay(region, &TaskCx::new(cx, LEAST_KEPT))?;
        tally(self.op, &laid, region, &chunk, cx)
    }
}

pub(super) fn run(op: &TableOp, cx: &RunCx, runner: &Runner) -> Result<(Vec<Cells>, Outcome)> {
    let planned = plan(op, runner.limits, cx)?;
    let mut left = vec![0; planned.stretches.len()];
    for task in &planned.job.job.tasks {
        left[planned.stretch_of(&task.region)] += 1;
    }
    let new = |(time, left): (&Range<usize>, usize)| {
        Mutex::new(Stretch { time: time.clone(), left, tallies: Tallies::new() })
    };
    let stretches: Vec<Mutex<Stretch>> = planned.stretches.iter().zip(left).map(new).collect();
    let blocks: Mutex<BTreeMap<usize, Block>> = Mutex::new(BTreeMap::new());
    let take = |region: &Region, tallies: Tallies| {
        let mut stretch = stretches[planned.stretch_of(region)].lock().unwrap_or_else(|e| e.into_inner());
        merge(&mut stretch.tallies, tallies);
        let bytes = stretch.tallies.len() as u64 * (region.time.len() * op.input.schema().bands.len()) as u64 * TALLY;
        if planned.groups.len().is_none() && bytes > planned.tallies {
            return Err(too_many(op, stretch.tallies.len()));
        }
        stretch.left -= 1;
        if stretch.left > 0 {
            return Ok(());
        }
        let tallies = std::mem::take(&mut stretch.tallies);
        let time = stretch.time.clone();
        drop(stretch);
        let block = finish(op, &planned.groups, time.len(), tallies)?;
        blocks.lock().unwrap_or_else(|e| e.into_inner()).insert(time.start, block);
        Ok(())
    };
    let limits = Limits { threads: planned.job.threads, ..runner.limits.clone() };
    let runner = Runner { limits: &limits, ..*runner };
    let tallied = Tallied { op, groups: &planned.groups };
    let outcome = runner.run((&op.input, &planned.job.job), &tallied, &take, cx)?;
    if cx.read.is_canceled() {
        return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
    }
    let mut blocks: Vec<Block> = blocks.into_inner().unwrap_or_else(|e| e.into_inner()).into_values().collect();
    if blocks.is_empty() {
        // No task had a pixel of any group, so the rows are made here.
        blocks.push(finish(op, &planned.groups, op.input.schema().time.len(), Tallies::new())?);
    }
    Ok((assemble(op, blocks), outcome))
}

/// The tallies of one task.
fn tally(op: &TableOp, laid: &TaskGroups, region: &Region, chunk: &Chunk, cx: &RunCx) -> Result<Tallies> {
    let bands = &op.input.schema().bands;
    let needs = needs(op);
    let new = || region.time.clone().flat_map(|_| bands.iter().map(|band| Tally::new(band.dtype, needs))).collect();
    let mut all: Vec<Vec<Tally>> = laid.keys.iter().map(|_| new()).collect();
    let size = region.y.len() * region.x.len();
    let mut scratch = Vec::new();
    for (b, (pixels, band)) in chunk.bands.iter().zip(bands).enumerate() {
        for step in 0..region.time.len() {
            if cx.read.is_canceled() {
                return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
            }
            let mut into = Into { all: &mut all, at: step * bands.len() + b, needs, scratch: &mut scratch };
            with_pixels!(pixels, v => into.fold(&v[step * size..(step + 1) * size], band.nodata, laid, region));
        }
    }
    Ok(laid.keys.iter().copied().zip(all).collect())
}

/// Adds the pixels of one step and band to tallies.
struct Into<'a> {
    all: &'a mut [Vec<Tally>],
    at: usize,
    needs: Needs,
    scratch: &'a mut Vec<f64>,
}

impl Into<'_> {
    fn fold<T: PixelType>(&mut self, pixels: &[T], nodata: Option<f64>, laid: &TaskGroups, region: &Region) {
        let missing = Missing::new(nodata);
        laid.each(region, &mut |group, run, weight: Weight| {
            self.all[group][self.at].add(&pixels[run], missing, weight, self.needs, self.scratch);
        });
    }
}

fn merge(all: &mut Tallies, more: Tallies) {
    for (key, tallies) in more {
        match all.entry(key) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(tallies);
            }
            std::collections::btree_map::Entry::Occupied(mut own) => {
                own.get_mut().iter_mut().zip(tallies).for_each(|(a, b)| a.merge(b));
            }
        }
    }
}

/// Turns the tallies of a stretch into cells. Zones have rows even where they had no pixel.
fn finish(op: &TableOp, groups: &Groups, steps: usize, mut tallies: Tallies) -> Result<Block> {
    let bands = &op.input.schema().bands;
    let reduction = reduction(op);
    let keys: Vec<u64> = match groups.len() {
        Some(n) => (0..n as u64).collect(),
        None => tallies.keys().copied().collect(),
    };
    let computed = op.computed();
    let results = &computed[computed.len() - reduction.reducers.len()..];
    let needs = needs(op);
    let mut cells: Vec<Cells> = results.iter().map(|c| Cells::empty(c.kind)).collect();
    let mut nothing: Vec<Tally> = bands.iter().map(|band| Tally::new(band.dtype, needs)).collect();
    for step in 0..steps {
        for key in &keys {
            for b in 0..bands.len() {
                let tally = match tallies.get_mut(key) {
                    Some(own) => &mut own[step * bands.len() + b],
                    None => &mut nothing[b],
                };
                let values = tally.finish(&reduction.reducers, &reduction.options, needs);
                // Frees the held values, which are not needed any more.
                *tally = Tally::new(DType::U8, needs);
                for ((cells, value), column) in cells.iter_mut().zip(values).zip(results) {
                    if value == Value::Overflow {
                        return Err(overflow(op, &column.name, &bands[b].name));
                    }
                    columns::push(cells, value);
                }
            }
        }
    }
    Ok(Block { steps, keys, cells })
}

fn assemble(op: &TableOp, blocks: Vec<Block>) -> Vec<Cells> {
    let bands = op.input.schema().bands.len();
    let keys = blocks.first().map_or(Vec::new(), |b| b.keys.clone());
    debug_assert!(blocks.iter().all(|b| b.keys == keys), "classes are the same in every step");
    let steps = blocks.iter().map(|b| b.steps).sum();
    let rows = columns::rows(steps, keys.len(), bands);
    let mut cells = columns::leading(op, &rows, &keys);
    let mut results: Option<Vec<Cells>> = None;
    for block in blocks {
        match &mut results {
            Some(all) => all.iter_mut().zip(block.cells).for_each(|(a, b)| a.append(b)),
            None => results = Some(block.cells),
        }
    }
    cells.extend(results.into_iter().flatten());
    cells
}

fn overflow(op: &TableOp, reducer: &str, band: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::OVERFLOW, format!("the {reducer} of `{band}` does not fit 64 bits"))
        .label(op.plan.span, "reduced here")
        .help("turn it into a float first: `cast float64`")
}

fn too_many(op: &TableOp, count: usize) -> Box<Diagnostic> {
    Diagnostic::new(codes::OUT_OF_MEMORY, format!("the raster of classes has {count} classes and more"))
        .label(op.plan.span, "computed here")
        .help("is it a raster of classes? Measurements can be made classes: `map round(_ / 100)`")
        .help("or allow more: `set memory 8GiB`")
}
