//! What a cube looks like as a netCDF file: the options, names, types and chunks, all settled before anything is written.

use crate::cube::{Band, DType, Schema, TimeAxis};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::plan::SinkSpec;
use serde_json::Value;

/// About this many bytes a chunk, before compression.
const CHUNK: usize = 1 << 20;
/// Maps smaller than this are gathered into chunks of several steps.
const SMALL_MAP: usize = 128 << 10;

pub const OPTIONS: &[(&str, &str)] = &[
    ("layout", "`bands`: one variable a band; `cube`: one variable with a dimension `band`"),
    ("name", "the variable of the layout `cube`"),
    ("compress", "`deflate` or `none`"),
    ("level", "of compression, 0 to 9; 4 unless given"),
    ("shuffle", "`true` sorts bytes before they are compressed; the default"),
    ("chunks", "lengths of chunks: `[time 1 y 512 x 512]`"),
    ("dtype", "type of the stored values: `int16`, `float32`, ..."),
    ("nodata", "value that stands for missing"),
    ("scale", "stored values are (value - offset) / scale"),
    ("offset", "see `scale`"),
    ("title", "a global attribute"),
    ("institution", "a global attribute"),
    ("references", "a global attribute"),
    ("comment", "a global attribute"),
];

/// Global attributes that are passed on.
pub const TEXTS: [&str; 4] = ["title", "institution", "references", "comment"];

#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Name of the step dimension; nothing where the cube is one map.
    pub step: Option<String>,
    pub y: &'static str,
    pub x: &'static str,
    pub fields: Vec<Field>,
    /// The bands are one variable of this name.
    pub cube: Option<String>,
    /// Steps, rows, columns.
    pub chunk: [usize; 3],
    /// Of deflate; nothing for no compression.
    pub level: Option<i32>,
    pub shuffle: bool,
}

/// A band as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: String,
    pub dtype: DType,
    pub nodata: Option<f64>,
    pub packing: Option<(f64, f64)>,
}

impl Form {
    /// # Errors
    /// `E0211` for rotated grids, `E0503` for option values that do not fit, `E0209` and `E0502` for names that clash.
    pub fn settle(spec: &SinkSpec, schema: &Schema) -> Result<Form> {
        let options = Options(spec);
        if schema.grid.is_rotated() {
            return Err(Diagnostic::new(
                codes::NOT_NORTH_UP,
                "a rotated grid has no coordinates a netCDF file could hold",
            )
            .help("bring it onto a north-up grid first: `reproject EPSG:4326`"));
        }
        let (y, x) = if schema.grid.is_geographic() { ("lat", "lon") } else { ("y", "x") };
        let step = match &schema.time {
            TimeAxis::Reduced { .. } | TimeAxis::Positions(1) => None,
            axis => Some(clean(axis.dim_name())),
        };
        let cube = match options.choice("layout", &["bands", "cube"])?.unwrap_or("bands") {
            "cube" => Some(clean(options.text("name")?.unwrap_or("data"))),
            _ => None,
        };
        let mut fields: Vec<Field> = schema.bands.iter().map(|band| options.field(band)).collect::<Result<_>>()?;
        if cube.is_some() {
            unite(&mut fields);
        }
        let taken = |name: &str| {
            [y, x, "time", "time_bnds", "nv", "spatial_ref"].contains(&name) || step.as_deref() == Some(name)
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
        let level = match options.choice("compress", &["deflate", "none"])?.unwrap_or("deflate") {
            "none" => None,
            _ => Some(options.number("level")?.unwrap_or(4.0)).filter(|level| *level > 0.0),
        };
        if level.is_some_and(|level| level.fract() != 0.0 || level > 9.0) {
            return Err(options.bad("level", "is a whole number from 0 to 9"));
        }
        let chunk = options.chunk(schema, &fields)?;
        let level = level.map(|level| level as i32);
        Ok(Form { step, y, x, fields, cube, chunk, level, shuffle: options.flag("shuffle")?.unwrap_or(true) })
    }

    /// Names of the dimensions of a data variable, with their lengths and chunks.
    pub fn dims(&self, schema: &Schema) -> Vec<(&str, usize, usize)> {
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

struct Options<'a>(&'a SinkSpec);

impl Options<'_> {
    fn field(&self, band: &Band) -> Result<Field> {
        let dtype = match self.text("dtype")? {
            None => band.dtype,
            Some(name) => DType::from_name(name).ok_or_else(|| {
                let names = DType::ALL.map(DType::name);
                Diagnostic::new(codes::BAD_OPTION, format!("`{name}` is not a type"))
                    .help_if(diagnostic::did_you_mean(name, names))
                    .help(format!("types: {}", diagnostic::list_some(names, 12)))
            })?,
        };
        let (scale, offset) = (self.number("scale")?.unwrap_or(1.0), self.number("offset")?.unwrap_or(0.0));
        if scale == 0.0 || !scale.is_finite() || !offset.is_finite() {
            return Err(self.bad("scale", "is a number other than 0"));
        }
        let packing = (scale != 1.0 || offset != 0.0).then_some((scale, offset));
        if packing.is_some() && self.text("dtype")?.is_none() {
            return Err(self.bad("scale", "needs the type to store").help("add `dtype int16`"));
        }
        let fits = |v: f64| if v.is_nan() { dtype.is_float() } else { dtype.is_float() || dtype.holds(v) };
        let nodata = match self.number("nodata")? {
            Some(value) if !fits(value) => {
                return Err(Diagnostic::new(codes::BAD_OPTION, format!("`nodata {value}` is no value of {dtype}")));
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

    fn chunk(&self, schema: &Schema, fields: &[Field]) -> Result<[usize; 3]> {
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
            chunk[2] = even(width, CHUNK / pixel / chunk[1]);
        }
        for (name, value) in self.pairs("chunks")? {
            let len = value.as_f64().filter(|v| *v >= 1.0 && v.fract() == 0.0);
            let len = len.ok_or_else(|| self.bad("chunks", "has whole numbers from 1 on"))? as usize;
            let at = match name.as_str() {
                "x" | "lon" | "longitude" => 2,
                "y" | "lat" | "latitude" => 1,
                name if name == "time" || name == schema.time.dim_name() => 0,
                _ => return Err(self.bad("chunks", "names `time`, `y` and `x`: `chunks [time 1 y 512 x 512]`")),
            };
            chunk[at] = len.min([steps, height, width][at]);
        }
        // HDF5's own limit.
        if chunk.iter().product::<usize>() * pixel > u32::MAX as usize {
            return Err(self.bad("chunks", "may not make chunks of 4 GiB and more"));
        }
        Ok(chunk)
    }

    fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.0.options.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.bad(name, "is a word or a text")),
        }
    }

    fn choice<'a>(&'a self, name: &str, allowed: &[&str]) -> Result<Option<&'a str>> {
        match self.text(name)? {
            Some(word) if !allowed.contains(&word) => Err(self
                .bad(name, &format!("is one of {}", diagnostic::list_some(allowed.iter().copied(), 8)))
                .help_if(diagnostic::did_you_mean(word, allowed.iter().copied()))),
            word => Ok(word),
        }
    }

    fn number(&self, name: &str) -> Result<Option<f64>> {
        match self.0.options.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_f64()),
            Some(Value::String(text)) => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(self.bad(name, "is a number")),
            },
            Some(_) => Err(self.bad(name, "is a number")),
        }
    }

    fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.0.options.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text == "true" || text == "false" => Ok(Some(text == "true")),
            Some(_) => Err(self.bad(name, "is `true` or `false`")),
        }
    }

    /// `{"time": 1, "y": 512}` or `["time", 1, "y", 512]`.
    fn pairs(&self, name: &str) -> Result<Vec<(String, Value)>> {
        match self.0.options.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Object(pairs)) => Ok(pairs.iter().map(|(k, v)| (k.clone(), v.clone())).collect()),
            Some(Value::Array(items)) if items.len() % 2 == 0 => items
                .chunks(2)
                .map(|pair| match &pair[0] {
                    Value::String(key) => Ok((key.clone(), pair[1].clone())),
                    _ => Err(self.bad(name, "is a list of names and lengths: `chunks [time 1 y 512 x 512]`")),
                })
                .collect(),
            Some(_) => Err(self.bad(name, "is a list of names and lengths: `chunks [time 1 y 512 x 512]`")),
        }
    }

    fn bad(&self, name: &str, what: &str) -> Box<Diagnostic> {
        Diagnostic::new(codes::BAD_OPTION, format!("`{name}` of `save netcdf` {what}"))
    }
}
