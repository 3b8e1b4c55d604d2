//! What a server's refusal means, and the way out of it.

use super::address::{self, redact, without_secrets};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Signer;

/// Why a request failed, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server's answer.
    Status(u16),
    /// There was no answer, or half of one.
    Dropped,
    /// Nothing was asked: there is nothing to sign the request with.
    NoCredentials,
}

impl Trouble {
    /// Reads what GDAL, a library below it or an object store said.
    pub fn of(said: &str) -> Option<Trouble> {
        const STATUS: [&str; 5] =
            ["HTTP response code: ", "HTTP error code: ", "HTTP error code : ", "response_code=", "HTTP "];
        for before in STATUS {
            let mut rest = said;
            while let Some(at) = rest.find(before) {
                rest = &rest[at + before.len()..];
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                if let Ok(status @ 400..=599) = rest[..digits].parse() {
                    return Some(Trouble::Status(status));
                }
            }
        }
        let says = |words: &[&str]| words.iter().any(|w| said.contains(w));
        if says(&[
            "AWS_NO_SIGN_REQUEST",
            "configuration option not defined",
            "InvalidCredentials",
            "GS_SECRET_ACCESS_KEY",
        ]) {
            return Some(Trouble::NoCredentials);
        }
        // The words of object stores, which GDAL hands on without the status.
        if says(&["Access Denied", "AccessDenied", "InvalidAccessKeyId", "Access Key Id", "SignatureDoesNotMatch"])
            || says(&["signature we calculated", "ExpiredToken", "InvalidClientTokenId", "security token"])
        {
            return Some(Trouble::Status(403));
        }
        if says(&["NoSuchKey", "NoSuchBucket", "specified key does not exist", "specified bucket does not exist"]) {
            return Some(Trouble::Status(404));
        }
        says(&["CURL error", "onnection reset", "onnection refused", "timed out", "Empty reply"])
            .then_some(Trouble::Dropped)
    }

    /// Whether the same request may succeed a moment later.
    pub fn passes(self) -> bool {
        match self {
            Trouble::Status(status) => status == 408 || status == 429 || status >= 500,
            Trouble::Dropped => true,
            Trouble::NoCredentials => false,
        }
    }

    /// What happened to `name`, an address or a name GDAL opens; `said` is the cause, `signer` signed the request.
    pub fn told(self, name: &str, said: &str, signer: Signer) -> Box<Diagnostic> {
        let shown = without_secrets(name);
        let message = match self {
            Trouble::Status(401) => format!("`{shown}` may not be read without signing in"),
            Trouble::Status(403) => format!("the server refuses `{shown}`"),
            Trouble::Status(404 | 410) => format!("`{shown}` does not exist"),
            Trouble::Status(429) => format!("the server of `{shown}` wants fewer requests"),
            Trouble::Status(500..) => format!("the server of `{shown}` failed"),
            Trouble::Status(_) => format!("the server does not understand the request for `{shown}`"),
            Trouble::Dropped => format!("the connection to the server of `{shown}` broke"),
            Trouble::NoCredentials => format!("there is nothing to sign the request for `{shown}` with"),
        };
        let mut told = Diagnostic::new(codes::REMOTE, message).cause(redact(said));
        told.help = self.ways_out(address::unsigned(name), signer);
        told
    }

    fn ways_out(self, name: &str, signer: Signer) -> Vec<String> {
        let refused = matches!(self, Trouble::Status(401 | 403) | Trouble::NoCredentials);
        let lines: &[&str] = match self {
            Trouble::Status(429) => &["wait, or ask with fewer threads: `set threads 1`"],
            Trouble::Status(500..) => &["it was asked several times: try later"],
            Trouble::Dropped => &["it was asked several times: is the address right, and the network up?"],
            _ if refused && signer != Signer::None => signer_help(signer),
            _ if refused => credentials(name),
            _ => &[],
        };
        lines.iter().map(|line| line.to_string()).collect()
    }
}

/// Where the files of a server get their credentials from.
fn credentials(name: &str) -> &'static [&'static str] {
    let host = address::host(name).unwrap_or_default().split(':').next().unwrap_or_default();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|p| name.contains(p));
    if starts(&["/vsis3/", "s3://"]) {
        return &[
            "credentials come from AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; another server than \
             Amazon's from AWS_ENDPOINT_URL",
            "of a public bucket: `set gdal AWS_NO_SIGN_REQUEST YES`; where the reader pays: `sign requester_pays`",
        ];
    }
    if starts(&["/vsigs/", "gs://"]) {
        return &[
            "credentials come from GOOGLE_APPLICATION_CREDENTIALS; of a public bucket: `set gdal GS_NO_SIGN_REQUEST YES`",
        ];
    }
    if starts(&["/vsiaz/", "az://"]) {
        return &["credentials come from AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or \
             AZURE_STORAGE_CONNECTION_STRING"];
    }
    if host.ends_with(".blob.core.windows.net") {
        return &["files of the Planetary Computer are opened by `sign pc`"];
    }
    if address::EARTHDATA_HOSTS.iter().any(|h| host.ends_with(h)) {
        return &["files of Earthdata are opened by `sign earthdata`"];
    }
    if address::CDSE_HOSTS.iter().any(|h| host.ends_with(h)) {
        return &["files of the Copernicus Data Space are opened by `sign cdse`"];
    }
    &["where a token opens it: `sign bearer`, with the token in RASTRA_BEARER_TOKEN; a signed address goes as it is"]
}

/// What may be wrong where the request was signed.
fn signer_help(signer: Signer) -> &'static [&'static str] {
    match signer {
        Signer::None => &[],
        Signer::Pc => {
            &["the Planetary Computer's token does not open it; some collections need PC_SDK_SUBSCRIPTION_KEY"]
        }
        Signer::Earthdata => {
            &["is EARTHDATA_TOKEN still good, and the data's application authorised in the Earthdata profile?"]
        }
        Signer::Cdse => &["may CDSE_USERNAME read this?"],
        Signer::RequesterPays => &["credentials come from AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"],
        Signer::Bearer => {
            &["is RASTRA_BEARER_TOKEN still good? It goes to the server of the address that is loaded; others are \
             named in RASTRA_BEARER_HOSTS"]
        }
    }
}

/// A failure with the way out of what a server said, where it was one.
pub fn advised(mut e: Box<Diagnostic>, name: &str) -> Box<Diagnostic> {
    let (signer, inner) = address::split_signer(name);
    if let Some(trouble) = e.cause.as_deref().and_then(Trouble::of) {
        e.cause = e.cause.map(|cause| redact(&cause));
        e.help.splice(0..0, trouble.ways_out(&inner, signer));
    }
    e
}

/// A failure below, told again where it was a server's.
pub fn explained(e: Box<Diagnostic>, name: &str, signer: Signer) -> Box<Diagnostic> {
    if e.code == codes::REMOTE || !address::is_behind_server(name) {
        return e;
    }
    match e.cause.as_deref().and_then(Trouble::of) {
        Some(trouble) => trouble.told(name, e.cause.as_deref().unwrap_or_default(), signer),
        None => e,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_servers() {
        let cases = [
            ("HTTP response code: 403", Some(Trouble::Status(403))),
            ("HTTP error code: 503 - http://h/a.tif. Retrying again in 0.5 secs", Some(Trouble::Status(503))),
            ("DownloadRegion(http://h/HTTP 2/x): response_code=429, msg=", Some(Trouble::Status(429))),
            ("HTTP 404 Not Found", Some(Trouble::Status(404))),
            ("HTTP 200 OK", None),
            ("CURL error: Empty reply from server", Some(Trouble::Dropped)),
            ("The AWS Access Key Id you provided does not exist in our records.", Some(Trouble::Status(403))),
            ("TIFFReadEncodedTile() failed.", None),
        ];
        for (said, trouble) in cases {
            assert_eq!(Trouble::of(said), trouble, "{said}");
        }
    }

    #[test]
    fn refusals_are_named_without_secrets_and_with_a_way_out() {
        let blob = "/vsicurl/https://acc.blob.core.windows.net/c/a.tif?sig=SECRET";
        let told = Trouble::Status(403).told(blob, &format!("HTTP response code: 403 {blob}"), Signer::None);
        assert!(!format!("{told:?}").contains("SECRET"), "{told:?}");
        assert_eq!(told.message, "the server refuses `https://acc.blob.core.windows.net/c/a.tif`");
        assert_eq!(told.help, ["files of the Planetary Computer are opened by `sign pc`"]);
        let s3 = Trouble::NoCredentials.told("/vsis3/b/a.tif", "", Signer::None);
        assert!(s3.message.contains("`s3://b/a.tif`") && s3.help[1].contains("AWS_NO_SIGN_REQUEST"), "{s3:?}");
        assert!(Trouble::Status(404).told("https://h/a", "", Signer::None).help.is_empty());
    }
}
