//! A settled STAC cube as data: files, grids and steps, from which pixels can be read anywhere.

use super::grid::{extent, on_lattice};
use super::inputs::{Column, Input};
use super::packing;
use super::steps::Step;
use crate::cube::{BBox, Crs, GeoBox};
use crate::io::reading::OnError;
use crate::io::{Source, Tile};
use crate::plan::{PlacesSource, Resampling};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Pixels decoded together where files are resampled or their blocks are not known.
const TILE: usize = 512;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spec {
    pub method: Resampling,
    pub on_error: OnError,
    /// Rows and columns.
    pub tile: (usize, usize),
    /// Steps that are decoded together.
    #[serde(default = "crate::plan::one", skip_serializing_if = "crate::plan::is_one")]
    pub together: usize,
    pub systems: Vec<Crs>,
    pub places: Vec<FileGeometry>,
    pub items: Vec<Member>,
    /// What some of the files are steps of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stores: Vec<PlacesSource>,
    /// Positions in `items`, the one on top first.
    pub steps: Vec<Vec<usize>>,
    /// Files are read by their overviews where the pixels of the cube are larger than theirs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overviews: bool,
    /// Some files lie on other pixels than the cube.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resampled: bool,
    /// Numbers are read as they are stored, without scale and offset.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stored: bool,
}

/// A step of one variable of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StorePart {
    /// Position in `stores`.
    pub store: usize,
    pub step: usize,
    /// Position among the bands of the store.
    pub band: usize,
}

/// Where the pixels of some files lie, to pass over those that a region does not meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FileGeometry {
    /// Position in `systems`.
    pub system: Option<usize>,
    /// In GDAL's order, for files that do not state theirs.
    pub transform: [f64; 6],
    /// In the target's system; `None` where that cannot hold it.
    pub extent: Option<BBox>,
}

/// An item: its files, one a band of the cube.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Member {
    pub id: String,
    pub files: Vec<Option<File>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct File {
    /// The name GDAL opens.
    pub href: String,
    /// GDAL's number, from 1.
    pub band: usize,
    /// Position in `places`.
    pub place: Option<usize>,
    /// Missing besides what the file itself calls so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodata: Option<f64>,
    /// Scale and offset; `None` leaves them to the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packing: Option<(f64, f64)>,
    /// The offset is in the digital numbers already, whatever the file says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offset_applied: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<StorePart>,
}

impl Spec {
    pub(super) fn new(
        ids: Vec<String>,
        columns: &[Column],
        steps: &[Step],
        grid: &GeoBox,
        method: Resampling,
        on_error: OnError,
    ) -> Spec {
        let mut spec = Spec {
            method,
            on_error,
            tile: tile(columns, grid),
            together: 1,
            stores: Vec::new(),
            systems: Vec::new(),
            places: Vec::new(),
            items: Vec::new(),
            steps: steps.iter().map(|s| s.items.clone()).collect(),
            overviews: false,
            resampled: false,
            stored: false,
        };
        let mut known: Vec<GeoBox> = Vec::new();
        for (at, id) in ids.into_iter().enumerate() {
            let files = columns.iter().map(|c| c.inputs[at].as_ref().map(|i| spec.file(i, grid, &mut known))).collect();
            spec.items.push(Member { id, files });
        }
        spec.resampled = known.iter().any(|own| !on_lattice(own, grid));
        spec
    }

    pub(super) fn natural_tile(&self) -> Tile {
        Tile { time: self.together, y: self.tile.0, x: self.tile.1 }
    }

    /// The first row and column at which a tile of the files begins; where they do not lie alike under the cube, so that an edge of
    /// a task goes through the midst of some, half a tile.
    pub(super) fn origin(&self, grid: &GeoBox) -> (usize, usize) {
        let (height, width) = self.tile;
        let [left, dx, _, top, _, dy] = grid.transform;
        let origin = |place: &FileGeometry| {
            let row = ((place.transform[3] - top) / dy).round() as i64;
            let column = ((place.transform[0] - left) / dx).round() as i64;
            (row.rem_euclid(height as i64) as usize, column.rem_euclid(width as i64) as usize)
        };
        let mut origins = self.places.iter().map(origin);
        let first = origins.next().unwrap_or_default();
        match self.resampled || origins.any(|other| other != first) {
            true => (height / 2, width / 2),
            false => first,
        }
    }

    /// The stores of which files are steps, whose tiles are the cube's where its pixels are theirs.
    pub(super) fn with_stores(mut self, stores: &[Arc<dyn Source>], grid: &GeoBox) -> Spec {
        let stored =
            |source: &Arc<dyn Source>| PlacesSource { source: source.spec(), schema: (**source.schema()).clone() };
        self.stores = stores.iter().map(stored).collect();
        if let Some(first) = stores.first() {
            let Tile { time, y, x } = first.natural_tile();
            self.together = time;
            if on_lattice(&first.schema().grid, grid) {
                self.tile = (y.min(grid.height), x.min(grid.width));
            }
        }
        self
    }

    fn file(&mut self, input: &Input, target: &GeoBox, known: &mut Vec<GeoBox>) -> File {
        let place = input.grid().map(|grid| {
            // Assets of one item follow one another, and items of one tile share its grid.
            known.iter().rposition(|g| *g == grid).unwrap_or_else(|| {
                let system = grid.crs.clone().map(|crs| position(&mut self.systems, crs));
                self.places.push(FileGeometry {
                    system,
                    transform: grid.transform,
                    extent: extent(&grid, target.crs.as_ref()),
                });
                known.push(grid);
                known.len() - 1
            })
        });
        File {
            href: input.href.clone(),
            band: input.band,
            place,
            nodata: input.declared.nodata,
            packing: packing::declared(input),
            offset_applied: input.offset_applied,
            part: input.part,
        }
    }
}

fn position(systems: &mut Vec<Crs>, crs: Crs) -> usize {
    systems.iter().position(|c| *c == crs).unwrap_or_else(|| {
        systems.push(crs);
        systems.len() - 1
    })
}

/// The blocks of the files where they lie on the target's pixels, put together to a fair size.
fn tile(columns: &[Column], grid: &GeoBox) -> (usize, usize) {
    let inputs = columns.iter().flat_map(|c| &c.inputs).flatten();
    let aligned = inputs.filter(|i| i.grid().is_some_and(|g| on_lattice(&g, grid)));
    let block = aligned.filter_map(|i| i.band_header().map(|b| b.block)).next();
    let (width, height) = block.unwrap_or((TILE, TILE));
    let fair = |block: usize, len: usize| {
        let block = block.clamp(1, len.max(1));
        (block * (TILE / 2).div_ceil(block).max(1)).min(len.max(1))
    };
    (fair(height, grid.height), fair(width, grid.width))
}
