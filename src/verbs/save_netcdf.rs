//! `save netcdf`: write a NetCDF-4 file, CF-1.8.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save netcdf",
    group: Group::Out,
    summary: "Write a NetCDF-4 file, CF-1.8.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
        Param::options("What the format can be told; `:help save netcdf` lists it."),
    ],
    seek: &["to_netcdf", "nc", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | resample 1mo mean | save netcdf \"clim.nc\" level 4 overwrite",
        output: "",
    }],
    lower: Lower::Sink(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    call.save(input, "netcdf")
}
