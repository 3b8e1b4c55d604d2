//! Which pixels a row of a table reduces: those of a zone, of a class, or all of a step.

use super::op::TableOp;
use super::zones::{Zone, covered};
use crate::cube::{GeoBox, Region};
use crate::diagnostic::Result;
use crate::exec::cx::{RunCx, TaskCx};
use crate::exec::limits::Limits;
use crate::exec::op::Op;
use crate::exec::ops::tally::Weight;
use crate::geometry::coverage::Run;
use crate::plan::Rows;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub(super) enum Groups {
    /// Zones, whose pixels are computed once for all steps and tasks.
    Zones(Arc<Vec<Zone>>),
    /// All pixels, with their areas row by row where rows differ.
    Whole { areas: Option<Vec<f64>> },
    /// Classes of a raster, which is read with each task.
    Classes(Arc<Op>),
}

/// The groups of one task: their keys, in ascending order, and where their pixels lie.
pub(super) struct TaskGroups<'a> {
    pub keys: Vec<u64>,
    how: How<'a>,
}

enum How<'a> {
    Zones(Vec<&'a [Run]>),
    Whole(Option<&'a [f64]>),
    /// The position of each pixel's key; `NONE` where the class is missing.
    Classes(Vec<u32>),
}

/// The position for a pixel without a class.
pub(super) const NONE: u32 = u32::MAX;
const PLAIN: Weight = Weight { cover: 1.0, mean: 1.0 };

impl Groups {
    /// # Errors
    /// `E0402` if the outlines of the zones alone fill the memory.
    pub(super) fn new(op: &TableOp, limits: &Limits, cx: &RunCx) -> Result<Groups> {
        let (rows, grid) = (&op.rows, &op.input.schema().grid);
        Ok(match (rows, &op.classes) {
            (Rows::Zonal { zones, cover, .. } | Rows::Counts { zones: Some((zones, cover)), .. }, _) => {
                Groups::Zones(match &op.covered {
                    Some(covered) => covered.clone(),
                    None => Arc::new(covered(zones, *cover, grid, limits, cx)?),
                })
            }
            (Rows::Classes { .. } | Rows::Values { .. }, Some(classes)) => Groups::Classes(classes.clone()),
            (Rows::Space { .. } | Rows::Counts { zones: None, .. } | Rows::Bands | Rows::Points { .. }, _)
            | (_, None) => Groups::Whole { areas: rows.is_weighted().then(|| areas(grid)) },
        })
    }

    /// The number of groups, where it is known before pixels are read.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Groups::Zones(zones) => Some(zones.len()),
            Groups::Whole { .. } => Some(1),
            Groups::Classes(_) => None,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        match self {
            Groups::Zones(zones) => zones.iter().map(|z| z.runs.len() * size_of::<Run>()).sum::<usize>() as u64,
            Groups::Whole { areas } => areas.as_ref().map_or(0, |a| a.len() as u64 * 8),
            Groups::Classes(_) => 0,
        }
    }

    /// The pixels of one step and band in all groups together. Those in several zones are counted for each.
    pub(super) fn pixels(&self, grid: &GeoBox) -> u64 {
        match self {
            Groups::Zones(zones) => zones.iter().flat_map(|z| &z.runs).map(|r| u64::from(r.end - r.start)).sum(),
            Groups::Whole { .. } | Groups::Classes(_) => grid.pixels() as u64,
        }
    }

    /// The smallest part of these rows and columns that holds all their pixels of groups.
    pub(super) fn window(&self, y: &Range<usize>, x: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
        let Groups::Zones(zones) = self else { return Some((y.clone(), x.clone())) };
        let mut found: Option<(Range<usize>, Range<usize>)> = None;
        for run in zones.iter().filter(|z| overlap(&z.columns, x)).flat_map(|z| z.rows(y)) {
            let (start, end) = (x.start.max(run.start as usize), x.end.min(run.end as usize));
            if start >= end {
                continue;
            }
            let row = run.row as usize;
            let (rows, columns) = found.get_or_insert((row..row + 1, start..end));
            *rows = rows.start.min(row)..rows.end.max(row + 1);
            *columns = columns.start.min(start)..columns.end.max(end);
        }
        found
    }

    /// The groups that have pixels in a region.
    pub(super) fn lay(&self, region: &Region, cx: &TaskCx) -> Result<TaskGroups<'_>> {
        Ok(match self {
            Groups::Zones(zones) => {
                let (mut keys, mut runs) = (Vec::new(), Vec::new());
                for (key, zone) in zones.iter().enumerate().filter(|(_, z)| overlap(&z.columns, &region.x)) {
                    let rows = zone.rows(&region.y);
                    if rows.iter().any(|r| overlap(&(r.start as usize..r.end as usize), &region.x)) {
                        keys.push(key as u64);
                        runs.push(rows);
                    }
                }
                TaskGroups { keys, how: How::Zones(runs) }
            }
            Groups::Whole { areas } => {
                TaskGroups { keys: vec![0], how: How::Whole(areas.as_ref().map(|a| &a[region.y.clone()])) }
            }
            Groups::Classes(op) => {
                let (keys, of) = classes(op, region, cx)?;
                TaskGroups { keys, how: How::Classes(of) }
            }
        })
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

impl TaskGroups<'_> {
    /// The position of each pixel's key among [`Laid::keys`], or [`NONE`]; empty where groups are no classes.
    pub(super) fn classes(&self) -> &[u32] {
        if let How::Classes(of) = &self.how { of } else { &[] }
    }

    /// Calls `take` for each run of pixels of a group, with the position of its key, where the run lies among the
    /// pixels of a step of the region, and how much its pixels count.
    pub(super) fn each(&self, region: &Region, take: &mut dyn FnMut(usize, Range<usize>, Weight)) {
        let width = region.x.len();
        match &self.how {
            How::Zones(zones) => {
                for (group, runs) in zones.iter().enumerate() {
                    for run in *runs {
                        let start = region.x.start.max(run.start as usize);
                        let end = region.x.end.min(run.end as usize);
                        if start < end {
                            let at = (run.row as usize - region.y.start) * width;
                            let columns = at + start - region.x.start..at + end - region.x.start;
                            take(group, columns, Weight { cover: run.cover, mean: run.cover });
                        }
                    }
                }
            }
            How::Whole(None) => take(0, 0..region.y.len() * width, PLAIN),
            How::Whole(Some(areas)) => {
                for (row, area) in areas.iter().enumerate() {
                    take(0, row * width..(row + 1) * width, Weight { cover: 1.0, mean: *area });
                }
            }
            How::Classes(of) => {
                let mut start = 0;
                for run in of.chunk_by(|a, b| a == b) {
                    if run[0] != NONE {
                        take(run[0] as usize, start..start + run.len(), PLAIN);
                    }
                    start += run.len();
                }
            }
        }
    }
}

/// The areas of the pixels of each row on a sphere, up to a factor: exact, as CDO's `fldmean` takes them.
fn areas(grid: &GeoBox) -> Vec<f64> {
    let edge = |row: usize| (grid.transform[3] + row as f64 * grid.transform[5]).clamp(-90.0, 90.0).to_radians().sin();
    (0..grid.height).map(|row| (edge(row) - edge(row + 1)).abs()).collect()
}

/// Classes as keys in the order of their numbers, and the key of each pixel.
fn classes(op: &Arc<Op>, region: &Region, cx: &TaskCx) -> Result<(Vec<u64>, Vec<u32>)> {
    let band = &op.schema().bands[0];
    let region = Region { time: 0..1, bands: vec![0], ..region.clone() };
    let chunk = op.pull(&region, cx)?;
    let values = chunk.bands[0].cast(band.nodata, crate::cube::DType::F64, Some(f64::NAN)).to_f64();
    let mut known: BTreeMap<u64, u32> = BTreeMap::new();
    // Neighbors mostly have the same class, so the last one is remembered.
    let mut last = (f64::NAN, NONE);
    let mut of = Vec::with_capacity(values.len());
    for value in values {
        if value != last.0 {
            let next = known.len() as u32;
            last = (value, if value.is_nan() { NONE } else { *known.entry(key_of(value)).or_insert(next) });
        }
        of.push(last.1);
    }
    let mut position = vec![0; known.len()];
    known.values().enumerate().for_each(|(sorted, found)| position[*found as usize] = sorted as u32);
    of.iter_mut().filter(|p| **p != NONE).for_each(|p| *p = position[*p as usize]);
    Ok((known.into_keys().collect(), of))
}

/// The key of a class. Keys have the order of the classes' numbers.
pub(super) fn key_of(class: f64) -> u64 {
    // Adding 0 turns a negative zero into a positive one.
    let bits = (class + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The class of a key.
pub(super) fn class_of(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_classes_do() {
        let classes = [f64::NEG_INFINITY, -3.5, -1.0, 0.0, 1e-9, 2.0, 65535.0];
        assert!(classes.windows(2).all(|w| key_of(w[0]) < key_of(w[1])));
        assert!(classes.iter().all(|c| class_of(key_of(*c)) == *c));
        assert_eq!(key_of(-0.0), key_of(0.0));
    }
}
