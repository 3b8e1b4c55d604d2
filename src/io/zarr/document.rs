//! The documents that describe arrays and groups, in Zarr v2 and v3.

use super::config::Codec;
use crate::cube::DType;
use crate::io::json::{encode_fill, pixel};

use serde_json::{Map, Value, json};

/// Bytes that blosc shuffles and compresses together: in blocks this large, zstd at level 1 packs what sensors and models
/// give as tightly as level 3 in the small blocks that blosc would choose, in a third of the time.
const BLOCK: usize = 1 << 20;

/// What an array holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Number(DType),
    /// Text of at most this many characters.
    Text(usize),
}

/// An array to be made.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub name: String,
    pub dims: Vec<String>,
    pub shape: Vec<usize>,
    /// What is compressed together and can be read alone.
    pub chunks: Vec<usize>,
    /// What is one object, where chunks are gathered in shards.
    pub shards: Option<Vec<usize>>,
    pub element: Element,
    pub codec: Codec,
    /// What absent chunks hold.
    pub fill: Option<f64>,
    /// Whether the fill value stands for missing.
    pub masked: bool,
    pub attributes: Map<String, Value>,
}

impl Spec {
    /// A coordinate: one uncompressed chunk, nothing missing.
    pub(crate) fn coordinate(name: &str, dims: &[&str], shape: &[usize], element: Element, attributes: Value) -> Spec {
        let attributes = attributes.as_object().cloned().unwrap_or_default();
        let dims = dims.iter().map(|d| d.to_string()).collect();
        let chunks = shape.iter().map(|&n| n.max(1)).collect();
        let (shape, shards, codec) = (shape.to_vec(), None, Codec::None);
        let fill = matches!(element, Element::Number(_)).then_some(0.0);
        Spec { name: name.into(), dims, shape, chunks, shards, element, codec, fill, masked: false, attributes }
    }

    /// The documents by the names they have below the array's own.
    pub(crate) fn documents(&self, version: u8) -> Vec<(&'static str, Value)> {
        if version == 2 {
            vec![(".zarray", self.v2()), (".zattrs", self.attributes_v2().into())]
        } else {
            vec![("zarr.json", self.v3())]
        }
    }

    /// Key of the only chunk of a coordinate.
    pub(crate) fn only_chunk(&self, version: u8) -> String {
        let n = self.shape.len();
        let key = match version {
            2 => vec!["0"; n.max(1)].join("."),
            _ => std::iter::once("c").chain(std::iter::repeat_n("0", n)).collect::<Vec<_>>().join("/"),
        };
        format!("{}/{key}", self.name)
    }

    fn v3(&self) -> Value {
        let (data_type, bytes) = match self.element {
            Element::Number(dtype) if dtype.bytes() == 1 => (dtype.name(), json!({"name": "bytes"})),
            Element::Number(dtype) => (dtype.name(), json!({"name": "bytes", "configuration": {"endian": "little"}})),
            Element::Text(_) => ("string", json!({"name": "vlen-utf8"})),
        };
        let mut codecs = vec![bytes];
        codecs.extend(self.compressor_v3());
        let outer = match &self.shards {
            None => &self.chunks,
            Some(shards) => {
                let index =
                    [json!({"name": "bytes", "configuration": {"endian": "little"}}), json!({"name": "crc32c"})];
                codecs = vec![json!({"name": "sharding_indexed", "configuration": {
                    "chunk_shape": self.chunks, "codecs": codecs, "index_codecs": index, "index_location": "end",
                }})];
                shards
            }
        };
        let mut held = self.attributes.clone();
        if self.masked
            && let (Some(fill), Element::Number(dtype)) = (self.fill, self.element)
        {
            let text = if dtype.is_float() { encode_fill(fill).into() } else { pixel(fill, dtype) };
            held.insert("_FillValue".into(), text);
        }
        json!({
            "zarr_format": 3,
            "node_type": "array",
            "shape": self.shape,
            "data_type": data_type,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": outer}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": self.fill_json(true),
            "codecs": codecs,
            "attributes": held,
            "storage_transformers": [],
            "dimension_names": self.dims,
        })
    }

    fn v2(&self) -> Value {
        let dtype = match self.element {
            Element::Text(length) => format!("<U{length}"),
            Element::Number(dtype) => dtype.typestr(false),
        };
        json!({
            "zarr_format": 2,
            "shape": self.shape,
            "chunks": self.chunks,
            "dtype": dtype,
            "compressor": self.compressor_v2(),
            "fill_value": self.fill_json(false),
            "order": "C",
            "filters": null,
            "dimension_separator": ".",
        })
    }

    fn attributes_v2(&self) -> Map<String, Value> {
        let mut held = self.attributes.clone();
        held.insert("_ARRAY_DIMENSIONS".into(), self.dims.clone().into());
        held
    }

    /// In v2 a fill value means missing to xarray, so there is none where nothing may be missing.
    fn fill_json(&self, v3: bool) -> Value {
        match (self.element, self.fill) {
            (Element::Text(_), _) => {
                if v3 {
                    "".into()
                } else {
                    Value::Null
                }
            }
            (Element::Number(_), _) if !v3 && !self.masked => Value::Null,
            (Element::Number(dtype), fill) => {
                pixel(fill.unwrap_or(if dtype.is_float() { f64::NAN } else { 0.0 }), dtype)
            }
        }
    }

    fn compressor_v3(&self) -> Option<Value> {
        let size = match self.element {
            Element::Number(dtype) => dtype.bytes(),
            Element::Text(_) => 1,
        };
        let blosc = |cname: &str, level: i64| {
            json!({"name": "blosc", "configuration": {
                "cname": cname, "clevel": level, "shuffle": if size == 1 { "noshuffle" } else { "shuffle" },
                "typesize": size, "blocksize": BLOCK,
            }})
        };
        Some(match self.codec {
            Codec::Blosc(level) => blosc("zstd", level),
            Codec::Lz4(level) => blosc("lz4", level),
            Codec::Zstd(level) => json!({"name": "zstd", "configuration": {"level": level, "checksum": false}}),
            Codec::Gzip(level) => json!({"name": "gzip", "configuration": {"level": level}}),
            Codec::None => return None,
        })
    }

    fn compressor_v2(&self) -> Value {
        let shuffle = i64::from(!matches!(self.element, Element::Number(dtype) if dtype.bytes() == 1));
        match self.codec {
            Codec::Blosc(level) => {
                json!({"id": "blosc", "cname": "zstd", "clevel": level, "shuffle": shuffle, "blocksize": BLOCK})
            }
            Codec::Lz4(level) => {
                json!({"id": "blosc", "cname": "lz4", "clevel": level, "shuffle": shuffle, "blocksize": BLOCK})
            }
            Codec::Zstd(level) => json!({"id": "zstd", "level": level}),
            Codec::Gzip(level) => json!({"id": "gzip", "level": level}),
            Codec::None => Value::Null,
        }
    }
}

/// The root of a store: its own documents, with those of every array gathered in them.
pub(super) fn root(
    version: u8,
    held: &Map<String, Value>,
    arrays: &[(String, Vec<(&'static str, Value)>)],
) -> Vec<(String, Value)> {
    if version == 3 {
        let all: Map<String, Value> =
            arrays.iter().filter_map(|(name, documents)| Some((name.clone(), documents.first()?.1.clone()))).collect();
        let document = json!({
            "zarr_format": 3,
            "node_type": "group",
            "attributes": held,
            "consolidated_metadata": {"kind": "inline", "must_understand": false, "metadata": all},
        });
        return vec![("zarr.json".into(), document)];
    }
    let group = json!({"zarr_format": 2});
    let mut all = Map::new();
    all.insert(".zgroup".into(), group.clone());
    all.insert(".zattrs".into(), held.clone().into());
    for (name, documents) in arrays {
        all.extend(documents.iter().map(|(key, document)| (format!("{name}/{key}"), document.clone())));
    }
    vec![
        (".zattrs".into(), held.clone().into()),
        (".zgroup".into(), group),
        (".zmetadata".into(), json!({"zarr_consolidated_format": 1, "metadata": all})),
    ]
}
