//! Diagnostics as text, through ariadne.

use super::{Diagnostic, Sources};
use ariadne::{CharSet, Color, Config, IndexType, Label, Report, ReportKind};
use std::fmt::Write as _;
use std::ops::Range;

/// How a diagnostic is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    pub color: bool,
}

/// The diagnostic as lines of text, ending in a newline.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let mut out = String::new();
    let severity = if diagnostic.code.is_warning() { "warning" } else { "error" };
    let located = diagnostic.labels.first().filter(|label| sources.get(label.span.text).is_some());
    if let Some(first) = located {
        let mut bytes = Vec::new();
        let id = first.span.text;
        let text = |span: super::Span| sources.get(span.text).map_or("", |(_, text)| text);
        let clamp = |span: super::Span| -> Range<usize> {
            let len = text(span).len();
            let start = (span.start as usize).min(len);
            start..(span.end as usize).clamp(start, len)
        };
        let color = if diagnostic.code.is_warning() { Color::Yellow } else { Color::Red };
        let name = |id: u32| sources.get(id).map_or("?", |(name, _)| name);
        let mut report = Report::build(ReportKind::Custom(severity, color), (name(id).to_string(), clamp(first.span)))
            .with_code(diagnostic.code.number)
            .with_message(&diagnostic.message)
            .with_config(
                Config::default()
                    .with_index_type(IndexType::Byte)
                    .with_color(style.color)
                    .with_char_set(CharSet::Unicode)
                    .with_compact(true),
            );
        for label in diagnostic.labels.iter().filter(|l| sources.get(l.span.text).is_some()) {
            let drawn = Label::new((name(label.span.text).to_string(), clamp(label.span))).with_message(&label.text);
            report = report.with_label(if style.color { drawn.with_color(color) } else { drawn });
        }
        let cache = ariadne::sources(
            (0..u32::MAX).map_while(|id| sources.get(id)).map(|(name, text)| (name.to_string(), text.to_string())),
        );
        if report.finish().write(cache, &mut bytes).is_ok() {
            out = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    if out.is_empty() {
        let _ = writeln!(out, "{severity}[{}]: {}", diagnostic.code.number, diagnostic.message);
    }
    for line in diagnostic.cause.iter() {
        let _ = writeln!(out, "   = cause: {line}");
    }
    for line in &diagnostic.help {
        let _ = writeln!(out, "   = help: {line}");
    }
    out
}
