//! The layout of a picture: blocks of pixels and marks over them, in the coordinates of the picture.

use crate::plan::picture::{Color, Look, Theme};
use plotters_backend::text_anchor::{HPos, VPos};

/// What a mark is painted with: a color, or one that the theme of the picture chooses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Paint {
    /// Of text and of the lines of axes.
    Ink,
    /// Of grid lines, which must not stand out.
    Faint,
    /// Of the ground.
    Paper,
    Color(Color),
    /// A color as thin as the ground that belongs to a line.
    Wash(Color),
}

/// How much of its color a wash has.
const WASH: f64 = 0.25;

pub(super) const INK: Paint = Paint::Ink;
pub(super) const FAINT: Paint = Paint::Faint;

impl From<Color> for Paint {
    fn from(color: Color) -> Paint {
        Paint::Color(color)
    }
}

impl Paint {
    pub(crate) fn color(self, theme: Theme) -> Color {
        let [ink, faint, paper] = match theme {
            Theme::Light => [38, 221, 255],
            Theme::Dark => [225, 70, 20],
            Theme::Print => [0, 190, 255],
        };
        match self {
            Paint::Ink => Color([ink; 3]),
            Paint::Faint => Color([faint; 3]),
            Paint::Paper => Color([paper; 3]),
            Paint::Color(color) => color,
            Paint::Wash(Color(own)) => {
                let mixed = |c: u8| (f64::from(c) * WASH + f64::from(paper) * (1.0 - WASH)).round() as u8;
                Color(own.map(mixed))
            }
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rect {
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
}

impl Rect {
    pub(crate) fn new(x: i32, y: i32, w: i32, h: i32) -> Rect {
        Rect { x, y, w: w.max(1), h: h.max(1) }
    }

    /// The same box in a picture so many times as large.
    pub(crate) fn scaled(self, by: f64) -> Rect {
        let at = |v: i32| (f64::from(v) * by).round() as i32;
        Rect::new(at(self.x), at(self.y), at(self.right()) - at(self.x), at(self.bottom()) - at(self.y))
    }

    pub(crate) fn right(self) -> i32 {
        self.x + self.w
    }

    pub(crate) fn bottom(self) -> i32 {
        self.y + self.h
    }

    /// The part of a line inside the box, by Liang and Barsky (1984).
    pub(crate) fn clip(self, a: [f64; 2], b: [f64; 2]) -> Option<[[f64; 2]; 2]> {
        let d = [b[0] - a[0], b[1] - a[1]];
        let low = [f64::from(self.x), f64::from(self.y)];
        let high = [f64::from(self.right()), f64::from(self.bottom())];
        let (mut enters, mut leaves) = (0.0f64, 1.0f64);
        for axis in 0..2 {
            for (p, q) in [(-d[axis], a[axis] - low[axis]), (d[axis], high[axis] - a[axis])] {
                match p {
                    0.0 if q < 0.0 => return None,
                    0.0 => {}
                    _ if p < 0.0 => enters = enters.max(q / p),
                    _ => leaves = leaves.min(q / p),
                }
            }
        }
        let at = |t: f64| [a[0] + t * d[0], a[1] + t * d[1]];
        (enters <= leaves).then(|| [at(enters), at(leaves)])
    }
}

/// Pixels of a map, red, green, blue and alpha, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Image {
    pub rect: Rect,
    pub rgba: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    /// A line through points.
    Line {
        points: Vec<[f64; 2]>,
        color: Paint,
        width: f64,
    },
    /// Filled.
    Area {
        points: Vec<[f64; 2]>,
        color: Paint,
    },
    /// Filled.
    Box {
        rect: Rect,
        color: Paint,
    },
    /// The edge.
    Frame {
        rect: Rect,
        color: Paint,
    },
    Dot {
        at: [f64; 2],
        radius: f64,
        color: Paint,
    },
    Text(Text),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub at: (i32, i32),
    pub text: String,
    /// Height of the letters, from the deepest to the tallest, in pixels.
    pub size: f64,
    pub color: Paint,
    pub h: Side,
    pub v: Side,
    /// Whether it runs from bottom to top.
    pub upright: bool,
}

/// Which side of a text is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Start,
    Middle,
    End,
}

impl Side {
    pub(crate) fn across(self) -> HPos {
        match self {
            Side::Start => HPos::Left,
            Side::Middle => HPos::Center,
            Side::End => HPos::Right,
        }
    }

    pub(crate) fn down(self) -> VPos {
        match self {
            Side::Start => VPos::Top,
            Side::Middle => VPos::Center,
            Side::End => VPos::Bottom,
        }
    }
}

impl Mark {
    /// The same, so many times as large.
    pub(crate) fn scaled(&self, by: f64) -> Mark {
        if by == 1.0 {
            return self.clone();
        }
        let points = |points: &[[f64; 2]]| points.iter().map(|p| p.map(|v| v * by)).collect();
        match self {
            Mark::Line { points: own, color, width } => {
                Mark::Line { points: points(own), color: *color, width: width * by }
            }
            Mark::Area { points: own, color } => Mark::Area { points: points(own), color: *color },
            Mark::Box { rect, color } => Mark::Box { rect: rect.scaled(by), color: *color },
            Mark::Frame { rect, color } => {
                // As a line, whose width grows too.
                let Rect { x, y, w, h } = *rect;
                let [left, top, right, bottom] = [x, y, x + w - 1, y + h - 1].map(|v| (f64::from(v) + 0.5) * by);
                let corners = vec![[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
                Mark::Line { points: corners, color: *color, width: by }
            }
            Mark::Dot { at, radius, color } => Mark::Dot { at: at.map(|v| v * by), radius: radius * by, color: *color },
            Mark::Text(text) => {
                let long = |length: i32| (f64::from(length) * by).round() as i32;
                let at = (long(text.at.0), long(text.at.1));
                Mark::Text(Text { at, size: text.size * by, ..text.clone() })
            }
        }
    }

    pub(crate) fn text(at: (i32, i32), text: impl Into<String>, size: f64, h: Side, v: Side) -> Mark {
        Mark::Text(Text { at, text: text.into(), size, color: INK, h, v, upright: false })
    }

    pub(crate) fn upright(at: (i32, i32), text: impl Into<String>, size: f64, h: Side, v: Side) -> Mark {
        Mark::Text(Text { at, text: text.into(), size, color: INK, h, v, upright: true })
    }

    pub(crate) fn line(a: (i32, i32), b: (i32, i32), color: Paint) -> Mark {
        // Lines run through the middle of pixels, so that a thin line is one pixel wide.
        let middle = |(x, y): (i32, i32)| [f64::from(x) + 0.5, f64::from(y) + 0.5];
        Mark::Line { points: vec![middle(a), middle(b)], color, width: 1.0 }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figure {
    pub size: (u32, u32),
    pub images: Vec<Image>,
    pub marks: Vec<Mark>,
    pub theme: Theme,
    /// Pixels an inch, where they were asked for.
    pub dpi: Option<f64>,
}

impl Figure {
    /// The figure of marks that were laid out in a size, and of images that have their own pixels already, as large as the
    /// look says.
    pub(crate) fn new(look: &Look, (width, height): (u32, u32), images: Vec<Image>, marks: &[Mark]) -> Figure {
        let by = look.scale();
        let long = |length: u32| (f64::from(length) * by).round().max(1.0) as u32;
        let marks = marks.iter().map(|mark| mark.scaled(by)).collect();
        let size = look.size.map_or((long(width), long(height)), |[width, height]| (width, height));
        Figure { size, images, marks, theme: look.theme, dpi: look.dpi }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_the_edge() {
        let rect = Rect::new(0, 0, 10, 10);
        for (a, b, inside) in [
            ([-5.0, 5.0], [15.0, 5.0], Some([[0.0, 5.0], [10.0, 5.0]])),
            ([2.0, 2.0], [8.0, 8.0], Some([[2.0, 2.0], [8.0, 8.0]])),
            ([5.0, -5.0], [5.0, 5.0], Some([[5.0, 0.0], [5.0, 5.0]])),
            ([-5.0, -1.0], [15.0, -1.0], None),
            ([-5.0, 4.0], [4.0, -5.0], None),
            ([3.0, 3.0], [3.0, 3.0], Some([[3.0, 3.0], [3.0, 3.0]])),
        ] {
            assert_eq!(rect.clip(a, b), inside, "{a:?} {b:?}");
        }
    }
}
