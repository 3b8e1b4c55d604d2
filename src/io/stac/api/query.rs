//! What is asked of an API: the first question from the options, the next ones from the pages' links.

use super::super::LoadStac;
use super::super::choose::Filters;
use super::super::fields::{bad, rfc3339};
use crate::cube::time::Instant;
use crate::cube::{BBox, time::Interval};
use crate::diagnostic::Result;
use crate::io::remote::address::with_query;
use crate::io::remote::http::{Body, Request};
use crate::io::remote::{Failure, Location};
use serde_json::{Map, Value, json};

/// Items asked for at a time: servers cap it, and many fail on pages of several MB.
const PAGE: usize = 100;

/// A search, before it is written down.
#[derive(Debug)]
pub(super) struct Query {
    pub collection: String,
    place: Option<BBox>,
    time: Interval,
    /// CQL2, as JSON.
    pub filter: Option<Value>,
    /// Whether the server is asked for the earliest items first.
    pub sorted: bool,
    limit: usize,
}

/// A question to a server, as it goes out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ask {
    pub url: String,
    /// The document of a POST.
    body: Option<String>,
}

impl Query {
    pub(super) fn new(collection: String, options: &LoadStac, filters: &Filters) -> Query {
        Query {
            collection,
            place: options.lonlat,
            time: filters.range(),
            filter: None,
            sorted: false,
            limit: options.max.unwrap_or(PAGE).clamp(1, PAGE),
        }
    }

    /// The first question.
    pub(super) fn ask(&self, search: &Location, post: bool) -> Ask {
        let url = match search {
            Location::Url(url) => url.clone(),
            Location::File(path) => path.to_string_lossy().into_owned(),
        };
        if post {
            return Ask { url, body: Some(self.body().to_string()) };
        }
        let mut parameters = vec![("limit", self.limit.to_string())];
        // The address of a collection's items says which.
        if !url.trim_end_matches('/').ends_with("/items") {
            parameters.push(("collections", self.collection.clone()));
        }
        parameters.extend(self.place.map(|b| ("bbox", numbers(b).map(|v| v.to_string()).join(","))));
        parameters.extend(self.datetime().map(|range| ("datetime", range)));
        if self.sorted {
            parameters.push(("sortby", "+properties.datetime".into()));
        }
        Ask { url: with_query(&url, &parameters), body: None }
    }

    fn body(&self) -> Value {
        let mut body = json!({"collections": [self.collection], "limit": self.limit});
        let mut put = |key: &str, value: Value| body[key] = value;
        match self.place {
            // Servers agree on what a polygon is, not on a box whose east is west of its west.
            Some(b) if b.west > b.east => put("intersects", across(b)),
            Some(b) => put("bbox", json!(numbers(b))),
            None => {}
        }
        if let Some(range) = self.datetime() {
            put("datetime", range.into());
        }
        if let Some(filter) = &self.filter {
            put("filter-lang", "cql2-json".into());
            put("filter", filter.clone());
        }
        if self.sorted {
            put("sortby", json!([{"field": "properties.datetime", "direction": "asc"}]));
        }
        body
    }

    /// Both ends are included, so the end, which is not in a cube's range, is asked for too; it is filtered here.
    fn datetime(&self) -> Option<String> {
        let end = |at: Option<Instant>| at.map_or("..".to_string(), rfc3339);
        (self.time.start.is_some() || self.time.end.is_some())
            .then(|| format!("{}/{}", end(self.time.start), end(self.time.end)))
    }

    /// Leaves out what the server may have stumbled over; whether there was something.
    pub(super) fn simplify(&mut self, failure: &Failure, notes: &mut Vec<String>) -> bool {
        if !matches!(failure.status(), Some(400 | 422 | 501)) {
            return false;
        }
        if self.filter.take().is_some() {
            notes.push("the server does not take the filter: items are filtered here".into());
            return true;
        }
        std::mem::take(&mut self.sorted)
    }

    /// For people: what was asked for beside the collection.
    pub(super) fn told(&self, options: &LoadStac) -> String {
        let place = self.place.map(|b| format!("the box {b}"));
        let time = self.datetime().map(|range| format!("the time {range}"));
        let filter = options.filter.as_ref().map(|_| "the filter".to_string());
        [time, place, filter].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Ask {
    pub(super) fn get(location: &Location) -> Ask {
        Ask { url: location.gdal().trim_start_matches("/vsicurl/").to_string(), body: None }
    }

    pub(super) fn request(&self) -> Request {
        let body = self.body.clone().map_or(Body::None, Body::Json);
        Request { url: self.url.clone(), body, headers: Vec::new() }
    }

    /// The question that a `next` link leads to: its own document, one to be merged into this one's, or this one's again.
    pub(super) fn next(&self, link: &Value, page: &Location) -> Result<Ask> {
        let place = format!("the `next` link of `{}`", page.shown());
        let href = link.get("href").and_then(Value::as_str).ok_or_else(|| bad(&place, "href", "is missing"))?;
        let url = match page.join(href) {
            Location::Url(url) if url.starts_with("http://") || url.starts_with("https://") => url,
            other => return Err(bad(&place, "href", &format!("is no web address: `{}`", other.shown()))),
        };
        let method = link.get("method").and_then(Value::as_str).unwrap_or("GET");
        if !method.eq_ignore_ascii_case("post") {
            return Ok(Ask { url, body: None });
        }
        let mine = || self.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        let mine: Map<String, Value> = mine().unwrap_or_default();
        let merge = link.get("merge").and_then(Value::as_bool).unwrap_or(false);
        let body = match link.get("body").filter(|b| !b.is_null()) {
            None => mine,
            Some(Value::Object(more)) if merge => mine.into_iter().chain(more.clone()).collect(),
            Some(Value::Object(whole)) => whole.clone(),
            Some(_) => return Err(bad(&place, "body", "is not an object")),
        };
        Ok(Ask { url, body: Some(Value::Object(body).to_string()) })
    }
}

/// What counts pages or items in the questions of servers that give no tokens.
const COUNTERS: [&str; 6] = ["page", "offset", "startIndex", "startindex", "start", "skip"];

/// A question apart from its counters: the rest of it, and the counter by its name.
struct Counted {
    rest: (String, Option<Value>),
    counter: Option<(String, u64)>,
}

impl Ask {
    /// The questions for the pages behind the next one, where pages differ by a counter alone: this page holds `here` items
    /// of `matched`, and so does each but the last.
    pub(super) fn foresee(&self, next: &Ask, here: usize, matched: usize) -> Vec<Ask> {
        let (own, following) = (self.counted(), next.counted());
        let Some((name, to)) = &following.counter else { return Vec::new() };
        if own.rest != following.rest || here == 0 || own.counter.as_ref().is_some_and(|(own, _)| own != name) {
            return Vec::new();
        }
        // The first page need not say that it is.
        let counts_pages = name == "page";
        let step = if counts_pages { 1 } else { here as u64 };
        let from = match own.counter {
            Some((_, from)) => from,
            None => to.saturating_sub(step),
        };
        if from + step != *to || from > 1 {
            return Vec::new();
        }
        let n_pages = matched.div_ceil(here) as u64;
        (2..n_pages).map(|page| next.with_counter(name, from + page * step)).collect()
    }

    fn counted(&self) -> Counted {
        let is_counter = |name: &str| COUNTERS.contains(&name);
        let mut counter = None;
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let mut parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
        parts.retain(|part| {
            let Some((name, value)) = part.split_once('=').filter(|(name, _)| is_counter(name)) else { return true };
            let Ok(value) = value.parse() else { return true };
            counter = Some((name.to_string(), value));
            false
        });
        let mut body: Option<Value> = self.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        if let Some(Value::Object(fields)) = &mut body {
            for name in COUNTERS {
                if let Some(value) = fields.get(name).and_then(Value::as_u64) {
                    counter = Some((name.to_string(), value));
                    fields.remove(name);
                }
            }
        }
        // Parameters in another order ask the same.
        parts.sort_unstable();
        Counted { rest: (format!("{path}?{}", parts.join("&")), body), counter }
    }

    /// The same with another value of the counter it has.
    fn with_counter(&self, name: &str, value: u64) -> Ask {
        let replaced = |part: &str| match part.split_once('=') {
            Some((own, _)) if own == name => format!("{name}={value}"),
            _ => part.to_string(),
        };
        let url = match self.url.split_once('?') {
            Some((path, query)) => format!("{path}?{}", query.split('&').map(replaced).collect::<Vec<_>>().join("&")),
            None => self.url.clone(),
        };
        let body = self.body.as_deref().map(|body| match serde_json::from_str::<Value>(body) {
            Ok(Value::Object(mut fields)) => {
                if let Some(own) = fields.get_mut(name) {
                    *own = value.into();
                }
                Value::Object(fields).to_string()
            }
            _ => body.to_string(),
        });
        Ask { url, body }
    }
}

fn numbers(b: BBox) -> [f64; 4] {
    [b.west, b.south, b.east, b.north]
}

/// A box over the antimeridian as its two halves.
fn across(b: BBox) -> Value {
    let ring = |west: f64, east: f64| {
        json!([[[west, b.south], [east, b.south], [east, b.north], [west, b.north], [west, b.south]]])
    };
    json!({"type": "MultiPolygon", "coordinates": [ring(b.west, 180.0), ring(-180.0, b.east)]})
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde::Deserialize;

    fn query(options: Value) -> Query {
        let options = LoadStac::deserialize(options).unwrap();
        Query::new("c".into(), &options, &Filters::of(&options).unwrap())
    }

    #[test]
    fn questions() {
        let search = Location::Url("https://h/search".into());
        let all = query(json!({"lonlat": [5, 45, 6, 46], "time": {"start": "2020-01", "end": "2020-06"}, "max": 7}));
        let ask = all.ask(&search, true);
        let body: Value = serde_json::from_str(ask.body.as_deref().unwrap()).unwrap();
        let expected = json!({"collections": ["c"], "limit": 7, "bbox": [5.0, 45.0, 6.0, 46.0],
            "datetime": "2020-01-01T00:00:00Z/2020-07-01T00:00:00Z"});
        assert_eq!(body, expected);
        let range = "datetime=2020-01-01T00:00:00Z/2020-07-01T00:00:00Z";
        assert_eq!(
            all.ask(&search, false).url,
            format!("https://h/search?limit=7&collections=c&bbox=5,45,6,46&{range}")
        );
        let items = Location::Url("https://h/collections/c/items".into());
        assert_eq!(query(json!({})).ask(&items, false).url, "https://h/collections/c/items?limit=100");
        let over = query(json!({"lonlat": [170, 0, -170, 1], "time": {"start": "2020"}})).body();
        assert_eq!(over["intersects"]["coordinates"][1][0][1], json!([-170.0, 0.0]));
        assert_eq!((over.get("bbox"), &over["datetime"]), (None, &json!("2020-01-01T00:00:00Z/..")));
    }

    #[test]
    fn next_pages() {
        let page = Location::Url("https://h/search".into());
        let first = Ask { url: "https://h/search".into(), body: Some(json!({"limit": 5, "token": "a"}).to_string()) };
        let next = |link: Value| first.next(&link, &page).map(|ask| (ask.url, ask.body));
        let same = |url: &str, body: Option<Value>| (url.to_string(), body.map(|b| b.to_string()));
        let post = json!({"href": "/search", "method": "POST", "body": {"token": "b"}, "merge": true});
        assert_eq!(next(post).unwrap(), same("https://h/search", Some(json!({"limit": 5, "token": "b"}))));
        let whole = json!({"href": "https://h/search", "method": "POST", "body": {"token": "b"}});
        assert_eq!(next(whole).unwrap(), same("https://h/search", Some(json!({"token": "b"}))));
        let bare = json!({"href": "https://h/search?token=b", "method": "POST"});
        assert_eq!(next(bare).unwrap(), same("https://h/search?token=b", Some(json!({"limit": 5, "token": "a"}))));
        assert_eq!(next(json!({"href": "?page=2"})).unwrap(), same("https://h/search?page=2", None));
        let wrong = next(json!({"rel": "next"})).unwrap_err();
        assert_eq!(wrong.message, "malformed STAC: `href` of the `next` link of `https://h/search` is missing");
        assert!(next(json!({"href": "file:///etc/passwd"})).is_err());
    }

    #[test]
    fn pages_behind_the_next_one() {
        let get = |query: &str| Ask { url: format!("https://h/items?{query}"), body: None };
        let post = |body: Value| Ask { url: "https://h/search".into(), body: Some(body.to_string()) };
        let foreseen = |here: &Ask, next: &Ask| -> Vec<String> {
            let asks = here.foresee(next, 10, 45).into_iter();
            asks.map(|ask| ask.body.unwrap_or_else(|| ask.url.rsplit('?').next().unwrap().into())).collect()
        };
        assert_eq!(
            foreseen(&get("limit=10"), &get("limit=10&page=2")),
            ["limit=10&page=3", "limit=10&page=4", "limit=10&page=5"]
        );
        assert_eq!(
            foreseen(&get("offset=0&a=b"), &get("a=b&offset=10")),
            ["a=b&offset=20", "a=b&offset=30", "a=b&offset=40"]
        );
        let bodies = foreseen(&post(json!({"limit": 10})), &post(json!({"limit": 10, "page": 2})));
        assert_eq!(bodies[2], json!({"limit": 10, "page": 5}).to_string());
        // Tokens, other questions, counters that do not go on as they should, and pages in the middle.
        let nothing = [
            (get("limit=10"), get("limit=10&token=2")),
            (get("limit=10"), get("limit=20&page=2")),
            (get("page=1"), get("page=3")),
            (get("offset=0"), get("offset=25")),
            (get("page=1"), get("offset=10")),
            (get("page=2"), get("page=3")),
            (get("page=1"), get("page=x")),
        ];
        for (here, next) in nothing {
            assert_eq!(foreseen(&here, &next), [""; 0], "{next:?}");
        }
    }
}
