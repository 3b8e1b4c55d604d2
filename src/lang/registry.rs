//! What a verb is: its name, its parameters, its examples and how it is lowered; and a call of it, checked.

mod arg;
mod call;
#[cfg(feature = "pictures")]
pub mod drawing;
mod reductions;
pub mod stretch;

pub use arg::{Arg, Value};
pub use call::{Call, crs_of, extents, some_of};
pub use reductions::Reduction;
pub use stretch::Stretch;

use crate::diagnostic::Result;
use crate::plan::{Carried, Picture, Plan, Reducer, TablePlan};
use std::sync::Arc;

/// A stage of the language.
#[derive(Debug)]
pub struct Verb {
    /// One word, or two for families: `load zarr`.
    pub name: &'static str,
    pub group: Group,
    pub summary: &'static str,
    pub params: &'static [Param],
    /// Words people look for it by.
    pub seek: &'static [&'static str],
    pub examples: &'static [Example],
    pub lower: Lower,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Source,
    Pick,
    Space,
    Pixel,
    Time,
    Combine,
    Table,
    See,
    Out,
}

impl Group {
    pub const ALL: [(Group, &'static str); 9] = [
        (Group::Source, "Sources"),
        (Group::Pick, "Picking steps and bands"),
        (Group::Space, "Space"),
        (Group::Pixel, "Pixels"),
        (Group::Time, "Time"),
        (Group::Combine, "Combining cubes"),
        (Group::Table, "Tables"),
        (Group::See, "Seeing"),
        (Group::Out, "Saving"),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    pub name: &'static str,
    pub kind: ParamKind,
    pub shape: Shape,
    pub help: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// By position.
    Required,
    Optional,
    /// All that is left by position.
    Rest,
    /// `name value`.
    Named,
    /// `name` alone.
    Flag,
    /// Any `key value` that the format of a sink knows.
    Options,
}

impl Param {
    pub const fn required(name: &'static str, shape: Shape, help: &'static str) -> Param {
        Param { name, kind: ParamKind::Required, shape, help }
    }
    pub const fn optional(name: &'static str, shape: Shape, help: &'static str) -> Param {
        Param { name, kind: ParamKind::Optional, shape, help }
    }
    pub const fn rest(name: &'static str, shape: Shape, help: &'static str) -> Param {
        Param { name, kind: ParamKind::Rest, shape, help }
    }
    pub const fn named(name: &'static str, shape: Shape, help: &'static str) -> Param {
        Param { name, kind: ParamKind::Named, shape, help }
    }
    pub const fn flag(name: &'static str, help: &'static str) -> Param {
        Param { name, kind: ParamKind::Flag, shape: Shape::Flag, help }
    }
    pub const fn options(help: &'static str) -> Param {
        Param { name: "options", kind: ParamKind::Options, shape: Shape::Any, help }
    }

    pub fn is_positional(&self) -> bool {
        matches!(self.kind, ParamKind::Required | ParamKind::Optional | ParamKind::Rest)
    }
}

/// What an argument looks like. Checked before a verb is lowered, so that a verb only reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Any,
    Flag,
    Bool,
    Number,
    Integer,
    /// A string or a word.
    Text,
    /// A file, folder or URL.
    Path,
    /// A path, a list of them.
    Paths,
    /// One name or a list: bands, assets, variables.
    Names,
    /// A word out of these.
    Choice(&'static [&'static str]),
    /// West, south, east, north.
    BBox,
    /// x and y, or longitude and latitude.
    Point,
    Crs,
    /// A number in units of the grid, or `10m 2km 0.25deg`.
    Length,
    /// `A..B`, `A..`, `..B`, or one date that stands for its whole period.
    Interval,
    /// `1mo 10d monthly dekadal "QS-DEC" P16D`.
    Period,
    /// `3` steps, or a length of time such as `30d`.
    Stretch,
    /// A calendar noun, a list of labels.
    Groups,
    /// One reducer, `quantile 0.9`, or a list.
    Reducers,
    /// `20` steps or `80%`.
    MinCount,
    /// `$x`, `( pipeline )`.
    Cube,
    /// A cube, or a file that is loaded as one.
    CubeOrPath,
    Expr,
    /// `a = x, b = y`, or one expression.
    Assigns,
    /// `level 500`: a name and a value.
    Pair,
    /// `0..0.9`, `0..`, `..0.9`.
    Span,
    /// Width and height.
    Size,
    /// A number or a list of them.
    Numbers,
    /// `red`, `#ff0000`.
    Color,
    Colors,
    /// `viridis`, `RdBu_r`.
    ColorMap,
    /// `[1 water 2 forest]`.
    Legend,
}

impl Shape {
    /// For messages: what would have been right.
    pub fn expected(self) -> String {
        match self {
            Shape::Any => "a value".into(),
            Shape::Flag => "nothing".into(),
            Shape::Bool => "`true` or `false`".into(),
            Shape::Number => "a number".into(),
            Shape::Integer => "a whole number".into(),
            Shape::Text => "a text such as \"a\"".into(),
            Shape::Path => "a path in quotes, such as \"data/a.tif\"".into(),
            Shape::Paths => "a path in quotes or a list of them".into(),
            Shape::Names => "a name or a list such as `[red nir]`".into(),
            Shape::Choice(words) => {
                format!("one of {}", words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "))
            }
            Shape::BBox => "four numbers: west south east north".into(),
            Shape::Point => "two numbers: x y, or longitude and latitude".into(),
            Shape::Crs => "a reference system such as `EPSG:32632`".into(),
            Shape::Length => "a length such as `10`, `10m`, `2km` or `0.25deg`".into(),
            Shape::Interval => "a date or a range such as `2020-01..2020-06`".into(),
            Shape::Period => "a length of time such as `1mo`, `10d`, `monthly` or \"QS-DEC\"".into(),
            Shape::Stretch => "a number of steps such as `3`, or a length of time such as `30d`".into(),
            Shape::Groups => "a noun of the calendar such as `month`, or a list of labels".into(),
            Shape::Reducers => "a reducer such as `mean`, or a list such as `[mean std]`".into(),
            Shape::MinCount => "a number of steps or a share such as `80%`".into(),
            Shape::Cube => "a cube: `$name` or `( pipeline )`".into(),
            Shape::CubeOrPath => "a cube (`$name`, `( pipeline )`) or a file in quotes".into(),
            Shape::Expr => "an expression".into(),
            Shape::Assigns => "`name = expression` or an expression".into(),
            Shape::Pair => "a name and a value, such as `level 500`".into(),
            Shape::Span => "a range of numbers such as `0..0.9`".into(),
            Shape::Size => "two numbers: width and height in pixels".into(),
            Shape::Numbers => "a number or a list such as `[0 10 100]`".into(),
            Shape::Color => "a color such as `red` or \"#ff0000\"".into(),
            Shape::Colors => "a list of colors such as `[white green \"#004000\"]`".into(),
            Shape::ColorMap => "a color map such as `viridis` or `RdBu_r`".into(),
            Shape::Legend => "a list of values and names such as `[1 water 2 forest]`".into(),
        }
    }

    /// For help: the placeholder in a usage line.
    pub fn placeholder(self, name: &str) -> String {
        match self {
            Shape::BBox => "W S E N".into(),
            Shape::Point => "X Y".into(),
            Shape::Choice(words) => words.join("|"),
            Shape::Bool => "true|false".into(),
            Shape::Interval => "A..B".into(),
            Shape::Pair => "DIMENSION VALUE".into(),
            Shape::Span => "LOW..HIGH".into(),
            Shape::Size => "WIDTH HEIGHT".into(),
            Shape::Numbers => "N|[..]".into(),
            Shape::Legend => "[VALUE NAME ..]".into(),
            Shape::ColorMap => "NAME".into(),
            Shape::Colors | Shape::Names => "[..]".into(),
            Shape::Assigns => "NAME = EXPR, ..".into(),
            Shape::Reducers => "REDUCER|[..]".into(),
            Shape::MinCount => "N|P%".into(),
            Shape::Stretch => "N|30d".into(),
            Shape::Cube | Shape::CubeOrPath => "$x".into(),
            _ => name.to_uppercase(),
        }
    }
}

/// A program that is run by the tests, with exactly this output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Example {
    pub title: &'static str,
    pub script: &'static str,
    /// Empty for examples on files that only the user has: those are checked to parse and name real stages.
    pub output: &'static str,
}

/// Where a verb may stand, and what it becomes.
#[derive(Debug)]
pub enum Lower {
    Source(fn(&Call) -> Result<Arc<Plan>>),
    Stage(fn(&Call, &Arc<Plan>) -> Result<Arc<Plan>>),
    Sink(fn(&Call, &Arc<Plan>) -> Result<Arc<Plan>>),
    /// Makes a table of a cube.
    Table(fn(&Call, &Arc<Plan>) -> Result<Arc<TablePlan>>),
    /// Writes a table.
    TableSink(fn(&Call, &Arc<TablePlan>) -> Result<Arc<TablePlan>>),
    /// Works on a cube or a table, or makes one of the other.
    Either(fn(&Call, &Carried) -> Result<Carried>),
    /// Draws a cube or a table.
    Picture(fn(&Call, &Carried) -> Result<Arc<Picture>>),
    /// Writes a picture, or a cube or table as it is drawn where nobody says how.
    PictureSink(fn(&Call, &Carried) -> Result<Arc<Picture>>),
    See(View),
}

/// How a result is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Describe,
    Schema,
    Stats,
    Explain,
    Show,
}

/// The verb of that full name.
pub fn find(name: &str) -> Option<&'static Verb> {
    crate::verbs::VERBS.iter().copied().find(|v| v.name == name)
}

/// Whether a stage of this one word is a reducer: `median`, `p90`.
pub fn is_reducer(word: &str) -> bool {
    word == "quantile" || Reducer::from_word(word).is_some()
}

/// The first words of all verbs, each once, and the reducers: what may stand at the start of a stage.
pub fn first_words() -> Vec<&'static str> {
    let mut words: Vec<&str> = crate::verbs::VERBS.iter().filter_map(|v| v.name.split(' ').next()).collect();
    words.extend(Reducer::words().map(|reducer| reducer.name));
    words.push("quantile");
    words.sort_unstable();
    words.dedup();
    words
}

/// The second words of a family: `files stac zarr` for `load`.
pub fn family(first: &str) -> Vec<&'static str> {
    crate::verbs::VERBS
        .iter()
        .filter_map(|v| v.name.split_once(' '))
        .filter(|(a, _)| *a == first)
        .map(|(_, b)| b)
        .collect()
}
