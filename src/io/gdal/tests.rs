//! Small GeoTIFFs for tests.

#![allow(clippy::unwrap_used)]

use crate::cube::dtype::Pixel;
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::{Dataset, DriverManager};

pub(crate) const NORTH_UP: [f64; 6] = [10.0, 0.5, 0.0, 50.0, 0.0, -0.5];

/// Writes bands of `width` columns; `finish` may add what the rest cannot say.
pub(crate) fn tiff<T: Pixel + GdalType>(
    path: &str,
    width: usize,
    bands: &[&[T]],
    transform: [f64; 6],
    options: &[&str],
    finish: impl FnOnce(&mut Dataset),
) {
    crate::gdal::library::init();
    let height = bands[0].len() / width;
    let options = RasterCreationOptions::from_iter(options.iter().copied());
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut dataset =
        driver.create_with_band_type_with_options::<T, _>(path, width, height, bands.len(), &options).unwrap();
    dataset.set_geo_transform(&transform).unwrap();
    finish(&mut dataset);
    for (i, values) in bands.iter().enumerate() {
        let mut buffer = Buffer::new((width, height), values.to_vec());
        dataset.rasterband(i + 1).unwrap().write((0, 0), (width, height), &mut buffer).unwrap();
    }
    dataset.close().unwrap();
}
