//! From what the user wrote to a list of rasters: files, folders, patterns, addresses.

use crate::cube::time::names::natural_cmp;
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::io::gdal::{handles, object, vsi};
use crate::io::raster::{Item, is_raster_name, rasters_of};
use crate::io::remote::address::{gdal_name, is_remote, redact, without_secrets};
use crate::io::signers::Signing;
use crate::plan::Signer;
use glob::{MatchOptions, Pattern};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Case matters, `*` stays in its folder, and names that begin with a dot are matched only by a dot.
pub(crate) const MATCHING: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Everything `pattern` names, in natural order. Relative paths start from `base`.
pub(crate) fn expand(pattern: &str, base: &Path, signer: Signer) -> Result<Vec<Item>> {
    if let Some(address) = gdal_name(pattern) {
        return virtual_files(&Signing::new(signer, pattern).name(&address), &redact(pattern));
    }
    let address = pattern.strip_prefix("file://").unwrap_or(pattern);
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let path = match address.strip_prefix("~/").zip(home()) {
        Some((rest, home)) => home.join(rest),
        None => base.join(address),
    };
    if path.is_dir() {
        return folder(&path, pattern);
    }
    if path.exists() {
        return Ok(vec![Item::file(path.to_string_lossy().into_owned())]);
    }
    if has_wildcards(address) {
        return local_glob(&path, pattern);
    }
    // `HDF4_EOS:..`, `GTIFF_DIR:2:..`: a dataset inside another, or a connection.
    let driver = address.split_once(':').map_or("", |(driver, _)| driver);
    if driver.len() > 1 && driver.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') {
        return Ok(vec![Item { name: address.into(), path: address.into() }]);
    }
    Err(missing(&path, pattern))
}

pub(crate) fn has_wildcards(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The rasters of a folder, not of those below it; or the folder itself, if it is one.
fn folder(path: &Path, pattern: &str) -> Result<Vec<Item>> {
    let names = entries(path);
    let files: Vec<String> = names.iter().filter(|n| path.join(n).is_file()).cloned().collect();
    let rasters = rasters_of(&files);
    if rasters.is_empty() {
        let whole = path.to_string_lossy().into_owned();
        if handles::open(&whole).is_ok_and(|d| d.raster_count() > 0) {
            return Ok(vec![Item::file(whole)]);
        }
        return Err(Diagnostic::new(codes::NOT_FOUND, format!("no rasters in the folder `{pattern}`"))
            .help(holds(pattern, names.iter().map(String::as_str)))
            .help_if(other_loader(names.iter().map(String::as_str), pattern)));
    }
    Ok(rasters.into_iter().map(|name| Item::file(path.join(name).to_string_lossy().into_owned())).collect())
}

fn local_glob(path: &Path, pattern: &str) -> Result<Vec<Item>> {
    let text = path.to_string_lossy();
    let found = glob::glob_with(&text, MATCHING).map_err(|e| {
        Diagnostic::new(codes::NOT_FOUND, format!("`{pattern}` is not a pattern of file names")).cause(e.to_string())
    })?;
    let fixed = fixed_part(path);
    let mut items: Vec<Item> = found
        .filter_map(|p| p.ok())
        .filter(|p| p.is_file())
        .map(|p| Item {
            name: p.strip_prefix(&fixed).unwrap_or(&p).to_string_lossy().into_owned(),
            path: p.to_string_lossy().into_owned(),
        })
        .collect();
    items.sort_by(|a, b| natural_cmp(&a.name, &b.name));
    let items = without_sidecars(items, pattern);
    if items.is_empty() {
        return Err(no_match(&fixed, pattern));
    }
    Ok(items)
}

/// A pattern that leaves the extension open does not mean the sidecars; one that spells it out means all it matches.
fn without_sidecars(items: Vec<Item>, pattern: &str) -> Vec<Item> {
    if !pattern.ends_with(['*', '?']) || !items.iter().any(|i| is_raster_name(&i.name)) {
        return items;
    }
    items.into_iter().filter(|i| is_raster_name(&i.name)).collect()
}

/// The folders in front of the first wildcard.
fn fixed_part(path: &Path) -> PathBuf {
    path.iter().take_while(|part| !has_wildcards(&part.to_string_lossy())).collect()
}

/// Files behind one of GDAL's virtual file systems; only these are asked, nothing local.
fn virtual_files(address: &str, pattern: &str) -> Result<Vec<Item>> {
    // A question mark in an address begins its query.
    let wild = if is_remote(address) { address.find('*') } else { address.find(['*', '?', '[']) };
    let Some(wild) = wild else {
        // What has an extension is likely a file, whose first bytes are read anyway; to list it as a folder may bring all
        // of it.
        let has_extension = address.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let is_there = || object::size(address).is_ok_and(|size| size.is_some());
        if is_raster_name(address) || address.contains('?') || has_extension && is_there() {
            return Ok(vec![Item::file(address.to_string())]);
        }
        let names = object::list(address);
        let rasters = rasters_of(&names);
        if rasters.is_empty() {
            return Ok(vec![Item::file(address.to_string())]);
        }
        let below = |n: &&String| Item { path: format!("{}/{n}", address.trim_end_matches('/')), name: (*n).clone() };
        return Ok(rasters.iter().map(below).collect());
    };
    let cut = address[..wild].rfind('/').unwrap_or(0);
    let (folder, rest) = (&address[..cut], &address[cut + 1..]);
    // Of a folder alone the folders below are not listed: of a bucket each is a request.
    let mut names = if rest.contains('/') { Vec::new() } else { object::list(folder) };
    if names.is_empty() {
        names =
            vsi::list(folder).map_err(|e| {
                let web = folder.contains("/vsicurl/");
                // Few web servers list their folders, all object stores do.
                e.help_if(web.then(|| {
                    "web servers do not say what they have: name the files one by one, `[\"..\" \"..\"]`".into()
                }))
            })?;
    }
    let rest = Pattern::new(rest).map_err(|e| {
        Diagnostic::new(codes::NOT_FOUND, format!("`{pattern}` is not a pattern of file names")).cause(e.to_string())
    })?;
    names.sort_by(|a, b| natural_cmp(a, b));
    let items: Vec<Item> = names
        .iter()
        .filter(|n| rest.matches_with(n, MATCHING))
        .map(|n| Item { path: format!("{folder}/{n}"), name: n.clone() })
        .collect();
    let items = without_sidecars(items, pattern);
    if items.is_empty() {
        return Err(Diagnostic::new(codes::NOT_FOUND, format!("no file matches `{pattern}`"))
            .help(holds(&without_secrets(folder), names.iter().map(String::as_str))));
    }
    Ok(items)
}

fn no_match(fixed: &Path, pattern: &str) -> Box<Diagnostic> {
    if !fixed.is_dir() {
        return missing(fixed, pattern);
    }
    let names = entries(fixed);
    let names = || names.iter().map(String::as_str);
    Diagnostic::new(codes::NOT_FOUND, format!("no file matches `{pattern}`"))
        .help(holds(&fixed.to_string_lossy(), names()))
        .help_if(other_loader(names(), pattern))
}

/// A path of which a part is not there, with the sibling that may have been meant.
fn missing(path: &Path, pattern: &str) -> Box<Diagnostic> {
    let there = path.ancestors().skip(1).find(|p| p.is_dir()).unwrap_or(Path::new("."));
    let error = Diagnostic::new(codes::NOT_FOUND, format!("there is no `{pattern}`"));
    let Ok(below) = path.strip_prefix(there) else { return error };
    let mut parts = below.iter().map(|p| p.to_string_lossy());
    let wanted = parts.next().unwrap_or_default();
    let names = entries(there);
    let names = || names.iter().map(String::as_str);
    match diagnostic::nearest(&wanted, names()) {
        Some(near) => {
            let rest: Vec<String> = std::iter::once(near.to_string()).chain(parts.map(|p| p.into_owned())).collect();
            // What was written, with the part that is wrong replaced.
            let wrong = below.to_string_lossy();
            let meant = match pattern.rfind(wrong.as_ref()) {
                Some(at) => format!("{}{}{}", &pattern[..at], rest.join("/"), &pattern[at + wrong.len()..]),
                None => there.join(rest.join("/")).to_string_lossy().into_owned(),
            };
            error.help(format!("did you mean `{meant}`?"))
        }
        None => error.help(holds(&there.to_string_lossy(), names())),
    }
}

fn entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// `x holds 12 .nc, 3 .json`: what is there instead.
pub(crate) fn holds<'a>(folder: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in names {
        let last = name.rsplit('/').next().unwrap_or(name);
        let kind = last
            .rsplit_once('.')
            .filter(|(stem, _)| !stem.is_empty())
            .map_or("without extension".into(), |(_, e)| format!(".{e}"));
        *counts.entry(kind).or_default() += 1;
    }
    if counts.is_empty() {
        return format!("`{folder}` is empty");
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let shown: Vec<String> = counts.iter().take(6).map(|(kind, n)| format!("{n} {kind}")).collect();
    format!("`{folder}` holds {}", shown.join(", "))
}

/// The stage that reads what is there.
fn other_loader<'a>(names: impl Iterator<Item = &'a str>, pattern: &str) -> Option<String> {
    let folder = pattern.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = if has_wildcards(pattern) { folder } else { pattern };
    names.into_iter().find_map(|name| match name.rsplit_once('.')?.1 {
        "nc" | "nc4" | "cdf" => Some(format!("NetCDF is read by `load netcdf \"{folder}/*.nc\"`")),
        "zip" | "tar" | "tgz" => Some(format!("archives are read by `load archive \"{folder}/{name}\"`")),
        "zarr" => Some(format!("Zarr is read by `load zarr \"{folder}/{name}\"`")),
        _ => None,
    })
}

/// What has a similar name beside a path where nothing is.
pub(crate) fn neighbor(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names = entries(folder);
    let wanted = path.file_name()?.to_string_lossy();
    diagnostic::nearest(&wanted, names.iter().map(String::as_str)).map(|near| path.with_file_name(near))
}

/// A way out where nothing is at a path: what has a similar name beside it, or else where it was looked for.
pub(crate) fn instead_of(path: &Path) -> String {
    match neighbor(path).as_deref().and_then(Path::file_name) {
        Some(near) => format!("did you mean `{}`?", near.to_string_lossy()),
        None => format!("looked for {}", std::path::absolute(path).as_deref().unwrap_or(path).display()),
    }
}
