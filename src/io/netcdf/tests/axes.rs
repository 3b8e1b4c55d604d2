//! Coordinates of rows and columns, written as they were read.

use super::super::library::alone;
use super::made::{add, load, make};
use crate::cube::{BBox, Chunk, DType, Pixels, Schema, Touch};
use crate::io::create;
use crate::plan::{IfExists, Payload, SinkSpec};
use netcdf::NcTypeDescriptor;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// A file with coordinates of some type, and a map of zeros.
fn file<T: NcTypeDescriptor>(folder: &Path, name: &str, x: &[T], y: &[T]) -> Schema {
    let path = make(folder, name, &[], |file| {
        for (name, units, values) in [("latitude", "degrees_north", y), ("longitude", "degrees_east", x)] {
            file.add_dimension(name, values.len()).unwrap();
            add(file, name, &[name], values, &[("units", units.into())]);
        }
        add(file, "v", &["latitude", "longitude"], &vec![0f32; x.len() * y.len()], &[]);
    });
    (**load(&path, json!({ "var": ["v"] })).unwrap().schema()).clone()
}

/// The type and the values of a coordinate in the file that is written of a cube.
fn written(folder: &Path, schema: &Schema, name: &str) -> (DType, Vec<f64>) {
    let path = folder.join("out.nc").to_string_lossy().into_owned();
    let spec = SinkSpec::new("netcdf", path, IfExists::Overwrite, Payload::default());
    let sink = create(&spec, &Arc::new(schema.clone())).unwrap();
    let (all, shape) = (schema.all(), schema.all().shape());
    let bands = schema.bands.iter().map(|band| Pixels::zeros(band.dtype, shape.iter().product())).collect();
    sink.write(&all, Chunk { shape, bands }).unwrap();
    let output = sink.finish().unwrap();
    let path = &output.paths[0];
    let header = super::super::header::read(&path.to_string_lossy()).unwrap();
    let variable = header.variables.iter().find(|v| v.name == name).unwrap();
    let crate::io::cf::Kind::Number(dtype) = variable.kind else { panic!("{:?}", variable.kind) };
    let values = alone(|| Ok(netcdf::open(path)?.variable(name).unwrap().get_values::<f64, _>(..)?));
    (dtype, values.unwrap())
}

#[test]
fn coordinates_keep_their_type_and_digits() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Tenths of a degree in 32 bits, from the south: the very numbers, in their order.
    let (x, y): (Vec<f32>, Vec<f32>) =
        ((0..40).map(|i| 300.0 + i as f32 * 0.1).collect(), (0..30).map(|i| -20.0 + i as f32 * 0.1).collect());
    let schema = file(folder, "f32.nc", &x, &y);
    assert_eq!(schema.grid.transform, [299.95, 0.1, 0.0, -17.05, 0.0, -0.1]);
    let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
    assert_eq!(written(folder, &schema, "lon"), (DType::F32, wide(&x)));
    assert_eq!(written(folder, &schema, "lat"), (DType::F32, wide(&y)));
    let window =
        schema.grid.window(BBox::new(x[3].into(), y[2].into(), x[9].into(), y[4].into()), Touch::Center).unwrap();
    assert_eq!((window.y.clone(), &window.x[0]), (25..28, &(3..10)));
    let part = Schema { grid: schema.grid.crop(window.y.clone(), window.x[0].clone()), ..schema.clone() };
    assert_eq!(written(folder, &part, "lon").1, wide(&x[3..10]));
    assert_eq!(written(folder, &part, "lat").1, wide(&y[2..5]));
    // Another grid has centers of its own.
    let coarse = Schema { grid: schema.grid.coarse(2), ..schema };
    assert_eq!(written(folder, &coarse, "lon").0, DType::F64);

    // Integers stay integers.
    let schema = file(folder, "i16.nc", &[0i16, 10, 20, 30], &[5i16, -5]);
    assert_eq!(written(folder, &schema, "lat"), (DType::I16, vec![5.0, -5.0]));

    // Twelfths of a degree in three digits lie on a grid of twelfths, and are written in three digits.
    let digits = |n: usize, first: f64, step: f64| -> Vec<f64> {
        (0..n).map(|i| ((first + i as f64 * step) * 1e3).round() / 1e3).collect()
    };
    let (x, y) = (digits(4320, -179.958_333_333, 1.0 / 12.0), digits(24, 1.0 - 1.0 / 24.0, -1.0 / 12.0));
    let schema = file(folder, "digits.nc", &x, &y);
    assert_eq!(schema.grid.transform[1], 1.0 / 12.0);
    assert!((schema.grid.bounds().east - 180.0).abs() < 1e-9 && schema.grid.is_global());
    assert_eq!(written(folder, &schema, "lon"), (DType::F64, x));
    assert_eq!(written(folder, &schema, "lat"), (DType::F64, y));
}

/// Kilometers stay kilometers, on a grid of meters.
#[test]
fn coordinates_keep_their_unit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = make(folder, "km.nc", &[], |file| {
        for (name, values) in [("yc", [20.0f32, 10.0]), ("xc", [-5.0, 5.0])] {
            file.add_dimension(name, 2).unwrap();
            add(file, name, &[name], &values, &[("units", "km".into())]);
        }
        add(file, "ice", &["yc", "xc"], &[0f32; 4], &[]);
    });
    let schema = load(&path, json!({ "var": ["ice"], "crs": "EPSG:3413" })).unwrap().schema().clone();
    assert_eq!(schema.grid.transform, [-10000.0, 10000.0, 0.0, 25000.0, 0.0, -10000.0]);
    assert_eq!(written(folder, &schema, "x"), (DType::F32, vec![-5.0, 5.0]));
    let again = load(&folder.join("out.nc"), json!({})).unwrap();
    assert_eq!(again.schema().grid, schema.grid);
}

#[test]
fn files_of_one_grid_in_other_digits() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A millidegree near 120 degrees has two digits left in 32 bits.
    let step = 1.0 / 1200.0;
    let exact: Vec<f64> = (0..400).map(|i| 120.0 + f64::from(i) * step).collect();
    let single: Vec<f32> = (0..400).map(|i| 120.0f32 + i as f32 * step as f32).collect();
    let rows = [40.0, 40.0 - step, 40.0 - 2.0 * step];
    let a = file(folder, "a.nc", &exact, &rows);
    let b = file(folder, "b.nc", &single, &rows.map(|v| v as f32));
    assert!(a.grid.same_grid(&b.grid), "{:?} {:?}", a.grid.transform, b.grid.transform);
}

/// Longitudes and latitudes of two dimensions, packed or not, stay beside the bands, which say that they do.
#[test]
fn places_of_pixels_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = make(folder, "ocean.nc", &[0, 1], |file| {
        for (name, len) in [("j", 3), ("i", 2)] {
            file.add_dimension(name, len).unwrap();
        }
        let east = [("units", "degrees_east".into()), ("standard_name", "longitude".into())];
        add(file, "TLONG", &["j", "i"], &[10.1f32, 11.1, 10.2, 11.2, 10.3, 11.3], &east);
        let north = [("units", "degrees_north".into()), ("scale_factor", 0.5f64.into())];
        add(file, "TLAT", &["j", "i"], &[0i16, 1, 2, 3, 4, 5], &north);
        let values: Vec<f32> = (0..12).map(|v| v as f32).collect();
        add(file, "sst", &["time", "j", "i"], &values, &[("coordinates", "TLONG TLAT".into())]);
    });
    let schema = (**load(&path, json!({ "var": ["sst"], "grid": "index" })).unwrap().schema()).clone();
    assert!(schema.notes[0].contains("`TLONG` and `TLAT` say where they lie"), "{:?}", schema.notes);
    // Rows 1 and 2 of the file, in its order.
    let part = Schema { grid: schema.grid.crop(0..2, 1..2), ..schema };
    assert_eq!(written(folder, &part, "TLONG"), (DType::F32, [11.2f32, 11.3].map(f64::from).to_vec()));
    assert_eq!(written(folder, &part, "TLAT"), (DType::F64, vec![1.5, 2.5]));
    let header = super::super::header::read(&folder.join("out.nc").to_string_lossy()).unwrap();
    let of = |name: &str| header.variables.iter().find(|v| v.name == name).unwrap();
    assert_eq!(of("sst").text("coordinates"), Some("TLONG TLAT"));
    assert_eq!(of("TLAT").text("standard_name"), Some("latitude"));
    assert_eq!(of("TLONG").dims.iter().map(|d| (d.name.as_str(), d.len)).collect::<Vec<_>>(), [("y", 2), ("x", 1)]);
    // Coordinates belong to the places they were read with, and to no other grid.
    let coarse = Schema { grid: part.grid.coarse(2), ..part };
    assert!(coarse.grid.places.is_none());
}

/// Files of one shape whose pixels lie elsewhere are one series by rows and columns only, and that is told.
#[test]
fn files_whose_pixels_lie_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (day, shift) in [(0, 0.0), (1, 0.0), (2, 5.0)] {
        let name = format!("{day}.nc");
        let _ = make(folder, &name, &[day], |file| {
            for (name, len) in [("j", 2), ("i", 2)] {
                file.add_dimension(name, len).unwrap();
            }
            let lon = [10.0, 11.0, 10.0, 11.0].map(|v| v + shift);
            add(file, "lon2", &["j", "i"], &lon, &[("units", "degrees_east".into())]);
            add(file, "lat2", &["j", "i"], &[1.0, 1.0, 2.0, 2.0], &[("units", "degrees_north".into())]);
            add(file, "v", &["time", "j", "i"], &[0f32; 4], &[("coordinates", "lon2 lat2".into())]);
        });
    }
    let index = |path: &Path| (**load(path, json!({ "var": ["v"], "grid": "index" })).unwrap().schema()).clone();
    let elsewhere = "the pixels of the files lie at different longitudes and latitudes, which are left out";
    let all = index(folder);
    assert!(all.grid.places.is_none() && all.notes.iter().any(|note| note == elsewhere), "{:?}", all.notes);
    std::fs::remove_file(folder.join("2.nc")).unwrap();
    let alike = index(folder);
    assert!(alike.grid.places.is_some() && !alike.notes.iter().any(|note| note == elsewhere), "{:?}", alike.notes);
}
