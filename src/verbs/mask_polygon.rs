//! `mask polygon`: keep the extent, drop what lies outside polygons.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "mask polygon",
    group: Group::Pixel,
    summary: "Make the pixels outside polygons missing; the extent stays, while `crop polygon` cuts it to that of the polygons.",
    params: &[
        Param::required("path", Shape::Path, "A vector file; its polygons are brought into the cube's system."),
        Param::named(
            "touch",
            Shape::Touch,
            "`true`: every pixel they touch stays, `inside`: those that lie wholly inside; else those whose center does.",
        ),
    ],
    seek: &["clip", "mask_polygon", "maskregion", "rasterize", "shape"],
    examples: &[Example {
        title: "A catchment",
        script: "load files \"*.tif\" | mask polygon \"basin.geojson\" | schema",
        output: "",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let path = call.scope.resolve(&call.text("path").unwrap_or_default());
    call.refuse_unplaced(&input.schema.grid)?;
    let crs = input.schema.grid.crs.as_ref();
    let shapes = call.catalog.polygons(&path, crs).map_err(|d| d.or_at(call.span_of("path"), "this file"))?;
    let touch = call.touch("touch").unwrap_or_default();
    Ok(Plan::mask(input, MaskBy::Polygons { wkt: shapes.wkt, touch }, call.span))
}
