//! `reproject`: another reference system.

use super::prelude::*;
use crate::cube::Crs;
use crate::plan::overviews;

pub(super) const OVERVIEWS: Param = Param::flag(
    "overviews",
    "Take the overviews of the files where pixels become larger: fast, and as right as these were made. Files of a \
     series that lack them give every n-th pixel.",
);

pub(super) const VERB: Verb = Verb {
    name: "reproject",
    group: Group::Space,
    summary: "Bring the cube into another reference system, as gdalwarp does with exact coordinates.",
    params: &[
        Param::required("crs", Shape::Crs, "The system: `EPSG:32632`, `32632`, a PROJ or WKT text."),
        Param::named(
            "res",
            Shape::Length,
            "Pixel size; what GDAL suggests unless given. Rows and columns that are only counted need it.",
        ),
        Param::named(
            "bounds",
            Shape::BBox,
            "West, south, east and north of the result in the new system; of all pixels unless given.",
        ),
        Param::named(
            "anchor",
            Shape::Choice(&["edge", "center"]),
            "Put the edges or the centers of pixels on whole multiples of their size; as `gdalwarp -tap` for edges.",
        ),
        Param::named("method", Shape::Choice(Resampling::WORDS), "How pixels are resampled; nearest unless given."),
        OVERVIEWS,
        Param::flag("keep_shape", "Keep the number of rows and columns."),
    ],
    seek: &["warp", "to_crs", "project", "gdalwarp", "remap"],
    examples: &[
        Example {
            title: "To degrees",
            script: "ramp 1 2 | reproject EPSG:4326 method bilinear | schema",
            output: "2020-01-01, 1 step, 1 band (v: int32), 2 x 2 pixels, EPSG:4326\n",
        },
        Example {
            title: "An ocean model's rows and columns, whose longitudes and latitudes have two dimensions",
            script: "load netcdf \"ocean.nc\" grid index | reproject EPSG:4326 res 0.25 method bilinear | schema",
            output: "",
        },
        Example {
            title: "A target stated exactly, as by `gdalwarp -te -tr`",
            script: "ramp 1 4 | reproject EPSG:32632 bounds 500000 4999960 500040 5000000 res 20 | schema",
            output: "2020-01-01, 1 step, 1 band (v: int32), 2 x 2 pixels, EPSG:32632\n",
        },
    ],
    lower: Lower::Stage(lower),
};

/// More pixels than this are taken for a slip in the size of a pixel, and refused.
const MOST: f64 = 1e10;

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let grid = &input.schema.grid;
    let Some(crs) = call.crs("crs")? else { return Ok(input.clone()) };
    if grid.is_counted() {
        return counted(call, input, &crs);
    }
    if grid.crs.is_none() && grid.places.is_none() {
        return Err(Diagnostic::new(codes::NO_CRS, "the cube has no reference system to come from")
            .label(call.span, "from where")
            .help(input.way_to_a_system()));
    }
    // Asked only where it decides something: GDAL knows no grid for what leaves the limits of the new system.
    let suggest = || call.catalog.suggest_grid(grid, &crs);
    let res = call.length("res", Some(&crs))?;
    let target = match (call.bbox("bounds"), call.text("anchor").as_deref(), res) {
        (None, None, None) if call.has("keep_shape") => kept_shape(call, grid, &crs)?,
        (None, None, None) => suggest()?,
        (None, None, Some(res)) => sized(&crs, suggest()?.bounds(), (res, res)),
        _ if call.has("keep_shape") => {
            return Err(call.error(
                "keep_shape",
                codes::UNFIT_ARGUMENTS,
                "the shape follows from `bounds` and `anchor`",
                "kept here",
            ));
        }
        (bounds, anchor, res) => stated(call, grid, &crs, bounds, anchor, res)?,
    };
    refuse_too_fine(call, grid, &target, &crs, || {
        suggest().map_or(String::new(), |grid| format!("; GDAL suggests {}", grid.describe()))
    })?;
    onto(call, input, target)
}

/// Resamples a cube to a grid, as `method` and `overviews` say.
pub(super) fn onto(call: &Call, input: &Arc<Plan>, target: GeoBox) -> Result<Arc<Plan>> {
    let input = overviews::for_grid(input, &target, call.catalog, call.has("overviews"))?;
    Plan::warp(&input, target, call.resampling("method"), call.span)
}

/// Refuses a target of very many more pixels than the source has; `suggested` is what else is known of a fitting size.
fn refuse_too_fine(
    call: &Call,
    grid: &GeoBox,
    target: &GeoBox,
    crs: &Crs,
    suggested: impl FnOnce() -> String,
) -> Result<()> {
    if target.pixels() as f64 <= MOST || target.pixels() <= grid.pixels().saturating_mul(1000) {
        return Ok(());
    }
    let what = format!("{} x {} pixels, from {} x {}", target.width, target.height, grid.width, grid.height);
    Err(call.error("res", codes::OUT_OF_RANGE, format!("this pixel size makes {what}"), "too fine").help(format!(
        "`res` is in {} on {crs}{}",
        crs.unit,
        suggested()
    )))
}

/// Refuses bounds whose larger numbers do not come last.
fn refuse_turned(call: &Call, bounds: BBox) -> Result<()> {
    if bounds.west < bounds.east && bounds.south < bounds.north {
        return Ok(());
    }
    let message = "`bounds` are west, south, east and north, of which the larger come last";
    Err(call.error("bounds", codes::OUT_OF_RANGE, message, "W S E N"))
}

/// Bounds in pixels of a given size, counted from the upper left corner as gdalwarp `-tr` does.
fn sized(crs: &Crs, bounds: BBox, (dx, dy): (f64, f64)) -> GeoBox {
    let count = |length: f64, size: f64| ((length / size + 0.5).floor() as usize).max(1);
    GeoBox::new(
        Some(crs.clone()),
        [bounds.west, dx, 0.0, bounds.north, 0.0, -dy],
        count(bounds.east - bounds.west, dx),
        count(bounds.north - bounds.south, dy),
    )
}

/// Rows and columns that are only counted have no size to take over: the target's is asked for. Without bounds it covers
/// every center, in whole pixels.
fn counted(call: &Call, input: &Arc<Plan>, crs: &Crs) -> Result<Arc<Plan>> {
    let grid = &input.schema.grid;
    if call.has("keep_shape") {
        let message = "rows and columns that are only counted have no shape on the ground";
        return Err(call.error("keep_shape", codes::UNFIT_ARGUMENTS, message, "kept here"));
    }
    let bounds = match call.bbox("bounds") {
        Some(bounds) => bounds,
        None => {
            let degrees = call.catalog.crs("EPSG:4326")?;
            call.catalog.project(call.catalog.extent(grid)?, &degrees, crs)?
        }
    };
    let Some(res) = call.length("res", Some(crs))? else {
        // About as many pixels as there are, in one digit.
        let area = (bounds.east - bounds.west).abs() * (bounds.north - bounds.south).abs();
        let size: f64 = format!("{:.0e}", (area / grid.pixels() as f64).sqrt()).parse().unwrap_or(1.0);
        let message = "pixels whose rows and columns are only counted have no size that could be kept";
        return Err(Diagnostic::new(codes::MISSING_ARGUMENT, message)
            .label(call.span, "how large?")
            .help(format!("say how large they shall be, in {}: `reproject {crs} res {size}`", crs.unit)));
    };
    refuse_turned(call, bounds)?;
    let bounds = if call.has("bounds") { bounds } else { around_centers(bounds, res, crs) };
    let anchor = call.text("anchor");
    let target = match (call.has("bounds"), anchor.as_deref()) {
        (true, None) => sized(crs, bounds, (res, res)),
        (_, anchor) => GeoBox::snapped(Some(crs.clone()), bounds, (res, res), anchor == Some("center")),
    };
    refuse_too_fine(call, grid, &target, crs, String::new)?;
    Plan::warp(input, target, call.resampling("method"), call.span).map_err(|d| d.or_at(call.span, "resampled here"))
}

/// The box of pixels whose centers may be the outermost: half a pixel wider on each side, but no more than the earth.
fn around_centers(centers: BBox, res: f64, crs: &Crs) -> BBox {
    let half = res / 2.0;
    let wide = BBox::new(centers.west - half, centers.south - half, centers.east + half, centers.north + half);
    if !crs.geographic {
        return wide;
    }
    let (south, north) = (wide.south.max(-90.0), wide.north.min(90.0));
    match wide.east - wide.west >= 360.0 - half {
        true if centers.west >= 0.0 => BBox::new(0.0, south, 360.0, north),
        true => BBox::new(-180.0, south, 180.0, north),
        false => BBox { south, north, ..wide },
    }
}

/// The target as gdalwarp takes it from `-te`, `-tr` and `-tap`: these bounds, or those with whole pixels around them.
fn stated(
    call: &Call,
    grid: &GeoBox,
    crs: &Crs,
    bounds: Option<BBox>,
    anchor: Option<&str>,
    res: Option<f64>,
) -> Result<GeoBox> {
    let bounds = match (bounds, &grid.crs) {
        (Some(bounds), _) => bounds,
        (None, Some(from)) if from != crs => call.catalog.project(grid.bounds(), from, crs)?,
        (None, _) => call.catalog.suggest_grid(grid, crs)?.bounds(),
    };
    refuse_turned(call, bounds)?;
    let size = match res {
        Some(res) => (res, res),
        None => call.catalog.suggest_grid(grid, crs)?.resolution(),
    };
    Ok(match anchor {
        Some(anchor) => GeoBox::snapped(Some(crs.clone()), bounds, size, anchor == "center"),
        None => sized(crs, bounds, size),
    })
}

/// A grid with the rows and columns of the source. Its pixels have the size of the upper left one in the new system.
fn kept_shape(call: &Call, grid: &GeoBox, to: &Crs) -> Result<GeoBox> {
    let Some(from) = &grid.crs else { return call.catalog.suggest_grid(grid, to) };
    let (dx, dy) = grid.resolution();
    let (west, north) = (grid.transform[0], grid.transform[3]);
    let corner = |x: f64, y: f64| call.catalog.project(BBox::new(x, y, x, y), from, to);
    let origin = corner(west, north)?;
    let right = corner(west + dx, north)?;
    let down = corner(west, north - dy)?;
    let transform =
        [origin.west, (right.west - origin.west).abs(), 0.0, origin.north, 0.0, -(origin.north - down.north).abs()];
    Ok(GeoBox::new(Some(to.clone()), transform, grid.width, grid.height))
}
