//! Arithmetic in the widest registers that the processor has, which is known only when the program runs.

/// A loop, whose `call` must be marked `#[inline(always)]`, as must what it calls if it is not small: what stays a call is
/// compiled for every processor.
pub(crate) use pulp::NullaryFnOnce as Loop;

/// Runs a loop by instructions for the processor that it runs on, to the same bits as by those that all have.
#[inline(always)]
pub(crate) fn side_by_side<L: Loop>(work: L) -> L::Output {
    pulp::Arch::new().dispatch(work)
}
