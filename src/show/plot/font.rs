//! The letters of pictures: DejaVu Sans, which comes with the program, so that a picture is the same on every machine.

use ab_glyph::{Font, FontRef, OutlineCurve, PxScale, ScaleFont, point};
use std::sync::LazyLock;

/// The name of the font in pictures that name fonts, such as SVG.
pub(super) const FAMILY: &str = "DejaVu Sans";

static FONT: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::try_from_slice(dejavu::sans::regular()).expect("the font that is built in can be read"));

/// Width and height of a text in pixels.
pub(super) fn measure(text: &str, size: f64) -> (i32, i32) {
    let font = FONT.as_scaled(PxScale::from(size as f32));
    let mut width = 0.0;
    let mut before = None;
    for c in text.chars() {
        let glyph = font.glyph_id(c);
        width += before.map_or(0.0, |b| font.kern(b, glyph)) + font.h_advance(glyph);
        before = Some(glyph);
    }
    (width.ceil() as i32, size.ceil() as i32)
}

/// The pixels from the top of a text to the line that its letters stand on.
pub(super) fn ascent(size: f64) -> f64 {
    f64::from(FONT.as_scaled(PxScale::from(size as f32)).ascent())
}

/// The size of letters as CSS counts it: the em of the font, where the size here is from the deepest to the tallest.
pub(super) fn em(size: f64) -> f64 {
    size * f64::from(FONT.units_per_em().unwrap_or(1.0) / FONT.height_unscaled())
}

/// Calls `cover` for each pixel of a text, from its upper left corner, with the share that is covered.
pub(super) fn draw(text: &str, size: f64, mut cover: impl FnMut(i32, i32, f32)) {
    let font = FONT.as_scaled(PxScale::from(size as f32));
    let mut x = 0.0;
    let mut before = None;
    for c in text.chars() {
        let id = font.glyph_id(c);
        x += before.map_or(0.0, |b| font.kern(b, id));
        let glyph = id.with_scale_and_position(font.scale(), point(x, font.ascent()));
        if let Some(outline) = font.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            outline.draw(|dx, dy, share| cover(corner.x as i32 + dx as i32, corner.y as i32 + dy as i32, share));
        }
        x += font.h_advance(id);
        before = Some(id);
    }
}

/// The edges of the letters of a text, from its upper left corner in pixels, as cubic curves: beginning, two handles, end.
pub(super) fn curves(text: &str, size: f64) -> Vec<[[f64; 2]; 4]> {
    let font = FONT.as_scaled(PxScale::from(size as f32));
    let (across, up) = (f64::from(font.h_scale_factor()), f64::from(font.v_scale_factor()));
    let ascent = f64::from(font.ascent());
    let mut all = Vec::new();
    let mut x = 0.0;
    let mut before = None;
    for c in text.chars() {
        let id = font.glyph_id(c);
        x += before.map_or(0.0, |b| font.kern(b, id));
        let at = |p: ab_glyph::Point| [f64::from(x) + f64::from(p.x) * across, ascent - f64::from(p.y) * up];
        // A handle of a curve of the second degree lies two thirds of the way to its one.
        let towards = |end: [f64; 2], handle: [f64; 2]| [0, 1].map(|i| end[i] + (handle[i] - end[i]) * 2.0 / 3.0);
        for curve in FONT.outline(id).into_iter().flat_map(|outline| outline.curves) {
            all.push(match curve {
                OutlineCurve::Line(a, b) => [at(a), at(a), at(b), at(b)],
                OutlineCurve::Quad(a, handle, b) => {
                    [at(a), towards(at(a), at(handle)), towards(at(b), at(handle)), at(b)]
                }
                OutlineCurve::Cubic(a, first, second, b) => [at(a), at(first), at(second), at(b)],
            });
        }
        x += font.h_advance(id);
        before = Some(id);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_a_place() {
        let (w, h) = measure("°C per year", 16.0);
        assert!((60..120).contains(&w) && h == 16, "{w} {h}");
        let mut dark = 0.0;
        draw("I", 16.0, |x, y, share| {
            assert!((-1..16).contains(&x) && (-1..17).contains(&y), "{x} {y}");
            dark += share;
        });
        assert!((8.0..40.0).contains(&dark), "{dark}");
    }
}
