//! Writing: a hidden neighbor of the target filled block by block, in any order, and renamed when it is whole.
//!
//! Blocks become chunks on the threads that computed them; only the bytes of chunks go through the lock of the library, in
//! an order of their own, so that the same cube is the same file however the work was shared out.

use super::form::{Field, Form, SAVE};
use super::hdf5::write::ChunkFile;
use super::numbers::{Numbered, Numbers, Stored};
use super::pack::Packing;
use super::spool::{Parts, Spool};
use super::{define, library};
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
use crate::with_pixels;
use bytemuck::{cast_slice, cast_slice_mut};
use std::ops::Range;
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
    let failed = |cause: Cause| place::cannot_write(&path, cause);
    let numbers = Numbers::new(&form, schema);
    let spool = Spool::new(&staging.aside("spool")).map_err(|e| failed(e.into()))?;
    let parts = Parts::new(&staging.aside("parts")).map_err(|e| failed(e.into()))?;
    let file = library::alone(|| {
        let mut file = netcdf::create(staging.at(0))?;
        define::define(&mut file, &form, schema, &history)?;
        file.close()?;
        ChunkFile::open(staging.at(0), &form.variables(schema))
    });
    let filling = Filling { file: Some(file.map_err(failed)?), spool };
    Ok(Box::new(NetcdfSink {
        filling: Mutex::new(filling),
        parts: Mutex::new(parts),
        numbers,
        packing: Packing { level: form.level, shuffle: form.shuffle },
        form,
        schema: schema.clone(),
        path,
        staging: Some(staging),
    }))
}

struct NetcdfSink {
    filling: Mutex<Filling>,
    parts: Mutex<Parts<[Range<usize>; 3]>>,
    numbers: Numbers,
    packing: Packing,
    form: Form,
    schema: Arc<Schema>,
    path: PathBuf,
    /// Taken when the file is published.
    staging: Option<Staging>,
}

struct Filling {
    /// Nothing once it is closed. Touched only under the lock of the library.
    file: Option<ChunkFile>,
    spool: Spool,
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
            for (i, ((pixels, band), field)) in bands.zip(&self.form.located).enumerate() {
                let (pixels, _) = field.store(pixels, band.nodata);
                self.put(Stored::Located(i), field, &pixels, [0..1, region.y.clone(), region.x.clone()])?;
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
            self.put(Stored::Field(i), field, &pixels, [region.time.clone(), region.y.clone(), region.x.clone()])?;
        }
        Ok(losses)
    }

    fn finish(mut self: Box<Self>) -> Result<Output> {
        let written = self.filling.get_mut().unwrap_or_else(|e| e.into_inner()).spool.count();
        if written != self.numbers.count() {
            let why = format!("{written} of {} chunks came", self.numbers.count());
            return Err(place::cannot_write(&self.path, why.as_str()));
        }
        let closed = self.close();
        closed.map_err(|cause| place::cannot_write(&self.path, cause))?;
        let mut output = Output { paths: vec![self.path.clone()], ..Output::default() };
        library::forget(&self.path.to_string_lossy());
        if let Some(staging) = self.staging.take() {
            output.bytes = std::fs::metadata(staging.at(0)).map_or(0, |seen| seen.len());
            output.notes = staging.publish()?;
        }
        let wide = |field: &&Field| matches!(field.dtype, DType::I64 | DType::U64) && field.nodata.is_some();
        if let Some(field) = self.form.fields.iter().find(wide) {
            output.notes.push(format!(
                "`{}` is stored as {}, whose missing values CDO reads as numbers; `dtype int32` stores what all read",
                field.name, field.dtype
            ));
        }
        let dtypes: Vec<DType> = self.form.fields.iter().map(|field| field.dtype).collect();
        output.stored = sink::stored_as(&self.schema, &dtypes);
        Ok(output)
    }
}

impl NetcdfSink {
    /// Writes the pixels of a region, in the rows of the file.
    fn put(&self, stored: Stored, field: &Field, pixels: &Pixels, region: [Range<usize>; 3]) -> Result<()> {
        let failed = |cause: Cause| place::cannot_write(&self.path, cause);
        for chunk in self.numbers.touched(stored, &region) {
            let number = chunk.number;
            let Some(whole) =
                self.whole(chunk, self.numbers.lengths(stored), field, pixels, &region).map_err(failed)?
            else {
                continue;
            };
            let packed = self.packing.pack(whole);
            let mut filling = self.filling.lock().unwrap_or_else(|e| e.into_inner());
            let Filling { file, spool } = &mut *filling;
            let put = |number: usize, packed: &[u8]| {
                let (variable, first) = self.numbers.place(number);
                let file = file.as_mut().ok_or("the file is closed")?;
                library::alone(|| file.put(variable, &first, packed))
            };
            spool.take(number, packed, put).map_err(failed)?;
        }
        Ok(())
    }

    /// A chunk, once all of it is there: rows that are turned over may divide it otherwise than regions do.
    fn whole(
        &self,
        chunk: Numbered,
        lengths: [usize; 3],
        field: &Field,
        pixels: &Pixels,
        region: &[Range<usize>; 3],
    ) -> Result<Option<Pixels>, Cause> {
        let Numbered { number, within } = chunk;
        let starts = within.each_ref().map(|range| range.start);
        // Beyond the edges of the cube a chunk holds what is missing.
        let blank = || Pixels::filled(field.dtype, lengths.iter().product(), field.nodata.unwrap_or(0.0));
        let piece: [Range<usize>; 3] =
            std::array::from_fn(|i| within[i].start.max(region[i].start)..within[i].end.min(region[i].end));
        let from = (lens(region), std::array::from_fn(|i| piece[i].start - region[i].start));
        if piece == within {
            let mut whole = blank();
            whole.copy((lengths, [0; 3]), pixels, from, lens(&piece));
            return Ok(Some(whole));
        }
        let part = |piece: &[Range<usize>; 3]| Pixels::zeros(field.dtype, lens(piece).iter().product());
        let mut own = part(&piece);
        own.copy((lens(&piece), [0; 3]), pixels, from, lens(&piece));
        let all = lens(&within).iter().product::<usize>() * field.dtype.bytes();
        let mut parts = self.parts.lock().unwrap_or_else(|e| e.into_inner());
        let parts = with_pixels!(&own, v => parts.add(number, piece, cast_slice(v), all))?;
        Ok(parts.map(|parts| {
            let mut whole = blank();
            for (piece, bytes) in parts {
                let mut own = part(&piece);
                with_pixels!(&mut own, v => cast_slice_mut(v).copy_from_slice(&bytes));
                whole.paste(lengths, &own, lens(&piece), std::array::from_fn(|i| piece[i].start - starts[i]));
            }
            whole
        }))
    }

    /// Data that a full disk did not take is only missed here.
    fn close(&mut self) -> Result<(), Cause> {
        let mut file = self.filling.get_mut().unwrap_or_else(|e| e.into_inner()).file.take();
        let closed = library::alone(|| file.take().map_or(Ok(()), ChunkFile::close));
        // Where the library was given up nobody may call it any more, not even to close.
        std::mem::forget(file);
        closed
    }
}

fn lens(ranges: &[Range<usize>; 3]) -> [usize; 3] {
    ranges.each_ref().map(|range| range.len())
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
