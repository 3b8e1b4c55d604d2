//! The calls of GDAL that the `gdal` crate lacks, made safe: bands over pixels in memory, writing slices, units, and
//! closing with an eye on errors that only show then.

use crate::cube::{DType, Pixels};
use crate::diagnostic::Cause;
use crate::gdal::library;
use crate::with_pixels;
use gdal::cpl::CslStringList;
use gdal::{Dataset, DriverManager, Metadata};
use gdal_sys::{CPLErr, GDALDataType, GDALRWFlag};
use std::ffi::{CString, c_int, c_void};
use std::marker::PhantomData;
use std::path::Path;

type Parsed<T> = Result<T, Cause>;

fn gdal_type(dtype: DType) -> GDALDataType::Type {
    match dtype {
        DType::U8 => GDALDataType::GDT_Byte,
        DType::U16 => GDALDataType::GDT_UInt16,
        // GDAL 3.6 has no 8-bit signed type; `Storage` never asks for one.
        DType::I8 | DType::I16 => GDALDataType::GDT_Int16,
        DType::U32 => GDALDataType::GDT_UInt32,
        DType::I32 => GDALDataType::GDT_Int32,
        DType::U64 => GDALDataType::GDT_UInt64,
        DType::I64 => GDALDataType::GDT_Int64,
        DType::F32 => GDALDataType::GDT_Float32,
        DType::F64 => GDALDataType::GDT_Float64,
    }
}

/// What GDAL said, or that it said nothing.
fn said() -> Cause {
    let said = library::messages();
    if said.is_empty() { "GDAL gave no reason".into() } else { said }
}

fn list(options: &[(String, String)]) -> Parsed<CslStringList> {
    let mut list = CslStringList::new();
    for (name, value) in options {
        list.set_name_value(name, value)?;
    }
    Ok(list)
}

/// The creation options of a driver, with the values of those that have a list of them.
pub(super) fn creation_options(driver: &str) -> crate::diagnostic::Result<Vec<(String, Vec<String>)>> {
    library::init();
    let missing = || {
        crate::diagnostic::Diagnostic::new(
            crate::diagnostic::codes::CANNOT_WRITE,
            format!("the GDAL of this machine has no `{driver}` driver"),
        )
    };
    let driver = DriverManager::get_driver_by_name(driver).map_err(|_| missing())?;
    let xml = driver.metadata_item("DMD_CREATIONOPTIONLIST", "").unwrap_or_default();
    let attribute = |text: &str, name: &str| {
        let rest =
            &text[text.find(&format!("{name}='")).or_else(|| text.find(&format!("{name}=\"")))? + name.len() + 2..];
        Some(rest[..rest.find(['\'', '"'])?].to_string())
    };
    let options = xml.split("<Option ").skip(1).filter_map(|option| {
        let values = option.split("<Value").skip(1).filter_map(|v| Some(v[v.find('>')? + 1..v.find('<')?].to_string()));
        Some((attribute(option, "name")?, values.collect()))
    });
    Ok(options.collect())
}

/// A dataset whose bands are pixels that belong to somebody else.
pub(super) struct Memory<'a> {
    pub dataset: Dataset,
    pixels: PhantomData<&'a Pixels>,
}

impl<'a> Memory<'a> {
    /// One band for each (pixels, offset of its first pixel). The pixels must not be written through the dataset.
    pub(super) fn new(size: (usize, usize), bands: &[(&'a Pixels, usize)]) -> Parsed<Memory<'a>> {
        library::init();
        let driver = DriverManager::get_driver_by_name("MEM")?;
        let dataset = driver.create_with_band_type::<u8, _>("", size.0, size.1, 0)?;
        for &(pixels, offset) in bands {
            assert!(offset + size.0 * size.1 <= pixels.len(), "a band lies within its pixels");
            let address = with_pixels!(pixels, v => v[offset..].as_ptr() as usize);
            let options = list(&[("DATAPOINTER".into(), format!("{address:#x}"))])?;
            // SAFETY: the pixels live for 'a, which this dataset does not outlive, and hold a whole band, by the
            // assertion above; they are read only, because nothing in this room writes to bands of a `Memory`.
            let error =
                unsafe { gdal_sys::GDALAddBand(dataset.c_dataset(), gdal_type(pixels.dtype()), options.as_ptr()) };
            if error != CPLErr::CE_None {
                return Err(said());
            }
        }
        Ok(Memory { dataset, pixels: PhantomData })
    }
}

/// A new file of a driver that can be written piece by piece.
pub(super) fn create(
    path: &Path,
    driver: &str,
    size: (usize, usize),
    bands: usize,
    dtype: DType,
    options: &[(String, String)],
) -> Parsed<Dataset> {
    library::init();
    library::messages();
    let driver = DriverManager::get_driver_by_name(driver)?;
    let path = CString::new(path.to_string_lossy().as_bytes()).map_err(|e| e.to_string())?;
    let options = list(options)?;
    // SAFETY: driver, path and options are alive for the call, which copies what it needs.
    let handle = unsafe {
        gdal_sys::GDALCreate(
            driver.c_driver(),
            path.as_ptr(),
            size.0 as c_int,
            size.1 as c_int,
            bands as c_int,
            gdal_type(dtype),
            options.as_ptr(),
        )
    };
    if handle.is_null() {
        return Err(said());
    }
    // SAFETY: the handle is open and owned by nobody else.
    Ok(unsafe { Dataset::from_c_dataset(handle) })
}

/// Copies a complete dataset into a file of a driver, closes that, and fails if anything went wrong until then.
pub(super) fn copy(source: &Dataset, driver: &str, path: &Path, options: &[(String, String)]) -> Parsed<()> {
    library::messages();
    let driver = DriverManager::get_driver_by_name(driver)?;
    let path = CString::new(path.to_string_lossy().as_bytes()).map_err(|e| e.to_string())?;
    let options = list(options)?;
    // SAFETY: source, driver, path and options are alive for the call; the source is only read.
    let handle = unsafe {
        gdal_sys::CPLErrorReset();
        gdal_sys::GDALCreateCopy(
            driver.c_driver(),
            path.as_ptr(),
            source.c_dataset(),
            0,
            options.as_ptr(),
            None,
            std::ptr::null_mut(),
        )
    };
    if handle.is_null() {
        return Err(said());
    }
    // SAFETY: the handle is open and owned by nobody else.
    close(unsafe { Dataset::from_c_dataset(handle) })
}

/// Writes everything that is still in memory and closes. A full disk often shows only here.
pub(super) fn close(dataset: Dataset) -> Parsed<()> {
    // SAFETY: the handle is open and closed once, by `GDALClose`; the `Dataset` is forgotten, so that it does not close it
    // again. The last error is this thread's own.
    let failed = unsafe {
        let handle = dataset.c_dataset();
        std::mem::forget(dataset);
        let before = gdal_sys::CPLGetLastErrorType() >= CPLErr::CE_Failure;
        gdal_sys::GDALFlushCache(handle);
        let flushed = gdal_sys::CPLGetLastErrorType() >= CPLErr::CE_Failure;
        gdal_sys::GDALClose(handle);
        before || flushed || gdal_sys::CPLGetLastErrorType() >= CPLErr::CE_Failure
    };
    if failed { Err(said()) } else { Ok(()) }
}

/// Writes what is still in memory.
pub(super) fn flush(dataset: &mut Dataset) -> Parsed<()> {
    begin();
    // SAFETY: the dataset is open; the last error is this thread's own.
    let failed = unsafe {
        gdal_sys::GDALFlushCache(dataset.c_dataset());
        gdal_sys::CPLGetLastErrorType() >= CPLErr::CE_Failure
    };
    if failed { Err(said()) } else { Ok(()) }
}

/// Gives all bands together a mask, nothing valid yet.
pub(super) fn create_mask(dataset: &mut Dataset) -> Parsed<()> {
    const PER_DATASET: c_int = 2;
    // SAFETY: the dataset is open.
    let error = unsafe { gdal_sys::GDALCreateDatasetMaskBand(dataset.c_dataset(), PER_DATASET) };
    if error == CPLErr::CE_None { Ok(()) } else { Err(said()) }
}

/// Forgets errors of the past, so that [`close`] reports only those that follow.
pub(super) fn begin() {
    // SAFETY: touches only this thread's error state.
    unsafe { gdal_sys::CPLErrorReset() };
    library::messages();
}

/// A rectangle of a band.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

/// Writes the pixels of a window, from `offset` of `pixels` on, row by row.
pub(super) fn write(dataset: &mut Dataset, band: usize, window: Window, pixels: &Pixels, offset: usize) -> Parsed<()> {
    assert!(offset + window.width * window.height <= pixels.len(), "a window lies within its pixels");
    let data = with_pixels!(pixels, v => v[offset..].as_ptr().cast_mut().cast::<c_void>());
    // SAFETY: a write only reads from the buffer, which holds the window by the assertion above; band numbers and windows
    // outside of the dataset are refused by GDAL.
    let error = unsafe {
        let handle = gdal_sys::GDALGetRasterBand(dataset.c_dataset(), band as c_int);
        if handle.is_null() {
            return Err(said());
        }
        let (x, y, w, h) = (window.x as c_int, window.y as c_int, window.width as c_int, window.height as c_int);
        gdal_sys::GDALRasterIO(handle, GDALRWFlag::GF_Write, x, y, w, h, data, w, h, gdal_type(pixels.dtype()), 0, 0)
    };
    if error == CPLErr::CE_None { Ok(()) } else { Err(said()) }
}

/// Unit of a band.
pub(super) fn set_unit(dataset: &mut Dataset, band: usize, unit: &str) {
    let Ok(unit) = CString::new(unit) else { return };
    // SAFETY: the dataset is open; a band that is not there is not touched. A unit that is refused is not worth a failure.
    unsafe {
        let handle = gdal_sys::GDALGetRasterBand(dataset.c_dataset(), band as c_int);
        if !handle.is_null() {
            gdal_sys::GDALSetRasterUnitType(handle, unit.as_ptr());
        }
    }
}

/// Computes and stores the statistics of a band; one without valid pixels has none.
pub(super) fn set_statistics(dataset: &mut Dataset, band: usize) {
    let (mut min, mut max, mut mean, mut deviation) = (0.0, 0.0, 0.0, 0.0);
    // SAFETY: the dataset is open, and the four numbers live on this stack.
    unsafe {
        let handle = gdal_sys::GDALGetRasterBand(dataset.c_dataset(), band as c_int);
        if !handle.is_null() {
            gdal_sys::GDALComputeRasterStatistics(
                handle,
                0,
                &mut min,
                &mut max,
                &mut mean,
                &mut deviation,
                None,
                std::ptr::null_mut(),
            );
            gdal_sys::CPLErrorReset();
        }
    }
    library::messages();
}
