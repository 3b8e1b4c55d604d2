//! A list of every valid pixel with its class, for questions that no reducer answers.

use super::columns;
use super::groups::{Groups, NONE};
use super::op::{TableJob, TableOp, too_large};
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{Chunk, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::exec::cx::{RunCx, TaskCx};
use crate::exec::limits::Limits;
use crate::exec::local::Outcome;
use crate::exec::ops::tally::Value;
use crate::exec::partial::{Partial, Wanted};
use crate::exec::runner::Runner;
use crate::exec::sizes::LEAST_KEPT;
use crate::exec::tasks::Job;
use crate::table::{Cells, ColumnType};
use crate::with_pixels;
use std::sync::Mutex;

/// A valid pixel as (class, band, step, position in the step, value), which sort into the order of rows.
type Found = (u64, u32, u32, u64, Value);

pub(super) fn plan(op: &TableOp, limits: &Limits) -> Result<TableJob> {
    let schema = op.input.schema();
    // The number of valid pixels is not known before, so all are counted.
    let most = (schema.time.len() * schema.grid.pixels() * schema.bands.len()) as u64 * bytes(op);
    let held = most.min(limits.memory / 2);
    let inner = Limits { memory: limits.memory - held, ..limits.clone() };
    let job = Job::new(&op.input, None, &inner)?;
    Ok(TableJob { job, held, threads: limits.threads })
}

/// Bytes of a valid pixel and of its row.
fn bytes(op: &TableOp) -> u64 {
    size_of::<Found>() as u64 + op.row_bytes()
}

/// The valid pixels of a task.
pub(super) struct Listed<'a> {
    pub op: &'a TableOp,
    pub groups: &'a Groups,
}

impl Partial for Listed<'_> {
    type Made = Vec<Found>;

    fn wanted(&self) -> Wanted {
        Wanted::Rows(self.op.plan.clone())
    }

    fn make(&self, region: &Region, chunk: Chunk, cx: &RunCx) -> Result<Vec<Found>> {
        let schema = self.op.input.schema();
        let laid = self.groups.lay(region, &TaskCx::new(cx, LEAST_KEPT))?;
        let of = laid.classes();
        let mut found = Vec::new();
        for (b, (pixels, band)) in chunk.bands.iter().zip(&schema.bands).enumerate() {
            let list = List { region, keys: &laid.keys, of, width: schema.grid.width, band: b as u32 };
            with_pixels!(pixels, v => list.collect(v, band.nodata, &mut found));
        }
        Ok(found)
    }
}

pub(super) fn groups(op: &TableOp) -> Groups {
    let Some(classes) = &op.classes else { unreachable!("values are listed by class") };
    Groups::Classes(classes.clone())
}

pub(super) fn run(op: &TableOp, cx: &RunCx, runner: &Runner) -> Result<(Vec<Cells>, Outcome)> {
    let limits = runner.limits;
    let planned = plan(op, limits)?;
    let groups = groups(op);
    let all: Mutex<Vec<Found>> = Mutex::new(Vec::new());
    let take = |_: &Region, found: Vec<Found>| {
        let mut all = all.lock().unwrap_or_else(|e| e.into_inner());
        all.extend(found);
        let needed = all.len() as u64 * bytes(op);
        if needed > limits.memory / 2 {
            return Err(too_large(op.plan.span, "the list of values", needed, limits)
                .help("or reduce them: `overlay \"classes.tif\" [mean std count]`"));
        }
        Ok(())
    };
    let outcome = runner.run((&op.input, &planned.job), &Listed { op, groups: &groups }, &take, cx)?;
    if cx.read.is_canceled() {
        return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
    }
    let mut all = all.into_inner().unwrap_or_else(|e| e.into_inner());
    all.sort_unstable_by_key(|(class, band, step, place, _)| (*class, *band, *step, *place));
    let mut keys: Vec<u64> = all.iter().map(|found| found.0).collect();
    keys.dedup();
    let group = |class: u64| keys.partition_point(|key| *key < class);
    let rows: Vec<_> = all.iter().map(|f| (f.2 as usize, group(f.0), f.1 as usize)).collect();
    let mut leading = columns::leading(op, &rows, &keys);
    // Here the column of the class stands before that of the step.
    let class = if columns::time(op, &[]).is_some() { 1 } else { 0 };
    leading[..=class].rotate_right(1);
    let kind = op.computed().last().map_or(ColumnType::Float64, |c| c.kind);
    let mut values = Cells::empty(kind);
    all.into_iter().for_each(|found| columns::push(&mut values, found.4));
    leading.push(values);
    Ok((leading, outcome))
}

/// Collects the valid pixels of one band of a task.
struct List<'a> {
    region: &'a Region,
    keys: &'a [u64],
    of: &'a [u32],
    width: usize,
    band: u32,
}

impl List<'_> {
    fn collect<T: PixelType>(&self, pixels: &[T], nodata: Option<f64>, out: &mut Vec<Found>) {
        let missing = Missing::new(nodata);
        let whole = !T::DTYPE.is_float();
        for (i, &pixel) in pixels.iter().enumerate() {
            let (step, at) = (i / self.of.len(), i % self.of.len());
            if self.of[at] == NONE || missing.is(pixel) {
                continue;
            }
            let row = self.region.y.start + at / self.region.x.len();
            let column = self.region.x.start + at % self.region.x.len();
            let value = if whole { Value::Integer(pixel.to_i128()) } else { Value::Real(pixel.to_f64()) };
            let step = (self.region.time.start + step) as u32;
            out.push((self.keys[self.of[at] as usize], self.band, step, (row * self.width + column) as u64, value));
        }
    }
}
