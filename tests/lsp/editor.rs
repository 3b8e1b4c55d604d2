//! An editor reduced to its messages.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Far longer than any answer takes, and shorter than anybody waits.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) struct Editor {
    pub child: Child,
    pub to: Option<ChildStdin>,
    pub said: Option<ChildStderr>,
    from: Receiver<Value>,
    /// Notifications that came while an answer was waited for.
    told: Vec<Value>,
    asked: i64,
    version: i64,
}

impl Editor {
    /// A server that was asked nothing yet.
    pub(super) fn silent(folder: &Path) -> Editor {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rastra"))
            .arg("lsp")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, said) = (child.stdin.take(), child.stderr.take());
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (sender, from) = channel();
        std::thread::spawn(move || {
            while let Some(message) = message(&mut out) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Editor { child, to, said, from, told: Vec::new(), asked: 0, version: 0 }
    }

    /// One that works in a folder.
    pub(super) fn in_folder(folder: &Path) -> Editor {
        let mut editor = Editor::silent(folder);
        let folders = json!([{ "uri": uri(folder), "name": "here" }]);
        let answer = editor.ask(
            "initialize",
            json!({ "processId": std::process::id(), "capabilities": {}, "workspaceFolders": folders }),
        );
        assert_eq!(answer["serverInfo"]["name"], "rastra");
        editor.tell("initialized", json!({}));
        editor
    }

    pub(super) fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string());
    }

    pub(super) fn send_text(&mut self, text: &str) {
        let to = self.to.as_mut().unwrap();
        write!(to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        to.flush().unwrap();
    }

    pub(super) fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks without waiting; the number of the question.
    pub(super) fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.asked += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.asked, "method": method, "params": params }));
        self.asked
    }

    /// The whole answer to a question.
    pub(super) fn answer(&mut self, id: i64) -> Value {
        loop {
            let message = self.from.recv_timeout(PATIENCE).expect("an answer");
            match message.get("id") {
                Some(own) if *own == id => return message,
                _ => self.told.push(message),
            }
        }
    }

    /// What a question is answered with.
    #[track_caller]
    pub(super) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        let answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Why a question is refused.
    #[track_caller]
    pub(super) fn refused(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        let answer = self.answer(id);
        assert!(answer.get("result").is_none(), "{method}: {answer}");
        answer["error"].clone()
    }

    pub(super) fn open(&mut self, uri: &str, text: &str) {
        self.version += 1;
        let version = self.version;
        self.tell(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "rastra", "version": version, "text": text } }),
        );
    }

    /// Changes a text; its version from now on.
    pub(super) fn change(&mut self, uri: &str, changes: Value) -> i64 {
        self.version += 1;
        let version = self.version;
        self.tell(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": changes }),
        );
        version
    }

    /// The diagnostics that are shown next for a text, whole.
    pub(super) fn shown(&mut self, uri: &str) -> Value {
        loop {
            let is_it = |m: &Value| m["method"] == "textDocument/publishDiagnostics" && m["params"]["uri"] == uri;
            if let Some(at) = self.told.iter().position(is_it) {
                return self.told.remove(at)["params"].clone();
            }
            let message = self.from.recv_timeout(PATIENCE).expect("diagnostics");
            self.told.push(message);
        }
    }

    /// Those that are shown for a version of it.
    pub(super) fn shown_of(&mut self, uri: &str, version: i64) -> Value {
        loop {
            let shown = self.shown(uri);
            if shown["version"] == version {
                return shown;
            }
        }
    }

    /// What a question about a place, marked `¦`, is answered with. The text is opened for it.
    #[track_caller]
    pub(super) fn ask_at(&mut self, method: &str, marked: &str) -> Value {
        let (text, position) = at(marked);
        self.open("untitled:1", &text);
        self.ask(method, json!({ "textDocument": { "uri": "untitled:1" }, "position": position }))
    }

    /// Ends the conversation properly; what was said on standard error.
    pub(super) fn close(mut self) -> String {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let mut said = String::new();
        self.said.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn message(out: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    out.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

/// The address of a path whose letters need no escape.
pub(super) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A text without its mark `¦`, and where that stood.
pub(super) fn at(marked: &str) -> (String, Value) {
    let before = marked.split('¦').next().unwrap();
    let line = before.rsplit('\n').next().unwrap();
    let units: usize = line.chars().map(char::len_utf16).sum();
    (marked.replace('¦', ""), json!({ "line": before.matches('\n').count(), "character": units }))
}

/// The part of a text between two positions of the protocol.
pub(super) fn part(text: &str, range: &Value) -> String {
    let byte = |position: &Value| {
        let line = position["line"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut units = position["character"].as_u64().unwrap() as usize;
        let letters = text[start..].chars().take_while(|letter| {
            let fits = units > 0;
            units = units.saturating_sub(letter.len_utf16());
            fits
        });
        start + letters.map(char::len_utf8).sum::<usize>()
    };
    text[byte(&range["start"])..byte(&range["end"])].to_string()
}

/// A text after some edits, which do not overlap.
pub(super) fn edited(text: &str, edits: &Value) -> String {
    let mut all: Vec<&Value> = edits.as_array().unwrap().iter().collect();
    all.sort_by_key(|edit| {
        let start = &edit["range"]["start"];
        std::cmp::Reverse((start["line"].as_u64(), start["character"].as_u64()))
    });
    let mut text = text.to_string();
    for edit in all {
        let from = json!({ "start": { "line": 0, "character": 0 }, "end": edit["range"]["start"] });
        let to = json!({ "start": { "line": 0, "character": 0 }, "end": edit["range"]["end"] });
        let (head, upto) = (part(&text, &from), part(&text, &to));
        text = format!("{head}{}{}", edit["newText"].as_str().unwrap(), &text[upto.len()..]);
    }
    text
}
