//! What is answered to a question about a place, which stands behind letters of two, three and four bytes.

use super::editor::{Editor, at, edited, part, uri};
use serde_json::{Value, json};
use std::fs;

/// The candidates at a mark, as they are shown.
fn labels(found: &Value) -> Vec<String> {
    found["items"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_string()).collect()
}

/// A line that goes before another without changing what it means.
const BEFORE: &str = "let ok = \"ä€😀\"; ";

#[test]
fn completes() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("räin")).unwrap();
    let mut editor = Editor::in_folder(folder.path());
    for (marked, wanted, text) in [
        ("ramp 2 2 | resa¦", "resample", "ramp 2 2 | resample"),
        ("ramp 2 2 |¦", "crop", "ramp 2 2 | crop"),
        ("ramp 2 2 | clip¦", "crop", "ramp 2 2 | crop"),
        ("load z¦", "zarr", "load zarr"),
        ("load files \"r¦\"", "räin/", "load files \"räin/\""),
        (
            "let cube = ramp 2 2 bands [red nir]; $c¦ | mean",
            "$cube",
            "let cube = ramp 2 2 bands [red nir]; $cube | mean",
        ),
        ("ramp 2 2 bands [red nir] | select n¦", "nir", "ramp 2 2 bands [red nir] | select nir"),
        ("ramp 2 2 | map v = sq¦(v)", "sqrt(", "ramp 2 2 | map v = sqrt(v)"),
        ("let n = 1; load files \"a${o¦}.tif\"", "ok}", "let n = 1; load files \"a${ok}.tif\""),
        // What does not parse in another statement hides no names.
        ("let = 3; let cube = ramp 1 1; $c¦", "$cube", "let = 3; let cube = ramp 1 1; $cube"),
    ] {
        let marked = format!("{BEFORE}{marked}");
        let found = editor.ask_at("textDocument/completion", &marked);
        let item = found["items"].as_array().unwrap().iter().find(|item| item["label"] == wanted);
        let item = item.unwrap_or_else(|| panic!("{marked}: {:?}", labels(&found)));
        let put_in = edited(&at(&marked).0, &json!([item["textEdit"]]));
        assert_eq!(put_in, format!("{BEFORE}{text}"), "{marked}");
        let typed = part(&at(&marked).0, &item["textEdit"]["range"]);
        assert!(item["filterText"].as_str().unwrap().starts_with(&typed), "{marked}");
    }
    // What is typed by itself is only followed by what must follow.
    for (marked, sign, is_offered) in [
        ("ramp 2 2 | ¦", " ", true),
        ("load ¦", " ", true),
        ("ramp 2 2 ¦", " ", false),
        ("ramp 2 2 | resample ¦", " ", true),
        ("ramp 2 2 | map v = ¦", " ", false),
        ("load files \"a ¦\"", " ", false),
        ("load files \"¦\"", "\"", true),
        ("load files \"räin\"¦", "\"", false),
        ("param x:¦", ":", true),
        ("ramp 2 2 | map v = [¦]", "[", false),
        ("set ¦", " ", true),
    ] {
        let (text, position) = at(&format!("{BEFORE}{marked}"));
        editor.open("untitled:1", &text);
        let context = json!({ "triggerKind": 2, "triggerCharacter": sign });
        let ask = json!({ "textDocument": { "uri": "untitled:1" }, "position": position, "context": context });
        let found = editor.ask("textDocument/completion", ask);
        assert_eq!(!labels(&found).is_empty(), is_offered, "{marked}: {:?}", labels(&found));
    }
    let found = editor.ask_at("textDocument/completion", "load za¦");
    let item = editor.ask("completionItem/resolve", found["items"][0].clone());
    assert_eq!(item["documentation"]["kind"], "markdown");
    assert!(item["documentation"]["value"].as_str().unwrap().contains("load zarr PATH"), "{item}");
    assert_eq!(editor.close(), "");
}

#[test]
fn explains() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::in_folder(folder.path());
    for (marked, word, help) in [
        ("ramp 2 2 | resam¦ple 1mo mean", "resample", "**resample**: Make a shorter timeline"),
        ("ramp 2 2 | resample 1mo me¦an", "mean", "`mean`: arithmetic"),
        ("let é = 1; let cube = ramp 2 2; $cu¦be | mean", "$cube", "`$cube`: 2020-01-01"),
        ("ramp 2 2 bands [red] | map a = re¦d", "red", "`band red`: int16"),
        ("ramp 2 2 | map a = sq¦rt(v)", "sqrt", "`sqrt(a)`: square root"),
    ] {
        let marked = format!("{BEFORE}{marked}");
        let found = editor.ask_at("textDocument/hover", &marked);
        let value = found["contents"]["value"].as_str().unwrap_or_else(|| panic!("{marked}: {found}"));
        assert!(value.starts_with(help), "{marked}: {value}");
        assert_eq!(part(&at(&marked).0, &found["range"]), word, "{marked}");
    }
    let own = "## Their difference,\n## over their sum.\nfn nd(a, b) = (a - b) / (a + b)\nramp 1 1 bands [r n] | map i = n¦d(n, r)";
    let found = editor.ask_at("textDocument/hover", own);
    assert_eq!(found["contents"]["value"], "`fn nd(a, b)`: Their difference,\nover their sum.");
    assert_eq!(editor.ask_at("textDocument/hover", "ramp 2 2 ¦"), Value::Null);
    let usage = editor.ask_at("textDocument/signatureHelp", &format!("{BEFORE}ramp 2 2 | resample 1mo ¦"));
    let (label, active) =
        (usage["signatures"][0]["label"].as_str().unwrap(), usage["activeParameter"].as_u64().unwrap());
    let units = &usage["signatures"][0]["parameters"][active as usize]["label"];
    let active = &label[units[0].as_u64().unwrap() as usize..units[1].as_u64().unwrap() as usize];
    assert!(label.starts_with("resample PERIOD") && active.starts_with("REDUCER"), "{usage}");
    assert_eq!(editor.ask_at("textDocument/signatureHelp", "# ¦"), Value::Null);
}

#[test]
fn colors() {
    let folder = tempfile::tempdir().unwrap();
    let mut editor = Editor::in_folder(folder.path());
    let text = "let n = \"ä\n😀\"; ramp 2 2 | map a = $n # ö\n";
    editor.open("untitled:1", text);
    let found = editor.ask("textDocument/semanticTokens/full", json!({ "textDocument": { "uri": "untitled:1" } }));
    let data: Vec<u64> = found["data"].as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect();
    let names = ["function", "keyword", "property", "number", "string", "variable", "operator", "comment"];
    let (mut line, mut unit, mut shown) = (0, 0, String::new());
    for token in data.chunks(5) {
        unit = if token[0] == 0 { unit + token[1] } else { token[1] };
        line += token[0];
        let place = |unit: u64| json!({ "line": line, "character": unit });
        let word = part(text, &json!({ "start": place(unit), "end": place(unit + token[2]) }));
        shown.push_str(&format!("{word}:{} ", names[token[3] as usize]));
    }
    assert_eq!(
        shown,
        "let:keyword n:property =:operator \"ä:string 😀\":string ;:operator ramp:function 2:number 2:number |:operator \
         map:function a:property =:operator $n:variable # ö:comment "
    );
}

#[test]
fn names_are_followed_and_changed() {
    let folder = tempfile::tempdir().unwrap();
    let lib = "# ä\nlet low = 1; fn nd(a, b) = (a - b) / (a + b)\n";
    fs::write(folder.path().join("lib.rastra"), lib).unwrap();
    let mut editor = Editor::in_folder(folder.path());
    let own = uri(&folder.path().join("own.rastra"));
    let text = "import \"lib.rastra\" as lib\nlet ok = \"ä😀\"; let year = 2020; fn half(v) = v / 2\n\
                ramp 3 2 | map é = 1, w = half(v) + $year + lib.nd(v, $lib.low) | save tif \"${year}.tif\"\n";
    editor.open(&own, text);
    // The place of the first `word` behind `after`.
    let place = |after: &str, word: &str| {
        let from = text.find(after).unwrap() + after.len();
        let at_word = from + text[from..].find(word).unwrap() + 1;
        at(&format!("{}¦{}", &text[..at_word], &text[at_word..])).1
    };
    let ask = |position: &Value| json!({ "textDocument": { "uri": own }, "position": position });
    for (after, word, file, wanted) in [
        ("half(v) + ", "$year", "own.rastra", "year"),
        ("w = ", "half", "own.rastra", "half"),
        ("fn half(v) = ", "v", "own.rastra", "v"),
        ("$year + ", "lib.nd", "lib.rastra", "nd"),
        ("(v, ", "$lib.low", "lib.rastra", "low"),
        ("import ", "lib.rastra", "lib.rastra", ""),
    ] {
        let found = editor.ask("textDocument/definition", ask(&place(after, word)));
        assert!(found["uri"].as_str().is_some_and(|uri| uri.ends_with(file)), "{word}: {found}");
        let there = if file == "lib.rastra" { lib } else { text };
        assert_eq!(part(there, &found["range"]), wanted, "{word}");
    }
    assert_eq!(editor.ask("textDocument/definition", ask(&place("ramp 3 2 | ", "map"))), Value::Null);
    let mut all = ask(&place("let ", "year"));
    all["context"] = json!({ "includeDeclaration": true });
    let found = editor.ask("textDocument/references", all.clone());
    let parts: Vec<String> = found.as_array().unwrap().iter().map(|one| part(text, &one["range"])).collect();
    assert_eq!(parts, ["year", "year", "year"]);
    all["context"] = json!({ "includeDeclaration": false });
    assert_eq!(editor.ask("textDocument/references", all.clone()).as_array().unwrap().len(), 2);
    assert_eq!(editor.ask("textDocument/documentHighlight", all.clone()).as_array().unwrap().len(), 3);
    let prepared = editor.ask("textDocument/prepareRename", all.clone());
    assert_eq!((&prepared["placeholder"], part(text, &prepared["range"])), (&json!("year"), "year".to_string()));
    let rename = |after: &str, word: &str, new: &str| {
        let mut ask = ask(&place(after, word));
        ask["newName"] = json!(new);
        ask
    };
    let renamed = editor.ask("textDocument/rename", rename("let ", "year", "jahr"));
    let renamed = edited(text, &renamed["changes"][&own]);
    assert_eq!(renamed, text.replace("year", "jahr"));
    let renamed = editor.ask("textDocument/rename", rename("fn half(", "v", "pixel"));
    assert_eq!(edited(text, &renamed["changes"][&own]), text.replace("half(v) = v / 2", "half(pixel) = pixel / 2"));
    let renamed = editor.ask("textDocument/rename", rename("w = ", "half", "part"));
    assert_eq!(edited(text, &renamed["changes"][&own]), text.replace("half", "part"));
    for (after, word, new, why) in [
        ("let ", "year", "ok", "bound already"),
        ("let ", "year", "nodata", "cannot be a name"),
        ("let ", "year", "a b", "cannot be a name"),
        ("w = ", "half", "sqrt", "cannot be a name"),
        ("$year + ", "lib.nd", "x", "not bound in this program"),
    ] {
        let refused = editor.refused("textDocument/rename", rename(after, word, new));
        assert!(refused["message"].as_str().unwrap().contains(why), "{word} {new}: {refused}");
    }
    let symbols = editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": own } }));
    let names: Vec<&str> = symbols.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["lib", "ok", "year", "half"]);
    assert_eq!(part(text, &symbols[3]["range"]), "fn half(v) = v / 2");
    assert_eq!(part(text, &symbols[3]["selectionRange"]), "half");
}
