//! What a table is computed from: the plan of a cube, how its pixels become rows, and which of the rows are kept. It is
//! data, as plans are.

use super::{Plan, ReduceOptions, SinkSpec};
use crate::cube::dates::DateUnit;
use crate::cube::{DType, Schema};
use crate::diagnostic::Span;
use crate::reducers::Unit as ResultUnit;
use crate::reducers::{Reducer, ResultType};
use crate::table::{Column, ColumnType, Sites, TableSchema, Zones, steps};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a table is computed from a cube, and what is known of it. It is data, and travels as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TablePlan {
    pub(crate) input: Arc<Plan>,
    pub(crate) rows: Rows,
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

/// How pixels become rows. Rows are ordered by step, then by what they are about, then by band.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rows {
    /// The pixels of polygons, reduced: a row a step, zone and band.
    Zonal { zones: Arc<Zones>, exact: bool, reduction: Reduction },
    /// All pixels of a step, reduced: a row a step and band.
    Space { reduction: Reduction },
    /// The pixels of each class of a raster of one step and band, reduced: a row a step, class and band.
    Classes { classes: Arc<Plan>, reduction: Reduction },
    /// Every valid pixel with its class: ordered by class, band, step, row, column.
    Values { classes: Arc<Plan> },
    /// The pixels at points: a row a step, point and band.
    Points { sites: Arc<Sites>, sampling: Sampling },
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
            Rows::Zonal { reduction, .. } | Rows::Space { reduction } | Rows::Classes { reduction, .. } => {
                Some(reduction)
            }
            Rows::Values { .. } | Rows::Points { .. } => None,
        }
    }

    pub(crate) fn classes(&self) -> Option<&Arc<Plan>> {
        match self {
            Rows::Classes { classes, .. } | Rows::Values { classes } => Some(classes),
            Rows::Zonal { .. } | Rows::Space { .. } | Rows::Points { .. } => None,
        }
    }

    /// Whether a pixel counts by the share of it that a polygon covers.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Rows::Zonal { exact: true, .. })
    }

    /// Whether pixels weigh differently in means: covered in part, or of different areas.
    pub(crate) fn is_weighted(&self, input: &Schema) -> bool {
        match self {
            Rows::Zonal { exact, .. } => *exact,
            Rows::Space { .. } => input.grid.is_angular(),
            Rows::Classes { .. } | Rows::Values { .. } | Rows::Points { .. } => false,
        }
    }

    /// Rows of one step, where that can be known without reading a pixel.
    pub(crate) fn per_step(&self, input: &Schema) -> Option<usize> {
        let about = match self {
            Rows::Zonal { zones, .. } => zones.shapes.len(),
            Rows::Space { .. } => 1,
            Rows::Points { sites, .. } => sites.points.len(),
            Rows::Classes { .. } | Rows::Values { .. } => return None,
        };
        Some(about * input.bands.len())
    }
}

impl TablePlan {
    pub(crate) fn new(input: &Arc<Plan>, rows: Rows, span: Span) -> Arc<TablePlan> {
        let schema = Arc::new(schema(&input.schema, &rows));
        Arc::new(TablePlan { input: input.clone(), rows, keep: Vec::new(), sink: None, schema, span })
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

    /// The columns as they are computed: where the plan's columns hold dates, these hold numbers.
    pub(crate) fn computed(&self) -> Vec<Column> {
        computed(&self.input.schema, &self.rows).columns
    }

    /// How the numbers of each band are dates, where they are some.
    pub(crate) fn dates_of_bands(&self) -> Vec<Option<DateUnit>> {
        dates_of_bands(&self.input.schema)
    }

    /// Whether each pixel of the cube has its part in the table.
    pub fn takes_every_pixel(&self) -> bool {
        self.keep.is_empty() && !matches!(self.rows, Rows::Zonal { .. } | Rows::Points { .. })
    }

    /// Which of `rows` rows are kept.
    pub fn kept(&self, rows: usize) -> std::ops::Range<usize> {
        self.keep.iter().fold(0..rows, |kept, keep| match *keep {
            Keep::Head(n) => kept.start..kept.end.min(kept.start + n),
            Keep::Tail(n) => kept.start.max(kept.end.saturating_sub(n))..kept.end,
        })
    }

    /// The steps of the input that the kept rows need, where that is known; else all steps.
    pub fn steps(&self) -> std::ops::Range<usize> {
        let all = self.input.schema.time.len();
        let Some(per_step) = self.rows.per_step(&self.input.schema).filter(|rows| *rows > 0) else {
            return 0..all;
        };
        let rows = self.kept(all * per_step);
        rows.start / per_step..rows.end.div_ceil(per_step)
    }
}

/// What is known of a table: its columns as they are computed, with dates where the numbers are some.
fn schema(input: &Schema, rows: &Rows) -> TableSchema {
    let computed = computed(input, rows);
    let columns = with_dates(&computed.columns, input, rows);
    TableSchema { columns, ..computed }
}

/// Columns of numbers that are dates are columns of dates. Where the bands of a column are dates in part, these have a
/// column of their own behind it.
fn with_dates(computed: &[Column], input: &Schema, rows: &Rows) -> Vec<Column> {
    let units = dates_of_bands(input);
    let known: Vec<&DateUnit> = units.iter().flatten().collect();
    let kind = if known.iter().all(|unit| unit.is_clock()) { ColumnType::Time } else { ColumnType::Text };
    let results = rows.reduction().map_or(1, |reduction| reduction.reducers.len());
    let first = computed.len() - results;
    let keeps = |i: usize| rows.reduction().is_none_or(|of| of.reducers[i].unit == ResultUnit::OfPixels);
    let mut columns = Vec::new();
    for (i, column) in computed.iter().enumerate() {
        let is_dated = i >= first && keeps(i - first) && !known.is_empty();
        if is_dated && known.len() == units.len() {
            columns.push(Column::new(&column.name, kind));
            continue;
        }
        columns.push(column.clone());
        if is_dated {
            columns.push(Column::new(format!("{}_date", column.name), kind));
        }
    }
    columns
}

/// The columns of the centers of pixels.
pub(crate) fn cell_axes(input: &Schema) -> [&'static str; 2] {
    if input.grid.is_geographic() { ["cell_lon", "cell_lat"] } else { ["cell_x", "cell_y"] }
}

fn dates_of_bands(input: &Schema) -> Vec<Option<DateUnit>> {
    input.bands.iter().map(|band| DateUnit::of(band.unit.as_deref(), &input.time)).collect()
}

fn computed(input: &Schema, rows: &Rows) -> TableSchema {
    let mut columns: Vec<Column> = steps(&input.time).map(|(column, _)| column).into_iter().collect();
    let mut notes = Vec::new();
    match rows {
        Rows::Zonal { zones, .. } => {
            columns.push(zones.ids.column.clone());
            notes.clone_from(&zones.notes);
        }
        Rows::Space { .. } => {}
        Rows::Classes { classes, .. } => columns.push(class_column(classes)),
        // A list of values is ordered by class first, so the class is its first column.
        Rows::Values { classes } => columns.insert(0, class_column(classes)),
        Rows::Points { sites, sampling } => {
            columns.extend(sites.ids.as_ref().map(|ids| ids.column.clone()));
            columns.extend(sites.axes.iter().map(|axis| Column::new(axis, ColumnType::Float64)));
            // Which pixel answered; between centers several do.
            if *sampling == Sampling::Nearest {
                columns.extend(cell_axes(input).map(|axis| Column::new(axis, ColumnType::Float64)));
            }
            notes.clone_from(&sites.notes);
        }
    }
    columns.push(Column::new("band", ColumnType::Text));
    match rows.reduction() {
        Some(reduction) => {
            columns.extend(reduction.reducers.iter().map(|r| reduced_column(*r, input, rows.is_shared())));
        }
        None => columns.push(Column { unit: common_unit(input), ..Column::new("value", value_type(input, rows)) }),
    }
    apart(&mut columns, rows);
    notes.extend(rounding(input));
    let rows = rows.per_step(input).map(|n| n * input.time.len());
    TableSchema { columns, rows, notes }
}

/// Renames the column of a file's field that has the name of one of our columns: a field `band` becomes `id_band`.
fn apart(columns: &mut [Column], rows: &Rows) {
    let own = match rows {
        Rows::Zonal { zones, .. } => &zones.ids.column.name,
        Rows::Points { sites, .. } => match &sites.ids {
            Some(ids) => &ids.column.name,
            None => return,
        },
        Rows::Space { .. } | Rows::Classes { .. } | Rows::Values { .. } => return,
    };
    let named: Vec<usize> = (0..columns.len()).filter(|&i| columns[i].name == *own).collect();
    if named.len() > 1 {
        // Steps come first where there are any, then the field.
        let field = if named[0] == 0 && named[1] == 1 { named[1] } else { named[0] };
        columns[field].name = format!("id_{own}");
    }
}

fn class_column(classes: &Plan) -> Column {
    Column::new("class", classes.schema.bands.first().map_or(ColumnType::Int64, |b| ColumnType::of(b.dtype)))
}

fn value_type(input: &Schema, rows: &Rows) -> ColumnType {
    if let Rows::Points { sampling: Sampling::Bilinear, .. } = rows {
        return ColumnType::Float64;
    }
    common_type(input)
}

/// The type of a column that holds the pixels of every band.
fn common_type(input: &Schema) -> ColumnType {
    let types = input.bands.iter().map(|b| ColumnType::of(b.dtype));
    types.reduce(ColumnType::promote).unwrap_or(ColumnType::Float64)
}

/// Whole numbers of 64 bits that share a column with other numbers are rounded as floats are.
fn rounding(input: &Schema) -> Option<String> {
    let large = input.bands.iter().find(|band| matches!(band.dtype, DType::I64 | DType::U64))?;
    (common_type(input) == ColumnType::Float64).then(|| {
        format!(
            "the bands share columns of float64, which rounds whole numbers beyond 2^53; `select {}` keeps them exact",
            large.name
        )
    })
}

/// The unit, if the bands have one in common.
fn common_unit(input: &Schema) -> Option<String> {
    let unit = input.bands.first()?.unit.clone();
    unit.filter(|unit| !unit.is_empty() && input.bands.iter().all(|b| b.unit.as_ref() == Some(unit)))
}

/// The column of a reducer's results. Results that are one of the pixels keep their type; sums and ranges of integers
/// are exact, unless pixels count in part; all others are floats of 64 bits.
fn reduced_column(reducer: Reducer, input: &Schema, exact: bool) -> Column {
    let own = common_type(input);
    let whole = if own == ColumnType::Float32 { ColumnType::Float64 } else { own };
    let kind = match reducer.result {
        ResultType::Count | ResultType::Sum if exact && reducer.counts_shares() => ColumnType::Float64,
        ResultType::Count | ResultType::Truth => ColumnType::Int64,
        ResultType::OfPixels => own,
        ResultType::Sum => whole,
        ResultType::Float | ResultType::Double | ResultType::Fit => ColumnType::Float64,
    };
    let unit = reducer.unit.of(common_unit(input), input.time.calendar().is_some());
    Column { unit, ..Column::new(reducer.name(), kind) }
}
