//! Lists the verbs: every file in `src/verbs` is one.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=src/verbs");
    println!("cargo:rerun-if-changed=grammar/rastra.pest");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets the manifest folder");
    let folder = Path::new(&root).join("src/verbs");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the verbs have a folder")
        .filter_map(|entry| entry.ok()?.path().file_name()?.to_str()?.strip_suffix(".rs").map(String::from))
        .collect();
    names.sort();
    let mut text = String::new();
    for name in &names {
        let path = folder.join(format!("{name}.rs"));
        text.push_str(&format!("#[path = {path:?}]\nmod r#{name};\n"));
    }
    text.push_str("\n/// Every verb, by file name.\npub const VERBS: &[&Verb] = &[\n");
    for name in &names {
        text.push_str(&format!("    &r#{name}::VERB,\n"));
    }
    text.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo sets the output folder");
    fs::write(Path::new(&out).join("verbs.rs"), text).expect("the output folder can be written");
}
