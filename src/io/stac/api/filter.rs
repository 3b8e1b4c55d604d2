//! Conditions on properties as CQL2, for servers that filter.

use crate::expr::{Binary, Expr, Member, Unary};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The properties a server can filter by.
#[derive(Debug, Default)]
pub(super) struct Names {
    listed: BTreeSet<String>,
    /// Whether those that are not listed may be used too.
    open: bool,
}

impl Names {
    /// Reads a document of queryables, which is a JSON schema.
    pub(super) fn of(document: &Value) -> Names {
        let listed = document.get("properties").and_then(Value::as_object);
        let listed = listed.map_or_else(BTreeSet::new, |names| names.keys().cloned().collect());
        Names { listed, open: document.get("additionalProperties") != Some(&Value::Bool(false)) }
    }

    /// The server's name for a property, as [`crate::expr::property_named`] finds an item's.
    fn resolve(&self, name: &str) -> Option<String> {
        let short = |key: &&String| key.split_once(':').is_some_and(|(_, rest)| rest == name);
        if self.listed.contains(name) || (self.open && name.contains(':')) {
            return Some(name.to_string());
        }
        let eo = format!("eo:{name}");
        if self.listed.contains(&eo) {
            return Some(eo);
        }
        // Of several the items decide.
        let mut found = self.listed.iter().filter(short);
        found.next().filter(|_| found.next().is_none()).cloned()
    }
}

/// What of the condition CQL2 can say, where the server knows the names; the items are filtered again in any case.
pub(super) fn cql2(condition: &Expr, names: &Names) -> Option<Value> {
    // Each side of an `and` is worth saying without the other.
    if let Expr::Binary(Binary::And, a, b) = condition {
        return match (cql2(a, names), cql2(b, names)) {
            (Some(a), Some(b)) => Some(call("and", [a, b])),
            (one, other) => one.or(other),
        };
    }
    said(condition, names)
}

fn call<const N: usize>(op: &str, args: [Value; N]) -> Value {
    json!({"op": op, "args": args.to_vec()})
}

fn said(condition: &Expr, names: &Names) -> Option<Value> {
    let go = |e: &Expr| said(e, names);
    let one = |e: &Expr| operand(e, names);
    Some(match condition {
        Expr::Unary(Unary::Not, a) => call("not", [go(a)?]),
        Expr::Binary(op, a, b) => match op {
            Binary::And => call("and", [go(a)?, go(b)?]),
            Binary::Or => call("or", [go(a)?, go(b)?]),
            Binary::Eq => call("=", [one(a)?, one(b)?]),
            Binary::Ne => call("<>", [one(a)?, one(b)?]),
            Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge => call(op.symbol(), [one(a)?, one(b)?]),
            Binary::Coalesce | Binary::Add | Binary::Sub | Binary::Mul | Binary::Div => return None,
            Binary::FloorDiv | Binary::Rem | Binary::Pow => return None,
        },
        // `in` and `between` are of another class of conformance than comparisons.
        Expr::In { operand: value, set, negated } => {
            let value = one(value)?;
            let inside = set.iter().map(|m| member(&value, m)).reduce(|a, b| call("or", [a, b]))?;
            if *negated { call("not", [inside]) } else { inside }
        }
        // Numbers, and conditions that items alone can judge.
        Expr::Number(_) | Expr::Truth(_) | Expr::Text(_) | Expr::Missing | Expr::Band(_) => return None,
        Expr::Property(_) | Expr::Time(_) | Expr::Coord(_) | Expr::Unary(Unary::Neg, _) => return None,
        Expr::If(..) | Expr::Case { .. } | Expr::IsValid(_) | Expr::Bits { .. } | Expr::Call(..) => return None,
    })
}

fn operand(expr: &Expr, names: &Names) -> Option<Value> {
    match expr {
        Expr::Property(name) => names.resolve(name).map(|name| json!({"property": name})),
        Expr::Number(value) => Some(json!(value)),
        Expr::Truth(value) => Some(json!(value)),
        Expr::Text(value) => Some(json!(value)),
        // What is computed is left to the items.
        Expr::Missing | Expr::Band(_) | Expr::Time(_) | Expr::Coord(_) | Expr::Unary(..) | Expr::Binary(..) => None,
        Expr::In { .. } | Expr::If(..) | Expr::Case { .. } | Expr::IsValid(_) => None,
        Expr::Bits { .. } | Expr::Call(..) => None,
    }
}

fn member(value: &Value, member: &Member) -> Value {
    let is = |op: &str, bound: Value| call(op, [value.clone(), bound]);
    match member {
        Member::Text(text) => is("=", json!(text)),
        Member::Range { low, high, .. } if low == high => is("=", json!(low)),
        Member::Range { low, high, half_open } => {
            let below = is(if *half_open { "<" } else { "<=" }, json!(high));
            match (low.is_finite(), high.is_finite()) {
                (true, true) => call("and", [is(">=", json!(low)), below]),
                (true, false) => is(">=", json!(low)),
                (false, true | false) => below,
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::expr::Function;

    #[test]
    fn conditions() {
        let names = Names::of(&json!({"additionalProperties": false,
            "properties": {"eo:cloud_cover": {}, "platform": {}, "a:x": {}, "b:x": {}}}));
        let property = |name: &str| Expr::Property(name.into());
        let of = |condition: &Expr| cql2(condition, &names);
        let less = |name: &str| Expr::binary(Binary::Lt, property(name), Expr::Number(60.0));
        let full = json!({"op": "<", "args": [{"property": "eo:cloud_cover"}, 60.0]});
        assert_eq!(of(&less("cloud_cover")), Some(full.clone()));
        let both = |op: &str, a: &Value, b: &Value| json!({"op": op, "args": [a, b]});
        let one = |name: &str| json!({"op": "=", "args": [{"property": "platform"}, name]});
        let among = |operand: Expr, set: Vec<Member>| Expr::In { operand: Box::new(operand), set, negated: false };
        let set = among(property("platform"), vec![Member::Text("a".into()), Member::Text("b".into())]);
        let and = Expr::binary(Binary::And, less("cloud_cover"), set);
        assert_eq!(of(&and), Some(both("and", &full, &both("or", &one("a"), &one("b")))));
        let ne = Expr::binary(Binary::Ne, property("platform"), Expr::Text("a".into()));
        assert_eq!(of(&ne).unwrap()["op"], "<>");
        let upward = Member::Range { low: 1.0, high: f64::INFINITY, half_open: false };
        let said = json!({"op": ">=", "args": [{"property": "eo:cloud_cover"}, 1.0]});
        assert_eq!(of(&among(property("cloud_cover"), vec![upward])), Some(said));
        // Names that the server does not know, or knows several of.
        assert_eq!((of(&less("view:azimuth")), of(&less("x"))), (None, None));
        // What CQL2 cannot say is left out of an `and`, but not of what is negated.
        let june = among(Expr::Time(Function::find("month").unwrap()), vec![]);
        let and = Expr::binary(Binary::And, june, less("cloud_cover"));
        assert_eq!(of(&and), Some(full));
        assert_eq!(of(&Expr::Unary(Unary::Not, Box::new(and))), None);
        let open = Names::of(&json!({"properties": {}}));
        assert_eq!((open.resolve("view:azimuth").is_some(), open.resolve("azimuth")), (true, None));
    }
}
