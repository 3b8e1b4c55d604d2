//! Where documents and files lie, and how a reference in one leads to the next.

use std::path::{Path, PathBuf};

/// The place of a document or a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    File(PathBuf),
    /// Anything with a scheme other than `file:`.
    Url(String),
}

impl Location {
    /// A path as a user writes it; `base` is the folder relative ones start from.
    pub fn of(text: &str, base: Option<&Path>) -> Location {
        if let Some(rest) = strip_scheme(text, "file") {
            // `file:///a`, `file://localhost/a` and `file:/a` are one path.
            let path = rest.strip_prefix("//").map_or(rest, |r| r.find('/').map_or(r, |slash| &r[slash..]));
            return Location::File(PathBuf::from(percent_decoded(path)));
        }
        if scheme(text).is_some() {
            return Location::Url(text.to_string());
        }
        match base {
            Some(base) => Location::File(base.join(text)),
            None => Location::File(PathBuf::from(text)),
        }
    }

    /// Where `href`, found in the document that lies here, leads.
    pub fn join(&self, href: &str) -> Location {
        if scheme(href).is_some() || href.starts_with("/vsi") {
            return Location::of(href, None);
        }
        match self {
            // Not made shorter: what `..` means where folders are links is the file system's business.
            Location::File(document) => Location::of(href, Some(document.parent().unwrap_or(Path::new("")))),
            Location::Url(document) => Location::Url(join_url(document, href)),
        }
    }

    /// The name GDAL opens.
    pub fn gdal(&self) -> String {
        let url = match self {
            Location::File(path) => return path.to_string_lossy().into_owned(),
            Location::Url(url) => url,
        };
        match scheme(url) {
            Some("http" | "https" | "ftp") => format!("/vsicurl/{url}"),
            Some("s3") => format!("/vsis3/{}", after_scheme(url)),
            Some("gs") => format!("/vsigs/{}", after_scheme(url)),
            Some("az" | "abfs" | "abfss") => {
                // `container@account.dfs.core.windows.net/blob`: GDAL takes the account from its settings.
                let rest = after_scheme(url);
                let (host, blob) = rest.split_once('/').unwrap_or((rest, ""));
                format!("/vsiaz/{}/{blob}", host.split('@').next().unwrap_or(host))
            }
            _ => url.clone(),
        }
    }

    /// For people: without user, password and query, which may be secrets.
    pub fn shown(&self) -> String {
        match self {
            Location::File(path) => path.display().to_string(),
            Location::Url(url) => without_secrets(url),
        }
    }
}

/// An address, or a name GDAL opens, without user, password, query and fragment.
pub fn without_secrets(name: &str) -> String {
    let url = name.strip_prefix("/vsicurl/").unwrap_or(name);
    if scheme(url).is_none() {
        return name.to_string();
    }
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) if matches!(scheme, "http" | "https" | "ftp") => {
            let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
            format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or(host))
        }
        _ => plain.to_string(),
    }
}

/// The scheme of an address. One letter is a drive, not a scheme.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let named = scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    (named && (rest.starts_with("//") || scheme == "file")).then_some(scheme)
}

fn strip_scheme<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    scheme(text).filter(|s| s.eq_ignore_ascii_case(name)).map(|s| &text[s.len() + 1..])
}

fn after_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

/// RFC 3986, section 5.2, for hierarchical addresses.
fn join_url(document: &str, href: &str) -> String {
    let (scheme, rest) = document.split_once("://").unwrap_or(("https", document));
    if let Some(rest) = href.strip_prefix("//") {
        return format!("{scheme}://{rest}");
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, folder) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
    let (path, query) = href.find(['?', '#']).map_or((href, ""), |at| href.split_at(at));
    let path = match path {
        "" => folder.to_string(),
        absolute if absolute.starts_with('/') => absolute.to_string(),
        relative => format!("{}{relative}", &folder[..folder.rfind('/').map_or(0, |slash| slash + 1)]),
    };
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => {
                kept.pop();
            }
            part => kept.push(part),
        }
    }
    format!("{scheme}://{host}/{}{query}", kept.join("/"))
}

fn percent_decoded(text: &str) -> String {
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
    fn references_lead_to_gdal_names() {
        let cases = [
            ("/data/items.json", "../l8/B4.TIF", "/data/../l8/B4.TIF"),
            ("items.json", "B4.TIF", "B4.TIF"),
            ("/data/items.json", "/abs/B4.TIF", "/abs/B4.TIF"),
            ("/data/items.json", "file:///abs/a%20b.tif", "/abs/a b.tif"),
            ("/data/items.json", "/vsizip/a.zip/b.tif", "/vsizip/a.zip/b.tif"),
            ("/data/items.json", "s3://bucket/k/B4.tif", "/vsis3/bucket/k/B4.tif"),
            ("/data/items.json", "gs://bucket/B4.tif", "/vsigs/bucket/B4.tif"),
            ("/data/items.json", "abfs://box@acc.dfs.core.windows.net/a/b.tif", "/vsiaz/box/a/b.tif"),
            ("/data/items.json", "az://box/a.tif", "/vsiaz/box/a.tif"),
            ("/data/items.json", "https://h/a.tif?sig=x", "/vsicurl/https://h/a.tif?sig=x"),
            ("https://h/c/items/i.json?token=t", "./B4.tif", "/vsicurl/https://h/c/items/B4.tif"),
            ("https://h/c/items/i.json", "../../B4.tif", "/vsicurl/https://h/B4.tif"),
            ("https://h/c/items/i.json", "/B4.tif?x=1", "/vsicurl/https://h/B4.tif?x=1"),
            ("https://h", "a.tif", "/vsicurl/https://h/a.tif"),
            ("https://h/c/i.json", "//other/a.tif", "/vsicurl/https://other/a.tif"),
            ("s3://bucket/c/i.json", "B4.tif", "/vsis3/bucket/c/B4.tif"),
        ];
        for (document, href, gdal) in cases {
            assert_eq!(Location::of(document, None).join(href).gdal(), gdal, "{document} {href}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let cases = [
            ("https://me:pw@host/a/b.tif?sig=abc#x", "https://host/a/b.tif"),
            ("/vsicurl/https://host/b.tif?sig=abc", "https://host/b.tif"),
            ("/data/a?b.tif", "/data/a?b.tif"),
            ("s3://bucket/a.tif", "s3://bucket/a.tif"),
        ];
        for (name, shown) in cases {
            assert_eq!(without_secrets(name), shown);
        }
    }
}
