//! `at`: the pixels at one point.

use super::prelude::*;
use crate::plan::Sampling;
use crate::table::Sites;

pub(super) const VERB: Verb = Verb {
    name: "at",
    group: Group::Table,
    summary: "Read the pixel at a point: a table with a row for each step and band, and the center of the pixel that answered.",
    params: &[
        Param::optional("xy", Shape::Point, "x and y in the system of the cube, or that of `crs`."),
        Param::named("lonlat", Shape::Point, "The same in degrees."),
        Param::named("crs", Shape::Crs, "Reference system of the point."),
        Param::named(
            "method",
            Shape::Choice(&["nearest", "bilinear"]),
            "The pixel the point lies in, or between centers.",
        ),
    ],
    seek: &["sel", "point", "time series", "pixel", "identify", "gdallocationinfo"],
    examples: &[
        Example {
            title: "Two steps",
            script: "ramp 2 4 | at 500012 4999988",
            output: concat!(
                "time              x        y   cell_x   cell_y  band  value\n",
                "timestamp   float64  float64  float64  float64  text  int64\n",
                "2020-01-01   500012  4999988   500015  4999985  v        11\n",
                "2020-02-01   500012  4999988   500015  4999985  v       111\n",
                "2 rows\n",
            ),
        },
        Example {
            title: "In degrees",
            script: "load files \"*.tif\" | at lonlat 5.5 45.5 | save csv \"series.csv\"",
            output: "",
        },
    ],
    lower: Lower::Table(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<TablePlan>> {
    let (way, given) = match (call.point("xy"), call.point("lonlat")) {
        (Some(point), None) => ("xy", point),
        (None, Some(point)) => ("lonlat", point),
        (None, None) => {
            return Err(Diagnostic::new(codes::MISSING_ARGUMENT, "`at` needs a point")
                .label(call.span, "no point")
                .help("`at lonlat 5.5 45.5`, or in the system of the cube: `at 500015 4999985`"));
        }
        (Some(_), Some(_)) => {
            return Err(Diagnostic::new(codes::REPEATED_ARGUMENT, "`at` takes one point")
                .label(call.span_of("lonlat"), "another")
                .help("`extract` reads the pixels of many"));
        }
    };
    let grid = &input.schema.grid;
    let system = match way {
        "lonlat" => Some(call.catalog.crs("EPSG:4326")?),
        _ => call.crs("crs")?,
    };
    let point = match (&system, &grid.crs) {
        (Some(system), Some(own)) if !(system.geographic && own.geographic) => {
            call.catalog.place(given, system, own)?
        }
        (Some(_), None) => {
            return Err(call
                .error(way, codes::NO_CRS, "the cube has no reference system to project the point to", "this point")
                .help("use `at X Y` in the cube's own units")
                .help(input.way_to_a_system()));
        }
        _ => given,
    };
    if grid.place(point).is_none() {
        let degrees = way == "xy"
            && system.is_none()
            && !grid.is_geographic()
            && given[0].abs() <= 360.0
            && given[1].abs() <= 90.0;
        return Err(call
            .error(way, codes::POINT_OUTSIDE, "the point lies outside of the cube", "outside")
            .help(format!("the cube covers {} ({})", grid.bounds(), crs_of(grid)))
            .help_if(degrees.then(|| format!("these look like degrees: `at lonlat {} {}`", given[0], given[1]))));
    }
    let geographic = system.as_ref().or(grid.crs.as_ref()).is_some_and(|crs| crs.geographic);
    let axes = if geographic { ["lon", "lat"] } else { ["x", "y"] }.map(String::from);
    let sites = Sites {
        title: format!("{} {}", given[0], given[1]),
        ids: None,
        axes,
        given: vec![given],
        points: vec![point],
        notes: Vec::new(),
        geometry: None,
    };
    let sampling = match call.text("method").as_deref() {
        Some("bilinear") => Sampling::Bilinear,
        _ => Sampling::Nearest,
    };
    Ok(TablePlan::new(input, Rows::Points { sites: Arc::new(sites), sampling }, call.span))
}
