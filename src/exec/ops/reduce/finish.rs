//! Results of running states: statistics in their own types, and floats computed from them block by block of pixels.

use super::{Need, State, Sum};
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Pixel;
use crate::cube::{Band, DType, Pixels, TRUTH_NODATA};
use crate::reducers::{Finish, Pick, Reducer, Statistic, each};
use crate::with_pixels;

/// Pixels in a block: few enough that their statistics stay in the first-level cache.
const BLOCK: usize = 256;

impl State {
    /// The result of one of the reducers that the state was made for, stored as `band`.
    ///
    /// # Panics
    /// If the state was made for other reducers, or the reducer needs series.
    pub(crate) fn finish(&self, reducer: Reducer, need: Need, band: &Band, pixels: usize) -> Pixels {
        let ok = |i: usize| {
            let n = self.count_of(i);
            n >= need.count && (!need.all || n == self.steps)
        };
        match reducer.finish {
            Finish::Statistic(statistic) => self.statistic(statistic, band, pixels, ok),
            Finish::Difference(a, b) if band.dtype.is_float() => {
                let needs = [a, b].map(Statistic::Pixel);
                self.floats(&needs, |columns, out| each(columns, out, |[a, b]| a - b), band, pixels, ok)
            }
            Finish::Difference(a, b) => {
                let [a, b] = [a, b].map(|pick| to_integers(self.picked(pick)));
                integers(band, pixels, ok, |i| a[i].wrapping_sub(b[i]))
            }
            Finish::Float(needs, of) => self.floats(needs, of, band, pixels, ok),
            Finish::Series(_) => unreachable!("`{reducer:?}` takes series"),
        }
    }

    fn count_of(&self, i: usize) -> u32 {
        self.count.as_ref().map_or(self.steps, |c| c[i])
    }

    /// A statistic in its own type.
    fn statistic(&self, statistic: Statistic, band: &Band, pixels: usize, ok: impl Fn(usize) -> bool + Copy) -> Pixels {
        match (statistic, &self.sum) {
            (Statistic::Count, _) => Pixels::U32((0..pixels).map(|i| self.count_of(i)).collect()),
            (Statistic::Sum, Some(Sum::Small(sum))) => integers(band, pixels, ok, |i| sum[i] as i64),
            (Statistic::Sum, Some(Sum::Integer(sum))) => integers(band, pixels, ok, |i| sum[i]),
            // The bits are those of the result, which is unsigned, too.
            (Statistic::Sum, Some(Sum::Unsigned(sum))) => integers(band, pixels, ok, |i| sum[i] as i64),
            (Statistic::Pixel(pick), _) => masked(self.picked(pick), band, ok),
            (Statistic::Any, _) => truths(kept(&self.any).as_slice(), band, ok),
            (Statistic::All, _) => truths(kept(&self.all).as_slice(), band, ok),
            (
                Statistic::Sum
                | Statistic::Mean
                | Statistic::Variance
                | Statistic::SampleVariance
                | Statistic::Product
                | Statistic::TimeOfMinimum
                | Statistic::TimeOfMaximum
                | Statistic::Line(_)
                | Statistic::SenLine(_)
                | Statistic::Values,
                _,
            ) => self.floats(&[statistic], |columns, out| out.copy_from_slice(columns[0]), band, pixels, ok),
        }
    }

    /// Floats computed from columns of statistics, block by block.
    fn floats(
        &self,
        needs: &[Statistic],
        of: fn(&[&[f64]], &mut [f64]),
        band: &Band,
        pixels: usize,
        ok: impl Fn(usize) -> bool,
    ) -> Pixels {
        let nodata = band.nodata.unwrap_or(0.0);
        let mut columns = vec![[0.0; BLOCK]; needs.len()];
        let mut results = [0.0; BLOCK];
        // Results are computed as f64, and the band may be f32.
        let narrow = band.dtype == DType::F32;
        let mut narrowed = Vec::with_capacity(if narrow { pixels } else { 0 });
        let mut values = Vec::with_capacity(if narrow { 0 } else { pixels });
        for from in (0..pixels).step_by(BLOCK) {
            let size = BLOCK.min(pixels - from);
            for (column, need) in columns.iter_mut().zip(needs) {
                self.fill(&mut column[..size], *need, from);
            }
            let views: Vec<&[f64]> = columns.iter().map(|column| &column[..size]).collect();
            let results = &mut results[..size];
            of(&views, results);
            results.iter_mut().enumerate().filter(|(i, _)| !ok(from + i)).for_each(|(_, result)| *result = nodata);
            match narrow {
                true => narrowed.extend(results.iter().map(|v| *v as f32)),
                false => values.extend_from_slice(results),
            }
        }
        match narrow {
            true => Pixels::F32(narrowed),
            false => Pixels::F64(values).cast(None, band.dtype, None),
        }
    }

    /// Fills `out` with a statistic of the pixels from `from` on.
    fn fill(&self, out: &mut [f64], statistic: Statistic, from: usize) {
        let at = from..from + out.len();
        match statistic {
            Statistic::Count => self.fill_counts(out, from),
            Statistic::Sum => match kept(&self.sum) {
                Sum::Small(sum) => set(out, &sum[at], |_, v| v as f64),
                Sum::Integer(sum) => set(out, &sum[at], |_, v| v as f64),
                Sum::Unsigned(sum) => set(out, &sum[at], |_, v| v as f64),
                Sum::Float(sum) => set(out, &sum[at], |_, v| v),
            },
            Statistic::Mean => match &self.weight {
                Some((sum, weights)) => {
                    set(out, &weights[at.clone()], |_, w| w);
                    set(out, &sum[at], |w, v| v / w);
                }
                None => {
                    self.fill_counts(out, from);
                    match kept(&self.sum) {
                        Sum::Small(sum) => set(out, &sum[at], |n, v| v as f64 / n),
                        Sum::Integer(sum) => set(out, &sum[at], |n, v| v as f64 / n),
                        Sum::Unsigned(sum) => set(out, &sum[at], |n, v| v as f64 / n),
                        Sum::Float(sum) => set(out, &sum[at], |n, v| v / n),
                    }
                }
            },
            Statistic::Variance => {
                self.fill_counts(out, from);
                set(out, &kept(&self.moments).1[at], |n, squares| (squares / n).max(0.0));
            }
            Statistic::SampleVariance => {
                let of = |n: f64, squares: f64| if n > 1.0 { (squares / (n - 1.0)).max(0.0) } else { f64::NAN };
                self.fill_counts(out, from);
                set(out, &kept(&self.moments).1[at], of);
            }
            Statistic::Pixel(pick) => with_pixels!(self.picked(pick), v => set(out, &v[at], |_, p| p.to_f64())),
            Statistic::Product => set(out, &kept(&self.product)[at], |_, v| v),
            Statistic::Any => set(out, &kept(&self.any)[at], |_, v| v as u8 as f64),
            Statistic::All => set(out, &kept(&self.all)[at], |_, v| v as u8 as f64),
            Statistic::TimeOfMinimum => set(out, &kept(&self.arg_low).1[at], |_, v| v),
            Statistic::TimeOfMaximum => set(out, &kept(&self.arg_high).1[at], |_, v| v),
            Statistic::Line(part) => {
                self.fill_counts(out, from);
                let lines = kept(&self.lines);
                out.iter_mut().zip(at).for_each(|(out, i)| *out = lines.get(i, *out, part));
            }
            Statistic::SenLine(_) | Statistic::Values => unreachable!("{statistic:?} takes series"),
        }
    }

    fn fill_counts(&self, out: &mut [f64], from: usize) {
        match &self.count {
            Some(count) => set(out, &count[from..from + out.len()], |_, n| n as f64),
            None => out.fill(self.steps as f64),
        }
    }

    /// The pixels that were picked.
    fn picked(&self, pick: Pick) -> &Pixels {
        kept(match pick {
            Pick::Minimum => &self.low,
            Pick::Maximum => &self.high,
            Pick::First => &self.first,
            Pick::Last => &self.last,
        })
    }
}

/// A part of the state that is there because a reducer of the state needs it.
fn kept<T>(statistic: &Option<T>) -> &T {
    statistic.as_ref().expect("a state keeps what its reducers need")
}

/// Combines each number of `out` with a value.
#[inline(always)]
fn set<T: Copy>(out: &mut [f64], values: &[T], f: impl Fn(f64, T) -> f64) {
    out.iter_mut().zip(values).for_each(|(out, &v)| *out = f(*out, v));
}

/// Integers of any type as integers of 64 bits.
fn to_integers(pixels: &Pixels) -> Vec<i64> {
    with_pixels!(pixels, v => v.iter().map(|p| p.to_i64()).collect())
}

fn masked(values: &Pixels, band: &Band, ok: impl Fn(usize) -> bool) -> Pixels {
    // The band may be wider than the values, where it got room for a nodata.
    let mut out = values.cast(None, band.dtype, None);
    let Some(nodata) = band.nodata else { return out };
    with_pixels!(&mut out, v => mark(&mut v[..], nodata, ok));
    out
}

fn mark<T: PixelType>(values: &mut [T], nodata: f64, ok: impl Fn(usize) -> bool) {
    let nodata = T::from_f64(nodata);
    for (i, v) in values.iter_mut().enumerate() {
        if !ok(i) {
            *v = nodata;
        }
    }
}

fn integers(band: &Band, pixels: usize, ok: impl Fn(usize) -> bool, f: impl Fn(usize) -> i64) -> Pixels {
    match band.dtype {
        DType::U64 => Pixels::U64((0..pixels).map(|i| if ok(i) { f(i) as u64 } else { u64::MAX }).collect()),
        _ => {
            let nodata = band.nodata.unwrap_or(0.0) as i64;
            Pixels::I64((0..pixels).map(|i| if ok(i) { f(i) } else { nodata }).collect())
        }
    }
}

fn truths(values: &[bool], band: &Band, ok: impl Fn(usize) -> bool) -> Pixels {
    let nodata = band.nodata.unwrap_or(TRUTH_NODATA) as u8;
    Pixels::U8(values.iter().enumerate().map(|(i, &v)| if ok(i) { v as u8 } else { nodata }).collect())
}
