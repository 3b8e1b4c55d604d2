//! The program as it was written: statements, stages and expressions with their spans, nothing looked up yet.

use crate::diagnostic::{Span, Spanned};
pub(crate) use crate::expr::{Binary, Unary};

pub(crate) type Name = Spanned<String>;

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Program {
    pub statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    pub span: Span,
    /// The `##` lines that stand before it, without the marks.
    pub doc: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    Import { path: Text, alias: Option<Name> },
    Param { name: Name, type_name: Option<Name>, default: Option<Expr> },
    Let { name: Name, value: Value },
    Fn { name: Name, params: Vec<Name>, body: Body },
    Set { key: Name, values: Vec<Atom> },
    Pipeline(Pipeline),
}

impl Statement {
    /// The name of a value that it binds.
    pub fn binds(&self) -> Option<&str> {
        match &self.kind {
            StatementKind::Let { name, .. } | StatementKind::Param { name, .. } => Some(&name.value),
            StatementKind::Import { .. }
            | StatementKind::Fn { .. }
            | StatementKind::Set { .. }
            | StatementKind::Pipeline(_) => None,
        }
    }
}

/// The right side of a `let`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Expr(Expr),
    Pipeline(Pipeline),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Expr(Expr),
    Stages(Vec<Stage>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Starts with `|`: at the prompt it continues the last result.
    pub continues: bool,
    /// `$name` as the source; otherwise the first stage is the source.
    pub source: Option<Name>,
    pub stages: Vec<Stage>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub name: Name,
    pub args: Args,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Args {
    Atoms(Vec<Atom>),
    /// `map a = x, b = y`.
    Assigns(Vec<Assign>),
    /// `where a > 1`.
    Expr(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Assign {
    pub name: Name,
    pub value: Expr,
}

pub(crate) type Atom = Spanned<AtomKind>;

#[derive(Clone, Debug, PartialEq)]
pub enum AtomKind {
    /// A word of letters, digits, `_ : - .`, also reducer names, `EPSG:32632`, `p90`.
    Word(String),
    /// `` `any text` ``: a name that is no word.
    Quoted(String),
    Variable(String),
    Literal(Literal),
    List(Vec<Atom>),
    Pipeline(Box<Pipeline>),
    /// `( expr )`.
    Expr(Box<Expr>),
    Range(Ends),
    /// `key=value`, which no stage takes; the value as written.
    Keyed(String, String),
}

/// A range with a variable at an end: `$from..$to`, `..<$end`, `2020..$last`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    pub start: Option<Spanned<End>>,
    pub end: Option<Spanned<End>>,
    pub half_open: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Variable(String),
    /// A number or a date.
    Literal(Literal),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Number(f64),
    Text(Text),
    /// A possibly partial date as written, already checked to be a date: `2020`, `2020-06`, `2020-06-15T10:30Z`.
    Date(String),
    /// `a..b`, `a..<b`, `a..`, `..b` over dates.
    DateRange {
        start: Option<String>,
        end: Option<String>,
        half_open: bool,
    },
    /// `a..b`, `a..<b`, `a..`, `..b` over numbers.
    Range {
        start: Option<f64>,
        end: Option<f64>,
        half_open: bool,
    },
    /// `30min`, `2km`, `4GiB`, `20%`; an ISO duration `P16D` has the unit `"iso"` and stands in `text`.
    Quantity {
        value: f64,
        unit: String,
        text: String,
    },
    Nodata,
    Bool(bool),
}

/// A string in pieces; a raw string is one literal piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub pieces: Vec<Piece>,
    pub raw: bool,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Literal(String),
    /// `${name}`.
    Variable(Name),
}

pub(crate) type Expr = Spanned<ExprKind>;

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Literal(Literal),
    /// A bare word: a band.
    Band(String),
    /// `_`, the pixel.
    Pixel,
    Variable(String),
    Unary {
        op: Unary,
        operand: Box<Expr>,
    },
    Binary {
        op: Binary,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `a in [1 2 3]`, `a not in 1..4`, `a in $list`.
    In {
        operand: Box<Expr>,
        set: Box<Expr>,
        negated: bool,
    },
    Call {
        name: Name,
        args: Vec<Expr>,
    },
    Case {
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    List(Vec<Expr>),
    Range(Ends),
    /// Parentheses are kept so that printing gives back what was written.
    Group(Box<Expr>),
}
