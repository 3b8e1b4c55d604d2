//! A directory of a TIFF file, of its picture or an overview: how blocks are packed and where they lie, as the bytes say it.

use super::super::object;
use crate::diagnostic::Cause;
use crate::io::remote::address::gdal_name;
use crate::io::remote::objects;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Entries of a directory, values of an entry: more is a damaged file.
const MOST: u64 = 1 << 26;

/// Directories that are looked through for an overview.
const MOST_OVERVIEWS: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Directory {
    pub is_big: bool,
    /// Rows and columns of the picture.
    pub size: [usize; 2],
    pub compression: u64,
    pub predictor: u64,
    pub bits: u64,
    /// Whether the bits of a byte are stored the other way round.
    pub reversed_bits: bool,
    pub samples: usize,
    /// Whether a block holds the pixels of all bands.
    pub interleaved: bool,
    /// Rows and columns of a block.
    pub block: [usize; 2],
    pub is_tiled: bool,
    /// The GeoTIFF keys, where they name a registered reference system (OGC 19-008): files with the same ones are in the
    /// same system.
    pub system: Option<Vec<u64>>,
    /// Offset and length of each block, row by row, and, unless they are interleaved, band by band.
    pub blocks: Vec<(u64, u64)>,
}

impl Directory {
    /// Blocks below one another and beside one another that a band is cut into.
    pub(crate) fn across(&self) -> (usize, usize) {
        let [rows, columns] = self.block;
        (self.size[0].div_ceil(rows), self.size[1].div_ceil(columns))
    }

    /// Reads the head of a file, local or behind a server.
    pub(crate) fn read(path: &str) -> Result<Directory, Cause> {
        Directory::parse(&mut Bytes::open(path)?, None)
    }

    /// Reads it from what is held of an object, or that of its overview of so many rows and columns; the range that is
    /// lacking, where one is.
    pub(crate) fn held(name: &str, overview: Option<[usize; 2]>) -> Result<Directory, Option<Range<u64>>> {
        let mut file = Bytes::Held(name.to_string(), None);
        Directory::parse(&mut file, overview).map_err(|_| match file {
            Bytes::Held(_, lacking) => lacking,
            Bytes::Local(_) | Bytes::Remote(_) => None,
        })
    }

    fn parse(file: &mut Bytes, overview: Option<[usize; 2]>) -> Result<Directory, Cause> {
        let head = file.get(0..16)?;
        let is_big = match &head[..2] {
            b"II" => false,
            b"MM" => true,
            _ => return Err("it is no TIFF file".into()),
        };
        let read = Reader { is_big, wide: number(&head[2..4], is_big) == 43 };
        let at = number(if read.wide { &head[8..16] } else { &head[4..8] }, is_big);
        let (mut entries, next) = read.entries(file, at)?;
        if let Some(size) = overview {
            entries = read.overview(file, next, size)?;
        }
        let mut values = |tag: u64| read.tagged(file, &entries, tag);
        let mut one = |tag: u64, default: u64| Ok::<u64, Cause>(values(tag)?.first().copied().unwrap_or(default));
        let (width, height) = (one(256, 0)?, one(257, 0)?);
        let is_tiled = one(322, 0)? > 0;
        let block = if is_tiled { [one(323, 1)?, one(322, 1)?] } else { [one(278, height)?.min(height), width] };
        let (compression, predictor) = (one(259, 1)?, one(317, 1)?);
        let (samples, planar, fill_order) = (one(277, 1)?, one(284, 1)?, one(266, 1)?);
        let bits = values(258)?;
        if bits.iter().any(|n| *n != bits[0]) {
            return Err("its bands differ in the number of bits".into());
        }
        let (offsets, lengths) = if is_tiled { (values(324)?, values(325)?) } else { (values(273)?, values(279)?) };
        if offsets.len() != lengths.len() {
            return Err("its list of blocks is damaged".into());
        }
        let mut keys = |tag: u64| values(tag).unwrap_or_default();
        let system = [keys(34735), keys(34736), keys(34737)];
        let registered = |key: &[u64]| [2048, 3072].contains(&key[0]) && key[1] == 0 && (1024..32767).contains(&key[3]);
        Ok(Directory {
            is_big,
            size: [height as usize, width as usize],
            compression,
            predictor,
            bits: bits.first().copied().unwrap_or(1),
            reversed_bits: fill_order == 2,
            samples: samples as usize,
            interleaved: planar == 1 && samples > 1,
            block: block.map(|n| n.max(1) as usize),
            is_tiled,
            system: system[0].chunks_exact(4).any(registered).then(|| system.concat()),
            blocks: offsets.into_iter().zip(lengths).collect(),
        })
    }
}

struct Entry {
    tag: u64,
    kind: u64,
    count: u64,
    /// The values, or where they lie.
    held: Vec<u8>,
}

/// How numbers are written in a file.
#[derive(Clone, Copy)]
struct Reader {
    is_big: bool,
    /// BigTIFF: offsets of eight bytes.
    wide: bool,
}

impl Reader {
    /// What a directory holds, and where the next one lies; 0 after the last.
    fn entries(self, file: &mut Bytes, at: u64) -> Result<(Vec<Entry>, u64), Cause> {
        let (counted, entry, word) = if self.wide { (8, 20, 8) } else { (2, 12, 4) };
        let count = number(&file.get(at..at + counted)?, self.is_big);
        if count > MOST {
            return Err("its directory is damaged".into());
        }
        let from = at.saturating_add(counted);
        let bytes = file.get(from..from.saturating_add(count * entry + word as u64))?;
        let (bytes, next) = bytes.split_at((count * entry) as usize);
        let entries = bytes.chunks_exact(entry as usize).map(|bytes| Entry {
            tag: number(&bytes[..2], self.is_big),
            kind: number(&bytes[2..4], self.is_big),
            count: number(&bytes[4..4 + word], self.is_big),
            held: bytes[4 + word..].to_vec(),
        });
        Ok((entries.collect(), number(next, self.is_big)))
    }

    /// The directory of the overview of so many rows and columns, among those from `next` on.
    fn overview(self, file: &mut Bytes, mut next: u64, wanted: [usize; 2]) -> Result<Vec<Entry>, Cause> {
        let [height, width] = wanted.map(|len| len as u64);
        for _ in 0..MOST_OVERVIEWS {
            if next == 0 {
                break;
            }
            let (entries, behind) = self.entries(file, next)?;
            let mut one = |tag: u64| Ok::<u64, Cause>(self.tagged(file, &entries, tag)?.first().copied().unwrap_or(0));
            // Of NewSubfileType the first bit means an overview, the third a mask.
            if one(254)? & 0b101 == 1 && one(257)? == height && one(256)? == width {
                return Ok(entries);
            }
            next = behind;
        }
        Err("it has no such overview".into())
    }

    /// The values of the entry with this tag; none where there is none.
    fn tagged(self, file: &mut Bytes, entries: &[Entry], tag: u64) -> Result<Vec<u64>, Cause> {
        match entries.iter().find(|entry| entry.tag == tag) {
            Some(entry) => self.values(file, entry),
            None => Ok(Vec::new()),
        }
    }

    fn values(self, file: &mut Bytes, entry: &Entry) -> Result<Vec<u64>, Cause> {
        let size = match entry.kind {
            1 | 2 => 1,
            3 => 2,
            4 => 4,
            // Floats by their bits.
            12 | 16 | 18 => 8,
            kind => return Err(format!("an entry of its directory has the unexpected type {kind}").into()),
        };
        if entry.count > MOST {
            return Err("its directory is damaged".into());
        }
        let length = entry.count * size;
        let far;
        let bytes = if length <= entry.held.len() as u64 {
            &entry.held[..length as usize]
        } else {
            let at = number(&entry.held, self.is_big);
            far = file.get(at..at.saturating_add(length))?;
            &far[..]
        };
        Ok(bytes.chunks_exact(size as usize).map(|bytes| number(bytes, self.is_big)).collect())
    }
}

fn number(bytes: &[u8], is_big: bool) -> u64 {
    let add = |n: u64, byte: &u8| n << 8 | u64::from(*byte);
    if is_big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}

/// A file that is read here and there.
enum Bytes {
    Local(File),
    Remote(String),
    /// What is held of an object, and the range that was lacking.
    Held(String, Option<Range<u64>>),
}

impl Bytes {
    fn open(path: &str) -> Result<Bytes, Cause> {
        match gdal_name(path).is_some() {
            true => Ok(Bytes::Remote(path.to_string())),
            false => File::open(path).map(Bytes::Local).map_err(Cause::from),
        }
    }

    fn get(&mut self, range: Range<u64>) -> Result<Vec<u8>, Cause> {
        match self {
            Bytes::Local(file) => {
                let size = file.metadata()?.len();
                if range.end > size {
                    return Err("it is cut short".into());
                }
                let mut bytes = vec![0; (range.end - range.start) as usize];
                file.read_exact_at(&mut bytes, range.start)?;
                Ok(bytes)
            }
            Bytes::Held(name, lacking) => match objects::held(name, &range) {
                Some(bytes) if (bytes.len() as u64) < range.end - range.start => Err("it is cut short".into()),
                Some(bytes) => Ok(bytes),
                None => {
                    lacking.get_or_insert(range);
                    Err("it is not held".into())
                }
            },
            Bytes::Remote(name) => {
                let parts = object::parts(name, &[range]).map_err(|d| d.below())?;
                parts.and_then(|mut parts| parts.pop()).ok_or_else(|| "it is not there".into())
            }
        }
    }
}
