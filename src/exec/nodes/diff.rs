//! `diff`: each step minus an earlier or later one. Both are pulled in one piece where their ranges overlap.

use super::prelude::*;
use crate::cube::Pixels;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::exec::ops::series::Step;
use crate::exec::regions::moved;
use crate::with_pixels;

pub(super) struct Diff {
    pub by: i64,
}

impl Operator for Diff {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let size = region.y.len() * region.x.len();
        let mut out = op.blank(region);
        let Pairs { now: own, then: other, reads } = pairs(&region.time, self.by, input.schema().time.len());
        let chunks = reads
            .into_iter()
            .map(|time| Ok((time.start, input.pull(&region.with_time(time), cx)?)))
            .collect::<Result<Vec<(usize, Chunk)>>>()?;
        let (Some(now), Some(then)) = (chunks.first(), chunks.last()) else { return Ok(out) };
        let first = (own.start - region.time.start) * size;
        let place = |(start, chunk): &'_ (usize, Chunk), time: &Range<usize>| {
            debug_assert!(time.end - start <= chunk.shape[0]);
            (time.start - start) * size..(time.end - start) * size
        };
        for (i, &b) in region.bands.iter().enumerate() {
            let nodata = input.schema().bands[b].nodata;
            let parts = [(&now.1.bands[i], place(now, &own)), (&then.1.bands[i], place(then, &other))];
            subtract(&mut out.bands[i], first, parts, nodata);
        }
        Ok(out)
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let more = (self.by.unsigned_abs() as usize).min(region.time.len());
        let time = 0..(region.time.len() + more).min(op.input().schema().time.len());
        op.result_bytes(region) + op.input().peak(&region.with_time(time), keep)
    }

    fn bytes_read(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let reads = pairs(&region.time, self.by, op.schema().time.len()).reads;
        reads.into_iter().map(|time| op.input().bytes_read(&region.with_time(time), keep)).sum()
    }
}

/// The steps that have a partner, the partners, and the ranges that are read: a single one where both overlap.
struct Pairs {
    now: Range<usize>,
    then: Range<usize>,
    reads: Vec<Range<usize>>,
}

fn pairs(time: &Range<usize>, by: i64, len: usize) -> Pairs {
    let then = moved(time, -by, len);
    let now = moved(&then, by, len);
    let apart = now.start >= then.end || then.start >= now.end;
    let reads = match (then.is_empty(), apart) {
        (true, _) => Vec::new(),
        (_, true) => vec![now.clone(), then.clone()],
        (_, false) => std::iter::once(now.start.min(then.start)..now.end.max(then.end)).collect(),
    };
    Pairs { now, then, reads }
}

/// Writes the difference of two parts into floats from `first` on. It is missing where one of both is.
fn subtract(out: &mut Pixels, first: usize, [now, then]: [Step; 2], nodata: Option<f64>) {
    fn run<T: PixelType>(out: &mut Pixels, first: usize, now: &[T], then: Step, nodata: Option<f64>) {
        let (Some(all), missing) = (T::view(then.0), Missing::<T>::new(nodata)) else { return };
        let pairs = now.iter().zip(&all[then.1]).map(|(&a, &b)| (missing.is(a) || missing.is(b), a, b));
        match out {
            Pixels::F32(out) => out[first..].iter_mut().zip(pairs).for_each(|(out, (gone, a, b))| {
                *out = if gone { f32::NAN } else { a.to_f32() - b.to_f32() };
            }),
            Pixels::F64(out) => out[first..].iter_mut().zip(pairs).for_each(|(out, (gone, a, b))| {
                *out = if gone { f64::NAN } else { a.to_f64() - b.to_f64() };
            }),
            _ => unreachable!("differences are floats"),
        }
    }
    with_pixels!(now.0, v => run(out, first, &v[now.1], then, nodata));
}
