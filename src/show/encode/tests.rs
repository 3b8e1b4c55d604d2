//! What was written, read again.

use super::*;
use std::collections::HashSet;

const SIZE: (u32, u32) = (7, 5);

/// Frames with holes that come and go, of colors of the palette.
fn frames(palette: &[[u8; 4]]) -> Vec<Vec<u8>> {
    let pixel = |frame: usize, i: usize| palette[(i * 3 + frame * (i % 4)) % palette.len()];
    (0..6).map(|frame| (0..35).flat_map(|i| pixel(frame, i)).collect()).collect()
}

fn palette() -> Vec<[u8; 4]> {
    vec![[0; 4], [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [255; 4]]
}

fn written(format: Moving, palette: Option<Vec<[u8; 4]>>, frames: &[Vec<u8>], fps: f64) -> Vec<u8> {
    let mut out = Vec::new();
    let timing = Timing { frames: frames.len() as u32, fps, repeat: true };
    let mut animation = Animation::new(format, &mut out, SIZE, timing, palette).expect("it begins");
    for rgba in frames {
        animation.push(&Frame { width: SIZE.0, height: SIZE.1, rgba }).expect("it goes on");
    }
    animation.finish().expect("it ends");
    out
}

fn read_png(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().expect("a PNG");
    let count = reader.info().animation_control.map_or(1, |a| a.num_frames);
    let mut next = || {
        let mut rgba = vec![0; reader.output_buffer_size().expect("small")];
        reader.next_frame(&mut rgba).expect("a frame");
        rgba
    };
    (0..count).map(|_| next()).collect()
}

/// As a reader of GIFs draws one frame over another.
fn read_gif(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u16>) {
    let mut options = ::gif::DecodeOptions::new();
    options.set_color_output(::gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).expect("a GIF");
    let width = usize::from(decoder.width());
    let mut shown = vec![0u8; width * usize::from(decoder.height()) * 4];
    let (mut frames, mut delays) = (Vec::new(), Vec::new());
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        for (i, pixel) in frame.buffer.chunks_exact(4).enumerate() {
            let (row, column) = (i / usize::from(frame.width), i % usize::from(frame.width));
            let at = 4 * ((row + usize::from(frame.top)) * width + column + usize::from(frame.left));
            if pixel[3] > 0 {
                shown[at..at + 4].copy_from_slice(pixel);
            }
        }
        frames.push(shown.clone());
        delays.push(frame.delay);
        if frame.dispose == ::gif::DisposalMethod::Background {
            shown.fill(0);
        }
    }
    (frames, delays)
}

#[test]
fn stills_come_back() {
    let few = frames(&palette()).remove(0);
    let many: Vec<u8> = (0..400 * 4u32).map(|i| if i % 4 == 3 { 200 } else { (i * 7 % 251) as u8 }).collect();
    for (width, height, rgba) in [(7, 5, &few), (20, 20, &many)] {
        let bytes = png(&Frame { width, height, rgba }).expect("written");
        assert_eq!(&read_png(&bytes)[0], rgba);
    }
}

#[test]
fn animations_come_back() {
    let frames = frames(&palette());
    assert_eq!(read_png(&written(Moving::Apng, Some(palette()), &frames, 5.0)), frames);
    assert_eq!(read_png(&written(Moving::Apng, None, &frames, 5.0)), frames);
    assert_eq!(read_gif(&written(Moving::Gif, Some(palette()), &frames, 5.0)).0, frames);
    // 256 colors of its own are enough for five.
    assert_eq!(read_gif(&written(Moving::Gif, None, &frames, 5.0)).0, frames);
}

#[test]
fn opaque_animations_come_back() {
    let opaque = palette()[1..].to_vec();
    let frames = frames(&opaque);
    assert_eq!(read_gif(&written(Moving::Gif, Some(opaque), &frames, 5.0)).0, frames);
    // No room for an entry that is transparent.
    let full: Vec<[u8; 4]> = (0..=255).map(|i| [i, 255 - i, 7, 255]).collect();
    let frames = self::frames(&full);
    assert_eq!(read_gif(&written(Moving::Gif, Some(full), &frames, 5.0)).0, frames);
}

#[test]
fn frames_that_are_alike_stay_frames() {
    let one = frames(&palette()).remove(0);
    let frames = vec![one.clone(), one.clone(), one];
    assert_eq!(read_gif(&written(Moving::Gif, Some(palette()), &frames, 5.0)).0, frames);
}

#[test]
fn the_rate_is_right_on_the_whole() {
    let frames = frames(&palette());
    let (_, delays) = read_gif(&written(Moving::Gif, Some(palette()), &frames, 12.0));
    assert_eq!(delays, [8, 9, 8, 8, 9, 8]);
}

#[test]
fn other_colors_take_the_nearest() {
    let rgba: Vec<u8> = [[250, 10, 5, 255], [3, 3, 240, 255], [90, 90, 90, 0]].concat();
    let indices = Palette::new(palette()).indices(&Frame { width: 3, height: 1, rgba: &rgba });
    assert_eq!(indices, [1, 3, 0]);
    assert_eq!(indices.iter().collect::<HashSet<_>>().len(), 3);
}
