//! A data set as programs hand it over and get it back: variables with dimensions and attributes, as in NetCDF and xarray.

use crate::cube::chunk::PixelType;
use crate::cube::{DType, Pixels};
use crate::with_pixels;
use ndarray::{ArrayViewD, IxDyn, Slice};
use serde_json::{Map, Value};
use std::ops::Range;
use std::sync::Arc;

/// Variables with dimensions and attributes, in the words of the [CF conventions](https://cfconventions.org).
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// Of the whole.
    pub attributes: Map<String, Value>,
    /// Bands, their coordinates, and what describes them.
    pub variables: Vec<Variable>,
}

/// An array with names for its dimensions.
#[derive(Clone, Debug)]
pub struct Variable {
    /// A variable that is called as its only dimension is the coordinate of that.
    pub name: String,
    /// The names of its dimensions, the slowest first.
    pub dims: Vec<String>,
    /// Its length along each of them.
    pub shape: Vec<usize>,
    /// `units`, `calendar`, `_FillValue`, `grid_mapping` and the like.
    pub attributes: Map<String, Value>,
    /// The lengths of the pieces that are best read together; nothing where any piece is as good as another.
    pub chunks: Option<Vec<usize>>,
    /// What it holds.
    pub values: Values,
}

/// What a variable holds.
#[derive(Clone)]
pub enum Values {
    /// Numbers, the last dimension running fastest.
    Numbers(Pixels),
    /// Names, of one dimension.
    Texts(Vec<String>),
    /// Numbers of a type that are asked for part by part, while a run computes.
    Read(DType, Arc<dyn ArrayReader>),
}

/// Hands out parts of an array.
pub trait ArrayReader: Send + Sync {
    /// The numbers of a box, a range along each dimension, the last dimension running fastest. It is called from the
    /// threads that compute, many at a time.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn read(&self, at: &[Range<usize>]) -> Result<Pixels, String>;
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Values::Numbers(pixels) => write!(f, "{} {}", pixels.len(), pixels.dtype()),
            Values::Texts(texts) => write!(f, "{} texts", texts.len()),
            Values::Read(dtype, _) => write!(f, "{dtype}, read in parts"),
        }
    }
}

impl Variable {
    /// The numbers of a box of it.
    pub(super) fn read(&self, at: &[Range<usize>]) -> Result<Pixels, String> {
        match &self.values {
            Values::Numbers(all) => with_pixels!(all, all => cut(all, &self.shape, at)),
            Values::Texts(_) => Err(format!("`{}` holds no numbers", self.name)),
            Values::Read(dtype, reader) => {
                let pixels = reader.read(at)?;
                let wanted: usize = at.iter().map(Range::len).product();
                match (pixels.dtype(), pixels.len()) {
                    (own, len) if own == *dtype && len == wanted => Ok(pixels),
                    (own, len) => Err(format!("`{}` gave {len} {own} where it has {wanted} {dtype}", self.name)),
                }
            }
        }
    }

    /// All that it holds.
    pub(super) fn whole(&self) -> Vec<Range<usize>> {
        self.shape.iter().map(|len| 0..*len).collect()
    }
}

fn cut<T: PixelType>(all: &[T], shape: &[usize], at: &[Range<usize>]) -> Result<Pixels, String> {
    let all = ArrayViewD::from_shape(IxDyn(shape), all).map_err(|e| e.to_string())?;
    let part = all.slice_each_axis(|axis| Slice::from(at[axis.axis.index()].clone()));
    Ok(T::wrap(part.iter().copied().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_cut_in_the_order_of_the_dimensions() {
        let values = Values::Numbers(Pixels::I16((0..24).collect()));
        let dims = ["time", "y", "x"].map(String::from).to_vec();
        let array =
            Variable { name: "v".into(), dims, shape: vec![2, 3, 4], attributes: Map::new(), chunks: None, values };
        assert_eq!(array.read(&[1..2, 0..2, 2..4]), Ok(Pixels::I16(vec![14, 15, 18, 19])));
        assert_eq!(array.read(&array.whole()).map(|all| all.len()), Ok(24));
    }
}
