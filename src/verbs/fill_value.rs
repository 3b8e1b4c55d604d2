//! `fill value`: give missing pixels a value.

use super::prelude::*;
use crate::expr::Binary;

pub(super) const VERB: Verb = Verb {
    name: "fill value",
    group: Group::Pixel,
    summary: "Give missing pixels a value.",
    params: &[Param::required("value", Shape::Number, "The value.")],
    seek: &["fillna", "unmask", "setmisstoc", "nodata"],
    examples: &[Example {
        title: "Zero where nothing was measured",
        script: "ramp 1 2 gaps 3 | fill value 0 | show",
        output: "2020-01-01 v\n0  1\n0 11\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let Some(value) = call.number("value") else { return Ok(input.clone()) };
    let output = |(i, band): (usize, &Band)| {
        let filled = Expr::binary(Binary::Coalesce, Expr::Band(i), Expr::Number(value));
        // The band keeps its type if that can hold the value.
        let dtype = if band.dtype.holds(value) { band.dtype } else { DType::F64 };
        (Band { dtype, packing: None, short: false, ..band.clone() }, filled)
    };
    Plan::map_into(input, input.schema.bands.iter().enumerate().map(output).collect(), call.span)
}
