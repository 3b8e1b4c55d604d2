//! The positions of the maps or charts of a picture, with room for titles, axes and keys.

use super::figure::{Mark, Rect, Side};
use super::font;
use crate::plan::picture::{BarPosition, Look};

pub(super) const MARGIN: i32 = 12;
pub(super) const BETWEEN: i32 = 16;
pub(super) const PANEL_TITLE: f64 = 14.0;
const TITLE: f64 = 18.0;

/// What needs room in a picture.
pub(crate) struct Wants {
    pub panels: usize,
    pub columns: Option<usize>,
    /// Height of a map divided by its width, if it matters.
    pub aspect: Option<f64>,
    /// Pixels for axes left of the first map of a row, and below the last map of a column.
    pub axes: [i32; 2],
    /// Whether there is a title above each map.
    pub panel_title: bool,
    /// Pixels for a key beside all maps or below them.
    pub key: i32,
    /// Pixels for a key beside each map.
    pub own_key: i32,
    pub place: BarPosition,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub size: (u32, u32),
    pub panels: Vec<Rect>,
    pub columns: usize,
    pub key: Rect,
    /// The title of the picture.
    pub marks: Vec<Mark>,
}

impl Layout {
    /// Without a size in the look the layout has `usual`, or as much as its maps need.
    pub(crate) fn new(wants: &Wants, look: &Look, usual: Option<[u32; 2]>) -> Layout {
        let n = wants.panels.max(1);
        let columns = wants.columns.unwrap_or_else(|| usual_columns(n)).clamp(1, n);
        let rows = n.div_ceil(columns);
        let (c, r) = (columns as i32, rows as i32);
        let title_size = look.title_size.unwrap_or(TITLE);
        let title = if look.title.is_some() { title_size as i32 + 10 } else { 0 };
        let above = if wants.panel_title { PANEL_TITLE as i32 + 6 } else { 0 };
        let own = if wants.own_key > 0 { wants.own_key + MARGIN } else { 0 };
        let beside = if wants.place == BarPosition::Right && wants.key > 0 { wants.key + 14 } else { 0 };
        let below = if wants.place == BarPosition::Bottom && wants.key > 0 { wants.key + 14 } else { 0 };
        let left = MARGIN + wants.axes[0];
        let top = MARGIN + title;
        // The frame is everything beside and below the maps.
        let frame_w = left + c * own + (c - 1) * BETWEEN + beside + MARGIN + 8;
        let frame_h = top + r * above + (r - 1) * BETWEEN + wants.axes[1] + below + MARGIN;
        let inner = |size: [u32; 2]| size.map(|n| (f64::from(n) / look.scale()).round().max(1.0) as u32);
        let (width, height, w, h) = match look.size.map(inner).or(usual) {
            Some([width, height]) => {
                let (width, height) = (width as i32, height as i32);
                let w = ((width - frame_w) / c).max(20);
                let h = ((height - frame_h) / r).max(20);
                let (w, h) = fit(w, h, wants.aspect);
                (width, height, w, h)
            }
            None => {
                let (w, h) = match wants.aspect {
                    None if n == 1 => (640, 360),
                    None => (380, 240),
                    Some(_) if n == 1 => (560, 520),
                    Some(_) => (860 / (c + 1) + 50, 1000 / (r + 1) + 60),
                };
                let (w, h) = fit(w, h, wants.aspect);
                (frame_w + c * w, frame_h + r * h, w, h)
            }
        };
        // Spare width is divided between both sides.
        let spare = ((width - frame_w - c * w) / 2).max(0);
        let top = top + ((height - frame_h - r * h) / 2).max(0);
        let panels: Vec<Rect> = (0..n as i32)
            .map(|i| {
                let x = left + spare + (i % c) * (w + own + BETWEEN);
                let y = top + above + (i / c) * (h + above + BETWEEN);
                Rect::new(x, y, w, h)
            })
            .collect();
        let (first, last) = (panels[0], panels[n - 1]);
        let right = first.x + c * w + c * own + (c - 1) * BETWEEN;
        let key = match wants.place {
            BarPosition::Bottom => Rect::new(first.x, last.bottom() + wants.axes[1] + 14, right - first.x, wants.key),
            _ => Rect::new(right + 14, first.y, wants.key, last.bottom() - first.y),
        };
        let mut marks = Vec::new();
        if let Some(text) = &look.title {
            let (text, size) = fitting(text, title_size, width - 2 * MARGIN);
            marks.push(Mark::text((width / 2, MARGIN), text, size, Side::Middle, Side::Start));
        }
        Layout { size: (width.max(1) as u32, height.max(1) as u32), panels, columns, key, marks }
    }

    /// The box around all maps.
    pub(crate) fn maps(&self) -> Rect {
        let (first, last) = (self.panels[0], self.panels[self.panels.len() - 1]);
        let right = self.panels.iter().map(|rect| rect.right()).max().unwrap_or(0);
        Rect::new(first.x, first.y, right - first.x, last.bottom() - first.y)
    }

    /// Whether a map is the first one of its row.
    pub(crate) fn is_left(&self, panel: usize) -> bool {
        panel.is_multiple_of(self.columns)
    }

    /// Whether a map has no other below it.
    pub(crate) fn is_lowest(&self, panel: usize) -> bool {
        panel + self.columns >= self.panels.len()
    }
}

/// A text and its size so that it fits a width: its letters get smaller, then it is cut.
pub(super) fn fitting(text: &str, size: f64, pixels: i32) -> (String, f64) {
    let size = (0..8).map(|i| size - f64::from(i)).find(|s| *s < 10.0 || font::measure(text, *s).0 <= pixels);
    let size = size.unwrap_or(10.0).max(9.0);
    let mut text = text.to_string();
    while font::measure(&text, size).0 > pixels && text.chars().count() > 2 {
        let keep = text.chars().count() - 2;
        text = text.chars().take(keep).chain(['…']).collect();
    }
    (text, size)
}

/// The largest box with an aspect that fits into another.
fn fit(w: i32, h: i32, aspect: Option<f64>) -> (i32, i32) {
    let Some(aspect) = aspect else { return (w, h) };
    let tall = (f64::from(w) * aspect).round() as i32;
    match tall <= h {
        true => (w, tall.max(24)),
        false => (((f64::from(h) / aspect).round() as i32).max(24), h),
    }
}

/// The number of columns for `n` maps, which together come near to a square.
fn usual_columns(n: usize) -> usize {
    match n {
        0..=3 => n,
        4 => 2,
        5..=6 | 9 => 3,
        _ => 4,
    }
}
