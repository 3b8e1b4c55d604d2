//! What nodes that reduce share: which reducers are asked of which bands, and what a step brings with it.

use super::op::Op;
use super::ops::reduce::{State, StepInfo};
use super::regions::each_once;
use crate::cube::{Band, Region};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{ReduceOptions, Reducer};

/// What is asked of a reduction: its output bands are input band by reducer, and only those asked for are computed.
pub struct ReducedBands {
    /// Input band and reducer of each band asked for.
    pub pairs: Vec<(usize, usize)>,
    /// The input bands of those, each once.
    pub bands: Vec<usize>,
}

impl ReducedBands {
    pub fn new(region: &Region, reducers: &[Reducer]) -> ReducedBands {
        let pairs: Vec<(usize, usize)> =
            region.bands.iter().map(|b| (b / reducers.len(), b % reducers.len())).collect();
        let bands = each_once(pairs.iter().map(|p| p.0));
        ReducedBands { pairs, bands }
    }

    /// The reducers asked for of one input band, those that hold series or those that do not.
    pub fn reducers(&self, all: &[Reducer], band: usize, series: bool) -> Vec<Reducer> {
        let own = self.pairs.iter().filter(|p| p.0 == band);
        own.map(|p| all[p.1]).filter(|r| r.holds_series() == series).collect()
    }
}

/// What each step of `input` brings beside its pixels.
pub fn step_info<'a>(input: &'a Op, options: &'a ReduceOptions) -> impl Fn(usize) -> StepInfo + 'a {
    let time = &input.schema().time;
    let dated = time.calendar().is_some();
    let times = time.instants().map_or(&[][..], |(_, times)| times);
    move |step: usize| StepInfo {
        when: if dated { times.get(step).map_or(f64::NAN, |at| at.exact_days()) } else { step as f64 },
        weight: options.weights.as_ref().map_or(1.0, |w| w[step]),
        position: options.positions.as_ref().map_or(step as f64, |p| p[step]),
    }
}

/// A sum of integers that grew too large.
pub fn overflow(band: &Band) -> Box<Diagnostic> {
    Diagnostic::new(codes::OVERFLOW, format!("a sum of `{}` does not fit 64 bits", band.name))
        .help("turn it into a float first: `cast float64`")
}

/// Bytes a pixel of the running states of these bands.
pub fn states(reducers: &[Reducer], bands: &[usize], input: &Op) -> u64 {
    bands.iter().map(|&b| State::bytes_per_pixel(reducers, input.schema().bands[b].dtype) as u64).sum()
}
