//! `filter`: what a step must be like, decided from an item's properties before any file is opened.

use super::fields::Object;
use crate::diagnostic::{self, Diagnostic, Result, codes};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// A condition on properties. `None` of [`Predicate::holds`] is "not known": a property is not there.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    And(Vec<Predicate>),
    Or(Vec<Predicate>),
    Not(Box<Predicate>),
    Compare { op: Op, left: Operand, right: Operand },
    In { operand: Operand, set: Vec<Operand> },
    Between { operand: Operand, low: Operand, high: Operand },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Property(String),
    Literal(Value),
}

impl Predicate {
    /// Reads `{"op": "<", "args": [{"property": "eo:cloud_cover"}, 60]}`.
    pub fn parse(tree: &Value) -> Result<Predicate> {
        let wrong = |why: &str| Diagnostic::new(codes::WRONG_TYPE, format!("a `filter` that cannot be read: {why}"));
        let op = tree.get("op").and_then(Value::as_str).ok_or_else(|| wrong("it has no `op`"))?;
        let args = tree.get("args").and_then(Value::as_array).ok_or_else(|| wrong("it has no `args`"))?;
        let operand = |value: &Value| match Operand::parse(value) {
            // Of the language's expressions only those that items answer alone.
            Operand::Literal(Value::Object(_)) => Err(wrong("it compares more than properties with values").help(
                "what is about time or takes arithmetic goes behind the load: `| filter month(time) in [6 7 8]`",
            )),
            operand => Ok(operand),
        };
        let operands = |n: usize| -> Result<Vec<Operand>> {
            if args.len() != n {
                return Err(wrong(&format!("`{op}` takes {n} arguments")));
            }
            args.iter().map(operand).collect()
        };
        let parts = || args.iter().map(Predicate::parse).collect::<Result<Vec<_>>>();
        let compare = |op: Op| {
            let [left, right]: [Operand; 2] = operands(2)?.try_into().map_err(|_| wrong("two sides"))?;
            Ok(Predicate::Compare { op, left, right })
        };
        match op {
            "and" => Ok(Predicate::And(parts()?)),
            "or" => Ok(Predicate::Or(parts()?)),
            "not" => match &args[..] {
                [one] => Ok(Predicate::Not(Box::new(Predicate::parse(one)?))),
                _ => Err(wrong("`not` takes 1 argument")),
            },
            "==" | "=" => compare(Op::Eq),
            "!=" | "<>" => compare(Op::Ne),
            "<" => compare(Op::Lt),
            "<=" => compare(Op::Le),
            ">" => compare(Op::Gt),
            ">=" => compare(Op::Ge),
            "in" => match &args[..] {
                [one, Value::Array(set)] => {
                    let set = set.iter().map(operand).collect::<Result<_>>()?;
                    Ok(Predicate::In { operand: operand(one)?, set })
                }
                _ => Err(wrong("`in` takes a property and a list")),
            },
            "between" => {
                let [operand, low, high]: [Operand; 3] = operands(3)?.try_into().map_err(|_| wrong("two bounds"))?;
                Ok(Predicate::Between { operand, low, high })
            }
            other => Err(wrong(&format!("unknown `{other}`"))),
        }
    }

    /// Whether an item with these properties satisfies it; what is not known stays so unless the rest decides.
    pub fn holds(&self, properties: &Object) -> Option<bool> {
        match self {
            Predicate::And(parts) => decide(parts, properties, false),
            Predicate::Or(parts) => decide(parts, properties, true),
            Predicate::Not(part) => part.holds(properties).map(|held| !held),
            Predicate::Compare { op, left, right } => op.holds(left.value(properties)?, right.value(properties)?),
            Predicate::In { operand, set } => {
                let value = operand.value(properties)?;
                Some(set.iter().filter_map(|m| m.value(properties)).any(|m| Op::Eq.holds(value, m) == Some(true)))
            }
            Predicate::Between { operand, low, high } => {
                let value = operand.value(properties)?;
                let above = Op::Ge.holds(value, low.value(properties)?)?;
                Some(above && Op::Le.holds(value, high.value(properties)?)?)
            }
        }
    }

    /// Refuses names that no item has.
    pub fn check<'a>(&self, items: impl Iterator<Item = &'a Object> + Clone) -> Result<()> {
        let mut names = BTreeSet::new();
        self.names(&mut names);
        for name in names {
            if items.clone().any(|properties| property(properties, name).is_some()) {
                continue;
            }
            let present: BTreeSet<&str> =
                items.flat_map(|p| p.iter()).filter(|(_, v)| is_scalar(v)).map(|(k, _)| &**k).collect();
            return Err(Diagnostic::new(codes::UNKNOWN_PROPERTY, format!("no item has a property `{name}`"))
                .help_if(diagnostic::did_you_mean(name, present.iter().copied()))
                .help(format!("properties: {}", diagnostic::list_some(present.iter().copied(), 40))));
        }
        Ok(())
    }

    fn names<'a>(&'a self, out: &mut BTreeSet<&'a str>) {
        let mut add = |operand: &'a Operand| {
            if let Operand::Property(name) = operand {
                out.insert(name);
            }
        };
        match self {
            Predicate::And(parts) | Predicate::Or(parts) => parts.iter().for_each(|p| p.names(out)),
            Predicate::Not(part) => part.names(out),
            Predicate::Compare { left, right, .. } => [left, right].into_iter().for_each(add),
            Predicate::In { operand, set } => {
                add(operand);
                set.iter().for_each(add);
            }
            Predicate::Between { operand, low, high } => [operand, low, high].into_iter().for_each(add),
        }
    }
}

/// `and` ends at the first false, `or` at the first true; else one unknown makes the whole unknown.
fn decide(parts: &[Predicate], properties: &Object, ends_at: bool) -> Option<bool> {
    let mut known = true;
    for part in parts {
        match part.holds(properties) {
            Some(held) if held == ends_at => return Some(ends_at),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(!ends_at)
}

impl Op {
    fn holds(self, left: &Value, right: &Value) -> Option<bool> {
        let order = match (left, right) {
            (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            _ => None,
        };
        match (self, order) {
            (Op::Eq, order) => Some(order == Some(Ordering::Equal)),
            (Op::Ne, order) => Some(order != Some(Ordering::Equal)),
            (_, None) => None,
            (Op::Lt, Some(order)) => Some(order.is_lt()),
            (Op::Le, Some(order)) => Some(order.is_le()),
            (Op::Gt, Some(order)) => Some(order.is_gt()),
            (Op::Ge, Some(order)) => Some(order.is_ge()),
        }
    }
}

impl Operand {
    fn parse(value: &Value) -> Operand {
        match value.get("property").and_then(Value::as_str) {
            Some(name) => Operand::Property(name.to_string()),
            None => Operand::Literal(value.clone()),
        }
    }

    fn value<'a>(&'a self, properties: &'a Object) -> Option<&'a Value> {
        match self {
            Operand::Property(name) => property(properties, name),
            Operand::Literal(value) => Some(value),
        }
    }
}

/// The property of that name, or the one whose name after the `:` is that; `eo:` before other prefixes.
pub fn property<'a>(properties: &'a Object, name: &str) -> Option<&'a Value> {
    let there = |v: &&Value| !v.is_null();
    let short = |key: &str| key.split_once(':').is_some_and(|(_, rest)| rest == name);
    properties
        .get(name)
        .filter(there)
        .or_else(|| properties.get(&format!("eo:{name}")).filter(there))
        .or_else(|| properties.iter().find(|(key, v)| short(key) && !v.is_null()).map(|(_, v)| v))
}

pub fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions() {
        let properties = json!({"eo:cloud_cover": 12.5, "platform": "landsat-8", "gsd": 30, "view:off_nadir": null});
        let properties = properties.as_object().unwrap();
        let cloud = json!({"property": "cloud_cover"});
        let absent = json!({"property": "absent"});
        let is = |op: &str, args: Value| json!({"op": op, "args": args});
        let cases = [
            (is("<", json!([cloud, 60])), Some(true)),
            (is(">=", json!([{"property": "eo:cloud_cover"}, 12.5])), Some(true)),
            (is("==", json!([{"property": "platform"}, "landsat-8"])), Some(true)),
            (is("==", json!([{"property": "gsd"}, 30.0])), Some(true)),
            (is("!=", json!([{"property": "gsd"}, "30"])), Some(true)),
            (is("<", json!([{"property": "gsd"}, "30"])), None),
            (is("in", json!([{"property": "platform"}, ["landsat-7", "landsat-8"]])), Some(true)),
            (is("between", json!([cloud, 0, 12.5])), Some(true)),
            (is("<", json!([absent, 60])), None),
            (is("<", json!([{"property": "off_nadir"}, 60])), None),
            (is("not", json!([is("<", json!([absent, 60]))])), None),
            (is("or", json!([is("<", json!([absent, 60])), is("<", json!([cloud, 60]))])), Some(true)),
            (is("and", json!([is("<", json!([absent, 60])), is("<", json!([cloud, 60]))])), None),
            (is("and", json!([is("<", json!([absent, 60])), is("<", json!([cloud, 1]))])), Some(false)),
        ];
        for (tree, expected) in cases {
            assert_eq!(Predicate::parse(&tree).unwrap().holds(properties), expected, "{tree}");
        }
        let unknown = Predicate::parse(&is("<", json!([{"property": "cloud_covr"}, 60]))).unwrap();
        let e = unknown.check([properties].into_iter()).unwrap_err();
        assert_eq!((e.code, e.message.as_str()), (codes::UNKNOWN_PROPERTY, "no item has a property `cloud_covr`"));
        assert!(e.help.last().unwrap().contains("`eo:cloud_cover`, `gsd`, `platform`"));
    }
}
