//! `cumulate`: each step from all steps up to it.

use super::prelude::*;
use crate::exec::asked::{ReducedBands, overflow, states, step_info};
use crate::exec::ops::reduce::{Need, State};
use crate::exec::regions::{one_run, steps_in_runs};
use crate::plan::{ReduceOptions, Reducer};

pub(super) struct Cumulate {
    pub reducers: Vec<Reducer>,
    pub options: ReduceOptions,
}

/// The states of the reduction after all steps before `next`.
struct Running {
    next: usize,
    states: Vec<State>,
}

impl Operator for Cumulate {
    /// Begins at the first step of the cube, or goes on with the states carried over from the steps before. One run of
    /// steps is held at a time beside the states and the result.
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let size = region.y.len() * region.x.len();
        let (reducers, options) = (&self.reducers, &self.options);
        let asked = ReducedBands::new(region, reducers);
        let info = step_info(input, options);
        let begun = |running: &Running| running.next <= region.time.start;
        let (from, mut states) = match cx.carried(op.id, region).filter(begun) {
            Some(running) => (running.next, running.states),
            None => {
                let state =
                    |&b: &usize| State::new(&asked.reducers(reducers, b, false), &input.schema().bands[b], size, false);
                (0, asked.bands.iter().map(state).collect())
            }
        };
        let mut out = op.blank(region);
        let all: Vec<usize> = (from..region.time.end).collect();
        for time in steps_in_runs(&all, input.grain().time.max(1)) {
            let part = Region { time: time.clone(), bands: asked.bands.clone(), ..region.clone() };
            let chunk = input.pull(&part, cx)?;
            for (i, step) in time.enumerate() {
                for (state, pixels) in states.iter_mut().zip(&chunk.bands) {
                    state.add(pixels, i * size..(i + 1) * size, info(step));
                }
                if step < region.time.start {
                    continue;
                }
                let need = Need { count: options.min_count.of(step + 1), all: options.keepna };
                for (out, (&b, (band, reducer))) in out.bands.iter_mut().zip(region.bands.iter().zip(&asked.pairs)) {
                    let state = &states[asked.bands.iter().position(|b| b == band).unwrap_or(0)];
                    let target = &op.schema().bands[b];
                    if state.overflowed() {
                        return Err(overflow(target).or_at(op.plan.span, "summed here"));
                    }
                    let values = state.finish(reducers[*reducer], need, target, size);
                    out.paste([region.time.len(), 1, size], &values, [1, 1, size], [step - region.time.start, 0, 0]);
                }
            }
        }
        if region.time.end < op.schema().time.len() {
            cx.carry(op.id, region, Running { next: region.time.end, states });
        }
        Ok(out)
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let input = op.input();
        let bands = ReducedBands::new(region, &self.reducers).bands;
        // The results of one step are also held, before they are put into their place.
        let step: usize = region.bands.iter().map(|&b| op.schema().bands[b].dtype.bytes()).sum();
        let pixels = (region.y.len() * region.x.len()) as u64;
        let states = (states(&self.reducers, &bands, input) + step as u64) * pixels;
        op.result_bytes(region) + states + input.peak(&one_run(input, &region.with_bands(bands)), keep)
    }

    fn below(&self, _: &Op, region: &Region) -> Region {
        let bands = ReducedBands::new(region, &self.reducers).bands;
        Region { time: 0..region.time.end, bands, ..region.clone() }
    }

    fn in_order(&self) -> bool {
        true
    }
}
