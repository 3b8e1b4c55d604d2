//! The inputs of this session, and how front ends ask for them.

use serde_json::{Value, json};

/// The number of the session, of which there is only one.
const SESSION: u64 = 1;

#[derive(Default)]
pub struct History {
    inputs: Vec<(u64, String)>,
}

impl History {
    pub fn add(&mut self, count: u64, code: &str) {
        self.inputs.push((count, code.to_string()));
    }

    /// The content of a `history_reply`.
    pub fn answer(&self, request: &Value) -> Value {
        let n = request["n"].as_u64().map_or(usize::MAX, |n| n as usize);
        let all = || self.inputs.iter();
        let found: Vec<&(u64, String)> = match request["hist_access_type"].as_str() {
            Some("range") => {
                let start = request["start"].as_i64().unwrap_or(0).max(0) as u64;
                let stop = request["stop"].as_u64().unwrap_or(u64::MAX);
                // 0 means the current session.
                match request["session"].as_i64().unwrap_or(0) {
                    0 => all().filter(|(count, _)| (start..stop).contains(count)).collect(),
                    session if session == SESSION as i64 => {
                        all().filter(|(count, _)| (start..stop).contains(count)).collect()
                    }
                    _ => Vec::new(),
                }
            }
            Some("search") => {
                let pattern = request["pattern"].as_str().unwrap_or("*");
                let mut found: Vec<_> = all().filter(|(_, code)| matches(pattern, code)).collect();
                if request["unique"].as_bool().unwrap_or(false) {
                    // Of equal inputs only the latest is kept.
                    let mut seen = std::collections::HashSet::new();
                    found.reverse();
                    found.retain(|(_, code)| seen.insert(code.as_str()));
                    found.reverse();
                }
                last(found, n)
            }
            _ => last(all().collect(), n),
        };
        let with_output = request["output"].as_bool().unwrap_or(false);
        let entry = |(count, code): &&(u64, String)| match with_output {
            true => json!([SESSION, count, [code, null]]),
            false => json!([SESSION, count, code]),
        };
        json!({ "status": "ok", "history": found.iter().map(entry).collect::<Vec<_>>() })
    }
}

fn last<T>(mut items: Vec<T>, n: usize) -> Vec<T> {
    items.split_off(items.len().saturating_sub(n))
}

/// Whether a pattern of `*` and `?` matches the whole text.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // The position of the last `*`, and the length of the text that it has matched.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access() {
        let mut history = History::default();
        for (i, code) in ["load a", "map b", "load a", "stats"].into_iter().enumerate() {
            history.add(i as u64 + 1, code);
        }
        let codes = |request: Value| {
            let reply = history.answer(&request);
            let list = reply["history"].as_array().unwrap().clone();
            list.into_iter().map(|e| e[2].as_str().unwrap().to_string()).collect::<Vec<_>>().join(";")
        };
        assert_eq!(codes(json!({"hist_access_type": "tail", "n": 2})), "load a;stats");
        assert_eq!(codes(json!({"hist_access_type": "range", "start": 1, "stop": 3, "session": 0})), "load a;map b");
        assert_eq!(codes(json!({"hist_access_type": "range", "start": 3, "session": 1})), "load a;stats");
        assert_eq!(codes(json!({"hist_access_type": "range", "session": 7})), "");
        assert_eq!(codes(json!({"hist_access_type": "search", "pattern": "lo*"})), "load a;load a");
        assert_eq!(
            codes(json!({"hist_access_type": "search", "pattern": "*a?*", "unique": true, "n": 9})),
            "map b;load a;stats"
        );
        assert_eq!(
            history.answer(&json!({"hist_access_type": "tail", "n": 1, "output": true}))["history"],
            json!([[1, 4, ["stats", null]]])
        );
    }
}
