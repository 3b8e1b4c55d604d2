//! The frames of an animation: one sheet for all, with the pixels and the date of each step.

use super::basemap::Basemap;
use super::figure::{Figure, Mark, Paint};
use super::maps::{Panel, Sheet, title_above};
use super::render::{canvas, paint};
use super::tint::Tint;
use crate::cube::{Schema, TimeAxis};
use crate::plan::picture::{Color, Look, Maps, Timing};
use ndarray::ArrayView2;

const LABEL: f64 = 15.0;
/// The number of shades of gray in the palette, for letters and lines.
const GREYS: usize = 36;

pub(crate) struct Film<'a> {
    sheet: Sheet<'a>,
    tint: &'a Tint,
    maps: &'a Maps,
    size: (u32, u32),
    base: super::canvas::Canvas,
    label_size: f64,
}

impl<'a> Film<'a> {
    pub(crate) fn new(
        schema: &'a Schema,
        maps: &'a Maps,
        basemap: &'a Basemap,
        timing: &Timing,
        tint: &'a Tint,
        look: &'a Look,
    ) -> Film<'a> {
        // This leaves room for the dates, which are drawn with each frame.
        let titled = timing.label.as_deref() != Some("none");
        let panel = Panel { tint: 0, title: titled.then(String::new) };
        let sheet = Sheet::new(schema, maps, basemap, std::slice::from_ref(tint), &[panel], None, look);
        let figure = Figure::new(look, sheet.layout.size, vec![], &sheet.under);
        let base = canvas(&figure);
        Film { sheet, tint, maps, base, size: figure.size, label_size: timing.label_size.unwrap_or(LABEL) }
    }

    /// What a page must know of a frame to say what lies under the pointer.
    pub(crate) fn pointed(&self) -> serde_json::Value {
        let panel = Panel { tint: 0, title: None };
        self.sheet.pointed(std::slice::from_ref(self.tint), &[panel])
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// The pixels of a frame.
    pub(crate) fn frame(&self, bands: &[ArrayView2<f64>], hatched: Option<&ArrayView2<f64>>, label: &str) -> Vec<u8> {
        let mut canvas = self.base.clone();
        canvas.put(&self.sheet.image(0, self.tint, bands));
        let mut marks: Vec<Mark> = Vec::new();
        self.sheet.over(0, self.tint, &bands[0], hatched, &mut marks);
        marks.push(title_above(self.sheet.layout.panels[0], label, self.label_size));
        let marks: Vec<Mark> = marks.iter().map(|mark| mark.scaled(self.sheet.look.scale())).collect();
        paint(&mut canvas, &marks, self.sheet.look.theme);
        canvas.rgba()
    }

    /// All colors of the frames, if they are few enough for a palette.
    pub(crate) fn palette(&self) -> Option<Vec<[u8; 4]>> {
        let mut palette = vec![[0; 4]];
        let mut add = |Color([r, g, b]): Color| {
            let color = [r, g, b, 255];
            if !palette.contains(&color) {
                palette.push(color);
            }
        };
        self.tint.shades()?.into_iter().for_each(&mut add);
        self.maps.colors.missing.into_iter().for_each(&mut add);
        self.maps.outline.iter().for_each(|o| add(o.color));
        self.maps.elements.color.into_iter().for_each(&mut add);
        self.maps.points.iter().for_each(|p| [p.color, p.label_color].into_iter().for_each(&mut add));
        // Letters on the ground have colors between these two.
        [Paint::Ink, Paint::Paper].into_iter().for_each(|paint| add(paint.color(self.sheet.look.theme)));
        (0..GREYS).for_each(|i| add(Color([(i * 255 / (GREYS - 1)) as u8; 3])));
        (palette.len() <= 256).then_some(palette)
    }
}

/// The times of all steps as they are written on their frames.
pub(crate) fn labels(time: &TimeAxis, form: Option<&str>) -> Vec<String> {
    match (form, time.instants()) {
        (Some("none"), _) => vec![String::new(); time.len()],
        (Some(form), Some((calendar, values))) => values.iter().map(|at| calendar.format(*at, form)).collect(),
        _ => time.short_labels(),
    }
}
