//! The options of `save tif` and `save cog`: their names and help, and what their values mean to GDAL.

use super::raw;
use super::reader::Reader;
use super::storage::Storage;
use super::template::Target;
use crate::cube::DType;
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::plan::Resampling;
use serde_json::{Map, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Tif,
    Cog,
}

/// Names and help; the first part is common to both formats.
macro_rules! options {
    ($name:ident, $($own:expr),* $(,)?) => {
        pub const $name: &[(&str, &str)] = &[
            ("compress", "deflate (default), zstd, lzw, lzma, jpeg, webp, lerc, lerc_deflate, lerc_zstd or none; tif also packbits"),
            ("profile", "the same as `compress`; `raw` is no compression"),
            ("level", "how hard to compress: 1 to 9 for deflate and lzma, 1 to 22 for zstd"),
            ("predictor", "auto (default: 2 for integers, 3 for floats), none, 2 or 3"),
            ("quality", "1 to 100 for jpeg and webp"),
            ("max_z_error", "largest error of a value for lerc; 0 (default) is lossless"),
            ("blocksize", "edge of a tile in pixels, 64 to 4096, a multiple of 16; 512, for tif 256"),
            ("bigtiff", "yes, no, if_needed or if_safer (default)"),
            ("num_threads", "threads that compress one file, or all_cpus"),
            ("sparse_ok", "leave out blocks that are all nodata"),
            ("dtype", "type to store: uint8 uint16 int16 uint32 int32 uint64 int64 float32 float64"),
            ("nodata", "value that marks missing pixels, or none"),
            ("scale", "store (value - offset) / scale, and say so in the file; needs `dtype`"),
            ("offset", "see `scale`"),
            ("overview_resampling", "auto (default: mode for uint8, else average), nearest, average, rms, mode, bilinear, cubic, cubicspline or lanczos"),
            ("overview_count", "number of overviews"),
            ("add_mask", "mark missing pixels by a mask band in place of nodata"),
            ("statistics", "store minimum, maximum, mean and standard deviation of each band"),
            ("tags", "metadata of the file: [\"KEY=VALUE\" ..]"),
            ("metadata", "the same as `tags`"),
            ("band_tags", "metadata of the bands: [\"KEY=VALUE\" \"band:KEY=VALUE\" ..]"),
            ("colormap", "colours of the values of a uint8 or uint16 band: [\"1=#00ff00\" ..]"),
            ("config", "GDAL's configuration while writing: [\"KEY=VALUE\" ..]"),
            ("creation", "any other creation option of GDAL's driver: [\"KEY=VALUE\" ..]"),
            $($own),*
        ];
    };
}

options!(
    TIF,
    ("tiled", "in tiles (default) or in strips"),
    ("interleave", "band (default) or pixel"),
    ("overviews", "none (default), auto, or their factors: [2 4 8]"),
);

options!(
    COG,
    ("overviews", "auto (default) or none"),
    ("overview_compress", "compression of the overviews; that of the file"),
    ("overview_quality", "1 to 100 for jpeg and webp"),
    ("resampling", "resampling when `target_srs` or `tiling_scheme` change the grid"),
    ("tiling_scheme", "GoogleMapsCompatible or another of GDAL's"),
    ("zoom_level", "zoom level of the tiling scheme"),
    ("zoom_level_strategy", "auto (default), lower or upper"),
    ("aligned_levels", "levels whose tiles are those of the tiling scheme"),
    ("target_srs", "reference system to write, such as EPSG:3857"),
);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nodata {
    /// That of the bands, or one that fits the type.
    Auto,
    None,
    Is(f64),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Overviews {
    Auto,
    None,
    Factors(Vec<i32>),
}

/// What the options of one `save` mean.
#[derive(Clone, Debug)]
pub struct Settings {
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
    pub statistics: bool,
    pub tags: Vec<(String, String)>,
    pub band_tags: Vec<(String, String)>,
    pub colormap: Vec<(u16, [u8; 4])>,
    pub config: Vec<(String, String)>,
    /// Creation options that go to the driver as they are.
    creation: Vec<(String, String)>,
}

/// Overviews are built and blocks are sized by these names.
const OVERVIEW_RESAMPLING: [&str; 9] =
    ["auto", "nearest", "average", "rms", "mode", "bilinear", "cubic", "cubicspline", "lanczos"];

impl Settings {
    /// # Errors
    /// `E0503` for a value that means nothing, with those that do.
    pub fn parse(kind: Kind, options: &Map<String, Value>) -> Result<Settings> {
        let o = Reader { options };
        let driver = raw::creation_options(kind.driver())?;
        let compressions: Vec<String> = driver
            .iter()
            .find(|(name, _)| name == "COMPRESS")
            .map(|(_, values)| values.iter().map(|v| v.to_lowercase()).collect())
            .unwrap_or_default();
        let mut known: Vec<&str> = compressions.iter().map(String::as_str).collect();
        known.push("raw");
        let compression = |name: &str| -> Result<Option<String>> {
            let chosen = o.choice(name, &known)?;
            Ok(chosen.map(|c| if c == "raw" { "none".to_string() } else { c }))
        };
        let compress = compression("compress")?.or(compression("profile")?).unwrap_or_else(|| "deflate".into());
        let most = if compress == "zstd" { 22 } else { 9 };
        let default_block = if kind == Kind::Cog { 512 } else { 256 };
        let blocksize = o.int("blocksize", 64..=4096)?.unwrap_or(default_block);
        if blocksize % 16 != 0 {
            return Err(o.bad("blocksize", "a multiple of 16"));
        }
        let mut creation = Vec::new();
        if let Some(error) = o.float("max_z_error")? {
            creation.push(("MAX_Z_ERROR".to_string(), error.to_string()));
        }
        let bigtiff = o.choice("bigtiff", &["yes", "no", "if_needed", "if_safer", "true", "false"])?;
        creation.push(("BIGTIFF".into(), bigtiff.map_or("IF_SAFER".into(), yes_no)));
        if o.flag("sparse_ok")?.unwrap_or(false) {
            creation.push(("SPARSE_OK".into(), "TRUE".into()));
        }
        if kind == Kind::Cog {
            creation.extend(cog_options(&o, &compression)?);
        }
        for (key, value) in o.pairs("creation")? {
            let key = key.to_uppercase();
            if !driver.iter().any(|(name, _)| *name == key) {
                let names = || driver.iter().map(|(name, _)| name.as_str());
                return Err(Diagnostic::new(
                    codes::BAD_OPTION,
                    format!("GDAL's {} driver has no creation option `{key}`", kind.driver()),
                )
                .help_if(diagnostic::did_you_mean(&key, names()))
                .help(format!("creation options: {}", diagnostic::list_some(names(), 60))));
            }
            creation.push((key, value));
        }
        let scale = o.float("scale")?;
        if scale == Some(0.0) {
            return Err(o.bad("scale", "a number other than 0"));
        }
        let offset = o.float("offset")?;
        let mut tags = o.pairs("tags")?;
        tags.extend(o.pairs("metadata")?);
        Ok(Settings {
            kind,
            level: o.int("level", 1..=most)?,
            predictor: match o
                .choice("predictor", &["auto", "none", "no", "yes", "1", "2", "3", "standard", "floating_point"])?
                .as_deref()
            {
                Some("none" | "no" | "1" | "false") => Some(1),
                Some("2" | "standard") => Some(2),
                Some("3" | "floating_point") => Some(3),
                _ => None,
            },
            quality: o.int("quality", 1..=100)?,
            compress,
            blocksize: blocksize as usize,
            tiled: o.flag("tiled")?.unwrap_or(true),
            interleave: o.choice("interleave", &["band", "pixel"])?,
            threads: match o.text("num_threads")? {
                Some(text) if text.eq_ignore_ascii_case("all_cpus") => Some("ALL_CPUS".into()),
                Some(text) if text.parse::<u16>().is_ok_and(|n| n > 0) => Some(text),
                Some(_) => return Err(o.bad("num_threads", "a number of threads or `all_cpus`")),
                None => None,
            },
            dtype: o.choice("dtype", &DType::ALL.map(DType::name))?.and_then(|name| DType::from_name(&name)),
            nodata: match o.text("nodata")?.as_deref() {
                None => Nodata::Auto,
                Some("none" | "false") => Nodata::None,
                Some(_) => Nodata::Is(o.float("nodata")?.unwrap_or(f64::NAN)),
            },
            packing: (scale.is_some() || offset.is_some()).then(|| (scale.unwrap_or(1.0), offset.unwrap_or(0.0))),
            overviews: o.overviews(kind)?,
            overview_count: o.int("overview_count", 0..=30)?,
            overview_resampling: o.choice("overview_resampling", &OVERVIEW_RESAMPLING)?.filter(|r| r != "auto"),
            add_mask: o.flag("add_mask")?.unwrap_or(false),
            statistics: o.flag("statistics")?.unwrap_or(false),
            tags,
            band_tags: o.pairs("band_tags")?,
            colormap: o.colormap()?,
            config: o.pairs("config")?,
            creation,
        })
    }

    /// What can only be judged together with what is to be stored.
    pub fn check(&self, target: &Target, storage: &Storage) -> Result<()> {
        let bad = |text: String, help: &str| Err(Diagnostic::new(codes::BAD_OPTION, text).help(help));
        let layers = target.layers.len();
        match self.compress.as_str() {
            "jpeg" if storage.dtype != DType::U8 => bad(
                format!("`compress jpeg` stores uint8, not {}", storage.dtype),
                "add `dtype uint8`, or use `compress deflate`",
            ),
            "webp" if storage.dtype != DType::U8 || !matches!(layers, 3 | 4) => bad(
                format!("`compress webp` stores 3 or 4 bands of uint8, not {layers} of {}", storage.dtype),
                "use `compress deflate`",
            ),
            _ if !self.colormap.is_empty() && (layers != 1 || !matches!(storage.dtype, DType::U8 | DType::U16)) => bad(
                format!("`colormap` needs one band of uint8 or uint16, not {layers} of {}", storage.dtype),
                "add `dtype uint8`, or put `{band}` into the path",
            ),
            _ if self.predictor == Some(3) && !storage.dtype.is_float() => {
                bad(format!("`predictor 3` is for floats, not {}", storage.dtype), "use `predictor 2`")
            }
            _ => Ok(()),
        }
    }

    pub fn pixel_interleaved(&self) -> bool {
        self.kind == Kind::Tif && self.interleave.as_deref() == Some("pixel")
    }

    /// Width and height of a block of the file that is written while the cube is computed.
    pub fn block(&self, width: usize, height: usize) -> (usize, usize) {
        if self.tiled || self.kind == Kind::Cog { (self.blocksize, self.blocksize) } else { (width, strip(height)) }
    }

    /// The resampling of overviews: classes are counted, measurements averaged.
    pub fn overview_method(&self, dtype: DType) -> String {
        let auto = if dtype == DType::U8 || !self.colormap.is_empty() { "mode" } else { "average" };
        self.overview_resampling.as_deref().unwrap_or(auto).to_uppercase()
    }

    /// The driver's creation options for the final file.
    pub fn creation(&self, storage: &Storage, size: (usize, usize), layers: usize) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = vec![("COMPRESS".into(), self.compress.to_uppercase())];
        let mut add = |name: &str, value: String| out.push((name.into(), value));
        let bytes = size.0 * size.1 * layers * storage.dtype.bytes();
        // Files of moderate size are written side by side, each by a thread of the run.
        let many = bytes > 64 << 20 && self.compress != "none";
        if let Some(threads) = self.threads.clone().or(many.then(|| "ALL_CPUS".into())) {
            add("NUM_THREADS", threads);
        }
        let predicted = matches!(self.compress.as_str(), "deflate" | "zstd" | "lzw");
        let auto = match storage.dtype {
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
                add("OVERVIEW_RESAMPLING", self.overview_method(storage.dtype));
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
    pub fn driver(self) -> &'static str {
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

fn yes_no(word: String) -> String {
    match word.as_str() {
        "true" => "YES".into(),
        "false" => "NO".into(),
        other => other.to_uppercase(),
    }
}

fn cog_options(o: &Reader, compression: &dyn Fn(&str) -> Result<Option<String>>) -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    let mut add = |name: &str, value: Option<String>| out.extend(value.map(|v| (name.to_string(), v)));
    add("OVERVIEW_COMPRESS", compression("overview_compress")?.map(|c| c.to_uppercase()));
    add("OVERVIEW_QUALITY", o.int("overview_quality", 1..=100)?.map(|q| q.to_string()));
    let methods: Vec<&str> = Resampling::NAMES.iter().map(|(name, _)| *name).collect();
    add("WARP_RESAMPLING", o.choice("resampling", &methods)?.map(|m| m.to_uppercase()));
    add("TILING_SCHEME", o.text("tiling_scheme")?);
    add("ZOOM_LEVEL", o.int("zoom_level", 0..=30)?.map(|z| z.to_string()));
    add("ZOOM_LEVEL_STRATEGY", o.choice("zoom_level_strategy", &["auto", "lower", "upper"])?.map(|z| z.to_uppercase()));
    add("ALIGNED_LEVELS", o.int("aligned_levels", 1..=10)?.map(|a| a.to_string()));
    if let Some(text) = o.text("target_srs")? {
        let system = crate::geometry::crs::parse(&text)?;
        add("TARGET_SRS", Some(system.wkt.to_string()));
    }
    Ok(out)
}
