//! Writing: a hidden neighbor of the target filled block by block, in any order, and renamed when it is whole.

use super::define;
use super::form::{Field, Form, SAVE};
use super::library;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{Chunk, DType, Losses, Pixels, Region, Schema};
use crate::diagnostic::{Cause, Result};
use crate::io::places::PixelCoordinates;
use crate::io::sink;
use crate::io::target::{self, Staging};
use crate::io::{Output, Sink, SinkFormat, Tile};
use crate::io::{history, place, upward};
use crate::plan::SinkSpec;
use netcdf::{Extent, FileMut};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Longitudes and latitudes that are read and written together.
const PLACES: usize = 1 << 20;

pub(crate) const SINK: SinkFormat = SinkFormat {
    name: "netcdf",
    stage: &SAVE,
    extensions: &["nc", "nc4", "cdf", "netcdf", "grd", "h5", "hdf5", "he5"],
    refers: false,
    on_disk: true,
    check,
    tile,
    create,
    join: None,
};

/// `E0501` to `E0505`, `E0211`: everything that can be refused before a pixel is read.
fn check(spec: &SinkSpec, schema: &Schema) -> Result<()> {
    place::refuse_template(&spec.path)?;
    let path = Path::new(&spec.path);
    if path.is_dir() {
        return Err(place::cannot_write(path, "it is a folder"));
    }
    target::check(path, spec.existing)?;
    Form::settle(spec, schema).map(|_| ())
}

fn tile(spec: &SinkSpec, schema: &Schema) -> Result<Tile> {
    let [time, y, x] = Form::settle(spec, schema)?.chunk;
    Ok(Tile { time, y, x })
}

fn create(spec: &SinkSpec, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    check(spec, schema)?;
    let form = Form::settle(spec, schema)?;
    let path = PathBuf::from(&spec.path);
    let staging = Staging::hold(std::slice::from_ref(&path), spec.existing)?;
    let history = history::of(spec, schema);
    let file = library::alone(|| {
        let mut file = netcdf::create(staging.at(0))?;
        define::define(&mut file, &form, schema, &history)?;
        Ok(file)
    })
    .map_err(|cause| place::cannot_write(&path, cause))?;
    Ok(Box::new(NetcdfSink {
        file: Mutex::new(Some(file)),
        form,
        schema: schema.clone(),
        path,
        staging: Some(staging),
    }))
}

struct NetcdfSink {
    /// Nothing once it is closed. Touched only under the lock of the library.
    file: Mutex<Option<FileMut>>,
    form: Form,
    schema: Arc<Schema>,
    path: PathBuf,
    /// Taken when the file is published.
    staging: Option<Staging>,
}

impl Sink for NetcdfSink {
    fn preferred_tile(&self) -> Tile {
        let [time, y, x] = self.form.chunk;
        Tile { time, y, x }
    }

    /// Some rows at a time.
    fn locate(&self, places: &PixelCoordinates) -> Result<()> {
        let all = places.schema.all();
        let rows = self.form.chunk[1] * (PLACES / (self.form.chunk[1] * all.x.len()).max(1)).max(1);
        for start in all.y.clone().step_by(rows) {
            let region = Region { y: start..all.y.end.min(start + rows), ..all.clone() };
            let mut chunk = places.read(&region)?;
            let mut region = region;
            if places.schema.grid.upward {
                (region, chunk) = upward::turned(&region, chunk, all.y.len());
            }
            let bands = chunk.bands.into_iter().zip(&places.schema.bands);
            for ((pixels, band), field) in bands.zip(&self.form.located) {
                let extents = vec![slab(&region.y), slab(&region.x)];
                self.put(&field.name, &field.store(pixels, band.nodata).0, extents)?;
            }
        }
        Ok(())
    }

    fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses> {
        let (region, chunk) = match self.schema.grid.upward {
            true => upward::turned(region, chunk, self.schema.grid.height),
            false => (region.clone(), chunk),
        };
        let mut losses = Losses::default();
        for (pixels, &i) in chunk.bands.into_iter().zip(&region.bands) {
            let field = &self.form.fields[i];
            let (pixels, lost) = field.store(pixels, self.schema.bands[i].nodata);
            losses += lost;
            let extents = self.extents(&region, i);
            let name = self.form.cube.as_ref().unwrap_or(&field.name);
            self.put(name, &pixels, extents)?;
        }
        Ok(losses)
    }

    fn finish(mut self: Box<Self>) -> Result<Output> {
        let closed = self.close();
        closed.map_err(|cause| place::cannot_write(&self.path, cause))?;
        let mut output = Output { paths: vec![self.path.clone()], ..Output::default() };
        library::forget(&self.path.to_string_lossy());
        if let Some(staging) = self.staging.take() {
            output.bytes = std::fs::metadata(staging.at(0)).map_or(0, |seen| seen.len());
            output.notes = staging.publish()?;
        }
        let dtypes: Vec<DType> = self.form.fields.iter().map(|field| field.dtype).collect();
        output.stored = sink::stored_as(&self.schema, &dtypes);
        Ok(output)
    }
}

impl NetcdfSink {
    fn put(&self, name: &str, pixels: &Pixels, extents: Vec<Extent>) -> Result<()> {
        library::alone(|| {
            let mut file = self.file.lock().unwrap_or_else(|e| e.into_inner());
            let file = file.as_mut().ok_or("the file is closed")?;
            let mut variable = file.variable_mut(name).ok_or("the variable is gone")?;
            crate::with_pixels!(pixels, values => variable.put_values(values, extents)).map_err(Cause::from)
        })
        .map_err(|cause| place::cannot_write(&self.path, cause))
    }

    fn extents(&self, region: &Region, band: usize) -> Vec<Extent> {
        let mut extents = Vec::with_capacity(4);
        if self.form.step.is_some() {
            extents.push(slab(&region.time));
        }
        if self.form.cube.is_some() {
            extents.push(slab(&(band..band + 1)));
        }
        extents.extend([slab(&region.y), slab(&region.x)]);
        extents
    }

    /// Data that a full disk did not take is only missed here.
    fn close(&mut self) -> Result<(), Cause> {
        let file = self.file.get_mut().unwrap_or_else(|e| e.into_inner()).take();
        library::alone(|| file.map_or(Ok(()), |file| file.close().map_err(Cause::from)))
    }
}

fn slab(range: &std::ops::Range<usize>) -> Extent {
    Extent::SliceCount { start: range.start, count: range.len(), stride: 1 }
}

impl Drop for NetcdfSink {
    fn drop(&mut self) {
        // A file that is given up need not close well; the staging goes with it.
        let _ = self.close();
    }
}

impl Field {
    /// Pixels of a band, whose missing ones are `nodata`, as they are stored.
    fn store(&self, mut pixels: Pixels, nodata: Option<f64>) -> (Pixels, Losses) {
        if self.packing.is_some() || pixels.dtype() != self.dtype {
            return pixels.pack(nodata, self.packing, self.dtype, self.nodata);
        }
        let missing = self.nodata.map_or(0, |target| crate::with_pixels!(&mut pixels, v => replace(v, nodata, target)));
        (pixels, Losses { missing, clamped: 0 })
    }
}

/// Gives every missing pixel the one value that the file declares; and how many valid ones have it already.
fn replace<T: PixelType>(values: &mut [T], nodata: Option<f64>, target: f64) -> u64 {
    let missing = Missing::<T>::new(nodata);
    let target = T::from_f64(target);
    if !T::DTYPE.is_float() && missing.marker() == Some(target) {
        return 0;
    }
    let mut lost = 0;
    for value in values {
        let is_missing = missing.is(*value);
        lost += (!is_missing & (*value == target)) as u64;
        *value = if is_missing { target } else { *value };
    }
    lost
}
