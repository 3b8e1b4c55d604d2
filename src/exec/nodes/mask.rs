//! `Mask`: makes the pixels that a condition or polygons choose missing, in every band.

use super::prelude::*;
use crate::cube::Pixels;
use crate::cube::chunk::PixelType;
use crate::exec::inputs::Inputs;
use crate::exec::ops::eval;
use crate::exec::regions::each_once;
use crate::plan::MaskBy;
use crate::with_pixels;

pub(super) struct Mask {
    pub by: MaskBy,
}

impl Operator for Mask {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let (chunk, gone) = match &self.by {
            MaskBy::Condition { condition, keep } => {
                let mut with = Inputs::pull(input, &[condition], &region.bands, region, cx)?;
                let arithmetic = condition.arithmetic(input.schema());
                let truth = eval::truth(condition, &with.env(input, region), arithmetic);
                let bands = region
                    .bands
                    .iter()
                    .filter_map(|&b| with.slot_of_band[b])
                    .map(|slot| std::mem::replace(&mut with.chunk.bands[slot], Pixels::U8(Vec::new())))
                    .collect();
                (Chunk { shape: region.shape(), bands }, pixels_to_remove(&truth, *keep))
            }
            MaskBy::Polygons { wkt, touch } => {
                let grid = input.schema().grid.crop(region.y.clone(), region.x.clone());
                let inside = crate::geometry::polygon::burn(wkt, &grid, *touch)?;
                let once: Vec<bool> = inside.into_iter().map(|v| v == 0).collect();
                (input.pull(region, cx)?, once.repeat(region.time.len()))
            }
        };
        let mut bands = Vec::with_capacity(chunk.bands.len());
        for (mut pixels, &b) in chunk.bands.into_iter().zip(&region.bands) {
            let (source, target) = (&input.schema().bands[b], &op.schema().bands[b]);
            pixels.fit(source, target);
            let nodata = target.nodata.unwrap_or(f64::NAN);
            with_pixels!(&mut pixels, v => erase(&mut v[..], &gone, nodata));
            bands.push(pixels);
        }
        Ok(Chunk { shape: chunk.shape, bands })
    }

    /// The bands of a region and those the mask looks at.
    fn below(&self, _: &Op, region: &Region) -> Region {
        let looked_at = match &self.by {
            MaskBy::Condition { condition, .. } => condition.bands(),
            MaskBy::Polygons { .. } => Vec::new(),
        };
        region.with_bands(each_once(region.bands.iter().copied().chain(looked_at)))
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        op.result_bytes(region) + region.pixels() as u64 * 5 + op.input().peak(&self.below(op, region), keep)
    }
}

/// Which pixels become missing. `where` keeps those whose condition is true, `mask` makes these missing; an unknown
/// condition is not true.
fn pixels_to_remove(truth: &Pixels, keep: bool) -> Vec<bool> {
    let Pixels::F32(truth) = truth else { return Vec::new() };
    truth.iter().map(|&v| if keep { v.is_nan() || v == 0.0 } else { !v.is_nan() && v != 0.0 }).collect()
}

fn erase<T: PixelType>(values: &mut [T], gone: &[bool], nodata: f64) {
    let nodata = T::from_f64(nodata);
    for (v, &gone) in values.iter_mut().zip(gone) {
        *v = if gone { nodata } else { *v };
    }
}
