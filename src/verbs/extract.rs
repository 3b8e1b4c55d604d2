//! `extract`: the pixels at the points of a file.

use super::prelude::*;
use super::zonal::GEOMETRY;
use crate::plan::Sampling;
use crate::plan::catalog::Features;
use crate::table::Geometry;

pub(super) const VERB: Verb = Verb {
    name: "extract",
    group: Group::Table,
    summary: "Read the pixels at the points of a file: a table with a row for each step, point and band, and the center of the pixel that answered.",
    params: &[
        Param::required(
            "path",
            Shape::Path,
            "A vector file of points, or a CSV with columns `lon` and `lat`, or `x` and `y` in the system of the cube.",
        ),
        Param::named("by", Shape::Text, "The field that names the points, for a column of it."),
        Param::named(
            "method",
            Shape::Choice(&["nearest", "bilinear"]),
            "The pixel the point lies in, or between centers.",
        ),
        Param::named("crs", Shape::Crs, "Reference system of the points instead of what the file says."),
        Param::named("layer", Shape::Text, "Which layer, where several have points."),
        GEOMETRY,
    ],
    seek: &["sample", "gauges", "stations", "time series", "remapnn", "sel"],
    examples: &[
        Example {
            title: "Rain at gauges",
            script: "load files \"rain/*.tif\" | extract \"gauges.csv\" by station | save parquet \"rain.parquet\"",
            output: "",
        },
        Example {
            title: "Between pixels",
            script: "load netcdf \"t2m.nc\" | extract \"stations.geojson\" by id method bilinear",
            output: "",
        },
    ],
    lower: Lower::Table(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<TablePlan>> {
    let path = call.scope.resolve(&call.text("path").unwrap_or_default());
    let (layer, field, from) = (call.text("layer"), call.text("by"), call.crs("crs")?);
    let grid = &input.schema.grid;
    call.refuse_unplaced(grid)?;
    let query = Features {
        path: &path,
        layer: layer.as_deref(),
        field: field.as_deref(),
        from: from.as_ref(),
        to: grid.crs.as_ref(),
    };
    let mut sites = call.catalog.sites(&query).map_err(|d| match d.code {
        codes::UNKNOWN_FIELD => d.or_at(call.span_of("by"), "not a field"),
        codes::UNKNOWN_CHOICE => d.or_at(call.span_of("layer"), "not a layer"),
        _ => d.or_at(call.span_of("path"), "this file"),
    })?;
    sites.geometry = call.has("geometry").then(|| Geometry { crs: grid.crs.clone() });
    let outside: Vec<usize> = (0..sites.points.len()).filter(|&i| grid.place(sites.points[i]).is_none()).collect();
    if outside.len() == sites.points.len() {
        let [x, y] = sites.points[0];
        return Err(call
            .error("path", codes::POINT_OUTSIDE, "all points lie outside of the cube", "none is on it")
            .help(format!("the first is at {x} {y} in the system of the cube"))
            .help(format!("the cube covers {} ({})", grid.bounds(), crs_of(grid))));
    }
    if !outside.is_empty() {
        let name = |i: &usize| match &sites.ids {
            Some(ids) => ids.cells.text(*i),
            None => format!("{} {}", sites.given[*i][0], sites.given[*i][1]),
        };
        let names: Vec<String> = outside.iter().map(name).collect();
        sites.notes.push(some_of("outside of the cube", "point", &names));
    }
    let sampling = match call.text("method").as_deref() {
        Some("bilinear") => Sampling::Bilinear,
        _ => Sampling::Nearest,
    };
    Ok(TablePlan::new(input, Rows::Points { sites: Arc::new(sites), sampling }, call.span))
}
