//! What every sink can be told, whatever its format. A format lists in its row what of it means something there.

use crate::cube::{DType, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::Payload;
use crate::signature::{Param, Shape};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

pub(super) const PATH: Param = Param::required("path", Shape::Path, "Where to.");
pub(super) const OVERWRITE: Param = Param::flag("overwrite", "Replace a target that is there.");
pub(super) const APPEND: Param = Param::flag("append", "Go on after the last step of the store.");
pub(super) const RESUME: Param =
    Param::flag("resume", "Go on where an interrupted run stopped; with `overwrite`, where it was to replace another.");

pub(super) const DTYPE: Param = Param::option("dtype", Shape::Choice(DType::NAMES), "type of the stored numbers");
pub(super) const NODATA: Param = Param::option("nodata", Shape::Text, "stored number that stands for missing");
pub(super) const SCALE: Param =
    Param::option("scale", Shape::Number, "stored * scale + offset is the value; needs `dtype`");
pub(super) const OFFSET: Param = Param::option("offset", Shape::Number, "see `scale`");

/// How the numbers of a format are stored, by the name that xarray has for it: its fields are options of the format.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Encoding {
    pub dtype: Option<DType>,
    /// As it was written: a number, `nan`, or what else a format knows.
    pub nodata: Option<String>,
    scale: Option<f64>,
    offset: Option<f64>,
}

impl Encoding {
    /// # Errors
    /// `E0503` for a word that is no number.
    pub(super) fn nodata(&self) -> Result<Option<f64>> {
        self.nodata.as_deref().map(|text| text.parse().map_err(|_| bad("nodata", "a number", text))).transpose()
    }

    /// Scale and offset; nothing where numbers are stored as they are.
    ///
    /// # Errors
    /// `E0503` for a scale of 0, and where no type is given to store the numbers in.
    pub(super) fn packing(&self) -> Result<Option<(f64, f64)>> {
        if self.scale.is_none() && self.offset.is_none() {
            return Ok(None);
        }
        let (scale, offset) = (self.scale.unwrap_or(1.0), self.offset.unwrap_or(0.0));
        if scale == 0.0 || !scale.is_finite() || !offset.is_finite() {
            return Err(bad("scale", "a number other than 0", scale));
        }
        if self.dtype.is_none() {
            let message = "`scale` and `offset` need a type to store the numbers in";
            return Err(Diagnostic::new(codes::BAD_OPTION, message).about("scale").help("add `dtype int16`"));
        }
        Ok(Some((scale, offset)))
    }
}

/// Lengths of chunks by dimension, as they were written: `[time 64 y 256 x all]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub(super) struct Sizes(BTreeMap<String, String>);

/// Lengths along time, rows and columns; nothing where the default holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lengths {
    pub time: Option<usize>,
    pub y: Option<usize>,
    pub x: Option<usize>,
}

impl Sizes {
    /// # Errors
    /// `E0503` for a dimension that the cube does not have, and a length that there is not.
    pub(super) fn of(&self, option: &'static str, schema: &Schema) -> Result<Lengths> {
        let mut lengths = Lengths::default();
        for (dim, text) in &self.0 {
            let (length, whole) = match dim.as_str() {
                "time" | "t" => (&mut lengths.time, schema.time.len()),
                "y" | "lat" | "latitude" => (&mut lengths.y, schema.grid.height),
                "x" | "lon" | "longitude" => (&mut lengths.x, schema.grid.width),
                other if other == schema.time.dim_name() => (&mut lengths.time, schema.time.len()),
                other => {
                    return Err(bad(option, "a list such as `[time 64 y 256 x 256]`", other)
                        .help(format!("`{other}` is not one of `time`, `y` and `x`")));
                }
            };
            *length = Some(match text.as_str() {
                "all" | "-1" => whole.max(1),
                text => match text.parse() {
                    Ok(n) if (1..1_000_000_000).contains(&n) => n,
                    _ => return Err(bad(option, "a list of whole numbers from 1 on, or `all`", text)),
                },
            });
        }
        Ok(lengths)
    }
}

/// The options of a format, as a struct of its own.
///
/// # Errors
/// `E0503` for an option that the struct does not have or that is of another type.
pub(super) fn read<T: DeserializeOwned>(options: &Payload) -> Result<T> {
    options.read().map_err(|e| Diagnostic::new(codes::BAD_OPTION, "an option of `save` that cannot be used").cause(e))
}

/// The same for a struct that has a field `encoding`.
pub(super) fn read_encoded<T: DeserializeOwned>(options: &Payload) -> Result<T> {
    read(&options.nest("encoding", &["dtype", "nodata", "scale", "offset"]))
}

/// A value that an option cannot have.
pub(super) fn bad(option: &'static str, wanted: &str, given: impl Display) -> Box<Diagnostic> {
    Diagnostic::new(codes::BAD_OPTION, format!("`{option}` wants {wanted}, not `{given}`")).about(option)
}

/// # Errors
/// `E0503` for a number that lies outside.
pub(super) fn within(option: &'static str, given: Option<i64>, range: RangeInclusive<i64>) -> Result<Option<i64>> {
    match given.filter(|n| !range.contains(n)) {
        None => Ok(given),
        Some(n) => Err(bad(option, &format!("a whole number from {} to {}", range.start(), range.end()), n)),
    }
}
