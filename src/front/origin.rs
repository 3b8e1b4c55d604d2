//! Where a program comes from, and its text.

use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::find::neighbor;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where a program comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    File(PathBuf),
    Stdin,
    /// Given on the command line.
    Text(String),
}

impl Origin {
    /// A file, or standard input for `-`.
    pub(crate) fn of(path: &Path) -> Origin {
        if path == Path::new("-") { Origin::Stdin } else { Origin::File(path.into()) }
    }

    /// Its name in diagnostics.
    pub(crate) fn name(&self) -> String {
        match self {
            Origin::File(path) => path.to_string_lossy().into_owned(),
            Origin::Stdin => "<stdin>".into(),
            Origin::Text(_) => "<command>".into(),
        }
    }

    /// # Errors
    /// `E0301` if there is no such file, `E0302` if it cannot be read, `E0004` if it is not UTF-8.
    pub(crate) fn read(&self) -> Result<String> {
        let name = self.name();
        let bytes = match self {
            Origin::Text(text) => return Ok(text.clone()),
            Origin::Stdin => {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
            }
            Origin::File(path) if path.is_dir() => {
                return Err(Diagnostic::new(codes::UNREADABLE, format!("`{name}` is a folder"))
                    .help("a program is a file, such as `rastra run ndvi.rastra`"));
            }
            Origin::File(path) => std::fs::read(path),
        };
        let bytes = bytes.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Diagnostic::new(codes::NOT_FOUND, format!("there is no file `{name}`"))
                .help_if(neighbor(Path::new(&name)).map(|near| format!("did you mean `{}`?", near.display()))),
            _ => Diagnostic::new(codes::UNREADABLE, format!("`{name}` cannot be read")).cause(error.to_string()),
        })?;
        String::from_utf8(bytes).map_err(|error| not_utf8(&name, error.as_bytes(), error.utf8_error().valid_up_to()))
    }
}

fn not_utf8(name: &str, bytes: &[u8], at: usize) -> Box<Diagnostic> {
    let line = bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let diagnostic = Diagnostic::new(
        codes::NOT_UTF8,
        format!("`{name}` is not UTF-8: byte {at}, in line {line}, is 0x{:02x}", bytes[at]),
    );
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            diagnostic.help(format!("it looks like UTF-16: `iconv -f UTF-16 -t UTF-8 {name}`"))
        }
        _ if bytes[..bytes.len().min(4096)].contains(&0) => diagnostic.help("it is no text; a program is a text file"),
        _ => diagnostic.help(format!("if it is Latin-1: `iconv -f LATIN1 -t UTF-8 {name}`")),
    }
}
