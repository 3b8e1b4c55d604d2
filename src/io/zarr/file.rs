//! A Zarr group as the conventions see a file, and the small arrays of it.

use super::metadata::{self, Group, Kind, Node};
use super::store::Store;
use super::{checked, numcodecs};
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Pixel;
use crate::cube::{DType, Pixels};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::io::cf::{self, Dim, Header, Values, Variable};
use crate::with_pixels;
use serde_json::Value;
use std::sync::Arc;
use zarrs::array::{Array, ArrayBytes, ArrayShardedExt, CodecOptions, CodecTraits, ElementOwned};

/// The header of a group.
pub(super) fn header(title: &str, store: &Arc<Store>, group: &Group) -> Header {
    let reader = Reader { title: title.into(), store: store.clone(), nodes: group.arrays.clone() };
    Header {
        path: title.into(),
        variables: group.arrays.iter().map(|node| variable(store, node, title)).collect(),
        attributes: metadata::attributes(&group.attributes),
        values: Box::new(reader),
    }
}

struct Reader {
    title: String,
    store: Arc<Store>,
    nodes: Vec<Node>,
}

impl Reader {
    fn array(&self, v: &Variable) -> Result<(&Node, Array<Store>)> {
        let node = self.nodes.iter().find(|node| node.name == v.name);
        let node = node.ok_or_else(|| unreadable(&v.name, &self.title, "it is not there"))?;
        Ok((node, open(&self.store, node, &self.title)?))
    }
}

impl Values for Reader {
    fn numbers(&self, v: &Variable) -> Result<Vec<f64>> {
        fn read<T: PixelType + ElementOwned>(_: Vec<T>, array: &Array<Store>) -> Result<Vec<f64>, Cause> {
            let all = array.subset_all();
            let values = array.retrieve_array_subset_opt::<Vec<T>>(&all, &serial())?;
            Ok(values.into_iter().map(Pixel::to_f64).collect())
        }
        let (_, array) = self.array(v)?;
        let cf::Kind::Number(dtype) = v.kind else {
            return Err(unreadable(&v.name, &self.title, "it holds no numbers"));
        };
        // A pixel vector without pixels stands for the type.
        with_pixels!(Pixels::zeros(dtype, 0), none => read(none, &array))
            .map_err(|cause| unreadable(&v.name, &self.title, cause))
    }

    fn strings(&self, v: &Variable) -> Result<Vec<String>> {
        let (node, array) = self.array(v)?;
        let all = array.subset_all();
        let bytes = array
            .retrieve_array_subset_opt::<ArrayBytes<'static>>(&all, &serial())
            .map_err(|e| unreadable(&v.name, &self.title, e))?;
        Ok(match bytes {
            ArrayBytes::Fixed(bytes) => {
                let count = node.shape().iter().product::<usize>().max(1);
                let utf32 = is_utf32(node);
                bytes.chunks(bytes.len().div_ceil(count).max(1)).map(|b| fixed_text(b, utf32)).collect()
            }
            ArrayBytes::Variable(held) => {
                let bytes = held.bytes();
                let edges = held.offsets();
                edges.windows(2).map(|pair| String::from_utf8_lossy(&bytes[pair[0]..pair[1]]).into_owned()).collect()
            }
            ArrayBytes::Optional(_) => return Err(unreadable(&v.name, &self.title, "it holds no text")),
        })
    }
}

/// An array to read chunks from.
pub(super) fn open(store: &Arc<Store>, node: &Node, title: &str) -> Result<Array<Store>> {
    numcodecs::register();
    checked::register();
    let metadata = node.readable().map_err(|e| unreadable(&node.name, title, e))?;
    Array::new_with_metadata(store.clone(), &node.path, metadata).map_err(|e| unreadable(&node.name, title, e))
}

/// Codecs run on the calling thread: whoever calls is one of many.
pub(super) fn serial() -> CodecOptions {
    CodecOptions::default().with_concurrent_target(1).with_chunk_concurrent_minimum(1)
}

pub(super) fn unreadable(array: &str, title: &str, cause: impl Into<Cause>) -> Box<Diagnostic> {
    Diagnostic::new(codes::UNSUPPORTED, format!("the array `{array}` of `{title}` cannot be opened")).cause(cause)
}

/// Chunk lengths of an array; those of the chunks in a shard if `inner`.
pub(super) fn chunks(array: &Array<Store>, inner: bool) -> Option<Vec<usize>> {
    let inner = array.effective_subchunk_shape().filter(|_| inner);
    let shape = inner.or_else(|| array.chunk_shape(&vec![0; array.dimensionality()]).ok())?;
    Some(shape.iter().map(|n| n.get() as usize).collect())
}

/// Numbers that are decoded together however few of them are wanted: a chunk, or one in a shard.
pub(super) fn decoded_whole(array: &Array<Store>) -> usize {
    let is_sharded = array.subchunk_shape().is_some();
    let decodes_parts = array.codecs().partial_decoder_capability().partial_decode;
    match decodes_parts && !is_sharded {
        true => 0,
        false => chunks(array, decodes_parts).map_or(0, |lengths| lengths.iter().product()),
    }
}

fn variable(store: &Arc<Store>, node: &Node, title: &str) -> Variable {
    let kind = match node.kind() {
        Kind::Number(dtype) => cf::Kind::Number(dtype),
        Kind::Date => cf::Kind::Number(DType::I64),
        Kind::Text => cf::Kind::Strings,
        Kind::Other => cf::Kind::Other,
    };
    let dims = node.dims().into_iter().zip(node.shape()).map(|(name, len)| Dim { name, len }).collect();
    // An array of a codec nobody knows can still be named in a message.
    let chunks = open(store, node, title).ok().and_then(|array| chunks(&array, true));
    Variable { name: node.name.clone(), dims, kind, attributes: node.cf_attributes(), chunks }
}

fn is_utf32(node: &Node) -> bool {
    let v2 = node.document.get("dtype").and_then(Value::as_str).is_some_and(|d| d.contains('U'));
    v2 || node.document.get("data_type").is_some_and(|d| d.to_string().contains("utf32"))
}

/// Text of a fixed length, padded with NUL; zarrs hands out native byte order.
fn fixed_text(bytes: &[u8], utf32: bool) -> String {
    let text: String = if utf32 {
        let codes = bytes.chunks_exact(4).map(|b| u32::from_ne_bytes([b[0], b[1], b[2], b[3]]));
        codes.filter_map(char::from_u32).collect()
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    };
    text.trim_end_matches('\0').to_string()
}
