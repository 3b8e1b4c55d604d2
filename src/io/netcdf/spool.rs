//! Files without names beside a target, for what cannot have its place yet.

use crate::diagnostic::Cause;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes kept for a while.
struct Scratch {
    file: File,
    end: u64,
}

/// Where bytes are kept.
type Kept = (u64, usize);

impl Scratch {
    /// The file has a name only while it is made, so that nothing is left of it.
    fn new(path: &Path) -> io::Result<Scratch> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        std::fs::remove_file(path)?;
        Ok(Scratch { file, end: 0 })
    }

    fn keep(&mut self, bytes: &[u8]) -> io::Result<Kept> {
        self.file.write_all_at(bytes, self.end)?;
        let kept = (self.end, bytes.len());
        self.end += bytes.len() as u64;
        Ok(kept)
    }

    fn read(&self, (offset, len): Kept) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// Gives everything up.
    fn clear(&mut self) -> io::Result<()> {
        if self.end > 0 {
            self.end = 0;
            self.file.set_len(0)?;
        }
        Ok(())
    }
}

/// Chunks brought into the order of their numbers, whatever order they come in: what is written does not tell by how many
/// threads.
pub(super) struct Spool {
    scratch: Scratch,
    next: usize,
    waiting: BTreeMap<usize, Kept>,
}

impl Spool {
    pub(super) fn new(path: &Path) -> io::Result<Spool> {
        Ok(Spool { scratch: Scratch::new(path)?, next: 0, waiting: BTreeMap::new() })
    }

    /// Hands a chunk on, and those that waited for it; or has it wait for others.
    pub(super) fn take(
        &mut self,
        number: usize,
        bytes: Vec<u8>,
        mut put: impl FnMut(usize, &[u8]) -> Result<(), Cause>,
    ) -> Result<(), Cause> {
        if number != self.next {
            self.waiting.insert(number, self.scratch.keep(&bytes)?);
            return Ok(());
        }
        put(number, &bytes)?;
        drop(bytes);
        self.next += 1;
        while let Some(kept) = self.waiting.remove(&self.next) {
            put(self.next, &self.scratch.read(kept)?)?;
            self.next += 1;
        }
        if self.waiting.is_empty() {
            self.scratch.clear()?;
        }
        Ok(())
    }

    /// How many chunks were handed on, all of those before the first that never came.
    pub(super) fn count(&self) -> usize {
        self.next
    }
}

/// Chunks that come in parts: until the last one is there the others are kept.
pub(super) struct Parts<P> {
    scratch: Scratch,
    begun: BTreeMap<usize, Vec<(P, Kept)>>,
}

impl<P> Parts<P> {
    pub(super) fn new(path: &Path) -> io::Result<Parts<P>> {
        Ok(Parts { scratch: Scratch::new(path)?, begun: BTreeMap::new() })
    }

    /// Adds a part to a chunk that has so many bytes in all; answers with the parts once it is whole.
    pub(super) fn add(
        &mut self,
        number: usize,
        place: P,
        bytes: &[u8],
        all: usize,
    ) -> io::Result<Option<Vec<(P, Vec<u8>)>>> {
        let kept = self.scratch.keep(bytes)?;
        let parts = self.begun.entry(number).or_default();
        parts.push((place, kept));
        if parts.iter().map(|(_, (_, len))| len).sum::<usize>() < all {
            return Ok(None);
        }
        let parts = self.begun.remove(&number).unwrap_or_default();
        let whole =
            parts.into_iter().map(|(place, kept)| Ok((place, self.scratch.read(kept)?))).collect::<io::Result<_>>()?;
        if self.begun.is_empty() {
            self.scratch.clear()?;
        }
        Ok(Some(whole))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn chunks_come_out_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(&folder.path().join("spool")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it has no name");
        let mut seen = Vec::new();
        for number in [2, 0, 4, 3, 1, 5] {
            let bytes = vec![number as u8; number + 1];
            let put = |number: usize, bytes: &[u8]| {
                assert_eq!(bytes, vec![number as u8; number + 1]);
                seen.push(number);
                Ok(())
            };
            spool.take(number, bytes, put).unwrap();
        }
        assert_eq!((seen, spool.count()), ((0..6).collect(), 6));
        assert_eq!((spool.scratch.end, spool.scratch.file.metadata().unwrap().len()), (0, 0), "nothing is kept longer");
    }

    #[test]
    fn parts_become_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut parts = Parts::new(&folder.path().join("parts")).unwrap();
        assert_eq!(parts.add(7, 'a', &[1, 2], 5).unwrap(), None);
        assert_eq!(parts.add(8, 'x', &[9], 2).unwrap(), None);
        let whole = parts.add(7, 'b', &[3, 4, 5], 5).unwrap();
        assert_eq!(whole, Some(vec![('a', vec![1, 2]), ('b', vec![3, 4, 5])]));
        assert!(parts.add(8, 'y', &[8], 2).unwrap().is_some());
        assert_eq!(parts.scratch.end, 0);
    }
}
