//! Where blocks of cells lie, so that a few of many are looked at for a pixel.

use super::sheet::Sheet;
use super::{Point, distance, dot, minus};
use std::ops::Range;

/// Rows and columns of a block.
pub(crate) const BLOCK: usize = 16;

/// A ball around the centers of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ball {
    center: Point,
    radius: f64,
    /// How far from a center the pixels lie, at most, that may take its value.
    reach: f64,
}

/// The balls around all blocks of a grid. It takes some bytes for 256 cells, however large the grid.
#[derive(Debug)]
pub(crate) struct Outline {
    height: usize,
    width: usize,
    across: usize,
    /// Block by block, rows first; nothing where no cell has a place.
    balls: Vec<Option<Ball>>,
    /// Rows whose ends are neighbors, and all rows.
    closed: [usize; 2],
}

impl Ball {
    /// How near a center of the block can be to a point.
    pub(super) fn least(&self, point: Point) -> f64 {
        distance(self.center, point) - self.radius
    }
}

impl Outline {
    pub(crate) fn new(height: usize, width: usize) -> Outline {
        Outline { height, width, across: width.div_ceil(BLOCK), balls: Vec::new(), closed: [0; 2] }
    }

    /// Rows of blocks that are added together, from the sheet that [`Outline::wanted`] asks for next.
    pub(crate) fn add(&mut self, sheet: &Sheet, blocks: usize) {
        for _ in 0..blocks {
            let down = self.balls.len() / self.across;
            let rows = down * BLOCK..self.height.min((down + 1) * BLOCK);
            self.closed[0] += rows.clone().filter(|row| is_closed(sheet, *row, self.width)).count();
            self.closed[1] += rows.len();
            for x in 0..self.across {
                let columns = x * BLOCK..self.width.min((x + 1) * BLOCK);
                self.balls.push(ball(sheet, rows.clone(), columns));
            }
        }
    }

    /// The rows that are to be known for the next rows of blocks: with a neighbor on either side.
    pub(crate) fn wanted(&self, blocks: usize) -> Range<usize> {
        let first = self.balls.len() / self.across * BLOCK;
        first.saturating_sub(1)..self.height.min(first + blocks * BLOCK + 1)
    }

    /// Whether the last column is a neighbor of the first.
    pub(crate) fn goes_round(&self) -> bool {
        self.closed[0] * 2 > self.closed[1]
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.balls.len() / self.across * BLOCK >= self.height
    }

    /// The blocks that may give a value to any of these places.
    pub(crate) fn near_degrees(&self, lon: &[f64], lat: &[f64]) -> Vec<usize> {
        self.near(&Sheet::points(lon, lat))
    }

    /// The blocks that may give a value to any of these points.
    pub(super) fn near(&self, points: &[Point]) -> Vec<usize> {
        let Some((center, radius)) = around(points.iter().copied()) else { return Vec::new() };
        let is_near = |ball: &Ball| ball.least(center) - radius <= ball.reach;
        (0..self.balls.len()).filter(|block| self.balls[*block].as_ref().is_some_and(is_near)).collect()
    }

    pub(super) fn ball(&self, block: usize) -> Option<&Ball> {
        self.balls[block].as_ref()
    }

    /// Rows and columns of a block.
    pub(crate) fn cells(&self, block: usize) -> (Range<usize>, Range<usize>) {
        let (y, x) = (block / self.across * BLOCK, block % self.across * BLOCK);
        (y..self.height.min(y + BLOCK), x..self.width.min(x + BLOCK))
    }
}

/// Whether a row ends where it begins: the step from its last cell to its first is one like those beside it.
fn is_closed(sheet: &Sheet, row: usize, width: usize) -> bool {
    if width < 4 {
        return false;
    }
    let [last, before, first, next] = [width - 1, width - 2, 0, 1].map(|column| sheet.point(row, column));
    let (step, before, after) = (minus(first, last), minus(last, before), minus(next, first));
    let far = |v: Point| dot(v, v).sqrt();
    far(step) <= 1.5 * far(before).max(far(after)) && dot(step, before) > 0.0 && dot(step, after) > 0.0
}

/// A ball around points, of which some may be none.
pub(super) fn around(points: impl Iterator<Item = Point> + Clone) -> Option<(Point, f64)> {
    let valid = || points.clone().filter(|p| p[0].is_finite());
    let count = valid().count();
    if count == 0 {
        return None;
    }
    let sum = valid().fold([0.0; 3], |sum, p| [sum[0] + p[0], sum[1] + p[1], sum[2] + p[2]]);
    let center = sum.map(|v| v / count as f64);
    Some((center, valid().map(|p| distance(p, center)).fold(0.0, f64::max)))
}

fn ball(sheet: &Sheet, rows: Range<usize>, columns: Range<usize>) -> Option<Ball> {
    let cells = rows.flat_map(|row| columns.clone().map(move |column| (row, column)));
    let (center, radius) = around(cells.clone().map(|(row, column)| sheet.point(row, column)))?;
    // A pixel lies within a cell of its center along both rows and columns.
    let reach = cells.map(|(row, column)| sheet.spread(row, column)).fold(0.0, f64::max) * 2.0;
    Some(Ball { center, radius, reach })
}
