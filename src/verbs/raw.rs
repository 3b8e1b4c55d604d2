//! `raw`: undo the scale and offset that were applied on reading.

use super::prelude::*;
use crate::expr::Binary;

pub(super) const VERB: Verb = Verb {
    name: "raw",
    group: Group::Pixel,
    summary: "Undo the declared scale and offset: the numbers as they are stored.",
    params: &[],
    seek: &["unscale", "packed", "mask_and_scale", "digital numbers"],
    examples: &[Example {
        title: "Stored numbers",
        script: "load netcdf \"uvz.nc\" var z at level 500 | raw | stats",
        output: "",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    if input.schema.bands.iter().all(|b| b.packing.is_none()) {
        return Err(Diagnostic::new(
            codes::NOTHING_TO_UNDO,
            "no band has a scale or offset that was applied on reading",
        )
        .label(call.span, "nothing to undo")
        .help("`raw` stands right after the source; `describe` shows scales and offsets"));
    }
    let output = |(i, band): (usize, &Band)| {
        let Some(packing) = &band.packing else { return (band.clone(), Expr::Band(i)) };
        let shifted = Expr::binary(Binary::Sub, Expr::Band(i), Expr::Number(packing.offset));
        let stored = Expr::binary(Binary::Div, shifted, Expr::Number(packing.scale));
        let nodata = packing.nodata.or_else(|| Some(packing.dtype.with_room_for_nodata().1));
        let dtype = if packing.nodata.is_some() { packing.dtype } else { packing.dtype.with_room_for_nodata().0 };
        (Band { dtype, nodata, packing: None, unit: None, ..band.clone() }, stored)
    };
    Plan::map_into(input, input.schema.bands.iter().enumerate().map(output).collect(), call.span)
}
