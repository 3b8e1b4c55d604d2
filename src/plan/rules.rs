//! The optimizer's rules, one a file.

mod drop_idle;
mod fuse_maps;
mod merge_selects;
mod select_before_map;

use super::optimize::Rule;

/// In the order they are tried.
pub const ALL: &[Rule] = &[merge_selects::RULE, drop_idle::RULE, select_before_map::RULE, fuse_maps::RULE];
