//! How the values of a file are stored: one type and one nodata for all of its bands, and perhaps scale and offset.

use super::options::{Nodata, Settings};
use crate::cube::{Band, DType};
use crate::diagnostic::{Diagnostic, Result, codes};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Storage {
    pub dtype: DType,
    pub nodata: Option<f64>,
    /// Stored is `(value - offset) / scale`.
    pub packing: Option<(f64, f64)>,
    /// Nodata was chosen for the user: a value that happens to equal it must not be lost.
    pub avoid: bool,
}

impl Storage {
    /// What suits the bands of one file, or what the user asked for.
    ///
    /// # Errors
    /// `E0503` where the type asked for cannot be stored or cannot hold the nodata asked for.
    pub(super) fn of<'a>(bands: impl Iterator<Item = &'a Band> + Clone, settings: &Settings) -> Result<Storage> {
        let common = bands.clone().map(|b| b.dtype).reduce(DType::promote).unwrap_or(DType::U8);
        let missing = bands.clone().any(|b| b.nodata.is_some() || b.dtype.is_float());
        let packing = settings.packing;
        if settings.dtype == Some(DType::I8) {
            return Err(Diagnostic::new(codes::BAD_OPTION, "`dtype int8` cannot be stored in a GeoTIFF by this GDAL")
                .help("use `dtype int16`")
                .about("dtype"));
        }
        let (dtype, nodata, avoid) = match (settings.dtype, settings.nodata) {
            (dtype, Nodata::Is(value)) => (dtype.unwrap_or(storable(common)), Some(value), false),
            (dtype, Nodata::None) => (dtype.unwrap_or(storable(common)), None, false),
            (Some(dtype), Nodata::Auto) => {
                let kept = shared(bands.clone(), dtype).filter(|n| packing.is_none() && dtype.holds(*n));
                let nodata = missing.then(|| kept.unwrap_or_else(|| own(dtype)));
                (dtype, nodata, true)
            }
            // Without a nodata, an overview is NaN wherever one of the pixels below it is.
            (None, Nodata::Auto) if !bands.clone().any(|b| b.nodata.is_some()) => {
                (storable(common), common.is_float().then_some(f64::NAN), false)
            }
            (None, Nodata::Auto) => match shared(bands.clone(), common) {
                Some(nodata) => (storable(common), Some(nodata), false),
                // No value is free in all bands: a wider type has one.
                None => {
                    let (wider, nodata) = common.with_room_for_nodata();
                    (storable(wider), Some(nodata), true)
                }
            },
        };
        // The digits of a float64 often name a float32.
        let fits = |n: f64| dtype == DType::F32 || dtype.holds(n);
        if let Some(nodata) = nodata.filter(|n| !fits(*n)) {
            return Err(Diagnostic::new(codes::BAD_OPTION, format!("`nodata {nodata}` is no {dtype}"))
                .help(format!("use `nodata {}` or another `dtype`", own(dtype)))
                .about("nodata"));
        }
        Ok(Storage { dtype, nodata, packing, avoid })
    }

    /// Whether pixels of a band go into the file as they are.
    pub(super) fn keeps(&self, band: &Band) -> bool {
        let unmarked = band.nodata.is_none() && self.nodata.is_none_or(f64::is_nan);
        let nodata = unmarked || crate::cube::schema::same_nodata(band.nodata, self.nodata);
        self.packing.is_none() && band.dtype == self.dtype && nodata
    }
}

/// The type itself, or the next that GDAL 3.6 can store.
fn storable(dtype: DType) -> DType {
    if dtype == DType::I8 { DType::I16 } else { dtype }
}

/// The end of the range that is most rarely a measurement.
fn own(dtype: DType) -> f64 {
    match dtype {
        _ if dtype.is_float() => f64::NAN,
        _ if dtype.is_signed() => dtype.limits().0,
        _ => dtype.limits().1,
    }
}

/// A nodata that no band has as a value: that of one band, where the others have the same or cannot reach it.
fn shared<'a>(bands: impl Iterator<Item = &'a Band> + Clone, dtype: DType) -> Option<f64> {
    if dtype.is_float() {
        // NaN is missing in floats anyway; a number is kept where all bands agree on it.
        let mut all = bands.map(|b| b.nodata.unwrap_or(f64::NAN));
        let first = all.next()?;
        return Some(if all.all(|n| n == first) { first } else { f64::NAN });
    }
    let free = |n: f64| bands.clone().all(|b| b.nodata == Some(n) || (!b.dtype.is_float() && !b.dtype.holds(n)));
    let candidates = bands.clone().filter_map(|b| b.nodata).chain([own(dtype)]);
    candidates.into_iter().find(|n| dtype.holds(*n) && free(*n))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::io::tif::options::Kind;
    use crate::plan::Payload;
    use serde_json::json;

    #[test]
    fn types_and_nodata() {
        let band = |dtype, nodata| Band::new("a", dtype, nodata);
        let (u8n, i16n, nan) = (Some(255.0), Some(-9999.0), Some(f64::NAN));
        let cases = [
            (vec![band(DType::U8, u8n)], json!({}), DType::U8, u8n),
            (vec![band(DType::U8, None)], json!({}), DType::U8, None),
            (vec![band(DType::I8, None)], json!({}), DType::I16, None),
            (vec![band(DType::F32, nan)], json!({}), DType::F32, nan),
            (vec![band(DType::F32, i16n)], json!({}), DType::F32, i16n),
            (vec![band(DType::F32, i16n), band(DType::U8, u8n)], json!({}), DType::F32, nan),
            (vec![band(DType::I16, i16n), band(DType::U8, u8n)], json!({}), DType::I16, i16n),
            // 255 may be a count of the second band: only a wider type has room.
            (vec![band(DType::U8, u8n), band(DType::U8, None)], json!({}), DType::I16, Some(-32768.0)),
            (vec![band(DType::F32, nan)], json!({"dtype": "uint16", "scale": 0.0001}), DType::U16, Some(65535.0)),
            (vec![band(DType::F32, i16n)], json!({"dtype": "int16"}), DType::I16, i16n),
            (vec![band(DType::F32, nan)], json!({"dtype": "uint8", "nodata": "0"}), DType::U8, Some(0.0)),
            (vec![band(DType::F32, nan)], json!({"nodata": "none"}), DType::F32, None),
            (vec![band(DType::U32, None)], json!({"dtype": "uint16"}), DType::U16, None),
            // NaN is missing, declared or not; GDAL passes over it in overviews only where it is declared.
            (vec![band(DType::F64, None)], json!({}), DType::F64, nan),
            (vec![band(DType::F32, None)], json!({"nodata": "none"}), DType::F32, None),
        ];
        for (bands, options, dtype, nodata) in cases {
            let settings = Settings::read(Kind::Tif, &Payload::of(&options)).unwrap();
            let storage = Storage::of(bands.iter(), &settings).unwrap();
            assert_eq!(storage.dtype, dtype, "{options}");
            assert!(crate::cube::schema::same_nodata(storage.nodata, nodata), "{options}: {:?}", storage.nodata);
        }
        let refused = [json!({"dtype": "uint8", "nodata": "-1"}), json!({"dtype": "int8"})];
        for options in refused {
            let settings = Settings::read(Kind::Tif, &Payload::of(&options)).unwrap();
            let error = Storage::of([band(DType::F32, nan)].iter(), &settings).unwrap_err();
            assert_eq!(error.code, codes::BAD_OPTION, "{options}");
        }
    }
}
