//! Missing pixels along time, from the valid ones before and after them.

use crate::cube::Pixels;
use crate::cube::chunk::Stored;
use crate::cube::dtype::Missing;
use crate::with_pixels;
use std::ops::Range;

/// No step.
const NONE: i32 = -1;

/// The nearest valid value of each pixel on one side of the steps in hand.
pub struct Edge {
    values: Pixels,
    /// Its step, or [`NONE`].
    steps: Vec<i32>,
    /// Pixels still looked for.
    open: Vec<bool>,
    left: usize,
}

impl Edge {
    /// Looks for what the pixels need that are missing in one step: those of `at` of `pixels`.
    pub fn of(pixels: &Pixels, at: Range<usize>, nodata: Option<f64>) -> Edge {
        fn missing<T: Stored>(v: &[T], nodata: Option<f64>) -> Vec<bool> {
            let missing = Missing::<T>::new(nodata);
            v.iter().map(|&p| missing.is(p)).collect()
        }
        let open = with_pixels!(pixels, v => missing(&v[at.clone()], nodata));
        let left = open.iter().filter(|&&open| open).count();
        Edge { values: Pixels::zeros(pixels.dtype(), at.len()), steps: vec![NONE; at.len()], open, left }
    }

    /// Bytes a pixel.
    pub fn bytes(dtype: crate::cube::DType) -> usize {
        dtype.bytes() + 5
    }

    /// Whether nothing is looked for any more.
    pub fn is_found(&self) -> bool {
        self.left == 0
    }

    /// Takes what is valid in a step further away: the pixels of `at`.
    pub fn look(&mut self, step: usize, pixels: &Pixels, at: Range<usize>, nodata: Option<f64>) {
        with_pixels!(pixels, v => self.look_at(step as i32, &v[at], nodata));
    }

    fn look_at<T: Stored>(&mut self, step: i32, v: &[T], nodata: Option<f64>) {
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

/// Carries values over missing pixels of `pixels`, the steps `time`, in their order or (`back`) against it.
///
/// `farthest[i]` is the outermost step whose value may reach the i-th of them.
pub fn carry(
    pixels: &mut Pixels,
    nodata: Option<f64>,
    time: Range<usize>,
    edge: &Edge,
    back: bool,
    farthest: &[usize],
) {
    with_pixels!(pixels, v => carry_in(v, nodata, time, edge, back, farthest));
}

fn carry_in<T: Stored>(
    v: &mut [T],
    nodata: Option<f64>,
    time: Range<usize>,
    edge: &Edge,
    back: bool,
    farthest: &[usize],
) {
    let missing = Missing::<T>::new(nodata);
    let size = edge.steps.len();
    let Some(mut last) = T::view(&edge.values).map(<[T]>::to_vec) else { return };
    let mut from = edge.steps.clone();
    for i in 0..time.len() {
        let i = if back { time.len() - 1 - i } else { i };
        let step = (time.start + i) as i32;
        let farthest = farthest[i] as i32;
        for ((p, last), from) in v[i * size..(i + 1) * size].iter_mut().zip(&mut last).zip(&mut from) {
            if !missing.is(*p) {
                *last = *p;
                *from = step;
            } else if *from != NONE && if back { *from <= farthest } else { *from >= farthest } {
                *p = *last;
            }
        }
    }
}

/// Draws straight lines over missing pixels of `pixels`, floats of the steps `time`.
///
/// `at` is where every step of the cube lies along time; `farthest[i]` is the first step from which a line may be drawn to
/// step `time.start + i`, asked of steps after the last through `farthest_of`. Nothing is drawn beyond the outermost values.
pub fn lines(
    pixels: &mut Pixels,
    time: Range<usize>,
    edges: [&Edge; 2],
    at: &dyn Fn(usize) -> f64,
    farthest: &dyn Fn(usize) -> usize,
) {
    match pixels {
        Pixels::F32(v) => lines_in(v, time, edges, at, farthest),
        Pixels::F64(v) => lines_in(v, time, edges, at, farthest),
        _ => unreachable!("lines are drawn through floats"),
    }
}

fn lines_in<T: Stored>(
    v: &mut [T],
    time: Range<usize>,
    [before, after]: [&Edge; 2],
    at: &dyn Fn(usize) -> f64,
    farthest: &dyn Fn(usize) -> usize,
) {
    let size = before.steps.len();
    let mut last = before.values.to_f64();
    let mut from = before.steps.clone();
    // From the last valid value of a pixel to the one found at `step`.
    let draw = |v: &mut [T], i: usize, (start, first): (i32, f64), (step, value): (usize, f64)| {
        let start = start as usize;
        if start < farthest(step) {
            return;
        }
        let (x0, x1) = (at(start), at(step));
        for between in (start + 1).max(time.start)..step.min(time.end) {
            // Steps of one date lie on each other.
            let share = if x1 > x0 { (at(between) - x0) / (x1 - x0) } else { 0.0 };
            v[(between - time.start) * size + i] = T::from_f64(first + (value - first) * share);
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
                draw(v, i, (from[i], last[i]), (step, value));
            }
            last[i] = value;
            from[i] = step as i32;
        }
    }
    let found = after.values.to_f64();
    for i in 0..size {
        if from[i] != NONE && after.steps[i] != NONE {
            draw(v, i, (from[i], last[i]), (after.steps[i] as usize, found[i]));
        }
    }
}
