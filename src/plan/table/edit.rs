//! Stages that make one table of another: which rows are kept and in which order, columns computed from columns, groups
//! of rows reduced, and the columns of another table beside those of this one.

use super::columns::result_type;
use super::{Reduction, Rows, TableFrom, TablePlan};
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
    if let Expr::Band(own) = expr {
        return Some(Column { name: name.into(), ..columns[*own].clone() });
    }
    Some(Column::new(name, type_of(expr, columns)?.unwrap_or(ColumnType::Float64)))
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
        Expr::Call(function, _) => match function.body {
            // Parts of dates are whole numbers.
            Body::Time(_) => Some(ColumnType::Int64),
            Body::Label(_) | Body::Number(_) | Body::Coord(_) | Body::Tree(_) => Some(ColumnType::Float64),
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
    let name = if column.name == name { name } else { format!("{}_{name}", column.name) };
    let unit = reducer.unit.of(column.unit.clone(), false);
    Column { unit, ..Column::new(name, result_type(reducer, column.kind, false)) }
}
