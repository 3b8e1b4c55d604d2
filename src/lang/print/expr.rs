//! Expressions on one line.

use super::Printer;
use crate::lang::ast::{Expr, ExprKind, Unary};
use crate::plan::show::typed;

impl Printer<'_> {
    pub(super) fn expr(&self, expr: &Expr) -> String {
        let mut out = String::new();
        self.write(expr, &mut out);
        out
    }

    fn write(&self, expr: &Expr, out: &mut String) {
        match &expr.value {
            ExprKind::Literal(literal) => out.push_str(&self.literal(literal, expr.span)),
            ExprKind::Band(band) => out.push_str(&typed(band)),
            ExprKind::Pixel => out.push('_'),
            ExprKind::Variable(variable) => {
                out.push('$');
                out.push_str(variable);
            }
            ExprKind::Unary { op, operand } => {
                out.push_str(match op {
                    Unary::Neg => "-",
                    Unary::Not => "not ",
                });
                self.write(operand, out);
            }
            ExprKind::Binary { op, left, right } => {
                self.write(left, out);
                out.push(' ');
                out.push_str(op.symbol());
                out.push(' ');
                self.write(right, out);
            }
            ExprKind::In { operand, set, negated } => {
                self.write(operand, out);
                out.push_str(if *negated { " not in " } else { " in " });
                self.write(set, out);
            }
            ExprKind::Call { name: called, args } => {
                out.push_str(&called.value);
                out.push('(');
                self.separated(args, ", ", out);
                out.push(')');
            }
            ExprKind::Case { arms, otherwise } => {
                out.push_str("case [");
                for (idx, (condition, value)) in arms.iter().enumerate() {
                    out.push_str(if idx == 0 { "" } else { ", " });
                    self.write(condition, out);
                    out.push_str(" => ");
                    self.write(value, out);
                }
                if let Some(value) = otherwise {
                    out.push_str(if arms.is_empty() { "else => " } else { ", else => " });
                    self.write(value, out);
                }
                out.push(']');
            }
            ExprKind::Range(_) => out.push_str(self.written(expr.span)),
            ExprKind::List(items) => {
                out.push('[');
                self.separated(items, " ", out);
                out.push(']');
            }
            ExprKind::Group(inner) => {
                out.push('(');
                self.write(inner, out);
                out.push(')');
            }
        }
    }

    fn separated(&self, exprs: &[Expr], separator: &str, out: &mut String) {
        for (idx, expr) in exprs.iter().enumerate() {
            out.push_str(if idx == 0 { "" } else { separator });
            self.write(expr, out);
        }
    }
}
