//! Animated PNG, frame by frame. **Invariant:** every frame fills the canvas, replaces what was there and is never
//! disposed of: the player of notebooks takes the file apart into stills and relies on it.

use super::palette::Palette;
use super::still::set_palette;
use super::{Frame, Timing, png_error};
use png::{BlendOp, ColorType, Compression, DisposeOp, Encoder};
use std::io::{Result, Write};

pub(super) struct Apng<'a> {
    writer: png::Writer<&'a mut dyn Write>,
    palette: Option<Palette>,
    indices: Vec<u8>,
}

impl<'a> Apng<'a> {
    /// Begins an animation. With a palette pixels are stored as numbers of its colors, without one as RGBA.
    pub(super) fn new(
        to: &'a mut dyn Write,
        (width, height): (u32, u32),
        timing: Timing,
        palette: Option<Palette>,
    ) -> Result<Apng<'a>> {
        let mut encoder = Encoder::new(to, width, height);
        encoder.set_compression(Compression::Balanced);
        encoder.set_color(ColorType::Rgba);
        if let Some(palette) = &palette {
            set_palette(&mut encoder, palette);
        }
        let (numerator, denominator) = delay(timing.fps);
        encoder
            .set_animated(timing.frames, u32::from(!timing.repeat))
            .and_then(|()| encoder.set_frame_delay(numerator, denominator))
            .and_then(|()| encoder.set_dispose_op(DisposeOp::None))
            .and_then(|()| encoder.set_blend_op(BlendOp::Source))
            .map_err(png_error)?;
        Ok(Apng { writer: encoder.write_header().map_err(png_error)?, palette, indices: Vec::new() })
    }

    pub(super) fn push(&mut self, frame: &Frame) -> Result<()> {
        let pixels = match &mut self.palette {
            Some(palette) => {
                palette.index(frame, &mut self.indices);
                &self.indices
            }
            None => frame.rgba,
        };
        self.writer.write_image_data(pixels).map_err(png_error)
    }

    pub(super) fn finish(self) -> Result<()> {
        self.writer.finish().map_err(png_error)
    }
}

/// The seconds of a frame as a fraction of two short numbers, to a thousandth of the rate or of the time, whichever is
/// larger.
fn delay(fps: f64) -> (u16, u16) {
    let finest = |value: f64| [1000u16, 100, 10, 1].into_iter().find(|s| value * f64::from(*s) <= 65535.0).unwrap_or(1);
    let (scale, long) = (finest(fps.max(1.0 / fps)), fps < 1.0);
    // A number that is too large becomes the largest one by the cast.
    let other = (fps.max(1.0 / fps) * f64::from(scale)).round() as u16;
    let common = gcd(scale, other);
    let (scale, other) = (scale / common, other / common);
    if long { (other, scale) } else { (scale, other) }
}

fn gcd(a: u16, b: u16) -> u16 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn delays_are_fractions() {
        let cases = [(10.0, (1, 10)), (0.5, (2, 1)), (29.97, (100, 2997)), (12.5, (2, 25)), (1.0, (1, 1))];
        for (fps, expected) in cases {
            assert_eq!(super::delay(fps), expected, "{fps}");
        }
        assert_eq!(super::delay(1e-9), (65535, 1));
        assert_eq!(super::delay(1e9), (1, 65535));
    }
}
