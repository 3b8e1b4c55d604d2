//! Makes one expression of two, so that no pixel is stored in between.
//!
//! The rule applies only where storing the value in between would not round it (both are computed in the same float)
//! and where it is used once, so that nothing is computed twice.

use crate::plan::{Expr, Node, Plan};
use std::sync::Arc;

pub(super) fn apply(plan: &Arc<Plan>) -> Option<Arc<Plan>> {
    let Node::Map { input, outputs } = &plan.node else { return None };
    let Node::Map { input: below, outputs: inner } = &input.node else { return None };
    let mut uses = vec![0usize; inner.len()];
    for output in outputs {
        output.walk(&mut |e| {
            if let Expr::Band(i) = e {
                uses[*i] += 1;
            }
        });
    }
    let plain =
        |i: usize| matches!(inner[i], Expr::Band(b) if input.schema.bands[i].dtype == below.schema.bands[b].dtype);
    let computed = |i: usize| {
        uses[i] <= 1 && input.schema.bands[i].dtype == inner[i].arithmetic(&below.schema) && !inner[i].is_truth()
    };
    if !(0..inner.len()).all(|i| uses[i] == 0 || plain(i) || computed(i)) {
        return None;
    }
    let mut fused = outputs.clone();
    fused.iter_mut().for_each(|e| e.replace_bands(&|i| inner[i].clone()));
    // The result must still be computed in the float it was computed in.
    let same = fused
        .iter()
        .zip(outputs)
        .all(|(a, b)| matches!(b, Expr::Band(_)) || a.arithmetic(&below.schema) == b.arithmetic(&input.schema));
    let node = Node::Map { input: below.clone(), outputs: fused };
    same.then(|| Arc::new(Plan { node, schema: plan.schema.clone(), span: plan.span }))
}
