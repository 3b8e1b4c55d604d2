//! `load archive`: the rasters in zip and tar archives and in compressed files, read in place.
//!
//! What an archive is, is told from its first bytes: names lie (a `.gz` that is a `.tar.gz`). Members become paths of
//! GDAL's virtual file systems and are then files like others; nothing is unpacked to disk, and members are decompressed
//! as a stream, so that one far larger than memory can be read.

mod tar;

use super::files::{self, LoadFiles};
use super::find;
use super::gdal::{members, object, seekable, vsi};
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
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
    summary: "Load the rasters inside a zip, tar, tar.gz or gz file, in place; archives inside count as folders.",
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

/// Where packers on macOS add a shadow of every file.
const SHADOWS: &str = "__MACOSX/";

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
            let mut passed_over = reading.skip().then(Vec::new);
            items.extend(chosen(&archive, kind, given.glob.as_deref(), reading.sign, &mut passed_over)?);
            notes.extend(passed_over.into_iter().flatten());
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

/// How deep archives may lie in archives.
const DEPTH: usize = 3;

/// The members that `glob` names, or all rasters, also of archives inside, which count as folders. Where there is a list
/// of what was passed over, those that cannot be read come to it.
fn chosen(
    archive: &Item,
    kind: Kind,
    glob: Option<&str>,
    signer: Signer,
    passed_over: &mut Option<Vec<String>>,
) -> Result<Vec<Item>> {
    if kind == Kind::Gz {
        return Ok(vec![gz(archive)]);
    }
    // A pattern without a folder names nothing inside of archives.
    let depth = if glob.is_none_or(|glob| glob.contains('/')) { DEPTH } else { 0 };
    let all = list(archive, kind, signer, depth, passed_over)?;
    let names: Vec<String> = all.iter().map(|item| item.name.clone()).collect();
    let picked = choose(&names, glob.unwrap_or_default()).map_err(|cause| {
        let glob = glob.unwrap_or_default();
        Diagnostic::new(codes::NOT_FOUND, format!("`{glob}` is not a pattern of file names")).cause(cause)
    })?;
    if picked.is_empty() {
        let what = glob.map_or("no rasters".to_string(), |glob| format!("nothing matches `{glob}`"));
        let deeper = glob.map(|glob| format!("**/{glob}"));
        let below = deeper.as_deref().and_then(|glob| choose(&names, glob).ok()).map_or(0, |found| found.len());
        return Err(Diagnostic::new(codes::NOT_FOUND, format!("{what} in `{}`", archive.name))
            .help(find::holds(&archive.name, names.iter().map(String::as_str)))
            .help_if(
                deeper.filter(|_| below > 0).map(|glob| format!("`glob \"{glob}\"` matches {below} in folders")),
            ));
    }
    let places: HashMap<&str, &Item> = all.iter().map(|item| (item.name.as_str(), item)).collect();
    Ok(picked.into_iter().map(|name| places[name.as_str()].clone()).collect())
}

fn gz(file: &Item) -> Item {
    Item { path: format!("/vsigzip/{}", file.path), name: file.name.clone() }
}

/// Every member of an archive; those of archives inside, down to `depth`, stand in its place as in a folder.
fn list(
    archive: &Item,
    kind: Kind,
    signer: Signer,
    depth: usize,
    passed_over: &mut Option<Vec<String>>,
) -> Result<Vec<Item>> {
    let path = &archive.path;
    let root = match kind {
        Kind::Zip => format!("/vsizip/{{{path}}}"),
        Kind::Tar => format!("/vsitar/{{{path}}}"),
        Kind::TarGz => format!("/vsitar/{{/vsigzip/{path}}}"),
        Kind::Gz => return Ok(vec![gz(archive)]),
    };
    let names = vsi::list(&root).map_err(|e| {
        let told = |e: Diagnostic| {
            let message = format!("the archive `{}` cannot be listed", archive.name);
            // GDAL says nothing of an archive whose list of members is cut off or garbled.
            let is_silent = e.cause_text() == Some(vsi::NOTHING);
            let told = Box::new(Diagnostic { code: codes::DAMAGED, message, ..e });
            if is_silent { told.cause("its list of members cannot be read: it is damaged") } else { told }
        };
        if e.code == codes::REMOTE { e } else { told(*e) }
    })?;
    let inside = match kind {
        Kind::Tar => long_names(path, &names)?,
        Kind::TarGz => long_names(&format!("/vsigzip/{path}"), &names)?,
        Kind::Zip | Kind::Gz => None,
    };
    remember(archive, kind, &root)?;
    let items: Vec<Item> = match inside {
        None => names.into_iter().map(|name| Item { path: format!("{root}/{name}"), name }).collect(),
        // A name that stands in an archive several times is that of its last member, as for whoever unpacks it.
        Some((archive, members)) => {
            let place = |m: &tar::Member| format!("/vsisubfile/{}_{},{archive}", m.start, m.size);
            if is_far(&archive) {
                members::remember(&archive, members.iter().map(|m| (place(m), m.place())));
            }
            let last: BTreeMap<String, String> = members.iter().map(|m| (m.name.clone(), place(m))).collect();
            last.into_iter().map(|(name, path)| Item { path, name }).collect()
        }
    };
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        match item.name.to_ascii_lowercase().rsplit_once('.') {
            _ if depth == 0 || item.name.starts_with(SHADOWS) => all.push(item),
            Some((stem, "gz")) if is_raster_name(stem) => all.push(gz(&item)),
            Some((_, "zip" | "tar" | "tgz" | "gz")) => {
                let found = kind_of(&item, signer)
                    .and_then(|kind| Ok((kind, list(&item, kind, signer, depth - 1, passed_over)?)));
                match (found, passed_over.as_mut()) {
                    (Ok((kind, below)), _) => all.extend(below.into_iter().map(|member| Item {
                        name: if kind == Kind::Gz { member.name } else { format!("{}/{}", item.name, member.name) },
                        path: member.path,
                    })),
                    // What only is called an archive is a member like others.
                    (Err(e), _) if e.code == codes::WRONG_FORMAT => all.push(item),
                    (Err(e), Some(passed_over)) if e.code != codes::REMOTE => {
                        let why = e.cause_text().unwrap_or(&e.message);
                        passed_over.push(format!("`{}` in `{}` was passed over: {why}", item.name, archive.name));
                    }
                    (Err(e), None) => return Err(e.help("`on_error skip` leaves it out")),
                    (Err(e), Some(_)) => return Err(e),
                }
            }
            _ => all.push(item),
        }
    }
    Ok(all)
}

/// Whether an archive lies on a server as it is, not in another one.
fn is_far(archive: &str) -> bool {
    is_behind_server(archive) && !archive.contains("/vsigzip/") && !archive.contains('{')
}

/// Keeps in mind where the members of an archive on a server lie; those of one compressed stream lie nowhere.
fn remember(archive: &Item, kind: Kind, root: &str) -> Result<()> {
    let path = &archive.path;
    if !is_far(path) {
        return Ok(());
    }
    let found: Vec<(String, members::Place)> = match kind {
        Kind::Zip => seekable::zip_members(path)?,
        Kind::Tar => {
            let all = tar::members(path)?.unwrap_or_default();
            all.iter().map(|member| (member.name.clone(), member.place())).collect()
        }
        Kind::TarGz | Kind::Gz => Vec::new(),
    };
    members::remember(path, found.into_iter().map(|(name, place)| (format!("{root}/{name}"), place)));
    Ok(())
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
        // A compressed raster is one too.
        let plain: Vec<String> = names.iter().map(|n| n.strip_suffix(".gz").unwrap_or(n).to_string()).collect();
        let rasters: BTreeSet<&String> = rasters_of(&plain).into_iter().filter(|n| !n.starts_with(SHADOWS)).collect();
        let of_rasters = names.iter().zip(&plain).filter(|(_, plain)| rasters.contains(plain));
        let mut chosen: Vec<&String> = of_rasters.map(|(name, _)| name).collect();
        chosen.sort_by(|a, b| natural_cmp(a, b));
        return Ok(chosen);
    }
    let pattern = Pattern::new(glob).map_err(|e| e.to_string())?;
    let mut chosen: Vec<&String> = names.iter().filter(|n| pattern.matches_with(n, find::MATCHING)).collect();
    chosen.sort_by(|a, b| natural_cmp(a, b));
    Ok(chosen)
}

#[cfg(test)]
mod tests;
