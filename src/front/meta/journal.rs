//! Makes a program that does what was typed at a prompt.

use crate::lang::registry::{self, Lower};
use crate::lang::{self, ast};

/// The program that does what some texts did one after another.
///
/// At a prompt a line that starts with `|` continues the last result, even if that was shown or saved. In a program
/// nothing may follow such a stage, so there the pipeline is written again.
pub(crate) fn program(texts: &[String]) -> String {
    let mut out = String::new();
    // The last result as a pipeline, and whether the program so far ends with it.
    let (mut flow, mut open) = (String::new(), false);
    for text in texts {
        let text = text.trim_end();
        let parsed = lang::parse(text, u32::MAX).unwrap_or_default();
        let is_pipeline = |s: &&ast::Statement| matches!(s.kind, ast::StatementKind::Pipeline(_));
        let continues = matches!(
            parsed.statements.first().map(|s| &s.kind),
            Some(ast::StatementKind::Pipeline(pipeline)) if pipeline.continues
        );
        if continues && !open && !flow.is_empty() {
            out.push_str(&flow);
            out.push('\n');
        }
        out.push_str(text);
        out.push('\n');
        if let Some(statement) = parsed.statements.iter().rev().find(is_pipeline)
            && let ast::StatementKind::Pipeline(pipeline) = &statement.kind
        {
            let end = pipeline.stages.last().filter(|stage| ends(stage));
            let to = end.map_or(statement.span.end, |stage| stage.span.start) as usize;
            let own = text[statement.span.start as usize..to].trim_end().trim_end_matches('|').trim_end();
            match pipeline.continues {
                true if own.is_empty() => {}
                true => flow = format!("{flow}\n{own}"),
                false => flow = own.to_string(),
            }
            open = end.is_none() && parsed.statements.last().is_some_and(|last| is_pipeline(&last));
        } else if !parsed.statements.is_empty() {
            open = false;
        }
    }
    out
}

/// Whether nothing flows out of a stage.
pub(crate) fn ends(stage: &ast::Stage) -> bool {
    let second = match &stage.args {
        ast::Args::Atoms(atoms) => atoms.first().map(|a| &a.value),
        _ => None,
    };
    let verb = match second {
        Some(ast::AtomKind::Word(second)) => registry::find(&format!("{} {second}", stage.name.value)),
        _ => None,
    };
    let verb = verb.or_else(|| registry::find(&stage.name.value));
    verb.is_some_and(|v| {
        matches!(
            v.lower,
            Lower::Sink(_) | Lower::TableSink(_) | Lower::Picture(_) | Lower::PictureSink(_) | Lower::See(_)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs() {
        for (texts, expected) in [
            (&["ramp 2 2", "| mean"][..], "ramp 2 2\n| mean\n"),
            (&["ramp 2 2", "| show", "| mean"], "ramp 2 2\n| show\nramp 2 2\n| mean\n"),
            (
                &["ramp 2 2 | head 1 | show", "| mean | stats"],
                "ramp 2 2 | head 1 | show\nramp 2 2 | head 1\n| mean | stats\n",
            ),
            (&["ramp 2 2", "| mean", "| show", "| show"], "ramp 2 2\n| mean\n| show\nramp 2 2\n| mean\n| show\n"),
            (&["ramp 2 2", "let n = 3", "| mean"], "ramp 2 2\nlet n = 3\nramp 2 2\n| mean\n"),
            (&["let x = ramp 2 2", "$x\n| show"], "let x = ramp 2 2\n$x\n| show\n"),
            (&["# why", "ramp 2 2", "# this", "| mean"], "# why\nramp 2 2\n# this\n| mean\n"),
        ] {
            let texts: Vec<String> = texts.iter().map(|t| t.to_string()).collect();
            let program = program(&texts);
            assert_eq!(program, expected);
            crate::session::Session::new().run("test", &program, &mut |_| {}).expect("it runs");
        }
    }
}
