//! Pictures: maps, animations, charts and histograms, drawn by plotters.
//!
//! A picture is laid out as a [`Figure`]: marks and blocks of pixels in the coordinates of the picture. The figure is
//! then painted on a canvas or as SVG. Only this room knows plotters.

mod axis;
mod canvas;
mod figure;
pub mod film;
mod font;
pub mod histogram;
mod key;
mod layout;
pub mod maps;
mod norm;
mod palette;
pub mod render;
mod seen;
pub mod series;
mod ticks;
mod tint;

pub use figure::Figure;
pub use film::Film;
pub use histogram::Counts;
pub use maps::{Panel, Sheet, small_map};
pub use seen::ValueSummary;
pub use tint::Tint;
