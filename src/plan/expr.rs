//! Pixel expressions, bound: bands are indices, names are gone, everything is a number, a truth or missing.

pub use crate::cube::TRUTH_NODATA;
use crate::cube::{Band, DType, Schema};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    Number(f64),
    /// The literal `nodata`.
    Missing,
    /// A band of the input, by position.
    Band(usize),
    /// A fact of the step, the same for all its pixels.
    Time(TimePart),
    /// A coordinate of the pixel's centre.
    Coord(Coord),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `in [..]`: single values and closed or half-open ranges.
    In {
        operand: Box<Expr>,
        set: Vec<Member>,
        negated: bool,
    },
    /// `if(c, a, b)` and each arm of `case`; a missing condition gives a missing result.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `case [..]`: an arm whose condition is missing is passed over, as SQL does.
    Case {
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    /// The first argument that is not missing.
    Coalesce(Vec<Expr>),
    /// Smallest or largest of the arguments that are not missing.
    Extreme {
        greatest: bool,
        args: Vec<Expr>,
    },
    IsValid(Box<Expr>),
    /// `bits(v, first, last)`: the number that stands in those bits, bit 0 the lowest.
    Bits {
        operand: Box<Expr>,
        first: u32,
        last: u32,
    },
    /// `cast`: rounded to an integer type when stored; the number itself is not changed here.
    Clip(Box<Expr>, Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimePart {
    /// Days since 1970-01-01 in the calendar of the axis.
    Days,
    Year,
    Month,
    Day,
    DayOfYear,
    Dekad,
    /// 1 = DJF, 2 = MAM, 3 = JJA, 4 = SON.
    Season,
    Hour,
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
    Abs,
    Sqrt,
    Exp,
    Ln,
    Log10,
    Log2,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Floor,
    Ceil,
    Round,
    Sign,
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
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Rem,
    Pow,
    Atan2,
    NormalizedDifference,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    #[serde(with = "number_as_text")]
    pub low: f64,
    #[serde(with = "number_as_text")]
    pub high: f64,
    pub half_open: bool,
}

/// JSON has no infinity, and ranges have open ends.
mod number_as_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        value.to_string().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| D::Error::custom(format!("`{text}` is no number")))
    }
}

impl Expr {
    /// Calls `f` on this expression and everything below it.
    pub fn walk<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        f(self);
        for child in self.children() {
            child.walk(f);
        }
    }

    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Number(_) | Expr::Missing | Expr::Band(_) | Expr::Time(_) | Expr::Coord(_) => vec![],
            Expr::Unary(_, a) | Expr::IsValid(a) | Expr::Bits { operand: a, .. } | Expr::In { operand: a, .. } => {
                vec![a]
            }
            Expr::Binary(_, a, b) => vec![a, b],
            Expr::If(a, b, c) | Expr::Clip(a, b, c) => vec![a, b, c],
            Expr::Case { arms, otherwise } => {
                arms.iter().flat_map(|(c, v)| [c, v]).chain(otherwise.as_deref()).collect()
            }
            Expr::Coalesce(args) | Expr::Extreme { args, .. } => args.iter().collect(),
        }
    }

    /// The same expression with every band replaced by what `f` gives for it.
    pub fn replace_bands(&self, f: &dyn Fn(usize) -> Expr) -> Expr {
        let go = |e: &Expr| Box::new(e.replace_bands(f));
        match self {
            Expr::Band(i) => f(*i),
            Expr::Number(_) | Expr::Missing | Expr::Time(_) | Expr::Coord(_) => self.clone(),
            Expr::Unary(op, a) => Expr::Unary(*op, go(a)),
            Expr::IsValid(a) => Expr::IsValid(go(a)),
            Expr::Bits { operand, first, last } => Expr::Bits { operand: go(operand), first: *first, last: *last },
            Expr::In { operand, set, negated } => {
                Expr::In { operand: go(operand), set: set.clone(), negated: *negated }
            }
            Expr::Binary(op, a, b) => Expr::Binary(*op, go(a), go(b)),
            Expr::If(a, b, c) => Expr::If(go(a), go(b), go(c)),
            Expr::Clip(a, b, c) => Expr::Clip(go(a), go(b), go(c)),
            Expr::Case { arms, otherwise } => Expr::Case {
                arms: arms.iter().map(|(c, v)| (c.replace_bands(f), v.replace_bands(f))).collect(),
                otherwise: otherwise.as_deref().map(go),
            },
            Expr::Coalesce(args) => Expr::Coalesce(args.iter().map(|a| a.replace_bands(f)).collect()),
            Expr::Extreme { greatest, args } => {
                Expr::Extreme { greatest: *greatest, args: args.iter().map(|a| a.replace_bands(f)).collect() }
            }
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

    /// Whether the result is a truth: 1, 0 or missing.
    pub fn is_truth(&self) -> bool {
        use Binary::*;
        match self {
            Expr::Unary(Unary::Not, _) | Expr::In { .. } | Expr::IsValid(_) => true,
            Expr::Binary(op, ..) => matches!(op, Or | And | Eq | Ne | Lt | Le | Gt | Ge),
            _ => false,
        }
    }

    /// The float the expression is computed in: f64 as soon as one input needs it.
    pub fn arithmetic(&self, schema: &Schema) -> DType {
        let mut wide = false;
        self.walk(&mut |e| match e {
            Expr::Band(i) => wide |= schema.bands[*i].arithmetic() == DType::F64,
            Expr::Coord(_) | Expr::Time(TimePart::Days) => wide = true,
            Expr::Number(v) => wide |= v.is_finite() && v.abs() > f32::MAX as f64,
            _ => {}
        });
        if wide { DType::F64 } else { DType::F32 }
    }

    /// The band that holds the result: a bare band stays itself, a truth is uint8, the rest is a float.
    pub fn band(&self, name: &str, schema: &Schema) -> Band {
        match self {
            Expr::Band(i) => Band { name: name.into(), ..schema.bands[*i].clone() },
            _ if self.is_truth() => Band::new(name, DType::U8, Some(TRUTH_NODATA)),
            _ => Band::new(name, self.arithmetic(schema), Some(f64::NAN)),
        }
    }
}
