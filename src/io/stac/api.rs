//! Searching a STAC API: what is asked of it, and its pages until there are items enough.
//!
//! What an API filters is filtered here again: some take parameters without heeding them, and a box or a time may be read
//! a little wider than a cube's.

mod filter;
mod pages;
mod query;

use super::LoadStac;
use super::choose::Filters;
use super::fields::bad;
use super::walk::{self, Document, Walk};
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};
use crate::io::documents::Client;
use crate::io::remote::{Location, Request};
use pages::List;
use query::{Ask, Query};
use serde_json::Value;

const FILTER: &str = "item-search#filter";
const CQL2_JSON: &str = "conf/cql2-json";
const SORT: &str = "item-search#sort";

/// An API as its landing page describes it.
#[derive(Debug)]
pub(super) struct Api {
    /// The landing page, for people.
    shown: Location,
    /// Where to search.
    search: Location,
    /// Whether a search may be sent as a document, in a POST.
    posts: bool,
    /// Where its collections are listed.
    collections: Option<Location>,
    queryables: Option<Location>,
    conforms: Vec<String>,
    /// The collection that the address leads to.
    collection: Option<String>,
}

/// The landing page above an address that ends in `/search`, which is not asked itself: without a question it would
/// answer with all there is.
pub(super) fn above_search(start: &Location) -> Option<Location> {
    let Location::Url(url) = start else { return None };
    let root = url.trim_end_matches('/').strip_suffix("/search").filter(|_| is_web(url))?;
    // With the slash, so that relative links start from it.
    Some(Location::Url(format!("{root}/")))
}

fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// Whether a document says of itself that more than its links can be asked for.
pub(super) fn is_entrance(document: &Value, location: &Location) -> bool {
    let Location::Url(url) = location else { return false };
    let has = |rel: &str| link(document, rel, location).is_some();
    let is_collection = document.get("type").and_then(Value::as_str) == Some("Collection");
    is_web(url) && (has("search") || (is_collection && has("items") && !has("item")))
}

/// The items that an API, entered by its landing page or one of its collections, has for the options.
pub(super) fn search(document: &Value, location: &Location, options: &LoadStac, client: &Client) -> Result<Walk> {
    let api = Api::enter(document, location, client)?;
    let filters = Filters::of(options)?;
    let Some(mut query) = api.query(options, &filters, client)? else {
        return Err(api.needs_collection(client));
    };
    let mut notes = Vec::new();
    let (ask, first) = loop {
        let ask = query.ask(&api.search, api.posts);
        match client.send(&ask.request()) {
            Ok(text) => break (ask.clone(), Document::parse(&text, &Location::Url(ask.url))?),
            // A conforming server may still not know a name or an operator.
            Err(failure) if query.simplify(&failure, &mut notes) => {}
            Err(failure) => return Err(failure.into()),
        }
    };
    let list = List { shown: api.search.shown(), options, filters, client };
    let (mut walk, cut) = list.read(ask, first)?;
    walk.notes.splice(0..0, notes);
    if cut && !query.sorted {
        walk.notes.push("the server does not sort: `max` takes the items it gave first".into());
    }
    if walk.items.is_empty() {
        return Err(api.nothing(&query, options, client));
    }
    Ok(walk)
}

/// The items of a list that has more pages than its first, which may be a search that was written as an address.
pub(super) fn pages(first: Document, options: &LoadStac, client: &Client) -> Result<Walk> {
    let ask = Ask::get(first.location());
    let list = List { shown: first.location().shown(), options, filters: Filters::of(options)?, client };
    list.read(ask, first).map(|(walk, _)| walk)
}

impl Api {
    fn enter(document: &Value, location: &Location, client: &Client) -> Result<Api> {
        let above;
        let (landing, landing_at, collection) = if link(document, "search", location).is_some() {
            (document, location.clone(), None)
        } else {
            let id = document.get("id").and_then(Value::as_str).map(str::to_string);
            let root = link(document, "root", location).or_else(|| link(document, "parent", location));
            let root = root.map_or_else(|| location.clone(), |(at, _)| at);
            above = if root == *location { Value::Null } else { walk::json(&client.text(&root)?, &root)? };
            (&above, root, id)
        };
        let listed = landing.get("conformsTo").and_then(Value::as_array).into_iter().flatten();
        let conforms = listed.filter_map(Value::as_str).map(str::to_string).collect();
        let found = links(landing, "search", &landing_at);
        let posts = found.iter().any(|(_, link)| is_post(link));
        let search = found.iter().find(|(_, link)| is_post(link)).or(found.first()).map(|(at, _)| at.clone());
        // Without a search there are still the items of the collection, page by page.
        let items = || link(document, "items", location).map(|(at, _)| at);
        let Some(search) = search.or_else(items) else {
            return Err(bad(&format!("`{}`", location.shown()), "links", "leads neither to a search nor to items"));
        };
        Ok(Api {
            posts,
            collections: link(landing, "data", &landing_at).map(|(at, _)| at),
            queryables: links_ending(landing, "queryables", &landing_at),
            shown: location.clone(),
            search,
            conforms,
            collection,
        })
    }

    fn does(&self, class: &str) -> bool {
        self.conforms.iter().any(|c| c.contains(class))
    }

    /// The first question; nothing where it would be for everything the server has.
    fn query(&self, options: &LoadStac, filters: &Filters, client: &Client) -> Result<Option<Query>> {
        let Some(collection) = options.collection.clone().or_else(|| self.collection.clone()) else { return Ok(None) };
        let mut query = Query::new(collection, options, filters);
        query.sorted = options.max.is_some() && self.does(SORT);
        if let Some(condition) = filters.condition.filter(|_| self.posts && self.does(FILTER) && self.does(CQL2_JSON)) {
            let known = self.names(&query.collection, client)?;
            query.filter = filter::cql2(condition, &known);
        }
        Ok(Some(query))
    }

    /// The properties of a collection that can be searched by.
    fn names(&self, collection: &str, client: &Client) -> Result<filter::Names> {
        let own = self.collection_at(collection, "/queryables");
        for at in own.into_iter().chain(self.queryables.clone()) {
            match client.text(&at).and_then(|text| walk::json(&text, &at)) {
                Ok(document) => return Ok(filter::Names::of(&document)),
                Err(e) if e.code == codes::INTERRUPTED => return Err(e),
                // Filtering here does as well.
                Err(_) => {}
            }
        }
        Ok(filter::Names::default())
    }

    fn collection_at(&self, collection: &str, below: &str) -> Option<Location> {
        let Location::Url(url) = self.collections.as_ref()? else { return None };
        let name = crate::io::remote::address::percent_encoded(collection);
        Some(Location::Url(format!("{}/{name}{below}", url.trim_end_matches('/'))))
    }

    /// The ids of the collections on the first page of the list.
    fn ids(&self, client: &Client) -> Vec<String> {
        let Some(at) = &self.collections else { return Vec::new() };
        let Ok(list) = client.text(at).and_then(|text| walk::json(&text, at)) else { return Vec::new() };
        let collections = list.get("collections").and_then(Value::as_array).into_iter().flatten();
        collections.filter_map(|c| c.get("id")?.as_str().map(str::to_string)).collect()
    }

    fn needs_collection(&self, client: &Client) -> Box<Diagnostic> {
        let ids = self.ids(client);
        let example = ids.first().map_or("sentinel-2-l2a", String::as_str);
        let shown = self.shown.shown();
        Diagnostic::new(codes::MISSING_ARGUMENT, format!("a search of `{shown}` needs to know which collection"))
            .help(format!("for example `collection {example}`"))
            .help_if(
                (!ids.is_empty()).then(|| format!("collections: {}", list_some(ids.iter().map(String::as_str), 40))),
            )
    }

    /// Why a search came back empty: there may be no such collection.
    fn nothing(&self, query: &Query, options: &LoadStac, client: &Client) -> Box<Diagnostic> {
        let name = &query.collection;
        let ids = self.ids(client);
        if !ids.is_empty() && !ids.contains(name) {
            let absent = match self.collection_at(name, "") {
                Some(Location::Url(url)) => {
                    client.send(&Request::get(url)).is_err_and(|f| matches!(f.status(), Some(404 | 410)))
                }
                Some(Location::File(_)) | None => true,
            };
            if absent {
                let known = || ids.iter().map(String::as_str);
                return Diagnostic::new(
                    codes::NOT_FOUND,
                    format!("`{}` has no collection `{name}`", self.shown.shown()),
                )
                .help_if(did_you_mean(name, known()))
                .help(format!("collections: {}", list_some(known(), 40)));
            }
        }
        let asked = query.told(options);
        Diagnostic::new(codes::EMPTY_SELECTION, format!("the search found no item of collection `{name}`"))
            .help_if((!asked.is_empty()).then(|| format!("it was asked for {asked}")))
    }
}

fn is_post(link: &Value) -> bool {
    link.get("method").and_then(Value::as_str).is_some_and(|method| method.eq_ignore_ascii_case("post"))
}

fn links<'a>(document: &'a Value, rel: &str, location: &Location) -> Vec<(Location, &'a Value)> {
    let all = document.get("links").and_then(Value::as_array).into_iter().flatten();
    all.filter(|l| l.get("rel").and_then(Value::as_str) == Some(rel))
        .filter_map(|l| Some((location.join(l.get("href")?.as_str()?), l)))
        .collect()
}

fn link<'a>(document: &'a Value, rel: &str, location: &Location) -> Option<(Location, &'a Value)> {
    links(document, rel, location).into_iter().next()
}

/// The link whose relation, an address, ends in this word.
fn links_ending(document: &Value, word: &str, location: &Location) -> Option<Location> {
    let all = document.get("links").and_then(Value::as_array)?;
    let rel = |l: &Value| l.get("rel").and_then(Value::as_str).map(str::to_string).unwrap_or_default();
    let found = all.iter().find(|l| rel(l).rsplit('/').next() == Some(word))?;
    Some(location.join(found.get("href")?.as_str()?))
}
