//! Cuts the output into regions that fit the memory, aligned to the sink's chunks and the sources' blocks.

use super::limits::Limits;
use super::op::Op;
use crate::cube::Region;
use crate::cube::geobox::trim;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::{FILES_KEPT, Tile};
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A plan cut into tasks, and all that was decided for them: data that travels, and a task can be computed wherever the
/// plan's sources can be opened, alone, in any order, and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub plan: Arc<Plan>,
    pub tasks: Vec<Task>,
    /// Steps that a task computes at a time, in their order; each such part goes to the sink for itself.
    pub stride: usize,
    /// Bytes up to which a task keeps the steps of a climatology, so that they are not computed for every run of steps.
    pub keep: u64,
    /// Bytes of pixels the sources will hand out.
    pub bytes_to_read: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub id: usize,
    pub region: Region,
    pub projected_bytes: u64,
}

/// A climatology of so many bytes is kept in any case.
pub const LEAST_KEPT: u64 = 32 << 20;

/// Tasks a thread should get at least, so that threads end together and progress moves.
const TASKS_A_THREAD: usize = 4;

/// A list of more tasks would itself fill the memory.
const MOST_TASKS: f64 = 5e6;

/// Larger tasks save nothing more: this many bytes keep the decoders busy.
const LARGEST_TASK: u64 = 96 << 20;

/// Memory in pieces up to this size goes from one task to the next; larger ones come from the system page by page.
const REUSED: u64 = 16 << 20;

/// What new pages cost, as a share of decoding, encoding and writing what they hold: a seventh was measured of int16.
const NEW_PAGES: f64 = 0.1;

impl Job {
    /// `tile` is what the sink wants to be written in one piece.
    ///
    /// # Errors
    /// `E0402` if even the smallest task does not fit the memory.
    pub fn new(op: &Op, tile: Option<Tile>, limits: &Limits) -> Result<Job> {
        let schema = op.schema();
        let (steps, height, width) = (schema.time.len(), schema.grid.height, schema.grid.width);
        let grain = op.grain();
        let threads = limits.threads.max(1) as u64;
        // A half for decoders, encoders and what cannot be counted.
        let budget = (limits.memory / threads / 2).max(1);
        let unit = match (tile, limits.tile) {
            (_, Some(n)) if tile.is_none() => Tile { time: n, y: n, x: n },
            (Some(tile), _) => Tile {
                time: tile.time.clamp(1, steps.max(1)),
                y: align(tile.y, grain.y).min(height.max(1)),
                x: align(tile.x, grain.x).min(width.max(1)),
            },
            (None, _) => Tile { time: grain.time.min(steps.max(1)), y: grain.y.min(height), x: grain.x.min(width) },
        };
        let mut unit = unit;
        // As much of a climatology as fits; what does not is computed again whenever its steps come round.
        let one = region(op, Tile { time: 1, ..unit });
        let keep = if op.peak(&one, budget) > budget { LEAST_KEPT } else { budget };
        let bytes = |t: Tile| op.peak(&region(op, t), keep);
        // What the sink or source would like may be too much; then a smaller piece has to do.
        if let Some(tile) = tile {
            if bytes(unit) > budget {
                unit = Tile { time: tile.time.min(steps.max(1)), y: tile.y.min(height), x: tile.x.min(width) };
            }
        } else {
            while bytes(unit) > budget && (unit.time > 1 || unit.y > 1 || unit.x > 16) {
                if unit.time > 1 {
                    unit.time = unit.time.div_ceil(2);
                } else if unit.y > 1 {
                    unit.y = unit.y.div_ceil(2);
                } else {
                    unit.x = unit.x.div_ceil(2);
                }
            }
        }
        let needed = bytes(unit);
        if needed > budget.max(limits.memory) {
            return Err(too_large(op, needed, limits));
        }
        let cap = budget.min(LARGEST_TASK.max(needed));
        // What the next steps need of those before is computed once, if one task goes through them in order.
        let in_order = op.in_order && limits.tile.is_none();
        if in_order {
            let run =
                Tile { time: grain.time.next_multiple_of(unit.time).min(steps.next_multiple_of(unit.time)), ..unit };
            unit = if run.time > unit.time && bytes(run) <= cap { run } else { unit };
        }
        let size = match limits.tile {
            Some(_) => unit,
            None => grow(op, unit, limits, cap, keep),
        };
        let (stride, size) = match in_order {
            true => (size.time, Tile { time: long(op, size, limits, keep), ..size }),
            false => (steps, size),
        };
        let count = steps.div_ceil(size.time) as f64 * height.div_ceil(size.y) as f64 * width.div_ceil(size.x) as f64;
        if count > MOST_TASKS {
            return Err(Diagnostic::new(
                codes::OUT_OF_MEMORY,
                format!("{count:.0} pieces of work are too many to list"),
            )
            .label(op.plan.span, "computed here")
            .help(format!(
                "the result is {}; keep less of it, or allow larger pieces: `set memory 8GiB`",
                schema.grid.describe()
            )));
        }
        let all: Vec<usize> = (0..schema.bands.len()).collect();
        let mut tasks = Vec::new();
        // Time outermost: the handles and chunks of one stretch of time serve all its tiles.
        for time in cuts(steps, size.time) {
            for y in cuts(height, size.y) {
                for x in cuts(width, size.x) {
                    let region = Region { time: time.clone(), bands: all.clone(), y: y.clone(), x };
                    let part = region.time.start..region.time.end.min(region.time.start + stride);
                    let projected_bytes = op.peak(&region.with_time(part), keep);
                    tasks.push(Task { id: tasks.len(), region, projected_bytes });
                }
            }
        }
        let bytes_to_read = read(op, size, keep);
        Ok(Job { plan: op.plan.clone(), tasks, stride, keep, bytes_to_read })
    }

    /// The parts of a task, in the order they are computed in.
    pub fn parts<'a>(&self, task: &'a Task) -> impl Iterator<Item = Region> + 'a {
        let start = task.region.time.start;
        cuts(task.region.time.len(), self.stride)
            .map(move |time| task.region.with_time(start + time.start..start + time.end))
    }

    /// The most bytes held at once by `threads` tasks.
    pub fn peak_bytes(&self, threads: usize) -> u64 {
        let mut sizes: Vec<u64> = self.tasks.iter().map(|t| t.projected_bytes).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes.into_iter().take(threads.max(1)).sum()
    }
}

/// Steps of a task that goes through them in order: all, or a share of them where there are too few tasks otherwise and
/// little more is read.
fn long(op: &Op, part: Tile, limits: &Limits, keep: u64) -> usize {
    let schema = op.schema();
    let steps = schema.time.len().next_multiple_of(part.time);
    let tiles = schema.grid.height.div_ceil(part.y) * schema.grid.width.div_ceil(part.x);
    let bytes = |time: usize| read(op, Tile { time, ..part }, keep);
    let bearable = bytes(steps) + bytes(steps) / 4;
    let mut time = steps;
    while tiles * steps.div_ceil(time) < limits.threads.max(2) {
        let half = time.div_ceil(2).next_multiple_of(part.time);
        if half >= time || bytes(half) > bearable {
            break;
        }
        time = half;
    }
    time
}

/// Bytes of pixels the sources hand out in all, if the result is cut into such tasks.
///
/// What a task that goes through its steps in order keeps depends on its size, so one is taken for all.
fn read(op: &Op, task: Tile, keep: u64) -> u64 {
    let schema = op.schema();
    let all = schema.all();
    let (one, tiles) = match op.in_order {
        true => (region(op, task), schema.grid.pixels() as f64),
        false => (all.clone(), all.pixels() as f64 / all.time.len().max(1) as f64),
    };
    let share = tiles / (one.y.len() * one.x.len()).max(1) as f64;
    let bytes = cuts(schema.time.len(), task.time).map(|time| op.bytes_read(&one.with_time(time), keep));
    (bytes.sum::<u64>() as f64 * share) as u64
}

/// The cheapest task made of whole units that fits `cap` bytes.
///
/// What costs is decoding: a block of the source that several tasks share is decoded by each, a file is opened, or at least
/// found again, by each task that reads it, large results need new memory, and threads that wait for the last task do
/// nothing. Steps are put together last.
fn grow(op: &Op, unit: Tile, limits: &Limits, cap: u64, keep: u64) -> Tile {
    let schema = op.schema();
    let (steps, height, width) = (schema.time.len(), schema.grid.height, schema.grid.width);
    let threads = limits.threads.max(1);
    let (grain, (origin_y, origin_x)) = (op.grain(), op.origin());
    let times = if op.in_order { 1 } else { steps.div_ceil(unit.time) };
    let bytes = |t: Tile| op.peak(&region(op, t), keep);
    let sources = op.sources();
    let files: usize = sources.iter().map(|source| source.inputs().unwrap_or(1)).sum();
    let are_kept = files * unit.time.min(steps) <= FILES_KEPT * steps && !sources.iter().any(|source| source.is_far());
    // As a share of decoding a block of 256 x 256.
    let visit = if are_kept { 1.0 / 16.0 } else { 1.0 };
    let cost = |t: Tile| {
        let (rows, row_blocks) = blocks(height, t.y, grain.y, origin_y);
        let (columns, column_blocks) = blocks(width, t.x, grain.x, origin_x);
        let waiting = waiting(height, width, t, times, threads);
        // A block costs by its area.
        let block = (grain.y * grain.x) as f64 / 65_536.0;
        // A tile so large that its climatology is not kept reads much of it again and again.
        let again = if op.in_order { read(op, Tile { time: steps, ..t }, keep) as f64 } else { 1.0 };
        let pages = if bytes(t) > REUSED { 1.0 + NEW_PAGES } else { 1.0 };
        (row_blocks as f64 * column_blocks as f64 * block * pages + (rows * columns) as f64 * visit) * waiting * again
    };
    let mut best = (cost(unit), unit);
    let mut y = unit.y;
    loop {
        let mut x = unit.x;
        loop {
            let tile = Tile { y, x, ..unit };
            if bytes(tile) > cap {
                break;
            }
            // Ties go to the wider tile: strips meet files that are organised by rows well.
            let cost = cost(tile);
            if cost <= best.0 {
                best = (cost, tile);
            }
            if x >= width {
                break;
            }
            x = longer(x, unit.x, width);
        }
        if y >= height || x == unit.x && bytes(Tile { y, ..unit }) > cap {
            break;
        }
        y = longer(y, unit.y, height);
    }
    let mut size = best.1;
    let count = |t: Tile| steps.div_ceil(t.time) * height.div_ceil(t.y) * width.div_ceil(t.x);
    while size.time < steps && !op.in_order {
        let next = Tile { time: size.time + unit.time, ..size };
        // Longer tasks read less where steps are needed by several, and may hold little more.
        let gains =
            read(op, next, keep) < read(op, size, keep) || bytes(next).saturating_sub(bytes(size)) < bytes(size) / 4;
        let largest = if gains { cap } else { cap.min(REUSED) };
        if count(next) < TASKS_A_THREAD * threads || bytes(next) > largest {
            break;
        }
        size = next;
    }
    size
}

/// The next multiple of `unit` to try: every one while there are few, then half as much again.
fn longer(size: usize, unit: usize, len: usize) -> usize {
    let n = size / unit;
    let next = (n + (n / 2).max(1)) * unit;
    if next >= len { len.div_ceil(unit) * unit } else { next }
}

/// How much longer threads take that take tasks in turn than if none had to wait for the last: uneven cuts leave some idle.
fn waiting(height: usize, width: usize, tile: Tile, times: usize, threads: usize) -> f64 {
    // So many tasks end together whatever their sizes.
    const MANY: usize = 256;
    if height.div_ceil(tile.y.max(1)) * width.div_ceil(tile.x.max(1)) * times > MANY {
        return 1.0;
    }
    let mut busy = vec![0usize; threads];
    for _ in 0..times {
        for y in cuts(height, tile.y) {
            for x in cuts(width, tile.x) {
                if let Some(first) = busy.iter_mut().min() {
                    *first += y.len() * x.len();
                }
            }
        }
    }
    let longest = busy.iter().max().copied().unwrap_or(0);
    (longest * threads) as f64 / (height * width * times).max(1) as f64
}

/// Tasks along an axis of `len` cut every `size`, and the source blocks they touch in all.
fn blocks(len: usize, size: usize, grain: usize, origin: usize) -> (usize, usize) {
    let grain = grain.max(1);
    let shift = (grain - origin % grain) % grain;
    let touched = |cut: std::ops::Range<usize>| (cut.end + shift).div_ceil(grain) - (cut.start + shift) / grain;
    let cuts: Vec<_> = cuts(len, size).collect();
    (cuts.len(), cuts.into_iter().map(touched).sum())
}

fn region(op: &Op, tile: Tile) -> Region {
    let schema = op.schema();
    Region {
        time: 0..tile.time.min(schema.time.len()),
        bands: (0..schema.bands.len()).collect(),
        y: 0..tile.y.min(schema.grid.height),
        x: 0..tile.x.min(schema.grid.width),
    }
}

/// A multiple of the sink's edge that also is one of the source's, where one divides the other.
fn align(sink: usize, source: usize) -> usize {
    let (sink, source) = (sink.max(1), source.max(1));
    if source > sink && source.is_multiple_of(sink) { source } else { sink }
}

fn cuts(len: usize, size: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let size = size.max(1);
    (0..len.div_ceil(size)).map(move |i| i * size..((i + 1) * size).min(len))
}

fn too_large(op: &Op, needed: u64, limits: &Limits) -> Box<Diagnostic> {
    Diagnostic::new(
        codes::OUT_OF_MEMORY,
        format!(
            "the smallest piece of this plan needs {}, more than the {} allowed",
            bytes(needed),
            bytes(limits.memory)
        ),
    )
    .label(op.plan.span, "computed here")
    .help(format!("allow more: `set memory {}GiB`", (needed / (1 << 30) + 1) * 2))
    .help("or write smaller chunks, or keep fewer steps or a smaller box")
}

/// `1.5 GiB`.
pub fn bytes(n: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let rounded = if value < 10.0 && unit > 0 { (value * 10.0).round() / 10.0 } else { value.round() };
    format!("{} {}", trim(rounded), units[unit])
}
