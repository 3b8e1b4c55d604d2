//! Items into steps: one each, or those of one time or one solar day together.

use super::fields::{is_scalar, property};
use super::item::Item;
use crate::cube::time::{Calendar, Instant, calendar::MICROS_PER_DAY};
use crate::cube::{BBox, TimeAxis};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Which items become one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Group {
    /// Every item is a step of its own, also where two share a time.
    #[default]
    None,
    /// Items of exactly the same time.
    Time,
    /// Items of one day by the sun where they were taken.
    SolarDay,
}

/// A step: its time and its items, by position, the one on top first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub time: Instant,
    pub items: Vec<usize>,
}

/// The steps in time order; `items` are sorted by time and id, and so they are within a step.
pub(super) fn group(items: &[&Item], group: Group) -> Vec<Step> {
    if group == Group::None {
        return items.iter().enumerate().map(|(at, item)| Step { time: item.time, items: vec![at] }).collect();
    }
    let mut steps: BTreeMap<Instant, Vec<usize>> = BTreeMap::new();
    // Where all say midnight, they say no more than a date, which is the day they mean wherever they are.
    let are_dates = items.iter().all(|item| item.time == item.time.floor_day());
    for (at, item) in items.iter().enumerate() {
        let is_day = group == Group::SolarDay && !are_dates;
        let time = if is_day { solar_day(item.time, item.bbox) } else { item.time };
        steps.entry(time).or_default().push(at);
    }
    steps.into_iter().map(|(time, items)| Step { time, items }).collect()
}

/// The time axis: each step has the interval its items cover, if all of them state one.
pub(super) fn axis(items: &[&Item], steps: &[Step], calendar: Calendar) -> TimeAxis {
    let span = |step: &Step| {
        let spans: Option<Vec<_>> = step.items.iter().map(|&i| items[i].span.filter(|(a, b)| a < b)).collect();
        spans?.into_iter().reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))
    };
    let values = steps.iter().map(|step| step.time).collect();
    TimeAxis::Instants { calendar, values, bounds: steps.iter().map(span).collect() }
}

/// Midnight of the day by the mean sun over the middle of a box: UTC and an hour for every 15 degrees.
pub(super) fn solar_day(time: Instant, bbox: Option<BBox>) -> Instant {
    let longitude = bbox.map_or(0.0, center);
    Instant(time.0 + (longitude / 360.0 * MICROS_PER_DAY as f64).round() as i64).floor_day()
}

/// The longitude of a box's middle, above -180 and up to 180.
fn center(bbox: BBox) -> f64 {
    let east = if bbox.west > bbox.east { bbox.east + 360.0 } else { bbox.east };
    let middle = (bbox.west + east) / 2.0;
    middle - 360.0 * ((middle - 180.0) / 360.0).ceil()
}

/// One value a step of everything the items say of themselves in a word or a number.
///
/// Of several items in a step numbers are averaged and the rest is the first's. `id` lists them all, `name` is the
/// same, `bbox` is around them all, and `cloud_cover` stands beside `eo:cloud_cover`.
pub(super) fn properties(items: &[&Item], steps: &[Step]) -> BTreeMap<String, Vec<Value>> {
    let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut put = |key: &str, step: usize, value: Value| {
        if !out.contains_key(key) {
            out.insert(key.to_string(), vec![Value::Null; steps.len()]);
        }
        if let Some(values) = out.get_mut(key) {
            values[step] = value;
        }
    };
    for (at, step) in steps.iter().enumerate() {
        let members: Vec<&Item> = step.items.iter().map(|&i| items[i]).collect();
        let ids = members.iter().map(|i| i.id.as_str()).collect::<Vec<_>>().join(",");
        for item in &members {
            for (key, _) in item.properties.iter().filter(|(_, v)| is_scalar(v)) {
                put(key, at, together(&members, |i| i.properties.get(key)));
            }
        }
        let cloud = together(&members, |i| property(&i.properties, "cloud_cover"));
        if !cloud.is_null() {
            put("cloud_cover", at, cloud);
        }
        if let Some(collection) = members.iter().find_map(|i| i.collection.clone()) {
            put("collection", at, collection.into());
        }
        if let Some(around) = around(members.iter().filter_map(|i| i.bbox)) {
            put("bbox", at, degrees(around));
        }
        put("id", at, ids.clone().into());
        put("name", at, ids.into());
    }
    out
}

/// The box around boxes in degrees; each of them, and so the result, may cross the antimeridian with `west > east`.
fn around(boxes: impl Iterator<Item = BBox>) -> Option<BBox> {
    let unrolled = |b: BBox| if b.west > b.east { BBox { east: b.east + 360.0, ..b } } else { b };
    let around = BBox::around(&boxes.map(unrolled).collect::<Vec<_>>())?;
    Some(match around.east > 180.0 && around.east - around.west < 360.0 {
        true => BBox { east: around.east - 360.0, ..around },
        false => around,
    })
}

/// A box as STAC writes it.
pub(super) fn degrees(b: BBox) -> Value {
    let number = |v: f64| if v.fract() == 0.0 { Value::from(v as i64) } else { Value::from(v) };
    Value::Array([b.west, b.south, b.east, b.north].map(number).to_vec())
}

fn together<'a>(items: &[&'a Item], get: impl Fn(&'a Item) -> Option<&'a Value>) -> Value {
    let values: Vec<&Value> = items.iter().filter_map(|i| get(i)).filter(|v| is_scalar(v)).collect();
    let Some(first) = values.first() else { return Value::Null };
    let numbers: Option<Vec<f64>> = values.iter().map(|v| v.as_f64()).collect();
    match numbers {
        Some(numbers) if numbers.len() > 1 && numbers.iter().any(|n| *n != numbers[0]) => {
            (numbers.iter().sum::<f64>() / numbers.len() as f64).into()
        }
        _ => (*first).clone(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cube::time::{Calendar, parse_rfc3339};
    use serde_json::json;

    #[test]
    fn solar_days() {
        // The case S-solarday-label; its last row with the offset converted to UTC.
        let cases = [
            ("2021-06-01T23:30:00Z", Some([14.0, 0.0, 16.0, 1.0]), "2021-06-02"),
            ("2021-06-01T23:30:00Z", Some([-76.0, 0.0, -74.0, 1.0]), "2021-06-01"),
            ("2021-06-01T04:00:00Z", Some([-76.0, 0.0, -74.0, 1.0]), "2021-05-31"),
            ("2021-06-01T12:30:00Z", Some([179.0, 0.0, -179.0, 1.0]), "2021-06-02"),
            ("2021-06-01T23:59:59Z", None, "2021-06-01"),
            ("2021-06-01T23:00:00-05:00", Some([0.0, 0.0, 1.0, 1.0]), "2021-06-02"),
            ("2021-06-01T11:30:00Z", Some([179.0, 0.0, -175.0, 1.0]), "2021-05-31"),
        ];
        for (time, bbox, day) in cases {
            let bbox = bbox.map(|[w, s, e, n]| BBox::new(w, s, e, n));
            let label = solar_day(parse_rfc3339(time).unwrap(), bbox);
            assert_eq!(Calendar::Standard.iso(label), day, "{time} {bbox:?}");
        }
    }

    #[test]
    fn groups_and_their_properties() {
        let item = |id: &str, time: &str, cloud: Value| {
            let item = json!({"id": id, "collection": "c", "bbox": [3, 45, 3.1, 45.1], "assets": {},
                "properties": {"datetime": time, "eo:cloud_cover": cloud, "platform": id}});
            Item::parse(&item, "x").unwrap()
        };
        let items = [
            item("1", "2021-06-01T10:00:00Z", json!(10)),
            item("2", "2021-06-01T10:00:20Z", json!(20)),
            item("3", "2021-06-03T10:00:00Z", Value::Null),
        ];
        let items: Vec<&Item> = items.iter().collect();
        let members = |how| group(&items, how).into_iter().map(|s| s.items).collect::<Vec<_>>();
        assert_eq!(members(Group::None), [[0], [1], [2]]);
        assert_eq!(members(Group::Time), [[0], [1], [2]]);
        assert_eq!(members(Group::SolarDay), [vec![0, 1], vec![2]]);
        // Over the Pacific the sun is half a day off, which means nothing to dates without a time.
        let pacific = |id: &str, time: &str| {
            let item = json!({"id": id, "bbox": [-171, 0, -170, 1], "assets": {}, "properties": {"datetime": time}});
            Item::parse(&item, "x").unwrap()
        };
        let days = |times: [&str; 3]| {
            let items = times.map(|time| pacific(time, time));
            let steps = group(&items.iter().collect::<Vec<_>>(), Group::SolarDay);
            steps.iter().map(|step| Calendar::Standard.iso(step.time)).collect::<Vec<_>>()
        };
        let dates = ["2021-06-01T00:00:00Z", "2021-06-01T00:00:00Z", "2021-06-02T00:00:00Z"];
        assert_eq!(days(dates), ["2021-06-01", "2021-06-02"]);
        assert_eq!(days([dates[0], dates[2], "2021-06-02T22:00:00Z"]), ["2021-05-31", "2021-06-01", "2021-06-02"]);
        let properties = properties(&items, &group(&items, Group::SolarDay));
        assert_eq!(properties["cloud_cover"], [json!(15.0), Value::Null]);
        assert_eq!(properties["platform"], [json!("1"), json!("3")]);
        assert_eq!(properties["id"], [json!("1,2"), json!("3")]);
        assert_eq!(properties["bbox"], [json!([3, 45, 3.1, 45.1]), json!([3, 45, 3.1, 45.1])]);
    }

    #[test]
    fn boxes_around_boxes() {
        let cases = [
            ([3.0, 45.0, 4.0, 46.0], [5.0, 44.0, 6.0, 45.0], [3.0, 44.0, 6.0, 46.0]),
            // Two tiles on either side of the antimeridian, and one that crosses it.
            ([178.0, 0.0, 179.0, 1.0], [-179.0, 0.0, -178.0, 1.0], [178.0, 0.0, -178.0, 1.0]),
            ([179.0, 0.0, -179.0, 1.0], [-178.0, 0.0, -177.0, 1.0], [179.0, 0.0, -177.0, 1.0]),
            ([-180.0, -90.0, 180.0, 90.0], [10.0, 0.0, 20.0, 1.0], [-180.0, -90.0, 180.0, 90.0]),
        ];
        for (a, b, expected) in cases {
            let bbox = |[w, s, e, n]: [f64; 4]| BBox::new(w, s, e, n);
            assert_eq!(around([a, b].map(bbox).into_iter()), Some(bbox(expected)), "{a:?} {b:?}");
            assert_eq!(around([b, a].map(bbox).into_iter()), Some(bbox(expected)), "{b:?} {a:?}");
        }
    }
}
