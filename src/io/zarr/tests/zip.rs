//! Stores in a zip archive, stored or deflated, at the root of it or in a folder, with documents written twice.

use super::made::*;
use crate::diagnostic::codes;
use crate::io::check;
use crate::plan::IfExists;
use serde_json::json;
use std::fs;
use std::io::Write;
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Puts a folder into an archive. A first `zarr.json` is written before, in which nothing is true any more.
fn pack(store: &Path, archive: &Path, root: &str, method: CompressionMethod) {
    let options = SimpleFileOptions::default().compression_method(method);
    let mut out = ZipWriter::new(fs::File::create(archive).expect("an archive"));
    let stale = format!("{root}zarr.jso_");
    out.start_file(stale.as_str(), options).expect("a member");
    out.write_all(br#"{"zarr_format": 3, "node_type": "group", "attributes": {}}"#).expect("bytes");
    let mut folders = vec![store.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(store).expect("below it").to_string_lossy().into_owned();
            out.start_file(format!("{root}{name}"), options).expect("a member");
            out.write_all(&fs::read(&path).expect("bytes")).expect("bytes");
        }
    }
    out.finish().expect("an archive");
    // Writers of archives refuse a name twice; those of stores write it.
    let bytes = fs::read(archive).expect("bytes");
    let mut renamed = bytes.clone();
    for at in 0..bytes.len() - stale.len() {
        if bytes[at..].starts_with(stale.as_bytes()) {
            renamed[at + stale.len() - 1] = b'n';
        }
    }
    fs::write(archive, renamed).expect("bytes");
}

#[test]
fn stores_in_archives() {
    let schema = schema(days(18_000, 3));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    save(&schema, &spec(&path, IfExists::Refuse, json!({})), 0).unwrap_or_else(|e| panic!("{e:?}"));
    for (root, method) in
        [("", CompressionMethod::Stored), ("", CompressionMethod::Deflated), ("cube.zarr/", CompressionMethod::Stored)]
    {
        let archive = folder.path().join("cube.zarr.zip");
        pack(&path, &archive, root, method);
        compare(&archive, &schema, 0.0);
        assert_eq!(load(&archive).schema().time, schema.time);
    }
}

#[test]
fn archives_are_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr.zip");
    let refused = check(&spec(&path, IfExists::Refuse, json!({})), &schema(days(0, 1))).expect_err("it is refused");
    assert_eq!(refused.code, codes::CANNOT_WRITE);
    assert!(refused.help.iter().any(|help| help.contains("cube.zarr\"")), "{refused:?}");
}
