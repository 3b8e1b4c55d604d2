//! What of the world is drawn on a map beside its data: coasts, borders, meridians, a scale bar, and where it is.

use super::axis::{self, Axis};
use super::figure::{FAINT, INK, Mark, Paint, Rect, Side, Text};
use super::font;
use crate::cube::GeoBox;
use crate::plan::picture::{Color, Elements, Theme};

/// Points in columns and rows of a grid, counted from its upper left corner.
pub(crate) type Path = Vec<[f64; 2]>;

/// The color of meridians and parallels, which lie over the data.
pub(super) const GRATICULE: Paint = Paint::Color(Color([150; 3]));
const COAST: Paint = Paint::Color(Color([30; 3]));
const BRIGHT: Paint = Paint::Color(Color([235; 3]));
const BORDER: Paint = Paint::Color(Color([90; 3]));
/// The height of the letters of what stands on a map.
const SIZE: f64 = 12.0;
/// Pixels from the edge of a map to what stands in its corners.
const CORNER: i32 = 10;
/// The widest of a scale bar, as a share of the map.
const SCALE: f64 = 0.25;
/// Maps that are smaller along an edge have no room for what stands in corners.
const ROOM: i32 = 60;
/// Width and height in pixels of the small map of the world.
const INSET: [i32; 2] = [112, 56];

/// What is drawn beside the data, where it lies on the grid of a map. Who knows projections makes it.
#[derive(Clone, Debug)]
pub(crate) struct Basemap {
    /// The grid of a map, before it was made coarser for the picture.
    pub grid: GeoBox,
    pub coasts: Vec<Path>,
    pub borders: Vec<Path>,
    pub graticule: Vec<Path>,
    /// Where meridians meet the lower edge and parallels the left one, as shares of these from the lower left corner,
    /// with their degrees. Without it the axes are those of the grid.
    pub degrees: Option<[Vec<(f64, f64)>; 2]>,
    /// Names of meridians and parallels inside a map without a frame: a place, and the text there.
    pub names: Vec<([f64; 2], String)>,
    /// The edge of the earth, beyond which nothing is drawn.
    pub edge: Option<Path>,
    /// Meters on the ground from one side to the other, at the middle.
    pub ground: Option<f64>,
    /// A step to the north from the middle, in columns and rows.
    pub north: Option<[f64; 2]>,
    pub inset: Option<Inset>,
}

/// A map of the world: lines in shares of its width and height.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inset {
    pub coasts: Vec<Path>,
    /// The edges of the map that it belongs to.
    pub place: Vec<Path>,
}

/// A longitude in degrees, as it is written: `10°W`.
pub(crate) fn longitude(degrees: f64) -> String {
    axis::longitude(degrees, digits(degrees))
}

/// A latitude in degrees, as it is written: `45°N`.
pub(crate) fn latitude(degrees: f64) -> String {
    axis::latitude(degrees, digits(degrees))
}

/// The digits after the point that a multiple of round steps needs.
fn digits(value: f64) -> usize {
    (0..4).find(|n| (value * 10f64.powi(*n) - (value * 10f64.powi(*n)).round()).abs() < 1e-6).unwrap_or(4) as usize
}

impl Basemap {
    /// A map of nothing but the data.
    pub(crate) fn bare(grid: GeoBox) -> Basemap {
        Basemap {
            grid,
            coasts: Vec::new(),
            borders: Vec::new(),
            graticule: Vec::new(),
            degrees: None,
            names: Vec::new(),
            edge: None,
            ground: None,
            north: None,
            inset: None,
        }
    }

    /// The axes of a map, with about `n` ticks each.
    pub(super) fn axes(&self, n: [usize; 2]) -> [Axis; 2] {
        match (&self.degrees, &self.edge) {
            (Some([x, y]), _) => {
                let axis = |ticks: &[(f64, f64)], name: fn(f64) -> String| Axis {
                    ticks: ticks.iter().map(|(share, degrees)| (*share, name(*degrees))).collect(),
                    title: None,
                };
                [axis(x, longitude), axis(y, latitude)]
            }
            // The earth has no corners that its coordinates could be read at.
            (None, Some(_)) => Default::default(),
            (None, None) => axis::of_grid(&self.grid, n),
        }
    }

    /// The parts of a row that lie within the edge of the earth, from column to column.
    pub(super) fn spans(&self, row: f64) -> Option<Vec<[f64; 2]>> {
        let ring = self.edge.as_ref()?;
        let next = ring.iter().skip(1).chain(ring.first());
        let crossed = ring.iter().zip(next).filter(|(a, b)| (a[1] > row) != (b[1] > row));
        let mut at: Vec<f64> = crossed.map(|(a, b)| a[0] + (row - a[1]) / (b[1] - a[1]) * (b[0] - a[0])).collect();
        at.sort_by(f64::total_cmp);
        Some(at.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect())
    }

    /// The lines under outlines and points; `place` says where a column and row is in the picture.
    pub(super) fn lines(
        &self,
        rect: Rect,
        elements: &Elements,
        theme: Theme,
        place: &dyn Fn([f64; 2]) -> [f64; 2],
        marks: &mut Vec<Mark>,
    ) {
        // On dark ground dark lines would be lost where there are no data.
        let [coast, border] = if theme == Theme::Dark { [BRIGHT; 2] } else { [COAST, BORDER] };
        for (paths, color, width) in [
            (&self.graticule, GRATICULE, 0.8),
            (&self.borders, elements.color.map_or(border, Paint::from), 0.8),
            (&self.coasts, elements.color.map_or(coast, Paint::from), 1.0),
        ] {
            paths.iter().for_each(|path| clipped(rect, path.iter().map(|at| place(*at)), color, width, marks));
        }
    }

    /// The edge of the earth, names, and what stands in the corners.
    pub(super) fn over(&self, rect: Rect, place: &dyn Fn([f64; 2]) -> [f64; 2], marks: &mut Vec<Mark>) {
        if let Some(ring) = &self.edge {
            let points = ring.iter().chain(ring.first()).map(|at| place(*at)).collect();
            marks.push(Mark::Line { points, color: INK, width: 1.2 });
        }
        for (at, name) in &self.names {
            let [x, y] = place(*at);
            label([x as i32, y as i32], name, marks);
        }
        if let Some(ground) = self.ground.filter(|_| rect.h >= ROOM && rect.w >= ROOM) {
            scale_bar(rect, ground, marks);
        }
        if let Some([across, down]) = self.north.filter(|_| rect.h >= ROOM && rect.w >= ROOM) {
            let [a, b] = [place([0.0, 0.0]), place([self.grid.width as f64, self.grid.height as f64])];
            let step =
                [across * (b[0] - a[0]) / self.grid.width as f64, down * (b[1] - a[1]) / self.grid.height as f64];
            north_arrow(rect, step, marks);
        }
        if let Some(inset) = self.inset.as_ref().filter(|_| rect.h >= 2 * ROOM && rect.w >= 3 * ROOM) {
            inset.draw(rect, marks);
        }
    }
}

impl Inset {
    /// Draws it in the lower right corner.
    fn draw(&self, rect: Rect, marks: &mut Vec<Mark>) {
        let [width, height] = INSET.map(|n| n.min(rect.w / 3).max(20));
        let own = Rect::new(rect.right() - width - CORNER / 2, rect.bottom() - height - CORNER / 2, width, height);
        let place =
            |[x, y]: [f64; 2]| [f64::from(own.x) + x * f64::from(own.w), f64::from(own.y) + y * f64::from(own.h)];
        marks.push(Mark::Box { rect: own, color: Paint::Paper });
        for path in &self.coasts {
            clipped(own, path.iter().map(|at| place(*at)), BORDER, 0.6, marks);
        }
        let all = || self.place.iter().flatten().map(|at| place(*at));
        let reach = |axis: usize| {
            let ends =
                all().map(|p| p[axis]).fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(v), b.max(v)]);
            ends[1] - ends[0]
        };
        match all().next() {
            // What would be no larger than a dot is one.
            Some(_) if reach(0).max(reach(1)) < 5.0 => {
                let n = all().count() as f64;
                let middle = [0, 1].map(|axis| all().map(|p| p[axis]).sum::<f64>() / n);
                marks.push(Mark::Dot { at: middle, radius: 2.5, color: Color::RED.into() });
            }
            _ => self.place.iter().for_each(|path| {
                clipped(own, path.iter().map(|at| place(*at)), Color::RED.into(), 1.2, marks);
            }),
        }
        marks.push(Mark::Frame { rect: own, color: INK });
    }
}

/// Adds the parts of a line that lie in a box.
pub(super) fn clipped(
    rect: Rect,
    points: impl Iterator<Item = [f64; 2]>,
    color: Paint,
    width: f64,
    marks: &mut Vec<Mark>,
) {
    let mut piece: Path = Vec::new();
    let mut end = |piece: &mut Path| {
        let points = std::mem::take(piece);
        if points.len() > 1 {
            marks.push(Mark::Line { points, color, width });
        }
    };
    let mut last: Option<[f64; 2]> = None;
    for point in points {
        if let Some(before) = last
            && let Some([a, b]) = rect.clip(before, point)
        {
            // A piece that begins where the last one ended continues its line.
            if piece.last() != Some(&a) {
                end(&mut piece);
                piece.push(a);
            }
            piece.push(b);
        }
        last = Some(point);
    }
    end(&mut piece);
}

/// A name on a white ground.
fn label([x, y]: [i32; 2], name: &str, marks: &mut Vec<Mark>) {
    let (width, height) = font::measure(name, SIZE - 1.0);
    let ground = Rect::new(x - width / 2 - 2, y - height / 2 - 1, width + 4, height + 2);
    marks.push(Mark::Box { rect: ground, color: Paint::Paper });
    marks.push(Mark::text((x, y), name, SIZE - 1.0, Side::Middle, Side::Middle));
}

/// A bar of a round length in the lower left corner, on a white ground.
fn scale_bar(rect: Rect, ground: f64, marks: &mut Vec<Mark>) {
    let most = ground * SCALE;
    let power = 10f64.powf(most.log10().floor());
    let length = [5.0, 2.0, 1.0].into_iter().map(|n| n * power).find(|n| *n <= most).unwrap_or(power);
    let name = if length >= 1000.0 { format!("{} km", length / 1000.0) } else { format!("{length} m") };
    let long = (length / ground * f64::from(rect.w)).round() as i32;
    let (width, height) = font::measure(&name, SIZE);
    let wide = long.max(width);
    let (left, foot) = (rect.x + CORNER, rect.bottom() - CORNER);
    let back = Rect::new(left - 4, foot - height - 12, wide + 8, height + 16);
    marks.push(Mark::Box { rect: back, color: Paint::Paper });
    let bar = Rect::new(left + (wide - long) / 2, foot - 5, long, 5);
    marks.push(Mark::Box { rect: bar, color: INK });
    // Half of it is light, as on printed maps, so that half of the length can be taken too.
    let half = Rect::new(bar.x + bar.w / 2, bar.y + 1, bar.w - bar.w / 2 - 1, bar.h - 2);
    marks.push(Mark::Box { rect: half, color: FAINT });
    marks.push(Mark::text((left + wide / 2, foot - 8), name, SIZE, Side::Middle, Side::End));
}

/// An arrow in the upper right corner.
fn north_arrow(rect: Rect, [across, down]: [f64; 2], marks: &mut Vec<Mark>) {
    let length = across.hypot(down);
    if length == 0.0 || !length.is_finite() {
        return;
    }
    let [x, y] = [across / length, down / length];
    let middle = [f64::from(rect.right() - CORNER - 14), f64::from(rect.y + CORNER + 16)];
    let at = |ahead: f64, aside: f64| [middle[0] + x * ahead - y * aside, middle[1] + y * ahead + x * aside];
    marks.push(Mark::Dot { at: middle, radius: 18.0, color: Paint::Paper });
    marks.push(Mark::Area { points: vec![at(15.0, 0.0), at(-3.0, 6.0), at(0.0, 0.0), at(-3.0, -6.0)], color: INK });
    let [tx, ty] = at(-9.0, 0.0);
    marks.push(Mark::Text(Text {
        at: (tx as i32, ty as i32),
        text: "N".into(),
        size: SIZE,
        color: INK,
        h: Side::Middle,
        v: Side::Middle,
        upright: false,
    }));
}
