//! From a list of rasters to a schema: the header of one file, the dates of all.

use super::axis::{self, Dates, NameAxis};
use super::source::{FileSource, FilesSpec, tile_of};
use super::{BandsAs, LoadFiles, label, scenes};
use crate::cube::time::Calendar;
use crate::cube::{Band, DType, Label, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::gdal::read::{Georeference, Header};
use crate::io::gdal::{grib, handles, overviews, ties};
use crate::io::raster::Item;
use crate::io::remote::address::{redact, without_secrets};
use crate::io::source::{Source, go_on};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) fn assemble(
    format: &str,
    title: String,
    items: Vec<Item>,
    given: &LoadFiles,
    mut notes: Vec<String>,
    cancel: &AtomicBool,
) -> Result<Arc<dyn Source>> {
    let skip = given.reading.skip();
    let dates = Dates::of(given)?;
    let bands_as_time = given.bands_as == BandsAs::Time;
    let found = match axis::stated(given, items.len()) {
        _ if bands_as_time => None,
        Ok(Some(stated)) => Some(NameAxis::Dates(stated)),
        Ok(None) => axis::from_names(&items, &dates)?,
        Err(e) => return Err(e),
    };
    let mut order: Vec<usize> = (0..items.len()).collect();
    match &found {
        Some(NameAxis::Dates(instants)) => order = TimeAxis::of(Calendar::Standard, instants.clone()).sort_order(),
        Some(NameAxis::Numbers(numbers)) => order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b])),
        None => {}
    }
    let mut items: Vec<Item> = order.iter().map(|&i| items[i].clone()).collect();
    let (mut found, numbers) = match found {
        Some(NameAxis::Dates(instants)) => (Some(order.iter().map(|&i| instants[i]).collect::<Vec<_>>()), None),
        Some(NameAxis::Numbers(numbers)) => (None, Some(order.iter().map(|&i| numbers[i]).collect::<Vec<_>>())),
        None => (None, None),
    };

    let (mut template, header) = first_readable(&items, skip, &mut notes, cancel)?;
    if found.is_none() && numbers.is_none() && !bands_as_time && header.datetime.is_some() {
        found = axis::from_headers(&items, &mut notes, cancel)?;
        if let Some(instants) = &mut found {
            let order = TimeAxis::of(Calendar::Standard, instants.clone()).sort_order();
            template = order.iter().position(|&i| i == template).unwrap_or(0);
            items = order.iter().map(|&i| items[i].clone()).collect();
            *instants = order.iter().map(|&i| instants[i]).collect();
        }
    }

    let by_band = if bands_as_time { None } else { scenes::by_band(&items, found.as_deref())? };
    if by_band.is_some() || given.is_placed() {
        if bands_as_time {
            return Err(Diagnostic::new(codes::UNFIT_ARGUMENTS, "bands as steps stay on the grid of their files")
                .help("leave `bands_as time` or the grid out; `align` brings a cube onto another grid"));
        }
        return scenes::assemble(&title, &items, found, by_band, given, notes, cancel);
    }

    let mut bands = bands_of(&header, &items, given, skip)?;
    notes.extend(header.bands.iter().zip(&bands).filter_map(|(stored, band)| stored.decided(&band.name)));
    let crs = given.reading.crs()?;
    if let (Some(crs), Some(stated)) = (&crs, &header.grid.crs)
        && crs != stated
    {
        notes.push(format!("the files state {stated}; `crs {crs}` stands for it, without reprojection"));
    }
    match header.placed {
        Georeference::Transform => {}
        Georeference::ControlPoints if given.reading.crs.is_some() => {
            let what = "control points place these files; `crs` would take numbers of pixels for coordinates";
            return Err(Diagnostic::new(codes::UNFIT_ARGUMENTS, what)
                .about("crs")
                .help("add `union` to the `load`: the files are brought onto a grid of that system"));
        }
        Georeference::ControlPoints => notes.push(
            "the file is tied to the ground by control points only: coordinates are pixels until `reproject`, `align`, \
             or `union` in the `load`, place it"
                .into(),
        ),
        Georeference::Nowhere => notes.push("the file is not georeferenced: coordinates are pixels".into()),
    }
    let mut grid = header.grid.clone();
    let crs_given = crs.is_some();
    grid.crs = crs.or(grid.crs);
    // Each file of several has points of its own.
    if header.placed == Georeference::ControlPoints && items.len() == 1 {
        grid.places = ties::of(&items[0].path)?;
    }

    let (time, steps) = if bands_as_time {
        let (time, steps) = axis::from_bands(&items, &header, (given, &dates), &mut notes, cancel)?;
        bands = vec![one_band(&bands, &header, &items)];
        (time, Some(steps))
    } else {
        let time = match (found, numbers) {
            (Some(instants), _) => TimeAxis::of(Calendar::Standard, instants),
            // Numbers tell the steps apart, unless two are equal.
            (None, Some(numbers)) if numbers.windows(2).all(|pair| pair[0] < pair[1]) => {
                let labels = numbers.into_iter().map(Label::Number).collect();
                TimeAxis::groups("step", labels)
            }
            (None, _) => TimeAxis::Positions(items.len()),
        };
        (time, None)
    };
    axis::check_dates(&items, &time, given, &mut notes)?;

    let widest = bands.iter().map(|b| b.dtype).max_by_key(|d| d.bytes()).unwrap_or(DType::F64);
    let tile = tile_of(&header, widest, steps.as_ref().map_or(1, |_| header.bands.len()));
    let file_of = |step: usize| steps.as_ref().map_or(step, |s: &Vec<(usize, usize)>| s[step].0);
    let property = |of: &dyn Fn(&Item) -> String| -> Vec<Value> {
        (0..time.len()).map(|step| Value::from(of(&items[file_of(step)]))).collect()
    };
    let (stems, paths) = (property(&|i| i.stem().to_string()), property(&|i| without_secrets(&i.path)));
    let mut schema = Schema::new(time, bands, grid);
    schema.properties.insert("name".into(), stems);
    schema.properties.insert("path".into(), paths);
    schema.notes = notes;
    let overviews = match schema.grid.axes {
        Some(_) => Vec::new(),
        None => overviews::of(&items[template].path, &header, &schema.grid),
    };
    let (paths, names) = items.into_iter().map(|i| (i.path, i.name)).unzip();
    let settled = FilesSpec { paths, names, steps, tile, template, crs_given, skip, stored: false, overview: None };
    Ok(Arc::new(FileSource::new(format, redact(&title), Arc::new(schema), settled, overviews)))
}

/// The header of the first file, or where failures are skipped of the first that has one, and its position.
fn first_readable(items: &[Item], skip: bool, notes: &mut Vec<String>, cancel: &AtomicBool) -> Result<(usize, Header)> {
    let mut first_error = None;
    for (i, item) in items.iter().enumerate() {
        go_on(cancel)?;
        match handles::with(&item.path, |dataset| Header::of(dataset, &item.name)) {
            Ok(header) => return Ok((i, header)),
            Err(e) => {
                let e = explain(e, item);
                if !skip {
                    return Err(e);
                }
                notes.push(format!("`{}` was passed over: {}", item.name, e.cause_text().unwrap_or(&e.message)));
                first_error.get_or_insert(e);
            }
        }
    }
    Err(first_error.unwrap_or_else(|| Diagnostic::new(codes::NOT_FOUND, "no files to load")))
}

/// A file GDAL refuses, under the name the user knows, and what does read it.
pub(super) fn explain(e: Box<Diagnostic>, item: &Item) -> Box<Diagnostic> {
    if e.code == codes::NO_DRIVER {
        let message = e.message.replace(&item.path, &item.name);
        return Box::new(Diagnostic { message, ..*e });
    }
    if e.code != codes::UNREADABLE && e.code != codes::WRONG_FORMAT {
        return e;
    }
    if let Some(told) = grib::refused(&item.path, &item.name) {
        return told;
    }
    let other = match item.path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
        Some("nc" | "nc4" | "cdf" | "h5" | "hdf5" | "he5") => {
            Some(format!("NetCDF is read by `load netcdf \"{}\"`", item.name))
        }
        Some("zip" | "tar" | "tgz" | "gz") => Some(format!("archives are read by `load archive \"{}\"`", item.name)),
        Some("zarr") => Some(format!("Zarr is read by `load zarr \"{}\"`", item.name)),
        _ => None,
    };
    let told = Diagnostic::new(e.code, format!("`{}` cannot be opened as a raster", item.name));
    Box::new(Diagnostic { cause: e.cause, ..*told }).help_if(other)
}

/// The bands of the cube: those of the template, with room for what the options ask.
fn bands_of(header: &Header, items: &[Item], given: &LoadFiles, skip: bool) -> Result<Vec<Band>> {
    let names = label::band_names(header, items);
    let mut bands = Vec::with_capacity(names.len());
    for (stored, name) in header.bands.iter().zip(names) {
        let mut band = stored.band(name, header.is_masked());
        let description = stored.description.trim();
        if !description.is_empty() && description != band.name {
            band.long_name = Some(description.into());
        }
        if skip {
            band = band.with_nodata();
        }
        if let Some(dtype) = given.dtype {
            if band.dtype.promote(dtype) != dtype {
                return Err(Diagnostic::new(
                    codes::FILES_DIFFER,
                    format!("`dtype {dtype}` cannot hold the {} of `{}`", band.dtype, items[0].name),
                )
                .help(format!("`dtype {}` can", band.dtype.promote(dtype))));
            }
            (band.dtype, band.short) = (dtype, false);
            // In a float cube NaN marks what is missing, so that no value of any file can be mistaken for it.
            if dtype.is_float() {
                band.nodata = Some(f64::NAN);
            }
        }
        bands.push(band);
    }
    Ok(bands)
}

/// The band of a cube whose steps are the bands of its files.
fn one_band(bands: &[Band], header: &Header, items: &[Item]) -> Band {
    let element = |i: usize| header.bands[i].message.as_ref().map(|m| m.element.as_str());
    let same = (1..header.bands.len()).all(|i| element(i) == element(0));
    let name = element(0).filter(|_| same).map(str::to_lowercase).and_then(|e| label::word(&e).map(str::to_string));
    Band { name: name.unwrap_or_else(|| label::cube_name(items)), long_name: None, ..bands[0].clone() }
}
