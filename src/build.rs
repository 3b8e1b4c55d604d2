//! Lists the verbs and the reducers, of which every file in `src/verbs` and `src/reducers` is one, and the files of
//! `examples`, which the command carries with it.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=grammar/rastra.pest");
    let drawing: Vec<String> =
        list("verbs", "mod", "VERB", "Verb", "const FILES").iter().map(|name| name.replace('_', " ")).collect();
    let text = format!(
        "/// Stages that draw, which a build without pictures lacks.\nconst DRAWING: &[&str] = &{drawing:?};\n"
    );
    write("drawing", &text);
    list("reducers", "pub(crate) mod", "REDUCER", "Definition", "pub(crate) const REDUCERS");
    if env::var_os("CARGO_FEATURE_CLI").is_some() {
        embed_examples();
    }
    // `native/build.sh` collects them, for what is given away.
    println!("cargo:rustc-check-cfg=cfg(has_licenses)");
    println!("cargo:rerun-if-env-changed=RASTRA_LICENSES");
    if env::var_os("RASTRA_LICENSES").is_some() {
        println!("cargo:rustc-cfg=has_licenses");
    }
}

/// Writes the list of the examples and their data: path below the folder, and bytes.
fn embed_examples() {
    println!("cargo:rerun-if-changed=examples");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets the manifest folder");
    let folder = Path::new(&root).join("examples");
    let mut files = Vec::new();
    gather(&folder, &mut files);
    files.sort();
    let mut text = String::from("/// Every file, by its path below the folder.\nconst FILES: &[(&str, &[u8])] = &[\n");
    for path in files {
        let name = path.strip_prefix(&folder).expect("it was found there");
        text.push_str(&format!("    ({name:?}, include_bytes!({path:?})),\n"));
    }
    text.push_str("];\n");
    write("examples", &text);
}

/// The files of a folder, at any depth, without what is hidden and what running them leaves: results and Python's own.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the examples are part of the sources").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        match path.is_dir() {
            _ if name.starts_with('.') || ["out", "__pycache__"].contains(&name.as_str()) => {}
            true => gather(&path, files),
            false => files.push(path),
        }
    }
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
