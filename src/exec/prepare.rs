//! Makes the operators of a plan: its sources are opened, and equal sub-plans become one operator.

use super::nodes;
use super::op::Op;
use crate::cube::Schema;
use crate::diagnostic::Result;
use crate::io::Source;
use crate::plan::{Plan, SourceSpec};
use std::sync::Arc;

/// Opens sources; a session answers with those it has open already.
pub(crate) trait Opener {
    fn open(&self, spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>>;
}

impl Op {
    /// Opens the plan's sources. Equal sub-plans become one shared operator.
    pub(crate) fn prepare(plan: &Arc<Plan>, open: &dyn Opener) -> Result<Arc<Op>> {
        let mut uses = Vec::new();
        count_uses(plan, &mut uses);
        prepare(plan, open, &uses, &mut Vec::new())
    }
}

fn count_uses<'a>(plan: &'a Arc<Plan>, uses: &mut Vec<(&'a Arc<Plan>, usize)>) {
    if let Some((_, n)) = uses.iter_mut().find(|(p, _)| same(p, plan)) {
        *n += 1;
        return;
    }
    uses.push((plan, 1));
    for input in plan.node.inputs() {
        count_uses(input, uses);
    }
}

fn same(a: &Arc<Plan>, b: &Arc<Plan>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

fn prepare(
    plan: &Arc<Plan>,
    open: &dyn Opener,
    uses: &[(&Arc<Plan>, usize)],
    done: &mut Vec<Arc<Op>>,
) -> Result<Arc<Op>> {
    if let Some(op) = done.iter().find(|op| same(&op.plan, plan)) {
        return Ok(op.clone());
    }
    let inputs = plan.node.inputs().into_iter().map(|p| prepare(p, open, uses, done)).collect::<Result<Vec<_>>>()?;
    let shared = uses.iter().any(|(p, n)| *n > 1 && same(p, plan));
    let open = |source: &SourceSpec| open.open(source, &plan.schema).map_err(|d| d.or_at(plan.span, "read here"));
    let operator = nodes::operator(plan, &open)?;
    let op = Arc::new(Op::new(done.len(), plan, inputs, shared, operator));
    done.push(op.clone());
    Ok(op)
}
