//! Paints a figure on pixels.

use super::canvas::{Brush, Canvas};
use super::figure::{Figure, Image, Mark, Paint, Text};
use super::font;
use crate::plan::picture::{Color, Theme};
use crate::show::encode::{self, Frame};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::Pos;
use plotters::style::{Color as _, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle};
use plotters_backend::DrawingBackend;
use std::io;

/// The pixels of a figure.
pub(crate) fn canvas(figure: &Figure) -> Canvas {
    let mut canvas = Canvas::new(figure.size, Paint::Paper.color(figure.theme));
    figure.images.iter().for_each(|image| canvas.put(image));
    paint(&mut canvas, &figure.marks, figure.theme);
    canvas
}

/// Draws marks on pixels.
pub(crate) fn paint(canvas: &mut Canvas, marks: &[Mark], theme: Theme) {
    for mark in marks {
        match mark {
            // Plotters has no coordinates for points between pixels.
            Mark::Line { points, color, width } => canvas.line(points, color.color(theme), *width),
            Mark::Area { points, color } => canvas.area(points, color.color(theme)),
            Mark::Dot { at, radius, color } => canvas.dot(*at, *radius, color.color(theme)),
            mark => {
                let area = Brush(&mut *canvas).into_drawing_area();
                match draw(&area, mark, theme) {
                    Ok(()) => {}
                    Err(error) => unreachable!("pixels in memory take every mark: {error}"),
                }
            }
        }
    }
}

pub(crate) fn png(figure: &Figure) -> io::Result<Vec<u8>> {
    let (width, height) = figure.size;
    encode::png(&Frame { width, height, rgba: &canvas(figure).rgba() }, figure.dpi)
}

pub(crate) fn image_png(image: &Image) -> io::Result<Vec<u8>> {
    encode::png(&Frame { width: image.rect.w as u32, height: image.rect.h as u32, rgba: &image.rgba }, None)
}

type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

fn draw<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, mark: &Mark, theme: Theme) -> Drawn<DB> {
    let style = |paint: Paint, width: f64| style(paint.color(theme), width);
    let near = |p: &[f64; 2]| (p[0].round() as i32, p[1].round() as i32);
    match mark {
        Mark::Line { points, color, width } => {
            let points: Vec<(i32, i32)> = points.iter().map(near).collect();
            area.draw(&PathElement::new(points, style(*color, *width)))
        }
        Mark::Area { points, color } => {
            let points: Vec<(i32, i32)> = points.iter().map(near).collect();
            area.draw(&Polygon::new(points, style(*color, 1.0).filled()))
        }
        Mark::Box { rect, color } => {
            area.draw(&Rectangle::new([(rect.x, rect.y), (rect.right(), rect.bottom())], style(*color, 1.0).filled()))
        }
        Mark::Frame { rect, color } => {
            let (left, top, right, bottom) = (rect.x, rect.y, rect.right() - 1, rect.bottom() - 1);
            let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
            area.draw(&PathElement::new(corners, style(*color, 1.0)))
        }
        Mark::Dot { at, radius, color } => {
            area.draw(&Circle::new(near(at), radius.round() as i32, style(*color, 1.0).filled()))
        }
        Mark::Text(text) => area.draw_text(&text.text, &text_style(text, theme), text.at),
    }
}

fn style(color: Color, width: f64) -> ShapeStyle {
    ShapeStyle { color: rgb(color).into(), filled: false, stroke_width: width.round().max(1.0) as u32 }
}

fn rgb(Color([r, g, b]): Color) -> RGBColor {
    RGBColor(r, g, b)
}

fn text_style(text: &Text, theme: Theme) -> TextStyle<'static> {
    let font = FontDesc::new(FontFamily::Name(font::FAMILY), text.size, FontStyle::Normal);
    let font = if text.upright { font.transform(FontTransform::Rotate270) } else { font };
    TextStyle {
        font,
        color: rgb(text.color.color(theme)).to_backend_color(),
        pos: Pos::new(text.h.across(), text.v.down()),
    }
}
