//! Stages whose name is a slip: that is said before what seems wrong with their arguments, which are read by the rules of
//! whatever the name was meant to be.

use super::bind::{is_stage, is_told, near_stage, unknown_stage};
use super::scan::{Token, scan};
use super::scope::Scope;
use crate::diagnostic::{Diagnostic, Span, codes};
use std::ops::Range;

/// Letters of a corrected stage, at most.
const LONGEST: usize = 80;

/// What a text failed to parse with, where an unknown stage was read by the rules of others: that it is unknown.
pub(crate) fn misnamed(text: &str, id: u32, errors: Vec<Box<Diagnostic>>, scope: &Scope) -> Vec<Box<Diagnostic>> {
    let tokens: Vec<(Token, Range<usize>)> =
        scan(text).into_iter().filter(|(token, _)| *token != Token::Comment).collect();
    let one = |error: Box<Diagnostic>| {
        let at = error.labels.first().filter(|label| error.code == codes::SYNTAX && label.span.text == id);
        at.and_then(|label| unknown(text, id, &tokens, label.span.start as usize, scope)).unwrap_or(error)
    };
    errors.into_iter().map(one).collect()
}

/// What is wrong with the name of the stage around a place, if it has none that is known.
fn unknown(text: &str, id: u32, tokens: &[(Token, Range<usize>)], at: usize, scope: &Scope) -> Option<Box<Diagnostic>> {
    let written = |index: usize| tokens.get(index).map_or("", |(_, range)| &text[range.clone()]);
    let (begin, is_piped) = stage_around(tokens, at)?;
    let begin = match written(begin) {
        "let" if !is_piped => tokens[begin..].iter().position(|(_, range)| &text[range.clone()] == "=")? + begin + 1,
        "fn" | "set" | "param" | "import" if !is_piped => return None,
        _ => begin,
    };
    let (token, range) = tokens.get(begin)?;
    // `x = 3` is a name without `let`, and is told so.
    if *token != Token::Word || begin + 1 < tokens.len() && written(begin + 1) == "=" {
        return None;
    }
    let word = &text[range.clone()];
    // `v - 1` in the place of a stage is a calculation, and is told so.
    if tokens.get(begin + 1).is_some_and(|(token, _)| *token == Token::Operator) && !is_told(word, scope) {
        return None;
    }
    let defined = || {
        let names = tokens.windows(2).filter(|pair| &text[pair[0].1.clone()] == "fn");
        names.map(|pair| &text[pair[1].1.clone()]).any(|name| name == word)
    };
    if is_stage(word, scope) || defined() {
        return None;
    }
    let near = near_stage(word, scope);
    if !is_piped && near.is_none() && !is_told(word, scope) {
        return None;
    }
    let end = stage_end(tokens, begin, text.len());
    let rest: String = text[range.end..end].split_whitespace().flat_map(|word| [" ", word]).collect();
    let fits = near.map_or(word.len(), str::len) + rest.len() <= LONGEST;
    Some(unknown_stage(word, Span::new(id, range.start, range.end), if fits { &rest } else { "" }, scope))
}

/// The first token of the stage that a place lies in, and whether a `|` goes before it.
fn stage_around(tokens: &[(Token, Range<usize>)], at: usize) -> Option<(usize, bool)> {
    let end = tokens.partition_point(|(_, range)| range.end <= at);
    let mut closed = 0usize;
    for index in (0..end).rev() {
        match tokens[index].0 {
            Token::Close => closed += 1,
            Token::Open => closed = closed.saturating_sub(1),
            Token::Pipe if closed == 0 => return first(tokens, index + 1).map(|begin| (begin, true)),
            Token::Semicolon if closed == 0 => return first(tokens, index + 1).map(|begin| (begin, false)),
            Token::Newline if closed == 0 => {
                let next = first(tokens, index + 1)?;
                if tokens[next].0 != Token::Pipe && next < end {
                    return Some((next, false));
                }
            }
            _ => {}
        }
    }
    let begin = first(tokens, 0)?;
    // A pipeline may begin with a `|`.
    if tokens[begin].0 == Token::Pipe {
        first(tokens, begin + 1).map(|begin| (begin, true))
    } else {
        Some((begin, false))
    }
}

fn first(tokens: &[(Token, Range<usize>)], from: usize) -> Option<usize> {
    (from..tokens.len()).find(|index| tokens[*index].0 != Token::Newline)
}

/// Where the stage that begins with a token ends in the text.
fn stage_end(tokens: &[(Token, Range<usize>)], begin: usize, end: usize) -> usize {
    let mut open = 0usize;
    for (token, range) in &tokens[begin..] {
        match token {
            Token::Open => open += 1,
            Token::Close if open == 0 => return range.start,
            Token::Close => open -= 1,
            Token::Pipe | Token::Semicolon | Token::Newline if open == 0 => return range.start,
            _ => {}
        }
    }
    end
}
