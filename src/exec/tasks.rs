//! Cuts the output into regions that fit the memory, aligned to the sink's chunks and the sources' blocks.

use super::limits::Limits;
use super::op::Op;
use super::regions::cuts;
use super::sizes::Sizes;
use crate::cube::Region;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::Tile;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A plan cut into tasks, with all decisions of the planner. It is data that travels: a task can be computed wherever
/// the plan's sources can be opened, alone, in any order, and more than once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub plan: Arc<Plan>,
    pub tasks: Vec<Task>,
    /// The number of steps that a task computes at a time, in their order; each such part is written by itself.
    pub stride: usize,
    /// Bytes up to which a task keeps the steps of a climatology, so that they are not computed for every run of steps.
    pub keep: u64,
    /// Bytes of results that are held for all tasks.
    pub held: u64,
    /// Tasks that a process computes at a time, at most: more would not fit its memory.
    pub at_once: usize,
    /// Bytes of pixels the sources will hand out.
    pub bytes_to_read: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub id: usize,
    pub region: Region,
    pub projected_bytes: u64,
}

/// The most tasks of a job: the list of more would itself fill the memory.
const MOST_TASKS: f64 = 5e6;

impl Job {
    /// `tile` is what the sink wants to be written in one piece.
    ///
    /// # Errors
    /// `E0402` if even the smallest task does not fit the memory.
    pub(crate) fn new(op: &Op, tile: Option<Tile>, limits: &Limits) -> Result<Job> {
        let sizes = Sizes::new(op, tile, limits);
        let unit = sizes.unit(tile)?;
        let (size, stride) = sizes.task(unit);
        let task = |(id, region): (usize, Region)| {
            // One part of its steps is computed at a time.
            let end = region.time.end.min(region.time.start + stride);
            let projected_bytes = op.peak(&region.with_time(region.time.start..end), sizes.keep);
            Task { id, region, projected_bytes }
        };
        let tasks = regions(op, size)?.into_iter().enumerate().map(task).collect();
        let bytes_to_read = sizes.bytes_read(size) + op.bytes_read_once(sizes.keep);
        let (keep, held, at_once) = (sizes.keep, op.held_bytes(), sizes.at_once(unit));
        Ok(Job { plan: op.plan.clone(), tasks, stride, keep, held, at_once, bytes_to_read })
    }

    /// The same job with these of its tasks only.
    pub(crate) fn with_tasks(&self, tasks: Vec<Task>) -> Job {
        Job { tasks, plan: self.plan.clone(), ..*self }
    }

    /// Leaves out the tasks whose parts are done already.
    pub(crate) fn leave_out(&mut self, is_done: impl Fn(&Region) -> bool) {
        let stride = self.stride;
        self.tasks.retain(|task| !task.parts(stride).all(|part| is_done(&part)));
    }

    /// How many tasks run at a time where so many threads are allowed.
    pub(crate) fn threads(&self, allowed: usize) -> usize {
        allowed.min(self.at_once).min(self.tasks.len())
    }

    /// The most bytes held at once by `threads` tasks, and for all of them.
    pub(crate) fn peak_bytes(&self, threads: usize) -> u64 {
        let mut sizes: Vec<u64> = self.tasks.iter().map(|t| t.projected_bytes).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        self.held + sizes.into_iter().take(threads.max(1)).sum::<u64>()
    }
}

impl Task {
    /// The parts of `stride` steps that it is computed in, in their order.
    pub(crate) fn parts(&self, stride: usize) -> impl Iterator<Item = Region> + '_ {
        let start = self.region.time.start;
        cuts(self.region.time.len(), stride)
            .map(move |time| self.region.with_time(start + time.start..start + time.end))
    }
}

/// The regions of the output, each as large as `task` or what is left at an edge.
fn regions(op: &Op, task: Tile) -> Result<Vec<Region>> {
    let schema = op.schema();
    let (steps, height, width) = (schema.time.len(), schema.grid.height, schema.grid.width);
    let count = steps.div_ceil(task.time) as f64 * height.div_ceil(task.y) as f64 * width.div_ceil(task.x) as f64;
    if count > MOST_TASKS {
        let problem = format!("the run would have {count:.0} tasks, which is too many");
        let smaller = "keep less of it, or allow larger pieces: `set memory 8GiB`";
        return Err(Diagnostic::new(codes::OUT_OF_MEMORY, problem)
            .label(op.plan.span, "computed here")
            .help(format!("the result is {}; {smaller}", schema.grid.describe())));
    }
    let bands: Vec<usize> = (0..schema.bands.len()).collect();
    let mut regions = Vec::new();
    // Time varies slowest, so that files opened for a stretch of time serve all its tiles.
    for time in cuts(steps, task.time) {
        for y in cuts(height, task.y) {
            for x in cuts(width, task.x) {
                regions.push(Region { time: time.clone(), bands: bands.clone(), y: y.clone(), x });
            }
        }
    }
    Ok(regions)
}

#[cfg(test)]
mod tests;
