//! `ramp`: a made-up cube whose pixels can be worked out by hand.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "ramp",
    group: Group::Source,
    summary: "Make a cube to try things on: 100 x step + 10 x row + column, monthly from 2020, on EPSG:32631.",
    params: &[
        Param::required("steps", Shape::Integer, "Number of steps."),
        Param::required("size", Shape::Integer, "Rows and columns."),
        Param::named("every", Shape::Text, "Length of a step: \"1D\", \"1MS\"; a month unless given."),
        Param::named("start", Shape::Text, "First date; 2020-01-01 unless given."),
        Param::named(
            "dtype",
            Shape::Choice(&["uint8", "int16", "uint16", "int32", "float32", "float64"]),
            "Type of the pixels; int16.",
        ),
        Param::named("bands", Shape::Names, "Names of the bands; `v`. Each next band is a thousand more."),
        Param::named(
            "calendar",
            Shape::Choice(&["standard", "proleptic_gregorian", "noleap", "all_leap", "360_day", "julian"]),
            "Calendar of the dates, as CF names it; proleptic_gregorian.",
        ),
        Param::named("gaps", Shape::Integer, "Every so many-th pixel is missing."),
    ],
    seek: &["create", "test", "synthetic", "example"],
    examples: &[Example {
        title: "Two months of four pixels",
        script: "ramp 2 2 | show",
        output: "2020-01-01 v\n0 1\n10 11\n2020-02-01 v\n100 101\n110 111\n",
    }],
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    call.catalog.scan("ramp", call.source_options().into(), call.span)
}
