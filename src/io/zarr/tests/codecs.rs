//! Stores with codecs of numcodecs and floats of 16 bits, as zarr-python lays them out.

use super::cx;
use super::made::load;
use crate::cube::Region;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// An array of version 2 or 3, by its document, its dimensions and the bytes of its one chunk.
fn array(store: &Path, name: &str, document: &Value, dims: &[&str], units: &str, chunk: &[u8]) {
    let folder = store.join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut document = document.clone();
    let rank = dims.len();
    let at = |separator: &str| vec!["0"; rank].join(separator);
    let (file, place) = if document["zarr_format"] == 2 {
        let attributes = json!({"_ARRAY_DIMENSIONS": dims, "units": units});
        std::fs::write(folder.join(".zattrs"), attributes.to_string()).expect("written");
        (".zarray", folder.join(at(".")))
    } else {
        document["dimension_names"] = json!(dims);
        document["attributes"] = json!({"units": units});
        ("zarr.json", folder.join("c").join(at("/")))
    };
    std::fs::write(folder.join(file), document.to_string()).expect("written");
    std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    std::fs::write(place, chunk).expect("written");
}

fn plain(version: u64, dtype: [&str; 2], shape: &[usize], codecs: Value) -> Value {
    match version {
        2 => json!({
            "zarr_format": 2, "shape": shape, "chunks": shape, "dtype": dtype[0], "order": "C", "fill_value": null,
            "filters": codecs["filters"], "compressor": null,
        }),
        _ => json!({
            "zarr_format": 3, "node_type": "array", "shape": shape, "data_type": dtype[1], "fill_value": 0,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shape}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "codecs": codecs["codecs"],
        }),
    }
}

fn little() -> Value {
    json!({"name": "bytes", "configuration": {"endian": "little"}})
}

/// A store of one array of two rows and two columns in one chunk.
fn store(folder: &Path, version: u64, dtype: [&str; 2], codecs: Value, chunk: &[u8]) -> PathBuf {
    let path = folder.join("made.zarr");
    std::fs::create_dir(&path).expect("a folder");
    let (file, group) = match version {
        2 => (".zgroup", json!({"zarr_format": 2})),
        _ => ("zarr.json", json!({"zarr_format": 3, "node_type": "group", "attributes": {}})),
    };
    std::fs::write(path.join(file), group.to_string()).expect("written");
    let none = json!({"filters": null, "codecs": [little()]});
    for (name, units, centers) in [("lat", "degrees_north", [50.0f64, 49.0]), ("lon", "degrees_east", [7.0, 8.0])] {
        let bytes: Vec<u8> = centers.iter().flat_map(|v| v.to_le_bytes()).collect();
        array(&path, name, &plain(version, ["<f8", "float64"], &[2], none.clone()), &[name], units, &bytes);
    }
    array(&path, "t", &plain(version, dtype, &[2, 2], codecs), &["lat", "lon"], "K", chunk);
    path
}

#[test]
fn numbers_packed_by_numcodecs() {
    let little = little();
    let none = json!({"filters": null, "codecs": [little]});
    let delta = json!({"id": "delta", "dtype": "<i2", "astype": "<i2"});
    let python = json!({"name": "numcodecs.delta", "configuration": {"dtype": "<i2", "astype": "<i2"}});
    let cases = [
        // Differences of 1, 3, 6 and -2.
        (2, ["<i2", ""], json!({"filters": [delta]}), vec![1, 0, 2, 0, 3, 0, 0xf8, 0xff], [1.0, 3.0, 6.0, -2.0]),
        (
            3,
            ["", "int16"],
            json!({"codecs": [python, little]}),
            vec![1, 0, 2, 0, 3, 0, 0xf8, 0xff],
            [1.0, 3.0, 6.0, -2.0],
        ),
        (2, ["<f2", ""], none.clone(), vec![0, 0x3e, 0, 0x38, 0, 0x40, 0xff, 0xfb], [1.5, 0.5, 2.0, -65504.0]),
        (2, [">f2", ""], none.clone(), vec![0x3e, 0, 0x38, 0, 0x40, 0, 0xfb, 0xff], [1.5, 0.5, 2.0, -65504.0]),
        (3, ["", "float16"], none.clone(), vec![0, 0x3e, 0, 0x38, 0, 0x40, 0xff, 0xfb], [1.5, 0.5, 2.0, -65504.0]),
    ];
    for (version, dtype, codecs, chunk, values) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let source = load(&store(folder.path(), version, dtype, codecs, &chunk));
        let chunk = source.read(&source.schema().all(), &cx()).unwrap_or_else(|e| panic!("{dtype:?}: {e:?}"));
        assert_eq!(chunk.bands[0].to_f64(), values, "version {version}, {dtype:?}");
    }
}

/// Bytes of zarr-python 3.1 and numcodecs 0.16 for the rows 1, 3 and 6, -2. A part of a chunk is checked as the whole is.
#[test]
fn checksums_of_parts() {
    let sum = json!({"name": "crc32c"});
    let shard = json!({"name": "sharding_indexed", "configuration": {
        "chunk_shape": [1, 2], "codecs": [little(), sum], "index_codecs": [little(), sum], "index_location": "end",
    }});
    let crc32c = "010003000600feffa0f9d128";
    let fletcher32 = "010003000600feff00090018";
    let sharded = "01000300e649c5a10600feff10b61e91\
                   000000000000000008000000000000000800000000000000080000000000000012a46c81";
    let cases = [
        (3, json!({"codecs": [little(), sum]}), crc32c),
        (3, json!({"codecs": [little(), {"name": "numcodecs.crc32c", "configuration": {"location": "end"}}]}), crc32c),
        (2, json!({"filters": [{"id": "crc32c"}]}), crc32c),
        (2, json!({"filters": [{"id": "fletcher32"}]}), fletcher32),
        (3, json!({"codecs": [little(), {"name": "numcodecs.fletcher32"}]}), fletcher32),
        (3, json!({"codecs": [shard]}), sharded),
    ];
    for (version, codecs, hex) in cases {
        let pair = |i: usize| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal");
        let mut chunk: Vec<u8> = (0..hex.len() / 2).map(pair).collect();
        for damaged in [false, true] {
            chunk[0] ^= u8::from(damaged);
            let folder = tempfile::tempdir().expect("a folder");
            let source = load(&store(folder.path(), version, ["<i2", "int16"], codecs.clone(), &chunk));
            for (x, values) in [(0..2, vec![1.0, 3.0]), (0..1, vec![1.0]), (1..2, vec![3.0])] {
                let read = source.read(&Region { y: 0..1, x, ..source.schema().all() }, &cx());
                match read {
                    Ok(chunk) => {
                        assert!(!damaged, "{codecs}: {:?}", chunk.bands[0].to_f64());
                        assert_eq!(chunk.bands[0].to_f64(), values, "{codecs}");
                    }
                    Err(why) => assert!(damaged && format!("{why:?}").contains("checksum"), "{codecs}: {why:?}"),
                }
            }
        }
    }
}
