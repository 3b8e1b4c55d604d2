//! The columns of a table that is computed from pixels: their names, types and units.

use super::{Rows, Sampling};
use crate::cube::dates::DateUnit;
use crate::cube::{BBox, DType, Schema};
use crate::plan::Plan;
use crate::plan::show::plural;
use crate::reducers::Unit as ResultUnit;
use crate::reducers::{Reducer, ResultType};
use crate::table::{Column, ColumnType, Geometry, TableSchema, steps};

/// What is known of a table: its columns as they are computed, with dates where the numbers are some.
pub(super) fn schema(input: &Schema, rows: &Rows) -> TableSchema {
    let computed = computed(input, rows);
    let columns = with_dates(&computed.columns, input, rows);
    TableSchema { columns, ..computed }
}

/// Columns of numbers that are dates are columns of dates. Where the bands of a column are dates in part, these have a
/// column of their own behind it.
fn with_dates(computed: &[Column], input: &Schema, rows: &Rows) -> Vec<Column> {
    if matches!(rows, Rows::Counts { .. } | Rows::Bands) {
        return computed.to_vec();
    }
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
fn cell_axes(input: &Schema) -> [&'static str; 2] {
    if input.grid.is_geographic() { ["cell_lon", "cell_lat"] } else { ["cell_x", "cell_y"] }
}

/// How the numbers of each band are dates, where they are some.
pub(crate) fn dates_of_bands(input: &Schema) -> Vec<Option<DateUnit>> {
    input.bands.iter().map(|band| DateUnit::of(band, &input.time)).collect()
}

/// The columns as they are computed: where the plan's columns hold dates, these hold numbers.
pub(crate) fn computed(input: &Schema, rows: &Rows) -> TableSchema {
    if let Rows::Bands = rows {
        return TableSchema { columns: statistics(input), rows: Some(input.bands.len()), notes: Vec::new() };
    }
    let mut columns: Vec<Column> = steps(&input.time).map(|(column, _)| column).into_iter().collect();
    let mut notes = Vec::new();
    match rows {
        Rows::Zonal { zones, .. } | Rows::Counts { zones: Some((zones, _)), .. } => {
            columns.push(zones.ids.column.clone());
            columns.extend(zones.geometry.clone().map(geometry_column));
            notes.clone_from(&zones.notes);
        }
        Rows::Space { .. } | Rows::Counts { zones: None, .. } | Rows::Bands => {}
        Rows::Classes { classes, .. } => columns.push(class_column(classes)),
        // A list of values is ordered by class first, so the class is its first column.
        Rows::Values { classes } => columns.insert(0, class_column(classes)),
        Rows::Points { sites, sampling } => {
            columns.extend(sites.ids.as_ref().map(|ids| ids.column.clone()));
            columns.extend(sites.geometry.clone().map(geometry_column));
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
        _ if matches!(rows, Rows::Counts { .. }) => columns.extend(counted(input, rows)),
        Some(reduction) => {
            columns.extend(reduction.reducers.iter().map(|r| reduced_column(*r, input, rows.is_shared())));
        }
        None => columns.push(Column { unit: common_unit(input), ..Column::new("value", value_type(input, rows)) }),
    }
    apart(&mut columns, rows);
    notes.extend(unweighted(input, rows));
    notes.extend(rounding(input));
    let rows = rows.per_step(input).map(|n| n * input.time.len());
    TableSchema { columns, rows, notes }
}

/// How much the areas of the pixels of a zone may differ before it is told that they weigh the same.
const UNEVEN: f64 = 0.02;

/// Pixels of a grid of degrees count the same in a zone, though they are smaller towards the poles. It is told where that
/// matters: for means over zones from far south to far north.
fn unweighted(input: &Schema, rows: &Rows) -> Option<String> {
    let Rows::Zonal { zones, reduction, .. } = rows else { return None };
    let weigh =
        reduction.reducers.iter().any(|reducer| ["mean", "std", "var", "std1", "var1"].contains(&&*reducer.name()));
    if !weigh || !input.grid.is_geographic() {
        return None;
    }
    let cube = input.grid.bounds();
    let is_uneven = |zone: BBox| {
        let [south, north] = [zone.south, zone.north].map(|y| y.clamp(cube.south, cube.north));
        let widest = if south <= 0.0 && north >= 0.0 { 1.0 } else { south.abs().min(north.abs()).to_radians().cos() };
        south.abs().max(north.abs()).to_radians().cos() < widest * (1.0 - UNEVEN)
    };
    let tall = (0..zones.shapes.len()).filter(|zone| zones.bounds(*zone).is_some_and(is_uneven)).count();
    (tall > 0).then(|| {
        format!(
            "pixels count the same in each zone, though those of degrees are smaller towards the poles, by more than {} % in {}; \
             `reproject` to an equal-area system such as EPSG:6933 first weighs by area",
            UNEVEN * 100.0,
            plural(tall, "zone")
        )
    })
}

/// A value, how many pixels have it, and their area where that is known. Pixels that are covered in part count in part.
fn counted(input: &Schema, rows: &Rows) -> Vec<Column> {
    let count = if rows.is_shared() { ColumnType::Float64 } else { ColumnType::Int64 };
    let mut columns = vec![
        Column { unit: common_unit(input), ..Column::new("value", common_type(input)) },
        Column::new("count", count),
    ];
    if let Rows::Counts { areas: Some(_), .. } = rows {
        columns.push(Column { unit: Some("m2".into()), ..Column::new("area", ColumnType::Float64) });
    }
    columns
}

/// A band, how many of its pixels have a value, and what these are like.
fn statistics(input: &Schema) -> Vec<Column> {
    let unit = common_unit(input);
    let of_pixels = |name: &str, kind| Column { unit: unit.clone(), ..Column::new(name, kind) };
    vec![
        Column::new("band", ColumnType::Text),
        Column::new("valid", ColumnType::Int64),
        Column::new("missing", ColumnType::Int64),
        of_pixels("min", common_type(input)),
        of_pixels("mean", ColumnType::Float64),
        of_pixels("std", ColumnType::Float64),
        of_pixels("max", common_type(input)),
    ]
}

/// Renames the column of a file's field that has the name of one of our columns: a field `band` becomes `id_band`.
fn apart(columns: &mut [Column], rows: &Rows) {
    let own = match rows {
        Rows::Zonal { zones, .. } | Rows::Counts { zones: Some((zones, _)), .. } => &zones.ids.column.name,
        Rows::Points { sites, .. } => match &sites.ids {
            Some(ids) => &ids.column.name,
            None => return,
        },
        Rows::Space { .. }
        | Rows::Counts { zones: None, .. }
        | Rows::Bands
        | Rows::Classes { .. }
        | Rows::Values { .. } => return,
    };
    let named: Vec<usize> = (0..columns.len()).filter(|&i| columns[i].name == *own).collect();
    if named.len() > 1 {
        // Steps come first where there are any, then the field.
        let field = if named[0] == 0 && named[1] == 1 { named[1] } else { named[0] };
        columns[field].name = format!("id_{own}");
    }
}

fn geometry_column(geometry: Geometry) -> Column {
    Column { geometry: Some(geometry), ..Column::new("geometry", ColumnType::Text) }
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
    let unit = reducer.unit.of(common_unit(input), input.time.calendar().is_some());
    Column { unit, ..Column::new(reducer.name(), result_type(reducer, common_type(input), exact)) }
}

/// The type of a reducer's results over cells of a type; `exact` where they count in part.
pub(super) fn result_type(reducer: Reducer, own: ColumnType, exact: bool) -> ColumnType {
    match reducer.result {
        ResultType::Count | ResultType::Sum if exact && reducer.counts_shares() => ColumnType::Float64,
        ResultType::Count | ResultType::Truth => ColumnType::Int64,
        ResultType::OfPixels => own,
        ResultType::Sum if own == ColumnType::Float32 => ColumnType::Float64,
        ResultType::Sum => own,
        ResultType::Float | ResultType::Double | ResultType::Fit => ColumnType::Float64,
    }
}
