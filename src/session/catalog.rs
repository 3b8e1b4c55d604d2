//! Answers what binding asks of `io`, and keeps sources open so that binding and running share them.

use crate::cube::{BBox, Crs, GeoBox, PixelAreas, Schema};
use crate::diagnostic::{Result, Span};
use crate::exec::Opener;
use crate::geometry;
use crate::io::{self, Source};
use crate::plan::catalog::{Features, Shapes};
use crate::plan::{Catalog, Payload, Plan, SinkSpec, SourceSpec};
use crate::settings::Settings;
use crate::table::{KnownTable, Sites, Zones};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Sources that are open.
#[derive(Default)]
pub(super) struct OpenSources {
    discovered: RefCell<Vec<CatalogEntry>>,
    /// Tables with the options they were read by, so that binding a program twice asks a server once.
    tables: RefCell<Vec<(String, Payload, KnownTable)>>,
    /// Names inside of files, by format and path, for completion.
    contents: RefCell<Vec<(String, String, Vec<(String, String)>)>>,
}

/// A source with the options it was found by. Those of GDAL are among them, since headers may depend on them.
#[derive(Clone)]
struct CatalogEntry {
    format: String,
    options: Payload,
    gdal: BTreeMap<String, String>,
    source: Arc<dyn Source>,
}

impl OpenSources {
    /// What a file offers to be asked for by name.
    pub(super) fn contents(&self, format: &str, path: &str) -> Vec<(String, String)> {
        if let Some((.., found)) = self.contents.borrow().iter().find(|(f, p, _)| f == format && p == path) {
            return found.clone();
        }
        let found = io::contents(format, path);
        self.contents.borrow_mut().push((format.into(), path.into(), found.clone()));
        found
    }

    /// Closes all sources; it is called where files may have changed.
    pub(super) fn forget(&self) {
        self.discovered.borrow_mut().clear();
        self.tables.borrow_mut().clear();
        self.contents.borrow_mut().clear();
    }

    /// The same sources, for a session that asks from another thread.
    pub(super) fn share(&self) -> OpenSources {
        OpenSources { discovered: self.discovered.clone(), ..OpenSources::default() }
    }
}

/// The open sources, under the settings of the statement that is bound.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub open: &'a OpenSources,
    pub settings: &'a Settings,
    /// The flag that ends the wait for a server.
    pub cancel: &'a AtomicBool,
}

impl Sources<'_> {
    fn known(&self, is: impl Fn(&CatalogEntry) -> bool) -> Option<Arc<dyn Source>> {
        let discovered = self.open.discovered.borrow();
        discovered.iter().find(|d| d.gdal == self.settings.gdal && is(d)).map(|d| d.source.clone())
    }
}

impl Opener for Sources<'_> {
    fn open(&self, spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
        match self.known(|d| d.source.schema() == schema && d.source.spec() == *spec) {
            Some(source) => Ok(source),
            None => io::open(spec, schema),
        }
    }
}

impl Catalog for Sources<'_> {
    fn scan(&self, format: &str, mut options: Payload, span: Span) -> Result<Arc<Plan>> {
        if self.settings.skip_errors {
            io::skip_errors(format, &mut options)?;
        }
        let mut told = Vec::new();
        let source = match self.known(|d| d.format == format && d.options == options) {
            Some(source) => source,
            None => {
                told = io::recover(&options, self.cancel)?;
                let source = io::discover(format, &options, self.cancel)?;
                let (format, gdal) = (format.to_string(), self.settings.gdal.clone());
                let found = CatalogEntry { format, options, gdal, source: source.clone() };
                self.open.discovered.borrow_mut().push(found);
                source
            }
        };
        let mut schema = (**source.schema()).clone();
        schema.notes.extend(told);
        Ok(Plan::scan(source.spec(), schema, span))
    }

    fn format_of(&self, path: &str) -> &'static str {
        io::format_of(path)
    }

    fn read_table(&self, format: &str, mut options: Payload) -> Result<KnownTable> {
        if self.settings.skip_errors {
            io::skip_errors(format, &mut options)?;
        }
        let known = |(of, by, _): &&(String, Payload, KnownTable)| of == format && *by == options;
        if let Some((.., table)) = self.open.tables.borrow().iter().find(known) {
            return Ok(table.clone());
        }
        let table = io::read_table(format, &options, self.cancel)?;
        self.open.tables.borrow_mut().push((format.into(), options, table.clone()));
        Ok(table)
    }

    fn check_sink(&self, sink: &SinkSpec, schema: &Schema) -> Result<()> {
        io::check(sink, schema)
    }

    fn check_table_sink(&self, sink: &SinkSpec) -> Result<()> {
        io::check_table(sink)
    }

    fn check_picture_sink(&self, sink: &SinkSpec) -> Result<()> {
        io::check_picture(sink)
    }

    fn crs(&self, text: &str) -> Result<Crs> {
        geometry::crs::parse(text)
    }

    fn project(&self, bbox: BBox, from: &Crs, to: &Crs) -> Result<BBox> {
        geometry::crs::project(bbox, from, to)
    }

    fn suggest_grid(&self, grid: &GeoBox, to: &Crs) -> Result<GeoBox> {
        geometry::warp::suggest_grid(grid, to)
    }

    fn shrinkage(&self, source: &GeoBox, target: &GeoBox) -> Result<usize> {
        geometry::warp::shrinkage(source, target)
    }

    fn pixel_areas(&self, grid: &GeoBox) -> Result<Option<PixelAreas>> {
        geometry::areas::of(grid)
    }

    fn extent(&self, grid: &GeoBox) -> Result<BBox> {
        io::extent(grid)
    }

    fn polygons(&self, path: &str, to: Option<&Crs>) -> Result<Shapes> {
        io::vector::polygons(path, to)
    }

    fn place(&self, point: [f64; 2], from: &Crs, to: &Crs) -> Result<[f64; 2]> {
        let [mut x, mut y] = point.map(|v| [v]);
        geometry::crs::points(from, to, &mut x, &mut y)?;
        Ok([x[0], y[0]])
    }

    fn zones(&self, query: &Features) -> Result<Zones> {
        io::vector::zones(query)
    }

    fn sites(&self, query: &Features) -> Result<Sites> {
        io::vector::sites(query)
    }
}
