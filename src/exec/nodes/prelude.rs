//! What every node uses.

pub(super) use crate::cube::{Chunk, Region};
pub(super) use crate::diagnostic::{Diagnostic, Result, codes};
pub(super) use crate::exec::cx::TaskCx;
pub(super) use crate::exec::op::{Op, Operator};
pub(super) use crate::io::Tile;
pub(super) use std::ops::Range;
