//! A made-up cube whose pixels can be worked out by hand: 100 x step + 10 x row + column, each next band a thousand more.

use super::source::{ReadCx, Source, SourceFormat, Tile, no_contents};
use crate::cube::time::{Calendar, Instant, Period, parse_partial};
use crate::cube::{Band, Chunk, DType, GeoBox, Pixels, Region, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::{Payload, SourceSpec};
use crate::signature::{Example, Param, Shape, Signature};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(super) const FORMAT: SourceFormat = SourceFormat {
    name: "ramp",
    extensions: &[],
    stage: Some(&RAMP),
    discover: |options, _| discover(options),
    open,
    contents: no_contents,
};

const RAMP: Signature = Signature {
    name: "ramp",
    summary: "Make a cube to try things on: 100 x step + 10 x row + column, monthly from 2020, on EPSG:32631.",
    params: &[
        Param::required("steps", Shape::Integer, "Number of steps."),
        Param::required("size", Shape::Integer, "Rows and columns."),
        Param::named("every", Shape::Text, "Length of a step: \"1D\", \"1MS\"; a month unless given."),
        Param::named("start", Shape::Text, "First date; 2020-01-01 unless given."),
        Param::named(
            "dtype",
            Shape::Choice(&["uint8", "int16", "uint16", "int32", "float32", "float64"]),
            "Type of the pixels; int16.",
        ),
        Param::named("bands", Shape::Names, "Names of the bands; `v`. Each next band is a thousand more."),
        Param::named(
            "calendar",
            Shape::Choice(&["standard", "proleptic_gregorian", "noleap", "all_leap", "360_day", "julian"]),
            "Calendar of the dates, as CF names it; proleptic_gregorian.",
        ),
        Param::named("gaps", Shape::Integer, "Every so many-th pixel is missing."),
    ],
    seek: &["create", "test", "synthetic", "example"],
    examples: &[Example {
        title: "Two months of four pixels",
        script: "ramp 2 2 | show",
        output: "2020-01-01 v\n 0  1\n10 11\n2020-02-01 v\n100 101\n110 111\n",
    }],
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    steps: usize,
    size: usize,
    #[serde(default)]
    every: Option<String>,
    #[serde(default)]
    start: Option<String>,
    #[serde(default)]
    calendar: Option<String>,
    #[serde(default)]
    dtype: Option<String>,
    #[serde(default)]
    bands: Option<Vec<String>>,
    /// Every so many-th pixel is missing.
    #[serde(default)]
    gaps: Option<usize>,
}

struct Ramp {
    options: Settings,
    schema: Arc<Schema>,
}

const NODATA: f64 = -9999.0;
/// The most the arithmetic of a made-up cube is asked to do.
const LARGEST: usize = 1_000_000;

fn discover(options: &Payload) -> Result<Arc<dyn Source>> {
    let options: Settings =
        options.read().map_err(|_| Diagnostic::new(codes::OUT_OF_RANGE, "`ramp` takes whole numbers from 1 on"))?;
    if options.steps == 0 || options.size == 0 || options.steps > LARGEST || options.size > LARGEST {
        return Err(Diagnostic::new(codes::OUT_OF_RANGE, "`ramp` takes 1 to 1000000 steps and pixels"));
    }
    if options.gaps == Some(0) {
        return Err(
            Diagnostic::new(codes::OUT_OF_RANGE, "`gaps` is at least 1: with 1 every pixel is missing").about("gaps")
        );
    }
    let calendar = options.calendar.as_deref().and_then(Calendar::from_cf).unwrap_or(Calendar::ProlepticGregorian);
    let time = regular_axis(options.steps, options.start.as_deref(), options.every.as_deref(), calendar)?;
    let dtype = options.dtype.as_deref().and_then(DType::from_name).unwrap_or(DType::I16);
    let nodata = options.gaps.map(|_| if dtype.holds(NODATA) { NODATA } else { dtype.limits().1 });
    let names = options.bands.clone().unwrap_or_else(|| vec!["v".into()]);
    let bands = names.into_iter().map(|name| Band::new(name, dtype, nodata)).collect();
    let schema = Schema::new(time, bands, grid(options.size)?);
    Ok(Arc::new(Ramp { options, schema: Arc::new(schema) }))
}

/// So many rows and columns of 10 m.
pub(super) fn grid(size: usize) -> Result<GeoBox> {
    Ok(GeoBox::new(
        Some(crate::geometry::crs::parse("EPSG:32631")?),
        [500_000.0, 10.0, 0.0, 5_000_000.0, 0.0, -10.0],
        size,
        size,
    ))
}

/// Dates one `every` apart, months from 2020 unless said otherwise.
pub(super) fn regular_axis(
    steps: usize,
    start: Option<&str>,
    every: Option<&str>,
    calendar: Calendar,
) -> Result<TimeAxis> {
    let start = start.unwrap_or("2020-01-01");
    let (start, _) = parse_partial(start, calendar)
        .ok_or_else(|| Diagnostic::new(codes::BAD_LITERAL, format!("`{start}` is no date")).about("start"))?;
    let values = match every {
        None | Some("1MS" | "MS" | "1mo") => (0..steps).map(|i| calendar.add_months(start, i as i64)).collect(),
        Some("1YS" | "YS" | "1y") => (0..steps).map(|i| calendar.add_months(start, 12 * i as i64)).collect(),
        Some(every) => {
            let Period::Fixed { micros } = Period::from_pandas(every).map_err(|d| d.about("every"))? else {
                return Err(Diagnostic::new(
                    codes::WRONG_TYPE,
                    "`every` takes months, years or a fixed length such as \"1D\" or \"6h\"",
                )
                .about("every")
                .help("months are the default"));
            };
            (0..steps).map(|i| Instant(start.0 + i as i64 * micros)).collect()
        }
    };
    Ok(TimeAxis::of(calendar, values))
}

fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    let source = discover(&spec.data)?;
    debug_assert_eq!(source.schema(), schema);
    Ok(source)
}

impl Source for Ramp {
    fn spec(&self) -> SourceSpec {
        let Settings { steps, size, .. } = self.options;
        SourceSpec::new("ramp", Payload::of(&self.options), format!("({steps} x {size} x {size})"))
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn natural_tile(&self) -> Tile {
        Tile { time: 1, y: 256, x: 256 }
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let size = self.options.size;
        let mut bands = Vec::with_capacity(region.bands.len());
        for &b in &region.bands {
            let band = &self.schema.bands[b];
            let mut pixels = Pixels::zeros(band.dtype, region.pixels());
            // Step by step: the floats of all would be more than the pixels.
            for (i, t) in region.time.clone().enumerate() {
                cx.go_on()?;
                let mut values = Vec::with_capacity(region.y.len() * region.x.len());
                for y in region.y.clone() {
                    for x in region.x.clone() {
                        let missing = self.options.gaps.is_some_and(|n| (y * size + x + t) % n == n - 1);
                        let value = (1000 * b + 100 * t + 10 * y + x) as f64;
                        values.push(if missing { f64::NAN } else { value });
                    }
                }
                let step = Pixels::F64(values).cast(Some(f64::NAN), band.dtype, band.nodata);
                pixels.paste(region.shape(), &step, [1, region.y.len(), region.x.len()], [i, 0, 0]);
            }
            bands.push(pixels);
        }
        let chunk = Chunk { shape: region.shape(), bands };
        cx.add_bytes(chunk.bytes() as u64);
        Ok(chunk)
    }
}
