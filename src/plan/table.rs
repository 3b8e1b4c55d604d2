//! Where the rows of a table come from, and which of them are kept. Most come from pixels: the plan of a cube and how its
//! pixels become rows. Others are known as soon as headers and catalogs are read, or made of another table. Each is data, as
//! plans are.

mod columns;
mod edit;
mod roles;

pub(crate) use columns::{computed, dates_of_bands};
pub(crate) use edit::{Edit, column_of, reduced, type_of, unfit};
pub(crate) use roles::Roles;

use super::{Plan, ReduceOptions, SinkSpec};
use crate::cube::{Schema, Touch};
use crate::diagnostic::Span;
use crate::reducers::Reducer;
use crate::table::{KnownTable, Sites, Table, TableSchema, Zones};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where the rows of a table come from, and what is known of it. It is data, and travels as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TablePlan {
    pub(crate) from: TableFrom,
    /// Rows that are kept, in the order they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) keep: Vec<Keep>,
    /// Where the table is written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sink: Option<SinkSpec>,
    /// What is known of the rows.
    pub schema: Arc<TableSchema>,
    pub(crate) span: Span,
}

/// Where the rows of a table come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TableFrom {
    /// The pixels of a cube.
    Pixels { input: Arc<Plan>, rows: Rows },
    /// Headers and catalogs alone, so that nothing is left to compute.
    Known {
        table: Arc<Table>,
        /// What it holds, for people.
        title: String,
        /// The cube that it tells of, if it is one.
        of: Option<Arc<Plan>>,
    },
    /// Another table.
    Edited { input: Arc<TablePlan>, edit: Edit },
}

/// How pixels become rows. Rows are ordered by step, then by what they are about, then by band.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rows {
    /// The pixels of polygons, reduced: a row a step, zone and band. Zones without pixels have rows where they are asked for.
    Zonal { zones: Arc<Zones>, cover: Cover, reduction: Reduction, keep_empty: bool },
    /// All pixels of a step, reduced: a row a step and band. Where rows differ in area, pixels may count by it.
    Space { reduction: Reduction, by_area: bool },
    /// The pixels of each value, of the whole cube or of polygons: a row a step, zone, band and value. The areas are those of
    /// a pixel of each row in square meters, or of all pixels.
    Counts { zones: Option<(Arc<Zones>, Cover)>, areas: Option<Arc<Vec<f64>>> },
    /// The statistics of all pixels of all steps: a row a band.
    Bands,
    /// The pixels of each class of a raster of one step and band, reduced: a row a step, class and band.
    Classes { classes: Arc<Plan>, reduction: Reduction },
    /// Every valid pixel with its class: ordered by class, band, step, row, column.
    Values { classes: Arc<Plan> },
    /// The pixels at points: a row a step, point and band.
    Points { sites: Arc<Sites>, sampling: Sampling },
}

/// By how much the pixels that a polygon covers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cover {
    /// Each by the share that is covered.
    Share,
    /// Each that belongs to the polygon as one.
    Whole(Touch),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reduction {
    pub reducers: Vec<Reducer>,
    pub options: ReduceOptions,
}

/// How the value at a point comes from the pixels around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sampling {
    /// The pixel the point lies in.
    #[default]
    Nearest,
    /// Interpolated between the centers of the four pixels around it.
    Bilinear,
    /// The points are centers of pixels.
    Center,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    Head(usize),
    Tail(usize),
}

impl Rows {
    pub(crate) fn reduction(&self) -> Option<&Reduction> {
        match self {
            Rows::Zonal { reduction, .. } | Rows::Space { reduction, .. } | Rows::Classes { reduction, .. } => {
                Some(reduction)
            }
            Rows::Counts { .. } | Rows::Bands | Rows::Values { .. } | Rows::Points { .. } => None,
        }
    }

    pub(crate) fn classes(&self) -> Option<&Arc<Plan>> {
        match self {
            Rows::Classes { classes, .. } | Rows::Values { classes } => Some(classes),
            Rows::Zonal { .. } | Rows::Space { .. } | Rows::Counts { .. } | Rows::Bands | Rows::Points { .. } => None,
        }
    }

    /// Whether a pixel counts by the share of it that a polygon covers.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Rows::Zonal { cover: Cover::Share, .. } | Rows::Counts { zones: Some((_, Cover::Share)), .. })
    }

    /// Whether pixels weigh differently in means: covered in part, or of different areas.
    pub(crate) fn is_weighted(&self) -> bool {
        match self {
            Rows::Zonal { cover, .. } => *cover == Cover::Share,
            Rows::Space { by_area, .. } => *by_area,
            Rows::Counts { .. } | Rows::Bands | Rows::Classes { .. } | Rows::Values { .. } | Rows::Points { .. } => {
                false
            }
        }
    }

    /// Whether each pixel of the cube has its part in the rows.
    fn take_every_pixel(&self) -> bool {
        match self {
            Rows::Zonal { .. } | Rows::Points { .. } | Rows::Counts { zones: Some(_), .. } => false,
            Rows::Counts { zones: None, .. }
            | Rows::Space { .. }
            | Rows::Bands
            | Rows::Classes { .. }
            | Rows::Values { .. } => true,
        }
    }

    /// Rows of one step, where that can be known without reading a pixel.
    pub(crate) fn per_step(&self, input: &Schema) -> Option<usize> {
        let about = match self {
            Rows::Zonal { zones, keep_empty: true, .. } => zones.shapes.len(),
            // Which zones have pixels is known once it is computed what they cover.
            Rows::Zonal { keep_empty: false, .. } => return None,
            Rows::Space { .. } => 1,
            Rows::Points { sites, .. } => sites.points.len(),
            Rows::Counts { .. } | Rows::Bands | Rows::Classes { .. } | Rows::Values { .. } => return None,
        };
        Some(about * input.bands.len())
    }
}

/// Told where stages follow on `show`, which ends a pipeline elsewhere.
const ON_ROWS: &str = "`show` gives a table here: what follows is about its rows, not about the cube";

/// The rows of a table of pixels, at most.
const MOST_ROWS: usize = 1_000_000;

/// Told where points are read from files on several grids.
const ON_ONE_GRID: &str =
    "points are read on the common grid, so a value may be that of a neighbor of the pixel that an item has there";

impl TablePlan {
    pub(crate) fn new(input: &Arc<Plan>, rows: Rows, span: Span) -> Arc<TablePlan> {
        let mut schema = columns::schema(&input.schema, &rows);
        let at_points = matches!(rows, Rows::Points { sampling: Sampling::Nearest | Sampling::Bilinear, .. });
        if at_points && input.scans().iter().any(|(source, _)| source.resampled) {
            schema.notes.push(ON_ONE_GRID.into());
        }
        let from = TableFrom::Pixels { input: input.clone(), rows };
        Arc::new(TablePlan { from, keep: Vec::new(), sink: None, schema: Arc::new(schema), span })
    }

    /// A row for each step, pixel and band; of large cubes of the first pixels.
    pub(crate) fn every_pixel(cube: &Arc<Plan>, span: Span) -> Arc<TablePlan> {
        let (schema, grid) = (&cube.schema, &cube.schema.grid);
        let each = (schema.time.len() * schema.bands.len()).max(1);
        let count = grid.pixels().min((MOST_ROWS / each).max(1));
        let points: Vec<[f64; 2]> = (0..count).map(|at| grid.center(at % grid.width, at / grid.width)).collect();
        let cut = count < grid.pixels();
        let note = || {
            format!(
                "the first {count} of {} pixels have rows; `crop`, `step` and `select` choose others",
                grid.pixels()
            )
        };
        let sites = Sites {
            title: "pixels".into(),
            ids: None,
            axes: if grid.is_geographic() { ["lon", "lat"] } else { ["x", "y"] }.map(String::from),
            given: points.clone(),
            points,
            notes: cut.then(note).into_iter().chain([ON_ROWS.to_string()]).collect(),
            geometry: None,
        };
        TablePlan::new(cube, Rows::Points { sites: Arc::new(sites), sampling: Sampling::Center }, span)
    }

    /// A table whose rows are known; `of` is the cube that they tell of, if it is one.
    pub(crate) fn known(known: KnownTable, of: Option<&Arc<Plan>>, span: Span) -> Arc<TablePlan> {
        let KnownTable { table, title, notes } = known;
        let schema = TableSchema { columns: table.columns.clone(), rows: Some(table.rows()), notes };
        let from = TableFrom::Known { table, title, of: of.cloned() };
        Arc::new(TablePlan { from, keep: Vec::new(), sink: None, schema: Arc::new(schema), span })
    }

    /// The cube that it is computed from or tells of.
    pub(crate) fn cube(&self) -> Option<&Arc<Plan>> {
        match &self.from {
            TableFrom::Pixels { input, .. } => Some(input),
            TableFrom::Known { of, .. } => of.as_ref(),
            TableFrom::Edited { input, .. } => input.cube(),
        }
    }

    /// The same table with more to tell of what was decided.
    pub(crate) fn with_notes(self: Arc<Self>, notes: Vec<String>) -> Arc<TablePlan> {
        let mut schema = (*self.schema).clone();
        schema.notes.extend(notes);
        Arc::new(TablePlan { schema: Arc::new(schema), ..(*self).clone() })
    }

    /// The same table with fewer rows.
    pub fn keep(&self, keep: Keep, span: Span) -> Arc<TablePlan> {
        let (Keep::Head(n) | Keep::Tail(n)) = keep;
        let mut schema = (*self.schema).clone();
        schema.rows = schema.rows.map(|rows| rows.min(n));
        let mut all = self.keep.clone();
        all.push(keep);
        Arc::new(TablePlan { keep: all, schema: Arc::new(schema), span, ..self.clone() })
    }

    pub(crate) fn write(&self, sink: SinkSpec, span: Span) -> Arc<TablePlan> {
        Arc::new(TablePlan { sink: Some(sink), span, ..self.clone() })
    }

    /// The table before it is saved.
    pub fn unwritten(&self) -> Arc<TablePlan> {
        Arc::new(TablePlan { sink: None, ..self.clone() })
    }

    /// Whether each pixel of the cube has its part in the table.
    pub fn takes_every_pixel(&self) -> bool {
        match &self.from {
            TableFrom::Pixels { rows, .. } => self.keep.is_empty() && rows.take_every_pixel(),
            TableFrom::Known { .. } => false,
            TableFrom::Edited { input, edit: Edit::Join { other, .. } } => {
                input.takes_every_pixel() && other.takes_every_pixel()
            }
            TableFrom::Edited { input, .. } => input.takes_every_pixel(),
        }
    }

    /// Which of `rows` rows are kept.
    pub fn kept(&self, rows: usize) -> std::ops::Range<usize> {
        self.keep.iter().fold(0..rows, |kept, keep| match *keep {
            Keep::Head(n) => kept.start..kept.end.min(kept.start + n),
            Keep::Tail(n) => kept.start.max(kept.end.saturating_sub(n))..kept.end,
        })
    }

    /// The steps of the input that the kept rows need, where that is known; else all steps.
    pub(crate) fn steps(&self, input: &Schema, rows: &Rows) -> std::ops::Range<usize> {
        let all = input.time.len();
        let Some(per_step) = rows.per_step(input).filter(|rows| *rows > 0) else {
            return 0..all;
        };
        let rows = self.kept(all * per_step);
        rows.start / per_step..rows.end.div_ceil(per_step)
    }
}
