//! Files as items: what `load files` brings onto one grid, or puts together from a file a band.

use super::inputs::{Column, Input};
use super::item::AssetBand;
use super::read::Stac;
use super::spec::Spec;
use super::steps::Step;
use super::{Anchor, LoadStac, grid, packing};
use crate::cube::time::Instant;
use crate::cube::{Band, GeoBox, Schema, TimeAxis};
use crate::diagnostic::Result;
use crate::io::gdal::read::Header;
use crate::io::reading::Reading;
use crate::io::source::Source;
use crate::plan::Resampling;
use crate::signature::Param;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const UNION: Param =
    Param::flag("union", "Files on other grids are brought onto one that covers them all; its pixels are the finest.");
pub(crate) const LIKE: Param = super::LIKE;
pub(crate) const RES: Param = super::RES;
pub(crate) const BOUNDS: Param = super::BOUNDS;
pub(crate) const ANCHOR: Param = super::ANCHOR;
pub(crate) const METHOD: Param = Param { help: "How files on other grids are resampled.", ..super::METHOD };

/// The grid that files are brought onto, as far as it was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    /// The grid they all lie on already.
    pub own: Option<GeoBox>,
    pub like: Option<GeoBox>,
    pub res: Option<f64>,
    /// West, south, east, north in its system.
    pub bounds: Option<[f64; 4]>,
    pub anchor: Option<Anchor>,
    pub method: Resampling,
}

/// Files that lie each on a grid of their own.
pub(crate) struct Scenes {
    pub title: String,
    /// The bands of the cube.
    pub bands: Vec<String>,
    /// What scenes are called, and for each band the file that holds it.
    pub scenes: Vec<(String, Vec<Option<SceneFile>>)>,
    /// Positions in `scenes`, the one on top first.
    pub steps: Vec<Vec<usize>>,
    pub time: TimeAxis,
    pub properties: BTreeMap<String, Vec<Value>>,
    pub notes: Vec<String>,
}

/// A band of a file: what GDAL opens, the number of the band from 1, and the header where the file could be opened.
#[derive(Clone)]
pub(crate) struct SceneFile {
    pub path: String,
    pub band: usize,
    pub header: Option<Arc<Header>>,
}

/// The scenes on one grid: as asked for, else the majority's system, the finest pixels and the union of the bounds.
pub(crate) fn load(scenes: Scenes, target: Target, reading: &Reading) -> Result<Arc<dyn Source>> {
    let Scenes { title, bands, scenes, steps, time, properties, mut notes } = scenes;
    let input = |file: &SceneFile| Input {
        href: file.path.clone(),
        band: file.band,
        declared: AssetBand::default(),
        stated_grid: None,
        header: file.header.clone(),
        offset_applied: false,
        collection: None,
        part: None,
    };
    let column = |(at, name): (usize, String)| Column {
        name,
        inputs: scenes.iter().map(|(_, files)| files[at].as_ref().map(input)).collect(),
    };
    let columns: Vec<Column> = bands.into_iter().enumerate().map(column).collect();
    let Target { own, like, res, bounds, anchor, method } = target;
    let options = LoadStac { reading: reading.clone(), like, res, bounds, anchor, method, ..LoadStac::default() };
    // On a grid that a scene does not cover its pixels are missing.
    let partly = own.is_none() || reading.skip();
    let grid = match own {
        Some(grid) => grid,
        None => grid::choose(&columns, &options, &mut notes)?,
    };
    let band = |column: &Column, notes: &mut Vec<String>| match whole(column).filter(|_| !partly) {
        Some(band) => band,
        None => packing::band(column, &[], notes).with_nodata(),
    };
    let bands = columns.iter().map(|column| band(column, &mut notes)).collect();
    let times = time.instants().map_or(&[][..], |(_, values)| values);
    let steps: Vec<Step> = steps
        .into_iter()
        .enumerate()
        .map(|(at, items)| Step { time: times.get(at).copied().unwrap_or(Instant(0)), items })
        .collect();
    let names = scenes.iter().map(|(name, _)| name.clone()).collect();
    let spec = Spec::new(names, &columns, &steps, &grid, method, reading.on_error);
    let schema = Schema { properties, notes, ..Schema::new(time, bands, grid) };
    Ok(Arc::new(Stac::new(title, spec, Arc::new(schema), Vec::new())))
}

/// The band of files that all store it alike.
fn whole(column: &Column) -> Option<Band> {
    let mut bands = column.inputs.iter().map(|input| {
        let input = input.as_ref()?;
        Some(input.band_header()?.band(&column.name, input.header.as_ref()?.is_masked()))
    });
    let first = bands.next()??;
    bands.all(|band| band.as_ref() == Some(&first)).then_some(first)
}
