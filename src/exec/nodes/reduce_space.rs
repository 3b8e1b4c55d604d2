//! `Reduce` over space. The pixels at one offset of the footprint are reduced like one step of a reduction over time.

use super::prelude::*;
use crate::cube::chunk::PixelType;
use crate::cube::{Band, Pixels};
use crate::exec::asked::{ReducedBands, overflow};
use crate::exec::ops::reduce::{Need, State, StepInfo};
use crate::exec::ops::series;
use crate::exec::regions::steps_in_runs;
use crate::plan::{Footprint, ReduceOptions, Reducer};
use crate::with_pixels;

/// Bytes of shifted pixels held at once: few enough to stay in the processor's cache.
const STRIP: usize = 4 << 20;

pub(super) struct ReduceSpace {
    pub footprint: Footprint,
    pub reducers: Vec<Reducer>,
    pub options: ReduceOptions,
}

impl Operator for ReduceSpace {
    /// Values are taken in the order of the footprint's rows and columns, so that no result depends on the tiles.
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let grid = &input.schema().grid;
        let overhangs = self.footprint.overhangs(&op.schema().grid, grid.height, grid.width);
        let asked = ReducedBands::new(region, &self.reducers);
        let below = self.below(op, region);
        let mut out = op.blank(region);
        let steps: Vec<usize> = region.time.clone().collect();
        for time in steps_in_runs(&steps, input.grain().time.max(1)) {
            let chunk = input.pull(&below.with_time(time.clone()), cx)?;
            for (&band, mut pixels) in asked.bands.iter().zip(chunk.bands) {
                let source = &input.schema().bands[band];
                // Pixels beyond the edge count as missing, so a band without nodata is given one.
                let work = if overhangs { source.with_nodata() } else { source.clone() };
                pixels.fit(source, &work);
                // The outputs of this input band: their position in the result, their reducer and their band.
                let targets: Vec<(usize, Reducer, &Band)> = (0..asked.pairs.len())
                    .filter(|&slot| asked.pairs[slot].0 == band)
                    .map(|slot| (slot, self.reducers[asked.pairs[slot].1], &op.schema().bands[region.bands[slot]]))
                    .collect();
                let shifter = Shifter {
                    pixels: &pixels,
                    footprint: &self.footprint,
                    y: below.y.clone(),
                    x: below.x.clone(),
                    band: &work,
                };
                for step in time.clone() {
                    let at = [step - region.time.start, step - time.start];
                    shifter
                        .step(at, &targets, &self.options, region, &mut out, cx)
                        .map_err(|d| d.or_at(op.plan.span, "here"))?;
                }
            }
        }
        Ok(out)
    }

    /// The pixels of the input that the footprints of a region cover.
    fn below(&self, op: &Op, region: &Region) -> Region {
        let grid = &op.input().schema().grid;
        let bands = ReducedBands::new(region, &self.reducers).bands;
        let y = self.footprint.reach(&region.y, &self.footprint.rows, grid.height);
        let x = self.footprint.reach(&region.x, &self.footprint.columns, grid.width);
        Region { time: region.time.clone(), bands, y, x }
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let held = 0..op.input().grain().time.min(region.time.len()).max(1);
        let below = op.input().peak(&self.below(op, region).with_time(held), keep);
        op.result_bytes(region) + below + STRIP as u64 * 2
    }

    fn grain(&self, op: &Op) -> Tile {
        let Tile { time, y, x } = op.input().grain();
        Tile { time, y: y.div_ceil(self.footprint.stride), x: x.div_ceil(self.footprint.stride) }
    }

    fn origin(&self, op: &Op) -> (usize, usize) {
        let (y, x) = op.input().origin();
        (y / self.footprint.stride, x / self.footprint.stride)
    }
}

/// The pulled pixels of one band, which are read at every offset of the footprint.
struct Shifter<'a> {
    pixels: &'a Pixels,
    footprint: &'a Footprint,
    /// The rows and columns of the input that were pulled.
    y: Range<usize>,
    x: Range<usize>,
    band: &'a Band,
}

impl Shifter<'_> {
    /// Reduces one step, strip by strip of rows.
    fn step(
        &self,
        [to, from]: [usize; 2],
        targets: &[(usize, Reducer, &Band)],
        options: &ReduceOptions,
        region: &Region,
        out: &mut Chunk,
        cx: &TaskCx,
    ) -> Result<()> {
        let width = region.x.len();
        let n = self.footprint.len();
        let need = Need { count: options.min_count.of(n), all: options.keepna };
        let running: Vec<Reducer> = targets.iter().map(|t| t.1).filter(|r| !r.holds_series()).collect();
        let series: Vec<(Reducer, &Band)> = targets.iter().filter(|t| t.1.holds_series()).map(|t| (t.1, t.2)).collect();
        let planes = if series.is_empty() { 1 } else { n };
        let rows = (STRIP / (planes * width * self.band.dtype.bytes()).max(1)).max(1);
        let mut row = region.y.start;
        while row < region.y.end {
            let strip = row..(row + rows).min(region.y.end);
            let size = strip.len() * width;
            let stop = || cx.run.read.is_canceled();
            if stop() {
                return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
            }
            let mut state = State::new(&running, self.band, size, options.weights.is_some());
            let mut held: Vec<Pixels> = Vec::new();
            let mut offset = 0;
            for dy in self.footprint.rows.clone() {
                for dx in self.footprint.columns.clone() {
                    let plane = self.plane(from, &strip, &region.x, dy, dx);
                    if !running.is_empty() {
                        let weight = options.weights.as_ref().map_or(1.0, |w| w[offset]);
                        state.add(&plane, 0..size, StepInfo { when: offset as f64, weight, position: 0.0 });
                    }
                    if !series.is_empty() {
                        held.push(plane);
                    }
                    offset += 1;
                }
            }
            if state.overflowed() {
                return Err(overflow(self.band));
            }
            let views: Vec<series::Step> = held.iter().map(|plane| (plane, 0..size)).collect();
            let mut of_series = series::reduce(&views, size, self.band, &series, need, &[], &stop).into_iter();
            for &(slot, reducer, band) in targets {
                let result = match reducer.holds_series() {
                    true => of_series.next().unwrap_or_else(|| Pixels::zeros(band.dtype, size)),
                    false => state.finish(reducer, need, band, size),
                };
                let at = [to, strip.start - region.y.start, 0];
                out.bands[slot].paste(out.shape, &result, [1, strip.len(), width], at);
            }
            row = strip.end;
        }
        Ok(())
    }

    /// The input pixel at one offset of the footprint, for every pixel of a strip of the output.
    fn plane(&self, step: usize, rows: &Range<usize>, columns: &Range<usize>, dy: isize, dx: isize) -> Pixels {
        with_pixels!(self.pixels, v => self.shifted(v, step, rows, columns, dy, dx))
    }

    fn shifted<T: PixelType>(
        &self,
        v: &[T],
        step: usize,
        rows: &Range<usize>,
        columns: &Range<usize>,
        dy: isize,
        dx: isize,
    ) -> Pixels {
        let (height, width) = (self.y.len(), self.x.len());
        let stride = self.footprint.stride;
        // The input row or column of an output row or column, counted from the first that was pulled.
        let source = |at: usize, by: isize, first: usize| (at * stride) as isize + by - first as isize;
        let inside = |at: isize, len: usize| (0..len as isize).contains(&at);
        let fill = T::from_f64(self.band.nodata.unwrap_or(0.0));
        let mut out = vec![fill; rows.len() * columns.len()];
        // The columns whose input pixel was pulled; those of the others lie beyond the edge.
        let valid: Vec<usize> = columns.clone().filter(|&c| inside(source(c, dx, self.x.start), width)).collect();
        let (Some(&first), Some(&last)) = (valid.first(), valid.last()) else { return T::wrap(out) };
        for (i, row) in rows.clone().enumerate() {
            let from = source(row, dy, self.y.start);
            if !inside(from, height) {
                continue;
            }
            let line = &v[(step * height + from as usize) * width..][..width];
            let from = source(first, dx, self.x.start) as usize;
            let target = &mut out[i * columns.len() + first - columns.start..][..last + 1 - first];
            if stride == 1 {
                target.copy_from_slice(&line[from..from + target.len()]);
            } else {
                target.iter_mut().zip(line[from..].iter().step_by(stride)).for_each(|(t, &s)| *t = s);
            }
        }
        T::wrap(out)
    }
}
