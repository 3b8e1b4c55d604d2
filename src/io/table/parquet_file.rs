//! `save parquet`: columns of their own types; times are instants in UTC to the microsecond, missing cells null.

use super::{TableFormat, geoparquet};
use crate::io::saving;
use crate::signature::{Example, Param, Shape, Signature};
use crate::table::{Cells, Column, ColumnType, Table};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use serde::Deserialize;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

/// Rows that are written, and later read, together.
const GROUP: usize = 1 << 20;

pub(super) const FORMAT: TableFormat = TableFormat {
    name: "parquet",
    stage: &SAVE,
    extensions: &["parquet"],
    check: |spec| saving::read::<SaveParquet>(&spec.options).map(|_| ()),
    write: |spec, table, to| {
        let SaveParquet { compress } = saving::read(&spec.options).map_err(|d| io::Error::other(d.message))?;
        write(compress, table, to).map_err(io::Error::other)
    },
};

const SAVE: Signature = Signature {
    name: "save parquet",
    summary: "Write a table as Parquet: typed columns, times in UTC, missing cells null; with shapes (`zonal .. geometry`) as GeoParquet.",
    params: &[
        saving::PATH,
        saving::OVERWRITE,
        Param::option("compress", Shape::Choice(&["snappy", "zstd", "none"]), "snappy (default), zstd or none"),
    ],
    seek: &["to_parquet", "arrow", "feather", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | reduce mean over space | save parquet \"series.parquet\" compress zstd overwrite",
        output: "",
    }],
};

/// What `save parquet` can be told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SaveParquet {
    compress: Compress,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Compress {
    #[default]
    Snappy,
    Zstd,
    None,
}

fn write(compress: Compress, table: &Table, to: &mut (dyn Write + Send)) -> Result<(), ParquetError> {
    let compression = match compress {
        Compress::Snappy => Compression::SNAPPY,
        Compress::Zstd => Compression::ZSTD(ZstdLevel::default()),
        Compress::None => Compression::UNCOMPRESSED,
    };
    let unit = |column: &Column| Some(KeyValue::new(format!("unit:{}", column.name), column.unit.clone()?));
    let geo = geoparquet::metadata(table).map(|text| KeyValue::new("geo".into(), text));
    let about = table.columns.iter().filter_map(unit).chain(geo);
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_created_by(concat!("rastra ", env!("CARGO_PKG_VERSION")).into())
        .set_key_value_metadata(Some(about.collect()))
        .build();
    let fields = table.columns.iter().map(|c| field(c).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
    let mut writer = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?;
    let rows = table.rows();
    for start in (0..rows).step_by(GROUP) {
        let mut group = writer.next_row_group()?;
        for (about, cells) in table.columns.iter().zip(&table.cells) {
            let Some(mut column) = group.next_column()? else { break };
            let rows = start..(start + GROUP).min(rows);
            match (&about.geometry, cells) {
                (Some(_), Cells::Text(texts)) => {
                    fill::<ByteArrayType>(
                        &mut column,
                        geoparquet::shapes(&texts[rows]).map(|wkb| wkb.map(ByteArray::from)),
                    )?;
                }
                _ => put(&mut column, cells, rows)?,
            }
            column.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let (physical, logical) = match column.kind {
        ColumnType::Time => {
            // Instants, not readings of a clock somewhere.
            (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS)))
        }
        ColumnType::Text if column.geometry.is_some() => (Physical::BYTE_ARRAY, None),
        ColumnType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnType::Int64 => (Physical::INT64, None),
        ColumnType::UInt64 => (Physical::INT64, Some(LogicalType::integer(64, false))),
        ColumnType::Float32 => (Physical::FLOAT, None),
        ColumnType::Float64 => (Physical::DOUBLE, None),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

fn put(column: &mut SerializedColumnWriter, cells: &Cells, rows: Range<usize>) -> Result<(), ParquetError> {
    match cells {
        Cells::Time(v) => fill::<Int64Type>(column, v[rows].iter().map(|v| v.map(|t| t.0))),
        Cells::Int64(v) => fill::<Int64Type>(column, v[rows].iter().copied()),
        // Parquet keeps the bits, and what they mean beside them.
        Cells::UInt64(v) => fill::<Int64Type>(column, v[rows].iter().map(|v| v.map(u64::cast_signed))),
        Cells::Text(v) => fill::<ByteArrayType>(column, v[rows].iter().map(|v| v.as_deref().map(ByteArray::from))),
        Cells::Float32(v) => fill::<FloatType>(column, v[rows].iter().map(|v| (!v.is_nan()).then_some(*v))),
        Cells::Float64(v) => fill::<DoubleType>(column, v[rows].iter().map(|v| (!v.is_nan()).then_some(*v))),
    }
}

/// The cells that are there, and for every cell whether it is.
fn fill<T: DataType>(
    column: &mut SerializedColumnWriter,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let (mut values, mut there) = (Vec::new(), Vec::new());
    for cell in cells {
        there.push(cell.is_some() as i16);
        values.extend(cell);
    }
    column.typed::<T>().write_batch(&values, Some(&there), None).map(|_| ())
}
