//! Computes a whole result into memory, for programs that embed the library and for small results.

use super::cx::RunCx;
use super::limits::{Limits, bytes};
use super::local::{self, Outcome};
use super::observe::Observer;
use super::op::Op;
use super::tasks::Job;
use crate::cube::{Chunk, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use std::sync::{Arc, Mutex};

/// Computes `op` into one chunk.
///
/// # Errors
/// `E0402` if the result itself is larger than the memory allowed.
pub(crate) fn collect(op: &Arc<Op>, limits: &Limits, cx: &RunCx, observer: &dyn Observer) -> Result<(Chunk, Outcome)> {
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
    let outcome = local::run(op, &job, &take, limits, cx, observer)?;
    Ok((whole.into_inner().unwrap_or_else(|e| e.into_inner()), outcome))
}
