//! Selects steps and pixels before mapping them, so that the selection can merge with others next to the source.
//!
//! A pull computes only the pixels it is asked for in either order; the rule saves the copy of a second selection.

use crate::cube::Schema;
use crate::plan::{Expr, Node, Plan};
use std::sync::Arc;

pub(super) fn apply(plan: &Arc<Plan>) -> Option<Arc<Plan>> {
    let Node::Select { input, steps, bands, y, x } = &plan.node else { return None };
    let Node::Map { input: below, outputs } = &input.node else { return None };
    // A selection that moves longitudes by 360 degrees changes what `lon` and `x` give, so maps that use them stay
    // below it.
    let mut placed = false;
    outputs.iter().for_each(|e| e.walk(&mut |e| placed |= matches!(e, Expr::Coord(_))));
    let moved = plan.schema.grid.transform != below.schema.grid.crop(y.clone(), x[0].clone()).transform;
    if placed && (moved || x.len() > 1) {
        return None;
    }
    let all_bands = (0..below.schema.bands.len()).collect();
    let schema = Schema { bands: below.schema.bands.clone(), ..(*plan.schema).clone() };
    let select = Plan {
        node: Node::Select { input: below.clone(), steps: steps.clone(), bands: all_bands, y: y.clone(), x: x.clone() },
        schema: Arc::new(schema),
        span: plan.span,
    };
    let outputs = bands.iter().map(|&b| outputs[b].clone()).collect();
    let map = Node::Map { input: Arc::new(select), outputs };
    Some(Arc::new(Plan { node: map, schema: plan.schema.clone(), span: input.span }))
}
