//! `rastra doctor ADDRESS`: what servers answer, without secrets.

use super::*;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpListener;

/// What is said of addresses, without the line of what was found on the machine, and the exit code.
fn asked(addresses: &[&str], env: &[(&str, &str)]) -> (String, i32) {
    let ran = servers::command(env).arg("doctor").args(addresses).output().unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(!said.contains("HUSH"), "a secret in\n{said}");
    (said, ran.status.code().unwrap())
}

#[test]
fn servers_of_files_and_documents() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    raster(&dir.join("a.tif"), 0.0);
    fs::write(dir.join("page.html"), "<!DOCTYPE html><html>sign in</html>").unwrap();
    let api = json!({"type": "Catalog", "id": "a", "stac_version": "1.0.0", "links": [], "conformsTo": []});
    fs::write(dir.join("api.json"), api.to_string()).unwrap();
    fs::create_dir(dir.join("cube.zarr")).unwrap();
    fs::write(dir.join("cube.zarr/zarr.json"), "{\"zarr_format\": 3, \"node_type\": \"group\"}").unwrap();
    let server = Server::web(dir, &[]);
    let at = |path: &str| format!("{}/{path}", server.url());
    let size = fs::metadata(dir.join("a.tif")).unwrap().len();
    for (path, verdict, words) in [
        ("a.tif?sig=HUSH", "ok", &["a TIFF", "HTTP 206", "first byte after", "gives parts"][..]),
        ("api.json", "ok", &["a STAC API"]),
        ("cube.zarr", "ok", &["a Zarr store, by its `zarr.json`"]),
        ("page.html", "FAILS", &["a web page", "sign in"]),
        ("none.tif", "FAILS", &["does not exist", "404"]),
        ("status/403/a.tif", "FAILS", &["refuses", "403", "sign bearer"]),
        ("status/503/a.tif", "FAILS", &["failed", "503"]),
        ("drop/0/a.tif", "FAILS", &["broke", "is the address right"]),
    ] {
        let address = at(path);
        let (said, code) = asked(&[&address], &[]);
        let shown = address.split('?').next().unwrap();
        let line = said.split(&format!("{verdict:<6}{shown}: ")).nth(1).unwrap_or_else(|| panic!("{path}: {said}"));
        assert!(words.iter().all(|word| line.contains(word)), "{path}: {line}");
        assert_eq!(code, i32::from(verdict == "FAILS"), "{path}: {said}");
    }
    assert!(asked(&[&at("a.tif")], &[]).0.contains(", 1 MiB, "), "{size}");
    // Each is asked once: a server that is asked whether it is busy is not made busier.
    let busy = server.log().iter().filter(|r| r["path"] == "/status/503/a.tif").count();
    assert_eq!(busy, 1);
    let (said, code) = asked(&["https://127.0.0.1:1/a.tif", "here.tif", "sftp://h/a"], &[]);
    assert!(
        code == 1 && said.contains("`here.tif` is on no server") && said.contains("`sftp://` is no kind"),
        "{said}"
    );
}

/// A server that sends files whole is of no use for large ones.
#[test]
fn a_server_without_parts() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a.tif", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\nII*\0rest").unwrap();
    });
    let (said, code) = asked(&[&url], &[]);
    assert!(code == 1 && said.contains("gives no parts") && said.contains("download it"), "{said}");
}

#[test]
fn buckets() {
    let folder = tempfile::tempdir().unwrap();
    raster(&folder.path().join("rain/a.tif"), 0.0);
    let server = Server::start("s3.py", &[folder.path().to_str().unwrap(), "0"]);
    let url = server.url();
    let env = [
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_ACCESS_KEY_ID", &server.ready[1]),
        ("AWS_SECRET_ACCESS_KEY", &server.ready[2]),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    let (said, code) = asked(&["s3://box/rain/a.tif"], &env);
    assert!(code == 0 && said.contains("ok    s3://box/rain/a.tif: a TIFF"), "{said}");
    assert!(!said.contains(&server.ready[2]), "{said}");
    let (said, code) = asked(&["s3://box/rain/none.tif"], &env);
    assert!(code == 1 && said.contains("does not exist"), "{said}");
    let (said, code) = asked(&["s3://box/rain/a.tif"], &[("AWS_ENDPOINT_URL", &url)]);
    assert!(code == 1 && said.contains("AWS_NO_SIGN_REQUEST"), "{said}");
}
