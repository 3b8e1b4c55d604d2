//! Pixels as arrays of numpy, which take the memory over.

use numpy::{Element, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use rastra::{Dataset, Pixels, Values, Variable};

/// A data set for the package: attributes as JSON, and of each variable name, dimensions, attributes as JSON and values.
pub(crate) type Made<'py> = (String, Vec<(String, Vec<String>, String, Bound<'py, PyAny>)>);

pub(crate) fn dataset(py: Python<'_>, made: Dataset) -> PyResult<Made<'_>> {
    let json = |held: &serde_json::Map<_, _>| serde_json::to_string(held).unwrap_or_default();
    let one = |variable: Variable| {
        let values = match variable.values {
            Values::Numbers(pixels) => array(py, pixels, &variable.shape)?,
            Values::Texts(texts) => texts.into_pyobject(py)?.into_any(),
            // Results are in memory.
            Values::Read(..) => py.None().into_bound(py),
        };
        Ok((variable.name, variable.dims, json(&variable.attributes), values))
    };
    let attributes = json(&made.attributes);
    Ok((attributes, made.variables.into_iter().map(one).collect::<PyResult<_>>()?))
}

/// An array of this shape, without a copy.
pub(crate) fn array<'py>(py: Python<'py>, pixels: Pixels, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    match pixels {
        Pixels::U8(values) => shaped(py, values, shape),
        Pixels::I8(values) => shaped(py, values, shape),
        Pixels::U16(values) => shaped(py, values, shape),
        Pixels::I16(values) => shaped(py, values, shape),
        Pixels::U32(values) => shaped(py, values, shape),
        Pixels::I32(values) => shaped(py, values, shape),
        Pixels::U64(values) => shaped(py, values, shape),
        Pixels::I64(values) => shaped(py, values, shape),
        Pixels::F32(values) => shaped(py, values, shape),
        Pixels::F64(values) => shaped(py, values, shape),
    }
}

pub(crate) fn shaped<'py, T: Element>(py: Python<'py>, values: Vec<T>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    PyArray1::from_vec(py, values).call_method1("reshape", (PyTuple::new(py, shape)?,))
}
