//! Pixels that plotters draws on: red, green, blue and alpha, with smooth edges.

use super::figure::{Image, Rect};
use super::font;
use crate::plan::picture::Color;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};
use std::convert::Infallible;
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Stroke, Transform,
};

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

#[derive(Clone)]
pub(crate) struct Canvas {
    pixels: Pixmap,
}

impl Canvas {
    /// A canvas of one color.
    ///
    /// # Panics
    /// If an edge is 0 or the picture larger than memory: sizes are checked when they are bound.
    pub(crate) fn new((width, height): (u32, u32), Color([r, g, b]): Color) -> Canvas {
        let mut pixels = Pixmap::new(width, height).expect("a picture has pixels");
        pixels.fill(tiny_skia::Color::from_rgba8(r, g, b, 255));
        Canvas { pixels }
    }

    /// Replaces pixels by those of a map, also by its transparent ones.
    pub(crate) fn put(&mut self, image: &Image) {
        let (width, height) = (self.pixels.width() as i32, self.pixels.height() as i32);
        let Rect { x, y, w, h } = image.rect;
        let columns = (-x).max(0)..w.min(width - x);
        for row in (-y).max(0)..h.min(height - y) {
            for column in columns.clone() {
                let at = 4 * (row * w + column) as usize;
                let [r, g, b, a] = [0, 1, 2, 3].map(|i| image.rgba[at + i]);
                let color = tiny_skia::ColorU8::from_rgba(r, g, b, a).premultiply();
                self.pixels.pixels_mut()[((y + row) * width + x + column) as usize] = color;
            }
        }
    }

    /// The pixels row by row, with straight alpha.
    pub(crate) fn rgba(self) -> Vec<u8> {
        self.pixels.take_demultiplied()
    }

    fn blend(&mut self, x: i32, y: i32, color: BackendColor, share: f64) {
        let (width, height) = (self.pixels.width() as i32, self.pixels.height() as i32);
        if x < 0 || y < 0 || x >= width || y >= height {
            return;
        }
        let pixel = &mut self.pixels.pixels_mut()[(y * width + x) as usize];
        let a = (color.alpha * share).clamp(0.0, 1.0);
        let mix = |over: u8, under: u8| (f64::from(over) * a + f64::from(under) * (1.0 - a)).round() as u8;
        let (r, g, b) = color.rgb;
        let alpha = mix(255, pixel.alpha());
        let channels = [mix(r, pixel.red()), mix(g, pixel.green()), mix(b, pixel.blue())].map(|c| c.min(alpha));
        if let Some(mixed) = PremultipliedColorU8::from_rgba(channels[0], channels[1], channels[2], alpha) {
            *pixel = mixed;
        }
    }

    fn stroke(&mut self, path: Option<Path>, color: BackendColor, width: f32) {
        let Some(path) = path else { return };
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        self.pixels.stroke_path(&path, &paint(color), &stroke, Transform::identity(), None);
    }

    fn fill(&mut self, path: Option<Path>, color: BackendColor) {
        let Some(path) = path else { return };
        self.pixels.fill_path(&path, &paint(color), FillRule::Winding, Transform::identity(), None);
    }

    /// Draws a line between points with fractions of pixels, which plotters has no coordinates for.
    pub(crate) fn line(&mut self, points: &[[f64; 2]], color: Color, width: f64) {
        self.stroke(path(points.iter().map(|p| (p[0] as f32, p[1] as f32))), of(color), width as f32);
    }

    /// Fills an area whose corners have fractions of pixels.
    pub(crate) fn area(&mut self, points: &[[f64; 2]], color: Color) {
        self.fill(path(points.iter().map(|p| (p[0] as f32, p[1] as f32))), of(color));
    }

    /// Draws a dot whose center has fractions of pixels.
    pub(crate) fn dot(&mut self, at: [f64; 2], radius: f64, color: Color) {
        self.fill(PathBuilder::from_circle(at[0] as f32, at[1] as f32, radius as f32), of(color));
    }
}

fn of(Color([r, g, b]): Color) -> BackendColor {
    BackendColor { alpha: 1.0, rgb: (r, g, b) }
}

fn paint(color: BackendColor) -> Paint<'static> {
    let mut paint = Paint::default();
    let (r, g, b) = color.rgb;
    paint.set_color_rgba8(r, g, b, (color.alpha * 255.0).round() as u8);
    paint
}

fn path(points: impl Iterator<Item = (f32, f32)>) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (i, (x, y)) in points.enumerate() {
        if i == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
    }
    builder.finish()
}

fn middle((x, y): BackendCoord) -> (f32, f32) {
    (x as f32 + 0.5, y as f32 + 0.5)
}

/// A canvas that plotters draws on.
pub(super) struct Brush<'a>(pub &'a mut Canvas);

impl DrawingBackend for Brush<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.0.pixels.width(), self.0.pixels.height())
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.0.blend(x, y, color, 1.0);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Drawn {
        self.0.stroke(path(points.into_iter().map(middle)), style.color(), style.stroke_width() as f32);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Drawn {
        self.0.fill(path(points.into_iter().map(middle)), style.color());
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        let (x, y) = middle(center);
        let circle = PathBuilder::from_circle(x, y, radius as f32);
        match fill {
            true => self.0.fill(circle, style.color()),
            false => self.0.stroke(circle, style.color(), style.stroke_width() as f32),
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, pos: BackendCoord) -> Drawn {
        let (width, height) = font::measure(text, style.size());
        let left = match style.anchor().h_pos {
            HPos::Left => 0,
            HPos::Center => -width / 2,
            HPos::Right => -width,
        };
        let top = match style.anchor().v_pos {
            VPos::Top => 0,
            VPos::Center => -height / 2,
            VPos::Bottom => -height,
        };
        let (turn, color) = (style.transform(), style.color());
        font::draw(text, style.size(), |x, y, share| {
            let (x, y) = turn.transform(x + left, y + top);
            self.0.blend(pos.0 + x, pos.1 + y, color, f64::from(share));
        });
        Ok(())
    }
}
