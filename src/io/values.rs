//! Pixels that a program hands over, carried by the plan itself.

use super::source::{ReadCx, Source, SourceFormat, Tile, no_contents};
use crate::cube::{Chunk, Pixels, Region, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::{Payload, SourceSpec};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(crate) const FORMAT: SourceFormat = SourceFormat {
    name: "values",
    extensions: &[],
    stage: None,
    discover: |_, _| Err(damaged()),
    open,
    contents: no_contents,
};

/// One text a band, base64 of numbers in f64, little-endian.
#[derive(Serialize, Deserialize)]
struct EncodedBand {
    pixels: Vec<String>,
}

struct Values {
    spec: SourceSpec,
    schema: Arc<Schema>,
    /// One a band, of all steps.
    bands: Vec<Pixels>,
}

/// What describes pixels of a cube of this schema, given band by band in f64, missing ones as NaN.
///
/// # Errors
/// `E0404` for a number that the band's type does not have, or a missing one where the band has none.
pub(crate) fn spec(schema: &Schema, bands: &[Vec<f64>]) -> Result<SourceSpec> {
    let mut pixels = Vec::with_capacity(bands.len());
    for (values, band) in bands.iter().zip(&schema.bands) {
        let wrong = |v: &&f64| {
            if v.is_nan() {
                band.nodata.is_none() && !band.dtype.is_float()
            } else {
                !band.dtype.is_float() && !band.dtype.holds(**v)
            }
        };
        if let Some(value) = values.iter().find(wrong) {
            let message = format!("{value} cannot be a pixel of band `{}`, which is {}", band.name, band.dtype);
            return Err(Diagnostic::new(codes::OVERFLOW, message).help("`cast` the cube to a wider type first"));
        }
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        pixels.push(STANDARD.encode(bytes));
    }
    let title = format!("({} bands of values)", bands.len());
    let data = Payload::of(&EncodedBand { pixels });
    Ok(SourceSpec::new(FORMAT.name, data, title))
}

fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    let coded: EncodedBand = spec.data.read().map_err(|_| damaged())?;
    let mut bands = Vec::with_capacity(coded.pixels.len());
    for (text, band) in coded.pixels.iter().zip(&schema.bands) {
        let bytes = STANDARD.decode(text).map_err(|_| damaged())?;
        let values: Vec<f64> = bytes
            .chunks_exact(8)
            .map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
            .collect();
        bands.push(Pixels::F64(values).cast(Some(f64::NAN), band.dtype, band.nodata));
    }
    let whole = schema.time.len() * schema.grid.height * schema.grid.width;
    if bands.len() != schema.bands.len() || bands.iter().any(|pixels| pixels.len() != whole) {
        return Err(damaged());
    }
    Ok(Arc::new(Values { spec: spec.clone(), schema: schema.clone(), bands }))
}

fn damaged() -> Box<Diagnostic> {
    Diagnostic::new(codes::DAMAGED, "the values of the plan do not fit its cube")
}

impl Source for Values {
    fn spec(&self) -> SourceSpec {
        self.spec.clone()
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn natural_tile(&self) -> Tile {
        Tile { time: 1, y: self.schema.grid.height.max(1), x: self.schema.grid.width.max(1) }
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let grid = &self.schema.grid;
        let area = grid.height * grid.width;
        let cut = |&band: &usize| {
            let steps = self.bands[band].slice(region.time.start * area..region.time.end * area);
            steps.crop([region.time.len(), grid.height, grid.width], region.y.clone(), region.x.clone())
        };
        let chunk = Chunk { shape: region.shape(), bands: region.bands.iter().map(cut).collect() };
        cx.add_bytes(chunk.bytes() as u64);
        Ok(chunk)
    }
}
