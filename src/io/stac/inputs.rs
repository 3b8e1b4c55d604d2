//! Every band of every item as a file to open: where it lies and what is known of it without opening it.

use super::LoadStac;
use super::assets::Request;
use super::item::{Asset, AssetBand};
use super::spec::StorePart;
use super::walk::CatalogItem;
use crate::cube::{Crs, GeoBox};
use crate::diagnostic::Result;
use crate::gdal::settings::along;
use crate::geometry::crs;
use crate::io::documents::Client;
use crate::io::gdal::read::{BandHeader, Georeference, Header};
use crate::io::gdal::{handles, points};
use crate::io::reading::OnError;
use crate::io::remote::address::{is_remote, without_secrets};
use crate::io::remote::{Location, http};
use crate::io::source::go_on;
use rayon::prelude::*;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One band of one item.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// The name GDAL opens.
    pub href: String,
    /// GDAL's number of the band, from 1.
    pub band: usize,
    pub declared: AssetBand,
    /// Where the metadata say the pixels lie.
    pub stated_grid: Option<Arc<GeoBox>>,
    /// The file's own words, where it had to be asked.
    pub header: Option<Arc<Header>>,
    /// Digital numbers have their offset added already.
    pub offset_applied: bool,
    pub collection: Option<String>,
    /// Where it is a step of a variable of a store.
    pub part: Option<StorePart>,
}

/// A band of the cube: its name and its input in each item.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub inputs: Vec<Option<Input>>,
}

impl Input {
    pub(super) fn band_header(&self) -> Option<&BandHeader> {
        self.header.as_ref()?.bands.iter().find(|b| b.number == self.band)
    }

    /// The file's own grid where it is known, else the stated one; a file without a system takes the stated one's.
    pub(super) fn grid(&self) -> Option<GeoBox> {
        let placed = self.header.as_ref().filter(|h| h.placed == Georeference::Transform || self.stated_grid.is_none());
        let Some(header) = placed else { return self.stated_grid.as_deref().cloned() };
        let crs = header.grid.crs.clone().or_else(|| self.stated_grid.as_ref()?.crs.clone());
        Some(GeoBox { crs, ..header.grid.clone() })
    }

    /// Whether the metadata leave open what a reader of pixels must know.
    fn is_vague(&self) -> bool {
        let packing = self.declared.scale.is_some() || self.declared.offset.is_some();
        // The packing of a remote file is taken as declared where anything is; asking every file would cost a request.
        self.declared.dtype.is_none() || self.declared.nodata.is_none() || !(packing || is_remote(&self.href))
    }
}

/// Files of all requests. Headers are read where the metadata are silent: of every local file, of the first remote one
/// of each band and collection, and of every file whose grid is not stated if `need_grids`.
pub(super) fn gather(
    found: &[CatalogItem],
    requests: &[Request],
    options: &LoadStac,
    client: &Client,
    need_grids: bool,
    notes: &mut Vec<String>,
) -> Result<Vec<Column>> {
    let mut headers = Headers { known: HashMap::new(), on_error: options.reading.on_error, cancel: client.cancel };
    let mut columns = Vec::new();
    for request in requests {
        let inputs: Vec<Option<Input>> = found
            .iter()
            .zip(&request.matches)
            .map(|(found, m)| m.as_ref().map(|m| input(found, m, options, client)))
            .collect();
        let mut bands = expand(request, inputs, &mut headers)?;
        // Two assets may have bands of the same names.
        if bands.len() > 1 && bands.iter().any(|band| columns.iter().any(|c: &Column| c.name == band.name)) {
            bands.iter_mut().for_each(|band| band.name = format!("{}_{}", request.name, band.name));
        }
        columns.extend(bands);
    }
    let mut asked: HashSet<(usize, Option<String>)> = HashSet::new();
    let mut wanted: Vec<&str> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        for input in column.inputs.iter().flatten() {
            let vague = input.is_vague() && (!is_remote(&input.href) || asked.insert((at, input.collection.clone())));
            if vague || (need_grids && input.stated_grid.is_none()) {
                wanted.push(&input.href);
            }
        }
    }
    headers.read(wanted)?;
    for input in columns.iter_mut().flat_map(|c| &mut c.inputs).flatten() {
        input.header = headers.get(&input.href);
    }
    place_by_points(&mut columns, notes)?;
    let failed = headers.known.iter().filter(|(_, h)| h.is_err()).count();
    if failed > 0 {
        notes.push(format!("{failed} files cannot be opened: missing where they lie"));
    }
    Ok(columns)
}

/// Files that only control points place are read where those put them, whatever grid their items state.
fn place_by_points(columns: &mut [Column], notes: &mut Vec<String>) -> Result<()> {
    let mut placed: HashMap<String, (String, Arc<Header>)> = HashMap::new();
    for input in columns.iter_mut().flat_map(|c| &mut c.inputs).flatten() {
        if input.header.as_ref().is_none_or(|header| header.placed != Georeference::ControlPoints) {
            continue;
        }
        let (href, header) = match placed.entry(input.href.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let href = points::placed(new.key())?;
                let header = Arc::new(header(&href)?);
                new.insert((href, header))
            }
        };
        (input.href, input.header) = (href.clone(), Some(header.clone()));
    }
    match placed.len() {
        0 => {}
        1 => notes.push("1 file is placed by its control points, each pixel the nearest".into()),
        n => notes.push(format!("{n} files are placed by their control points, each pixel the nearest")),
    }
    Ok(())
}

/// Where the file of an asset lies.
pub(super) fn place(found: &CatalogItem, asset: &Asset, options: &LoadStac) -> Location {
    let href = match &options.rewrite {
        Some([old, new]) if asset.href.contains(old.as_str()) => {
            found.locate(&asset.href.replacen(old.as_str(), new, 1))
        }
        _ => found.locate(&asset.href),
    };
    let name = href.gdal();
    if let Some([old, new]) = &options.rewrite
        && !asset.href.contains(old.as_str())
        && name.contains(old.as_str())
    {
        let plain = name.strip_prefix("/vsicurl/").unwrap_or(&name).replacen(old.as_str(), new, 1);
        return Location::of(&plain, None);
    }
    href
}

/// The system that an item states; one that cannot be read is the file's to state.
pub(super) fn stated_system(asset: &Asset) -> Option<Crs> {
    asset.proj.crs.as_deref().and_then(|text| crs::parse(text).ok())
}

pub(super) fn input(found: &CatalogItem, m: &super::assets::Match, options: &LoadStac, client: &Client) -> Input {
    let (item, asset) = (&found.item, m.asset);
    let href = place(found, asset, options).gdal();
    let system = stated_system(asset);
    let stated_grid = asset
        .proj
        .grid()
        .filter(|_| system.is_some())
        .map(|(transform, width, height)| Arc::new(GeoBox::new(system, transform, width, height)));
    let band = m.band.unwrap_or(0);
    Input {
        href: client.signing.name(&href),
        band: band + 1,
        declared: asset.bands.get(band).cloned().unwrap_or_default(),
        stated_grid,
        header: None,
        offset_applied: item.offset_applied,
        collection: item.collection.clone(),
        part: None,
    }
}

/// One column a band: the name of an asset stands for all its bands, numbered from 1 where there are several.
fn expand(request: &Request, inputs: Vec<Option<Input>>, headers: &mut Headers) -> Result<Vec<Column>> {
    let name = &request.name;
    let whole = request.matches.iter().flatten().filter(|m| m.band.is_none());
    let stated = whole.clone().map(|m| m.asset.bands.len()).max().unwrap_or(1);
    let mut numbers: Vec<usize> = (1..=stated.max(1)).collect();
    if whole.clone().count() == 0 {
        return Ok(vec![Column { name: name.clone(), inputs }]);
    }
    if let Some(first) = inputs.iter().flatten().find(|i| stated == 0 || i.is_vague()) {
        headers.read(vec![&first.href])?;
        if let Some(header) = headers.get(&first.href) {
            // Alpha is no band of the cube.
            numbers = header.bands.iter().map(|b| b.number).collect();
        }
    }
    if numbers.len() == 1 {
        return Ok(vec![Column { name: name.clone(), inputs }]);
    }
    let declared = band_names(request, numbers.len());
    let column = |(at, number): (usize, &usize)| Column {
        name: declared.as_ref().map_or_else(|| format!("{name}_{}", at + 1), |names| names[at].clone()),
        inputs: inputs
            .iter()
            .zip(&request.matches)
            .map(|(input, m)| {
                let bands = &m.as_ref()?.asset.bands;
                let declared = bands.get(at).cloned().unwrap_or_default();
                Some(Input { band: *number, declared, ..input.clone()? })
            })
            .collect(),
    };
    Ok(numbers.iter().enumerate().map(column).collect())
}

/// What the bands of an asset are called, where every item says the same and no two are alike.
fn band_names(request: &Request, n_bands: usize) -> Option<Vec<String>> {
    let mut stated = request.matches.iter().flatten().map(|m| {
        let names: Option<Vec<&String>> = m.asset.bands.iter().map(|band| band.name.as_ref()).collect();
        names.filter(|names| names.len() == n_bands && names.iter().collect::<HashSet<_>>().len() == n_bands)
    });
    let first = stated.next()??;
    let same = stated.all(|names| names.as_ref() == Some(&first));
    same.then(|| first.into_iter().cloned().collect())
}

/// Headers by name, each read once.
struct Headers<'a> {
    known: HashMap<String, Result<Arc<Header>>>,
    on_error: OnError,
    cancel: &'a AtomicBool,
}

impl Headers<'_> {
    fn read(&mut self, hrefs: Vec<&str>) -> Result<()> {
        let mut seen = HashSet::new();
        let new: Vec<&str> = hrefs.into_iter().filter(|h| !self.known.contains_key(*h) && seen.insert(*h)).collect();
        let remote = new.len() > 1 && new.iter().any(|href| is_remote(href));
        let read: Vec<Result<Arc<Header>>> = {
            let one = along(|href: &&str| go_on(self.cancel).and_then(|()| header(href)).map(Arc::new));
            http::waiting(remote, || new.par_iter().map(&one).collect())
        };
        go_on(self.cancel)?;
        for (href, header) in new.into_iter().zip(read) {
            if self.on_error == OnError::Stop {
                header.clone()?;
            }
            self.known.insert(href.to_string(), header);
        }
        Ok(())
    }

    fn get(&self, href: &str) -> Option<Arc<Header>> {
        self.known.get(href)?.as_ref().ok().cloned()
    }
}

fn header(href: &str) -> Result<Header> {
    handles::with(href, |dataset| Header::of(dataset, &without_secrets(href)))
}
