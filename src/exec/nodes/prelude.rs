//! What every node uses.

pub use crate::cube::{Chunk, Region};
pub use crate::diagnostic::{Diagnostic, Result, codes};
pub use crate::exec::cx::TaskCx;
pub use crate::exec::op::{Op, Operator};
pub use crate::io::Tile;
pub use std::ops::Range;
