//! What servers answer for addresses that a `load` would be given.

use super::finding::Finding;
use crate::exec::bytes;
use crate::io::remote::without_secrets;
use crate::io::servers::{self, Answered};

/// What begins the files and documents that are read, what they are, and whether they are read in parts.
const KINDS: &[(usize, &[u8], &str, bool)] = &[
    (0, b"II*\0", "a TIFF", true),
    (0, b"MM\0*", "a TIFF", true),
    (0, b"II+\0", "a BigTIFF", true),
    (0, b"MM\0+", "a BigTIFF", true),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5, as netCDF-4 is", true),
    (0, b"CDF", "netCDF", true),
    (0, b"GRIB", "GRIB", true),
    (0, b"PK\x03\x04", "a zip archive", true),
    (0, b"PAR1", "Parquet", true),
    (0, b"\x0e\x03\x13\x01", "HDF4", true),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000", true),
    (0, b"\x1f\x8b", "compressed by gzip", false),
];

/// Words of documents, in the order they are looked for, and what they tell.
const DOCUMENTS: &[(&[&str], &str)] = &[
    (&["\"conformsTo\"", "\"stac_version\""], "a STAC API"),
    (&["\"FeatureCollection\"", "\"stac_version\""], "STAC items"),
    (&["\"stac_version\""], "STAC"),
    (&["\"zarr_format\""], "a Zarr store"),
    (&["\"refs\""], "references to bytes of other files"),
    (&["\"FeatureCollection\""], "GeoJSON"),
];

pub(super) fn look(address: &str) -> Finding {
    let what = without_secrets(address);
    match servers::ask(address) {
        Ok(answered) => told(what, &answered),
        Err(e) => {
            let cause = e.cause_text().map(|cause| format!(" ({cause})")).unwrap_or_default();
            e.help
                .iter()
                .fold(Finding::fails(what, format!("{}{cause}", e.message)), |finding, help| finding.cure(help))
        }
    }
}

fn told(what: String, answered: &Answered) -> Finding {
    let Answered { status, after, gives_parts, size, head, part } = answered;
    let (kind, is_read_in_parts) = kind(head);
    let mut says = vec![kind.to_string()];
    says.extend(part.map(|part| format!("by its `{part}`")));
    says.extend(size.map(bytes));
    says.extend(status.map(|status| format!("HTTP {status}")));
    says.push(format!("first byte after {:.0} ms", after.as_secs_f64() * 1e3));
    says.push(if *gives_parts { "gives parts" } else { "gives no parts" }.into());
    let says = says.join(", ");
    match (kind, is_read_in_parts && !gives_parts) {
        (PAGE, _) => Finding::fails(what, says).cure("it is for people: sign in, or name the file behind it"),
        (_, true) => Finding::fails(what, says).cure("the server sends files whole: download it, and load the copy"),
        (_, false) => Finding::ok(what, says),
    }
}

const PAGE: &str = "a web page";

/// What the first bytes are of, and whether such a thing is read in parts.
fn kind(head: &[u8]) -> (&'static str, bool) {
    let begins = |at: usize, bytes: &[u8]| head.get(at..).is_some_and(|head| head.starts_with(bytes));
    if let Some((.., kind, in_parts)) = KINDS.iter().find(|(at, bytes, ..)| begins(*at, bytes)) {
        return (kind, *in_parts);
    }
    let text = String::from_utf8_lossy(head);
    let start = text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return (PAGE, false);
    }
    match DOCUMENTS.iter().find(|(words, _)| words.iter().all(|word| text.contains(word))) {
        Some((_, kind)) => (kind, false),
        None if head.is_empty() => ("nothing", false),
        None if text.trim_start().starts_with(['{', '[']) => ("JSON", false),
        None => ("of a kind that is not known here", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_first_bytes() {
        for (head, expected) in [
            (&b"II*\0rest"[..], ("a TIFF", true)),
            (b"\n<!DOCTYPE html><html>", (PAGE, false)),
            (b"{\"type\": \"Catalog\", \"stac_version\": \"1.0.0\", \"conformsTo\": [", ("a STAC API", false)),
            (b"{\"type\": \"Catalog\", \"stac_version\": \"1.0.0\"}", ("STAC", false)),
            (b"{\"zarr_format\": 3}", ("a Zarr store", false)),
            (b"[1]", ("JSON", false)),
            (b"", ("nothing", false)),
            (b"lon,lat\n", ("of a kind that is not known here", false)),
        ] {
            assert_eq!(kind(head), expected);
        }
    }
}
