//! Polygons: splits them into parts, projects them, and turns them into pixels.

use super::coverage::{self, Line};
use super::mend;
use crate::cube::{BBox, GeoBox, Touch};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::gdal::library;
use crate::table::Ring;
use gdal::DriverManager;
use gdal::errors::GdalError;
use gdal::raster::{RasterizeOptions, rasterize};
use gdal::spatial_ref::CoordTransform;
use gdal::vector::{Geometry, OGRwkbGeometryType, geometry_type_flatten};
use std::cell::RefCell;
use std::rc::Rc;

/// Edges are cut into pieces of this part of the largest polygon before they are projected, as they become curves.
const PARTS: f64 = 100.0;

/// Polygons one by one, with their extent.
type Polygons = Rc<Vec<(Geometry, BBox)>>;

thread_local! {
    /// The polygons burnt last, with their WKT and whether they were made one, because every tile of a run burns the same.
    static PARSED: RefCell<Option<(String, bool, Polygons)>> = const { RefCell::new(None) };
}

/// The pixels of `grid` inside the polygons of `wkt`, in the grid's system: 1 inside, 0 outside, row by row.
///
/// A pixel is inside if its center is, if a polygon touches it (GDAL's all-touched), or if the polygons together cover all
/// of it.
pub(crate) fn burn(wkt: &str, grid: &GeoBox, touch: Touch) -> Result<Vec<u8>> {
    library::init();
    let failed =
        |e: GdalError| Diagnostic::new(codes::READ_FAILED, "the polygons cannot be turned into pixels").cause(&e);
    let polygons = parsed(wkt, touch == Touch::Inside).map_err(failed)?;
    let extent = grid.bounds();
    let near = |turn: f64| -> Vec<Geometry> {
        let turned = |b: &BBox| BBox { west: b.west + turn, east: b.east + turn, ..*b };
        polygons.iter().filter(|(_, b)| turned(b).intersects(extent)).map(|(p, _)| p.clone()).collect()
    };
    let mut found: Vec<(f64, Vec<Geometry>)> = grid.turns().iter().map(|turn| (*turn, near(*turn))).collect();
    found.retain(|(_, near)| !near.is_empty());
    if found.is_empty() || grid.pixels() == 0 {
        return Ok(vec![0; grid.pixels()]);
    }
    if touch == Touch::Inside {
        return Ok(covered(&found, grid));
    }
    let run = || -> gdal::errors::Result<Vec<u8>> {
        let driver = DriverManager::get_driver_by_name("MEM")?;
        let mut target = driver.create_with_band_type::<u8, _>("", grid.width, grid.height, 1)?;
        for (turn, near) in &found {
            // The grid is turned the other way, which is the same as turning every polygon.
            let mut transform = grid.transform;
            transform[0] -= turn;
            target.set_geo_transform(&transform)?;
            // Each polygon is burnt by itself, because parts of one geometry cancel out where they overlap.
            let ones = vec![1.0; near.len()];
            let options = RasterizeOptions { all_touched: touch == Touch::Any, ..Default::default() };
            rasterize(&mut target, &[1], near, &ones, Some(options))?;
        }
        let size = (grid.width, grid.height);
        Ok(target.rasterband(1)?.read_as::<u8>((0, 0), size, size, None)?.into_shape_and_vec().1)
    };
    run().map_err(failed)
}

/// The pixels that polygons, which do not overlap, wholly cover. They are laid over the grid at every turn of the globe
/// together, so that halves of a pixel on either side of a seam are one.
fn covered(found: &[(f64, Vec<Geometry>)], grid: &GeoBox) -> Vec<u8> {
    let laid = |turn: f64, ring: Ring| -> Line { ring.iter().map(|c| grid.position(c[0] + turn, c[1])).collect() };
    let of_turn = |(turn, near): &(f64, Vec<Geometry>)| -> Vec<Line> {
        near.iter().flat_map(rings).map(|ring| laid(*turn, ring)).collect()
    };
    let lines: Vec<Line> = found.iter().flat_map(of_turn).collect();
    let mut inside = vec![0; grid.pixels()];
    for run in coverage::shares(&lines, grid.width, grid.height).into_iter().filter(|run| run.cover == 1.0) {
        let row = run.row as usize * grid.width;
        inside[row + run.start as usize..row + run.end as usize].fill(1);
    }
    inside
}

/// The polygons of a text; with `as_one` those that overlap are made one, and rings that cross are divided.
fn parsed(wkt: &str, as_one: bool) -> gdal::errors::Result<Polygons> {
    let kept = PARSED.with(|p| {
        let kept = p.borrow();
        kept.as_ref().filter(|(text, one, _)| text == wkt && *one == as_one).map(|(.., polygons)| polygons.clone())
    });
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let mut polygons = Vec::new();
    split(&Geometry::from_wkt(wkt)?, &mut polygons);
    if as_one && let Some(made) = mended(&polygons).map_err(|cause| GdalError::BadArgument(cause.text))? {
        polygons = made;
    }
    let polygons = Rc::new(polygons.into_iter().map(|p| (bounds(&p), p)).map(|(b, p)| (p, b)).collect::<Vec<_>>());
    PARSED.with(|p| *p.borrow_mut() = Some((wkt.to_string(), as_one, polygons.clone())));
    Ok(polygons)
}

/// A copy of a feature's geometry without height and with arcs as lines; `None` for a feature without geometry.
pub(crate) fn linear(geometry: &Geometry) -> Option<Geometry> {
    // SAFETY: the handle is only tested and handed to a function that makes a new geometry from it; that one is wrapped
    // without ownership, copied, and destroyed once.
    unsafe {
        let handle = geometry.c_geometry();
        if handle.is_null() {
            return None;
        }
        let lines = gdal_sys::OGR_G_GetLinearGeometry(handle, 0.0, std::ptr::null_mut());
        if lines.is_null() {
            return None;
        }
        let wrapped = Geometry::lazy_feature_geometry();
        wrapped.set_c_geometry(lines);
        let mut copy = wrapped.clone();
        drop(wrapped);
        gdal_sys::OGR_G_DestroyGeometry(lines);
        copy.flatten_to_2d();
        Some(copy)
    }
}

/// Adds the polygons of a geometry to `out`, also those in collections.
pub(crate) fn split(geometry: &Geometry, out: &mut Vec<Geometry>) {
    match geometry_type_flatten(geometry.geometry_type()) {
        OGRwkbGeometryType::wkbPolygon if !geometry.is_empty() => out.push(geometry.clone()),
        OGRwkbGeometryType::wkbMultiPolygon
        | OGRwkbGeometryType::wkbGeometryCollection
        | OGRwkbGeometryType::wkbMultiSurface => {
            for part in 0..geometry.geometry_count() {
                split(&geometry.get_geometry(part), out);
            }
        }
        _ => {}
    }
}

/// Projects polygons to another system, with points on their edges, because these become curves.
pub(crate) fn project(polygons: &mut [Geometry], transform: &CoordTransform) -> gdal::errors::Result<()> {
    for polygon in polygons {
        let b = bounds(polygon);
        let longest = (b.east - b.west).max(b.north - b.south) / PARTS;
        if longest > 0.0 {
            // SAFETY: the handle is alive and owned by `polygon`, which nobody else looks at.
            unsafe { gdal_sys::OGR_G_Segmentize(polygon.c_geometry(), longest) };
        }
        polygon.transform_inplace(transform)?;
    }
    Ok(())
}

/// Polygons that together cover no place twice; nothing where they are such already.
///
/// # Errors
/// Where a corner has no place.
pub(crate) fn mended(polygons: &[Geometry]) -> Result<Option<Vec<Geometry>>, Cause> {
    let all: Vec<mend::Rings> = polygons.iter().map(rings).collect();
    let Some(made) = mend::mended(&all)? else { return Ok(None) };
    Ok(Some(made.iter().map(|rings| of_rings(rings)).collect::<gdal::errors::Result<_>>()?))
}

/// A polygon of rings, which are not closed.
fn of_rings(rings: &[Ring]) -> gdal::errors::Result<Geometry> {
    let mut polygon = Geometry::empty(OGRwkbGeometryType::wkbPolygon)?;
    for ring in rings {
        let mut line = Geometry::empty(OGRwkbGeometryType::wkbLinearRing)?;
        ring.iter().chain(ring.first()).for_each(|corner| line.add_point_2d((corner[0], corner[1])));
        polygon.add_geometry(line)?;
    }
    Ok(polygon)
}

/// The rings of a polygon, the outer one counter-clockwise and its holes the other way, not closed.
pub(crate) fn rings(polygon: &Geometry) -> Vec<Ring> {
    (0..polygon.geometry_count())
        .map(|i| {
            let mut points = Vec::new();
            polygon.get_geometry(i).get_points(&mut points);
            let mut ring: Ring = points.into_iter().map(|(x, y, _)| [x, y]).collect();
            if ring.len() > 1 && ring.first() == ring.last() {
                ring.pop();
            }
            let outer = i == 0;
            if (signed_area(&ring) > 0.0) != outer {
                ring.reverse();
            }
            ring
        })
        .collect()
}

/// The area of a ring with its sign. Coordinates are taken from its first corner, so that large ones cost no digits.
fn signed_area(ring: &Ring) -> f64 {
    let Some(&[x0, y0]) = ring.first() else { return 0.0 };
    ring.windows(2).map(|w| (w[0][0] - x0) * (w[1][1] - y0) - (w[1][0] - x0) * (w[0][1] - y0)).sum()
}

/// The box around a geometry.
pub(crate) fn bounds(geometry: &Geometry) -> BBox {
    let e = geometry.envelope();
    BBox::new(e.MinX, e.MinY, e.MaxX, e.MaxY)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::geometry::crs;

    fn grid(crs: &str, west: f64, north: f64, res: f64, width: usize, height: usize) -> GeoBox {
        let crs = Some(crs::parse(crs).unwrap());
        GeoBox::new(crs, [west, res, 0.0, north, 0.0, -res], width, height)
    }

    #[test]
    fn pixels_of_polygons() {
        let grid = grid("32632", 0.0, 4.0, 1.0, 4, 4);
        // Two squares that overlap: the overlap stays inside.
        let wkt = "GEOMETRYCOLLECTION(POLYGON((0.4 4,2.6 4,2.6 2,0.4 2,0.4 4)),POLYGON((1 3,3 3,3 1,1 1,1 3)))";
        let centers = burn(wkt, &grid, Touch::Center).unwrap();
        assert_eq!(centers, [1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
        // Wholly covered are also pixels that two polygons share, and only those.
        let inside = burn(wkt, &grid, Touch::Inside).unwrap();
        assert_eq!(inside, [0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
        let halves = "MULTIPOLYGON(((0 4,1.5 4,1.5 3,0 3,0 4)),((1.5 4,3 4,3 3,1.5 3,1.5 4)))";
        assert_eq!(burn(halves, &grid, Touch::Inside).unwrap()[..4], [1, 1, 1, 0]);
        let narrow = "POLYGON((1.1 3.9,1.2 3.9,1.2 1.1,1.1 1.1,1.1 3.9))";
        assert_eq!(burn(narrow, &grid, Touch::Center).unwrap(), [0; 16]);
        assert_eq!(burn(narrow, &grid, Touch::Any).unwrap(), [0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(burn(narrow, &grid, Touch::Inside).unwrap(), [0; 16]);
        // A hole, and a polygon elsewhere.
        let ring = "POLYGON((0 4,4 4,4 0,0 0,0 4),(1 3,3 3,3 1,1 1,1 3))";
        assert_eq!(burn(ring, &grid, Touch::Center).unwrap(), [1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(burn("POLYGON((10 10,11 10,11 11,10 10))", &grid, Touch::Any).unwrap(), [0; 16]);
        assert_eq!(burn("POLYGON((", &grid, Touch::Any).unwrap_err().code, codes::READ_FAILED);
    }

    #[test]
    fn tiles_burn_like_the_whole() {
        let grid = grid("32632", 0.0, 60.0, 1.0, 60, 60);
        let wkt = "POLYGON((3.3 55.1,40.7 58.2,57.5 30.1,31.93 2.21,8.84 20.43,20.1 31.7,3.3 55.1))";
        for touch in [Touch::Center, Touch::Any, Touch::Inside] {
            let whole = burn(wkt, &grid, touch).unwrap();
            for (y, x) in (0..60).step_by(17).flat_map(|y| (0..60).step_by(23).map(move |x| (y, x))) {
                let (y, x) = (y..(y + 17).min(60), x..(x + 23).min(60));
                let part = burn(wkt, &grid.crop(y.clone(), x.clone()), touch).unwrap();
                let expected: Vec<u8> =
                    y.flat_map(|y| x.clone().map(move |x| (y, x))).map(|(y, x)| whole[y * 60 + x]).collect();
                assert_eq!(part, expected, "{touch:?}");
            }
        }
    }
}
