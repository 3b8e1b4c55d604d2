//! Reading a cube of GRIB messages: each is decoded whole, so regions are best whole, too.

use crate::cube::{Chunk, GeoBox, Pixels, Region, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::gdal::handles;
use crate::io::gdal::read::Header;
use crate::io::gdal::window::{self, Target};
use crate::io::source::{ReadCx, Source, Tile, read_failed, unusable};
use crate::plan::{Payload, SourceSpec};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// Under which the cube is opened again that `load files` found.
pub(crate) const NAME: &str = "grib";

pub(crate) fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    Ok(Arc::new(GribSource::reopen(spec, schema)?))
}

/// Everything discovery settled, as it stands in the spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct GribSpec {
    /// What GDAL opens, and what people call it.
    pub paths: Vec<String>,
    pub names: Vec<String>,
    /// For each band the file and GDAL's number of the message of each step, if there is one.
    pub table: Vec<Vec<Option<(usize, usize)>>>,
    /// The user's reference system stands for what the files state.
    pub crs_given: bool,
    /// Rows and columns are counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counted: bool,
    pub skip: bool,
}

pub(super) struct GribSource {
    spec: SourceSpec,
    schema: Arc<Schema>,
    settled: GribSpec,
    /// Of the files that were read.
    headers: Vec<OnceLock<Arc<Header>>>,
}

impl GribSource {
    pub(super) fn new(title: String, schema: Arc<Schema>, settled: GribSpec) -> GribSource {
        let spec = SourceSpec::new(NAME, Payload::of(&settled), title);
        GribSource::with(spec, schema, settled)
    }

    fn reopen(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<GribSource> {
        let settled = spec.data.read().map_err(unusable)?;
        Ok(GribSource::with(spec.clone(), schema.clone(), settled))
    }

    fn with(spec: SourceSpec, schema: Arc<Schema>, settled: GribSpec) -> GribSource {
        let headers = settled.paths.iter().map(|_| OnceLock::new()).collect();
        GribSource { spec, schema, settled, headers }
    }

    /// Reads a message into its place in `pixels`.
    fn message(&self, band: usize, step: usize, region: &Region, pixels: &mut Pixels) -> Result<()> {
        let at = (step - region.time.start) * region.y.len() * region.x.len();
        let Some((file, number)) = self.settled.table[band][step] else {
            window::forget(pixels, at..at + region.y.len() * region.x.len(), &self.schema.bands[band]);
            return Ok(());
        };
        let name = &self.settled.names[file];
        let read = handles::with(&self.settled.paths[file], |dataset| {
            let header = match self.headers[file].get() {
                Some(known) => known.clone(),
                None => {
                    let of = if self.settled.counted { Header::counted } else { Header::of };
                    let mut header = of(dataset, name)?;
                    if self.settled.crs_given {
                        header.grid.crs = self.schema.grid.crs.clone();
                    }
                    if !same(&self.schema.grid, &header.grid) {
                        let message = format!("`{name}` lies on another grid than when it was loaded");
                        return Err(Diagnostic::new(codes::FILES_DIFFER, message).help("load it again"));
                    }
                    self.headers[file].get_or_init(|| Arc::new(header)).clone()
                }
            };
            let Some(band_of_file) = header.bands.iter().position(|b| b.number == number) else {
                let message = format!("`{name}` has no message {number} any more");
                return Err(Diagnostic::new(codes::FILES_DIFFER, message).help("load it again"));
            };
            let wanted = &self.schema.bands[band];
            let target = Target { band: band_of_file, wanted, pixels: &mut *pixels, at };
            window::read_window(dataset, &header, region.y.clone(), region.x.clone(), &mut [target])
        });
        read.map_err(|e| {
            if e.code == codes::FILES_DIFFER {
                return e;
            }
            let when = self.schema.time.label(step);
            read_failed(&format!("message {number} of `{name}` ({when})"), &e)
        })
    }
}

/// Whether two files lie on one grid; rows and columns that are counted, at the same coordinates.
pub(super) fn same(a: &GeoBox, b: &GeoBox) -> bool {
    a.same_grid(b) && a.axes == b.axes
}

impl Source for GribSource {
    fn spec(&self) -> SourceSpec {
        self.spec.clone()
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn inputs(&self) -> Option<usize> {
        Some(self.settled.paths.len())
    }

    fn natural_tile(&self) -> Tile {
        let grid = &self.schema.grid;
        Tile { time: 1, y: grid.height.max(1), x: grid.width.max(1) }
    }

    /// A message is unpacked as a whole, to float64 by way of another array of as many numbers.
    fn decoder_bytes(&self) -> u64 {
        (2 * size_of::<f64>() * self.schema.grid.pixels()) as u64
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let mut bands = Vec::with_capacity(region.bands.len());
        let area = region.y.len() * region.x.len();
        for &band in &region.bands {
            let mut pixels = Pixels::zeros(self.schema.bands[band].dtype, region.pixels());
            for step in region.time.clone() {
                cx.go_on()?;
                if area == 0 {
                    continue;
                }
                if let Err(error) = self.message(band, step, region, &mut pixels) {
                    let Some((file, number)) = self.settled.table[band][step].filter(|_| self.settled.skip) else {
                        return Err(error);
                    };
                    let input = format!("{} message {number}", self.settled.names[file]);
                    cx.skip(&input, &self.schema.time.label(step), &error);
                    let at = (step - region.time.start) * area;
                    window::forget(&mut pixels, at..at + area, &self.schema.bands[band]);
                }
            }
            cx.add_bytes(pixels.bytes() as u64);
            bands.push(pixels);
        }
        Ok(Chunk { shape: region.shape(), bands })
    }
}
