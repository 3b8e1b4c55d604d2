//! Datasets with a grid and without pixels, for calls of GDAL that take a dataset but need only its grid.

use crate::cube::{ControlPoint, Crs, GeoBox, Places, Ties};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::gdal::library::{init, messages};
use crate::geometry::crs;
use gdal::{Dataset, DriverManager, Metadata};
use std::ffi::{CString, c_char, c_int};
use std::ptr;

/// A dataset of one empty band on `grid`; it holds no pixel however large the grid is.
pub(super) fn blank(grid: &GeoBox) -> Result<Dataset, Cause> {
    init();
    let make = || -> gdal::errors::Result<Dataset> {
        let mut dataset =
            DriverManager::get_driver_by_name("VRT")?.create_with_band_type::<u8, _>("", grid.width, grid.height, 1)?;
        if !is_tied(grid) {
            dataset.set_geo_transform(&grid.transform)?;
        }
        Ok(dataset)
    };
    let mut dataset = make()?;
    if let Some(Places::Ties(ties)) = &grid.places {
        tie(&mut dataset, ties)?;
        return Ok(dataset);
    }
    if let Some(system) = &grid.crs {
        let system = crs::spatial_ref(&system.wkt).map_err(|e| e.message.clone())?;
        dataset.set_spatial_ref(&system)?;
    }
    Ok(dataset)
}

/// Whether points or polynomials stand for a transform.
pub(super) fn is_tied(grid: &GeoBox) -> bool {
    matches!(grid.places, Some(Places::Ties(_)))
}

fn tie(dataset: &mut Dataset, ties: &Ties) -> Result<(), Cause> {
    match ties {
        Ties::Points { crs, points } => {
            let system = crs::spatial_ref(&crs.wkt).map_err(|e| e.message.clone())?;
            let empty = CString::default();
            let gcp = |p: &ControlPoint| gdal_sys::GDAL_GCP {
                pszId: empty.as_ptr().cast_mut(),
                pszInfo: empty.as_ptr().cast_mut(),
                dfGCPPixel: p.column,
                dfGCPLine: p.row,
                dfGCPX: p.x,
                dfGCPY: p.y,
                dfGCPZ: p.z,
            };
            let list: Vec<gdal_sys::GDAL_GCP> = points.iter().map(gcp).collect();
            messages();
            // SAFETY: the dataset is open; GDAL copies the points, their texts and the system.
            let error = unsafe {
                gdal_sys::GDALSetGCPs2(dataset.c_dataset(), list.len() as c_int, list.as_ptr(), system.to_c_hsrs())
            };
            if error != gdal_sys::CPLErr::CE_None {
                return Err(messages());
            }
        }
        Ties::Polynomials(items) => {
            for (name, value) in items {
                dataset.set_metadata_item(name, value, "RPC")?;
            }
        }
    }
    Ok(())
}

/// The grid that `gdalwarp -t_srs` makes for `grid` when no resolution is given.
pub(crate) fn suggest_grid(grid: &GeoBox, to: &Crs) -> Result<GeoBox> {
    if is_tied(grid) {
        return suggested(grid, to, "the file's control points");
    }
    let Some(from) = &grid.crs else {
        return Err(Diagnostic::new(codes::NO_CRS, "a cube without a reference system cannot be reprojected")
            .help(grid.way_to_a_system()));
    };
    if from == to && !grid.is_rotated() {
        return Ok(GeoBox { crs: Some(to.clone()), ..grid.clone() });
    }
    let covers = format!("{} in {from}", grid.bounds());
    if !(grid.is_global() || grid.repeats_meridian()) {
        return suggested(grid, to, &covers);
    }
    // GDAL looks along the edges of a grid. Of the whole earth these say how wide it is only where they lie at the edge
    // of the new system, half a turn from its middle: the meridian of Greenwich or the other side of it.
    let others = [-180.0, 0.0].into_iter().filter(|west| *west != grid.transform[0]);
    let begun_at = |west: f64| {
        let mut begun = GeoBox { axes: None, ..grid.clone() };
        begun.transform[0] = west;
        begun
    };
    let area = |grid: &GeoBox| {
        let bounds = grid.bounds();
        (bounds.east - bounds.west) * (bounds.north - bounds.south)
    };
    let own = suggested(grid, to, &covers)?;
    let others = others.filter_map(|west| suggested(&begun_at(west), to, &covers).ok());
    // Another that is hardly larger is no other.
    Ok(others.fold(own, |widest, other| if area(&other) > 1.01 * area(&widest) { other } else { widest }))
}

fn suggested(grid: &GeoBox, to: &Crs, covers: &str) -> Result<GeoBox> {
    let failed = || {
        Diagnostic::new(codes::UNKNOWN_CRS, format!("no grid in {to} fits {}", grid.describe()))
            .help(format!("the cube covers {covers}"))
    };
    let (transform, width, height) = suggest(grid, to).map_err(|cause| failed().cause(cause))?;
    Ok(GeoBox::new(Some(to.clone()), transform, width, height))
}

/// Transform, width and height of the grid that `gdalwarp -t_srs` makes for `grid`, read from a VRT that it makes.
fn suggest(grid: &GeoBox, to: &Crs) -> Result<([f64; 6], usize, usize), Cause> {
    let source = blank(grid)?;
    let warped = gdalwarp(&source, "", &["-of", "VRT", "-t_srs", &to.wkt])?;
    let transform = warped.geo_transform()?;
    let (width, height) = warped.raster_size();
    // A VRT uses its source until it is closed.
    drop(warped);
    drop(source);
    Ok((transform, width, height))
}

/// The dataset that the program gdalwarp makes of another with some arguments, at a path or, for a VRT, in memory.
///
/// A VRT must be dropped before the source.
pub(super) fn gdalwarp(source: &Dataset, path: &str, arguments: &[&str]) -> Result<Dataset, Cause> {
    let words: Vec<CString> = arguments.iter().map(|w| CString::new(*w).unwrap_or_default()).collect();
    let path = CString::new(path).map_err(|e| e.to_string())?;
    let mut argv: Vec<*mut c_char> = words.iter().map(|w| w.as_ptr().cast_mut()).collect();
    argv.push(ptr::null_mut());
    messages();
    // SAFETY: `argv` is a NULL-terminated list of strings that outlive the call, which copies them; the binary options
    // are only for the programs and may be NULL.
    let options = unsafe { gdal_sys::GDALWarpAppOptionsNew(argv.as_mut_ptr(), ptr::null_mut()) };
    if options.is_null() {
        return Err(messages());
    }
    let mut usage: c_int = 0;
    let mut sources = [source.c_dataset()];
    // SAFETY: one open source and a path that outlives the call; options were made above and are freed once.
    let made = unsafe {
        let made = gdal_sys::GDALWarp(path.as_ptr(), ptr::null_mut(), 1, sources.as_mut_ptr(), options, &mut usage);
        gdal_sys::GDALWarpAppOptionsFree(options);
        made
    };
    if made.is_null() {
        return Err(messages());
    }
    // SAFETY: the handle is open and owned by nobody else; callers keep the source as long as a VRT needs it.
    Ok(unsafe { Dataset::from_c_dataset(made) })
}
