//! How long chunks and shards are along time, rows and columns.

use super::config::Config;
use crate::cube::Schema;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::Tile;
use crate::io::saving::Lengths;
use crate::io::upward;

/// Uncompressed bytes of a chunk: large enough that objects are few, small enough that a point's series is cheap.
const TARGET: usize = 2 << 20;
/// Rows and columns of a chunk, where the grid is not hardly larger.
const SIDE: usize = 256;

/// Lengths of the chunks, and of the shards where they are asked for.
///
/// # Errors
/// E0503 for shards that are no whole multiples of the chunks.
pub(super) fn choose(schema: &Schema, config: &Config, pixel: usize) -> Result<(Tile, Option<Tile>)> {
    let (steps, height, width) = (schema.time.len().max(1), schema.grid.height.max(1), schema.grid.width.max(1));
    // Half a chunk more than one side beats a second chunk that is half empty.
    let side = |len: usize| if len <= SIDE * 3 / 2 { len } else { SIDE };
    let rows = if schema.grid.upward { upward::chunk(height, side(height)) } else { side(height) };
    let y = config.chunks.y.unwrap_or(rows).min(height);
    let x = config.chunks.x.unwrap_or(side(width)).min(width);
    // As many chunks as there must be, all of one length: twelve months are 6 and 6, not 8 and 4.
    let most = (TARGET / (y * x * pixel)).clamp(1, steps);
    let time = config.chunks.time.unwrap_or(steps.div_ceil(steps.div_ceil(most)));
    let chunk = Tile { time, y, x };
    let Some(sizes) = config.shards else { return Ok((chunk, None)) };
    let shard = Tile {
        // Steps may be appended, rows and columns never are.
        time: shard("time", sizes.time, chunk.time, steps)?,
        y: shard("y", sizes.y.map(|y| y.min(height)), chunk.y, height)?,
        x: shard("x", sizes.x.map(|x| x.min(width)), chunk.x, width)?,
    };
    Ok((chunk, Some(shard)))
}

fn shard(dim: &str, wanted: Option<usize>, chunk: usize, len: usize) -> Result<usize> {
    let wanted = wanted.unwrap_or(chunk);
    if wanted.is_multiple_of(chunk) {
        return Ok(wanted);
    }
    // The whole length: as many whole chunks as cover it.
    if wanted == len {
        return Ok(len.div_ceil(chunk) * chunk);
    }
    let near = wanted.div_ceil(chunk) * chunk;
    Err(Diagnostic::new(codes::BAD_OPTION, format!("shards of {dim} {wanted} do not hold whole chunks of {chunk}"))
        .help(format!("write `shards [{dim} {near} ..]`"))
        .about("shards"))
}

/// Whether sizes that a user gave are those of a chunk that exists.
pub(super) fn agrees(sizes: &Lengths, chunk: Tile, schema: &Schema) -> bool {
    let same = |wanted: Option<usize>, found: usize, len: usize| {
        wanted.is_none_or(|w| w == found || w.min(len) <= found && w >= len)
    };
    same(sizes.time, chunk.time, usize::MAX)
        && same(sizes.y, chunk.y, schema.grid.height)
        && same(sizes.x, chunk.x, schema.grid.width)
}
