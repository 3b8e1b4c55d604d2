//! `cast`: store bands in another type.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "cast",
    group: Group::Pixel,
    summary: "Store every band in another type; integers are rounded, what does not fit becomes missing.",
    params: &[
        Param::required("dtype", Shape::Choice(DType::NAMES), "The type."),
        Param::named("nodata", Shape::Number, "The value that stands for missing."),
    ],
    seek: &["astype", "dtype", "convert", "type"],
    examples: &[Example {
        title: "Halves go to the even neighbor",
        script: "ramp 1 2 | map _ / 2 | cast uint8 | show",
        output: "2020-01-01 v\n0 0\n5 6\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let dtype = call.text("dtype").and_then(|d| DType::from_name(&d)).unwrap_or(DType::F32);
    if let Some(nodata) = call.number("nodata")
        && !dtype.holds(nodata)
    {
        let (low, high) = dtype.limits();
        return Err(call
            .error("nodata", codes::OUT_OF_RANGE, format!("{dtype} cannot hold {nodata}"), "does not fit")
            .help(format!("{dtype} holds {low} to {high}")));
    }
    let output = |(i, band): (usize, &Band)| {
        let kept = band.nodata.filter(|n| (dtype.is_float() || !n.is_nan()) && dtype.holds(*n));
        let far = if dtype.is_signed() && !dtype.is_float() { dtype.limits().0 } else { dtype.limits().1 };
        let nodata = call.number("nodata").or(kept).unwrap_or(if dtype.is_float() { f64::NAN } else { far });
        (Band { dtype, nodata: Some(nodata), packing: None, short: false, ..band.clone() }, Expr::Band(i))
    };
    Plan::map_into(input, input.schema.bands.iter().enumerate().map(output).collect(), call.span)
}
