//! Sums between two grids of degrees, whose longitudes may be counted from different meridians.
//!
//! For a sum, GDAL asks where in the target each pixel of the source lies, and does not know that a turn later is the
//! same place: of a source from 0 to 360 degrees only one half would reach a target from -180 to 180.

use super::batch;
use super::job::WarpJob;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{GeoBox, Pixels};
use crate::diagnostic::Result;
use crate::with_pixels;

/// The sums of the source at its longitudes, and at those a turn to the west and to the east.
pub(super) fn sum(job: &WarpJob) -> Result<Vec<Pixels>> {
    let target = job.target.bounds();
    let mut total: Option<Vec<Pixels>> = None;
    for turn in job.source.turns() {
        let mut source: GeoBox = job.source.clone();
        source.transform[0] += turn;
        let bounds = source.bounds();
        if bounds.east <= target.west || bounds.west >= target.east {
            continue;
        }
        let part = batch::warp(&WarpJob { source: &source, ..job.clone() })?;
        total = Some(match total {
            None => part,
            Some(mut total) => {
                for ((total, part), band) in total.iter_mut().zip(&part).zip(job.bands) {
                    with_pixels!(total, v => add(v, part, band.target.1));
                }
                total
            }
        });
    }
    total.map_or_else(|| batch::warp(job), Ok)
}

/// Adds valid pixels to valid ones; integers end at the largest number of their type, as in GDAL's kernel.
fn add<T: PixelType>(total: &mut [T], part: &Pixels, nodata: f64) {
    let Some(part) = T::view(part) else { return };
    let missing = Missing::<T>::new(Some(nodata));
    for (total, &part) in total.iter_mut().zip(part) {
        match (missing.is(*total), missing.is(part)) {
            (_, true) => {}
            (true, false) => *total = part,
            (false, false) => *total = T::from_f64(total.to_f64() + part.to_f64()),
        }
    }
}
