//! Animated GIF, frame by frame: with one exact palette only the changes are written; without one, each frame has its
//! own.
//!
//! A frame is written once the next one is known, because the canvas must be cleared after it if it would show through
//! a hole of the next one.

use super::palette::Palette;
use super::{Frame, Timing, gif_error, refused};
use gif::{DisposalMethod, Encoder, Repeat};
use std::io::{Result, Write};

pub(super) struct Gif<'a> {
    encoder: Encoder<&'a mut dyn Write>,
    size: (u16, u16),
    timing: Timing,
    palette: Option<Palette>,
    /// The canvas before the held frame is drawn; nothing at first and after it was cleared.
    canvas: Option<Vec<u8>>,
    held: Option<PaletteFrame>,
    /// The first frame if it has holes, because the last frame must not show through them when the animation starts
    /// again.
    first: Option<PaletteFrame>,
    written: u32,
    /// The duration of all frames written so far, in hundredths of a second.
    elapsed: u64,
}

#[derive(Clone)]
struct PaletteFrame {
    indices: Vec<u8>,
    transparent: Option<u8>,
    /// The palette of this frame, if it has its own.
    colors: Option<Vec<u8>>,
}

impl<'a> Gif<'a> {
    /// Begins an animation. Colors of the palette are exact; without a palette each frame gets one of 256 colors.
    pub(super) fn new(
        to: &'a mut dyn Write,
        (width, height): (u32, u32),
        timing: Timing,
        palette: Option<Palette>,
    ) -> Result<Gif<'a>> {
        let (Ok(width), Ok(height)) = (u16::try_from(width), u16::try_from(height)) else {
            return refused(format!("{width} x {height} pixels; a GIF has at most 65535 along an edge"));
        };
        // Pixels that do not change are written as a transparent color, which the palette needs.
        let palette = palette.map(Palette::with_transparent).transpose()?;
        let colors = palette.as_ref().map_or(Vec::new(), Palette::rgb);
        let mut encoder = Encoder::new(to, width, height, &colors).map_err(gif_error)?;
        if timing.repeat {
            encoder.set_repeat(Repeat::Infinite).map_err(gif_error)?;
        }
        let (canvas, held, first) = (None, None, None);
        Ok(Gif { encoder, size: (width, height), timing, palette, canvas, held, first, written: 0, elapsed: 0 })
    }

    pub(super) fn push(&mut self, frame: &Frame) -> Result<()> {
        let next = self.indexed(frame)?;
        match self.held.take() {
            None => self.first = Some(next.clone()).filter(|first| self.timing.repeat && first.has_holes()),
            Some(held) => {
                let clear = next.shows_through(&held);
                self.write(held, clear)?;
            }
        }
        self.held = Some(next);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<()> {
        if let Some(held) = self.held.take() {
            let clear = self.first.as_ref().is_some_and(|first| first.shows_through(&held));
            self.write(held, clear)?;
        }
        self.encoder.into_inner().map(|_| ()).map_err(gif_error)
    }

    fn indexed(&mut self, frame: &Frame) -> Result<PaletteFrame> {
        let mut indices = Vec::with_capacity(frame.rgba.len() / 4);
        if let Some(palette) = &mut self.palette {
            palette.index(frame, &mut indices);
            return Ok(PaletteFrame { indices, transparent: palette.transparent(), colors: None });
        }
        let mut palette = Palette::fitting(frame)?;
        palette.index(frame, &mut indices);
        Ok(PaletteFrame { indices, transparent: palette.transparent(), colors: Some(palette.rgb()) })
    }

    fn write(&mut self, frame: PaletteFrame, clear: bool) -> Result<()> {
        let canvas = self.canvas.take();
        // Only the part that was drawn is cleared.
        let part = match &canvas {
            Some(canvas) if !clear => self.changed(canvas, &frame.indices),
            _ => Part { left: 0, top: 0, width: self.size.0, height: self.size.1 },
        };
        let drawn = part.cut(&frame.indices, self.size.0);
        let buffer = match canvas.zip(frame.transparent) {
            Some((canvas, transparent)) => only_changes(drawn, &part.cut(&canvas, self.size.0), transparent),
            None => drawn,
        };
        let written = gif::Frame {
            delay: self.delay(),
            dispose: if clear { DisposalMethod::Background } else { DisposalMethod::Keep },
            transparent: frame.transparent,
            left: part.left,
            top: part.top,
            width: part.width,
            height: part.height,
            palette: frame.colors.clone(),
            buffer: buffer.into(),
            ..gif::Frame::default()
        };
        self.encoder.write_frame(&written).map_err(gif_error)?;
        // Numbers of different palettes cannot be compared.
        if !clear && frame.colors.is_none() {
            self.canvas = Some(frame.indices);
        }
        Ok(())
    }

    /// The duration of this frame in hundredths of a second, so that all frames so far take the right time. It is at
    /// least 2, because browsers slow down shorter ones.
    fn delay(&mut self) -> u16 {
        self.written += 1;
        let end = (f64::from(self.written) * 100.0 / self.timing.fps).round() as u64;
        let delay = end.saturating_sub(self.elapsed).clamp(2, u64::from(u16::MAX));
        self.elapsed += delay;
        delay as u16
    }

    /// The smallest rectangle outside of which nothing differs, never empty.
    fn changed(&self, old: &[u8], new: &[u8]) -> Part {
        let width = usize::from(self.size.0);
        let rows = || old.chunks_exact(width).zip(new.chunks_exact(width));
        let differs = |(old, new): (&[u8], &[u8])| old != new;
        let top = rows().position(differs).unwrap_or(0);
        let bottom = rows().rposition(differs).unwrap_or(0);
        let (mut left, mut right) = (width - 1, 0);
        for (old, new) in rows().skip(top).take(bottom + 1 - top) {
            let mut columns = old.iter().zip(new);
            if let Some(first) = columns.clone().position(|(a, b)| a != b) {
                left = left.min(first);
            }
            if let Some(last) = columns.rposition(|(a, b)| a != b) {
                right = right.max(last);
            }
        }
        let left = left.min(right);
        let side = |from: usize, to: usize| (to - from + 1) as u16;
        Part { left: left as u16, top: top as u16, width: side(left, right), height: side(top, bottom) }
    }
}

struct Part {
    left: u16,
    top: u16,
    width: u16,
    height: u16,
}

impl Part {
    fn cut(&self, canvas: &[u8], width: u16) -> Vec<u8> {
        let (left, width) = (usize::from(self.left), usize::from(width));
        let rows = canvas.chunks_exact(width).skip(self.top.into()).take(self.height.into());
        rows.flat_map(|row| &row[left..left + usize::from(self.width)]).copied().collect()
    }
}

/// Makes unchanged pixels transparent where they are most of the part; a few holes among new pixels would make the file
/// longer.
fn only_changes(mut new: Vec<u8>, old: &[u8], transparent: u8) -> Vec<u8> {
    let same = new.iter().zip(old).filter(|(new, old)| new == old).count();
    if 2 * same > new.len() {
        new.iter_mut().zip(old).filter(|(new, old)| new == old).for_each(|(new, _)| *new = transparent);
    }
    new
}

impl PaletteFrame {
    fn has_holes(&self) -> bool {
        self.transparent.is_some_and(|transparent| self.indices.contains(&transparent))
    }

    /// Whether something of the frame before would show through a hole of this one.
    fn shows_through(&self, before: &PaletteFrame) -> bool {
        let Some(transparent) = self.transparent else { return false };
        let mut pixels = self.indices.iter().zip(&before.indices);
        pixels.any(|(new, old)| *new == transparent && Some(*old) != before.transparent)
    }
}
