//! Whom requests trust: those that this machine trusts, or Mozilla's list where it says nothing.

use crate::certificates;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

pub(super) fn config() -> TlsConfig {
    let file = certificates::file().and_then(|path| std::fs::read(path).ok());
    let certificates = file.map(|text| of_pem(&text)).filter(|all| !all.is_empty());
    let roots = certificates.map_or(RootCerts::WebPki, RootCerts::from);
    TlsConfig::builder().root_certs(roots).build()
}

/// What is no certificate is passed over, as other programs do.
fn of_pem(text: &[u8]) -> Vec<Certificate<'static>> {
    let of = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        Ok(_) | Err(_) => None,
    };
    parse_pem(text).filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_of_a_file() {
        let of = |body: &str| format!("# a name\n-----BEGIN {body}-----\nMIIB\n-----END {body}-----\n");
        let text = format!("{}{}{}", of("CERTIFICATE"), of("PRIVATE KEY"), of("CERTIFICATE"));
        assert_eq!(of_pem(text.as_bytes()).len(), 2);
        assert!(of_pem(b"nothing").is_empty());
    }
}
