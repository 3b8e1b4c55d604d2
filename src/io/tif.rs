//! `save tif`: GeoTIFF files, one for each name that the path template makes. `save cog` shares everything but the
//! last step.

mod encode;
mod file;
pub(super) mod options;
mod raw;
mod sink;
mod storage;
mod template;
#[cfg(test)]
mod tests;

use super::place::cannot_write;
use super::sink::{SinkFormat, stored_as, template_of_steps};
use super::source::Tile;
use super::target::{self, Staging};
use super::{Output, SharedTarget, Sink, unfinished};
use crate::cube::{DType, GeoBox, Schema};
use crate::diagnostic::Result;
use crate::geometry::crs;
use crate::plan::SinkSpec;
use options::{Kind, Settings};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storage::Storage;
use template::Target;

pub(super) const FORMAT: SinkFormat = SinkFormat {
    name: "tif",
    stage: &options::TIF,
    extensions: options::EXTENSIONS,
    refers: false,
    on_disk: true,
    check: |spec, schema| check(Kind::Tif, spec, schema),
    tile: |spec, schema| tile(Kind::Tif, spec, schema),
    create: |spec, schema| create(Kind::Tif, spec, schema),
    join: Some(|target, schema| join(Kind::Tif, target, schema)),
};

/// A plane of up to this many pixels is written in one piece: its files are then made in memory, one by each thread.
const WHOLE: usize = 1 << 20;
/// Files that keep the threads of a usual machine busy.
const MANY: usize = 16;
/// Pixels that one thread computes as fast as several.
const SMALL: usize = 128 * 1024;

pub(super) fn check(kind: Kind, spec: &SinkSpec, schema: &Schema) -> Result<()> {
    let (settings, targets) = plan(kind, spec, schema)?;
    for (file, storage) in &targets {
        settings.check(file, storage.dtype)?;
        target::check_file(&file.path, spec.existing)?;
    }
    match targets.first().filter(|_| spec.resumable) {
        Some((first, _)) => unfinished::check_on_disk(&first.path, &unfinished::identity(spec, schema)),
        None => Ok(()),
    }
}

pub(super) fn tile(kind: Kind, spec: &SinkSpec, schema: &Schema) -> Result<Tile> {
    let (settings, targets) = plan(kind, spec, schema)?;
    let (width, height) = (schema.grid.width, schema.grid.height);
    // A block that holds the bands of all steps cannot be written step by step.
    let together = settings.pixel_interleaved() && targets.iter().any(|(t, _)| t.layers.len() > schema.bands.len());
    let time = if together { schema.time.len() } else { 1 };
    // Whole files are written best by one thread each, where there are enough of them to keep the threads busy.
    if width * height <= WHOLE && (targets.len() >= MANY || width * height <= SMALL) {
        return Ok(Tile { time, y: height.max(1), x: width.max(1) });
    }
    let (block_width, block_height) = settings.block(width, height);
    // Strips come whole, tiles by the square; both in pieces that are worth a task.
    let rows = block_height * 256usize.div_ceil(block_height);
    let columns = if block_width >= width { width } else { block_width * 256usize.div_ceil(block_width) };
    Ok(Tile { time, y: rows.min(height), x: columns.min(width) })
}

pub(super) fn create(kind: Kind, spec: &SinkSpec, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    let tile = tile(kind, spec, schema)?;
    let (settings, targets) = plan(kind, spec, schema)?;
    for (target, storage) in &targets {
        settings.check(target, storage.dtype)?;
    }
    let paths = paths(&targets);
    let is_set = is_set(&targets);
    let is_resumable = spec.resumable && is_set;
    let staging = if is_resumable { Staging::resume } else { Staging::hold }(&paths, spec.existing)?;
    if is_resumable {
        let begun = unfinished::begin(&staging, &unfinished::identity(spec, schema));
        begun.map_err(|e| cannot_write(&paths[0], e))?;
    }
    let staged = (0..paths.len()).map(|i| staging.at(i).to_path_buf()).collect();
    let to_share = is_set.then(|| Box::new(SinkSpec { path: absolute(&spec.path), ..spec.clone() }));
    let gathering = staging.room_for(sink::GATHERING)?;
    let place = sink::Place::Own { staging: Box::new(staging), gathering, to_share };
    Ok(Box::new(sink::TifSink::new(settings, (targets, staged), schema.clone(), tile, place)))
}

/// Whole files of a set that another process has laid out.
pub(super) fn join(kind: Kind, target: &SharedTarget, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    unfinished::joined(target)?;
    let (settings, targets) = plan(kind, &target.spec, schema)?;
    let staged = target::staged(&paths(&targets))?;
    let place = sink::Place::Others;
    Ok(Box::new(sink::TifSink::new(settings, (targets, staged), schema.clone(), target.tile, place)))
}

fn paths(targets: &[(Target, Storage)]) -> Vec<PathBuf> {
    targets.iter().map(|(file, _)| file.path.clone()).collect()
}

/// Whether there are several files, none of which holds more than one step.
fn is_set(targets: &[(Target, Storage)]) -> bool {
    let is_of_one = |layers: &[(usize, usize)]| layers.iter().all(|(step, _)| *step == layers[0].0);
    targets.len() > 1 && targets.iter().all(|(target, _)| is_of_one(&target.layers))
}

/// A template as it reads from any folder.
fn absolute(template: &str) -> String {
    match std::env::current_dir() {
        Ok(here) if Path::new(template).is_relative() => {
            // Braces in its name are no placeholders.
            let here = here.to_string_lossy().replace('{', "{{").replace('}', "}}");
            Path::new(&here).join(template).to_string_lossy().into_owned()
        }
        _ => template.into(),
    }
}

/// What the options mean, and the files that will be written, each with the type its pixels are stored in.
fn plan(kind: Kind, spec: &SinkSpec, schema: &Schema) -> Result<(Settings, Vec<(Target, Storage)>)> {
    let mut settings = Settings::read(kind, &spec.options)?;
    let targets = template::targets(&spec.path, schema)?;
    let with_storage = |target: Target| {
        let bands = target.layers.iter().map(|&(_, band)| &schema.bands[band]);
        let storage = Storage::of(bands, &settings)?;
        Ok((target, storage))
    };
    let targets = targets.into_iter().map(with_storage).collect::<Result<Vec<_>>>()?;
    settings.mask_needed = !settings.add_mask
        && settings.changes_values()
        && targets.iter().any(|(_, storage): &(Target, Storage)| storage.nodata.is_some_and(|n| !n.is_nan()));
    settings.add_mask |= settings.mask_needed;
    Ok((settings, targets))
}

/// Where finished files are, how many bytes they have, and what of them was not asked for.
fn written(paths: Vec<PathBuf>, settings: &Settings, schema: &Schema, dtypes: &[DType]) -> Output {
    let bytes = paths.iter().filter_map(|p| std::fs::metadata(p).ok()).map(|m| m.len()).sum();
    let masked = format!(
        "missing pixels are marked by a mask: `compress {}` changes values, and would change a nodata",
        settings.compress
    );
    let mut notes = if settings.mask_needed { vec![masked] } else { Vec::new() };
    if let ([path], Some(step)) = (&paths[..], template_of_steps(&schema.time)) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let apart = path.with_file_name(format!("{name}_{step}.{}", options::EXTENSIONS[0]));
        let stage = if settings.kind == Kind::Cog { "cog" } else { "tif" };
        notes.push(format!(
            "the {} steps are bands of one file; `save {stage} \"{}\"` writes a file a step",
            schema.time.len(),
            apart.display()
        ));
    }
    if let Some(calendar) = schema.time.instants().map(|(calendar, _)| calendar).filter(|own| !own.is_clock()) {
        notes.push(format!(
            "the dates of the steps are of the calendar {}, and read from names of files would be of the standard one; \
             `save netcdf` and `save zarr` keep the calendar",
            calendar.cf_name()
        ));
    }
    let mut stored = stored_as(schema, dtypes);
    if let Some(grid) = paths.first().filter(|_| settings.moves_pixels()).and_then(|path| grid_of(path)) {
        let system = grid.crs.as_ref().map_or("another grid", |crs| crs.name.as_str());
        if let Some(method) = settings.chosen_resampling() {
            notes.push(format!(
                "GDAL brought the pixels onto {system} by {method}; `resampling` chooses another method"
            ));
        }
        stored.get_or_insert_with(|| schema.clone()).grid = grid;
    }
    Output { paths, bytes, notes, stored }
}

/// The grid of a file that GDAL has laid out itself.
fn grid_of(path: &Path) -> Option<GeoBox> {
    let file = gdal::Dataset::open(path).ok()?;
    let crs = file.spatial_ref().ok().and_then(|system| crs::from_spatial_ref(&system).ok());
    let (transform, (width, height)) = (file.geo_transform().ok()?, file.raster_size());
    Some(GeoBox::new(crs, transform, width, height))
}
