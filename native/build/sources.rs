//! Where cargo has put the sources of other crates.

use std::env;
use std::path::{Path, PathBuf};

/// The folder of a package that this crate depends on. Cargo does not tell it, but that of SQLite's crate is told by its headers,
/// and all lie side by side: by name and version in cargo's registry, by name alone where `cargo vendor` put them.
pub fn package(name: &str, version: &str) -> PathBuf {
    let sqlite = told("DEP_SQLITE3_INCLUDE");
    let registry = sqlite.ancestors().nth(2).expect("SQLite's headers lie in a package");
    let found = find(registry, name, version);
    found.unwrap_or_else(|| panic!("no sources of {name} {version} in {}", registry.display()))
}

fn find(registry: &Path, name: &str, version: &str) -> Option<PathBuf> {
    let exact = format!("{name}-{version}");
    // What follows a plus sign says which version of the library is inside.
    let is_it = |folder: &str| {
        folder.strip_prefix(&exact).is_some_and(|rest| rest.is_empty() || rest.starts_with('+')) || folder == name
    };
    let mut found: Vec<PathBuf> = registry
        .read_dir()
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().and_then(|n| n.to_str()).is_some_and(is_it))
        .collect();
    found.sort();
    found.pop()
}

/// A path that the build script of a crate below told cargo.
pub fn told(name: &str) -> PathBuf {
    println!("cargo:rerun-if-env-changed={name}");
    env::var_os(name)
        .map(PathBuf::from)
        .unwrap_or_else(|| panic!("{name} is not set: which crate says it is in Cargo.toml"))
}
