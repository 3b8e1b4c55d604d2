//! What lies on servers: real ones on loopback, started by the tests and ended with them; nothing asks the internet.

mod ahead;
mod api;
mod changed;
mod doctor;
mod faults;
mod geoparquet;
mod netcdf;
mod objects;
mod pages;
mod servers;
mod signers;
mod stores;

use servers::{Server, rastra};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A tiled raster of 512 x 512, too large to come with its header: 1000 x row + column, moved by `add`.
fn raster(path: &Path, add: f32) {
    use gdal::DriverManager;
    use gdal::raster::{Buffer, RasterCreationOptions};
    use gdal::spatial_ref::SpatialRef;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let options = RasterCreationOptions::from_iter(["TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]);
    let mut dataset = driver.create_with_band_type_with_options::<f32, _>(path, 512, 512, 1, &options).unwrap();
    dataset.set_geo_transform(&[500_000.0, 10.0, 0.0, 5_000_000.0, 0.0, -10.0]).unwrap();
    dataset.set_spatial_ref(&SpatialRef::from_epsg(32632).unwrap()).unwrap();
    let pixels = (0..512 * 512).map(|i| add + (i / 512 * 1000 + i % 512) as f32).collect();
    let mut band = dataset.rasterband(1).unwrap();
    band.set_no_data_value(Some(-1.0)).unwrap();
    band.write((0, 0), (512, 512), &mut Buffer::new((512, 512), pixels)).unwrap();
}

/// The row of `| stats` for such a raster.
const STATS: &str = "262144        0    0  255755.5  147801.461  511511";
