//! From a path or an address to all the items that can be reached from there.

use super::endless::PageCount;
use super::fields::bad;
use super::heads::Heads;
use super::item::Item;
use super::{LoadStac, api, geoparquet};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::documents::Client;
use crate::io::reading::OnError;
use crate::io::remote::address::percent_decoded;
use crate::io::remote::{Location, http};
use crate::io::source::go_on;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// An item and the document it was found in.
#[derive(Clone, Debug)]
pub(super) struct CatalogItem {
    pub item: Item,
    pub document: Arc<Location>,
    /// Whether the document is the item itself and not a list that was saved from somewhere.
    pub alone: bool,
}

impl CatalogItem {
    /// Where a file of the item lies.
    ///
    /// References in a document of its own are relative to it. A list may have been saved from a server; then they are
    /// relative to the item's `self` link, unless the files lie beside the list.
    pub(super) fn locate(&self, href: &str) -> Location {
        let here = match self.document.join(href) {
            // Some write blanks in the names of local files as addresses have them.
            Location::File(path) if href.contains('%') && !path.exists() => {
                let decoded = self.document.join(&percent_decoded(href));
                if matches!(&decoded, Location::File(path) if path.exists()) { decoded } else { Location::File(path) }
            }
            here => here,
        };
        let Some(own) = self.item.self_href.as_deref().map(|s| Location::of(s, None)) else { return here };
        let saved = match &*self.document {
            Location::File(_) => matches!(&here, Location::File(path) if !path.exists()),
            Location::Url(_) => !self.alone,
        };
        if saved && matches!(own, Location::Url(_)) { own.join(href) } else { here }
    }
}

/// What a walk brought home.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Sorted by time, then id.
    pub items: Vec<CatalogItem>,
    pub notes: Vec<String>,
}

/// A document as JSON: one value, or one a line.
pub(super) struct Document {
    values: Vec<Value>,
    location: Location,
}

/// What one document holds.
#[derive(Default)]
pub(super) struct Page {
    pub items: Vec<CatalogItem>,
    links: Vec<Location>,
    pub notes: Vec<String>,
}

/// All items that can be reached from `start`: by a search where it leads into an API, else page by page, else through
/// its `item` and `child` links.
pub(super) fn walk(start: &Location, options: &LoadStac, client: &Client) -> Result<Walk> {
    let mut walk = match geoparquet::is_one(start) {
        true => geoparquet::read(start, options, client)?,
        false => documents(start, options, client)?,
    };
    if walk.items.is_empty() {
        return Err(Diagnostic::new(codes::NOT_FOUND, format!("`{}` holds no items", start.shown()))
            .help("a static catalog is read through its `item` and `child` links, an API from its landing page"));
    }
    walk.items.sort_by(|a, b| (a.item.time, &a.item.id).cmp(&(b.item.time, &b.item.id)));
    let before = walk.items.len();
    walk.items.dedup_by(|b, a| {
        (a.item.time, &a.item.id, &a.item.collection) == (b.item.time, &b.item.id, &b.item.collection)
    });
    if walk.items.len() < before {
        walk.notes.push(format!("{} items were listed twice", before - walk.items.len()));
    }
    Ok(walk)
}

/// The same of documents, in the order in which they are read.
fn documents(start: &Location, options: &LoadStac, client: &Client) -> Result<Walk> {
    let read = |location: &Location| Document::parse(&client.text(location)?, location);
    let above = match api::above_search(start) {
        Some(root) => read(&root).ok().filter(|document| document.entrance().is_some()),
        None => None,
    };
    let first = match above {
        Some(found) => found,
        None => read(start)?,
    };
    let location = first.location.clone();
    let mut walk = Walk::default();
    if let Some(entrance) = first.entrance() {
        walk = api::search(entrance, &location, options, client)?;
    } else if first.next().is_some() && matches!(location, Location::Url(_)) {
        walk = api::pages(first, options, client)?;
    } else {
        if first.next().is_some() {
            walk.notes.push(format!("`{}` has a next page, which was not followed", location.shown()));
        }
        let page = first.page(options.reading.on_error)?;
        walk.items.extend(page.items);
        walk.notes.splice(0..0, page.notes);
        follow(page.links, &location, options, client, &mut walk)?;
    }
    Ok(walk)
}

/// Documents that are opened to find out what a catalog is about.
const LOOK: usize = 20;

/// The items of the first document that has some, links followed in their order.
pub(super) fn first(start: &Location, client: &Client) -> Result<Vec<CatalogItem>> {
    if geoparquet::is_one(start) {
        return Ok(geoparquet::read(start, &LoadStac::default(), client)?.items);
    }
    let mut frontier = vec![start.clone()];
    for _ in 0..LOOK {
        let Some(location) = frontier.pop() else { break };
        let page = Document::parse(&client.text(&location)?, &location)?.page(OnError::Skip)?;
        if !page.items.is_empty() {
            return Ok(page.items);
        }
        frontier.extend(page.links.into_iter().rev());
    }
    Ok(Vec::new())
}

/// Reads what the links of a catalog lead to, and so on, each document once.
fn follow(links: Vec<Location>, start: &Location, options: &LoadStac, client: &Client, walk: &mut Walk) -> Result<()> {
    let mut seen: HashSet<Location> = HashSet::from([start.clone()]);
    let mut frontier: Vec<Location> = links.into_iter().filter(|l| seen.insert(l.clone())).collect();
    let mut levels = PageCount::new(start.shown());
    let mut heads = Heads::new(options, client)?;
    while !frontier.is_empty() {
        levels.go_on(walk.items.len())?;
        let remote = frontier.len() > 1 && frontier.iter().any(|l| matches!(l, Location::Url(_)));
        let read = |location: &Location| {
            go_on(client.cancel)?;
            Document::parse(&client.text(location)?, location)?.page(options.reading.on_error)
        };
        let known = walk.items.len();
        let pages: Vec<Result<Page>> = http::waiting(remote, || frontier.par_iter().map(read).collect());
        let mut next = Vec::new();
        for (location, page) in frontier.iter().zip(pages) {
            let page = match page {
                Err(e) if options.reading.on_error == OnError::Skip && e.code != codes::INTERRUPTED => {
                    let why = e.cause_text().unwrap_or(&e.message);
                    walk.notes.push(format!("`{}` was passed over: {why}", location.shown()));
                    continue;
                }
                page => page?,
            };
            walk.items.extend(page.items);
            walk.notes.extend(page.notes);
            next.extend(page.links.into_iter().filter(|l| seen.insert(l.clone())));
        }
        levels.add(&walk.items[known..]);
        heads.want(&walk.items[known..]);
        frontier = next;
    }
    Ok(())
}

/// A document that is one JSON value.
pub(super) fn json(text: &str, location: &Location) -> Result<Value> {
    serde_json::from_str(text).map_err(|e| not_json(location, &e))
}

fn not_json(location: &Location, e: &serde_json::Error) -> Box<Diagnostic> {
    Diagnostic::new(codes::BAD_STAC, format!("malformed STAC: `{}` is not JSON", location.shown())).cause(e.to_string())
}

impl Document {
    pub(super) fn parse(text: &str, location: &Location) -> Result<Document> {
        let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text).into_iter::<Value>().collect();
        let values = values.map_err(|e| not_json(location, &e))?;
        if values.is_empty() {
            let what = format!("malformed STAC: `{}` is empty", location.shown());
            return Err(Diagnostic::new(codes::BAD_STAC, what));
        }
        Ok(Document { values, location: location.clone() })
    }

    /// The document itself, where it leads into an API.
    pub(super) fn entrance(&self) -> Option<&Value> {
        self.values.iter().find(|value| api::is_entrance(value, &self.location))
    }

    /// The link to the next page of a list.
    pub(super) fn next(&self) -> Option<&Value> {
        let links = self.values.iter().rev().filter_map(|value| value.get("links")?.as_array());
        links.flatten().find(|link| link.get("rel").and_then(Value::as_str) == Some("next"))
    }

    /// How many items the document holds, and how many the whole list it is a page of, where it says so.
    pub(super) fn counts(&self) -> Option<(usize, usize)> {
        let [page] = &self.values[..] else { return None };
        let matched = page.get("numberMatched").or_else(|| page.get("context")?.get("matched"))?.as_u64()?;
        Some((page.get("features")?.as_array()?.len(), usize::try_from(matched).ok()?))
    }

    pub(super) fn location(&self) -> &Location {
        &self.location
    }

    /// Its items and the documents it leads to.
    pub(super) fn page(&self, on_error: OnError) -> Result<Page> {
        let shown = self.location.shown();
        let document = Arc::new(self.location.clone());
        let mut page = Page::default();
        for value in &self.values {
            let mut add = |value: &Value, alone: bool| match Item::parse(value, &shown) {
                Ok(item) => {
                    page.items.push(CatalogItem { item, document: document.clone(), alone });
                    Ok(())
                }
                Err(e) if on_error == OnError::Skip => {
                    page.notes.push(format!("an item was passed over: {}", e.message));
                    Ok(())
                }
                Err(e) => Err(e),
            };
            let place = format!("`{shown}`");
            let items = match value {
                Value::Array(items) => items,
                Value::Object(object) => match (object.get("type").and_then(Value::as_str), object.get("features")) {
                    (_, Some(Value::Array(features))) => features,
                    (_, Some(_)) => return Err(bad(&place, "features", "is not a list")),
                    (Some("Feature"), None) => {
                        add(value, true)?;
                        continue;
                    }
                    // Before 1.0 a catalog had no type.
                    (Some("Catalog" | "Collection"), None) | (None, None) if object.contains_key("links") => {
                        page.links.extend(links(value, &self.location, &["item", "child"]));
                        continue;
                    }
                    (Some("Catalog" | "Collection" | "FeatureCollection"), None) => {
                        let field = if object["type"] == "FeatureCollection" { "features" } else { "links" };
                        return Err(bad(&place, field, "is missing"));
                    }
                    (Some(other), None) => {
                        return Err(bad(&place, "type", &format!("is `{other}`, which no STAC document has")));
                    }
                    (None, None) => return Err(bad(&place, "type", "is missing")),
                },
                _ => return Err(bad(&place, "type", "is missing: it is not a JSON object")),
            };
            for item in items {
                add(item, false)?;
            }
        }
        Ok(page)
    }
}

fn links(value: &Value, location: &Location, rels: &[&str]) -> Vec<Location> {
    let links = value.get("links").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    links
        .iter()
        .filter(|l| l.get("rel").and_then(Value::as_str).is_some_and(|rel| rels.contains(&rel)))
        .filter_map(|l| l.get("href").and_then(Value::as_str))
        .map(|href| location.join(href))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn item(id: &str, more: &str) -> String {
        format!(
            r#"{{"type":"Feature","id":"{id}","properties":{{"datetime":"2021-06-0{id}T00:00:00Z"}},"assets":{{}}{more}}}"#
        )
    }

    fn ids(text: &str) -> Result<Vec<String>> {
        let page = Document::parse(text, &Location::of("x.json", None))?.page(OnError::Stop)?;
        Ok(page.items.into_iter().map(|f| f.item.id).collect())
    }

    #[test]
    fn every_kind_of_document() {
        let (a, b) = (item("1", ""), item("2", ""));
        assert_eq!(ids(&a).unwrap(), ["1"]);
        assert_eq!(ids(&format!("[{a},{b}]")).unwrap(), ["1", "2"]);
        assert_eq!(ids(&format!(r#"{{"type":"FeatureCollection","features":[{a},{b}]}}"#)).unwrap(), ["1", "2"]);
        assert_eq!(ids(&format!("{a}\n{b}\n\n")).unwrap(), ["1", "2"]);
        let wrong = [
            ("", "malformed STAC: `x.json` is empty"),
            ("{", "malformed STAC: `x.json` is not JSON"),
            ("3", "malformed STAC: `type` of `x.json` is missing: it is not a JSON object"),
            (r#"{"type":"Point"}"#, "malformed STAC: `type` of `x.json` is `Point`, which no STAC document has"),
            (r#"{"type":"Catalog"}"#, "malformed STAC: `links` of `x.json` is missing"),
            (r#"[{"properties":{}}]"#, "malformed STAC: `id` of an item of `x.json` is missing"),
            (r#"[{"id":"a"}]"#, "malformed STAC: `properties` of item `a` is missing"),
            (r#"[{"id":"a","properties":{}}]"#, "malformed STAC: `assets` of item `a` is missing"),
            (r#"[{"id":"a","properties":{},"assets":{}}]"#, "malformed STAC: `datetime` of item `a` is missing"),
            (
                r#"[{"id":"a","properties":{"datetime":"yesterday"},"assets":{}}]"#,
                "malformed STAC: `datetime` of item `a` is no date: `yesterday`",
            ),
            (
                r#"[{"id":"a","properties":{"datetime":"2021-01-01"},"assets":{"B1":{}}}]"#,
                "malformed STAC: `href` of item `a`, asset `B1` is missing",
            ),
        ];
        for (text, message) in wrong {
            let e = ids(text).unwrap_err();
            assert_eq!((e.code, e.message.as_str()), (codes::BAD_STAC, message));
        }
    }

    #[test]
    fn references_of_saved_lists_follow_the_self_link() {
        let link = r#","links":[{"rel":"self","href":"https://h/items/1.json"}]"#;
        let found = |document: &str, alone, link: &str| CatalogItem {
            item: Item::parse(&serde_json::from_str(&item("1", link)).unwrap(), "x").unwrap(),
            document: Arc::new(Location::of(document, None)),
            alone,
        };
        let locate = |f: CatalogItem| f.locate("./a.tif").gdal();
        assert_eq!(locate(found("/d/i.json", true, "")), "/d/./a.tif");
        assert_eq!(locate(found("/d/i.json", false, link)), "/vsicurl/https://h/items/a.tif");
        assert_eq!(locate(found("https://g/search.json", false, link)), "/vsicurl/https://h/items/a.tif");
        assert_eq!(locate(found("https://g/1.json", true, link)), "/vsicurl/https://g/a.tif");
    }
}
