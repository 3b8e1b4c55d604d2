//! Diagnostics as text, drawn as rustc draws its own.

use super::redact::masked;
use super::{Diagnostic, Sources};
use annotate_snippets::renderer::{Color, RgbColor};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// How a diagnostic is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub enum Style {
    /// Without colors.
    #[default]
    Plain,
    /// In the colors that the terminal is set to.
    Terminal,
    /// For notebooks, which put it on pale or dark red and know no colors that can be read on both.
    Notebook,
}

impl Style {
    fn renderer(self) -> Renderer {
        let color = |r, g, b| annotate_snippets::renderer::Style::new().fg_color(Some(Color::Rgb(RgbColor(r, g, b))));
        let blue = color(60, 120, 220).bold();
        match self {
            Style::Plain => Renderer::plain(),
            Style::Terminal => Renderer::styled(),
            Style::Notebook => {
                Renderer::styled().error(color(225, 60, 50).bold()).line_num(blue).context(blue).help(blue).note(blue)
            }
        }
    }
}

/// Lines of a text longer than this are not drawn: a megabyte of garbage on one line helps nobody.
const LONGEST_LINE: usize = 2_000;

/// Columns below which a line of a program is not cut further.
const NARROWEST: usize = 30;

/// The diagnostic as lines of text, ending in a newline. Lines of the program that are longer than `width` are cut around
/// what is marked.
pub(crate) fn render(diagnostic: &Diagnostic, sources: &Sources, style: Style, width: Option<usize>) -> String {
    let mut group = Group::with_title(Level::ERROR.primary_title(&diagnostic.message).id(diagnostic.code.number));
    let mut texts: Vec<u32> = diagnostic.labels.iter().map(|l| l.span.text).collect();
    texts.dedup();
    for id in texts {
        let Some((name, text)) = sources.get(id) else { continue };
        let mut snippet = Snippet::source(masked(text)).path(name).fold(true);
        let mut drawn = false;
        for (i, label) in diagnostic.labels.iter().enumerate().filter(|(_, l)| l.span.text == id) {
            let range = clamp(text, label.span.range());
            if line_around(text, range.start) > LONGEST_LINE {
                continue;
            }
            let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            snippet = snippet.annotation(kind.span(range).label(&label.text));
            drawn = true;
        }
        if drawn {
            group = group.element(snippet);
        }
    }
    if let Some(cause) = diagnostic.cause_text() {
        group = group.element(Level::NOTE.with_name("cause").message(cause));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = width.map_or(style.renderer(), |width| style.renderer().term_width(width.max(NARROWEST)));
    let mut out = renderer.render(&[group]);
    out.push('\n');
    out
}

/// A span that lies inside the text and on whole characters.
fn clamp(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let inside = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = inside(range.start);
    start..inside(range.end).max(start)
}

fn line_around(text: &str, at: usize) -> usize {
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    end - start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Span, codes};

    /// In a narrow terminal a long line of the program is cut on both sides of what is marked, and is one line still.
    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("{} | wrnog 3 | {}", "step 1 | ".repeat(20), "step 2 | ".repeat(20));
        let at = text.find("wrnog").unwrap_or_default();
        let mut sources = Sources::default();
        let id = sources.add("program", text.as_str());
        let error = Diagnostic::new(codes::UNKNOWN_STAGE, "unknown").label(Span::new(id, at, at + 5), "not a stage");
        for width in [40, 60, 80] {
            let drawn = render(&error, &sources, Style::Plain, Some(width));
            let line = drawn.lines().find(|line| line.contains("wrnog")).unwrap_or_default();
            assert!((20..=width).contains(&line.chars().count()), "{width}: {drawn}");
            let caret = drawn.lines().find(|line| line.contains('^')).unwrap_or_default();
            assert_eq!(caret.find('^'), line.find("wrnog"), "{drawn}");
        }
    }
}
