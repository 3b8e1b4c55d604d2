//! Chooses the size of tasks: as large as memory allows where that saves work, and small enough to keep all threads
//! busy.

use super::limits::{Limits, bytes};
use super::op::Op;
use super::regions::cuts;
use super::room::Room;
use crate::cube::Region;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::{FILES_KEPT, Tile};
use std::ops::Range;

/// A climatology of up to this many bytes is kept in any case.
pub(super) const LEAST_KEPT: u64 = 32 << 20;

/// The least number of tasks for each thread, so that threads end at about the same time and progress moves.
const TASKS_A_THREAD: usize = 4;

/// Bytes of the largest task: this many keep the decoders busy, and more would save nothing.
const LARGEST_TASK: u64 = 96 << 20;

/// The allocator uses freed memory of up to this many bytes again; larger pieces come from the system page by page.
pub(super) const REUSED: u64 = 16 << 20;

/// What new pages cost, as a share of decoding, encoding and writing their content; for int16 a seventh was measured.
const NEW_PAGES: f64 = 0.1;

/// The share of a task's time that is one thread's where others help with its steps.
const ALONE: f64 = 0.15;

/// What is known of an output before it is cut.
pub(super) struct Sizes<'a> {
    op: &'a Op,
    limits: &'a Limits,
    /// Steps, rows and columns of the output.
    whole: Tile,
    grain: Tile,
    /// Bytes that all tasks may hold, beside what is held for them.
    memory: u64,
    /// Bytes a task may hold, and how many tasks are computed at a time.
    room: Room,
    /// The piece that tasks should be made of: what the sink writes, or the sources decode, at once.
    wanted: Tile,
    /// See [`crate::exec::Job::keep`].
    pub keep: u64,
}

impl<'a> Sizes<'a> {
    pub(super) fn new(op: &'a Op, tile: Option<Tile>, limits: &'a Limits) -> Sizes<'a> {
        let schema = op.schema();
        let whole = Tile { time: schema.time.len(), y: schema.grid.height, x: schema.grid.width };
        let grain = op.grain();
        let memory = limits.memory.saturating_sub(op.held_bytes());
        let room = Room::of(op, memory, limits.threads);
        let wanted = match (tile, limits.tile) {
            (None, Some(n)) => Tile { time: n, y: n, x: n },
            (Some(tile), _) => Tile {
                time: tile.time.clamp(1, whole.time.max(1)),
                y: align(tile.y, grain.y).min(whole.y.max(1)),
                x: align(tile.x, grain.x).min(whole.x.max(1)),
            },
            (None, None) => {
                Tile { time: grain.time.min(whole.time.max(1)), y: grain.y.min(whole.y), x: grain.x.min(whole.x) }
            }
        };
        let mut sizes = Sizes { op, limits, whole, grain, memory, room, wanted, keep: room.budget };
        // A climatology that does not fit is not kept but computed again for each run of steps.
        if sizes.peak(Tile { time: 1, ..wanted }) > room.budget {
            sizes.keep = LEAST_KEPT;
        }
        sizes
    }

    /// The smallest task: the wanted piece, or less where that does not fit the memory; `tile` is the least the sink
    /// needs.
    pub(super) fn unit(&self, tile: Option<Tile>) -> Result<Tile> {
        let mut unit = self.wanted;
        if let Some(tile) = tile {
            if self.peak(unit) > self.room.budget {
                unit = Tile {
                    time: tile.time.min(self.whole.time.max(1)),
                    y: tile.y.min(self.whole.y),
                    x: tile.x.min(self.whole.x),
                };
            }
        } else {
            while self.peak(unit) > self.room.budget && (unit.time > 1 || unit.y > 1 || unit.x > 16) {
                if unit.time > 1 {
                    unit.time = unit.time.div_ceil(2);
                } else if unit.y > 1 {
                    unit.y = unit.y.div_ceil(2);
                } else {
                    unit.x = unit.x.div_ceil(2);
                }
            }
        }
        let needed = self.peak(unit).max(self.room.decoder);
        match needed > self.room.budget.max(self.memory) {
            true => Err(self.too_large(needed)),
            false => Ok(unit),
        }
    }

    /// Tasks that are computed at a time: fewer where a unit takes more than its budget.
    pub(super) fn at_once(&self, unit: Tile) -> usize {
        let fitting = self.memory / 2 / self.peak(unit).max(1);
        (fitting as usize).clamp(1, self.room.at_once)
    }

    /// A task made of whole units, and the number of steps that it computes at a time.
    pub(super) fn task(&self, unit: Tile) -> (Tile, usize) {
        let cap = self.room.budget.min(LARGEST_TASK.max(self.peak(unit)));
        if self.limits.tile.is_some() {
            return (unit, self.whole.time);
        }
        if !self.op.in_order {
            let deep = self.deeper(unit, cap);
            return (self.longer(self.wider(deep, cap), deep, cap), self.whole.time);
        }
        // One task goes through its steps in order, so that what later steps need of earlier ones is computed once.
        let steps = self.grain.time.next_multiple_of(unit.time).min(self.whole.time.next_multiple_of(unit.time));
        let run = Tile { time: steps, ..unit };
        let unit = if run.time > unit.time && self.peak(run) <= cap { run } else { unit };
        let part = self.wider(unit, cap);
        (Tile { time: self.steps_in_order(part), ..part }, part.time)
    }

    /// The unit with as many steps as the sources decode together, or as fit: whoever goes through a source whose chunks are
    /// years of a few pixels step by step decodes all of it for each step. Steps are shared out where there are threads that
    /// would have nothing to do.
    fn deeper(&self, unit: Tile, cap: u64) -> Tile {
        let whole = self.whole;
        let maps = whole.y.div_ceil(unit.y.max(1)) * whole.x.div_ceil(unit.x.max(1));
        let stored = self.op.sources().iter().map(|source| source.natural_tile().time).max().unwrap_or(1);
        let steps = self.grain.time.min(stored).min(whole.time).next_multiple_of(unit.time.max(1)).max(1);
        let fits = |time: &usize| {
            let is_shared_out = maps * whole.time.div_ceil(*time) >= self.limits.busy();
            is_shared_out && self.peak(Tile { time: *time, ..unit }) <= cap
        };
        let half = |time: &usize| Some(time.div_ceil(2).next_multiple_of(unit.time)).filter(|half| half < time);
        Tile { time: std::iter::successors(Some(steps), half).find(fits).unwrap_or(unit.time), ..unit }
    }

    /// The cheapest task made of whole units that fits `cap` bytes, of as many steps as `unit`.
    ///
    /// The costs are those of decoding (each task decodes a block of the source that several share), of opening files
    /// or finding them again (once for each task that reads them), of new memory for large results, and of threads that
    /// wait for the last task.
    fn wider(&self, unit: Tile, cap: u64) -> Tile {
        let (op, whole, grain) = (self.op, self.whole, self.grain);
        let (origin_y, origin_x) = op.origin();
        let times = if op.in_order { 1 } else { whole.time.div_ceil(unit.time) };
        let sources = op.sources();
        let files: usize = sources.iter().map(|source| source.inputs().unwrap_or(1)).sum();
        let are_kept = files * unit.time.min(whole.time) <= FILES_KEPT * whole.time
            && !sources.iter().any(|source| source.is_far());
        // The cost of a visit to a file, in decodings of a block of 256 x 256 pixels.
        let visit = if are_kept { 1.0 / 16.0 } else { 1.0 };
        let cost = |t: Tile| {
            let (rows, row_blocks) = blocks(whole.y, t.y, grain.y, origin_y);
            let (columns, column_blocks) = blocks(whole.x, t.x, grain.x, origin_x);
            // The cost of a block is proportional to its area.
            let block = (grain.y * grain.x) as f64 / 65_536.0;
            // The climatology of a very large tile is not kept, so its steps are read again and again.
            let again = if op.in_order { self.bytes_read(Tile { time: whole.time, ..t }) as f64 } else { 1.0 };
            let pages = if self.peak(t) > REUSED { 1.0 + NEW_PAGES } else { 1.0 };
            let decoding = row_blocks as f64 * column_blocks as f64 * block * pages;
            (decoding + (rows * columns) as f64 * visit) * self.idle_factor(t, times) * again
        };
        let mut best = (cost(unit), unit);
        let mut y = unit.y;
        loop {
            let mut x = unit.x;
            loop {
                let tile = Tile { y, x, ..unit };
                if self.peak(tile) > cap {
                    break;
                }
                // Of two equal costs the wider tile wins, because many files are stored by rows.
                let cost = cost(tile);
                if cost <= best.0 {
                    best = (cost, tile);
                }
                if x >= whole.x {
                    break;
                }
                x = next_size(x, unit.x, whole.x);
            }
            if y >= whole.y || x == unit.x && self.peak(Tile { y, ..unit }) > cap {
                break;
            }
            y = next_size(y, unit.y, whole.y);
        }
        best.1
    }

    /// The task with more steps, added unit by unit.
    fn longer(&self, mut task: Tile, unit: Tile, cap: u64) -> Tile {
        let whole = self.whole;
        let count = |t: Tile| whole.time.div_ceil(t.time) * whole.y.div_ceil(t.y) * whole.x.div_ceil(t.x);
        while task.time < whole.time {
            let next = Tile { time: task.time + unit.time, ..task };
            let (held, more) = (self.peak(task), self.peak(next));
            // A longer task is better if it reads less, because tasks share steps, or if it holds little more.
            let gains = self.bytes_read(next) < self.bytes_read(task) || more.saturating_sub(held) < held / 4;
            let largest = if gains { cap } else { cap.min(REUSED) };
            if count(next) < TASKS_A_THREAD * self.limits.busy() || more > largest {
                break;
            }
            task = next;
        }
        task
    }

    /// The number of steps of a task that goes through them in order: all steps, or a share of them where there would
    /// be too few tasks and a share reads little more.
    fn steps_in_order(&self, part: Tile) -> usize {
        let steps = self.whole.time.next_multiple_of(part.time);
        let tiles = self.whole.y.div_ceil(part.y) * self.whole.x.div_ceil(part.x);
        let bytes = |time: usize| self.bytes_read(Tile { time, ..part });
        let bearable = bytes(steps) + bytes(steps) / 4;
        let mut time = steps;
        while tiles * steps.div_ceil(time) < self.limits.busy().max(2) {
            let half = time.div_ceil(2).next_multiple_of(part.time);
            if half >= time || bytes(half) > bearable {
                break;
            }
            time = half;
        }
        time
    }

    /// Bytes of pixels that the sources hand out in all if the result is cut into tasks of this size.
    ///
    /// What a task that goes through its steps in order keeps depends on its size, so there one task is counted for
    /// all.
    pub(super) fn bytes_read(&self, task: Tile) -> u64 {
        let all = self.op.schema().all();
        let (one, pixels) = match self.op.in_order {
            true => (self.region(task), self.op.schema().grid.pixels() as f64),
            false => (all.clone(), all.pixels() as f64 / all.time.len().max(1) as f64),
        };
        let share = pixels / (one.y.len() * one.x.len()).max(1) as f64;
        let bytes = cuts(self.whole.time, task.time).map(|time| self.op.bytes_read(&one.with_time(time), self.keep));
        (bytes.sum::<u64>() as f64 * share) as u64
    }

    fn peak(&self, task: Tile) -> u64 {
        self.op.peak(&self.region(task), self.keep)
    }

    /// The first region of this size.
    fn region(&self, task: Tile) -> Region {
        let all = self.op.schema().all();
        let (y, x) = (0..task.y.min(self.whole.y), 0..task.x.min(self.whole.x));
        Region { time: 0..task.time.min(self.whole.time), y, x, ..all }
    }

    /// The time that threads need for tasks of this size, divided by the time if none had to wait for the last task.
    fn idle_factor(&self, task: Tile, times: usize) -> f64 {
        // With this many tasks the wait for the last one is short whatever their sizes.
        const MANY: usize = 256;
        let (height, width, threads) = (self.whole.y, self.whole.x, self.limits.busy());
        if height.div_ceil(task.y.max(1)) * width.div_ceil(task.x.max(1)) * times > MANY {
            return 1.0;
        }
        let mut busy = vec![0usize; threads];
        for _ in 0..times {
            for y in cuts(height, task.y) {
                for x in cuts(width, task.x) {
                    if let Some(first) = busy.iter_mut().min() {
                        *first += y.len() * x.len();
                    }
                }
            }
        }
        let longest = busy.iter().max().copied().unwrap_or(0);
        let waiting = (longest * threads) as f64 / (height * width * times).max(1) as f64;
        match busy.iter().filter(|work| **work > 0).count() {
            // Those that would wait help; what the steps are put together to is made by one.
            tasks if tasks < threads && self.op.is_shared_out() => waiting.min(1.0 + ALONE * (threads - 1) as f64),
            _ => waiting,
        }
    }

    fn too_large(&self, needed: u64) -> Box<Diagnostic> {
        let (needed_bytes, allowed) = (bytes(needed), bytes(self.limits.memory));
        let problem = format!("the smallest piece of this plan needs {needed_bytes}, more than the {allowed} allowed");
        Diagnostic::new(codes::OUT_OF_MEMORY, problem)
            .label(self.op.plan.span, "computed here")
            .help(format!("allow more: `set memory {}GiB`", (needed / (1 << 30) + 1) * 2))
            .help("or write smaller chunks, or keep fewer steps or a smaller box")
    }
}

/// The next multiple of `unit` to try: every one at first, then in steps of half the size.
fn next_size(size: usize, unit: usize, len: usize) -> usize {
    let n = size / unit;
    let next = (n + (n / 2).max(1)) * unit;
    if next >= len { len.div_ceil(unit) * unit } else { next }
}

/// The number of tasks along an axis of `len` that is cut every `size`, and of source blocks that they touch in all.
fn blocks(len: usize, size: usize, grain: usize, origin: usize) -> (usize, usize) {
    let grain = grain.max(1);
    let shift = (grain - origin % grain) % grain;
    let touched = |cut: Range<usize>| (cut.end + shift).div_ceil(grain) - (cut.start + shift) / grain;
    let cuts: Vec<_> = cuts(len, size).collect();
    (cuts.len(), cuts.into_iter().map(touched).sum())
}

/// The edge that is a whole multiple of the sink's and the source's, where one of them divides the other.
fn align(sink: usize, source: usize) -> usize {
    let (sink, source) = (sink.max(1), source.max(1));
    if source > sink && source.is_multiple_of(sink) { source } else { sink }
}
