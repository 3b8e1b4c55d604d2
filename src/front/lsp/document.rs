//! A text that is open in the editor: its letters, its version, and where its paths begin.

use super::address;
use super::lines::Lines;
use super::protocol::{Change, Position};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open text. Threads that answer hold it as it was when they were asked.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub uri: Arc<str>,
    pub version: i64,
    pub text: Arc<str>,
    /// Its name in diagnostics, from which imports find their files.
    pub name: Arc<str>,
    /// Folders in which relative paths may begin, best first.
    pub bases: Arc<[PathBuf]>,
}

impl Document {
    /// A text as it was opened, where the editor works in `folders`.
    pub(super) fn opened(uri: String, version: i64, text: String, folders: &[PathBuf]) -> Document {
        let path = address::path(&uri);
        let name = path.as_deref().map_or_else(|| uri.clone(), |path| path.to_string_lossy().into_owned());
        Document {
            bases: bases(path.as_deref(), folders).into(),
            uri: uri.into(),
            version,
            text: text.into(),
            name: name.into(),
        }
    }

    /// Takes over what was typed, change by change.
    pub(super) fn change(&mut self, version: Option<i64>, changes: &[Change]) {
        let mut text = self.text.to_string();
        for change in changes {
            match change.range {
                None => text.clone_from(&change.text),
                Some(range) => {
                    let bytes = Lines::of(&text).bytes(range);
                    text.replace_range(bytes, &change.text);
                }
            }
        }
        self.text = text.into();
        self.version = version.unwrap_or(self.version + 1);
    }

    pub(super) fn lines(&self) -> Lines<'_> {
        Lines::of(&self.text)
    }

    /// The byte of a position, on the edge of a letter.
    pub(super) fn byte(&self, position: Position) -> usize {
        self.lines().byte(position)
    }
}

/// The folder of the program, and then those the editor works in, from which a terminal would run it: paths begin where
/// a program is run, which an editor cannot know.
fn bases(path: Option<&Path>, folders: &[PathBuf]) -> Vec<PathBuf> {
    let own = path.and_then(Path::parent);
    let mut around: Vec<&PathBuf> =
        folders.iter().filter(|folder| own.is_none_or(|own| own.starts_with(folder))).collect();
    around.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    let mut all: Vec<PathBuf> = own.map(Path::to_path_buf).into_iter().chain(around.into_iter().cloned()).collect();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::super::protocol::Range;
    use super::*;

    fn document(uri: &str, text: &str, folders: &[&str]) -> Document {
        let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
        Document::opened(uri.into(), 1, text.into(), &folders)
    }

    #[test]
    fn changes_come_one_after_another() {
        let at = |line, character| Position { line, character };
        let mut own = document("untitled:1", "ä😀b\nc", &[]);
        let change = |start, end, text: &str| Change { range: Some(Range { start, end }), text: text.into() };
        own.change(
            Some(2),
            &[change(at(0, 1), at(0, 3), "x\ny"), change(at(1, 0), at(1, 1), "z"), change(at(9, 9), at(9, 9), "!")],
        );
        assert_eq!((&*own.text, own.version), ("äx\nzb\nc!", 2));
        own.change(None, &[Change { range: None, text: "all".into() }]);
        assert_eq!((&*own.text, own.version), ("all", 3));
    }

    #[test]
    fn paths_begin_beside_the_program_or_where_the_editor_is() {
        let of = |uri, folders: &[&str]| -> Vec<String> {
            document(uri, "", folders).bases.iter().map(|base| base.to_string_lossy().into_owned()).collect()
        };
        assert_eq!(of("file:///a/b/c.rastra", &["/a", "/d", "/a/b"]), ["/a/b", "/a"]);
        assert_eq!(of("file:///a/c.rastra", &[]), ["/a"]);
        assert_eq!(of("untitled:1", &["/d"]), ["/d"]);
    }
}
