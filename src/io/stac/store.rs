//! What an asset is where it is no raster but a store of arrays: told by its type, its name or its role.

use super::fields::Fields;
use super::item::Asset;
use serde_json::Value;

/// A file or folder of several arrays with coordinates of their own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Store {
    pub kind: StoreKind,
    /// The variables that the item says it holds, without coordinates.
    pub variables: Vec<String>,
    /// The group to open, where the item says which.
    pub group: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreKind {
    Zarr,
    Netcdf,
    Kerchunk,
}

impl Store {
    /// What its type, its name or its role says.
    pub(super) fn of(key: &str, asset: &Asset, fields: &Fields) -> Option<Store> {
        let media = asset.media_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        let path = asset.path();
        let options = fields.get("xarray:open_kwargs");
        let option = |name: &str| options.and_then(|options| options.get(name)).and_then(Value::as_str);
        let engine = option("engine").unwrap_or_default();
        let says = |word: &str| media.contains(word) || engine == word;
        let is_kerchunk = says("kerchunk") || key.contains("kerchunk") || asset.roles.iter().any(|r| r == "kerchunk");
        let ends = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
        // A type that says what else it is stands before a name.
        let is_other =
            ["tiff", "jp2", "grib", "vrt", "json", "html", "xml", "pdf", "image/"].iter().any(|t| media.contains(t));
        let kind = if is_kerchunk {
            StoreKind::Kerchunk
        } else if says("zarr") || (!is_other && (ends(&[".zarr", ".zarr.zip"]) || path.contains(".zarr/"))) {
            StoreKind::Zarr
        } else if says("netcdf") || engine == "netcdf4" || (!is_other && ends(&[".nc", ".nc4", ".cdf"])) {
            StoreKind::Netcdf
        } else {
            return None;
        };
        Some(Store { kind, variables: variables(fields), group: option("group").map(str::to_string) })
    }
}

/// The variables of the datacube extension; coordinates and bounds are auxiliary.
pub(super) fn variables(fields: &Fields) -> Vec<String> {
    let Some(Value::Object(all)) = fields.get("cube:variables") else { return Vec::new() };
    let is_data = |variable: &Value| variable.get("type").and_then(Value::as_str) != Some("auxiliary");
    all.iter().filter(|(_, variable)| is_data(variable)).map(|(name, _)| name.clone()).collect()
}
