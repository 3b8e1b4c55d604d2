//! `load files`: rasters that GDAL opens, one or more steps a file, as one cube.
//!
//! Discovery opens one file, the template, and believes that the others are like it; each is checked when it is first
//! read. `archive` finds its members in its own way and shares everything after that.

pub mod axis;
pub mod find;
pub mod label;
mod refer;
mod source;
mod template;

pub use find::Item;
pub use refer::refer;

use super::source::{Source, SourceFormat, go_on};
use crate::cube::time::names::natural_cmp;
use crate::cube::{Crs, DType, Schema};
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};
use crate::geometry::crs;
use crate::io::gdal::read::Header;
use crate::io::gdal::{handles, subdatasets};
use crate::io::grib;
use crate::io::remote::address::unsigned;
use crate::plan::{Signer, SourceSpec};
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Options: `path` (file, glob, folder, address) or `paths`; `dates` (strptime format) and `match` (regex) say where the
/// names hold a date; `crs` for files that state none; `bands_as` `time` makes every band a step; `dtype` a wider type
/// for the cube than the first file has; `at`, of GRIB; `subdataset`; `on_error`; `base`.
pub const FORMAT: SourceFormat = SourceFormat { name: "files", discover, open };

fn discover(options: &Value, cancel: &AtomicBool) -> Result<Arc<dyn Source>> {
    let given = Given::read(options)?;
    let patterns = given.patterns();
    if patterns.is_empty() {
        return Err(
            Diagnostic::new(codes::NOT_FOUND, "no path to load").help("name files: `load files \"folder/*.tif\"`")
        );
    }
    let mut items = Vec::new();
    for pattern in &patterns {
        go_on(cancel)?;
        items.extend(find::expand(pattern, &given.base(), given.sign)?);
    }
    if let Some(wanted) = &given.subdataset {
        items = inside(items, &text(wanted), cancel)?;
    }
    if given.sort {
        items.sort_by(|a, b| natural_cmp(&a.name, &b.name));
    }
    let title = match patterns.as_slice() {
        [one] => one.clone(),
        many => format!("{} and {} more", many[0], many.len() - 1),
    };
    assemble(FORMAT.name, title, items, &given, Vec::new(), cancel)
}

fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    Ok(Arc::new(source::FileSource::reopen(spec, schema)?))
}

/// From a list of rasters to a cube: finds dates, sorts, reads one header, names bands.
///
/// `format` is the registered name under which [`reopen`] is found; `notes` are passed on to the schema.
pub fn assemble(
    format: &str,
    title: String,
    items: Vec<Item>,
    given: &Given,
    notes: Vec<String>,
    cancel: &AtomicBool,
) -> Result<Arc<dyn Source>> {
    if !given.bands_as_time()? && items.first().is_some_and(is_grib) {
        return grib::assemble(title, items, given, notes, cancel);
    }
    if let Some((dim, _)) = given.at().first() {
        return Err(Diagnostic::new(codes::CHOOSE_DIMENSION, format!("these files have no `{dim}` to choose from"))
            .help(
                "`at` chooses among the messages of GRIB files; `load netcdf` and `load zarr` have it for dimensions",
            ));
    }
    Ok(Arc::new(template::assemble(format, title, items, given, notes, cancel)?))
}

fn is_grib(item: &Item) -> bool {
    handles::with(&item.path, |dataset| Ok(dataset.driver().short_name() == "GRIB")).unwrap_or(false)
}

/// Headers of all files, in parallel; nothing for those that cannot be opened.
pub fn headers(items: &[Item], cancel: &AtomicBool) -> Result<Vec<Option<Header>>> {
    template::all_headers(items, cancel)
}

/// The raster that is meant inside each file.
fn inside(items: Vec<Item>, wanted: &str, cancel: &AtomicBool) -> Result<Vec<Item>> {
    let one = |item: Item| {
        go_on(cancel)?;
        let all = handles::with(&item.path, |dataset| Ok(subdatasets::list(dataset)))?;
        let found = subdatasets::find(&all, wanted).ok_or_else(|| subdatasets::unknown(&item.name, wanted, &all))?;
        if unsigned(&item.path) != item.path {
            // Their names hold the signed address.
            return Err(Diagnostic::new(
                codes::UNREADABLE,
                format!("rasters inside `{}` cannot be signed for", item.name),
            )
            .help("fetch the file, and load it from disk"));
        }
        Ok(Item { path: found.name.clone(), name: item.name })
    };
    items.into_iter().map(one).collect()
}

/// Opens what [`assemble`] put together, from its spec.
pub fn reopen(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    open(spec, schema)
}

/// The user's options.
#[derive(Debug, Default, Deserialize)]
pub struct Given {
    path: Option<String>,
    #[serde(default)]
    paths: Vec<String>,
    pub glob: Option<String>,
    pub dates: Option<String>,
    #[serde(rename = "match")]
    pub pattern: Option<String>,
    crs: Option<String>,
    on_error: Option<String>,
    bands_as: Option<String>,
    dtype: Option<String>,
    /// Files of a list that have no dates are sorted by name; those of a pattern always are.
    #[serde(default)]
    sort: bool,
    base: Option<PathBuf>,
    /// Who signs the requests for remote files.
    #[serde(default)]
    pub sign: Signer,
    /// Values of further dimensions.
    #[serde(default)]
    at: serde_json::Map<String, Value>,
    /// The raster inside each file.
    subdataset: Option<Value>,
}

impl Given {
    pub fn read(options: &Value) -> Result<Given> {
        serde_json::from_value(options.clone()).map_err(|e| {
            Diagnostic::new(codes::WRONG_TYPE, "an option of `load` has the wrong kind of value").cause(e.to_string())
        })
    }

    pub fn patterns(&self) -> Vec<String> {
        self.path.iter().chain(&self.paths).cloned().collect()
    }

    /// The dimensions that `at` names, and the value along each as text.
    pub fn at(&self) -> Vec<(String, String)> {
        self.at.iter().map(|(dim, value)| (dim.clone(), text(value))).collect()
    }

    /// The folder relative paths start from.
    pub fn base(&self) -> PathBuf {
        let base = self.base.clone().unwrap_or_default();
        std::path::absolute(&base).or_else(|_| std::env::current_dir()).unwrap_or(base)
    }

    pub fn crs(&self) -> Result<Option<Crs>> {
        self.crs.as_deref().map(crs::parse).transpose()
    }

    /// Whether inputs that fail are passed over.
    pub fn skip(&self) -> Result<bool> {
        choice("on_error", self.on_error.as_deref(), &["stop", "skip"]).map(|chosen| chosen == 1)
    }

    /// Whether the bands of a file are steps.
    pub fn bands_as_time(&self) -> Result<bool> {
        choice("bands_as", self.bands_as.as_deref(), &["bands", "time"]).map(|chosen| chosen == 1)
    }

    pub fn dtype(&self) -> Result<Option<DType>> {
        let names = || DType::ALL.iter().map(|d| d.name());
        self.dtype
            .as_deref()
            .map(|name| {
                DType::from_name(name).ok_or_else(|| {
                    Diagnostic::new(codes::UNKNOWN_CHOICE, format!("`{name}` is no type of pixels"))
                        .help_if(did_you_mean(name, names()))
                        .help(format!("one of {}", list_some(names(), 12)))
                })
            })
            .transpose()
    }
}

/// A word, or a number, as it was written.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// Which of `allowed` was chosen; the first where nothing was.
fn choice(key: &str, given: Option<&str>, allowed: &[&str]) -> Result<usize> {
    let Some(given) = given else { return Ok(0) };
    allowed.iter().position(|a| *a == given).ok_or_else(|| {
        Diagnostic::new(
            codes::UNKNOWN_CHOICE,
            format!("`{key}` is {}, not `{given}`", list_some(allowed.iter().copied(), 4)),
        )
        .help_if(did_you_mean(given, allowed.iter().copied()))
    })
}

#[cfg(test)]
pub mod tests;
