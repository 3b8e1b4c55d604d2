//! Tables as files, byte by byte where they are text.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::cube::time::Instant;
use crate::plan::{IfExists, Payload};
use crate::table::{Cells, Column, ColumnType};
use serde_json::json;

fn table() -> Table {
    let column = |name: &str, kind| Column::new(name, kind);
    Table::new(
        vec![
            column("time", ColumnType::Time),
            column("name", ColumnType::Text),
            column("n", ColumnType::Int64),
            column("low", ColumnType::Float32),
            column("mean", ColumnType::Float64),
        ],
        vec![
            Cells::Time(vec![Some(Instant(0)), Some(Instant(1_500_000)), None]),
            Cells::Text(vec![Some("a,\"b\"\nc".into()), None, Some("é".into())]),
            Cells::Int64(vec![Some(i64::MAX), None, Some(-1)]),
            Cells::Float32(vec![0.1, f32::NAN, -1.0]),
            Cells::Float64(vec![0.1, f64::INFINITY, f64::NAN]),
        ],
    )
}

fn spec(format: &str, path: &Path, options: serde_json::Value) -> SinkSpec {
    SinkSpec::new(format, path.to_string_lossy(), IfExists::Refuse, Payload::of(&options))
}

fn written(format: &str, options: serde_json::Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/table");
    let spec = spec(format, &path, options);
    let output = write(&spec, &table(), hold(&spec).unwrap()).unwrap();
    let text = std::fs::read(&path).unwrap();
    assert_eq!((output.bytes, output.paths), (text.len() as u64, vec![path.clone()]));
    let beside = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1, "nothing half written is left");
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn csv() {
    let lines = concat!(
        "time,name,n,low,mean\n",
        "1970-01-01T00:00:00Z,\"a,\"\"b\"\"\nc\",9223372036854775807,0.1,0.1\n",
        "1970-01-01T00:00:01.5Z,,,,inf\n",
        ",é,-1,-1,\n",
    );
    assert_eq!(written("csv", json!({})), lines);
    assert!(written("csv", json!({"delimiter": "tab"})).starts_with("time\tname\tn\tlow\tmean\n"));
}

#[test]
fn json() {
    let records = serde_json::from_str::<serde_json::Value>(&written("json", json!({}))).unwrap();
    let expected = json!([
        {"time": "1970-01-01T00:00:00Z", "name": "a,\"b\"\nc", "n": i64::MAX, "low": 0.1, "mean": 0.1},
        {"time": "1970-01-01T00:00:01.5Z", "name": null, "n": null, "low": null, "mean": null},
        {"time": null, "name": "é", "n": -1, "low": -1, "mean": null},
    ]);
    assert_eq!(records, expected);
    assert_eq!(written("json", json!({"layout": "lines"})).lines().count(), 3);
}

/// That others read it is proved with them; here, that it is whole.
#[test]
fn parquet() {
    for compress in ["snappy", "zstd", "none"] {
        let text = written("parquet", json!({"compress": compress}));
        assert!(text.starts_with("PAR1") && text.ends_with("PAR1"));
    }
}

#[test]
fn targets_and_options_are_refused_before() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there.csv");
    std::fs::write(&there, "kept").unwrap();
    let code = |spec: &SinkSpec| check(spec).unwrap_err().code;
    assert_eq!(code(&spec("csv", &there, json!({}))), codes::TARGET_EXISTS);
    assert_eq!(code(&spec("csv", folder.path(), json!({}))), codes::CANNOT_WRITE);
    let new = folder.path().join("new");
    for (format, options) in [
        ("csv", json!({"delimiter": "ab"})),
        ("csv", json!({"delimiter": "."})),
        ("csv", json!({"layout": "lines"})),
        ("json", json!({"layout": "columns"})),
        ("parquet", json!({"compress": "brotli"})),
    ] {
        assert_eq!(code(&spec(format, &new, options)), codes::BAD_OPTION);
    }
    let over = SinkSpec { existing: IfExists::Overwrite, ..spec("csv", &there, json!({})) };
    check(&over).unwrap();
    write(&over, &table(), hold(&over).unwrap()).unwrap();
    assert!(std::fs::read_to_string(&there).unwrap().starts_with("time,"));
}
