//! Takes the spans out of a tree, so that trees of differently laid out texts compare equal.

use super::ast::{
    Args, Atom, AtomKind, Body, Ends, Expr, ExprKind, Literal, Name, Piece, Pipeline, Program, Stage, StatementKind,
    Text, Value,
};
use crate::diagnostic::Span;

/// Sets every span of the program to the empty one.
pub(crate) fn strip_spans(program: &mut Program) {
    for statement in &mut program.statements {
        statement.span = Span::default();
        match &mut statement.kind {
            StatementKind::Import { path, alias } => {
                text(path);
                alias.iter_mut().for_each(name);
            }
            StatementKind::Param { name: bound, type_name, default } => {
                name(bound);
                type_name.iter_mut().for_each(name);
                default.iter_mut().for_each(expr);
            }
            StatementKind::Let { name: bound, value } => {
                name(bound);
                match value {
                    Value::Expr(value) => expr(value),
                    Value::Pipeline(value) => pipeline(value),
                }
            }
            StatementKind::Fn { name: bound, params, body } => {
                name(bound);
                params.iter_mut().for_each(name);
                match body {
                    Body::Expr(body) => expr(body),
                    Body::Stages(stages) => stages.iter_mut().for_each(stage),
                }
            }
            StatementKind::Set { key, values } => {
                name(key);
                values.iter_mut().for_each(atom);
            }
            StatementKind::Pipeline(value) => pipeline(value),
        }
    }
}

fn name(name: &mut Name) {
    name.span = Span::default();
}

fn pipeline(pipeline: &mut Pipeline) {
    pipeline.span = Span::default();
    pipeline.source.iter_mut().for_each(name);
    pipeline.stages.iter_mut().for_each(stage);
}

fn stage(stage: &mut Stage) {
    stage.span = Span::default();
    name(&mut stage.name);
    match &mut stage.args {
        Args::Atoms(atoms) => atoms.iter_mut().for_each(atom),
        Args::Assigns(assigns) => {
            for assign in assigns {
                name(&mut assign.name);
                expr(&mut assign.value);
            }
        }
        Args::Expr(value) => expr(value),
    }
}

fn atom(atom: &mut Atom) {
    atom.span = Span::default();
    match &mut atom.value {
        AtomKind::Literal(value) => literal(value),
        AtomKind::List(atoms) => atoms.iter_mut().for_each(self::atom),
        AtomKind::Pipeline(value) => pipeline(value),
        AtomKind::Expr(value) => expr(value),
        AtomKind::Range(value) => ends(value),
        AtomKind::Word(_) | AtomKind::Quoted(_) | AtomKind::Variable(_) | AtomKind::Keyed(..) => {}
    }
}

fn literal(literal: &mut Literal) {
    if let Literal::Text(value) = literal {
        text(value);
    }
}

fn ends(ends: &mut Ends) {
    [&mut ends.start, &mut ends.end].into_iter().flatten().for_each(|end| end.span = Span::default());
}

fn text(text: &mut Text) {
    text.span = Span::default();
    for piece in &mut text.pieces {
        if let Piece::Variable(variable) = piece {
            name(variable);
        }
    }
}

fn expr(expr: &mut Expr) {
    expr.span = Span::default();
    match &mut expr.value {
        ExprKind::Literal(value) => literal(value),
        ExprKind::Unary { operand, .. } | ExprKind::Group(operand) => self::expr(operand),
        ExprKind::Binary { left, right, .. } | ExprKind::In { operand: left, set: right, .. } => {
            self::expr(left);
            self::expr(right);
        }
        ExprKind::Call { name: called, args } => {
            name(called);
            args.iter_mut().for_each(self::expr);
        }
        ExprKind::Case { arms, otherwise } => {
            for (condition, value) in arms {
                self::expr(condition);
                self::expr(value);
            }
            if let Some(value) = otherwise {
                self::expr(value);
            }
        }
        ExprKind::List(items) => items.iter_mut().for_each(self::expr),
        ExprKind::Range(value) => ends(value),
        ExprKind::Band(_) | ExprKind::Pixel | ExprKind::Variable(_) => {}
    }
}
