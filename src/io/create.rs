//! A cube that is made, not read: one value, or nothing, on a grid of another cube.

use super::ramp::regular_axis;
use super::source::{ReadCx, Source, SourceFormat, Tile, no_contents};
use crate::cube::time::Calendar;
use crate::cube::{Band, Chunk, GeoBox, Pixels, Region, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::{Payload, SourceSpec};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(super) const FORMAT: SourceFormat = SourceFormat {
    name: "create",
    extensions: &[],
    stage: None,
    discover: |options, _| discover(options),
    open,
    contents: no_contents,
};

/// The most steps a made-up axis is asked for.
const LARGEST: usize = 10_000_000;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    grid: GeoBox,
    bands: Vec<Band>,
    steps: usize,
    /// Missing where it is not given.
    fill: Option<f64>,
    start: Option<String>,
    every: Option<String>,
}

struct ConstantSource {
    options: Create,
    schema: Arc<Schema>,
}

fn discover(options: &Payload) -> Result<Arc<dyn Source>> {
    let options: Create = options
        .read()
        .map_err(|e| Diagnostic::new(codes::WRONG_TYPE, "`create` takes a grid and a number of steps").cause(e))?;
    if options.steps == 0 || options.steps > LARGEST {
        return Err(Diagnostic::new(codes::OUT_OF_RANGE, format!("`create` takes 1 to {LARGEST} steps")));
    }
    let dated = options.start.is_some() || options.every.is_some();
    let time = match dated {
        true => regular_axis(
            options.steps,
            options.start.as_deref(),
            options.every.as_deref(),
            Calendar::ProlepticGregorian,
        )?,
        false => TimeAxis::Positions(options.steps),
    };
    let schema = Arc::new(Schema::new(time, options.bands.clone(), options.grid.clone()));
    Ok(Arc::new(ConstantSource { options, schema }))
}

fn open(spec: &SourceSpec, _: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    discover(&spec.data)
}

impl Source for ConstantSource {
    fn spec(&self) -> SourceSpec {
        let fill = self.options.fill.map_or("nodata".to_string(), |v| v.to_string());
        SourceSpec::new("create", Payload::of(&self.options), format!("({} steps of {fill})", self.options.steps))
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn natural_tile(&self) -> Tile {
        Tile { time: 1, y: 256, x: 256 }
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let band = |&b: &usize| {
            let band = &self.schema.bands[b];
            let value = self.options.fill.or(band.nodata).unwrap_or(f64::NAN);
            Pixels::filled(band.dtype, region.pixels(), value)
        };
        let chunk = Chunk { shape: region.shape(), bands: region.bands.iter().map(band).collect() };
        cx.add_bytes(chunk.bytes() as u64);
        Ok(chunk)
    }
}
