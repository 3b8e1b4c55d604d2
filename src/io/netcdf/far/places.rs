//! Where the bytes of a variable lie in a file on a server.

use super::super::hdf5::{DataLocation, Filter, Hdf5Variable};
use super::bytes::{Bytes, Lacking};
use super::header::classic;
use super::kept::Key;
use crate::io::Want;
use crate::io::remote::address::without_secrets;
use crate::io::remote::objects;
use hdf5_reader::btree_v1::{BTreeV1Key, BTreeV1Node, collect_btree_v1_leaves_storage};
use hdf5_reader::chunk_index::{
    ChunkEntry, collect_implicit_chunk_entries, collect_v2_chunk_entries_storage, single_chunk_entry,
};
use hdf5_reader::error::{ByteOrder, Error, Result as Read};
use hdf5_reader::extensible_array::collect_extensible_array_chunk_entries_storage;
use hdf5_reader::fixed_array::collect_fixed_array_chunk_entries_storage;
use hdf5_reader::io::Cursor;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::layout::{ChunkIndexing, DataLayout};
use hdf5_reader::{Dataset, Datatype, Hdf5File, OpenOptions, Storage};
use std::ops::Range;
use std::sync::Arc;

/// How classic files begin.
const CLASSIC: [u8; 3] = *b"CDF";

/// A node of the tree of chunks is read to this length: nodes of three dimensions have 3 KB.
const NODE: u64 = 8 << 10;

/// No tree of chunks is as deep.
const DEEPEST: usize = 16;

/// What can be said of a variable.
pub(in super::super) enum Found {
    Variable(Hdf5Variable),
    /// What says it is under way, or there is no room for it.
    Later(Want),
    /// It cannot be said; whoever reads is told why.
    Not,
}

/// Finds the bytes of a variable of at most `most` chunks, as far as what says it is here, or, if it `waits`, all of it.
pub(in super::super) fn describe(name: &str, variable: &str, most: usize, waits: bool) -> Found {
    let opened = match waits {
        true => Bytes::open(name).map_err(|_| None),
        false => Bytes::open_ahead(name),
    };
    let bytes = match opened {
        Ok(bytes) => Arc::new(bytes),
        Err(asked) => return asked.map_or(Found::Not, Found::Later),
    };
    let key = objects::held_version(name).map(|version| Key {
        object: without_secrets(name),
        version,
        size: bytes.len(),
        variable: variable.into(),
    });
    if let Some(kept) = key.as_ref().and_then(Key::kept) {
        return Found::Variable(kept);
    }
    let read = bytes.read_range(0, CLASSIC.len().min(bytes.len() as usize)).and_then(|begin| {
        let described = if *begin == CLASSIC { classic_stored } else { stored };
        described(&bytes, variable, most)
    });
    match (read, bytes.lacking()) {
        (Ok(variable), _) => {
            key.iter().for_each(|key| key.keep(&variable));
            Found::Variable(variable)
        }
        (Err(_), Some(Lacking::Later(want))) => Found::Later(want),
        (Err(_), Some(Lacking::Failed(_)) | None) => Found::Not,
    }
}

fn unsupported(what: &str) -> Error {
    Error::InvalidData(what.into())
}

/// A variable of a classic file: numbers of the other byte order, record by record or in one piece.
fn classic_stored(bytes: &Arc<Bytes>, name: &str, _most: usize) -> Read<Hdf5Variable> {
    let file = classic(bytes.clone()).map_err(|e| Error::InvalidData(e.to_string()))?;
    let variable = file.variables().ok().and_then(|all| all.iter().find(|v| v.name == name));
    let variable = variable.ok_or_else(|| unsupported("the variable is gone"))?;
    let shape: Vec<usize> = variable.shape().iter().map(|n| *n as usize).collect();
    let size = variable.dtype.size().map_err(|e| Error::InvalidData(e.to_string()))?;
    let place = if variable.is_record_var {
        let stride = file.variables().map_err(|e| Error::InvalidData(e.to_string())).and_then(|all| {
            netcdf_reader::classic::data::compute_record_stride(all).map_err(|e| Error::InvalidData(e.to_string()))
        })?;
        let lengths: Vec<usize> = std::iter::once(1).chain(shape[1..].iter().copied()).collect();
        let length = (lengths.iter().product::<usize>() * size) as u64;
        let place = |record: usize| {
            let mut index = vec![0; shape.len()];
            index[0] = record;
            (index, variable.data_offset + record as u64 * stride, length)
        };
        DataLocation::Chunks(lengths, (0..shape[0]).map(place).collect())
    } else {
        DataLocation::Whole(Some((variable.data_offset, (shape.iter().product::<usize>() * size) as u64)))
    };
    Ok(Hdf5Variable { shape, is_big: true, filters: Vec::new(), fill: vec![0; size], place })
}

/// A variable of an HDF5 file.
fn stored(bytes: &Arc<Bytes>, name: &str, most: usize) -> Read<Hdf5Variable> {
    let options = OpenOptions { chunk_cache_bytes: 0, ..OpenOptions::default() };
    let file = Hdf5File::from_storage_with_options(bytes.clone(), options)?;
    let set = file.dataset(name)?;
    let header = file.get_or_parse_header(set.address())?;
    let (is_big, size) = match set.dtype() {
        Datatype::FixedPoint { size, byte_order, .. } | Datatype::FloatingPoint { size, byte_order } => {
            (*byte_order == ByteOrder::BigEndian, usize::from(*size))
        }
        _ => return Err(unsupported("it holds no numbers")),
    };
    let mut filters = Vec::new();
    let mut layout = None;
    for message in &header.messages {
        match message {
            HdfMessage::DataLayout(held) => layout = Some(&held.layout),
            HdfMessage::FilterPipeline(held) => {
                filters = held
                    .filters
                    .iter()
                    .map(|filter| Filter {
                        number: filter.id.into(),
                        name: filter.name.clone().unwrap_or_default(),
                        values: filter.client_data.clone(),
                    })
                    .collect();
            }
            HdfMessage::ExternalFiles(_) => return Err(unsupported("its bytes lie in other files")),
            // What else a header says is not asked here.
            _ => {}
        }
    }
    let shape: Vec<usize> = set.shape().iter().map(|n| *n as usize).collect();
    let fill = set.fill_value().and_then(|fill| fill.value.clone()).filter(|fill| fill.len() == size);
    let place = match layout {
        Some(DataLayout::Contiguous { address, size: stored }) => {
            let is_there = !Cursor::is_undefined_offset(*address, file.superblock().offset_size) && *stored > 0;
            let length = (shape.iter().product::<usize>() * size) as u64;
            DataLocation::Whole(is_there.then_some((address + base(&file), length)))
        }
        Some(DataLayout::Chunked { address, dims, chunk_indexing, .. }) => {
            let lengths: Vec<usize> = dims.iter().take(shape.len()).map(|n| (*n as usize).max(1)).collect();
            let counts = shape.iter().zip(&lengths).map(|(n, len)| n.div_ceil(*len));
            if counts.clone().try_fold(1usize, |all, n| all.checked_mul(n)).is_none_or(|all| all > most) {
                return Err(unsupported("it has too many chunks"));
            }
            let all = Chunks { file: &file, bytes, set: &set, lengths: &dims[..lengths.len()], size };
            let entries = all.entries(*address, chunk_indexing.as_ref())?;
            let plain = (lengths.iter().product::<usize>() * size) as u64;
            let mut pieces = Vec::with_capacity(entries.len());
            for entry in entries.into_iter().filter(|entry| {
                // What lies behind the end was there before the variable was made shorter.
                entry.offsets.iter().zip(&shape).all(|(at, len)| (*at as usize) < *len)
            }) {
                if entry.filter_mask != 0 {
                    return Err(unsupported("a chunk was stored without one of the filters"));
                }
                let index = entry.offsets.iter().zip(&lengths).map(|(at, len)| *at as usize / len).collect();
                pieces.push((index, entry.address + base(&file), if entry.size > 0 { entry.size } else { plain }));
            }
            DataLocation::Chunks(lengths, pieces)
        }
        Some(DataLayout::Compact { .. }) => return Err(unsupported("it lies in the header of the file")),
        None => return Err(unsupported("its layout is not told")),
    };
    Ok(Hdf5Variable { shape, is_big, filters, fill: fill.unwrap_or_else(|| vec![0; size]), place })
}

/// Where the addresses of a file are counted from.
fn base(file: &Hdf5File) -> u64 {
    file.superblock().base_address
}

/// The chunks of a variable, in whichever of HDF5's indexes they are.
struct Chunks<'a> {
    file: &'a Hdf5File,
    bytes: &'a Bytes,
    set: &'a Dataset,
    lengths: &'a [u32],
    size: usize,
}

impl Chunks<'_> {
    fn entries(&self, address: u64, indexing: Option<&ChunkIndexing>) -> Read<Vec<ChunkEntry>> {
        let [offsets, lengths] = [self.file.superblock().offset_size, self.file.superblock().length_size];
        if Cursor::is_undefined_offset(address, offsets) {
            return Ok(Vec::new());
        }
        let (storage, shape, chunk) = (self.file.storage(), self.set.shape(), self.lengths);
        let rank = shape.len();
        match indexing {
            None => {
                self.want_tree(address, [offsets, lengths], rank as u32)?;
                let dims = Some(rank as u32);
                let leaves = collect_btree_v1_leaves_storage(storage, address, offsets, lengths, dims, chunk, None)?;
                Ok(leaves.into_iter().filter_map(|(key, address)| entry(key, address, rank)).collect())
            }
            Some(ChunkIndexing::SingleChunk { filtered_size, filters }) => {
                Ok(vec![single_chunk_entry(address, *filtered_size, *filters, rank)])
            }
            Some(ChunkIndexing::Implicit) => {
                collect_implicit_chunk_entries(address, shape, chunk, self.size, None, storage.len())
            }
            Some(ChunkIndexing::FixedArray { .. }) => {
                collect_fixed_array_chunk_entries_storage(storage, address, offsets, lengths, shape, chunk, None)
            }
            Some(ChunkIndexing::ExtensibleArray { .. }) => collect_extensible_array_chunk_entries_storage(
                storage,
                address,
                offsets,
                lengths,
                shape,
                self.set.max_dims(),
                chunk,
                None,
            ),
            Some(ChunkIndexing::BTreeV2) => {
                collect_v2_chunk_entries_storage(storage, address, offsets, lengths, rank as u32, chunk, None)
            }
        }
    }

    /// Asks for the nodes of a tree level by level: those of one lie all over the file, and wait for none of the others.
    fn want_tree(&self, root: u64, [offsets, lengths]: [u8; 2], rank: u32) -> Read<()> {
        let base = base(self.file);
        let mut level = vec![root];
        for _ in 0..DEEPEST {
            let places: Vec<Range<u64>> = level.iter().map(|at| at + base..at + base + NODE).collect();
            self.bytes.want(&places);
            let mut below = Vec::new();
            // Every one is looked at, so that all that are not here are under way.
            let mut missing = None;
            for place in &places {
                let len = place.end.min(self.bytes.len()).saturating_sub(place.start) as usize;
                match self.bytes.read_range(place.start, len) {
                    Ok(bytes) => {
                        let node = BTreeV1Node::parse(&mut Cursor::new(&bytes), offsets, lengths, Some(rank))?;
                        below.extend(if node.level > 0 { node.children } else { Vec::new() });
                    }
                    Err(e) => missing = Some(e),
                }
            }
            match missing {
                Some(e) => return Err(e),
                None if below.is_empty() => return Ok(()),
                None => level = below,
            }
        }
        Err(unsupported("the tree of its chunks has no end"))
    }
}

fn entry(key: BTreeV1Key, address: u64, rank: usize) -> Option<ChunkEntry> {
    match key {
        BTreeV1Key::RawData { chunk_size, filter_mask, mut offsets } => {
            offsets.truncate(rank);
            Some(ChunkEntry { address, size: chunk_size.into(), filter_mask, offsets })
        }
        BTreeV1Key::Group { .. } => None,
    }
}
