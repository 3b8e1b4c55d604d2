//! `rastra kernel install` and `uninstall`: registers this program with Jupyter, or removes it.

use super::lab;
use rastra_kernel::spec::{self, InstallScope, Spec};
use std::env;
use std::path::{Path, PathBuf};

/// The names and options of the kernel to install.
pub(super) struct Install<'a> {
    pub name: &'a str,
    pub display_name: &'a str,
    pub force: bool,
    pub with_lab_extension: bool,
}

const LANGUAGE: &str = "rastra";

/// The logos, which are our own work.
const LOGOS: [(&str, &[u8]); 3] = [
    ("logo-32x32.png", include_bytes!("assets/logo-32x32.png")),
    ("logo-64x64.png", include_bytes!("assets/logo-64x64.png")),
    ("logo-svg.svg", include_bytes!("assets/logo-svg.svg")),
];

/// Installs the kernel and prints where. Returns the exit code.
pub(super) fn install(place: &InstallScope, install: &Install) -> u8 {
    let program = match program() {
        Ok(path) => path.to_string_lossy().into_owned(),
        Err(error) => {
            eprintln!("error: this program cannot be found: {error}");
            return crate::front::FAILED;
        }
    };
    let spec = Spec {
        name: install.name.into(),
        display_name: install.display_name.into(),
        language: LANGUAGE.into(),
        argv: [&program, "kernel", "serve", "{connection_file}"].map(String::from).to_vec(),
        assets: LOGOS.to_vec(),
        extension: install.with_lab_extension.then(lab::extension),
    };
    report(spec::install(&spec, place, install.force), "installed")
}

pub(super) fn uninstall(place: &InstallScope, name: &str) -> u8 {
    report(spec::uninstall(name, place, LANGUAGE), "removed")
}

fn report(result: Result<Vec<PathBuf>, String>, what: &str) -> u8 {
    match result {
        Ok(folders) => {
            folders.iter().for_each(|folder| println!("{what} {}", folder.display()));
            crate::front::OK
        }
        Err(error) => {
            eprintln!("error: {error}");
            crate::front::FAILED
        }
    }
}

/// The path by which the program was called. The system reports the target of a link, such as the folder of one
/// version, which an update would remove.
fn program() -> std::io::Result<PathBuf> {
    if let Some(named) = crate::program::named() {
        return Ok(named);
    }
    let real = env::current_exe()?;
    let is_this = |path: &PathBuf| path.canonicalize().ok() == real.canonicalize().ok();
    Ok(program_argument().filter(is_this).unwrap_or(real))
}

fn program_argument() -> Option<PathBuf> {
    let name = PathBuf::from(env::args_os().next()?);
    if name.parent().is_some_and(|folder| folder != Path::new("")) {
        return std::path::absolute(name).ok();
    }
    let folders = env::var_os("PATH")?;
    let found = env::split_paths(&folders).map(|folder| folder.join(&name)).find(|path| path.is_file())?;
    std::path::absolute(found).ok()
}
