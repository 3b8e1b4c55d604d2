//! `Warp` of rows and columns that are only counted: finds where they lie, and which of them each target pixel takes.
//!
//! Longitudes and latitudes are pulled as pixels are, some at a time, from the operator's second input. A pass over all
//! of them leaves an outline of blocks; after it, a part of the target needs the blocks nearby. Parts whose cells lie
//! far apart in the source, as across a seam, are halved until they do not.

use super::prelude::*;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{Crs, DType, Pixels, Places};
use crate::geometry::crs;
use crate::geometry::curvilinear::{self, Around, MARGIN, NOWHERE, Outline, Sheet, Surface};
use std::sync::{Arc, Mutex};

pub(super) struct Regrid {
    /// Weighs four cells; otherwise the nearest counts.
    pub smooth: bool,
    outline: Mutex<Option<Arc<Outline>>>,
    /// The places of all cells, if they are few.
    whole: Mutex<Option<Arc<Sheet>>>,
}

/// Cells whose places are held together, at 40 bytes each.
const HELD: usize = 1 << 20;

/// A part of the target of at most this many rows and columns is computed however far apart its cells lie.
const SMALLEST: usize = 16;

/// The result is missing if the weights of the valid cells add up to less than this, as on regular grids.
const LEAST: f64 = 1e-5;

/// Which cells of the source the pixels of a part of the target take.
struct Taken {
    nearest: Vec<usize>,
    /// For bilinear, pixel by pixel; the cells of a pixel without any are not looked at.
    around: Vec<Around>,
    /// The rows and columns in which all of them lie.
    window: Option<(Range<usize>, Range<usize>)>,
}

impl Regrid {
    pub(super) fn new(smooth: bool) -> Regrid {
        Regrid { smooth, outline: Mutex::default(), whole: Mutex::default() }
    }

    /// The places of some cells.
    fn sheet(&self, op: &Op, y: Range<usize>, x: Range<usize>, round: bool, cx: &TaskCx) -> Result<Arc<Sheet>> {
        let grid = &op.input().schema().grid;
        let load = |y, x| Ok(Arc::new(load(op, y, x, cx)?.going_round(round)));
        if grid.pixels() > HELD {
            return load(y, x);
        }
        let mut whole = self.whole.lock().unwrap_or_else(|e| e.into_inner());
        match &*whole {
            Some(sheet) => Ok(sheet.clone()),
            None => Ok(whole.insert(load(0..grid.height, 0..grid.width)?).clone()),
        }
    }

    fn outline(&self, op: &Op, cx: &TaskCx) -> Result<Arc<Outline>> {
        let mut kept = self.outline.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(outline) = &*kept {
            return Ok(outline.clone());
        }
        let grid = &op.input().schema().grid;
        let blocks = (HELD / (grid.width * curvilinear::BLOCK).max(1)).max(1);
        let mut outline = Outline::new(grid.height, grid.width);
        while !outline.is_whole() {
            let rows = outline.wanted(blocks);
            outline.add(&load(op, rows, 0..grid.width, cx)?, blocks);
        }
        Ok(kept.insert(Arc::new(outline)).clone())
    }

    /// Computes a part of the region and puts it in its place.
    fn part(&self, op: &Op, region: &Region, part: &Region, out: &mut Chunk, cx: &TaskCx) -> Result<()> {
        cx.run.read.go_on()?;
        let small = part.y.len() <= SMALLEST && part.x.len() <= SMALLEST;
        let target = &op.schema().grid;
        let (lon, lat) = crs::lonlat(&target.crop(part.y.clone(), part.x.clone()))?;
        let outline = self.outline(op, cx)?;
        let Some((y, x)) = self.near(op, &outline, &lon, &lat) else { return Ok(()) };
        if y.len() * x.len() > HELD && op.input().schema().grid.pixels() > HELD && !small {
            return self.halves(op, region, part, out, cx);
        }
        let sheet = self.sheet(op, y, x, outline.goes_round(), cx)?;
        let taken = self.taken(op, &sheet, &outline, (lon, lat), part.x.len())?;
        let Some((y, x)) = taken.window.clone() else { return Ok(()) };
        if y.len() * x.len() > (8 * taken.nearest.len()).max(HELD) && !small {
            return self.halves(op, region, part, out, cx);
        }
        let input = op.input().pull(&Region { y: y.clone(), x: x.clone(), ..part.clone() }, cx)?;
        let width = op.input().schema().grid.width;
        // Cells are counted over the whole source, pixels over what was pulled of it.
        let at = |cell: usize| (cell / width - y.start) * x.len() + cell % width - x.start;
        let bands = input.bands.iter().zip(&part.bands).map(|(pixels, &band)| {
            let (from, to) = (&op.input().schema().bands[band], &op.schema().bands[band]);
            let plane = y.len() * x.len();
            match self.smooth {
                false => {
                    let typed = pixels.cast(from.nodata, to.dtype, to.nodata);
                    crate::with_pixels!(&typed, v => pick(v, plane, &taken.nearest, &at, to.nodata))
                }
                true => {
                    let values = crate::with_pixels!(pixels, v => weigh(v, plane, &taken, &at, from.nodata));
                    rounded(values, to.dtype, to.nodata)
                }
            }
        });
        let bands = bands.collect();
        out.paste(
            &Chunk { shape: part.shape(), bands },
            [0, part.y.start - region.y.start, part.x.start - region.x.start],
        );
        Ok(())
    }

    fn halves(&self, op: &Op, region: &Region, part: &Region, out: &mut Chunk, cx: &TaskCx) -> Result<()> {
        let cut = |range: &Range<usize>| {
            let middle = range.start + range.len() / 2;
            [range.start..middle, middle..range.end]
        };
        let halves = if part.y.len() >= part.x.len() {
            cut(&part.y).map(|y| Region { y, ..part.clone() })
        } else {
            cut(&part.x).map(|x| Region { x, ..part.clone() })
        };
        halves.iter().try_for_each(|half| self.part(op, region, half, out, cx))
    }

    /// The window of cells that may give a value to any of these places, with the neighbors that a search looks at.
    fn near(&self, op: &Op, outline: &Outline, lon: &[f64], lat: &[f64]) -> Option<(Range<usize>, Range<usize>)> {
        let grid = &op.input().schema().grid;
        let blocks = outline.near_degrees(lon, lat);
        let cells = blocks.iter().map(|block| outline.cells(*block));
        let (y, x) = cells.reduce(|(y, x), (rows, columns)| (union(y, rows), union(x, columns)))?;
        let wider = |range: Range<usize>, len: usize| range.start.saturating_sub(MARGIN)..(range.end + MARGIN).min(len);
        let (y, x) = (wider(y, grid.height), wider(x, grid.width));
        // Neighbors of the first column may be at the other end.
        let all = outline.goes_round() && (x.start == 0 || x.end == grid.width);
        Some((y, if all { 0..grid.width } else { x }))
    }

    fn taken(
        &self,
        op: &Op,
        sheet: &Sheet,
        outline: &Outline,
        (mut lon, mut lat): (Vec<f64>, Vec<f64>),
        columns: usize,
    ) -> Result<Taken> {
        let grid = &op.input().schema().grid;
        let width = grid.width;
        let nearest = curvilinear::nearest_cells(sheet, outline, &lon, &lat, columns);
        let mut around = Vec::new();
        if self.smooth {
            if let Some(Places::Axes(system)) = grid.places.as_ref().filter(|_| sheet.is_plane()) {
                crs::points(&crs::parse("EPSG:4326")?, system, &mut lon, &mut lat)?;
            }
            let none = Around { cells: [NOWHERE; 4], weights: [0.0; 4] };
            let of = |(at, &cell): (usize, &usize)| match cell {
                NOWHERE => none,
                cell => curvilinear::around(sheet, cell, [lon[at], lat[at]]),
            };
            around = nearest.iter().enumerate().map(of).collect();
        }
        let used =
            nearest.iter().chain(around.iter().flat_map(|around| &around.cells)).filter(|cell| **cell != NOWHERE);
        let one = |cell: &usize| (cell / width..cell / width + 1, cell % width..cell % width + 1);
        let window = used.map(one).reduce(|(y, x), (rows, columns)| (union(y, rows), union(x, columns)));
        Ok(Taken { nearest, around, window })
    }
}

fn union(a: Range<usize>, b: Range<usize>) -> Range<usize> {
    a.start.min(b.start)..a.end.max(b.end)
}

/// Reads the places of some cells.
fn load(op: &Op, y: Range<usize>, x: Range<usize>, cx: &TaskCx) -> Result<Sheet> {
    let grid = &op.input().schema().grid;
    match (&grid.places, &grid.axes, op.inputs.get(1)) {
        (Some(Places::Axes(system)), Some(axes), _) => {
            let xs: Vec<f64> = y.clone().flat_map(|_| axes.x.values[x.clone()].iter().copied()).collect();
            let ys: Vec<f64> = y.clone().flat_map(|row| x.clone().map(move |_| axes.y.values[row])).collect();
            let (lon, lat) = degrees(system, xs.clone(), ys.clone())?;
            let surface = if system.geographic { Surface::DegreeAxes } else { Surface::PlaneAxes };
            Ok(Sheet::new(y, x, grid.width, lon, lat).by_axes(xs, ys, surface))
        }
        (_, _, Some(places)) => {
            let region = Region { time: 0..1, bands: vec![0, 1], y: y.clone(), x: x.clone() };
            let chunk = places.pull(&region, cx)?;
            let values = |band: usize| {
                let nodata = places.schema().bands[band].nodata;
                chunk.bands[band].cast(nodata, DType::F64, Some(f64::NAN)).to_f64()
            };
            let (mut lon, mut lat) = (values(0), values(1));
            curvilinear::forget_zeros(&mut lon, &mut lat, x.len());
            Ok(Sheet::new(y, x, grid.width, lon, lat))
        }
        _ => Err(Diagnostic::new(codes::DAMAGED, "the plan does not say where the pixels lie")),
    }
}

fn degrees(system: &Crs, mut xs: Vec<f64>, mut ys: Vec<f64>) -> Result<(Vec<f64>, Vec<f64>)> {
    if !system.geographic {
        crs::points(system, &crs::parse("EPSG:4326")?, &mut xs, &mut ys)?;
    }
    Ok((xs, ys))
}

/// The value of the nearest cell, step by step.
fn pick<T: PixelType>(
    values: &[T],
    plane: usize,
    nearest: &[usize],
    at: &impl Fn(usize) -> usize,
    nodata: Option<f64>,
) -> Pixels {
    let missing = T::from_f64(nodata.unwrap_or(f64::NAN));
    let steps = values.chunks_exact(plane);
    let value = |step: &[T], cell: usize| if cell == NOWHERE { missing } else { step[at(cell)] };
    T::wrap(steps.flat_map(|step| nearest.iter().map(|cell| value(step, *cell))).collect())
}

/// The weighted mean of the valid ones of four cells, step by step; missing as not a number.
fn weigh<T: PixelType>(
    values: &[T],
    plane: usize,
    taken: &Taken,
    at: &impl Fn(usize) -> usize,
    nodata: Option<f64>,
) -> Vec<f64> {
    let missing = Missing::<T>::new(nodata);
    let value = |step: &[T], around: &Around| {
        let (mut sum, mut total) = (0.0, 0.0);
        for (cell, weight) in around.cells.iter().zip(around.weights).filter(|(_, weight)| *weight > 0.0) {
            let value = step[at(*cell)];
            if !missing.is(value) {
                sum += value.to_f64() * weight;
                total += weight;
            }
        }
        if total < LEAST { f64::NAN } else { sum / total }
    };
    values.chunks_exact(plane).flat_map(|step| taken.around.iter().map(|around| value(step, around))).collect()
}

/// Values in the type of a band: integers rounded, never to the nodata.
fn rounded(mut values: Vec<f64>, dtype: DType, nodata: Option<f64>) -> Pixels {
    if !dtype.is_float() {
        let (low, high) = dtype.limits();
        for value in values.iter_mut().filter(|v| !v.is_nan()) {
            *value = (*value + 0.5).floor().clamp(low, high);
            if Some(*value) == nodata {
                *value += if *value == low { 1.0 } else { -1.0 };
            }
        }
    }
    Pixels::F64(values).cast(Some(f64::NAN), dtype, nodata)
}

impl Operator for Regrid {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let mut out = op.blank(region);
        self.part(op, region, region, &mut out, cx).map_err(|d| d.or_at(op.plan.span, "resampled here"))?;
        Ok(out)
    }

    /// What a part needs of the source is known only when it is computed; for sizes the share of the target is enough.
    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let window = share(op, region);
        let places = (window.y.len() * window.x.len()).min(HELD) as u64 * 40;
        // Places, cells and weights of the target's pixels.
        let pixels = (region.y.len() * region.x.len()) as u64 * if self.smooth { 112 } else { 48 };
        let layers = op.schema().region_bytes(region) * if self.smooth { 3 } else { 1 };
        op.result_bytes(region) + op.input().peak(&window, keep) + places + pixels + layers
    }

    fn bytes_read(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let target = &op.schema().grid;
        let part = (region.y.len() * region.x.len()) as f64 / target.pixels().max(1) as f64;
        let source = &op.input().schema().grid;
        let whole = Region { y: 0..source.height, x: 0..source.width, ..region.clone() };
        (op.input().bytes_read(&whole, keep) as f64 * part) as u64
    }

    /// Cells are found once for all steps that are computed together.
    fn grain(&self, op: &Op) -> Tile {
        Tile { time: op.input().grain().time.max(16), y: 256, x: 256 }
    }

    fn origin(&self, _: &Op) -> (usize, usize) {
        (0, 0)
    }
}

/// A window of the source as large as the share that a region has of the target, twice over, as cells lie askew.
fn share(op: &Op, region: &Region) -> Region {
    let (source, target) = (&op.input().schema().grid, &op.schema().grid);
    let ratio = (2.0 * source.pixels() as f64 / target.pixels().max(1) as f64).sqrt();
    let part = |len: usize, all: usize| ((len as f64 * ratio) as usize + 2 * curvilinear::BLOCK).min(all);
    Region { y: 0..part(region.y.len(), source.height), x: 0..part(region.x.len(), source.width), ..region.clone() }
}
