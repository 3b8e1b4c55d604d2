//! Vector files: all the polygons of one, or its features with what names them.

mod features;

pub(crate) use features::{fields, sites, zones};

use crate::cube::{BBox, Crs};
use crate::diagnostic::{Diagnostic, Result, codes, list_some};
use crate::gdal::library::{init, messages};
use crate::geometry::crs;
use crate::geometry::polygon::{bounds, linear, project, split};
use crate::io::find::instead_of;
use crate::io::gdal::driverless;
use crate::io::plain;
use crate::io::remote::address::{check_scheme, gdal_name};
use crate::plan::catalog::Shapes;
use gdal::spatial_ref::CoordTransform;
use gdal::vector::{Geometry, LayerAccess, OGRwkbGeometryType, geometry_type_to_name};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use std::path::Path;

/// What vector files are called.
pub(super) const EXTENSIONS: &[&str] =
    &["geojson", "json", "gpkg", "shp", "fgb", "kml", "kmz", "gml", "csv", "parquet", "topojson", "zip"];

/// Every polygon of every layer of a vector file, in the system `to` where both it and the file's are known.
pub(crate) fn polygons(path: &str, to: Option<&Crs>) -> Result<Shapes> {
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
        return Err(Diagnostic::new(codes::NOT_INSIDE, format!("`{path}` holds no polygon"))
            .cause(what)
            .help("name a file of polygons, such as a GeoJSON, GeoPackage or Shapefile"));
    }
    let boxes: Vec<BBox> = found.iter().map(bounds).collect();
    let bounds = match to.is_some_and(|to| to.geographic) {
        true => BBox::around(&boxes),
        false => boxes.into_iter().reduce(BBox::union),
    };
    let bounds = bounds.unwrap_or(BBox::new(0.0, 0.0, 0.0, 0.0));
    let mut all = Geometry::empty(OGRwkbGeometryType::wkbMultiPolygon).map_err(|e| unreadable(path, e))?;
    for polygon in found {
        all.add_geometry(polygon).map_err(|e| unreadable(path, e))?;
    }
    let wkt = all.wkt().map_err(|e| unreadable(path, e))?;
    Ok(Shapes { wkt: wkt.into(), bounds, count })
}

fn open(path: &str) -> Result<Dataset> {
    init();
    messages();
    check_scheme(path)?;
    plain::check(path, Path::new(""))?;
    let remote = path.starts_with("/vsi") || path.contains("://");
    if !remote && !Path::new(path).exists() {
        return Err(Diagnostic::new(codes::NOT_FOUND, format!("no file `{path}`")).help(instead_of(Path::new(path))));
    }
    let path = gdal_name(path).unwrap_or_else(|| path.to_string());
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..Default::default()
    };
    Dataset::open_ex(&path, options).map_err(|e| driverless::named(unreadable(&path, e), &path))
}

fn unreadable(path: &str, e: gdal::errors::GdalError) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_FORMAT, format!("`{path}` cannot be read as features")).cause(&e)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
        assert_eq!(polygons(&points, None).unwrap_err().cause_text(), Some("it has `Point`"));
        let empty = file("empty.geojson", &collection(&[]));
        assert_eq!(polygons(&empty, None).unwrap_err().cause_text(), Some("it has no features"));
        let typo = folder.path().join("basn.geojson");
        let missing = polygons(typo.to_str().unwrap(), None).unwrap_err();
        assert_eq!((missing.code, missing.help), (codes::NOT_FOUND, vec!["did you mean `basin.geojson`?".to_string()]));
        let broken = file("broken.geojson", "{");
        assert_eq!(polygons(&broken, None).unwrap_err().code, codes::WRONG_FORMAT);
    }
}
