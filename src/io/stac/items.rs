//! `items`: what a catalog says of its items and their assets, as a table.

use super::steps::degrees;
use super::walk::CatalogItem;
use super::{COLLECTION, FILTER, LoadStac, MAX, PATH, TIME, check, choose, walk};
use crate::cube::BBox;
use crate::diagnostic::Result;
use crate::io::documents::Client;
use crate::io::reading;
use crate::io::remote::Location;
use crate::io::signers::Signing;
use crate::io::source::{TableSourceFormat, go_on};
use crate::signature::{Example, Param, Shape, Signature};
use crate::table::{Cells, Column, KnownTable, Table, cells_of};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The rows of a catalog: items and their assets, without opening one.
pub(crate) const TABLE: TableSourceFormat =
    TableSourceFormat { name: "items", stage: &ITEMS, read: |options, cancel| read(&reading::read(options)?, cancel) };

const ITEMS: Signature = Signature {
    name: "items",
    summary: "List STAC items as a table: a row for each item and asset, with a column for each property. No asset is opened.",
    params: &[
        PATH,
        COLLECTION,
        TIME,
        Param::named("lonlat", Shape::BBox, "Items that touch this box in degrees."),
        FILTER,
        MAX,
        reading::ON_ERROR,
        reading::SIGN,
    ],
    seek: &["stac", "catalog", "search", "footprints", "assets", "collection"],
    examples: &[
        Example { title: "What a catalog holds", script: "items \"items.json\" | head 20", output: "" },
        Example {
            title: "The clear scenes of a month, saved",
            script: "items \"items.json\" time 2023-06 filter (cloud_cover < 20) | save parquet \"clear.parquet\"",
            output: "",
        },
    ],
};

fn read(options: &LoadStac, cancel: &AtomicBool) -> Result<KnownTable> {
    check(options)?;
    let path = options.reading.one_path("items", "items.json")?;
    let start = Location::of(path, options.reading.base.as_deref());
    go_on(cancel)?;
    let client = Client { signing: Signing::new(options.reading.sign, path), cancel };
    let found = choose::choose(walk::walk(&start, options, &client)?, options)?;
    let items = if found.items.len() == 1 { "1 item".into() } else { format!("{} items", found.items.len()) };
    let title = format!("{items} of {}", start.shown());
    Ok(KnownTable { table: Arc::new(table(&found.items)), title, notes: found.notes })
}

/// Items in their order, and the assets of each in its own; an item without assets has a row without one.
fn table(found: &[CatalogItem]) -> Table {
    let rows: Vec<(&CatalogItem, Option<usize>)> = found
        .iter()
        .flat_map(|f| match f.item.assets.len() {
            0 => vec![(f, None)],
            n => (0..n).map(|at| (f, Some(at))).collect(),
        })
        .collect();
    let text = |get: &dyn Fn(&(&CatalogItem, Option<usize>)) -> Option<String>| {
        Cells::Text(rows.iter().map(|row| get(row).map(Into::into)).collect())
    };
    let asset = |(f, at): &(&CatalogItem, Option<usize>)| at.map(|at| f.item.assets[at].clone());
    let list = |numbers: [usize; 2]| format!("[{},{}]", numbers[0], numbers[1]);
    let mut columns: Vec<(String, Cells)> = vec![
        ("id".into(), text(&|(f, _)| Some(f.item.id.clone()))),
        ("collection".into(), text(&|(f, _)| f.item.collection.clone())),
        ("datetime".into(), Cells::Time(rows.iter().map(|(f, _)| Some(f.item.time)).collect())),
        ("bbox".into(), text(&|(f, _)| f.item.bbox.map(|b: BBox| degrees(b).to_string()))),
        ("asset".into(), text(&|row| asset(row).map(|(key, _)| key))),
        ("type".into(), text(&|row| asset(row)?.1.media_type)),
        ("roles".into(), text(&|row| asset(row).map(|(_, asset)| asset.roles.join(" ")).filter(|r| !r.is_empty()))),
        ("system".into(), text(&|row| asset(row)?.1.proj.crs)),
        ("shape".into(), text(&|row| asset(row)?.1.proj.shape.map(list))),
        (
            "href".into(),
            text(&|row| asset(row).map(|(_, asset)| row.0.locate(&asset.href).shown().replace("/./", "/"))),
        ),
    ];
    let properties = found.iter().flat_map(|f| &f.item.properties);
    // What an item is and when stands in columns of its own; filters know these names as properties, too.
    let stated = properties
        .filter(|(name, value)| !value.is_null() && !["id", "collection", "datetime"].contains(&name.as_str()));
    let names: BTreeSet<&String> = stated.map(|(name, _)| name).collect();
    for name in names {
        let value = |f: &CatalogItem| f.item.properties.get(name).cloned().unwrap_or(Value::Null);
        let values: Vec<Value> = rows.iter().map(|(f, _)| value(f)).collect();
        let taken = columns.iter().any(|(own, _)| own == name);
        columns.push((if taken { format!("property_{name}") } else { name.clone() }, cells_of(&values)));
    }
    let (heads, cells) = columns.into_iter().map(|(name, cells)| (Column::new(name, cells.kind()), cells)).unzip();
    Table::new(heads, cells)
}
