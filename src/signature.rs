//! What a stage takes and how it is explained, as plain data: the language and the formats share it.

/// How a stage is called and explained. Formats have one for their `load` or `save`.
#[derive(Debug)]
pub(crate) struct Signature {
    /// One word, or two for families: `load zarr`.
    pub name: &'static str,
    pub summary: &'static str,
    pub params: &'static [Param],
    /// Other words by which people look for it.
    pub seek: &'static [&'static str],
    pub examples: &'static [Example],
}

impl Signature {
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.params.iter().any(|param| param.name == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    pub name: &'static str,
    pub kind: ParamKind,
    pub shape: Shape,
    pub help: &'static str,
}

/// Where a parameter stands in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// By position.
    Required,
    /// By position, and it may be left out.
    Optional,
    /// All that is left by position.
    Rest,
    /// `name value`.
    Named,
    /// `name` alone.
    Flag,
    /// `name value`, about how a format stores what it is given; help lists these apart.
    Option,
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
    pub const fn option(name: &'static str, shape: Shape, help: &'static str) -> Param {
        Param { name, kind: ParamKind::Option, shape, help }
    }

    /// The word of a choice that a text stands for; of options, which GDAL's users write in capitals too, in any case.
    pub fn choice(&self, text: &str) -> Option<&'static str> {
        let Shape::Choice(words) = self.shape else { return None };
        let same = |word: &&&str| **word == text || self.kind == ParamKind::Option && word.eq_ignore_ascii_case(text);
        words.iter().find(same).copied()
    }

    pub fn is_positional(&self) -> bool {
        matches!(self.kind, ParamKind::Required | ParamKind::Optional | ParamKind::Rest)
    }
}

/// The form of an argument. It is checked before a verb is lowered, so that a verb can rely on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Any,
    Flag,
    Bool,
    /// True where it stands alone.
    Switch,
    /// What of a pixel must lie inside: `true`, `false` or `inside`.
    Touch,
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
    /// A word out of these; the first where none stands there.
    MaybeChoice(&'static [&'static str]),
    /// West, south, east, north.
    BBox,
    /// x and y, or longitude and latitude.
    Point,
    Crs,
    /// A number in units of the grid, or `10m 2km 0.25deg`.
    Length,
    /// `128` pixels, which may be written `128px`, or a length.
    Extent,
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
    /// The same, for a cube or a table.
    Result,
    /// A cube, or a file that is loaded as one.
    CubeOrPath,
    /// An expression over pixels.
    Expr,
    /// A condition on steps or items: their times, and what is known of them.
    Filter,
    /// `a = x, b = y`.
    Assigns,
    /// The same, or one expression.
    AssignsOrExpr,
    /// `level 500`: a name and a value.
    Pair,
    /// `[time 64 y 256 x all]`: names and lengths.
    Sizes,
    /// `zstd`, `zstd 5`: a name, and a level if there is one to choose.
    Codec,
    /// `0..0.9`, `0..`, `..0.9`.
    Span,
    /// Width and height.
    Size,
    /// A number or a list of them.
    Numbers,
    /// `3`, `-1`, `1..3`, or a list of them.
    Steps,
    /// `red`, `#ff0000`.
    Color,
    Colors,
    /// `viridis`, `RdBu_r`.
    ColorMap,
    /// `[1 water 2 forest]`.
    Legend,
}

impl Shape {
    pub fn is_expression(self) -> bool {
        matches!(self, Shape::Expr | Shape::Filter | Shape::Assigns | Shape::AssignsOrExpr)
    }

    /// What is expected, in words for messages.
    pub fn expected(self) -> String {
        match self {
            Shape::Any => "a value".into(),
            Shape::Flag => "nothing".into(),
            Shape::Bool | Shape::Switch => "`true` or `false`".into(),
            Shape::Touch => "`true`, `false` or `inside`".into(),
            Shape::Number => "a number".into(),
            Shape::Integer => "a whole number".into(),
            Shape::Text => "a text such as \"a\"".into(),
            Shape::Path => "a path in quotes, such as \"data/a.tif\"".into(),
            Shape::Paths => "a path in quotes or a list of them".into(),
            Shape::Names => "a name or a list such as `[red nir]`".into(),
            Shape::Choice(words) | Shape::MaybeChoice(words) => {
                format!("one of {}", words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "))
            }
            Shape::BBox => "four numbers: west south east north".into(),
            Shape::Point => "two numbers: x y, or longitude and latitude".into(),
            Shape::Crs => "a reference system such as `EPSG:32632`".into(),
            Shape::Length => "a length such as `10`, `10m`, `2km` or `0.25deg`".into(),
            Shape::Extent => "a number of pixels such as `128px`, or a length such as `1280m`".into(),
            Shape::Interval => "a date or a range such as `2020-01..2020-06`".into(),
            Shape::Period => "a length of time such as `1mo`, `10d`, `monthly` or \"QS-DEC\"".into(),
            Shape::Stretch => "a number of steps such as `3`, or a length of time such as `30d`".into(),
            Shape::Groups => "a noun of the calendar such as `month`, or a list of labels".into(),
            Shape::Reducers => "a reducer such as `mean`, or a list such as `[mean std]`".into(),
            Shape::MinCount => "a number of steps or a share such as `80%`".into(),
            Shape::Cube => "a cube: `$name` or `( pipeline )`".into(),
            Shape::Result => "a cube or a table: `$name` or `( pipeline )`".into(),
            Shape::CubeOrPath => "a cube (`$name`, `( pipeline )`) or a file in quotes".into(),
            Shape::Expr => "an expression".into(),
            Shape::Filter => "a condition such as `month(time) in [6 7 8]`".into(),
            Shape::Assigns => "`name = expression`".into(),
            Shape::AssignsOrExpr => "`name = expression` or an expression".into(),
            Shape::Pair => "a name and a value, such as `level 500`".into(),
            Shape::Sizes => "a list of names and lengths such as `[time 64 y 256 x 256]`".into(),
            Shape::Codec => "a name, and a level after it if you like, such as `zstd 5`".into(),
            Shape::Span => "a range of numbers such as `0..0.9`".into(),
            Shape::Size => "width and height, in pixels or on paper: `800 600`, `160mm 100mm`".into(),
            Shape::Steps => "the number of a step, a range such as `1..3`, or a list such as `[0 2 -1]`".into(),
            Shape::Numbers => "a number or a list such as `[0 10 100]`".into(),
            Shape::Color => "a color such as `red` or \"#ff0000\"".into(),
            Shape::Colors => "a list of colors such as `[white green \"#004000\"]`".into(),
            Shape::ColorMap => "a color map such as `viridis` or `RdBu_r`".into(),
            Shape::Legend => "a list of values and names such as `[1 water 2 forest]`".into(),
        }
    }

    /// The placeholder in a usage line of the help.
    pub fn placeholder(self, name: &str) -> String {
        match self {
            Shape::BBox => "W S E N".into(),
            Shape::Point => "X Y".into(),
            Shape::Choice(words) => words.join("|"),
            Shape::MaybeChoice(words) => format!("[{}]", words.join("|")),
            Shape::Bool | Shape::Switch => "true|false".into(),
            Shape::Touch => "true|false|inside".into(),
            Shape::Interval => "A..B".into(),
            Shape::Pair => "DIMENSION VALUE".into(),
            Shape::Sizes => "[NAME LENGTH ..]".into(),
            Shape::Codec => "NAME [LEVEL]".into(),
            Shape::Span => "LOW..HIGH".into(),
            Shape::Size => "WIDTH HEIGHT".into(),
            Shape::Numbers => "N|[..]".into(),
            Shape::Steps => "N|A..B|[..]".into(),
            Shape::Legend => "[VALUE NAME ..]".into(),
            Shape::ColorMap => "NAME".into(),
            Shape::Colors | Shape::Names => "[..]".into(),
            Shape::Assigns | Shape::AssignsOrExpr => "NAME = EXPR, ..".into(),
            Shape::Reducers => "REDUCER|[..]".into(),
            Shape::MinCount => "N|P%".into(),
            Shape::Stretch => "N|30d".into(),
            Shape::Cube | Shape::Result | Shape::CubeOrPath => "$x".into(),
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
