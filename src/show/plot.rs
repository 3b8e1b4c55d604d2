//! Pictures: maps, animations, charts and histograms, drawn by plotters.
//!
//! A picture is laid out as a [`Figure`]: marks and blocks of pixels in the coordinates of the picture. The figure is
//! then painted on a canvas, or written as SVG, as PDF or in the cells of a terminal. Only this room knows plotters.

mod axis;
pub(crate) mod basemap;
mod canvas;
pub(crate) mod cells;
mod figure;
pub(crate) mod film;
mod font;
pub(crate) mod histogram;
mod key;
mod layout;
pub(crate) mod maps;
mod norm;
mod palette;
pub(crate) mod pdf;
mod pointed;
pub(crate) mod render;
mod seen;
pub(crate) mod series;
pub(crate) mod svg;
mod ticks;
mod tint;

use crate::plan::picture::{Color, colormap};
use crate::show::encode::{self, Frame};

pub(crate) use cells::Cell;
pub(crate) use figure::Figure;
pub(crate) use film::Film;
pub(crate) use histogram::Counts;
pub(crate) use maps::{Panel, Sheet, small_map};
pub(crate) use seen::ValueSummary;
pub(crate) use tint::Tint;

/// Colors of a map: `n` of a smooth one from end to end, else those of its classes, again and again.
pub(crate) fn colors(map: &str, n: usize) -> Vec<[u8; 3]> {
    let colors = match colormap::is_qualitative(map) {
        true => palette::classes(Some(map), &[], n),
        false => palette::shades(Some(map), &[], n),
    };
    colors.into_iter().map(|Color(color)| color).collect()
}

/// The colors of a map beside each other, as PNG.
pub(crate) fn swatch(map: &str) -> std::io::Result<Vec<u8>> {
    const SIZE: (usize, usize) = (256, 16);
    let row = colors(map, SIZE.0).into_iter().flat_map(|[r, g, b]| [r, g, b, 255]).collect::<Vec<u8>>();
    encode::png(&Frame { width: SIZE.0 as u32, height: SIZE.1 as u32, rgba: &row.repeat(SIZE.1) }, None)
}
