//! Small files for golden programs, in `target/made`: what is wrong with each is in its name.

use crate::tiff::Tiff;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::Once;

const NORTH_UP: [f64; 6] = [10.0, 0.5, 0.0, 50.0, 0.0, -0.5];

/// Makes them anew, once a process.
pub(crate) fn files() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let folder = super::root().join("target/made");
        let _ = fs::remove_dir_all(&folder);
        rasters(&folder);
        documents(&folder);
        stores(&folder);
    });
}

fn tiff(path: &Path, epsg: Option<u32>, transform: [f64; 6], size: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let rows = (0..size).map(|y| (0..size).map(|x| (10 * y + x) as f64).collect()).collect();
    Tiff { dtype: "float32", nodata: Some(-9999.0), epsg, transform, rows }.write(path);
}

fn rasters(folder: &Path) {
    tiff(&folder.join("right.tif"), Some(4326), NORTH_UP, 4);
    tiff(&folder.join("no_system.tif"), None, NORTH_UP, 4);
    tiff(&folder.join("turned.tif"), Some(32632), [500_000.0, 10.0, 5.0, 5_000_000.0, 5.0, -10.0], 4);
    tiff(&folder.join("dates/rain_2020-01-01.tif"), Some(4326), NORTH_UP, 4);
    tiff(&folder.join("dates/rain_unknown.tif"), Some(4326), NORTH_UP, 4);
    tiff(&folder.join("grids/rain_2020-01-01.tif"), Some(4326), NORTH_UP, 4);
    tiff(&folder.join("grids/rain_2020-01-02.tif"), Some(4326), NORTH_UP, 5);
    for name in
        ["unclear/rain_05-06-2020", "unclear/rain_07-06-2020", "scenes/T32_20200623_B04", "scenes/T32_20200623_B08"]
    {
        tiff(&folder.join(format!("{name}.tif")), Some(4326), NORTH_UP, 4);
    }
    let half = folder.join("half.tif");
    tiff(&half, Some(4326), NORTH_UP, 64);
    let bytes = fs::read(&half).unwrap();
    fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
}

fn documents(folder: &Path) {
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    put("text.tif", "this is no raster");
    put("text.nc", "this is no netCDF");
    put("grids/map.sid", "msid, and the rest of it");
    put("half.json", "{\"type\": \"FeatureCollection\", \"features\": [{");
    fs::create_dir(folder.join("folder.json")).unwrap();
    let point = json!({"type": "Point", "coordinates": [10.5, 49.5]});
    let features = json!([{"type": "Feature", "properties": {"name": "here"}, "geometry": point}]);
    put("points.geojson", &json!({"type": "FeatureCollection", "features": features}).to_string());
    let item = json!({
        "type": "Feature", "stac_version": "1.0.0", "id": "a", "bbox": [10, 48, 12, 50], "geometry": null, "links": [],
        "properties": {"datetime": "2020-01-01T00:00:00Z"}, "assets": {"green": {"href": "right.tif"}},
    });
    put("item.json", &item.to_string());
    // A catalog that leads deeper and deeper.
    fs::create_dir(folder.join("deep")).unwrap();
    for n in 1..=4 {
        let links = json!([{"rel": "child", "href": format!("{}.json", n + 1)}]);
        let catalog =
            json!({"type": "Catalog", "stac_version": "1.0.0", "id": "deep", "description": "", "links": links});
        put(&format!("deep/{n}.json"), &catalog.to_string());
    }
}

/// Stores of Zarr whose pixels are all fill value.
fn stores(folder: &Path) {
    let days = || ("time", vec![0.0, 1.0], json!({"units": "days since 2020-01-01"}));
    let lat = || ("lat", vec![50.0, 49.0], json!({"units": "degrees_north"}));
    let lon = || ("lon", vec![10.0, 11.0], json!({"units": "degrees_east"}));
    let months = ("time", vec![0.0, 1.0], json!({"units": "fortnights since 2020-01-01"}));
    let uneven = ("lat", vec![50.0, 49.0, 40.0], json!({"units": "degrees_north"}));
    let level = ("level", vec![850.0, 500.0], json!({"units": "hPa"}));
    store(&folder.join("right.zarr"), &[days(), lat(), lon()]);
    store(&folder.join("fortnights.zarr"), &[months, lat(), lon()]);
    store(&folder.join("uneven.zarr"), &[days(), uneven, lon()]);
    store(&folder.join("levels.zarr"), &[days(), level, lat(), lon()]);
}

/// A store of version 2: coordinates, and an array `rain` along all of them.
fn store(folder: &Path, coordinates: &[(&str, Vec<f64>, Value)]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(".zgroup"), json!({"zarr_format": 2}).to_string()).unwrap();
    let array = |name: &str, dims: &[&str], shape: &[usize], mut attributes: Value| {
        let folder = folder.join(name);
        fs::create_dir(&folder).unwrap();
        let document = json!({
            "zarr_format": 2, "shape": shape, "chunks": shape, "dtype": "<f8", "fill_value": 0.0, "order": "C",
            "compressor": null, "filters": null,
        });
        attributes["_ARRAY_DIMENSIONS"] = json!(dims);
        fs::write(folder.join(".zarray"), document.to_string()).unwrap();
        fs::write(folder.join(".zattrs"), attributes.to_string()).unwrap();
        folder
    };
    for (name, values, attributes) in coordinates {
        let folder = array(name, &[name], &[values.len()], attributes.clone());
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        fs::write(folder.join("0"), bytes).unwrap();
    }
    let dims: Vec<&str> = coordinates.iter().map(|(name, ..)| *name).collect();
    let shape: Vec<usize> = coordinates.iter().map(|(_, values, _)| values.len()).collect();
    array("rain", &dims, &shape, json!({}));
}
