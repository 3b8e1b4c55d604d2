//! What is shown while a program is typed.

use super::editor::{Editor, at, edited, part, uri};
use serde_json::{Value, json};
use std::fs;

/// The errors that are shown for a text: number, what is underlined, and the message.
fn errors(shown: &Value, text: &str) -> Vec<(String, String, String)> {
    let of = |found: &Value| {
        let string = |key: &str| found[key].as_str().unwrap().to_string();
        (string("code"), part(text, &found["range"]), string("message"))
    };
    shown["diagnostics"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn mistakes_stand_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::in_folder(folder.path());
    let text = "# ä😀\nlet n = \"ä😀\"; ramp 2 2 | hed 1\n\nramp 2 2 | crop touchy true";
    editor.open("untitled:1", text);
    let shown = editor.shown("untitled:1");
    let all = errors(&shown, text);
    assert_eq!((all[0].0.as_str(), all[0].1.as_str()), ("E0102", "hed"));
    assert_eq!(all[0].2, "unknown stage `hed`: not a stage\nhelp: did you mean `head`?");
    assert_eq!((all[1].0.as_str(), all[1].1.as_str(), all.len()), ("E0103", "touchy", 2));
    assert_eq!((&shown["diagnostics"][0]["severity"], &shown["version"]), (&json!(1), &json!(1)));
    // Letter by letter: only the last text counts.
    let mut typed = text.to_string();
    for letter in ["h", "e", "a", "d", " ", "1"] {
        typed = format!("{typed}\n# {letter}");
        editor.change("untitled:1", json!([{ "text": typed }]));
    }
    let right = "let n = \"ä😀\"; ramp 2 2 | head 1\n";
    let last = editor.change("untitled:1", json!([{ "text": right }]));
    assert_eq!(editor.shown_of("untitled:1", last)["diagnostics"], json!([]));
    assert_eq!(editor.close(), "");
}

#[test]
fn labels_elsewhere_are_related() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lib.rastra"), "# ä\nlet x = 1\nlet x = 2\n").unwrap();
    let mut editor = Editor::in_folder(folder.path());
    let own = uri(&folder.path().join("own.rastra"));
    let text = "let n = 1; let m = \"😀\"\r\nlet n = 2";
    editor.open(&own, text);
    let shown = editor.shown(&own);
    assert_eq!(errors(&shown, text)[0].1, "n");
    let related = &shown["diagnostics"][0]["relatedInformation"][0];
    assert_eq!((&related["location"]["uri"], &related["message"]), (&json!(own), &json!("first bound here")));
    assert_eq!(part(text, &related["location"]["range"]), "n");
    assert_eq!(related["location"]["range"]["start"], json!({ "line": 0, "character": 4 }));
    // What is wrong in a file that is imported is shown at the import, and leads there.
    let text = "let n = \"😀\"; import \"lib.rastra\" as lib\nramp 1 1";
    let version = editor.change(&own, json!([{ "text": text }]));
    let shown = editor.shown_of(&own, version);
    assert_eq!(errors(&shown, text)[0].1, "\"lib.rastra\"");
    let related = &shown["diagnostics"][0]["relatedInformation"];
    assert!(related.as_array().unwrap().iter().any(|one| {
        one["location"]["uri"].as_str().unwrap().ends_with("/lib.rastra")
            && one["location"]["range"]["start"]["line"] == 2
    }));
    // Closing takes back what was said.
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": own } }));
    assert_eq!(editor.shown(&own)["diagnostics"], json!([]));
}

/// Paths begin beside the program, or where a terminal would be, whichever leads somewhere; saving looks again.
#[test]
fn paths_begin_where_they_lead_somewhere() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("below");
    fs::create_dir(&below).unwrap();
    let mut editor = Editor::in_folder(folder.path());
    let own = uri(&below.join("own.rastra"));
    let text = "let x = load zarr \"a.zarr\"";
    editor.open(&own, text);
    assert_eq!(errors(&editor.shown(&own), text)[0].0, "E0301");
    let made = |place: &std::path::Path| {
        let mut session = rastra::Session::new();
        session.set_base(place);
        session.run("made", "ramp 2 2 bands [t2m rain] | save zarr \"a.zarr\"", &mut |_| {}).unwrap();
    };
    made(folder.path());
    editor.tell("textDocument/didSave", json!({ "textDocument": { "uri": own } }));
    assert_eq!(editor.shown(&own)["diagnostics"], json!([]));
    let (typed, position) = at("let x = load zarr \"a.zarr\"\n$x | select t¦");
    let version = editor.change(&own, json!([{ "text": typed }]));
    editor.shown_of(&own, version);
    let found = editor.ask("textDocument/completion", json!({ "textDocument": { "uri": own }, "position": position }));
    assert_eq!(found["items"][0]["label"], "t2m", "{found}");
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    fs::rename(folder.path().join("a.zarr"), below.join("b.zarr")).unwrap();
    made(&below);
    editor.tell("textDocument/didSave", json!({ "textDocument": { "uri": own } }));
    let shown = editor.shown(&own);
    assert!(errors(&shown, &typed).iter().all(|(code, ..)| code != "E0301"), "{shown}");
}

#[test]
fn edits_are_those_of_the_editor() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::in_folder(folder.path());
    let mut text = "let n = \"ä😀ö\"; ramp  2 2\nramp 3 3|mean\n".to_string();
    editor.open("untitled:1", &text);
    let place = |line: u64, character: u64| json!({ "line": line, "character": character });
    for (start, end, new) in [
        // Behind, before and over the letter of two units; a line taken out; beyond the end.
        (place(0, 13), place(0, 13), "ü"),
        (place(0, 10), place(0, 12), ""),
        (place(0, 9), place(0, 9), "€𝄞"),
        (place(1, 0), place(1, 4), "ramp"),
        (place(1, 8), place(1, 9), "\n| "),
    ] {
        let edit = json!([{ "range": { "start": start, "end": end }, "newText": new }]);
        text = edited(&text, &edit);
        editor.change("untitled:1", json!([{ "range": edit[0]["range"], "text": new }]));
    }
    // The layout of both is the same, so the server has the text that the editor has.
    let edits =
        editor.ask("textDocument/formatting", json!({ "textDocument": { "uri": "untitled:1" }, "options": {} }));
    assert_eq!(Ok(edited(&text, &edits)), rastra::format(&text));
    assert!(edited(&text, &edits).contains("€𝄞äöü"), "{text}");
    editor.change(
        "untitled:1",
        json!([{ "range": { "start": place(99, 0), "end": place(99, 9) }, "text": "ramp 4 4 |" }]),
    );
    let broken =
        editor.ask("textDocument/formatting", json!({ "textDocument": { "uri": "untitled:1" }, "options": {} }));
    assert_eq!(broken, json!([]));
}

/// A misspelt word is replaced by what was proposed, after that was tried.
#[test]
fn slips_are_mended() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::in_folder(folder.path());
    let text = "let ok = \"😀\"; ramp 2 2 | resmaple 1mo mean\nlet a = 2; ramp 2 2 | map $b\nramp 1 1 | raed 2";
    editor.open("untitled:1", text);
    editor.shown("untitled:1");
    let all = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let ask = json!({ "textDocument": { "uri": "untitled:1" }, "range": all, "context": { "diagnostics": [] } });
    // They are tried once the diagnostics are shown.
    let actions = (0..200)
        .find_map(|_| {
            let actions = editor.ask("textDocument/codeAction", ask.clone());
            std::thread::sleep(std::time::Duration::from_millis(50));
            (actions != json!([])).then_some(actions)
        })
        .expect("a fix");
    let first = &actions[0];
    assert_eq!((&first["title"], &first["kind"]), (&json!("Replace by `resample`"), &json!("quickfix")));
    assert_eq!(first["diagnostics"][0]["code"], "E0102");
    let mended = edited(text, &first["edit"]["changes"]["untitled:1"]);
    assert!(mended.contains("ramp 2 2 | resample 1mo mean\n"), "{mended}");
    // For another part, or another version, there is none.
    let elsewhere = json!({ "start": { "line": 7, "character": 0 }, "end": { "line": 7, "character": 0 } });
    let ask = json!({ "textDocument": { "uri": "untitled:1" }, "range": elsewhere, "context": { "diagnostics": [] } });
    assert_eq!(editor.ask("textDocument/codeAction", ask), json!([]));
}
