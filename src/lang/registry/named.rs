//! What has named values: the bands of a cube, the columns of a table. Stages that only name and compute them work on both.

use super::Call;
use crate::cube::Schema;
use crate::diagnostic::{Code, Diagnostic, Result, Span, codes};
use crate::lang::ast;
use crate::lang::expr::{self, Cx};
use crate::lang::scope::Scope;
use crate::plan::table::{Edit, column_of};
use crate::plan::{Expr, Plan, TablePlan};
use std::sync::Arc;

pub(crate) trait Named: Clone {
    /// The number of the error where a name is not known.
    const UNKNOWN: Code;

    fn names(&self) -> Vec<String>;

    /// Where a name stands.
    ///
    /// # Errors
    /// [`Named::UNKNOWN`] for a name that nothing has.
    fn position(&self, name: &str, span: Span) -> Result<usize>;

    fn bind(&self, expr: &ast::Expr, scope: &Scope) -> Result<Expr>;

    /// The same with these values, and no others.
    fn compute(&self, outputs: Vec<(String, Expr)>, span: Span) -> Result<Self>;
}

impl Named for Arc<Plan> {
    const UNKNOWN: Code = codes::UNKNOWN_BAND;

    fn names(&self) -> Vec<String> {
        self.schema.band_names().map(String::from).collect()
    }

    fn position(&self, name: &str, span: Span) -> Result<usize> {
        self.schema.band(name).map_err(|d| d.or_at(span, "no band of the cube here"))
    }

    fn bind(&self, expr: &ast::Expr, scope: &Scope) -> Result<Expr> {
        let schema: &Schema = &self.schema;
        expr::bind(expr, &Cx::new(schema, scope))
    }

    fn compute(&self, outputs: Vec<(String, Expr)>, span: Span) -> Result<Arc<Plan>> {
        Plan::map(self, outputs, span)
    }
}

impl Named for Arc<TablePlan> {
    const UNKNOWN: Code = codes::UNKNOWN_COLUMN;

    fn names(&self) -> Vec<String> {
        self.schema.columns.iter().map(|column| column.name.clone()).collect()
    }

    fn position(&self, name: &str, span: Span) -> Result<usize> {
        self.schema.position(name).ok_or_else(|| {
            let columns = &self.schema.columns;
            let part =
                expr::part_named(name, columns).map(|part| format!("make it one first: `derive {name} = {part}`"));
            expr::unknown_column(name, span, columns).help_if(part)
        })
    }

    fn bind(&self, expr: &ast::Expr, scope: &Scope) -> Result<Expr> {
        expr::bind_rows(expr, &self.schema.columns, scope)
    }

    fn compute(&self, outputs: Vec<(String, Expr)>, span: Span) -> Result<Arc<TablePlan>> {
        let mut columns = Vec::with_capacity(outputs.len());
        for (name, expr) in &outputs {
            let column = column_of(name, expr, &self.schema.columns).ok_or_else(|| {
                let message = format!(
                    "`{name}` would be of one kind in some rows, and of another in others: a number, a text, a date"
                );
                Diagnostic::new(codes::WRONG_TYPE, message).label(span, "of several kinds")
            })?;
            columns.push(column);
        }
        let twice = columns.iter().enumerate().find(|(i, column)| columns[..*i].iter().any(|c| c.name == column.name));
        if let Some((_, column)) = twice {
            let message = format!("there would be two columns named `{}`", column.name);
            return Err(Diagnostic::new(codes::BAND_TWICE, message).label(span, "again"));
        }
        Ok(self.edit(Edit::Columns(outputs.into_iter().map(|(_, expr)| expr).collect()), columns, span))
    }
}

impl Call<'_> {
    /// Where the names of an argument stand.
    pub(crate) fn positions<T: Named>(&self, name: &str, of: &T) -> Result<Vec<usize>> {
        self.names(name).into_iter().map(|(name, span)| of.position(&name, span)).collect()
    }

    /// The bound expressions of some assignments, by name, and what they read.
    ///
    /// An expression may use names that were assigned before it: these are computed first, beside those of `input`.
    pub(crate) fn assigned<T: Named>(&self, assigns: &[ast::Assign], input: &T) -> Result<(T, Vec<(String, Expr)>)> {
        let mut from = input.clone();
        let mut outputs: Vec<(String, Expr)> = Vec::new();
        for assign in assigns {
            let mut bound = from.bind(&assign.value, self.scope);
            let own = from.names();
            let new: Vec<(String, Expr)> = outputs.iter().filter(|(name, _)| !own.contains(name)).cloned().collect();
            if bound.as_ref().is_err_and(|d| d.code == T::UNKNOWN) && !new.is_empty() {
                let kept = own.iter().enumerate().map(|(i, name)| (name.clone(), Expr::Band(i)));
                let wider = from.compute(kept.chain(new).collect(), self.span)?;
                if let Ok(expr) = wider.bind(&assign.value, self.scope) {
                    let names = wider.names();
                    for (name, expr) in &mut outputs {
                        if let Some(i) = names.iter().position(|own| own == name).filter(|i| *i >= own.len()) {
                            *expr = Expr::Band(i);
                        }
                    }
                    (from, bound) = (wider, Ok(expr));
                }
            }
            outputs.push((assign.name.value.clone(), bound?));
        }
        Ok((from, outputs))
    }
}
