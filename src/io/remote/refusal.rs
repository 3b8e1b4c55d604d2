//! What a server's refusal means, and the way out of it.

use super::address::{self, redact, without_secrets};
use crate::diagnostic::{Cause, Diagnostic, Fault, ServerFault, codes};
use crate::plan::Signer;

/// Whether the same request may succeed a moment later.
pub(crate) fn passes(fault: ServerFault) -> bool {
    match fault {
        ServerFault::Status(status) => status == 408 || status == 429 || status >= 500,
        ServerFault::Dropped => true,
        ServerFault::NoCredentials => false,
    }
}

/// What happened to `name`, an address or a name GDAL opens; `said` is the cause, `signer` signed the request.
pub(crate) fn told(fault: ServerFault, name: &str, said: &str, signer: Signer) -> Box<Diagnostic> {
    let shown = without_secrets(name);
    let message = match fault {
        ServerFault::Status(401) => format!("`{shown}` may not be read without signing in"),
        ServerFault::Status(403) => format!("the server refuses `{shown}`"),
        ServerFault::Status(404 | 410) => format!("`{shown}` does not exist"),
        ServerFault::Status(429) => format!("the server of `{shown}` wants fewer requests"),
        ServerFault::Status(500..) => format!("the server of `{shown}` failed"),
        ServerFault::Status(_) => format!("the server does not understand the request for `{shown}`"),
        ServerFault::Dropped => format!("the connection to the server of `{shown}` broke"),
        ServerFault::NoCredentials => format!("there is nothing to sign the request for `{shown}` with"),
    };
    let mut told =
        Diagnostic::new(codes::REMOTE, message).cause(Cause { text: redact(said), fault: Some(Fault::Server(fault)) });
    told.help = ways_out(fault, address::unsigned(name), signer);
    told
}

fn ways_out(fault: ServerFault, name: &str, signer: Signer) -> Vec<String> {
    let refused = matches!(fault, ServerFault::Status(401 | 403) | ServerFault::NoCredentials);
    let lines: &[&str] = match fault {
        ServerFault::Status(429) => &["wait, or ask for less at a time: `set requests 4`"],
        ServerFault::Status(500..) => &["it was asked several times: try later"],
        ServerFault::Dropped => &["it was asked several times: is the address right, and the network up?"],
        _ if refused && signer != Signer::None => signer_help(signer),
        _ if refused => credentials(name),
        _ => &[],
    };
    lines.iter().map(|line| line.to_string()).collect()
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
pub(crate) fn advised(mut e: Box<Diagnostic>, name: &str) -> Box<Diagnostic> {
    let (signer, inner) = address::split_signer(name);
    if let Some(fault) = e.server_fault() {
        e.help.splice(0..0, ways_out(fault, &inner, signer));
    }
    e
}

/// A failure below, told again where it was a server's.
pub(crate) fn explained(e: Box<Diagnostic>, name: &str, signer: Signer) -> Box<Diagnostic> {
    if e.code == codes::REMOTE || !address::is_behind_server(name) {
        return e;
    }
    match e.server_fault() {
        Some(fault) => told(fault, name, e.cause_text().unwrap_or_default(), signer),
        None => e,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_named_without_secrets_and_with_a_way_out() {
        let blob = "/vsicurl/https://acc.blob.core.windows.net/c/a.tif?sig=SECRET";
        let refused = told(ServerFault::Status(403), blob, &format!("HTTP response code: 403 {blob}"), Signer::None);
        assert!(!format!("{refused:?}").contains("SECRET"), "{refused:?}");
        assert_eq!(refused.message, "the server refuses `https://acc.blob.core.windows.net/c/a.tif`");
        assert_eq!(refused.help, ["files of the Planetary Computer are opened by `sign pc`"]);
        let s3 = told(ServerFault::NoCredentials, "/vsis3/b/a.tif", "", Signer::None);
        assert!(s3.message.contains("`s3://b/a.tif`") && s3.help[1].contains("AWS_NO_SIGN_REQUEST"), "{s3:?}");
        assert!(told(ServerFault::Status(404), "https://h/a", "", Signer::None).help.is_empty());
    }
}
