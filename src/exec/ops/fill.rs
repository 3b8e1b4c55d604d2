//! Fills missing pixels along time from the valid ones before and after them.

use crate::cube::Pixels;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::with_pixels;
use std::ops::Range;

/// No step.
const NONE: i32 = -1;

/// The nearest valid value of each pixel on one side of the current steps.
#[derive(Clone)]
pub(crate) struct Edge {
    values: Pixels,
    /// The step of each value, or [`NONE`].
    steps: Vec<i32>,
    /// Pixels for which a value is still looked for.
    open: Vec<bool>,
    left: usize,
    /// Pixels for which an earlier search found no valid value up to the end of the axis.
    nothing: Vec<bool>,
}

impl Edge {
    /// Begins a search for the pixels that are missing in one step, which is the range `at` of `pixels`.
    pub(crate) fn of(pixels: &Pixels, at: Range<usize>, nodata: Option<f64>) -> Edge {
        fn missing<T: PixelType>(v: &[T], nodata: Option<f64>) -> Vec<bool> {
            let missing = Missing::<T>::new(nodata);
            v.iter().map(|&p| missing.is(p)).collect()
        }
        let open = with_pixels!(pixels, v => missing(&v[at.clone()], nodata));
        let left = open.iter().filter(|&&open| open).count();
        Edge {
            values: Pixels::zeros(pixels.dtype(), at.len()),
            steps: vec![NONE; at.len()],
            nothing: vec![false; open.len()],
            open,
            left,
        }
    }

    /// Takes over the values that an earlier search found beyond `time`, and the pixels for which it found none if it
    /// went to the end of the axis.
    pub(crate) fn learn(&mut self, earlier: &Edge, time: &Range<usize>, to_the_end: bool) {
        with_pixels!(&earlier.values, v => self.learn_from(v, earlier, time, to_the_end));
    }

    fn learn_from<T: PixelType>(&mut self, found: &[T], earlier: &Edge, time: &Range<usize>, to_the_end: bool) {
        let Some(values) = T::view_mut(&mut self.values) else { return };
        for i in 0..found.len() {
            if !self.open[i] {
                continue;
            }
            let beyond = earlier.steps[i] >= time.end as i32;
            if beyond {
                values[i] = found[i];
                self.steps[i] = earlier.steps[i];
            }
            if beyond || (earlier.open[i] || earlier.nothing[i]) && to_the_end {
                // Remembered so that no later search goes to the end of the axis for this pixel again.
                self.nothing[i] = !beyond;
                self.open[i] = false;
                self.left -= 1;
            }
        }
    }

    /// Bytes for each pixel.
    pub(crate) fn bytes(dtype: crate::cube::DType) -> usize {
        dtype.bytes() + 6
    }

    /// Whether the search is complete.
    pub(crate) fn is_found(&self) -> bool {
        self.left == 0
    }

    /// Goes on with the search in a step further away, which is the range `at` of `pixels`.
    pub(crate) fn look(&mut self, step: usize, pixels: &Pixels, at: Range<usize>, nodata: Option<f64>) {
        with_pixels!(pixels, v => self.look_at(step as i32, &v[at], nodata));
    }

    fn look_at<T: PixelType>(&mut self, step: i32, v: &[T], nodata: Option<f64>) {
        let missing = Missing::<T>::new(nodata);
        let Some(values) = T::view_mut(&mut self.values) else { return };
        for (i, &p) in v.iter().enumerate() {
            if self.open[i] && !missing.is(p) {
                values[i] = p;
                self.steps[i] = step;
                self.open[i] = false;
                self.left -= 1;
            }
        }
    }
}

/// Carries values over missing pixels of `pixels`, which are the steps `time`, forward or, if `back`, backward.
///
/// `farthest[i]` is the most distant step whose value may fill the i-th step.
pub(crate) fn carry(
    pixels: &mut Pixels,
    nodata: Option<f64>,
    time: Range<usize>,
    edge: &mut Edge,
    back: bool,
    farthest: &[usize],
) {
    with_pixels!(pixels, v => carry_in(v, nodata, time, edge, back, farthest));
}

fn carry_in<T: PixelType>(
    v: &mut [T],
    nodata: Option<f64>,
    time: Range<usize>,
    edge: &mut Edge,
    back: bool,
    farthest: &[usize],
) {
    let missing = Missing::<T>::new(nodata);
    let size = edge.steps.len();
    let Edge { values, steps: from, .. } = edge;
    let Some(last) = T::view_mut(values) else { return };
    for i in 0..time.len() {
        let i = if back { time.len() - 1 - i } else { i };
        let step = (time.start + i) as i32;
        let farthest = farthest[i] as i32;
        for ((p, last), from) in v[i * size..(i + 1) * size].iter_mut().zip(last.iter_mut()).zip(from.iter_mut()) {
            if !missing.is(*p) {
                *last = *p;
                *from = step;
            } else if *from != NONE && if back { *from <= farthest } else { *from >= farthest } {
                *p = *last;
            }
        }
    }
}

/// Interpolates missing pixels of `pixels`, which are floats of the steps `time`, along straight lines.
///
/// `at` gives the position of a step along time and `farthest` the first step from which a line may lead to a step.
/// Pixels before the first and after the last valid value stay missing. The edge before the steps is moved to their
/// end.
pub(crate) fn lines(
    pixels: &mut Pixels,
    time: Range<usize>,
    edges: (&mut Edge, &Edge),
    at: &dyn Fn(usize) -> f64,
    farthest: &dyn Fn(usize) -> usize,
) {
    match pixels {
        Pixels::F32(v) => {
            with_pixels!(&edges.1.values, a => lines_in(v, time, edges.0, (a, &edges.1.steps), at, farthest))
        }
        Pixels::F64(v) => {
            with_pixels!(&edges.1.values, a => lines_in(v, time, edges.0, (a, &edges.1.steps), at, farthest))
        }
        _ => unreachable!("lines are drawn through floats"),
    }
}

fn lines_in<O: PixelType, T: PixelType>(
    v: &mut [O],
    time: Range<usize>,
    before: &mut Edge,
    after: (&[T], &[i32]),
    at: &dyn Fn(usize) -> f64,
    farthest: &dyn Fn(usize) -> usize,
) {
    let size = before.steps.len();
    let Edge { values, steps: from, .. } = before;
    let Some(last) = T::view_mut(values) else { return };
    // From the last valid value of a pixel to the one found at `step`.
    let draw = |v: &mut [O], i: usize, (start, first): (i32, f64), (step, value): (usize, f64)| {
        let start = start as usize;
        if start < farthest(step) {
            return;
        }
        let (x0, x1) = (at(start), at(step));
        for between in (start + 1).max(time.start)..step.min(time.end) {
            // Steps of one date have one position, and no line runs between them.
            let share = if x1 > x0 { (at(between) - x0) / (x1 - x0) } else { 0.0 };
            v[(between - time.start) * size + i] = O::from_f64(first + (value - first) * share);
        }
    };
    for step in time.clone() {
        let row = (step - time.start) * size;
        for i in 0..size {
            let p = v[row + i];
            if p.is_nan() {
                continue;
            }
            let value = p.to_f64();
            if from[i] != NONE && from[i] + 1 < step as i32 {
                draw(v, i, (from[i], last[i].to_f64()), (step, value));
            }
            // The value came from a pixel of this type, so nothing is lost.
            last[i] = T::from_f64(value);
            from[i] = step as i32;
        }
    }
    for (i, (value, &step)) in after.0.iter().zip(after.1).enumerate() {
        if from[i] != NONE && step != NONE {
            draw(v, i, (from[i], last[i].to_f64()), (step as usize, value.to_f64()));
        }
    }
}
