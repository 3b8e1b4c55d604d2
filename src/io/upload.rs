//! Files for servers: formats that can be made only on a disk are made in a folder for temporary files, then sent.

use super::gdal::outbox::Outbox;
use super::place::cannot_write;
use super::places::PixelCoordinates;
use super::remote::address::{gdal_name, without_secrets};
use super::sink::{Output, Sink};
use super::source::Tile;
use super::target::{Temporary, leads};
use crate::cube::{Chunk, Losses, Region};
use crate::diagnostic::Result;
use crate::plan::SinkSpec;
use std::path::{Path, PathBuf};

/// Where files are made, and where they go.
pub(super) struct Detour {
    folder: Temporary,
    /// The address of the folder on the server.
    address: String,
    /// The spec of the sink that makes them.
    pub spec: SinkSpec,
}

impl Detour {
    /// The detour of a target on a server; nothing for one on a disk.
    ///
    /// # Errors
    /// `E0502` for a web server, and where no folder can be made.
    pub(super) fn of(spec: &SinkSpec) -> Result<Option<Detour>> {
        if leads::server(&spec.path)?.is_none() {
            return Ok(None);
        }
        // What is in braces may name folders, too.
        let fixed = spec.path.find('{').unwrap_or(spec.path.len());
        let cut = spec.path[..fixed].rfind('/').unwrap_or_default();
        let (address, rest) = (spec.path[..cut].to_string(), spec.path[cut..].trim_start_matches('/'));
        let folder = Temporary::new().map_err(|e| cannot_write(&std::env::temp_dir(), e))?;
        let spec = SinkSpec { path: folder.path.join(rest).to_string_lossy().into_owned(), ..spec.clone() };
        Ok(Some(Detour { folder, address, spec }))
    }

    /// The sink whose files are sent when it is finished.
    pub(super) fn send(self, sink: Box<dyn Sink>) -> Box<dyn Sink> {
        Box::new(Upload { sink, detour: self })
    }
}

struct Upload {
    sink: Box<dyn Sink>,
    detour: Detour,
}

impl Sink for Upload {
    fn preferred_tile(&self) -> Tile {
        self.sink.preferred_tile()
    }

    fn locate(&self, places: &PixelCoordinates) -> Result<()> {
        self.sink.locate(places)
    }

    fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses> {
        self.sink.write(region, chunk)
    }

    fn finish(self: Box<Self>) -> Result<Output> {
        let Upload { sink, detour } = *self;
        let folder = &detour.folder.path;
        let mut output = sink.finish()?;
        let outbox = Outbox::default();
        let mut sent = Vec::with_capacity(output.paths.len());
        for path in &output.paths {
            let rest = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
            let address = format!("{}/{rest}", detour.address);
            let shown = PathBuf::from(without_secrets(&address));
            let name = gdal_name(&address).unwrap_or(address);
            outbox.upload(&name, path).map_err(|d| cannot_write(&shown, d.below()))?;
            sent.push(shown);
        }
        outbox.settle().map_err(|d| cannot_write(Path::new(&without_secrets(&detour.address)), d.below()))?;
        let here = folder.to_string_lossy();
        output.notes.iter_mut().for_each(|note| *note = note.replace(&*here, &without_secrets(&detour.address)));
        output.paths = sent;
        Ok(output)
    }
}
