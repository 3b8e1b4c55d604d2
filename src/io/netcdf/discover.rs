//! From the user's options to a source: finds the files, reads every header, sorts the steps.

use super::source::{Files, NetcdfSource};
use super::{LoadNetcdf, far, header, paths};
use crate::cube::time::Calendar;
use crate::cube::time::names::{DateReader, Stamp};
use crate::cube::{Band, DType, GeoBox, Packing, PixelPlaces, Places, Region, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::cf::{Layout, Located, Survey, Wanted, survey};
use crate::io::reading;
use crate::io::remote::address::without_secrets;
use crate::io::remote::http;
use crate::io::source::go_on;
use crate::io::{ReadCx, Source};
use crate::plan::{Payload, PlacesSource};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Files whose headers are asked of servers at a time.
const AHEAD: usize = 256;

pub(super) fn discover(options: &Payload, cancel: &AtomicBool) -> Result<Arc<dyn Source>> {
    let LoadNetcdf { reading, cf: how, var } = reading::read_cf(options)?;
    reading.one_path("netcdf", "data/*.nc")?;
    let paths = paths::expand(&reading.path, &reading.base(), reading.sign)?;
    let (crs, dimensions) = (reading.crs()?, reading.dimensions()?);
    let surveyed = |path: &str, names: &[String]| {
        go_on(cancel)?;
        let wanted = Wanted { names, dimensions: dimensions.clone(), crs: crs.as_ref(), how };
        header::read(path).and_then(|header| survey(&header, &wanted))
    };
    let mut gathered = CommonHeader::default();
    let mut ahead: VecDeque<Result<Survey>> = VecDeque::new();
    for (at, path) in paths.iter().enumerate() {
        let names = gathered.names.clone().unwrap_or_else(|| var.clone());
        // What the first says of the variables is asked of the others, many at a time where each waits for a server.
        if ahead.is_empty() && gathered.names.is_some() && far::is_far(path) {
            let next = &paths[at..paths.len().min(at + AHEAD)];
            ahead =
                http::waiting(true, || next.par_iter().map(|path| surveyed(path, &names)).collect::<Vec<_>>()).into();
        }
        let added =
            ahead.pop_front().unwrap_or_else(|| surveyed(path, &names)).and_then(|survey| gathered.add(path, survey));
        if let Err(error) = added {
            let outside = [codes::NOT_FOUND, codes::FILES_DIFFER].contains(&error.code) || error.code.is_unreadable();
            if !(reading.skip() && outside && paths.len() > 1) {
                return Err(error);
            }
            let why = error.cause_text().unwrap_or(&error.message);
            gathered.notes.push(format!("`{}` was skipped: {why}", without_secrets(path)));
        }
    }
    gathered.finish(reading.title(), reading.skip())
}

/// What the files read so far have in common.
#[derive(Default)]
struct CommonHeader {
    /// Variables of the first file, which the others must have.
    names: Option<Vec<String>>,
    first: String,
    /// Of the first file.
    history: Option<String>,
    grid: Option<GeoBox>,
    bands: Vec<Band>,
    axis: Option<TimeAxis>,
    layouts: Vec<Layout>,
    paths: Vec<(String, usize)>,
    /// File, and index in the file, of each step.
    steps: Vec<(usize, usize)>,
    notes: Vec<String>,
}

impl CommonHeader {
    fn add(&mut self, path: &str, survey: Survey) -> Result<()> {
        let Survey { mut layout, bands, mut placed, axis, located, notes, history } = survey;
        let n_steps = axis.len();
        placed.grid.places = located.map(|located| places_of(path, located)).or(placed.grid.places);
        if let (Some(grid), Some(seen)) = (&self.grid, &mut self.axis) {
            if !grid.same_grid(&placed.grid) {
                return Err(differs(&self.first, path, "another grid", &grid.describe(), &placed.grid.describe())
                    .help("load the two groups of files apart and bring one onto the grid of the other with `align`"));
            }
            if !same_places(grid, &placed.grid)? {
                let note = "the pixels of the files lie at different longitudes and latitudes, which are left out";
                self.notes.push(note.into());
                self.grid = Some(GeoBox { places: None, axes: None, ..grid.clone() });
            }
            let bounded = [&*seen, &axis].map(|axis| matches!(axis, TimeAxis::Instants { bounds: Some(_), .. }));
            if bounded[0] != bounded[1] {
                tell(&mut self.notes, SOME_BOUNDS.into());
            }
            extend(seen, axis).map_err(|(a, b)| {
                differs(&self.first, path, "other steps", a, b)
                    .help("load the two groups of files apart, by a list or a narrower pattern")
            })?;
            let (names, others) = (names_of(&self.bands), names_of(&bands));
            let place = |name: &String| others.iter().position(|other| other == name);
            let Some(order) = names.iter().map(place).collect::<Option<Vec<usize>>>() else {
                return Err(differs(&self.first, path, "other bands", &names.join(" "), &others.join(" "))
                    .help("load the two groups of files apart; `at` chooses what all of them have"));
            };
            layout.variables = order.iter().map(|&at| layout.variables[at].clone()).collect();
            let bands = order.iter().map(|&at| bands[at].clone()).collect();
            self.bands = merge(&self.bands, bands, &mut self.notes);
        } else {
            self.first = path.to_string();
            self.history = history;
            let mut names: Vec<String> = layout.variables.iter().map(|v| v.name.clone()).collect();
            // The bands of one variable stand side by side.
            names.dedup();
            self.names = Some(names);
            (self.grid, self.bands, self.axis) = (Some(placed.grid), bands, Some(axis));
        }
        notes.into_iter().for_each(|note| tell(&mut self.notes, note));
        let known = self.layouts.iter().position(|l| *l == layout).unwrap_or_else(|| {
            self.layouts.push(layout);
            self.layouts.len() - 1
        });
        let file = self.paths.len();
        self.paths.push((path.to_string(), known));
        self.steps.extend((0..n_steps).map(|index| (file, index)));
        Ok(())
    }

    fn finish(mut self, title: String, skip: bool) -> Result<Arc<dyn Source>> {
        let (Some(axis), Some(grid)) = (self.axis, self.grid) else {
            let note = self.notes.into_iter().next().unwrap_or_default();
            return Err(Diagnostic::new(codes::UNREADABLE, "no file can be read").cause(note));
        };
        let axis = match dated_by_names(&axis, &self.paths) {
            Some(dated) => {
                tell(&mut self.notes, "the files hold no time: their steps have the dates of the names".into());
                dated
            }
            None => axis,
        };
        let order = axis.sort_order();
        let axis = if axis.is_sorted() { axis } else { axis.select(&order) };
        let steps: Vec<(usize, usize)> = order.iter().map(|&i| self.steps[i]).collect();
        if axis.duplicates() > 0 {
            self.notes.push(format!("{} steps have the time of another step", axis.duplicates()));
        }
        let bands = if skip { self.bands.iter().map(Band::with_nodata).collect() } else { self.bands };
        let mut schema = Schema::new(axis, bands, grid);
        schema.notes = self.notes;
        schema.history = self.history;
        if self.paths.len() > 1 {
            let stem = |path: &str| {
                let name = path.rsplit('/').next().unwrap_or(path);
                name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_string()
            };
            let each = |text: &dyn Fn(&str) -> String| {
                steps.iter().map(|&(file, _)| Value::String(text(&self.paths[file].0))).collect()
            };
            schema.properties.insert("name".into(), each(&stem));
            schema.properties.insert("path".into(), each(&str::to_string));
        }
        let files = Files::new(self.paths, self.layouts, &steps, skip);
        Ok(Arc::new(NetcdfSource::new(title, files, Arc::new(schema))))
    }
}

/// The longitudes and latitudes of a file as a source of their own.
fn places_of(path: &str, Located { layout, schema }: Located) -> Places {
    let files = Files::new(vec![(path.to_string(), 0)], vec![layout], &[(0, 0)], false);
    let source = NetcdfSource::new(path.to_string(), files, Arc::new(schema.clone())).spec();
    PlacesSource { source, schema }.places()
}

/// Whether pixels that are only counted lie at the same places in both files, as far as their corners tell.
fn same_places(a: &GeoBox, b: &GeoBox) -> Result<bool> {
    let (Some(Places::Pixels(a)), Some(Places::Pixels(b))) = (&a.places, &b.places) else {
        return Ok(a.places.is_none() || a.axes == b.axes);
    };
    let corners = |places: &PixelPlaces| -> Result<Vec<f64>> {
        let PlacesSource { source, schema } = PlacesSource::of(places)?;
        let source = NetcdfSource::open(&source, &Arc::new(schema))?;
        let mut all = Vec::new();
        for (row, column) in
            [(0, 0), (0, places.x.end - 1), (places.y.end - 1, 0), (places.y.end - 1, places.x.end - 1)]
        {
            let region = Region { time: 0..1, bands: vec![0, 1], y: row..row + 1, x: column..column + 1 };
            all.extend(source.read(&region, &ReadCx::default())?.bands.iter().map(|pixels| pixels.get(0)));
        }
        Ok(all)
    };
    let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-3 || a.is_nan() && b.is_nan();
    Ok(corners(a)?.iter().zip(&corners(b)?).all(near))
}

fn differs(first: &str, path: &str, what: &str, there: &str, here: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::FILES_DIFFER, format!("`{path}` has {what} than `{first}`"))
        .help(format!("first: {there}"))
        .help(format!("here: {here}"))
}

/// Puts one axis behind another; where they are of different kinds, says what each is.
fn extend(seen: &mut TimeAxis, next: TimeAxis) -> Result<(), (&'static str, &'static str)> {
    fn kind(axis: &TimeAxis) -> &'static str {
        match axis {
            TimeAxis::Instants { calendar, .. } => calendar.cf_name(),
            TimeAxis::Groups { .. } => "groups",
            TimeAxis::Positions(_) => "no time",
            TimeAxis::Reduced { .. } => "one period",
        }
    }
    let differ = (kind(seen), kind(&next));
    match (seen, next) {
        (
            TimeAxis::Instants { calendar, values, bounds },
            TimeAxis::Instants { calendar: other, values: more, bounds: more_bounds },
        ) if calendar.agrees(other, values.iter().chain(&more)) => {
            values.extend(more);
            match (bounds.as_mut(), more_bounds) {
                (Some(bounds), Some(more)) => bounds.extend(more),
                // Periods of some steps are of no use.
                _ => *bounds = None,
            }
        }
        (
            TimeAxis::Groups { key, labels, climatology },
            TimeAxis::Groups { key: other, labels: more, climatology: dates },
        ) if *key == other => {
            labels.extend(more);
            *climatology = climatology.take().zip(dates).and_then(|(seen, next)| seen.followed_by(next));
        }
        (TimeAxis::Positions(n), TimeAxis::Positions(more)) => *n += more,
        _ => return Err(differ),
    }
    Ok(())
}

/// The dates in the names of files of one step each that have no time, where all have one and each its own.
fn dated_by_names(axis: &TimeAxis, paths: &[(String, usize)]) -> Option<TimeAxis> {
    if *axis != TimeAxis::Positions(paths.len()) || paths.len() < 2 {
        return None;
    }
    let stamps = DateReader::new(None, None).ok()?.read(paths.iter().map(|(path, _)| path.as_str())).ok()?;
    let date = |stamp: Option<Stamp>| match stamp? {
        Stamp::Date(at) => Some(at),
        Stamp::Number(_) => None,
    };
    let dates = stamps.into_iter().map(date).collect::<Option<Vec<_>>>()?;
    let dated = TimeAxis::of(Calendar::Standard, dates);
    (dated.duplicates() == 0).then_some(dated)
}

const SOME_BOUNDS: &str = "some of the files have bounds of their steps and others none: steps count by their dates";

/// Adds a note that was not told yet.
fn tell(notes: &mut Vec<String>, note: String) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}

fn names_of(bands: &[Band]) -> Vec<String> {
    bands.iter().map(|band| band.name.clone()).collect()
}

/// Bands that hold the values of both files: types are promoted, packing is undone.
fn merge(seen: &[Band], next: Vec<Band>, notes: &mut Vec<String>) -> Vec<Band> {
    let merged = seen.iter().zip(next).map(|(a, b)| {
        if let (Some(one), Some(other)) = (&a.unit, &b.unit)
            && one != other
        {
            let note =
                format!("`{}` is in `{one}` in some files and in `{other}` in others; values are as stored", a.name);
            tell(notes, note);
        }
        if a.dtype == b.dtype && a.packing == b.packing && same_nodata(a.nodata, b.nodata) {
            return a.clone();
        }
        let mut out = a.clone();
        out.dtype = a.dtype.promote(b.dtype);
        out.short = a.short && b.short;
        let packed = a.packing.is_some() || b.packing.is_some() || a.mixed_packing.is_some();
        if a.packing != b.packing && packed {
            let (first, other) = (a.mixed_packing.or(a.packing), b.packing);
            let dtype = first.iter().chain(&other).map(|p| p.dtype).reduce(DType::promote);
            out.mixed_packing = first.or(other).map(|p| Packing { dtype: dtype.unwrap_or(p.dtype), ..p });
            out.packing = None;
            let note = format!("the files pack `{}` in different ways, each is unpacked by its own", a.name);
            tell(notes, note);
        }
        if packed {
            out.nodata = Some(f64::NAN);
            out.dtype = if out.dtype.is_float() { out.dtype } else { DType::F64 };
            return out;
        }
        // What is missing in one file may be a value in another: the nodata of both is none that either may hold.
        out.nodata = match (a.nodata, b.nodata) {
            (a, b) if same_nodata(a, b) => a,
            (Some(own), _) if own.is_nan() || !b.dtype.holds(own) => Some(own),
            (None, Some(other)) if other.is_nan() || !a.dtype.holds(other) => Some(other),
            _ => {
                let note = format!("what is missing in `{}` differs between the files; each counts by its own", a.name);
                tell(notes, note);
                out.nodata = None;
                return out.with_nodata();
            }
        };
        out
    });
    merged.collect()
}

fn same_nodata(a: Option<f64>, b: Option<f64>) -> bool {
    a == b || matches!((a, b), (Some(a), Some(b)) if a.is_nan() && b.is_nan())
}
