//! What makes Parquet GeoParquet 1.1.0 (the specification of the Open Geospatial Consortium's working group): shapes as
//! well-known binary, and what is said of them beside the rows.

use crate::cube::BBox;
use crate::geometry::crs;
use crate::table::{Cells, Column, Table};
use gdal::vector::Geometry;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The shapes of some cells. Each step of a table repeats them, so each is read once.
pub(super) fn shapes(texts: &[Option<Arc<str>>]) -> impl Iterator<Item = Option<Vec<u8>>> {
    let mut known: HashMap<&str, Option<Vec<u8>>> = HashMap::new();
    texts.iter().map(move |text| {
        let text = text.as_deref()?;
        let wkb = || Geometry::from_wkt(text).ok()?.wkb().ok();
        known.entry(text).or_insert_with(wkb).clone()
    })
}

/// The text under the key `geo`, for a table that has shapes. The first column of them is the primary one.
pub(super) fn metadata(table: &Table) -> Option<String> {
    let all: Vec<(&Column, &Cells)> =
        table.columns.iter().zip(&table.cells).filter(|(column, _)| column.geometry.is_some()).collect();
    let (primary, _) = all.first()?;
    let columns: Map<String, Value> =
        all.iter().map(|(column, cells)| (column.name.clone(), about(column, cells))).collect();
    Some(json!({ "version": "1.1.0", "primary_column": primary.name, "columns": columns }).to_string())
}

/// Kinds of shapes, the box around them, and the system of their coordinates; `null` where that is not known.
fn about(column: &Column, cells: &Cells) -> Value {
    let texts: BTreeSet<&str> = cells.texts().unwrap_or_default().iter().flatten().map(|text| &**text).collect();
    let kind = |text: &&str| match text.split_once(' ').map(|(word, _)| word) {
        Some("POINT") => "Point",
        Some("POLYGON") => "Polygon",
        _ => "MultiPolygon",
    };
    let kinds: BTreeSet<&str> = texts.iter().map(kind).collect();
    let around = |text: &&str| {
        let envelope = Geometry::from_wkt(text).ok()?.envelope();
        Some(BBox::new(envelope.MinX, envelope.MinY, envelope.MaxX, envelope.MaxY))
    };
    let bbox = texts.iter().filter_map(around).reduce(BBox::union);
    let system = column.geometry.as_ref().and_then(|geometry| geometry.crs.as_ref());
    let crs = system.and_then(|system| crs::spatial_ref(&system.wkt).ok()?.to_projjson().ok());
    let crs: Value = crs.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
    let mut about = json!({ "encoding": "WKB", "geometry_types": kinds, "crs": crs });
    if let Some(b) = bbox {
        about["bbox"] = json!([b.west, b.south, b.east, b.north]);
    }
    about
}
