//! Where documents and files lie, and how a reference in one leads to the next.

pub(crate) use crate::diagnostic::redact;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::Signer;
pub(crate) use crate::plan::address::{local_path, percent_decoded, scheme};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The place of a document or a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Location {
    File(PathBuf),
    /// Anything with a scheme other than `file:`.
    Url(String),
}

impl Location {
    /// A path as a user writes it; `base` is the folder relative ones start from.
    pub(crate) fn of(text: &str, base: Option<&Path>) -> Location {
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
    pub(crate) fn join(&self, href: &str) -> Location {
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
    pub(crate) fn gdal(&self) -> String {
        match self {
            Location::File(path) => path.to_string_lossy().into_owned(),
            Location::Url(url) => gdal_name(url).unwrap_or_else(|| url.clone()),
        }
    }

    /// For people: without user, password and query, which may be secrets.
    pub(crate) fn shown(&self) -> String {
        match self {
            Location::File(path) => path.display().to_string(),
            Location::Url(url) => without_secrets(url),
        }
    }
}

/// Refuses an address of a scheme that nothing here reads or writes, by its name.
///
/// # Errors
/// `E0313`
pub(crate) fn check_scheme(address: &str) -> Result<()> {
    // GDAL's own names for parts of files, `vrt://a.tif?bands=2`, are left to it.
    let Some(scheme) = scheme(address).filter(|s| !s.eq_ignore_ascii_case("vrt")) else { return Ok(()) };
    let shown = without_secrets(address);
    if scheme.eq_ignore_ascii_case("file") {
        if local_path(address).is_some() {
            return Ok(());
        }
        let machine = host(address).unwrap_or_default();
        let message =
            format!("`{shown}` names a file of the machine `{machine}`, and only those of this one are reached");
        let path = shown.splitn(3, '/').nth(2).unwrap_or_default();
        return Err(Diagnostic::new(codes::UNSUPPORTED, message)
            .help(format!("here it is `file:///{path}`, or the path alone")));
    }
    match gdal_name(address) {
        Some(_) => Ok(()),
        None => Err(Diagnostic::new(
            codes::UNSUPPORTED,
            format!("`{scheme}://` is no kind of address that is known: `{shown}`"),
        )
        .help("write a path, or an address with `file://`, `https://`, `s3://`, `gs://`, `az://` or `oss://`")),
    }
}

/// The path of an address on a local disk, where relative ones start from `base`; nothing for what GDAL reads elsewhere.
pub(crate) fn on_disk(address: &str, base: &Path) -> Option<PathBuf> {
    gdal_name(address).is_none().then(|| base.join(local_path(address).as_deref().unwrap_or(address)))
}

/// The name GDAL knows an address by: `https://..` is `/vsicurl/https://..`, `s3://..` is `/vsis3/..`; nothing for what
/// lies on local disks.
pub(crate) fn gdal_name(address: &str) -> Option<String> {
    if address.starts_with("/vsi") {
        return Some(address.to_string());
    }
    let rest = after_scheme(address);
    Some(match scheme(address)?.to_ascii_lowercase().as_str() {
        "http" | "https" | "ftp" => format!("/vsicurl/{address}"),
        "s3" | "s3a" => format!("/vsis3/{rest}"),
        "gs" | "gcs" => format!("/vsigs/{rest}"),
        "az" | "azure" | "abfs" | "abfss" | "adl" => {
            // `container@account.dfs.core.windows.net/blob`: GDAL takes the account from its settings.
            let (host, blob) = rest.split_once('/').unwrap_or((rest, ""));
            format!("/vsiaz/{}/{blob}", host.split('@').next().unwrap_or(host))
        }
        "oss" => format!("/vsioss/{rest}"),
        _ => return None,
    })
}

const REMOTE: [&str; 8] =
    ["/vsicurl/", "/vsicurl?", "/vsis3/", "/vsigs/", "/vsiaz/", "/vsiadls/", "/vsioss/", "/vsiswift/"];

/// Whether every look at a file is a request to a server.
pub(crate) fn is_remote(name: &str) -> bool {
    let name = unsigned(name);
    REMOTE.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether a server is asked, also for what lies in an archive there.
pub(crate) fn is_behind_server(name: &str) -> bool {
    REMOTE.iter().any(|prefix| name.contains(prefix))
}

/// The part of a name that a server is asked for, of an archive there the archive, with the mark of who signs for it; and
/// where that begins.
pub(crate) fn object_in(name: &str) -> Option<(usize, &str)> {
    let from = REMOTE.iter().filter_map(|prefix| name.find(prefix)).min()?;
    let at = name[..from].find(SIGNED).unwrap_or(from);
    // Within the name of an archive it stands in braces.
    Some((at, name[at..].split('}').next()?))
}

/// Hosts that may see a token of NASA's Earthdata, by the ends of their names.
pub(crate) const EARTHDATA_HOSTS: [&str; 5] = ["nasa.gov", "cr.usgs.gov", "nsidc.org", "asf.alaska.edu", "ornl.gov"];
/// Those of the Copernicus Data Space.
pub(crate) const CDSE_HOSTS: [&str; 1] = ["dataspace.copernicus.eu"];

/// What begins the name of an object that GDAL reads through the requests of this program.
pub(crate) const POOL: &str = "/vsipool";

/// What begins a name whose requests are signed: `/vsisigned/pc/vsicurl/https://..`. GDAL never sees it.
pub(crate) const SIGNED: &str = "/vsisigned/";

/// The signer of a marked name, and the name as GDAL has it. The mark may stand inside: names of archives are wrapped
/// around those of their files.
pub(crate) fn split_signer(name: &str) -> (Signer, Cow<'_, str>) {
    let Some(at) = name.find(SIGNED) else { return (Signer::None, name.into()) };
    let (before, marked) = name.split_at(at);
    let rest = &marked[SIGNED.len()..];
    let (word, inner) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    match Signer::from_word(word) {
        Some(signer) => (signer, format!("{before}{inner}").into()),
        None => (Signer::None, name.into()),
    }
}

/// A name without the mark of who signs its requests.
pub(crate) fn unsigned(name: &str) -> &str {
    match name.strip_prefix(SIGNED) {
        Some(rest) => rest.find('/').map_or(rest, |slash| &rest[slash..]),
        None => name,
    }
}

/// The host of an address, with its port.
pub(crate) fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(authority.rsplit('@').next().unwrap_or(authority))
}

/// What begins the names of members of archives.
const ARCHIVES: [&str; 3] = ["/vsizip/", "/vsitar/", "/vsigzip/"];

/// An address, or a name GDAL opens, as an address without user, password, query and fragment; of a member of an archive on
/// a server that of the archive, and what follows.
pub(crate) fn without_secrets(name: &str) -> String {
    let name = unsigned(name);
    if is_behind_server(name)
        && let Some(member) = ARCHIVES.iter().find_map(|archive| name.strip_prefix(archive))
    {
        return match member.strip_prefix('{').and_then(|member| member.rsplit_once('}')) {
            Some((archive, inside)) => without_secrets(archive) + inside,
            None => without_secrets(member),
        };
    }
    for (prefix, scheme) in [("/vsicurl/", ""), ("/vsis3/", "s3://"), ("/vsigs/", "gs://"), ("/vsiaz/", "az://")] {
        if let Some(rest) = name.strip_prefix(prefix) {
            return redact(&format!("{scheme}{rest}"));
        }
    }
    redact(name)
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

/// An address with further parameters in its query.
pub(crate) fn with_query(url: &str, parameters: &[(&str, String)]) -> String {
    let (base, fragment) = url.split_once('#').map_or((url, None), |(base, fragment)| (base, Some(fragment)));
    let mut out = base.trim_end_matches('?').to_string();
    for (name, value) in parameters {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&format!("{name}={}", percent_encoded(value)));
    }
    out + &fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default()
}

/// A value for a query; commas, colons and slashes may stand in one as they are.
pub(crate) fn percent_encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~,:/".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// An address as a request has it: what people write and no request may hold, as spaces and letters beyond ASCII, is
/// percent-encoded.
pub(super) fn escaped(url: &str) -> Cow<'_, str> {
    let is_plain = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    if url.bytes().all(is_plain) {
        return url.into();
    }
    url.bytes().map(|b| if is_plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_named_by_their_archives() {
        for (name, shown) in [
            ("/vsizip/{/vsicurl/https://h/a.zip}/b/c.tif", "https://h/a.zip/b/c.tif"),
            ("/vsitar/{/vsigzip//vsis3/box/a.tar.gz}/c.tif", "s3://box/a.tar.gz/c.tif"),
            ("/vsizip/{/data/a.zip}/c.tif", "/vsizip/{/data/a.zip}/c.tif"),
        ] {
            assert_eq!(without_secrets(name), shown);
        }
    }

    #[test]
    fn addresses_as_people_write_them() {
        for (url, sent) in [
            ("https://h/a%20b.tif?x=1&y=[2]#3", "https://h/a%20b.tif?x=1&y=[2]#3"),
            ("https://h/a b.tif", "https://h/a%20b.tif"),
            ("https://h/Grün {1}.tif", "https://h/Gr%C3%BCn%20%7B1%7D.tif"),
        ] {
            assert_eq!(escaped(url), sent);
        }
    }

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
    fn schemes_are_known_or_named() {
        for known in
            ["/a/b.tif", "a.tif", "s3://b/a", "https://h/a", "vrt://a.tif", "NETCDF:\"a.nc\":t", "c:/a", "/vsis3/b/a"]
        {
            assert!(check_scheme(known).is_ok(), "{known}");
        }
        for (address, said) in [
            ("hdfs://h/a.tif", "`hdfs://` is no kind of address that is known: `hdfs://h/a.tif`"),
            ("sftp://me:pw@h/a.tif?x=1", "`sftp://` is no kind of address that is known: `sftp://h/a.tif`"),
            (
                "file://data/a.tif",
                "`file://data/a.tif` names a file of the machine `data`, and only those of this one are reached",
            ),
        ] {
            assert_eq!(check_scheme(address).expect_err(address).message, said);
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let cases = [
            ("https://me:pw@host/a/b.tif?sig=abc#x", "https://host/a/b.tif"),
            ("/vsicurl/https://host/b.tif?sig=abc", "https://host/b.tif"),
            ("/data/a?b.tif", "/data/a?b.tif"),
            ("/vsisigned/pc/vsicurl/https://host/b.tif", "https://host/b.tif"),
            ("/vsizip/{/vsicurl/https://host/b.zip?sig=abc}/c.tif", "https://host/b.zip/c.tif"),
            ("/vsis3/bucket/a.tif", "s3://bucket/a.tif"),
            ("s3://bucket/a.tif", "s3://bucket/a.tif"),
        ];
        for (name, shown) in cases {
            assert_eq!(without_secrets(name), shown);
        }
        let said = "`/vsicurl/https://me:pw@h/a.tif?sig=abc`, band 1: http://h/b?x=1,2. Again (s3://b/c#d) 'file://e'";
        let plain = "`/vsicurl/https://h/a.tif`, band 1: http://h/b Again (s3://b/c) 'file://e'";
        assert_eq!(redact(said), plain);
    }

    #[test]
    fn what_is_asked_of_a_server() {
        let asked = |name: &'static str| object_in(name).map(|(_, object)| unsigned(object));
        let wrapped = "/vsizip/{/vsisigned/pc/vsicurl/https://h/a.zip}/b.tif";
        assert_eq!(object_in(wrapped), Some((9, "/vsisigned/pc/vsicurl/https://h/a.zip")));
        assert_eq!(object_in("/vsis3/b/a.tif"), Some((0, "/vsis3/b/a.tif")));
        assert_eq!(asked("/vsitar/{/vsigzip//vsis3/b/a.tgz}/b.tif"), Some("/vsis3/b/a.tgz"));
        let cases = [
            ("/data/a.tif", false, false),
            ("/vsicurl/https://h/a.tif", true, true),
            ("/vsisigned/pc/vsicurl/https://h/a.tif", true, true),
            ("/vsizip/{/vsicurl/https://h/a.zip}/b.tif", false, true),
            ("/vsitar/{/vsigzip//vsis3/b/a.tgz}/b.tif", false, true),
            ("/vsizip//data/a.zip/b.tif", false, false),
        ];
        for (name, remote, behind) in cases {
            assert_eq!((is_remote(name), is_behind_server(name)), (remote, behind), "{name}");
            assert_eq!(asked(name).is_some(), behind);
        }
    }

    #[test]
    fn queries() {
        let url = with_query("https://h/search?a=1", &[("bbox", "1,2".into()), ("t", "2020-01-01/..".into())]);
        assert_eq!(url, "https://h/search?a=1&bbox=1,2&t=2020-01-01/..");
        assert_eq!(with_query("https://h/s", &[("sortby", "+a b&c".into())]), "https://h/s?sortby=%2Ba%20b%26c");
    }
}
