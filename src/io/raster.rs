//! Rasters by name: what a file is called, whether it looks like a raster, and what the headers of many say.

use crate::cube::time::names::natural_cmp;
use crate::diagnostic::Result;
use crate::gdal::library;
use crate::gdal::settings::along;
use crate::io::gdal::handles;
use crate::io::gdal::read::Header;
use crate::io::remote::address::without_secrets;
use crate::io::source::go_on;
use gdal::Metadata;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

/// One raster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// What GDAL opens.
    pub path: String,
    /// What people call it: the path below the folder or archive that was named.
    pub name: String,
}

impl Item {
    /// A file, called by its last name.
    pub(crate) fn file(path: String) -> Item {
        let shown = without_secrets(&path);
        let name = shown.rsplit('/').next().unwrap_or(&shown).to_string();
        Item { path, name }
    }

    /// The name without folders and without extensions of rasters and archives: `a.tif.gz` is `a`.
    pub(crate) fn stem(&self) -> &str {
        let mut stem = self.name.rsplit('/').next().unwrap_or(&self.name);
        while let Some((rest, extension)) = stem.rsplit_once('.')
            && !rest.is_empty()
            && (is_raster_extension(extension)
                || ["gz", "zip", "tar", "tgz"].contains(&extension.to_ascii_lowercase().as_str()))
        {
            stem = rest;
        }
        stem
    }
}

/// Names a folder's rasters have beside them.
const SIDECARS: [&str; 24] = [
    "xml",
    "ovr",
    "msk",
    "tfw",
    "tifw",
    "tiffw",
    "jgw",
    "pgw",
    "j2w",
    "wld",
    "prj",
    "hdr",
    "txt",
    "json",
    "geojson",
    "md",
    "csv",
    "html",
    "pdf",
    "db",
    "properties",
    "dat",
    "vrt~",
    "idx",
];

/// Quicklooks, where they lie beside rasters.
const PICTURES: [&str; 6] = ["jpg", "jpeg", "png", "gif", "bmp", "webp"];

/// The names that look like rasters, in natural order; pictures only where there is nothing else.
pub(super) fn rasters_of(names: &[String]) -> Vec<&String> {
    let mut rasters: Vec<&String> = names.iter().filter(|n| is_raster_name(n)).collect();
    let is_picture = |name: &String| {
        let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        PICTURES.contains(&extension.as_str())
    };
    if rasters.iter().any(|n| !is_picture(n)) {
        rasters.retain(|n| !is_picture(n));
    }
    rasters.sort_by(|a, b| natural_cmp(a, b));
    rasters
}

/// Whether a name ends as rasters do that GDAL can open.
pub(super) fn is_raster_name(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    !name.starts_with('.') && name.rsplit_once('.').is_some_and(|(_, extension)| is_raster_extension(extension))
}

fn is_raster_extension(extension: &str) -> bool {
    static KNOWN: OnceLock<BTreeSet<String>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        library::init();
        let drivers = gdal::DriverManager::all().filter(|d| d.metadata_item("DCAP_RASTER", "").is_some());
        let lists = drivers.filter_map(|d| d.metadata_item("DMD_EXTENSIONS", ""));
        let mut known: BTreeSet<String> =
            lists.flat_map(|l| l.split_whitespace().map(str::to_ascii_lowercase).collect::<Vec<_>>()).collect();
        for sidecar in SIDECARS.iter().chain(&["gz", "zip", "tar", "tgz"]) {
            known.remove(*sidecar);
        }
        known
    });
    known.contains(&extension.to_ascii_lowercase())
}

/// Headers of all files, in parallel, for what a name does not say. What cannot be opened is `None`.
pub(super) fn headers(items: &[Item], cancel: &AtomicBool) -> Result<Vec<Option<Header>>> {
    let header = |item: &Item| {
        go_on(cancel)?;
        Ok(handles::with(&item.path, |dataset| Header::of(dataset, &item.name)).ok())
    };
    items.par_iter().map(along(header)).collect()
}
