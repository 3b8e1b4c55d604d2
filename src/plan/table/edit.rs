//! Stages that make one table of another: which rows are kept and in which order, columns computed from columns, groups
//! of rows reduced, and the columns of another table beside those of this one.

use super::columns::result_type;
use super::{Reduction, Rows, TableFrom, TablePlan};
use crate::cube::time::BY_INTERVALS;
use crate::diagnostic::Span;
use crate::expr::{Binary, Body, Expr, Unary};
use crate::plan::Plan;
use crate::reducers::Reducer;
use crate::table::{Column, ColumnType, TableSchema};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How one table is made of another. In expressions a band is a column of the first, by position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Edit {
    /// Keeps the rows for which a condition is true.
    Filter(Expr),
    /// Puts the rows in the order of columns, of which a later one decides where those before it are equal. Missing cells
    /// come last either way.
    Sort { by: Vec<usize>, descending: bool },
    /// Computes every column of the result.
    Columns(Vec<Expr>),
    /// One row for each combination of keys, in their order: the keys, and each of some columns by each reducer. That rows of
    /// several values of `pooled` columns become one is told.
    Group { keys: Vec<Expr>, columns: Vec<usize>, pooled: Vec<usize>, reduction: Reduction },
    /// Puts columns of another table beside these, where pairs of columns have equal cells.
    Join { other: Arc<TablePlan>, on: Vec<[usize; 2]>, take: Vec<usize> },
}

impl TablePlan {
    /// The table that an edit makes of this one, with these columns.
    pub(crate) fn edit(self: &Arc<Self>, edit: Edit, columns: Vec<Column>, span: Span) -> Arc<TablePlan> {
        let rows = match &edit {
            Edit::Sort { .. } | Edit::Columns(_) => self.schema.rows,
            Edit::Group { keys, .. } if keys.is_empty() => Some(1),
            Edit::Filter(_) | Edit::Group { .. } | Edit::Join { .. } => None,
        };
        let mut notes = self.schema.notes.clone();
        if let Edit::Join { other, .. } = &edit {
            let new = other.schema.notes.iter().filter(|note| !self.schema.notes.contains(note));
            notes.extend(new.cloned());
        }
        let reads_ends = |expr: &Expr| {
            let mut reads = false;
            expr.walk(&mut |part| {
                if let Expr::Call(function, args) = part
                    && let (Body::Time(_), [Expr::Band(column)]) = (&function.body, &args[..])
                {
                    reads |= self.schema.columns[*column].intervals.is_some();
                }
            });
            reads
        };
        let told = match &edit {
            Edit::Filter(condition) => reads_ends(condition),
            Edit::Columns(all) | Edit::Group { keys: all, .. } => all.iter().any(reads_ends),
            Edit::Sort { .. } | Edit::Join { .. } => false,
        };
        if told && !notes.iter().any(|note| note == BY_INTERVALS) {
            notes.push(BY_INTERVALS.into());
        }
        let from = TableFrom::Edited { input: self.clone(), edit };
        let schema = Arc::new(TableSchema { columns, rows, notes });
        Arc::new(TablePlan { from, keep: Vec::new(), sink: None, schema, span })
    }

    /// The tables of pixels that it is made of, with the cubes and how their pixels become rows; each once.
    pub(crate) fn of_pixels(self: &Arc<Self>) -> Vec<(&Arc<TablePlan>, &Arc<Plan>, &Rows)> {
        let mut found: Vec<(&Arc<TablePlan>, &Arc<Plan>, &Rows)> = Vec::new();
        if let TableFrom::Pixels { input, rows } = &self.from {
            found.push((self, input, rows));
        }
        for more in self.inputs().into_iter().flat_map(TablePlan::of_pixels) {
            if found.iter().all(|(known, ..)| *known != more.0) {
                found.push(more);
            }
        }
        found
    }

    /// The tables that it is made of in more than one way, as a name is used twice; not what these are made of.
    pub(crate) fn used_twice(&self) -> Vec<Arc<TablePlan>> {
        let (mut met, mut twice): (Vec<&Arc<TablePlan>>, Vec<Arc<TablePlan>>) = (Vec::new(), Vec::new());
        let mut left = self.inputs();
        while let Some(plan) = left.pop() {
            if met.iter().any(|other| Arc::ptr_eq(other, plan)) {
                twice.push(plan.clone());
            } else {
                met.push(plan);
                left.extend(plan.inputs());
            }
        }
        twice
    }

    /// Whether it is made of what headers and catalogs say.
    pub(crate) fn is_listing(&self) -> bool {
        match &self.from {
            TableFrom::Pixels { .. } => false,
            TableFrom::Known { .. } => true,
            TableFrom::Edited { input, .. } => input.is_listing(),
        }
    }

    /// The tables that this one is made of.
    pub(crate) fn inputs(&self) -> Vec<&Arc<TablePlan>> {
        match &self.from {
            TableFrom::Pixels { .. } | TableFrom::Known { .. } => Vec::new(),
            TableFrom::Edited { input, edit: Edit::Join { other, .. } } => vec![input, other],
            TableFrom::Edited { input, .. } => vec![input],
        }
    }
}

/// The column that an expression over columns gives; nothing where its values would be of several kinds, numbers beside
/// texts or beside dates.
pub(crate) fn column_of(name: &str, expr: &Expr, columns: &[Column]) -> Option<Column> {
    let kind = type_of(expr, columns)?.unwrap_or(ColumnType::Float64);
    let new = Column::new(name, kind);
    Some(match carried(expr, columns) {
        Some(Some(own)) if own.kind == kind || own.kind.is_number() && kind.is_number() => {
            Column { name: new.name, kind, ..own.clone() }
        }
        _ => new,
    })
}

/// The column whose unit, or whose place on the ground, the values of an expression have: nothing within for numbers that
/// are written, nothing at all where columns differ or are turned into something else.
fn carried<'a>(expr: &Expr, columns: &'a [Column]) -> Option<Option<&'a Column>> {
    let common = |all: &[&Expr]| {
        all.iter().try_fold(None, |known: Option<&Column>, expr| {
            Some(match (known, carried(expr, columns)?) {
                (Some(a), Some(b)) if a.unit != b.unit || a.geometry != b.geometry => return None,
                (known, own) => known.or(own),
            })
        })
    };
    match expr {
        Expr::Band(own) => Some(Some(&columns[*own])),
        Expr::Number(_) | Expr::Missing => Some(None),
        Expr::If(_, yes, no) => common(&[yes, no]),
        Expr::Case { arms, otherwise } => {
            let values: Vec<&Expr> = arms.iter().map(|(_, value)| value).chain(otherwise.as_deref()).collect();
            common(&values)
        }
        Expr::Binary(Binary::Coalesce | Binary::Add | Binary::Sub, a, b) => common(&[a, b]),
        Expr::Unary(Unary::Neg, a) => carried(a, columns),
        Expr::Call(function, args)
            if ["abs", "min", "max", "round", "floor", "ceil", "clip"].contains(&function.name) =>
        {
            common(&args.iter().collect::<Vec<_>>())
        }
        _ => None,
    }
}

/// What a value is that arithmetic or a condition of some part of an expression cannot be of: a text, or a date beside
/// anything but another date that is taken from it.
pub(crate) fn unfit(expr: &Expr, columns: &[Column]) -> Option<ColumnType> {
    let of = |expr: &Expr| type_of(expr, columns).flatten().filter(|kind| !kind.is_number());
    let mut found = None;
    expr.walk(&mut |part| {
        let operands: Vec<&Expr> = match part {
            Expr::Unary(_, a) => vec![a],
            Expr::Binary(Binary::Sub, a, b) if of(a) == Some(ColumnType::Time) && of(a) == of(b) => vec![],
            Expr::Binary(op, a, b) if op.flipped().is_none() && *op != Binary::Coalesce => vec![a, b],
            Expr::If(condition, ..) => vec![condition],
            Expr::Case { arms, .. } => arms.iter().map(|(condition, _)| condition).collect(),
            Expr::Bits { operand, .. } => vec![operand],
            Expr::Call(function, args) => match function.body {
                Body::Number(_)
                    if matches!(function.name, "min" | "max")
                        && type_of(part, columns).flatten() == Some(ColumnType::Time) =>
                {
                    vec![]
                }
                Body::Number(_) => args.iter().collect(),
                Body::Time(_) | Body::Label(_) | Body::Coord(_) | Body::Tree(_) => vec![],
            },
            _ => vec![],
        };
        found = found.or_else(|| operands.into_iter().find_map(of));
    });
    found
}

/// The type of the values of an expression: nothing within where they are all missing, nothing at all where they are of
/// several kinds.
pub(crate) fn type_of(expr: &Expr, columns: &[Column]) -> Option<Option<ColumnType>> {
    let of = |expr: &Expr| type_of(expr, columns);
    let common = |all: &[&Expr]| {
        all.iter().try_fold(None, |known: Option<ColumnType>, expr| {
            Some(match (known, of(expr)?) {
                (known, None) => known,
                (None, own) => own,
                (Some(a), Some(b)) if a == b => Some(a),
                (Some(a), Some(b)) if a.is_number() && b.is_number() => Some(ColumnType::Float64),
                (Some(_), Some(_)) => return None,
            })
        })
    };
    Some(match expr {
        Expr::Number(_) => Some(ColumnType::Float64),
        Expr::Truth(_) => Some(ColumnType::Int64),
        Expr::Text(_) => Some(ColumnType::Text),
        Expr::Missing => None,
        Expr::Band(own) => Some(columns[*own].kind),
        Expr::If(_, yes, no) => common(&[yes, no])?,
        Expr::Case { arms, otherwise } => {
            let values: Vec<&Expr> = arms.iter().map(|(_, value)| value).chain(otherwise.as_deref()).collect();
            common(&values)?
        }
        Expr::Binary(Binary::Coalesce, a, b) => common(&[a, b])?,
        Expr::Call(function, args) => match function.body {
            // Parts of dates are whole numbers.
            Body::Time(_) => Some(ColumnType::Int64),
            // A date that is written.
            Body::Label(_) => Some(ColumnType::Time),
            Body::Number(_) if matches!(function.name, "min" | "max") => {
                match common(&args.iter().collect::<Vec<_>>())? {
                    Some(kind) if !kind.is_number() => Some(kind),
                    _ => Some(ColumnType::Float64),
                }
            }
            Body::Number(_) | Body::Coord(_) | Body::Tree(_) => Some(ColumnType::Float64),
        },
        Expr::Unary(Unary::Not, _) | Expr::In { .. } | Expr::IsValid(_) => Some(ColumnType::Int64),
        Expr::Binary(..) if expr.is_truth() => Some(ColumnType::Int64),
        Expr::Unary(Unary::Neg, _) | Expr::Binary(..) => Some(ColumnType::Float64),
        Expr::Bits { .. } => Some(ColumnType::Int64),
        Expr::Property(_) | Expr::Time(_) | Expr::Coord(_) => unreachable!("rows have none, as the binder knows"),
    })
}

/// The column of a reducer's results over the cells of a column. It is called by both, unless the column is called by the
/// reducer itself, as the `mean` of zones is.
pub(crate) fn reduced(column: &Column, reducer: Reducer) -> Column {
    let name = reducer.name();
    // The mean of means is one, the deviation of deviations another thing.
    let stays = ["mean", "median", "min", "max", "sum", "first", "last"].contains(&name.as_str());
    let name = if column.name == name && stays { name } else { format!("{}_{name}", column.name) };
    let unit = reducer.unit.of(column.unit.clone(), false);
    Column { unit, ..Column::new(name, result_type(reducer, column.kind, false)) }
}
