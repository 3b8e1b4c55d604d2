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

pub(crate) use cells::Cell;
pub(crate) use figure::Figure;
pub(crate) use film::Film;
pub(crate) use histogram::Counts;
pub(crate) use maps::{Panel, Sheet, small_map};
pub(crate) use seen::ValueSummary;
pub(crate) use tint::Tint;
