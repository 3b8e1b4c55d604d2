//! From pixels to stored numbers: type, nodata, scale and offset.

use super::config::Config;
use crate::cube::chunk::Stored;
use crate::cube::dtype::{Missing, Pixel};
use crate::cube::{Band, DType, Pixels};
use crate::with_pixels;
use std::borrow::Cow;

/// How a band is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Storage {
    pub dtype: DType,
    pub nodata: Option<f64>,
    /// Scale and offset.
    pub packing: Option<(f64, f64)>,
}

impl Storage {
    /// A band without nodata gets one when its values may not all fit what they are stored as.
    pub fn of(band: &Band, config: &Config) -> Storage {
        let dtype = config.dtype.unwrap_or(band.dtype);
        let packing = config.packing;
        let own = band.nodata.filter(|v| !v.is_nan() && packing.is_none() && dtype.holds(*v));
        let unchanged = dtype == band.dtype && packing.is_none();
        let nodata = match config.nodata {
            Some(value) => Some(value),
            None if own.is_some() => own,
            // Stored as f32, a nodata with the digits of an f64 is the nearest f32.
            None if dtype == DType::F32 && packing.is_none() => {
                Some(band.nodata.map_or(f64::NAN, |v| f64::from(v as f32)))
            }
            None if dtype.is_float() => Some(f64::NAN),
            None if unchanged && band.nodata.is_none() => None,
            None => Some(if dtype.is_signed() { dtype.limits().0 } else { dtype.limits().1 }),
        };
        Storage { dtype, nodata, packing }
    }

    /// The pixels of `band` as they are stored.
    pub fn encode<'a>(&self, pixels: &'a Pixels, band: &Band) -> Cow<'a, Pixels> {
        if let Some((scale, offset)) = self.packing {
            let marker = self.nodata.unwrap_or(0.0);
            let packed = with_pixels!(pixels, v => pack(v, band.nodata, (scale, offset), self.dtype, marker));
            return Cow::Owned(packed);
        }
        let same =
            self.nodata == band.nodata || band.nodata.is_none_or(f64::is_nan) && self.nodata.is_none_or(f64::is_nan);
        if pixels.dtype() == self.dtype && same {
            return Cow::Borrowed(pixels);
        }
        Cow::Owned(pixels.cast(band.nodata, self.dtype, self.nodata))
    }
}

fn pack<T: Pixel>(values: &[T], nodata: Option<f64>, packing: (f64, f64), to: DType, marker: f64) -> Pixels {
    fn run<T: Pixel, S: Stored>(
        _: Vec<S>,
        v: &[T],
        missing: Missing<T>,
        (scale, offset): (f64, f64),
        marker: f64,
    ) -> Pixels {
        let (low, high) = S::DTYPE.limits();
        let marker = S::from_f64(marker);
        let float = S::DTYPE.is_float();
        S::wrap(
            v.iter()
                .map(|&value| {
                    if missing.is(value) {
                        return marker;
                    }
                    let stored = (value.to_f64() - offset) / scale;
                    if float {
                        return S::from_f64(stored);
                    }
                    let stored = stored.round_ties_even();
                    // What the type cannot hold is missing rather than another number.
                    if stored < low || stored > high { marker } else { S::from_f64(stored) }
                })
                .collect(),
        )
    }
    with_pixels!(Pixels::zeros(to, 0), none => run(none, values, Missing::new(nodata), packing, marker))
}
