//! `Map`: computes each band by an expression over the bands of the input.

use super::prelude::*;
use crate::exec::inputs::Inputs;
use crate::exec::ops::eval;
use crate::exec::regions::each_once;
use crate::plan::Expr;

pub(super) struct Map {
    pub outputs: Vec<Expr>,
}

impl Operator for Map {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let wanted: Vec<&Expr> = region.bands.iter().map(|&b| &self.outputs[b]).collect();
        let with = Inputs::pull(op.input(), &wanted, &[], region, cx)?;
        let mut bands = Vec::with_capacity(wanted.len());
        for (&b, expr) in region.bands.iter().zip(wanted) {
            cx.run.read.go_on()?;
            let arithmetic = expr.arithmetic(op.input().schema());
            let (pixels, gone) = eval::evaluate(expr, &with.env(op.input(), region), &op.schema().bands[b], arithmetic);
            cx.run.add_invalid(gone.invalid);
            cx.run.add_losses(gone.losses);
            bands.push(pixels);
        }
        Ok(Chunk { shape: region.shape(), bands })
    }

    /// The bands that the expressions of a region read.
    fn below(&self, _: &Op, region: &Region) -> Region {
        region.with_bands(each_once(region.bands.iter().flat_map(|&b| self.outputs[b].bands())))
    }

    /// Results are held twice for a moment: as floats and in the type of their band.
    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let float = op.schema().region_bytes(region);
        op.result_bytes(region) + float + op.input().peak(&self.below(op, region), keep)
    }
}
