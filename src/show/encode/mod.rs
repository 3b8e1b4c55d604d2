//! Drawn pixels as bytes: PNG, and animations frame by frame as animated PNG or GIF, one frame in memory at a time.

mod apng;
mod gif;
mod palette;

use palette::Palette;
use std::io::{self, Write};

/// Red, green, blue and alpha, row by row; alpha is not multiplied in.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub width: u32,
    pub height: u32,
    pub rgba: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub frames: u32,
    /// Frames a second.
    pub fps: f64,
    /// Begin again at the end.
    pub repeat: bool,
}

/// The formats of animations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moving {
    Apng,
    Gif,
}

/// A still picture as PNG: by a palette where it has at most 256 colors.
pub fn png(frame: &Frame) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let palette = Palette::of(frame);
    let mut encoder = png::Encoder::new(&mut out, frame.width, frame.height);
    let data = pixels(&mut encoder, frame, palette.as_ref());
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&data).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(out)
}

/// The pixels as a PNG holds them, which `encoder` is told of.
fn pixels<W: Write>(encoder: &mut png::Encoder<W>, frame: &Frame, palette: Option<&Palette>) -> Vec<u8> {
    encoder.set_depth(png::BitDepth::Eight);
    let Some(palette) = palette else {
        encoder.set_color(png::ColorType::Rgba);
        return frame.rgba.to_vec();
    };
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette.rgb());
    if palette.alpha().iter().any(|a| *a < 255) {
        encoder.set_trns(palette.alpha());
    }
    // Neighbouring numbers of a palette have nothing to do with each other.
    encoder.set_filter(png::Filter::NoFilter);
    palette.clone().indices(frame)
}

/// An animation being written, a frame at a time.
pub enum Animation<'a> {
    Apng(apng::Apng<'a>),
    Gif(Box<gif::Gif<'a>>),
}

impl<'a> Animation<'a> {
    /// `palette` has at most 256 colors, among them those of all frames; other colors take the nearest. Without one an
    /// animated PNG has all colors, and a GIF 256 of its own for each frame.
    pub fn new(
        format: Moving,
        to: &'a mut dyn Write,
        size: (u32, u32),
        timing: Timing,
        palette: Option<Vec<[u8; 4]>>,
    ) -> io::Result<Animation<'a>> {
        let palette = palette.map(Palette::new);
        match format {
            Moving::Apng => apng::Apng::new(to, size, timing, palette).map(Animation::Apng),
            Moving::Gif => gif::Gif::new(to, size, timing, palette).map(|gif| Animation::Gif(Box::new(gif))),
        }
    }

    pub fn push(&mut self, frame: &Frame) -> io::Result<()> {
        match self {
            Animation::Apng(apng) => apng.push(frame),
            Animation::Gif(gif) => gif.push(frame),
        }
    }

    pub fn finish(self) -> io::Result<()> {
        match self {
            Animation::Apng(apng) => apng.finish(),
            Animation::Gif(gif) => gif.finish(),
        }
    }
}

#[cfg(test)]
mod tests;
