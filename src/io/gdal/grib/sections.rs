//! The sections of GRIB files that define grids, field by field; GDAL keeps them to itself.

use crate::diagnostic::Result;
use crate::io::gdal::object;

/// Most messages define their grid within so many bytes.
const HEAD: usize = 1024;
/// How far the next message may lie behind the end of the one before.
const GAP: u64 = 1 << 16;

/// The section that defines the grid of a field, of the first or second edition; no bytes where there is none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    pub edition: u8,
    pub bytes: Vec<u8>,
}

impl Definition {
    /// An unsigned number of some bytes, counted from 1 as the manual on codes counts them.
    pub(super) fn unsigned(&self, octet: usize, len: usize) -> Option<u64> {
        number(&self.bytes, octet.checked_sub(1)?, len)
    }

    /// A number whose first bit is its sign.
    pub(super) fn signed(&self, octet: usize, len: usize) -> Option<f64> {
        let number = self.unsigned(octet, len)?;
        let sign = 1u64 << (8 * len - 1);
        Some(if number & sign != 0 { -((number ^ sign) as f64) } else { number as f64 })
    }
}

/// What defines the grid of each field of a file, in the order of the fields.
///
/// A file that is no GRIB, or breaks off, has those up to there.
pub(super) fn definitions(name: &str) -> Result<Vec<Definition>> {
    let found = object::with(name, &mut |read| {
        let mut all = Vec::new();
        let mut at = 0;
        while let Some(start) = next(read, at)? {
            let head = read(start, HEAD)?;
            let number = |from: usize, len: usize| number(&head, from, len);
            let length = match head.get(7) {
                Some(1) => {
                    all.push(Definition { edition: 1, bytes: first_edition(&head).unwrap_or_default() });
                    number(4, 3)
                }
                Some(2) => {
                    let length = number(8, 8);
                    second_edition(read, start, length.unwrap_or(0), &mut all)?;
                    length
                }
                _ => None,
            };
            match length.filter(|length| *length >= 16) {
                Some(length) => at = start + length,
                None => break,
            }
        }
        Ok(all)
    })?;
    Ok(found.unwrap_or_default())
}

/// Reads up to so many bytes from an offset.
type Read<'a> = &'a dyn Fn(u64, usize) -> Result<Vec<u8>>;

/// Where the next message begins.
fn next(read: Read<'_>, from: u64) -> Result<Option<u64>> {
    let mut at = from;
    while at <= from + GAP {
        let bytes = read(at, HEAD)?;
        if let Some(found) = bytes.windows(4).position(|four| four == b"GRIB") {
            return Ok(Some(at + found as u64));
        }
        if bytes.len() < HEAD {
            break;
        }
        // The four letters may lie across the end of what was read.
        at += HEAD as u64 - 3;
    }
    Ok(None)
}

fn number(bytes: &[u8], from: usize, len: usize) -> Option<u64> {
    Some(bytes.get(from..from + len)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Behind the indicator and the definition of the product, if that says that it is there.
fn first_edition(head: &[u8]) -> Option<Vec<u8>> {
    let product = number(head, 8, 3)? as usize;
    if head.get(8 + 7)? & 0x80 == 0 {
        return None;
    }
    let at = 8 + product;
    let length = number(head, at, 3)? as usize;
    Some(head.get(at..head.len().min(at + length))?.to_vec())
}

/// A message may hold several fields: what defines the grid holds for those that follow until it is defined anew.
fn second_edition(read: Read<'_>, start: u64, length: u64, all: &mut Vec<Definition>) -> Result<()> {
    let mut at = start + 16;
    let mut grid = Vec::new();
    while at + 5 <= start + length {
        let head = read(at, 5)?;
        let (Some(size), Some(section)) = (number(&head, 0, 4).filter(|size| *size >= 5), head.get(4)) else { break };
        match section {
            3 => grid = read(at, (size as usize).min(HEAD))?,
            7 => all.push(Definition { edition: 2, bytes: grid.clone() }),
            // The end of a message has no length.
            _ if head.starts_with(b"7777") => break,
            _ => {}
        }
        at += size;
    }
    Ok(())
}
