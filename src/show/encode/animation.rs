//! An animation being written, a frame at a time, in either format.

use super::apng::Apng;
use super::gif::Gif;
use super::palette::Palette;
use super::{Frame, Timing};
use std::io::{Result, Write};

/// The formats of animations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnimationFormat {
    /// An animated PNG.
    Apng,
    /// A GIF.
    Gif,
}

/// An animation being written, a frame at a time; no more than two are held.
pub struct Animation<'a> {
    size: (u32, u32),
    timing: Timing,
    written: u32,
    format: Format<'a>,
}

enum Format<'a> {
    Apng(Box<Apng<'a>>),
    Gif(Box<Gif<'a>>),
}

impl<'a> Animation<'a> {
    /// `palette` has at most 256 colors, among them those of all frames; other colors take the nearest. Without one an
    /// animated PNG has all colors, and a GIF 256 of its own for each frame.
    pub fn new(
        format: AnimationFormat,
        to: &'a mut dyn Write,
        size: (u32, u32),
        timing: Timing,
        palette: Option<Vec<[u8; 4]>>,
    ) -> Result<Animation<'a>> {
        timing.checked()?;
        let palette = palette.map(Palette::new).transpose()?;
        let format = match format {
            AnimationFormat::Apng => Format::Apng(Box::new(Apng::new(to, size, timing, palette)?)),
            AnimationFormat::Gif => Format::Gif(Box::new(Gif::new(to, size, timing, palette)?)),
        };
        Ok(Animation { size, timing, written: 0, format })
    }

    /// Writes the next frame.
    ///
    /// # Errors
    /// If it has another size, is one more than were announced, or cannot be written.
    pub fn push(&mut self, frame: &Frame) -> Result<()> {
        frame.fills(self.size)?;
        self.written += 1;
        if self.written > self.timing.frames {
            return self.timing.complete(self.written);
        }
        match &mut self.format {
            Format::Apng(apng) => apng.push(frame),
            Format::Gif(gif) => gif.push(frame),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If a frame is missing, or the end cannot be written.
    pub fn finish(self) -> Result<()> {
        self.timing.complete(self.written)?;
        match self.format {
            Format::Apng(apng) => apng.finish(),
            Format::Gif(gif) => gif.finish(),
        }
    }
}
