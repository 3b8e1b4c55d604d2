//! Animated PNG: every frame is the whole picture and replaces the one before it, as the player of notebooks expects.

use super::palette::Palette;
use super::{Frame, Timing};
use std::io::{self, Write};

pub struct Apng<'a> {
    writer: png::Writer<&'a mut dyn Write>,
    palette: Option<Palette>,
}

impl<'a> Apng<'a> {
    pub fn new(
        to: &'a mut dyn Write,
        (width, height): (u32, u32),
        timing: Timing,
        palette: Option<Palette>,
    ) -> io::Result<Apng<'a>> {
        let mut encoder = png::Encoder::new(to, width, height);
        super::pixels(&mut encoder, &Frame { width, height, rgba: &[] }, palette.as_ref());
        let set = encoder
            .set_animated(timing.frames, u32::from(!timing.repeat))
            .and_then(|()| encoder.set_dispose_op(png::DisposeOp::None))
            .and_then(|()| encoder.set_blend_op(png::BlendOp::Source))
            // In thousandths of a second.
            .and_then(|()| encoder.set_frame_delay((1000.0 / timing.fps).round().clamp(1.0, 65535.0) as u16, 1000));
        set.map_err(io::Error::other)?;
        Ok(Apng { writer: encoder.write_header().map_err(io::Error::other)?, palette })
    }

    pub fn push(&mut self, frame: &Frame) -> io::Result<()> {
        let indices = self.palette.as_mut().map(|palette| palette.indices(frame));
        let data = indices.as_deref().unwrap_or(frame.rgba);
        self.writer.write_image_data(data).map_err(io::Error::other)
    }

    pub fn finish(self) -> io::Result<()> {
        self.writer.finish().map_err(io::Error::other)
    }
}
