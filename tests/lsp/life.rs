//! How the server begins and ends, and what it survives.

use super::editor::Editor;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};

/// The code of an end that comes soon.
#[track_caller]
fn ends(editor: &mut Editor) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = editor.child.try_wait().unwrap() {
            return status.code();
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the server lives on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn begins_and_ends_by_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::silent(folder.path());
    editor.tell("textDocument/didOpen", json!({}));
    assert_eq!(editor.refused("textDocument/hover", json!({}))["code"], -32002);
    editor.ask("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
    assert_eq!(editor.refused("rastra/nothing", json!({}))["code"], -32601);
    assert_eq!(editor.refused("textDocument/hover", json!({ "textDocument": 3 }))["code"], -32602);
    assert_eq!(editor.ask("shutdown", Value::Null), Value::Null);
    assert_eq!(editor.refused("textDocument/hover", json!({}))["code"], -32600);
    editor.tell("exit", Value::Null);
    assert_eq!(ends(&mut editor), Some(0));

    let mut editor = Editor::in_folder(folder.path());
    editor.tell("exit", Value::Null);
    assert_eq!(ends(&mut editor), Some(1), "without `shutdown`");
}

#[test]
fn ends_with_its_editor() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::in_folder(folder.path());
    editor.to = None;
    assert_eq!(ends(&mut editor), Some(1), "standard input is closed");

    // Standard input stays open, but who asked is no more.
    let mut asker = Command::new("sleep").arg("600").spawn().unwrap();
    let mut editor = Editor::silent(folder.path());
    editor.ask("initialize", json!({ "processId": asker.id(), "capabilities": {} }));
    asker.kill().unwrap();
    asker.wait().unwrap();
    assert_eq!(ends(&mut editor), Some(1));
}

#[test]
fn goes_on_after_nonsense() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::in_folder(folder.path());
    editor.send_text("{ no JSON");
    editor.send_text("[1, 2]");
    editor.send_text("{\"jsonrpc\": \"2.0\", \"id\": 7, \"result\": null}");
    editor.to.as_mut().unwrap().write_all(b"Content-Type: x\r\n\r\n").unwrap();
    editor.tell("textDocument/didChange", json!({ "textDocument": { "uri": "untitled:9" }, "contentChanges": [] }));
    editor.tell("$/cancelRequest", json!({ "id": {} }));
    editor.tell("$/cancelRequest", json!({ "id": 99 }));
    let place = |line: i64, character: i64| json!({ "line": line, "character": character });
    let texts = ["", "é", "\r\n\r", "let 😀 = \"\\", "ramp 1 1 | map a = \"${é", "fn f(", "| | [(", "\u{feff}ramp 1 1"];
    for text in texts {
        editor.open("untitled:1", text);
        for at in [place(0, 0), place(0, 1), place(0, 9_999_999), place(4_000_000_000, 0), place(1, 2_147_483_647)] {
            for method in [
                "textDocument/completion",
                "textDocument/hover",
                "textDocument/signatureHelp",
                "textDocument/definition",
                "textDocument/references",
                "textDocument/documentHighlight",
                "textDocument/prepareRename",
            ] {
                editor.ask(method, json!({ "textDocument": { "uri": "untitled:1" }, "position": at }));
            }
        }
        for method in ["textDocument/formatting", "textDocument/documentSymbol", "textDocument/semanticTokens/full"] {
            editor.ask(method, json!({ "textDocument": { "uri": "untitled:1" } }));
        }
        let range = json!({ "start": place(9, 9), "end": place(0, 0) });
        editor.change("untitled:1", json!([{ "range": range, "text": "ä" }, { "text": text }]));
    }
    assert_eq!(
        editor.refused(
            "textDocument/hover",
            json!({ "textDocument": { "uri": "untitled:1" }, "position": place(-1, 0) })
        )["code"],
        -32602
    );
    assert_eq!(editor.close(), "", "nothing is said on standard error");
}

/// A server that does not answer holds up neither typing nor the end, and no secret of a program is told.
#[test]
fn slow_servers_and_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut editor = Editor::in_folder(folder.path());
    let address = format!("http://me:SECRET1@{}/a.zarr?sig=SECRET2", silent.local_addr().unwrap());
    let text = format!("let n = load zarr \"{address}\"\n$n | hed 3\nramp  1 1\n");
    editor.open("untitled:1", &text);
    // The check waits for the server, as does this completion.
    let place = json!({ "line": 1, "character": 5 });
    let whole = json!({ "textDocument": { "uri": "untitled:1" } });
    std::thread::sleep(Duration::from_millis(500));
    let waiting =
        editor.begin("textDocument/completion", json!({ "textDocument": whole["textDocument"], "position": place }));
    let began = Instant::now();
    assert_eq!(editor.ask("textDocument/formatting", whole.clone()).as_array().unwrap().len(), 1);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    editor.tell("$/cancelRequest", json!({ "id": waiting }));
    assert_eq!(editor.answer(waiting)["error"]["code"], -32800);
    // Another text takes the place of the one that is checked.
    let refused = "let n = load zarr \"http://me:SECRET1@127.0.0.1:1/a.zarr?sig=SECRET2\"\n";
    let last = editor.change("untitled:1", json!([{ "text": refused }]));
    let shown = editor.shown_of("untitled:1", last);
    assert_eq!(shown["diagnostics"].as_array().unwrap().len(), 1);
    assert!(!shown.to_string().contains("SECRET"), "{shown}");
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
    let mut said = String::new();
    let mut from = editor.said.take().unwrap();
    editor.tell("exit", Value::Null);
    ends(&mut editor);
    from.read_to_string(&mut said).unwrap();
    assert!(!said.contains("SECRET"), "{said}");
}
