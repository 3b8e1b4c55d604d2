//! `Reduce` over bands: the bands of each step become one band for each reducer.

use super::prelude::*;
use crate::cube::{DType, Pixels};
use crate::exec::ops::reduce::{Need, State, StepInfo};
use crate::exec::ops::series;
use crate::plan::{ReduceOptions, Reducer, common_band};

pub(super) struct ReduceBand {
    pub reducers: Vec<Reducer>,
    pub options: ReduceOptions,
}

impl Operator for ReduceBand {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let schema = op.input().schema();
        let dtype = schema.bands.iter().map(|b| b.dtype).reduce(|a, b| a.promote(b)).unwrap_or(DType::F32);
        let common = common_band(&schema.bands, dtype);
        let chunk = op.input().pull(&self.below(op, region), cx)?;
        let wanted: Vec<Reducer> = region.bands.iter().map(|&b| self.reducers[b]).collect();
        let size = region.pixels();
        let casted: Vec<Pixels> = chunk
            .bands
            .iter()
            .zip(&schema.bands)
            .map(|(pixels, band)| pixels.cast(band.nodata, common.dtype, common.nodata))
            .collect();
        let running: Vec<Reducer> = wanted.iter().copied().filter(|r| !r.holds_series()).collect();
        let mut state = State::new(&running, &common, size, false);
        for (i, pixels) in casted.iter().enumerate() {
            state.add(pixels, 0..size, StepInfo { when: i as f64, weight: 1.0, position: i as f64 });
        }
        let need = Need { count: self.options.min_count.of(casted.len()), all: self.options.keepna };
        let views: Vec<series::Step> = casted.iter().map(|pixels| (pixels, 0..size)).collect();
        let mut bands = Vec::with_capacity(wanted.len());
        for (&b, reducer) in region.bands.iter().zip(wanted) {
            let target = &op.schema().bands[b];
            bands.push(match reducer.holds_series() {
                true => series::reduce(&views, size, &common, &[(reducer, target)], need, &[], &|| false).remove(0),
                false => state.finish(reducer, need, target, size),
            });
        }
        Ok(Chunk { shape: region.shape(), bands })
    }

    /// All bands of the input.
    fn below(&self, op: &Op, region: &Region) -> Region {
        region.with_bands((0..op.input().schema().bands.len()).collect())
    }

    /// Held are all bands in their own types, and all in the type they have in common.
    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        op.result_bytes(region) + 2 * op.input().peak(&self.below(op, region), keep)
    }
}
