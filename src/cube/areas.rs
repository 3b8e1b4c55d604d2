//! The areas of the pixels of a grid on the ground, as they are known once and for all steps.

/// The areas of pixels on the ground.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelAreas {
    /// Square meters of a pixel of each row, or of every pixel.
    pub rows: Vec<f64>,
    /// Where they are areas in the plane of a projection: how many times those on the ground they are, at most.
    pub off: Option<f64>,
}
