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
use crate::io::Output;
use crate::io::target::Staging;
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
    place: Vec<(usize, usize)>,
    /// Taken when the files are published.
    staging: Option<Staging>,
    /// Where files lie that are gathered before they are made.
    gathering: PathBuf,
    gathered: AtomicUsize,
    /// [`SMALL`], but in tests.
    pub(super) small: usize,
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
        targets: Vec<(Target, Storage)>,
        schema: Arc<Schema>,
        tile: Tile,
        staging: Staging,
    ) -> Result<TifSink> {
        let bands = schema.bands.len();
        let mut place = vec![(0, 0); schema.time.len() * bands];
        for (file, (target, _)) in targets.iter().enumerate() {
            for (layer, (step, band)) in target.layers.iter().enumerate() {
                place[step * bands + band] = (file, layer);
            }
        }
        let file = |(i, (target, storage))| {
            let staged = staging.at(i).to_path_buf();
            File { target, staged, storage, state: Mutex::new(State::Untouched) }
        };
        let files = targets.into_iter().enumerate().map(file).collect();
        let gathering = staging.room_for("gathering")?;
        let (staging, gathered) = (Some(staging), AtomicUsize::new(0));
        Ok(TifSink { settings, schema, tile, files, place, staging, gathering, gathered, small: SMALL })
    }

    fn plan<'a>(&'a self, file: &'a File) -> Plan<'a> {
        Plan { settings: &self.settings, schema: &self.schema, target: &file.target, storage: &file.storage }
    }

    fn pixels(&self, file: &File) -> u64 {
        (file.target.layers.len() * self.schema.grid.pixels()) as u64
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
        self.plan(file).write_whole(&places, &file.staged)?;
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
            Kind::Cog => self.gathering.join(file.staged.file_name().unwrap_or_default()),
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

    fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses> {
        let mut losses = Losses::default();
        let bands = self.schema.bands.len();
        let mut by_file: BTreeMap<usize, Vec<Layer>> = BTreeMap::new();
        for step in region.time.clone() {
            for band in 0..bands {
                let (file, layer) = self.place[step * bands + band];
                by_file.entry(file).or_default().push(Layer { layer, step: step - region.time.start, band });
            }
        }
        let plane = region.y.len() == self.schema.grid.height && region.x.len() == self.schema.grid.width;
        for (file, layers) in by_file {
            let file = &self.files[file];
            losses += match plane && layers.len() == file.target.layers.len() {
                true => self.write_file(file, &layers, region, &chunk)?,
                false => self.write_part(file, &layers, region, &chunk)?,
            };
        }
        Ok(losses)
    }

    fn finish(mut self: Box<Self>) -> Result<Output> {
        // First all files are complete, then all get their names.
        for file in &self.files {
            let mut state = lock(&file.state);
            if matches!(*state, State::Untouched) {
                *state = self.open(file)?;
            }
            let unfinished = std::mem::replace(&mut *state, State::Failed);
            *state = self.complete(file, unfinished)?;
        }
        let notes = self.staging.take().map_or(Ok(Vec::new()), Staging::publish)?;
        let paths: Vec<PathBuf> = self.files.iter().map(|file| file.target.path.clone()).collect();
        let dtypes: Vec<DType> =
            (0..self.schema.bands.len()).map(|band| self.files[self.place[band].0].storage.dtype).collect();
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
