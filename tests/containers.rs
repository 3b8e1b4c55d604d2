//! Files that hold several rasters: what they say of themselves, and how one is chosen.

use crate::support::{plain, printed, root, run_in, session};
use serde_json::json;
use std::path::Path;
use std::process::Command;

const MAKE: &str = r#"
import sys, numpy as np, rasterio
from rasterio.transform import from_origin
folder = sys.argv[1]
def write(path, value, driver, **more):
    with rasterio.open(path, "w", driver=driver, width=4, height=3, count=1, dtype=more.pop("dtype", "float32"),
                       crs="EPSG:32632", transform=from_origin(0, 30, 10, 10), **more) as file:
        file.write(np.full((3, 4), value, file.dtypes[0]), 1)
for number, value in enumerate((1, 2, 3)):
    more = {"APPEND_SUBDATASET": "YES"} if number else {}
    write(f"{folder}/pages_2020-01-01.tif", value, "GTiff", **more)
    write(f"{folder}/pages_2020-01-02.tif", value * 10, "GTiff", **more)
    write(f"{folder}/tables.gpkg", value, "GPKG", dtype="uint8", RASTER_TABLE=f"part_{value}", **more)
"#;

fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let python = root().join(".venv/bin/python");
    let out = Command::new(python).args(["-W", "ignore", "-c", MAKE]).arg(folder.path()).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    folder
}

fn run(program: &str, folder: &Path) -> String {
    let mut session = session(&[], &plain());
    session.set_base(folder);
    run_in(&mut session, program).text
}

#[test]
fn several_rasters_in_a_file() {
    let folder = made();
    let run = |program: &str| run(program, folder.path());
    let says = |program: &str, texts: &[&str]| {
        let said = run(program);
        texts.iter().for_each(|text| assert!(said.contains(text), "{program}: no `{text}` in\n{said}"));
    };
    let line = "`load files \"pages_2020-01-01.tif\" subdataset \"1\"`";
    says("load files \"pages_*.tif\" | stats", &["error[E0310]", "holds 3 rasters", "`2`: Page 2", line]);
    says("load files \"tables.gpkg\" | stats", &["error[E0310]", "`part_1`", "subdataset \"part_1\"`"]);
    says("load files \"pages_*.tif\" subdataset 2 | stats", &["pages     24        0    2    11    9   20"]);
    says("load files \"pages_*.tif\" subdataset 2 | schema", &["2020-01-01 .. 2020-01-02, 2 steps"]);
    says("load files \"tables.gpkg\" subdataset part_3 | stats", &["3     3    0    3"]);
    says(
        "load files \"tables.gpkg\" subdataset part_4 | stats",
        &["error[E0307]", "no raster `part_4`", "did you mean"],
    );
    says("load files \"pages_2020-01-01.tif\" subdataset 9 | stats", &["error[E0307]", "`3`: Page 3"]);
    says("load files \"pages_2020-01-01.tif\" subdataset 1 at level 5 | stats", &["error[E0310]", "no `level`"]);
}

/// GDAL's GRIB driver prints on opening and on reading; nothing of that may reach the stream of results.
#[test]
fn a_message_of_grib_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heights.grib");
    let mut make = Command::new("gdal_translate");
    make.args(["-q", "-of", "GRIB"]).arg(root().join("examples/data/dem.tif")).arg(&path);
    assert!(make.status().expect("gdal_translate runs").success());
    let program = format!("load files \"{}\" | stats", path.display());
    let ran = Command::new(env!("CARGO_BIN_EXE_rastra")).args(["-c", &program]).output().unwrap();
    let (said, more) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && more.is_empty(), "{more}");
    assert!(said.lines().count() == 2 && said.contains(" 1728 "), "{said}");
}

/// A group of a tree of data sets has the coordinates of the groups above it where it has none of its own, as xarray's
/// trees are written; those of another length are not its own.
#[test]
fn groups_inherit_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for version in [2, 3] {
        let name = format!("tree{version}.zarr");
        let load = |group: &str| format!("load zarr \"{name}\" group \"{group}\" var v | show");
        printed(folder, &format!("ramp 2 2 | map v = v + x | save zarr \"{name}\" version {version}"));
        let whole = printed(folder, &format!("load zarr \"{name}\" | show"));
        let root = folder.join(&name);
        let (inner, document, marks) = match version {
            2 => (root.join("child/grand"), ".zgroup", json!({ "zarr_format": 2 })),
            _ => (root.join("child/grand"), "zarr.json", json!({ "zarr_format": 3, "node_type": "group" })),
        };
        std::fs::create_dir_all(&inner).unwrap();
        for group in [&root, &root.join("child"), &inner] {
            std::fs::write(group.join(document), marks.to_string()).unwrap();
        }
        let _ = std::fs::remove_file(root.join(".zmetadata"));
        std::fs::rename(root.join("v"), inner.join("v")).unwrap();
        assert_eq!(printed(folder, &load("child/grand")), whole, "version {version}");
        // A group between may have coordinates of its own, which come first.
        std::fs::rename(root.join("time"), root.join("child/time")).unwrap();
        assert_eq!(printed(folder, &load("child/grand")), whole, "version {version}");
        // One step more above is the coordinate of something else.
        printed(folder, &format!("ramp 3 2 | save zarr \"other{version}.zarr\" version {version}"));
        std::fs::remove_dir_all(root.join("child/time")).unwrap();
        std::fs::rename(folder.join(format!("other{version}.zarr/time")), root.join("time")).unwrap();
        let text = printed(folder, &load("child/grand"));
        assert!(text.starts_with("0 v\n"), "version {version}: {text}");
    }
}
