//! The pixel types of the warp kernel, and conversions for the types that it lacks.

use super::job::Layers;
use crate::cube::dtype::{Missing, Pixel};
use crate::cube::{DType, Pixels};
use crate::with_pixels;
use gdal_sys::GDALDataType;
use std::borrow::Cow;
use std::ops::Range;

/// The types that the kernel knows. Every other type is converted to one of these.
pub(super) const WORKING: [DType; 7] =
    [DType::U8, DType::U16, DType::I16, DType::U32, DType::I32, DType::F32, DType::F64];

/// The working type for a target type. The kernel of GDAL 3.6 knows neither 8-bit signed nor 64-bit integers.
pub(super) fn working(dtype: DType) -> DType {
    match dtype {
        DType::I8 => DType::I16,
        DType::I64 | DType::U64 => DType::F64,
        other => other,
    }
}

pub(super) fn gdal_type(dtype: DType) -> GDALDataType::Type {
    match dtype {
        DType::U8 => GDALDataType::GDT_Byte,
        DType::U16 => GDALDataType::GDT_UInt16,
        DType::I16 | DType::I8 => GDALDataType::GDT_Int16,
        DType::U32 => GDALDataType::GDT_UInt32,
        DType::I32 => GDALDataType::GDT_Int32,
        DType::F32 => GDALDataType::GDT_Float32,
        DType::F64 | DType::I64 | DType::U64 => GDALDataType::GDT_Float64,
    }
}

/// The source as GDAL can read it into `working`: converted only where GDAL lacks the type, or where a float has NaN
/// beside a nodata that is a number, which GDAL would take for values.
pub(super) fn prepare<'a>(
    pixels: &'a Pixels,
    nodata: Option<f64>,
    target_nodata: f64,
    working: DType,
) -> Cow<'a, Pixels> {
    let marker = nodata.unwrap_or(target_nodata);
    fn without_nan<T: Pixel>(values: &[T], marker: f64) -> Option<Vec<T>> {
        let marked = |&p: &T| if p.is_nan() { T::from_f64(marker) } else { p };
        values.iter().any(|p| p.is_nan()).then(|| values.iter().map(marked).collect())
    }
    let foreign = matches!(pixels, Pixels::I8(_) | Pixels::U64(_) | Pixels::I64(_));
    if foreign || pixels.dtype().promote(working) != working {
        return Cow::Owned(pixels.cast(nodata, working, Some(marker)));
    }
    let cleaned = match pixels {
        Pixels::F32(v) if !marker.is_nan() => without_nan(v, marker).map(Pixels::F32),
        Pixels::F64(v) if !marker.is_nan() => without_nan(v, marker).map(Pixels::F64),
        _ => None,
    };
    cleaned.map_or(Cow::Borrowed(pixels), Cow::Owned)
}

/// The nodata of the source in the working type. For a source without nodata it is that of the target, which no pixel
/// of the source equals.
pub(super) fn marker(band: &Layers) -> f64 {
    band.nodata.unwrap_or(band.target.1)
}

pub(super) fn fill(pixels: &mut Pixels, range: Range<usize>, value: f64) {
    fn run<T: Pixel>(pixels: &mut [T], value: f64) {
        pixels.fill(T::from_f64(value));
    }
    with_pixels!(pixels, v => run(&mut v[range], value))
}

/// Cuts the kernel's buffer into bands and gives them their types.
pub(super) fn split(buffer: Pixels, parts: Vec<(Range<usize>, (DType, f64))>) -> Vec<Pixels> {
    if let [(range, (dtype, _))] = parts.as_slice()
        && *dtype == buffer.dtype()
        && range.len() == buffer.len()
    {
        return vec![buffer];
    }
    let len = buffer.len();
    parts
        .into_iter()
        .map(|(range, (dtype, nodata))| {
            let part = buffer.crop([1, 1, len], 0..1, range);
            if dtype == part.dtype() { part } else { narrow(&part, dtype, nodata) }
        })
        .collect()
}

/// Values that are NaN where they are missing, in the type of the target.
pub(super) fn round(values: Vec<f64>, (dtype, nodata): (DType, f64)) -> Pixels {
    let values = Pixels::F64(values);
    if dtype.is_float() { values.cast(None, dtype, Some(nodata)) } else { narrow(&values, dtype, nodata) }
}

/// Converts to a type that the kernel lacks: rounded and clamped as the kernel would, and never to the nodata.
fn narrow(pixels: &Pixels, dtype: DType, nodata: f64) -> Pixels {
    fn run<T: Pixel>(values: &[T], dtype: DType, nodata: f64) -> Vec<f64> {
        let missing = Missing::<T>::new(Some(nodata));
        let (low, high) = dtype.limits();
        let valid = |value: f64| {
            let value = (value + 0.5).floor().clamp(low, high);
            // A nodata beyond 2^53, where floats lie further apart than 1, is an end of the range, so 1 can still be
            // added.
            if value == nodata { if nodata == low { low + 1.0 } else { value - 1.0 } } else { value }
        };
        values.iter().map(|&p| if missing.is(p) { nodata } else { valid(p.to_f64()) }).collect()
    }
    let values = with_pixels!(pixels, v => run(v, dtype, nodata));
    Pixels::F64(values).cast(None, dtype, Some(nodata))
}
