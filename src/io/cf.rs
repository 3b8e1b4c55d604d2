//! The CF conventions as Rastra reads them: which variables of a file are the bands of a cube, on what grid, at what
//! times. NetCDF and Zarr share it.
//!
//! A format describes a file as a [`Header`] and answers for the values of small variables ([`Values`]). [`survey`] goes
//! `axes` -> `select` -> `grid`, `mapping` -> `steps` -> `layout` and gives grid, steps and, for each band, how it is
//! stored ([`VariableLayout`]); nothing of it reads a pixel. Whoever reads passes stored values through a [`Decoder`].

mod axes;
pub(crate) mod coordinates;
mod decode;
mod grid;
mod header;
mod layout;
mod mapping;
mod number;
mod packing;
mod places;
mod reading;
mod regular;
mod select;
mod spatial_ref;
mod steps;
mod stored;
mod units;
mod valid;

pub(crate) use decode::{Copy3, Decoder, decoded, strides};
pub(crate) use header::{Attribute, DEFAULT_FILL, Dim, Header, Kind, Values, Variable};
pub(crate) use layout::{Survey, Wanted, survey};
pub(crate) use number::Number;
pub(crate) use places::Located;
pub(crate) use reading::{CfReading, GRID, Placing, RAW, RES};
pub(crate) use select::offered;
pub(crate) use spatial_ref::attributes as spatial_ref;
pub(crate) use steps::DimIndex;
pub(crate) use stored::{Layout, VariableLayout, stored_runs};

/// Attributes that say how numbers are stored or what the schema holds, which are no news to people.
const SHOWN_ELSEWHERE: &[&str] = &[
    "_FillValue",
    "missing_value",
    "scale_factor",
    "add_offset",
    "units",
    "long_name",
    "cell_methods",
    "grid_mapping",
    "coordinates",
    "history",
    "_ARRAY_DIMENSIONS",
    "_NCProperties",
    "AREA_OR_POINT",
];

/// Whether an attribute is told to people, whatever stands before its name.
pub(crate) fn is_told(name: &str) -> bool {
    !SHOWN_ELSEWHERE.contains(&name) && !["proj:", "spatial:"].iter().any(|of_grid| name.starts_with(of_grid))
}
