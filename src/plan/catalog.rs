//! What binding may ask of the world outside: headers of sources, reference systems, shapes, but never a pixel.
//!
//! The language and the verbs know this trait; `session` answers it from `io`, so neither names GDAL.

use super::{Payload, Plan, SinkSpec};
use crate::cube::{BBox, Crs, GeoBox, PixelAreas, Schema};
use crate::diagnostic::{Result, Span};
use crate::table::{KnownTable, Sites, Zones};
use std::sync::Arc;

pub trait Catalog {
    /// Finds and opens what `options` describe and returns the plan that scans it.
    fn scan(&self, format: &str, options: Payload, span: Span) -> Result<Arc<Plan>>;

    /// The format of a file whose path stands for a cube.
    fn format_of(&self, path: &str) -> &'static str;

    /// Reads the table that `options` describe, which needs no pixels.
    fn read_table(&self, format: &str, options: Payload) -> Result<KnownTable>;

    /// Refuses now what would be refused when the first pixel is written: an existing target, an unknown option, a
    /// directory that cannot be written to.
    fn check_sink(&self, sink: &SinkSpec, schema: &Schema) -> Result<()>;

    /// The same as [`Catalog::check_sink`], for tables.
    fn check_table_sink(&self, sink: &SinkSpec) -> Result<()>;

    /// The same as [`Catalog::check_sink`], for pictures.
    fn check_picture_sink(&self, sink: &SinkSpec) -> Result<()>;

    /// The reference system that a text names: `EPSG:32632`, `32632`, WKT or a PROJ string.
    fn crs(&self, text: &str) -> Result<Crs>;

    /// The box around `bbox` in another system, its edges densified.
    fn project(&self, bbox: BBox, from: &Crs, to: &Crs) -> Result<BBox>;

    /// The grid GDAL suggests for `grid` in another system.
    fn suggest_grid(&self, grid: &GeoBox, to: &Crs) -> Result<GeoBox>;

    /// How many whole pixels of one grid lie along an edge of a pixel of another, at least; 0 where that cannot be said.
    fn shrinkage(&self, source: &GeoBox, target: &GeoBox) -> Result<usize>;

    /// The areas of the pixels of a grid, where they are known.
    fn pixel_areas(&self, grid: &GeoBox) -> Result<Option<PixelAreas>>;

    /// The box of degrees around the centers of all pixels, where rows and columns are only counted.
    fn extent(&self, grid: &GeoBox) -> Result<BBox>;

    /// A point in another system; its coordinates are not finite where the system does not reach it.
    fn place(&self, point: [f64; 2], from: &Crs, to: &Crs) -> Result<[f64; 2]>;

    /// The polygons of a vector file in the system `to`.
    fn polygons(&self, path: &str, to: Option<&Crs>) -> Result<Shapes>;

    /// The polygons of a vector file, feature by feature.
    fn zones(&self, query: &Features) -> Result<Zones>;

    /// The points of a vector file, or of a table of text with columns of coordinates.
    fn sites(&self, query: &Features) -> Result<Sites>;
}

/// Which features of a file are wanted, and how.
#[derive(Clone, Copy, Debug)]
pub struct Features<'a> {
    pub path: &'a str,
    /// The layer of the file; it must be named where several layers have such features.
    pub layer: Option<&'a str>,
    /// The field whose values tell the features apart; without one they are numbered from 0.
    pub field: Option<&'a str>,
    /// The reference system of the features, in place of the one that the file states.
    pub from: Option<&'a Crs>,
    /// The reference system of the cube, to which the features are brought.
    pub to: Option<&'a Crs>,
}

/// Polygons in one reference system.
#[derive(Clone, Debug)]
pub struct Shapes {
    pub wkt: Arc<str>,
    pub bounds: BBox,
    pub count: usize,
}
