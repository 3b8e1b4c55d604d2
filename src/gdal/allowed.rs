//! Options of GDAL that a program may set: those that say how files and servers are read. A program may come from
//! somebody else, and must not reach what `load` does not: code, plugins, files that are written, what is sent in clear.

use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean};

/// Options by name, and families of them, which end in `*`.
///
/// Left to the environment, whoever sets it: code (`GDAL_VRT_ENABLE_PYTHON`, `OGR_SQLITE_LOAD_EXTENSIONS`, `PYTHONSO`),
/// folders of plugins and of data (`GDAL_DRIVER_PATH`, `GDAL_DATA`, `PROJ_DATA`), files that are written or sent
/// (`CPL_LOG`, `GDAL_HTTP_COOKIEJAR`, `GDAL_HTTP_HEADER_FILE`), what shows secrets (`CPL_CURL_VERBOSE`, `CPL_DEBUG`),
/// certificates, proxies, and where keys are read from.
const ALLOWED: &[&str] = &[
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_HTTPS",
    "AWS_NO_SIGN_REQUEST",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_REQUEST_PAYER",
    "AWS_S3_ENDPOINT",
    "AWS_VIRTUAL_HOSTING",
    "AZURE_NO_SIGN_REQUEST",
    "AZURE_STORAGE_ACCOUNT",
    "CPL_AZURE_*",
    "CPL_GS_ENDPOINT",
    "CPL_VSIL_CURL_*",
    "CPL_VSIL_DEFLATE_CHUNK_SIZE",
    "CPL_VSIL_GZIP_*",
    "CPL_VSIL_ZIP_ALLOWED_EXTENSIONS",
    "CPL_VSIS3_*",
    "CPL_VSIAZ_*",
    "CPL_VSIGS_*",
    "CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE",
    "GDAL_CACHEMAX",
    "GDAL_DISABLE_READDIR_ON_OPEN",
    "GDAL_GEOREF_SOURCES",
    "GDAL_HTTP_AUTH",
    "GDAL_HTTP_CONNECTTIMEOUT",
    "GDAL_HTTP_COOKIE",
    "GDAL_HTTP_HEADERS",
    "GDAL_HTTP_LOW_SPEED_LIMIT",
    "GDAL_HTTP_LOW_SPEED_TIME",
    "GDAL_HTTP_MAX_RETRY",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES",
    "GDAL_HTTP_MULTIPLEX",
    "GDAL_HTTP_RETRY_DELAY",
    "GDAL_HTTP_TCP_KEEPALIVE",
    "GDAL_HTTP_TCP_KEEPIDLE",
    "GDAL_HTTP_TCP_KEEPINTVL",
    "GDAL_HTTP_TIMEOUT",
    "GDAL_HTTP_USERAGENT",
    "GDAL_HTTP_USERPWD",
    "GDAL_HTTP_VERSION",
    "GDAL_INGESTED_BYTES_AT_OPEN",
    "GDAL_MAX_*",
    "GDAL_NETCDF_*",
    "GDAL_NUM_THREADS",
    "GDAL_PAM_ENABLED",
    "GDAL_TIFF_*",
    "GRIB_*",
    "GS_NO_SIGN_REQUEST",
    "GTIFF_*",
    "HDF4_*",
    "HDF5_*",
    "JP2*",
    "JPEG_*",
    "OGR_CT_*",
    "OGR_GEOJSON_*",
    "OGR_GPKG_*",
    "OGR_ORGANIZE_POLYGONS",
    "OPENJPEG_*",
    "OSR_*",
    "OSS_ENDPOINT",
    "SHAPE_*",
    "TIFF_*",
    "VSI_CACHE",
    "VSI_CACHE_SIZE",
    "WEBP_*",
];

/// # Errors
/// `E0503` for an option that only the environment may set.
pub(crate) fn check(name: &str) -> Result<()> {
    let upper = name.to_ascii_uppercase();
    let is_allowed = |option: &&str| match option.strip_suffix('*') {
        Some(family) => upper.starts_with(family),
        None => *option == upper,
    };
    if ALLOWED.iter().any(is_allowed) {
        return Ok(());
    }
    let known = ALLOWED.iter().copied().filter(|option| !option.ends_with('*'));
    Err(Diagnostic::new(codes::BAD_OPTION, format!("a program may not set `{name}` of GDAL"))
        .help_if(did_you_mean(&upper, known))
        .help(format!("set it in the environment, if you trust what it does: `export {name}=..`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_is_allowed_and_code_is_not() {
        for name in ["GDAL_HTTP_TIMEOUT", "aws_no_sign_request", "CPL_VSIL_CURL_CHUNK_SIZE", "GDAL_GEOREF_SOURCES"] {
            check(name).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        }
        for name in [
            "GDAL_VRT_ENABLE_PYTHON",
            "gdal_vrt_enable_python",
            "GDAL_VRT_PYTHON_TRUSTED_MODULES",
            "GDAL_DRIVER_PATH",
            "CPL_CURL_VERBOSE",
            "CPL_DEBUG",
            "CPL_LOG",
            "GDAL_HTTP_HEADER_FILE",
            "GDAL_HTTP_COOKIEJAR",
            "GDAL_CONFIG_FILE",
            "OGR_SQLITE_LOAD_EXTENSIONS",
            "PYTHONSO",
            "GDAL_DATA",
            "GDAL_HTTP_PROXY",
            "CPL_TMPDIR",
            "",
        ] {
            assert_eq!(check(name).expect_err(name).code, codes::BAD_OPTION);
        }
        let near = check("GDAL_HTTP_TIMEOUTS").expect_err("it is none");
        assert!(near.help[0].contains("GDAL_HTTP_TIMEOUT"), "{near:?}");
    }
}
