//! What a cube looks like as a netCDF file: the options, names, types and chunks, all settled before anything is written.

use crate::cube::{Band, DType, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::cf::coordinates::{self, BOUNDS};
use crate::io::saving::{self, Encoding, Sizes};
use crate::io::{places, upward};
use crate::plan::SinkSpec;
use crate::signature::{Example, Param, Shape, Signature};
use serde::Deserialize;

/// About this many bytes a chunk, before compression.
const CHUNK: usize = 1 << 20;
/// Maps smaller than this are gathered into chunks of several steps.
const SMALL_MAP: usize = 128 << 10;

pub(super) const SAVE: Signature = Signature {
    name: "save netcdf",
    summary: "Write a NetCDF-4 file, CF-1.8.",
    params: &[
        saving::PATH,
        saving::OVERWRITE,
        Param::option(
            "layout",
            Shape::Choice(&["bands", "cube"]),
            "`bands`: one variable a band; `cube`: one variable with a dimension `band`",
        ),
        Param::option("name", Shape::Text, "the variable of the layout `cube`"),
        Param::option("compress", Shape::Choice(&["deflate", "none"]), "`deflate` or `none`"),
        Param::option("level", Shape::Integer, "of compression, 0 to 9; 4 unless given"),
        Param::option("shuffle", Shape::Switch, "`true` sorts bytes before they are compressed; the default"),
        Param::option("chunks", Shape::Sizes, "lengths of chunks: `[time 1 y 512 x 512]`"),
        saving::DTYPE,
        saving::NODATA,
        saving::SCALE,
        saving::OFFSET,
        Param::option("title", Shape::Text, "a global attribute"),
        Param::option("institution", Shape::Text, "a global attribute"),
        Param::option("references", Shape::Text, "a global attribute"),
        Param::option("comment", Shape::Text, "a global attribute"),
    ],
    seek: &["to_netcdf", "nc", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | resample 1mo mean | save netcdf \"clim.nc\" level 4 overwrite",
        output: "",
    }],
};

/// What `save netcdf` can be told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SaveNetcdf {
    encoding: Encoding,
    layout: Layout,
    name: Option<String>,
    compress: Compress,
    level: Option<i64>,
    shuffle: Option<bool>,
    chunks: Sizes,
    title: Option<String>,
    institution: Option<String>,
    references: Option<String>,
    comment: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Layout {
    #[default]
    Bands,
    Cube,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Compress {
    #[default]
    Deflate,
    None,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Form {
    /// Name of the step dimension; nothing where the cube is one map.
    pub step: Option<String>,
    pub y: &'static str,
    pub x: &'static str,
    /// Longitude and latitude of each pixel, where rows and columns are only counted.
    pub located: Vec<Field>,
    pub fields: Vec<Field>,
    /// The bands are one variable of this name.
    pub cube: Option<String>,
    /// Steps, rows, columns.
    pub chunk: [usize; 3],
    /// Of deflate; nothing for no compression.
    pub level: Option<i32>,
    pub shuffle: bool,
    /// Global attributes that are passed on.
    pub texts: Vec<(&'static str, String)>,
}

/// A band as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub name: String,
    pub dtype: DType,
    pub nodata: Option<f64>,
    pub packing: Option<(f64, f64)>,
}

impl Form {
    /// # Errors
    /// `E0211` for rotated grids, `E0503` for option values that do not fit, `E0209` and `E0502` for names that clash.
    pub(super) fn settle(spec: &SinkSpec, schema: &Schema) -> Result<Form> {
        let options: SaveNetcdf = saving::read_encoded(&spec.options)?;
        if schema.grid.is_rotated() {
            return Err(Diagnostic::new(
                codes::NOT_NORTH_UP,
                "a rotated grid has no coordinates a netCDF file could hold",
            )
            .help("bring it onto a north-up grid first: `reproject EPSG:4326`"));
        }
        let (y, x) = coordinates::dims(&schema.grid);
        let located = places::described(&schema.grid)?.map_or(Vec::new(), |schema| schema.bands);
        let step = match &schema.time {
            TimeAxis::Reduced { .. } | TimeAxis::Positions(1) => None,
            axis => Some(clean(axis.stored_dim_name())),
        };
        let cube = match options.layout {
            Layout::Bands => None,
            Layout::Cube => Some(clean(options.name.as_deref().unwrap_or("data"))),
        };
        let mut fields: Vec<Field> =
            schema.bands.iter().map(|band| field(band, &options.encoding)).collect::<Result<_>>()?;
        if cube.is_some() {
            unite(&mut fields);
        }
        let taken = |name: &str| {
            let own = [y, x, "time", "nv", "spatial_ref"].contains(&name) || BOUNDS.contains(&name);
            own || step.as_deref() == Some(name) || located.iter().any(|band| band.name == name)
        };
        let names: Vec<&str> = cube.iter().map(String::as_str).chain(fields.iter().map(|f| f.name.as_str())).collect();
        if let Some(name) = names.iter().find(|name| taken(name)) {
            return Err(Diagnostic::new(
                codes::CANNOT_WRITE,
                format!("a band named `{name}` and a coordinate would clash"),
            )
            .help(format!("rename it first: `rename {name}_value = {name}`")));
        }
        if let Some((i, name)) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
            let message = format!("two bands would be stored as `{name}` ({} of {})", i + 1, names.len());
            return Err(Diagnostic::new(codes::BAND_TWICE, message));
        }
        let level = match options.compress {
            Compress::None => None,
            Compress::Deflate => saving::within("level", options.level, 0..=9)?.or(Some(4)).filter(|level| *level > 0),
        };
        let chunk = chunk(&options.chunks, schema, &fields)?;
        let texts = [
            ("title", options.title),
            ("institution", options.institution),
            ("references", options.references),
            ("comment", options.comment),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
        let (level, shuffle) = (level.map(|level| level as i32), options.shuffle.unwrap_or(true));
        let located = located.iter().map(|band| field(band, &Encoding::default())).collect::<Result<_>>()?;
        Ok(Form { step, y, x, located, fields, cube, chunk, level, shuffle, texts })
    }

    /// Names and shapes of the variables that are written chunk by chunk.
    pub(super) fn variables(&self, schema: &Schema) -> Vec<(&str, Vec<usize>)> {
        let located = self.located.iter().map(|field| (&field.name, vec![schema.grid.height, schema.grid.width]));
        let shape: Vec<usize> = self.dims(schema).into_iter().map(|(_, len, _)| len).collect();
        let fields: Vec<&String> = match &self.cube {
            Some(name) => vec![name],
            None => self.fields.iter().map(|field| &field.name).collect(),
        };
        located.chain(fields.into_iter().map(|name| (name, shape.clone()))).map(|(n, s)| (n.as_str(), s)).collect()
    }

    /// Names of the dimensions of a data variable, with their lengths and chunks.
    pub(super) fn dims(&self, schema: &Schema) -> Vec<(&str, usize, usize)> {
        let mut dims = Vec::new();
        if let Some(step) = &self.step {
            dims.push((step.as_str(), schema.time.len(), self.chunk[0]));
        }
        if self.cube.is_some() {
            dims.push(("band", self.fields.len(), 1));
        }
        dims.push((self.y, schema.grid.height, self.chunk[1]));
        dims.push((self.x, schema.grid.width, self.chunk[2]));
        dims
    }
}

/// A name netCDF takes: slashes separate groups.
fn clean(name: &str) -> String {
    let name = name.trim().replace(['/', '\0'], "_");
    if name.starts_with(|c: char| c.is_alphanumeric() || c == '_') { name } else { format!("_{name}") }
}

/// One type and one nodata for the bands of one variable.
fn unite(fields: &mut [Field]) {
    let Some(dtype) = fields.iter().map(|f| f.dtype).reduce(DType::promote) else { return };
    let held = |v: &f64| v.is_nan() && dtype.is_float() || dtype.holds(*v);
    let nodata = fields.iter().find_map(|f| f.nodata.filter(held));
    let some = fields.iter().any(|f| f.nodata.is_some());
    let nodata = nodata.or(some.then(|| spare(dtype)));
    for field in fields {
        (field.dtype, field.nodata) = (dtype, nodata);
    }
}

/// The value of a type that is given up for "missing".
fn spare(dtype: DType) -> f64 {
    match dtype {
        DType::F32 | DType::F64 => f64::NAN,
        _ if dtype.is_signed() => dtype.limits().0,
        _ => dtype.limits().1,
    }
}

fn field(band: &Band, encoding: &Encoding) -> Result<Field> {
    let dtype = encoding.dtype.unwrap_or(band.dtype);
    let packing = encoding.packing()?.filter(|packing| *packing != (1.0, 0.0));
    let fits = |v: f64| if v.is_nan() { dtype.is_float() } else { dtype.is_float() || dtype.holds(v) };
    let nodata = match encoding.nodata()? {
        Some(value) if !fits(value) => {
            let message = format!("`nodata {value}` is no value of {dtype}");
            return Err(Diagnostic::new(codes::BAD_OPTION, message).about("nodata"));
        }
        Some(value) => Some(value),
        // A nodata of physical values means nothing among packed ones.
        None if packing.is_some() => Some(spare(dtype)),
        None => match band.nodata {
            Some(value) if fits(value) => Some(value),
            Some(_) => Some(spare(dtype)),
            None if dtype.is_float() => Some(f64::NAN),
            // Values that the narrower type cannot hold have to become something.
            None if band.dtype.promote(dtype) != dtype => Some(spare(dtype)),
            None => None,
        },
    };
    Ok(Field { name: clean(&band.name), dtype, nodata, packing })
}

fn chunk(sizes: &Sizes, schema: &Schema, fields: &[Field]) -> Result<[usize; 3]> {
    let (steps, height, width) = (schema.time.len().max(1), schema.grid.height.max(1), schema.grid.width.max(1));
    let pixel = fields.iter().map(|f| f.dtype.bytes()).max().unwrap_or(4);
    let map = height * width * pixel;
    let mut chunk = [1, height, width];
    if map < SMALL_MAP {
        chunk[0] = (CHUNK / map).clamp(1, steps);
    } else if map > 2 * CHUNK {
        // Chunks of equal size leave no slivers at the edges.
        let even = |len: usize, about: usize| len.div_ceil(len.div_ceil(about.clamp(1, len)));
        let side = ((CHUNK / pixel) as f64).sqrt() as usize;
        chunk[1] = even(height, side);
        if schema.grid.upward {
            chunk[1] = upward::chunk(height, chunk[1]);
        }
        chunk[2] = even(width, CHUNK / pixel / chunk[1]);
    }
    let wanted = sizes.of("chunks", schema)?;
    for (at, (wanted, len)) in [(wanted.time, steps), (wanted.y, height), (wanted.x, width)].into_iter().enumerate() {
        chunk[at] = wanted.map_or(chunk[at], |wanted| wanted.min(len));
    }
    // HDF5's own limit.
    if chunk.iter().product::<usize>() * pixel > u32::MAX as usize {
        return Err(Diagnostic::new(codes::BAD_OPTION, "chunks hold less than 4 GiB each").about("chunks"));
    }
    Ok(chunk)
}
