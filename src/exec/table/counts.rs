//! How many pixels have each value, and their area, step by step and zone by zone.

use super::columns;
use super::groups::{Groups, TaskGroups, class_of, key_of};
use super::op::{TableJob, TableOp};
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{Chunk, DType, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::exec::cx::{RunCx, TaskCx};
use crate::exec::limits::Limits;
use crate::exec::local::Outcome;
use crate::exec::ops::exact::Exact;
use crate::exec::ops::tally::Value;
use crate::exec::partial::{Partial, Wanted};
use crate::exec::runner::Runner;
use crate::exec::sizes::LEAST_KEPT;
use crate::exec::tasks::{Job, Task};
use crate::plan::Rows;
use crate::table::{Cells, ColumnType};
use crate::with_pixels;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;

/// What a row counts: the step, the zone, the band and the key of the value, which sort into the order of rows.
type Counted = (u32, u32, u32, u64);

/// Pixels and square meters, in sums that depend on no order.
type Counts = BTreeMap<Counted, [Exact; 2]>;

/// Bytes of a value that is counted, with its place in a map and its row.
const ENTRY: u64 = size_of::<Counted>() as u64 + size_of::<[Exact; 2]>() as u64 + 64;

pub(super) fn plan(op: &TableOp, limits: &Limits, cx: &RunCx) -> Result<(TableJob, Groups)> {
    let groups = Groups::new(op, limits, cx)?;
    // The number of values is not known before they are read: there is room for as many as a quarter of the memory holds.
    let held = groups.bytes() + limits.memory / 4;
    let inner = Limits { memory: limits.memory.saturating_sub(held), ..limits.clone() };
    let mut job = Job::new(&op.input, None, &inner)?;
    let narrowed = |task: &Task| {
        let (y, x) = groups.window(&task.region.y, &task.region.x)?;
        Some(Region { y, x, ..task.region.clone() })
    };
    let regions: Vec<Region> = job.tasks.iter().filter_map(narrowed).collect();
    let task = |(id, region): (usize, Region)| Task { id, projected_bytes: op.input.peak(&region, job.keep), region };
    let tasks: Vec<Task> = regions.into_iter().enumerate().map(task).collect();
    job.bytes_to_read = op.input.bytes_read_once(job.keep)
        + tasks.iter().map(|task| op.input.bytes_read(&task.region, job.keep)).sum::<u64>();
    job.tasks = tasks;
    Ok((TableJob { job, held, threads: limits.threads }, groups))
}

/// How many values there is room for.
fn room(limits: &Limits) -> usize {
    (limits.memory / 4 / ENTRY) as usize
}

/// How many of them a task may have.
pub(super) fn most(planned: &TableJob, limits: &Limits) -> usize {
    room(limits) / planned.threads.max(1)
}

/// The counts of a task, which may have so many values at most.
pub(super) struct OfValues<'a> {
    pub op: &'a TableOp,
    pub groups: &'a Groups,
    pub most: usize,
}

impl Partial for OfValues<'_> {
    type Made = Counts;

    fn wanted(&self) -> Wanted {
        Wanted::Rows(self.op.plan.clone())
    }

    fn make(&self, region: &Region, chunk: Chunk, cx: &RunCx) -> Result<Counts> {
        // Those of a pixel of each row, or of every pixel.
        let Rows::Counts { areas, .. } = &self.op.rows else { unreachable!("values are counted for rows of counts") };
        let laid = self.groups.lay(region, &TaskCx::new(cx, LEAST_KEPT))?;
        count(self.op, &laid, areas.as_ref().map(|areas| &areas[..]), (region, &chunk), self.most, cx)
    }
}

pub(super) fn run(op: &TableOp, cx: &RunCx, runner: &Runner) -> Result<(Vec<Cells>, Outcome)> {
    let (planned, groups) = plan(op, runner.limits, cx)?;
    let all: Mutex<Counts> = Mutex::default();
    let room = room(runner.limits);
    let take = |_: &Region, own: Counts| {
        let mut all = all.lock().unwrap_or_else(|e| e.into_inner());
        for (about, counts) in own {
            let known = all.entry(about).or_insert([Exact::ZERO; 2]);
            known.iter_mut().zip(counts).for_each(|(known, more)| *known += more);
        }
        if all.len() > room { Err(too_many(op, all.len())) } else { Ok(()) }
    };
    let of_values = OfValues { op, groups: &groups, most: most(&planned, runner.limits) };
    let outcome = runner.run((&op.input, &planned.job), &of_values, &take, cx)?;
    if cx.read.is_canceled() {
        return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
    }
    Ok((rows(op, &all.into_inner().unwrap_or_else(|e| e.into_inner())), outcome))
}

/// The counts of one task, which has room for so many values at most.
fn count(
    op: &TableOp,
    laid: &TaskGroups,
    areas: Option<&[f64]>,
    (region, chunk): (&Region, &Chunk),
    most: usize,
    cx: &RunCx,
) -> Result<Counts> {
    let mut own = Counts::new();
    let size = region.y.len() * region.x.len();
    for (b, (pixels, band)) in chunk.bands.iter().zip(&op.input.schema().bands).enumerate() {
        for step in 0..region.time.len() {
            laid.each(region, &mut |group, run, weight| {
                let (at, zone) = ((region.time.start + step) as u32, laid.keys[group] as u32);
                for (row, part) in by_row(run, region.x.len(), areas) {
                    let row = region.y.start + row;
                    let area = areas.map_or(0.0, |areas| areas[if areas.len() == 1 { 0 } else { row }]);
                    let mut add = |key: u64, pixels: usize| {
                        if own.len() <= most {
                            let counts = own.entry((at, zone, b as u32, key)).or_insert([Exact::ZERO; 2]);
                            let covered = Exact::of(pixels as f64).times(weight.cover);
                            counts[0] += covered;
                            counts[1] += covered.times(area);
                        }
                    };
                    let part = step * size + part.start..step * size + part.end;
                    with_pixels!(pixels, v => each_value(&v[part], band.nodata, &mut add));
                }
            });
            if own.len() > most {
                return Err(too_many(op, own.len()));
            }
            if cx.read.is_canceled() {
                return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
            }
        }
    }
    Ok(own)
}

/// A run of pixels in pieces of one row each, where pixels of different rows have different areas.
fn by_row(run: Range<usize>, width: usize, areas: Option<&[f64]>) -> Vec<(usize, Range<usize>)> {
    if areas.is_none_or(|areas| areas.len() == 1) {
        return vec![(0, run)];
    }
    let rows = run.start / width..run.end.div_ceil(width);
    rows.map(|row| (row, run.start.max(row * width)..run.end.min((row + 1) * width))).collect()
}

/// Calls `add` with the key of each value and the number of pixels next to each other that have it.
fn each_value<T: PixelType>(pixels: &[T], nodata: Option<f64>, add: &mut dyn FnMut(u64, usize)) {
    let missing = Missing::new(nodata);
    for same in pixels.chunk_by(|a, b| a == b).filter(|same| !missing.is(same[0])) {
        let key = match T::DTYPE.is_float() {
            false => (same[0].to_i128() - lowest(T::DTYPE)) as u64,
            true => key_of(same[0].to_f64()),
        };
        add(key, same.len());
    }
}

/// What keys of whole numbers are counted from, so that they are in order and have no sign. A float would round them.
fn lowest(dtype: DType) -> i128 {
    if dtype == DType::U64 { 0 } else { i128::from(i64::MIN) }
}

fn rows(op: &TableOp, counts: &Counts) -> Vec<Cells> {
    let bands = &op.input.schema().bands;
    let about: Vec<columns::About> = counts.keys().map(|c| (c.0 as usize, c.1 as usize, c.2 as usize)).collect();
    let mut cells = columns::leading(op, &about, &[]);
    let columns = &op.plan.schema.columns[cells.len()..];
    let mut results: Vec<Cells> = columns.iter().map(|column| Cells::empty(column.kind)).collect();
    for ((_, _, band, key), [pixels, area]) in counts {
        let dtype = bands[*band as usize].dtype;
        let value = match dtype.is_float() {
            false => Value::Integer(i128::from(*key) + lowest(dtype)),
            true => Value::Real(class_of(*key)),
        };
        let count = match columns[1].kind {
            ColumnType::Int64 => Value::Integer(pixels.value() as i128),
            _ => Value::Real(pixels.value()),
        };
        let values = [value, count, Value::Real(area.value())];
        results.iter_mut().zip(values).for_each(|(cells, value)| columns::push(cells, value));
    }
    cells.append(&mut results);
    cells
}

fn too_many(op: &TableOp, count: usize) -> Box<Diagnostic> {
    Diagnostic::new(codes::OUT_OF_MEMORY, format!("the pixels have {count} values and more"))
        .label(op.plan.span, "counted here")
        .help("is it a raster of classes? Measurements can be made classes first: `map round(_ / 100)`; `hist` counts by ranges")
        .help("or allow more: `set memory 8GiB`")
}
