//! Count, minimum, mean, standard deviation and maximum of each band, over all its pixels.

use super::cx::RunCx;
use super::local::Outcome;
use super::op::Op;
use super::ops::exact::Exact;
use super::partial::{Partial, Wanted};
use super::runner::Runner;
use super::tasks::Job;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{Chunk, Region};
use crate::diagnostic::Result;
use crate::with_pixels;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};

/// Values that are added up at a time.
const BLOCK: usize = 1 << 14;

/// Statistics of the valid pixels of one band; the standard deviation is that of the population. Merged in any order, and
/// however the pixels were divided, they are the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BandStats {
    pub count: u64,
    pub missing: u64,
    pub min: f64,
    pub max: f64,
    /// The least and the greatest of integers, which a float would round.
    pub whole: Option<(i128, i128)>,
    sum: Exact,
    squares: Exact,
}

impl BandStats {
    const NONE: BandStats = BandStats {
        count: 0,
        missing: 0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        whole: None,
        sum: Exact::ZERO,
        squares: Exact::ZERO,
    };

    pub(crate) fn mean(&self) -> f64 {
        self.sum.over(Exact::of(self.count as f64)).value()
    }

    pub(crate) fn std(&self) -> f64 {
        let count = Exact::of(self.count as f64);
        self.squares.minus_product_over(self.sum, self.sum, count).over(count).value().max(0.0).sqrt()
    }

    fn merge(self, other: BandStats) -> BandStats {
        let whole = match (self.whole, other.whole) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (one, other) => one.or(other),
        };
        BandStats {
            count: self.count + other.count,
            missing: self.missing + other.missing,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            whole,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    fn of<T: PixelType>(values: &[T], missing: Missing<T>) -> BandStats {
        let mut stats = BandStats::NONE;
        let mut valid: Vec<f64> = Vec::with_capacity(BLOCK);
        for block in values.chunks(BLOCK) {
            valid.clear();
            valid.extend(block.iter().filter(|v| !missing.is(**v)).map(|v| v.to_f64()));
            stats.count += valid.len() as u64;
            for v in &valid {
                stats.min = stats.min.min(*v);
                stats.max = stats.max.max(*v);
            }
            stats.sum += Exact::sum(&valid);
            stats.squares += Exact::sum_of_squares(&valid);
        }
        if !T::DTYPE.is_float() {
            let valid = || values.iter().filter(|v| !missing.is(**v)).map(|v| v.to_i128());
            stats.whole = valid().min().zip(valid().max());
        }
        stats.missing = values.len() as u64 - stats.count;
        stats
    }
}

/// The statistics of the bands of a chunk.
pub(super) struct OfBands {
    /// The nodata of each band.
    pub nodata: Vec<Option<f64>>,
}

impl Partial for OfBands {
    type Made = Vec<BandStats>;

    fn wanted(&self) -> Wanted {
        Wanted::Statistics
    }

    fn make(&self, _: &Region, chunk: Chunk, _: &RunCx) -> Result<Vec<BandStats>> {
        let of =
            |(pixels, nodata): (&_, &Option<f64>)| with_pixels!(pixels, v => BandStats::of(v, Missing::new(*nodata)));
        Ok(chunk.bands.iter().zip(&self.nodata).map(of).collect())
    }
}

/// The statistics of every band.
pub(crate) fn statistics(op: &Arc<Op>, cx: &RunCx, runner: &Runner) -> Result<(Vec<BandStats>, Outcome)> {
    let job = Job::new(op, None, runner.limits)?;
    let of_bands = OfBands { nodata: op.schema().nodata() };
    let all = Mutex::new(vec![BandStats::NONE; of_bands.nodata.len()]);
    let take = |_: &Region, own: Vec<BandStats>| {
        let mut all = all.lock().unwrap_or_else(|e| e.into_inner());
        all.iter_mut().zip(own).for_each(|(a, b)| *a = a.merge(b));
        Ok(())
    };
    let outcome = runner.run((op, &job), &of_bands, &take, cx)?;
    let all = all.into_inner().unwrap_or_else(|e| e.into_inner());
    Ok((all, outcome))
}
