//! Items in Parquet files are the items of the JSON they were made from, and cost what is needed of them.

use super::api::items;
use super::*;
use crate::support::root;
use serde_json::{Value, json};
use std::process::Command;

/// The items of a file as a Parquet file beside it.
fn parquet(json: &str, name: &str, more: &[&str]) -> String {
    let out = Path::new(json).with_file_name(name).display().to_string();
    let python = root().join(".venv/bin/python");
    let script = root().join("tests/remote/geoparquet.py");
    let made = Command::new(python).arg(script).args([json, &out]).args(more).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    out
}

const QUESTIONS: [&str; 10] = [
    "",
    "collection one",
    "time 2018-03..2018-05",
    "time 2019",
    "collection two filter (cloud_cover < 20 and platform in [\"a\"])",
    "lonlat 9 45.1 9.065 45.16 filter (eo:cloud_cover >= 95)",
    "filter (cloud_cover == 3 or not cloud_cover < 99)",
    "max 7 filter (cloud_cover in 30..40)",
    "filter (5 > cloud_cover)",
    "filter (view:azimuth > 10)",
];

fn asked(from: &str, question: &str) -> String {
    let load = format!("load stac \"{from}\" assets red {question}");
    format!(
        "{load} | schema; {load} | step -1 | crop bbox 500010 4999990 500020 5000000 | show; {load} | mean | explain"
    )
}

/// 520 items, a third of which state an angle.
fn made(folder: &Path) -> String {
    let file = items(folder, 520);
    let mut all: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    for (i, item) in all["features"].as_array_mut().unwrap().iter_mut().enumerate() {
        if i % 3 == 0 {
            item["properties"]["view:azimuth"] = json!(i as f64 / 10.0);
        }
    }
    fs::write(&file, all.to_string()).unwrap();
    file
}

/// However a file is laid out, it holds the same items; of these the same are loaded, and the plan is the same.
#[test]
fn items_are_those_of_the_json() {
    let folder = tempfile::tempdir().unwrap();
    let file = made(folder.path());
    let plain = |from: &str, program: &str| {
        let ran = rastra(program, &[]);
        assert_eq!(ran.code, 0, "{program}\n{}", ran.err);
        format!("{}{}", ran.out, ran.err).replace(from.rsplit('/').next().unwrap(), "ITEMS")
    };
    let expected: Vec<String> = QUESTIONS.iter().map(|q| plain(&file, &asked(&file, q))).collect();
    let listed = plain(&file, &format!("items \"{file}\" | save csv \"{file}.csv\" overwrite"));
    let table = fs::read_to_string(format!("{file}.csv")).unwrap();
    let layouts: [(&str, &[&str]); 6] = [
        ("a.parquet", &[]),
        ("b.geoparquet", &["--rows", "1000", "--unit", "ms", "--compression", "snappy"]),
        ("c.pq", &["--rows", "7", "--unit", "ns", "--compression", "gzip"]),
        ("d.parquet", &["--no-bbox", "--map"]),
        ("e.items", &["--json", "--compression", "none"]),
        ("f.parquet", &["--no-statistics"]),
    ];
    for (name, layout) in layouts {
        let made = parquet(&file, name, layout);
        for (question, expected) in QUESTIONS.iter().zip(&expected) {
            assert_eq!(plain(&made, &asked(&made, question)), *expected, "{name} {question}");
        }
        let said = plain(&made, &format!("items \"{made}\" | save csv \"{made}.csv\" overwrite"));
        assert_eq!(said.replace(name, "ITEMS"), listed, "{name}");
        assert_eq!(fs::read_to_string(format!("{made}.csv")).unwrap(), table, "{name}");
    }
}

/// What the question leaves out by the statistics of the file is not asked for, nor are columns that are not needed.
#[test]
fn only_what_is_needed_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = made(folder.path());
    let mut all: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    for (i, item) in all["features"].as_array_mut().unwrap().iter_mut().enumerate() {
        // Something that nobody asks for, and that cannot be compressed.
        let mut state = i as u64;
        let mut letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + ((state >> 33) % 26) as u8)
        };
        let noise: String = (0..8000).map(|_| letter()).collect();
        item["assets"]["other"] = json!({"href": format!("b{i}.tif"), "description": noise});
    }
    fs::write(&file, all.to_string()).unwrap();
    let made = parquet(&file, "items.parquet", &["--rows", "40"]);
    let size = fs::metadata(&made).unwrap().len();
    let server = Server::web(folder.path(), &[]);
    let from = format!("{}/items.parquet", server.url());
    let ask = |question: &str| {
        let before = server.log().len();
        let program = format!("load stac \"{from}\" assets red {question} | schema");
        let (near, far) = (rastra(&program.replace(&from, &made), &[]).ok(), rastra(&program, &[]).ok());
        assert_eq!(far, near, "{question}");
        let log = server.log().split_off(before);
        assert!(log.iter().all(|r| r["method"] == "GET"), "{log:#?}");
        let bytes = |r: &Value| -> u64 {
            let (from, to) = r["range"].as_str().and_then(|r| r.strip_prefix("bytes=")?.split_once('-')).unwrap();
            to.parse::<u64>().unwrap().min(size - 1) + 1 - from.parse::<u64>().unwrap()
        };
        (log.len(), log.iter().map(bytes).sum::<u64>())
    };
    // The head and the tail; of the thirteen groups the one that holds February, beside the two around it none.
    let (requests, bytes) = ask("time 2018-02-20..2018-03-05");
    assert!(requests <= 6 && bytes < size / 4, "{requests} requests, {bytes} of {size} bytes");
    let (all_requests, all_bytes) = ask("");
    assert!(all_requests > requests && all_bytes < size / 2, "{all_requests} requests, {all_bytes} of {size} bytes");
    let (none, _) = ask("filter (cloud_cover <= 99) time 2018-01-01");
    assert!(none <= requests, "{none} requests");
}

#[test]
fn what_is_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = made(folder.path());
    let made = parquet(&file, "items.parquet", &[]);
    let load = |from: &str, more: &str| rastra(&format!("load stac \"{from}\" assets red {more} | schema"), &[]);
    let left =
        ["no item is left", "520 items found, 0 in the time asked for (they run from 2018-01-01T", "2019-07-16T"];
    load(&made, "time 2030").fails("E0204", &left);
    load(&made, "lonlat 100 10 101 11").fails("E0204", &["520 items found, 0 that meet the box"]);
    load(&made, "collection three").fails("E0204", &["520 items found", "of collection `three`"]);
    load(&made, "filter (cloud_cover > 200)").fails("E0204", &["0 that pass the filter"]);
    load(&made, "filter (cloudcover > 2)").fails("E0214", &["no item has a property `cloudcover`"]);
    load(&made.replace("items.p", "itms.p"), "").fails("E0301", &["itms.parquet` does not exist"]);
    let table = folder.path().join("table.parquet").display().to_string();
    rastra(&format!("ramp 2 2 | reduce mean over space | save parquet \"{table}\""), &[]).ok();
    load(&table, "").fails("E0305", &["`id` of", "no row of it is an item", "columns: `time`"]);
    // Truncated, with a hole, and no Parquet file at all.
    let bytes = fs::read(&made).unwrap();
    let broken = folder.path().join("broken.parquet");
    let name = broken.display().to_string();
    let hole = |at: usize| [&bytes[..at], &vec![0xff; 200][..], &bytes[at + 200..]].concat();
    for spoiled in
        [bytes[..bytes.len() / 2].to_vec(), hole(5000), hole(bytes.len() - 2000), b"PAR1 and no more".to_vec()]
    {
        fs::write(&broken, spoiled).unwrap();
        load(&name, "").fails("E0314", &["broken.parquet` is no Parquet file that can be read"]);
    }
    let lz4 = parquet(&file, "lz4.parquet", &["--compression", "lz4"]);
    load(&lz4, "").fails("E0314", &["lz4", "zstd"]);
}
