//! Reading: windows of the stored variables, turned north-up, unpacked, with one value for "missing".

use super::decode::{self, Window};
use super::{chunks, far, header, library};
use crate::cube::{Chunk, Pixels, Region, Schema};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::io::cf::{DimIndex, Layout, VariableLayout};
use crate::io::remote::address::without_secrets;
use crate::io::remote::refusal;
use crate::io::{ReadCx, Source, Tile, Want};
use crate::plan::{Payload, SourceSpec};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Stored bytes that are read by one call, if chunks allow it: bounds the memory beside the result.
const BLOCK: usize = 16 << 20;

/// The files of a cube and where its steps lie in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Files {
    layouts: Vec<Layout>,
    /// Path, and number of its layout.
    files: Vec<(String, usize)>,
    /// File, first index in the file, number of steps: one after the other they are the steps of the cube.
    runs: Vec<(usize, usize, usize)>,
    #[serde(default)]
    skip: bool,
    /// Values are read as they are stored: `raw` sets this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stored: bool,
}

impl Files {
    pub(super) fn new(
        files: Vec<(String, usize)>,
        layouts: Vec<Layout>,
        steps: &[(usize, usize)],
        skip: bool,
    ) -> Files {
        let mut runs: Vec<(usize, usize, usize)> = Vec::new();
        for &(file, index) in steps {
            match runs.last_mut() {
                Some((last, start, n)) if *last == file && *start + *n == index => *n += 1,
                _ => runs.push((file, index, 1)),
            }
        }
        Files { layouts, files, runs, skip, stored: false }
    }

    /// What a spec made by [`Source::spec`] holds.
    pub(super) fn of(spec: &SourceSpec) -> Result<Files> {
        let read = spec.data.read();
        let mut files: Files =
            read.map_err(|e| Diagnostic::new(codes::DAMAGED, "the plan does not describe netCDF files").cause(e))?;
        if files.stored {
            files.layouts.iter_mut().for_each(Layout::as_stored);
        }
        Ok(files)
    }

    /// The file of a step of the cube, and its index there.
    pub(super) fn place(&self, step: usize) -> (usize, usize) {
        let mut before = 0;
        for (file, first, n) in &self.runs {
            if step < before + n {
                return (*file, first + step - before);
            }
            before += n;
        }
        (0, step)
    }

    /// Path and layout of a file.
    pub(super) fn file(&self, file: usize) -> (&str, &Layout) {
        let (path, layout) = &self.files[file];
        (path, &self.layouts[*layout])
    }
}

pub(super) struct NetcdfSource {
    title: String,
    files: Files,
    schema: Arc<Schema>,
    /// First step of each run.
    starts: Vec<usize>,
}

impl NetcdfSource {
    pub(super) fn new(title: String, files: Files, schema: Arc<Schema>) -> NetcdfSource {
        let mut at = 0;
        let starts = files.runs.iter().map(|run| {
            at += run.2;
            at - run.2
        });
        NetcdfSource { title, starts: starts.collect(), files, schema }
    }

    /// From a spec made by [`Source::spec`].
    pub(super) fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
        let files = Files::of(spec)?;
        Ok(Arc::new(NetcdfSource::new(spec.title.clone(), files, schema.clone())))
    }

    /// Reads the steps `indices` of one file, for every band, into the steps of `out` that begin at `first`.
    fn read_run(
        &self,
        file: usize,
        indices: Range<usize>,
        region: &Region,
        first: usize,
        out: &mut [Pixels],
        cx: &ReadCx,
    ) -> Result<()> {
        let (path, layout) = &self.files.files[file];
        let layout = &self.files.layouts[*layout];
        let [_, height, width] = region.shape();
        let (y, x) = layout.turned(&self.schema.grid, &region.y, &region.x);
        for (pixels, &band) in out.iter_mut().zip(&region.bands) {
            let stored = &layout.variables[band];
            for block in blocks(stored, &indices, height * width) {
                cx.go_on()?;
                let at = (first + block.start - indices.start) * height * width;
                let window =
                    Window { time: block, y: y.clone(), x: x.clone(), flip_y: layout.flip_y, flip_x: layout.flip_x };
                let bytes = decode::read(path, stored, &window, self.schema.bands[band].nodata, pixels, at)
                    .map_err(|cause| self.failed(path, region.time.start + first, cause))?;
                cx.add_bytes(bytes as u64);
            }
        }
        Ok(())
    }

    /// The files in which steps of the cube lie, each with the indices there.
    fn runs(&self, steps: &Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let mut step = steps.start;
        let mut run = self.starts.partition_point(|&start| start <= step).saturating_sub(1);
        let end = steps.end;
        std::iter::from_fn(move || {
            let (file, start, n) = *self.files.runs.get(run).filter(|_| step < end)?;
            let offset = step - self.starts[run];
            let count = (n - offset).min(end - step);
            (step, run) = (step + count, run + 1);
            Some((file, start + offset..start + offset + count))
        })
    }

    fn failed(&self, path: &str, step: usize, cause: impl Into<Cause>) -> Box<Diagnostic> {
        let label = self.schema.time.label(step);
        let told = Diagnostic::new(
            codes::READ_FAILED,
            format!("step {label} cannot be read from `{}`", without_secrets(path)),
        )
        .help("`on_error skip` leaves unreadable files missing")
        .cause(cause);
        refusal::advised(told, path)
    }
}

impl Source for NetcdfSource {
    fn spec(&self) -> SourceSpec {
        SourceSpec::new(super::SOURCE.name, Payload::of(&self.files), self.title.clone())
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn inputs(&self) -> Option<usize> {
        Some(self.files.files.len())
    }

    fn attributes(&self) -> Vec<(String, String)> {
        if self.files.files.is_empty() {
            return Vec::new();
        }
        let (path, layout) = self.files.file(0);
        let names: Vec<String> = layout.variables.iter().map(|variable| variable.name.clone()).collect();
        library::inspect(path, move |file| Ok(header::said(file, &names))).unwrap_or_default()
    }

    fn is_far(&self) -> bool {
        self.files.files.first().is_some_and(|(path, _)| far::is_far(path))
    }

    fn want(&self, region: &Region) -> Want {
        if !self.is_far() {
            return Want::All;
        }
        Want::all(self.runs(&region.time).flat_map(|(file, indices)| {
            let (path, layout) = self.files.file(file);
            let (y, x) = layout.turned(&self.schema.grid, &region.y, &region.x);
            let slab = move |band: usize| {
                let stored = &layout.variables[band];
                let along = |place: &DimIndex| decode::along(*place, &indices, &y, &x);
                chunks::want(path, &stored.name, &stored.places.iter().map(along).collect::<Vec<_>>())
            };
            region.bands.iter().map(move |&band| slab(band))
        }))
    }

    fn natural_tile(&self) -> Tile {
        let grid = &self.schema.grid;
        let variables = self.files.layouts.iter().take(1).flat_map(|l| &l.variables);
        // The variable with the largest chunks is the one that is dear to decode twice.
        let tile = variables.map(|v| v.tile).max_by_key(|t| t.iter().product::<usize>()).unwrap_or([1, 1, 1]);
        Tile { time: tile[0], y: tile[1].min(grid.height), x: tile[2].min(grid.width) }
    }

    /// A chunk as it is inflated, as its bytes are put together again, and as the library keeps it.
    fn decoder_bytes(&self) -> u64 {
        let variables = self.files.layouts.iter().flat_map(|layout| &layout.variables);
        3 * variables.map(VariableLayout::chunk_bytes).max().unwrap_or(0)
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let shape = region.shape();
        let mut bands: Vec<Pixels> =
            region.bands.iter().map(|&b| Pixels::zeros(self.schema.bands[b].dtype, region.pixels())).collect();
        let mut first = 0;
        for (file, indices) in self.runs(&region.time) {
            let count = indices.len();
            if let Err(error) = self.read_run(file, indices, region, first, &mut bands, cx) {
                if !self.files.skip || error.code != codes::READ_FAILED {
                    return Err(error);
                }
                let step = self.schema.time.label(region.time.start + first);
                cx.skip(&without_secrets(&self.files.files[file].0), &step, &error);
                let pixels = shape[1] * shape[2];
                for (values, &band) in bands.iter_mut().zip(&region.bands) {
                    let missing = self.schema.bands[band].nodata;
                    blank(values, first * pixels..(first + count) * pixels, missing);
                }
            }
            first += count;
        }
        Ok(Chunk { shape, bands })
    }
}

/// The steps of a run in pieces of bounded size that begin where chunks do.
fn blocks(stored: &VariableLayout, indices: &Range<usize>, pixels: usize) -> Vec<Range<usize>> {
    let tile = stored.tile[0];
    let per_block = (BLOCK / (pixels * stored.raw.bytes()).max(1)).max(1);
    let per_block = per_block.next_multiple_of(tile);
    let mut blocks = Vec::new();
    let mut start = indices.start;
    while start < indices.end {
        let end = ((start / per_block + 1) * per_block).min(indices.end);
        blocks.push(start..end);
        start = end;
    }
    blocks
}

fn blank(pixels: &mut Pixels, range: Range<usize>, nodata: Option<f64>) {
    fn fill<T: crate::cube::dtype::Pixel>(values: &mut [T], nodata: Option<f64>) {
        values.fill(T::from_f64(nodata.unwrap_or(if T::DTYPE.is_float() { f64::NAN } else { 0.0 })));
    }
    crate::with_pixels!(pixels, values => fill(&mut values[range], nodata));
}
