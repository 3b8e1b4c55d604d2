//! Reading a cube of files: every file is checked against the first when it is first read.

use super::axis::position;
use crate::cube::{Chunk, DType, GeoBox, Pixels, Region, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::cf;
use crate::io::gdal::handles::{self, Open};
use crate::io::gdal::read::{BandHeader, Header};
use crate::io::gdal::window::{self, Target};
use crate::io::gdal::{members, tiff};
use crate::io::remote::address::is_behind_server;
use crate::io::source::{ReadCx, Source, Tile, Want, read_failed, unusable};
use crate::plan::{Payload, SourceSpec};
use gdal::Metadata;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

/// Everything discovery settled, as it stands in the spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FilesSpec {
    /// What GDAL opens, and what people call it.
    pub paths: Vec<String>,
    pub names: Vec<String>,
    /// The file and band of each step where bands are steps; else step `i` is file `i`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<(usize, usize)>>,
    /// Steps, rows, columns.
    pub tile: [usize; 3],
    /// Position of the file whose header the schema states.
    pub template: usize,
    /// The user's reference system stands for what the files state.
    pub crs_given: bool,
    pub skip: bool,
    /// Numbers are read as they are stored, without scale and offset.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stored: bool,
    /// Rows and columns of the overviews that are read instead of the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<[usize; 2]>,
}

pub(super) struct FileSource {
    spec: SourceSpec,
    schema: Arc<Schema>,
    settled: FilesSpec,
    /// Headers of the files that were found to fit; most are one and the same.
    checked: Vec<OnceLock<Arc<Header>>>,
    common: Mutex<Option<Arc<Header>>>,
}

impl FilesSpec {
    /// What a spec holds.
    pub(super) fn of(spec: &SourceSpec) -> Result<FilesSpec> {
        spec.data.read().map_err(unusable)
    }

    /// The file of a step, and its band where bands are steps.
    pub(super) fn place(&self, step: usize) -> (usize, Option<usize>) {
        match &self.steps {
            Some(steps) => (steps[step].0, Some(steps[step].1)),
            None => (step, None),
        }
    }

    /// Path and name of a file.
    pub(super) fn file(&self, file: usize) -> (&str, &str) {
        (&self.paths[file], &self.names[file])
    }
}

impl FileSource {
    /// `overviews` are rows and columns of those of the files.
    pub(super) fn new(
        format: &str,
        title: String,
        schema: Arc<Schema>,
        settled: FilesSpec,
        overviews: Vec<[usize; 2]>,
    ) -> FileSource {
        let mut spec = SourceSpec::new(format, Payload::of(&settled), title);
        spec.overviews = overviews;
        FileSource::with(spec, schema, settled)
    }

    pub(super) fn reopen(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<FileSource> {
        let settled = FilesSpec::of(spec)?;
        Ok(FileSource::with(spec.clone(), schema.clone(), settled))
    }

    fn with(spec: SourceSpec, schema: Arc<Schema>, settled: FilesSpec) -> FileSource {
        let checked = settled.paths.iter().map(|_| OnceLock::new()).collect();
        FileSource { spec, schema, settled, checked, common: Mutex::new(None) }
    }

    fn place(&self, step: usize) -> (usize, Option<usize>) {
        self.settled.place(step)
    }

    /// The steps from `step` on that one visit to a file can serve.
    fn visit(&self, step: usize, end: usize) -> Range<usize> {
        let file = self.place(step).0;
        step..(step + 1..end).find(|s| self.place(*s).0 != file).unwrap_or(end)
    }

    /// The header of an open file, once it is known to fit the cube.
    fn header(&self, file: usize, dataset: &Open) -> Result<Arc<Header>> {
        if let Some(known) = self.checked[file].get() {
            return Ok(known.clone());
        }
        let name = &self.settled.names[file];
        let mut header = Header::without_units(dataset, name)?;
        if self.settled.crs_given {
            header.grid.crs = self.schema.grid.crs.clone();
        }
        if self.settled.stored {
            header.bands.iter_mut().for_each(|band| (band.scale, band.offset) = (1.0, 0.0));
        }
        self.compare(file, &header)?;
        header.datetime = None;
        let mut common = self.common.lock().unwrap_or_else(|e| e.into_inner());
        let header = match &*common {
            Some(known) if **known == header => known.clone(),
            Some(_) => Arc::new(header),
            None => common.insert(Arc::new(header)).clone(),
        };
        Ok(self.checked[file].get_or_init(|| header).clone())
    }

    fn compare(&self, file: usize, header: &Header) -> Result<()> {
        let (name, first) = (&self.settled.names[file], &self.settled.names[self.settled.template]);
        let grid = &self.schema.grid;
        let same = match self.settled.overview {
            Some(size) => grid.same_grid(&header.grid.overview(size)),
            None => grid.same_grid(&header.grid),
        };
        if !same {
            return Err(Diagnostic::new(codes::FILES_DIFFER, format!("`{name}` lies on another grid than `{first}`"))
                .help(format!("`{first}`: {}", place_of(grid)))
                .help(format!("`{name}`: {}", place_of(&header.grid)))
                .help("add `union` to the `load`: all are brought onto one grid, as far as they reach"));
        }
        let bands = self.schema.bands.len();
        if self.settled.steps.is_none() && header.bands.len() != bands {
            let count = |n: usize| if n == 1 { "1 band".to_string() } else { format!("{n} bands") };
            let here = count(header.bands.len());
            return Err(Diagnostic::new(
                codes::FILES_DIFFER,
                format!("`{name}` has {here}, `{first}` has {}", count(bands)),
            )
            .help("load files of one kind at a time, by a narrower pattern"));
        }
        self.same_order(name, first, header)?;
        for (i, stored) in header.bands.iter().enumerate() {
            let band = &self.schema.bands[if self.settled.steps.is_some() { 0 } else { i }];
            if !window::fits(header, i, band) {
                let values = stored.value_type();
                return Err(Diagnostic::new(
                    codes::FILES_DIFFER,
                    format!("`{name}` holds {values}, which the {} of `{first}` cannot hold", band.dtype),
                )
                .help(format!("add `dtype {}` to the `load`", values.promote(band.dtype))));
            }
        }
        Ok(())
    }

    /// Bands that describe themselves by the names of the cube's bands stand in the order of these.
    fn same_order(&self, name: &str, first: &str, header: &Header) -> Result<()> {
        if self.settled.steps.is_some() {
            return Ok(());
        }
        let place = |stored: &BandHeader| self.schema.band_names().position(|band| band == stored.description.trim());
        let moved = header.bands.iter().enumerate().find(|(i, stored)| place(stored).is_some_and(|at| at != *i));
        match moved {
            None => Ok(()),
            Some((i, stored)) => Err(Diagnostic::new(
                codes::FILES_DIFFER,
                format!(
                    "band {} of `{name}` is `{}`, which is another one of `{first}`",
                    i + 1,
                    stored.description.trim()
                ),
            )
            .help("load the files with bands in another order apart, and put the two together with `append`")),
        }
    }

    /// Tells of a file whose scale or offset are others than those of the first.
    fn note_packing(&self, header: &Header, cx: &ReadCx) {
        if self.settled.stored {
            return;
        }
        for (i, stored) in header.bands.iter().enumerate() {
            let band = &self.schema.bands[if self.settled.steps.is_some() { 0 } else { i }];
            let of_first = band.packing.map_or((1.0, 0.0), |packing| (packing.scale, packing.offset));
            if of_first != (stored.scale, stored.offset) {
                cx.notice(format!("the files pack `{}` in different ways, each is unpacked by its own", band.name));
            }
        }
    }

    /// Reads the steps of one file into their places in `bands`; `base` is the first step of the region.
    fn read_file(&self, steps: &Range<usize>, region: &Region, bands: &mut [Pixels], cx: &ReadCx) -> Result<()> {
        let (file, _) = self.place(steps.start);
        let area = region.y.len() * region.x.len();
        let at = |step: usize| (step - region.time.start) * area;
        // What does not fit is told of by whoever knows pixels only.
        let named = |e: Box<Diagnostic>| match e.code == codes::FILES_DIFFER {
            true => Box::new(Diagnostic { message: format!("{}: {}", self.title(steps.start), e.message), ..*e }),
            false => e,
        };
        handles::with(&self.settled.paths[file], |dataset| {
            let header = self.header(file, dataset)?;
            self.note_packing(&header, cx);
            let (y, x) = (region.y.clone(), region.x.clone());
            let Some(sources) = &self.settled.steps else {
                let mut targets: Vec<Target<'_>> = bands
                    .iter_mut()
                    .zip(&region.bands)
                    .map(|(pixels, &band)| Target {
                        band,
                        wanted: &self.schema.bands[band],
                        pixels,
                        at: at(steps.start),
                    })
                    .collect();
                return self.read_window(dataset, &header, y, x, &mut targets).map_err(named);
            };
            let wanted = &self.schema.bands[0];
            let numbered = |step: usize| {
                let band = sources[step].1;
                if band < header.bands.len() { Ok(band) } else { Err(lost_band(&self.settled.names[file], band)) }
            };
            for pixels in bands.iter_mut() {
                if !header.interleaved || steps.len() == 1 {
                    for step in steps.clone() {
                        let target = Target { band: numbered(step)?, wanted, pixels: &mut *pixels, at: at(step) };
                        self.read_window(dataset, &header, y.clone(), x.clone(), &mut [target]).map_err(named)?;
                    }
                    continue;
                }
                // A block holds all steps: they are read side by side and moved to their places.
                let mut parts = vec![Pixels::zeros(wanted.dtype, area); steps.len()];
                let mut targets = Vec::with_capacity(parts.len());
                for (part, step) in parts.iter_mut().zip(steps.clone()) {
                    targets.push(Target { band: numbered(step)?, wanted, pixels: part, at: 0 });
                }
                self.read_window(dataset, &header, y.clone(), x.clone(), &mut targets).map_err(named)?;
                let [t, h, w] = region.shape();
                for (part, step) in parts.iter().zip(steps.clone()) {
                    pixels.paste([t, h, w], part, [1, h, w], [step - region.time.start, 0, 0]);
                }
            }
            Ok(())
        })
    }

    fn read_window(
        &self,
        dataset: &Open,
        header: &Header,
        y: Range<usize>,
        x: Range<usize>,
        targets: &mut [Target<'_>],
    ) -> Result<()> {
        window::read_at(self.settled.overview, dataset, header, y, x, targets)
    }

    /// A failure as the user is told of it: by file and date.
    fn told(&self, step: usize, e: Box<Diagnostic>) -> Box<Diagnostic> {
        match e.code == codes::READ_FAILED || e.code.is_unreadable() {
            true => read_failed(&self.title(step), &e),
            false => e,
        }
    }

    /// The file of a step, and the step.
    fn title(&self, step: usize) -> String {
        let name = &self.settled.names[self.place(step).0];
        format!("`{name}` ({})", position(&self.schema.time, step))
    }
}

impl Source for FileSource {
    fn spec(&self) -> SourceSpec {
        self.spec.clone()
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn inputs(&self) -> Option<usize> {
        Some(self.settled.paths.len())
    }

    fn attributes(&self) -> Vec<(String, String)> {
        let said = |open: &handles::Open| {
            Ok(open
                .metadata()
                .filter(|item| item.domain.is_empty() && cf::is_told(&item.key))
                .map(|item| (item.key, item.value))
                .collect())
        };
        self.settled.paths.first().and_then(|path| handles::with(path, said).ok()).unwrap_or_default()
    }

    fn is_far(&self) -> bool {
        self.settled.paths.iter().any(|path| is_behind_server(path))
    }

    fn want(&self, region: &Region) -> Want {
        let window = (region.y.clone(), region.x.clone());
        let (y, x) = match self.common.lock().unwrap_or_else(|e| e.into_inner()).as_ref() {
            Some(header) => header.stored(window.0, window.1),
            None => window,
        };
        let mut step = region.time.start;
        let visits = std::iter::from_fn(|| {
            let steps = (step < region.time.end).then(|| self.visit(step, region.time.end))?;
            step = steps.end;
            Some(steps)
        });
        Want::all(visits.map(|steps| {
            let bands: Vec<usize> = match &self.settled.steps {
                Some(sources) => steps.clone().map(|step| sources[step].1 + 1).collect(),
                None => region.bands.iter().map(|band| band + 1).collect(),
            };
            let path = &self.settled.paths[self.place(steps.start).0];
            members::want(path).unwrap_or_else(|| tiff::remote::want(path, self.settled.overview, &bands, &y, &x))
        }))
    }

    fn natural_tile(&self) -> Tile {
        let [time, y, x] = self.settled.tile;
        Tile { time, y, x }
    }

    fn decoder_bytes(&self) -> u64 {
        Tile { time: 1, ..self.natural_tile() }.bytes(&self.schema.bands)
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let dtype = |band: &usize| self.schema.bands[*band].dtype;
        let mut bands: Vec<Pixels> = region.bands.iter().map(|b| Pixels::zeros(dtype(b), region.pixels())).collect();
        let area = region.y.len() * region.x.len();
        let pixel: usize = region.bands.iter().map(|b| dtype(b).bytes()).sum();
        let mut step = region.time.start;
        while step < region.time.end && area > 0 && !bands.is_empty() {
            cx.go_on()?;
            let steps = self.visit(step, region.time.end);
            if let Err(e) = self.read_file(&steps, region, &mut bands, cx) {
                let told = self.told(step, e);
                if !self.settled.skip {
                    return Err(told);
                }
                let name = &self.settled.names[self.place(step).0];
                cx.skip(name, &position(&self.schema.time, step), &told);
                let lost = (steps.start - region.time.start) * area..(steps.end - region.time.start) * area;
                for (pixels, &band) in bands.iter_mut().zip(&region.bands) {
                    window::forget(pixels, lost.clone(), &self.schema.bands[band]);
                }
            }
            cx.add_bytes((steps.len() * area * pixel) as u64);
            step = steps.end;
        }
        Ok(Chunk { shape: region.shape(), bands })
    }
}

/// A grid and where it lies.
fn place_of(grid: &GeoBox) -> String {
    format!("{}, covering {}", grid.describe(), grid.bounds())
}

fn lost_band(name: &str, band: usize) -> Box<Diagnostic> {
    Diagnostic::new(codes::FILES_DIFFER, format!("`{name}` has no band {} any more", band + 1)).help("load it again")
}

/// A tile of about the size that suits both the file and the engine.
///
/// Whole-width strips are put together to at least 256 rows, blocks smaller than 256 pixels to a multiple of themselves.
pub(super) fn tile_of(header: &Header, dtype: DType, steps_per_file: usize) -> [usize; 3] {
    const LEAST: usize = 256;
    /// A block of more is cut, because it would not fit beside others.
    const MOST: usize = 64 << 20;
    let (width, height) = (header.grid.width.max(1), header.grid.height.max(1));
    let (bw, bh) = header.bands.first().map_or((width, 1), |b| b.block);
    let grown = |block: usize, len: usize| {
        let block = block.clamp(1, len);
        (LEAST.div_ceil(block) * block).min(len)
    };
    let time = if header.interleaved { steps_per_file } else { 1 };
    let x = if bw >= width { width } else { grown(bw, width) };
    let y = grown(bh, height);
    let row = x * dtype.bytes() * time;
    let y = if row * y > MOST && y > LEAST { (MOST / row).clamp(LEAST, y) } else { y };
    [time, y, x]
}
