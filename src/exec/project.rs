//! How many bytes a task will hold: stated before it runs.

use super::op::reduces_time;
use super::ops::fill::Edge;
use super::ops::reduce::State;
use super::ops::rolling;
use super::ops::sen::Sen;
use super::reduce::Asked;
use super::{Op, gaps, join, pull, window};
use crate::cube::{Region, Schema};
use crate::plan::{Along, Footprint, MaskBy, Node, Over};
use crate::reducers::{Reducer, Statistic};
use std::ops::Range;
use std::sync::Arc;

/// The most bytes held at once while `region` of the operator is computed, its result included.
///
/// Counted are pixels: results, states of reductions, series, and the step in hand; decoders add a block or two.
pub fn peak(op: &Arc<Op>, region: &Region) -> u64 {
    let out = op.schema().region_bytes(region);
    let below = match &op.plan.node {
        Node::Scan { .. } => 0,
        // A part of the input becomes the result without a copy.
        Node::Select { steps, bands, .. } => {
            let bands = region.bands.iter().map(|&b| bands[b]).collect();
            let time = part_of(steps[region.time.clone()].iter().copied(), op.input());
            return peak(op.input(), &Region { time, bands, ..region.clone() });
        }
        Node::Write { .. } => return peak(op.input(), region),
        Node::Map { outputs, .. } => {
            let bands = sorted(region.bands.iter().flat_map(|&b| outputs[b].bands()));
            // A result is computed as a float and then stored.
            out + peak(op.input(), &region.with_bands(bands))
        }
        Node::Mask { by, .. } => {
            let bands = masked_bands(region, by);
            region.pixels() as u64 * 5 + peak(op.input(), &region.with_bands(bands))
        }
        Node::Warp { .. } => {
            // The window a tile needs is not known without a transform; by area it is the ratio of the two grids.
            let (source, target) = (&op.input().schema().grid, &op.schema().grid);
            let ratio = source.pixels() as f64 / target.pixels().max(1) as f64;
            let rows = ((region.y.len() as f64 * ratio.sqrt()) as usize + 8).min(source.height);
            let columns = ((region.x.len() as f64 * ratio.sqrt()) as usize + 8).min(source.width);
            let region = Region { y: 0..rows, x: 0..columns, ..region.clone() };
            // Layers are handed to GDAL apart, and it keeps a chunk of floats of its own.
            out + peak(op.input(), &region) + op.input().schema().region_bytes(&region) + (16 << 20)
        }
        Node::Reduce { over: Over::Time { .. }, reducers, .. } => {
            let bands = Asked::new(region, reducers).bands;
            let input = op.input();
            let pixels = (region.y.len() * region.x.len()) as u64;
            let states = states(reducers, &bands, input) * pixels * region.time.len() as u64;
            let held = if reducers.iter().any(|r| r.holds_series()) {
                region.time.clone().map(|g| op.steps_in(g..g + 1)).max().unwrap_or(0)
            } else {
                input.grain().time
            };
            let lines = match Reducer::needs_of(reducers).iter().any(|need| matches!(need, Statistic::SenLine(_))) {
                true => Sen::bytes(held),
                false => 0,
            };
            let steps = 0..held.min(input.schema().time.len()).max(1);
            states + lines + peak(input, &Region { time: steps, bands, ..region.clone() })
        }
        Node::Window { along, .. } => window_peak(op, along, region),
        Node::Reduce { over: Over::Space(footprint), reducers, .. } => {
            let input = op.input();
            let below = under(footprint, reducers.len(), region, input.schema());
            let held = 0..input.grain().time.min(region.time.len()).max(1);
            peak(input, &Region { time: held, ..below }) + super::space::STRIP as u64 * 2
        }
        Node::Reduce { over: Over::Band, .. } => {
            let all = region.with_bands((0..op.input().schema().bands.len()).collect());
            2 * peak(op.input(), &all)
        }
        Node::Join { steps, .. } => {
            let [left, right] = join_parts(op, steps, region).map(|(input, region)| match region.bands.is_empty() {
                true => 0,
                false => peak(input, &region),
            });
            left + right + join::kept_bytes(op, &joined_bands(op, region))
        }
        Node::Concat { .. } => {
            op.inputs.iter().map(|input| peak(input, &clamp(region.clone(), input.schema()))).max().unwrap_or(0)
        }
    };
    // What is shared is kept until all steps are done that are pulled together; a reduction may go through all there are.
    let kept = if pull::is_kept(op) {
        op.schema().region_bytes(&Region { time: 0..op.schema().time.len(), ..region.clone() })
    } else {
        0
    };
    out + below + kept
}

/// The bytes of pixels the sources hand out while `region` is computed.
pub fn bytes_read(op: &Arc<Op>, region: &Region) -> u64 {
    match &op.plan.node {
        Node::Scan { .. } => op.schema().region_bytes(region),
        Node::Select { steps, bands, .. } => {
            let bands = region.bands.iter().map(|&b| bands[b]).collect();
            let time = part_of(steps[region.time.clone()].iter().copied(), op.input());
            bytes_read(op.input(), &Region { time, bands, ..region.clone() })
        }
        Node::Map { outputs, .. } => {
            let bands = sorted(region.bands.iter().flat_map(|&b| outputs[b].bands()));
            bytes_read(op.input(), &region.with_bands(bands))
        }
        Node::Mask { by, .. } => {
            let bands = masked_bands(region, by);
            bytes_read(op.input(), &region.with_bands(bands))
        }
        Node::Warp { .. } => {
            let (source, target) = (&op.input().schema().grid, &op.schema().grid);
            let share = (region.y.len() * region.x.len()) as f64 / target.pixels().max(1) as f64;
            let whole = Region { y: 0..source.height, x: 0..source.width, ..region.clone() };
            (bytes_read(op.input(), &whole) as f64 * share) as u64
        }
        Node::Reduce { over: Over::Time { group_of_step, .. }, reducers, .. } => {
            let (input, bands) = (op.input(), Asked::new(region, reducers).bands);
            let of = |time: Range<usize>| bytes_read(input, &Region { time, bands: bands.clone(), ..region.clone() });
            if !input.in_order {
                return of(0..op.steps_in(region.time.clone()));
            }
            // The steps are gone through in order, those of all groups or, for series, those of each.
            let hull = |groups: Range<usize>| {
                let inside = |group: &Option<usize>| group.is_some_and(|g| groups.contains(&g));
                let first = group_of_step.iter().position(inside);
                first.zip(group_of_step.iter().rposition(inside)).map_or(0, |(first, last)| of(first..last + 1))
            };
            match reducers.iter().any(|r| r.holds_series()) {
                true => region.time.clone().map(|group| hull(group..group + 1)).sum(),
                false => hull(region.time.clone()),
            }
        }
        Node::Window { along, .. } => {
            let bands = match along {
                Along::Rolling { reducers, .. } | Along::Cumulate { reducers, .. } => {
                    Asked::new(region, reducers).bands
                }
                _ => region.bands.clone(),
            };
            let around = match along {
                Along::Gaps { reach, .. } => gaps::with_margin(*reach, region, &op.input().schema().grid),
                _ => region.clone(),
            };
            let of =
                |time: Range<usize>| bytes_read(op.input(), &Region { time, bands: bands.clone(), ..around.clone() });
            window::steps_needed(op, along, &region.time).into_iter().map(of).sum()
        }
        Node::Reduce { over: Over::Space(footprint), reducers, .. } => {
            bytes_read(op.input(), &under(footprint, reducers.len(), region, op.input().schema()))
        }
        Node::Reduce { over: Over::Band, .. } => {
            bytes_read(op.input(), &region.with_bands((0..op.input().schema().bands.len()).collect()))
        }
        Node::Join { steps, .. } => {
            let of = |input: &Arc<Op>, region: &Region| match region.bands.is_empty() {
                true => 0,
                false => bytes_read(input, region),
            };
            let [(left, of_left), (right, of_right)] = join_parts(op, steps, region);
            // A climatology too large to be kept is computed anew whenever its steps come round.
            let rounds = match join::keeps_right(op, &joined_bands(op, region)) || !reduces_time(&right.plan) {
                true => 1,
                false => {
                    let met = steps[region.time.clone()].iter().flatten().count();
                    met.div_ceil(of_right.time.len().max(1)) as u64
                }
            };
            of(left, &of_left) + of(right, &of_right) * rounds
        }
        Node::Concat { steps, .. } => {
            let of = |(i, input): (usize, &Arc<Op>)| {
                let steps = steps[region.time.clone()].iter().filter(|(n, _)| *n == i).count();
                bytes_read(input, &Region { time: 0..steps, ..region.clone() })
            };
            op.inputs.iter().enumerate().map(of).sum()
        }
        Node::Write { .. } => bytes_read(op.input(), region),
    }
}

/// What a window along time holds beside its result.
fn window_peak(op: &Arc<Op>, along: &Along, region: &Region) -> u64 {
    let input = op.input();
    let size = (region.y.len() * region.x.len()) as u64;
    // A run of steps of these bands, and what it takes to get it.
    let run = |bands: &[usize]| {
        let time = 0..input.grain().time.min(input.schema().time.len());
        peak(input, &Region { time, bands: bands.to_vec(), ..region.clone() })
    };
    match along {
        Along::Rolling { windows, reducers, .. } => {
            let bands = Asked::new(region, reducers).bands;
            // The steps of a row of windows are held, as are those of the runs that they begin and end in.
            let rows = rolling::rows(windows, 0..windows.len());
            let row = rows.iter().map(|row| row.steps(windows).len()).max().unwrap_or(0);
            let held = (row + input.grain().time).min(steps_of(windows, region.time.len()));
            let held = input.schema().region_bytes(&Region { time: 0..held, bands: bands.clone(), ..region.clone() });
            let series = reducers.iter().filter(|r| r.holds_series()).count() * row * (8 + 8) * rolling::LANES;
            held + (rolling::scratch(reducers, row, size as usize) + series) as u64 + run(&bands)
        }
        Along::Cumulate { reducers, .. } => {
            let bands = Asked::new(region, reducers).bands;
            // And the results of one step before they are put into their place.
            let step: usize = region.bands.iter().map(|&b| op.schema().bands[b].dtype.bytes()).sum();
            (states(reducers, &bands, input) + step as u64) * size + run(&bands)
        }
        Along::Shift { .. } => peak(input, region),
        Along::Diff { by } => {
            let more = (by.unsigned_abs() as usize).min(region.time.len());
            let time = 0..(region.time.len() + more).min(input.schema().time.len());
            peak(input, &region.with_time(time))
        }
        Along::Gaps { reach, .. } => {
            let around = gaps::with_margin(*reach, region, &input.schema().grid);
            let held = around.with_time(0..input.grain().time.min(region.time.len()).max(1));
            // The last valid row of every column, for every row; and the step before it is put into its place.
            let rows = (region.y.len() * around.x.len() * size_of::<usize>()) as u64;
            peak(input, &held) + rows + 8 * size
        }
        Along::Fill { .. } => {
            let edges: usize = region.bands.iter().map(|&b| Edge::bytes(input.schema().bands[b].dtype)).sum();
            let own = input.schema().region_bytes(region);
            // Two edges, and what is carried along.
            peak(input, region).max(own + run(&region.bands)) + 4 * edges as u64 * size
        }
    }
}

/// The steps that so many windows in a row reach at most.
fn steps_of(windows: &[Range<usize>], n: usize) -> usize {
    (0..windows.len()).map(|i| windows[(i + n - 1).min(windows.len() - 1)].end - windows[i].start).max().unwrap_or(0)
}

/// Bytes a pixel of the running states of these bands.
fn states(reducers: &[Reducer], bands: &[usize], input: &Op) -> u64 {
    bands.iter().map(|&b| State::bytes_per_pixel(reducers, input.schema().bands[b].dtype) as u64).sum()
}

/// As many steps as there are, from the first of them on.
fn part_of(steps: impl Iterator<Item = usize> + Clone, of: &Op) -> Range<usize> {
    let len = of.schema().time.len();
    let count = steps.clone().count().min(len);
    let first = steps.min().unwrap_or(0).min(len - count);
    first..first + count
}

/// The bands of a join that are those of its right side.
fn joined_bands(op: &Op, region: &Region) -> Region {
    let own = op.inputs[0].schema().bands.len();
    region.with_bands(region.bands.iter().copied().filter(|&b| b >= own).collect())
}

/// What a region of a join needs of each side. Steps that several meet are counted once: they are next to each other or
/// were put aside.
fn join_parts<'a>(op: &'a Op, steps: &[Option<usize>], region: &Region) -> [(&'a Arc<Op>, Region); 2] {
    let (left, right) = (&op.inputs[0], &op.inputs[1]);
    let own = left.schema().bands.len();
    let of_left = region.bands.iter().copied().filter(|&b| b < own).collect();
    let of_right = joined_bands(op, region).bands.into_iter().map(|b| b - own).collect();
    let time = part_of(steps[region.time.clone()].iter().flatten().copied(), right);
    [(left, region.with_bands(of_left)), (right, Region { time, ..region.with_bands(of_right) })]
}

/// The region of an input that a region of its footprints covers.
fn under(footprint: &Footprint, reducers: usize, region: &Region, input: &Schema) -> Region {
    let bands = sorted(region.bands.iter().map(|b| b / reducers));
    let y = footprint.reach(&region.y, &footprint.rows, input.grid.height);
    let x = footprint.reach(&region.x, &footprint.columns, input.grid.width);
    Region { time: region.time.clone(), bands, y, x }
}

/// A region of the same size that lies inside another cube; sizes are all that is counted here.
fn clamp(region: Region, schema: &Schema) -> Region {
    Region { time: 0..region.time.len().min(schema.time.len()), ..region }
}

/// The bands of a region and those the mask looks at.
fn masked_bands(region: &Region, by: &MaskBy) -> Vec<usize> {
    let looked_at = match by {
        MaskBy::Condition { condition, .. } => condition.bands(),
        MaskBy::Polygons { .. } => Vec::new(),
    };
    sorted(region.bands.iter().copied().chain(looked_at))
}

fn sorted(bands: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut bands: Vec<usize> = bands.collect();
    bands.sort_unstable();
    bands.dedup();
    bands
}
