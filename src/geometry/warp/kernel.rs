//! One call of GDAL's warper, with source bands in memory, coordinates from a transformer, and the result in a buffer.

use super::job::{Part, failed};
use super::memo::{self, Memo};
use super::transform::Transformer;
use super::types;
use crate::cube::{DType, Pixels};
use crate::diagnostic::Result;
use crate::gdal::library;
use crate::plan::Resampling;
use crate::with_pixels;
use gdal::cpl::CslStringList;
use gdal::{Dataset, DriverManager};
use gdal_sys::GDALResampleAlg;
use std::ffi::{c_int, c_void};
use std::marker::PhantomData;

/// A dataset of a whole grid, of which only a window lies in memory, in pixels that are borrowed.
///
/// GDAL's transformer counts pixels from the corner of the whole grid, and the kernel takes its fast path only for that
/// transformer as it is, not for a wrapper that shifts coordinates. So the dataset claims to be the whole grid, and the
/// address of its first pixel is moved so that the window's pixels are found where they lie.
pub(super) struct Memory<'a> {
    dataset: Dataset,
    window: Part,
    pixels: PhantomData<&'a Pixels>,
}

impl<'a> Memory<'a> {
    pub(super) fn new(width: usize, height: usize, window: Part) -> Result<Memory<'a>> {
        library::init();
        let driver = DriverManager::get_driver_by_name("MEM").map_err(failed)?;
        let dataset = driver.create_with_band_type::<u8, _>("", width, height, 0).map_err(failed)?;
        Ok(Memory { dataset, window, pixels: PhantomData })
    }

    /// Adds one layer of `pixels`, from `offset` on, as a band; nothing is copied.
    pub(super) fn add_band(&mut self, pixels: &'a Pixels, offset: usize) -> Result<()> {
        assert!(offset + self.window.pixels() <= pixels.len(), "a layer lies within its pixels");
        let (pixel, width) = (pixels.dtype().bytes(), self.window.x.len());
        let first = with_pixels!(pixels, v => v[offset..].as_ptr() as usize);
        let origin = first.wrapping_sub((self.window.y.start * width + self.window.x.start) * pixel);
        let mut options = CslStringList::new();
        for (name, value) in [
            ("DATAPOINTER", format!("{origin:#x}")),
            ("PIXELOFFSET", pixel.to_string()),
            ("LINEOFFSET", (width * pixel).to_string()),
        ] {
            options.set_name_value(name, &value).map_err(failed)?;
        }
        // SAFETY: the pixels live for 'a, which this dataset does not outlive. They are only read, because the dataset
        // is only ever a source, and only in the window, whose pixel (row, column) lies at `origin + (row * width +
        // column) * pixel`, within the layer by the assertion above: `Kernel::run` reads its `window`, which is this
        // one.
        let error = unsafe {
            gdal_sys::GDALAddBand(self.dataset.c_dataset(), types::gdal_type(pixels.dtype()), options.as_ptr())
        };
        if error == gdal_sys::CPLErr::CE_None { Ok(()) } else { Err(failed(library::messages())) }
    }

    pub(super) fn dataset(&self) -> &Dataset {
        &self.dataset
    }
}

/// Everything one call of the warper needs.
pub(super) struct Kernel<'a, 't> {
    pub transformer: &'t Transformer,
    /// The coordinates of an earlier layer of this tile.
    pub memo: Option<&'a mut Memo<'t>>,
    pub method: Resampling,
    pub dataset: &'a Dataset,
    /// Bands of the dataset, from 1, and their nodata here and there.
    pub bands: Vec<usize>,
    pub source_nodata: Vec<f64>,
    pub target_nodata: Vec<f64>,
    /// The pixels of the dataset to read.
    pub window: Part,
    /// How many columns the dataset has before the first of the source's grid.
    pub before: usize,
    /// The pixels of the target's grid to compute.
    pub tile: Part,
}

impl Kernel<'_, '_> {
    /// Warps into `out`, which holds the tiles of the bands one after another, filled with their nodata.
    pub(super) fn run(&mut self, out: &mut Pixels) -> Result<()> {
        let working = out.dtype();
        let (width, height) = (self.tile.x.len(), self.tile.y.len());
        assert_eq!(out.len(), width * height * self.bands.len(), "a tile a band");
        let buffer = with_pixels!(out, v => v.as_mut_ptr().cast::<c_void>());
        let mut once = Memo::once(self.transformer, self.before);
        let (function, argument): (gdal_sys::GDALTransformerFunc, _) = match self.memo.as_deref_mut() {
            Some(memo) => (Some(memo::transform), memo.handle()),
            // Methods that use the corners of pixels need GDAL's own digits: on a symmetric grid corners may coincide,
            // and then the last digit decides.
            None if self.before > 0 || (self.transformer.projects && !looks_at_corners(self.method)) => {
                (Some(memo::transform), once.handle())
            }
            // GDAL's kernels recognize its own transformer, and take a faster path where rows stay rows and columns
            // columns.
            None => (Some(gdal_sys::GDALGenImgProjTransform), self.transformer.handle()),
        };
        let options = self.options(working)?;
        // SAFETY: the options are not shared yet.
        unsafe {
            (*options.0).pfnTransformer = function;
            (*options.0).pTransformerArg = argument;
        }
        library::messages();
        // SAFETY: the options are complete (see `options`); the dataset and the transformer outlive the operation,
        // which is destroyed below; the operation copies the options.
        let operation = unsafe { gdal_sys::GDALCreateWarpOperation(options.0) };
        if operation.is_null() {
            return Err(failed(library::messages()));
        }
        // SAFETY: `buffer` has room for the tiles of all bands in the working type, by the assertion above; the window
        // lies within the dataset, and the warper reads no further.
        let error = unsafe {
            let error = gdal_sys::GDALWarpRegionToBuffer(
                operation,
                self.tile.x.start as c_int,
                self.tile.y.start as c_int,
                width as c_int,
                height as c_int,
                buffer,
                types::gdal_type(working),
                self.window.x.start as c_int,
                self.window.y.start as c_int,
                self.window.x.len() as c_int,
                self.window.y.len() as c_int,
            );
            gdal_sys::GDALDestroyWarpOperation(operation);
            error
        };
        let said = library::messages();
        if error == gdal_sys::CPLErr::CE_None { Ok(()) } else { Err(failed(said)) }
    }

    /// The options of the warper, without the transformer.
    fn options(&self, working: DType) -> Result<WarpOptions> {
        let (sx, sy) = self.transformer.scale;
        let mut words = CslStringList::new();
        for (name, value) in [
            // A pixel may be missing in one band and valid in another.
            ("UNIFIED_SRC_NODATA", "NO".to_string()),
            // The tasks of a run use all threads already.
            ("NUM_THREADS", "1".into()),
            ("XSCALE", format!("{sx:e}")),
            ("YSCALE", format!("{sy:e}")),
        ] {
            words.set_name_value(name, &value).map_err(failed)?;
        }
        let bands: Vec<c_int> = self.bands.iter().map(|&b| b as c_int).collect();
        let zeros = vec![0.0; bands.len()];
        // SAFETY: the options are allocated by GDAL and freed by `Options`. Every array is allocated by GDAL's own
        // allocator, with an element a band, because GDAL frees it; the dataset and the transformer are only borrowed.
        unsafe {
            let options = WarpOptions(gdal_sys::GDALCreateWarpOptions());
            let o = &mut *options.0;
            o.papszWarpOptions = gdal_sys::CSLDuplicate(words.as_ptr());
            o.eResampleAlg = algorithm(self.method);
            o.eWorkingDataType = types::gdal_type(working);
            o.hSrcDS = self.dataset.c_dataset();
            o.nBandCount = bands.len() as c_int;
            o.panSrcBands = copied(&bands);
            o.panDstBands = copied(&bands);
            o.padfSrcNoDataReal = copied(&self.source_nodata);
            o.padfSrcNoDataImag = copied(&zeros);
            o.padfDstNoDataReal = copied(&self.target_nodata);
            o.padfDstNoDataImag = copied(&zeros);
            Ok(options)
        }
    }
}

struct WarpOptions(*mut gdal_sys::GDALWarpOptions);

impl Drop for WarpOptions {
    fn drop(&mut self) {
        // SAFETY: made by `GDALCreateWarpOptions`, freed once, with the arrays it owns.
        unsafe { gdal_sys::GDALDestroyWarpOptions(self.0) };
    }
}

/// A copy of an array in memory that GDAL allocates and frees.
///
/// # Safety
/// The result must be given to GDAL, which frees it.
unsafe fn copied<T: Copy>(values: &[T]) -> *mut T {
    // SAFETY: `CPLMalloc` aborts rather than return null for a positive size, aligns for any number, and both sides
    // have
    // `values.len()` elements.
    unsafe {
        let array = gdal_sys::CPLMalloc(std::mem::size_of_val(values).max(1)).cast::<T>();
        std::ptr::copy_nonoverlapping(values.as_ptr(), array, values.len());
        array
    }
}

/// Whether a method needs the source pixels that a target pixel covers, and so its corners.
pub(super) fn looks_at_corners(method: Resampling) -> bool {
    use Resampling::*;
    matches!(method, Average | Rms | Mode | Max | Min | Med | Q1 | Q3 | Sum)
}

fn algorithm(method: Resampling) -> GDALResampleAlg::Type {
    match method {
        Resampling::Nearest => GDALResampleAlg::GRA_NearestNeighbour,
        Resampling::Bilinear => GDALResampleAlg::GRA_Bilinear,
        Resampling::Cubic => GDALResampleAlg::GRA_Cubic,
        Resampling::CubicSpline => GDALResampleAlg::GRA_CubicSpline,
        Resampling::Lanczos => GDALResampleAlg::GRA_Lanczos,
        Resampling::Average => GDALResampleAlg::GRA_Average,
        Resampling::Rms => GDALResampleAlg::GRA_RMS,
        Resampling::Mode => GDALResampleAlg::GRA_Mode,
        Resampling::Max => GDALResampleAlg::GRA_Max,
        Resampling::Min => GDALResampleAlg::GRA_Min,
        Resampling::Med => GDALResampleAlg::GRA_Med,
        Resampling::Q1 => GDALResampleAlg::GRA_Q1,
        Resampling::Q3 => GDALResampleAlg::GRA_Q3,
        Resampling::Sum => GDALResampleAlg::GRA_Sum,
    }
}
