//! Builds PROJ and GDAL from the sources inside pinned crates, over the libraries that other crates have built.

#[path = "build/cmake.rs"]
mod cmake;
#[path = "build/gdal.rs"]
mod gdal;
#[path = "build/libraries.rs"]
mod libraries;
#[path = "build/proj.rs"]
mod proj;
#[path = "build/sources.rs"]
mod sources;

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    let room = room();
    let proj = proj::build(&room);
    gdal::build(&room, &proj);
    // GDAL calls PROJ, so it comes first.
    for (library, folder) in [("gdal", room.join("gdal")), ("proj", proj.library)] {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static={library}");
    }
}

/// Where the libraries are built: beside `build` of the profile, not in this crate's own folder of it, whose name changes with
/// every version and feature below. CMake knows what is still good in it, and a quarter of an hour is saved.
fn room() -> PathBuf {
    let own = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let profile = own.ancestors().nth(3).expect("OUT_DIR is three folders below that of the profile");
    profile.join("native")
}
