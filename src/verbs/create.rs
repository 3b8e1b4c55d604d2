//! `create`: a cube of one value on the grid of another.

use super::prelude::*;
use crate::plan::Payload;

pub(super) const VERB: Verb = Verb {
    name: "create",
    group: Group::Source,
    summary: "Make a cube on the grid and with the bands of another: one value everywhere, or missing.",
    params: &[
        Param::named("like", Shape::CubeOrPath, "The cube or raster whose grid and bands are taken."),
        Param::named("steps", Shape::Integer, "Number of steps; 1 unless given."),
        Param::named("fill", Shape::Number, "The value; missing unless given."),
        Param::named("start", Shape::Text, "First date; without `start` and `every` the steps have none."),
        Param::named("every", Shape::Text, "Length of a step: \"1D\", \"1MS\"."),
    ],
    seek: &["zeros_like", "full_like", "ones_like", "empty", "const", "new"],
    examples: &[Example {
        title: "Two days of zeros",
        script: "let a = ramp 1 2\ncreate like $a steps 2 fill 0 start 2024-01-01 every \"1D\" | show",
        output: "2024-01-01 v\n0 0\n0 0\n2024-01-02 v\n0 0\n0 0\n",
    }],
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    let Some(like) = call.cube_or_file("like")? else {
        return Err(Diagnostic::new(codes::MISSING_ARGUMENT, "`create` needs a grid")
            .label(call.span, "no `like`")
            .help("`create like $x steps 12 fill 0`, or `create like \"dem.tif\"`"));
    };
    let fill = call.number("fill");
    let band = |band: &Band| {
        let band = Band { packing: None, ..band.clone() };
        match fill {
            None => band.with_nodata(),
            Some(value) if band.dtype.holds(value) => band,
            Some(_) => Band { dtype: DType::F64, ..band },
        }
    };
    let bands: Vec<Band> = like.schema.bands.iter().map(band).collect();
    let mut options = Payload::default();
    options.set("grid", &like.schema.grid);
    options.set("bands", bands);
    options.set("steps", call.number("steps").unwrap_or(1.0).max(0.0) as usize);
    options.set("fill", fill);
    options.set("start", call.text("start"));
    options.set("every", call.text("every"));
    call.catalog.scan("create", options, call.span).map_err(|d| call.in_place(d).or_at(call.span, "made here"))
}
