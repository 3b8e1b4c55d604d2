//! Arrays of Python as variables of a data set: numpy's where they lie, all others by a function that hands out parts.
//!
//! Numpy's are read by their strides from threads that do not hold the interpreter's lock. The array is kept alive; that it
//! does not change meanwhile is the caller's promise, as `rastra.query` says.

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PySlice, PyTuple};
use rastra::{ArrayReader, DType, Dataset, Pixels, Values, Variable};
use serde_json::{Map, Value};
use std::ops::Range;
use std::sync::Arc;

/// A variable as the package gives it: name, dimensions, lengths, attributes as JSON, lengths of chunks, values, and of
/// values that are a function the type.
pub(crate) type Given<'py> =
    (String, Vec<String>, Vec<usize>, String, Option<Vec<usize>>, Bound<'py, PyAny>, Option<String>);

/// The data set of these variables.
///
/// # Errors
/// `TypeError` for values of a type that pixels cannot have, `ValueError` for attributes that are no JSON.
pub(crate) fn dataset(attributes: &str, variables: Vec<Given<'_>>) -> PyResult<Dataset> {
    let variables = variables.into_iter().map(variable).collect::<PyResult<_>>()?;
    Ok(Dataset { attributes: object(attributes)?, variables })
}

fn object(json: &str) -> PyResult<Map<String, Value>> {
    serde_json::from_str(json).map_err(|e| PyValueError::new_err(format!("attributes that cannot be read: {e}")))
}

fn variable((name, dims, shape, attributes, chunks, values, dtype): Given<'_>) -> PyResult<Variable> {
    let values = if let Some(dtype) = dtype {
        Values::Read(named(&dtype)?, Arc::new(Called { function: values.unbind() }))
    } else if let Ok(array) = values.cast::<PyUntypedArray>() {
        let strided = Strided::of(array)?;
        Values::Read(strided.dtype, Arc::new(strided))
    } else {
        Values::Texts(values.extract()?)
    };
    Ok(Variable { name, dims, shape, attributes: object(&attributes)?, chunks, values })
}

/// The type that numpy calls so.
fn named(name: &str) -> PyResult<DType> {
    DType::from_name(name).ok_or_else(|| PyTypeError::new_err(format!("pixels cannot be {name}")))
}

/// An array of numpy where it lies.
struct Strided {
    first: *const u8,
    shape: Vec<usize>,
    /// Bytes from one place to the next along each dimension.
    strides: Vec<isize>,
    dtype: DType,
    /// Keeps the memory.
    _array: Py<PyUntypedArray>,
}

// SAFETY: what `first` points at is only read, and lives as long as `_array`, which any thread may drop.
unsafe impl Send for Strided {}
// SAFETY: as above; reading from several threads at a time changes nothing.
unsafe impl Sync for Strided {}

impl Strided {
    fn of(array: &Bound<'_, PyUntypedArray>) -> PyResult<Strided> {
        let dtype = named(&array.dtype().str()?.to_string())?;
        let first: usize = array.getattr("ctypes")?.getattr("data")?.extract()?;
        Ok(Strided {
            first: first as *const u8,
            shape: array.shape().to_vec(),
            strides: array.strides().to_vec(),
            dtype,
            _array: array.clone().unbind(),
        })
    }

    /// The values of a box, rows of the last dimension in turn.
    fn copied<T: Copy>(&self, at: &[Range<usize>]) -> Vec<T> {
        let mut values = Vec::with_capacity(at.iter().map(Range::len).product());
        if at.iter().all(|range| !range.is_empty()) {
            self.copy(at, &self.strides, 0, &mut values);
        }
        values
    }

    fn copy<T: Copy>(&self, at: &[Range<usize>], strides: &[isize], from: isize, out: &mut Vec<T>) {
        let place = |index: usize, stride: isize| from + index as isize * stride;
        match (at, strides) {
            ([], _) | (_, []) => {
                // SAFETY: `from` is the offset of an element, since every index lies within the array's shape.
                out.push(unsafe { self.first.offset(from).cast::<T>().read_unaligned() });
            }
            ([last], [stride]) if *stride == size_of::<T>() as isize => {
                let old = out.len();
                let count = last.len();
                out.reserve(count);
                // SAFETY: the elements of the range lie one behind the other from `first` on, within the array; `out` has
                // room for them and shares no memory with it. Bytes are copied, so nothing need be aligned.
                unsafe {
                    let first = self.first.offset(place(last.start, *stride));
                    std::ptr::copy_nonoverlapping(
                        first,
                        out.as_mut_ptr().add(old).cast::<u8>(),
                        count * size_of::<T>(),
                    );
                    out.set_len(old + count);
                }
            }
            ([range, at @ ..], [stride, strides @ ..]) => {
                range.clone().for_each(|index| self.copy(at, strides, place(index, *stride), out));
            }
        }
    }
}

impl ArrayReader for Strided {
    fn read(&self, at: &[Range<usize>]) -> Result<Pixels, String> {
        if at.len() != self.shape.len() || at.iter().zip(&self.shape).any(|(range, len)| range.end > *len) {
            return Err(format!("there is no box {at:?} in an array of {:?}", self.shape));
        }
        Ok(match self.dtype {
            DType::U8 => Pixels::U8(self.copied(at)),
            DType::I8 => Pixels::I8(self.copied(at)),
            DType::U16 => Pixels::U16(self.copied(at)),
            DType::I16 => Pixels::I16(self.copied(at)),
            DType::U32 => Pixels::U32(self.copied(at)),
            DType::I32 => Pixels::I32(self.copied(at)),
            DType::U64 => Pixels::U64(self.copied(at)),
            DType::I64 => Pixels::I64(self.copied(at)),
            DType::F32 => Pixels::F32(self.copied(at)),
            DType::F64 => Pixels::F64(self.copied(at)),
        })
    }
}

/// A function of Python that takes a tuple of slices and gives an array of numpy.
struct Called {
    function: Py<PyAny>,
}

impl ArrayReader for Called {
    fn read(&self, at: &[Range<usize>]) -> Result<Pixels, String> {
        Python::attach(|py| {
            let slices = at.iter().map(|range| PySlice::new(py, range.start as isize, range.end as isize, 1));
            let given = self.function.bind(py).call1((PyTuple::new(py, slices)?,))?;
            let array = given.cast_into::<PyUntypedArray>().map_err(PyErr::from)?;
            let whole: Vec<Range<usize>> = array.shape().iter().map(|len| 0..*len).collect();
            Strided::of(&array)?.read(&whole).map_err(PyValueError::new_err)
        })
        .map_err(|error: PyErr| error.to_string())
    }
}
