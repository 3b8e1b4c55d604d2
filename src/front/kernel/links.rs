//! Addresses of files for links in a notebook. They are relative to its folder, because the front end's root is not
//! known.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// The folder of the notebook, which Jupyter names in the environment, or else the one in which the kernel was started.
pub(super) fn home() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let notebook = std::env::var_os("JPY_SESSION_NAME").map(PathBuf::from).filter(|path| path.is_absolute());
    notebook.and_then(|path| path.parent().map(Path::to_path_buf)).filter(|folder| folder.is_dir()).unwrap_or(here)
}

/// The path from `home` to a file as an address; none between drives or to a file on a server.
pub(super) fn address(file: &Path, home: &Path) -> Option<String> {
    if file.to_string_lossy().contains("://") {
        return None;
    }
    let file = plain(&std::env::current_dir().ok()?.join(file));
    let home = plain(home);
    let same = file.iter().zip(&home).take_while(|(a, b)| a == b).count();
    // The two paths have not even the root in common.
    if same == 0 {
        return None;
    }
    let up = std::iter::repeat_n("..".to_string(), home.iter().count() - same);
    let down = file.iter().skip(same).map(|part| escaped(&part.to_string_lossy()));
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// The path without `.` and `..`. Links are not followed, because front ends do not follow them either.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            part => out.push(part),
        }
    }
    out
}

/// Escapes the characters that have another meaning in an address, as `%` and two digits.
fn escaped(part: &str) -> String {
    let mut out = String::new();
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'=' | b'+' | b',' | b'@' => {
                out.push(byte as char);
            }
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let here = std::env::current_dir().expect("a folder");
        let of = |file: &str, home: &Path| address(Path::new(file), home);
        assert_eq!(of("out/a b#1.tif", &here).as_deref(), Some("out/a%20b%231.tif"));
        assert_eq!(of("./out/../a.tif", &here).as_deref(), Some("a.tif"));
        assert_eq!(of("a.tif", &here.join("notebooks/rain")).as_deref(), Some("../../a.tif"));
        let absolute = here.join("out/a.tif");
        assert_eq!(of(&absolute.to_string_lossy(), &here.join("out")).as_deref(), Some("a.tif"));
        assert_eq!(of("s3://bucket/a.zarr", &here), None);
    }
}
