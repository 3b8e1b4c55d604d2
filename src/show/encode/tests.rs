//! What was written is read back and compared pixel by pixel.

use super::*;
use ::gif::{ColorOutput, DecodeOptions, DisposalMethod};
use std::io::Cursor;

const SIZE: (u32, u32) = (23, 17);
const HOLE: [u8; 4] = [0; 4];

/// A stream of numbers that is the same everywhere: a linear congruential generator (Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn frame(rgba: &[u8]) -> Frame<'_> {
    Frame { width: SIZE.0, height: SIZE.1, rgba }
}

fn colors(n: u64) -> Vec<[u8; 4]> {
    (0..n).map(|i| [(i * 37) as u8, (i * 101) as u8, i as u8, 255]).collect()
}

/// Frames that share most of their pixels, some nearly all of them; `holes` of a hundred are transparent.
fn frames(count: usize, colors: &[[u8; 4]], holes: u64) -> Vec<Vec<u8>> {
    let mut numbers = Numbers(7);
    let mut pixel = |_| match numbers.below(100) < holes {
        true => HOLE,
        false => colors[numbers.below(colors.len() as u64) as usize],
    };
    let mut now: Vec<[u8; 4]> = (0..SIZE.0 * SIZE.1).map(&mut pixel).collect();
    let mut all = Vec::new();
    for step in 0..count {
        all.push(now.concat());
        match step {
            1 => {}
            3 => (now[30], now[350]) = (colors[0], colors[1]),
            _ => now[(4 + step) * 23..][..60].iter_mut().for_each(|p| *p = pixel(0)),
        }
    }
    all
}

fn timing(frames: usize, fps: f64) -> Timing {
    Timing { frames: frames as u32, fps, repeat: true }
}

fn written(
    format: AnimationFormat,
    frames: &[Vec<u8>],
    timing: Timing,
    palette: Option<Vec<[u8; 4]>>,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut out = Animation::new(format, &mut bytes, SIZE, timing, palette)?;
    frames.iter().try_for_each(|rgba| out.push(&frame(rgba)))?;
    out.finish()?;
    Ok(bytes)
}

fn apng(frames: &[Vec<u8>], timing: Timing, palette: Option<Vec<[u8; 4]>>) -> Result<Vec<u8>> {
    written(AnimationFormat::Apng, frames, timing, palette)
}

fn gif(frames: &[Vec<u8>], timing: Timing, palette: Option<Vec<[u8; 4]>>) -> Result<Vec<u8>> {
    written(AnimationFormat::Gif, frames, timing, palette)
}

fn reader(bytes: &[u8], expand: bool) -> ::png::Reader<Cursor<&[u8]>> {
    let mut decoder = ::png::Decoder::new(Cursor::new(bytes));
    if expand {
        decoder.set_transformations(::png::Transformations::ALPHA | ::png::Transformations::EXPAND);
    }
    decoder.read_info().unwrap()
}

/// The next picture as RGBA.
fn read(reader: &mut ::png::Reader<Cursor<&[u8]>>) -> Vec<u8> {
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut buffer).unwrap();
    assert_eq!((info.width, info.height, info.color_type), (SIZE.0, SIZE.1, ::png::ColorType::Rgba));
    buffer
}

/// What a viewer of the GIF shows, frame by frame, twice through: disposal of the last frame counts too.
fn shown(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u16>, ::gif::Repeat) {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).unwrap();
    assert_eq!((decoder.width() as u32, decoder.height() as u32), SIZE);
    let mut parts = Vec::new();
    while let Some(part) = decoder.read_next_frame().unwrap() {
        parts.push(part.clone());
    }
    let width = SIZE.0 as usize;
    let mut canvas = vec![HOLE; width * SIZE.1 as usize];
    let mut all = Vec::new();
    for part in parts.iter().chain(&parts) {
        let place = |i: usize| {
            let (row, column) = (i / part.width as usize, i % part.width as usize);
            (row + part.top as usize) * width + column + part.left as usize
        };
        for (i, pixel) in part.buffer.chunks_exact(4).enumerate().filter(|(_, p)| p[3] != 0) {
            canvas[place(i)] = [pixel[0], pixel[1], pixel[2], pixel[3]];
        }
        all.push(canvas.concat());
        match part.dispose {
            DisposalMethod::Keep => {}
            DisposalMethod::Background => (0..part.buffer.len() / 4).for_each(|i| canvas[place(i)] = HOLE),
            other => panic!("{other:?}"),
        }
    }
    (all, parts.iter().map(|p| p.delay).collect(), decoder.repeat())
}

#[test]
fn stills_are_as_small_as_their_colors_allow() {
    use ::png::ColorType::{Indexed, Rgb, Rgba};
    let few = frames(1, &colors(200), 0).remove(0);
    let holes = frames(1, &colors(200), 20).remove(0);
    let many: Vec<u8> = (0..SIZE.0 * SIZE.1).flat_map(|i| [i as u8, (i / 2) as u8, 7, 255]).collect();
    let mut glass = many.clone();
    glass[3] = 100;
    for (rgba, kind) in [(few, Indexed), (holes, Indexed), (many, Rgb), (glass, Rgba)] {
        let bytes = png(&frame(&rgba), None).unwrap();
        assert_eq!(reader(&bytes, false).output_color_type().0, kind);
        assert!(read(&mut reader(&bytes, true)) == rgba, "{kind:?}");
        assert!(png(&frame(&rgba), None).unwrap() == bytes, "{kind:?} depends on more than the frame");
    }
}

#[test]
fn animated_png_shows_every_frame_whole() {
    let palette: Vec<_> = std::iter::once(HOLE).chain(colors(200)).collect();
    let all = frames(6, &palette[1..], 20);
    for (palette, kind) in [(Some(palette), ::png::ColorType::Indexed), (None, ::png::ColorType::Rgba)] {
        let timing = Timing { repeat: false, ..timing(6, 12.5) };
        let bytes = apng(&all, timing, palette).unwrap();
        assert_eq!(reader(&bytes, false).output_color_type().0, kind);
        let mut reader = reader(&bytes, true);
        let control = *reader.info().animation_control().unwrap();
        assert_eq!((control.num_frames, control.num_plays), (6, 1));
        for rgba in &all {
            assert!(read(&mut reader) == *rgba);
            let control = reader.info().frame_control().unwrap();
            assert_eq!((control.delay_num, control.delay_den), (2, 25));
            assert_eq!((control.width, control.height, control.x_offset, control.y_offset), (SIZE.0, SIZE.1, 0, 0));
            assert_eq!((control.dispose_op, control.blend_op), (::png::DisposeOp::None, ::png::BlendOp::Source));
        }
    }
}

#[test]
fn gif_shows_every_frame_as_drawn() {
    // Palettes with a number for holes, with room for one, and full of colors.
    let with_hole: Vec<_> = colors(200).into_iter().chain([HOLE]).collect();
    for (palette, holes) in [(with_hole.clone(), 0), (with_hole, 20), (colors(200), 0), (colors(256), 0)] {
        let opaque: Vec<_> = palette.iter().copied().filter(|c| *c != HOLE).collect();
        let all = frames(6, &opaque, holes);
        let (seen, _, repeat) = shown(&gif(&all, timing(6, 10.0), Some(palette)).unwrap());
        assert!(seen == [all.clone(), all].concat(), "{holes} % holes, {} colors", opaque.len());
        assert_eq!(repeat, ::gif::Repeat::Infinite);
    }
    // Holes that stay where they are clear nothing.
    let mut all = frames(6, &colors(200), 0);
    all.iter_mut().for_each(|rgba| rgba[400..800].fill(0));
    let bytes = gif(&all, timing(6, 10.0), Some(colors(200))).unwrap();
    assert!(bytes.len() < 3 * gif(&all[..1], timing(1, 10.0), Some(colors(200))).unwrap().len());
    assert!(shown(&bytes).0 == [all.clone(), all].concat());
}

#[test]
fn gif_without_a_palette_takes_what_colors_it_can() {
    let few = frames(5, &colors(200), 20);
    let (seen, ..) = shown(&gif(&few, timing(5, 10.0), None).unwrap());
    assert!(seen == [few.clone(), few].concat(), "no more than 256 colors are exact");

    let smooth = |step: u32| {
        (0..SIZE.0 * SIZE.1).flat_map(move |i| match (i + step) % 9 {
            0 => HOLE,
            _ => [(i / 2) as u8, (255 - i / 3) as u8, (40 * step) as u8, 255],
        })
    };
    let many: Vec<Vec<u8>> = (0..3).map(|step| smooth(step).collect()).collect();
    let (seen, ..) = shown(&gif(&many, timing(3, 10.0), None).unwrap());
    for (seen, drawn) in seen.iter().zip(many.iter().chain(&many)) {
        for (seen, drawn) in seen.chunks_exact(4).zip(drawn.chunks_exact(4)) {
            assert_eq!(seen[3], drawn[3]);
            assert!((0..3).all(|k| seen[k].abs_diff(drawn[k]) <= 24), "{seen:?} for {drawn:?}");
        }
    }
}

#[test]
fn gif_keeps_the_mean_rate() {
    let all = frames(8, &colors(20), 0);
    for (fps, expected) in [(10.0, [10; 8]), (30.0, [3, 4, 3, 3, 4, 3, 3, 4]), (1000.0, [2; 8]), (0.4, [250; 8])] {
        let (_, delays, _) = shown(&gif(&all, timing(8, fps), Some(colors(20))).unwrap());
        assert_eq!(delays, expected, "{fps}");
    }
    let once = Timing { repeat: false, ..timing(8, 10.0) };
    assert_eq!(shown(&gif(&all, once, None).unwrap()).2, ::gif::Repeat::Finite(0));
}

#[test]
fn colors_that_are_not_in_the_palette_take_the_nearest() {
    let palette = vec![HOLE, [255, 255, 255, 255], [0, 0, 0, 255], [200, 30, 30, 255], [30, 30, 200, 255]];
    let mut palette = palette::Palette::new(palette).unwrap();
    let cases: [([u8; 4], u8); 6] = [
        ([255, 255, 255, 0], 0),
        ([250, 250, 240, 255], 1),
        ([20, 10, 10, 255], 2),
        ([230, 80, 60, 255], 3),
        ([60, 60, 160, 255], 4),
        ([0, 0, 0, 230], 2),
    ];
    let rgba = cases.map(|(color, _)| color).concat();
    let mut indices = Vec::new();
    palette.index(&Frame { width: 6, height: 1, rgba: &rgba }, &mut indices);
    assert_eq!(indices, cases.map(|(_, index)| index));
}

#[test]
fn what_does_not_fit_is_refused() {
    let all = frames(3, &colors(20), 0);
    let kind = |result: Result<Vec<u8>>| result.unwrap_err().kind();
    for number in [2, 4] {
        assert_eq!(kind(apng(&all, timing(number, 10.0), None)), ErrorKind::InvalidInput);
        assert_eq!(kind(gif(&all, timing(number, 10.0), None)), ErrorKind::InvalidInput);
    }
    for fps in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(kind(apng(&all, timing(3, fps), None)), ErrorKind::InvalidInput);
    }
    assert_eq!(kind(gif(&all, timing(3, 10.0), Some(Vec::new()))), ErrorKind::InvalidInput);
    assert_eq!(kind(apng(&[all[0][4..].to_vec()], timing(1, 10.0), None)), ErrorKind::InvalidInput);
    assert_eq!(kind(png(&Frame { width: 0, height: 4, rgba: &[] }, None)), ErrorKind::InvalidInput);
    assert!(Animation::new(AnimationFormat::Gif, &mut Vec::new(), (70_000, 4), timing(3, 10.0), None).is_err());
}

/// A disk with no room.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> Result<usize> {
        Err(ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_said() {
    for format in [AnimationFormat::Apng, AnimationFormat::Gif] {
        let error = Animation::new(format, &mut Full, SIZE, timing(3, 10.0), None).err();
        assert_eq!(error.map(|e| e.kind()), Some(ErrorKind::StorageFull), "{format:?}");
    }
}
