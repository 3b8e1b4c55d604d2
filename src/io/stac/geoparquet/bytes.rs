//! Bytes of a Parquet file, on disk or on a server: what is needed is taken at once, then read from memory.

use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::gdal::object;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use std::io::Cursor;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use zarrs::storage::Bytes;

/// The end of a file says where its parts lie; of most files it is no longer than this.
const TAIL: u64 = 64 << 10;

/// Where bytes were not foreseen, at least so many are read.
const LEAST: u64 = 16 << 10;

/// A file, and the parts of it that are held.
pub(super) struct Held {
    name: String,
    size: u64,
    /// By where they begin.
    parts: Mutex<Vec<(u64, Bytes)>>,
    /// What failed below the library, which carries only words.
    failure: Mutex<Option<Box<Diagnostic>>>,
}

impl Held {
    /// `name` is one that GDAL opens.
    pub(super) fn open(name: &str, shown: &str) -> Result<Held> {
        let absent = || Diagnostic::new(codes::NOT_FOUND, format!("`{shown}` does not exist"));
        let size = object::size(name)?.ok_or_else(absent)?;
        let held = Held { name: name.into(), size, parts: Mutex::default(), failure: Mutex::default() };
        let tail = size.saturating_sub(TAIL)..size;
        held.take(std::slice::from_ref(&tail))?;
        Ok(held)
    }

    /// Reads these parts, and lets go of others.
    pub(super) fn take(&self, ranges: &[Range<u64>]) -> Result<()> {
        let ranges = joined(ranges, self.size);
        lock(&self.parts).clear();
        let read = object::parts(&self.name, &ranges)?.unwrap_or_default();
        *lock(&self.parts) = ranges.iter().map(|range| range.start).zip(read.into_iter().map(Bytes::from)).collect();
        Ok(())
    }

    /// Asks for parts that will be taken.
    pub(super) fn want(&self, ranges: &[Range<u64>]) {
        for range in joined(ranges, self.size) {
            object::want_part(&self.name, range);
        }
    }

    /// What failed since this was last asked.
    pub(super) fn failure(&self) -> Option<Box<Diagnostic>> {
        lock(&self.failure).take()
    }

    /// From there on at least so many bytes, if the file has them.
    fn at(&self, start: u64, least: u64) -> Result<Bytes, ParquetError> {
        let holds = |(from, bytes): &&(u64, Bytes)| *from <= start && start + least <= from + bytes.len() as u64;
        if let Some((from, bytes)) = lock(&self.parts).iter().find(holds) {
            return Ok(bytes.slice((start - from) as usize..));
        }
        if start.checked_add(least).is_none_or(|end| end > self.size) {
            return Err(ParquetError::EOF(format!("there is no byte {start} and {least} more of {}", self.size)));
        }
        let range = start..(start + least.max(LEAST)).min(self.size);
        match object::parts(&self.name, std::slice::from_ref(&range)) {
            Ok(read) => {
                let bytes = Bytes::from(read.and_then(|mut read| read.pop()).unwrap_or_default());
                lock(&self.parts).push((start, bytes.clone()));
                Ok(bytes)
            }
            Err(failure) => {
                let said = ParquetError::General(failure.message.clone());
                lock(&self.failure).get_or_insert(failure);
                Err(said)
            }
        }
    }
}

/// Ranges within the file that touch one another as one; columns of a group follow one another.
fn joined(ranges: &[Range<u64>], size: u64) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = ranges.iter().map(|range| range.start.min(size)..range.end.min(size)).collect();
    sorted.sort_unstable_by_key(|range| range.start);
    let mut out: Vec<Range<u64>> = Vec::new();
    for range in sorted.into_iter().filter(|range| !range.is_empty()) {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(|e| e.into_inner())
}

/// The library wants the file for itself; it is shared with it.
pub(super) struct Shared(pub Arc<Held>);

impl Length for Shared {
    fn len(&self) -> u64 {
        self.0.size
    }
}

impl ChunkReader for Shared {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.0.at(start, 1).map(Cursor::new)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        Ok(self.0.at(start, length as u64)?.slice(..length))
    }
}
