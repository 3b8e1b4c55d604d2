//! Expressions: one tree for pixels, steps and items, and its evaluation.
//!
//! Binding has replaced names: bands are positions, functions are rows of [`FUNCTIONS`]. Every value is a number, a
//! truth, a text or missing. [`eval`] alone defines what an expression means, whether over pixels, steps or items.

mod cell;
pub(crate) mod eval;
mod function;
pub(crate) mod significance;
mod steps;

pub(crate) use cell::{Cell, Real, Value};
pub use function::{Body, FUNCTIONS, Function};
pub(crate) use steps::{Steps, constant, property_named, values};

use crate::cube::{Band, DType, Schema, TRUTH_NODATA};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    Number(f64),
    /// `true` and `false`; among numbers they are 1 and 0.
    Truth(bool),
    Text(String),
    /// The literal `nodata`.
    Missing,
    /// A band of the input, by position.
    Band(usize),
    /// A property of a step or an item, by name.
    Property(String),
    /// A function of the time of a step or an item.
    Time(&'static Function),
    /// A coordinate of the pixel's center.
    Coord(Coord),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `in [..]`: single values and closed or half-open ranges.
    In {
        operand: Box<Expr>,
        set: Vec<Member>,
        negated: bool,
    },
    /// `if(c, a, b)`; a missing condition gives a missing result.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `case [..]`: an arm whose condition is missing is passed over, as SQL does.
    Case {
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    IsValid(Box<Expr>),
    /// `bits(v, first, last)`: the number that stands in those bits, bit 0 the lowest.
    Bits {
        operand: Box<Expr>,
        first: u32,
        last: u32,
    },
    /// A function of numbers.
    Call(&'static Function, Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coord {
    X,
    Y,
    Lon,
    Lat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unary {
    Neg,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binary {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// `a ?? b`: b where a is missing.
    Coalesce,
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Rem,
    Pow,
}

impl Binary {
    /// How it is typed.
    pub fn symbol(self) -> &'static str {
        match self {
            Binary::Or => "or",
            Binary::And => "and",
            Binary::Eq => "==",
            Binary::Ne => "!=",
            Binary::Lt => "<",
            Binary::Le => "<=",
            Binary::Gt => ">",
            Binary::Ge => ">=",
            Binary::Coalesce => "??",
            Binary::Add => "+",
            Binary::Sub => "-",
            Binary::Mul => "*",
            Binary::Div => "/",
            Binary::FloorDiv => "//",
            Binary::Rem => "%",
            Binary::Pow => "^",
        }
    }

    /// Whether its result is true or false.
    fn is_truth(self) -> bool {
        match self {
            Binary::Or | Binary::And => true,
            Binary::Eq | Binary::Ne | Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge => true,
            Binary::Coalesce | Binary::Add | Binary::Sub | Binary::Mul | Binary::Div => false,
            Binary::FloorDiv | Binary::Rem | Binary::Pow => false,
        }
    }

    /// The comparison with its sides swapped, if it is one.
    pub fn flipped(self) -> Option<Binary> {
        match self {
            Binary::Eq | Binary::Ne => Some(self),
            Binary::Lt => Some(Binary::Gt),
            Binary::Le => Some(Binary::Ge),
            Binary::Gt => Some(Binary::Lt),
            Binary::Ge => Some(Binary::Le),
            Binary::Or | Binary::And | Binary::Coalesce => None,
            Binary::Add | Binary::Sub | Binary::Mul | Binary::Div => None,
            Binary::FloorDiv | Binary::Rem | Binary::Pow => None,
        }
    }
}

/// An element of the set of an `in`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// The numbers from `low` to `high`; a single number where both are equal.
    Range {
        #[serde(with = "number_as_text")]
        low: f64,
        #[serde(with = "number_as_text")]
        high: f64,
        half_open: bool,
    },
    Text(String),
}

/// Writes numbers as text, because an open end of a range is infinite and JSON has no infinity.
mod number_as_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        value.to_string().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| D::Error::custom(format!("`{text}` is no number")))
    }
}

impl Expr {
    pub fn binary(op: Binary, left: Expr, right: Expr) -> Expr {
        Expr::Binary(op, Box::new(left), Box::new(right))
    }

    /// Calls `f` on this expression and everything below it.
    pub fn walk<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        f(self);
        for child in self.children() {
            child.walk(f);
        }
    }

    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Number(_) | Expr::Truth(_) | Expr::Text(_) | Expr::Missing => vec![],
            Expr::Band(_) | Expr::Property(_) | Expr::Time(_) | Expr::Coord(_) => vec![],
            Expr::Unary(_, a) | Expr::IsValid(a) | Expr::Bits { operand: a, .. } | Expr::In { operand: a, .. } => {
                vec![a]
            }
            Expr::Binary(_, a, b) => vec![a, b],
            Expr::If(a, b, c) => vec![a, b, c],
            Expr::Case { arms, otherwise } => {
                arms.iter().flat_map(|(c, v)| [c, v]).chain(otherwise.as_deref()).collect()
            }
            Expr::Call(_, args) => args.iter().collect(),
        }
    }

    fn children_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Expr::Number(_) | Expr::Truth(_) | Expr::Text(_) | Expr::Missing => vec![],
            Expr::Band(_) | Expr::Property(_) | Expr::Time(_) | Expr::Coord(_) => vec![],
            Expr::Unary(_, a) | Expr::IsValid(a) | Expr::Bits { operand: a, .. } | Expr::In { operand: a, .. } => {
                vec![a]
            }
            Expr::Binary(_, a, b) => vec![a, b],
            Expr::If(a, b, c) => vec![a, b, c],
            Expr::Case { arms, otherwise } => {
                arms.iter_mut().flat_map(|(c, v)| [c, v]).chain(otherwise.as_deref_mut()).collect()
            }
            Expr::Call(_, args) => args.iter_mut().collect(),
        }
    }

    /// Replaces every band by the expression that `f` gives for it.
    pub fn replace_bands(&mut self, f: &dyn Fn(usize) -> Expr) {
        if let Expr::Band(i) = self {
            *self = f(*i);
        } else {
            self.children_mut().into_iter().for_each(|child| child.replace_bands(f));
        }
    }

    /// The bands it reads, each once, in order.
    pub fn bands(&self) -> Vec<usize> {
        let mut bands = Vec::new();
        self.walk(&mut |e| {
            if let Expr::Band(i) = e {
                bands.push(*i);
            }
        });
        bands.sort_unstable();
        bands.dedup();
        bands
    }

    /// Whether it reads a part of the date that steps belong to, such as the month.
    pub fn reads_calendar(&self) -> bool {
        let mut reads = false;
        self.walk(&mut |e| reads |= matches!(e, Expr::Time(function) if matches!(function.body, Body::Time(_))));
        reads
    }

    /// Whether the result is computed as a truth: 1, 0 or missing.
    pub fn is_truth(&self) -> bool {
        match self {
            Expr::Unary(op, _) => *op == Unary::Not,
            Expr::Binary(op, ..) => op.is_truth(),
            Expr::In { .. } | Expr::IsValid(_) => true,
            Expr::Number(_) | Expr::Truth(_) | Expr::Text(_) | Expr::Missing => false,
            Expr::Band(_) | Expr::Property(_) | Expr::Time(_) | Expr::Coord(_) => false,
            Expr::If(..) | Expr::Case { .. } | Expr::Bits { .. } | Expr::Call(..) => false,
        }
    }

    /// The float the expression is computed in: f64 as soon as one input needs it.
    pub fn arithmetic(&self, schema: &Schema) -> DType {
        let mut wide = false;
        self.walk(&mut |e| match e {
            Expr::Band(i) => wide |= schema.bands[*i].arithmetic() == DType::F64,
            Expr::Coord(_) => wide = true,
            // Times are numbers of days with five digits and a fraction, for which f32 has too few digits.
            Expr::Time(function) => wide |= function.name == "time",
            Expr::Number(v) => wide |= v.is_finite() && v.abs() > f32::MAX as f64,
            Expr::Truth(_) | Expr::Text(_) | Expr::Missing | Expr::Property(_) => {}
            Expr::Unary(..) | Expr::Binary(..) | Expr::In { .. } | Expr::If(..) | Expr::Case { .. } => {}
            Expr::IsValid(_) | Expr::Bits { .. } | Expr::Call(..) => {}
        });
        if wide { DType::F64 } else { DType::F32 }
    }

    /// The band that holds the result: a bare band stays itself, a truth is uint8, the rest is a float.
    pub fn band(&self, name: &str, schema: &Schema) -> Band {
        if let Expr::Band(i) = self {
            return Band { name: name.into(), ..schema.bands[*i].clone() };
        }
        match self.is_truth() {
            true => Band::new(name, DType::U8, Some(TRUTH_NODATA)),
            false => Band::new(name, self.arithmetic(schema), Some(f64::NAN)),
        }
    }
}
