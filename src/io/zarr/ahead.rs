//! The bytes of a store that a window will need: whole chunks, and of shards the index first and then the chunks in it.

use super::file;
use super::store::Store;
use crate::io::Want;
use std::ops::Range;
use zarrs::array::{
    Array, ArrayMetadata, ArrayShardedExt, ArrayShardedReadableExt, ArrayShardedReadableExtCache, ArraySubset,
};
use zarrs::storage::byte_range::ByteRange;

/// What an entry in the index of a shard takes, and room for the checksum behind all of them.
const ENTRY: u64 = 16;
const CHECKSUM: u64 = 64;

/// Asks for what a subset of an array needs, whose elements have so many bytes.
pub(super) fn want(array: &Array<Store>, subset: &ArraySubset, element: usize) -> Want {
    let Ok(Some(chunks)) = array.chunks_in_array_subset(subset) else { return Want::All };
    let elements: usize = file::chunks(array, false).unwrap_or_default().iter().product();
    let bytes = (elements * element) as u64;
    Want::all(chunks.indices().into_iter().map(|chunk| {
        let key = array.chunk_key(&chunk);
        let needed = array.chunk_subset(&chunk).and_then(|all| Ok(all.overlap(subset)?));
        match needed {
            // A shard of which most is needed is one request.
            Ok(needed) if array.is_sharded() && 2 * needed.num_elements_usize() < elements => {
                want_inner(array, key.as_str(), &needed).unwrap_or(Want::All)
            }
            Ok(_) | Err(_) => array.storage().want(key.as_str(), bytes),
        }
    }))
}

/// Asks for the chunks of one shard that a subset of the array touches; nothing where they cannot be asked for ahead.
fn want_inner(array: &Array<Store>, key: &str, needed: &ArraySubset) -> Option<Want> {
    let inner = array.effective_subchunk_shape()?;
    let shard = array.chunk_shape(&vec![0; array.dimensionality()]).ok()?;
    let entries: u64 = shard.iter().zip(inner.iter()).map(|(all, one)| all.get().div_ceil(one.get())).product();
    let index = array.storage().want_index(key, entries * ENTRY + CHECKSUM, has_index_first(array))?;
    if index != Want::All {
        return Some(index);
    }
    let cache = ArrayShardedReadableExtCache::new(array);
    let chunks = array.subchunk_grid().chunks_in_array_subset(needed).ok()??;
    let place = |chunk: &[u64]| match array.subchunk_byte_range(&cache, chunk).ok()?? {
        ByteRange::FromStart(start, Some(length)) => Some(start..start.saturating_add(length)),
        ByteRange::FromStart(_, None) | ByteRange::Suffix(_) => None,
    };
    let places: Vec<Range<u64>> = chunks.indices().into_iter().filter_map(|chunk| place(&chunk)).collect();
    Some(array.storage().want_parts(key, &places))
}

/// Where the index lies in the shards of an array: at their end unless the metadata say otherwise.
fn has_index_first(array: &Array<Store>) -> bool {
    match array.metadata() {
        ArrayMetadata::V2(_) => false,
        ArrayMetadata::V3(metadata) => metadata.codecs.iter().any(|codec| {
            codec.configuration().is_some_and(|options| options.get("index_location").is_some_and(|at| at == "start"))
        }),
    }
}
