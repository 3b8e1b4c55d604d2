//! How many tasks are computed at a time, and the bytes that each of them may hold.

use super::op::Op;

/// What the memory of a run has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// Tasks that are computed at a time.
    pub at_once: usize,
    /// Bytes of pixels that a task may hold.
    pub budget: u64,
    /// Bytes of the largest piece that is decoded whole, which each task holds beside its pixels.
    pub decoder: u64,
}

impl Room {
    /// Shares `memory` out among the tasks of as many threads as it has room for.
    pub(super) fn of(op: &Op, memory: u64, threads: usize) -> Room {
        let decoder = op.decoder_bytes();
        let share = |tasks: usize| memory / tasks as u64;
        // Where a chunk takes more than three quarters of a task's share, the tasks would be so small that most of the time
        // went into decoding it again for each of them.
        let fits = |tasks: &usize| decoder <= share(*tasks) / 4 * 3;
        let at_once = (1..=op.at_once(threads)).rev().find(fits).unwrap_or(1);
        let share = share(at_once);
        // One half is left for decoders, encoders and whatever cannot be counted.
        let budget = (share / 2).min(share.saturating_sub(decoder)).max(share / 8).max(1);
        Room { at_once, budget, decoder }
    }
}
