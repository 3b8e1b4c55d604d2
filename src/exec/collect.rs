//! Computes a whole result into memory, for programs that embed the library and for small results.

use super::cx::RunCx;
use super::limits::bytes;
use super::local::Outcome;
use super::op::Op;
use super::partial::Whole;
use super::runner::Runner;
use super::tasks::Job;
use crate::cube::{Chunk, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use std::sync::{Arc, Mutex};

/// Computes `op` into one chunk.
///
/// # Errors
/// `E0402` if the result itself is larger than the memory allowed.
pub(crate) fn collect(op: &Arc<Op>, cx: &RunCx, runner: &Runner) -> Result<(Chunk, Outcome)> {
    let limits = runner.limits;
    let all = op.schema().all();
    let size = op.schema().region_bytes(&all);
    if size > limits.memory {
        return Err(Diagnostic::new(
            codes::OUT_OF_MEMORY,
            format!("the answer is {}, more than the {} allowed", bytes(size), bytes(limits.memory)),
        )
        .help("save it instead: `| save zarr \"out.zarr\"`"));
    }
    let job = Job::new(op, None, limits)?;
    debug_assert!(op.peak(&all, job.keep) >= size);
    let whole = Mutex::new(op.blank(&all));
    let take = |region: &Region, chunk: Chunk| {
        let mut whole = whole.lock().unwrap_or_else(|e| e.into_inner());
        whole.paste(&chunk, [region.time.start, region.y.start, region.x.start]);
        Ok(())
    };
    let outcome = runner.run((op, &job), &Whole, &take, cx)?;
    Ok((whole.into_inner().unwrap_or_else(|e| e.into_inner()), outcome))
}
