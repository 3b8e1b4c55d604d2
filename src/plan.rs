//! What will be computed: a tree of few, closed nodes, each with the schema of what comes out of it.
//!
//! A plan is data. It holds no open file and no closure, travels through serde, and is built only by the constructors
//! in
//! `build.rs`, which compute the schema.

pub(crate) mod address;
mod any;
mod build;
pub(crate) mod catalog;
mod cell_methods;
pub(crate) mod fingerprint;
mod min_count;
pub(crate) mod optimize;
pub(crate) mod overviews;
mod payload;
// Plans of pictures travel through builds that draw none.
#[cfg_attr(not(feature = "pictures"), allow(dead_code, unused_imports, unreachable_pub))]
pub(crate) mod picture;
pub(crate) mod show;
mod spec;
pub(crate) mod table;
mod window;

pub(crate) use crate::expr::Expr;
pub use any::AnyPlan;
pub(crate) use build::{Selection, common_band};
pub(crate) use catalog::Catalog;
pub(crate) use min_count::MinCount;
pub(crate) use payload::{DateRange, Extent, Payload, is_one, one};
#[cfg(feature = "pictures")]
pub(crate) use picture::Drawing;
pub(crate) use picture::Holds;
pub use picture::Picture;
pub use spec::Signer;
pub(crate) use spec::{Held, IfExists, PlacesSource, SinkSpec, SourceSlice, SourceSpec};
pub use table::TablePlan;
pub(crate) use table::{Cover, Keep, Reduction, Rows, Sampling, TableFrom};
pub(crate) use window::{Along, FillFrom, Nearby, Reach};

pub use crate::reducers::Reducer;

use crate::cube::{Schema, Touch};
use crate::diagnostic::Span;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// How a cube is computed: a tree of nodes, each with the schema of its result. It is data, and travels as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub(crate) node: Node,
    /// What is known of the result.
    pub schema: Arc<Schema>,
    /// The stage that asked for it, for errors that only show when it runs.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Node {
    /// Reads a source.
    Scan { source: SourceSpec },
    /// Keeps steps and bands in the given order, a range of rows, and one or two ranges of columns side by side.
    Select { input: Arc<Plan>, steps: Vec<usize>, bands: Vec<usize>, y: Range<usize>, x: Vec<Range<usize>> },
    /// Resamples onto the grid of its schema.
    Warp {
        input: Arc<Plan>,
        /// The longitudes and latitudes of the input's pixels, where its rows and columns are only counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        places: Option<Arc<Plan>>,
        method: Resampling,
    },
    /// Computes each band of its schema by one expression.
    Map { input: Arc<Plan>, outputs: Vec<Expr> },
    /// Makes pixels missing in every band.
    Mask { input: Arc<Plan>, by: MaskBy },
    /// Reduces with every reducer in one pass; bands come out band by band, reducer by reducer.
    Reduce { input: Arc<Plan>, over: Over, reducers: Vec<Reducer>, options: ReduceOptions },
    /// Keeps the steps and the grid; each pixel is computed from its neighbors.
    Window { input: Arc<Plan>, along: Along },
    /// Puts the bands of both side by side; `steps[i]` is the step of `right` that belongs to step `i` of `left`.
    Join { left: Arc<Plan>, right: Arc<Plan>, steps: Vec<Option<usize>> },
    /// Holds the steps of cubes of the same bands and grid; step `i` is step `steps[i].1` of input `steps[i].0`.
    Concat { inputs: Vec<Arc<Plan>>, steps: Vec<(usize, usize)> },
    /// Writes its input.
    Write { input: Arc<Plan>, sink: SinkSpec },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MaskBy {
    /// With `keep` (the verb `where`) pixels stay only where the condition is true; without it (the verb `mask`) they
    /// become missing only where it is true. An unknown condition is not true, so it removes a pixel only with `keep`.
    Condition { condition: Expr, keep: bool },
    /// Pixels outside the polygons, given as WKT in the system of the grid, become missing.
    Polygons { wkt: Arc<str>, touch: Touch },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Over {
    /// Reduces the steps of each group to one; steps without a group are left out.
    Time {
        group_of_step: Vec<Option<usize>>,
        groups: usize,
    },
    Band,
    /// Reduces pixels near each other; the schema of the node has the grid of the result.
    Space(Footprint),
}

/// The pixels of the input under one pixel of the output: rows `stride * row + rows`, columns likewise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Footprint {
    pub rows: Range<isize>,
    pub columns: Range<isize>,
    pub stride: usize,
}

impl Footprint {
    /// Blocks of `n` x `n` pixels side by side.
    pub(crate) fn block(n: usize) -> Footprint {
        Footprint { rows: 0..n as isize, columns: 0..n as isize, stride: n }
    }

    /// A window of `n` x `n` pixels around each; `n` is odd.
    pub(crate) fn around(n: usize) -> Footprint {
        let half = n as isize / 2;
        Footprint { rows: -half..half + 1, columns: -half..half + 1, stride: 1 }
    }

    /// How many pixels it covers.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// The rows (or columns) of an input of `len` that `out` needs, the footprint reaching over `over`.
    pub(crate) fn reach(&self, out: &Range<usize>, over: &Range<isize>, len: usize) -> Range<usize> {
        let inside = |at: isize| at.clamp(0, len as isize) as usize;
        let first = (out.start * self.stride) as isize + over.start;
        let end = (out.end.saturating_sub(1) * self.stride) as isize + over.end;
        inside(first)..inside(end)
    }

    /// Whether a pixel of `grid` has some of its footprint outside an input of `height` x `width`.
    pub(crate) fn overhangs(&self, grid: &crate::cube::GeoBox, height: usize, width: usize) -> bool {
        let over = |n: usize, range: &Range<isize>, len: usize| {
            range.start < 0 || (n.saturating_sub(1) * self.stride) as isize + range.end > len as isize
        };
        over(grid.height, &self.rows, height) || over(grid.width, &self.columns, width)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReduceOptions {
    pub min_count: MinCount,
    /// One missing value makes the result missing.
    pub keepna: bool,
    /// One weight a step (over space: a pixel of the footprint, row by row), for means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<Vec<f64>>,
    /// Where each step lies along time, for trends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positions: Option<Vec<f64>>,
}

/// GDAL's resampling methods, by the names of `gdalwarp -r`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resampling {
    #[default]
    Nearest,
    Bilinear,
    Cubic,
    CubicSpline,
    Lanczos,
    Average,
    Rms,
    Mode,
    Max,
    Min,
    Med,
    Q1,
    Q3,
    Sum,
}

impl Resampling {
    pub const NAMES: [(&'static str, Resampling); 14] = [
        ("nearest", Resampling::Nearest),
        ("bilinear", Resampling::Bilinear),
        ("cubic", Resampling::Cubic),
        ("cubicspline", Resampling::CubicSpline),
        ("lanczos", Resampling::Lanczos),
        ("average", Resampling::Average),
        ("rms", Resampling::Rms),
        ("mode", Resampling::Mode),
        ("max", Resampling::Max),
        ("min", Resampling::Min),
        ("med", Resampling::Med),
        ("q1", Resampling::Q1),
        ("q3", Resampling::Q3),
        ("sum", Resampling::Sum),
    ];

    /// The names alone, for arguments that choose one.
    pub const WORDS: &[&str] = &[
        "nearest",
        "bilinear",
        "cubic",
        "cubicspline",
        "lanczos",
        "average",
        "rms",
        "mode",
        "max",
        "min",
        "med",
        "q1",
        "q3",
        "sum",
    ];

    pub fn name(self) -> &'static str {
        Resampling::NAMES.iter().find(|(_, m)| *m == self).map_or("nearest", |(name, _)| name)
    }

    /// Whether the method looks at every source pixel under a target pixel, so that shrinking loses none.
    pub fn covers(self) -> bool {
        !matches!(
            self,
            Resampling::Nearest
                | Resampling::Bilinear
                | Resampling::Cubic
                | Resampling::CubicSpline
                | Resampling::Lanczos
        )
    }
}

/// What to do where rows and columns were counted and then made into others.
const PLACE_BEFORE: &str = "where the pixels lie was left out when rows and columns became other ones: put this stage before the one that \
     made them so, such as `coarsen`";

impl Plan {
    /// What to do where this cube has no reference system and needs one.
    pub(crate) fn way_to_a_system(&self) -> &'static str {
        fn had_places(plan: &Plan) -> bool {
            plan.schema.grid.places.is_some() || plan.node.inputs().into_iter().any(|input| had_places(input))
        }
        let grid = &self.schema.grid;
        if grid.places.is_none() && grid.crs.is_none() && had_places(self) {
            return PLACE_BEFORE;
        }
        grid.way_to_a_system()
    }
}

impl Node {
    pub(crate) fn inputs(&self) -> Vec<&Arc<Plan>> {
        match self {
            Node::Scan { .. } => vec![],
            Node::Select { input, .. }
            | Node::Map { input, .. }
            | Node::Mask { input, .. }
            | Node::Reduce { input, .. }
            | Node::Window { input, .. }
            | Node::Write { input, .. } => vec![input],
            Node::Warp { input, places, .. } => std::iter::once(input).chain(places).collect(),
            Node::Join { left, right, .. } => vec![left, right],
            Node::Concat { inputs, .. } => inputs.iter().collect(),
        }
    }

    pub(crate) fn inputs_mut(&mut self) -> Vec<&mut Arc<Plan>> {
        match self {
            Node::Scan { .. } => vec![],
            Node::Select { input, .. }
            | Node::Map { input, .. }
            | Node::Mask { input, .. }
            | Node::Reduce { input, .. }
            | Node::Window { input, .. }
            | Node::Write { input, .. } => vec![input],
            Node::Warp { input, places, .. } => std::iter::once(input).chain(places).collect(),
            Node::Join { left, right, .. } => vec![left, right],
            Node::Concat { inputs, .. } => inputs.iter_mut().collect(),
        }
    }
}

impl Plan {
    /// What is known of the result without reading a pixel.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Equal for plans that compute the same, wherever they stand in a text.
    pub fn fingerprint(&self) -> String {
        format!("{:016x}", fingerprint::of(&serde_json::to_string(&self.placeless()).unwrap_or_default()))
    }

    /// The same plan without the stages' places in the text.
    fn placeless(&self) -> Plan {
        let mut plan = Plan { span: Span::default(), ..self.clone() };
        plan.node.inputs_mut().into_iter().for_each(|input| *input = Arc::new(input.placeless()));
        plan
    }

    /// Whether this node or one below it reduces over time.
    pub fn reduces_time(&self) -> bool {
        matches!(self.node, Node::Reduce { over: Over::Time { .. }, .. })
            || self.node.inputs().iter().any(|input| input.reduces_time())
    }

    /// Every source below this plan, once for each scan of it, and its schema.
    pub fn scans(&self) -> Vec<(&SourceSpec, &Schema)> {
        if let Node::Scan { source } = &self.node {
            return vec![(source, &self.schema)];
        }
        self.node.inputs().into_iter().flat_map(|input| input.scans()).collect()
    }

    /// Where it is written, if it is.
    pub fn sink(&self) -> Option<&SinkSpec> {
        if let Node::Write { sink, .. } = &self.node { Some(sink) } else { None }
    }
}
