//! GRIB through GDAL: the messages of one or many files as one cube, a band a quantity, a step a time at which it holds.
//!
//! `load files` comes here when the files are GRIB. Levels, members of an ensemble and forecasts that began at different
//! times are no dimensions of a cube: where there are several, `at` chooses one.

mod messages;
mod source;

pub(super) use source::{NAME, open};

use crate::cube::time::Calendar;
use crate::cube::{Band, Crs, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::gdal::settings::along;
use crate::io::cf::Placing;
use crate::io::gdal::grib;
use crate::io::gdal::handles;
use crate::io::gdal::read::Header;
use crate::io::raster::Item;
use crate::io::reading::Reading;
use crate::io::remote::address::{redact, without_secrets};
use crate::io::source::{Source, go_on};
use messages::{BandMessages, Choice, FileMessage};
use rayon::prelude::*;
use serde_json::Value;
use source::{GribSource, GribSpec};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// From a list of GRIB files to a cube: reads what each says of its messages, and puts them into bands and steps.
///
/// # Errors
/// `E0310` where a quantity has several levels, members or beginnings of which none was chosen; `E0304` for other grids.
pub(super) fn assemble(
    title: String,
    items: Vec<Item>,
    reading: &Reading,
    placing: Option<Placing>,
    mut notes: Vec<String>,
    cancel: &AtomicBool,
) -> Result<Arc<dyn Source>> {
    let skip = reading.skip();
    let mut found = Vec::new();
    let (mut grid, mut refused) = (None, None);
    let (counted, mut elsewhere) = (placing == Some(Placing::Index), 0);
    for (file, header) in headers(&items, counted, cancel)?.into_iter().enumerate() {
        // A file that cannot be opened is passed over with a note, or ends the load.
        let name = &items[file].name;
        let header = match header {
            Ok(header) => header,
            Err(error) if skip => {
                notes.push(format!("`{name}` was passed over: {}", error.cause_text().unwrap_or(&error.message)));
                refused.get_or_insert(error);
                continue;
            }
            Err(error) => return Err(error.help_if((items.len() > 1).then(|| "`on_error skip` leaves it out".into()))),
        };
        elsewhere += header.elsewhere;
        let first = grid.get_or_insert_with(|| (header.grid.clone(), name.clone()));
        if !source::same(&first.0, &header.grid) {
            let message = format!("`{name}` lies on another grid than `{}`", first.1);
            return Err(Diagnostic::new(codes::FILES_DIFFER, message).help("load files of one grid at a time"));
        }
        let messages = header.bands.iter().filter_map(|band| Some((band.number, band.message.clone()?)));
        found.extend(messages.map(|(band, message)| FileMessage { file, band, message }));
    }
    let Some((mut grid, _)) = grid else {
        return Err(refused.unwrap_or_else(|| Diagnostic::new(codes::NOT_FOUND, "no files to load")));
    };
    if elsewhere > 0 {
        let messages = if elsewhere == 1 { "1 message lies".into() } else { format!("{elsewhere} messages lie") };
        notes.push(format!("{messages} on another grid than the first of the file, and left out"));
    }
    let crs: Option<Crs> = reading.crs()?;
    let crs_given = crs.is_some();
    if let Some(crs) = crs {
        grib::stand_for(&mut grid, crs);
    }
    if counted {
        let found = if grid.places.is_some() { "; their longitudes and latitudes say where they lie" } else { "" };
        notes.push(format!("coordinates are numbers of columns and of rows{found}"));
    }
    let chosen = messages::choose(&title, found, &Choice::of(&reading.dimensions()?)?, &mut notes)?;
    let (axis, table) = steps(&chosen, &mut notes);
    let bands = chosen.iter().map(|c| c.band.clone()).collect::<Vec<Band>>();
    let mut schema = Schema::new(axis, bands, grid);
    let of_step = |step: usize| table.iter().find_map(|band| band[step]).map_or(0, |(file, _)| file);
    let property = |of: &dyn Fn(&Item) -> String| -> Vec<Value> {
        (0..schema.time.len()).map(|step| Value::from(of(&items[of_step(step)]))).collect()
    };
    let (stems, paths) = (property(&|i| i.stem().to_string()), property(&|i| without_secrets(&i.path)));
    schema.properties.insert("name".into(), stems);
    schema.properties.insert("path".into(), paths);
    schema.notes = notes;
    let (paths, names) = items.into_iter().map(|i| (i.path, i.name)).unzip();
    let settled = GribSpec { paths, names, table, crs_given, counted, skip };
    Ok(Arc::new(GribSource::new(redact(&title), Arc::new(schema), settled)))
}

/// The headers of all files, in parallel.
fn headers(items: &[Item], counted: bool, cancel: &AtomicBool) -> Result<Vec<Result<Header>>> {
    let header = |item: &Item| {
        go_on(cancel)?;
        let of = if counted { Header::counted } else { Header::of };
        let found = handles::with(&item.path, |dataset| of(dataset, &item.name));
        Ok(found.map_err(|error| match error.code {
            codes::UNREADABLE | codes::WRONG_FORMAT => grib::refused(&item.path, &item.name).unwrap_or(error),
            _ => error,
        }))
    };
    items.par_iter().map(along(header)).collect()
}

/// Every time at which one of the bands holds, and where the message of each band is.
fn steps(chosen: &[BandMessages], notes: &mut Vec<String>) -> (TimeAxis, Vec<Vec<Option<(usize, usize)>>>) {
    let mut times: Vec<Option<i64>> = chosen.iter().flat_map(|c| c.messages.keys().copied()).collect();
    times.sort();
    times.dedup();
    let table: Vec<Vec<Option<(usize, usize)>>> =
        chosen.iter().map(|c| times.iter().map(|time| c.messages.get(time).copied()).collect()).collect();
    let gaps = table.iter().flatten().filter(|place| place.is_none()).count();
    if gaps > 0 {
        notes.push(format!("{gaps} messages are not there, a band at a time: their pixels are missing"));
    }
    let instants: Option<Vec<_>> = times
        .iter()
        .map(|time| time.and_then(|seconds| seconds.checked_mul(1_000_000)).map(crate::cube::time::Instant))
        .collect();
    let axis = match instants {
        Some(instants) => TimeAxis::of(Calendar::Standard, instants),
        None => TimeAxis::Positions(times.len()),
    };
    (axis, table)
}
