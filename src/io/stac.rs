//! STAC items as a cube: what they say of themselves, one grid for all, pixels read from their files.

mod api;
mod assets;
mod choose;
mod endless;
mod fields;
mod geoparquet;
mod grid;
mod heads;
mod inputs;
mod item;
mod items;
mod packing;
mod point;
mod read;
pub(crate) mod scenes;
mod spec;
mod steps;
mod store;
mod stores;
#[cfg(test)]
mod tests;
mod walk;

use super::reading::{self, Reading};
use super::{Source, SourceFormat};
use crate::cube::time::Calendar;
use crate::cube::{BBox, GeoBox, Schema};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::expr::Expr;
use crate::io::documents::Client;
use crate::io::remote::Location;
use crate::io::signers::Signing;
use crate::plan::{DateRange, Resampling, Signer};
use crate::signature::{Example, Param, Shape, Signature};
use item::Item;
pub(crate) use items::TABLE as ITEMS;
pub(crate) use point::FORMAT as POINT;
use point::LoadPoint;
use read::Stac;
use serde::{Deserialize, Deserializer};
use spec::Spec;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use steps::Group;
use walk::CatalogItem;

/// Items, item collections, tables of items and static catalogs, from files and servers.
pub(crate) const FORMAT: SourceFormat = SourceFormat {
    name: "stac",
    extensions: &[],
    stage: Some(&LOAD),
    discover: |options, cancel| Ok(Arc::new(discover(reading::read(options)?, cancel)?) as Arc<dyn Source>),
    open: |spec, schema| Ok(Arc::new(Stac::open(spec, schema)?)),
    contents,
};

// What a load of items has in common with one around a point.
const COLLECTION: Param = Param::named("collection", Shape::Text, "The collection; a search of an API needs one.");
const ASSETS: Param = Param::named("assets", Shape::Names, "The assets that become bands, by key or by band name.");
const VAR: Param = Param::named(
    "var",
    Shape::Names,
    "The variables of assets that are Zarr stores or NetCDF files, where these hold several.",
);
const TIME: Param = Param::named("time", Shape::Interval, "Items of these dates.");
const FILTER: Param = Param::named("filter", Shape::Filter, "Items whose properties fit: `filter (cloud_cover < 60)`.");
const GROUP: Param = Param::named(
    "group",
    Shape::Choice(&["none", "time", "solar_day"]),
    "Items of one time or one solar day become one step.",
);
const MAX: Param = Param::named("max", Shape::Integer, "At most so many items.");
const LIKE: Param = Param::named("like", Shape::CubeOrPath, "The grid of another cube.");
const RES: Param = Param::named("res", Shape::Length, "Pixel size; the finest there is unless given.");
const BOUNDS: Param = Param::named("bounds", Shape::BBox, "Bounds of the grid in its system.");
const ANCHOR: Param =
    Param::named("anchor", Shape::Choice(&["edge", "center"]), "What lies on multiples of the pixel size.");
const METHOD: Param =
    Param::named("method", Shape::Choice(Resampling::WORDS), "How items on other grids are resampled.");
const OVERVIEWS: Param = Param::flag(
    "overviews",
    "Take the overviews of files where pixels become larger: fast, and as right as these were made.",
);
const PATH: Param = Param::required(
    "path",
    Shape::Path,
    "Items, a FeatureCollection, a static catalog, NDJSON, STAC-GeoParquet or an API to search; a file or an address.",
);
const SKIP_MISSING: Param = Param::named(
    "skip_missing",
    Shape::MaybeChoice(&["pixels", "items"]),
    "Items without one of the assets leave its pixels missing; `skip_missing items` leaves such items out.",
);
const REWRITE: Param =
    Param::named("rewrite", Shape::Names, "Two texts: the first is replaced by the second in addresses.");

const LOAD: Signature = Signature {
    name: "load stac",
    summary: "Load assets of STAC items, brought onto one grid.",
    params: &[
        PATH,
        COLLECTION,
        ASSETS,
        VAR,
        Param { help: "Of such an asset, the coordinate of a further dimension: `at level 500`.", ..reading::AT },
        Param {
            help: "Of such an asset, further dimensions along which each coordinate becomes a band.",
            ..reading::SPREAD
        },
        TIME,
        Param::named("lonlat", Shape::BBox, "Items that touch this box in degrees; the grid is cut to it."),
        FILTER,
        GROUP,
        MAX,
        LIKE,
        Param { help: "Reference system of the grid; that of most items unless given.", ..reading::CRS },
        RES,
        BOUNDS,
        ANCHOR,
        METHOD,
        OVERVIEWS,
        SKIP_MISSING,
        REWRITE,
        reading::ON_ERROR,
        reading::SIGN,
    ],
    seek: &["items", "catalog", "sentinel", "landsat", "collection"],
    examples: &[
        Example {
            title: "Two bands of the clearer items",
            script: "load stac \"items.json\" assets [red nir] filter (cloud_cover < 60) lonlat 5 45 6 46 | schema",
            output: "",
        },
        Example {
            title: "Years of a climate model, each item a Zarr store or a NetCDF file with steps of its own",
            script: "load stac \"cmip6.json\" assets data var tas time 2020..2030 filter (experiment_id == \"ssp245\") | schema",
            output: "",
        },
        Example {
            title: "A search of an API, its files opened by signed requests",
            script: "load stac \"https://planetarycomputer.microsoft.com/api/stac/v1\" collection sentinel-2-l2a assets [B04 B08] time 2023-06 lonlat 11 46 11.1 46.1 max 10 sign pc | schema",
            output: "",
        },
    ],
};

/// What `load stac` and `load point` can be told.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LoadStac {
    /// Its reference system is that of the grid.
    reading: Reading,
    assets: Vec<String>,
    var: Vec<String>,
    collection: Option<String>,
    time: Option<DateRange>,
    #[serde(deserialize_with = "four")]
    lonlat: Option<BBox>,
    filter: Option<Expr>,
    group: Group,
    max: Option<usize>,
    skip_missing: Option<SkipMissing>,
    like: Option<GeoBox>,
    res: Option<f64>,
    /// West, south, east, north in the target's system.
    bounds: Option<[f64; 4]>,
    anchor: Option<Anchor>,
    method: Resampling,
    overviews: bool,
    /// Old and new text in references to files.
    rewrite: Option<[String; 2]>,
    /// The middle of the cube, instead of a grid and a box.
    point: Option<LoadPoint>,
}

impl LoadStac {
    /// Whether the grid is left to the items.
    fn asks_for_no_grid(&self) -> bool {
        let place = self.lonlat.is_none() && self.bounds.is_none() && self.anchor.is_none();
        place && self.like.is_none() && self.res.is_none() && self.reading.crs.is_none()
    }

    /// Whether the grid is known without a look at the files.
    fn is_grid_settled(&self) -> bool {
        self.like.is_some() || (self.reading.crs.is_some() && self.res.is_some() && self.bounds.is_some())
    }
}

/// What an item that lacks one of the assets costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SkipMissing {
    /// The pixels of that asset.
    Pixels,
    /// The item.
    Items,
}

/// What lies on whole multiples of the resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Anchor {
    Edge,
    Center,
}

/// From the user's words to a settled cube: items, steps, bands, grid.
fn discover(mut options: LoadStac, cancel: &AtomicBool) -> Result<Stac> {
    if let Some(given) = &options.point {
        let (grid, around) = given.point()?.place()?;
        (options.like, options.lonlat) = (Some(grid), Some(around));
        options.reading.path = vec![given.from().into()];
    }
    let options = &options;
    check(options)?;
    let reading = &options.reading;
    let path = reading.one_path("stac", "items.json")?;
    let start = Location::of(path, reading.base.as_deref());
    super::source::go_on(cancel)?;
    let client = Client { signing: Signing::new(reading.sign, path), cancel };
    let found = choose::choose(walk::walk(&start, options, &client)?, options)?;
    let (mut found, mut notes) = (found.items, found.notes);
    drop_lacking(&mut found, options, &mut notes)?;
    let n_items = found.len();
    let items: Vec<&Item> = found.iter().map(|f| &f.item).collect();
    let requests = assets::resolve(&items, &options.assets, options.skip_missing.is_some(), &mut notes)?;
    let (mut stores, mut calendar) = (Vec::new(), Calendar::Standard);
    let columns = if stores::are_asked(&requests, options)? {
        let gathered = stores::gather(&found, &requests, options, &client, &mut notes)?;
        (found, stores, calendar) = (gathered.found, gathered.stores, gathered.calendar);
        gathered.columns
    } else {
        inputs::gather(&found, &requests, options, &client, !options.is_grid_settled(), &mut notes)?
    };
    let items: Vec<&Item> = found.iter().map(|f| &f.item).collect();
    if let Some(at) = (1..columns.len()).find(|&at| columns[..at].iter().any(|c| c.name == columns[at].name)) {
        return Err(Diagnostic::new(codes::BAND_TWICE, format!("asset `{}` is asked for twice", columns[at].name)));
    }
    let steps = steps::group(&items, options.group);
    let grid = grid::choose(&columns, options, &mut notes)?;
    let bands = columns.iter().map(|column| packing::band(column, &stores, &mut notes)).collect();
    let time = steps::axis(&items, &steps, calendar);
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
    let mut spec =
        Spec::new(ids, &columns, &steps, &grid, options.method, reading.on_error).with_stores(&stores, &grid);
    spec.overviews = options.overviews;
    if options.overviews {
        notes.push("overviews are read instead of files where they are no coarser than the cube".into());
    }
    let schema = Schema { properties: steps::properties(&items, &steps), notes, ..Schema::new(time, bands, grid) };
    Ok(Stac::new(title(&start, n_items, &schema), spec, Arc::new(schema), stores))
}

/// Refuses what cannot be meant.
fn check(options: &LoadStac) -> Result<()> {
    let given = [
        ("crs", options.reading.crs.is_some()),
        ("res", options.res.is_some()),
        ("bounds", options.bounds.is_some()),
        ("anchor", options.anchor.is_some()),
    ];
    if let Some((other, _)) =
        given.iter().find(|(_, given)| *given && options.like.is_some() && options.point.is_none())
    {
        return Err(Diagnostic::new(
            codes::UNFIT_ARGUMENTS,
            format!("`like` gives the whole grid; `{other}` cannot change it"),
        )
        .about(other)
        .help(format!("leave `{other}` out, or `like`")));
    }
    if let Some(place) = options.lonlat {
        let degrees = place.west.abs() <= 360.0
            && place.east.abs() <= 360.0
            && place.south.abs() <= 90.0
            && place.north.abs() <= 90.0;
        let wrong = match degrees {
            false => "is not in degrees",
            true if place.south > place.north => "has its south above its north",
            true => return Ok(()),
        };
        return Err(Diagnostic::new(codes::OUT_OF_RANGE, format!("the box {place} {wrong}"))
            .about("lonlat")
            .help("`lonlat` takes west south east north in degrees; `bounds` takes them in the units of `crs`"));
    }
    Ok(())
}

/// The assets of the first items found from a path, and the bands in each.
fn contents(path: &str) -> Result<Vec<(String, String)>> {
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

/// Leaves out items that have none of the assets, or not all of them, where lacking one is allowed.
fn drop_lacking(found: &mut Vec<CatalogItem>, options: &LoadStac, notes: &mut Vec<String>) -> Result<()> {
    let Some(skip) = options.skip_missing else { return Ok(()) };
    let items: Vec<&Item> = found.iter().map(|f| &f.item).collect();
    let wanted = assets::wanted(&items, &options.assets)?;
    let lacks = |item: &Item, name: &String| assets::find(item, name).is_none();
    // Where no item has an asset its name is wrong, which is for `resolve` to say.
    if wanted.iter().any(|name| items.iter().all(|item| lacks(item, name))) {
        return Ok(());
    }
    let (what, keeps): (&str, Vec<bool>) = match skip {
        SkipMissing::Pixels => {
            ("none", items.iter().map(|item| !wanted.iter().all(|name| lacks(item, name))).collect())
        }
        SkipMissing::Items => {
            ("not all", items.iter().map(|item| !wanted.iter().any(|name| lacks(item, name))).collect())
        }
    };
    let left = keeps.iter().filter(|kept| **kept).count();
    if left == 0 {
        let holders = |name: &String| items.iter().filter(|item| !lacks(item, name)).count();
        let held: Vec<String> = wanted.iter().map(|name| format!("{} have `{name}`", holders(name))).collect();
        return Err(Diagnostic::new(codes::EMPTY_SELECTION, "no item has all of the assets")
            .about("skip_missing")
            .help(format!("of {} items {}", items.len(), held.join(", ")))
            .help("`skip_missing` alone leaves the pixels of those missing"));
    }
    if left < items.len() {
        notes.push(format!("{} items with {what} of the assets were left out", items.len() - left));
        let mut keeps = keeps.into_iter();
        found.retain(|_| keeps.next().unwrap_or(true));
    }
    Ok(())
}

fn title(start: &Location, n_items: usize, schema: &Schema) -> String {
    let shown = start.shown();
    let name = shown.rsplit('/').next().unwrap_or(&shown);
    let items = if n_items == 1 { "1 item".to_string() } else { format!("{n_items} items") };
    format!("stac {name}, {items}: {}", diagnostic::list_some(schema.band_names(), 6).replace('`', ""))
}

fn four<'de, D: Deserializer<'de>>(from: D) -> Result<Option<BBox>, D::Error> {
    Ok(Option::<[f64; 4]>::deserialize(from)?.map(|[w, s, e, n]| BBox::new(w, s, e, n)))
}
