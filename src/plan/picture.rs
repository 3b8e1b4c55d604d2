//! What a picture is drawn of and how it is to look. Beside cubes and tables it is the third kind of result, of the
//! verbs `plot`, `animate` and `hist`; it is data, as plans are.

mod build;
mod color;
pub(crate) mod colormap;

pub(crate) use build::{FRAMES, PANELS};
pub(crate) use color::Color;

use super::{Plan, SinkSpec, TablePlan, show};
use crate::cube::{BBox, Crs, Schema};
use crate::diagnostic::Span;
use crate::table::{Ring, Sites};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is drawn of a cube or a table, and how. It is data, and travels as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// What the picture is of.
    pub(crate) whole: Drawn,
    /// The part of it that is drawn: the chosen steps and bands, with no more pixels than can be seen.
    pub(crate) input: Drawn,
    pub(crate) drawing: Drawing,
    pub(crate) look: Look,
    /// Where it is written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sink: Option<SinkSpec>,
    /// Notes on what was left out because a picture has no room for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    pub(crate) span: Span,
}

/// What a picture can be of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawn {
    Cube(Arc<Plan>),
    Table(Arc<TablePlan>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Drawing {
    /// A map for each step and band of a cube, side by side.
    Maps { maps: Box<Maps>, columns: Option<usize> },
    /// The maps of a cube one after another.
    Animation { maps: Box<Maps>, timing: Timing },
    /// The values of a table over its steps as lines; a table without steps is drawn as bars.
    Series { lines: Lines, range: [Option<f64>; 2] },
    /// How often values occur in each band of a cube.
    Histogram { bins: usize, range: [Option<f64>; 2] },
}

/// Which lines a table is drawn as. Columns are positions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Lines {
    /// What they follow; time, or a part of it, unless given.
    pub x: Option<usize>,
    /// What tells them apart; what the rows are about unless given.
    pub by: Option<Vec<usize>>,
    /// The columns of their values; all numbers that are neither of these unless given.
    pub y: Option<Vec<usize>>,
    /// So many are drawn, those of the largest means; the first unless given.
    pub top: Option<usize>,
    /// How values are drawn; as lines where they follow something, else as bars.
    pub marks: Option<Marks>,
    /// Two columns between whose values the ground is shaded.
    pub shade: Option<[usize; 2]>,
}

/// What stands for the values of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Marks {
    Lines,
    Bars,
    Points,
}

impl Marks {
    pub(crate) const WORDS: &'static [(&'static str, Marks)] =
        &[("lines", Marks::Lines), ("bars", Marks::Bars), ("points", Marks::Points)];
}

/// What every picture has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Width and height in pixels.
    pub size: Option<[u32; 2]>,
    pub title: Option<String>,
    pub title_size: Option<f64>,
    /// Pixels an inch, by which letters and lines grow; 96 unless given, the pixel of CSS.
    pub dpi: Option<f64>,
    pub theme: Theme,
}

impl Look {
    /// Pixels an inch of pictures for which nothing else is said.
    pub const DPI: f64 = 96.0;

    /// How many pixels of the picture one of its layout has along an edge.
    pub(crate) fn scale(&self) -> f64 {
        self.dpi.map_or(1.0, |dpi| dpi / Look::DPI)
    }
}

/// The colors of what is not data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    Light,
    /// Light letters on dark ground.
    Dark,
    /// Black on white, without shades that a printer would screen.
    Print,
}

impl Theme {
    pub const WORDS: &'static [(&'static str, Theme)] =
        &[("light", Theme::Light), ("dark", Theme::Dark), ("print", Theme::Print)];
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timing {
    /// Frames a second.
    pub fps: f64,
    /// How the time of a frame is written, as in `strftime`; unless given, in the shortest form that tells frames
    /// apart.
    pub label: Option<String>,
    pub label_size: Option<f64>,
    /// Whether it starts again after the last frame.
    pub repeat: bool,
}

impl Default for Timing {
    fn default() -> Timing {
        // Five frames a second, which is 200 ms for each.
        Timing { fps: 5.0, label: None, label_size: None, repeat: true }
    }
}

/// How pixels become colors, and what is drawn on them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Maps {
    /// Draws the first three bands as red, green and blue.
    pub rgb: bool,
    pub colors: Colors,
    pub bar: Bar,
    /// Writes the value of each pixel into it.
    pub values: Option<Numbers>,
    pub points: Option<Points>,
    pub outline: Option<Outline>,
    #[serde(default)]
    pub elements: Elements,
    /// The system in which they are drawn, where it is not that of the cube.
    #[serde(default)]
    pub projection: Option<Projection>,
    /// Whether the last band is no map, but where the others are hatched: from a half on.
    #[serde(default)]
    pub hatched: bool,
}

impl Maps {
    /// The bands of a cube that are drawn as maps.
    pub(crate) fn bands(&self, schema: &Schema) -> usize {
        schema.bands.len() - usize::from(self.hatched)
    }
}

/// What of the world is drawn on a map beside its data, and what helps to read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Elements {
    pub coast: bool,
    pub borders: bool,
    /// Meridians and parallels.
    pub graticule: bool,
    pub scale_bar: bool,
    pub north_arrow: bool,
    /// A small map of the world on which the place of this one is marked.
    pub inset: bool,
    /// The color of coasts and borders.
    pub color: Option<Color>,
}

impl Elements {
    /// The name of the first that is asked for, if any is.
    pub(crate) fn first(&self) -> Option<&'static str> {
        let all = [
            (self.coast, "coast"),
            (self.borders, "borders"),
            (self.graticule, "graticule"),
            (self.scale_bar, "scale_bar"),
            (self.north_arrow, "north_arrow"),
            (self.inset, "inset"),
        ];
        all.into_iter().find(|(is_wanted, _)| *is_wanted).map(|(_, name)| name)
    }
}

/// The projection of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    pub crs: Crs,
    /// What of its plane is shown.
    pub bounds: BBox,
    pub edge: Edge,
}

/// Where a map ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// At the bounds.
    Frame,
    /// Half a turn from the meridian in its middle: the whole earth.
    Globe { meridian: f64 },
    /// At the ellipse within the bounds.
    Disc,
}

/// How a value becomes a color.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Colors {
    /// A name of [`colormap::NAMES`], perhaps with `_r`.
    pub map: Option<String>,
    /// Colors in place of a named map: the map runs from one to the next, or each is the color of a class.
    pub list: Vec<Color>,
    /// The values at the ends of the map; those of the data unless given.
    pub range: [Option<f64>; 2],
    /// Takes the 2nd and 98th percentile of the data for the ends of the map.
    pub robust: bool,
    /// The value that has the middle color.
    pub center: Option<f64>,
    pub scale: Scale,
    /// Steps of color instead of a smooth change.
    pub levels: Option<Levels>,
    /// Values that are drawn as missing.
    pub exclude: Vec<f64>,
    /// Values that are classes, with their names: a legend instead of a bar.
    pub classes: Vec<(f64, String)>,
    /// The color of missing pixels, which are transparent unless it is given.
    pub missing: Option<Color>,
}

/// How values are spread over the map. Matplotlib calls these `Normalize`, `PowerNorm`, `LogNorm`, `SymLogNorm`,
/// `TwoSlopeNorm` and `BoundaryNorm`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    #[default]
    Linear,
    Power {
        gamma: f64,
    },
    Log,
    /// Linear up to `threshold` on both sides of zero and logarithmic beyond; the linear part is as long as `linear`
    /// decades.
    Symlog {
        threshold: f64,
        linear: f64,
    },
    /// Each side of the center takes half of the map.
    Midpoint,
    /// Every one of `levels` takes an equal share of the map.
    Boundary,
}

impl Scale {
    pub const WORDS: &'static [&'static str] = &["linear", "power", "log", "symlog", "midpoint", "boundary"];
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Levels {
    /// About this many levels, with edges at round numbers.
    Count(usize),
    /// The edges of the levels.
    At(Vec<f64>),
}

/// The key to the colors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    pub place: BarPosition,
    /// The text beside the bar: the band and its unit unless given.
    pub label: Option<String>,
    pub label_size: Option<f64>,
    /// Its length as a share of the edge that it lies along.
    pub length: Option<f64>,
    /// The distance from one tick to the next.
    pub every: Option<f64>,
    /// Digits after the point.
    pub precision: Option<usize>,
    /// Which ends are pointed, for values beyond them.
    pub extend: Option<Extend>,
}

/// Which pictures a format of files holds, and how a cube is drawn for it that was not drawn before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Still pictures alone.
    Stills,
    /// Animations alone.
    Animations,
    /// Either; a cube of several steps is drawn as a still picture.
    StillsFirst,
    /// Either; a cube of several steps is drawn as an animation.
    AnimationsFirst,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarPosition {
    #[default]
    Right,
    Bottom,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extend {
    Neither,
    Min,
    Max,
    Both,
}

impl Extend {
    pub const WORDS: &'static [(&'static str, Extend)] =
        &[("neither", Extend::Neither), ("min", Extend::Min), ("max", Extend::Max), ("both", Extend::Both)];
}

/// Numbers written into pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    pub size: Option<f64>,
    /// Numbers above this value are written in black, others in white; unless given, each is written in whichever can be
    /// read on its color.
    pub threshold: Option<f64>,
}

/// Points drawn on a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Points {
    pub sites: Arc<Sites>,
    pub color: Color,
    pub size: f64,
    pub label_color: Color,
    pub label_size: f64,
}

/// Edges of polygons drawn on a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    pub rings: Arc<Vec<Ring>>,
    pub color: Color,
    pub width: u32,
}

impl Picture {
    /// The same picture, to be written to a sink.
    pub(crate) fn write(&self, sink: SinkSpec, span: Span) -> Arc<Picture> {
        Arc::new(Picture { sink: Some(sink), span, ..self.clone() })
    }

    pub(crate) fn unwritten(&self) -> Arc<Picture> {
        Arc::new(Picture { sink: None, ..self.clone() })
    }

    pub(crate) fn is_moving(&self) -> bool {
        matches!(self.drawing, Drawing::Animation { .. })
    }

    /// What it shows, in a line for messages.
    pub fn summary(&self) -> String {
        let what = match &self.drawing {
            Drawing::Maps { .. } => "maps",
            Drawing::Animation { .. } => "an animation",
            Drawing::Series { .. } => "a chart",
            Drawing::Histogram { .. } => "a histogram",
        };
        match &self.whole {
            Drawn::Cube(plan) => format!("{what} of {}", show::summary(&plan.schema)),
            Drawn::Table(plan) => format!("{what} of {}", plan.schema.summary()),
        }
    }
}
