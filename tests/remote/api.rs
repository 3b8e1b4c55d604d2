//! Searches of a STAC API: stac-fastapi, which checks what it is asked, with pages linked in every way there is.

use super::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;

/// So many items of 2018 and later, one a day, of the collections `one` and `two` in turn, on one raster.
pub(super) fn items(folder: &Path, n: usize) -> String {
    let file = folder.join("a.tif");
    raster(&file, 0.0);
    let item = |i: usize| {
        let (year, month, day) = (2018 + i / 336, i / 28 % 12 + 1, i % 28 + 1);
        let (west, east) = if i % 7 == 6 { (179.9, 180.0) } else { (9.0, 9.065) };
        json!({"type": "Feature", "stac_version": "1.0.0", "id": format!("i{i:04}"), "links": [],
            "collection": if i.is_multiple_of(2) { "one" } else { "two" }, "bbox": [west, 45.1, east, 45.16],
            "geometry": {"type": "Polygon", "coordinates":
                [[[west, 45.1], [east, 45.1], [east, 45.16], [west, 45.16], [west, 45.1]]]},
            "properties": {"datetime": format!("{year}-{month:02}-{day:02}T10:00:00Z"), "eo:cloud_cover": i % 100,
                "platform": if i.is_multiple_of(3) { "a" } else { "b" }},
            "assets": {"red": {"href": format!("file://{}", file.display()), "type": "image/tiff", "proj:epsg": 32632, "proj:shape": [512, 512],
                "proj:transform": [10, 0, 500_000, 0, -10, 5_000_000],
                "raster:bands": [{"data_type": "float32", "nodata": -1, "scale": 1, "offset": 0}]}}})
    };
    let path = folder.join("items.json");
    let all: Vec<Value> = (0..n).map(item).collect();
    fs::write(&path, json!({"type": "FeatureCollection", "features": all}).to_string()).unwrap();
    path.to_string_lossy().into_owned()
}

fn searches(server: &Server) -> Vec<Value> {
    server.log().into_iter().map(|search| search["asked"].clone()).collect()
}

/// An API answers what the file of its items does, however it links its pages and whatever it can filter.
#[test]
fn a_search_is_a_file_of_its_items() {
    let folder = tempfile::tempdir().unwrap();
    let file = items(folder.path(), 520);
    let questions = [
        "",
        "time 2018-03..2018-05",
        "filter (cloud_cover < 20 and platform in [\"a\"])",
        "lonlat 9 45.1 9.065 45.16 filter (eo:cloud_cover >= 95)",
        "lonlat 179.95 45 -179 46 crs EPSG:32632 res 10 bounds 500000 4994880 505120 5000000",
        "max 7",
        "max 7 filter (not cloud_cover < 90)",
    ];
    // The sum at a corner counts the items that lie there; the schema, all.
    let load = |from: &str, question: &str| {
        let load = format!("load stac \"{from}\" collection one assets red {question}");
        format!("let a = {load}; $a | step -1 | crop bbox 500010 4999990 500020 5000000 | show; $a | schema")
    };
    let expected: Vec<String> = questions.iter().map(|question| rastra(&load(&file, question), &[]).ok()).collect();
    let ways: [&[&str]; 5] =
        [&[], &["--links", "whole"], &["--links", "get"], &["--basic"], &["--get-only", "--basic"]];
    for way in ways {
        let server = Server::start("stac.py", &[&[file.as_str()], way].concat());
        for (question, expected) in questions.iter().zip(&expected) {
            // A server that does not sort gives its latest first.
            if question.starts_with("max") && way.contains(&"--basic") {
                continue;
            }
            let program = load(&server.url(), question);
            assert_eq!(rastra(&program, &[]).ok(), *expected, "{way:?}: {program}");
        }
        // From the address of the search and from that of the collection.
        for at in ["/search", "/collections/one"] {
            let program = load(&format!("{}{at}", server.url()), questions[1]);
            assert_eq!(rastra(&program, &[]).ok(), expected[1], "{way:?}: {program}");
        }
        let posted = server.log().iter().filter(|search| search["method"] == "POST").count();
        assert_eq!(posted == 0, way.contains(&"--get-only"), "{posted} searches by POST");
    }
}

/// What can be asked is asked: the place, the time, the filter and the order; and no page too many.
#[test]
fn only_the_pages_that_are_needed() {
    let folder = tempfile::tempdir().unwrap();
    let file = items(folder.path(), 520);
    let server = Server::start("stac.py", &[&file]);
    let ask = |server: &Server, question: &str| {
        let before = searches(server).len();
        let program = format!("load stac \"{}\" collection one assets red {question} | schema", server.url());
        let out = rastra(&program, &[]);
        assert_eq!(out.code, 0, "{out:?}");
        (searches(server).split_off(before), out)
    };
    let (asked, _) = ask(&server, "");
    assert_eq!(asked.len(), 3);
    assert_eq!((&asked[1]["token"], &asked[1]["collections"]), (&json!("100"), &json!(["one"])));
    let (asked, _) = ask(&server, "time 2018-02 lonlat 9 45 10 46 filter (cloud_cover < 60)");
    assert_eq!(asked.len(), 1);
    let expected = json!({"collections": ["one"], "limit": 100, "bbox": [9.0, 45.0, 10.0, 46.0],
        "datetime": "2018-02-01T00:00:00Z/2018-03-01T00:00:00Z", "filter-lang": "cql2-json",
        "filter": {"op": "<", "args": [{"property": "eo:cloud_cover"}, 60.0]}});
    assert_eq!(asked[0], expected);
    let (asked, _) = ask(&server, "max 5");
    assert_eq!((asked.len(), &asked[0]["limit"]), (1, &json!(5)));
    assert_eq!(asked[0]["sortby"], json!([{"field": "properties.datetime", "direction": "asc"}]));
    let (asked, _) = ask(&server, "max 150");
    assert_eq!(asked.len(), 2);
    // Where the server cannot filter, pages are read until enough items have passed here.
    let basic = Server::start("stac.py", &[&file, "--basic"]);
    let (asked, _) = ask(&basic, "max 5 filter (cloud_cover >= 90)");
    assert!(asked.len() > 1 && asked.iter().all(|search| search.get("filter").is_none()), "{asked:?}");
    let (asked, out) = ask(&basic, "max 1");
    assert_eq!((asked.len(), out.out.contains("1 step")), (1, true), "{out:?}");
}

#[test]
fn limits_of_rate_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = items(folder.path(), 520);
    let server = Server::start("stac.py", &[&file, "--busy", "2"]);
    let started = Instant::now();
    let out = rastra(&format!("load stac \"{}\" collection one assets red | schema", server.url()), &[]).ok();
    assert!(out.contains("260 steps"), "{out}");
    // Three pages; each of the later two is refused once, with a second's pause.
    assert!(started.elapsed().as_secs_f64() > 1.9, "{:?}", started.elapsed());
}

#[test]
fn collections_are_known_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start("stac.py", &[&items(folder.path(), 20)]);
    let ask = |more: &str| rastra(&format!("load stac \"{}\" assets red {more} | schema", server.url()), &[]);
    ask("").fails("E0104", &["needs to know which collection", "collection one", "`two`"]);
    ask("collection tow").fails("E0301", &["no collection `tow`", "did you mean `two`?"]);
    ask("collection one time 2030").fails("E0204", &["no item", "2030-01-01T00:00:00Z/2031-01-01T00:00:00Z"]);
    // What a server cannot be asked is filtered here.
    let out = ask("collection one filter (month(time) == 1 and cloud_cover < 10)").ok();
    assert!(out.contains("5 steps"), "{out}");
    rastra(&format!("load stac \"{}\" collection one assets rde | schema", server.url()), &[])
        .fails("E0306", &["no item has an asset `rde`", "did you mean `red`?"]);
}

/// Which field of which item is wrong, also on a later page.
#[test]
fn malformed_items_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = items(folder.path(), 300);
    let spoil = |at: usize, how: &dyn Fn(&mut Value)| {
        let mut all: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        how(&mut all["features"][at]);
        let path = folder.path().join("spoiled.json");
        fs::write(&path, all.to_string()).unwrap();
        Server::start("stac.py", &[path.to_str().unwrap(), "--basic"])
    };
    let load = |server: &Server, more: &str| {
        rastra(&format!("load stac \"{}\" collection one assets red {more} | schema", server.url()), &[])
    };
    let server = spoil(4, &|item| item["assets"]["red"]["proj:shape"] = json!(["x", 1]));
    load(&server, "").fails("E0305", &["`proj:shape` of item `i0004`, asset `red` is not a list of 2 numbers"]);
    let ran = load(&server, "on_error skip");
    assert!(ran.code == 0 && ran.out.contains("149 steps"), "{ran:?}");
    let server = spoil(2, &|item| item["assets"]["red"] = json!({"type": "image/tiff"}));
    load(&server, "").fails("E0305", &["`href` of item `i0002`, asset `red` is missing"]);
}

#[test]
fn a_square_around_a_point() {
    let folder = tempfile::tempdir().unwrap();
    let file = items(folder.path(), 60);
    let server = Server::start("stac.py", &[&file]);
    let point = |from: &str, more: &str| {
        rastra(&format!("load point 45.13 9.03 from \"{from}\" collection one assets red {more}"), &[])
    };
    let question = "time 2018-01 size 64px res 10m | describe";
    let out = point(&server.url(), question).ok();
    // The middle of the point's pixel, 32 pixels from every edge; only the day's items that meet the square.
    assert!(out.contains("64 x 64 pixels of 10 x 10 metre, EPSG:32632"), "{out}");
    let asked = searches(&server).pop().unwrap();
    let bbox: Vec<f64> = asked["bbox"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    assert!(bbox[0] < 9.03 && 9.03 < bbox[2] && bbox[2] - bbox[0] < 0.01 && bbox[3] - bbox[1] < 0.01, "{bbox:?}");
    let pixels = |from: &str| point(from, "time 2018-01 size 640m res 10m | step 0 | stats").ok();
    assert_eq!(pixels(&server.url()), pixels(&file));
    // Columns and rows of the raster: 32 pixels around that of the point, on the raster's own lattice.
    let whole = rastra(
        &format!(
            "load files \"{}\" | crop lonlat {} | stats",
            folder.path().join("a.tif").display(),
            bbox.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")
        ),
        &[],
    )
    .ok();
    let row = |text: &str| text.lines().nth(1).unwrap().split_whitespace().map(str::to_string).collect::<Vec<_>>();
    assert!(row(&pixels(&file))[1].parse::<f64>().unwrap() <= row(&whole)[1].parse::<f64>().unwrap());
    assert_eq!(row(&pixels(&file))[1], "4096");
    for (more, number, word) in [
        ("size 64px | schema", "E0104", "`load point` needs `res`"),
        ("res 10m | schema", "E0104", "`size 128px`"),
        ("size 15m res 10m | schema", "E0119", "no whole number"),
        ("size 64px res 1deg | schema", "E0105", "`deg`"),
    ] {
        point(&file, more).fails(number, &[word]);
    }
    rastra("load point 146 11 size 8px res 10m | schema", &[]).fails("E0118", &["`lat` lies from -90 to 90"]);
}

/// Every signer's word is one of the language's, and none is another's.
#[test]
fn words_of_signers() {
    let words: BTreeSet<&str> = rastra::inside::Signer::WORDS.iter().copied().collect();
    assert_eq!(words.len(), rastra::inside::Signer::WORDS.len());
    assert!(words.iter().all(|word| rastra::inside::Signer::from_word(word).is_some_and(|s| s.word() == *word)));
    let folder = tempfile::tempdir().unwrap();
    let file = items(folder.path(), 2);
    rastra(&format!("load stac \"{file}\" assets red sign nasa | schema"), &[]).fails("E0113", &["earthdata"]);
}
