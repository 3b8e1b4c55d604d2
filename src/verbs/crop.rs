//! `crop`: keep the pixels of a box, of polygons, or under another raster.

use super::prelude::*;
use crate::cube::Touch;
use crate::lang::registry::extents;

pub(super) const VERB: Verb = Verb {
    name: "crop",
    group: Group::Space,
    summary: "Keep the pixels of a box, of polygons, or under another raster; never resamples.",
    params: &[
        Param::named("bbox", Shape::BBox, "West, south, east and north in the cube's own system, or that of `crs`."),
        Param::named("lonlat", Shape::BBox, "The same in degrees; west > east crosses the antimeridian."),
        Param::named("crs", Shape::Crs, "Reference system of `bbox`."),
        Param::named("polygon", Shape::Path, "A vector file; pixels outside its polygons become missing."),
        Param::named("to", Shape::CubeOrPath, "A cube or raster: its extent, and missing where it is missing."),
        Param::named(
            "touch",
            Shape::Touch,
            "`true`: every pixel they touch, `false`: pixels whose center lies inside, `inside`: pixels that wholly do. \
             `true` unless given for boxes, `false` for polygons.",
        ),
    ],
    seek: &["clip", "subset", "window", "sellonlatbox", "filter_bbox", "extent"],
    examples: &[
        Example {
            title: "The pixels a box touches",
            script: "ramp 1 4 | crop bbox 500005 4999975 500015 4999995 | show",
            output: "2020-01-01 v\n 0  1\n10 11\n20 21\n",
        },
        Example { title: "In degrees", script: "load files \"*.tif\" | crop lonlat 5 45 6 46 | schema", output: "" },
        Example {
            title: "A catchment",
            script: "load files \"*.tif\" | crop polygon \"basin.geojson\" | schema",
            output: "",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let ways: Vec<&str> = ["bbox", "lonlat", "polygon", "to"].into_iter().filter(|w| call.has(w)).collect();
    match ways[..] {
        ["bbox"] => boxed(call, input, "bbox"),
        ["lonlat"] => boxed(call, input, "lonlat"),
        ["polygon"] => polygon(call, input),
        ["to"] => to(call, input),
        [] => Err(Diagnostic::new(codes::MISSING_ARGUMENT, "`crop` needs a box, polygons or a raster")
            .label(call.span, "no box, polygon or raster")
            .help("`crop lonlat W S E N`, `crop bbox W S E N`, `crop polygon \"file\"` or `crop to $x`")),
        _ => Err(Diagnostic::new(codes::REPEATED_ARGUMENT, format!("`crop` takes one of {}", ways.join(", ")))
            .label(call.span, "several here")),
    }
}

fn boxed(call: &Call, input: &Arc<Plan>, way: &str) -> Result<Arc<Plan>> {
    let grid = &input.schema.grid;
    north_up(call, grid)?;
    let Some(bbox) = call.bbox(way) else { return Ok(input.clone()) };
    if bbox.south > bbox.north {
        return Err(call.error(way, codes::OUT_OF_RANGE, "the south edge lies north of the north edge", "W S E N"));
    }
    let own = own_box(call, input, way, bbox)?;
    let cropped = window(call, input, own, way, bbox, call.touch("touch").unwrap_or(Touch::Any))?;
    Ok(match pairs(call, input, own, way, bbox) {
        Some(meant) => cropped.told(format!(
            "the box reaches past the cube in the south and the east; its order is W S E N: was {meant} meant?"
        )),
        None => cropped,
    })
}

/// The box that was meant, where the longitudes seem to stand before the latitudes, as other tools write them.
fn pairs(call: &Call, input: &Plan, own: BBox, way: &str, typed: BBox) -> Option<String> {
    let meant = BBox::new(typed.west, typed.east, typed.south, typed.north);
    let is_box = meant.west < meant.east && meant.south < meant.north;
    let grid = &input.schema.grid;
    let cube = grid.bounds();
    let reaches_past = own.south < cube.south && own.east > cube.east;
    let touches = |own: BBox| grid.window(own, Touch::Any).is_some();
    let fits = is_box && reaches_past && own_box(call, input, way, meant).is_ok_and(touches);
    fits.then(|| format!("`crop {way} {meant}`"))
}

/// The box in the system of the cube.
fn own_box(call: &Call, input: &Plan, way: &str, bbox: BBox) -> Result<BBox> {
    let given = match way {
        "lonlat" => Some(call.catalog.crs("EPSG:4326")?),
        _ => call.crs("crs")?,
    };
    Ok(match (given, &input.schema.grid.crs) {
        (Some(given), Some(crs)) if given.geographic && crs.geographic => bbox,
        (Some(given), Some(crs)) if given != *crs => {
            call.catalog.project(bbox, &given, crs).map_err(|d| d.or_at(call.span_of(way), "cannot be projected"))?
        }
        (Some(_), None) => {
            return Err(call
                .error(way, codes::NO_CRS, "the cube has no reference system to project the box to", "this box")
                .help("use `crop bbox` in the cube's own units")
                .help(input.way_to_a_system()));
        }
        _ => bbox,
    })
}

fn window(call: &Call, input: &Arc<Plan>, own: BBox, way: &str, typed: BBox, touch: Touch) -> Result<Arc<Plan>> {
    let grid = &input.schema.grid;
    let Some(window) = grid.window(own, touch) else {
        return Err(missed(call, input, own, way, typed, touch));
    };
    let moved = (window.west - grid.x(window.x[0].start) + grid.resolution().0 / 2.0).abs() > grid.resolution().0 / 2.0;
    let keep = Selection {
        y: window.y,
        west: (moved || window.x.len() > 1).then_some(window.west),
        x: window.x,
        ..Selection::all(&input.schema)
    };
    Plan::select(input, keep, call.span)
}

fn missed(call: &Call, input: &Plan, own: BBox, way: &str, typed: BBox, touch: Touch) -> Box<Diagnostic> {
    let grid = &input.schema.grid;
    let [the_box, the_cube] = extents(grid, own);
    let inside = touch != Touch::Any && grid.window(own, Touch::Any).is_some();
    let message = match touch {
        Touch::Center if inside => "no pixel has its center in the box",
        Touch::Inside if inside => "no pixel lies wholly in the box",
        Touch::Any | Touch::Center | Touch::Inside => "the box and the cube do not overlap",
    };
    let degrees = way == "bbox"
        && grid.crs.as_ref().is_some_and(|c| !c.geographic)
        && typed.west.abs() <= 360.0
        && typed.east.abs() <= 360.0
        && typed.south.abs() <= 90.0
        && typed.north.abs() <= 90.0;
    let turned = BBox::new(typed.south, typed.west, typed.north, typed.east);
    let touches = |own| grid.window(own, Touch::Any).is_some();
    let is_turned = !inside && turned.west <= turned.east && own_box(call, input, way, turned).is_ok_and(touches);
    call.error(way, codes::BOX_MISSES_CUBE, message, if inside { "too small" } else { "outside" })
        .help(the_box)
        .help(the_cube)
        .help_if(is_turned.then(|| format!("the order is W S E N, longitude before latitude: `crop {way} {turned}`")))
        .help_if(degrees.then(|| format!("these look like degrees: `crop lonlat {typed}`")))
        .help_if(inside.then(|| "without `touch` every touched pixel is kept".to_string()))
}

fn north_up(call: &Call, grid: &GeoBox) -> Result<()> {
    if grid.is_rotated() {
        return Err(Diagnostic::new(codes::NOT_NORTH_UP, "the grid is rotated, so a box is no block of its pixels")
            .label(call.span, "cannot crop")
            .help("bring it onto a grid that is north-up first: `reproject EPSG:4326`"));
    }
    Ok(())
}

fn polygon(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let grid = &input.schema.grid;
    north_up(call, grid)?;
    call.refuse_unplaced(grid)?;
    let path = call.scope.resolve(&call.text("polygon").unwrap_or_default());
    let shapes =
        call.catalog.polygons(&path, grid.crs.as_ref()).map_err(|d| d.or_at(call.span_of("polygon"), "this file"))?;
    let cropped = window(call, input, shapes.bounds, "polygon", shapes.bounds, Touch::Any)?;
    let touch = call.touch("touch").unwrap_or_default();
    Ok(Plan::mask(&cropped, MaskBy::Polygons { wkt: shapes.wkt, touch }, call.span))
}

fn to(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    north_up(call, &input.schema.grid)?;
    let Some(other) = call.cube_or_file("to")? else { return Ok(input.clone()) };
    let mut bounds = other.schema.grid.bounds();
    if let (Some(from), Some(own)) = (&other.schema.grid.crs, &input.schema.grid.crs)
        && from != own
    {
        bounds = call.catalog.project(bounds, from, own)?;
    }
    let cropped = window(call, input, bounds, "to", bounds, Touch::Any)?;
    // The other raster is joined as one more band, the cube is masked by it, and the band is dropped again.
    let one =
        Plan::select(&other, Selection { steps: vec![0], bands: vec![0], ..Selection::all(&other.schema) }, call.span)?;
    let aligned = match one.schema.grid.same_grid(&cropped.schema.grid) {
        true => one,
        false => Plan::warp(&one, cropped.schema.grid.clone(), Resampling::Nearest, call.span)?,
    };
    let bands = cropped.schema.bands.len();
    let steps = vec![Some(0); cropped.schema.time.len()];
    let joined = Plan::join(&cropped, &aligned, steps, vec!["the raster cropped to".into()], call.span)?;
    let valid = Expr::IsValid(Box::new(Expr::Band(bands)));
    let masked = Plan::mask(&joined, MaskBy::Condition { condition: valid, keep: true }, call.span);
    Plan::select(&masked, Selection { bands: (0..bands).collect(), ..Selection::all(&masked.schema) }, call.span)
}
