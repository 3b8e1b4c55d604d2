//! Which pixels the zones of a file have, computed once for all steps and tasks.

use crate::cube::{BBox, GeoBox, Touch};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::exec::cx::RunCx;
use crate::exec::limits::Limits;
use crate::geometry::coverage::{self, Line, Run};
use crate::plan::Cover;
use crate::table::Zones;
use std::ops::Range;

pub(super) struct Zone {
    pub runs: Vec<Run>,
    pub columns: Range<usize>,
}

impl Zone {
    /// Whether it has no pixel.
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The runs of a zone in some rows.
    pub(super) fn rows(&self, y: &Range<usize>) -> &[Run] {
        let at = |row: usize| self.runs.partition_point(|r| (r.row as usize) < row);
        &self.runs[at(y.start)..at(y.end)]
    }
}

/// The pixels of every zone.
pub(super) fn covered(zones: &Zones, cover: Cover, grid: &GeoBox, limits: &Limits, cx: &RunCx) -> Result<Vec<Zone>> {
    let size = BBox::new(0.0, 0.0, grid.width as f64, grid.height as f64);
    let most = limits.memory / 2 / size_of::<Run>() as u64;
    let mut total = 0;
    let mut all = Vec::with_capacity(zones.shapes.len());
    for shape in &zones.shapes {
        if cx.read.is_canceled() {
            return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
        }
        let turns = grid.turns().iter().filter_map(|turn| {
            let place = |corner: &[f64; 2]| grid.position(corner[0] + turn, corner[1]);
            let rings: Vec<Line> = shape.iter().map(|ring| ring.iter().map(place).collect()).collect();
            let around = |c: &[f64; 2]| BBox::new(c[0], c[1], c[0], c[1]);
            let bounds = rings.iter().flatten().map(around).reduce(BBox::union);
            bounds.is_some_and(|b| b.intersects(size)).then_some(rings)
        });
        let turns: Vec<Vec<Line>> = turns.collect();
        let mut runs = covered_runs(&turns, cover, grid);
        runs.sort_by_key(|r| (r.row, r.start));
        runs.shrink_to_fit();
        total += runs.len() as u64;
        if total > most {
            return Err(Diagnostic::new(codes::OUT_OF_MEMORY, "the outlines of the zones fill the memory")
                .help("allow more: `set memory 8GiB`, or take fewer zones or larger pixels"));
        }
        let columns = runs.iter().map(|r| r.start as usize..r.end as usize);
        let columns = columns.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or(0..0);
        all.push(Zone { runs, columns });
    }
    Ok(all)
}

/// The pixels of one zone, whose rings lie over the grid at some turns of the globe. What of a pixel lies inside of the
/// zone is known only of all turns together: halves on either side of a seam are one pixel.
fn covered_runs(turns: &[Vec<Line>], cover: Cover, grid: &GeoBox) -> Vec<Run> {
    let shares = |rings: &[Line]| coverage::shares(rings, grid.width, grid.height);
    match cover {
        Cover::Share => turns.iter().flat_map(|rings| shares(rings)).collect(),
        Cover::Whole(Touch::Center) => {
            turns.iter().flat_map(|rings| coverage::centers(rings, grid.width, grid.height)).collect()
        }
        Cover::Whole(Touch::Any) => shares(&turns.concat()).into_iter().map(|run| Run { cover: 1.0, ..run }).collect(),
        Cover::Whole(Touch::Inside) => shares(&turns.concat()).into_iter().filter(|run| run.cover == 1.0).collect(),
    }
}
