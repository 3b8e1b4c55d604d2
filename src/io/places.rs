//! The longitudes and latitudes that belong to a grid of rows and columns, read for those who write them again.

use super::source::{ReadCx, Source};
use crate::cube::{BBox, Chunk, DType, GeoBox, Places, Region, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::geometry::crs;
use crate::geometry::curvilinear::forget_zeros;
use crate::plan::{PlacesSource, SourceSpec};
use std::sync::Arc;

/// Opens a source of any format.
pub(super) type Open = fn(&SourceSpec, &Arc<Schema>) -> Result<Arc<dyn Source>>;

/// A cube of one step and two bands, longitude and latitude, on the rows and columns of a grid.
pub(crate) struct PixelCoordinates {
    source: Arc<dyn Source>,
    pub schema: Arc<Schema>,
    rows: usize,
    columns: usize,
}

/// What is known of them without reading one; nothing for grids that have none.
pub(crate) fn described(grid: &GeoBox) -> Result<Option<Schema>> {
    let Some(Places::Pixels(places)) = &grid.places else { return Ok(None) };
    let mut schema = PlacesSource::of(places)?.schema;
    schema.grid = schema.grid.crop(places.y.clone(), places.x.clone());
    Ok(Some(schema))
}

impl PixelCoordinates {
    /// Those of a grid that has some, by what opens a source.
    pub(crate) fn open(grid: &GeoBox, open: Open) -> Result<Option<PixelCoordinates>> {
        let (Some(Places::Pixels(places)), Some(cut)) = (&grid.places, described(grid)?) else { return Ok(None) };
        let PlacesSource { source, schema } = PlacesSource::of(places)?;
        let source = open(&source, &Arc::new(schema))?;
        let (rows, columns) = (places.y.start, places.x.start);
        Ok(Some(PixelCoordinates { source, schema: Arc::new(cut), rows, columns }))
    }

    /// Those of some rows and columns of the grid.
    pub(crate) fn read(&self, region: &Region) -> Result<Chunk> {
        let moved = |range: &std::ops::Range<usize>, by: usize| range.start + by..range.end + by;
        let (y, x) = (moved(&region.y, self.rows), moved(&region.x, self.columns));
        self.source.read(&Region { y, x, ..region.clone() }, &ReadCx::default())
    }
}

/// Rows that are read together, and columns whose longitudes are taken to run on.
const PIECE: usize = 64;

/// The box of degrees around the centers of all pixels of a grid whose rows and columns are only counted.
///
/// # Errors
/// `E0309` where no pixel has a place.
pub(crate) fn extent(grid: &GeoBox, open: Open) -> Result<BBox> {
    let mut boxes = Vec::new();
    if let Some(places) = PixelCoordinates::open(grid, open)? {
        let all = places.schema.all();
        for start in all.y.clone().step_by(PIECE) {
            let rows = Region { y: start..all.y.end.min(start + PIECE), ..all.clone() };
            let chunk = places.read(&rows)?;
            let degrees = |band: usize| {
                chunk.bands[band].cast(places.schema.bands[band].nodata, DType::F64, Some(f64::NAN)).to_f64()
            };
            let (mut lon, mut lat) = (degrees(0), degrees(1));
            let width = all.x.len();
            forget_zeros(&mut lon, &mut lat, width);
            for left in (0..width).step_by(PIECE) {
                let columns = left..width.min(left + PIECE);
                let cells = (0..rows.y.len()).flat_map(|row| columns.clone().map(move |column| row * width + column));
                boxes.extend(around(cells.map(|cell| [lon[cell], lat[cell]])));
            }
        }
    } else if let (Some(Places::Axes(system)), Some(axes)) = (&grid.places, &grid.axes) {
        let (xs, ys) = (&axes.x.values, &axes.y.values);
        let cells = ys.iter().flat_map(|y| xs.iter().map(move |x| [*x, *y]));
        let (mut lon, mut lat): (Vec<f64>, Vec<f64>) = cells.map(|[x, y]| (x, y)).unzip();
        if !system.geographic {
            crs::points(system, &crs::parse("EPSG:4326")?, &mut lon, &mut lat)?;
        }
        boxes.extend(around(lon.into_iter().zip(lat).map(|(lon, lat)| [lon, lat])));
    }
    BBox::around(&boxes)
        .ok_or_else(|| Diagnostic::new(codes::BAD_COORDINATES, "no pixel has a longitude and a latitude"))
}

/// The box around neighbors, whose longitudes may be counted in other turns.
fn around(cells: impl Iterator<Item = [f64; 2]>) -> Option<BBox> {
    let mut first = None;
    let valid = cells.filter(|[lon, lat]| lon.is_finite() && lat.is_finite() && lat.abs() <= 90.0 + 1e-6);
    let place = valid.map(|[lon, lat]| {
        let near = *first.get_or_insert(lon);
        let lon = lon - 360.0 * ((lon - near) / 360.0).round();
        BBox::new(lon, lat, lon, lat)
    });
    place.reduce(BBox::union)
}
