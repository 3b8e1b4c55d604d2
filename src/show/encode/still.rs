//! Encodes a still picture as PNG, indexed if its colors fit a palette, else RGB or RGBA, and reads it back.

use super::palette::Palette;
use super::{Frame, png_error};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter, PixelDimensions, Transformations, Unit};
use std::io::{Cursor, Error, ErrorKind, Result};

/// The PNG of a frame, which says how many pixels it has an inch where that is known; equal frames give equal bytes.
pub(crate) fn png(frame: &Frame, dpi: Option<f64>) -> Result<Vec<u8>> {
    frame.checked()?;
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, frame.width, frame.height);
    encoder.set_compression(Compression::Balanced);
    encoder.set_pixel_dims(dpi.map(|dpi| {
        let a_meter = (dpi / 0.0254).round() as u32;
        PixelDimensions { xppu: a_meter, yppu: a_meter, unit: Unit::Meter }
    }));
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

/// Sets the palette and turns filters off, which do not help with numbers of colors.
pub(super) fn set_palette<W: std::io::Write>(encoder: &mut Encoder<W>, palette: &Palette) {
    encoder.set_color(ColorType::Indexed);
    encoder.set_filter(Filter::NoFilter);
    encoder.set_palette(palette.rgb());
    let alpha = palette.alpha();
    if !alpha.is_empty() {
        encoder.set_trns(alpha);
    }
}

/// Width, height and pixels of a PNG, with straight alpha; of an animation, those of the first frame.
pub(crate) fn read(bytes: &[u8]) -> Result<(u32, u32, Vec<u8>)> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::ALPHA);
    let mut reader = decoder.read_info()?;
    let mut rgba = vec![0; reader.output_buffer_size().ok_or(ErrorKind::OutOfMemory)?];
    let info = reader.next_frame(&mut rgba)?;
    match (info.color_type, info.bit_depth) {
        (ColorType::Rgba, BitDepth::Eight) => Ok((info.width, info.height, rgba)),
        // Nothing in this crate writes such a PNG.
        other => Err(Error::new(ErrorKind::Unsupported, format!("pixels of {other:?}"))),
    }
}
