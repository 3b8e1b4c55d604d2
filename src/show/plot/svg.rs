//! Writes a figure as SVG: lines and letters between pixels, maps as embedded pixels.

use super::figure::{Figure, Mark, Paint, Side, Text};
use super::font;
use super::render::image_png;
use crate::plan::picture::{Color, Theme};
use crate::show::html::escape;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::fmt::Write as _;
use std::io;

/// The figure as SVG; letters are paths if they are not to depend on a font.
pub(crate) fn svg(figure: &Figure, as_paths: bool) -> io::Result<String> {
    let (width, height) = figure.size;
    let mut out = format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
        hex(Paint::Paper, figure.theme)
    );
    for image in &figure.images {
        let rect = image.rect;
        let png = BASE64_STANDARD.encode(image_png(image)?);
        let _ = writeln!(
            out,
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{png}\"/>",
            rect.x, rect.y, rect.w, rect.h,
        );
    }
    figure.marks.iter().for_each(|mark| write_mark(&mut out, mark, figure.theme, as_paths));
    out.push_str("</svg>\n");
    Ok(out)
}

fn write_mark(out: &mut String, mark: &Mark, theme: Theme, as_paths: bool) {
    let paint = |paint: Paint| hex(paint, theme);
    // Writing to a string cannot fail.
    let _ = match mark {
        Mark::Line { points, color, width } => writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\" \
             stroke-linejoin=\"round\"/>",
            places(points),
            paint(*color),
            short(*width),
        ),
        Mark::Area { points, color } => {
            writeln!(out, "<polygon points=\"{}\" fill=\"{}\"/>", places(points), paint(*color))
        }
        Mark::Box { rect, color } => writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
            rect.x,
            rect.y,
            rect.w,
            rect.h,
            paint(*color),
        ),
        // Through the middle of its pixels.
        Mark::Frame { rect, color } => writeln!(
            out,
            "<rect x=\"{}.5\" y=\"{}.5\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"{}\"/>",
            rect.x,
            rect.y,
            rect.w - 1,
            rect.h - 1,
            paint(*color),
        ),
        Mark::Dot { at: [x, y], radius, color } => writeln!(
            out,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>",
            short(*x),
            short(*y),
            short(*radius),
            paint(*color),
        ),
        Mark::Text(text) if as_paths => {
            writeln!(out, "<path d=\"{}\" fill=\"{}\"/>", outline(text), paint(text.color))
        }
        Mark::Text(text) => write_text(out, text, &paint(text.color)),
    };
}

fn write_text(out: &mut String, text: &Text, color: &str) -> std::fmt::Result {
    let (x, y) = text.at;
    let anchor = match text.h {
        Side::Start => "start",
        Side::Middle => "middle",
        Side::End => "end",
    };
    // From the side that is at its position to the line that letters stand on.
    let down = font::ascent(text.size)
        - match text.v {
            Side::Start => 0.0,
            Side::Middle => text.size / 2.0,
            Side::End => text.size,
        };
    let turn = if text.upright { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
    writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" dy=\"{}\" text-anchor=\"{anchor}\" font-family=\"{}\" font-size=\"{}\" \
         fill=\"{color}\"{turn}>\n{}\n</text>",
        short(down),
        font::FAMILY,
        short(font::em(text.size)),
        escape(&text.text),
    )
}

/// The edges of the letters of a text, as the data of a path.
fn outline(text: &Text) -> String {
    let mut path = String::new();
    let mut last = None;
    for [from, a, b, to] in text.curves() {
        if last != Some(from) {
            let _ = write!(path, "M{} {}", short(from[0]), short(from[1]));
        }
        let ends = [a, b, to].map(|[x, y]| format!("{} {}", short(x), short(y)));
        let _ = write!(path, "C{}", ends.join(" "));
        last = Some(to);
    }
    path
}

fn places(points: &[[f64; 2]]) -> String {
    points.iter().map(|[x, y]| format!("{},{}", short(*x), short(*y))).collect::<Vec<_>>().join(" ")
}

/// A number to hundredths of a pixel, without zeros at its end.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn hex(paint: Paint, theme: Theme) -> String {
    let Color([r, g, b]) = paint.color(theme);
    format!("#{r:02X}{g:02X}{b:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::plot::figure::{FAINT, Rect};

    #[test]
    fn lines_lie_between_pixels_and_texts_are_no_markup() {
        let line = Mark::Line { points: vec![[0.25, 1.0], [2.127, 3.5]], color: FAINT, width: 0.8 };
        let frame = Mark::Frame { rect: Rect::new(1, 2, 10, 5), color: FAINT };
        let text = Mark::upright((4, 9), "a<b", 11.64, Side::Middle, Side::Start);
        let figure = Figure { size: (20, 10), marks: vec![line, frame, text], ..Figure::default() };
        let page = svg(&figure, false).expect("it is written");
        for wanted in [
            "points=\"0.25,1 2.13,3.5\" fill=\"none\" stroke=\"#DDDDDD\" stroke-width=\"0.8\"",
            "<rect x=\"1.5\" y=\"2.5\" width=\"9\" height=\"4\"",
            "font-size=\"10\"",
            "transform=\"rotate(-90 4 9)\">\na&lt;b\n</text>",
        ] {
            assert!(page.contains(wanted), "{wanted} is missing in {page}");
        }
        assert!(!svg(&figure, true).expect("it is written").contains("<text"));
    }
}
