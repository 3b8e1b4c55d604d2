//! Tables as columns of numpy, and as a stream of Arrow.

use super::arrays::shaped;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow_schema::{ArrowError, Field, Schema};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use rastra::{Cells, Column, ColumnType, Instant, Table};
use std::collections::HashMap;
use std::sync::Arc;

/// A column for the package: name, type, unit, whether it is a geometry, its cells, and which of them are missing where
/// its numbers cannot say so. Times are microseconds since 1970, texts a list.
pub(crate) type Given<'py> = (String, &'static str, Option<String>, bool, Bound<'py, PyAny>, Option<Bound<'py, PyAny>>);

/// What pandas and numpy take for a time that is missing.
const NOT_A_TIME: i64 = i64::MIN;

pub(crate) fn columns(py: Python<'_>, table: Table) -> PyResult<Vec<Given<'_>>> {
    let one = |(column, cells): (Column, Cells)| {
        let missing = match &cells {
            Cells::Int64(values) => holes(values),
            Cells::UInt64(values) => holes(values),
            Cells::Time(_) | Cells::Text(_) | Cells::Float32(_) | Cells::Float64(_) => None,
        };
        let (kind, len) = (column.kind.name(), [cells.len()]);
        let cells = match cells {
            Cells::Time(values) => shaped(py, micros(&values), &len)?,
            Cells::Text(texts) => {
                texts.iter().map(|text| text.as_deref()).collect::<Vec<_>>().into_pyobject(py)?.into_any()
            }
            Cells::Int64(values) => shaped(py, values.into_iter().map(Option::unwrap_or_default).collect(), &len)?,
            Cells::UInt64(values) => shaped(py, values.into_iter().map(Option::unwrap_or_default).collect(), &len)?,
            Cells::Float32(values) => shaped(py, values, &len)?,
            Cells::Float64(values) => shaped(py, values, &len)?,
        };
        let missing = missing.map(|missing| shaped(py, missing, &len)).transpose()?;
        Ok((column.name, kind, column.unit, column.geometry.is_some(), cells, missing))
    };
    table.columns.into_iter().zip(table.cells).map(one).collect()
}

/// Which cells are missing, if any is.
fn holes<T>(values: &[Option<T>]) -> Option<Vec<bool>> {
    values.iter().any(Option::is_none).then(|| values.iter().map(Option::is_none).collect())
}

fn micros(values: &[Option<Instant>]) -> Vec<i64> {
    values.iter().map(|at| at.map_or(NOT_A_TIME, |at| at.0)).collect()
}

/// A capsule as the [Arrow PyCapsule interface](https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html)
/// wants it.
pub(crate) fn stream(py: Python<'_>, table: Table) -> PyResult<Bound<'_, PyCapsule>> {
    let batch = batch(table).map_err(|e| PyValueError::new_err(e.to_string()))?;
    let schema = batch.schema();
    let stream = FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new([Ok(batch)], schema)));
    PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
}

fn batch(table: Table) -> Result<RecordBatch, ArrowError> {
    let field = |(column, array): (&Column, &ArrayRef)| {
        let unit = column.unit.iter().map(|unit| ("unit".to_string(), unit.clone()));
        Field::new(&column.name, array.data_type().clone(), true).with_metadata(unit.collect::<HashMap<_, _>>())
    };
    let arrays: Vec<ArrayRef> =
        table.columns.iter().zip(&table.cells).map(|(column, cells)| array(column, cells)).collect();
    let fields: Vec<Field> = table.columns.iter().zip(&arrays).map(field).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

fn array(column: &Column, cells: &Cells) -> ArrayRef {
    debug_assert_eq!(column.kind == ColumnType::Time, cells.times().is_some());
    let some = |value: f64| (!value.is_nan()).then_some(value);
    match cells {
        Cells::Time(values) => {
            let micros = values.iter().map(|at| at.map(|at| at.0));
            Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone("UTC"))
        }
        Cells::Text(texts) => Arc::new(StringArray::from_iter(texts.iter().map(|text| text.as_deref()))),
        Cells::Int64(values) => Arc::new(Int64Array::from_iter(values.iter().copied())),
        Cells::UInt64(values) => Arc::new(UInt64Array::from_iter(values.iter().copied())),
        Cells::Float32(values) => Arc::new(Float32Array::from_iter(values.iter().map(|v| (!v.is_nan()).then_some(*v)))),
        Cells::Float64(values) => Arc::new(Float64Array::from_iter(values.iter().map(|v| some(*v)))),
    }
}
