//! The kernelspec: how Jupyter finds a kernel and starts it.

use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// What is installed.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The name of the folder: lower case letters, digits, `-`, `.` and `_`.
    pub name: String,
    pub display_name: String,
    pub language: String,
    /// The program and its arguments; `{connection_file}` stands for the file.
    pub argv: Vec<String>,
    /// Files beside `kernel.json`: `logo-64x64.png`.
    pub assets: Vec<(&'static str, &'static [u8])>,
}

/// Where to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// For this user.
    User,
    /// In the Python environment that is active.
    Environment,
    /// Below this folder, in `share/jupyter/kernels`.
    Prefix(PathBuf),
}

impl Place {
    /// The folder of all kernelspecs there.
    ///
    /// # Errors
    /// Where there is no home folder or no environment, in words.
    pub fn folder(&self) -> Result<PathBuf, String> {
        let below = |prefix: &Path| prefix.join("share/jupyter/kernels");
        match self {
            Place::Prefix(prefix) => Ok(below(prefix)),
            Place::Environment => {
                let prefix = ["VIRTUAL_ENV", "CONDA_PREFIX"].iter().find_map(std::env::var_os);
                let none = "no Python environment is active: neither VIRTUAL_ENV nor CONDA_PREFIX is set";
                prefix.map(|p| below(Path::new(&p))).ok_or_else(|| none.into())
            }
            Place::User => {
                if let Some(folder) = std::env::var_os("JUPYTER_DATA_DIR").filter(|v| !v.is_empty()) {
                    return Ok(Path::new(&folder).join("kernels"));
                }
                let home = std::env::var_os("HOME").ok_or("there is no home folder: HOME is not set")?;
                let home = Path::new(&home);
                if cfg!(target_os = "macos") {
                    return Ok(home.join("Library/Jupyter/kernels"));
                }
                let data = std::env::var_os("XDG_DATA_HOME").filter(|v| !v.is_empty());
                Ok(data.map_or_else(|| home.join(".local/share"), PathBuf::from).join("jupyter/kernels"))
            }
        }
    }
}

/// Writes the kernelspec and returns its folder.
///
/// # Errors
/// A bad name, one that is there already without `force`, or a folder that cannot be written; in words.
pub fn install(spec: &Spec, place: &Place, force: bool) -> Result<PathBuf, String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
    if spec.name.is_empty() || !spec.name.chars().all(good) {
        return Err(format!("`{}` is no name of a kernel: lower case letters, digits, `-`, `.` and `_`", spec.name));
    }
    let folder = place.folder()?.join(&spec.name);
    if folder.exists() && !force {
        return Err(format!("{} is there already; `--force` replaces it", folder.display()));
    }
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    let file = json!({
        "argv": spec.argv,
        "display_name": spec.display_name,
        "language": spec.language,
        "interrupt_mode": "message",
        "metadata": { "debugger": false },
    });
    let text = serde_json::to_string_pretty(&file).unwrap_or_default() + "\n";
    fs::write(folder.join("kernel.json"), text).map_err(failed)?;
    for (name, bytes) in &spec.assets {
        fs::write(folder.join(name), bytes).map_err(failed)?;
    }
    Ok(folder)
}

/// Removes a kernelspec that [`install`] wrote and returns its folder.
///
/// # Errors
/// If there is none, or it cannot be removed; in words.
pub fn uninstall(name: &str, place: &Place) -> Result<PathBuf, String> {
    let folder = place.folder()?.join(name);
    if name.is_empty() || name.contains(['/', '\\']) || !folder.join("kernel.json").is_file() {
        return Err(format!("there is no kernel `{name}` in {}", place.folder()?.display()));
    }
    fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_and_goes() {
        let prefix = tempfile::tempdir().unwrap();
        let place = Place::Prefix(prefix.path().into());
        let spec = Spec {
            name: "echo".into(),
            display_name: "Echo".into(),
            language: "echo".into(),
            argv: vec!["/bin/echo".into(), "{connection_file}".into()],
            assets: vec![("logo-64x64.png", b"png")],
        };
        let folder = install(&spec, &place, false).unwrap();
        assert!(folder.ends_with("share/jupyter/kernels/echo"));
        let file: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("kernel.json")).unwrap()).unwrap();
        assert_eq!(file["interrupt_mode"], "message");
        assert!(folder.join("logo-64x64.png").is_file());
        assert!(install(&spec, &place, false).unwrap_err().contains("--force"));
        install(&spec, &place, true).unwrap();
        assert!(install(&Spec { name: "A b".into(), ..spec }, &place, false).is_err());
        uninstall("echo", &place).unwrap();
        assert!(uninstall("echo", &place).is_err());
        assert!(uninstall("../kernels", &place).is_err());
    }
}
