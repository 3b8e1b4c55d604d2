//! The overviews of files: the same picture in fewer pixels.

use super::handles;
use super::read::Header;
use crate::cube::GeoBox;
use crate::diagnostic::Result;
use crate::geometry::warp::shrinkage;
use gdal::Dataset;

/// Pictures of no more pixels along an edge are read as they are.
const SHARP: usize = 1024;

/// Rows and columns of the overviews of a file, the finest first; none where they lie otherwise than its pixels, or it
/// cannot be opened.
pub(crate) fn of(path: &str, header: &Header, grid: &GeoBox) -> Vec<[usize; 2]> {
    handles::with(path, |dataset| Ok(sizes(dataset, header, grid))).unwrap_or_default()
}

/// Rows and columns of the coarsest overview whose pixels are no larger than those of a target; nothing where none is.
pub(crate) fn fitting(
    dataset: &Dataset,
    header: &Header,
    grid: &GeoBox,
    target: &GeoBox,
) -> Result<Option<[usize; 2]>> {
    let sizes = sizes(dataset, header, grid);
    if sizes.is_empty() {
        return Ok(None);
    }
    let along = shrinkage(grid, target)?;
    Ok(sizes.into_iter().rev().find(|size| grid.times_coarser(*size) <= along))
}

/// Rows and columns of the overviews of an open file, the finest first.
fn sizes(dataset: &Dataset, header: &Header, grid: &GeoBox) -> Vec<[usize; 2]> {
    // GDAL 3.6 takes bytes of tiles of the image for those of the mask in overviews of COGs on servers, and may crash.
    let has_mask = header.shared_mask || header.bands.iter().any(|band| band.own_mask);
    let is_plain = !header.flip_y && !header.flip_x && grid.places.is_none();
    if has_mask || !is_plain || grid.width.max(grid.height) <= SHARP {
        return Vec::new();
    }
    let band = dataset.rasterband(header.bands[0].number).ok();
    let count = band.as_ref().and_then(|band| band.overview_count().ok()).unwrap_or_default();
    let size = |i: i32| Some(band.as_ref()?.overview(i as usize).ok()?.size());
    // Some programs round the size of an overview up, others down; what is of another shape is another picture.
    let is_overview = |[height, width]: &[usize; 2]| {
        let n = grid.times_coarser([*height, *width]);
        let fits = |len: usize, coarse: usize| coarse == len / n || coarse == len.div_ceil(n);
        n > 1 && fits(grid.width, *width) && fits(grid.height, *height)
    };
    let each = (0..count).filter_map(size).map(|(width, height)| [height, width]);
    let mut sizes: Vec<[usize; 2]> = each.filter(is_overview).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes
}
