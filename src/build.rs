//! Lists the verbs and the reducers: every file in `src/verbs` and `src/reducers` is one.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=grammar/rastra.pest");
    let drawing: Vec<String> =
        list("verbs", "mod", "VERB", "Verb", "const FILES").iter().map(|name| name.replace('_', " ")).collect();
    let text = format!(
        "/// Stages that draw, which a build without pictures lacks.\nconst DRAWING: &[&str] = &{drawing:?};\n"
    );
    write("drawing", &text);
    list("reducers", "pub(crate) mod", "REDUCER", "Definition", "pub(crate) const REDUCERS");
}

fn write(name: &str, text: &str) {
    let out = env::var("OUT_DIR").expect("cargo sets the output folder");
    fs::write(Path::new(&out).join(format!("{name}.rs")), text).expect("the output folder can be written");
}

/// Writes the modules of a folder and the list of the const that each of them has, and returns the names of those that
/// draw. A build without pictures leaves these out.
fn list(folder: &str, module: &str, constant: &str, kind: &str, all: &str) -> Vec<String> {
    println!("cargo:rerun-if-changed=src/{folder}");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets the manifest folder");
    let files = Path::new(&root).join("src").join(folder);
    let mut names: Vec<String> = fs::read_dir(&files)
        .expect("the folder is part of the sources")
        .filter_map(|entry| entry.ok()?.path().file_name()?.to_str()?.strip_suffix(".rs").map(String::from))
        .collect();
    names.sort();
    let pictures = env::var_os("CARGO_FEATURE_PICTURES").is_some();
    let draws = |name: &String| {
        let text = fs::read_to_string(files.join(format!("{name}.rs"))).expect("a source is text");
        text.contains("Lower::Picture")
    };
    let drawing: Vec<String> = names.iter().filter(|name| draws(name)).cloned().collect();
    names.retain(|name| pictures || !drawing.contains(name));
    let mut text = String::new();
    for name in &names {
        let path = files.join(format!("{name}.rs"));
        text.push_str(&format!("#[path = {path:?}]\n{module} r#{name};\n"));
    }
    text.push_str(&format!("\n/// Every one, by file name.\n{all}: &[&{kind}] = &[\n"));
    for name in &names {
        text.push_str(&format!("    &r#{name}::{constant},\n"));
    }
    text.push_str("];\n");
    write(folder, &text);
    drawing
}
