//! From a hyperslab of a stored variable to pixels of a band, in one pass.

use super::{chunks, far, library};
use crate::cube::chunk::PixelType;
use crate::cube::{DType, Pixels};
use crate::diagnostic::Cause;
use crate::io::cf::{Copy3, Decoder, DimIndex, VariableLayout, strides};
use netcdf::{Extent, NcTypeDescriptor};
use netcdf_reader::NcReadable;
use std::ops::Range;

/// A window in the rows and columns of the file.
pub(super) struct Window {
    pub time: Range<usize>,
    pub y: Range<usize>,
    pub x: Range<usize>,
    pub flip_y: bool,
    pub flip_x: bool,
}

/// Reads a window into `out`, from pixel `at` on; returns the bytes that were decoded. The error is the library's text.
pub(super) fn read(
    path: &str,
    stored: &VariableLayout,
    window: &Window,
    nodata: Option<f64>,
    out: &mut Pixels,
    at: usize,
) -> Result<usize, Cause> {
    let job = Job { path, stored, window, nodata, at };
    match (stored.raw, stored.dtype) {
        (DType::I8, DType::U8) => job.run(out, |v: i8| v as u8),
        (DType::I16, DType::U16) => job.run(out, |v: i16| v as u16),
        (DType::I32, DType::U32) => job.run(out, |v: i32| v as u32),
        (DType::I64, DType::U64) => job.run(out, |v: i64| v as u64),
        (DType::U8, DType::I8) => job.run(out, |v: u8| v as i8),
        (DType::U8, _) => job.run(out, |v: u8| v),
        (DType::I8, _) => job.run(out, |v: i8| v),
        (DType::U16, _) => job.run(out, |v: u16| v),
        (DType::I16, _) => job.run(out, |v: i16| v),
        (DType::U32, _) => job.run(out, |v: u32| v),
        (DType::I32, _) => job.run(out, |v: i32| v),
        (DType::U64, _) => job.run(out, |v: u64| v),
        (DType::I64, _) => job.run(out, |v: i64| v),
        (DType::F32, _) => job.run(out, |v: f32| v),
        (DType::F64, _) => job.run(out, |v: f64| v),
    }
}

struct Job<'a> {
    path: &'a str,
    stored: &'a VariableLayout,
    window: &'a Window,
    nodata: Option<f64>,
    at: usize,
}

impl Job<'_> {
    /// `R` is in the file, `S` is what it means (`_Unsigned`).
    fn run<R, S>(&self, out: &mut Pixels, meant: impl Fn(R) -> S + Copy) -> Result<usize, Cause>
    where
        R: PixelType + NcTypeDescriptor + NcReadable,
        S: PixelType,
    {
        let Window { time, y, x, flip_y, flip_x } = self.window;
        let places = &self.stored.places;
        let slab: Vec<Range<usize>> = places.iter().map(|place| along(*place, time, y, x)).collect();
        let counts: Vec<usize> = slab.iter().map(|range| range.len()).collect();
        let shape = [time.len(), y.len(), x.len()];
        let (first, len) = (self.at, shape.iter().product::<usize>());
        let copy = Copy3 { shape, strides: strides(places, &counts), flip_y: *flip_y, flip_x: *flip_x };
        let bytes = counts.iter().product::<usize>() * R::DTYPE.bytes();
        let decoder = Decoder::<S>::new(self.stored, copy, out.dtype(), self.nodata);
        if decoder.is_plain::<R>()
            && let Some(values) = R::view_mut(out)
        {
            self.values(&slab, &mut values[first..first + len])?;
            return Ok(bytes);
        }
        let mut raw = vec![R::default(); counts.iter().product()];
        self.values(&slab, &mut raw)?;
        decoder.fill(&raw, meant, out, first);
        Ok(bytes)
    }

    /// The numbers of a hyperslab as they are stored.
    fn values<R>(&self, slab: &[Range<usize>], out: &mut [R]) -> Result<(), Cause>
    where
        R: PixelType + NcTypeDescriptor + NcReadable,
    {
        let name = &self.stored.name;
        if chunks::read(self.path, name, slab, out).is_some() {
            return Ok(());
        }
        if far::is_far(self.path) {
            return far::fetch(self.path, name, slab, out);
        }
        let fetched = library::with_variable(self.path, name, |variable| {
            if variable.dimensions().len() != slab.len() {
                return Err("the file has changed since the plan was made".into());
            }
            let extents: Vec<Extent> =
                slab.iter().map(|r| Extent::SliceCount { start: r.start, count: r.len(), stride: 1 }).collect();
            variable.get_values_into(out, extents).map_err(Cause::from)
        });
        fetched.or_else(|why| chunks::read_anyway(self.path, name, slab, out).ok_or(why))
    }
}

/// What is wanted of a dimension.
pub(super) fn along(place: DimIndex, time: &Range<usize>, y: &Range<usize>, x: &Range<usize>) -> Range<usize> {
    match place {
        DimIndex::Step => time.clone(),
        DimIndex::Y => y.clone(),
        DimIndex::X => x.clone(),
        DimIndex::At(index) => index..index + 1,
    }
}
