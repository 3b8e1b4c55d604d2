//! How often values occur in each band, over all its pixels.

use super::bins::Bins;
use super::cx::RunCx;
use super::local::Outcome;
use super::op::Op;
use super::partial::{Partial, Wanted};
use super::runner::Runner;
use super::tasks::Job;
use crate::cube::dtype::Missing;
use crate::cube::{Chunk, Region};
use crate::diagnostic::Result;
use crate::with_pixels;
use std::sync::{Arc, Mutex};

/// Counts the values of a chunk into bins, which are empty before, one list for each band.
pub(super) struct IntoBins {
    pub empty: Vec<Bins>,
    /// The nodata of each band.
    pub nodata: Vec<Option<f64>>,
}

impl Partial for IntoBins {
    type Made = Vec<Bins>;

    fn wanted(&self) -> Wanted {
        Wanted::Bins(self.empty.clone())
    }

    fn make(&self, _: &Region, chunk: Chunk, _: &RunCx) -> Result<Vec<Bins>> {
        let mut own = self.empty.clone();
        for ((bins, pixels), nodata) in own.iter_mut().zip(&chunk.bands).zip(&self.nodata) {
            with_pixels!(pixels, v => bins.count(v, Missing::new(*nodata)));
        }
        Ok(own)
    }
}

/// Counts the valid values of each band into bins of its own.
pub(crate) fn histogram(op: &Arc<Op>, empty: &[Bins], cx: &RunCx, runner: &Runner) -> Result<(Vec<Bins>, Outcome)> {
    let job = Job::new(op, None, runner.limits)?;
    let into = IntoBins { empty: empty.to_vec(), nodata: op.schema().nodata() };
    let all = Mutex::new(empty.to_vec());
    let take = |_: &Region, own: Vec<Bins>| {
        let mut all = all.lock().unwrap_or_else(|e| e.into_inner());
        all.iter_mut().zip(&own).for_each(|(a, b)| a.add(b));
        Ok(())
    };
    let outcome = runner.run((op, &job), &into, &take, cx)?;
    Ok((all.into_inner().unwrap_or_else(|e| e.into_inner()), outcome))
}
