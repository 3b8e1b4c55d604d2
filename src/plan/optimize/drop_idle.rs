//! Drops nodes that change nothing: a selection of everything, and a map of every band to itself.

use crate::plan::{Expr, Node, Plan};
use std::sync::Arc;

pub(super) fn apply(plan: &Arc<Plan>) -> Option<Arc<Plan>> {
    let (input, is_idle) = if let Node::Select { input, steps, bands, y, x } = &plan.node {
        let in_order = |v: &[usize]| v.iter().enumerate().all(|(i, &n)| i == n);
        (input, in_order(steps) && in_order(bands) && y.start == 0 && x.len() == 1 && x[0].start == 0)
    } else if let Node::Map { input, outputs } = &plan.node {
        (input, outputs.iter().enumerate().all(|(i, e)| *e == Expr::Band(i)))
    } else {
        return None;
    };
    (is_idle && plan.schema == input.schema).then(|| input.clone())
}
