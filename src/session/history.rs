//! The program so far, for the history of what it writes.

use super::Session;
use super::statement::Meaning;
use crate::diagnostic::redact;
use crate::lang::{ast, one_line};

/// Parts of the names of parameters whose values are nobody's business.
const SECRETS: [&str; 5] = ["token", "secret", "password", "key", "credential"];

impl Session {
    /// Adds a statement to the program, and the program to a target. Settings are left out: they change no value, and
    /// those of GDAL may be secrets.
    pub(super) fn remember(&mut self, statement: &ast::Statement, meaning: &mut Meaning) {
        let line = self.line_of(statement);
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

    fn line_of(&self, statement: &ast::Statement) -> String {
        if let ast::StatementKind::Param { name, .. } = &statement.kind
            && let Some(given) = self.settings.params.get(&name.value)
        {
            let is_secret = SECRETS.iter().any(|word| name.value.to_ascii_lowercase().contains(word));
            let given = if is_secret { "***".to_string() } else { redact(given) };
            return format!("param {} = {given:?}", name.value);
        }
        let text = self.sources.get(statement.span.text).map_or("", |(_, text)| text);
        let span = statement.span.start as usize..statement.span.end as usize;
        redact(&one_line(text.get(span).unwrap_or_default()))
    }
}
