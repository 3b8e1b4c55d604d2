//! What every format must answer to be read.

use crate::cube::{Band, Chunk, Region, Schema};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::plan::{Payload, SourceSpec};
use crate::signature::Signature;
use crate::table::KnownTable;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Files a thread keeps open from task to task, at most. Many small files are read in turn by every task, and opening one
/// costs about as much as decoding 256 x 256 of its pixels.
pub(crate) const FILES_KEPT: usize = 128;

/// A format that can be read.
pub(crate) struct SourceFormat {
    /// As plans name it.
    pub name: &'static str,
    /// The extensions of the files that it reads where a path stands for a cube; all others are left to `files`.
    pub extensions: &'static [&'static str],
    /// The stage that loads it; nothing where another stage finds it.
    pub stage: Option<&'static Signature>,
    /// From the options of the stage to an opened source: expands patterns, reads headers, sorts by time, settles the
    /// grid. Many files or a server take their time: it ends when `cancel` is set.
    pub discover: fn(options: &Payload, cancel: &AtomicBool) -> Result<Arc<dyn Source>>,
    /// From [`Source::spec`] back to a source, without looking around again.
    pub open: fn(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>>,
    /// What the stage can be asked for by name in a local file, with a line on each, for completion.
    pub contents: fn(path: &str) -> Result<Vec<(String, String)>>,
}

/// [`SourceFormat::contents`] of formats that name nothing inside of files.
pub(crate) fn no_contents(_: &str) -> Result<Vec<(String, String)>> {
    Ok(Vec::new())
}

/// A source of tables whose rows are known once it is read: catalogs, not pixels.
pub(crate) struct TableSourceFormat {
    pub name: &'static str,
    /// The stage that reads it.
    pub stage: &'static Signature,
    /// Reads the whole table. A server takes its time: it ends when `cancel` is set.
    pub read: fn(options: &Payload, cancel: &AtomicBool) -> Result<KnownTable>,
}

/// Steps, rows and columns that are decoded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tile {
    pub time: usize,
    pub y: usize,
    pub x: usize,
}

impl Tile {
    /// Bytes of the pixels of the widest of these bands.
    pub(crate) fn bytes(self, bands: &[Band]) -> u64 {
        let widest = bands.iter().map(|band| band.dtype.bytes()).max().unwrap_or(0);
        (self.time * self.y * self.x * widest) as u64
    }
}

/// How far a region is asked for, before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// All of it is held, or under way, or nothing of it can be asked for ahead.
    All,
    /// Something must arrive first that says where the rest lies, and is under way.
    Later,
    /// There is no room for it now.
    NoRoom,
}

impl Want {
    /// Of several that are asked for in turn; nothing is asked for behind one that found no room.
    pub(crate) fn all(each: impl IntoIterator<Item = Want>) -> Want {
        let mut answer = Want::All;
        for one in each {
            match one {
                Want::All => {}
                Want::Later => answer = Want::Later,
                Want::NoRoom => return Want::NoRoom,
            }
        }
        answer
    }
}

/// Something that has steps, bands and a grid and can be read by region, from many threads.
///
/// **Promises of an implementation:** steps are sorted by time; rows run from north to south and columns from west to
/// east unless the grid is rotated; declared scale and offset are applied and everything the file calls missing (nodata,
/// mask band, alpha, fill values, absent chunks) equals the band's nodata (or is NaN); handles are opened when first
/// needed and never cross a thread.
pub(crate) trait Source: Send + Sync {
    /// Data from which [`SourceFormat::open`] makes this source again.
    fn spec(&self) -> SourceSpec;

    fn schema(&self) -> &Arc<Schema>;

    fn natural_tile(&self) -> Tile;

    /// The first row and column at which a tile begins.
    fn origin(&self) -> (usize, usize) {
        (0, 0)
    }

    /// Bytes that each thread holds beside the pixels that it reads: of what is decoded in one piece, however little of
    /// it is wanted.
    fn decoder_bytes(&self) -> u64 {
        0
    }

    /// How many files it is read from, where that can be said.
    fn inputs(&self) -> Option<usize> {
        None
    }

    /// What the first file says of itself beside what the schema holds, for people: attributes of the whole, and of bands
    /// as `band.attribute`. Nothing where reading them fails; not asked of sources that are far.
    fn attributes(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Whether a visit to a file waits for a server.
    fn is_far(&self) -> bool {
        false
    }

    /// Asks for the bytes that a region will need, without waiting for any; to be called again where it is to be later.
    fn want(&self, _: &Region) -> Want {
        Want::All
    }

    /// The pixels of a region: one `Pixels` for each of `region.bands`, in their order, of the band's dtype.
    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk>;
}

/// An input that `on_error skip` passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkippedInput {
    /// A file or an address.
    pub input: String,
    /// The step it was to be part of.
    pub step: String,
    /// What was wrong with it.
    pub why: String,
}

/// What reading shares with the run it belongs to.
#[derive(Debug, Default)]
pub(crate) struct ReadCx {
    pub cancel: Arc<AtomicBool>,
    /// Decoded bytes handed out so far, for progress.
    pub bytes_read: AtomicU64,
    skipped: Mutex<Vec<SkippedInput>>,
    noticed: Mutex<BTreeSet<String>>,
}

/// # Errors
/// `E0401` once whoever runs the program wants it to stop.
pub(crate) fn go_on(cancel: &AtomicBool) -> Result<()> {
    match cancel.load(Ordering::Relaxed) {
        true => Err(Diagnostic::new(codes::INTERRUPTED, "interrupted")),
        false => Ok(()),
    }
}

impl ReadCx {
    pub(crate) fn new(cancel: Arc<AtomicBool>) -> ReadCx {
        ReadCx { cancel, ..ReadCx::default() }
    }

    pub(crate) fn is_canceled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// # Errors
    /// `E0401` once whoever runs the program wants it to stop.
    pub(crate) fn go_on(&self) -> Result<()> {
        go_on(&self.cancel)
    }

    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Records a failed input, once; its pixels are to be left missing.
    pub(crate) fn skip(&self, input: &str, step: &str, why: &Diagnostic) {
        let why = without_name(&why.below().text, input).to_string();
        self.add_skipped(SkippedInput { input: input.into(), step: step.into(), why });
    }

    /// Records, once, an input that was skipped, here or by another process of the run.
    pub(crate) fn add_skipped(&self, input: SkippedInput) {
        let mut skipped = self.skipped.lock().unwrap_or_else(|e| e.into_inner());
        if !skipped.iter().any(|s| s.input == input.input) {
            skipped.push(input);
        }
    }

    /// Records, once, what a file that is opened only now says otherwise than the first.
    pub(crate) fn notice(&self, note: String) {
        self.noticed.lock().unwrap_or_else(|e| e.into_inner()).insert(note);
    }

    pub(crate) fn noticed(&self) -> Vec<String> {
        self.noticed.lock().unwrap_or_else(|e| e.into_inner()).iter().cloned().collect()
    }

    pub(crate) fn skipped(&self) -> Vec<SkippedInput> {
        self.skipped.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }
}

/// A failure below, as the user is told of it: what could not be read, and the way out that every `load` has.
pub(crate) fn read_failed(what: &str, below: &Diagnostic) -> Box<Diagnostic> {
    let mut told = Diagnostic::new(codes::READ_FAILED, format!("{what} cannot be read")).cause(below.below());
    told.help.clone_from(&below.help);
    told.help("add `on_error skip` to the `load` to leave its pixels missing and go on")
}

/// A file that a library does not take for one of its format, if it is one that the system opens.
pub(crate) fn unopened(path: &str, message: String, cause: impl Into<Cause>) -> Box<Diagnostic> {
    let is_there = path.starts_with("/vsi") || std::fs::File::open(path).is_ok();
    Diagnostic::new(if is_there { codes::WRONG_FORMAT } else { codes::UNREADABLE }, message).cause(cause)
}

/// What a stored plan says of a source is not what the source once said.
pub(crate) fn unusable(e: serde_json::Error) -> Box<Diagnostic> {
    Diagnostic::new(codes::DAMAGED, "the description of a source is damaged").cause(e)
}

/// What is wrong with an input, without the name that libraries put before it.
fn without_name<'a>(why: &'a str, input: &str) -> &'a str {
    let bare = why.trim_start_matches(['`', '\'', '"']);
    let Some(at) = bare.find(input).filter(|&at| !bare[..at].contains(char::is_whitespace)) else { return why };
    let rest = bare[at + input.len()..].trim_start_matches(['`', '\'', '"', ':', ',', ' ']);
    if rest.is_empty() { why } else { rest.trim_end_matches('.') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_do_not_repeat_the_name() {
        for (why, expected) in [
            ("`/d/a.tif' not recognized as a supported file format.", "not recognized as a supported file format"),
            ("`a.tif` lies on another grid than `b.tif`", "lies on another grid than `b.tif`"),
            ("/d/a.tif: No such file or directory", "No such file or directory"),
            ("block 3 of a.tif is damaged", "block 3 of a.tif is damaged"),
            ("a.tif", "a.tif"),
        ] {
            assert_eq!(without_name(why, "a.tif"), expected);
        }
    }
}
