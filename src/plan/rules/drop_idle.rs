//! Drops nodes that change nothing: a selection of everything, a map of every band to itself.

use crate::plan::optimize::Rule;
use crate::plan::{Expr, Node, Plan};
use std::sync::Arc;

pub const RULE: Rule = Rule { name: "drop_idle", apply };

fn apply(plan: &Arc<Plan>) -> Option<Arc<Plan>> {
    let (Node::Select { input, .. } | Node::Map { input, .. }) = &plan.node else { return None };
    if plan.schema != input.schema {
        return None;
    }
    let idle = match &plan.node {
        Node::Select { steps, bands, y, x, .. } => {
            let in_order = |v: &[usize]| v.iter().enumerate().all(|(i, &n)| i == n);
            in_order(steps) && in_order(bands) && y.start == 0 && x.len() == 1 && x[0].start == 0
        }
        Node::Map { outputs, .. } => outputs.iter().enumerate().all(|(i, e)| *e == Expr::Band(i)),
        _ => false,
    };
    idle.then(|| input.clone())
}
