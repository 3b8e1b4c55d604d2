//! A still picture as PNG: indexed where its colors fit a palette, else RGB or RGBA.

use super::palette::Palette;
use super::{Frame, png_error};
use png::{ColorType, Compression, Encoder, Filter};
use std::io::Result;

/// The same frame gives the same bytes.
pub fn png(frame: &Frame) -> Result<Vec<u8>> {
    frame.checked()?;
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, frame.width, frame.height);
    encoder.set_compression(Compression::Balanced);
    let pixels = match Palette::of(frame, 256) {
        Some(palette) => indexed(&mut encoder, palette, frame),
        None if frame.pixels().all(|p| p[3] == 255) => {
            encoder.set_color(ColorType::Rgb);
            frame.pixels().flat_map(|p| [p[0], p[1], p[2]]).collect()
        }
        None => {
            encoder.set_color(ColorType::Rgba);
            frame.rgba.to_vec()
        }
    };
    let mut writer = encoder.write_header().map_err(png_error)?;
    writer.write_image_data(&pixels).map_err(png_error)?;
    writer.finish().map_err(png_error)?;
    Ok(out)
}

fn indexed(encoder: &mut Encoder<&mut Vec<u8>>, mut palette: Palette, frame: &Frame) -> Vec<u8> {
    set_palette(encoder, &palette);
    let mut indices = Vec::new();
    palette.index(frame, &mut indices);
    indices
}

/// Numbers of colors have no slope that a filter could take away.
pub fn set_palette<W: std::io::Write>(encoder: &mut Encoder<W>, palette: &Palette) {
    encoder.set_color(ColorType::Indexed);
    encoder.set_filter(Filter::NoFilter);
    encoder.set_palette(palette.rgb());
    let alpha = palette.alpha();
    if !alpha.is_empty() {
        encoder.set_trns(alpha);
    }
}
