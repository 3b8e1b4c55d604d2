//! What nodes that reduce share: which reducers are applied to which bands, and the position and date of each step.

use super::op::Op;
use super::ops::reduce::{State, StepInfo};
use super::regions::each_once;
use crate::cube::{Band, Region};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{ReduceOptions, Reducer};

/// The part of a reduction that a region asks for. Every pair of an input band and a reducer is an output band, and
/// only the pairs asked for are computed.
pub(super) struct ReducedBands {
    /// Input band and reducer of each band asked for.
    pub pairs: Vec<(usize, usize)>,
    /// The input bands of these pairs, each once.
    pub bands: Vec<usize>,
}

impl ReducedBands {
    pub(super) fn new(region: &Region, reducers: &[Reducer]) -> ReducedBands {
        let pairs: Vec<(usize, usize)> =
            region.bands.iter().map(|b| (b / reducers.len(), b % reducers.len())).collect();
        let bands = each_once(pairs.iter().map(|p| p.0));
        ReducedBands { pairs, bands }
    }

    /// The reducers asked for of one input band: those that hold series, or those that do not.
    pub(super) fn reducers(&self, all: &[Reducer], band: usize, series: bool) -> Vec<Reducer> {
        let own = self.pairs.iter().filter(|p| p.0 == band);
        own.map(|p| all[p.1]).filter(|r| r.holds_series() == series).collect()
    }
}

/// Date and position of each step of `input`.
pub(super) fn step_info<'a>(input: &'a Op, options: &'a ReduceOptions) -> impl Fn(usize) -> StepInfo + 'a {
    let time = &input.schema().time;
    let dated = time.calendar().is_some();
    let times = time.instants().map_or(&[][..], |(_, times)| times);
    move |step: usize| StepInfo {
        when: if dated { times.get(step).map_or(f64::NAN, |at| at.exact_days()) } else { step as f64 },
        weight: options.weights.as_ref().map_or(1.0, |w| w[step]),
        position: options.positions.as_ref().map_or(step as f64, |p| p[step]),
    }
}

/// The error for a sum of integers that left the range of 64 bits.
pub(super) fn overflow(band: &Band) -> Box<Diagnostic> {
    Diagnostic::new(codes::OVERFLOW, format!("a sum of `{}` does not fit 64 bits", band.name))
        .help("turn it into a float first: `cast float64`")
}

/// Bytes that the running states of these bands take for each pixel.
pub(super) fn states(reducers: &[Reducer], bands: &[usize], input: &Op) -> u64 {
    bands.iter().map(|&b| State::bytes_per_pixel(reducers, input.schema().bands[b].dtype) as u64).sum()
}
