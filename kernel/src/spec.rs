//! The kernelspec, by which Jupyter finds a kernel and starts it.

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The kernelspec to install.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The name of the folder: lower case letters, digits, `-`, `.` and `_`.
    pub name: String,
    pub display_name: String,
    pub language: String,
    /// The program and its arguments; `{connection_file}` stands for the file.
    pub argv: Vec<String>,
    /// Files beside `kernel.json`, such as `logo-64x64.png`.
    pub assets: Vec<(&'static str, &'static [u8])>,
    /// An extension of JupyterLab, which all kernels of the language share.
    pub extension: Option<Extension>,
}

/// A prebuilt ("federated") extension of JupyterLab.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The name in its `package.json` and of its folder.
    pub name: &'static str,
    /// Paths below its folder, with the content of the files.
    pub files: Vec<(&'static str, String)>,
}

/// The key in `kernel.json` that names the extension that was installed with it.
const EXTENSION: &str = "lab_extension";

/// Where to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallScope {
    /// For this user.
    User,
    /// In the Python environment that is active.
    Environment,
    /// Below this folder, in `share/jupyter/kernels`.
    Prefix(PathBuf),
}

impl InstallScope {
    /// Jupyter's data folder of this scope, which has the folders `kernels` and `labextensions`.
    ///
    /// # Errors
    /// A message if there is no home folder or no environment.
    pub fn folder(&self) -> Result<PathBuf, String> {
        let below = |prefix: &Path| prefix.join("share/jupyter");
        match self {
            InstallScope::Prefix(prefix) => Ok(below(prefix)),
            InstallScope::Environment => {
                let prefix = ["VIRTUAL_ENV", "CONDA_PREFIX"].iter().find_map(std::env::var_os);
                let none = "no Python environment is active: neither VIRTUAL_ENV nor CONDA_PREFIX is set";
                prefix.map(|p| below(Path::new(&p))).ok_or_else(|| none.into())
            }
            InstallScope::User => {
                if let Some(folder) = std::env::var_os("JUPYTER_DATA_DIR").filter(|v| !v.is_empty()) {
                    return Ok(PathBuf::from(folder));
                }
                let home = std::env::var_os("HOME").ok_or("there is no home folder: HOME is not set")?;
                let home = Path::new(&home);
                if cfg!(target_os = "macos") {
                    return Ok(home.join("Library/Jupyter"));
                }
                let data = std::env::var_os("XDG_DATA_HOME").filter(|v| !v.is_empty());
                Ok(data.map_or_else(|| home.join(".local/share"), PathBuf::from).join("jupyter"))
            }
        }
    }

    fn kernels(&self) -> Result<PathBuf, String> {
        Ok(self.folder()?.join("kernels"))
    }
}

/// Writes the kernelspec, and the extension if there is one; returns the folders.
///
/// # Errors
/// A message if the name is not allowed, exists already (without `force`) or belongs to another language's kernel, or
/// if the folder cannot be written.
pub fn install(spec: &Spec, place: &InstallScope, force: bool) -> Result<Vec<PathBuf>, String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
    if spec.name.is_empty() || spec.name.starts_with('.') || !spec.name.chars().all(good) {
        return Err(format!("`{}` is no name of a kernel: lower case letters, digits, `-`, `.` and `_`", spec.name));
    }
    let folder = place.kernels()?.join(&spec.name);
    if folder.exists() {
        check_owner(&folder, &spec.language)?;
        if !force {
            return Err(format!("{} is there already; `--force` replaces it", folder.display()));
        }
        remove(&spec.name, place, &spec.language)?;
    }
    let mut metadata = json!({ "debugger": false });
    if let Some(extension) = &spec.extension {
        metadata[EXTENSION] = extension.name.into();
    }
    let file = json!({
        "argv": spec.argv,
        "display_name": spec.display_name,
        "language": spec.language,
        "interrupt_mode": "message",
        "metadata": metadata,
    });
    let text = serde_json::to_string_pretty(&file).unwrap_or_default() + "\n";
    for (name, bytes) in &spec.assets {
        write(&folder.join(name), bytes)?;
    }
    // This file comes last, because it makes the folder a kernel.
    write(&folder.join("kernel.json"), text.as_bytes())?;
    let mut folders = vec![folder];
    if let Some(extension) = &spec.extension {
        let folder = place.folder()?.join("labextensions").join(extension.name);
        for (path, text) in &extension.files {
            write(&folder.join(path), text.as_bytes())?;
        }
        folders.push(folder);
    }
    Ok(folders)
}

/// The kernels of a language that Jupyter finds: their folders, and what each starts.
pub fn installed(language: &str) -> Vec<(PathBuf, Vec<String>)> {
    let named = std::env::var_os("JUPYTER_PATH").unwrap_or_default();
    let scopes = [InstallScope::User, InstallScope::Environment].into_iter().filter_map(|scope| scope.folder().ok());
    let system = ["/usr/local/share/jupyter", "/usr/share/jupyter"].map(PathBuf::from);
    let folders = std::env::split_paths(&named).chain(scopes).chain(system).filter(|folder| folder.is_absolute());
    let kernels = folders.flat_map(|folder| fs::read_dir(folder.join("kernels")).into_iter().flatten().flatten());
    let of = |folder: PathBuf| {
        let spec = kernel_json(&folder);
        let argv = spec["argv"].as_array().into_iter().flatten().filter_map(|word| word.as_str().map(String::from));
        (spec["language"] == language).then(|| (folder, argv.collect()))
    };
    let mut found: Vec<(PathBuf, Vec<String>)> = kernels.filter_map(|entry| of(entry.path())).collect();
    found.sort();
    found.dedup();
    found
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(failed)?;
    fs::write(path, bytes).map_err(failed)
}

/// Removes what [`install`] wrote and returns the folders that went.
///
/// # Errors
/// A message if there is no such kernel, it belongs to another language, or it cannot be removed.
pub fn uninstall(name: &str, place: &InstallScope, language: &str) -> Result<Vec<PathBuf>, String> {
    let folder = place.kernels()?.join(name);
    if name.is_empty() || name.contains(['/', '\\']) || !folder.join("kernel.json").is_file() {
        return Err(format!("there is no kernel `{name}` in {}", place.kernels()?.display()));
    }
    check_owner(&folder, language)?;
    remove(name, place, language)
}

fn remove(name: &str, place: &InstallScope, language: &str) -> Result<Vec<PathBuf>, String> {
    let gone = |folder: &Path| fs::remove_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()));
    let folder = place.kernels()?.join(name);
    let extension = kernel_json(&folder)["metadata"][EXTENSION].as_str().map(String::from);
    gone(&folder)?;
    let mut folders = vec![folder];
    // The extension stays if another kernel of the language uses it, too.
    let others = fs::read_dir(place.kernels()?).into_iter().flatten().flatten();
    let shared = others
        .map(|entry| kernel_json(&entry.path()))
        .any(|other| other["language"] == language && extension.as_deref() == other["metadata"][EXTENSION].as_str());
    let plain = |name: &String| !shared && !name.contains(['/', '\\', '.']);
    if let Some(extension) = extension.filter(plain) {
        let folder = place.folder()?.join("labextensions").join(extension);
        if folder.is_dir() {
            gone(&folder)?;
            folders.push(folder);
        }
    }
    Ok(folders)
}

/// The content of the `kernel.json` of a folder; null if there is none.
fn kernel_json(folder: &Path) -> Value {
    let text = fs::read(folder.join("kernel.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Whether a kernel that is there may be replaced or removed.
fn check_owner(folder: &Path, language: &str) -> Result<(), String> {
    match kernel_json(folder)["language"].as_str() {
        Some(other) if other != language => {
            Err(format!("{} is a kernel for {other}, which is left alone; choose another `--name`", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str) -> Spec {
        Spec {
            name: name.into(),
            display_name: "Echo".into(),
            language: "echo".into(),
            argv: vec!["/bin/echo".into(), "{connection_file}".into()],
            assets: vec![("logo-64x64.png", b"png")],
            extension: None,
        }
    }

    #[test]
    fn comes_and_goes() {
        let prefix = tempfile::tempdir().unwrap();
        let place = InstallScope::Prefix(prefix.path().into());
        let folder = &install(&spec("echo"), &place, false).unwrap()[0];
        assert!(folder.ends_with("share/jupyter/kernels/echo"));
        assert_eq!(kernel_json(folder)["interrupt_mode"], "message");
        assert!(folder.join("logo-64x64.png").is_file());
        assert!(install(&spec("echo"), &place, false).unwrap_err().contains("--force"));
        install(&spec("echo"), &place, true).unwrap();
        for name in ["A b", "..", ""] {
            assert!(install(&spec(name), &place, false).is_err(), "{name}");
        }
        // A kernel of another language must stay.
        assert!(install(&Spec { language: "other".into(), ..spec("echo") }, &place, true).is_err());
        assert!(uninstall("echo", &place, "other").unwrap_err().contains("left alone"));
        uninstall("echo", &place, "echo").unwrap();
        assert!(uninstall("echo", &place, "echo").is_err());
        assert!(uninstall("../kernels", &place, "echo").is_err());
    }

    #[test]
    fn an_extension_goes_with_the_last_kernel_that_has_it() {
        let prefix = tempfile::tempdir().unwrap();
        let place = InstallScope::Prefix(prefix.path().into());
        let extension = Extension { name: "echo-colors", files: vec![("static/a.js", "1".into())] };
        let with = |name| Spec { extension: Some(extension.clone()), ..spec(name) };
        let folders = install(&with("one"), &place, false).unwrap();
        assert!(folders[1].join("static/a.js").is_file());
        install(&with("two"), &place, false).unwrap();
        install(&spec("three"), &place, false).unwrap();
        assert_eq!(uninstall("one", &place, "echo").unwrap().len(), 1);
        assert_eq!(uninstall("two", &place, "echo").unwrap().len(), 2);
        assert!(!folders[1].exists());
    }
}
