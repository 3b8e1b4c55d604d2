//! Which items are loaded: by collection, time, place and property, and how many.

use super::LoadStac;
use super::fields::{is_scalar, property};
use super::item::Item;
use super::walk::{CatalogItem, Walk};
use crate::cube::BBox;
use crate::cube::time::{Calendar, Interval, interval};
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};
use crate::expr::{Cell, Expr, Value, values};
use crate::plan::DateRange;
use std::collections::BTreeSet;

/// What an item must be like.
pub(super) struct Filters<'a> {
    pub collection: Option<&'a str>,
    pub time: Option<Interval>,
    pub place: Option<BBox>,
    pub condition: Option<&'a Expr>,
}

impl Filters<'_> {
    pub(super) fn of(options: &LoadStac) -> Result<Filters<'_>> {
        let range = |t: &DateRange| interval(t.start.as_deref(), t.end.as_deref(), t.half_open, Calendar::Standard);
        Ok(Filters {
            collection: options.collection.as_deref(),
            time: options.time.as_ref().map(range).transpose()?,
            place: options.lonlat,
            condition: options.filter.as_ref(),
        })
    }

    /// Whether an item passes them all; one that does not state enough to be judged does not.
    pub(super) fn pass(&self, item: &Item) -> bool {
        self.collection.is_none_or(|c| item.collection.as_deref() == Some(c))
            && self.time.is_none_or(|range| during(item, range))
            && self.place.is_none_or(|place| item.bbox.is_some_and(|bbox| meets(bbox, place)))
            && self.condition.is_none_or(|condition| value(condition, item).is_true())
    }

    pub(super) fn range(&self) -> Interval {
        self.time.unwrap_or(Interval { start: None, end: None })
    }
}

/// The items that pass every filter, in time order; notes say how many stated too little to be judged.
pub(super) fn choose(walk: Walk, options: &LoadStac) -> Result<Walk> {
    let Walk { mut items, mut notes } = walk;
    let filters = Filters::of(options)?;
    let mut passed = vec![format!("{} items found", items.len())];
    let mut left = |items: &[CatalogItem], what: &str| {
        passed.push(format!("{} {what}", items.len()));
        if !items.is_empty() {
            return Ok(());
        }
        Err(Diagnostic::new(codes::EMPTY_SELECTION, "no item is left").help(passed.join(", ")))
    };
    if let Some(collection) = filters.collection {
        items.retain(|f| f.item.collection.as_deref() == Some(collection));
        left(&items, &format!("of collection `{collection}`"))?;
    }
    if let Some(range) = filters.time {
        let span = (items.first().map(|f| f.item.time)).zip(items.last().map(|f| f.item.time));
        items.retain(|f| during(&f.item, range));
        let iso = |at| Calendar::Standard.iso(at);
        let span = span.map_or(String::new(), |(a, b)| format!(" (they run from {} to {})", iso(a), iso(b)));
        left(&items, &format!("in the time asked for{span}"))?;
    }
    if let Some(place) = filters.place {
        let nowhere = items.iter().filter(|f| f.item.bbox.is_none()).count();
        items.retain(|f| f.item.bbox.is_some_and(|bbox| meets(bbox, place)));
        if nowhere > 0 {
            notes.push(format!("{nowhere} items without `bbox` and geometry were left out"));
        }
        left(&items, &format!("that meet the box {place}"))?;
    }
    if let Some(condition) = filters.condition {
        check_names(condition, &items)?;
        let mut unknown = 0;
        items.retain(|f| {
            let held = value(condition, &f.item);
            unknown += usize::from(held.is_missing());
            held.is_true()
        });
        if unknown > 0 {
            let items =
                if unknown == 1 { "1 item that lacks".to_string() } else { format!("{unknown} items that lack") };
            notes.push(format!("left out: {items} a property of the filter"));
        }
        left(&items, "that pass the filter")?;
    }
    if let Some(max) = options.max {
        items.truncate(max);
        left(&items, "asked for")?;
    }
    Ok(Walk { items, notes })
}

/// Whether an item belongs to a range of dates: its time does, or the span it covers meets it.
fn during(item: &Item, range: Interval) -> bool {
    range.contains(item.time) || item.span.is_some_and(|(start, end)| range.meets(start, end))
}

/// What a condition comes to for one item.
fn value<'a>(condition: &'a Expr, item: &'a Item) -> Value<'a> {
    values(condition, &item, 1)[0]
}

/// Refuses names that no item has.
fn check_names(condition: &Expr, items: &[CatalogItem]) -> Result<()> {
    let mut names = BTreeSet::new();
    condition.walk(&mut |e| {
        if let Expr::Property(name) = e {
            names.insert(name.as_str());
        }
    });
    let has = |name: &str| items.iter().any(|f| property(&f.item.properties, name).is_some());
    let Some(name) = names.into_iter().find(|name| !has(name)) else { return Ok(()) };
    let stated = items.iter().flat_map(|f| &f.item.properties).filter(|(_, v)| is_scalar(v));
    let present: BTreeSet<&str> = stated.map(|(key, _)| &**key).collect();
    Err(Diagnostic::new(codes::UNKNOWN_PROPERTY, format!("no item has a property `{name}`"))
        .help_if(did_you_mean(name, present.iter().copied()))
        .help(format!("properties: {}", list_some(present.iter().copied(), 40))))
}

/// Whether two boxes in degrees share a point, edges included; a box with `west > east` runs over the antimeridian.
pub(super) fn meets(a: BBox, b: BBox) -> bool {
    let unrolled = |b: BBox| if b.west > b.east { BBox { east: b.east + 360.0, ..b } } else { b };
    let (a, b) = (unrolled(a), unrolled(b));
    [-360.0, 0.0, 360.0].into_iter().any(|turn| a.intersects(BBox { west: b.west + turn, east: b.east + turn, ..b }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_meet() {
        let cases = [
            // The cases S-bbox and S-bbox-am.
            ([3.0, 45.0, 3.1, 45.1], [2.9, 44.0, 3.05, 46.0], true),
            ([10.0, 45.0, 10.1, 45.1], [2.9, 44.0, 3.05, 46.0], false),
            ([3.0, 45.0, 3.1, 45.1], [170.0, 44.0, 4.0, 46.0], true),
            ([10.0, 45.0, 10.1, 45.1], [170.0, 44.0, 4.0, 46.0], false),
            // Touching is meeting.
            ([0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 2.0, 2.0], true),
            ([0.0, 0.0, 1.0, 1.0], [1.1, 1.0, 2.0, 2.0], false),
            ([179.0, 0.0, -179.0, 1.0], [-179.5, 0.0, -178.0, 1.0], true),
            ([179.0, 0.0, -179.0, 1.0], [178.0, 0.0, 179.5, 1.0], true),
            ([179.0, 0.0, -179.0, 1.0], [0.0, 0.0, 1.0, 1.0], false),
            ([-20.0, 0.0, -10.0, 1.0], [345.0, 0.0, 355.0, 1.0], true),
        ];
        for (a, b, expected) in cases {
            let bbox = |[w, s, e, n]: [f64; 4]| BBox::new(w, s, e, n);
            assert_eq!(meets(bbox(a), bbox(b)), expected, "{a:?} {b:?}");
            assert_eq!(meets(bbox(b), bbox(a)), expected, "{b:?} {a:?}");
        }
    }
}
