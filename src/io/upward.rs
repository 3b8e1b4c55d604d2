//! Writing rows in the order in which a file listed them, where that runs against a cube's: from the bottom up.
//!
//! Whoever subtracts a result from its source by position, as most tools do with coordinates they do not know, needs the
//! rows where they were.

use crate::cube::{Chunk, Region};
use crate::with_pixels;

/// A region and its pixels as the file lists them, of a cube with so many rows.
pub(super) fn turned(region: &Region, mut chunk: Chunk, rows: usize) -> (Region, Chunk) {
    let [_, height, width] = chunk.shape;
    for pixels in &mut chunk.bands {
        with_pixels!(pixels, values => turn(values, height, width));
    }
    (turned_region(region, rows), chunk)
}

/// The same without pixels.
pub(super) fn turned_region(region: &Region, rows: usize) -> Region {
    Region { y: rows - region.y.end..rows - region.y.start, ..region.clone() }
}

/// Turns the rows of each step over.
fn turn<T>(values: &mut [T], height: usize, width: usize) {
    for step in values.chunks_exact_mut((height * width).max(1)) {
        for row in 0..height / 2 {
            let (upper, lower) = step.split_at_mut((height - 1 - row) * width);
            upper[row * width..(row + 1) * width].swap_with_slice(&mut lower[..width]);
        }
    }
}

/// How long chunks are along rows that are turned over: of a length that divides them all, so that a region is whole
/// chunks from either end, if there is one that is not much shorter.
pub(super) fn chunk(rows: usize, about: usize) -> usize {
    (about.div_ceil(2)..=about).rev().find(|len| rows.is_multiple_of(*len)).unwrap_or(about)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::Pixels;

    #[test]
    fn rows_are_turned_step_by_step() {
        let region = Region { time: 4..6, bands: vec![0], y: 1..4, x: 0..2 };
        let values = (0..12).map(f64::from).collect();
        let chunk = Chunk { shape: [2, 3, 2], bands: vec![Pixels::F64(values)] };
        let (moved, turned) = turned(&region, chunk, 10);
        assert_eq!((moved.time, moved.y, moved.x), (4..6, 6..9, 0..2));
        assert_eq!(turned.bands[0].to_f64(), [4., 5., 2., 3., 0., 1., 10., 11., 8., 9., 6., 7.]);
    }

    #[test]
    fn chunks_divide_the_rows() {
        for (rows, about, expected) in [(1800, 256, 225), (40, 40, 40), (721, 256, 256), (512, 256, 256)] {
            assert_eq!(chunk(rows, about), expected, "{rows} by {about}");
        }
    }
}
