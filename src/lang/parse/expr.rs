//! Expressions: the grammar gives a row of operands and operators, to which precedences are applied here.

use super::build::{Builder, unquoted};
use super::check::{self, MAX_DEPTH};
use super::grammar::Rule;
use super::literal;
use crate::diagnostic::{Diagnostic, Result, Span, Spanned, codes};
use crate::lang::ast::{Binary, End, Ends, Expr, ExprKind, Literal, Unary};
use pest::iterators::Pair;

/// An expression with the height of its tree, which is bounded so that whatever walks it may recurse.
pub(super) struct Tall {
    pub expr: Expr,
    pub height: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Op {
    Unary(Unary),
    Binary(Binary),
    In { negated: bool },
}

impl Op {
    /// Its precedence; an operator of a higher level binds tighter.
    fn level(self) -> u8 {
        match self {
            Op::Binary(Binary::Or) => 1,
            Op::Binary(Binary::And) => 2,
            Op::Unary(Unary::Not) => 3,
            Op::In { .. } => COMPARISON,
            Op::Binary(Binary::Eq | Binary::Ne | Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge) => COMPARISON,
            Op::Binary(Binary::Coalesce) => 5,
            Op::Binary(Binary::Add | Binary::Sub) => 6,
            Op::Binary(Binary::Mul | Binary::Div | Binary::FloorDiv | Binary::Rem) => 7,
            Op::Unary(Unary::Neg) => 8,
            Op::Binary(Binary::Pow) => 9,
        }
    }
}

const COMPARISON: u8 = 4;

/// Operands and operators that still wait for their right side.
#[derive(Default)]
struct Stacks {
    operands: Vec<Tall>,
    operators: Vec<(Op, Span)>,
}

impl Builder<'_> {
    pub(super) fn expr(&self, pair: Pair<Rule>) -> Result<Expr> {
        self.tall(pair).map(|tall| tall.expr)
    }

    fn tall(&self, pair: Pair<Rule>) -> Result<Tall> {
        let parts: Vec<Pair<Rule>> = pair.into_inner().collect();
        let mut stacks = Stacks::default();
        for (idx, part) in parts.iter().enumerate() {
            let span = self.span(part);
            match part.as_rule() {
                Rule::prefix => {
                    let op = Op::Unary(if part.as_str() == "-" { Unary::Neg } else { Unary::Not });
                    let inside = stacks.operators.last().filter(|(top, _)| top.level() > op.level());
                    if let (Op::Unary(Unary::Not), Some((_, before))) = (op, inside) {
                        return Err(Diagnostic::new(codes::SYNTAX, "`not` after an operator that binds tighter")
                            .label(span, format!("stands to the right of `{}`", self.source(*before)))
                            .help("put it in parentheses: `(not ..)`"));
                    }
                    stacks.operators.push((op, span));
                    if stacks.operators.len() > MAX_DEPTH {
                        return Err(check::too_deep(span));
                    }
                }
                Rule::infix => {
                    let op = self.infix(part.as_str(), span, &parts[..idx])?;
                    self.bare_date(&parts, idx)?;
                    while let Some((top, _)) = stacks.operators.last().copied() {
                        if top.level() == COMPARISON && op.level() == COMPARISON {
                            return Err(self.chained(&parts, idx));
                        }
                        let right = op == Op::Binary(Binary::Pow);
                        if top.level() < op.level() || (top.level() == op.level() && right) {
                            break;
                        }
                        reduce(&mut stacks)?;
                    }
                    stacks.operators.push((op, span));
                    if stacks.operators.len() > MAX_DEPTH {
                        return Err(check::too_deep(span));
                    }
                }
                _ => {
                    let operand = self.operand(part.clone())?;
                    stacks.operands.push(operand);
                }
            }
        }
        while !stacks.operators.is_empty() {
            reduce(&mut stacks)?;
        }
        Ok(stacks.operands.pop().expect("the grammar admits no empty expression"))
    }

    fn infix(&self, text: &str, span: Span, before: &[Pair<Rule>]) -> Result<Op> {
        Ok(Op::Binary(match text {
            "or" => Binary::Or,
            "and" => Binary::And,
            "==" => Binary::Eq,
            "!=" => Binary::Ne,
            "<" => Binary::Lt,
            "<=" => Binary::Le,
            ">" => Binary::Gt,
            ">=" => Binary::Ge,
            "??" => Binary::Coalesce,
            "+" => Binary::Add,
            "-" => Binary::Sub,
            "*" => Binary::Mul,
            "/" => Binary::Div,
            "//" => Binary::FloorDiv,
            "%" => Binary::Rem,
            "^" | "**" => Binary::Pow,
            "in" => return Ok(Op::In { negated: false }),
            "=" => {
                let begin = before.first().map_or(0, |pair| pair.as_span().start());
                let rest = &self.text[begin..];
                let end = rest.find(['|', '\n', ';']).unwrap_or(rest.len());
                return Err(Diagnostic::new(codes::SYNTAX, "`=` binds a name, it does not compare")
                    .label(span, "`==` expected here")
                    .help(written_for(rest[..end].trim_end())));
            }
            _ => return Ok(Op::In { negated: true }),
        }))
    }

    fn operand(&self, pair: Pair<Rule>) -> Result<Tall> {
        let span = self.span(&pair);
        let literal = |literal: Literal| ExprKind::Literal(literal);
        let kind = match pair.as_rule() {
            Rule::string | Rule::raw => literal(Literal::Text(literal::text(pair.as_str(), span)?)),
            Rule::number => literal(literal::number(pair.as_str(), span)?),
            Rule::signed => literal(literal::numeral(pair.as_str(), span)?),
            Rule::moment => literal(literal::moment(pair.as_str(), span)?),
            Rule::reach => ExprKind::Range(literal::between(pair.as_str(), span, false)?),
            Rule::constant => literal(match pair.as_str() {
                "true" => Literal::Bool(true),
                "false" => Literal::Bool(false),
                _ => Literal::Nodata,
            }),
            Rule::variable => ExprKind::Variable(self.variable(&pair).value),
            Rule::quoted => ExprKind::Band(unquoted(&pair)),
            Rule::band if pair.as_str() == "_" => ExprKind::Pixel,
            Rule::band => ExprKind::Band(pair.as_str().to_owned()),
            _ => return self.nested(pair, span),
        };
        Ok(Tall { expr: Spanned::new(kind, span), height: 1 })
    }

    fn nested(&self, pair: Pair<Rule>, span: Span) -> Result<Tall> {
        let rule = pair.as_rule();
        let mut inner = pair.into_inner();
        let mut height = 0;
        let mut lower = |tall: Tall| {
            height = height.max(tall.height);
            tall.expr
        };
        let kind = match rule {
            Rule::parens => ExprKind::Group(Box::new(lower(self.tall(inner.next().expect("parentheses hold one"))?))),
            Rule::negative => {
                let operand = Box::new(lower(self.operand(inner.next().expect("a minus has an operand"))?));
                ExprKind::Unary { op: Unary::Neg, operand }
            }
            Rule::call => {
                let name = self.name(inner.next().expect("a call has a name"));
                let args = inner.map(|pair| self.tall(pair).map(&mut lower)).collect::<Result<Vec<_>>>()?;
                ExprKind::Call { name, args }
            }
            Rule::items => {
                let items = inner.map(|pair| self.operand(pair).map(&mut lower)).collect::<Result<Vec<_>>>()?;
                if let Some(first) = items.first() {
                    self.apart(first.span, &items[1..])?;
                }
                ExprKind::List(items)
            }
            _ => {
                let mut arms = Vec::new();
                let mut otherwise = None;
                for arm in inner.skip(1) {
                    let arm_span = self.span(&arm);
                    if otherwise.is_some() {
                        return Err(Diagnostic::new(codes::SYNTAX, "an arm after `else`")
                            .label(arm_span, "never reached")
                            .help("`else => ..` comes last"));
                    }
                    let mut sides = arm.into_inner();
                    let left = sides.next().expect("an arm has a condition");
                    let right = lower(self.tall(sides.next_back().expect("an arm has a value"))?);
                    match left.as_rule() {
                        Rule::otherwise => otherwise = Some(Box::new(right)),
                        _ => arms.push((lower(self.tall(left)?), right)),
                    }
                }
                ExprKind::Case { arms, otherwise }
            }
        };
        grown(Spanned::new(kind, span), height)
    }

    /// The error for `a < b < c`, which names the two comparisons that were meant.
    fn chained(&self, parts: &[Pair<Rule>], second: usize) -> Box<Diagnostic> {
        let level = |idx: usize| match parts[idx].as_rule() {
            Rule::infix => self.infix(parts[idx].as_str(), self.span(&parts[idx]), &parts[..idx]).map_or(0, Op::level),
            _ => u8::MAX,
        };
        let first = (0..second).rfind(|idx| level(*idx) == COMPARISON).unwrap_or(0);
        let start = (0..first).rfind(|idx| level(*idx) < COMPARISON).map_or(0, |idx| idx + 1);
        let end = (second + 1..parts.len()).find(|idx| level(*idx) <= COMPARISON).unwrap_or(parts.len());
        let slice = |from: usize, to: usize| match parts.get(from..to) {
            Some([only]) => only.as_str().trim(),
            Some([first, .., last]) => self.text[first.as_span().start()..last.as_span().end()].trim(),
            _ => "..",
        };
        let (left, middle, right) = (slice(start, first), slice(first + 1, second), slice(second + 1, end));
        let (one, two) = (parts[first].as_str(), parts[second].as_str());
        Diagnostic::new(codes::SYNTAX, "comparisons cannot be chained")
            .label(self.span(&parts[second]), "a second comparison")
            .help(format!("write `{left} {one} {middle} and {middle} {two} {right}`"))
    }

    /// Refuses `2020-06` in an expression, which would silently be 2014.
    fn bare_date(&self, parts: &[Pair<Rule>], idx: usize) -> Result<()> {
        let [before, minus, after] = match parts.get(idx.saturating_sub(1)..idx + 2) {
            Some([before, minus, after]) => [before, minus, after],
            _ => return Ok(()),
        };
        let (year, month) = (before.as_str(), after.as_str());
        let digits =
            |text: &str, len: usize| text.len() >= len && text.as_bytes()[..len].iter().all(u8::is_ascii_digit);
        let close =
            before.as_span().end() == minus.as_span().start() && minus.as_span().end() == after.as_span().start();
        if minus.as_str() != "-" || !close || year.len() != 4 || !digits(year, 4) || !digits(month, 2) {
            return Ok(());
        }
        let start = before.as_span().start();
        let rest = &self.text[start..];
        let len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | ':'))).unwrap_or(rest.len());
        let date = &rest[..len];
        Err(Diagnostic::new(codes::SYNTAX, "a date in an expression begins with `@`")
            .label(self.at(start, start + len), "would be read as a subtraction")
            .help(format!("write `@{date}` for the date, blanks around `-` for the difference")))
    }
}

fn grown(expr: Expr, height: usize) -> Result<Tall> {
    if height >= MAX_DEPTH {
        return Err(check::too_deep(expr.span));
    }
    Ok(Tall { expr, height: height + 1 })
}

fn reduce(stacks: &mut Stacks) -> Result<()> {
    let (op, op_span) = stacks.operators.pop().expect("the caller has looked");
    let right = stacks.operands.pop().expect("every operator has a right side");
    let tall = match op {
        Op::Unary(op) => {
            let span = op_span.to(right.expr.span);
            let mut right = right;
            // `-1..1` is a range from -1.
            if let (Unary::Neg, ExprKind::Range(Ends { start: Some(start), .. })) = (op, &mut right.expr.value)
                && let End::Literal(Literal::Number(value)) = &mut start.value
            {
                *value = -*value;
                right.expr.span = span;
                stacks.operands.push(right);
                return Ok(());
            }
            if let (Unary::Neg, ExprKind::Literal(Literal::Range { start: Some(start), end, half_open })) =
                (op, &right.expr.value)
            {
                let range = Literal::Range { start: Some(-start), end: *end, half_open: *half_open };
                Tall { expr: Spanned::new(ExprKind::Literal(range), span), height: 1 }
            } else {
                let kind = ExprKind::Unary { op, operand: Box::new(right.expr) };
                grown(Spanned::new(kind, span), right.height)?
            }
        }
        Op::Binary(op) => {
            let left = stacks.operands.pop().expect("every infix has a left side");
            let span = left.expr.span.to(right.expr.span);
            let kind = ExprKind::Binary { op, left: Box::new(left.expr), right: Box::new(right.expr) };
            grown(Spanned::new(kind, span), left.height.max(right.height))?
        }
        Op::In { negated } => {
            let left = stacks.operands.pop().expect("every infix has a left side");
            let span = left.expr.span.to(right.expr.span);
            let kind = ExprKind::In { operand: Box::new(left.expr), set: Box::new(right.expr), negated };
            grown(Spanned::new(kind, span), left.height.max(right.height))?
        }
    };
    stacks.operands.push(tall);
    Ok(())
}

/// What is written for a condition with one `=`, or for a keyword in parentheses.
fn written_for(condition: &str) -> String {
    let (name, value) = condition.split_once('=').unwrap_or((condition, ""));
    let (name, value) = (name.trim(), value.trim().trim_end_matches(')'));
    match name {
        "dim" | "axis" => "arguments stand behind the stage without parentheses: `over time`, `over space`".into(),
        "month" | "year" | "day" | "hour" | "season" | "dayofyear" => format!("write `{name}(time) == {value}`"),
        _ => format!("write `{}`", compared(condition)),
    }
}

/// A condition in which `=` was written for `==`.
fn compared(condition: &str) -> String {
    let bytes = condition.as_bytes();
    let is_alone = |at: usize| {
        let before = at.checked_sub(1).map(|at| bytes[at]);
        !matches!(before, Some(b'=' | b'<' | b'>' | b'!')) && !matches!(bytes.get(at + 1), Some(b'=' | b'>'))
    };
    let one = |(at, c): (usize, char)| if c == '=' && is_alone(at) { "==".to_string() } else { c.to_string() };
    condition.char_indices().map(one).collect()
}
