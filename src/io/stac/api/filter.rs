//! Conditions on properties as CQL2, for servers that filter.

use super::super::predicate::{Op, Operand, Predicate, is_scalar};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The properties a server can filter by.
#[derive(Debug, Default)]
pub struct Names {
    listed: BTreeSet<String>,
    /// Whether those that are not listed may be used too.
    open: bool,
}

impl Names {
    /// Reads a document of queryables, which is a JSON schema.
    pub fn of(document: &Value) -> Names {
        let listed = document.get("properties").and_then(Value::as_object);
        let listed = listed.map_or_else(BTreeSet::new, |names| names.keys().cloned().collect());
        Names { listed, open: document.get("additionalProperties") != Some(&Value::Bool(false)) }
    }

    /// The server's name for a property, as [`super::super::predicate::property`] finds an item's.
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

/// The condition in CQL2, where the server knows all of its names.
pub fn cql2(predicate: &Predicate, names: &Names) -> Option<Value> {
    let all = |parts: &[Predicate]| parts.iter().map(|p| cql2(p, names)).collect::<Option<Vec<_>>>();
    let one = |operand: &Operand| match operand {
        Operand::Property(name) => names.resolve(name).map(|name| json!({"property": name})),
        Operand::Literal(value) => is_scalar(value).then(|| value.clone()),
    };
    let call = |op: &str, args: Vec<Value>| json!({"op": op, "args": args});
    Some(match predicate {
        Predicate::And(parts) => call("and", all(parts)?),
        Predicate::Or(parts) => call("or", all(parts)?),
        Predicate::Not(part) => call("not", vec![cql2(part, names)?]),
        Predicate::Compare { op, left, right } => {
            let op = match op {
                Op::Eq => "=",
                Op::Ne => "<>",
                Op::Lt => "<",
                Op::Le => "<=",
                Op::Gt => ">",
                Op::Ge => ">=",
            };
            call(op, vec![one(left)?, one(right)?])
        }
        // `in` and `between` are of another class of conformance than comparisons.
        Predicate::In { operand, set } => {
            let operand = one(operand)?;
            let members: Option<Vec<Value>> =
                set.iter().map(|m| Some(call("=", vec![operand.clone(), one(m)?]))).collect();
            match members? {
                members if members.is_empty() => return None,
                mut members if members.len() == 1 => members.remove(0),
                members => call("or", members),
            }
        }
        Predicate::Between { operand, low, high } => {
            let operand = one(operand)?;
            call("and", vec![call(">=", vec![operand.clone(), one(low)?]), call("<=", vec![operand, one(high)?])])
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn conditions() {
        let names = Names::of(&json!({"additionalProperties": false,
            "properties": {"eo:cloud_cover": {}, "platform": {}, "a:x": {}, "b:x": {}}}));
        let property = |name: &str| json!({"property": name});
        let of = |tree: Value| cql2(&Predicate::parse(&tree).unwrap(), &names);
        let less = json!({"op": "<", "args": [property("cloud_cover"), 60]});
        let full = json!({"op": "<", "args": [property("eo:cloud_cover"), 60]});
        assert_eq!(of(less.clone()), Some(full.clone()));
        let both = |op: &str, a: &Value, b: &Value| json!({"op": op, "args": [a, b]});
        let one = |name: &str| json!({"op": "=", "args": [property("platform"), name]});
        let set = json!({"op": "in", "args": [property("platform"), ["a", "b"]]});
        assert_eq!(of(both("and", &less, &set)), Some(both("and", &full, &both("or", &one("a"), &one("b")))));
        assert_eq!(of(json!({"op": "!=", "args": [property("platform"), "a"]})).unwrap()["op"], "<>");
        // Names that the server does not know, or knows several of.
        assert_eq!(of(json!({"op": "<", "args": [property("view:azimuth"), 60]})), None);
        assert_eq!(of(json!({"op": "<", "args": [property("x"), 60]})), None);
        let open = Names::of(&json!({"properties": {}}));
        assert_eq!((open.resolve("view:azimuth").is_some(), open.resolve("azimuth")), (true, None));
    }
}
