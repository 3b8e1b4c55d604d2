//! Makes the operators of a plan: its sources are opened, equal sub-plans become one operator, and what all tasks share
//! is held.

use super::held::Held;
use super::limits::Limits;
use super::nodes;
use super::op::Op;
use super::share::{Shared, same, shared};
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
    /// Opens the plan's sources. Equal sub-plans become one shared operator, and climatologies are held for all tasks
    /// where a part of the memory allows.
    pub(crate) fn prepare(plan: &Arc<Plan>, open: &dyn Opener, limits: &Limits) -> Result<Arc<Op>> {
        let mut uses = Vec::new();
        count_uses(plan, &mut uses);
        let shared = shared(plan, limits.to_hold());
        let most = limits.to_hold() / 2 / limits.threads.max(1) as u64;
        prepare(plan, &mut Preparing { open, uses, shared, most, done: Vec::new(), operators: 0 })
    }
}

struct Preparing<'a> {
    open: &'a dyn Opener,
    /// Every sub-plan and how often it is used.
    uses: Vec<(&'a Arc<Plan>, usize)>,
    shared: Vec<Shared<'a>>,
    /// Bytes that the computation of something held may take.
    most: u64,
    done: Vec<Arc<Op>>,
    operators: usize,
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

fn prepare(plan: &Arc<Plan>, with: &mut Preparing) -> Result<Arc<Op>> {
    if let Some(op) = with.done.iter().find(|op| same(&op.plan, plan)) {
        return Ok(op.clone());
    }
    let inputs = plan.node.inputs().into_iter().map(|p| prepare(p, with)).collect::<Result<Vec<_>>>()?;
    let open = |source: &SourceSpec| with.open.open(source, &plan.schema).map_err(|d| d.or_at(plan.span, "read here"));
    let operator = nodes::operator(plan, &inputs, &open)?;
    let shared = with.uses.iter().any(|(p, n)| *n > 1 && same(p, plan));
    let mut op = Arc::new(Op::new(with.operators, plan, inputs, shared, operator));
    if let Some(shared) = with.shared.iter().find(|shared| same(shared.plan, plan))
        // Files on servers are better asked for by tasks, all of them at once.
        && (shared.is_climatology || !op.is_far() && !op.in_order)
        && let Some(held) = Held::new(&op, shared.part.clone(), with.most)
    {
        with.operators += 1;
        op = Arc::new(Op::new(with.operators, plan, vec![op], false, Box::new(held)));
    }
    with.operators += 1;
    with.done.push(op.clone());
    Ok(op)
}
