//! What a rule of the optimizer is; each is a file here.

pub mod drop_idle;
pub mod fuse_maps;
pub mod merge_selects;
pub mod select_before_map;

use super::Plan;
use std::sync::Arc;

/// A rewrite of one node whose inputs are optimized already; `None` where it does not apply.
pub struct Rule {
    pub name: &'static str,
    pub apply: fn(&Arc<Plan>) -> Option<Arc<Plan>>,
}
