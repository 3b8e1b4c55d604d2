//! The files that a path names.

use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::find::{self, has_wildcards};
use crate::io::gdal::object;
use crate::io::remote::address::{gdal_name, is_remote};
use crate::io::signers::Signing;
use crate::plan::Signer;
use std::path::{Path, PathBuf};

/// Endings of files that are read when a folder is named.
const ENDINGS: [&str; 8] = ["nc", "nc4", "nc3", "cdf", "netcdf", "h5", "he5", "hdf5"];

/// Absolute paths, and names that GDAL opens of what is on a server, in the order of the list; those of a pattern or a folder in the order of their names, with numbers
/// compared as numbers.
pub(super) fn expand(given: &[String], base: &Path, signer: Signer) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for text in given {
        paths.extend(matching(text, base, signer)?);
    }
    Ok(paths)
}

fn matching(text: &str, base: &Path, signer: Signer) -> Result<Vec<String>> {
    if let Some(name) = gdal_name(text) {
        // A question mark in an address begins its query; a name with brackets that exists is meant as a name.
        let is_pattern = if is_remote(&name) { name.contains('*') } else { has_wildcards(text) && !is_there(&name) };
        if is_pattern {
            let found = find::expand(text, base, signer)?;
            return Ok(found.into_iter().map(|item| item.path).collect());
        }
        return Ok(vec![Signing::new(signer, text).name(&name)]);
    }
    let path = base.join(text);
    let shown = path.to_string_lossy().into_owned();
    // A name with brackets that exists is meant as a name.
    if path.is_file() {
        return Ok(vec![shown]);
    }
    let mut found: Vec<String> = if path.is_dir() {
        let entries = std::fs::read_dir(&path)
            .map_err(|e| Diagnostic::new(codes::UNREADABLE, format!("the folder `{shown}` cannot be read")).cause(e))?;
        let wanted = |p: &PathBuf| {
            p.extension().is_some_and(|e| ENDINGS.contains(&e.to_string_lossy().to_ascii_lowercase().as_str()))
        };
        let paths = entries.flatten().map(|e| e.path()).filter(|p| p.is_file() && wanted(p));
        paths.map(|p| p.to_string_lossy().into_owned()).collect()
    } else {
        let matched = glob::glob(&shown).map_err(|e| {
            Diagnostic::new(codes::NOT_FOUND, format!("`{text}` is not a pattern of paths")).cause(e.to_string())
        })?;
        matched.flatten().filter(|p| p.is_file()).map(|p| p.to_string_lossy().into_owned()).collect()
    };
    if found.is_empty() {
        let message = if path.is_dir() { "no netCDF file is in" } else { "no file matches" };
        return Err(
            Diagnostic::new(codes::NOT_FOUND, format!("{message} `{text}`")).help(format!("looked for {shown}"))
        );
    }
    found.sort_by(|a, b| by_number(a, b));
    Ok(found)
}

fn is_there(name: &str) -> bool {
    object::size(name).is_ok_and(|size| size.is_some())
}

/// `a2` before `a10`.
fn by_number(a: &str, b: &str) -> std::cmp::Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let digits = |s: &[u8]| s.iter().take_while(|c| c.is_ascii_digit()).count();
        let (n, m) = (digits(a), digits(b));
        let order = if n > 0 && m > 0 {
            let number = |s: &[u8]| s.iter().skip_while(|c| **c == b'0').copied().collect::<Vec<u8>>();
            let (x, y) = (number(&a[..n]), number(&b[..m]));
            let order = x.len().cmp(&y.len()).then_with(|| x.cmp(&y));
            (a, b) = (&a[n..], &b[m..]);
            order
        } else {
            let order = a.first().cmp(&b.first());
            if a.is_empty() || b.is_empty() {
                return order;
            }
            (a, b) = (&a[1..], &b[1..]);
            order
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_in_names() {
        let mut names = ["t10.nc", "t2.nc", "t02b.nc", "s9.nc", "t2", "t2.nc"];
        names.sort_by(|a, b| super::by_number(a, b));
        assert_eq!(names, ["s9.nc", "t2", "t2.nc", "t2.nc", "t02b.nc", "t10.nc"]);
    }
}
