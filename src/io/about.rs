//! What this build is made of: the libraries it runs with, and the formats that it and they read and write.

use super::gdal::driverless;
use super::{PICTURE_SINKS, SINKS, SOURCES, TABLE_SINKS, TABLE_SOURCES, netcdf};
use crate::gdal::library;
use gdal::{DriverManager, Metadata};

/// The libraries below, by the versions that run, which need not be those that were compiled with.
pub(crate) fn libraries() -> [(&'static str, String); 4] {
    let [netcdf, hdf5] = netcdf::versions();
    [("GDAL", library::version()), ("PROJ", library::proj_version()), ("netCDF", netcdf), ("HDF5", hdf5)]
}

/// What is read and written: by the stages of this program, and by the drivers of GDAL that it opens files with.
pub(crate) struct Formats {
    pub loads: Vec<String>,
    pub saves: Vec<String>,
    pub rasters: Vec<String>,
    pub features: Vec<String>,
}

pub(crate) fn formats() -> Formats {
    library::init();
    let sources = SOURCES.iter().filter_map(|format| format.stage).chain(TABLE_SOURCES.iter().map(|f| f.stage));
    let sinks = SINKS.iter().map(|f| f.stage).chain(TABLE_SINKS.iter().map(|f| f.stage));
    let sinks = sinks.chain(PICTURE_SINKS.iter().map(|f| f.stage));
    Formats {
        loads: of_family("load ", sources.map(|stage| stage.name)),
        saves: of_family("save ", sinks.map(|stage| stage.name)),
        rasters: drivers("DCAP_RASTER"),
        features: drivers("DCAP_VECTOR"),
    }
}

/// The formats of the stages of a family, such as `load`; others read no file.
fn of_family(family: &str, stages: impl Iterator<Item = &'static str>) -> Vec<String> {
    let mut names: Vec<String> = stages.filter_map(|name| name.strip_prefix(family)).map(String::from).collect();
    names.sort();
    names.dedup();
    names
}

/// The drivers that open files and can do something.
fn drivers(capability: &str) -> Vec<String> {
    let all = (0..DriverManager::count()).filter_map(|index| DriverManager::get_driver(index).ok());
    let can = |driver: &gdal::Driver, what: &str| driver.metadata_item(what, "").is_some_and(|said| said == "YES");
    let fitting = all.filter(|driver| can(driver, "DCAP_OPEN") && can(driver, capability));
    let mut names: Vec<String> = fitting.map(|driver| driver.short_name()).collect();
    names.sort_by_key(|name| name.to_lowercase());
    names
}

/// Whether GDAL has a driver, by its short name.
pub(crate) fn has_driver(name: &str) -> bool {
    library::init();
    driverless::has_driver(name)
}

/// Formats that GDAL could read, and this one has no driver for.
pub(crate) fn unread_formats() -> impl Iterator<Item = &'static str> {
    library::init();
    driverless::missing()
}
