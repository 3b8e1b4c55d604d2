//! Nothing to call: whoever depends on this crate links GDAL, PROJ and the libraries under them.

mod proj_db;

extern crate curl_sys;
extern crate libdeflate_sys;
extern crate liblzma_sys;
extern crate libsqlite3_sys;
extern crate libwebp_sys;
extern crate libz_sys;
extern crate link_cplusplus;
extern crate openjpeg_sys;
extern crate openssl_sys;
extern crate zstd_sys;
