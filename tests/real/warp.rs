//! Real rasters warped, compared with `gdalwarp`.

use super::{Cube, shared};
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use ndarray::Array2;
use rastra::GeoBox;
use std::path::Path;
use std::process::Command;

/// What gdalwarp makes of the first band of a file on a grid, missing as NaN.
pub(super) fn gdalwarp(file: &Path, grid: &GeoBox, method: &str, dtype: &str, nodata: f64) -> Array2<f64> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("warped.tif");
    let bounds = grid.bounds();
    let number = |v: f64| format!("{v:?}");
    let method = if method == "nearest" { "near" } else { method };
    let system = folder.path().join("system.wkt");
    std::fs::write(&system, &*grid.crs.as_ref().unwrap().wkt).unwrap();
    let mut command = Command::new("gdalwarp");
    command.args(["-q", "-et", "0", "-r", method, "-ot", dtype, "-dstnodata", &nodata.to_string()]);
    command.arg("-te").args([bounds.west, bounds.south, bounds.east, bounds.north].map(number));
    command.args(["-ts", &grid.width.to_string(), &grid.height.to_string(), "-t_srs"]).arg(&system);
    assert!(command.arg(file).arg(&out).status().expect("gdalwarp runs").success());
    let dataset = gdal::Dataset::open(&out).unwrap();
    let band = dataset.rasterband(1).unwrap();
    let size = (grid.width, grid.height);
    let values = band.read_as::<f64>((0, 0), size, size, None).unwrap();
    let missing = |v: f64| v == nodata || v.is_nan();
    let values = values.data().iter().map(|&v| if missing(v) { f64::NAN } else { v }).collect();
    Array2::from_shape_vec((grid.height, grid.width), values).unwrap()
}

/// Whether no part of a source lies under a pixel of the target: what gdalwarp's methods over areas put there is a leak.
fn beside(from: &GeoBox, to: &GeoBox) -> Vec<bool> {
    let system = |grid: &GeoBox| {
        let mut system = SpatialRef::from_wkt(&grid.crs.as_ref().unwrap().wkt).unwrap();
        system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        system
    };
    let project = CoordTransform::new(&system(to), &system(from)).unwrap();
    let t = &to.transform;
    let is_beside = |pixel: usize| {
        let (row, column) = ((pixel / to.width) as f64, (pixel % to.width) as f64);
        let shares = (0..25).map(|i| (f64::from(i % 5) / 4.0, f64::from(i / 5) / 4.0));
        let places = shares.map(|(a, b)| (t[0] + (column + a) * t[1], t[3] + (row + b) * t[5]));
        let (mut xs, mut ys): (Vec<f64>, Vec<f64>) = places.unzip();
        project.transform_coords(&mut xs, &mut ys, &mut []).unwrap();
        let within = |v: f64, len: usize| v > 1e-6 && v < len as f64 - 1e-6;
        let inside = |(x, y)| {
            let [column, row] = from.position(x, y);
            within(column, from.width) && within(row, from.height)
        };
        !xs.into_iter().zip(ys).any(inside)
    };
    (0..to.width * to.height).map(is_beside).collect()
}

/// Twin: `made_up_rasters_equal_gdalwarp`.
#[test]
fn warped_as_gdalwarp_does() {
    let sets = ["rhine_daily", "coello_daily", "cogs", "landsat_scene"];
    if !sets.into_iter().map(|set| shared(&format!("data/{set}")).is_some()).fold(true, |all, one| all & one) {
        return;
    }
    let data = shared("data").unwrap();
    let some = &["nearest", "bilinear", "cubic", "average", "mode", "max"][..];
    let cases = [
        ("rhine_daily/mswep/MSWEP_1979.01.01.tif", "4326", "Float32", some),
        ("coello_daily/raw/evap/Evaporation_ECMWF_ERA-Interim_mm_daily_2009.01.01.tif", "32618", "Float32", some),
        // It has NaN beside its nodata, which gdalwarp takes for values.
        ("cogs/cog_nodata_nan.tif", "3857", "Float32", &["nearest"]),
        // Its rows and columns are rotated.
        ("cogs/geomatrix.tif", "4326", "Int32", some),
        ("cogs/cog_dateline.tif", "3832 res 500", "Int32", &["nearest", "average"]),
        ("landsat_scene/LC80030172015001LGN00_B4.tiff", "4326 res 0.0005", "Int32", some),
    ];
    for (path, system, dtype, methods) in cases {
        for method in methods {
            let cube = Cube::of(&format!("load files \"{path}\" | step 0 | reproject {system} method {method}"));
            let mut theirs = gdalwarp(&data.join(path), &cube.schema().grid, method, dtype, -2147483648.0);
            if matches!(*method, "average" | "mode" | "max") {
                let source = Cube::of(&format!("load files \"{path}\" | step 0"));
                let beside = beside(&source.schema().grid, &cube.schema().grid);
                theirs.iter_mut().zip(beside).filter(|(_, beside)| *beside).for_each(|(value, _)| *value = f64::NAN);
            }
            let values = cube.values();
            let largest = theirs.iter().filter(|v| !v.is_nan()).fold(0.0f64, |most, v| most.max(v.abs()));
            // Coordinates are PROJ's to 1e-8 of a pixel, which now and then is another last digit of a float.
            let smooth = dtype == "Float32" && matches!(*method, "bilinear" | "cubic");
            let room = if smooth { f64::from(f32::EPSILON) * largest } else { 0.0 };
            let pairs = values.iter().zip(&theirs).enumerate();
            let wrong: Vec<_> =
                pairs.filter(|(_, (a, b))| a.is_nan() != b.is_nan() || (*a - *b).abs() > room).take(5).collect();
            assert!(wrong.is_empty() && theirs.len() == values.len(), "{path} {method}: {wrong:?}");
            assert!(theirs.iter().any(|v| !v.is_nan()), "{path} {method}: nothing is compared");
        }
    }
}
