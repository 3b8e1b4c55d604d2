//! Encodes drawn frames: as still PNG, or frame by frame as animated PNG and GIF.

mod animation;
mod apng;
mod gif;
mod palette;
mod still;

pub use animation::{Animation, AnimationFormat};
pub(crate) use palette::indexed;
pub(crate) use still::{png, read};

use std::io::{Error, ErrorKind, Result};

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
