//! The options of the sink, read and checked.

use crate::cube::{DType, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::saving::{self, Encoding, Lengths, Sizes, bad};
use crate::plan::Payload;
use crate::signature::{Example, Param, Shape, Signature};
use serde::Deserialize;

pub(super) const SAVE: Signature = Signature {
    name: "save zarr",
    summary: "Write a Zarr store.",
    params: &[
        saving::PATH,
        saving::OVERWRITE,
        saving::APPEND,
        saving::RESUME,
        Param::option("version", Shape::Integer, "Zarr format, 3 (default) or 2"),
        Param::option(
            "layout",
            Shape::Choice(&["bands", "cube"]),
            "`bands`: an array a band (default); `cube`: one array with a band dimension",
        ),
        Param::option(
            "chunks",
            Shape::Sizes,
            "steps, rows and columns of a chunk: `[time 64 y 256 x 256]`; `all` for the whole length",
        ),
        Param::option(
            "shards",
            Shape::Sizes,
            "steps, rows and columns of a shard, whole multiples of the chunks (version 3)",
        ),
        Param::option(
            "codec",
            Shape::Codec,
            "`blosc` (default), `zstd`, `lz4`, `gzip` or `none`, and a level: `zstd 5`",
        ),
        saving::DTYPE,
        saving::NODATA,
        saving::SCALE,
        saving::OFFSET,
    ],
    seek: &["to_zarr", "write", "store"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | resample 1mo mean | save zarr \"ndvi.zarr\" chunks [time 12 y 256 x 256] codec zstd 5 overwrite",
        output: "",
    }],
};

/// What `save zarr` can be told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SaveZarr {
    encoding: Encoding,
    pub version: Option<i64>,
    pub layout: Option<Layout>,
    chunks: Sizes,
    shards: Option<Sizes>,
    /// A name, and perhaps a level.
    codec: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Layout {
    #[default]
    Bands,
    Cube,
}

/// A compressor and its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// blosc around zstd, bytes shuffled.
    Blosc(i64),
    /// blosc around lz4, bytes shuffled.
    Lz4(i64),
    Zstd(i64),
    Gzip(i64),
    None,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Config {
    pub version: u8,
    pub layout: Layout,
    pub chunks: Lengths,
    pub shards: Option<Lengths>,
    pub codec: Codec,
    pub dtype: Option<DType>,
    pub nodata: Option<f64>,
    /// Scale and offset.
    pub packing: Option<(f64, f64)>,
}

impl Config {
    /// # Errors
    /// E0503 for a value that no option of that name can have.
    pub(super) fn read(options: &Payload, schema: &Schema) -> Result<Config> {
        let options: SaveZarr = saving::read_encoded(options)?;
        let version = match options.version {
            None | Some(3) => 3,
            Some(2) => 2,
            Some(other) => return Err(bad("version", "2 or 3", other)),
        };
        let layout = options.layout.unwrap_or_default();
        let chunks = options.chunks.of("chunks", schema)?;
        let shards = options.shards.map(|sizes| sizes.of("shards", schema)).transpose()?;
        if shards.is_some() && version == 2 {
            return Err(Diagnostic::new(codes::BAD_OPTION, "Zarr version 2 has no shards")
                .about("shards")
                .help("leave out `version 2`"));
        }
        let dtype = options.encoding.dtype;
        let (nodata, packing) = (options.encoding.nodata()?, options.encoding.packing()?);
        for band in &schema.bands {
            let stored = dtype.unwrap_or(band.dtype);
            if let Some(value) = nodata.filter(|v| !stored.holds(*v) && (stored != DType::F32 || !v.is_finite())) {
                let message =
                    format!("`nodata {value}` is no {stored}, the type in which band `{}` is stored", band.name);
                return Err(Diagnostic::new(codes::BAD_OPTION, message)
                    .about("nodata")
                    .help("choose another `nodata` or `dtype`"));
            }
        }
        Ok(Config { version, layout, chunks, shards, codec: codec(&options.codec)?, dtype, nodata, packing })
    }
}

fn codec(given: &[String]) -> Result<Codec> {
    let wrong = || {
        let expected = "`blosc`, `zstd`, `lz4`, `gzip` or `none`, with a level after it if you like: `codec zstd 5`";
        bad("codec", expected, given.join(" "))
    };
    let (name, level) = match given {
        [] => ("blosc", None),
        [name] => (name.as_str(), None),
        [name, level] => (name.as_str(), Some(level.parse::<i64>().map_err(|_| wrong())?)),
        _ => return Err(wrong()),
    };
    let (codec, range) = match name {
        "blosc" => (Codec::Blosc(level.unwrap_or(1)), 0..=9),
        "lz4" => (Codec::Lz4(level.unwrap_or(5)), 0..=9),
        "zstd" => (Codec::Zstd(level.unwrap_or(3)), -7..=22),
        "gzip" => (Codec::Gzip(level.unwrap_or(5)), 0..=9),
        "none" if level.is_none() => return Ok(Codec::None),
        _ => return Err(wrong()),
    };
    match level {
        Some(level) if !range.contains(&level) => {
            let expected = format!("a level of {} to {} for {name}", range.start(), range.end());
            Err(bad("codec", &expected, level))
        }
        _ => Ok(codec),
    }
}
