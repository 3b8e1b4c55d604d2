//! Expressions over the pixels of a chunk, and their results as the pixels of a band.

use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::time::{Calendar, Instant};
use crate::cube::{Band, Chunk, DType, GeoBox, Losses, Pixels, TRUTH_NODATA};
use crate::expr::eval::{Machine, Rows};
use crate::expr::{Binary, Coord, Expr, Function, Real};
use crate::with_pixels;
use std::ops::Range;

/// Pixels in a register: 1,024 f64 are 8 KiB, so that a few registers fit the first-level cache.
const BLOCK: usize = 1024;

/// What an expression can read. Its rows are the pixels of the chunk, step after step; no block spans two steps.
pub(crate) struct Env<'a> {
    /// The chunk that holds the bands, and where each band of the schema stands in it.
    pub chunk: &'a Chunk,
    pub slot_of_band: &'a [Option<usize>],
    pub bands: &'a [Band],
    /// The times of the chunk's steps, where they have some.
    pub times: Option<Times<'a>>,
    /// The grid of the chunk's rows and columns.
    pub grid: &'a GeoBox,
    /// Longitude and latitude of every pixel, where the expression asks for them.
    pub lonlat: Option<&'a (Vec<f64>, Vec<f64>)>,
}

/// The times of steps.
#[derive(Clone, Copy)]
pub(crate) struct Times<'a> {
    pub calendar: Calendar,
    /// What each step is labeled with.
    pub labels: &'a [Instant],
    /// The date that each belongs to.
    pub dates: &'a [Instant],
}

/// Counts of pixels that became missing although their inputs were valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LostPixels {
    /// Pixels for which arithmetic has no value.
    pub invalid: u64,
    /// Pixels whose values do not fit the type of the band.
    pub losses: Losses,
}

/// The expression over every pixel of the chunk, stored as `band`.
pub(crate) fn evaluate(expr: &Expr, env: &Env, band: &Band, arithmetic: DType) -> (Pixels, LostPixels) {
    if let Expr::Band(i) = expr
        && let Some(slot) = env.slot_of_band[*i]
    {
        let (pixels, losses) = env.chunk.bands[slot].pack(env.bands[*i].nodata, None, band.dtype, band.nodata);
        return (pixels, LostPixels { invalid: 0, losses });
    }
    if let Expr::Binary(Binary::Coalesce, first, other) = expr
        && let (Expr::Band(i), Expr::Number(_)) = (&**first, &**other)
        && let (&i, Some(slot)) = (i, env.slot_of_band[*i])
        && env.bands[i].dtype == band.dtype
        && matches!(band.dtype, DType::I64 | DType::U64)
    {
        return fill((&env.chunk.bands[slot], env.bands[i].nodata), evaluate(other, env, band, arithmetic), band);
    }
    match arithmetic {
        DType::F32 => run::<f32>(expr, env, band),
        _ => run::<f64>(expr, env, band),
    }
}

/// The pixels with others where they are missing. 64-bit integers keep every digit, which arithmetic in f64 would not.
fn fill((pixels, nodata): (&Pixels, Option<f64>), others: (Pixels, LostPixels), band: &Band) -> (Pixels, LostPixels) {
    fn put<T: PixelType>(pixels: &[T], nodata: Option<f64>, out: &mut Pixels, target: Option<f64>) -> u64 {
        let (missing, marked) = (Missing::<T>::new(nodata), Missing::<T>::new(target));
        let Some(out) = T::view_mut(out) else { return 0 };
        let valid = pixels.iter().zip(out).filter(|(value, _)| !missing.is(**value));
        valid.fold(0, |lost, (value, out)| {
            *out = *value;
            lost + u64::from(marked.is(*value))
        })
    }
    let (mut out, mut lost) = others;
    lost.losses.missing += with_pixels!(pixels, v => put(v, nodata, &mut out, band.nodata));
    (out, lost)
}

fn run<T: Real>(expr: &Expr, env: &Env, band: &Band) -> (Pixels, LostPixels) {
    let [steps, rows, columns] = env.chunk.shape;
    let size = rows * columns;
    let mut out = vec![T::NAN; steps * size];
    let mut machine = Machine::new(env);
    for step in 0..steps {
        for start in (step * size..(step + 1) * size).step_by(BLOCK) {
            let end = (start + BLOCK).min((step + 1) * size);
            machine.eval(expr, start..end, &mut out[start..end]);
        }
    }
    let invalid = machine.invalid;
    let mut losses = Losses::default();
    let pixels = if band.dtype == DType::U8 && expr.is_truth() {
        Pixels::U8(
            out.iter().map(|v| if v.is_nan() { TRUTH_NODATA as u8 } else { (v.to_f64() != 0.0) as u8 }).collect(),
        )
    } else if band.dtype == T::DTYPE && band.nodata.is_none_or(f64::is_nan) {
        T::wrap(out)
    } else {
        let (pixels, lost) = T::wrap(out).pack(Some(f64::NAN), None, band.dtype, band.nodata);
        losses = lost;
        pixels
    };
    (pixels, LostPixels { invalid, losses })
}

/// Which pixels of the chunk the condition holds for: true, false, or missing as NaN, one pass over each step.
pub(crate) fn truth(expr: &Expr, env: &Env, arithmetic: DType) -> Pixels {
    evaluate(expr, env, &Band::new("", DType::F32, Some(f64::NAN)), arithmetic).0
}

impl<'a, T: Real> Rows<'a, T> for Env<'_> {
    fn band(&self, band: usize, at: Range<usize>, out: &mut [T]) {
        let Some(slot) = self.slot_of_band[band] else { return out.fill(T::NAN) };
        let nodata = self.bands[band].nodata;
        fn copy<P: PixelType, T: Real>(pixels: &[P], missing: Missing<P>, out: &mut [T]) {
            match missing.marker() {
                Some(marker) => {
                    for (o, &p) in out.iter_mut().zip(pixels) {
                        *o = if p == marker { T::NAN } else { T::of(p) };
                    }
                }
                None => {
                    for (o, &p) in out.iter_mut().zip(pixels) {
                        *o = T::of(p);
                    }
                }
            }
        }
        with_pixels!(&self.chunk.bands[slot], v => copy(&v[at], Missing::new(nodata), out));
    }

    fn time(&self, part: &'static Function, at: Range<usize>, out: &mut [T]) {
        let [_, rows, columns] = self.chunk.shape;
        let step = at.start / (rows * columns);
        let known = self
            .times
            .and_then(|times| Some(part.of_step(times.calendar, *times.labels.get(step)?, *times.dates.get(step)?)));
        out.fill(T::from_f64(known.unwrap_or(f64::NAN)));
    }

    fn coordinate(&self, coord: Coord, at: Range<usize>, out: &mut [T]) {
        let [_, rows, columns] = self.chunk.shape;
        let transform = &self.grid.transform;
        let first = at.start % (rows * columns);
        for (o, pixel) in out.iter_mut().zip(first..) {
            let (column, row) = ((pixel % columns) as f64 + 0.5, (pixel / columns) as f64 + 0.5);
            let value = match coord {
                Coord::X => transform[0] + column * transform[1] + row * transform[2],
                Coord::Y => transform[3] + column * transform[4] + row * transform[5],
                Coord::Lon => self.lonlat.map_or(f64::NAN, |(lon, _)| lon[pixel]),
                Coord::Lat => self.lonlat.map_or(f64::NAN, |(_, lat)| lat[pixel]),
            };
            *o = T::from_f64(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eval(expr: Expr, bands: &[(Vec<f64>, DType, Option<f64>)]) -> (Vec<f64>, u64) {
        let len = bands[0].0.len();
        let chunk = Chunk {
            shape: [1, 1, len],
            bands: bands.iter().map(|(v, d, n)| Pixels::F64(v.clone()).cast(None, *d, *n)).collect(),
        };
        let slots: Vec<Option<usize>> = (0..bands.len()).map(Some).collect();
        let described: Vec<Band> = bands.iter().map(|(_, d, n)| Band::new("b", *d, *n)).collect();
        let grid = GeoBox::new(None, [0.0, 1.0, 0.0, 0.0, 0.0, -1.0], len, 1);
        let env =
            Env { chunk: &chunk, slot_of_band: &slots, bands: &described, times: None, grid: &grid, lonlat: None };
        let (pixels, gone) = evaluate(&expr, &env, &Band::new("", DType::F64, Some(f64::NAN)), DType::F64);
        (pixels.to_f64(), gone.invalid)
    }

    fn band(i: usize) -> Box<Expr> {
        Box::new(Expr::Band(i))
    }

    #[test]
    fn integers_never_wrap_and_nodata_stays_missing() {
        let bands = [
            (vec![2000.0, 3000.0, 0.0, 5.0], DType::U16, Some(0.0)),
            (vec![3000.0, 2000.0, 7.0, 5.0], DType::U16, Some(0.0)),
        ];
        let (v, invalid) = eval(Expr::Binary(Binary::Sub, band(0), band(1)), &bands);
        assert_eq!((&v[..2], v[2].is_nan(), v[3], invalid), (&[-1000.0, 1000.0][..], true, 0.0, 0));
    }

    #[test]
    fn a_number_for_missing_integers_leaves_every_digit_of_the_others() {
        let large = (1 << 60) + 1;
        let chunk = Chunk { shape: [1, 1, 3], bands: vec![Pixels::I64(vec![large, -1, -large])] };
        let described = [Band::new("b", DType::I64, Some(-1.0))];
        let grid = GeoBox::new(None, [0.0, 1.0, 0.0, 0.0, 0.0, -1.0], 3, 1);
        let env =
            Env { chunk: &chunk, slot_of_band: &[Some(0)], bands: &described, times: None, grid: &grid, lonlat: None };
        let filled = Expr::binary(Binary::Coalesce, Expr::Band(0), Expr::Number(7.0));
        let (pixels, lost) = evaluate(&filled, &env, &Band::new("", DType::I64, None), DType::F64);
        assert_eq!((pixels, lost), (Pixels::I64(vec![large, 7, -large]), LostPixels::default()));
    }

    #[test]
    fn division_by_zero_is_missing_and_counted() {
        let bands = [(vec![1.0, 0.0, 4.0], DType::F64, None), (vec![0.0, 0.0, 2.0], DType::F64, None)];
        let (v, invalid) = eval(Expr::Binary(Binary::Div, band(0), band(1)), &bands);
        assert!(v[0].is_nan() && v[1].is_nan());
        assert_eq!((v[2], invalid), (2.0, 2));
    }

    #[test]
    fn logic_is_three_valued() {
        let nan = f64::NAN;
        let bands = [(vec![1.0, 0.0, nan, nan], DType::F64, None), (vec![nan, nan, 1.0, 0.0], DType::F64, None)];
        let (and, _) = eval(Expr::Binary(Binary::And, band(0), band(1)), &bands);
        let (or, _) = eval(Expr::Binary(Binary::Or, band(0), band(1)), &bands);
        assert_eq!(and.iter().map(|v| v.to_string()).collect::<Vec<_>>(), ["NaN", "0", "NaN", "0"]);
        assert_eq!(or.iter().map(|v| v.to_string()).collect::<Vec<_>>(), ["1", "NaN", "1", "NaN"]);
    }

    #[test]
    fn bits_and_case() {
        let bands = [(vec![3072.0, 1024.0, 0.0], DType::U16, None)];
        let bit = |n| Expr::Bits { operand: band(0), first: n, last: n };
        assert_eq!(eval(bit(11), &bands).0, [1.0, 0.0, 0.0]);
        let arms = vec![(bit(11), Expr::Number(2.0)), (bit(10), Expr::Number(1.0))];
        let case = Expr::Case { arms, otherwise: Some(Box::new(Expr::Number(0.0))) };
        assert_eq!(eval(case, &bands).0, [2.0, 1.0, 0.0]);
    }
}
