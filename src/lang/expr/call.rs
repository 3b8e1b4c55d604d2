//! Calls of functions, those of the table and those that users wrote.

use super::{BoundExpr, Cx, Domain, bind, bound, dated, not_of_steps, rows};
use crate::diagnostic::{self, Diagnostic, Result, Span, codes};
use crate::expr::{Body, Expr, FUNCTIONS, Function};
use crate::lang::ast::{self, ExprKind};
use crate::lang::elsewhere;
use crate::lang::scope;

pub(super) fn call(name: &ast::Name, args: &[ast::Expr], span: Span, cx: &Cx) -> Result<BoundExpr> {
    if let Some(function) = cx.scope.functions.get(&name.value) {
        return user_call(name, function, args, span, cx);
    }
    let function = Function::find(&name.value).ok_or_else(|| unknown_function(name, cx))?;
    let (least, most) = function.args;
    if args.len() < least || args.len() > most {
        return Err(wrong_arity(name, least, most, args.len(), span));
    }
    if let (Body::Time(_) | Body::Label(_), Domain::Rows(columns)) = (&function.body, cx.domain) {
        return rows::part_of_date(function, args, span, columns, cx).map(BoundExpr::Expr);
    }
    if let (Body::Time(_) | Body::Label(_), Some(arg)) = (&function.body, args.first())
        && !matches!(&arg.value, ExprKind::Band(b) if b == "time")
    {
        return Err(Diagnostic::new(codes::WRONG_TYPE, format!("`{}` takes `time` as its argument", name.value))
            .label(arg.span, "not the time")
            .help(format!("write `{}(time)`", name.value)));
    }
    let spans: Vec<Span> = args.iter().map(|a| a.span).collect();
    let args = match function.body {
        Body::Time(_) | Body::Label(_) => Vec::new(),
        Body::Number(_) | Body::Coord(_) | Body::Tree(_) => {
            args.iter().map(|a| bind(a, cx)).collect::<Result<Vec<_>>>()?
        }
    };
    apply(function, args, &spans, span, cx).map(BoundExpr::Expr)
}

/// A function of bound arguments, of which there are as many as it takes.
pub(super) fn apply(function: &'static Function, args: Vec<Expr>, spans: &[Span], span: Span, cx: &Cx) -> Result<Expr> {
    match (&function.body, cx.domain) {
        (Body::Number(_), _) => Ok(Expr::Call(function, args)),
        (Body::Tree(build), _) => build(args, spans),
        (Body::Time(_) | Body::Label(_), _) => dated(function, span, cx),
        (Body::Coord(coord), Domain::Pixels(_)) => Ok(Expr::Coord(*coord)),
        (Body::Coord(_), Domain::Rows(columns)) => Err(rows::unknown(function.name, span, columns)),
        (Body::Coord(_), Domain::Steps(_) | Domain::Items | Domain::Constants) => Err(not_of_steps(span)),
    }
}

fn wrong_arity(name: &ast::Name, least: usize, most: usize, given: usize, span: Span) -> Box<Diagnostic> {
    let takes = if least == most { format!("{least}") } else { format!("{least} to {most}") };
    let usage = Function::find(&name.value).map(|f| format!("`{}`: {}", f.name, f.help));
    Diagnostic::new(codes::WRONG_ARITY, format!("`{}` takes {takes} arguments, not {given}", name.value))
        .label(span, "called here")
        .help_if(usage)
        .help_if(
            ["round", "min", "max"].contains(&name.value.as_str()).then(|| elsewhere::function(&name.value)).flatten(),
        )
}

fn unknown_function(name: &ast::Name, cx: &Cx) -> Box<Diagnostic> {
    let known = || FUNCTIONS.iter().map(|f| f.name).chain(cx.scope.functions.keys().map(String::as_str));
    let diagnostic = Diagnostic::new(codes::UNKNOWN_FUNCTION, format!("unknown function `{}`", name.value))
        .label(name.span, "not a function");
    match elsewhere::function(&name.value) {
        Some(here) => diagnostic.help(here),
        None => diagnostic
            .help_if(diagnostic::did_you_mean(&name.value, known()))
            .help(format!("functions: {}", diagnostic::list_some(known(), 60))),
    }
}

fn user_call(
    name: &ast::Name,
    function: &scope::Function,
    args: &[ast::Expr],
    span: Span,
    cx: &Cx,
) -> Result<BoundExpr> {
    if cx.within.contains(&name.value) {
        return Err(Diagnostic::new(codes::RECURSION, format!("`{}` calls itself", name.value))
            .label(name.span, "again")
            .help("a function is replaced by its body where it is called, so it cannot call itself"));
    }
    let ast::Body::Expr(body) = &function.body else {
        return Err(Diagnostic::new(codes::MISPLACED_STAGE, format!("`{}` is a stage, not a function", name.value))
            .label(name.span, "called as a function")
            .help(format!("use it in a pipeline: `| {}`", name.value)));
    };
    if args.len() != function.params.len() {
        return Err(wrong_arity(name, function.params.len(), function.params.len(), args.len(), span));
    }
    let locals = function
        .params
        .iter()
        .zip(args)
        .map(|(param, arg)| Ok((param.clone(), bound(arg, cx)?)))
        .collect::<Result<_>>()?;
    let within = cx.within.iter().cloned().chain([name.value.clone()]).collect();
    let scope = function.home.as_deref().unwrap_or(cx.scope);
    bound(body, &Cx { scope, locals, within, domain: cx.domain, pixel: cx.pixel, parts: cx.parts.clone() })
}
