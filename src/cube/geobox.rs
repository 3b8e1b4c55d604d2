//! The pixel grid: reference system, transform, rows and columns. Transforms are edges, coordinates are centers.
//!
//! **Invariant:** grids that are not rotated are north-up (`transform[1] > 0`, `transform[5] < 0`); sources flip what
//! is stored otherwise.

use super::Touch;
use super::axes::StoredAxes;
use super::crs::Crs;
use super::places::Places;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What to do for a grid of rows and columns whose places are known pixel by pixel.
const TO_A_GRID: &str =
    "rows and columns are only counted: `reproject EPSG:4326 res 0.25` brings them onto a grid with a system";

/// What to do for a grid of pixels that control points or polynomials tie to the ground.
const PLACE_BY_TIES: &str = "control points place the pixels: `reproject EPSG:4326` or `align` brings them onto a grid with a \
     system, as `union` in the `load` does";

/// What to do for a cube without a reference system.
const GIVE_A_SYSTEM: &str = "say when it is loaded what its coordinates are in, `load files \"..\" crs EPSG:32631`; where they are \
     pixels and control points place the files, `load files \"..\" union` does";

/// A box in the coordinates of a reference system.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BBox {
    /// The smaller x, unless the box crosses the antimeridian.
    pub west: f64,
    /// The smaller y.
    pub south: f64,
    /// The larger x.
    pub east: f64,
    /// The larger y.
    pub north: f64,
}

impl BBox {
    /// A box by its edges.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> BBox {
        BBox { west, south, east, north }
    }

    /// The box around both.
    pub fn union(self, other: BBox) -> BBox {
        BBox {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    /// The narrowest box of degrees around all of these: over the antimeridian, with an east beyond 180, where the way
    /// over Greenwich is longer.
    pub(crate) fn around(boxes: &[BBox]) -> Option<BBox> {
        let plain = boxes.iter().copied().reduce(BBox::union)?;
        let mut spans: Vec<(f64, f64)> = boxes.iter().map(|b| (b.west.rem_euclid(360.0), b.east - b.west)).collect();
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        // What lies beyond the widest gap is the west of the box. The gap across 0 degrees is looked at first.
        let first = spans[0].0;
        let end = spans.iter().map(|(west, width)| west + width).fold(first, f64::max);
        // What runs on over 360 degrees covers what begins there.
        let (mut gap, mut west, mut east, mut reached) = (first + 360.0 - end, first, end, first.max(end - 360.0));
        for (start, width) in spans {
            if start - reached > gap {
                (gap, west, east) = (start - reached, start, reached + 360.0);
            }
            reached = reached.max(start + width);
        }
        if gap <= 0.0 || east - west >= plain.east - plain.west - 1e-9 {
            return Some(plain);
        }
        let turn = if west >= 180.0 { 360.0 } else { 0.0 };
        Some(BBox { west: west - turn, east: east - turn, ..plain })
    }

    /// Whether the two share a point; touching edges count, as STAC's search does.
    pub fn intersects(self, other: BBox) -> bool {
        self.west <= other.east && other.west <= self.east && self.south <= other.north && other.south <= self.north
    }
}

impl std::fmt::Display for BBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} {}", trim(self.west), trim(self.south), trim(self.east), trim(self.north))
    }
}

/// Up to six decimals, without trailing zeros.
pub(crate) fn trim(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Rows and columns. Columns are two ranges where a box crosses the edge of a grid that covers all longitudes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window {
    pub y: Range<usize>,
    pub x: Vec<Range<usize>>,
    /// The longitude or x coordinate of the window's western edge; longitudes may differ from the grid's by 360
    /// degrees.
    pub west: f64,
}

/// Where the pixels of a cube lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeoBox {
    /// The reference system, if one is known.
    pub crs: Option<Crs>,
    /// GDAL's order: x of the upper left edge, x per column, x per row, y of it, y per column, y per row.
    pub transform: [f64; 6],
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The coordinates of columns and rows as they were read, while they are those of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) axes: Option<StoredAxes>,
    /// Where the pixels lie, if rows and columns are only counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) places: Option<Places>,
    /// The file lists its rows the other way round, from the south or counted from the first on; formats that hold
    /// coordinates write them so, while the grid is the one read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) upward: bool,
}

impl GeoBox {
    /// A grid by its system, its transform in GDAL's order, and its columns and rows.
    pub fn new(crs: Option<Crs>, transform: [f64; 6], width: usize, height: usize) -> GeoBox {
        GeoBox { crs, transform, width, height, axes: None, places: None, upward: false }
    }

    /// What to do where this grid has no reference system and needs one.
    pub(crate) fn way_to_a_system(&self) -> &'static str {
        match &self.places {
            Some(Places::Axes(_) | Places::Pixels(_)) => TO_A_GRID,
            Some(Places::Ties(_)) => PLACE_BY_TIES,
            None => GIVE_A_SYSTEM,
        }
    }

    /// Whether rows and columns are only counted, and the place of each pixel is listed.
    pub(crate) fn is_counted(&self) -> bool {
        matches!(self.places, Some(Places::Axes(_) | Places::Pixels(_)))
    }

    /// Whether rows do not run from west to east.
    pub fn is_rotated(&self) -> bool {
        self.transform[2] != 0.0 || self.transform[4] != 0.0
    }

    /// The box around all pixels, edge to edge, in the coordinates of the system.
    pub fn bounds(&self) -> BBox {
        let t = &self.transform;
        let (w, h) = (self.width as f64, self.height as f64);
        let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)]
            .map(|(c, r)| (t[0] + c * t[1] + r * t[2], t[3] + c * t[4] + r * t[5]));
        let min = |f: fn(&(f64, f64)) -> f64| corners.iter().map(f).fold(f64::INFINITY, f64::min);
        let max = |f: fn(&(f64, f64)) -> f64| corners.iter().map(f).fold(f64::NEG_INFINITY, f64::max);
        BBox { west: min(|c| c.0), south: min(|c| c.1), east: max(|c| c.0), north: max(|c| c.1) }
    }

    /// Width and height of a pixel in the units of the system, both positive.
    pub fn resolution(&self) -> (f64, f64) {
        let t = &self.transform;
        (t[1].hypot(t[4]), t[5].hypot(t[2]))
    }

    /// x of a column's center, in the coordinates of the system.
    pub fn x(&self, column: usize) -> f64 {
        self.transform[0] + (column as f64 + 0.5) * self.transform[1]
    }

    /// y of a row's center, in the coordinates of the system.
    pub fn y(&self, row: usize) -> f64 {
        self.transform[3] + (row as f64 + 0.5) * self.transform[5]
    }

    /// Column and row of a point in the grid's system, in pixels from the upper left edge; also for rotated grids.
    pub fn position(&self, x: f64, y: f64) -> [f64; 2] {
        let t = &self.transform;
        let (dx, dy) = (x - t[0], y - t[3]);
        if !self.is_rotated() {
            return [dx / t[1], dy / t[5]];
        }
        let determinant = t[1] * t[5] - t[2] * t[4];
        [(dx * t[5] - dy * t[2]) / determinant, (dy * t[1] - dx * t[4]) / determinant]
    }

    /// The position of a point on the grid, edges included, also where its longitude differs from the grid's by 360
    /// degrees.
    pub fn place(&self, point: [f64; 2]) -> Option<[f64; 2]> {
        let inside =
            |at: &[f64; 2]| (0.0..=self.width as f64).contains(&at[0]) && (0.0..=self.height as f64).contains(&at[1]);
        self.turns().iter().map(|turn| self.position(point[0] + turn, point[1])).find(inside)
    }

    /// Whether a box and the grid overlap, also where their longitudes differ by 360 degrees.
    pub fn overlaps(&self, bbox: BBox) -> bool {
        let own = self.bounds();
        let turned = |turn: &f64| BBox { west: bbox.west + turn, east: bbox.east + turn, ..bbox };
        self.turns().iter().map(turned).any(|b| own.intersects(b))
    }

    /// What may be added to longitudes so that they lie on the grid: -10 is 350 on a grid of 0..360.
    pub fn turns(&self) -> &'static [f64] {
        if self.is_geographic() { &[0.0, 360.0, -360.0] } else { &[0.0] }
    }

    /// The transform of the rows as the file lists them.
    pub(crate) fn listed_transform(&self) -> [f64; 6] {
        let mut t = self.transform;
        if self.upward {
            (t[3], t[5]) = (t[3] + self.height as f64 * t[5], -t[5]);
        }
        t
    }

    pub(crate) fn pixels(&self) -> usize {
        self.width.saturating_mul(self.height)
    }

    /// The grid of some rows and columns of this one.
    pub fn crop(&self, y: Range<usize>, x: Range<usize>) -> GeoBox {
        let t = &self.transform;
        let (c, r) = (x.start as f64, y.start as f64);
        let transform = [t[0] + c * t[1] + r * t[2], t[1], t[2], t[3] + c * t[4] + r * t[5], t[4], t[5]];
        let axes = self.axes.as_ref().map(|axes| axes.cut(&y, std::slice::from_ref(&x)));
        let places = self.places.as_ref().map(|places| places.cut(&y, &x));
        let upward = self.upward;
        GeoBox { axes, places, upward, ..GeoBox::new(self.crs.clone(), transform, x.len(), y.len()) }
    }

    /// The grid of some rows, and of columns in one piece or several that follow one another; `west` is the longitude
    /// of the western edge where it is to differ from the grid's own by whole turns.
    pub(crate) fn pick(&self, y: Range<usize>, x: &[Range<usize>], west: Option<f64>) -> GeoBox {
        let first = x.first().cloned().unwrap_or(0..0);
        let mut grid = GeoBox { axes: None, ..self.crop(y.clone(), first) };
        grid.width = x.iter().map(Range::len).sum();
        grid.transform[0] = west.unwrap_or(grid.transform[0]);
        if x.len() > 1 {
            // Rows and columns that are only counted go round no globe.
            grid.places = None;
        }
        let mut axes = self.axes.as_ref().map(|axes| axes.cut(&y, x));
        if west.is_some() {
            axes = axes.and_then(|axes| Some(StoredAxes { x: axes.x.turned(|column| grid.x(column))?, ..axes }));
        }
        GeoBox { axes, ..grid }
    }

    /// How far the coordinates of a file may lie from the centers of its pixels, along x and y.
    fn precision(&self) -> [f64; 2] {
        self.axes.as_ref().map_or([0.0; 2], |axes| [axes.x.precision, axes.y.precision])
    }

    /// The grid of blocks of `n` x `n` pixels. The last blocks reach beyond the edge where the size is no multiple of
    /// `n`.
    pub fn coarse(&self, n: usize) -> GeoBox {
        let (t, by) = (&self.transform, n as f64);
        GeoBox::new(
            self.crs.clone(),
            [t[0], t[1] * by, t[2] * by, t[3], t[4] * by, t[5] * by],
            self.width.div_ceil(n),
            self.height.div_ceil(n),
        )
    }

    /// How many times larger along an edge the pixels of an overview of so many rows and columns are, rounded.
    pub(crate) fn times_coarser(&self, [height, width]: [usize; 2]) -> usize {
        let times = |len: usize, coarse: usize| (len as f64 / coarse.max(1) as f64).round() as usize;
        times(self.width, width).max(times(self.height, height))
    }

    /// The grid of an overview of so many rows and columns: it covers what the grid does, as GDAL's do.
    pub(crate) fn overview(&self, [height, width]: [usize; 2]) -> GeoBox {
        let t = &self.transform;
        let (x, y) = (self.width as f64 / width as f64, self.height as f64 / height as f64);
        GeoBox::new(self.crs.clone(), [t[0], t[1] * x, t[2] * y, t[3], t[4] * x, t[5] * y], width, height)
    }

    /// Whether coordinates are degrees of longitude and latitude.
    pub fn is_geographic(&self) -> bool {
        self.crs.as_ref().is_some_and(|c| c.geographic)
    }

    /// Whether coordinates are degrees, of the earth or of a rotated pole; then the rows differ in area.
    pub(crate) fn is_angular(&self) -> bool {
        self.crs.as_ref().is_some_and(Crs::is_angular)
    }

    /// Whether the columns cover all longitudes once, so that a box may cross their edge.
    pub fn is_global(&self) -> bool {
        self.columns_beyond_a_turn().is_some_and(|n| n.abs() < 0.01)
    }

    /// Whether the last column lies on the meridian of the first, as where both 0 and 360 degrees are stored.
    pub fn repeats_meridian(&self) -> bool {
        self.columns_beyond_a_turn().is_some_and(|n| (n - 1.0).abs() < 0.01)
    }

    /// How many columns there are beyond those that cover all longitudes once; negative where some are lacking.
    fn columns_beyond_a_turn(&self) -> Option<f64> {
        (self.is_geographic() && !self.is_rotated()).then(|| self.width as f64 - 360.0 / self.transform[1])
    }

    /// The pixels that belong to `bbox`, in this grid's system. `None` where there are none.
    ///
    /// On geographic grids longitudes of the box may differ by 360 degrees (-10..5 on a grid of 0..360), or it may
    /// cross the antimeridian (`west > east`); on other grids `west > east` never matches.
    pub(crate) fn window(&self, bbox: BBox, touch: Touch) -> Option<Window> {
        if self.is_rotated() {
            return None;
        }
        let t = &self.transform;
        let noise = self.precision();
        let noise = [noise[0] / t[1], noise[1] / -t[5]].map(|pixels| NOISE + pixels);
        let y = span((t[3] - bbox.north) / -t[5], (t[3] - bbox.south) / -t[5], self.height, touch, noise[1])?;
        let columns =
            |west: f64, east: f64| span((west - t[0]) / t[1], (east - t[0]) / t[1], self.width, touch, noise[0]);
        if !self.is_geographic() {
            return columns(bbox.west, bbox.east).map(|x| Window { y, west: t[0] + x.start as f64 * t[1], x: vec![x] });
        }
        let east = if bbox.west > bbox.east { bbox.east + 360.0 } else { bbox.east };
        let mut pieces: Vec<(Range<usize>, f64)> = Vec::new();
        for turn in [-360.0, 0.0, 360.0] {
            if let Some(x) = columns(bbox.west + turn, east + turn) {
                let west = t[0] + x.start as f64 * t[1] - turn;
                pieces.push((x, west));
            }
        }
        pieces.sort_by(|a, b| a.1.total_cmp(&b.1));
        // A piece continues the one before it only if the grid covers all longitudes.
        let (first, west) = pieces.first().cloned()?;
        let mut x = vec![first];
        if self.is_global() {
            for (piece, _) in pieces.into_iter().skip(1) {
                // The box may cover a column from both sides when it is a full turn wide.
                let start = x.iter().filter(|p| p.contains(&piece.start)).map(|p| p.end).max().unwrap_or(piece.start);
                // Both ends of such a box may lie in one column, which is taken where the box begins.
                let room = self.width - x.iter().map(Range::len).sum::<usize>();
                let end = piece.end.min(start + room);
                if start < end {
                    x.push(start..end);
                }
            }
        } else if let Some((widest, west)) = pieces.into_iter().max_by_key(|(p, _)| p.len()) {
            return Some(Window { y, x: vec![widest], west });
        }
        Some(Window { y, x, west })
    }

    /// Whether both have the same system and size, and their centers agree to a thousandth of a pixel beside what the
    /// coordinates of their files leave open.
    pub fn same_grid(&self, other: &GeoBox) -> bool {
        let (dx, dy) = self.resolution();
        let open = |axis: usize| self.precision()[axis] + other.precision()[axis];
        let (tx, ty) = (dx * 1e-3 + open(0), dy * 1e-3 + open(1));
        let crs = match (&self.crs, &other.crs) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        // Of one column or row there is no other end; then the next one tells the size.
        let [right, down] = [self.width, self.height].map(|n| n.saturating_sub(1).max(1));
        let near = |column: usize, row: usize| {
            let ([ax, ay], [bx, by]) = (self.center(column, row), other.center(column, row));
            (ax - bx).abs() <= tx && (ay - by).abs() <= ty
        };
        crs && self.width == other.width && self.height == other.height && near(0, 0) && near(right, 0) && near(0, down)
    }

    /// The center of a pixel, also on rotated grids.
    pub(crate) fn center(&self, column: usize, row: usize) -> [f64; 2] {
        let (t, c, r) = (&self.transform, column as f64 + 0.5, row as f64 + 0.5);
        [t[0] + c * t[1] + r * t[2], t[3] + c * t[4] + r * t[5]]
    }

    /// Bounds snapped outward to whole multiples of the resolution (or to them plus half a pixel for `center`).
    pub fn snapped(crs: Option<Crs>, bounds: BBox, (dx, dy): (f64, f64), center: bool) -> GeoBox {
        // Noise of 1e-6 of a pixel, from projecting corners, must not add a row.
        let shift = if center { 0.5 } else { 0.0 };
        let down = |v: f64, d: f64| ((v / d - shift + 1e-6).floor() + shift) * d;
        let up = |v: f64, d: f64| ((v / d - shift - 1e-6).ceil() + shift) * d;
        let (west, north) = (down(bounds.west, dx), up(bounds.north, dy));
        let (east, south) = (up(bounds.east, dx), down(bounds.south, dy));
        GeoBox::new(
            crs,
            [west, dx, 0.0, north, 0.0, -dy],
            (((east - west) / dx).round() as usize).max(1),
            (((north - south) / dy).round() as usize).max(1),
        )
    }

    /// `125 x 93 pixels of 5000 x 5000 metre, EPSG:4647`.
    pub fn describe(&self) -> String {
        let (dx, dy) = self.resolution();
        let unit = self.crs.as_ref().map_or("unit", |c| c.unit.as_str());
        let crs = self.crs.as_ref().map_or("no reference system".to_string(), |c| c.name.clone());
        format!("{} x {} pixels of {} x {} {unit}, {crs}", self.width, self.height, trim(dx), trim(dy))
    }
}

/// The share of a pixel that computing with coordinates may cost.
const NOISE: f64 = 1e-6;

/// The pixels of an axis of `len` that belong to the interval `from..to`, in pixels. An edge that lies on a pixel's edge
/// up to `noise` does not touch the neighbor, and one on a center up to it holds that.
fn span(from: f64, to: f64, len: usize, touch: Touch, noise: f64) -> Option<Range<usize>> {
    let (first, last) = match touch {
        Touch::Any => ((from + noise).floor(), (to - noise).ceil()),
        Touch::Center => ((from - 0.5 - noise).ceil(), (to - 0.5 + noise).floor() + 1.0),
        Touch::Inside => ((from - noise).ceil(), (to + noise).floor()),
    };
    // A box without extent touches the pixel in which it lies.
    let last = if touch == Touch::Any && to >= from { last.max(first + 1.0) } else { last };
    let (first, last) = (first.max(0.0), last.min(len as f64));
    (first < last).then_some(first as usize..last as usize)
}

#[cfg(test)]
mod tests;
