//! The places of a window of cells.

use super::bilinear::Surface;
use super::{Point, distance, point};
use std::ops::Range;

/// Where the centers of some rows and columns lie.
#[derive(Debug)]
pub(crate) struct Sheet {
    y: Range<usize>,
    x: Range<usize>,
    /// Columns of the whole grid.
    pub(super) width: usize,
    /// The last column is a neighbor of the first: the grid goes round the globe.
    round: bool,
    /// The coordinates in which the surface between cells is bilinear.
    pub(super) xs: Vec<f64>,
    pub(super) ys: Vec<f64>,
    pub(super) surface: Surface,
    points: Vec<Point>,
}

impl Sheet {
    /// Longitudes and latitudes of the cells of a window, row by row, on a grid of so many columns.
    pub(crate) fn new(y: Range<usize>, x: Range<usize>, width: usize, lon: Vec<f64>, lat: Vec<f64>) -> Sheet {
        let points = lon.iter().zip(&lat).map(|(lon, lat)| point(*lon, *lat)).collect();
        Sheet { y, x, width, round: false, xs: lon, ys: lat, surface: Surface::Degrees, points }
    }

    /// The same cells by the coordinates that rows and columns have.
    pub(crate) fn by_axes(self, xs: Vec<f64>, ys: Vec<f64>, surface: Surface) -> Sheet {
        Sheet { xs, ys, surface, ..self }
    }

    /// Whether the surface is one of a plane, and not of degrees.
    pub(crate) fn is_plane(&self) -> bool {
        self.surface == Surface::PlaneAxes
    }

    /// The same, where the last column may be a neighbor of the first.
    pub(crate) fn going_round(self, round: bool) -> Sheet {
        Sheet { round, ..self }
    }

    /// A cell so many rows and columns from another.
    pub(super) fn beside(&self, [row, column]: [usize; 2], rows: isize, columns: isize) -> Option<[usize; 2]> {
        let column = match column.checked_add_signed(columns) {
            Some(column) if column < self.width => column,
            _ if self.round => (column + self.width).checked_add_signed(columns)? % self.width,
            _ => return None,
        };
        Some([row.checked_add_signed(rows)?, column])
    }

    /// The places of points given in degrees.
    pub(super) fn points(lon: &[f64], lat: &[f64]) -> Vec<Point> {
        lon.iter().zip(lat).map(|(lon, lat)| point(*lon, *lat)).collect()
    }

    pub(super) fn at(&self, row: usize, column: usize) -> Option<usize> {
        let inside = self.y.contains(&row) && self.x.contains(&column);
        inside.then(|| (row - self.y.start) * self.x.len() + column - self.x.start)
    }

    /// The center of a cell; not a number where it has no place, or lies outside of the window.
    pub(super) fn point(&self, row: usize, column: usize) -> Point {
        self.at(row, column).map_or([f64::NAN; 3], |at| self.points[at])
    }

    /// The neighbors before and after a cell along its column, or along its row.
    pub(super) fn neighbors(&self, row: usize, column: usize, down: bool) -> [Option<Point>; 2] {
        let (rows, columns) = if down { (1, 0) } else { (0, 1) };
        [-1, 1].map(|side| {
            let [row, column] = self.beside([row, column], side * rows, side * columns)?;
            Some(self.point(row, column)).filter(|p| p[0].is_finite())
        })
    }

    /// The distance to the farthest of the four neighbors.
    pub(super) fn spread(&self, row: usize, column: usize) -> f64 {
        let own = self.point(row, column);
        let all = [true, false].map(|down| self.neighbors(row, column, down));
        let far = all.iter().flatten().flatten().map(|p| distance(*p, own)).fold(0.0, f64::max);
        if own[0].is_finite() { far } else { 0.0 }
    }
}
