//! `load archive`: the rasters in zip and tar archives and in compressed files, read in place.
//!
//! What an archive is, is told from its first bytes: names lie (a `.gz` that is a `.tar.gz`). Members become paths of
//! GDAL's virtual file systems and are then files like others; nothing is unpacked to disk, and members are decompressed
//! as a stream, so that one far larger than memory can be read.

mod tar;

use super::files::{self, LoadFiles, find};
use super::gdal::{object, vsi};
use super::raster::{Item, is_raster_name, rasters_of};
use super::reading;
use super::remote::{address::is_behind_server, refusal};
use super::source::{Source, SourceFormat, go_on, no_contents};
use crate::cube::time::names::natural_cmp;
use crate::diagnostic::{Diagnostic, Result, ServerFault, codes};
use crate::gdal::library;
use crate::plan::{Payload, Signer};
use crate::signature::{Example, Param, Shape, Signature};
use glob::Pattern;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(crate) const FORMAT: SourceFormat = SourceFormat {
    name: "archive",
    extensions: &[],
    stage: Some(&LOAD),
    discover,
    open: files::reopen,
    contents: no_contents,
};

const LOAD: Signature = Signature {
    name: "load archive",
    summary: "Load the rasters inside a zip, tar, tar.gz or gz file, in place.",
    params: &[
        Param::required("path", Shape::Path, "The archive, a file or an address."),
        Param::named("glob", Shape::Text, "Which members: \"*.tif\", \"**/*.asc\"."),
        files::DATES,
        files::MATCH,
        files::START,
        files::EVERY,
        files::CRS,
        files::UNION,
        files::LIKE,
        files::RES,
        files::BOUNDS,
        files::ANCHOR,
        files::METHOD,
        files::GROUP,
        reading::ON_ERROR,
        reading::SIGN,
    ],
    seek: &["zip", "tar", "gz", "unzip"],
    examples: &[Example {
        title: "A zip of GeoTIFFs",
        script: "load archive \"MSWEP.zip\" glob \"*.tif\" dates \"%Y.%m.%d\" | schema",
        output: "",
    }],
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Tar,
    TarGz,
    Gz,
}

fn discover(options: &Payload, cancel: &AtomicBool) -> Result<Arc<dyn Source>> {
    let given: LoadFiles = reading::read(options)?;
    let reading = &given.reading;
    let Some(title) = reading.path.first() else {
        return Err(
            Diagnostic::new(codes::NOT_FOUND, "no archive to load").help("name one: `load archive \"rain.zip\"`")
        );
    };
    let (mut items, mut notes) = (Vec::new(), Vec::new());
    for pattern in &reading.path {
        for archive in find::expand(pattern, &reading.base(), reading.sign)? {
            go_on(cancel)?;
            let kind = kind_of(&archive, reading.sign)?;
            if kind == Kind::TarGz {
                let slow = "is one compressed stream: reading a member passes over all before it; a zip is faster";
                notes.push(format!("`{}` {slow}", archive.name));
            }
            items.extend(members(&archive, kind, given.glob.as_deref())?);
        }
    }
    files::assemble(FORMAT.name, title.clone(), items, &given, notes, cancel)
}

/// What the first bytes say.
fn kind_of(archive: &Item, signer: Signer) -> Result<Kind> {
    let path = &archive.path;
    let head = object::head(path, 512)?.ok_or_else(|| match is_behind_server(path) {
        true => refusal::told(ServerFault::Status(404), path, "HTTP 404", signer),
        false => Diagnostic::new(codes::UNREADABLE, format!("`{}` cannot be opened", archive.name))
            .cause(library::messages()),
    })?;
    match head.as_slice() {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Ok(Kind::Zip),
        [0x1f, 0x8b, ..] => {
            let inside = object::head(&format!("/vsigzip/{path}"), 512)?.unwrap_or_default();
            Ok(if is_tar(&inside) { Kind::TarGz } else { Kind::Gz })
        }
        head if is_tar(head) => Ok(Kind::Tar),
        _ => Err(Diagnostic::new(codes::WRONG_FORMAT, format!("`{}` is neither zip nor tar nor gzip", archive.name))
            .help_if(
                is_raster_name(&archive.name).then(|| format!("load it as it is: `load files \"{}\"`", archive.name)),
            )),
    }
}

/// By the magic word, or, before there was one, by the checksum of the first header.
fn is_tar(head: &[u8]) -> bool {
    if head.len() < 512 {
        return false;
    }
    if &head[257..262] == b"ustar" {
        return true;
    }
    let stated = std::str::from_utf8(&head[148..156]).ok().map(|t| t.trim_matches(['\0', ' ']));
    let Some(stated) = stated.and_then(|t| u32::from_str_radix(t, 8).ok()) else { return false };
    // The checksum counts its own place as blanks.
    let sum: u32 =
        head[..512].iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) }).sum();
    head[0] != 0 && sum == stated
}

fn members(archive: &Item, kind: Kind, glob: Option<&str>) -> Result<Vec<Item>> {
    let path = &archive.path;
    let root = match kind {
        Kind::Zip => format!("/vsizip/{{{path}}}"),
        Kind::Tar => format!("/vsitar/{{{path}}}"),
        Kind::TarGz => format!("/vsitar/{{/vsigzip/{path}}}"),
        Kind::Gz => return Ok(vec![Item { path: format!("/vsigzip/{path}"), name: archive.name.clone() }]),
    };
    let names = vsi::list(&root).map_err(|e| {
        let told = |e: Diagnostic| {
            let message = format!("the archive `{}` cannot be listed", archive.name);
            Box::new(Diagnostic { code: codes::DAMAGED, message, ..e })
        };
        if e.code == codes::REMOTE { e } else { told(*e) }
    })?;
    let inside = match kind {
        Kind::Tar => long_names(path, &names)?,
        Kind::TarGz => long_names(&format!("/vsigzip/{path}"), &names)?,
        Kind::Zip | Kind::Gz => None,
    };
    let names = inside.as_ref().map_or(names, |(_, members)| members.iter().map(|m| m.name.clone()).collect());
    let chosen = choose(&names, glob.unwrap_or_default()).map_err(|cause| {
        let glob = glob.unwrap_or_default();
        Diagnostic::new(codes::NOT_FOUND, format!("`{glob}` is not a pattern of file names")).cause(cause)
    })?;
    if chosen.is_empty() {
        let what = glob.map_or("no rasters".to_string(), |glob| format!("nothing matches `{glob}`"));
        let deeper = glob.map(|glob| format!("**/{glob}"));
        let below = deeper.as_deref().and_then(|glob| choose(&names, glob).ok()).map_or(0, |found| found.len());
        return Err(Diagnostic::new(codes::NOT_FOUND, format!("{what} in `{}`", archive.name))
            .help(find::holds(&archive.name, names.iter().map(String::as_str)))
            .help_if(
                deeper.filter(|_| below > 0).map(|glob| format!("`glob \"{glob}\"` matches {below} in folders")),
            ));
    }
    let place = |name: &String| match &inside {
        None => format!("{root}/{name}"),
        Some((archive, members)) => {
            let member = members.iter().find(|m| m.name == *name).map_or((0, 0), |m| (m.start, m.size));
            format!("/vsisubfile/{}_{},{archive}", member.0, member.1)
        }
    };
    Ok(chosen.into_iter().map(|name| Item { path: place(name), name: name.clone() }).collect())
}

/// The members of a tar archive whose names GDAL may have cut, and what GDAL calls the archive.
fn long_names(archive: &str, names: &[String]) -> Result<Option<(String, Vec<tar::Member>)>> {
    let cut = names.iter().any(|name| name.len() >= 99 || name.contains("PaxHeader"));
    let members = if cut { tar::members(archive)? } else { None };
    Ok(members.map(|members| (archive.to_string(), members)))
}

/// Members a pattern names, in natural order; without one all that look like rasters.
fn choose<'a>(names: &'a [String], glob: &str) -> Result<Vec<&'a String>, String> {
    if glob.is_empty() {
        // Packers on macOS add a shadow of every file.
        let mut rasters = rasters_of(names);
        rasters.retain(|n| !n.starts_with("__MACOSX/"));
        return Ok(rasters);
    }
    let pattern = Pattern::new(glob).map_err(|e| e.to_string())?;
    let mut chosen: Vec<&String> = names.iter().filter(|n| pattern.matches_with(n, find::MATCHING)).collect();
    chosen.sort_by(|a, b| natural_cmp(a, b));
    Ok(chosen)
}

#[cfg(test)]
mod tests;
