//! Archives of every kind, from disk and from a server on this machine.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::cube::Pixels;
use crate::io::source::ReadCx;
use flate2::{Compression, Crc, write::GzEncoder};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

fn load(base: &Path, path: &str, more: Value) -> Result<Arc<dyn Source>> {
    let mut options = json!({ "path": path, "base": base });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    discover(&Payload::of(&options), &AtomicBool::new(false))
}

fn values(source: &dyn Source) -> Result<Vec<f64>> {
    let chunk = source.read(&source.schema().all(), &ReadCx::default())?;
    Ok(chunk.bands.iter().flat_map(Pixels::to_f64).collect())
}

/// An ASCII grid of two pixels.
fn grid(first: i32) -> Vec<u8> {
    format!("ncols 2\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\nNODATA_value -9\n{first} 2\n").into_bytes()
}

fn members() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("rain_2020-01-10.asc", grid(10)),
        ("rain_2020-01-02.asc", grid(2)),
        ("rain_2020-01-02.asc.aux.xml", b"<PAMDataset/>".to_vec()),
        ("readme.txt", b"read me".to_vec()),
        ("deep/er/rain_2020-01-03.asc", grid(3)),
        ("__MACOSX/._rain_2020-01-02.asc", b"shadow".to_vec()),
    ]
}

fn tar(members: &[(&str, Vec<u8>)], magic: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in members {
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(b"0000644");
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[136..147].copy_from_slice(b"14000000000");
        header[148..156].fill(b' ');
        header[156] = b'0';
        if magic {
            header[257..265].copy_from_slice(b"ustar\x0000");
        }
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(bytes);
        out.resize(out.len().div_ceil(512) * 512, 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn zip(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let mut crc = Crc::new();
        crc.update(bytes);
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x50];
        common.extend(crc.sum().to_le_bytes());
        common.extend((bytes.len() as u32).to_le_bytes());
        common.extend((bytes.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        let at = out.len() as u32;
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(bytes);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, n) = (out.len() as u32, (members.len() as u16).to_le_bytes());
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(n);
    out.extend(n);
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn archives_made_here() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let all = [2.0, 2.0, 3.0, 2.0, 10.0, 2.0];
    for (name, bytes) in [
        ("a.zip", zip(&members())),
        ("a.tar", tar(&members(), true)),
        ("old.tar", tar(&members(), false)),
        ("a.tgz", gzip(&tar(&members(), true))),
        ("a.tar.gz", gzip(&tar(&members(), true))),
        // Names that lie.
        ("tar.gz", gzip(&tar(&members(), true))),
        ("zip.tar", zip(&members())),
        ("odd {name}.dat", zip(&members())),
    ] {
        std::fs::write(folder.join(name), bytes).unwrap();
        let source = load(folder, name, json!({})).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(values(&*source).unwrap(), all, "{name}");
        assert_eq!(source.schema().time.span_text(), "2020-01-02 .. 2020-01-10, 3 steps");
        assert_eq!(source.schema().bands[0].name, "rain", "{name}");
        for (glob, expected) in [
            ("*.asc", vec![2.0, 2.0, 10.0, 2.0]),
            ("**/*.asc", all.to_vec()),
            ("deep/**/*.asc", vec![3.0, 2.0]),
            ("rain_2020-01-1?.asc", vec![10.0, 2.0]),
        ] {
            let source = load(folder, name, json!({"glob": glob})).unwrap_or_else(|e| panic!("{name} {glob}: {e:?}"));
            assert_eq!(values(&*source).unwrap(), expected, "{name} {glob}");
        }
    }
    let e = load(folder, "a.zip", json!({"glob": "*03.asc"})).err().unwrap();
    assert!(e.help.iter().any(|h| h.contains("`glob \"**/*03.asc\"` matches 1 in folders")), "{e:?}");

    std::fs::write(folder.join("rain_2021-05-06.asc.gz"), gzip(&grid(7))).unwrap();
    let single = load(folder, "rain_2021-05-06.asc.gz", json!({})).unwrap();
    assert_eq!(values(&*single).unwrap(), [7.0, 2.0]);
    assert_eq!(single.schema().time.span_text(), "2021-05-06, 1 step");
    assert_eq!(single.schema().bands[0].name, "rain");
    // Nothing is left beside the archives.
    assert!(
        std::fs::read_dir(folder).unwrap().flatten().all(|e| !e.file_name().to_string_lossy().contains("properties"))
    );

    // Several archives are one cube.
    std::fs::write(folder.join("b.zip"), zip(&[("rain_2020-02-01.asc", grid(21))])).unwrap();
    let both = load(folder, "[ab].zip", json!({})).unwrap();
    assert_eq!(values(&*both).unwrap(), [2.0, 2.0, 3.0, 2.0, 10.0, 2.0, 21.0, 2.0]);
}

#[test]
fn archives_on_a_server() {
    let bytes = zip(&members());
    let address = serve(bytes);
    let path = format!("http://{address}/a.zip");
    let source = load(Path::new("."), &path, json!({"glob": "*.asc"})).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(values(&*source).unwrap(), [2.0, 2.0, 10.0, 2.0]);
    let e = load(Path::new("."), &format!("http://{address}/none.zip"), json!({})).err().unwrap();
    let message = format!("`http://{address}/none.zip` does not exist");
    assert_eq!((e.code, e.message), (codes::REMOTE, message));
}

/// A server of one file, `/a.zip`, that knows ranges.
fn serve(bytes: Vec<u8>) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Ok(reading) = stream.try_clone() else { return };
            let lines: Vec<String> =
                BufReader::new(reading).lines().map_while(|l| l.ok()).take_while(|l| !l.is_empty()).collect();
            let Some(request) = lines.first() else { continue };
            if !request.contains("/a.zip ") {
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                continue;
            }
            let range = lines.iter().find_map(|l| {
                let range = l.to_ascii_lowercase().strip_prefix("range: bytes=")?.to_string();
                let (from, to) = range.split_once('-')?;
                Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?.min(bytes.len() - 1)))
            });
            let (status, part) = match range {
                Some((from, to)) => (
                    format!("206 Partial Content\r\nContent-Range: bytes {from}-{to}/{}", bytes.len()),
                    &bytes[from..=to],
                ),
                None => ("200 OK".to_string(), &bytes[..]),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nAccept-Ranges: bytes\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                part.len()
            );
            let _ = stream.write_all(head.as_bytes());
            if !request.starts_with("HEAD") {
                let _ = stream.write_all(part);
            }
        }
    });
    address
}

/// Names of more than 100 letters stand in an extended header before the member, as Python's `tarfile` writes them.
#[test]
fn names_in_extended_headers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let deep = format!("{}/rain_2020-01-05.asc", "S2A_MSIL2A.SAFE/GRANULE/IMG_DATA".repeat(4));
    let record = |key: &str, value: &str| {
        let body = format!(" {key}={value}\n");
        let len = (1..).find(|len: &usize| len.to_string().len() + body.len() == *len).unwrap();
        format!("{len}{body}").into_bytes()
    };
    let cut = &deep[..100];
    let pax = [record("mtime", "1592899831.5"), record("path", &deep)].concat();
    let mut bytes = tar(&[("././@PaxHeader", pax), (cut, grid(7)), ("rain_2020-01-02.asc", grid(2))], true);
    // The first member is the extended header.
    bytes[156] = b'x';
    let sum: u32 =
        bytes[..512].iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) }).sum();
    bytes[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    std::fs::write(folder.join("pax.tar"), &bytes).unwrap();
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&bytes).unwrap();
    std::fs::write(folder.join("pax.tar.gz"), gz.finish().unwrap()).unwrap();
    for name in ["pax.tar", "pax.tar.gz"] {
        let source = load(folder, name, json!({})).unwrap();
        assert_eq!(source.schema().time.span_text(), "2020-01-02 .. 2020-01-05, 2 steps");
        assert_eq!(values(&*source).unwrap(), [2.0, 2.0, 7.0, 2.0], "{name}");
    }
}

/// Archives in an archive are folders; compressed rasters are rasters.
/// An archive inside that is cut off is told by name, and passed over where that is asked for.
#[test]
fn damaged_archives_in_archives() {
    let folder = tempfile::tempdir().unwrap();
    let whole = zip(&[("p_20200102.asc", grid(7))]);
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 30);
    let outer = [("p_20200101.asc", grid(1)), ("a/rain_20200102.zip", whole), ("b/rain_20200103.zip", cut)];
    std::fs::write(folder.path().join("all.zip"), zip(&outer)).unwrap();
    let error = load(folder.path(), "all.zip", json!({})).map(|_| ()).unwrap_err();
    assert_eq!(
        (error.code, error.cause_text()),
        (codes::DAMAGED, Some("its list of members cannot be read: it is damaged"))
    );
    assert!(
        error.message.contains("rain_20200103.zip") && error.help.iter().any(|help| help.contains("on_error skip"))
    );
    let source = load(folder.path(), "all.zip", json!({ "on_error": "skip" })).unwrap();
    let notes = &source.schema().notes;
    assert!(
        notes.iter().any(|note| note.starts_with("`b/rain_20200103.zip` in `all.zip` was passed over")),
        "{notes:?}"
    );
    assert_eq!(source.schema().time.len(), 2);
}

#[test]
fn archives_in_archives() {
    let folder = tempfile::tempdir().unwrap();
    let inner = zip(&[("rain_2020-01-02.asc", grid(2)), ("rain_2020-01-01.asc", grid(1))]);
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&grid(3)).unwrap();
    let packed = packed.finish().unwrap();
    let mut stream = GzEncoder::new(Vec::new(), Compression::default());
    stream.write_all(&tar(&[("rain_2020-01-04.asc", grid(4))], true)).unwrap();
    let stream = stream.finish().unwrap();
    let all = [
        ("a/inner.zip", inner),
        ("rain_2020-01-03.asc.gz", packed),
        ("more.tar.gz", stream),
        ("rain_2020-01-05.asc", grid(5)),
        ("not.zip", b"no archive".to_vec()),
    ];
    for (name, bytes) in [("outer.zip", zip(&all)), ("outer.tar", tar(&all, true))] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let source = load(folder.path(), name, json!({})).unwrap();
        assert_eq!(values(&*source).unwrap(), [1.0, 2.0, 2.0, 2.0, 3.0, 2.0, 4.0, 2.0, 5.0, 2.0], "{name}");
        let inside = load(folder.path(), name, json!({ "glob": "a/inner.zip/*.asc" })).unwrap();
        assert_eq!(values(&*inside).unwrap(), [1.0, 2.0, 2.0, 2.0], "{name}");
        let outside = load(folder.path(), name, json!({ "glob": "*.asc" })).unwrap();
        assert_eq!(values(&*outside).unwrap(), [5.0, 2.0], "{name}");
    }
}
