//! The optimizer's rules, one a file.

pub mod drop_idle;
pub mod fuse_maps;
pub mod merge_selects;
pub mod select_before_map;
