//! The libraries under GDAL that other crates have built: what CMake calls them, and where they are.

use crate::sources::{package, told};
use std::path::PathBuf;

/// A library that GDAL is built over.
pub struct Library {
    /// GDAL's switch.
    pub switch: &'static str,
    /// CMake's variables for the headers and for each archive.
    pub headers: &'static str,
    pub archives: &'static [&'static str],
    pub place: Place,
    /// What CMake would find out by running a program.
    pub known: &'static [(&'static str, &'static str)],
}

/// Where the headers and the archives of a library are.
pub enum Place {
    /// The build script of its crate says: variables of the headers' folder and of a folder, with the archives below that.
    Told(&'static str, &'static str, &'static [&'static str]),
    /// Its crate says nothing: package, version, the headers in it, and the archive by name. GDAL itself is not linked, so a name
    /// is enough.
    Package(&'static str, &'static str, &'static str, &'static str),
}

pub const LIBRARIES: &[Library] = &[
    Library {
        switch: "ZLIB",
        headers: "ZLIB_INCLUDE_DIR",
        archives: &["ZLIB_LIBRARY_RELEASE"],
        place: Place::Told("DEP_Z_INCLUDE", "DEP_Z_ROOT", &["lib/libz.a"]),
        known: &[("GDAL_USE_ZLIB_INTERNAL", "OFF")],
    },
    Library {
        switch: "DEFLATE",
        headers: "Deflate_INCLUDE_DIR",
        archives: &["Deflate_LIBRARY_RELEASE"],
        place: Place::Told("DEP_LIBDEFLATE_INCLUDE", "DEP_LIBDEFLATE_ROOT", &["lib/libdeflate.a"]),
        known: &[],
    },
    Library {
        switch: "ZSTD",
        headers: "ZSTD_INCLUDE_DIR",
        archives: &["ZSTD_LIBRARY"],
        place: Place::Told("DEP_ZSTD_INCLUDE", "DEP_ZSTD_ROOT", &["libzstd.a"]),
        known: &[],
    },
    Library {
        switch: "LIBLZMA",
        headers: "LIBLZMA_INCLUDE_DIR",
        archives: &["LIBLZMA_LIBRARY_RELEASE"],
        place: Place::Told("DEP_LZMA_INCLUDE", "DEP_LZMA_ROOT", &["liblzma.a"]),
        known: &[],
    },
    Library {
        switch: "WEBP",
        headers: "WEBP_INCLUDE_DIR",
        archives: &["WEBP_LIBRARY"],
        place: Place::Package("libwebp-sys", "0.14.4", "vendor/src", "webpsys"),
        known: &[],
    },
    Library {
        switch: "OPENJPEG",
        headers: "OPENJPEG_INCLUDE_DIR",
        archives: &["OPENJPEG_LIBRARY"],
        place: Place::Package("openjpeg-sys", "1.0.12", "vendor/src/lib/openjp2;config", "openjp2"),
        known: &[],
    },
    Library {
        switch: "SQLITE3",
        headers: "SQLite3_INCLUDE_DIR",
        archives: &["SQLite3_LIBRARY"],
        place: Place::Told("DEP_SQLITE3_INCLUDE", "DEP_SQLITE3_LIB_DIR", &["libsqlite3.a"]),
        known: &[("SQLite3_HAS_COLUMN_METADATA", "ON"), ("SQLite3_HAS_MUTEX_ALLOC", "ON"), ("SQLite3_HAS_RTREE", "ON")],
    },
    Library {
        switch: "CURL",
        headers: "CURL_INCLUDE_DIR",
        archives: &["CURL_LIBRARY_RELEASE"],
        place: Place::Told("DEP_CURL_INCLUDE", "DEP_CURL_ROOT", &["build/libcurl.a"]),
        known: &[("CURL_USE_STATIC_LIBS", "ON"), ("CURL_NO_CURL_CMAKE", "ON")],
    },
    // Signs requests by the key of a service account.
    Library {
        switch: "OPENSSL",
        headers: "OPENSSL_INCLUDE_DIR",
        archives: &["OPENSSL_SSL_LIBRARY", "OPENSSL_CRYPTO_LIBRARY"],
        place: Place::Told("DEP_OPENSSL_INCLUDE", "DEP_OPENSSL_ROOT", &["lib/libssl.a", "lib/libcrypto.a"]),
        known: &[("OPENSSL_USE_STATIC_LIBS", "ON")],
    },
];

impl Place {
    /// The folders of headers, as CMake lists them.
    pub fn headers(&self) -> String {
        match self {
            Place::Told(headers, ..) => told(headers).display().to_string(),
            Place::Package(name, version, folders, _) => {
                let package = package(name, version);
                let folders: Vec<String> = folders.split(';').map(|f| package.join(f).display().to_string()).collect();
                folders.join(";")
            }
        }
    }

    pub fn archives(&self) -> Vec<PathBuf> {
        match self {
            Place::Told(_, root, archives) => {
                let root = told(root);
                archives
                    .iter()
                    .map(|archive| root.join(archive))
                    .inspect(|path| assert!(path.exists(), "no {path:?}"))
                    .collect()
            }
            Place::Package(.., archive) => vec![PathBuf::from(archive)],
        }
    }
}
