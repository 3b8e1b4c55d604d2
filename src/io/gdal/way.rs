//! How names of objects are asked for without GDAL: addresses that it signs ahead, tokens of the signers.
//!
//! GDAL knows the credentials of every object store (profiles, roles, keys of accounts), so it signs; what it cannot sign
//! ahead, and requests that its options change in ways of its own, are left to it.

use super::ask::ask;
use crate::diagnostic::{Result, ServerFault};
use crate::gdal::defaults::said;
use crate::gdal::library;
use crate::io::remote::address::{POOL, host, is_remote, object_in, percent_decoded, split_signer};
use crate::io::remote::objects::Way;
use crate::io::remote::range::{Got, Wire};
use crate::io::remote::{Retries, Secret, refusal};
use crate::io::signers;
use crate::plan::Signer;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::ops::Range;
use std::sync::{LazyLock, Mutex};
use std::time::Instant;

pub(crate) static WAY: Signed = Signed;

/// The way of names that GDAL opens, with or without the mark of a signer.
pub(crate) struct Signed;

/// Stores whose requests only GDAL can sign.
const GDAL_ALONE: [&str; 3] = ["/vsiadls/", "/vsioss/", "/vsiswift/"];

/// Options of GDAL's requests that only GDAL understands.
const OWN_OPTIONS: [&str; 8] = [
    "GDAL_HTTP_PROXY",
    "GDAL_HTTPS_PROXY",
    "GDAL_HTTP_COOKIE",
    "GDAL_HTTP_COOKIEFILE",
    "GDAL_HTTP_UNSAFESSL",
    "GDAL_CURL_CA_BUNDLE",
    "GDAL_HTTP_HEADER_FILE",
    "GDAL_HTTP_AUTH",
];

/// Whether the bytes of this name are asked for by the requests of this program; archives are asked for by what they lie in.
pub(crate) fn is_ours(name: &str) -> bool {
    let (_, path) = split_signer(name);
    is_remote(name) && !path.starts_with("/vsicurl?") && path.strip_prefix("/vsicurl/").is_none_or(is_http)
}

fn is_http(url: &str) -> bool {
    url.starts_with("http")
}

/// Whether only GDAL can ask for the bytes of such a name.
fn is_gdals(name: &str) -> bool {
    let (signer, path) = split_signer(name);
    // What says who pays would have to be signed, too.
    let pays = || signer == Signer::RequesterPays || !said("AWS_REQUEST_PAYER").is_empty();
    OWN_OPTIONS.iter().any(|option| !said(option).is_empty())
        || GDAL_ALONE.iter().any(|store| path.starts_with(store))
        || path.strip_prefix("/vsicurl/").is_some_and(is_in_netrc)
        || (path.starts_with("/vsis3/") && pays())
        || (["/vsigs/", "/vsiaz/"].iter().any(|store| path.starts_with(store)) && !can_sign(&path))
}

/// A name as GDAL opens it to read, through the requests of this program where they can serve it.
pub(crate) fn through_pool(name: &str) -> Option<String> {
    let (at, object) = object_in(name)?;
    is_ours(object).then(|| format!("{}{POOL}{}", &name[..at], &name[at..]))
}

/// Whether GDAL has a password for the host, in the file where other programs look, too.
fn is_in_netrc(url: &str) -> bool {
    static FILE: LazyLock<String> = LazyLock::new(|| {
        let path = std::env::var("NETRC").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.netrc")));
        path.ok().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
    });
    let host = host(url).unwrap_or_default().split(':').next().unwrap_or_default();
    FILE.split_whitespace().any(|word| word == host || word == "default")
}

/// Whether GDAL signs addresses of this bucket or account ahead, asked once for each.
fn can_sign(path: &str) -> bool {
    static KNOWN: LazyLock<Mutex<HashMap<String, bool>>> = LazyLock::new(Mutex::default);
    let bucket: String = path.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let mut known = KNOWN.lock().unwrap_or_else(|e| e.into_inner());
    *known.entry(bucket).or_insert_with(|| signed_ahead(path).is_some())
}

/// The address of an object, with what opens it in its query.
fn signed_ahead(path: &str) -> Option<String> {
    library::init();
    library::messages();
    let name = CString::new(path).ok()?;
    let yes = |option: &str| ["YES", "TRUE", "ON", "1"].contains(&said(option).to_ascii_uppercase().as_str());
    let open = (path.starts_with("/vsis3/") && yes("AWS_NO_SIGN_REQUEST"))
        || (path.starts_with("/vsigs/") && yes("GS_NO_SIGN_REQUEST"));
    // SAFETY: the string ends in NUL and lives for the calls; what is handed over is copied, and freed where it is ours.
    unsafe {
        if open {
            let plain = gdal_sys::VSIGetActualURL(name.as_ptr());
            return (!plain.is_null()).then(|| CStr::from_ptr(plain).to_string_lossy().into_owned());
        }
        let signed = gdal_sys::VSIGetSignedURL(name.as_ptr(), std::ptr::null_mut());
        if signed.is_null() {
            return None;
        }
        let address = CStr::from_ptr(signed).to_string_lossy().into_owned();
        gdal_sys::VSIFree(signed.cast());
        Some(address)
    }
}

/// The headers of `GDAL_HTTP_HEADERS`, and the password of `GDAL_HTTP_USERPWD`, which `set gdal` may have given.
fn headers() -> Vec<(Cow<'static, str>, Secret)> {
    let mut headers: Vec<(Cow<str>, Secret)> = Vec::new();
    for line in said("GDAL_HTTP_HEADERS").split([',', '\n', '\r']) {
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_string().into(), Secret::new(value.trim())));
        }
    }
    let user = said("GDAL_HTTP_USERPWD");
    if !user.is_empty() {
        headers.push(("authorization".into(), Secret::basic(&user)));
    }
    headers
}

impl Way for Signed {
    fn wire(&self, name: &str) -> Result<Wire> {
        let (signer, path) = split_signer(name);
        let mut headers = headers();
        if matches!(signer, Signer::Earthdata | Signer::Cdse | Signer::Bearer) {
            headers.push(("authorization".into(), signers::bearer(signer)?));
        }
        let url = match path.strip_prefix("/vsicurl/") {
            Some(_) if signer == Signer::Pc => {
                let signed = signers::with_sas(&path)?;
                Secret::new(signed.expose().trim_start_matches("/vsicurl/"))
            }
            Some(url) => Secret::new(url),
            None => Secret::new(signed_ahead(&path).ok_or_else(|| {
                let said = library::messages().text;
                refusal::told(ServerFault::NoCredentials, name, &said, signer)
            })?),
        };
        // A user and a password before the host are a header.
        if let Some((scheme, rest)) = url.expose().split_once("://")
            && let Some((user, rest)) = rest.split_once('@').filter(|(user, _)| !user.contains(['/', '?']))
        {
            headers.push(("authorization".into(), Secret::basic(&percent_decoded(user))));
            return Ok(Wire { url: Secret::new(format!("{scheme}://{rest}")), headers });
        }
        Ok(Wire { url, headers })
    }

    fn ask(&self, name: &str, range: &Range<u64>) -> Option<Result<Option<Got>>> {
        is_gdals(name).then(|| ask(name, range))
    }

    fn renew(&self, name: &str, asked: Instant, region: Option<&str>) -> bool {
        let (signer, path) = split_signer(name);
        if let (Some(region), Some(rest)) = (region, path.strip_prefix("/vsis3/")) {
            let bucket = rest.split('/').next().unwrap_or_default();
            return set_region(bucket, region);
        }
        signers::forget(signer, &path, asked)
    }

    fn signer(&self, name: &str) -> Signer {
        split_signer(name).0
    }

    fn retries(&self) -> Retries {
        signers::retries()
    }
}

/// Tells GDAL where a bucket lies; whether that is news.
fn set_region(bucket: &str, region: &str) -> bool {
    static KNOWN: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(|e| e.into_inner());
    if known.insert(bucket.to_string(), region.to_string()).is_some_and(|before| before == region) {
        return false;
    }
    let [Ok(path), Ok(region)] = [CString::new(format!("/vsis3/{bucket}")), CString::new(region)] else { return false };
    // SAFETY: the strings end in NUL and live for the call.
    unsafe {
        gdal_sys::VSISetPathSpecificOption(path.as_ptr(), c"AWS_REGION".as_ptr(), region.as_ptr());
    }
    true
}
