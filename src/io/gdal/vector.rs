//! Polygons of vector files, and polygons as pixels.

use super::{crs, handles};
use crate::cube::{BBox, Crs, GeoBox};
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};
use crate::plan::catalog::Shapes;
use gdal::raster::{RasterizeOptions, rasterize};
use gdal::spatial_ref::CoordTransform;
use gdal::vector::{Geometry, LayerAccess, OGRwkbGeometryType, geometry_type_flatten, geometry_type_to_name};
use gdal::{Dataset, DatasetOptions, DriverManager, GdalOpenFlags};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// Edges are cut to this part of the largest polygon before they are projected: straight edges become curves.
const PARTS: f64 = 100.0;

/// Polygons one by one, with their extent.
type Polygons = Rc<Vec<(Geometry, BBox)>>;

thread_local! {
    /// What was burnt last, by its WKT: the tiles of a run burn the same polygons over and over.
    static PARSED: RefCell<Option<(String, Polygons)>> = const { RefCell::new(None) };
}

/// Every polygon of every layer of a vector file, in the system `to` where both it and the file's are known.
pub fn polygons(path: &str, to: Option<&Crs>) -> Result<Shapes> {
    let dataset = open(path)?;
    let mut found: Vec<Geometry> = Vec::new();
    let (mut count, mut features, mut others) = (0, 0, Vec::new());
    for mut layer in dataset.layers() {
        let system = layer.spatial_ref();
        let mut of_layer = Vec::new();
        for feature in layer.features() {
            features += 1;
            let Some(geometry) = feature.geometry().and_then(linear) else { continue };
            let before = of_layer.len();
            split(&geometry, &mut of_layer);
            if of_layer.len() > before {
                count += 1;
            } else {
                others.push(geometry_type_to_name(geometry.geometry_type()));
            }
        }
        if let (Some(system), Some(to)) = (system, to) {
            let target = crs::spatial_ref(&to.wkt)?;
            // Axes in the order in which the layer has them, which GDAL knows; the target has x before y.
            let transform = CoordTransform::new(&system, &target).map_err(|e| unreadable(path, e))?;
            if crs::from_spatial_ref(&system).is_ok_and(|s| s != *to) {
                project(&mut of_layer, &transform).map_err(|e| unreadable(path, e))?;
            }
        }
        found.append(&mut of_layer);
    }
    if found.is_empty() {
        others.sort();
        others.dedup();
        let what = if features == 0 {
            "it has no features".to_string()
        } else {
            format!("it has {}", list_some(others.iter().map(|o| o.as_str()), 5))
        };
        return Err(Diagnostic::new(codes::UNREADABLE, format!("`{path}` holds no polygon"))
            .cause(what)
            .help("name a file of polygons, such as a GeoJSON, GeoPackage or Shapefile"));
    }
    let bounds = found.iter().map(bounds).reduce(BBox::union);
    let bounds = bounds.unwrap_or(BBox::new(0.0, 0.0, 0.0, 0.0));
    let mut all = Geometry::empty(OGRwkbGeometryType::wkbMultiPolygon).map_err(|e| unreadable(path, e))?;
    for polygon in found {
        all.add_geometry(polygon).map_err(|e| unreadable(path, e))?;
    }
    let wkt = all.wkt().map_err(|e| unreadable(path, e))?;
    Ok(Shapes { wkt: wkt.into(), bounds, count })
}

/// The pixels of `grid` inside the polygons of `wkt`, in the grid's system: 1 inside, 0 outside, row by row.
///
/// Inside is a pixel whose centre is, or with `touch` one that the polygon touches (GDAL's all-touched).
pub fn burn(wkt: &str, grid: &GeoBox, touch: bool) -> Result<Vec<u8>> {
    handles::init();
    let failed = |e: gdal::errors::GdalError| {
        Diagnostic::new(codes::READ_FAILED, "the polygons cannot be turned into pixels").cause(said(&e))
    };
    let polygons = parsed(wkt).map_err(failed)?;
    let extent = grid.bounds();
    let near: Vec<Geometry> = polygons.iter().filter(|(_, b)| b.intersects(extent)).map(|(p, _)| p.clone()).collect();
    if near.is_empty() || grid.pixels() == 0 {
        return Ok(vec![0; grid.pixels()]);
    }
    let run = || -> gdal::errors::Result<Vec<u8>> {
        let driver = DriverManager::get_driver_by_name("MEM")?;
        let mut target = driver.create_with_band_type::<u8, _>("", grid.width, grid.height, 1)?;
        target.set_geo_transform(&grid.transform)?;
        // Polygons one by one: the parts of one geometry cancel out where they overlap.
        let ones = vec![1.0; near.len()];
        rasterize(
            &mut target,
            &[1],
            &near,
            &ones,
            Some(RasterizeOptions { all_touched: touch, ..Default::default() }),
        )?;
        let size = (grid.width, grid.height);
        Ok(target.rasterband(1)?.read_as::<u8>((0, 0), size, size, None)?.into_shape_and_vec().1)
    };
    run().map_err(failed)
}

fn parsed(wkt: &str) -> gdal::errors::Result<Polygons> {
    let kept =
        PARSED.with(|p| p.borrow().as_ref().filter(|(text, _)| text == wkt).map(|(_, polygons)| polygons.clone()));
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let mut polygons = Vec::new();
    split(&Geometry::from_wkt(wkt)?, &mut polygons);
    let polygons = Rc::new(polygons.into_iter().map(|p| (bounds(&p), p)).map(|(b, p)| (p, b)).collect::<Vec<_>>());
    PARSED.with(|p| *p.borrow_mut() = Some((wkt.to_string(), polygons.clone())));
    Ok(polygons)
}

pub(super) fn open(path: &str) -> Result<Dataset> {
    handles::init();
    handles::messages();
    let remote = path.starts_with("/vsi") || path.contains("://");
    if !remote && !Path::new(path).exists() {
        return Err(Diagnostic::new(codes::NOT_FOUND, format!("no file `{path}`")).help_if(neighbour(path)));
    }
    let path = match path.split_once("://") {
        Some(("http" | "https", _)) => format!("/vsicurl/{path}"),
        Some(("s3", rest)) => format!("/vsis3/{rest}"),
        Some(("gs", rest)) => format!("/vsigs/{rest}"),
        _ => path.to_string(),
    };
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..Default::default()
    };
    Dataset::open_ex(&path, options).map_err(|e| unreadable(&path, e))
}

/// A file of a similar name in the same folder.
fn neighbour(path: &str) -> Option<String> {
    let path = Path::new(path);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let names: Vec<String> =
        std::fs::read_dir(folder).ok()?.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    did_you_mean(&wanted, names.iter().map(String::as_str))
}

/// A copy of a feature's geometry without height and with arcs as lines; `None` for a feature without geometry.
pub(super) fn linear(geometry: &Geometry) -> Option<Geometry> {
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

/// The polygons within a geometry, collections taken apart.
pub(super) fn split(geometry: &Geometry, out: &mut Vec<Geometry>) {
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

pub(super) fn project(polygons: &mut [Geometry], transform: &CoordTransform) -> gdal::errors::Result<()> {
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

fn bounds(geometry: &Geometry) -> BBox {
    let e = geometry.envelope();
    BBox::new(e.MinX, e.MinY, e.MaxX, e.MaxY)
}

pub(super) fn unreadable(path: &str, e: gdal::errors::GdalError) -> Box<Diagnostic> {
    Diagnostic::new(codes::UNREADABLE, format!("`{path}` cannot be read as features")).cause(said(&e))
}

pub(super) fn said(e: &gdal::errors::GdalError) -> String {
    let said = handles::messages();
    if said.is_empty() { e.to_string() } else { said }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn grid(crs: &str, west: f64, north: f64, res: f64, width: usize, height: usize) -> GeoBox {
        let crs = Some(crs::parse(crs).unwrap());
        GeoBox { crs, transform: [west, res, 0.0, north, 0.0, -res], width, height }
    }

    #[test]
    fn pixels_of_polygons() {
        let grid = grid("32632", 0.0, 4.0, 1.0, 4, 4);
        // Two squares that overlap: the overlap stays inside.
        let wkt = "GEOMETRYCOLLECTION(POLYGON((0.4 4,2.6 4,2.6 2,0.4 2,0.4 4)),POLYGON((1 3,3 3,3 1,1 1,1 3)))";
        let centres = burn(wkt, &grid, false).unwrap();
        assert_eq!(centres, [1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
        let narrow = "POLYGON((1.1 3.9,1.2 3.9,1.2 1.1,1.1 1.1,1.1 3.9))";
        assert_eq!(burn(narrow, &grid, false).unwrap(), [0; 16]);
        assert_eq!(burn(narrow, &grid, true).unwrap(), [0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        // A hole, and a polygon elsewhere.
        let ring = "POLYGON((0 4,4 4,4 0,0 0,0 4),(1 3,3 3,3 1,1 1,1 3))";
        assert_eq!(burn(ring, &grid, false).unwrap(), [1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(burn("POLYGON((10 10,11 10,11 11,10 10))", &grid, true).unwrap(), [0; 16]);
        assert_eq!(burn("POLYGON((", &grid, true).unwrap_err().code, codes::READ_FAILED);
    }

    #[test]
    fn tiles_burn_like_the_whole() {
        let grid = grid("32632", 0.0, 60.0, 1.0, 60, 60);
        let wkt = "POLYGON((3.3 55.1,40.7 58.2,57.5 30.1,31.93 2.21,8.84 20.43,20.1 31.7,3.3 55.1))";
        for touch in [false, true] {
            let whole = burn(wkt, &grid, touch).unwrap();
            for (y, x) in (0..60).step_by(17).flat_map(|y| (0..60).step_by(23).map(move |x| (y, x))) {
                let (y, x) = (y..(y + 17).min(60), x..(x + 23).min(60));
                let part = burn(wkt, &grid.crop(y.clone(), x.clone()), touch).unwrap();
                let expected: Vec<u8> =
                    y.flat_map(|y| x.clone().map(move |x| (y, x))).map(|(y, x)| whole[y * 60 + x]).collect();
                assert_eq!(part, expected, "touch={touch}");
            }
        }
    }

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_string()
        };
        let feature = |geometry: &str| format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#);
        let collection =
            |features: &[String]| format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let square = r#"{"type":"Polygon","coordinates":[[[8,47],[9,47],[9,48],[8,48],[8,47]]]}"#;
        let two = r#"{"type":"MultiPolygon","coordinates":[[[[10,47],[11,47],[11,48],[10,47]]],[[[12,47],[13,47],[13,48],[12,47]]]]}"#;
        let point = r#"{"type":"Point","coordinates":[8,47]}"#;
        let path =
            file("basin.geojson", &collection(&[feature(square), feature(two), feature("null"), feature(point)]));
        let shapes = polygons(&path, None).unwrap();
        assert_eq!((shapes.count, shapes.bounds), (2, BBox::new(8.0, 47.0, 13.0, 48.0)));
        assert!(shapes.wkt.starts_with("MULTIPOLYGON (((8 47,"), "{}", shapes.wkt);
        let utm = crs::parse("32632").unwrap();
        let there = polygons(&path, Some(&utm)).unwrap();
        assert!((there.bounds.west - 423_974.7).abs() < 1.0, "{}", there.bounds);
        // The northern edge of the square bows northwards in between its corners, the southern one southwards.
        let square_there = crs::project(BBox::new(8.0, 47.0, 9.0, 48.0), &crs::parse("4326").unwrap(), &utm).unwrap();
        assert!(there.bounds.south <= square_there.south + 1.0);
        let same = polygons(&path, Some(&crs::parse("4326").unwrap())).unwrap();
        assert_eq!(same.wkt, shapes.wkt);

        let points = file("points.geojson", &collection(&[feature(point)]));
        assert_eq!(polygons(&points, None).unwrap_err().cause.unwrap(), "it has `Point`");
        let empty = file("empty.geojson", &collection(&[]));
        assert_eq!(polygons(&empty, None).unwrap_err().cause.unwrap(), "it has no features");
        let typo = folder.path().join("basn.geojson");
        let missing = polygons(typo.to_str().unwrap(), None).unwrap_err();
        assert_eq!((missing.code, missing.help), (codes::NOT_FOUND, vec!["did you mean `basin.geojson`?".to_string()]));
        let broken = file("broken.geojson", "{");
        assert_eq!(polygons(&broken, None).unwrap_err().code, codes::UNREADABLE);
    }

    #[test]
    fn real_file() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/vectors/nc.shp");
        if !Path::new(path).exists() {
            eprintln!("skipped: {path} is absent");
            return;
        }
        let shapes = polygons(path, Some(&crs::parse("4326").unwrap())).unwrap();
        assert_eq!(shapes.count, 100);
        let b = shapes.bounds;
        assert!(b.west > -84.4 && b.east < -75.4 && b.south > 33.8 && b.north < 36.6, "{b}");
    }
}
