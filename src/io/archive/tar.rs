//! Where the members of a tar archive lie, read from its headers.
//!
//! GDAL lists archives itself, but it cuts names that stand in extended headers (PAX), as Python and others write them.

use crate::diagnostic::Result;
use crate::io::gdal::{members, object};

const BLOCK: u64 = 512;
/// More than this is no list of names.
const MOST: u64 = 1 << 20;

/// A file in an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub name: String,
    /// Where its bytes begin, and how many there are.
    pub start: u64,
    pub size: u64,
}

impl Member {
    pub(super) fn place(&self) -> members::Place {
        members::Place { range: self.start..self.start.saturating_add(self.size), is_stored: true }
    }
}

/// The files of an archive by its name for GDAL; nothing if it is not there.
pub(super) fn members(archive: &str) -> Result<Option<Vec<Member>>> {
    object::with(archive, &mut |read| walk(read))
}

fn walk(read: &dyn Fn(u64, usize) -> Result<Vec<u8>>) -> Result<Vec<Member>> {
    let (mut members, mut at) = (Vec::new(), 0);
    // What an extended header says of the member after it.
    let (mut long_name, mut long_size) = (None, None);
    loop {
        let header = read(at, BLOCK as usize)?;
        let Some(stated) = header.get(124..136).and_then(number).filter(|_| header.first() != Some(&0)) else { break };
        let start = at + BLOCK;
        let kind = header[156];
        if matches!(kind, b'x' | b'L') && stated <= MOST {
            let text = read(start, stated as usize)?;
            match kind {
                b'L' => long_name = Some(text_of(&text)),
                _ => {
                    long_name = record(&text, b"path").or(long_name);
                    long_size = record(&text, b"size").and_then(|size| size.parse().ok()).or(long_size);
                }
            }
            at = start + stated.next_multiple_of(BLOCK);
            continue;
        }
        let size = long_size.take().unwrap_or(stated);
        let name = long_name.take().unwrap_or_else(|| short_name(&header));
        if matches!(kind, b'0' | 0 | b'7') && !name.ends_with('/') {
            members.push(Member { name, start, size });
        }
        at = start + size.next_multiple_of(BLOCK);
    }
    Ok(members)
}

/// The name in a header, and the folder that ustar puts before it.
fn short_name(header: &[u8]) -> String {
    let name = text_of(&header[..100]);
    let prefix = if &header[257..262] == b"ustar" && &header[257..263] != b"ustar " {
        text_of(&header[345..500])
    } else {
        String::new()
    };
    if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
}

/// Up to the first NUL.
fn text_of(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// Octal digits, or for large files a number in base 256.
fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.first()? & 0x80 != 0 {
        return bytes[4..].iter().try_fold(0u64, |sum, b| sum.checked_mul(256)?.checked_add(u64::from(*b)));
    }
    let text = text_of(bytes);
    match text.trim() {
        "" => Some(0),
        digits => u64::from_str_radix(digits, 8).ok(),
    }
}

/// The value of a record `LENGTH KEY=VALUE` of an extended header.
fn record(mut text: &[u8], key: &[u8]) -> Option<String> {
    while let Some(blank) = text.iter().position(|b| *b == b' ') {
        let len: usize = std::str::from_utf8(&text[..blank]).ok()?.parse().ok()?;
        let body = text.get(blank + 1..len.checked_sub(1)?)?;
        if let Some(value) = body.strip_prefix(key).and_then(|rest| rest.strip_prefix(b"=")) {
            return Some(String::from_utf8_lossy(value).into_owned());
        }
        text = &text[len..];
    }
    None
}
