//! Items in a Parquet file, as STAC-GeoParquet lays them out: a row each, their properties beside the rest of them.
//!
//! Of a file its tail is read, which says where columns lie and what they hold, and then the columns that are needed of
//! those groups of rows that may hold what is asked for. A row is made into the JSON it came from, so that an item is the
//! same whichever of the two it is read from.

mod bytes;
mod groups;
mod rows;
mod wkb;

use super::LoadStac;
use super::choose::Filters;
use super::fields::bad;
use super::item::Item;
use super::walk::{CatalogItem, Walk};
use crate::diagnostic::{Diagnostic, Result, codes, list_some};
use crate::io::documents::Client;
use crate::io::reading::OnError;
use crate::io::remote::Location;
use crate::io::source::go_on;
use bytes::{Held, Shared};
use groups::Groups;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use rows::Rows;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Whether a place is a Parquet file, by its name or, on disk, by its first bytes.
pub(super) fn is_one(location: &Location) -> bool {
    let name = match location {
        Location::Url(url) => url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase(),
        Location::File(path) => {
            let mut magic = [0; 4];
            let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut magic));
            if read.is_ok() && &magic == b"PAR1" {
                return true;
            }
            path.to_string_lossy().to_ascii_lowercase()
        }
    };
    [".parquet", ".geoparquet", ".parq", ".pq"].iter().any(|end| name.ends_with(end))
}

/// The items of a file that may be wanted: what it says of groups of rows leaves some out, the rest is for others to judge.
pub(super) fn read(location: &Location, options: &LoadStac, client: &Client) -> Result<Walk> {
    let shown = location.shown();
    let name = client.signing.name(&location.gdal());
    let held = Arc::new(Held::open(&name, &shown)?);
    let damaged = |e: ParquetError| held.failure().unwrap_or_else(|| unreadable(&shown, &e));
    let reader = SerializedFileReader::new(Shared(held.clone())).map_err(damaged)?;
    let columns = reader.metadata().file_metadata().schema_descr_ptr();
    let place = format!("`{shown}`");
    for needed in ["id", "assets"] {
        let names = || columns.root_schema().get_fields().iter().map(|field| field.name());
        if !names().any(|name| name == needed) {
            return Err(bad(&place, needed, "is missing: it is a Parquet file, but no row of it is an item")
                .help(format!("columns: {}", list_some(names(), 40))));
        }
    }
    let filters = Filters::of(options)?;
    let wanted = Groups::choose(reader.metadata(), &filters)?;
    let rows = Rows::of(columns.root_schema(), &options.assets);
    let parts = |group: usize| -> Vec<Range<u64>> {
        let columns = reader.metadata().row_group(group).columns().iter();
        let needed = columns.filter(|column| rows.reads(column.column_path().parts()));
        needed.map(|column| column.byte_range()).map(|(start, length)| start..start + length).collect()
    };
    let document = Arc::new(location.clone());
    let mut walk = Walk::default();
    for (nth, &group) in wanted.iter().enumerate() {
        go_on(client.cancel)?;
        held.take(&parts(group))?;
        if let Some(next) = wanted.get(nth + 1) {
            held.want(&parts(*next));
        }
        // Decoding trusts that a file is as it says; one that is not may stop it in the middle.
        let read = catch_unwind(AssertUnwindSafe(|| -> Result<_, ParquetError> {
            let group = reader.get_row_group(group)?;
            RowIter::from_row_group(Some(rows.schema.clone()), &*group)?.collect::<Result<Vec<_>, _>>()
        }));
        let read = match read {
            Ok(read) => read.map_err(damaged)?,
            Err(_) => return Err(damaged(ParquetError::General("its columns contradict one another".into()))),
        };
        for row in read {
            match Item::parse(&rows.item(row), &shown) {
                Ok(item) => walk.items.push(CatalogItem { item, document: document.clone(), alone: false }),
                Err(e) if options.reading.on_error == OnError::Skip => {
                    walk.notes.push(format!("an item was passed over: {}", e.message));
                }
                Err(e) => return Err(e),
            }
        }
    }
    Ok(walk)
}

fn unreadable(shown: &str, e: &ParquetError) -> Box<Diagnostic> {
    let what = format!("`{shown}` is no Parquet file that can be read");
    let told = Diagnostic::new(codes::DAMAGED, what).cause(e.to_string());
    // The library was built without it.
    let lacks_codec = e.to_string().contains("Disabled feature");
    told.help_if(
        lacks_codec.then(|| "it is compressed in a way that is not read: zstd, snappy, gzip or none is".to_string()),
    )
}
