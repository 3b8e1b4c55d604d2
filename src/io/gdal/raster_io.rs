//! Rows of a band straight into typed slices, and what the `gdal` crate does not tell about a band.

use crate::cube::DType;
use crate::cube::dtype::Pixel;
use gdal::raster::RasterBand;
use std::ffi::{CStr, c_int};
use std::ops::Range;

/// `GDT_Int8` of GDAL 3.7 and later, which the bindings of earlier releases lack.
const INT8: u32 = 14;

/// The type of a band's pixels; for those Rastra has no type for, GDAL's name of it.
///
/// `signed_byte` is how GDAL before 3.7 marks 8-bit integers with a sign.
pub(crate) fn dtype(band: &RasterBand<'_>, signed_byte: bool) -> Result<DType, String> {
    use gdal_sys::GDALDataType as t;
    let ordinal = ordinal(band);
    Ok(match ordinal {
        t::GDT_Byte if signed_byte => DType::I8,
        t::GDT_Byte => DType::U8,
        INT8 => DType::I8,
        t::GDT_UInt16 => DType::U16,
        t::GDT_Int16 => DType::I16,
        t::GDT_UInt32 => DType::U32,
        t::GDT_Int32 => DType::I32,
        t::GDT_UInt64 => DType::U64,
        t::GDT_Int64 => DType::I64,
        t::GDT_Float32 => DType::F32,
        t::GDT_Float64 => DType::F64,
        other => {
            // SAFETY: the call returns NULL or a static string.
            let name = unsafe { gdal_sys::GDALGetDataTypeName(other) };
            if name.is_null() {
                return Err("unknown".into());
            }
            // SAFETY: not NULL, see above.
            return Err(unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned());
        }
    })
}

fn ordinal(band: &RasterBand<'_>) -> u32 {
    // SAFETY: the handle lives as long as `band`.
    unsafe { gdal_sys::GDALGetRasterDataType(band.c_rasterband()) }
}

/// GDAL's `GMF_*` bits.
#[derive(Clone, Copy)]
pub(crate) struct MaskFlags(c_int);

impl MaskFlags {
    pub(crate) fn of(band: &RasterBand<'_>) -> MaskFlags {
        // SAFETY: the handle lives as long as `band`.
        MaskFlags(unsafe { gdal_sys::GDALGetMaskFlags(band.c_rasterband()) })
    }

    /// A mask that all bands share, stored beside the pixels, in an alpha band or as one nodata value of all bands.
    pub(crate) fn per_dataset(self) -> bool {
        self.0 & 2 != 0
    }

    pub(crate) fn alpha(self) -> bool {
        self.0 & 4 != 0
    }

    /// A mask band of this band's own.
    pub(crate) fn per_band(self) -> bool {
        self.0 & (1 | 2 | 8) == 0
    }
}

pub(crate) fn is_alpha(band: &RasterBand<'_>) -> bool {
    // SAFETY: the handle lives as long as `band`.
    let color = unsafe { gdal_sys::GDALGetRasterColorInterpretation(band.c_rasterband()) };
    color == gdal_sys::GDALColorInterp::GCI_AlphaBand
}

pub(crate) fn has_gcps(dataset: &gdal::Dataset) -> bool {
    // SAFETY: the handle lives as long as `dataset`.
    unsafe { gdal_sys::GDALGetGCPCount(dataset.c_dataset()) > 0 }
}

/// Reads the pixels of `rows` and `columns` as `T` into `out`, whose rows begin `stride` pixels apart.
///
/// GDAL converts where the band has another type, and where there are fewer rows and columns in `out`, takes them from the
/// overview that has about as many. `false` when it failed; what it said is in `library::messages`.
///
/// # Panics
/// If `out` is too short for the window.
#[must_use]
pub(crate) fn read_rows<T: Pixel>(
    band: &RasterBand<'_>,
    rows: Range<usize>,
    columns: Range<usize>,
    [high, wide]: [usize; 2],
    out: &mut [T],
    stride: usize,
) -> bool {
    if high == 0 || wide == 0 {
        return true;
    }
    assert!(wide <= stride && (high - 1) * stride + wide <= out.len());
    let as_int = |v: usize| c_int::try_from(v).ok();
    let window = (as_int(columns.start), as_int(rows.start), as_int(columns.len()), as_int(rows.len()));
    let (Some(x), Some(y), Some(width), Some(height)) = window else { return false };
    let (Some(wide), Some(high)) = (as_int(wide), as_int(high)) else { return false };
    let size = size_of::<T>();
    // SAFETY: the handle lives as long as `band`; `out` holds every row of the window at the given spacing (asserted
    // above) and is of the type that is named, whose every bit pattern is valid.
    let said = unsafe {
        gdal_sys::GDALRasterIOEx(
            band.c_rasterband(),
            gdal_sys::GDALRWFlag::GF_Read,
            x,
            y,
            width,
            height,
            out.as_mut_ptr().cast(),
            wide,
            high,
            buffer_type(T::DTYPE, ordinal(band)),
            size as i64,
            (size * stride) as i64,
            std::ptr::null_mut(),
        )
    };
    said == gdal_sys::CPLErr::CE_None
}

fn buffer_type(dtype: DType, stored: u32) -> u32 {
    use gdal_sys::GDALDataType as t;
    match dtype {
        // Before 3.7 GDAL knows no signed bytes and hands out their bits.
        DType::I8 if stored == INT8 => INT8,
        DType::I8 | DType::U8 => t::GDT_Byte,
        DType::U16 => t::GDT_UInt16,
        DType::I16 => t::GDT_Int16,
        DType::U32 => t::GDT_UInt32,
        DType::I32 => t::GDT_Int32,
        DType::U64 => t::GDT_UInt64,
        DType::I64 => t::GDT_Int64,
        DType::F32 => t::GDT_Float32,
        DType::F64 => t::GDT_Float64,
    }
}
