//! `save kerchunk`: say where the pixels lie.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save kerchunk",
    group: Group::Out,
    summary: "Write references to the chunks of NetCDF-4 files or GeoTIFFs, which read as one Zarr store; no pixel is copied.",
    params: &[
        Param::required("path", Shape::Path, "Where to: a `.json` file or a `.parquet` folder."),
        Param::flag("overwrite", "Replace a target that is there."),
        Param::options("What the format can be told; `:help save kerchunk` lists it."),
    ],
    seek: &["references", "fsspec", "virtual", "virtualizarr"],
    examples: &[
        Example {
            title: "Many files as one store",
            script: "load netcdf \"era5/t2m_*.nc\" var t2m | save kerchunk \"t2m.json\"",
            output: "",
        },
        Example {
            title: "As Parquet, read piece by piece",
            script: "load files \"rain/*.tif\" | save kerchunk \"rain.parquet\" overwrite",
            output: "",
        },
    ],
    lower: Lower::Sink(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    call.save_references(input, "kerchunk")
}
