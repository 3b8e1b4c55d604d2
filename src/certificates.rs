//! Where this machine keeps the certificates of those it trusts.

use std::env;
use std::path::{Path, PathBuf};

/// The files of Debian and Ubuntu; of Fedora and RHEL; of openSUSE; of Alpine, macOS and the BSDs.
const PLACES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The file that the user names, else the machine's, if there is one. A library that is built in knows no machine.
pub(crate) fn file() -> Option<PathBuf> {
    let named = env::var_os("SSL_CERT_FILE").filter(|name| !name.is_empty()).map(PathBuf::from);
    named.or_else(|| PLACES.iter().map(Path::new).find(|place| place.is_file()).map(Path::to_owned))
}
