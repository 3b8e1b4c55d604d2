//! Histograms, as bars and as text.

use super::axis::Axis;
use super::figure::{Figure, INK, Mark, Rect, Side};
use super::layout::{Layout, PANEL_TITLE, Wants};
use super::maps::title_above;
use super::palette;
use crate::plan::picture::{BarPosition, Look};
use std::fmt::Write as _;

/// The counts of a band.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counts {
    pub band: String,
    pub unit: Option<String>,
    pub low: f64,
    pub high: f64,
    /// The counts of bins of equal width; the upper end belongs to the last bin.
    pub bins: Vec<u64>,
    /// The number of valid values outside all bins.
    pub outside: u64,
}

impl Counts {
    fn edge(&self, i: usize) -> f64 {
        self.low + (self.high - self.low) * i as f64 / self.bins.len() as f64
    }
}

pub(crate) fn figure(bands: &[Counts], look: &Look) -> Figure {
    let axes: Vec<[Axis; 2]> = bands
        .iter()
        .map(|counts| {
            let most = counts.bins.iter().copied().max().unwrap_or(0).max(1) as f64;
            let mut x = Axis::numbers(counts.low, counts.high, if bands.len() > 1 { 4 } else { 7 });
            x.title = counts.unit.clone();
            [x, counts_axis(most * 1.05)]
        })
        .collect();
    let widest = |f: &dyn Fn(&[Axis; 2]) -> i32| axes.iter().map(f).max().unwrap_or(0);
    let single = bands.len() == 1;
    let (left, below) = (widest(&|[_, y]| y.room_left()), widest(&|[x, _]| x.room_below()));
    let wants = Wants {
        panels: bands.len(),
        columns: None,
        aspect: None,
        // Each band has axes of its own.
        axes: [left, below],
        panel_title: true,
        key: 0,
        own_key: if single { 0 } else { left },
        place: BarPosition::Right,
    };
    let default = if single { Some([800, 480]) } else { None };
    let mut layout = Layout::new(&wants, look, default);
    if !single {
        // This leaves room for the names below each row.
        let rows = bands.len().div_ceil(layout.columns) as i32;
        layout.panels.iter_mut().for_each(|rect| rect.h = (rect.h - below * (rows - 1) / rows).max(30));
        let (columns, step) = (layout.columns, below);
        layout.panels.iter_mut().enumerate().for_each(|(i, rect)| rect.y += step / rows * (i / columns) as i32);
    }
    let mut marks = layout.marks.clone();
    let color = palette::classes(None, &[], 1)[0];
    for ((counts, [x, y]), rect) in bands.iter().zip(axes).zip(&layout.panels) {
        let most = counts.bins.iter().copied().max().unwrap_or(0).max(1) as f64 * 1.05;
        y.left(*rect, true, &mut marks);
        x.fitting(rect.w).below(*rect, false, &mut marks);
        marks.push(title_above(*rect, &counts.band, PANEL_TITLE));
        let place = |i: usize| rect.x + (f64::from(rect.w) * i as f64 / counts.bins.len() as f64).round() as i32;
        for (i, count) in counts.bins.iter().enumerate().filter(|(_, count)| **count > 0) {
            let tall = ((*count as f64 / most * f64::from(rect.h - 1)).round() as i32).max(1);
            // Bars that are wide enough have a gap between them.
            let wide = place(i + 1) - place(i);
            let bar = Rect::new(place(i), rect.bottom() - tall, if wide > 4 { wide - 1 } else { wide }, tall);
            marks.push(Mark::Box { rect: bar, color: color.into() });
        }
        if counts.bins.iter().all(|c| *c == 0) {
            let middle = (rect.x + rect.w / 2, rect.y + rect.h / 2);
            marks.push(Mark::text(middle, "no valid value", 15.0, Side::Middle, Side::Middle));
        }
        marks.push(Mark::Frame { rect: *rect, color: INK });
    }
    Figure::new(look, layout.size, vec![], &marks)
}

/// An axis with ticks at whole numbers only.
fn counts_axis(most: f64) -> Axis {
    let mut axis = Axis::numbers(0.0, most, 5);
    axis.ticks.retain(|(t, _)| (t * most - (t * most).round()).abs() < 1e-6);
    axis.ticks.iter_mut().for_each(|(t, name)| *name = format!("{}", (*t * most).round()));
    axis
}

/// A line for each bin.
pub(crate) fn text(bands: &[Counts]) -> String {
    use crate::cube::DType;
    let number = |v: f64| crate::show::text::number(v, DType::F64);
    let mut rows = vec![["band", "low", "high", "count"].map(String::from)];
    for counts in bands {
        for (i, count) in counts.bins.iter().enumerate() {
            rows.push([counts.band.clone(), number(counts.edge(i)), number(counts.edge(i + 1)), count.to_string()]);
        }
    }
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let mut out = String::new();
    for [band, low, high, count] in rows {
        let [a, b, c, d] = widths;
        let _ = writeln!(out, "{band:<a$}  {low:>b$}  {high:>c$}  {count:>d$}");
    }
    out
}
