//! The axes of a map or chart: ticks with their names.

use super::figure::{FAINT, INK, Mark, Rect, Side};
use super::layout::fitting;
use super::{font, ticks};
use crate::cube::GeoBox;

pub(super) const SIZE: f64 = 13.0;
const TICK: i32 = 4;
const GAP: i32 = 3;

/// Ticks along one edge, as shares of its length with their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Axis {
    pub ticks: Vec<(f64, String)>,
    pub title: Option<String>,
}

impl Axis {
    /// Round numbers from `low` to `high`.
    pub(super) fn numbers(low: f64, high: f64, n: usize) -> Axis {
        let values = ticks::inside(low, high, n);
        let names = ticks::labels(&values, None);
        Axis { ticks: values.iter().map(|v| (v - low) / (high - low)).zip(names).collect(), title: None }
    }

    /// The width in pixels of the widest name.
    pub(super) fn widest(&self) -> i32 {
        self.ticks.iter().map(|(_, name)| font::measure(name, SIZE).0).max().unwrap_or(0)
    }

    /// The room that a vertical axis needs left of a map.
    pub(super) fn room_left(&self) -> i32 {
        TICK + GAP + self.widest() + self.title.as_ref().map_or(0, |_| SIZE as i32 + 6)
    }

    /// The room that a horizontal axis needs below a map.
    pub(super) fn room_below(&self) -> i32 {
        TICK + GAP + SIZE as i32 + self.title.as_ref().map_or(0, |_| SIZE as i32 + 4)
    }

    /// The axis with so few names that they do not overlap along an edge of `pixels`.
    pub(super) fn fitting(mut self, pixels: i32) -> Axis {
        let wanted: f64 = self.ticks.iter().map(|(_, name)| f64::from(font::measure(name, SIZE).0) + 10.0).sum();
        let every = (wanted / f64::from(pixels.max(1))).ceil().max(1.0) as usize;
        if every > 1 {
            self.ticks = self.ticks.into_iter().step_by(every).collect();
        }
        self
    }

    /// The axis without names that reach more than `over` beyond the right end, where the names of the next map begin.
    pub(super) fn between(mut self, pixels: i32, over: i32) -> Axis {
        for (t, name) in &mut self.ticks {
            let (at, half) = ((*t * f64::from(pixels)) as i32, font::measure(name, SIZE).0 / 2);
            if at + half > pixels + over {
                name.clear();
            }
        }
        self
    }

    /// Draws it below a box, from left to right.
    pub(super) fn below(&self, rect: Rect, grid: bool, marks: &mut Vec<Mark>) {
        let foot = rect.bottom();
        for (t, name) in &self.ticks {
            let x = rect.x + (t * f64::from(rect.w - 1)).round() as i32;
            if grid {
                marks.push(Mark::line((x, rect.y), (x, foot), FAINT));
            }
            marks.push(Mark::line((x, foot), (x, foot + TICK - 1), INK));
            marks.push(Mark::text((x, foot + TICK + GAP), name, SIZE, Side::Middle, Side::Start));
        }
        self.title_below(rect, marks);
    }

    /// Draws its title alone, below its names.
    pub(super) fn title_below(&self, rect: Rect, marks: &mut Vec<Mark>) {
        if let Some(title) = &self.title {
            let at = (rect.x + rect.w / 2, rect.bottom() + TICK + GAP + SIZE as i32 + 4);
            let (title, size) = fitting(title, SIZE, rect.w + 12);
            marks.push(Mark::text(at, title, size, Side::Middle, Side::Start));
        }
    }

    /// Draws it left of a box, from bottom to top.
    pub(super) fn left(&self, rect: Rect, grid: bool, marks: &mut Vec<Mark>) {
        for (t, name) in &self.ticks {
            let y = rect.bottom() - 1 - (t * f64::from(rect.h - 1)).round() as i32;
            if grid {
                marks.push(Mark::line((rect.x, y), (rect.right(), y), FAINT));
            }
            marks.push(Mark::line((rect.x - TICK, y), (rect.x - 1, y), INK));
            marks.push(Mark::text((rect.x - TICK - GAP, y), name, SIZE, Side::End, Side::Middle));
        }
        self.title_left(rect, marks);
    }

    /// Draws its title alone, left of its names.
    pub(super) fn title_left(&self, rect: Rect, marks: &mut Vec<Mark>) {
        if let Some(title) = &self.title {
            let x = rect.x - TICK - GAP - self.widest() - 6;
            marks.push(Mark::upright((x, rect.y + rect.h / 2), title, SIZE, Side::Middle, Side::End));
        }
    }
}

/// The two axes of a map, `[along x, along y]`, with about `n` ticks each: in degrees, in meters or kilometers, or in
/// columns and rows where there is no reference system.
pub(super) fn of_grid(grid: &GeoBox, n: [usize; 2]) -> [Axis; 2] {
    if grid.crs.is_none() && grid.transform == [0.0, 1.0, 0.0, 0.0, 0.0, -1.0] || grid.is_rotated() {
        let title = |name: &str| Some(name.to_string());
        let rows = Axis::numbers(0.0, grid.height as f64, n[1]);
        let down = rows.ticks.into_iter().map(|(t, name)| (1.0 - t, name)).collect();
        return [
            Axis { title: title("column"), ..Axis::numbers(0.0, grid.width as f64, n[0]) },
            Axis { ticks: down, title: title("row") },
        ];
    }
    let bounds = grid.bounds();
    if grid.is_geographic() {
        let degrees = |low: f64, high: f64, n: usize, name: fn(f64, usize) -> String| {
            let values = degrees(low, high, n);
            let digits =
                ticks::labels(&values, None).first().map_or(0, |l| l.split_once('.').map_or(0, |(_, d)| d.len()));
            Axis { ticks: values.iter().map(|v| ((v - low) / (high - low), name(*v, digits))).collect(), title: None }
        };
        return [
            degrees(bounds.west, bounds.east, n[0], longitude),
            degrees(bounds.south, bounds.north, n[1], latitude),
        ];
    }
    let meters = grid.crs.as_ref().is_some_and(|c| matches!(c.unit.as_str(), "metre" | "meter" | "m"));
    let span = (bounds.east - bounds.west).max(bounds.north - bounds.south);
    let (by, unit) = match meters {
        true if span > 20_000.0 => (1000.0, "km".to_string()),
        true => (1.0, "m".into()),
        false => (1.0, grid.crs.as_ref().map_or(String::new(), |c| c.unit.clone())),
    };
    let titled = |name: &str| {
        let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
        Some(format!("{name}{unit}"))
    };
    let mut x = Axis::numbers(bounds.west / by, bounds.east / by, n[0]);
    let mut y = Axis::numbers(bounds.south / by, bounds.north / by, n[1]);
    match &grid.crs {
        Some(crs) => {
            x.title = titled("easting").map(|t| format!("{t}, {}", crs.name));
            y.title = titled("northing");
        }
        None => (x.title, y.title) = (Some("x".into()), Some("y".into())),
    }
    [x, y]
}

/// Ticks at degrees that people like: where there are many, at fractions and multiples of 90.
fn degrees(low: f64, high: f64, n: usize) -> Vec<f64> {
    let wanted = (high - low) / n.max(1) as f64;
    match [10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0].into_iter().find(|step| *step >= wanted) {
        Some(step) if wanted > 7.0 => ticks::every(low, high, step),
        _ => ticks::inside(low, high, n),
    }
}

pub(super) fn longitude(value: f64, digits: usize) -> String {
    let turned = (value + 180.0).rem_euclid(360.0) - 180.0;
    let written = format!("{:.digits$}°", turned.abs());
    match turned {
        t if t.abs() < 1e-9 || (t.abs() - 180.0).abs() < 1e-9 => written,
        t if t < 0.0 => format!("{written}W"),
        _ => format!("{written}E"),
    }
}

pub(super) fn latitude(value: f64, digits: usize) -> String {
    let written = format!("{:.digits$}°", value.abs());
    match value {
        v if v.abs() < 1e-9 => written,
        v if v < 0.0 => format!("{written}S"),
        _ => format!("{written}N"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::Crs;

    fn grid(transform: [f64; 6], width: usize, height: usize, unit: Option<&str>) -> GeoBox {
        let crs = unit.map(|unit| Crs {
            name: "EPSG:1".into(),
            wkt: "".into(),
            geographic: unit == "degree",
            unit: unit.into(),
        });
        GeoBox::new(crs, transform, width, height)
    }

    fn names(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, name)| name.as_str()).collect()
    }

    #[test]
    fn maps_have_the_axes_people_expect() {
        let world = grid([0.0, 1.0, 0.0, 90.0, 0.0, -1.0], 360, 180, Some("degree"));
        let [x, y] = of_grid(&world, [6, 4]);
        assert_eq!(names(&x), ["0°", "60°E", "120°E", "180°", "120°W", "60°W", "0°"]);
        assert_eq!(names(&y), ["90°S", "45°S", "0°", "45°N", "90°N"]);
        let small = grid([8.0, 0.1, 0.0, 49.0, 0.0, -0.1], 48, 36, Some("degree"));
        assert_eq!(names(&of_grid(&small, [5, 4])[0]), ["8°E", "9°E", "10°E", "11°E", "12°E"]);
        let utm = grid([500_000.0, 30.0, 0.0, 5_000_000.0, 0.0, -30.0], 1000, 1000, Some("metre"));
        let [x, _] = of_grid(&utm, [3, 3]);
        assert_eq!((names(&x), x.title.as_deref()), (vec!["500", "510", "520", "530"], Some("easting (km), EPSG:1")));
        let bare = grid([0.0, 1.0, 0.0, 0.0, 0.0, -1.0], 4, 4, None);
        let [_, y] = of_grid(&bare, [4, 4]);
        assert_eq!((y.ticks[0].clone(), y.title.as_deref()), ((1.0, "0".into()), Some("row")));
    }
}
