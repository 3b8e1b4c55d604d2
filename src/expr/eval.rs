//! Evaluates expressions block by block of rows: operands are loaded into short registers, so that a deep expression
//! stays in cache.
//!
//! Truth is three-valued: a missing operand is unknown, and so is the result unless the other operand decides it alone.
//! Results that arithmetic cannot give (a division by zero, the logarithm of a negative number) are missing and
//! counted.

use super::{Binary, Body, Cell, Coord, Expr, Function, Member, Unary};
use std::ops::Range;

/// The rows that an expression is computed over: pixels, steps or items, by position. What they do not have is missing.
pub(crate) trait Rows<'a, T: Cell<'a>> {
    fn band(&self, _band: usize, _at: Range<usize>, out: &mut [T]) {
        out.fill(T::MISSING);
    }
    /// The dates that rows belong to by a band of dates: these themselves, unless the rows know better.
    fn dates(&self, band: usize, at: Range<usize>, out: &mut [T]) {
        self.band(band, at, out);
    }
    fn property(&self, _name: &str, _at: Range<usize>, out: &mut [T]) {
        out.fill(T::MISSING);
    }
    fn time(&self, _part: &'static Function, _at: Range<usize>, out: &mut [T]) {
        out.fill(T::MISSING);
    }
    fn coordinate(&self, _coord: Coord, _at: Range<usize>, out: &mut [T]) {
        out.fill(T::MISSING);
    }
}

/// Computes expressions over some rows.
pub(crate) struct Machine<'r, 'a, T: Cell<'a>> {
    rows: &'r dyn Rows<'a, T>,
    /// Registers not in use.
    spare: Vec<Vec<T>>,
    /// Results that arithmetic could not give.
    pub invalid: u64,
}

impl<'r, 'a, T: Cell<'a>> Machine<'r, 'a, T> {
    pub(crate) fn new(rows: &'r dyn Rows<'a, T>) -> Machine<'r, 'a, T> {
        Machine { rows, spare: Vec::new(), invalid: 0 }
    }

    /// Computes the results of the rows `at` into `out`, which is as long.
    pub(crate) fn eval(&mut self, expr: &'a Expr, at: Range<usize>, out: &mut [T]) {
        match expr {
            Expr::Number(value) => out.fill(T::number(*value)),
            Expr::Truth(value) => out.fill(T::truth(*value)),
            Expr::Text(value) => out.fill(T::text(value)),
            Expr::Missing => out.fill(T::MISSING),
            Expr::Band(band) => self.rows.band(*band, at, out),
            Expr::Property(name) => self.rows.property(name, at, out),
            Expr::Time(part) => self.rows.time(part, at, out),
            Expr::Coord(coord) => self.rows.coordinate(*coord, at, out),
            Expr::Unary(op, a) => {
                self.eval(a, at, out);
                unary(*op, out);
            }
            Expr::Binary(op, a, b) => {
                self.eval(a, at.clone(), out);
                // A constant is the same for all rows, so it needs no register.
                if let Expr::Number(c) = **b {
                    let c = T::number(c);
                    self.binary(*op, out, |_| c);
                } else {
                    let right = self.operand(b, at);
                    self.binary(*op, out, |i| right[i]);
                    self.spare.push(right);
                }
            }
            Expr::In { operand, set, negated } => {
                self.eval(operand, at, out);
                member(set, *negated, out);
            }
            Expr::If(condition, yes, no) => {
                let c = self.operand(condition, at.clone());
                self.eval(yes, at.clone(), out);
                let b = self.operand(no, at);
                for ((o, c), b) in out.iter_mut().zip(&c).zip(&b) {
                    *o = choose(*c, *o, *b);
                }
                self.spare.extend([c, b]);
            }
            Expr::Case { arms, otherwise } => self.case(arms, otherwise.as_deref(), at, out),
            Expr::IsValid(a) => {
                self.eval(a, at, out);
                out.iter_mut().for_each(|o| *o = T::truth(!o.is_missing()));
            }
            Expr::Bits { operand, first, last } => {
                self.eval(operand, at, out);
                let mask = if last - first >= 63 { u64::MAX } else { (1u64 << (last - first + 1)) - 1 };
                for o in out.iter_mut().filter(|o| !o.is_missing()) {
                    // Through i64 so that the bits of a negative number are those of its two's complement.
                    *o = o.apply(|v| (((v as i64 as u64) >> first) & mask) as f64);
                }
            }
            Expr::Call(function, args) => self.call(function, args, at, out),
        }
    }

    /// The results in a register of their own, which goes back to the spare ones when it was read.
    fn operand(&mut self, expr: &'a Expr, at: Range<usize>) -> Vec<T> {
        let mut register = self.spare.pop().unwrap_or_default();
        register.resize(at.len(), T::MISSING);
        self.eval(expr, at, &mut register);
        register
    }

    fn call(&mut self, function: &Function, args: &'a [Expr], at: Range<usize>, out: &mut [T]) {
        let Some((first, rest)) = args.split_first() else { return out.fill(T::MISSING) };
        match (&function.body, first) {
            (Body::Time(_), Expr::Band(band)) => self.rows.dates(*band, at.clone(), out),
            _ => self.eval(first, at.clone(), out),
        }
        let loops = match &function.body {
            Body::Number(loops) => loops,
            Body::Time(_) | Body::Label(_) => {
                return out
                    .iter_mut()
                    .filter(|o| !o.is_missing())
                    .for_each(|o| *o = o.apply(|days| function.of_days(days)));
            }
            Body::Coord(_) | Body::Tree(_) => return out.fill(T::MISSING),
        };
        let rest: Vec<Vec<T>> = rest.iter().map(|arg| self.operand(arg, at.clone())).collect();
        self.invalid += T::call(loops, out, &rest);
        self.spare.extend(rest);
    }

    fn case(&mut self, arms: &'a [(Expr, Expr)], otherwise: Option<&'a Expr>, at: Range<usize>, out: &mut [T]) {
        match otherwise {
            Some(otherwise) => self.eval(otherwise, at.clone(), out),
            None => out.fill(T::MISSING),
        }
        // Backwards, so that the first arm that holds is written last.
        for (condition, value) in arms.iter().rev() {
            let c = self.operand(condition, at.clone());
            let v = self.operand(value, at.clone());
            for ((o, c), v) in out.iter_mut().zip(&c).zip(&v) {
                if c.is_true() {
                    *o = *v;
                }
            }
            self.spare.extend([c, v]);
        }
    }

    fn binary(&mut self, op: Binary, out: &mut [T], right: impl Fn(usize) -> T) {
        match op {
            Binary::Add => self.arithmetic(out, right, |a, b| a + b),
            Binary::Sub => self.arithmetic(out, right, |a, b| a - b),
            Binary::Mul => self.arithmetic(out, right, |a, b| a * b),
            Binary::Div => self.arithmetic(out, right, |a, b| a / b),
            Binary::FloorDiv => self.arithmetic(out, right, |a, b| a.apply2(b, |a, b| (a / b).floor())),
            // The sign of the divisor, as in Python and numpy, so that `a == b * (a // b) + a % b`.
            Binary::Rem => self.arithmetic(out, right, |a, b| a.apply2(b, |a, b| a - b * (a / b).floor())),
            Binary::Pow => self.arithmetic(out, right, |a, b| {
                a.apply2(b, |a, b| if b == b.trunc() && b.abs() < 64.0 { a.powi(b as i32) } else { a.powf(b) })
            }),
            Binary::Eq => equality(out, right, |a, b| a == b),
            Binary::Ne => equality(out, right, |a, b| a != b),
            Binary::Lt => order(out, right, |a, b| a < b),
            Binary::Le => order(out, right, |a, b| a <= b),
            Binary::Gt => order(out, right, |a, b| a > b),
            Binary::Ge => order(out, right, |a, b| a >= b),
            // One known operand decides the result where the other cannot change it.
            Binary::And => each(out, right, |a, b| truth(a.is_true() & b.is_true(), a.is_false() | b.is_false())),
            Binary::Or => each(out, right, |a, b| truth(a.is_true() | b.is_true(), a.is_false() & b.is_false())),
            Binary::Coalesce => each(out, right, |a, b| if a.is_missing() { b } else { a }),
        }
    }

    fn arithmetic(&mut self, out: &mut [T], right: impl Fn(usize) -> T, f: impl Fn(T, T) -> T) {
        let mut invalid = 0;
        for (i, o) in out.iter_mut().enumerate() {
            let (a, b) = (*o, right(i));
            let value = f(a, b);
            let bad = a.finite() & b.finite() & !value.finite();
            invalid += bad as u64;
            *o = if bad { T::MISSING } else { value };
        }
        self.invalid += invalid;
    }
}

fn unary<'a, T: Cell<'a>>(op: Unary, out: &mut [T]) {
    match op {
        Unary::Neg => out.iter_mut().for_each(|o| *o = o.apply(|v| -v)),
        Unary::Not => out.iter_mut().for_each(|o| *o = truth(o.is_false(), o.is_true())),
    }
}

#[inline(always)]
fn each<'a, T: Cell<'a>>(out: &mut [T], right: impl Fn(usize) -> T, f: impl Fn(T, T) -> T) {
    for (i, o) in out.iter_mut().enumerate() {
        *o = f(*o, right(i));
    }
}

/// Values that cannot be compared are unequal, unless one of them is missing: then the result is missing.
#[inline(always)]
fn equality<'a, T: Cell<'a>>(out: &mut [T], right: impl Fn(usize) -> T, f: impl Fn(T, T) -> bool) {
    each(out, right, |a, b| if a.is_missing() | b.is_missing() { T::MISSING } else { T::truth(f(a, b)) });
}

#[inline(always)]
fn order<'a, T: Cell<'a>>(out: &mut [T], right: impl Fn(usize) -> T, f: impl Fn(T, T) -> bool) {
    each(out, right, |a, b| if a.has_order(b) { T::truth(f(a, b)) } else { T::MISSING });
}

fn member<'a, T: Cell<'a>>(set: &'a [Member], negated: bool, out: &mut [T]) {
    let range = |member: &'a Member| match member {
        Member::Range { low, high, half_open } => (T::number(*low), T::number(*high), *half_open),
        Member::Text(text) => (T::text(text), T::text(text), false),
    };
    let set: Vec<(T, T, bool)> = set.iter().map(range).collect();
    for o in out.iter_mut().filter(|o| !o.is_missing()) {
        let v = *o;
        let inside = set.iter().any(|&(low, high, half_open)| v >= low && if half_open { v < high } else { v <= high });
        *o = T::truth(inside != negated);
    }
}

/// True where `holds`, false where `fails`, and missing where neither is known.
#[inline(always)]
fn truth<'a, T: Cell<'a>>(holds: bool, fails: bool) -> T {
    if holds | fails { T::truth(holds) } else { T::MISSING }
}

#[inline(always)]
fn choose<'a, T: Cell<'a>>(condition: T, yes: T, no: T) -> T {
    if condition.is_true() {
        yes
    } else if condition.is_false() {
        no
    } else {
        T::MISSING
    }
}
