//! Makes a plan cheaper without changing its answer: pure, named rules, applied bottom up until nothing changes.

use super::{Plan, rules};
use std::sync::Arc;

/// A rewriting of one node, whose inputs are optimized already. Its function returns `None` where it does not apply.
pub struct Rule {
    pub name: &'static str,
    pub apply: fn(&Arc<Plan>) -> Option<Arc<Plan>>,
}

/// Rounds after which rewriting stops in any case.
const ROUNDS: usize = 8;

/// The cheaper plan; its schema is that of `plan`.
pub fn optimize(plan: &Arc<Plan>) -> Arc<Plan> {
    let mut done = Vec::new();
    rewrite(plan, &mut done)
}

/// `done` holds the rewritten form of each sub-plan, so that a sub-plan used twice stays shared.
fn rewrite(plan: &Arc<Plan>, done: &mut Vec<(Arc<Plan>, Arc<Plan>)>) -> Arc<Plan> {
    if let Some((_, after)) = done.iter().find(|(before, _)| Arc::ptr_eq(before, plan)) {
        return after.clone();
    }
    let mut node = plan.node.clone();
    let mut changed = false;
    for input in node.inputs_mut() {
        let after = rewrite(input, done);
        changed |= !Arc::ptr_eq(input, &after);
        *input = after;
    }
    let mut current = if changed { Arc::new(plan.with_node(node)) } else { plan.clone() };
    for _ in 0..ROUNDS {
        let Some((rule, next)) = rules::ALL.iter().find_map(|rule| Some((rule, (rule.apply)(&current)?))) else {
            break;
        };
        assert_eq!(*current.schema, *next.schema, "rule `{}` changed the schema", rule.name);
        current = next;
    }
    done.push((plan.clone(), current.clone()));
    current
}
