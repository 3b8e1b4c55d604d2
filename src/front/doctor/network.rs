//! What requests to servers depend on: authorities, proxies, credentials.

use super::finding::Finding;
use crate::diagnostic::redact;
use std::path::Path;

/// Variables that name a file of authorities for GDAL's own requests.
const AUTHORITIES: [&str; 3] = ["GDAL_CURL_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"];

/// Where systems keep theirs: Debian, Red Hat, SUSE, Alpine, macOS.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

const PROXIES: [&str; 7] =
    ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "GDAL_HTTP_PROXY", "GDAL_HTTPS_PROXY"];

/// What opens something, by whom it is for.
const CREDENTIALS: [(&str, &[&str]); 6] = [
    ("AWS", &["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_NO_SIGN_REQUEST"]),
    ("Google", &["GOOGLE_APPLICATION_CREDENTIALS", "GS_SECRET_ACCESS_KEY", "GS_NO_SIGN_REQUEST"]),
    (
        "Azure",
        &[
            "AZURE_STORAGE_ACCOUNT",
            "AZURE_STORAGE_KEY",
            "AZURE_STORAGE_ACCESS_KEY",
            "AZURE_STORAGE_SAS_TOKEN",
            "AZURE_STORAGE_CONNECTION_STRING",
            "PC_SDK_SUBSCRIPTION_KEY",
        ],
    ),
    ("Earthdata", &["EARTHDATA_TOKEN", "EARTHDATA_USERNAME", "EARTHDATA_PASSWORD"]),
    ("Copernicus", &["CDSE_TOKEN", "CDSE_USERNAME", "CDSE_PASSWORD"]),
    ("other servers", &["RASTRA_BEARER_TOKEN", "RASTRA_BEARER_TOKEN_FILE", "GDAL_HTTP_HEADERS", "GDAL_HTTP_USERPWD"]),
];

/// Names that are of no use alone.
const PAIRS: [[&str; 2]; 3] = [
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    ["EARTHDATA_USERNAME", "EARTHDATA_PASSWORD"],
    ["CDSE_USERNAME", "CDSE_PASSWORD"],
];

pub(super) fn look() -> Vec<Finding> {
    [vec![authorities()], proxies().into_iter().collect(), credentials()].concat()
}

fn said(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn authorities() -> Finding {
    let what = "certificates";
    let own = "a list within this program for most requests";
    let named = AUTHORITIES.iter().find_map(|name| Some((name, said(name)?)));
    let bundle = BUNDLES.iter().find(|path| Path::new(path).is_file());
    match (named, bundle) {
        (Some((name, path)), _) if !Path::new(&path).is_file() => {
            Finding::fails(what, format!("{name} names {path}, which is no file"))
                .cure(format!("`unset {name}`, or name a file of authorities in PEM"))
        }
        (Some((name, path)), _) => Finding::ok(what, format!("{own}; {name}={path} for those that GDAL makes")),
        (None, Some(path)) => Finding::ok(what, format!("{own}; {path} for those that GDAL makes")),
        (None, None) => Finding::note(
            what,
            format!("{own}; this machine has none for those that GDAL makes: writing, and listing folders"),
        )
        .cure("install the package `ca-certificates`, or set CURL_CA_BUNDLE to a file of authorities in PEM"),
    }
}

fn proxies() -> Option<Finding> {
    let set: Vec<String> = PROXIES.iter().filter_map(|name| Some(format!("{name}={}", redact(&said(name)?)))).collect();
    (!set.is_empty()).then(|| Finding::note("proxies", format!("requests go by them: {}", set.join(", "))))
}

fn credentials() -> Vec<Finding> {
    let is_set = |name: &&&str| said(name).is_some();
    let of = |(whom, names): &(&str, &[&'static str])| {
        let set: Vec<&str> = names.iter().filter(is_set).copied().collect();
        (!set.is_empty()).then(|| format!("{whom}: {}", set.join(", ")))
    };
    let set: Vec<String> = CREDENTIALS.iter().filter_map(of).collect();
    let files = [".aws/credentials", ".aws/config", ".netrc"]
        .iter()
        .filter(|file| std::env::var_os("HOME").is_some_and(|home| Path::new(&home).join(file).is_file()));
    let files: Vec<String> = files.map(|file| format!("~/{file}")).collect();
    let what = "credentials";
    let all = [set, files].concat();
    let mut findings = vec![match all.is_empty() {
        true => Finding::ok(what, "none are set; what is public needs none"),
        false => Finding::ok(what, format!("set, and not shown: {}", all.join("; "))),
    }];
    for [one, other] in PAIRS {
        let lacking = match (said(one), said(other)) {
            (Some(_), None) => other,
            (None, Some(_)) => one,
            (Some(_), Some(_)) | (None, None) => continue,
        };
        let has = if lacking == one { other } else { one };
        findings.push(
            Finding::fails(what, format!("{has} is set and {lacking} is not")).cure(format!("set {lacking}, too")),
        );
    }
    if let Some(path) = said("GOOGLE_APPLICATION_CREDENTIALS").filter(|path| !Path::new(path).is_file()) {
        let says = format!("GOOGLE_APPLICATION_CREDENTIALS names {path}, which is no file");
        findings.push(Finding::fails(what, says).cure("name the file of a key"));
    }
    findings
}
