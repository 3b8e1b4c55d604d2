//! Joins the state of some steps with the state of the steps after them.
//!
//! The rounding of sums of floats depends on where the steps were divided, so they must be divided at the same places
//! every time.

use super::{SMALL_STEPS, State, Sum};
use crate::cube::Pixels;
use crate::cube::chunk::PixelType;
use crate::with_pixels;

impl State {
    /// Resets it to the state before the first step.
    pub(crate) fn clear(&mut self) {
        self.steps = 0;
        self.overflow = false;
        if let Some(count) = &mut self.count {
            count.fill(0);
        }
        match &mut self.sum {
            Some(Sum::Small(sum)) => sum.fill(0),
            Some(Sum::Integer(sum)) => sum.fill(0),
            Some(Sum::Unsigned(sum)) => sum.fill(0),
            Some(Sum::Float(sum)) => sum.fill(0.0),
            None => {}
        }
        if let Some((mean, squares)) = &mut self.moments {
            mean.fill(0.0);
            squares.fill(0.0);
        }
        if let Some(product) = &mut self.product {
            product.fill(1.0);
        }
        if let Some(any) = &mut self.any {
            any.fill(false);
        }
        if let Some(all) = &mut self.all {
            all.fill(true);
        }
    }

    /// Takes in a state of the same reducers over the steps that follow.
    ///
    /// # Panics
    /// If the states belong to different reducers. Weighted means and trends cannot be joined.
    pub(crate) fn join(&mut self, later: &State) {
        debug_assert!(self.weight.is_none() && self.lines.is_none());
        // Comparisons and weights use the counts from before the join, so the counts come last.
        if let (Some((mean, squares)), Some((mean2, squares2))) = (&mut self.moments, &later.moments) {
            // The variance of a sample from those of two parts: Chan, Golub and LeVeque (1983).
            let counts = |state: Option<&Vec<u32>>, steps: u32, i: usize| state.map_or(steps, |c| c[i]) as f64;
            for i in 0..mean.len() {
                let n = counts(self.count.as_ref(), self.steps, i);
                let n2 = counts(later.count.as_ref(), later.steps, i);
                let delta = mean2[i] - mean[i];
                let share = n2 / (n + n2).max(1.0);
                mean[i] += delta * share;
                squares[i] += squares2[i] + delta * delta * n * share;
            }
        }
        with_pixels!(&Pixels::zeros(self.dtype, 0), v => self.join_values(v, later));
        zip(&mut self.product, &later.product, |a, &b| *a *= b);
        zip(&mut self.any, &later.any, |a, &b| *a |= b);
        zip(&mut self.all, &later.all, |a, &b| *a &= b);
        self.join_sums(later);
        zip(&mut self.count, &later.count, |a, &b| *a += b);
        self.steps += later.steps;
        self.overflow |= later.overflow;
    }

    fn join_sums(&mut self, later: &State) {
        if self.steps + later.steps > SMALL_STEPS {
            self.widen();
        }
        match (&mut self.sum, &later.sum) {
            (Some(Sum::Small(a)), Some(Sum::Small(b))) => a.iter_mut().zip(b).for_each(|(a, &b)| *a += b),
            (Some(Sum::Float(a)), Some(Sum::Float(b))) => a.iter_mut().zip(b).for_each(|(a, &b)| *a += b),
            (Some(Sum::Integer(a)), Some(Sum::Small(b))) => a.iter_mut().zip(b).for_each(|(a, &b)| *a += b as i64),
            (Some(Sum::Integer(a)), Some(Sum::Integer(b))) => {
                for (a, &b) in a.iter_mut().zip(b) {
                    let (next, overflow) = a.overflowing_add(b);
                    *a = next;
                    self.overflow |= overflow;
                }
            }
            (Some(Sum::Unsigned(a)), Some(Sum::Unsigned(b))) => {
                for (a, &b) in a.iter_mut().zip(b) {
                    let (next, overflow) = a.overflowing_add(b);
                    *a = next;
                    self.overflow |= overflow;
                }
            }
            (Some(Sum::Small(_)), Some(Sum::Integer(_))) => {
                self.widen();
                self.join_sums(later);
            }
            _ => {}
        }
    }

    /// The first argument only tells the type of the values.
    fn join_values<T: PixelType>(&mut self, _: &[T], later: &State) {
        let (count, steps) = (self.count.as_deref(), self.steps);
        let seen = |i: usize| count.map_or(steps > 0, |c| c[i] > 0);
        let (count2, steps2) = (later.count.as_deref(), later.steps);
        let new = |i: usize| count2.map_or(steps2 > 0, |c| c[i] > 0);
        pick::<T>(&mut self.low, &later.low, |i, a, b| new(i) && (!seen(i) || b < a));
        pick::<T>(&mut self.high, &later.high, |i, a, b| new(i) && (!seen(i) || b > a));
        pick::<T>(&mut self.first, &later.first, |i, _, _| new(i) && !seen(i));
        pick::<T>(&mut self.last, &later.last, |i, _, _| new(i));
        for (own, theirs, greatest) in
            [(&mut self.arg_low, &later.arg_low, false), (&mut self.arg_high, &later.arg_high, true)]
        {
            let (Some((best, when)), Some((best2, when2))) = (own, theirs) else { continue };
            let (Some(best), Some(best2)) = (T::view_mut(best), T::view(best2)) else { continue };
            for i in 0..best.len() {
                let better = if greatest { best2[i] > best[i] } else { best2[i] < best[i] };
                if new(i) && (!seen(i) || better) {
                    best[i] = best2[i];
                    when[i] = when2[i];
                }
            }
        }
    }
}

fn zip<T>(own: &mut Option<Vec<T>>, theirs: &Option<Vec<T>>, f: impl Fn(&mut T, &T)) {
    if let (Some(own), Some(theirs)) = (own, theirs) {
        own.iter_mut().zip(theirs).for_each(|(a, b)| f(a, b));
    }
}

fn pick<T: PixelType>(own: &mut Option<Pixels>, theirs: &Option<Pixels>, better: impl Fn(usize, T, T) -> bool) {
    if let (Some(own), Some(theirs)) = (own.as_mut().and_then(T::view_mut), theirs.as_ref().and_then(T::view)) {
        for (i, (own, theirs)) in own.iter_mut().zip(theirs).enumerate() {
            if better(i, *own, *theirs) {
                *own = *theirs;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Need, StepInfo};
    use super::*;
    use crate::cube::{Band, TimeAxis};
    use crate::reducers::Reducer;

    /// The joined states of two parts give what the state of the whole series gives, wherever it is divided.
    #[test]
    fn parts_of_a_series_come_to_the_whole() {
        let steps = [[3i16, -1], [-1, -1], [7, 2], [7, -1], [-2, 9], [4, 9]].map(|s| Pixels::I16(s.to_vec()));
        let band = Band::new("b", crate::cube::DType::I16, Some(-1.0));
        let info = |i: usize| StepInfo { when: i as f64, weight: 1.0, position: 0.0 };
        for reducer in Reducer::words().filter(|r| !r.holds_series()).map(Reducer::from) {
            let out = reducer.band(&band, "b".into(), &TimeAxis::Positions(6));
            let of = |range: std::ops::Range<usize>| {
                let mut state = State::new(&[reducer], &band, 2, false);
                range.for_each(|i| state.add(&steps[i], 0..2, info(i)));
                state
            };
            let need = Need { count: 1, all: false };
            let whole = of(0..6).finish(reducer, need, &out, 2).to_f64();
            for cut in 0..=6 {
                let mut state = State::new(&[reducer], &band, 2, false);
                state.add(&steps[5], 0..2, info(5));
                state.clear();
                state.join(&of(0..cut));
                state.join(&of(cut..6));
                let parts = state.finish(reducer, need, &out, 2).to_f64();
                let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * a.abs();
                assert!(whole.iter().zip(&parts).all(near), "{reducer:?} cut at {cut}: {whole:?} and {parts:?}");
            }
        }
    }
}
