//! Stores that are there: appended to, replaced, refused, gone on with; and what is left when a run does not end well.

use super::made::*;
use crate::cube::time::{Calendar, Instant};
use crate::cube::{DType, Schema, TimeAxis};
use crate::diagnostic::codes;
use crate::io::{check, create};
use crate::plan::{IfExists, Payload, SinkSpec};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

#[test]
fn appending_at_any_step() {
    let cases = [
        (json!({"chunks": {"time": "4", "y": "8", "x": "16"}}), [4, 4, 3]),
        (json!({"chunks": {"time": "4", "y": "8", "x": "16"}, "version": 2}), [3, 1, 7]),
        (
            json!({"chunks": {"time": "3", "y": "8", "x": "8"}, "shards": {"time": "6", "y": "16", "x": "16"}}),
            [1, 6, 5],
        ),
        (json!({}), [2, 2, 2]),
    ];
    for (options, parts) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cube.zarr");
        let mut done = 0;
        for part in parts {
            let schema = schema(days(100 + done as i64, part as i64));
            save(&schema, &spec(&path, IfExists::Append, options.clone()), done).unwrap_or_else(|e| panic!("{e:?}"));
            done += part;
            compare(&path, &self::schema(days(100, done as i64)), 0.0);
            assert_eq!(load(&path).schema().time, days(100, done as i64));
        }
    }
}

/// What has no file is missing, so a store without any would be all missing.
#[test]
fn a_store_that_was_removed_is_no_empty_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let schema = schema(days(100, 2));
    save(&schema, &spec(&path, IfExists::Refuse, json!({})), 0).expect("a new store");
    let source = load(&path);
    let all = source.schema().all();
    source.read(&all, &super::cx()).expect("it is there");
    std::fs::remove_dir_all(&path).expect("it can be removed");
    assert_eq!(source.read(&all, &super::cx()).expect_err("nothing is there").code, codes::NOT_FOUND);
}

#[test]
fn what_does_not_fit_is_not_appended() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let first = schema(days(100, 4));
    save(&first, &spec(&path, IfExists::Append, json!({})), 0).expect("a new store");
    let refused = |schema: &Schema, options: Value| {
        let problem = check(&spec(&path, IfExists::Append, options), schema).expect_err("it does not fit");
        assert_eq!(problem.code, codes::CANNOT_APPEND, "{problem:?}");
        problem.message
    };
    let message = refused(&schema(days(103, 4)), json!({}));
    assert!(message.contains("starts at 1970-04-14, the store ends at 1970-04-14"), "{message}");
    let mut other = schema(days(104, 4));
    other.grid.transform[0] += 30.0;
    assert!(refused(&other, json!({})).contains("its grid is"));
    let mut other = schema(days(104, 4));
    other.bands[0].dtype = DType::F64;
    assert!(refused(&other, json!({})).contains("`ndvi` is float64, in the store float32"));
    let mut other = schema(days(104, 4));
    other.bands.pop();
    assert!(refused(&other, json!({})).contains("would be left short: `dem`"));
    let other = schema(TimeAxis::of(Calendar::NoLeap, vec![Instant(200 * DAY)]));
    assert!(refused(&other, json!({})).contains("its calendar is noleap"));
    let other = schema(TimeAxis::of(Calendar::Standard, vec![Instant(200 * DAY + 1)]));
    assert!(refused(&other, json!({})).contains("in whole numbers"));
    assert!(refused(&schema(days(104, 4)), json!({"chunks": {"time": "1"}})).contains("chunks of the store"));
    assert!(refused(&schema(TimeAxis::Positions(2)), json!({})).contains("its steps have no dates"));
    compare(&path, &first, 0.0);
}

#[test]
fn a_failed_append_leaves_the_store_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let options = json!({"chunks": {"time": "4", "y": "8", "x": "16"}});
    let first = schema(days(100, 6));
    save(&first, &spec(&path, IfExists::Refuse, options), 0).expect("a new store");
    let files = |path: &Path| crate::io::zarr::size(path);
    let before = files(&path);
    let more = Arc::new(schema(days(106, 9)));
    let sink = create(&spec(&path, IfExists::Append, json!({})), &more).expect("it fits");
    for region in regions(&more, &*sink).iter().take(25) {
        sink.write(region, chunk(&more, region, 6)).expect("it is written");
    }
    compare(&path, &first, 0.0);
    drop(sink);
    compare(&path, &first, 0.0);
    assert_eq!(load(&path).schema().time, first.time);
    // Only the chunk that old and new steps share may have grown.
    assert!(files(&path) < before + before / 2, "{} {before}", files(&path));
    save(&more, &spec(&path, IfExists::Append, json!({})), 6).expect("it fits");
    compare(&path, &schema(days(100, 15)), 0.0);
}

#[test]
fn existing_stores_are_refused_replaced_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let first = schema(days(0, 3));
    save(&first, &spec(&path, IfExists::Refuse, json!({})), 0).expect("a new store");
    let refused = check(&spec(&path, IfExists::Refuse, json!({})), &first).expect_err("it is there");
    assert_eq!(refused.code, codes::TARGET_EXISTS);
    // Dropped before the end, the old one stays and nothing else.
    let second = Arc::new(schema(days(50, 5)));
    let sink = create(&spec(&path, IfExists::Overwrite, json!({})), &second).expect("it may be replaced");
    let region = regions(&second, &*sink)[0].clone();
    sink.write(&region, chunk(&second, &region, 0)).expect("it is written");
    drop(sink);
    compare(&path, &first, 0.0);
    assert_eq!(names(folder.path()), ["cube.zarr"]);
    save(&second, &spec(&path, IfExists::Overwrite, json!({"version": 2})), 0).expect("it may be replaced");
    compare(&path, &second, 0.0);
    assert_eq!(names(folder.path()), ["cube.zarr"]);
    // A folder of other things is not replaced.
    let other = folder.path().join("photos");
    std::fs::create_dir(&other).expect("a folder");
    std::fs::write(other.join("a.jpg"), "").expect("a file");
    let refused = check(&spec(&other, IfExists::Overwrite, json!({})), &first).expect_err("it is no store");
    assert_eq!(refused.code, codes::CANNOT_WRITE);
}

#[test]
fn a_run_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let schema = Arc::new(schema(days(0, 9)));
    let options = json!({"chunks": {"time": "4", "y": "8", "x": "16"}});
    let by = |run: &str, resumable, options: &Value| SinkSpec {
        resumable,
        fingerprint: Some(run.into()),
        ..self::spec(&path, IfExists::Refuse, options.clone())
    };
    let spec = |resumable, options: &Value| by("a1", resumable, options);
    let sink = create(&spec(true, &options), &schema).expect("a new store");
    let all = regions(&schema, &*sink);
    for region in &all[..10] {
        sink.write(region, chunk(&schema, region, 0)).expect("it is written");
    }
    // Another run cannot build the same store at the same time.
    assert!(create(&spec(true, &options), &schema).is_err());
    assert!(create(&spec(false, &options), &schema).is_err());
    drop(sink);
    assert_eq!(names(folder.path()), [".cube.zarr.partial"]);
    // A line that a kill cut in two says nothing.
    let log = folder.path().join(".cube.zarr.partial/progress");
    let mut text = std::fs::read_to_string(&log).expect("the log is text");
    text.push_str("2 3 1");
    std::fs::write(&log, text).expect("the log is a file");

    let others = [spec(true, &json!({"chunks": {"time": "3"}})), by("b2", true, &options)];
    for other in others {
        let refused = check(&other, &schema).expect_err("it is another run");
        assert_eq!(refused.code, codes::CANNOT_APPEND);
    }
    check(&spec(true, &options), &schema).expect("it is the same run");
    let sink = create(&spec(true, &options), &schema).expect("it goes on");
    assert_eq!(all.iter().filter(|region| sink.is_done(region)).count(), 10);
    for region in all.iter().filter(|region| !sink.is_done(region)) {
        sink.write(region, chunk(&schema, region, 0)).expect("it is written");
    }
    sink.finish().expect("it is whole");
    compare(&path, &schema, 0.0);
    assert_eq!(names(folder.path()), ["cube.zarr"]);
    let refused = check(&spec(true, &options), &schema).expect_err("it is finished");
    assert_eq!(refused.code, codes::TARGET_EXISTS);
}

/// What was done is told in the order in which it was done, the last first, also where steps are added.
#[test]
fn history_goes_on() {
    for version in [2, 3] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cube.zarr");
        let spec = |existing, program: &str| {
            let program = Some(program.to_string());
            SinkSpec { program, ..spec(&path, existing, json!({ "version": version })) }
        };
        let mut first = schema(days(0, 4));
        first.history = Some("Mon Jan 01 00:00:00 2001: by hand".into());
        first.bands[1].cell_methods = Some("time: sum".into());
        save(&first, &spec(IfExists::Refuse, "one"), 0).expect("it is saved");
        let mut more = schema(days(4, 2));
        more.bands[1].cell_methods = Some("time: sum".into());
        save(&more, &SinkSpec { options: Payload::default(), ..spec(IfExists::Append, "two") }, 4).expect("it fits");
        let found = load(&path);
        let told = found.schema().history.clone().expect("there is one");
        let ends: Vec<&str> = told.lines().map(|line| line.rsplit(": ").next().unwrap_or_default()).collect();
        assert_eq!(ends, ["two", "one", "by hand"], "version {version}");
        assert_eq!(found.schema().bands[1].cell_methods.as_deref(), Some("time: sum"));
        assert_eq!(found.schema().bands[0].cell_methods, None);
    }
}
