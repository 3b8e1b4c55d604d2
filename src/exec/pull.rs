//! `pull`: the pixels of a region of an operator's output, by asking its inputs for the regions they come from.

use super::ops::eval::{self, Env};
use super::{Op, TaskCx, join, mask, reduce, space, warp, window};
use crate::cube::{Band, Chunk, Pixels, Region};
use crate::diagnostic::Result;
use crate::plan::expr::{Coord, Expr};
use crate::plan::{Node, Over};
use std::ops::Range;
use std::sync::Arc;

/// The pixels of `region`, one array a band of `region.bands`.
///
/// Answers for every plan, optimised or not; the optimiser may only make it cheaper.
pub fn pull(op: &Arc<Op>, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    cx.run.read.go_on()?;
    if !is_kept(op) {
        return compute(op, region, cx);
    }
    let key = (op.id, region.clone());
    let lock = || cx.shared.lock().unwrap_or_else(|e| e.into_inner());
    if let Some(chunk) = lock().get(&key) {
        return Ok((**chunk).clone());
    }
    let chunk = compute(op, region, cx)?;
    lock().insert(key, Arc::new(chunk.clone()));
    Ok(chunk)
}

/// Whether the chunks of an operator are kept for others that ask for the same. Sources read again: a series that is held
/// because a reduction goes through it would fill the memory.
pub fn is_kept(op: &Op) -> bool {
    op.shared && (!matches!(op.plan.node, Node::Scan { .. }) || op.schema().time.len() == 1)
}

fn compute(op: &Arc<Op>, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    match &op.plan.node {
        Node::Scan { .. } => scan(op, region, cx),
        Node::Select { steps, bands, y, x, .. } => select(op, region, steps, bands, y, x, cx),
        Node::Map { outputs, .. } => map(op, outputs, region, cx),
        Node::Mask { by, .. } => mask::pull(op, by, region, cx),
        Node::Warp { method, .. } => warp::pull(op, *method, region, cx),
        Node::Reduce { over: Over::Time { group_of_step, .. }, reducers, options, .. } => {
            reduce::over_time(op, group_of_step, reducers, options, region, cx)
        }
        Node::Reduce { over: Over::Band, reducers, options, .. } => {
            reduce::over_bands(op, reducers, options, region, cx)
        }
        Node::Reduce { over: Over::Space(footprint), reducers, options, .. } => {
            space::pull(op, footprint, reducers, options, region, cx)
        }
        Node::Window { along, .. } => window::pull(op, along, region, cx),
        Node::Join { steps, .. } => join::pull(op, steps, region, cx),
        Node::Concat { steps, .. } => concat(op, steps, region, cx),
        Node::Write { .. } => pull(op.input(), region, cx),
    }
}

fn scan(op: &Arc<Op>, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let Some(source) = &op.source else { unreachable!("a scan is prepared with its source") };
    source.read(region, &cx.run.read).map_err(|d| d.or_at(op.plan.span, "read here"))
}

/// An all-missing chunk of the operator's bands.
pub fn blank(op: &Op, region: &Region) -> Chunk {
    let band = |&b: &usize| {
        let band = &op.schema().bands[b];
        let fill = band.nodata.unwrap_or(if band.dtype.is_float() { f64::NAN } else { 0.0 });
        Pixels::filled(band.dtype, region.pixels(), fill)
    };
    Chunk { shape: region.shape(), bands: region.bands.iter().map(band).collect() }
}

/// Copies `part` into `chunk`, its first pixel at (step, row, column) `at`.
pub fn paste(chunk: &mut Chunk, part: &Chunk, at: [usize; 3]) {
    for (target, source) in chunk.bands.iter_mut().zip(&part.bands) {
        target.paste(chunk.shape, source, part.shape, at);
    }
}

/// The maximal runs of consecutive numbers: (where the run starts in `numbers`, the numbers).
pub fn runs(numbers: &[usize]) -> Vec<(usize, Range<usize>)> {
    let mut runs: Vec<(usize, Range<usize>)> = Vec::new();
    for (i, &n) in numbers.iter().enumerate() {
        match runs.last_mut() {
            Some((_, run)) if run.end == n => run.end = n + 1,
            _ => runs.push((i, n..n + 1)),
        }
    }
    runs
}

fn select(
    op: &Arc<Op>,
    region: &Region,
    steps: &[usize],
    bands: &[usize],
    y: &Range<usize>,
    x: &[Range<usize>],
    cx: &TaskCx,
) -> Result<Chunk> {
    let bands: Vec<usize> = region.bands.iter().map(|&b| bands[b]).collect();
    let rows = y.start + region.y.start..y.start + region.y.end;
    // The columns asked for, piece by piece: (where they go, where they come from).
    let mut pieces = Vec::new();
    let mut start = 0;
    for piece in x {
        let (from, to) = (region.x.start.max(start), region.x.end.min(start + piece.len()));
        if from < to {
            pieces.push((from - region.x.start, piece.start + from - start..piece.start + to - start));
        }
        start += piece.len();
    }
    let times = runs(&steps[region.time.clone()]);
    if let ([(_, columns)], [(_, time)]) = (&pieces[..], &times[..]) {
        let region = Region { time: time.clone(), bands, y: rows, x: columns.clone() };
        return pull(op.input(), &region, cx);
    }
    let mut chunk = blank(op, region);
    for (step, time) in &times {
        for (column, columns) in &pieces {
            let part = Region { time: time.clone(), bands: bands.clone(), y: rows.clone(), x: columns.clone() };
            paste(&mut chunk, &pull(op.input(), &part, cx)?, [*step, 0, *column]);
        }
    }
    Ok(chunk)
}

fn map(op: &Arc<Op>, outputs: &[Expr], region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let wanted: Vec<&Expr> = region.bands.iter().map(|&b| &outputs[b]).collect();
    let with = Inputs::pull(op.input(), &wanted, &[], region, cx)?;
    let mut bands = Vec::with_capacity(wanted.len());
    for (&b, expr) in region.bands.iter().zip(wanted) {
        cx.run.read.go_on()?;
        let arithmetic = expr.arithmetic(op.input().schema());
        let (pixels, gone) = eval::evaluate(expr, &with.env(op.input(), region), &op.schema().bands[b], arithmetic);
        cx.run.add_invalid(gone.invalid);
        cx.run.add_losses(gone.losses);
        bands.push(pixels);
    }
    Ok(Chunk { shape: region.shape(), bands })
}

/// The bands some expressions need, pulled, with all else they can look at.
pub struct Inputs {
    pub chunk: Chunk,
    pub slot_of_band: Vec<Option<usize>>,
    grid: crate::cube::GeoBox,
    lonlat: Option<(Vec<f64>, Vec<f64>)>,
}

impl Inputs {
    /// `also` are bands that are wanted beside those the expressions read.
    pub fn pull(input: &Arc<Op>, exprs: &[&Expr], also: &[usize], region: &Region, cx: &TaskCx) -> Result<Inputs> {
        let mut bands: Vec<usize> = exprs.iter().flat_map(|e| e.bands()).chain(also.iter().copied()).collect();
        bands.sort_unstable();
        bands.dedup();
        let mut slot_of_band = vec![None; input.schema().bands.len()];
        for (slot, &band) in bands.iter().enumerate() {
            slot_of_band[band] = Some(slot);
        }
        let chunk = if bands.is_empty() {
            Chunk { shape: region.shape(), bands: Vec::new() }
        } else {
            pull(input, &region.with_bands(bands), cx)?
        };
        let grid = input.schema().grid.crop(region.y.clone(), region.x.clone());
        let mut needs_lonlat = false;
        for expr in exprs {
            expr.walk(&mut |e| needs_lonlat |= matches!(e, Expr::Coord(Coord::Lon | Coord::Lat)));
        }
        let lonlat = if needs_lonlat { Some(crate::geometry::crs::lonlat(&grid)?) } else { None };
        Ok(Inputs { chunk, slot_of_band, grid, lonlat })
    }

    pub fn env<'a>(&'a self, input: &'a Op, region: &Region) -> Env<'a> {
        let bands: &[Band] = &input.schema().bands;
        Env {
            chunk: &self.chunk,
            slot_of_band: &self.slot_of_band,
            bands,
            steps: &input.step_facts()[region.time.clone()],
            grid: &self.grid,
            lonlat: self.lonlat.as_ref(),
        }
    }
}

fn concat(op: &Arc<Op>, steps: &[(usize, usize)], region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let wanted = &steps[region.time.clone()];
    let mut joined = None;
    let mut start = 0;
    while start < wanted.len() {
        // Consecutive steps of one cube are pulled at once.
        let (input, first) = wanted[start];
        let mut end = start + 1;
        while end < wanted.len() && wanted[end] == (input, first + end - start) {
            end += 1;
        }
        let part = Region { time: first..first + end - start, ..region.clone() };
        let part = pull(&op.inputs[input], &part, cx)?;
        if part.shape == region.shape() {
            return Ok(part);
        }
        paste(joined.get_or_insert_with(|| blank(op, region)), &part, [start, 0, 0]);
        start = end;
    }
    Ok(joined.unwrap_or_else(|| blank(op, region)))
}
