//! The options of the sink, read and checked.

use super::json;
use crate::cube::{DType, Schema};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use serde_json::{Map, Value};

pub const OPTIONS: &[(&str, &str)] = &[
    ("version", "Zarr format, 3 (default) or 2"),
    ("layout", "`bands`: an array a band (default); `cube`: one array with a band dimension"),
    ("chunks", "steps, rows and columns of a chunk: `[time 64 y 256 x 256]`; `all` for the whole length"),
    ("shards", "steps, rows and columns of a shard, whole multiples of the chunks (version 3)"),
    ("codec", "`blosc` (default), `zstd`, `lz4`, `gzip` or `none`, and a level: `zstd 5`"),
    ("dtype", "type of the stored numbers"),
    ("nodata", "stored number that stands for missing"),
    ("scale", "stored * scale + offset is the value"),
    ("offset", "stored * scale + offset is the value"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Bands,
    Cube,
}

/// A compressor and its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// blosc around zstd, bytes shuffled.
    Blosc(i64),
    /// blosc around lz4, bytes shuffled.
    Lz4(i64),
    Zstd(i64),
    Gzip(i64),
    None,
}

/// Lengths along time, rows and columns; nothing where the default holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    pub time: Option<usize>,
    pub y: Option<usize>,
    pub x: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub version: u8,
    pub layout: Layout,
    pub chunks: Sizes,
    pub shards: Option<Sizes>,
    pub codec: Codec,
    pub dtype: Option<DType>,
    pub nodata: Option<f64>,
    /// Scale and offset.
    pub packing: Option<(f64, f64)>,
}

impl Config {
    /// # Errors
    /// E0503 for a value that no option of that name can have.
    pub fn read(options: &Map<String, Value>, schema: &Schema) -> Result<Config> {
        let version = match options.get("version").and_then(json::number) {
            None if !options.contains_key("version") => 3,
            Some(2.0) => 2,
            Some(3.0) => 3,
            _ => return Err(bad("version", options, "2 or 3")),
        };
        let layout = match options.get("layout").map(|v| v.as_str()) {
            None | Some(Some("bands")) => Layout::Bands,
            Some(Some("cube")) => Layout::Cube,
            Some(_) => return Err(bad("layout", options, "`bands` or `cube`")),
        };
        let chunks = sizes("chunks", options, schema)?.unwrap_or_default();
        let shards = sizes("shards", options, schema)?;
        if shards.is_some() && version == 2 {
            return Err(
                Diagnostic::new(codes::BAD_OPTION, "Zarr version 2 has no shards").help("leave out `version 2`")
            );
        }
        let dtype = match options.get("dtype") {
            None => None,
            Some(value) => {
                let name = value.as_str().unwrap_or_default();
                let known = || DType::ALL.into_iter().map(DType::name);
                Some(DType::from_name(name).ok_or_else(|| {
                    bad("dtype", options, &diagnostic::list_some(known(), 10))
                        .help_if(diagnostic::did_you_mean(name, known()))
                })?)
            }
        };
        let number = |key: &str| match options.get(key) {
            None => Ok(None),
            Some(value) => json::number(value).map(Some).ok_or_else(|| bad(key, options, "a number")),
        };
        let (nodata, scale, offset) = (number("nodata")?, number("scale")?, number("offset")?);
        if scale == Some(0.0) {
            return Err(bad("scale", options, "a number other than 0"));
        }
        let packing = (scale.is_some() || offset.is_some()).then(|| (scale.unwrap_or(1.0), offset.unwrap_or(0.0)));
        if packing.is_some() && dtype.is_none() {
            return Err(Diagnostic::new(codes::BAD_OPTION, "`scale` and `offset` need the type of the stored numbers")
                .help("add `dtype int16`"));
        }
        for band in &schema.bands {
            let stored = dtype.unwrap_or(band.dtype);
            if let Some(value) = nodata.filter(|v| !stored.holds(*v) && (stored != DType::F32 || !v.is_finite())) {
                let message =
                    format!("`nodata {value}` is no {stored}, the type in which band `{}` is stored", band.name);
                return Err(Diagnostic::new(codes::BAD_OPTION, message).help("choose another `nodata` or `dtype`"));
            }
        }
        Ok(Config { version, layout, chunks, shards, codec: codec(options)?, dtype, nodata, packing })
    }
}

fn bad(key: &str, options: &Map<String, Value>, expected: &str) -> Box<Diagnostic> {
    let given = options.get(key).map_or(String::new(), Value::to_string);
    Diagnostic::new(codes::BAD_OPTION, format!("`{key}` of `save zarr` is {expected}, not {given}"))
}

/// A map, or its keys and values in turn as the language writes it.
fn sizes(key: &str, options: &Map<String, Value>, schema: &Schema) -> Result<Option<Sizes>> {
    let expected = "a list such as `[time 64 y 256 x 256]`";
    let pairs: Vec<(&str, &Value)> = match options.get(key) {
        None => return Ok(None),
        Some(Value::Object(map)) => map.iter().map(|(k, v)| (k.as_str(), v)).collect(),
        Some(Value::Array(list)) if list.len().is_multiple_of(2) => {
            list.chunks_exact(2).map(|pair| (pair[0].as_str().unwrap_or_default(), &pair[1])).collect()
        }
        Some(_) => return Err(bad(key, options, expected)),
    };
    let mut sizes = Sizes::default();
    for (dim, value) in pairs {
        let (slot, whole) = match dim {
            "time" | "t" => (&mut sizes.time, schema.time.len()),
            "y" | "lat" => (&mut sizes.y, schema.grid.height),
            "x" | "lon" => (&mut sizes.x, schema.grid.width),
            other if other == schema.time.dim_name() => (&mut sizes.time, schema.time.len()),
            other => {
                return Err(bad(key, options, expected).help(format!("`{other}` is not one of `time`, `y` and `x`")));
            }
        };
        let number = json::number(value);
        *slot = Some(match (value.as_str(), number) {
            (Some("all"), _) | (_, Some(-1.0)) => whole.max(1),
            (_, Some(n)) if n >= 1.0 && n.fract() == 0.0 && n < 1e9 => n as usize,
            _ => return Err(bad(key, options, expected)),
        });
    }
    Ok(Some(sizes))
}

fn codec(options: &Map<String, Value>) -> Result<Codec> {
    let expected = "`blosc`, `zstd`, `lz4`, `gzip` or `none`, with a level after it if you like: `codec zstd 5`";
    let (name, level) = match options.get("codec") {
        None => ("blosc", None),
        Some(Value::String(name)) => (name.as_str(), None),
        Some(Value::Array(list)) if list.len() == 2 => {
            let level = json::number(&list[1]).filter(|n| n.fract() == 0.0);
            (list[0].as_str().unwrap_or_default(), Some(level.ok_or_else(|| bad("codec", options, expected))? as i64))
        }
        Some(Value::Array(list)) if list.len() == 1 => (list[0].as_str().unwrap_or_default(), None),
        // `[zstd 5]`: a list of a word and a number is read as names and values.
        Some(Value::Object(map)) if map.len() == 1 => {
            let (name, level) = map.iter().next().ok_or_else(|| bad("codec", options, expected))?;
            let level = json::number(level).filter(|n| n.fract() == 0.0);
            (name.as_str(), Some(level.ok_or_else(|| bad("codec", options, expected))? as i64))
        }
        Some(_) => return Err(bad("codec", options, expected)),
    };
    let (codec, range) = match name {
        "blosc" => (Codec::Blosc(level.unwrap_or(1)), 0..=9),
        "lz4" => (Codec::Lz4(level.unwrap_or(5)), 0..=9),
        "zstd" => (Codec::Zstd(level.unwrap_or(3)), -7..=22),
        "gzip" => (Codec::Gzip(level.unwrap_or(5)), 0..=9),
        "none" if level.is_none() => return Ok(Codec::None),
        _ => return Err(bad("codec", options, expected)),
    };
    match level {
        Some(level) if !range.contains(&level) => {
            Err(bad("codec", options, &format!("for {name} at a level of {} to {}", range.start(), range.end())))
        }
        _ => Ok(codec),
    }
}
