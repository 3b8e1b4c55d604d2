//! A catalog and its files on a server.

use super::made::{asset, item, three};
use super::*;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

/// Serves a folder on loopback, with byte ranges, which GDAL needs.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || answer(stream, &folder));
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream, folder: &Path) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines().map_while(|line| line.ok());
    let request = lines.next()?;
    let path = request.split(' ').nth(1)?.split('?').next()?;
    let range = lines.take_while(|line| !line.is_empty()).find_map(|line| {
        let line = line.to_lowercase();
        let (from, to) = line.strip_prefix("range: bytes=")?.split_once('-')?;
        Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?))
    });
    let Ok(bytes) = std::fs::read(folder.join(path.trim_start_matches('/'))) else {
        return stream.write_all(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok();
    };
    let (from, to) = range.unwrap_or((0, bytes.len()));
    let (from, end) = (from.min(bytes.len()), (to + 1).min(bytes.len()));
    let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
    let head = format!(
        "HTTP/1.1 {status}\r\naccept-ranges: bytes\r\ncontent-length: {}\r\ncontent-range: bytes {from}-{}/{}\r\n\
         connection: close\r\n\r\n",
        end - from,
        end.saturating_sub(1),
        bytes.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    if request.starts_with("HEAD") { Some(()) } else { stream.write_all(&bytes[from..end]).ok() }
}

#[test]
fn a_catalog_is_walked_and_its_files_are_read_where_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    three(folder.path());
    let write = |path: &str, value: Value| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, value.to_string()).unwrap();
    };
    let link = |rel: &str, href: &str| json!({"rel": rel, "href": href});
    write(
        "catalog.json",
        json!({"type": "Catalog", "links": [link("child", "./s2/collection.json"), link("self", "https://else.where/")]}),
    );
    let links = ["../catalog.json", "1/1.json", "/s2/2/2.json?key=secret", "1/1.json", "gone.json"];
    let rels = ["parent", "item", "item", "item", "item"];
    let links: Vec<Value> = rels.into_iter().zip(links).map(|(rel, href)| link(rel, href)).collect();
    write("s2/collection.json", json!({"type": "Collection", "links": links}));
    let here = [3.0, 45.0, 3.1, 45.1];
    write("s2/1/1.json", item("1", "2021-06-01T10:00:00Z", here, asset("../../a.tif?key=secret")));
    write("s2/2/2.json", item("2", "2021-06-01T10:00:20Z", here, asset("../../b.tif")));

    let path = format!("{}/catalog.json", serve(folder.path().to_path_buf()));
    let broken = error(json!({"path": path}));
    assert_eq!(broken.code, codes::REMOTE);
    assert!(broken.message.ends_with("/s2/gone.json` does not exist"));
    let source = discover("stac", &json!({"path": path, "group": "solar_day", "on_error": "skip"})).unwrap();
    assert!(source.schema().notes[0].ends_with("/s2/gone.json` was passed over: HTTP 404 Not Found"));
    assert_eq!(values(&source, &source.schema().all())[0], [1.0, 2.0, 3.0, 40.0]);

    // A file that is not there is named without its key.
    write("3.json", item("3", "2021-06-01T10:00:00Z", here, asset("../c.tif?key=secret")));
    let failed = error(json!({"path": path.replace("catalog", "3")}));
    let text = format!("{failed:?}");
    assert!(
        failed.code == codes::REMOTE && text.contains("/c.tif` does not exist") && !text.contains("secret"),
        "{text}"
    );
}
