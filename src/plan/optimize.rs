//! Makes a plan cheaper without changing its answer: pure, named rules, applied bottom up until nothing changes.

mod drop_idle;
mod fuse_maps;
mod merge_selects;
mod select_before_map;

use super::Plan;
use std::sync::Arc;

/// A rewriting of one node, whose inputs are optimized already. Its function returns `None` where it does not apply.
type Rule = fn(&Arc<Plan>) -> Option<Arc<Plan>>;

/// The rules by name, in the order they are tried.
const RULES: &[(&str, Rule)] = &[
    ("merge_selects", merge_selects::apply),
    ("drop_idle", drop_idle::apply),
    ("select_before_map", select_before_map::apply),
    ("fuse_maps", fuse_maps::apply),
];

/// Rounds after which rewriting stops in any case.
const ROUNDS: usize = 8;

/// The cheaper plan; its schema is that of `plan`.
pub(crate) fn optimize(plan: &Arc<Plan>) -> Arc<Plan> {
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
        let Some((rule, next)) = RULES.iter().find_map(|(name, rule)| Some((name, rule(&current)?))) else {
            break;
        };
        assert_eq!(*current.schema, *next.schema, "rule `{rule}` changed the schema");
        current = next;
    }
    done.push((plan.clone(), current.clone()));
    current
}
