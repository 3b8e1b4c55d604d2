//! The program so far, for the history of what it writes.

use super::Session;
use super::statement::Meaning;
use crate::diagnostic::redact;
use crate::lang::value::Value;
use crate::lang::{ast, one_line};

/// Parts of the names of parameters whose values are nobody's business.
const SECRETS: [&str; 5] = ["token", "secret", "password", "key", "credential"];

impl Session {
    /// Adds a statement to the program, and the program to a target. Settings are left out: they change no value, and
    /// those of GDAL may be secrets.
    pub(super) fn remember(&mut self, statement: &ast::Statement, meaning: &mut Meaning) {
        let line = self.line_of(statement, meaning);
        match meaning {
            Meaning::Settings(_) => {}
            Meaning::Names(_) => self.scope.said.definitions.push(line),
            Meaning::Pipeline(bound) => {
                let said = &mut self.scope.said;
                said.pipeline = match line.strip_prefix('|') {
                    Some(rest) => format!("{} |{rest}", said.pipeline).trim_start().to_string(),
                    None => line,
                };
                let program: Vec<&str> =
                    said.definitions.iter().map(String::as_str).chain([said.pipeline.as_str()]).collect();
                bound.result = bound.result.with_program(&program.join("; "));
            }
        }
    }

    fn line_of(&self, statement: &ast::Statement, meaning: &Meaning) -> String {
        if let (ast::StatementKind::Param { name, type_name, .. }, Meaning::Names(scope)) = (&statement.kind, meaning)
            && self.settings.params.contains_key(&name.value)
            && let Some(given) = scope.variables.get(&name.value)
        {
            let is_secret = SECRETS.iter().any(|word| name.value.to_ascii_lowercase().contains(word));
            let given = if is_secret { quoted("***") } else { literal(&given.value) };
            let kind = type_name.as_ref().map_or(String::new(), |kind| format!(": {}", kind.value));
            return format!("param {}{kind} = {given}", name.value);
        }
        let text = self.sources.get(statement.span.text).map_or("", |(_, text)| text);
        let span = statement.span.start as usize..statement.span.end as usize;
        redact(&one_line(text.get(span).unwrap_or_default()))
    }
}

/// A value of the command line as a program writes it, of the type that it was read as.
fn literal(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Date(date) => format!("@{date}"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| literal(&item.value)).collect();
            format!("[{}]", items.join(" "))
        }
        value => quoted(&redact(&value.as_text().unwrap_or_default())),
    }
}

fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '\\' | '"' | '$' => format!("\\{c}"),
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        '\r' => "\\r".into(),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}
