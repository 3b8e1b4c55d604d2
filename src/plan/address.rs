//! Addresses as people write them: their schemes, and the paths of those that mean this machine.

/// The scheme of an address. One letter is a drive, not a scheme.
pub(crate) fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let named = scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    (named && (rest.starts_with("//") || scheme.eq_ignore_ascii_case("file"))).then_some(scheme)
}

/// The path of an address of this machine: `file:///a`, `file://localhost/a` and `file:/a` are one. Nothing for another
/// scheme, and for another machine, as `file://data/a` says.
pub(crate) fn local_path(address: &str) -> Option<String> {
    let rest = scheme(address).filter(|s| s.eq_ignore_ascii_case("file")).map(|s| &address[s.len() + 1..])?;
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => match rest.find('/') {
            Some(at) if rest[..at].is_empty() || rest[..at].eq_ignore_ascii_case("localhost") => &rest[at..],
            _ => return None,
        },
    };
    // In a template, `%d` is a day.
    let mut out = String::new();
    let mut rest = path;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').map_or(rest.len(), |at| open + at + 1);
        out.push_str(&percent_decoded(&rest[..open]));
        out.push_str(&rest[open..close]);
        rest = &rest[close..];
    }
    Some(out + &percent_decoded(rest))
}

pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_machine() {
        let cases = [
            ("file:///data/a b.tif", Some("/data/a b.tif")),
            ("file:///data/a%20b.tif", Some("/data/a b.tif")),
            ("file://localhost/data/a.tif", Some("/data/a.tif")),
            ("FILE:/data/a.tif", Some("/data/a.tif")),
            ("file:a.tif", Some("a.tif")),
            ("file:///d%41/{time:%d%ee}_{band}%41.tif", Some("/dA/{time:%d%ee}_{band}A.tif")),
            ("file://data/a.tif", None),
            ("s3://data/a.tif", None),
            ("/data/a.tif", None),
            ("c:/data/a.tif", None),
        ];
        for (address, path) in cases {
            assert_eq!(local_path(address).as_deref(), path, "{address}");
        }
        let schemes = [("s3://a", Some("s3")), ("c:/a", None), ("NETCDF:\"a.nc\":t", None), ("a:b", None)];
        for (address, found) in schemes {
            assert_eq!(scheme(address), found, "{address}");
        }
    }
}
