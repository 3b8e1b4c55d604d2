//! Makes one selection of two, so that pixels are copied once.

use crate::plan::{Node, Plan};
use std::sync::Arc;

pub(super) fn apply(plan: &Arc<Plan>) -> Option<Arc<Plan>> {
    let Node::Select { input, steps, bands, y, x } = &plan.node else { return None };
    let Node::Select { input: below, steps: steps2, bands: bands2, y: y2, x: x2 } = &input.node else { return None };
    let mut columns = Vec::new();
    for piece in x {
        let mut start = 0;
        for piece2 in x2 {
            let (from, to) = (piece.start.max(start), piece.end.min(start + piece2.len()));
            if from < to {
                columns.push(piece2.start + from - start..piece2.start + to - start);
            }
            start += piece2.len();
        }
    }
    let node = Node::Select {
        input: below.clone(),
        steps: steps.iter().map(|&s| steps2[s]).collect(),
        bands: bands.iter().map(|&b| bands2[b]).collect(),
        y: y2.start + y.start..y2.start + y.end,
        x: columns,
    };
    Some(Arc::new(plan.with_node(node)))
}
