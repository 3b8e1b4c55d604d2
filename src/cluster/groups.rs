//! Tasks that go to a worker together: schedulers have a millisecond or so for each group, and no more than some hundred
//! thousand of them.

use crate::exec::tasks::Task;

/// The most groups of a work: Dask's scheduler becomes slow with more.
pub(super) const MOST: usize = 100_000;

/// Cuts tasks, in their order, into at most `wanted` groups of about as many tasks each.
///
/// What is next to each other in the list is so in the cube, so files that were opened for one task serve the next.
pub(super) fn cut(tasks: &[Task], wanted: usize) -> impl Iterator<Item = &[Task]> {
    let groups = wanted.clamp(1, MOST);
    tasks.chunks(tasks.len().div_ceil(groups).max(1))
}
