//! PROJ, with its database of reference systems inside.

use crate::cmake::{Project, unpack};
use crate::sources::{package, told};
use std::env;
use std::path::{Path, PathBuf};

const VERSION: &str = "9.6.2";

/// What GDAL has to know of PROJ.
pub struct Proj {
    pub headers: PathBuf,
    /// The folder of the archive.
    pub library: PathBuf,
}

/// Programs of PROJ's that nobody needs here.
const PROGRAMS: &[&str] = &["APPS", "CCT", "CS2CS", "GEOD", "GIE", "PROJ", "PROJINFO", "PROJSYNC"];

pub fn build(room: &Path) -> Proj {
    let source = room.join("source").join(format!("proj-{VERSION}"));
    if !source.join("CMakeLists.txt").exists() {
        let archive = package("proj-sys", "0.27.0").join("PROJSRC").join(format!("proj-{VERSION}.tar.gz"));
        unpack(&archive, &room.join("source"));
    }
    let installed = room.join("installed");
    let sqlite = told("DEP_SQLITE3_INCLUDE");
    let archive = told("DEP_SQLITE3_LIB_DIR").join("libsqlite3.a");
    let mut project = Project::new(&source, &room.join("proj"), "2")
        .set("CMAKE_INSTALL_PREFIX", &installed)
        .set("SQLITE3_INCLUDE_DIR", &sqlite)
        .set("SQLite3_INCLUDE_DIR", &sqlite)
        .set("SQLITE3_LIBRARY", &archive)
        .set("SQLite3_LIBRARY", &archive)
        // The grids of PROJ's network are asked for by GDAL's requests or not at all.
        .off("ENABLE_CURL")
        .off("ENABLE_TIFF")
        // A folder that `PROJ_DATA` names, with grids, still goes first.
        .on("EMBED_RESOURCE_FILES")
        // The database is asked for by this name, in C++, and is in C. `src/proj_db.rs` answers instead, and the other, which
        // nobody calls, is left out.
        .set("CMAKE_C_FLAGS_RELEASE", "-Dpj_get_embedded_proj_db=pj_uncompressed_proj_db")
        .off("USE_ONLY_EMBEDDED_RESOURCE_FILES");
    for program in PROGRAMS {
        project = project.off(&format!("BUILD_{program}"));
    }
    project.build("install");
    compress(&installed.join("share/proj/proj.db"));
    Proj { headers: installed.join("include"), library: installed.join("lib") }
}

/// Leaves the database for this crate to include, at a quarter of its size.
fn compress(database: &Path) {
    let bytes = std::fs::read(database).unwrap_or_else(|e| panic!("{}: {e}", database.display()));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let compressed = lz4_flex::compress_prepend_size(&bytes);
    std::fs::write(out.join("proj.db.lz4"), compressed).expect("OUT_DIR can be written");
}
