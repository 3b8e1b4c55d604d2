//! From stored numbers to pixels: what stands for missing, scale and offset.

use super::{Variable, attributes};
use crate::cube::chunk::Stored;
use crate::cube::dtype::Missing;
use crate::cube::{Band, DType, Packing, Pixels};
use serde::{Deserialize, Serialize};

/// How the values of a variable are stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coding {
    pub dtype: DType,
    /// Stored values that stand for missing; NaN always does and is not listed.
    #[serde(with = "attributes::list")]
    pub missing: Vec<f64>,
    /// `value = stored * scale + offset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packing: Option<(f64, f64)>,
}

impl Coding {
    /// Reads `_FillValue`, `missing_value`, `scale_factor` and `add_offset`. Nothing where the values are not numbers.
    pub fn of(v: &Variable) -> Option<Coding> {
        let dtype = v.dtype?;
        let mut missing = Vec::new();
        for key in ["_FillValue", "missing_value"] {
            for value in attributes::numbers(&v.attributes, key) {
                // A fill value written with the digits of another float type is that type's nearest.
                let value = if dtype == DType::F32 { f64::from(value as f32) } else { value };
                let can_occur = dtype.is_float() || dtype.holds(value);
                if can_occur && !value.is_nan() && !missing.contains(&value) {
                    missing.push(value);
                }
            }
        }
        let scale = attributes::number(&v.attributes, "scale_factor");
        let offset = attributes::number(&v.attributes, "add_offset");
        let packing = match (scale.unwrap_or(1.0), offset.unwrap_or(0.0)) {
            (1.0, 0.0) => None,
            both => Some(both),
        };
        Some(Coding { dtype, missing, packing })
    }

    /// The band that values of this coding are.
    pub fn band(&self, name: &str, v: &Variable) -> Band {
        let band = match self.packing {
            Some((scale, offset)) => {
                let nodata = self.missing.first().copied();
                Band::unpacked(name, Packing { dtype: self.dtype, scale, offset, nodata })
            }
            None => {
                let nan = self.dtype.is_float().then_some(f64::NAN);
                Band::new(name, self.dtype, self.missing.first().copied().or(nan))
            }
        };
        Band {
            unit: v.text("units").map(String::from),
            long_name: v.text("long_name").or_else(|| v.text("standard_name")).map(String::from),
            ..band
        }
    }

    /// Stored values as pixels of `band`: physical, what is missing as its nodata.
    pub fn decode<S: Stored>(&self, mut stored: Vec<S>, band: &Band) -> Pixels {
        let nodata = self.missing.first().copied();
        if let [first, others @ ..] = self.missing.as_slice() {
            let marker = S::from_f64(*first);
            for &other in others {
                let other = S::from_f64(other);
                stored.iter_mut().filter(|v| **v == other).for_each(|v| *v = marker);
            }
        }
        match (self.packing, band.dtype) {
            (Some(packing), DType::F32) => unpack::<S, f32>(&stored, nodata, packing),
            (Some(packing), DType::F64) => unpack::<S, f64>(&stored, nodata, packing),
            // Without packing, or packed into a band that was promoted among files, only the type may differ.
            _ if band.dtype == S::DTYPE && same(nodata, band.nodata) => S::wrap(stored),
            _ => S::wrap(stored).cast(nodata, band.dtype, band.nodata),
        }
    }
}

/// Whether no pixel needs changing for one nodata to become the other; NaN is missing beside either.
fn same(stored: Option<f64>, band: Option<f64>) -> bool {
    stored.is_none_or(f64::is_nan) || stored == band
}

fn unpack<S: Stored, T: Stored>(stored: &[S], nodata: Option<f64>, (scale, offset): (f64, f64)) -> Pixels {
    let missing = Missing::<S>::new(nodata);
    // In f64 whatever the target, so that 0.0001 times an integer is the nearest f32 and not one beside it.
    let value = |v: &S| if missing.is(*v) { T::from_f64(f64::NAN) } else { T::from_f64(v.to_f64() * scale + offset) };
    T::wrap(stored.iter().map(value).collect())
}
