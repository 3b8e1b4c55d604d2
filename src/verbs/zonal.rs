//! `zonal`: reduce the pixels of polygons, step by step.

use super::prelude::*;
use crate::cube::Touch;
use crate::plan::Cover;
use crate::plan::catalog::Features;
use crate::table::{Geometry, Zones};

/// What `zonal` and `counts` can be told of zones.
pub(super) const BY: Param =
    Param::named("by", Shape::Text, "The field that names the zones; else they are numbered from 0, in column `zone`.");
pub(super) const EXACT: Param =
    Param::flag("exact", "Count each pixel by the share that is covered; else pixels count whose center lies inside.");
pub(super) const TOUCH: Param = Param::named(
    "touch",
    Shape::Touch,
    "`true`: every pixel they cover in part counts, `inside`: only those that lie wholly inside; `false` unless given.",
);
pub(super) const LAYER: Param = Param::named("layer", Shape::Text, "Which layer, where several have polygons.");

pub(super) const GEOMETRY: Param = Param::flag(
    "geometry",
    "A column of the shapes, in the system of the cube: as text, which `save parquet` makes GeoParquet of.",
);

pub(super) const VERB: Verb = Verb {
    name: "zonal",
    group: Group::Table,
    summary: "Reduce the pixels in each polygon of a vector file: a table with a row for each step, zone and band.",
    params: &[
        Param::required("path", Shape::Path, "A vector file of polygons; they are brought to the system of the cube."),
        Param::optional(
            "reducers",
            Shape::Reducers,
            "`mean` (unless given), `p90`, or several: `[mean std count]`; each is a column.",
        ),
        BY,
        EXACT,
        TOUCH,
        LAYER,
        Param::named(
            "min_count",
            Shape::MinCount,
            "Valid pixels a result needs, or their share: `20`, `80%`; 1 unless given.",
        ),
        Param::flag("keepna", "One missing pixel makes the result missing."),
        GEOMETRY,
        Param::flag(
            "keep_empty",
            "Zones without pixels have rows, too: their results are missing, and their counts 0.",
        ),
    ],
    seek: &["zonal_stats", "exact_extract", "aggregate_spatial", "polygon statistics", "extract_geom"],
    examples: &[
        Example {
            title: "Rain by district",
            script: "load files \"rain/*.tif\" | resample 1mo sum | zonal \"districts.gpkg\" [mean p90 count] by name exact",
            output: "",
        },
        Example {
            title: "What a pixel counts",
            script: "load files \"*.tif\" | zonal \"fields.geojson\" median min_count 80% | save csv \"fields.csv\"",
            output: "",
        },
    ],
    lower: Lower::Table(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<TablePlan>> {
    let cover = cover(call)?;
    let reduction = match call.has("reducers") {
        true => call.reduction("reducers")?.over_space(call, "reducers", cover == Cover::Share)?,
        false => call.default_reduction((&reducers::mean::REDUCER).into())?,
    };
    let keep_empty = call.has("keep_empty");
    let zones = Arc::new(zones(call, input, keep_empty)?);
    Ok(TablePlan::new(input, Rows::Zonal { zones, cover, reduction, keep_empty }, call.span))
}

/// Which pixels count to a zone.
pub(super) fn cover(call: &Call) -> Result<Cover> {
    match (call.has("exact"), call.touch("touch")) {
        (true, None) => Ok(Cover::Share),
        (false, touch) => Ok(Cover::Whole(touch.unwrap_or(Touch::Center))),
        (true, Some(_)) => Err(call
            .error(
                "touch",
                codes::UNFIT_ARGUMENTS,
                "`exact` counts pixels by their share, so `touch` decides nothing",
                "beside `exact`",
            )
            .help("leave one of them out")),
    }
}

/// The zones of a file, in the system of the cube. Which of them lie outside is told, unless those without pixels, also
/// where they lie between the centers of pixels, are told once they are known.
pub(super) fn zones(call: &Call, input: &Arc<Plan>, tells_outside: bool) -> Result<Zones> {
    let path = call.scope.resolve(&call.text("path").unwrap_or_default());
    let (layer, field) = (call.text("layer"), call.text("by"));
    let grid = &input.schema.grid;
    call.refuse_unplaced(grid)?;
    let query =
        Features { path: &path, layer: layer.as_deref(), field: field.as_deref(), from: None, to: grid.crs.as_ref() };
    let mut zones = call.catalog.zones(&query).map_err(|d| match d.code {
        codes::UNKNOWN_FIELD => d.or_at(call.span_of("by"), "not a field"),
        codes::UNKNOWN_CHOICE => d.or_at(call.span_of("layer"), "not a layer"),
        _ => d.or_at(call.span_of("path"), "this file"),
    })?;
    zones.geometry = call.has("geometry").then(|| Geometry { crs: grid.crs.clone() });
    let outside: Vec<usize> = (0..zones.shapes.len())
        .filter(|&zone| zones.bounds(zone).is_some_and(|bounds| !grid.overlaps(bounds)))
        .collect();
    if outside.len() == zones.shapes.iter().filter(|s| !s.is_empty()).count() {
        let all = (0..zones.shapes.len()).filter_map(|zone| zones.bounds(zone)).reduce(BBox::union);
        return Err(call
            .error("path", codes::BOX_MISSES_CUBE, "the zones and the cube do not overlap", "outside")
            .help(format!("the zones: {}", all.map_or(String::new(), |b| b.to_string())))
            .help(format!("the cube:  {} ({})", grid.bounds(), crs_of(grid))));
    }
    if !outside.is_empty() && tells_outside {
        let names: Vec<String> = outside.iter().map(|&zone| zones.ids.cells.text(zone)).collect();
        zones.notes.push(some_of("outside of the cube", "zone", &names));
    }
    Ok(zones)
}
