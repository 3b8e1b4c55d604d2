//! GIF: by an exact palette, and of a frame only what differs from the one before it.

use super::palette::Palette;
use super::{Frame, Timing};
use gif::{DisposalMethod, Encoder, Repeat};
use std::io::{self, Write};

pub struct Gif<'a> {
    encoder: Encoder<&'a mut dyn Write>,
    palette: Option<Palette>,
    size: (u16, u16),
    timing: Timing,
    /// Frames that were written.
    count: u64,
    /// What a reader shows before the frame that waits; nothing before the first, and where it was wiped away.
    shown: Option<Vec<u8>>,
    /// A frame waits for the next one, which says whether it is to be wiped away.
    waiting: Option<Vec<u8>>,
}

impl<'a> Gif<'a> {
    pub fn new(
        to: &'a mut dyn Write,
        (width, height): (u32, u32),
        timing: Timing,
        palette: Option<Palette>,
    ) -> io::Result<Gif<'a>> {
        let (Ok(width), Ok(height)) = (u16::try_from(width), u16::try_from(height)) else {
            return Err(io::Error::other("a GIF has at most 65535 pixels along an edge"));
        };
        let palette = palette.map(Palette::with_transparent);
        let colors = palette.as_ref().map_or(Vec::new(), Palette::rgb);
        let mut encoder = Encoder::new(to, width, height, &colors).map_err(io::Error::other)?;
        if timing.repeat {
            encoder.set_repeat(Repeat::Infinite).map_err(io::Error::other)?;
        }
        Ok(Gif { encoder, palette, size: (width, height), timing, count: 0, shown: None, waiting: None })
    }

    pub fn push(&mut self, frame: &Frame) -> io::Result<()> {
        let Some(palette) = &mut self.palette else { return self.quantized(frame) };
        let indices = palette.indices(frame);
        let clear = palette.transparent();
        // A pixel that becomes transparent cannot be drawn over another: all is wiped away before.
        let wipe = self.waiting.as_ref().is_some_and(|waiting| {
            clear.is_some_and(|clear| waiting.iter().zip(&indices).any(|(a, b)| *b == clear && *a != clear))
        });
        self.write(wipe)?;
        self.waiting = Some(indices);
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.write(false)?;
        self.encoder.into_inner().map(|_| ()).map_err(io::Error::other)
    }

    /// Writes the frame that waits, as far as it differs from what is shown.
    fn write(&mut self, wipe: bool) -> io::Result<()> {
        let Some(waiting) = self.waiting.take() else { return Ok(()) };
        let clear = self.palette.as_ref().and_then(Palette::transparent);
        let (width, height) = (usize::from(self.size.0), usize::from(self.size.1));
        let [top, bottom, left, right] = match &self.shown {
            Some(shown) if !wipe => changed(shown, &waiting, width),
            // All, or what lies around it would not be wiped away.
            _ => [0, height, 0, width],
        };
        let mut buffer = Vec::with_capacity((bottom - top) * (right - left));
        for row in top..bottom {
            let range = row * width + left..row * width + right;
            match (&self.shown, clear) {
                // What stays as it is compresses well as a run of nothing.
                (Some(shown), Some(clear)) => {
                    let pairs = shown[range.clone()].iter().zip(&waiting[range]);
                    buffer.extend(pairs.map(|(a, b)| if a == b { clear } else { *b }));
                }
                _ => buffer.extend_from_slice(&waiting[range]),
            }
        }
        let frame = gif::Frame {
            delay: self.delay(),
            dispose: if wipe { DisposalMethod::Background } else { DisposalMethod::Keep },
            transparent: clear,
            top: top as u16,
            left: left as u16,
            width: (right - left) as u16,
            height: (bottom - top) as u16,
            buffer: buffer.into(),
            ..gif::Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(io::Error::other)?;
        self.shown = if wipe { None } else { Some(waiting) };
        Ok(())
    }

    /// Hundredths of a second; those that rounding took are given back by the next frames. Readers take less than two for
    /// a mistake.
    fn delay(&mut self) -> u16 {
        let until = |n: u64| (n as f64 * 100.0 / self.timing.fps).round();
        let delay = until(self.count + 1) - until(self.count);
        self.count += 1;
        delay.clamp(2.0, 65535.0) as u16
    }

    /// 256 colors of its own for each frame, for pictures of more.
    fn quantized(&mut self, frame: &Frame) -> io::Result<()> {
        let mut rgba = frame.rgba.to_vec();
        let mut out = gif::Frame::from_rgba_speed(self.size.0, self.size.1, &mut rgba, 10);
        out.delay = self.delay();
        out.dispose = DisposalMethod::Background;
        self.encoder.write_frame(&out).map_err(io::Error::other)
    }
}

/// Rows and columns around all pixels that differ; one pixel where none does.
fn changed(a: &[u8], b: &[u8], width: usize) -> [usize; 4] {
    let mut found = [usize::MAX, 0, usize::MAX, 0];
    for (row, (a, b)) in a.chunks_exact(width).zip(b.chunks_exact(width)).enumerate() {
        let Some(left) = a.iter().zip(b).position(|(a, b)| a != b) else { continue };
        let right = width - a.iter().zip(b).rev().position(|(a, b)| a != b).unwrap_or(0);
        found = [found[0].min(row), row + 1, found[2].min(left), found[3].max(right)];
    }
    if found[0] == usize::MAX { [0, 1, 0, 1] } else { found }
}
