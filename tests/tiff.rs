//! Tiny GeoTIFFs for tests.

use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager};
use std::path::Path;

/// A raster of one band, in rows from the first line on.
#[derive(Clone, Debug)]
pub(crate) struct Tiff<'a> {
    pub dtype: &'a str,
    pub nodata: Option<f64>,
    /// No reference system where there is none.
    pub epsg: Option<u32>,
    pub transform: [f64; 6],
    pub rows: Vec<Vec<f64>>,
}

impl Tiff<'_> {
    pub(crate) fn write(&self, path: &Path) {
        let (width, height) = (self.rows[0].len(), self.rows.len());
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let mut dataset = match self.dtype {
            "uint8" => driver.create_with_band_type::<u8, _>(path, width, height, 1),
            "int16" => driver.create_with_band_type::<i16, _>(path, width, height, 1),
            "uint16" => driver.create_with_band_type::<u16, _>(path, width, height, 1),
            "int32" => driver.create_with_band_type::<i32, _>(path, width, height, 1),
            "float32" => driver.create_with_band_type::<f32, _>(path, width, height, 1),
            "float64" => driver.create_with_band_type::<f64, _>(path, width, height, 1),
            other => panic!("no tiny raster of {other}"),
        }
        .unwrap();
        self.fill(&mut dataset);
        dataset.close().unwrap();
    }

    fn fill(&self, dataset: &mut Dataset) {
        dataset.set_geo_transform(&self.transform).unwrap();
        if let Some(epsg) = self.epsg {
            dataset.set_spatial_ref(&SpatialRef::from_epsg(epsg).unwrap()).unwrap();
        }
        let size = (self.rows[0].len(), self.rows.len());
        let mut band = dataset.rasterband(1).unwrap();
        band.set_no_data_value(self.nodata).unwrap();
        // GDAL turns the numbers into the type of the band.
        band.write((0, 0), size, &mut Buffer::new(size, self.rows.concat())).unwrap();
    }
}
