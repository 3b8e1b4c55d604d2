//! GDAL, with the drivers that Rastra reads and writes by, and its data inside.

use crate::cmake::Project;
use crate::libraries::LIBRARIES;
use crate::proj::Proj;
use crate::sources::package;
use std::env;
use std::path::Path;

const VERSION: &str = "0.3.0";

/// Drivers of rasters beside those that GDAL always has (GeoTIFF, COG, VRT, MEM). NetCDF and HDF5 are not among them: Rastra reads
/// those files itself, and there is to be one HDF5.
const RASTERS: &[&str] = &[
    "AAIGRID",
    "BMP",
    "DERIVED",
    "DTED",
    "GIF",
    "GRIB",
    "HFA",
    "JP2OPENJPEG",
    "JPEG",
    "PNG",
    "RAW",
    "SRTMHGT",
    "WEBP",
    "XYZ",
];

/// Drivers of features beside those that GDAL always has (VRT, MEM).
const FEATURES: &[&str] = &["CSV", "FLATGEOBUF", "GEOJSON", "GPKG", "SHAPE", "SQLITE"];

/// Sets of instructions that GDAL has loops for, with the header that CMake looks for. Compilers of x86-64 all know them. That is said
/// here because each question links a program, for which zig builds the library of C++ once more.
const INSTRUCTIONS: &[(&str, &str)] = &[
    ("sse", "xmmintrin"),
    ("sse2", "emmintrin"),
    ("ssse3", "tmmintrin"),
    ("sse4.1", "smmintrin"),
    ("avx", "immintrin"),
    ("avx2", "immintrin"),
];

pub fn build(room: &Path, proj: &Proj) {
    // Its pixels mostly go through Rastra's own loops and through codecs in C: small counts for more here than fast.
    let mut project = Project::new(&package("gdal-src", VERSION).join("source"), &room.join("gdal"), "s")
        .off("GDAL_BUILD_OPTIONAL_DRIVERS")
        .off("OGR_BUILD_OPTIONAL_DRIVERS")
        .off("GDAL_USE_EXTERNAL_LIBS")
        .on("GDAL_USE_INTERNAL_LIBS")
        // Part of the library of C, which is not looked at: any folder will do for its headers.
        .on("GDAL_USE_ICONV")
        .set("Iconv_INCLUDE_DIR", &proj.headers)
        .set("Iconv_LIBRARY", "c")
        .off("BUILD_APPS")
        .off("BUILD_PYTHON_BINDINGS")
        .off("BUILD_JAVA_BINDINGS")
        .off("BUILD_CSHARP_BINDINGS")
        .off("ENABLE_GNM")
        // The programs behind the command `gdal`.
        .off("GDAL_ENABLE_ALGORITHMS")
        // The crate leaves out what only installing needs.
        .on("ACCEPT_MISSING_LINUX_FS_HEADER")
        // Needs a compiler that knows `#embed`; see docs/decisions/bundled.md.
        .on("EMBED_RESOURCE_FILES")
        .set("GDAL_FIND_PACKAGE_PROJ_MODE", "MODULE")
        .set("PROJ_INCLUDE_DIR", &proj.headers)
        .set("PROJ_LIBRARY", proj.library.join("libproj.a"))
        .set("PROJ_LIBRARY_RELEASE", proj.library.join("libproj.a"));
    for library in LIBRARIES {
        project = project.on(&format!("GDAL_USE_{}", library.switch)).set(library.headers, library.place.headers());
        for (variable, path) in library.archives.iter().zip(library.place.archives()) {
            project = project.set(variable, path);
        }
        for (name, value) in library.known {
            project = project.set(name, value);
        }
    }
    for driver in RASTERS {
        project = project.on(&format!("GDAL_ENABLE_DRIVER_{driver}"));
    }
    for driver in FEATURES {
        project = project.on(&format!("OGR_ENABLE_DRIVER_{driver}"));
    }
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("x86_64") {
        for (set, header) in INSTRUCTIONS {
            project = project.on(&format!("test_{set}")).on(&format!("HAVE_{header}_h"));
        }
    }
    project.build("GDAL");
}
