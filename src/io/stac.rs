//! STAC items as a cube: what they say of themselves, one grid for all, pixels read from their files.

mod api;
mod assets;
mod choose;
mod fields;
mod grid;
mod inputs;
mod item;
mod packing;
mod point;
mod predicate;
mod read;
mod spec;
mod steps;
#[cfg(test)]
mod tests;
mod walk;

use super::{Source, SourceFormat};
use crate::cube::time::Calendar;
use crate::cube::{BBox, GeoBox, Schema, TimeAxis};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::io::remote::{Client, Location};
use crate::io::signers::Signing;
use crate::plan::{Resampling, Signer};
use item::Item;
use point::Point;
use read::Stac;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use spec::Spec;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use steps::Group;
use walk::Found;

/// Items, item collections and static catalogs, from files and http servers.
pub const FORMAT: SourceFormat = SourceFormat {
    name: "stac",
    discover: |options, cancel| {
        let options = Options::deserialize(options).map_err(|e| {
            Diagnostic::new(codes::WRONG_TYPE, "an argument of `load stac` that cannot be used").cause(e.to_string())
        })?;
        Ok(Arc::new(discover(options, cancel)?) as Arc<dyn Source>)
    },
    open: |spec, schema| Ok(Arc::new(Stac::open(spec, schema)?)),
};

/// What a user may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    path: String,
    base: Option<PathBuf>,
    assets: Vec<String>,
    collection: Option<String>,
    time: Option<TimeRange>,
    #[serde(deserialize_with = "four")]
    lonlat: Option<BBox>,
    filter: Option<Value>,
    group: Group,
    max: Option<usize>,
    skip_missing: bool,
    like: Option<GeoBox>,
    crs: Option<String>,
    #[serde(deserialize_with = "one_or_two")]
    res: Option<(f64, f64)>,
    /// West, south, east, north in the target's system.
    bounds: Option<[f64; 4]>,
    anchor: Option<Anchor>,
    #[serde(deserialize_with = "method")]
    method: Resampling,
    /// Old and new text in references to files.
    rewrite: Option<[String; 2]>,
    on_error: OnError,
    sign: Signer,
    /// The middle of the cube, instead of a grid and a box.
    point: Option<Point>,
}

/// A range of partial dates.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TimeRange {
    start: Option<String>,
    end: Option<String>,
    half_open: bool,
}

/// What lies on whole multiples of the resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Anchor {
    Edge,
    Center,
}

/// What to do with an input that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OnError {
    #[default]
    Stop,
    Skip,
}

/// From the user's words to a settled cube: items, steps, bands, grid.
fn discover(mut options: Options, cancel: &AtomicBool) -> Result<Stac> {
    if let Some(point) = &options.point {
        let (grid, around) = point.place()?;
        (options.like, options.lonlat) = (Some(grid), Some(around));
    }
    let options = &options;
    let start = Location::of(&options.path, options.base.as_deref());
    super::source::go_on(cancel)?;
    let client = Client { signing: Signing::new(options.sign, &options.path), cancel };
    let found = choose::choose(walk::walk(&start, options, &client)?, options)?;
    let (mut found, mut notes) = (found.items, found.notes);
    drop_bare(&mut found, options, &mut notes);
    let items: Vec<&Item> = found.iter().map(|f| &f.item).collect();
    let requests = assets::resolve(&items, &options.assets, options.skip_missing, &mut notes)?;
    let settled =
        options.like.is_some() || (options.crs.is_some() && options.res.is_some() && options.bounds.is_some());
    let columns = inputs::gather(&found, &requests, options, &client, !settled, &mut notes)?;
    if let Some(at) = (1..columns.len()).find(|&at| columns[..at].iter().any(|c| c.name == columns[at].name)) {
        return Err(Diagnostic::new(codes::BAND_TWICE, format!("asset `{}` is asked for twice", columns[at].name)));
    }
    let steps = steps::group(&items, options.group);
    let grid = grid::choose(&columns, options, &mut notes)?;
    let bands = columns.iter().map(|column| packing::band(column, &mut notes)).collect();
    let time = TimeAxis::of(Calendar::Standard, steps.iter().map(|s| s.time).collect());
    if time.duplicates() > 0 {
        notes.push(format!(
            "{} steps share their time with the one before; `group time` or `group solar_day` puts them together",
            time.duplicates()
        ));
    } else if steps.len() < items.len() {
        notes.push(format!(
            "{} items put together into {} steps, the first valid pixel wins",
            items.len(),
            steps.len()
        ));
    }
    let ids = items.iter().map(|i| i.id.clone()).collect();
    let spec = Spec::new(ids, &columns, &steps, &grid, options.method, options.on_error);
    let schema = Schema { properties: steps::properties(&items, &steps), notes, ..Schema::new(time, bands, grid) };
    Ok(Stac::new(title(&start, items.len(), &schema), spec, Arc::new(schema)))
}

/// The assets of the first items found from a path, and the bands in each.
pub fn contents(path: &str) -> Result<Vec<(String, String)>> {
    let cancel = AtomicBool::new(false);
    let client = Client { signing: Signing::new(Signer::None, path), cancel: &cancel };
    let found = walk::first(&Location::of(path, None), &client)?;
    let items: Vec<&Item> = found.iter().map(|f| &f.item).collect();
    let known = |name: &str| {
        let (key, asset) = items.iter().flat_map(|item| &item.assets).find(|(key, _)| key == name)?;
        let bands = asset.bands.iter().filter_map(|b| b.common_name.as_deref().or(b.name.as_deref()));
        let bands: Vec<&str> = bands.filter(|band| band != key).collect();
        Some(if bands.is_empty() { asset.media_type.clone().unwrap_or_default() } else { bands.join(", ") })
    };
    let names = assets::names(&items).into_iter();
    Ok(names.map(|name| (name.to_string(), known(name).unwrap_or_else(|| "a band".into()))).collect())
}

/// Leaves out items that have none of the assets, where lacking one is allowed.
fn drop_bare(found: &mut Vec<Found>, options: &Options, notes: &mut Vec<String>) {
    let has = |f: &Found| options.assets.iter().any(|name| assets::find(&f.item, name).is_some());
    let n_with = found.iter().filter(|f| has(f)).count();
    // Where none has any the names are wrong, which is for `resolve` to say.
    if options.skip_missing && 0 < n_with && n_with < found.len() {
        notes.push(format!("{} items with none of the assets were left out", found.len() - n_with));
        found.retain(has);
    }
}

fn title(start: &Location, n_items: usize, schema: &Schema) -> String {
    let shown = start.shown();
    let name = shown.rsplit('/').next().unwrap_or(&shown);
    let items = if n_items == 1 { "1 item".to_string() } else { format!("{n_items} items") };
    format!("stac {name}, {items}: {}", diagnostic::list_some(schema.band_names(), 6).replace('`', ""))
}

fn method<'de, D: Deserializer<'de>>(from: D) -> Result<Resampling, D::Error> {
    let name = String::deserialize(from)?;
    let known = Resampling::NAMES.iter().find(|(known, _)| *known == name);
    known.map(|(_, method)| *method).ok_or_else(|| serde::de::Error::custom(format!("unknown method `{name}`")))
}

fn four<'de, D: Deserializer<'de>>(from: D) -> Result<Option<BBox>, D::Error> {
    Ok(Option::<[f64; 4]>::deserialize(from)?.map(|[w, s, e, n]| BBox::new(w, s, e, n)))
}

fn one_or_two<'de, D: Deserializer<'de>>(from: D) -> Result<Option<(f64, f64)>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Res {
        One(f64),
        Two(f64, f64),
    }
    Ok(Option::<Res>::deserialize(from)?.map(|res| match res {
        Res::One(both) => (both, both),
        Res::Two(x, y) => (x, y),
    }))
}
