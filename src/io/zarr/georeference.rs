//! Where the pixels of a store lie, in the words of CF, of GeoZarr and of GDAL.

use crate::cube::{Crs, GeoBox};
use crate::geometry::crs::spatial_ref;
use crate::io::cf::{self, Attribute};
use crate::io::json;
use serde_json::{Map, Value, json};
use std::ffi::{CStr, CString, c_char};

/// Name of the variable that holds the grid mapping, as rioxarray has it.
pub(crate) const MAPPING: &str = "spatial_ref";

pub(crate) use crate::io::cf::coordinates::dims;

/// Attributes of the grid mapping variable.
pub(super) fn mapping(grid: &GeoBox) -> Map<String, Value> {
    let stated = cf::coordinates::transform(grid);
    let Some(crs) = cf::coordinates::system(grid) else {
        let text = |transform: [f64; 6]| transform.map(|v| v.to_string()).join(" ");
        return Map::from_iter(stated.map(|stated| ("GeoTransform".to_string(), text(stated).into())));
    };
    let json = |value: Attribute| match (value.text(), value.numbers().as_slice()) {
        (Some(text), _) => text.into(),
        (None, [one]) => json::of(one.to_f64()),
        (None, many) => many.iter().map(|n| json::of(n.to_f64())).collect(),
    };
    cf::spatial_ref(crs, stated.as_ref()).into_iter().map(|(name, value)| (name, json(value))).collect()
}

/// Attributes of the group after the conventions `proj` and `spatial` of GeoZarr.
pub(super) fn geozarr(grid: &GeoBox) -> Map<String, Value> {
    let convention = |name: &str, uuid: &str, about: &str| {
        let (raw, web) = ("https://raw.githubusercontent.com/zarr-conventions", "https://github.com/zarr-conventions");
        json!({
            "schema_url": format!("{raw}/{name}/refs/tags/v0.1/schema.json"),
            "spec_url": format!("{web}/{name}/blob/v0.1/README.md"),
            "uuid": uuid, "name": name, "description": about,
        })
    };
    let spatial = convention("spatial", "689b58e2-cf7b-45e0-9fff-9cfc0883d6b4", "Spatial coordinate information");
    let about = "Coordinate reference system information for geospatial data";
    let proj = convention("proj", "f17cb550-5864-4468-aeb7-f3180cfb622f", about);
    let mut held = Map::new();
    if grid.is_counted() {
        return held;
    }
    let conventions = if grid.crs.is_some() { vec![spatial, proj] } else { vec![spatial] };
    held.insert("zarr_conventions".into(), conventions.into());
    let (y, x) = dims(grid);
    held.insert("spatial:dimensions".into(), json!([y, x]));
    let [c, a, b, f, d, e] = grid.listed_transform();
    held.insert("spatial:transform".into(), json!([a, b, c, d, e, f]));
    held.insert("spatial:shape".into(), json!([grid.height, grid.width]));
    let bounds = grid.bounds();
    held.insert("spatial:bbox".into(), json!([bounds.west, bounds.south, bounds.east, bounds.north]));
    if let Some(crs) = &grid.crs {
        if crs.name.starts_with("EPSG:") {
            held.insert("proj:code".into(), crs.name.clone().into());
        }
        if let Some(wkt) = wkt2(crs) {
            held.insert("proj:wkt2".into(), wkt.into());
        }
    }
    held
}

/// What GDAL's own Zarr driver looks for on an array.
pub(super) fn gdal(crs: &Crs) -> Value {
    json!({ "wkt": wkt2(crs).unwrap_or_else(|| crs.wkt.to_string()) })
}

/// The system as WKT of ISO 19162, if it can be written so.
fn wkt2(crs: &Crs) -> Option<String> {
    let system = spatial_ref(&crs.wkt).ok()?;
    let option = CString::new("FORMAT=WKT2_2019").ok()?;
    let options = [option.as_ptr(), std::ptr::null()];
    let mut text: *mut c_char = std::ptr::null_mut();
    // SAFETY: `system` lives for the call, the options end in null, and the string GDAL allocates is freed after its copy.
    unsafe {
        let failed = gdal_sys::OSRExportToWktEx(system.to_c_hsrs(), &mut text, options.as_ptr());
        if text.is_null() {
            return None;
        }
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        gdal_sys::VSIFree(text.cast());
        (failed == gdal_sys::OGRErr::OGRERR_NONE && !copy.is_empty()).then_some(copy)
    }
}
