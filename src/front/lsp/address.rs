//! Addresses of files, as editors name texts, and the paths they stand for.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The path of a `file://` address; none for a text that is no file on this machine.
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    let path = percent_decoded(path)?;
    // `file:///C:/a`: the slash before a drive is none of the path.
    let drive = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    let is_here = matches!(host, "" | "localhost");
    is_here.then(|| PathBuf::from(if drive { &path[1..] } else { &path }))
}

/// The address of a file.
pub(super) fn uri(path: &Path) -> String {
    let mut out = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        out.push(match byte {
            b'%' => (digit(bytes.next())? * 16 + digit(bytes.next())?) as u8,
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for file in ["/a/b c.rastra", "/ä€😀/#?%.rastra", "/"] {
            assert_eq!(path(&uri(Path::new(file))).as_deref(), Some(Path::new(file)));
        }
        assert_eq!(path("file:///%C3%A4%2fb").as_deref(), Some(Path::new("/ä/b")));
        for other in ["untitled:Untitled-1", "file://server/a", "file:///%zz", "file:///%4", "file:///%ff", "file://"] {
            assert_eq!(path(other), None, "{other}");
        }
    }
}
