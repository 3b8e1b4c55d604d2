//! Maps with their axes, side by side, and what is drawn on them.

use super::axis::Axis;
use super::basemap::{Basemap, clipped};
use super::figure::{Figure, INK, Image, Mark, Paint, Rect, Side, Text};
use super::key::Key;
use super::layout::{BETWEEN, Layout, MARGIN, PANEL_TITLE, Wants, fitting};
use super::tint::Tint;
use super::{font, ticks};
use crate::cube::{Band, GeoBox, Schema};
use crate::plan::picture::{BarPosition, Color, Look, Maps, Theme};
use ndarray::ArrayView2;

/// The most pixels of a map whose values are written, more than anybody reads.
const MOST_VALUES: usize = 4000;

/// Pixels from one line of a hatch to the next.
const HATCH: usize = 7;
/// The lightness below which a pixel is dark.
const DARK: f64 = 0.45;
/// The colors of hatches on light and on dark pixels.
const HATCHES: [Paint; 2] = [Paint::Color(Color([60; 3])), Paint::Color(Color([235; 3]))];

/// Everything of a picture except the pixels of its maps.
pub(crate) struct Sheet<'a> {
    maps: &'a Maps,
    pub(super) basemap: &'a Basemap,
    pub(super) look: &'a Look,
    grid: &'a GeoBox,
    pub layout: Layout,
    /// Titles, axes and keys.
    pub under: Vec<Mark>,
}

/// A map: the number of its tint, and its title.
pub(crate) struct Panel {
    pub tint: usize,
    pub title: Option<String>,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(
        schema: &'a Schema,
        maps: &'a Maps,
        basemap: &'a Basemap,
        tints: &[Tint],
        panels: &[Panel],
        columns: Option<usize>,
        look: &'a Look,
    ) -> Sheet<'a> {
        let labels = (0..tints.len()).map(|i| maps.bar.label.clone().unwrap_or_else(|| label(&schema.bands[i])));
        let shared = tints.len() == 1;
        // A key for each map stands beside it.
        let place = if shared || maps.bar.place == BarPosition::None { maps.bar.place } else { BarPosition::Right };
        let keys: Vec<Key> =
            tints.iter().zip(labels).map(|(tint, label)| Key { tint, bar: &maps.bar, place, label }).collect();
        let wants = |axes: [i32; 2], length: i32| Wants {
            panels: panels.len(),
            columns,
            aspect: Some(aspect(&basemap.grid)),
            axes,
            panel_title: panels.iter().any(|p| p.title.is_some()),
            key: if shared { keys[0].room(length) } else { 0 },
            own_key: if shared { 0 } else { keys.iter().map(|k| k.room(length)).max().unwrap_or(0) },
            place,
        };
        // The axes depend on the size of a map, which depends on their room, so the layout is computed twice.
        let rough = Layout::new(&wants([60, 40], 300), look, None);
        let [x, y] = axes(basemap, rough.panels[0]);
        let key_length = match place {
            BarPosition::Right => rough.key.h.max(rough.panels[0].h),
            _ => key_place(&rough, &keys[0]).w,
        };
        let layout = Layout::new(&wants([y.room_left(), x.room_below()], key_length), look, None);
        let [x, y] = axes(basemap, layout.panels[0]);
        let x = if layout.columns > 1 { x.between(layout.panels[0].w, BETWEEN / 2 - 2) } else { x };
        let mut under = layout.marks.clone();
        for (i, (panel, rect)) in panels.iter().zip(&layout.panels).enumerate() {
            if layout.is_left(i) {
                Axis { title: None, ..y.clone() }.left(*rect, false, &mut under);
            }
            if layout.is_lowest(i) {
                Axis { title: None, ..x.clone() }.below(*rect, false, &mut under);
            }
            if let Some(title) = &panel.title {
                under.push(title_above(*rect, title, PANEL_TITLE));
            }
            if !shared {
                let beside = Rect::new(rect.right() + 12, rect.y, keys[panel.tint].room(rect.h), rect.h);
                keys[panel.tint].draw(beside, &mut under);
            }
        }
        // The maps of a picture share one title for each axis.
        let whole = layout.maps();
        y.title_left(whole, &mut under);
        x.title_below(whole, &mut under);
        if shared {
            keys[0].draw(key_place(&layout, &keys[0]), &mut under);
        }
        Sheet { maps, basemap, grid: &schema.grid, look, layout, under }
    }

    /// The pixels of a map of one band, or of three that are colors.
    pub(crate) fn image(&self, panel: usize, tint: &Tint, bands: &[ArrayView2<f64>]) -> Image {
        let rect = self.layout.panels[panel].scaled(self.look.scale());
        let [columns, rows] = self.under(rect);
        // A hole in a dark picture would show the light page behind it.
        let ground = (self.look.theme == Theme::Dark).then(|| Paint::Paper.color(Theme::Dark));
        let opaque = |color: Option<Color>| color.map_or([0; 4], |Color([r, g, b])| [r, g, b, 255]);
        let missing = opaque(self.maps.colors.missing.or(ground));
        let excluded = |v: f64| self.maps.colors.exclude.contains(&v);
        let mut rgba = Vec::with_capacity(4 * (rect.w * rect.h) as usize);
        let mut above: Option<usize> = None;
        for j in 0..rect.h {
            let row = rows[j as usize];
            let earth = self.earth(rect, j);
            if above == Some(row) && earth.is_none() {
                // The row shows the same pixels as the one before, so it is copied.
                let from = rgba.len() - 4 * rect.w as usize;
                rgba.extend_from_within(from..);
                continue;
            }
            above = Some(row);
            let mut last: Option<(usize, [u8; 4])> = None;
            for &column in &columns {
                let pixel = match last {
                    Some((same, pixel)) if same == column => pixel,
                    _ => {
                        let color = match bands {
                            [r, g, b] if matches!(tint, Tint::Rgb(_)) => {
                                tint.mixed([r, g, b].map(|band| band[[row, column]]))
                            }
                            bands => {
                                Some(bands[0][[row, column]]).filter(|v| !excluded(*v)).and_then(|v| tint.color(v))
                            }
                        };
                        color.map_or(missing, |Color([r, g, b])| [r, g, b, 255])
                    }
                };
                last = Some((column, pixel));
                rgba.extend(pixel);
            }
            if let Some(spans) = earth {
                let from = rgba.len() - 4 * rect.w as usize;
                for (i, pixel) in rgba[from..].chunks_exact_mut(4).enumerate() {
                    let at = (i as f64 + 0.5) / f64::from(rect.w) * self.basemap.grid.width as f64;
                    if !lies_in(&spans, at) {
                        pixel.copy_from_slice(&opaque(ground));
                    }
                }
            }
        }
        Image { rect, rgba }
    }

    /// The column and the row of the cube that lie under the center of each column and each row of a map's pixels.
    fn under(&self, rect: Rect) -> [Vec<usize>; 2] {
        let (coarse, full) = (self.grid.resolution(), self.basemap.grid.resolution());
        let under = |n: i32, full: usize, block: f64, most: usize| {
            let at = |i: i32| (f64::from(i) + 0.5) / f64::from(n) * full as f64 / block.round().max(1.0);
            (0..n).map(|i| (at(i) as usize).min(most - 1)).collect()
        };
        [
            under(rect.w, self.basemap.grid.width, coarse.0 / full.0, self.grid.width),
            under(rect.h, self.basemap.grid.height, coarse.1 / full.1, self.grid.height),
        ]
    }

    /// The columns that lie on the earth in a row of a map's pixels, where the map shows its edge.
    fn earth(&self, rect: Rect, row: i32) -> Option<Vec<[f64; 2]>> {
        self.basemap.spans((f64::from(row) + 0.5) / f64::from(rect.h) * self.basemap.grid.height as f64)
    }

    /// Draws hatches, the world, outlines, points, numbers and the edge of a map. Returns a note where there is no room for
    /// numbers.
    pub(crate) fn over(
        &self,
        panel: usize,
        tint: &Tint,
        values: &ArrayView2<f64>,
        hatched: Option<&ArrayView2<f64>>,
        marks: &mut Vec<Mark>,
    ) -> Option<String> {
        let rect = self.layout.panels[panel];
        let place = |at: [f64; 2]| self.place(rect, at);
        if let Some(hatched) = hatched {
            self.hatches(rect, [values, hatched], tint, marks);
        }
        let note = self.numbers(rect, tint, values, marks);
        self.basemap.lines(rect, &self.maps.elements, self.look.theme, &place, marks);
        self.outlines(rect, marks);
        self.points(rect, marks);
        self.basemap.over(rect, &place, marks);
        if self.basemap.edge.is_none() {
            marks.push(Mark::Frame { rect: Rect::new(rect.x - 1, rect.y - 1, rect.w + 2, rect.h + 2), color: INK });
        }
        note
    }

    /// Lines askew over the pixels that are half hatched or more.
    fn hatches(&self, rect: Rect, [values, hatched]: [&ArrayView2<f64>; 2], tint: &Tint, marks: &mut Vec<Mark>) {
        let [columns, rows] = self.under(rect);
        let earth: Vec<Option<Vec<[f64; 2]>>> = (0..rect.h).map(|j| self.earth(rect, j)).collect();
        // The color of the line at a pixel of the picture, where there is one.
        let color = |i: i32, j: i32| {
            let x = (f64::from(i) + 0.5) / f64::from(rect.w) * self.basemap.grid.width as f64;
            let at = [rows[j as usize], columns[i as usize]];
            let within = hatched[at] >= 0.5 && earth[j as usize].as_ref().is_none_or(|spans| lies_in(spans, x));
            let is_dark = || tint.color(values[at]).is_some_and(|color| color.lightness() < DARK);
            within.then(|| HATCHES[usize::from(is_dark())])
        };
        let point = |i: i32, j: i32| [f64::from(rect.x + i) + 0.5, f64::from(rect.y + j) + 0.5];
        for sum in (0..rect.w + rect.h).step_by(HATCH) {
            let mut open: Option<(i32, Paint)> = None;
            // Down and to the left along one line.
            let begin = (sum - rect.w + 1).max(0);
            let end = sum.min(rect.h - 1);
            for j in begin..=end + 1 {
                let here = if j <= end { color(sum - j, j) } else { None };
                if open.map(|(_, color)| color) == here {
                    continue;
                }
                if let Some((first, color)) = open {
                    let points = vec![point(sum - first, first), point(sum - j + 1, j - 1)];
                    marks.push(Mark::Line { points, color, width: 0.8 });
                }
                open = here.map(|color| (j, color));
            }
        }
    }

    /// The position in the picture of a column and row of the full grid.
    fn place(&self, rect: Rect, [column, row]: [f64; 2]) -> [f64; 2] {
        let x = f64::from(rect.x) + column / self.basemap.grid.width as f64 * f64::from(rect.w);
        let y = f64::from(rect.y) + row / self.basemap.grid.height as f64 * f64::from(rect.h);
        [x, y]
    }

    fn outlines(&self, rect: Rect, marks: &mut Vec<Mark>) {
        let Some(outline) = &self.maps.outline else { return };
        for ring in outline.rings.iter() {
            for turn in self.basemap.grid.turns() {
                let corners = ring.iter().chain(ring.first());
                let corners = corners.map(|p| self.place(rect, self.basemap.grid.position(p[0] + turn, p[1])));
                clipped(rect, corners, outline.color.into(), f64::from(outline.width), marks);
            }
        }
    }

    fn points(&self, rect: Rect, marks: &mut Vec<Mark>) {
        let Some(points) = &self.maps.points else { return };
        for (i, point) in points.sites.points.iter().enumerate() {
            let Some(position) = self.basemap.grid.place(*point) else { continue };
            let at = self.place(rect, position);
            marks.push(Mark::Dot { at, radius: points.size / 2.0 + 1.0, color: Paint::Color(Color::WHITE) });
            marks.push(Mark::Dot { at, radius: points.size / 2.0, color: points.color.into() });
            if let Some(ids) = &points.sites.ids {
                let name = ids.cells.text(i);
                let gap = (points.size / 2.0 + 4.0) as i32;
                // The name stands on the side that has room for it.
                let right = at[0] as i32 + gap + font::measure(&name, points.label_size).0 < rect.right();
                let x = at[0] as i32 + if right { gap } else { -gap };
                marks.push(Mark::Text(Text {
                    at: (x, at[1] as i32),
                    text: name,
                    size: points.label_size,
                    color: points.label_color.into(),
                    h: if right { Side::Start } else { Side::End },
                    v: Side::Middle,
                    upright: false,
                }));
            }
        }
    }

    fn numbers(&self, rect: Rect, tint: &Tint, values: &ArrayView2<f64>, marks: &mut Vec<Mark>) -> Option<String> {
        let numbers = self.maps.values?;
        let (rows, columns) = values.dim();
        let valid: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let digits = self.maps.bar.precision.or_else(|| valid.iter().any(|v| v.fract() != 0.0).then_some(2));
        let size = numbers.size.unwrap_or(12.0);
        let written = ticks::labels(&valid, Some(digits.unwrap_or(0)));
        let widest = written.iter().map(|t| font::measure(t, size).0).max().unwrap_or(0);
        if values.len() > MOST_VALUES || (widest + 2) * columns as i32 > rect.w || (size as i32) * rows as i32 > rect.h
        {
            return Some(format!(
                "there is no room for the numbers of {rows} x {columns} pixels; a larger `size` or a `crop` makes some"
            ));
        }
        let mut written = written.into_iter();
        for ((row, column), value) in values.indexed_iter().filter(|(_, v)| v.is_finite()) {
            let text = written.next().unwrap_or_default();
            let light = match (numbers.threshold, tint.color(*value)) {
                (Some(threshold), _) => *value <= threshold,
                (None, color) => color.is_some_and(|c| c.lightness() < 0.5),
            };
            let [x, y] = self.place(rect, self.in_full(column, row));
            marks.push(Mark::Text(Text {
                at: (x as i32, y as i32),
                text,
                size,
                color: if light { Color::WHITE.into() } else { Color::BLACK.into() },
                h: Side::Middle,
                v: Side::Middle,
                upright: false,
            }));
        }
        None
    }

    /// The center of a pixel of the coarse grid, in columns and rows of the full one.
    fn in_full(&self, column: usize, row: usize) -> [f64; 2] {
        let (w, h) = (self.grid.resolution(), self.basemap.grid.resolution());
        [(column as f64 + 0.5) * w.0 / h.0, (row as f64 + 0.5) * w.1 / h.1]
    }

    /// The whole figure: the sheet, its images and the marks over them.
    pub(crate) fn figure(self, images: Vec<Image>, over: Vec<Mark>) -> Figure {
        let mut marks = self.under;
        marks.extend(over);
        Figure::new(self.look, self.layout.size, images, &marks)
    }
}

fn lies_in(spans: &[[f64; 2]], at: f64) -> bool {
    spans.iter().any(|[west, east]| (*west..=*east).contains(&at))
}

/// The pixels of a map alone, each enlarged so that the longer edge is at most `longest`.
pub(crate) fn small_map(values: &ArrayView2<f64>, tint: &Tint, longest: usize) -> Image {
    let (rows, columns) = values.dim();
    let each = (longest / rows.max(columns)).max(1);
    let mut rgba = Vec::with_capacity(4 * rows * columns * each * each);
    for (y, x) in (0..rows * each).flat_map(|y| (0..columns * each).map(move |x| (y, x))) {
        let color = tint.color(values[[y / each, x / each]]);
        rgba.extend(color.map_or([0; 4], |Color([r, g, b])| [r, g, b, 255]));
    }
    Image { rect: Rect::new(0, 0, (columns * each) as i32, (rows * each) as i32), rgba }
}

/// The box of a key. A bar is as long as the maps; a legend below them may be as wide as the picture.
fn key_place(layout: &Layout, key: &Key) -> Rect {
    match (key.tint, key.place) {
        (Tint::Classes(_), BarPosition::Bottom) => {
            Rect { x: MARGIN, w: layout.size.0 as i32 - 2 * MARGIN, ..layout.key }
        }
        _ => layout.key,
    }
}

/// A text in the middle above a map.
pub(crate) fn title_above(rect: Rect, text: &str, size: f64) -> Mark {
    let (text, size) = fitting(text, size, rect.w + 40);
    Mark::text((rect.x + rect.w / 2, rect.y - 4), text, size, Side::Middle, Side::End)
}

/// The label of a key for a band: `NDVI (1)`.
fn label(band: &Band) -> String {
    let name = band.title();
    match band.unit.as_deref().filter(|u| !u.is_empty() && *u != "1") {
        Some(unit) => format!("{name} ({unit})"),
        None => name.into(),
    }
}

fn axes(basemap: &Basemap, rect: Rect) -> [Axis; 2] {
    let n = [(rect.w / 80).clamp(2, 8), (rect.h / 50).clamp(2, 8)].map(|n| n as usize);
    let [x, y] = basemap.axes(n);
    [x.fitting(rect.w), y]
}

/// Height divided by width on the ground, where degrees of longitude get shorter towards the poles.
fn aspect(grid: &GeoBox) -> f64 {
    let (dx, dy) = grid.resolution();
    let plain = grid.height as f64 * dy / (grid.width as f64 * dx);
    let bounds = grid.bounds();
    match grid.is_geographic() && bounds.north - bounds.south < 60.0 {
        true => plain / ((bounds.north + bounds.south) / 2.0).clamp(-75.0, 75.0).to_radians().cos(),
        false => plain,
    }
    // An extreme aspect is limited, so that the map stays visible.
    .clamp(0.1, 10.0)
}
