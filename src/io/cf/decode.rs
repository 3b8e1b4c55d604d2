//! From stored numbers, in whatever order a file has them, to pixels, some rows at a time.

use super::number::Number;
use super::steps::DimIndex;
use super::stored::VariableLayout;
use crate::cube::cast::{BLOCK, marker, narrow, widen};
use crate::cube::chunk::PixelType;
use crate::cube::{Band, DType, Pixels};
use crate::with_pixels;

/// How the values of a box become pixels of a band. `S` is what a stored value means (`_Unsigned`).
pub(crate) struct Decoder<'a, S> {
    copy: Copy3,
    stored: &'a VariableLayout,
    nodata: Option<f64>,
    /// Whether pixels are of the type of the values, and not unpacked.
    same: bool,
    marker: S,
    /// Stored values that mean "missing" and are not the band's own nodata.
    missing: Vec<S>,
    /// The least and the greatest valid one, where there are such.
    valid: [Option<S>; 2],
}

impl<'a, S: PixelType> Decoder<'a, S> {
    pub(crate) fn new(stored: &'a VariableLayout, copy: Copy3, target: DType, nodata: Option<f64>) -> Decoder<'a, S> {
        let same = target == S::DTYPE && stored.packing.is_none();
        // The band's own nodata needs no replacing.
        let marker = marker(nodata);
        let listed = stored.missing.iter().map(|n| exact::<S>(*n)).filter(|v| !v.is_nan());
        let missing = listed.filter(|v| !same || *v != marker).collect();
        let valid = [stored.valid.low, stored.valid.high].map(|bound| bound.map(exact::<S>));
        Decoder { copy, stored, nodata, same, marker, missing, valid }
    }

    /// Whether stored values of type `R` are the pixels, in order.
    pub(crate) fn is_plain<R: PixelType>(&self) -> bool {
        self.same
            && R::DTYPE == S::DTYPE
            && self.missing.is_empty()
            && self.valid == [None; 2]
            && self.copy.is_straight()
    }

    /// Fills the pixels of `out` from `first` on, some rows at a time, which stay in the cache from step to step.
    pub(crate) fn fill<R: Copy>(&self, raw: &[R], meant: impl Fn(R) -> S + Copy, out: &mut Pixels, first: usize) {
        let [steps, height, width] = self.copy.shape;
        let rows = steps * height;
        if rows * width == 0 {
            return;
        }
        let at_once = (BLOCK / width).max(1);
        let pieces = (0..rows).step_by(at_once).map(|row| row..(row + at_once).min(rows));
        if self.same
            && let Some(values) = S::view_mut(out)
        {
            for rows in pieces {
                let values = &mut values[first + rows.start * width..first + rows.end * width];
                self.copy.rows(raw, rows.start, values, meant);
                self.mark(values);
            }
            return;
        }
        let mut values = vec![S::default(); at_once * width];
        let mut numbers = vec![0.0; at_once * width];
        for rows in pieces {
            let (values, numbers) = (&mut values[..rows.len() * width], &mut numbers[..rows.len() * width]);
            self.copy.rows(raw, rows.start, values, meant);
            self.unpack(values, numbers);
            let range = first + rows.start * width..first + rows.end * width;
            crate::with_pixels!(&mut *out, pixels => narrow(numbers, &mut pixels[range], marker(self.nodata)));
        }
    }

    /// Puts the marker in the place of what is missing.
    fn mark(&self, values: &mut [S]) {
        match self.missing[..] {
            [] => {}
            [only] => values.iter_mut().for_each(|v| *v = if *v == only { self.marker } else { *v }),
            _ => values.iter_mut().filter(|v| self.missing.contains(v)).for_each(|v| *v = self.marker),
        }
        if self.valid != [None; 2] {
            values.iter_mut().filter(|v| self.is_invalid(**v)).for_each(|v| *v = self.marker);
        }
    }

    /// Whether a value lies outside of what is valid.
    fn is_invalid(&self, value: S) -> bool {
        let [low, high] = self.valid;
        low.is_some_and(|low| value < low) || high.is_some_and(|high| value > high)
    }

    fn unpack(&self, values: &[S], numbers: &mut [f64]) {
        match self.missing[..] {
            [] => widen(values, numbers, |_, v| v.is_nan()),
            [only] => widen(values, numbers, |_, v| v == only),
            _ => widen(values, numbers, |_, v| self.missing.contains(&v)),
        }
        if self.valid != [None; 2] {
            let out = numbers.iter_mut().zip(values).filter(|(_, v)| self.is_invalid(**v));
            out.for_each(|(number, _)| *number = f64::NAN);
        }
        if let Some((scale, offset)) = self.stored.packing {
            numbers.iter_mut().for_each(|v| *v = *v * scale + offset);
        }
    }
}

/// The stored values of a box, in the order of the dimensions of their variable, as pixels of a band.
pub(crate) fn decoded(raw: Pixels, stored: &VariableLayout, copy: Copy3, band: &Band) -> Pixels {
    /// `R` is stored, `S` is what it means.
    fn run<R: PixelType, S: PixelType>(
        raw: Vec<R>,
        meant: impl Fn(R) -> S + Copy,
        (stored, copy, band): (&VariableLayout, Copy3, &Band),
    ) -> Pixels {
        let decoder = Decoder::<S>::new(stored, copy, band.dtype, band.nodata);
        if decoder.is_plain::<R>() {
            return R::wrap(raw);
        }
        let mut out = Pixels::zeros(band.dtype, copy.shape.iter().product());
        decoder.fill(&raw, meant, &mut out, 0);
        out
    }
    let how = (stored, copy, band);
    // What `_Unsigned` calls for: the same bits as another type.
    match (raw, stored.dtype) {
        (Pixels::I8(raw), DType::U8) => run(raw, |v| v as u8, how),
        (Pixels::I16(raw), DType::U16) => run(raw, |v| v as u16, how),
        (Pixels::I32(raw), DType::U32) => run(raw, |v| v as u32, how),
        (Pixels::I64(raw), DType::U64) => run(raw, |v| v as u64, how),
        (Pixels::U8(raw), DType::I8) => run(raw, |v| v as i8, how),
        (raw, _) => with_pixels!(raw, raw => run(raw, |v| v, how)),
    }
}

/// A copy of steps, rows and columns from any order of dimensions into that of a chunk.
#[derive(Clone, Copy)]
pub(crate) struct Copy3 {
    pub shape: [usize; 3],
    /// Pixels from one step, row, column to the next in the source.
    pub strides: [usize; 3],
    pub flip_y: bool,
    pub flip_x: bool,
}

impl Copy3 {
    /// Whether source and target are in one order.
    pub(crate) fn is_straight(&self) -> bool {
        let [n_steps, height, width] = self.shape;
        let steps = self.strides[0] == height * width || n_steps == 1;
        steps && self.strides[1..] == [width, 1] && !(self.flip_y && height > 1) && !(self.flip_x && width > 1)
    }

    /// Fills whole rows, from `first` on, counted through all steps.
    #[inline(always)]
    fn rows<R: Copy, D>(&self, from: &[R], first: usize, to: &mut [D], value: impl Fn(R) -> D) {
        let [_, height, width] = self.shape;
        let [dt, dy, dx] = self.strides;
        for (row, to) in (first..).zip(to.chunks_exact_mut(width)) {
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

/// Distances between steps, rows and columns of a decoded box; 0 where the variable does not have the dimension and is
/// the same along it. `counts` is the box along each of the variable's dimensions.
pub(crate) fn strides(places: &[DimIndex], counts: &[usize]) -> [usize; 3] {
    [DimIndex::Step, DimIndex::Y, DimIndex::X].map(|place| {
        let at = places.iter().position(|p| *p == place);
        at.map_or(0, |at| counts[at + 1..].iter().product())
    })
}

/// A number as a pixel; integers of 64 bits keep every digit.
fn exact<S: PixelType>(number: Number) -> S {
    let same = match number {
        Number::Int(v) => S::view(&Pixels::I64(vec![v])).map(|v| v[0]),
        Number::Unsigned(v) => S::view(&Pixels::U64(vec![v])).map(|v| v[0]),
        Number::Single(_) | Number::Float(_) => None,
    };
    same.unwrap_or_else(|| S::from_f64(number.to_f64()))
}
