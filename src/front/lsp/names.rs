//! Names of a program: where they are bound, where they are used, under which others, and under a new one.

use super::address;
use super::client::{Refusal, Reply};
use super::document::Document;
use super::lines::Lines;
use super::protocol::{Position, TextEdit};
use crate::lang::names::{Definition, DefinitionKind, NameKind, Occurrence, definitions, occurrences};
use crate::lang::{self, ast};
use lsp_server::ErrorCode;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The name at a place, and all names of the text.
fn at(document: &Document, position: Position) -> Option<(Occurrence, Vec<Occurrence>)> {
    let byte = document.byte(position);
    let all = occurrences(&document.text);
    // A cursor may stand on the `$`, which is no part of the name.
    let touches = |found: &&Occurrence| {
        let sign = usize::from(document.text[..found.at.start].ends_with('$'));
        found.at.start - sign <= byte && byte <= found.at.end
    };
    Some((all.iter().find(touches)?.clone(), all))
}

/// Where the name at a place is bound, here or in a file that is imported; the file itself for the path of an import.
pub(super) fn definition(document: &Document, position: Position) -> Option<Value> {
    if let Some((name, all)) = at(document, position) {
        let bound = all.iter().find(|other| other.binds && other.is_same(&name));
        return match bound {
            Some(bound) => Some(json!({ "uri": *document.uri, "range": document.lines().range(bound.at.clone()) })),
            None => imported(document, &name),
        };
    }
    let byte = document.byte(position);
    let import = imports(document).find(|(import, ..)| import.at.start <= byte && byte <= import.at.end);
    let (_, _, file) = import?;
    let start = Position { line: 0, character: 0 };
    file.is_file().then(|| json!({ "uri": address::uri(&file), "range": { "start": start, "end": start } }))
}

/// The imports of a text, with their aliases and files.
fn imports(document: &Document) -> impl Iterator<Item = (Definition, Option<String>, PathBuf)> {
    let folder = Path::new(&*document.name).parent().filter(|folder| folder.is_dir()).map(Path::to_path_buf);
    definitions(&document.text).into_iter().filter_map(move |own| match &own.kind {
        DefinitionKind::Import { alias } => {
            let file = folder.as_ref()?.join(&own.name);
            Some((own.clone(), alias.clone(), file))
        }
        DefinitionKind::Let | DefinitionKind::Param | DefinitionKind::Function { .. } => None,
    })
}

/// Where a file that the text imports binds a name.
fn imported(document: &Document, name: &Occurrence) -> Option<Value> {
    imports(document).find_map(|(_, alias, file)| {
        let own = match alias {
            Some(alias) => name.name.strip_prefix(&alias)?.strip_prefix('.')?,
            None => &name.name,
        };
        let text = std::fs::read_to_string(&file).ok()?;
        let is_it = |found: &Occurrence| {
            found.binds && found.function.is_none() && found.kind == name.kind && found.name == own
        };
        let bound = occurrences(&text).into_iter().find(is_it)?;
        Some(json!({ "uri": address::uri(&file), "range": Lines::of(&text).range(bound.at) }))
    })
}

/// Every place of the name at a place.
fn same(document: &Document, position: Position) -> Vec<Occurrence> {
    let found = at(document, position);
    found.map_or_else(Vec::new, |(name, all)| all.into_iter().filter(|other| other.is_same(&name)).collect())
}

pub(super) fn references(document: &Document, position: Position, with_bound: bool) -> Value {
    let lines = document.lines();
    let wanted = same(document, position).into_iter().filter(|found| with_bound || !found.binds);
    wanted.map(|found| json!({ "uri": *document.uri, "range": lines.range(found.at) })).collect()
}

/// The same places for the editor to mark: written where a name is bound, read elsewhere.
pub(super) fn highlights(document: &Document, position: Position) -> Value {
    let lines = document.lines();
    let all = same(document, position).into_iter();
    all.map(|found| json!({ "range": lines.range(found.at), "kind": if found.binds { 3 } else { 2 } })).collect()
}

/// The name at a place, if it can be called otherwise: one that the program binds itself.
pub(super) fn renamable(document: &Document, position: Position) -> Option<Value> {
    let (name, all) = at(document, position)?;
    let is_bound = all.iter().any(|other| other.binds && other.is_same(&name));
    is_bound.then(|| json!({ "range": document.lines().range(name.at), "placeholder": name.name }))
}

/// The edits that give the name at a place another one.
pub(super) fn rename(document: &Document, position: Position, new: &str) -> Reply {
    let refuse = |why: String| Err(Refusal(ErrorCode::RequestFailed, why));
    let new = new.trim().trim_start_matches('$');
    let Some((name, all)) = at(document, position) else { return refuse("no name stands here".into()) };
    if renamable(document, position).is_none() {
        return refuse(format!("`{}` is not bound in this program", name.name));
    }
    if !is_free_word(new, name.kind) {
        return refuse(format!("`{new}` cannot be a name: letters, digits and `_`, and no word of the language"));
    }
    let taken = |other: &Occurrence| other.binds && other.name == new && other.kind == name.kind && new != name.name;
    if all.iter().any(taken) {
        return refuse(format!("`{new}` is bound already"));
    }
    let lines = document.lines();
    let edit = |found: Occurrence| TextEdit { range: lines.range(found.at), new_text: new.into() };
    let edits: Vec<TextEdit> = all.into_iter().filter(|other| other.is_same(&name)).map(edit).collect();
    Ok(json!({ "changes": { &*document.uri: edits } }))
}

/// Whether a word may be bound: the language itself says so.
fn is_free_word(word: &str, kind: NameKind) -> bool {
    let program = match kind {
        NameKind::Variable => format!("let {word} = 1"),
        NameKind::Function => format!("fn {word}(a) = a"),
    };
    let binds = lang::parse(&program, 0).is_ok_and(|program| match &program.statements[..] {
        [ast::Statement { kind: ast::StatementKind::Let { name, .. } | ast::StatementKind::Fn { name, .. }, .. }] => {
            name.value == word
        }
        _ => false,
    });
    let is_known = || lang::inspect::page(word, lang::inspect::Form::Text).is_some();
    binds && (kind == NameKind::Variable || !is_known())
}

/// The statements that bring names, as the editor's outline.
pub(super) fn symbols(document: &Document) -> Value {
    let lines = document.lines();
    let symbol = |found: Definition| {
        let (kind, name) = match &found.kind {
            DefinitionKind::Let => (13, found.name.clone()),
            DefinitionKind::Param => (14, found.name.clone()),
            DefinitionKind::Function { .. } => (12, found.name.clone()),
            DefinitionKind::Import { alias } => (2, alias.clone().unwrap_or_else(|| found.name.clone())),
        };
        // A client refuses the whole outline for a symbol without a name.
        let name = if name.trim().is_empty() { "?".to_string() } else { name };
        json!({
            "name": name,
            "detail": found.doc.unwrap_or_default(),
            "kind": kind,
            "range": lines.range(found.whole),
            "selectionRange": lines.range(found.at),
        })
    };
    definitions(&document.text).into_iter().map(symbol).collect()
}
