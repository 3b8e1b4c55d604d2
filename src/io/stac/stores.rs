//! Assets that are stores of arrays: each brings its variables, its grid and, where it has them, steps of its own.
//!
//! A step of a store becomes a step of the cube, with what its item says; those of all items are joined along time.

mod open;

use super::LoadStac;
use super::assets::Request;
use super::inputs::{Column, Input, place, stated_system};
use super::item::{AssetBand, Item};
use super::spec::StorePart;
use super::walk::CatalogItem;
use crate::cube::time::{Calendar, Instant, interval};
use crate::cube::{GeoBox, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::gdal::settings::along;
use crate::io::documents::Client;
use crate::io::remote::address::is_remote;
use crate::io::remote::{http, without_secrets};
use crate::io::source::{Source, go_on};
use open::{choose, open};
use rayon::prelude::*;
use std::sync::Arc;

/// The items of a cube, one for each step of a store, with their inputs; and the stores.
pub(super) struct Gathered {
    pub found: Vec<CatalogItem>,
    pub columns: Vec<Column>,
    pub stores: Vec<Arc<dyn Source>>,
    pub calendar: Calendar,
}

/// Whether what was asked for lies in stores.
///
/// # Errors
/// `E0119` where some of it does and some does not, or where `var` is asked of rasters.
pub(super) fn are_asked(requests: &[Request], options: &LoadStac) -> Result<bool> {
    let matches = || requests.iter().flat_map(|r| r.matches.iter().flatten().map(move |m| (r, m)));
    let store = matches().find(|(_, m)| m.asset.store.is_some());
    let raster = matches().find(|(_, m)| m.asset.store.is_none());
    match (store, raster) {
        (Some((store, _)), Some((raster, _))) => {
            let what = format!("`{}` is a store of arrays and `{}` a raster", store.name, raster.name);
            Err(Diagnostic::new(codes::UNFIT_ARGUMENTS, what)
                .about("assets")
                .help("load them apart, and put them side by side with `align` and `join`"))
        }
        (None, Some((raster, _))) => {
            let reading = &options.reading;
            let given = [
                ("var", !options.var.is_empty()),
                ("at", !reading.at.is_empty()),
                ("spread", !reading.spread.is_empty()),
            ];
            let Some((word, _)) = given.into_iter().find(|(_, given)| *given) else { return Ok(false) };
            let what = format!("`{word}` chooses something of stores of arrays, and `{}` is a raster", raster.name);
            Err(Diagnostic::new(codes::UNFIT_ARGUMENTS, what).about(word).help(format!("leave `{word}` out")))
        }
        (store, _) => Ok(store.is_some()),
    }
}

/// One store of an item, and the bands of it that are loaded.
struct Opened {
    source: Arc<dyn Source>,
    /// The name GDAL knows it by.
    href: String,
    grid: Arc<GeoBox>,
}

/// Opens the stores of all items.
pub(super) fn gather(
    found: &[CatalogItem],
    requests: &[Request],
    options: &LoadStac,
    client: &Client,
    notes: &mut Vec<String>,
) -> Result<Gathered> {
    // The first of each asset says which variables are meant; the others are to have the same.
    let mut variables: Vec<Vec<String>> = Vec::new();
    for request in requests {
        let first = found.iter().zip(&request.matches).find_map(|(found, m)| Some((found, m.as_ref()?)));
        let Some((found, m)) = first else { continue };
        variables.push(choose(found, m, request, options, client)?);
    }
    let asked: Vec<(usize, usize)> = (0..found.len())
        .flat_map(|item| (0..requests.len()).map(move |request| (item, request)))
        .filter(|(item, request)| requests[*request].matches[*item].is_some())
        .collect();
    let open_one = along(|&(item, request): &(usize, usize)| {
        go_on(client.cancel)?;
        let m = requests[request].matches[item].as_ref().ok_or_else(|| of_item(&found[item].item, ""))?;
        let source = open(&found[item], m, &variables[request], options, client)?;
        let own = &source.schema().grid;
        let grid = GeoBox { crs: own.crs.clone().or_else(|| stated_system(m.asset)), ..own.clone() };
        let grid = Arc::new(grid);
        Ok(Opened { href: client.signing.name(&place(&found[item], m.asset, options).gdal()), source, grid })
    });
    let remote = asked.len() > 1
        && asked.iter().any(|(item, request)| {
            let asset = requests[*request].matches[*item].as_ref().map(|m| m.asset);
            asset.is_some_and(|asset| is_remote(&place(&found[*item], asset, options).gdal()))
        });
    let opened: Vec<Result<Opened>> = http::waiting(remote, || asked.par_iter().map(&open_one).collect());
    go_on(client.cancel)?;
    let mut stores: Vec<Vec<Option<Opened>>> =
        (0..found.len()).map(|_| requests.iter().map(|_| None).collect()).collect();
    let mut failed = 0;
    for (&(item, request), opened) in asked.iter().zip(opened) {
        match opened {
            Ok(opened) => stores[item][request] = Some(opened),
            Err(_) if options.reading.skip() => failed += 1,
            Err(e) => return Err(e),
        }
    }
    if failed > 0 {
        let stores = if failed == 1 { "1 store".to_string() } else { format!("{failed} stores") };
        notes.push(format!("{stores} cannot be opened: missing where they lie"));
    }
    Steps::of(found, requests, &variables, stores, options)?.finish(notes)
}

/// The rows of a cube before they are sorted: an item of one step, and its inputs.
struct Steps {
    names: Vec<String>,
    rows: Vec<(CatalogItem, Vec<Option<Input>>)>,
    stores: Vec<Arc<dyn Source>>,
    calendar: Option<Calendar>,
    /// Items whose stores say when their steps are.
    dated: usize,
}

impl Steps {
    fn of(
        found: &[CatalogItem],
        requests: &[Request],
        variables: &[Vec<String>],
        stores: Vec<Vec<Option<Opened>>>,
        options: &LoadStac,
    ) -> Result<Steps> {
        let by_variable = |request: usize| variables[request].len() > 1 || !options.var.is_empty();
        let mut names: Vec<String> = Vec::new();
        for (request, asked) in requests.iter().enumerate() {
            let bands =
                variables[request].iter().map(|v| if by_variable(request) { v.clone() } else { asked.name.clone() });
            // Two stores may have variables of the same names.
            let bands: Vec<String> = bands.collect();
            let twice = by_variable(request) && bands.iter().any(|band| names.contains(band));
            names.extend(bands.into_iter().map(|band| if twice { format!("{}_{band}", asked.name) } else { band }));
        }
        let mut steps = Steps { names, rows: Vec::new(), stores: Vec::new(), calendar: None, dated: 0 };
        let mut span: Option<(String, String)> = None;
        for (found, opened) in found.iter().zip(stores) {
            let mut times: Option<(Times, String)> = None;
            let mut parts: Vec<Option<(Opened, usize)>> = Vec::new();
            for opened in opened {
                let Some(opened) = opened else {
                    parts.push(None);
                    continue;
                };
                let here = Times::of(&opened, &found.item)?;
                match &times {
                    Some((there, first)) if *there != here => {
                        let (first, second) = (without_secrets(first), without_secrets(&opened.href));
                        let what = format!("`{second}` has other steps than `{first}` of the same item");
                        return Err(Diagnostic::new(codes::FILES_DIFFER, what)
                            .help("load the assets apart, and put them side by side with `align` and `join`"));
                    }
                    Some(_) => {}
                    None => times = Some((here, opened.href.clone())),
                }
                steps.stores.push(opened.source.clone());
                parts.push(Some((opened, steps.stores.len() - 1)));
            }
            let Some((times, href)) = times else { continue };
            steps.dated += usize::from(times.is_own);
            match steps.calendar {
                Some(calendar) if calendar != times.calendar => {
                    let what = format!(
                        "`{}` counts its days by the calendar {}, those before it by {}",
                        without_secrets(&href),
                        times.calendar.cf_name(),
                        calendar.cf_name()
                    );
                    return Err(Diagnostic::new(codes::FILES_DIFFER, what)
                        .help("load the items apart: a `filter` chooses those of one model"));
                }
                _ => steps.calendar = Some(times.calendar),
            }
            if let (Some(first), Some(last)) = (times.values.first(), times.values.last()) {
                let iso = |at: &Instant| times.calendar.iso(*at);
                let (from, to) = (iso(first), iso(last));
                span = Some(span.map_or((from.clone(), to.clone()), |(a, b)| (a.min(from), b.max(to))));
            }
            let wanted = options.time.as_ref().filter(|_| times.is_own);
            let wanted = wanted.map(|t| interval(t.start.as_deref(), t.end.as_deref(), t.half_open, times.calendar));
            let wanted = wanted.transpose()?;
            for (step, (&time, span)) in times.values.iter().zip(&times.spans).enumerate() {
                let is_wanted = |range: &crate::cube::time::Interval| {
                    range.contains(time) || span.is_some_and(|(from, to)| range.meets(from, Instant(to.0 - 1)))
                };
                if wanted.as_ref().is_none_or(is_wanted) {
                    let item = Item { time, span: *span, assets: Vec::new(), ..found.item.clone() };
                    let item = CatalogItem { item, document: found.document.clone(), alone: found.alone };
                    let inputs = parts.iter().zip(variables).flat_map(|(part, names)| {
                        (0..names.len()).map(move |band| {
                            part.as_ref().map(|(opened, store)| {
                                opened.input(&found.item, StorePart { store: *store, step, band })
                            })
                        })
                    });
                    steps.rows.push((item, inputs.collect()));
                }
            }
        }
        if steps.rows.is_empty() {
            let run = span.map_or(String::new(), |(from, to)| format!(" (they run from {from} to {to})"));
            return Err(Diagnostic::new(codes::EMPTY_SELECTION, "no step of the items is left")
                .help(format!("none is in the time asked for{run}")));
        }
        Ok(steps)
    }

    fn finish(mut self, notes: &mut Vec<String>) -> Result<Gathered> {
        self.rows.sort_by(|(a, _), (b, _)| (a.item.time, &a.item.id).cmp(&(b.item.time, &b.item.id)));
        if self.dated > 0 && self.rows.len() > self.dated {
            notes.push(match self.dated {
                1 => format!("the item has {} steps of its own", self.rows.len()),
                items => {
                    format!("{items} items have steps of their own, {} in all, joined along time", self.rows.len())
                }
            });
        }
        let mut columns: Vec<Column> =
            self.names.into_iter().map(|name| Column { name, inputs: Vec::with_capacity(self.rows.len()) }).collect();
        let mut found = Vec::with_capacity(self.rows.len());
        for (item, inputs) in self.rows {
            found.push(item);
            columns.iter_mut().zip(inputs).for_each(|(column, input)| column.inputs.push(input));
        }
        let calendar = self.calendar.unwrap_or(Calendar::Standard);
        Ok(Gathered { found, columns, stores: self.stores, calendar })
    }
}

/// When the steps of a store are.
#[derive(PartialEq)]
struct Times {
    calendar: Calendar,
    values: Vec<Instant>,
    spans: Vec<Option<(Instant, Instant)>>,
    /// The store says so, not the item.
    is_own: bool,
}

impl Times {
    fn of(opened: &Opened, item: &Item) -> Result<Times> {
        let undated = |n: usize| match n {
            1 => Ok(Times {
                calendar: Calendar::Standard,
                values: vec![item.time],
                spans: vec![item.span],
                is_own: false,
            }),
            n => {
                let name = without_secrets(&opened.href);
                let what = format!("`{name}` of item `{}` has {n} steps without dates", item.id);
                let format = opened.source.spec().format;
                Err(Diagnostic::new(codes::UNSUPPORTED, what)
                    .help(format!("by itself it is loaded: `load {format} \"{name}\"`")))
            }
        };
        match &opened.source.schema().time {
            TimeAxis::Instants { calendar, values, bounds } => Ok(Times {
                calendar: *calendar,
                values: values.clone(),
                spans: match bounds {
                    Some(bounds) => bounds.iter().copied().map(Some).collect(),
                    None => vec![None; values.len()],
                },
                is_own: true,
            }),
            TimeAxis::Positions(n) => undated(*n),
            TimeAxis::Groups { labels, .. } => undated(labels.len()),
            TimeAxis::Reduced { .. } => undated(1),
        }
    }
}

impl Opened {
    fn input(&self, item: &Item, part: StorePart) -> Input {
        let band = &self.source.schema().bands[part.band];
        Input {
            href: self.href.clone(),
            band: part.band + 1,
            // What the store says is applied where it is read.
            declared: AssetBand {
                dtype: Some(band.dtype),
                nodata: band.nodata,
                unit: band.unit.clone(),
                ..AssetBand::default()
            },
            stated_grid: Some(self.grid.clone()),
            header: None,
            offset_applied: false,
            collection: item.collection.clone(),
            part: Some(part),
        }
    }
}

fn of_item(item: &Item, key: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::UNKNOWN_ASSET, format!("item `{}` has no store `{key}`", item.id))
}
