//! Encodes drawn frames: as still PNG, or frame by frame as animated PNG and GIF.

mod apng;
mod gif;
mod palette;
mod still;

pub use still::{png, read};

use apng::Apng;
use gif::Gif;
use palette::Palette;
use std::io::{Error, ErrorKind, Result, Write};

/// A picture as it was drawn: straight alpha, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Pixels in a row.
    pub width: u32,
    /// Rows, from the top.
    pub height: u32,
    /// Red, green, blue and opacity of each pixel.
    pub rgba: &'a [u8],
}

/// A picture of at most 256 colors: the colors, and for each pixel the number of its color.
pub fn indexed(frame: &Frame) -> Result<(Vec<[u8; 4]>, Vec<u8>)> {
    frame.checked()?;
    let (mut palette, mut indices) = (Palette::fitting(frame)?, Vec::new());
    palette.index(frame, &mut indices);
    Ok((palette.colors(), indices))
}

/// How an animation runs.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How many frames it has.
    pub frames: u32,
    /// Frames a second.
    pub fps: f64,
    /// Whether it starts again after the last frame.
    pub repeat: bool,
}

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

impl<'a> Frame<'a> {
    fn pixels(&self) -> impl Iterator<Item = [u8; 4]> + use<'a> {
        self.rgba.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]])
    }

    fn checked(&self) -> Result<()> {
        let pixels = self.width as usize * self.height as usize;
        match pixels > 0 && self.rgba.len() == 4 * pixels {
            true => Ok(()),
            false => refused(format!("{} bytes are no {} x {} pixels", self.rgba.len(), self.width, self.height)),
        }
    }

    /// Checks that a frame has the size of the canvas.
    fn fills(&self, canvas: (u32, u32)) -> Result<()> {
        self.checked()?;
        match (self.width, self.height) == canvas {
            true => Ok(()),
            false => refused(format!(
                "a frame of {} x {} pixels in an animation of {} x {}",
                self.width, self.height, canvas.0, canvas.1
            )),
        }
    }
}

impl Timing {
    fn checked(&self) -> Result<()> {
        match self.frames > 0 && self.fps.is_finite() && self.fps > 0.0 {
            true => Ok(()),
            false => refused(format!("{} frames at {} frames a second", self.frames, self.fps)),
        }
    }

    /// Checks that as many frames were written as were announced.
    fn complete(&self, written: u32) -> Result<()> {
        match written == self.frames {
            true => Ok(()),
            false => refused(format!("{written} of {} frames were drawn", self.frames)),
        }
    }
}

fn refused<T>(why: String) -> Result<T> {
    Err(Error::new(ErrorKind::InvalidInput, why))
}

/// The error of the PNG encoder, with the kind of its cause, so that a full disk can be told from others.
fn png_error(error: ::png::EncodingError) -> Error {
    match error {
        ::png::EncodingError::IoError(cause) => cause,
        other => Error::new(ErrorKind::InvalidInput, other.to_string()),
    }
}

fn gif_error(error: ::gif::EncodingError) -> Error {
    match error {
        ::gif::EncodingError::Io(cause) => cause,
        other => Error::new(ErrorKind::InvalidInput, other.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
