//! How many bytes a task will hold: stated before it runs.

use super::Op;
use super::ops::reduce::State;
use crate::cube::{Region, Schema};
use crate::plan::{Footprint, MaskBy, Node, Over};
use std::sync::Arc;

/// The most bytes held at once while `region` of the operator is computed, its result included.
///
/// Counted are pixels: results, states of reductions, series, and the step in hand; decoders add a block or two.
pub fn peak(op: &Arc<Op>, region: &Region) -> u64 {
    let out = op.schema().region_bytes(region);
    let below = match &op.plan.node {
        Node::Scan { .. } => 0,
        // A part of the input becomes the result without a copy.
        Node::Select { bands, .. } => {
            let bands = region.bands.iter().map(|&b| bands[b]).collect();
            return peak(op.input(), &clamp(region.with_bands(bands), op.input().schema()));
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
        Node::Reduce { over: Over::Time { group_of_step, groups }, reducers, .. } => {
            let bands: Vec<usize> = {
                let mut b: Vec<usize> = region.bands.iter().map(|b| b / reducers.len()).collect();
                b.dedup();
                b
            };
            let input = op.input();
            let pixels = (region.y.len() * region.x.len()) as u64;
            let states: u64 = bands
                .iter()
                .map(|&b| State::bytes_per_pixel(reducers, input.schema().bands[b].dtype) as u64)
                .sum::<u64>()
                * pixels
                * region.time.len() as u64;
            let held = if reducers.iter().any(|r| r.holds_series()) {
                let mut sizes = vec![0usize; *groups];
                group_of_step.iter().flatten().for_each(|&g| sizes[g] += 1);
                sizes[region.time.clone()].iter().copied().max().unwrap_or(0)
            } else {
                input.grain().time
            };
            let steps = 0..held.min(input.schema().time.len()).max(1);
            states + peak(input, &Region { time: steps, bands, ..region.clone() })
        }
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
        Node::Join { .. } => {
            let own = op.inputs[0].schema().bands.len();
            let part = |input: &Arc<Op>, bands: Vec<usize>| match bands.is_empty() {
                true => 0,
                false => peak(input, &clamp(region.with_bands(bands), input.schema())),
            };
            let left = part(&op.inputs[0], region.bands.iter().copied().filter(|&b| b < own).collect());
            let right = part(&op.inputs[1], region.bands.iter().filter(|&&b| b >= own).map(|b| b - own).collect());
            left + right
        }
        Node::Concat { .. } => {
            op.inputs.iter().map(|input| peak(input, &clamp(region.clone(), input.schema()))).max().unwrap_or(0)
        }
    };
    // What is shared is kept for the whole task.
    let kept = if op.shared {
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
        Node::Select { bands, .. } => {
            let bands = region.bands.iter().map(|&b| bands[b]).collect();
            bytes_read(op.input(), &clamp(region.with_bands(bands), op.input().schema()))
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
            let steps = group_of_step.iter().flatten().filter(|g| region.time.contains(g)).count();
            let mut bands: Vec<usize> = region.bands.iter().map(|b| b / reducers.len()).collect();
            bands.dedup();
            bytes_read(op.input(), &Region { time: 0..steps, bands, ..region.clone() })
        }
        Node::Reduce { over: Over::Space(footprint), reducers, .. } => {
            bytes_read(op.input(), &under(footprint, reducers.len(), region, op.input().schema()))
        }
        Node::Reduce { over: Over::Band, .. } => {
            bytes_read(op.input(), &region.with_bands((0..op.input().schema().bands.len()).collect()))
        }
        Node::Join { .. } => {
            let own = op.inputs[0].schema().bands.len();
            let left: Vec<usize> = region.bands.iter().copied().filter(|&b| b < own).collect();
            let right: Vec<usize> = region.bands.iter().filter(|&&b| b >= own).map(|b| b - own).collect();
            let of = |input: &Arc<Op>, bands: Vec<usize>| match bands.is_empty() {
                true => 0,
                false => bytes_read(input, &clamp(region.with_bands(bands), input.schema())),
            };
            of(&op.inputs[0], left) + of(&op.inputs[1], right)
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
