//! Values as they are stored: cast, scaled, missing ones marked.

use super::storage::Storage;
use crate::cube::dtype::{Missing, Pixel};
use crate::cube::{Band, Losses, Pixels};
use crate::with_pixels;
use std::ops::Range;

/// Some pixels of a band in the file's type, `None` where they are stored as they are; and what that changed.
///
/// Values beyond the range of the type are stored as its ends, as GDAL's programs do; they never wrap, and where nodata
/// was not the user's choice they never fall on it.
pub(super) fn encode(pixels: &Pixels, range: Range<usize>, band: &Band, storage: &Storage) -> Option<(Pixels, Losses)> {
    // NaN beside a nodata that is a number has to be rewritten too.
    let stray = band.dtype.is_float() && storage.nodata.is_some_and(|n| !n.is_nan());
    if storage.keeps(band) && !stray {
        return None;
    }
    let mut stored = Pixels::zeros(storage.dtype, range.len());
    let mut losses = Losses::default();
    with_pixels!(&mut stored, out => {
        pixels.for_each_block(range, &[band.nodata], &mut |at, block| {
            losses += store(block, &mut out[at..at + block.len()], storage);
        });
    });
    Some((stored, losses))
}

/// Stores values, NaN as what is missing.
fn store<T: Pixel>(values: &[f64], out: &mut [T], storage: &Storage) -> Losses {
    let nodata = storage.nodata;
    let marker = nodata.map_or(T::default(), T::from_f64);
    let (scale, offset) = storage.packing.unwrap_or((1.0, 0.0));
    let mut losses = Losses::default();
    if T::DTYPE.is_float() {
        let unset = Missing::<T>::new(nodata);
        let marker = T::from_f64(nodata.unwrap_or(f64::NAN));
        for (out, &value) in out.iter_mut().zip(values) {
            let stored = T::from_f64((value - offset) / scale);
            losses.missing += (!value.is_nan() & unset.is(stored)) as u64;
            *out = if value.is_nan() { marker } else { stored };
        }
        return losses;
    }
    let (low, high) = T::DTYPE.limits();
    // The neighbor of the marker on the side of the range.
    let at = marker.to_f64();
    let beside = T::from_f64(if at <= low { at + 1.0 } else { at - 1.0 });
    for (out, &value) in out.iter_mut().zip(values) {
        let is_missing = value.is_nan();
        let exact = (value - offset) / scale;
        let rounded = exact.round_ties_even();
        let stored = T::from_f64(rounded.clamp(low, high));
        let hit = nodata.is_some() & (stored == marker);
        // A value that equals the nodata the user asked for is missing by their own word.
        let given_up = hit & !storage.avoid & (nodata == Some(exact));
        losses.missing += (!is_missing & given_up) as u64;
        losses.clamped +=
            (!is_missing & !given_up & ((rounded < low) | (rounded > high) | (hit & (exact == at)))) as u64;
        *out = if is_missing {
            marker
        } else if hit & !given_up {
            beside
        } else {
            stored
        };
    }
    losses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::DType;

    #[test]
    fn stored_values() {
        let floats = Pixels::F32(vec![0.1234, f32::NAN, -0.5, 9.0, -9999.0, 0.0]);
        let band = Band::new("a", DType::F32, Some(-9999.0));
        let storage = |dtype, nodata, packing, avoid| Storage { dtype, nodata, packing, avoid };
        let lost = |missing, clamped| Losses { missing, clamped };
        let cases = [
            (
                storage(DType::U16, Some(65535.0), Some((0.0001, 0.0)), true),
                Pixels::U16(vec![1234, 65535, 0, 65534, 65535, 0]),
                lost(0, 2),
            ),
            (
                storage(DType::I16, Some(-32768.0), Some((0.01, 1.0)), true),
                Pixels::I16(vec![-88, -32768, -150, 800, -32768, -100]),
                lost(0, 0),
            ),
            // Nodata of the user's own: a value that equals it is missing, one that is rounded to it is not.
            (storage(DType::U8, Some(0.0), None, false), Pixels::U8(vec![1, 0, 1, 9, 0, 0]), lost(1, 0)),
            (
                storage(DType::F32, Some(-9999.0), None, false),
                Pixels::F32(vec![0.1234, -9999.0, -0.5, 9.0, -9999.0, 0.0]),
                lost(0, 0),
            ),
            (
                storage(DType::F32, Some(9.0), None, false),
                Pixels::F32(vec![0.1234, 9.0, -0.5, 9.0, 9.0, 0.0]),
                lost(1, 0),
            ),
        ];
        for (storage, pixels, losses) in cases {
            assert_eq!(encode(&floats, 0..6, &band, &storage), Some((pixels, losses)), "{storage:?}");
        }
        let ints = Pixels::U8(vec![0, 7, 255]);
        let band = Band::new("a", DType::U8, Some(255.0));
        let same = storage(DType::U8, Some(255.0), None, false);
        assert_eq!(encode(&ints, 0..3, &band, &same), None);
        let wide = storage(DType::F64, Some(f64::NAN), None, false);
        assert_eq!(encode(&ints, 1..3, &band, &wide).map(|(p, _)| p.get(1).is_nan()), Some(true));
        // A band that uses the whole range keeps every value beside a nodata that was chosen for it.
        let full = Band::new("a", DType::U8, None);
        let beside = encode(&ints, 0..3, &full, &storage(DType::U8, Some(255.0), None, true));
        assert_eq!(beside, Some((Pixels::U8(vec![0, 7, 254]), lost(0, 1))));
    }
}
