//! The key to the colors: a bar, or a legend of classes and lines.

use super::axis::SIZE;
use super::figure::{INK, Mark, Rect, Side};
use super::layout::fitting;
use super::tint::Tint;
use super::{font, ticks};
use crate::plan::picture::{Bar, BarPosition, Color, Extend};

const THICK: i32 = 16;
const TICK: i32 = 4;
const GAP: i32 = 4;
pub(super) const SWATCH: i32 = 13;
const LINE: i32 = 20;
/// The most letters of a name; longer ones are cut.
const LONGEST: usize = 28;

/// A key, with everything that decides its size.
pub(super) struct Key<'a> {
    pub tint: &'a Tint,
    pub bar: &'a Bar,
    pub place: BarPosition,
    /// What the colors stand for.
    pub label: String,
}

impl Key<'_> {
    fn label_size(&self) -> f64 {
        self.bar.label_size.unwrap_or(SIZE)
    }

    /// Ticks and their names, for a bar of a length in pixels.
    fn ticks(&self, pixels: i32) -> Vec<(f64, String)> {
        let Tint::Smooth { norm, .. } = self.tint else { return Vec::new() };
        let lies = self.place == BarPosition::Bottom;
        let values = norm.ticks((pixels / if lies { 80 } else { 50 }).clamp(3, 9) as usize, self.bar.every);
        let names = ticks::labels(&values, self.bar.precision);
        let mut kept: Vec<(f64, String)> = Vec::new();
        let mut free = f64::NEG_INFINITY;
        // A tick so near to the one before that their names would touch is left out.
        for (value, name) in values.iter().zip(names) {
            let t = norm.tick_place(*value);
            let half = if lies { f64::from(font::measure(&name, SIZE).0) / 2.0 + 3.0 } else { SIZE / 2.0 };
            let at = t * f64::from(pixels);
            if (-1e-6..=1.000001).contains(&t) && at - half >= free {
                free = at + half;
                kept.push((t, name));
            }
        }
        kept
    }

    /// The pixels that it takes across, beside or below the maps; 0 without a key.
    pub(super) fn room(&self, length: i32) -> i32 {
        let label = if self.label.is_empty() { 0 } else { self.label_size() as i32 + 8 };
        match (self.tint, self.place) {
            (_, BarPosition::None) | (Tint::Rgb(_), _) => 0,
            (Tint::Classes(classes), BarPosition::Right) => {
                let names = classes.iter().map(|(.., name)| font::measure(&cut(name), SIZE).0).max().unwrap_or(0);
                SWATCH + 6 + names.max(font::measure(&cut(&self.label), SIZE).0 - SWATCH)
            }
            (Tint::Classes(classes), BarPosition::Bottom) => label + LINE * self.rows(classes, length).len() as i32,
            (Tint::Smooth { .. }, BarPosition::Right) => {
                let names = self.ticks(length).iter().map(|(_, n)| font::measure(n, SIZE).0).max().unwrap_or(0);
                THICK + TICK + GAP + names + label
            }
            (Tint::Smooth { .. }, BarPosition::Bottom) => THICK + TICK + GAP + SIZE as i32 + label,
        }
    }

    /// Draws it from the corner of `rect`, along its long edge.
    pub(super) fn draw(&self, rect: Rect, marks: &mut Vec<Mark>) {
        match (self.tint, self.place) {
            (_, BarPosition::None) | (Tint::Rgb(_), _) => {}
            (Tint::Classes(classes), BarPosition::Right) => {
                let title = if self.label.is_empty() { 0 } else { LINE };
                if title > 0 {
                    marks.push(Mark::text((rect.x, rect.y), cut(&self.label), SIZE, Side::Start, Side::Start));
                }
                for (i, (_, color, name)) in classes.iter().enumerate() {
                    swatch((rect.x, rect.y + title + LINE * i as i32), *color, name, marks);
                }
            }
            (Tint::Classes(classes), BarPosition::Bottom) => {
                for (row, all) in self.rows(classes, rect.w).iter().enumerate() {
                    for (x, i) in all {
                        let (_, color, name) = &classes[*i];
                        swatch((rect.x + x, rect.y + LINE * row as i32), *color, name, marks);
                    }
                }
            }
            (Tint::Smooth { shades, beyond, .. }, place) => self.draw_bar(rect, shades, *beyond, place, marks),
        }
    }

    fn draw_bar(&self, rect: Rect, shades: &[Color], beyond: [bool; 2], place: BarPosition, marks: &mut Vec<Mark>) {
        let upright = place == BarPosition::Right;
        let whole = if upright { rect.h } else { rect.w };
        let long = (f64::from(whole) * self.bar.length.unwrap_or(1.0)) as i32;
        let start = (whole - long) / 2;
        let points = match self.bar.extend {
            None => beyond,
            Some(e) => [matches!(e, Extend::Min | Extend::Both), matches!(e, Extend::Max | Extend::Both)],
        };
        // The pointed ends are part of its length.
        let tip = points.map(|p| if p { THICK.min(long / 4) } else { 0 });
        let inner = (long - tip[0] - tip[1]).max(1);
        // `along` runs from low to high values, `across` away from the maps.
        let at = |along: i32, across: i32| match upright {
            true => (rect.x + across, rect.y + start + long - along),
            false => (rect.x + start + along, rect.y + across),
        };
        let n = shades.len() as i32;
        for (i, color) in shades.iter().enumerate() {
            let (a, b) = (tip[0] + inner * i as i32 / n, tip[0] + inner * (i as i32 + 1) / n);
            if b > a {
                let ((x0, y0), (x1, y1)) = (at(a, 0), at(b, THICK));
                let rect = Rect::new(x0.min(x1), y0.min(y1), (x1 - x0).abs(), (y1 - y0).abs());
                marks.push(Mark::Box { rect, color: (*color).into() });
            }
        }
        let corner = |along, across| {
            let (x, y) = at(along, across);
            [f64::from(x), f64::from(y)]
        };
        let ends = [(0, tip[0], shades.first()), (long, long - tip[1], shades.last())];
        for ((point, foot, color), _) in ends.into_iter().zip(points).filter(|(_, p)| *p) {
            let points = vec![corner(foot, 0), corner(foot, THICK), corner(point, THICK / 2)];
            marks.push(Mark::Area { points, color: color.map_or(INK, |color| (*color).into()) });
        }
        let mut edge = vec![corner(tip[0], 0), corner(long - tip[1], 0)];
        edge.push(corner(long, if points[1] { THICK / 2 } else { 0 }));
        edge.extend([corner(long - tip[1], THICK), corner(tip[0], THICK)]);
        edge.push(corner(0, if points[0] { THICK / 2 } else { THICK }));
        edge.push(corner(tip[0], 0));
        if !points[1] {
            edge.remove(2);
        }
        if !points[0] {
            edge.remove(edge.len() - 2);
        }
        // The line runs through the middle of pixels, so that it is one pixel wide.
        edge.iter_mut().flatten().for_each(|v| *v += 0.5);
        marks.push(Mark::Line { points: edge, color: INK, width: 1.0 });
        let mut widest = 0;
        for (t, name) in self.ticks(long) {
            let along = tip[0] + (t * f64::from(inner)).round() as i32;
            marks.push(Mark::line(at(along, THICK), at(along, THICK + TICK - 1), INK));
            let place = at(along, THICK + TICK + GAP);
            let (h, v) = if upright { (Side::Start, Side::Middle) } else { (Side::Middle, Side::Start) };
            marks.push(Mark::text(place, &name, SIZE, h, v));
            widest = widest.max(font::measure(&name, SIZE).0);
        }
        if self.label.is_empty() {
            return;
        }
        let (label, size) = fitting(&self.label, self.label_size(), whole);
        if upright {
            let x = rect.x + THICK + TICK + GAP + widest + 6;
            marks.push(Mark::upright((x, rect.y + rect.h / 2), label, size, Side::Middle, Side::Start));
        } else {
            let y = rect.y + THICK + TICK + GAP + SIZE as i32 + 6;
            marks.push(Mark::text((rect.x + rect.w / 2, y), label, size, Side::Middle, Side::Start));
        }
    }

    /// Puts classes side by side in rows of a width: for each row, the positions and numbers of its classes.
    fn rows(&self, classes: &[(f64, Color, String)], width: i32) -> Vec<Vec<(i32, usize)>> {
        let mut rows = vec![Vec::new()];
        let mut x = 0;
        for (i, (.., name)) in classes.iter().enumerate() {
            let wide = SWATCH + 6 + font::measure(&cut(name), SIZE).0 + 16;
            if x + wide > width && x > 0 {
                rows.push(Vec::new());
                x = 0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((x, i));
            }
            x += wide;
        }
        rows
    }
}

/// A patch of color and its name.
pub(super) fn swatch(at: (i32, i32), color: Color, name: &str, marks: &mut Vec<Mark>) {
    patches(at, &[(0, SWATCH)], color, name, marks);
}

/// The same for a broken line.
pub(super) fn broken_swatch(at: (i32, i32), color: Color, name: &str, marks: &mut Vec<Mark>) {
    let part = SWATCH * 2 / 5;
    patches(at, &[(0, part), (SWATCH - part, part)], color, name, marks);
}

/// Columns of color, each from a place on and so wide, in a frame beside a name.
fn patches((x, y): (i32, i32), columns: &[(i32, i32)], color: Color, name: &str, marks: &mut Vec<Mark>) {
    for (from, width) in columns {
        marks.push(Mark::Box { rect: Rect::new(x + from, y, *width, SWATCH), color: color.into() });
    }
    marks.push(Mark::Frame { rect: Rect::new(x, y, SWATCH, SWATCH), color: INK });
    marks.push(Mark::text((x + SWATCH + 6, y + SWATCH / 2), cut(name), SIZE, Side::Start, Side::Middle));
}

/// Names that are too long end in dots.
pub(super) fn cut(name: &str) -> String {
    match name.chars().count() > LONGEST {
        true => name.chars().take(LONGEST - 1).chain(['…']).collect(),
        false => name.into(),
    }
}

/// Width and height in pixels of a legend of names.
pub(super) fn legend_size<'a>(names: impl Iterator<Item = &'a str>) -> (i32, i32) {
    let (mut width, mut count) = (0, 0);
    for name in names {
        width = width.max(font::measure(&cut(name), SIZE).0);
        count += 1;
    }
    (SWATCH + 6 + width, LINE * count)
}

/// The distance between two lines of a legend.
pub(super) const fn line_height() -> i32 {
    LINE
}
