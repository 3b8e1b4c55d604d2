//! The kinds of nodes, one file each: what a node pulls, holds and reads, and in which pieces. Only this file names
//! them, and none of them names another.

mod concat;
mod cumulate;
mod diff;
mod fill_space;
mod fill_time;
mod join;
mod map;
mod mask;
mod prelude;
mod reduce_band;
mod reduce_space;
mod reduce_time;
mod regrid;
mod rolling;
mod scan;
mod select;
mod shift;
mod warp;
mod write;

use super::op::{Op, Operator};
use crate::diagnostic::Result;
use crate::io::Source;
use crate::plan::{Along, Node, Over, Plan, Resampling, SourceSpec};
use std::sync::Arc;

/// What computes a node of a plan with its `inputs`; `open` opens the source of a scan.
pub(super) fn operator(
    plan: &Plan,
    inputs: &[Arc<Op>],
    open: &dyn Fn(&SourceSpec) -> Result<Arc<dyn Source>>,
) -> Result<Box<dyn Operator>> {
    Ok(match &plan.node {
        Node::Scan { source } => Box::new(scan::Scan { source: open(source)? }),
        Node::Select { input: _, steps, bands, y, x } => {
            Box::new(select::Select { steps: steps.clone(), bands: bands.clone(), y: y.clone(), x: x.clone() })
        }
        Node::Warp { input, places: _, method } if input.schema.grid.is_counted() => {
            Box::new(regrid::Regrid::new(*method == Resampling::Bilinear))
        }
        Node::Warp { input: _, places: _, method } => Box::new(warp::Warp { method: *method }),
        Node::Map { input: _, outputs } => Box::new(map::Map { outputs: outputs.clone() }),
        Node::Mask { input: _, by } => Box::new(mask::Mask { by: by.clone() }),
        Node::Reduce { input: _, over, reducers, options } => {
            let (reducers, options) = (reducers.clone(), options.clone());
            match over {
                Over::Time { group_of_step, groups } => {
                    Box::new(reduce_time::ReduceTime::new(group_of_step.clone(), *groups, reducers, options))
                }
                Over::Band => Box::new(reduce_band::ReduceBand { reducers, options }),
                Over::Space(footprint) => {
                    Box::new(reduce_space::ReduceSpace { footprint: footprint.clone(), reducers, options })
                }
            }
        }
        Node::Window { input: _, along } => match along {
            Along::Rolling { windows, reducers, options } => {
                Box::new(rolling::Rolling::new(windows.clone(), reducers.clone(), options.clone()))
            }
            Along::Cumulate { reducers, options } => {
                Box::new(cumulate::Cumulate { reducers: reducers.clone(), options: options.clone() })
            }
            Along::Shift { by } => Box::new(shift::Shift { by: *by }),
            Along::Diff { by } => Box::new(diff::Diff { by: *by }),
            Along::Fill { from, longest } => Box::new(fill_time::FillTime::new(&plan.schema.time, *from, *longest)),
            Along::Gaps { reach, from } => Box::new(fill_space::FillSpace { reach: *reach, from: *from }),
        },
        Node::Join { left, right, steps } => Box::new(join::Join::new(left, right, inputs[1].is_held(), steps.clone())),
        Node::Concat { inputs: _, steps } => Box::new(concat::Concat { steps: steps.clone() }),
        Node::Write { input: _, sink: _ } => Box::new(write::Write),
    })
}
