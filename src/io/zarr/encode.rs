//! From pixels to stored numbers: type, nodata, scale and offset.

use super::config::Config;
use crate::cube::{Band, DType, Losses, Pixels};
use std::borrow::Cow;

/// How a band is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Storage {
    pub dtype: DType,
    pub nodata: Option<f64>,
    /// Scale and offset.
    pub packing: Option<(f64, f64)>,
}

impl Storage {
    /// A band without nodata gets one when its values may not all fit what they are stored as.
    pub(super) fn of(band: &Band, config: &Config) -> Storage {
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

    /// The pixels of `band` as they are stored. What the type cannot hold is missing rather than another number.
    pub(super) fn encode<'a>(&self, pixels: &'a Pixels, band: &Band) -> (Cow<'a, Pixels>, Losses) {
        let same =
            self.nodata == band.nodata || band.nodata.is_none_or(f64::is_nan) && self.nodata.is_none_or(f64::is_nan);
        if self.packing.is_none() && pixels.dtype() == self.dtype && same {
            return (Cow::Borrowed(pixels), Losses::default());
        }
        let (stored, losses) = pixels.pack(band.nodata, self.packing, self.dtype, self.nodata);
        (Cow::Owned(stored), losses)
    }
}
