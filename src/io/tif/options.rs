//! The options of `save tif` and `save cog`: their names and help, and what their values mean to GDAL.

use super::raw;
use super::template::Target;
use crate::cube::DType;
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::geometry::crs;
use crate::io::saving::{self, Encoding, bad};
use crate::plan::{Payload, Resampling};
use crate::signature::{Example, Param, Shape, Signature};
use serde::Deserialize;
use std::ops::RangeInclusive;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tif,
    Cog,
}

/// What files of both formats are called.
pub(crate) const EXTENSIONS: &[&str] = &["tif", "tiff", "gtiff"];

/// Every compression of GDAL's drivers is a word of its own, so that what this GDAL was built without is said.
const COMPRESS: Param = Param::option(
    "compress",
    Shape::Text,
    "deflate (default), zstd, lzw, lzma, jpeg, webp, lerc, lerc_deflate, lerc_zstd or none; tif also packbits",
);

/// Overviews are built and blocks are sized by these names.
const OVERVIEW_RESAMPLING: &[&str] =
    &["auto", "nearest", "average", "rms", "mode", "bilinear", "cubic", "cubicspline", "lanczos"];

/// The parameters of both formats, and what one of them has alone.
macro_rules! params {
    ($($own:expr),* $(,)?) => {
        &[
            saving::PATH,
            saving::OVERWRITE,
            COMPRESS,
            Param::option("profile", Shape::Text, "the same as `compress`; `raw` is no compression"),
            Param::option(
                "level",
                Shape::Integer,
                "how hard to compress: 1 to 9 for deflate and lzma, 1 to 22 for zstd",
            ),
            Param::option(
                "predictor",
                Shape::Choice(&["auto", "none", "no", "yes", "1", "2", "3", "standard", "floating_point"]),
                "auto (default: 2 for integers, 3 for floats), none, 2 or 3",
            ),
            Param::option("quality", Shape::Integer, "1 to 100 for jpeg and webp"),
            Param::option("max_z_error", Shape::Number, "largest error of a value for lerc; 0 (default) is lossless"),
            Param::option(
                "blocksize",
                Shape::Integer,
                "edge of a tile in pixels, 64 to 4096, a multiple of 16; 512, for tif 256",
            ),
            Param::option(
                "bigtiff",
                Shape::Choice(&["yes", "no", "if_needed", "if_safer", "true", "false"]),
                "yes, no, if_needed or if_safer (default)",
            ),
            Param::option("num_threads", Shape::Text, "threads that compress one file, or all_cpus"),
            Param::option("sparse_ok", Shape::Switch, "leave out blocks that are all nodata"),
            saving::DTYPE,
            Param { help: "value that marks missing pixels, or none", ..saving::NODATA },
            saving::SCALE,
            saving::OFFSET,
            Param::option(
                "overview_resampling",
                Shape::Choice(OVERVIEW_RESAMPLING),
                "auto (default: mode for uint8, else average), nearest, average, rms, mode, bilinear, cubic, cubicspline or lanczos",
            ),
            Param::option("overview_count", Shape::Integer, "number of overviews"),
            Param::option("add_mask", Shape::Switch, "mark missing pixels by a mask band in place of nodata"),
            Param::option(
                "statistics",
                Shape::Switch,
                "store minimum, maximum, mean and standard deviation of each band",
            ),
            Param::option("tags", Shape::Names, "metadata of the file: [\"KEY=VALUE\" ..]"),
            Param::option("metadata", Shape::Names, "the same as `tags`"),
            Param::option(
                "band_tags",
                Shape::Names,
                "metadata of the bands: [\"KEY=VALUE\" \"band:KEY=VALUE\" ..]",
            ),
            Param::option(
                "colormap",
                Shape::Names,
                "colors of the values of a uint8 or uint16 band: [\"1=#00ff00\" ..]",
            ),
            Param::option("config", Shape::Names, "GDAL's configuration while writing: [\"KEY=VALUE\" ..]"),
            Param::option(
                "creation",
                Shape::Names,
                "any other creation option of GDAL's driver: [\"KEY=VALUE\" ..]",
            ),
            $($own),*
        ]
    };
}

pub(crate) const TIF: Signature = Signature {
    name: "save tif",
    summary: "Write GeoTIFF files.",
    params: params![
        Param::option("tiled", Shape::Switch, "in tiles (default) or in strips"),
        Param::option("interleave", Shape::Choice(&["band", "pixel"]), "band (default) or pixel"),
        Param::option("overviews", Shape::Names, "none (default), auto, or their factors: [2 4 8]"),
    ],
    seek: &["to_raster", "geotiff", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | resample 1mo mean | save tif \"out/{time:%Y%m%d}.tif\" compress zstd overwrite",
        output: "",
    }],
};

pub(crate) const COG: Signature = Signature {
    name: "save cog",
    summary: "Write cloud-optimized GeoTIFF files.",
    params: params![
        Param::option("overviews", Shape::Names, "auto (default) or none"),
        Param::option("overview_compress", Shape::Text, "compression of the overviews; that of the file"),
        Param::option("overview_quality", Shape::Integer, "1 to 100 for jpeg and webp"),
        Param::option(
            "resampling",
            Shape::Choice(Resampling::WORDS),
            "resampling when `target_srs` or `tiling_scheme` change the grid",
        ),
        Param::option("tiling_scheme", Shape::Text, "GoogleMapsCompatible or another of GDAL's"),
        Param::option("zoom_level", Shape::Integer, "zoom level of the tiling scheme"),
        Param::option(
            "zoom_level_strategy",
            Shape::Choice(&["auto", "lower", "upper"]),
            "auto (default), lower or upper",
        ),
        Param::option("aligned_levels", Shape::Integer, "levels whose tiles are those of the tiling scheme"),
        Param::option("target_srs", Shape::Crs, "reference system to write, such as EPSG:3857"),
    ],
    seek: &["to_raster", "cloud", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | resample 1mo mean | save cog \"out/{time:%Y%m}.tif\" overview_resampling average overwrite",
        output: "",
    }],
};

/// What `save tif` and `save cog` can be told; which of it each knows is said by its parameters.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SaveTif {
    encoding: Encoding,
    compress: Option<String>,
    profile: Option<String>,
    level: Option<i64>,
    predictor: Option<String>,
    quality: Option<i64>,
    max_z_error: Option<f64>,
    blocksize: Option<i64>,
    bigtiff: Option<String>,
    num_threads: Option<String>,
    sparse_ok: bool,
    overview_resampling: Option<String>,
    overview_count: Option<i64>,
    add_mask: bool,
    statistics: bool,
    tags: Vec<String>,
    metadata: Vec<String>,
    band_tags: Vec<String>,
    colormap: Vec<String>,
    config: Vec<String>,
    creation: Vec<String>,
    overviews: Vec<String>,
    tiled: Option<bool>,
    interleave: Option<String>,
    overview_compress: Option<String>,
    overview_quality: Option<i64>,
    resampling: Option<String>,
    tiling_scheme: Option<String>,
    zoom_level: Option<i64>,
    zoom_level_strategy: Option<String>,
    aligned_levels: Option<i64>,
    target_srs: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Nodata {
    /// That of the bands, or one that fits the type.
    Auto,
    None,
    Is(f64),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Overviews {
    Auto,
    None,
    Factors(Vec<i32>),
}

/// What the options of one `save` mean.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub kind: Kind,
    pub compress: String,
    level: Option<i64>,
    predictor: Option<u8>,
    quality: Option<i64>,
    pub blocksize: usize,
    tiled: bool,
    interleave: Option<String>,
    threads: Option<String>,
    pub dtype: Option<DType>,
    pub nodata: Nodata,
    pub packing: Option<(f64, f64)>,
    pub overviews: Overviews,
    pub overview_count: Option<i64>,
    overview_resampling: Option<String>,
    pub add_mask: bool,
    /// The mask was not asked for, and nothing else would keep missing pixels missing.
    pub mask_needed: bool,
    pub statistics: bool,
    pub tags: Vec<(String, String)>,
    pub band_tags: Vec<(String, String)>,
    pub colormap: Vec<(u16, [u8; 4])>,
    pub config: Vec<(String, String)>,
    /// Creation options that go to the driver as they are.
    creation: Vec<(String, String)>,
}

impl Settings {
    /// # Errors
    /// `E0503` for a value that means nothing, with those that do.
    pub(crate) fn read(kind: Kind, options: &Payload) -> Result<Settings> {
        let o: SaveTif = saving::read_encoded(options)?;
        let driver = raw::creation_options(kind.driver())?;
        let compression = |name: &'static str, given: &Option<String>| compression(name, given.as_deref(), &driver);
        let compress = compression("compress", &o.compress)?.or(compression("profile", &o.profile)?);
        let compress = compress.unwrap_or_else(|| "deflate".into());
        let most = if compress == "zstd" { 22 } else { 9 };
        let default_block = if kind == Kind::Cog { 512 } else { 256 };
        let blocksize = saving::within("blocksize", o.blocksize, 64..=4096)?.unwrap_or(default_block);
        if blocksize % 16 != 0 {
            return Err(bad("blocksize", "a multiple of 16", blocksize));
        }
        let mut creation = Vec::new();
        let mut add = |name: &str, value: Option<String>| creation.extend(value.map(|v| (name.to_string(), v)));
        add("MAX_Z_ERROR", o.max_z_error.map(|error| error.to_string()));
        add("BIGTIFF", Some(yes_no(o.bigtiff.as_deref().unwrap_or("if_safer"))));
        add("SPARSE_OK", o.sparse_ok.then(|| "TRUE".into()));
        add("OVERVIEW_COMPRESS", compression("overview_compress", &o.overview_compress)?.map(|c| c.to_uppercase()));
        add("OVERVIEW_QUALITY", number("overview_quality", o.overview_quality, 1..=100)?);
        add("WARP_RESAMPLING", o.resampling.map(|method| method.to_uppercase()));
        add("TILING_SCHEME", o.tiling_scheme);
        add("ZOOM_LEVEL", number("zoom_level", o.zoom_level, 0..=30)?);
        add("ZOOM_LEVEL_STRATEGY", o.zoom_level_strategy.map(|strategy| strategy.to_uppercase()));
        add("ALIGNED_LEVELS", number("aligned_levels", o.aligned_levels, 1..=10)?);
        let system = o.target_srs.as_deref().map(crs::parse).transpose().map_err(|d| d.about("target_srs"))?;
        add("TARGET_SRS", system.map(|system| system.wkt.to_string()));
        for (key, value) in pairs("creation", &o.creation)? {
            let key = key.to_uppercase();
            if !driver.iter().any(|(name, _)| *name == key) {
                let names = || driver.iter().map(|(name, _)| name.as_str());
                let message = format!("GDAL's {} driver has no creation option `{key}`", kind.driver());
                return Err(Diagnostic::new(codes::BAD_OPTION, message)
                    .about("creation")
                    .help_if(diagnostic::did_you_mean(&key, names()))
                    .help(format!("creation options: {}", diagnostic::list_some(names(), 60))));
            }
            creation.push((key, value));
        }
        let mut tags = pairs("tags", &o.tags)?;
        tags.extend(pairs("metadata", &o.metadata)?);
        Ok(Settings {
            kind,
            level: saving::within("level", o.level, 1..=most)?,
            predictor: match o.predictor.as_deref() {
                Some("none" | "no" | "1") => Some(1),
                Some("2" | "standard") => Some(2),
                Some("3" | "floating_point") => Some(3),
                _ => None,
            },
            quality: saving::within("quality", o.quality, 1..=100)?,
            compress,
            blocksize: blocksize as usize,
            tiled: o.tiled.unwrap_or(true),
            interleave: o.interleave,
            threads: match o.num_threads {
                Some(text) if text.eq_ignore_ascii_case("all_cpus") => Some("ALL_CPUS".into()),
                Some(text) if text.parse::<u16>().is_ok_and(|n| n > 0) => Some(text),
                Some(text) => return Err(bad("num_threads", "a number of threads or `all_cpus`", text)),
                None => None,
            },
            dtype: o.encoding.dtype,
            nodata: match o.encoding.nodata.as_deref() {
                None => Nodata::Auto,
                Some("none" | "false") => Nodata::None,
                Some(_) => o.encoding.nodata()?.map_or(Nodata::None, Nodata::Is),
            },
            packing: o.encoding.packing()?,
            overviews: overviews(kind, &o.overviews)?,
            overview_count: saving::within("overview_count", o.overview_count, 0..=30)?,
            overview_resampling: o.overview_resampling.filter(|method| method != "auto"),
            add_mask: o.add_mask,
            mask_needed: false,
            statistics: o.statistics,
            tags,
            band_tags: pairs("band_tags", &o.band_tags)?,
            colormap: colormap(&o.colormap)?,
            config: pairs("config", &o.config)?,
            creation,
        })
    }

    /// Whether GDAL makes another grid of the cube's.
    pub(crate) fn moves_pixels(&self) -> bool {
        self.creation.iter().any(|(name, value)| match name.as_str() {
            "TARGET_SRS" => true,
            "TILING_SCHEME" => !value.eq_ignore_ascii_case("custom"),
            _ => false,
        })
    }

    /// The method of GDAL's own choice by which pixels are brought onto another grid.
    pub(crate) fn chosen_resampling(&self) -> Option<&'static str> {
        let is_told = |(name, _): &(String, String)| ["WARP_RESAMPLING", "RESAMPLING"].contains(&name.as_str());
        match self.creation.iter().any(is_told) {
            true => None,
            false if self.colormap.is_empty() => Some("cubic"),
            false => Some("nearest"),
        }
    }

    /// What can only be judged together with what is to be stored.
    pub(crate) fn check(&self, target: &Target, dtype: DType) -> Result<()> {
        let bad = |option: &'static str, text: String, help: &str| {
            Err(Diagnostic::new(codes::BAD_OPTION, text).help(help).about(option))
        };
        let layers = target.layers.len();
        match self.compress.as_str() {
            "jpeg" if dtype != DType::U8 => bad(
                "compress",
                format!("`compress jpeg` stores uint8, not {}", dtype),
                "add `dtype uint8`, or use `compress deflate`",
            ),
            "webp" if dtype != DType::U8 || !matches!(layers, 3 | 4) => bad(
                "compress",
                format!("`compress webp` stores 3 or 4 bands of uint8, not {layers} of {}", dtype),
                "use `compress deflate`",
            ),
            _ if !self.colormap.is_empty() && (layers != 1 || !matches!(dtype, DType::U8 | DType::U16)) => bad(
                "colormap",
                format!("`colormap` needs one band of uint8 or uint16, not {layers} of {}", dtype),
                "add `dtype uint8`, or put `{band}` into the path",
            ),
            _ if self.predictor == Some(3) && !dtype.is_float() => {
                bad("predictor", format!("`predictor 3` is for floats, not {}", dtype), "use `predictor 2`")
            }
            _ => Ok(()),
        }
    }

    /// Whether the compression stores other values than it is given, so that none can mark what is missing.
    pub(crate) fn changes_values(&self) -> bool {
        let option = |name: &str| self.creation.iter().rfind(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match self.compress.as_str() {
            "jpeg" => true,
            "webp" => !option("WEBP_LOSSLESS").is_some_and(|word| ["YES", "TRUE"].contains(&&*word.to_uppercase())),
            lerc if lerc.starts_with("lerc") => {
                option("MAX_Z_ERROR").and_then(|error| error.parse().ok()).is_some_and(|error: f64| error > 0.0)
            }
            _ => false,
        }
    }

    pub(crate) fn pixel_interleaved(&self) -> bool {
        self.kind == Kind::Tif && self.interleave.as_deref() == Some("pixel")
    }

    /// Width and height of a block of the file that is written while the cube is computed.
    pub(crate) fn block(&self, width: usize, height: usize) -> (usize, usize) {
        if self.tiled || self.kind == Kind::Cog { (self.blocksize, self.blocksize) } else { (width, strip(height)) }
    }

    /// The resampling of overviews: classes are counted, measurements averaged.
    pub(crate) fn overview_method(&self, dtype: DType) -> String {
        let auto = if dtype == DType::U8 || !self.colormap.is_empty() { "mode" } else { "average" };
        self.overview_resampling.as_deref().unwrap_or(auto).to_uppercase()
    }

    /// The driver's creation options for the final file.
    pub(crate) fn creation(&self, dtype: DType, size: (usize, usize), layers: usize) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = vec![("COMPRESS".into(), self.compress.to_uppercase())];
        let mut add = |name: &str, value: String| out.push((name.into(), value));
        let bytes = size.0 * size.1 * layers * dtype.bytes();
        // Files of moderate size are written side by side, each by a thread of the run.
        let many = bytes > 64 << 20 && self.compress != "none";
        if let Some(threads) = self.threads.clone().or(many.then(|| "ALL_CPUS".into())) {
            add("NUM_THREADS", threads);
        }
        let predicted = matches!(self.compress.as_str(), "deflate" | "zstd" | "lzw");
        let auto = match dtype {
            d if d.is_float() => 3,
            d if d.bytes() < 8 => 2,
            _ => 1,
        };
        let predictor = if predicted { self.predictor.unwrap_or(auto) } else { 1 };
        match self.kind {
            Kind::Cog => {
                if predictor > 1 {
                    add("PREDICTOR", predictor.to_string());
                }
                add("BLOCKSIZE", self.blocksize.to_string());
                if let Some(level) = self.level {
                    add("LEVEL", level.to_string());
                }
                if let Some(quality) = self.quality {
                    add("QUALITY", quality.to_string());
                }
                add("OVERVIEW_RESAMPLING", self.overview_method(dtype));
                if self.overviews == Overviews::None {
                    add("OVERVIEWS", "NONE".into());
                }
                if let Some(count) = self.overview_count {
                    add("OVERVIEW_COUNT", count.to_string());
                }
            }
            Kind::Tif => {
                if predictor > 1 {
                    add("PREDICTOR", predictor.to_string());
                }
                if self.tiled {
                    add("TILED", "YES".into());
                    add("BLOCKXSIZE", self.blocksize.to_string());
                    add("BLOCKYSIZE", self.blocksize.to_string());
                } else {
                    add("BLOCKYSIZE", strip(size.1).to_string());
                }
                add("INTERLEAVE", self.interleave.clone().unwrap_or_else(|| "band".into()).to_uppercase());
                let level = match self.compress.as_str() {
                    "zstd" | "lerc_zstd" => "ZSTD_LEVEL",
                    "lzma" => "LZMA_PRESET",
                    _ => "ZLEVEL",
                };
                if let Some(value) = self.level {
                    add(level, value.to_string());
                }
                if let Some(quality) = self.quality {
                    add(if self.compress == "webp" { "WEBP_LEVEL" } else { "JPEG_QUALITY" }, quality.to_string());
                }
            }
        }
        // What the user wrote word for word comes last and wins.
        for (name, value) in &self.creation {
            out.retain(|(known, _)| known != name);
            out.push((name.clone(), value.clone()));
        }
        out
    }
}

impl Kind {
    pub(crate) fn driver(self) -> &'static str {
        match self {
            Kind::Tif => "GTiff",
            Kind::Cog => "COG",
        }
    }
}

/// Rows of a strip.
fn strip(height: usize) -> usize {
    height.clamp(1, 64)
}

fn yes_no(word: &str) -> String {
    match word {
        "true" => "YES".into(),
        "false" => "NO".into(),
        other => other.to_uppercase(),
    }
}

fn number(option: &'static str, given: Option<i64>, range: RangeInclusive<i64>) -> Result<Option<String>> {
    Ok(saving::within(option, given, range)?.map(|n| n.to_string()))
}

/// One of the compressions that the driver was built with, in small letters.
fn compression(option: &'static str, given: Option<&str>, driver: &[(String, Vec<String>)]) -> Result<Option<String>> {
    let Some(text) = given.map(str::to_lowercase) else { return Ok(None) };
    if matches!(text.as_str(), "raw" | "false") {
        return Ok(Some("none".into()));
    }
    let of_driver = driver.iter().find(|(name, _)| name == "COMPRESS");
    let known: Vec<String> = of_driver.iter().flat_map(|(_, all)| all).map(|word| word.to_lowercase()).collect();
    if known.contains(&text) {
        return Ok(Some(text));
    }
    let known = || known.iter().map(String::as_str).chain(["raw"]);
    Err(Diagnostic::new(codes::BAD_OPTION, format!("`{option}` cannot be `{text}`"))
        .about(option)
        .help_if(diagnostic::did_you_mean(&text, known()))
        .help(format!("one of {}", diagnostic::list_some(known(), 30))))
}

/// `["KEY=VALUE" ..]`.
fn pairs(option: &'static str, given: &[String]) -> Result<Vec<(String, String)>> {
    let pair = |text: &String| match text.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
        Some((key, value)) if !key.is_empty() => Ok((key.to_string(), value.to_string())),
        _ => Err(bad(option, "a list such as [\"KEY=VALUE\"]", text)),
    };
    given.iter().map(pair).collect()
}

fn colormap(given: &[String]) -> Result<Vec<(u16, [u8; 4])>> {
    let color = |text: &str| -> Option<[u8; 4]> {
        let hex = text.strip_prefix('#')?;
        let part = |i: usize| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok();
        let alpha = if hex.len() == 8 { part(6)? } else { 255 };
        matches!(hex.len(), 6 | 8).then_some(())?;
        Some([part(0)?, part(2)?, part(4)?, alpha])
    };
    let entry = |(value, text): (String, String)| match (value.parse(), color(&text)) {
        (Ok(value), Some(color)) => Ok((value, color)),
        _ => Err(bad("colormap", "a list such as [\"1=#00ff00\"]", format!("{value}={text}"))),
    };
    pairs("colormap", given)?.into_iter().map(entry).collect()
}

fn overviews(kind: Kind, given: &[String]) -> Result<Overviews> {
    let words: Vec<String> = given.iter().map(|word| word.to_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let factors = || words.iter().map(|word| word.parse().ok().filter(|factor| *factor > 1)).collect::<Option<_>>();
    match (words.as_slice(), kind) {
        ([], Kind::Cog) | (["auto" | "true" | "yes"], _) => Ok(Overviews::Auto),
        ([], Kind::Tif) | (["none" | "false" | "no"], _) => Ok(Overviews::None),
        (_, Kind::Tif) => factors()
            .map(Overviews::Factors)
            .ok_or_else(|| bad("overviews", "`auto`, `none` or factors such as [2 4 8]", words.join(" "))),
        (_, Kind::Cog) => Err(bad("overviews", "`auto` or `none`", words.join(" "))),
    }
}
