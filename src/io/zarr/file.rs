//! A Zarr group as the conventions see a file, and the small arrays of it.

use super::metadata::{Group, Kind, Node};
use super::store::Store;
use crate::cube::chunk::Stored;
use crate::cube::dtype::Pixel;
use crate::cube::{DType, Pixels};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::cf;
use crate::with_pixels;
use serde_json::{Map, Value};
use std::sync::Arc;
use zarrs::array::{Array, ArrayBytes, CodecOptions, ElementOwned};

/// A group opened for its coordinates.
pub struct ZarrFile {
    title: String,
    store: Arc<Store>,
    group: Group,
    variables: Vec<cf::Variable>,
}

impl ZarrFile {
    pub fn new(title: &str, store: Arc<Store>, group: Group) -> ZarrFile {
        let variables = group.arrays.iter().map(variable).collect();
        ZarrFile { title: title.into(), store, group, variables }
    }

    pub fn node(&self, name: &str) -> Option<&Node> {
        self.group.arrays.iter().find(|node| node.name == name)
    }

    pub fn group(&self) -> &Group {
        &self.group
    }

    fn array(&self, v: &cf::Variable) -> Result<(&Node, Array<Store>)> {
        let node = self.node(&v.name).ok_or_else(|| unreadable(&v.name, &self.title, "it is not there".into()))?;
        Ok((node, open(&self.store, node, &self.title)?))
    }
}

impl cf::File for ZarrFile {
    fn name(&self) -> &str {
        &self.title
    }

    fn variables(&self) -> &[cf::Variable] {
        &self.variables
    }

    fn attributes(&self) -> &Map<String, Value> {
        &self.group.attributes
    }

    fn numbers(&self, v: &cf::Variable) -> Result<Vec<f64>> {
        fn read<T: Stored + ElementOwned>(_: Vec<T>, array: &Array<Store>) -> Result<Vec<f64>, String> {
            let all = array.subset_all();
            let values = array.retrieve_array_subset_opt::<Vec<T>>(&all, &serial()).map_err(|e| e.to_string())?;
            Ok(values.into_iter().map(Pixel::to_f64).collect())
        }
        let (node, array) = self.array(v)?;
        let dtype = match node.kind() {
            Kind::Number(dtype) => dtype,
            Kind::Date => DType::I64,
            Kind::Text | Kind::Other => return Err(unreadable(&v.name, &self.title, "it holds no numbers".into())),
        };
        // A pixel vector without pixels stands for the type.
        with_pixels!(Pixels::zeros(dtype, 0), none => read(none, &array))
            .map_err(|cause| unreadable(&v.name, &self.title, cause))
    }

    fn texts(&self, v: &cf::Variable) -> Result<Vec<String>> {
        let (node, array) = self.array(v)?;
        let all = array.subset_all();
        let bytes = array
            .retrieve_array_subset_opt::<ArrayBytes<'static>>(&all, &serial())
            .map_err(|e| unreadable(&v.name, &self.title, e.to_string()))?;
        Ok(match bytes {
            ArrayBytes::Fixed(bytes) => {
                let count = v.shape.iter().product::<usize>().max(1);
                let utf32 = is_utf32(node);
                bytes.chunks(bytes.len().div_ceil(count).max(1)).map(|b| fixed_text(b, utf32)).collect()
            }
            ArrayBytes::Variable(held) => {
                let bytes = held.bytes();
                let edges = held.offsets();
                edges.windows(2).map(|pair| String::from_utf8_lossy(&bytes[pair[0]..pair[1]]).into_owned()).collect()
            }
            ArrayBytes::Optional(_) => return Err(unreadable(&v.name, &self.title, "it holds no text".into())),
        })
    }
}

/// An array to read chunks from.
pub fn open(store: &Arc<Store>, node: &Node, title: &str) -> Result<Array<Store>> {
    let metadata = node.readable().map_err(|e| unreadable(&node.name, title, e.to_string()))?;
    Array::new_with_metadata(store.clone(), &node.path, metadata)
        .map_err(|e| unreadable(&node.name, title, e.to_string()))
}

/// Codecs run on the calling thread: whoever calls is one of many.
pub fn serial() -> CodecOptions {
    CodecOptions::default().with_concurrent_target(1).with_chunk_concurrent_minimum(1)
}

pub fn unreadable(array: &str, title: &str, cause: String) -> Box<Diagnostic> {
    Diagnostic::new(codes::UNREADABLE, format!("the array `{array}` of `{title}` cannot be opened")).cause(cause)
}

fn variable(node: &Node) -> cf::Variable {
    let dtype = match node.kind() {
        Kind::Number(dtype) => Some(dtype),
        Kind::Date => Some(DType::I64),
        Kind::Text | Kind::Other => None,
    };
    let attributes = node.cf_attributes();
    cf::Variable { name: node.name.clone(), dims: node.dims(), shape: node.shape(), dtype, attributes }
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
