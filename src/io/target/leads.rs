//! What the name of a target leads to: a place on a disk, a stream, or an object on a server.

use super::stream::Stream;
use crate::diagnostic::Result;
use crate::io::place::cannot_write;
use crate::io::remote::address::{gdal_name, is_remote, without_secrets};
use std::fs::{metadata, read_link};
use std::io::Result as Io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Component, Path, PathBuf};

/// The name for standard output, beside `/dev/stdout`.
const OUTPUT: &str = "-";

/// As many links are followed as the system itself follows.
const LINKS: usize = 40;

pub(in crate::io) enum Leads {
    /// A file or folder, or nothing yet. Links were followed, since what they point to is replaced.
    Disk(PathBuf),
    /// Takes bytes one after another.
    Stream(Stream),
    /// An object, as GDAL names it.
    Server(String),
}

/// # Errors
/// `E0502` for a web server, a disk as a device, and links that lead nowhere.
pub(in crate::io) fn of(path: &Path) -> Result<Leads> {
    let text = path.to_string_lossy();
    if text.is_empty() {
        return Err(
            cannot_write(path, "it has no name").help("name a file: `\"result.csv\"`; `\"-\"` is standard output")
        );
    }
    if let Some(name) = server(&text)? {
        return Ok(Leads::Server(name));
    }
    if let Some(number) = descriptor(&text) {
        return Ok(Leads::Stream(Stream::Descriptor(number)));
    }
    match metadata(path).map(|target| target.file_type()) {
        Ok(kind) if kind.is_socket() => Ok(Leads::Stream(Stream::Socket(path.into()))),
        Ok(kind) if kind.is_block_device() => {
            let why = "it is a disk as a device: what is on it would be lost";
            Err(cannot_write(path, why).help("choose a file in a folder of the disk"))
        }
        Ok(kind) if !kind.is_file() && !kind.is_dir() => Ok(Leads::Stream(Stream::Open(path.into()))),
        Ok(_) | Err(_) => follow(path).map(Leads::Disk).map_err(|e| cannot_write(path, e)),
    }
}

/// The name of an object on a server, where a target is one.
///
/// # Errors
/// `E0502` for a web server.
pub(in crate::io) fn server(path: &str) -> Result<Option<String>> {
    let Some(name) = gdal_name(path).filter(|name| is_remote(name)) else { return Ok(None) };
    if name.starts_with("/vsicurl") {
        return Err(cannot_write(Path::new(&without_secrets(&name)), "a web server can only be read")
            .help("write to a path, `s3://`, `gs://` or `az://`"));
    }
    Ok(Some(name))
}

/// The number of an open file of this process: what is behind it, a pipe or the end of a file, is written to and not
/// replaced.
fn descriptor(path: &str) -> Option<u32> {
    match path {
        OUTPUT | "/dev/stdout" => Some(1),
        "/dev/stderr" => Some(2),
        _ => ["/dev/fd/", "/proc/self/fd/"].iter().find_map(|folder| path.strip_prefix(folder))?.parse().ok(),
    }
}

/// The one path of a place, however it was spelled: links are followed, also one that points to nothing yet.
fn follow(path: &Path) -> Io<PathBuf> {
    let mut path = std::path::absolute(path)?;
    for _ in 0..LINKS {
        if let Ok(place) = path.canonicalize() {
            return Ok(place);
        }
        if !path.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
            return beyond(&path);
        }
        let to = read_link(&path)?;
        path = path.parent().unwrap_or(Path::new("/")).join(to);
    }
    Err(rustix::io::Errno::LOOP.into())
}

/// The path of what is not there: what of it is there, and what is to be made below. What is not there has no links.
fn beyond(path: &Path) -> Io<PathBuf> {
    let mut place = PathBuf::new();
    let mut is_there = true;
    for part in path.components() {
        match part {
            Component::ParentDir => {
                place.pop();
                is_there = place.exists();
            }
            part => place.push(part),
        }
        if is_there {
            match place.canonicalize() {
                Ok(found) => place = found,
                Err(_) => is_there = false,
            }
        }
    }
    Ok(place)
}
