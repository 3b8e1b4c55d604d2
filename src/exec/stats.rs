//! Count, minimum, mean, standard deviation and maximum of each band, over all its pixels.

use super::cx::RunCx;
use super::limits::Limits;
use super::local::{self, Outcome};
use super::observe::Observer;
use super::op::Op;
use super::tasks::Job;
use crate::cube::Chunk;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::diagnostic::Result;
use crate::with_pixels;
use std::sync::{Arc, Mutex};

/// Statistics of the valid pixels of one band; the standard deviation is that of the population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BandStats {
    pub count: u64,
    pub missing: u64,
    pub min: f64,
    pub max: f64,
    /// The least and the greatest of integers, which a float would round.
    pub whole: Option<(i128, i128)>,
    pub mean: f64,
    squares: f64,
}

impl BandStats {
    const NONE: BandStats = BandStats {
        count: 0,
        missing: 0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        whole: None,
        mean: 0.0,
        squares: 0.0,
    };

    pub(crate) fn std(&self) -> f64 {
        (self.squares / self.count as f64).sqrt()
    }

    /// Merges the statistics of two parts of a sample: Chan, Golub and LeVeque (1983).
    fn merge(self, other: BandStats) -> BandStats {
        if other.count == 0 || self.count == 0 {
            let some = if self.count == 0 { other } else { self };
            return BandStats { missing: self.missing + other.missing, ..some };
        }
        let count = self.count + other.count;
        let delta = other.mean - self.mean;
        BandStats {
            count,
            missing: self.missing + other.missing,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            whole: self.whole.zip(other.whole).map(|(a, b)| (a.0.min(b.0), a.1.max(b.1))),
            mean: self.mean + delta * other.count as f64 / count as f64,
            squares: self.squares
                + other.squares
                + delta * delta * (self.count as f64 * other.count as f64 / count as f64),
        }
    }

    fn of<T: PixelType>(values: &[T], missing: Missing<T>) -> BandStats {
        let mut stats = BandStats::NONE;
        let mut sum = 0.0;
        for v in values.iter().filter(|v| !missing.is(**v)).map(|v| v.to_f64()) {
            stats.count += 1;
            stats.min = stats.min.min(v);
            stats.max = stats.max.max(v);
            sum += v;
        }
        if !T::DTYPE.is_float() {
            let valid = || values.iter().filter(|v| !missing.is(**v)).map(|v| v.to_i128());
            stats.whole = valid().min().zip(valid().max());
        }
        stats.missing = values.len() as u64 - stats.count;
        if stats.count > 0 {
            stats.mean = sum / stats.count as f64;
            let deviation = |v: &&T| (v.to_f64() - stats.mean).powi(2);
            stats.squares = values.iter().filter(|v| !missing.is(**v)).map(|v| deviation(&v)).sum();
        }
        stats
    }
}

/// The statistics of every band.
pub(crate) fn statistics(
    op: &Arc<Op>,
    limits: &Limits,
    cx: &RunCx,
    observer: &dyn Observer,
) -> Result<(Vec<BandStats>, Outcome)> {
    let job = Job::new(op, None, limits)?;
    let nodata = op.schema().nodata();
    // Parts are merged in the order of their tasks, so that the digits do not depend on the threads.
    let parts: Mutex<Vec<([usize; 3], Vec<BandStats>)>> = Mutex::new(Vec::new());
    let take = |region: &crate::cube::Region, chunk: Chunk| {
        let stats = chunk
            .bands
            .iter()
            .zip(&nodata)
            .map(|(pixels, nodata)| with_pixels!(pixels, v => BandStats::of(v, Missing::new(*nodata))))
            .collect();
        let at = [region.time.start, region.y.start, region.x.start];
        parts.lock().unwrap_or_else(|e| e.into_inner()).push((at, stats));
        Ok(())
    };
    let outcome = local::run(op, &job, &take, limits, cx, observer)?;
    let mut parts = parts.into_inner().unwrap_or_else(|e| e.into_inner());
    parts.sort_by_key(|(at, _)| *at);
    let mut all = vec![BandStats::NONE; nodata.len()];
    for (_, part) in parts {
        all.iter_mut().zip(part).for_each(|(a, b)| *a = a.merge(b));
    }
    Ok((all, outcome))
}
