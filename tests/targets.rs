//! What targets are called, and what is told of them: names say the format, addresses the place, and reports what was
//! written.

use crate::support::{plain, run_in, session_in};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a program prints in a folder, and the numbers of its diagnostics.
fn run(folder: &Path, program: &str) -> (String, Vec<&'static str>) {
    let ran = run_in(&mut session_in(folder, &plain()), program);
    (ran.text.replace(&*folder.to_string_lossy(), "DIR"), ran.failed.iter().map(|d| d.code.number).collect())
}

/// Every sink, with what it is given and the pipeline that it saves.
const SINKS: [(&str, &str); 13] = [
    ("tif", "tif"),
    ("cog", "tif"),
    ("netcdf", "nc"),
    ("zarr", "zarr"),
    ("png", "png"),
    ("svg", "svg"),
    ("pdf", "pdf"),
    ("gif", "gif"),
    ("apng", "png"),
    ("html", "html"),
    ("csv", "csv"),
    ("json", "json"),
    ("parquet", "parquet"),
];

fn pipeline(sink: &str) -> &'static str {
    if ["csv", "json", "parquet"].contains(&sink) { "ramp 2 4 | mean over space" } else { "ramp 2 4" }
}

#[test]
fn every_sink_takes_addresses_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let at = folder.to_string_lossy();
    for (sink, extension) in SINKS {
        for (address, name) in [
            (format!("file://{at}/a%20{sink}.{extension}"), format!("a {sink}.{extension}")),
            (format!("file://localhost{at}/b_{sink}.{extension}"), format!("b_{sink}.{extension}")),
            (format!("file:c_{sink}.{extension}"), format!("c_{sink}.{extension}")),
        ] {
            let (text, failed) = run(folder, &format!("{} | save {sink} \"{address}\"", pipeline(sink)));
            assert!(failed.is_empty() && folder.join(&name).exists(), "{address}: {text}");
            assert!(text.contains(&format!("saved DIR/{name}")), "{text}");
        }
        for (address, said) in [
            ("hdfs://host/a", "`hdfs://` is no kind of address that is known"),
            ("file://host/a", "names a file of the machine `host`"),
            ("https://host/a", "a web server can only be read"),
        ] {
            let (text, failed) = run(folder, &format!("{} | save {sink} \"{address}\"", pipeline(sink)));
            assert_eq!(failed, ["E0502"], "{sink}: {text}");
            assert!(text.contains(said), "{sink}: {text}");
        }
    }
    assert!(!folder.join("hdfs:").exists() && !folder.join("file:").exists());
}

#[test]
fn every_source_takes_addresses_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let at = folder.to_string_lossy();
    let zone = r#"{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,60],[0,60],[0,0]]]}"#;
    std::fs::write(folder.join("zone.geojson"), zone).unwrap();
    let made = "ramp 2 4 | save tif \"t_{time}.tif\"\nramp 2 4 | save netcdf \"n.nc\"\nramp 2 4 | save zarr \"z.zarr\"";
    let (text, failed) = run(folder, made);
    assert!(failed.is_empty(), "{text}");
    let sources = [
        "load files \"AT/t_*.tif\" | schema",
        "load netcdf \"AT/n.nc\" | schema",
        "load zarr \"AT/z.zarr\" | schema",
        "ramp 2 4 | align \"AT/t_2020-01-01.tif\" | schema",
        "ramp 2 4 | zonal \"AT/zone.geojson\" mean | schema",
        "ramp 2 4 | mask polygon \"AT/zone.geojson\" | schema",
    ];
    for source in sources {
        let (wanted, failed) = run(folder, &source.replace("AT", &at));
        assert!(failed.is_empty(), "{source}: {wanted}");
        for address in [format!("file://{at}"), format!("file:{at}"), "file:.".to_string()] {
            assert_eq!(run(folder, &source.replace("AT", &address)).0, wanted, "{source} {address}");
        }
        let (text, failed) = run(folder, &source.replace("AT", "hdfs://host/x"));
        assert_eq!(failed, ["E0313"], "{source}: {text}");
        assert!(text.contains("`hdfs://` is no kind of address that is known"), "{text}");
    }
}

/// No format is written under the name of another; the help says a name that is right.
#[test]
fn names_of_other_formats() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (sink, own) in SINKS {
        for other in ["asc", "img", "JP2", "vrt", "grib", "shp", "xlsx", "zip", "gz", "mp4", "jpg"] {
            let (text, failed) = run(folder, &format!("{} | save {sink} \"a.{other}\"", pipeline(sink)));
            assert_eq!(failed, ["E0502"], "{sink} {other}: {text}");
            let way = if text.contains("no picture is written") {
                "a picture is saved as".into()
            } else {
                format!("call it \"a.{own}\"")
            };
            assert!(text.contains(&way), "{sink} {other}: {text}");
        }
        // The end of a name that is no format's says nothing.
        let (text, failed) = run(folder, &format!("{} | save {sink} \"b_{sink}.v2\"", pipeline(sink)));
        assert!(failed.is_empty(), "{text}");
    }
    let (text, _) = run(folder, "ramp 1 4 | save tif \"a.asc\"");
    assert!(text.contains("`gdal_translate -of AAIGrid \"DIR/a.tif\" \"DIR/a.asc\"`"), "{text}");
    // Both are HDF5.
    assert_eq!(run(folder, "ramp 1 4 | save netcdf \"a.h5\"").1, [""; 0]);
}

/// A folder is no file: the help names one, and runs.
#[test]
fn folders_are_no_names() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join("there")).unwrap();
    let cases = [
        ("ramp 3 4", "tif", "v_{time:%Y%m%d}.tif"),
        ("ramp 1 4", "tif", "v.tif"),
        ("ramp 3 4 bands [a b]", "cog", "bands_{time:%Y%m%d}.tif"),
        ("ramp 24 4 | groupby season mean", "tif", "v_{season}.tif"),
        ("ramp 3 4", "netcdf", "v.nc"),
        ("ramp 3 4 | mean over space", "csv", "result.csv"),
        ("ramp 3 4", "png", "result.png"),
    ];
    for (pipeline, sink, name) in cases {
        for target in ["new/", "there", "there/"] {
            let (text, failed) = run(folder, &format!("{pipeline} | save {sink} \"{target}\" overwrite"));
            assert_eq!(failed, ["E0502"], "{text}");
            let help = format!("save {sink} \"DIR/{}/{name}\"", target.trim_end_matches('/'));
            assert!(text.contains(&format!("`{help}`")), "{help}: {text}");
            let program = format!("{pipeline} | {help} overwrite").replace("DIR", &folder.to_string_lossy());
            let (text, failed) = run(folder, &program);
            assert!(failed.is_empty(), "{program}: {text}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.join("there")).unwrap().count(), 3 + 1 + 3 + 4 + 1 + 1 + 1);
}

/// Steps that become bands of one file are told of, with the name that keeps them apart.
#[test]
fn many_steps_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for sink in ["tif", "cog"] {
        let (text, _) = run(folder, &format!("ramp 3 4 | save {sink} \"{sink}.tif\""));
        let note = format!(
            "note: the 3 steps are bands of one file; `save {sink} \"DIR/{sink}_{{time:%Y%m%d}}.tif\"` writes a file a step\n"
        );
        assert!(text.starts_with(&note), "{text}");
        for quiet in ["ramp 1 4 | save SINK \"one_SINK.tif\"", "ramp 3 4 | save SINK \"SINK_{time}.tif\""] {
            let (text, failed) = run(folder, &quiet.replace("SINK", sink));
            assert!(failed.is_empty() && !text.contains("note"), "{text}");
        }
    }
}

/// The report is of the file: its system, its size and the types in it.
#[test]
fn reports_say_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (text, _) = run(folder, "ramp 1 300 | save cog \"moved.tif\" target_srs EPSG:3857");
    let (read, _) = run(folder, "load files \"moved.tif\" | schema");
    let place =
        |text: &str| text.rsplit("), ").next().unwrap_or_default().lines().next().unwrap_or_default().to_string();
    assert_eq!(place(&text), place(&read));
    assert!(place(&text).ends_with("pixels, EPSG:3857"), "{text}");
    assert!(text.starts_with("note: GDAL brought the pixels onto EPSG:3857 by cubic;"), "{text}");
    let (text, _) = run(folder, "ramp 1 300 | save cog \"near.tif\" target_srs EPSG:3857 resampling nearest");
    assert!(!text.contains("note") && text.contains("EPSG:3857"), "{text}");
    for sink in ["tif", "cog", "netcdf", "zarr"] {
        let (text, _) = run(folder, &format!("ramp 1 4 | save {sink} \"t_{sink}\" dtype float32"));
        assert!(text.contains("(v: float32), 4 x 4 pixels, EPSG:32631"), "{text}");
        let (text, _) = run(folder, &format!("ramp 1 4 | save {sink} \"u_{sink}\""));
        assert!(text.contains("(v: int16), 4 x 4 pixels, EPSG:32631"), "{text}");
    }
}

/// By one thread or several, in little memory or much: what is written is the same to the last byte. The time of the history,
/// which alone would differ, is given.
#[test]
fn every_sink_writes_the_same_bytes_however_the_work_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    for (sink, extension) in SINKS {
        let pipeline = match sink {
            "tif" | "cog" | "netcdf" | "zarr" => "ramp 12 300 | derive w = sin(x * v / 1000)",
            "csv" | "json" | "parquet" => "ramp 12 300 | mean over space",
            _ => "ramp 3 40",
        };
        let written = [("1", "2GiB"), ("2", "2GiB"), ("4", "20MiB")].map(|(threads, memory)| {
            let folder = folder.path().join(format!("{sink}_{threads}"));
            std::fs::create_dir(&folder).unwrap();
            let program =
                format!("set threads {threads}\nset memory {memory}\n{pipeline} | save {sink} \"a.{extension}\"");
            let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
            let ran = command.current_dir(&folder).env("SOURCE_DATE_EPOCH", "1700000000").args(["-c", &program]);
            let ran = ran.output().unwrap();
            assert!(ran.status.success(), "{sink}: {}", String::from_utf8_lossy(&ran.stderr));
            bytes_in(&folder)
        });
        assert!(!written[0].is_empty());
        assert!(written[0] == written[1] && written[0] == written[2], "{sink}");
    }
}

/// The files below a folder, each with what it holds.
fn bytes_in(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = PathBuf::from(path.file_name().unwrap());
            found.extend(bytes_in(&path).into_iter().map(|(below, bytes)| (name.join(below), bytes)));
        } else {
            found.insert(path.file_name().unwrap().into(), std::fs::read(&path).unwrap());
        }
    }
    found
}
