//! Files that are not a step each: a file a band, scenes of shifted extents, tiles of one time.

use super::{Group, LoadFiles, axis, label, template};
use crate::cube::time::{Calendar, Instant};
use crate::cube::{GeoBox, TimeAxis};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::io::gdal::handles;
use crate::io::gdal::points;
use crate::io::gdal::read::{Georeference, Header};
use crate::io::raster::{self, Item};
use crate::io::remote::address::{redact, without_secrets};
use crate::io::source::Source;
use crate::io::stac::scenes::{self, SceneFile, Scenes, Target};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Files of one time whose names tell their bands, and nothing else, apart.
pub(super) struct BandFiles {
    labels: Vec<String>,
    /// Positions of the files of each scene, one a band.
    scenes: Vec<Vec<usize>>,
}

/// Groups files by band, where every time has the same bands; the files are in the order of their dates.
///
/// Without dates only what is surely a band of a satellite, `B04`, is one.
pub(super) fn by_band(items: &[Item], dates: Option<&[Instant]>) -> Result<Option<BandFiles>> {
    let groups: Vec<Range<usize>> = match dates {
        Some(dates) => {
            let mut starts = (0..dates.len()).filter(|&i| i == 0 || dates[i] != dates[i - 1]).collect::<Vec<_>>();
            starts.push(dates.len());
            starts.windows(2).map(|pair| pair[0]..pair[1]).collect()
        }
        None => std::iter::once(0..items.len()).collect(),
    };
    let Some(first) = groups.iter().find(|group| group.len() > 1) else { return Ok(None) };
    let labels = |group: &Range<usize>| {
        let stems: Vec<&str> = items[group.clone()].iter().map(Item::stem).collect();
        label::apart(&stems).filter(|labels| dates.is_some() || labels.iter().all(|label| label::is_band(label)))
    };
    let Some(bands) = labels(first) else { return Ok(None) };
    let sorted: BTreeSet<&String> = bands.iter().collect();
    let mut scenes = Vec::with_capacity(groups.len());
    for group in &groups {
        let found = labels(group).unwrap_or_default();
        if found.iter().collect::<BTreeSet<_>>() != sorted {
            // Bands of a satellite are surely no steps; other words may be.
            if !bands.iter().all(|band| label::is_band(band)) {
                return Ok(None);
            }
            let names = items[group.clone()].iter().map(|item| item.name.as_str());
            return Err(Diagnostic::new(
                codes::UNCLEAR_NAMES,
                "the files are bands of scenes, and not every scene has the same",
            )
            .help(format!(
                "others have {}; here are {}",
                diagnostic::list_some(bands.iter().map(String::as_str), 8),
                diagnostic::list_some(names, 8)
            ))
            .help("load one band, `load files \"*_B04*.tif\"`, or narrow the pattern to scenes that have all"));
        }
        let place = |band: &String| found.iter().position(|label| label == band).map(|at| group.start + at);
        scenes.push(bands.iter().filter_map(place).collect());
    }
    Ok(Some(BandFiles { labels: bands, scenes }))
}

/// The cube of files that `bands` or a target grid put together; the files are in the order of their dates.
pub(super) fn assemble(
    title: &str,
    items: &[Item],
    dates: Option<Vec<Instant>>,
    bands: Option<BandFiles>,
    given: &LoadFiles,
    mut notes: Vec<String>,
    cancel: &AtomicBool,
) -> Result<Arc<dyn Source>> {
    let (placed, headers) = headers(items, given, &mut notes, cancel)?;
    let Some((template, first)) = headers.iter().enumerate().find_map(|(i, h)| Some((i, h.as_ref()?.clone()))) else {
        return Err(Diagnostic::new(codes::NOT_FOUND, "no files to load"));
    };
    let own = if given.is_placed() { None } else { Some(one_grid(items, &headers, template, &first.grid)?) };
    for (item, header) in items.iter().zip(&headers) {
        if let Some(header) = header.as_ref().filter(|header| header.bands.len() != first.bands.len()) {
            let (here, there) = (header.bands.len(), first.bands.len());
            return Err(Diagnostic::new(
                codes::FILES_DIFFER,
                format!("`{}` and `{}` have {here} and {there} bands", item.name, items[template].name),
            )
            .help("load files of one kind at a time, by a narrower pattern"));
        }
    }
    let names = match &bands {
        Some(bands) if first.bands.len() == 1 => bands.labels.clone(),
        Some(bands) => {
            let numbers = 1..=first.bands.len();
            bands.labels.iter().flat_map(|label| numbers.clone().map(move |n| format!("{label}_{n}"))).collect()
        }
        None => label::band_names(&first, items),
    };
    if let Some(bands) = &bands {
        let labels = diagnostic::list_some(bands.labels.iter().map(String::as_str), 8);
        notes.push(format!("files of one time are its bands {labels}: their names differ in nothing else"));
    }
    let scenes = bands.map_or_else(|| (0..items.len()).map(|i| vec![i]).collect(), |bands| bands.scenes);
    let (steps, time) = steps(items, &scenes, dates, given, &mut notes)?;

    let files = |&i: &usize| {
        let (path, header) = (placed[i].clone(), headers[i].clone());
        first
            .bands
            .iter()
            .map(move |band| Some(SceneFile { path: path.clone(), band: band.number, header: header.clone() }))
    };
    let joined = |step: &Vec<usize>, of: &dyn Fn(&Item) -> String| {
        let all = step.iter().flat_map(|&scene| &scenes[scene]).map(|&i| of(&items[i]));
        Value::from(all.collect::<Vec<_>>().join(","))
    };
    let stems: Vec<Value> = steps.iter().map(|step| joined(step, &|item| item.stem().to_string())).collect();
    let paths: Vec<Value> = steps.iter().map(|step| joined(step, &|item| without_secrets(&item.path))).collect();
    let scenes = Scenes {
        title: redact(title),
        bands: names,
        scenes: scenes.iter().map(|s| (items[s[0]].name.clone(), s.iter().flat_map(files).collect())).collect(),
        steps,
        time,
        properties: BTreeMap::from([("name".into(), stems), ("path".into(), paths)]),
        notes,
    };
    let LoadFiles { like, res, bounds, anchor, method, .. } = given.clone();
    scenes::load(scenes, Target { own, like, res, bounds, anchor, method }, &given.reading)
}

/// What GDAL opens of every file, and its header; the system that was asked for stands for one that is not stated.
fn headers(
    items: &[Item],
    given: &LoadFiles,
    notes: &mut Vec<String>,
    cancel: &AtomicBool,
) -> Result<(Vec<String>, Vec<Option<Arc<Header>>>)> {
    let crs = given.reading.crs()?;
    let (mut paths, mut headers) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    let mut by_points = 0;
    for (item, header) in items.iter().zip(raster::headers(items, cancel)?) {
        let opened = |path: &str| handles::with(path, |dataset| Header::of(dataset, &item.name));
        let mut path = item.path.clone();
        let mut header = match header {
            None if !given.reading.skip() => Some(opened(&path).map_err(|e| template::explain(e, item))?),
            header => header,
        };
        if given.is_placed() && header.as_ref().is_some_and(|h| h.placed == Georeference::ControlPoints) {
            path = points::placed(&item.path)?;
            header = Some(opened(&path)?);
            by_points += 1;
        }
        if let Some(header) = &mut header {
            let stated = header.grid.crs.take().filter(|_| given.is_placed() || crs.is_none());
            header.grid.crs = stated.or_else(|| crs.clone());
        }
        paths.push(path);
        headers.push(header.map(Arc::new));
    }
    if by_points > 0 {
        notes.push(format!("{} placed by control points, each pixel the nearest", axis::plural(by_points, "file")));
    }
    Ok((paths, headers))
}

/// The grid of all files, where none was asked for.
fn one_grid(items: &[Item], headers: &[Option<Arc<Header>>], template: usize, first: &GeoBox) -> Result<GeoBox> {
    let other = headers.iter().position(|h| h.as_ref().is_some_and(|h| !first.same_grid(&h.grid)));
    match other {
        None => Ok(first.clone()),
        Some(at) => Err(Diagnostic::new(
            codes::FILES_DIFFER,
            format!("`{}` lies on another grid than `{}`", items[at].name, items[template].name),
        )
        .help("add `union` to the `load`: all are brought onto one grid, with the finest pixels")),
    }
}

/// The steps and their dates: one a scene, or one a time.
fn steps(
    items: &[Item],
    scenes: &[Vec<usize>],
    dates: Option<Vec<Instant>>,
    given: &LoadFiles,
    notes: &mut Vec<String>,
) -> Result<(Vec<Vec<usize>>, TimeAxis)> {
    let alone = || (0..scenes.len()).map(|scene| vec![scene]).collect::<Vec<_>>();
    let Some(dates) = dates else { return Ok((alone(), TimeAxis::Positions(scenes.len()))) };
    let dates: Vec<Instant> = scenes.iter().map(|scene| dates[scene[0]]).collect();
    if given.group == Group::None {
        let time = TimeAxis::of(Calendar::Standard, dates);
        axis::check_dates(items, &time, given, notes)?;
        return Ok((alone(), time));
    }
    let mut together: BTreeMap<Instant, Vec<usize>> = BTreeMap::new();
    for (scene, date) in dates.into_iter().enumerate() {
        together.entry(date).or_default().push(scene);
    }
    if together.len() < scenes.len() {
        let (files, steps) = (scenes.len(), together.len());
        notes.push(format!("{files} files put together into {steps} steps, the first valid pixel wins"));
    }
    let (dates, steps) = together.into_iter().unzip();
    Ok((steps, TimeAxis::of(Calendar::Standard, dates)))
}
