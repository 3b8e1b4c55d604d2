//! How often values occur in each band, over all its pixels.

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

/// Bins of equal width between two ends, both of which belong to them, and the number of values outside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bins {
    pub ends: [f64; 2],
    pub counts: Vec<u64>,
    pub outside: u64,
}

impl Bins {
    pub(crate) fn new(ends: [f64; 2], bins: usize) -> Bins {
        Bins { ends, counts: vec![0; bins], outside: 0 }
    }

    fn count<T: PixelType>(&mut self, values: &[T], missing: Missing<T>) {
        let [low, high] = self.ends;
        let n = self.counts.len();
        for v in values.iter().filter(|v| !missing.is(**v)).map(|v| v.to_f64()) {
            match low <= v && v <= high {
                true => self.counts[(((v - low) / (high - low) * n as f64) as usize).min(n - 1)] += 1,
                false => self.outside += 1,
            }
        }
    }

    fn add(&mut self, other: &Bins) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
        self.outside += other.outside;
    }
}

/// Counts the valid values of each band into bins of its own.
pub(crate) fn histogram(
    op: &Arc<Op>,
    empty: &[Bins],
    limits: &Limits,
    cx: &RunCx,
    observer: &dyn Observer,
) -> Result<(Vec<Bins>, Outcome)> {
    let job = Job::new(op, None, limits)?;
    let nodata = op.schema().nodata();
    let all = Mutex::new(empty.to_vec());
    let take = |_: &crate::cube::Region, chunk: Chunk| {
        let mut own = empty.to_vec();
        for ((bins, pixels), nodata) in own.iter_mut().zip(&chunk.bands).zip(&nodata) {
            with_pixels!(pixels, v => bins.count(v, Missing::new(*nodata)));
        }
        let mut all = all.lock().unwrap_or_else(|e| e.into_inner());
        all.iter_mut().zip(&own).for_each(|(a, b)| a.add(b));
        Ok(())
    };
    let outcome = local::run(op, &job, &take, limits, cx, observer)?;
    Ok((all.into_inner().unwrap_or_else(|e| e.into_inner()), outcome))
}
