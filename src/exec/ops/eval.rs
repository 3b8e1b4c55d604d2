//! Expressions over blocks of pixels: operands are loaded into short registers, so that a deep expression stays in cache.
//!
//! Inside, a missing value is NaN and a truth is 1, 0 or NaN. Results that arithmetic cannot give (a division by zero, the
//! logarithm of a negative number) become missing and are counted.

use crate::cube::chunk::Stored;
use crate::cube::dtype::{Missing, Pixel};
use crate::cube::{Band, Chunk, DType, GeoBox, Losses, Pixels};
use crate::plan::expr::{Binary, Coord, Expr, Member, TRUTH_NODATA, TimePart, Unary};
use crate::with_pixels;
use std::ops::{Add, Div, Mul, Range, Sub};

/// Pixels a register holds: 1,024 f64 are 8 KiB, a few of them fit the first-level cache.
const BLOCK: usize = 1024;

/// A float arithmetic is done in.
pub trait Real:
    Stored + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Into<f64>
{
    const NAN: Self;
    fn finite(self) -> bool;
    fn of<P: Pixel>(pixel: P) -> Self;
}

impl Real for f32 {
    const NAN: f32 = f32::NAN;
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
    #[inline(always)]
    fn of<P: Pixel>(pixel: P) -> f32 {
        pixel.to_f32()
    }
}

impl Real for f64 {
    const NAN: f64 = f64::NAN;
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
    #[inline(always)]
    fn of<P: Pixel>(pixel: P) -> f64 {
        pixel.to_f64()
    }
}

/// What an expression can look at.
pub struct Env<'a> {
    /// The chunk that holds the bands, and where each band of the schema stands in it.
    pub chunk: &'a Chunk,
    pub slot_of_band: &'a [Option<usize>],
    pub bands: &'a [Band],
    /// One row of [`TimePart`]s a step of the chunk, in the order of `time_value`.
    pub steps: &'a [StepFacts],
    /// The grid of the chunk's rows and columns.
    pub grid: &'a GeoBox,
    /// Longitude and latitude of every pixel, where the expression asks for them.
    pub lonlat: Option<&'a (Vec<f64>, Vec<f64>)>,
}

/// What is known of a step, as numbers.
#[derive(Clone, Copy, Debug)]
pub struct StepFacts {
    pub days: f64,
    pub year: f64,
    pub month: f64,
    pub day: f64,
    pub day_of_year: f64,
    pub dekad: f64,
    pub season: f64,
    pub hour: f64,
}

impl StepFacts {
    fn get(&self, part: TimePart) -> f64 {
        match part {
            TimePart::Days => self.days,
            TimePart::Year => self.year,
            TimePart::Month => self.month,
            TimePart::Day => self.day,
            TimePart::DayOfYear => self.day_of_year,
            TimePart::Dekad => self.dekad,
            TimePart::Season => self.season,
            TimePart::Hour => self.hour,
        }
    }
}

/// Pixels that became missing on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Arithmetic had no value for them.
    pub invalid: u64,
    /// The type of the band had no room for their values.
    pub losses: Losses,
}

/// The expression over every pixel of the chunk, stored as `band`.
pub fn evaluate(expr: &Expr, env: &Env, band: &Band, arithmetic: DType) -> (Pixels, Gone) {
    if let Expr::Band(i) = expr
        && let Some(slot) = env.slot_of_band[*i]
    {
        let (pixels, losses) = env.chunk.bands[slot].pack(env.bands[*i].nodata, None, band.dtype, band.nodata);
        return (pixels, Gone { invalid: 0, losses });
    }
    match arithmetic {
        DType::F32 => run::<f32>(expr, env, band),
        _ => run::<f64>(expr, env, band),
    }
}

fn run<T: Real>(expr: &Expr, env: &Env, band: &Band) -> (Pixels, Gone) {
    let [steps, rows, columns] = env.chunk.shape;
    let size = rows * columns;
    let mut out = vec![T::NAN; steps * size];
    let mut machine = Machine { env, spare: Vec::new(), invalid: 0 };
    for step in 0..steps {
        for start in (0..size).step_by(BLOCK) {
            let end = (start + BLOCK).min(size);
            machine.eval(expr, step, start..end, &mut out[step * size + start..step * size + end]);
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
    (pixels, Gone { invalid, losses })
}

/// Which pixels of the chunk the condition holds for: true, false, or missing as NaN, one pass over each step.
pub fn truth(expr: &Expr, env: &Env, arithmetic: DType) -> Pixels {
    evaluate(expr, env, &Band::new("", DType::F32, Some(f64::NAN)), arithmetic).0
}

/// The value of an expression that looks at nothing; `None` if arithmetic cannot give one.
pub fn constant(expr: &Expr) -> Option<f64> {
    let chunk = Chunk { shape: [1, 1, 1], bands: Vec::new() };
    let grid = GeoBox { crs: None, transform: [0.0, 1.0, 0.0, 0.0, 0.0, -1.0], width: 1, height: 1 };
    let env = Env { chunk: &chunk, slot_of_band: &[], bands: &[], steps: &[], grid: &grid, lonlat: None };
    let (pixels, _) = evaluate(expr, &env, &Band::new("", DType::F64, Some(f64::NAN)), DType::F64);
    Some(pixels.get(0)).filter(|v| !v.is_nan())
}

struct Machine<'a, T> {
    env: &'a Env<'a>,
    /// Registers not in use.
    spare: Vec<Vec<T>>,
    invalid: u64,
}

impl<T: Real> Machine<'_, T> {
    fn register(&mut self, len: usize) -> Vec<T> {
        let mut register = self.spare.pop().unwrap_or_default();
        register.resize(len, T::NAN);
        register
    }

    fn eval(&mut self, expr: &Expr, step: usize, at: Range<usize>, out: &mut [T]) {
        match expr {
            Expr::Number(v) => out.fill(T::from_f64(*v)),
            Expr::Missing => out.fill(T::NAN),
            Expr::Band(i) => self.load(*i, step, at, out),
            Expr::Time(part) => out.fill(T::from_f64(self.env.steps.get(step).map_or(f64::NAN, |s| s.get(*part)))),
            Expr::Coord(coord) => self.coordinate(*coord, at, out),
            Expr::Unary(op, a) => {
                self.eval(a, step, at, out);
                self.unary(*op, out);
            }
            Expr::Binary(op, a, b) => {
                self.eval(a, step, at.clone(), out);
                if let Expr::Number(c) = **b {
                    let c = T::from_f64(c);
                    self.binary(*op, out, |_| c);
                } else {
                    let mut right = self.register(out.len());
                    self.eval(b, step, at, &mut right);
                    self.binary(*op, out, |i| right[i]);
                    self.spare.push(right);
                }
            }
            Expr::In { operand, set, negated } => {
                self.eval(operand, step, at, out);
                member(set, *negated, out);
            }
            Expr::If(condition, yes, no) => {
                let mut c = self.register(out.len());
                let mut b = self.register(out.len());
                self.eval(condition, step, at.clone(), &mut c);
                self.eval(yes, step, at.clone(), out);
                self.eval(no, step, at, &mut b);
                for ((o, c), b) in out.iter_mut().zip(&c).zip(&b) {
                    *o = choose(*c, *o, *b);
                }
                self.spare.extend([c, b]);
            }
            Expr::Case { arms, otherwise } => self.case(arms, otherwise.as_deref(), step, at, out),
            Expr::Coalesce(args) => self.fold(args, step, at, out, |a, b| if a.is_nan() { b } else { a }),
            Expr::Extreme { greatest: true, args } => {
                self.fold(args, step, at, out, |a, b| if a >= b || b.is_nan() { a } else { b })
            }
            Expr::Extreme { greatest: false, args } => {
                self.fold(args, step, at, out, |a, b| if a <= b || b.is_nan() { a } else { b })
            }
            Expr::IsValid(a) => {
                self.eval(a, step, at, out);
                out.iter_mut().for_each(|o| *o = truth_of(!o.is_nan()));
            }
            Expr::Bits { operand, first, last } => {
                self.eval(operand, step, at, out);
                let mask = if last - first >= 63 { u64::MAX } else { (1u64 << (last - first + 1)) - 1 };
                for o in out.iter_mut().filter(|o| !o.is_nan()) {
                    // Through i64 so that the bits of a negative number are those of its two's complement.
                    *o = T::from_f64((((o.to_f64() as i64 as u64) >> first) & mask) as f64);
                }
            }
            Expr::Clip(v, low, high) => {
                let mut l = self.register(out.len());
                let mut h = self.register(out.len());
                self.eval(v, step, at.clone(), out);
                self.eval(low, step, at.clone(), &mut l);
                self.eval(high, step, at, &mut h);
                for ((o, l), h) in out.iter_mut().zip(&l).zip(&h) {
                    let bounded = if *o < *l { *l } else { *o };
                    *o = if bounded > *h { *h } else { bounded };
                }
                self.spare.extend([l, h]);
            }
        }
    }

    fn load(&self, band: usize, step: usize, at: Range<usize>, out: &mut [T]) {
        let [_, rows, columns] = self.env.chunk.shape;
        let from = step * rows * columns;
        let Some(slot) = self.env.slot_of_band[band] else { return out.fill(T::NAN) };
        let nodata = self.env.bands[band].nodata;
        fn copy<P: Stored, T: Real>(pixels: &[P], missing: Missing<P>, out: &mut [T]) {
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
        with_pixels!(&self.env.chunk.bands[slot], v => {
            copy(&v[from + at.start..from + at.end], Missing::new(nodata), out)
        });
    }

    fn coordinate(&self, coord: Coord, at: Range<usize>, out: &mut [T]) {
        let columns = self.env.grid.width;
        let transform = &self.env.grid.transform;
        for (o, pixel) in out.iter_mut().zip(at) {
            let (column, row) = ((pixel % columns) as f64 + 0.5, (pixel / columns) as f64 + 0.5);
            let value = match coord {
                Coord::X => transform[0] + column * transform[1] + row * transform[2],
                Coord::Y => transform[3] + column * transform[4] + row * transform[5],
                Coord::Lon => self.env.lonlat.map_or(f64::NAN, |(lon, _)| lon[pixel]),
                Coord::Lat => self.env.lonlat.map_or(f64::NAN, |(_, lat)| lat[pixel]),
            };
            *o = T::from_f64(value);
        }
    }

    fn unary(&mut self, op: Unary, out: &mut [T]) {
        let each = |out: &mut [T], f: fn(f64) -> f64| out.iter_mut().for_each(|o| *o = T::from_f64(f(o.to_f64())));
        match op {
            Unary::Neg => each(out, |v| -v),
            Unary::Abs => each(out, f64::abs),
            Unary::Floor => each(out, f64::floor),
            Unary::Ceil => each(out, f64::ceil),
            // As numpy: halves go to the even neighbour.
            Unary::Round => each(out, f64::round_ties_even),
            Unary::Sin => each(out, f64::sin),
            Unary::Cos => each(out, f64::cos),
            Unary::Tan => each(out, f64::tan),
            Unary::Atan => each(out, f64::atan),
            Unary::Sign => each(out, |v| if v == 0.0 { 0.0 } else { v.signum() }),
            Unary::Not => each(out, |v| if v.is_nan() { v } else { (v == 0.0) as u8 as f64 }),
            Unary::Exp => self.partial(out, f64::exp),
            Unary::Sqrt => self.partial(out, f64::sqrt),
            Unary::Ln => self.partial(out, f64::ln),
            Unary::Log10 => self.partial(out, f64::log10),
            Unary::Log2 => self.partial(out, f64::log2),
            Unary::Asin => self.partial(out, f64::asin),
            Unary::Acos => self.partial(out, f64::acos),
        }
    }

    /// A function that not every number has a value for.
    fn partial(&mut self, out: &mut [T], f: fn(f64) -> f64) {
        for o in out {
            let value = T::from_f64(f(o.to_f64()));
            *o = self.kept(value, o.finite());
        }
    }

    #[inline(always)]
    fn kept(&mut self, value: T, inputs_finite: bool) -> T {
        let bad = inputs_finite & !value.finite();
        self.invalid += bad as u64;
        if bad { T::NAN } else { value }
    }

    fn binary(&mut self, op: Binary, out: &mut [T], right: impl Fn(usize) -> T) {
        let each = |out: &mut [T], f: &dyn Fn(T, T) -> T| {
            for (i, o) in out.iter_mut().enumerate() {
                *o = f(*o, right(i));
            }
        };
        let compare = |out: &mut [T], f: fn(T, T) -> bool| {
            for (i, o) in out.iter_mut().enumerate() {
                let (a, b) = (*o, right(i));
                *o = if a.is_nan() || b.is_nan() { T::NAN } else { truth_of(f(a, b)) };
            }
        };
        match op {
            Binary::Add => self.partial2(out, right, |a, b| a + b),
            Binary::Sub => self.partial2(out, right, |a, b| a - b),
            Binary::Mul => self.partial2(out, right, |a, b| a * b),
            Binary::Div => self.partial2(out, right, |a, b| a / b),
            Binary::FloorDiv => self.partial2(out, right, |a, b| T::from_f64((a.to_f64() / b.to_f64()).floor())),
            // The sign of the divisor, as in Python and numpy, so that `a == b * (a // b) + a % b`.
            Binary::Rem => self.partial2(out, right, |a, b| {
                let (a, b) = (a.to_f64(), b.to_f64());
                T::from_f64(a - b * (a / b).floor())
            }),
            Binary::Pow => self.partial2(out, right, |a, b| {
                let (a, b) = (a.to_f64(), b.to_f64());
                T::from_f64(if b == b.trunc() && b.abs() < 64.0 { a.powi(b as i32) } else { a.powf(b) })
            }),
            Binary::NormalizedDifference => self.partial2(out, right, |a, b| (a - b) / (a + b)),
            Binary::Atan2 => each(out, &|a, b| T::from_f64(a.to_f64().atan2(b.to_f64()))),
            Binary::Eq => compare(out, |a, b| a == b),
            Binary::Ne => compare(out, |a, b| a != b),
            Binary::Lt => compare(out, |a, b| a < b),
            Binary::Le => compare(out, |a, b| a <= b),
            Binary::Gt => compare(out, |a, b| a > b),
            Binary::Ge => compare(out, |a, b| a >= b),
            // Three-valued: what is known decides, where it can.
            Binary::And => each(out, &|a, b| {
                let zero = T::from_f64(0.0);
                if a == zero || b == zero { zero } else { known(a, b) }
            }),
            Binary::Or => each(out, &|a, b| {
                let is_true = |v: T| !v.is_nan() && v != T::from_f64(0.0);
                if is_true(a) || is_true(b) { truth_of(true) } else { nan_or(a, b, false) }
            }),
        }
    }

    fn partial2(&mut self, out: &mut [T], right: impl Fn(usize) -> T, f: impl Fn(T, T) -> T) {
        let mut invalid = 0;
        for (i, o) in out.iter_mut().enumerate() {
            let (a, b) = (*o, right(i));
            let value = f(a, b);
            let bad = a.finite() & b.finite() & !value.finite();
            invalid += bad as u64;
            *o = if bad { T::NAN } else { value };
        }
        self.invalid += invalid;
    }

    fn fold(&mut self, args: &[Expr], step: usize, at: Range<usize>, out: &mut [T], f: fn(T, T) -> T) {
        let Some((first, rest)) = args.split_first() else { return out.fill(T::NAN) };
        self.eval(first, step, at.clone(), out);
        for arg in rest {
            let mut other = self.register(out.len());
            self.eval(arg, step, at.clone(), &mut other);
            out.iter_mut().zip(&other).for_each(|(o, b)| *o = f(*o, *b));
            self.spare.push(other);
        }
    }

    fn case(&mut self, arms: &[(Expr, Expr)], otherwise: Option<&Expr>, step: usize, at: Range<usize>, out: &mut [T]) {
        match otherwise {
            Some(otherwise) => self.eval(otherwise, step, at.clone(), out),
            None => out.fill(T::NAN),
        }
        // Backwards, so that the first arm that holds is written last.
        for (condition, value) in arms.iter().rev() {
            let mut c = self.register(out.len());
            let mut v = self.register(out.len());
            self.eval(condition, step, at.clone(), &mut c);
            self.eval(value, step, at.clone(), &mut v);
            for ((o, c), v) in out.iter_mut().zip(&c).zip(&v) {
                if !c.is_nan() && *c != T::from_f64(0.0) {
                    *o = *v;
                }
            }
            self.spare.extend([c, v]);
        }
    }
}

fn member<T: Real>(set: &[Member], negated: bool, out: &mut [T]) {
    let set: Vec<(T, T, bool)> = set.iter().map(|m| (T::from_f64(m.low), T::from_f64(m.high), m.half_open)).collect();
    for o in out.iter_mut().filter(|o| !o.is_nan()) {
        let v = *o;
        let inside = set.iter().any(|&(low, high, half_open)| v >= low && if half_open { v < high } else { v <= high });
        *o = truth_of(inside != negated);
    }
}

#[inline(always)]
fn truth_of<T: Real>(value: bool) -> T {
    T::from_f64(value as u8 as f64)
}

#[inline(always)]
fn choose<T: Real>(condition: T, yes: T, no: T) -> T {
    if condition.is_nan() {
        T::NAN
    } else if condition != T::from_f64(0.0) {
        yes
    } else {
        no
    }
}

fn known<T: Real>(a: T, b: T) -> T {
    nan_or(a, b, true)
}

fn nan_or<T: Real>(a: T, b: T, value: bool) -> T {
    if a.is_nan() || b.is_nan() { T::NAN } else { truth_of(value) }
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
        let grid = GeoBox { crs: None, transform: [0.0, 1.0, 0.0, 0.0, 0.0, -1.0], width: len, height: 1 };
        let env = Env { chunk: &chunk, slot_of_band: &slots, bands: &described, steps: &[], grid: &grid, lonlat: None };
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
