//! The sink: regions come in any order, from many threads; files are made as their pixels arrive.
//!
//! A file whose pixels come in one region is made at once, by the thread that brings them, without another copy. Files
//! that come in pieces are gathered in memory while that is cheap, or written piece by piece into a hidden neighbor.

use super::encode::encode;
use super::file::{Plan, write_part};
use super::options::{Kind, Settings};
use super::raw::Window;
use super::storage::Storage;
use super::template::Target;
use super::{Sink, Tile, written};
use crate::cube::{Chunk, DType, Losses, Pixels, Region, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::place::cannot_write;
use crate::io::target::Staging;
use crate::io::{Output, SharedTarget, unfinished};
use crate::plan::SinkSpec;
use gdal::Dataset;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// A file of up to this many bytes is gathered in memory, while all gathered files together have no more than
/// [`GATHERED`].
pub(super) const SMALL: usize = 64 << 20;
const GATHERED: usize = 256 << 20;

pub(super) struct TifSink {
    settings: Settings,
    schema: Arc<Schema>,
    tile: Tile,
    files: Vec<File>,
    /// File and layer of each step and band, steps outermost.
    layers: Vec<(usize, usize)>,
    place: Place,
    gathered: AtomicUsize,
    /// [`SMALL`], but in tests.
    pub(super) small: usize,
}

/// The folder of a staging where files lie that are not whole.
pub(super) const GATHERING: &str = "gathering";

/// Where the files are made.
pub(super) enum Place {
    /// In a staging that is this process's to publish.
    Own {
        staging: Box<Staging>,
        gathering: PathBuf,
        /// As any process reads it, where others can write steps of their own.
        to_share: Option<Box<SinkSpec>>,
    },
    /// In another process's staging, file by file.
    Others,
}

struct File {
    target: Target,
    /// Where it is made.
    staged: PathBuf,
    storage: Storage,
    state: Mutex<State>,
}

/// How far a file is, with the pixels that are still to come.
enum State {
    Untouched,
    Gathered {
        pixels: Pixels,
        left: u64,
    },
    OnDisk {
        dataset: Dataset,
        path: PathBuf,
        left: u64,
    },
    Complete,
    /// It failed.
    Failed,
}

/// A layer of a file in a region: which, and its step (of the region) and band.
struct Layer {
    layer: usize,
    step: usize,
    band: usize,
}

impl TifSink {
    pub(super) fn new(
        settings: Settings,
        (targets, staged): (Vec<(Target, Storage)>, Vec<PathBuf>),
        schema: Arc<Schema>,
        tile: Tile,
        place: Place,
    ) -> TifSink {
        let bands = schema.bands.len();
        let mut layers = vec![(0, 0); schema.time.len() * bands];
        for (file, (target, _)) in targets.iter().enumerate() {
            for (layer, (step, band)) in target.layers.iter().enumerate() {
                layers[step * bands + band] = (file, layer);
            }
        }
        let file = |((target, storage), staged)| File { target, staged, storage, state: Mutex::new(State::Untouched) };
        let files = targets.into_iter().zip(staged).map(file).collect();
        TifSink { settings, schema, tile, files, layers, place, gathered: AtomicUsize::new(0), small: SMALL }
    }

    fn plan<'a>(&'a self, file: &'a File) -> Plan<'a> {
        Plan { settings: &self.settings, schema: &self.schema, target: &file.target, storage: &file.storage }
    }

    fn pixels(&self, file: &File) -> u64 {
        (file.target.layers.len() * self.schema.grid.pixels()) as u64
    }

    /// The layers of files that a region holds.
    fn of(&self, region: &Region) -> BTreeMap<usize, Vec<Layer>> {
        let bands = self.schema.bands.len();
        let mut by_file: BTreeMap<usize, Vec<Layer>> = BTreeMap::new();
        for step in region.time.clone() {
            for band in 0..bands {
                let (file, layer) = self.layers[step * bands + band];
                by_file.entry(file).or_default().push(Layer { layer, step: step - region.time.start, band });
            }
        }
        by_file
    }

    /// Whether these layers of a region are all of a file.
    fn is_whole(&self, file: &File, layers: &[Layer], region: &Region) -> bool {
        let grid = &self.schema.grid;
        region.y.len() == grid.height && region.x.len() == grid.width && layers.len() == file.target.layers.len()
    }

    /// The pixels of layers as they are stored, `None` where they are so already, and what storing them changed.
    fn encoded(&self, file: &File, layers: &[Layer], plane: usize, chunk: &Chunk) -> (Vec<Option<Pixels>>, Losses) {
        let mut losses = Losses::default();
        let one = |l: &Layer| {
            let range = l.step * plane..(l.step + 1) * plane;
            let (pixels, lost) = encode(&chunk.bands[l.band], range, &self.schema.bands[l.band], &file.storage)?;
            losses += lost;
            Some(pixels)
        };
        (layers.iter().map(one).collect(), losses)
    }

    /// A whole file: made here and now.
    fn write_file(&self, file: &File, layers: &[Layer], region: &Region, chunk: &Chunk) -> Result<Losses> {
        let plane = region.y.len() * region.x.len();
        let (encoded, losses) = self.encoded(file, layers, plane, chunk);
        let places = layers.iter().zip(&encoded).map(|(l, own)| match own {
            Some(pixels) => (pixels, 0),
            None => (&chunk.bands[l.band], l.step * plane),
        });
        let places: Vec<(&Pixels, usize)> = places.collect();
        match &self.place {
            Place::Own { .. } => self.plan(file).write_whole(&places, &file.staged)?,
            Place::Others => {
                let failed = |e: std::io::Error| cannot_write(&file.target.path, e);
                // Another process may be making the same: whoever is last moves an equal file there.
                let room = file.staged.ancestors().nth(2).unwrap_or(&file.staged);
                let own = unfinished::own_folder(&room.join(GATHERING)).map_err(failed)?;
                let made = own.join(file.staged.file_name().unwrap_or_default());
                self.plan(file).write_whole(&places, &made)?;
                std::fs::rename(made, &file.staged).map_err(failed)?;
            }
        }
        *lock(&file.state) = State::Complete;
        Ok(losses)
    }

    /// Some of a file's pixels.
    fn write_part(&self, file: &File, layers: &[Layer], region: &Region, chunk: &Chunk) -> Result<Losses> {
        let plane = region.y.len() * region.x.len();
        let (width, height) = (self.schema.grid.width, self.schema.grid.height);
        let (encoded, losses) = self.encoded(file, layers, plane, chunk);
        let mut state = lock(&file.state);
        if matches!(*state, State::Untouched) {
            *state = self.open(file)?;
        }
        let left = match &mut *state {
            State::Gathered { pixels, left, .. } => {
                for (l, own) in layers.iter().zip(encoded) {
                    let part = own.unwrap_or_else(|| chunk.bands[l.band].slice(l.step * plane..(l.step + 1) * plane));
                    let shape = [file.target.layers.len(), height, width];
                    let at = [l.layer, region.y.start, region.x.start];
                    pixels.paste(shape, &part, [1, region.y.len(), region.x.len()], at);
                }
                left
            }
            State::OnDisk { dataset, left, .. } => {
                let window =
                    Window { x: region.x.start, y: region.y.start, width: region.x.len(), height: region.y.len() };
                let plan = self.plan(file);
                for (l, own) in layers.iter().zip(&encoded) {
                    let (pixels, offset) = own.as_ref().map_or((&chunk.bands[l.band], l.step * plane), |p| (p, 0));
                    write_part(&plan, dataset, l.layer, window, pixels, offset)?;
                }
                left
            }
            State::Untouched | State::Complete | State::Failed => return Err(twice(file)),
        };
        *left = left.saturating_sub((layers.len() * plane) as u64);
        if *left == 0 {
            let whole = std::mem::replace(&mut *state, State::Failed);
            *state = self.complete(file, whole)?;
        }
        Ok(losses)
    }

    fn open(&self, file: &File) -> Result<State> {
        let Place::Own { gathering, .. } = &self.place else {
            return Err(cannot_write(&file.target.path, "only its holder writes a part of a file"));
        };
        let left = self.pixels(file);
        let bytes = left as usize * file.storage.dtype.bytes();
        let fits = |held: usize| (bytes <= self.small && held + bytes <= GATHERED).then_some(held + bytes);
        if self.gathered.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok() {
            let nodata = file.storage.nodata.unwrap_or(0.0);
            let pixels = Pixels::filled(file.storage.dtype, left as usize, nodata);
            return Ok(State::Gathered { pixels, left });
        }
        let path = match self.settings.kind {
            Kind::Tif => file.staged.clone(),
            Kind::Cog => gathering.join(file.staged.file_name().unwrap_or_default()),
        };
        let dataset = self.plan(file).begin(&path)?;
        Ok(State::OnDisk { dataset, path, left })
    }

    fn complete(&self, file: &File, state: State) -> Result<State> {
        match state {
            State::Gathered { pixels, .. } => {
                let plane = self.schema.grid.pixels();
                let layers: Vec<_> = (0..file.target.layers.len()).map(|i| (&pixels, i * plane)).collect();
                let made = self.plan(file).write_whole(&layers, &file.staged);
                self.gathered.fetch_sub(pixels.bytes(), Ordering::Relaxed);
                made.map(|()| State::Complete)
            }
            State::OnDisk { dataset, path, .. } => {
                self.plan(file).end(dataset, &path, &file.staged)?;
                Ok(State::Complete)
            }
            other => Ok(other),
        }
    }
}

impl Sink for TifSink {
    fn preferred_tile(&self) -> Tile {
        self.tile
    }

    fn shared(&self) -> Option<SharedTarget> {
        match &self.place {
            Place::Own { staging, to_share: Some(spec), .. } => {
                let grid = &self.schema.grid;
                let step = Tile { time: 1, y: grid.height.max(1), x: grid.width.max(1) };
                unfinished::share(spec, staging, GATHERING, step)
            }
            Place::Own { to_share: None, .. } | Place::Others => None,
        }
    }

    fn note(&self, region: &Region) -> Result<()> {
        for (file, layers) in self.of(region) {
            let file = &self.files[file];
            if self.is_whole(file, &layers, region) {
                std::fs::metadata(&file.staged).map_err(|e| cannot_write(&file.target.path, e))?;
                *lock(&file.state) = State::Complete;
            }
        }
        Ok(())
    }

    fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses> {
        let mut losses = Losses::default();
        for (file, layers) in self.of(region) {
            let file = &self.files[file];
            losses += match self.is_whole(file, &layers, region) {
                true => self.write_file(file, &layers, region, &chunk)?,
                false => self.write_part(file, &layers, region, &chunk)?,
            };
        }
        Ok(losses)
    }

    fn finish(self: Box<Self>) -> Result<Output> {
        if let Place::Others = self.place {
            return Ok(Output::default());
        }
        // First all files are complete, then all get their names.
        for file in &self.files {
            let mut state = lock(&file.state);
            if matches!(*state, State::Untouched) {
                *state = self.open(file)?;
            }
            let unfinished = std::mem::replace(&mut *state, State::Failed);
            *state = self.complete(file, unfinished)?;
        }
        let notes = match self.place {
            Place::Own { staging, .. } => staging.publish()?,
            Place::Others => Vec::new(),
        };
        let paths: Vec<PathBuf> = self.files.iter().map(|file| file.target.path.clone()).collect();
        let dtypes: Vec<DType> =
            (0..self.schema.bands.len()).map(|band| self.files[self.layers[band].0].storage.dtype).collect();
        let mut output = written(paths, &self.settings, &self.schema, &dtypes);
        output.notes.extend(notes);
        Ok(output)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(|e| e.into_inner())
}

fn twice(file: &File) -> Box<Diagnostic> {
    Diagnostic::new(codes::CANNOT_WRITE, format!("`{}` was written twice or failed before", file.target.path.display()))
}
