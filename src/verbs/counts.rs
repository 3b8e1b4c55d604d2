//! `counts`: how many pixels have each value, and their area.

use super::prelude::*;
use super::zonal;

/// By how much areas in the plane of a projection may differ from those on the ground without a word on it.
const NEAR: f64 = 0.005;

pub(super) const VERB: Verb = Verb {
    name: "counts",
    group: Group::Table,
    summary: "Count the pixels of each value, for rasters of classes: a table with a row for each step, band and value, with \
              their area in square meters. With polygons, for each zone.",
    params: &[
        Param::optional("path", Shape::Path, "A vector file of polygons; the whole cube unless given."),
        zonal::BY,
        zonal::EXACT,
        zonal::TOUCH,
        zonal::LAYER,
        zonal::GEOMETRY,
    ],
    seek: &[
        "classes",
        "frequency",
        "freq",
        "categorical",
        "unique",
        "value_counts",
        "tabulate",
        "r.stats",
        "zonal histogram",
        "landcover",
        "area",
    ],
    examples: &[
        Example {
            title: "Two classes",
            script: "ramp 1 4 | map class = if(v < 10, 1, 2) | counts",
            output: concat!(
                "time        band     value  count        area\n",
                "timestamp   text   float32  int64  float64 m2\n",
                "2020-01-01  class        1      4         400\n",
                "2020-01-01  class        2     12        1200\n",
                "2 rows\n",
            ),
        },
        Example {
            title: "Land cover by district",
            script: "load files \"landcover.tif\" | counts \"districts.gpkg\" by name | save csv \"cover.csv\"",
            output: "",
        },
    ],
    lower: Lower::Table(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<TablePlan>> {
    let grid = &input.schema.grid;
    let mut zones = call.has("path").then(|| zonal::zones(call, input, true)).transpose()?;
    let lone = ["by", "exact", "touch", "layer", "geometry"].into_iter().find(|name| zones.is_none() && call.has(name));
    if let Some(name) = lone {
        return Err(call
            .error(
                name,
                codes::MISSING_ARGUMENT,
                format!("`{name}` is about polygons, and none are given"),
                "of no zone",
            )
            .help(format!("give their file first: `counts \"zones.gpkg\" {name} ..`, or leave `{name}` out")));
    }
    let areas = call.at(call.catalog.pixel_areas(grid), "of this grid")?;
    let mut notes = zones.as_mut().map(|zones| std::mem::take(&mut zones.notes)).unwrap_or_default();
    if let Some(off) = areas.as_ref().and_then(|areas| areas.off).filter(|off| (off - 1.0).abs() > NEAR) {
        let times = if off < 10.0 { format!("{off:.3}") } else { format!("{off:.0}") };
        notes.push(format!(
            "areas are those of the plane of {}, up to {times} times those on the ground; `reproject EPSG:6933` has equal areas",
            crs_of(grid)
        ));
    }
    let cover = zonal::cover(call)?;
    let zones = zones.map(|zones| (Arc::new(zones), cover));
    Ok(TablePlan::new(input, Rows::Counts { zones, areas: areas.map(|a| Arc::new(a.rows)) }, call.span)
        .with_notes(notes))
}
