//! From a hyperslab of a stored variable to pixels of a band, in one pass.

use super::layout::Stored;
use super::library;
use super::number::Number;
use super::steps::Place;
use crate::cube::chunk::Stored as Typed;
use crate::cube::{DType, Pixels};
use netcdf::{Extent, NcTypeDescriptor};
use std::ops::Range;

/// A window in the rows and columns of the file.
pub struct Window {
    pub time: Range<usize>,
    pub y: Range<usize>,
    pub x: Range<usize>,
    pub flip_y: bool,
    pub flip_x: bool,
}

/// Reads a window into `out`, from pixel `at` on; returns the bytes that were decoded. The error is the library's text.
pub fn read(
    path: &str,
    stored: &Stored,
    window: &Window,
    nodata: Option<f64>,
    out: &mut Pixels,
    at: usize,
) -> Result<usize, String> {
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
    stored: &'a Stored,
    window: &'a Window,
    nodata: Option<f64>,
    at: usize,
}

impl Job<'_> {
    /// `R` is in the file, `S` is what it means (`_Unsigned`).
    fn run<R, S>(&self, out: &mut Pixels, meant: impl Fn(R) -> S + Copy) -> Result<usize, String>
    where
        R: Typed + NcTypeDescriptor,
        S: Typed,
    {
        let Window { time, y, x, flip_y, flip_x } = self.window;
        let places = &self.stored.places;
        let extents: Vec<Extent> = places.iter().map(|place| slab(*place, time, y, x)).collect();
        let counts: Vec<usize> = places.iter().map(|place| count(*place, time, y, x)).collect();
        let shape = [time.len(), y.len(), x.len()];
        let (first, len) = (self.at, shape.iter().product::<usize>());
        let strides = [Place::Step, Place::Y, Place::X].map(|place| {
            // 0 where the variable does not have the dimension and is the same at every step.
            let at = places.iter().position(|p| *p == place);
            at.map_or(0, |at| counts[at + 1..].iter().product())
        });
        let copy = Copy3 { shape, strides, flip_y: *flip_y, flip_x: *flip_x };
        let bytes = counts.iter().product::<usize>() * R::DTYPE.bytes();
        let same = out.dtype() == S::DTYPE && self.stored.packing.is_none();
        // The band's own nodata needs no replacing.
        let nodata = self.nodata.unwrap_or(if S::DTYPE.is_float() { f64::NAN } else { 0.0 });
        let marker = S::from_f64(nodata);
        let listed = self.stored.missing.iter().map(|n| exact::<S>(*n)).filter(|v| !v.is_nan());
        let missing: Vec<S> = listed.filter(|v| !same || *v != marker).collect();
        if same
            && R::DTYPE == S::DTYPE
            && missing.is_empty()
            && copy.is_straight()
            && let Some(values) = R::view_mut(out)
        {
            self.fetch(|v| v.get_values_into(&mut values[first..first + len], extents))?;
            return Ok(bytes);
        }
        let raw: Vec<R> = self.fetch(|v| v.get_values(extents))?;
        if same && let Some(values) = S::view_mut(out) {
            let out = &mut values[first..first + len];
            match missing.as_slice() {
                [] => copy.each(&raw, out, meant),
                [only] => copy.each(&raw, out, |v| if meant(v) == *only { marker } else { meant(v) }),
                _ => copy.each(&raw, out, |v| if missing.contains(&meant(v)) { marker } else { meant(v) }),
            }
        } else {
            let (scale, offset) = self.stored.packing.unwrap_or((1.0, 0.0));
            let unpack = Unpack { copy, meant, missing, scale, offset, nodata: self.nodata };
            crate::with_pixels!(out, values => unpack.fill(&raw, &mut values[first..first + len]));
        }
        Ok(bytes)
    }

    fn fetch<T>(&self, get: impl FnOnce(&netcdf::Variable) -> netcdf::Result<T>) -> Result<T, String> {
        library::with(self.path, |file| {
            let variable = file.variable(&self.stored.name).ok_or("the variable is gone")?;
            if variable.dimensions().len() != self.stored.places.len() {
                return Err("the file has changed since the plan was made".into());
            }
            get(&variable).map_err(|e| e.to_string())
        })
    }
}

/// Stored values as values of a band of another type.
struct Unpack<S, F> {
    copy: Copy3,
    meant: F,
    missing: Vec<S>,
    scale: f64,
    offset: f64,
    nodata: Option<f64>,
}

impl<S: Typed, F> Unpack<S, F> {
    fn fill<R: Copy, D: Typed>(&self, raw: &[R], out: &mut [D])
    where
        F: Fn(R) -> S + Copy,
    {
        let (meant, scale, offset) = (self.meant, self.scale, self.offset);
        let marker = D::from_f64(self.nodata.unwrap_or(if D::DTYPE.is_float() { f64::NAN } else { 0.0 }));
        let value = |v: S| if v.is_nan() { marker } else { D::from_f64(v.to_f64() * scale + offset) };
        match self.missing.as_slice() {
            [] => self.copy.each(raw, out, |v| value(meant(v))),
            [only] => self.copy.each(raw, out, |v| if meant(v) == *only { marker } else { value(meant(v)) }),
            missing => self.copy.each(raw, out, |v| if missing.contains(&meant(v)) { marker } else { value(meant(v)) }),
        }
    }
}

/// A copy of steps, rows and columns from any order of dimensions into that of a chunk.
#[derive(Clone, Copy)]
struct Copy3 {
    shape: [usize; 3],
    /// Pixels from one step, row, column to the next in the source.
    strides: [usize; 3],
    flip_y: bool,
    flip_x: bool,
}

impl Copy3 {
    /// Whether source and target are in one order.
    fn is_straight(&self) -> bool {
        let [n_steps, height, width] = self.shape;
        let steps = self.strides[0] == height * width || n_steps == 1;
        steps && self.strides[1..] == [width, 1] && !(self.flip_y && height > 1) && !(self.flip_x && width > 1)
    }

    #[inline(always)]
    fn each<R: Copy, D>(&self, from: &[R], to: &mut [D], value: impl Fn(R) -> D) {
        let [_, height, width] = self.shape;
        let [dt, dy, dx] = self.strides;
        if to.is_empty() {
            return;
        }
        for (row, to) in to.chunks_exact_mut(width).enumerate() {
            let y = if self.flip_y { height - 1 - row % height } else { row % height };
            let start = row / height * dt + y * dy;
            match (dx, self.flip_x) {
                (1, false) => to.iter_mut().zip(&from[start..start + width]).for_each(|(to, v)| *to = value(*v)),
                (dx, false) => to.iter_mut().enumerate().for_each(|(x, to)| *to = value(from[start + x * dx])),
                (dx, true) => {
                    to.iter_mut().enumerate().for_each(|(x, to)| *to = value(from[start + (width - 1 - x) * dx]))
                }
            }
        }
    }
}

/// A number as a pixel; integers of 64 bits keep every digit.
fn exact<S: Typed>(number: Number) -> S {
    let same = match number {
        Number::Int(v) => S::view(&Pixels::I64(vec![v])).map(|v| v[0]),
        Number::Unsigned(v) => S::view(&Pixels::U64(vec![v])).map(|v| v[0]),
        Number::Float(_) => None,
    };
    same.unwrap_or_else(|| S::from_f64(number.to_f64()))
}

fn slab(place: Place, time: &Range<usize>, y: &Range<usize>, x: &Range<usize>) -> Extent {
    let (start, count) = match place {
        Place::Step => (time.start, time.len()),
        Place::Y => (y.start, y.len()),
        Place::X => (x.start, x.len()),
        Place::At(index) => (index, 1),
    };
    Extent::SliceCount { start, count, stride: 1 }
}

fn count(place: Place, time: &Range<usize>, y: &Range<usize>, x: &Range<usize>) -> usize {
    match place {
        Place::Step => time.len(),
        Place::Y => y.len(),
        Place::X => x.len(),
        Place::At(_) => 1,
    }
}
