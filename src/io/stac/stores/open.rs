//! Opens the store of an asset, with the variables that are meant.

use super::super::LoadStac;
use super::super::assets::{Match, Request};
use super::super::inputs::place;
use super::super::store::{Store, StoreKind};
use super::super::walk::CatalogItem;
use super::of_item;
use crate::diagnostic::{Diagnostic, Result, codes, list_some};
use crate::io::documents::Client;
use crate::io::remote::{Location, without_secrets};
use crate::io::source::{Source, SourceFormat};
use crate::io::{netcdf, zarr};
use crate::plan::{Payload, Signer};
use serde_json::json;
use std::sync::Arc;

/// The variables that an asset stands for: those asked for, else those that the item names, else the only one.
pub(super) fn choose(
    found: &CatalogItem,
    m: &Match,
    request: &Request,
    options: &LoadStac,
    client: &Client,
) -> Result<Vec<String>> {
    let names = |source: &Arc<dyn Source>| source.schema().band_names().map(str::to_string).collect::<Vec<_>>();
    let with = |names: &[String]| open(found, m, names, options, client);
    if !options.var.is_empty() {
        return with(&options.var).map(|source| names(&source));
    }
    let lower = |names: &[String]| names.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>();
    let declared: Vec<String> = m.asset.bands.iter().filter_map(|band| band.name.clone()).collect();
    let meant = match m.variable {
        Some(variable) => vec![variable.to_string()],
        None if !declared.is_empty() => declared,
        None => vec![m.key.to_string()],
    };
    for names_meant in [meant.clone(), lower(&meant)] {
        match with(&names_meant) {
            Ok(source) => return Ok(names(&source)),
            // Names of bands and keys of assets need not be those of arrays.
            Err(e) if e.code == codes::UNKNOWN_ARRAY => {}
            Err(e) => return Err(e),
        }
    }
    let source = with(&[])?;
    let all = names(&source);
    if all.len() == 1 {
        return Ok(all);
    }
    let what = format!("asset `{}` of item `{}` holds {} variables", request.name, found.item.id, all.len());
    let path = options.reading.path.first().map(String::as_str).unwrap_or_default();
    let example = all.first().map(String::as_str).unwrap_or_default();
    Err(Diagnostic::new(codes::MISSING_ARGUMENT, what)
        .about("assets")
        .help(format!("variables: {}", list_some(all.iter().map(String::as_str), 40)))
        .help(format!("say which: `load stac \"{}\" assets {} var {example}`", without_secrets(path), request.name)))
}

/// Opens the store of an asset with these variables, or with all that lie on its main grid.
pub(super) fn open(
    found: &CatalogItem,
    m: &Match,
    variables: &[String],
    options: &LoadStac,
    client: &Client,
) -> Result<Arc<dyn Source>> {
    let Some(store) = &m.asset.store else { return Err(of_item(&found.item, m.key)) };
    let location = place(found, m.asset, options);
    let (place, inside) = split(&location, store);
    let format = format_of(store.kind);
    let signed = client.signing.name(&location.gdal()) != location.gdal();
    let read = |group: &str, variables: &[String]| {
        let reading = &options.reading;
        let mut given = json!({"path": place, "var": variables, "on_error": reading.on_error, "at": reading.at,
            "spread": reading.spread, "sign": if signed { options.reading.sign } else { Signer::None }});
        if store.kind != StoreKind::Netcdf {
            given["group"] = group.into();
        }
        (format.discover)(&Payload::of(&given), client.cancel)
    };
    let whole = read(&inside, variables);
    let opened = match (whole, inside.rsplit_once('/')) {
        // The address may be that of an array in a group.
        (Err(e), parted) if !inside.is_empty() && e.code != codes::INTERRUPTED => {
            let (group, array) = parted.unwrap_or(("", &inside));
            read(group, &[array.to_string()]).map_err(|_| e)
        }
        (whole, _) => whole,
    };
    opened.map_err(|mut e| {
        // What another stage can be told is no way out of this one.
        if let Some(group) = e.help.iter_mut().find(|line| line.starts_with("choose a group below")) {
            let name = group.split('"').nth(1).unwrap_or_default();
            *group = format!(
                "a group of it is loaded by itself: `load zarr \"{}\" group \"{name}\"`",
                without_secrets(&place)
            );
        }
        if e.code != codes::INTERRUPTED && !e.message.contains(&found.item.id) {
            e.message = format!("{} (asset `{}` of item `{}`)", e.message, m.key, found.item.id);
        }
        e
    })
}

fn format_of(kind: StoreKind) -> &'static SourceFormat {
    match kind {
        StoreKind::Zarr => &zarr::SOURCE,
        StoreKind::Kerchunk => &zarr::REFERENCES,
        StoreKind::Netcdf => &netcdf::SOURCE,
    }
}

/// The store that an address leads into, and the group inside of it.
fn split(location: &Location, store: &Store) -> (String, String) {
    let whole = match location {
        Location::Url(url) => url.clone(),
        Location::File(path) => path.to_string_lossy().into_owned(),
    };
    let (path, query) = whole
        .find('?')
        .filter(|_| matches!(location, Location::Url(_)))
        .map_or((&whole[..], ""), |at| whole.split_at(at));
    let (path, below) = match path.find(".zarr/").filter(|_| store.kind == StoreKind::Zarr) {
        Some(at) => (&path[..at + 5], path[at + 6..].trim_matches('/')),
        None => (path, ""),
    };
    let group = store.group.as_deref().unwrap_or_default().trim_matches('/');
    let inside = [below, group].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
    (format!("{path}{query}"), inside)
}
