//! The pixels at points. Points in one block of the source are read together, in the smallest window around them.

use super::columns;
use super::op::{TableJob, TableOp, too_large};
use super::pixels::{Part, pixels_of};
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{Chunk, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::exec::cx::RunCx;
use crate::exec::limits::Limits;
use crate::exec::local::Outcome;
use crate::exec::ops::tally::Value;
use crate::exec::partial::{Partial, Wanted};
use crate::exec::room::Room;
use crate::exec::runner::Runner;
use crate::exec::sizes::{LEAST_KEPT, REUSED};
use crate::exec::tasks::{Job, Task};
use crate::io::FILES_KEPT;
use crate::plan::{Rows, Sampling};
use crate::table::{Cells, ColumnType, Sites};
use crate::with_pixels;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Mutex;

/// Bytes up to which points in several blocks are read together.
const LARGEST: u64 = 64 << 20;

/// The number of tasks that each thread should get.
const TASKS_A_THREAD: usize = 4;

/// Points in one block of the source, or in several, and the window around their pixels.
#[derive(Clone)]
struct Block {
    y: Range<usize>,
    x: Range<usize>,
    points: Vec<usize>,
}

/// The points of each task.
pub(super) type PointsOf = HashMap<Region, Vec<usize>>;

pub(super) fn plan(op: &TableOp, sites: &Sites, sampling: Sampling, limits: &Limits) -> Result<(TableJob, PointsOf)> {
    let schema = op.input.schema();
    let (grain, (origin_y, origin_x)) = (op.input.grain(), op.input.origin());
    let (height, width) = limits.tile.map_or((grain.y.max(1), grain.x.max(1)), |n| (n, n));
    let mut blocks: BTreeMap<[usize; 2], Block> = BTreeMap::new();
    for (point, place) in sites.points.iter().enumerate() {
        let pixels = pixels_of(&schema.grid, *place, sampling);
        let Some(&((row, column), _)) = pixels.first() else { continue };
        let block = |at: usize, origin: usize, size: usize| (at + size - origin % size) / size;
        let key = [block(row, origin_y, height), block(column, origin_x, width)];
        let new = Block { y: row..row + 1, x: column..column + 1, points: Vec::new() };
        let block = blocks.entry(key).or_insert(new);
        for ((row, column), _) in pixels {
            block.y = block.y.start.min(row)..block.y.end.max(row + 1);
            block.x = block.x.start.min(column)..block.x.end.max(column + 1);
        }
        block.points.push(point);
    }
    let steps = schema.time.len();
    let held = op.result_bytes();
    let Room { at_once, budget, decoder } = Room::of(&op.input, limits.memory.saturating_sub(held), limits.threads);
    let whole = |block: &Block, time: Range<usize>| Region {
        time,
        bands: (0..schema.bands.len()).collect(),
        y: block.y.clone(),
        x: block.x.clone(),
    };
    let peak = |block: &Block, length: usize| op.input.peak(&whole(block, 0..length.min(steps)), LEAST_KEPT);
    let least = grain.time.clamp(1, steps.max(1));
    let blocks = match side_by_side(&blocks, op.input.is_far()).filter(|all| peak(all, least) <= budget.min(LARGEST)) {
        Some(all) => vec![all],
        None => blocks.into_values().collect(),
    };
    let most = |length: usize| blocks.iter().map(|block| peak(block, length)).max().unwrap_or(0);
    // As many steps at once as threads and memory that is used again allow: all blocks of these steps come before the
    // next steps, so that the files of a step are open while its blocks are read.
    let wanted = (TASKS_A_THREAD * limits.busy()).div_ceil(blocks.len().max(1));
    let mut length = steps.div_ceil(wanted).next_multiple_of(least).min(steps.max(1));
    // Where steps need those before them, each cut is paid for with reading these again.
    if !op.input.in_order {
        length = length.min(FILES_KEPT.next_multiple_of(least));
        while length > least && most(length) > REUSED {
            length = (length / 2).next_multiple_of(least).min(length - least);
        }
    }
    while length > 1 && most(length) > budget {
        length = length.div_ceil(2);
    }
    let length = limits.tile.unwrap_or(length).max(1);
    let needed = most(length).max(decoder);
    if needed > limits.memory {
        return Err(too_large(op.plan.span, "a block with points", needed, limits));
    }
    let (mut tasks, mut points_of) = (Vec::new(), HashMap::new());
    for start in (0..steps).step_by(length) {
        for block in &blocks {
            let region = whole(block, start..(start + length).min(steps));
            let projected_bytes = op.input.peak(&region, LEAST_KEPT);
            points_of.insert(region.clone(), block.points.clone());
            tasks.push(Task { id: tasks.len(), region, projected_bytes });
        }
    }
    let bytes_to_read: u64 = tasks.iter().map(|t| op.input.bytes_read(&t.region, LEAST_KEPT)).sum();
    let bytes_to_read = bytes_to_read + op.input.bytes_read_once(LEAST_KEPT);
    let job = Job {
        plan: op.input.plan.clone(),
        tasks,
        stride: length,
        keep: LEAST_KEPT,
        held: op.input.held_bytes(),
        at_once,
        bytes_to_read,
    };
    Ok((TableJob { job, held, threads: limits.threads }, points_of))
}

/// All blocks as one, where reading that reads hardly more: then one task visits a file instead of one for each block.
/// Of files on servers only what is needed is read.
fn side_by_side(blocks: &BTreeMap<[usize; 2], Block>, is_far: bool) -> Option<Block> {
    let span = |of: fn(&[usize; 2]) -> usize| {
        let (first, last) = (blocks.keys().map(of).min(), blocks.keys().map(of).max());
        first.zip(last).map_or(0, |(first, last)| last - first + 1)
    };
    let bearable = if is_far { blocks.len() } else { blocks.len() + blocks.len() / 4 };
    if span(|key| key[0]) * span(|key| key[1]) > bearable {
        return None;
    }
    let hull = |a: &Range<usize>, b: &Range<usize>| a.start.min(b.start)..a.end.max(b.end);
    let join =
        |a: Block, b: Block| Block { y: hull(&a.y, &b.y), x: hull(&a.x, &b.x), points: [a.points, b.points].concat() };
    blocks.values().cloned().reduce(join)
}

/// The values at the points of a task, by their rows.
pub(super) struct Picked<'a> {
    pub op: &'a TableOp,
    pub points_of: &'a PointsOf,
}

impl Partial for Picked<'_> {
    type Made = Vec<(usize, Value)>;

    fn wanted(&self) -> Wanted {
        Wanted::Rows(self.op.plan.clone())
    }

    fn make(&self, region: &Region, chunk: Chunk, _: &RunCx) -> Result<Vec<(usize, Value)>> {
        let Rows::Points { sites, sampling } = &self.op.rows else {
            unreachable!("points are picked for rows of points")
        };
        let schema = self.op.input.schema();
        let (points, bands) = (sites.points.len(), schema.bands.len());
        let mut picked = Vec::new();
        for &point in self.points_of.get(region).into_iter().flatten() {
            let parts = pixels_of(&schema.grid, sites.points[point], *sampling);
            for (b, (pixels, band)) in chunk.bands.iter().zip(&schema.bands).enumerate() {
                for step in 0..region.time.len() {
                    let value = with_pixels!(pixels, v => value_of(v, &parts, band.nodata, region, step));
                    picked.push((((region.time.start + step) * points + point) * bands + b, value));
                }
            }
        }
        Ok(picked)
    }
}

pub(super) fn run(
    op: &TableOp,
    sites: &Sites,
    sampling: Sampling,
    cx: &RunCx,
    runner: &Runner,
) -> Result<(Vec<Cells>, Outcome)> {
    let (planned, points_of) = plan(op, sites, sampling, runner.limits)?;
    let schema = op.input.schema();
    let (steps, points, bands) = (schema.time.len(), sites.points.len(), schema.bands.len());
    let kind = op.computed().last().map_or(ColumnType::Float64, |c| c.kind);
    let cells = Mutex::new(Cells::missing(kind, steps * points * bands));
    let take = |_: &Region, picked: Vec<(usize, Value)>| {
        let mut cells = cells.lock().unwrap_or_else(|e| e.into_inner());
        picked.into_iter().for_each(|(row, value)| columns::set(&mut cells, row, value));
        Ok(())
    };
    let picked = Picked { op, points_of: &points_of };
    let outcome = runner.run((&op.input, &planned.job), &picked, &take, cx)?;
    if cx.read.is_canceled() {
        return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
    }
    let rows = columns::rows(steps, points, bands);
    let mut all = columns::leading(op, &rows, &[]);
    all.push(cells.into_inner().unwrap_or_else(|e| e.into_inner()));
    Ok((all, outcome))
}

/// The weighted mean of the valid ones among some pixels. As for `align` and `reproject`, it is missing if the first is,
/// in which the point lies.
fn value_of<T: PixelType>(pixels: &[T], parts: &[Part], nodata: Option<f64>, region: &Region, step: usize) -> Value {
    let missing = Missing::new(nodata);
    let [_, height, width] = region.shape();
    let pixel =
        |row: usize, column: usize| pixels[(step * height + row - region.y.start) * width + column - region.x.start];
    let (mut sum, mut weight) = (0.0, 0.0);
    for (i, &((row, column), share)) in parts.iter().enumerate() {
        let value = pixel(row, column);
        if missing.is(value) {
            if i == 0 {
                return Value::Missing;
            }
            continue;
        }
        if parts.len() == 1 && !T::DTYPE.is_float() {
            return Value::Integer(value.to_i128());
        }
        sum += share * value.to_f64();
        weight += share;
    }
    Value::Real(if weight == 1.0 { sum } else { sum / weight })
}
