//! Options of GDAL: what suits Rastra where the user says nothing, and the names other tools have for them.

use crate::certificates;

/// What Rastra sets unless the environment, GDAL's configuration file or `set gdal` says otherwise.
const DEFAULTS: [(&str, &str); 13] = [
    // Blocks are decoded once by aligned tiles; a large cache only inflates memory.
    ("GDAL_CACHEMAX", "64"),
    // Sidecars of local files are asked for by name: listing a folder of ten thousand files ten thousand times is the
    // alternative. Of remote files none are asked for.
    ("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE"),
    ("GDAL_MEM_ENABLE_OPEN", "YES"),
    // Reading must not leave `.properties` files beside archives.
    ("CPL_VSIL_GZIP_WRITE_PROPERTIES", "NO"),
    // Of remote files: the header in one request, neighboring blocks in one, and what was read kept by all threads
    // together. `VSI_CACHE` would keep it once more, for every open file.
    ("GDAL_INGESTED_BYTES_AT_OPEN", "32768"),
    ("GDAL_HTTP_MERGE_CONSECUTIVE_RANGES", "YES"),
    ("CPL_VSIL_CURL_CACHE_SIZE", "67108864"),
    // Busy servers are asked again after 0.5, 1, 2 and 4 seconds; one that says nothing for a minute is given up.
    ("GDAL_HTTP_MAX_RETRY", "4"),
    ("GDAL_HTTP_RETRY_DELAY", "0.5"),
    ("GDAL_HTTP_CONNECTTIMEOUT", "15"),
    ("GDAL_HTTP_LOW_SPEED_TIME", "60"),
    ("GDAL_HTTP_LOW_SPEED_LIMIT", "1"),
    // Temperatures as they are in the file, not in degrees Celsius.
    ("GRIB_NORMALIZE_UNITS", "NO"),
];

/// Variables of the AWS and Azure tools and what they are called here. The first that is set stands.
const ALIASES: [(&str, &str); 4] = [
    ("AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT"),
    ("AWS_ENDPOINT_URL", "AWS_S3_ENDPOINT"),
    ("AWS_SHARED_CREDENTIALS_FILE", "CPL_AWS_CREDENTIALS_FILE"),
    ("AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCESS_KEY"),
];

/// Sets what the user left open; to be called before a driver is registered.
pub(super) fn init() {
    for (alias, option) in ALIASES {
        if said(option).is_empty()
            && let Ok(value) = std::env::var(alias)
            && !value.is_empty()
        {
            put_defaults(expanded(alias, &value));
        }
    }
    put_defaults(DEFAULTS.map(|(key, value)| (key.into(), value.into())));
    // A system's own curl knows the place.
    if cfg!(feature = "bundled")
        && let Some(file) = certificates::file()
    {
        put_defaults([("CURL_CA_BUNDLE".into(), file.to_string_lossy().into_owned())]);
    }
}

/// A default that is refused leaves GDAL's, and the server will say what is missing.
fn put_defaults(options: impl IntoIterator<Item = (String, String)>) {
    for (key, value) in options {
        if said(&key).is_empty() {
            let _ = gdal::config::set_config_option(&key, &value);
        }
    }
}

/// What GDAL's options say now; empty for nothing.
pub(crate) fn said(key: &str) -> String {
    gdal::config::get_config_option(key, "").unwrap_or_default()
}

/// What an option stands for, which another tool may have named.
pub(super) fn expanded(name: &str, value: &str) -> Vec<(String, String)> {
    match ALIASES.iter().find(|(alias, _)| *alias == name) {
        Some((_, option)) => translated(option, value),
        None => vec![(name.into(), value.into())],
    }
}

/// An address of a server is a host, a protocol and, unless it is Amazon's, buckets in the path.
fn translated(option: &str, value: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut put = |key: &str, value: &str| out.push((key.to_string(), value.to_string()));
    if option != "AWS_S3_ENDPOINT" {
        put(option, value);
        return out;
    }
    let (scheme, host) = value.split_once("://").unwrap_or(("https", value));
    put(option, host.trim_end_matches('/'));
    put("AWS_HTTPS", if scheme == "http" { "NO" } else { "YES" });
    if !host.contains("amazonaws.com") {
        put("AWS_VIRTUAL_HOSTING", "FALSE");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_other_than_amazons() {
        let of = |value: &str| {
            let pairs = translated("AWS_S3_ENDPOINT", value);
            pairs.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("http://127.0.0.1:5000/"), "127.0.0.1:5000 NO FALSE");
        assert_eq!(of("https://s3.eu-west-1.amazonaws.com"), "s3.eu-west-1.amazonaws.com YES");
        assert_eq!(of("minio.local:9000"), "minio.local:9000 YES FALSE");
    }
}
