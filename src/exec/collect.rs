//! The whole answer in memory, for the library and for small results.

use super::{Job, Limits, Observer, Op, Outcome, RunCx, local, project, pull};
use crate::cube::Chunk;
use crate::diagnostic::{Diagnostic, Result, codes};
use std::sync::{Arc, Mutex};

/// Computes `op` into one chunk.
///
/// # Errors
/// `E0402` if the answer itself is larger than the memory allowed.
pub fn collect(op: &Arc<Op>, limits: &Limits, cx: &RunCx, observer: &dyn Observer) -> Result<(Chunk, Outcome)> {
    let all = op.schema().all();
    let size = op.schema().region_bytes(&all);
    if size > limits.memory {
        return Err(Diagnostic::new(
            codes::OUT_OF_MEMORY,
            format!(
                "the answer is {}, more than the {} allowed",
                super::tasks::bytes(size),
                super::tasks::bytes(limits.memory)
            ),
        )
        .help("save it instead: `| save zarr \"out.zarr\"`"));
    }
    let job = Job::new(op.clone(), None, limits)?;
    debug_assert!(project::peak(op, &all) >= size);
    let whole = Mutex::new(pull::blank(op, &all));
    let take = |region: &crate::cube::Region, chunk: Chunk| {
        let mut whole = whole.lock().unwrap_or_else(|e| e.into_inner());
        pull::paste(&mut whole, &chunk, [region.time.start, region.y.start, region.x.start]);
        Ok(())
    };
    let outcome = local::run(&job, &take, limits, cx, observer)?;
    Ok((whole.into_inner().unwrap_or_else(|e| e.into_inner()), outcome))
}
