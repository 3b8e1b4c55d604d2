//! NetCDF: CF files of any age read as one cube, and cubes written as CF-1.8 files.
//!
//! Reading goes `paths` -> [`header`] -> `axes`, `select`, `grid`, `steps` -> `layout` -> `discover`, all of it before a
//! pixel is read; then `source` and `decode` read windows. Everything that touches the library holds the lock of
//! `library`.

mod chunks;
mod decode;
mod define;
mod discover;
mod far;
mod form;
mod hdf5;
mod header;
mod library;
mod numbers;
mod pack;
mod paths;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod patience;
mod refer;
mod sink;
mod source;
mod spool;
/// Where a thread has no clock of its own, a header is waited for as long as it takes.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod patience {
    use crate::diagnostic::Cause;

    pub(super) fn go_on() -> Result<(), Cause> {
        Ok(())
    }

    pub(super) fn read<R>(_path: &str, f: impl FnOnce() -> Result<R, Cause>) -> Result<R, Cause> {
        f()
    }
}

#[cfg(test)]
mod tests;

use super::SourceFormat;
use super::cf::{self, CfReading};
use super::reading::{self, Reading};
use crate::diagnostic::Result;
use crate::plan::Signer;
use crate::signature::{Example, Param, Shape, Signature};
#[cfg(feature = "cli")]
pub(crate) use library::versions;
pub(crate) use refer::refer;
use serde::Deserialize;
pub(crate) use sink::SINK;
use std::path::Path;

/// The variables of the first file that a path names.
fn contents(path: &str) -> Result<Vec<(String, String)>> {
    let paths = paths::expand(&[path.to_string()], Path::new(""), Signer::None)?;
    header::read(&paths[0]).map(|header| cf::offered(&header))
}

pub(crate) const SOURCE: SourceFormat = SourceFormat {
    name: "netcdf",
    extensions: &["nc", "nc4", "cdf", "h5", "hdf5"],
    stage: Some(&LOAD),
    discover: discover::discover,
    open: source::NetcdfSource::open,
    contents,
};

const LOAD: Signature = Signature {
    name: "load netcdf",
    summary: "Load variables of NetCDF files, with CF times, packing and missing values.",
    params: &[
        Param::required(
            "path",
            Shape::Paths,
            "A file, a pattern such as \"t2m_*.nc\", or a list of files; also at addresses.",
        ),
        Param::named("var", Shape::Names, "The variables; every one on the main grid unless given."),
        reading::AT,
        reading::SPREAD,
        reading::CRS,
        cf::RES,
        cf::GRID,
        cf::RAW,
        reading::ON_ERROR,
        reading::SIGN,
    ],
    seek: &["nc", "nc4", "hdf5", "era5", "cmip", "open_dataset"],
    examples: &[
        Example {
            title: "One variable of many files",
            script: "load netcdf \"era5/t2m_*.nc\" var t2m | schema",
            output: "",
        },
        Example {
            title: "One level of a field",
            script: "load netcdf \"uvz.nc\" var z at level 500 | schema",
            output: "",
        },
        Example {
            title: "Mean and spread of an ensemble, whose members are bands",
            script: "load netcdf \"ensemble.nc\" var t spread number | reduce [mean std p90] over band",
            output: "",
        },
    ],
};

/// What `load netcdf` can be told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LoadNetcdf {
    reading: Reading,
    cf: CfReading,
    /// All that there are on the grid of the file where there are none.
    var: Vec<String>,
}
