//! The overviews of files: the same picture in fewer pixels.

use super::handles;
use super::read::Header;
use crate::cube::GeoBox;
use crate::diagnostic::Result;
use crate::geometry::warp::shrinkage;
use gdal::Dataset;

/// Pictures of no more pixels along an edge are read as they are.
const SHARP: usize = 1024;

/// How many times coarser the overviews of a file are, the finest first; none where they lie otherwise than its pixels, or
/// it cannot be opened.
pub(crate) fn of(path: &str, header: &Header, grid: &GeoBox) -> Vec<usize> {
    handles::with(path, |dataset| Ok(factors(dataset, header, grid))).unwrap_or_default()
}

/// How many times coarser the coarsest overview is whose pixels are no larger than those of a target; nothing where none is.
pub(crate) fn fitting(dataset: &Dataset, header: &Header, grid: &GeoBox, target: &GeoBox) -> Result<Option<usize>> {
    let factors = factors(dataset, header, grid);
    if factors.is_empty() {
        return Ok(None);
    }
    let along = shrinkage(grid, target)?;
    Ok(factors.into_iter().rev().find(|factor| *factor as f64 <= along * NEARLY))
}

/// What is left out of a comparison of sizes in two systems: a projection is not as large everywhere.
const NEARLY: f64 = 1.001;

/// The same of an open file.
fn factors(dataset: &Dataset, header: &Header, grid: &GeoBox) -> Vec<usize> {
    // GDAL 3.6 takes bytes of tiles of the image for those of the mask in overviews of COGs on servers, and may crash.
    let has_mask = header.shared_mask || header.bands.iter().any(|band| band.own_mask);
    let is_plain = !header.flip_y && !header.flip_x && grid.places.is_none();
    if has_mask || !is_plain || grid.width.max(grid.height) <= SHARP {
        return Vec::new();
    }
    let band = dataset.rasterband(header.bands[0].number).ok();
    let count = band.as_ref().and_then(|band| band.overview_count().ok()).unwrap_or_default();
    let size = |i: i32| Some(band.as_ref()?.overview(i as usize).ok()?.size());
    let factor = |(width, height): (usize, usize)| {
        let n = (grid.width as f64 / width.max(1) as f64).round() as usize;
        (n > 1 && grid.width.div_ceil(n) == width && grid.height.div_ceil(n) == height).then_some(n)
    };
    let mut factors: Vec<usize> = (0..count).filter_map(size).filter_map(factor).collect();
    factors.sort_unstable();
    factors
}
