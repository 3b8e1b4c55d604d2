//! `load stac`: assets of STAC items as bands.

use super::prelude::*;
use crate::cube::time::{Calendar, interval as interval_of};
use crate::lang::predicate;

// What a load of items has in common with one around a point.
pub const COLLECTION: Param = Param::named("collection", Shape::Text, "The collection; a search of an API needs one.");
pub const ASSETS: Param = Param::named("assets", Shape::Names, "The assets that become bands, by key or by band name.");
pub const TIME: Param = Param::named("time", Shape::Interval, "Items of these dates.");
pub const FILTER: Param =
    Param::named("filter", Shape::Expr, "Items whose properties fit: `filter (cloud_cover < 60)`.");
pub const GROUP: Param = Param::named(
    "group",
    Shape::Choice(&["none", "time", "solar_day"]),
    "Items of one time or one solar day become one step.",
);
pub const MAX: Param = Param::named("max", Shape::Integer, "At most so many items.");
pub const METHOD: Param =
    Param::named("method", Shape::Choice(Resampling::WORDS), "How items on other grids are resampled.");
pub const SKIP_MISSING: Param =
    Param::flag("skip_missing", "Items without one of the assets leave its pixels missing.");
pub const REWRITE: Param =
    Param::named("rewrite", Shape::Names, "Two texts: the first is replaced by the second in addresses.");
pub const ON_ERROR: Param = Param::named(
    "on_error",
    Shape::Choice(&["stop", "skip"]),
    "`skip` leaves unreadable assets missing and lists them.",
);

pub const VERB: Verb = Verb {
    name: "load stac",
    group: Group::Source,
    summary: "Load assets of STAC items, brought onto one grid.",
    params: &[
        Param::required(
            "path",
            Shape::Path,
            "Items, a FeatureCollection, a static catalog, NDJSON or an API to search; a file or an address.",
        ),
        COLLECTION,
        ASSETS,
        TIME,
        Param::named("lonlat", Shape::BBox, "Items that touch this box in degrees; the grid is cut to it."),
        FILTER,
        GROUP,
        MAX,
        Param::named("like", Shape::CubeOrPath, "The grid of another cube."),
        Param::named("crs", Shape::Crs, "Reference system of the grid; that of most items unless given."),
        Param::named("res", Shape::Length, "Pixel size; the finest of the assets unless given."),
        Param::named("bounds", Shape::BBox, "Bounds of the grid in its system."),
        Param::named("anchor", Shape::Choice(&["edge", "center"]), "What lies on multiples of the pixel size."),
        METHOD,
        SKIP_MISSING,
        REWRITE,
        ON_ERROR,
        SIGN,
    ],
    seek: &["items", "catalog", "sentinel", "landsat", "collection"],
    examples: &[
        Example {
            title: "Two bands of the clearer items",
            script: "load stac \"items.json\" assets [red nir] filter (cloud_cover < 60) lonlat 5 45 6 46 | schema",
            output: "",
        },
        Example {
            title: "A search of an API, its files opened by signed requests",
            script: "load stac \"https://planetarycomputer.microsoft.com/api/stac/v1\" collection sentinel-2-l2a assets [B04 B08] time 2023-06 lonlat 11 46 11.1 46.1 max 10 sign pc | schema",
            output: "",
        },
    ],
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    let mut options = items(call)?;
    let crs = call.crs("crs")?;
    if let Some(like) = call.cube_or_file("like")? {
        options.insert("like".into(), json!(like.schema.grid));
    }
    if let Some(res) = call.length("res", crs.as_ref())? {
        options.insert("res".into(), json!(res));
    }
    call.load("stac", options)
}

/// The options that say which items; `load point` has them too.
pub fn items(call: &Call) -> Result<serde_json::Map<String, serde_json::Value>> {
    let mut options = call.source_options();
    if let Some(interval) = call.get("time") {
        let (start, end, half_open) = super::time::ends(&interval.value);
        interval_of(start.as_deref(), end.as_deref(), half_open, Calendar::Standard)
            .map_err(|d| d.or_at(interval.span, "no such dates"))?;
        options.insert("time".into(), json!({"start": start, "end": end, "half_open": half_open}));
    }
    if let Some(expr) = call.raw_expr("filter") {
        options.insert("filter".into(), predicate::condition(expr, call.scope)?);
    }
    Ok(options)
}
