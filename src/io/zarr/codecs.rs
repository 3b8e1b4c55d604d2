//! Documents of arrays whose codecs zarrs does not have, written anew so that [`super::numcodecs`] decodes them.

use super::numcodecs::{FILTERS, NAME, PACKERS};
use crate::cube::DType;
use serde_json::{Map, Value, json};

/// The codecs of v2 that zarrs reads.
const NATIVE: [&str; 7] = ["blosc", "bz2", "fletcher32", "gzip", "shuffle", "zlib", "zstd"];

/// The document for zarrs of an array of numbers, if it needs another than the store has.
///
/// One of v2 becomes one of v3 whose chunks lie where those of v2 do. Floats of 16 bits are made wider as they are read.
pub(super) fn translated(document: &Value) -> Option<Value> {
    match document.get("zarr_format").and_then(Value::as_u64) {
        Some(2) => of_v2(document),
        _ => of_v3(document),
    }
}

fn of_v2(document: &Value) -> Option<Value> {
    let id = |codec: &Value| codec.get("id").and_then(Value::as_str).map(str::to_string);
    let filters = document.get("filters").and_then(Value::as_array).cloned().unwrap_or_default();
    let compressor = document.get("compressor").filter(|c| !c.is_null());
    let typestr = document.get("dtype")?.as_str()?;
    let (is_big, short) = (typestr.starts_with('>'), typestr.trim_start_matches(['<', '>', '|']));
    let is_half = short == "f2";
    let is_native = |codec: &Value| id(codec).is_some_and(|id| NATIVE.contains(&id.as_str()));
    if filters.iter().chain(compressor).all(is_native) && !is_half {
        return None;
    }
    let dtype = if is_half { DType::F32 } else { self::short(short)? };
    let mut codecs = Vec::new();
    let shape = document.get("shape")?.as_array()?;
    if document.get("order").and_then(Value::as_str) == Some("F") {
        let order: Vec<usize> = (0..shape.len()).rev().collect();
        codecs.push(json!({"name": "transpose", "configuration": {"order": order}}));
    }
    codecs.push(json!({"name": "bytes", "configuration": {"endian": if is_big { "big" } else { "little" }}}));
    if is_half {
        codecs.push(widened(is_big));
    }
    for codec in filters.iter().chain(compressor) {
        codecs.push(named(&id(codec)?, codec.as_object()?, dtype.bytes())?);
    }
    let fill = document.get("fill_value").filter(|fill| !fill.is_null()).cloned().unwrap_or(json!(0));
    Some(json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": dtype.name(),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": document.get("chunks")?}},
        "chunk_key_encoding": {
            "name": "v2",
            "configuration": {"separator": document.get("dimension_separator").cloned().unwrap_or(json!("."))},
        },
        "fill_value": fill,
        "codecs": codecs,
    }))
}

fn of_v3(document: &Value) -> Option<Value> {
    let is_half = document.get("data_type").and_then(Value::as_str) == Some("float16");
    let codecs = document.get("codecs")?.as_array()?;
    let is_of_python = codecs.iter().any(|codec| codec.to_string().contains("\"numcodecs."));
    if !is_half && !is_of_python {
        return None;
    }
    let mut out = document.clone();
    let held = out.as_object_mut()?;
    if is_half {
        held.insert("data_type".into(), "float32".into());
    }
    held.insert("codecs".into(), chain(codecs, is_half)?.into());
    Some(out)
}

/// A chain of v3, with numcodecs' filters of arrays behind the codec that makes bytes of elements.
fn chain(codecs: &[Value], is_half: bool) -> Option<Vec<Value>> {
    let (mut out, mut filters) = (Vec::new(), Vec::new());
    for codec in codecs {
        let name = codec.get("name").or(Some(codec)).and_then(Value::as_str)?;
        let settings = codec.get("configuration").and_then(Value::as_object).cloned().unwrap_or_default();
        match name.strip_prefix("numcodecs.") {
            Some(id) if FILTERS.contains(&id) => filters.push(named(id, &settings, 1)?),
            Some(id) => out.push(named(id, &settings, 1)?),
            None if name == "sharding_indexed" => {
                let mut inner = codec.clone();
                let codecs = chain(settings.get("codecs")?.as_array()?, is_half)?;
                *inner.pointer_mut("/configuration/codecs")? = codecs.into();
                out.push(inner);
            }
            None if name == "bytes" => {
                out.push(codec.clone());
                let is_big = settings.get("endian").and_then(Value::as_str) == Some("big");
                out.extend(is_half.then(|| widened(is_big)));
                out.append(&mut filters);
            }
            None => out.push(codec.clone()),
        }
    }
    filters.is_empty().then_some(out)
}

/// The step from floats of 16 bits to those of 32.
fn widened(is_big: bool) -> Value {
    let order = if is_big { '>' } else { '<' };
    let types = [("encode_dtype", format!("{order}f2")), ("decode_dtype", format!("{order}f4"))];
    let settings = Map::from_iter(types.map(|(key, text)| (key.to_string(), text.into())));
    own("astype", &settings)
}

fn own(id: &str, settings: &Map<String, Value>) -> Value {
    let mut settings = settings.clone();
    settings.insert("id".into(), id.into());
    json!({"name": NAME, "configuration": settings})
}

/// A codec of numcodecs as zarrs, or else this crate, has it. What was chosen for the writing does not matter to reading,
/// but zarrs asks for it.
fn named(id: &str, settings: &Map<String, Value>, bytes: usize) -> Option<Value> {
    let level = settings.get("level").cloned().unwrap_or(json!(1));
    let with_level = |name: &str| json!({"name": name, "configuration": {"level": level}});
    Some(match id {
        "gzip" => with_level("gzip"),
        "zlib" => with_level("numcodecs.zlib"),
        "bz2" => with_level("numcodecs.bz2"),
        "zstd" => {
            let checksum = settings.get("checksum").cloned().unwrap_or(json!(false));
            json!({"name": "zstd", "configuration": {"level": level, "checksum": checksum}})
        }
        "blosc" => {
            let usual = |key: &str, value: Value| settings.get(key).cloned().unwrap_or(value);
            json!({"name": "blosc", "configuration": {
                "cname": usual("cname", json!("lz4")),
                "clevel": usual("clevel", json!(5)),
                "shuffle": "shuffle",
                "typesize": bytes,
                "blocksize": usual("blocksize", json!(0)),
            }})
        }
        "crc32c" => {
            let location = settings.get("location").cloned().unwrap_or(json!("end"));
            json!({"name": "numcodecs.crc32c", "configuration": {"location": location}})
        }
        "fletcher32" => json!({"name": "numcodecs.fletcher32"}),
        "shuffle" => {
            let size = settings.get("elementsize").cloned().unwrap_or(json!(4));
            json!({"name": "numcodecs.shuffle", "configuration": {"elementsize": size}})
        }
        id if FILTERS.contains(&id) || PACKERS.contains(&id) => own(id, settings),
        _ => return None,
    })
}

/// numpy's one letter and size.
pub(super) fn short(text: &str) -> Option<DType> {
    Some(match text {
        "u1" => DType::U8,
        "i1" => DType::I8,
        "u2" => DType::U16,
        "i2" => DType::I16,
        "u4" => DType::U32,
        "i4" => DType::I32,
        "u8" => DType::U64,
        "i8" => DType::I64,
        "f4" => DType::F32,
        "f8" => DType::F64,
        _ => return None,
    })
}
