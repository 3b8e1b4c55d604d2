//! Where the pixels of a GRIB file lie: GDAL's transform, held against what the messages state themselves.
//!
//! GDAL gives a transform for every message that it can decode, also for grids that have none: on Gaussian grids rows
//! are not one step apart, and a rotated or stretched globe is no globe. What a transform cannot say is refused, or
//! loaded as rows and columns whose coordinates are kept beside them.

mod lattice;
mod sections;

use crate::cube::{Crs, DType, GeoBox, Places, StoredAxes, StoredAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::geometry::{crs, gaussian};
use lattice::{Kind, Lattice};

/// As the driver is called.
pub(super) const DRIVER: &str = "GRIB";

const BY_INDEX: &str = "for statistics of each pixel over time, load rows and columns as they are: `grid index`";
const REMAP: &str = "after that, `reproject EPSG:4326 res 0.25 method bilinear` brings them onto a regular grid";
const NO_PLACES: &str = "rows and columns as they are, without places on the earth, are loaded by `grid index`";

/// The share of a step by which rounded coordinates may differ from those of a transform.
const NEAR: f64 = 0.1;

/// What is known of the grid of a file.
pub(super) struct Placed {
    pub grid: GeoBox,
    /// The rows of the grid run against those that GDAL gives.
    pub flip_y: bool,
    /// For each field whether it lies on the grid of the first.
    pub fields: Vec<bool>,
}

/// The grid of the messages at `path`, of which GDAL says that it is `grid`; `counted` loads rows and columns.
///
/// # Errors
/// `E0309` where pixels are not where GDAL's transform has them, and are not to be counted.
pub(super) fn place(path: &str, name: &str, mut grid: GeoBox, counted: bool) -> Result<Placed> {
    let definitions = sections::definitions(path)?;
    let fields = definitions.iter().map(|definition| *definition == definitions[0]).collect();
    let lattice = definitions.first().and_then(Lattice::of);
    let Some(lattice) = lattice else {
        let grid = if counted { count(&grid, None, false) } else { grid };
        return Ok(Placed { flip_y: counted, grid, fields });
    };
    let told = |what: String| Diagnostic::new(codes::BAD_COORDINATES, format!("`{name}` lies on {what}"));
    let axes: Option<(Vec<f64>, Vec<f64>)> = match &lattice.kind {
        Kind::Irregular { what, way } => return Err(told(what.clone()).help(*way)),
        Kind::Gaussian { parallels } => match gaussian_axes(&lattice, *parallels, &grid) {
            Some(axes) if counted => Some(axes),
            Some(_) => {
                return Err(told("a Gaussian grid: its latitudes are not one step apart".into())
                    .help(BY_INDEX)
                    .help(REMAP));
            }
            None => return Err(told("a grid that is called Gaussian, and whose latitudes are others".into())),
        },
        Kind::Unplaced(what) if !counted => {
            return Err(told(format!("{what}, which GDAL cannot place")).help(NO_PLACES));
        }
        Kind::Unplaced(_) => None,
        Kind::Degrees | Kind::Map { .. } => match placed(&lattice, &grid)? {
            Some(begun) => {
                grid = begun;
                Some(centers(&grid))
            }
            None if counted => None,
            None => {
                return Err(told("a grid that GDAL places elsewhere than its messages say".into()).help(NO_PLACES));
            }
        },
        Kind::Unknown => Some(centers(&grid)),
    };
    if !counted {
        return Ok(Placed { grid, flip_y: false, fields });
    }
    Ok(Placed { grid: count(&grid, axes, lattice.from_south), flip_y: !lattice.from_south, fields })
}

/// Why a GRIB file cannot be opened at all, if its grid is the reason.
pub(crate) fn refused(path: &str, name: &str) -> Option<Box<Diagnostic>> {
    let lattice = Lattice::of(sections::definitions(path).ok()?.first()?)?;
    let told =
        |what: &str| Diagnostic::new(codes::BAD_COORDINATES, format!("`{name}` holds {what}, which GDAL cannot read"));
    match &lattice.kind {
        Kind::Irregular { what, way } => Some(told(what).help(*way)),
        Kind::Unplaced(what) => Some(told(what)),
        Kind::Degrees | Kind::Map { .. } | Kind::Gaussian { .. } | Kind::Unknown => None,
    }
}

/// The grid of rows and columns, counted as the file lists them, and their coordinates from north to south.
fn count(grid: &GeoBox, axes: Option<(Vec<f64>, Vec<f64>)>, from_south: bool) -> GeoBox {
    let (width, height) = (grid.width, grid.height);
    let mut counted = GeoBox::new(None, [-0.5, 1.0, 0.0, height as f64 - 0.5, 0.0, -1.0], width, height);
    counted.upward = !from_south;
    let stored = |values: Vec<f64>| StoredAxis { dtype: DType::F64, values: values.into(), unit: None, precision: 0.0 };
    if let (Some((x, mut y)), Some(system)) = (axes, &grid.crs) {
        // Rows that are counted from the first one on lie north of one another.
        if !from_south {
            y.reverse();
        }
        counted.axes = Some(StoredAxes { x: stored(x), y: stored(y) });
        counted.places = Some(Places::Axes(system.clone()));
    }
    counted
}

/// The centers of columns and rows that are one step apart.
fn centers(grid: &GeoBox) -> (Vec<f64>, Vec<f64>) {
    ((0..grid.width).map(|column| grid.x(column)).collect(), (0..grid.height).map(|row| grid.y(row)).collect())
}

/// Longitudes and latitudes of a Gaussian grid, as GDAL gives its columns and rows: from north to south.
fn gaussian_axes(lattice: &Lattice, parallels: usize, grid: &GeoBox) -> Option<(Vec<f64>, Vec<f64>)> {
    let stated = |n: usize| n > 0 && n < usize::from(u16::MAX);
    let all = gaussian::latitudes(if stated(parallels) { parallels } else { grid.height / 2 });
    let (first, last) = (lattice.first, lattice.last?);
    let (south, north) = ordered(first[1], last[1], !lattice.from_south);
    let near = |a: f64, b: f64| (a - b).abs() <= NEAR * 180.0 / all.len() as f64 + lattice.digit;
    let top = all.iter().position(|latitude| near(*latitude, north))?;
    let y = all.get(top..top + grid.height)?.to_vec();
    if !near(*y.last()?, south) {
        return None;
    }
    let (west, east) = ordered(first[0], last[0], lattice.from_east);
    let columns = grid.width as f64;
    let mut step = (east - west).rem_euclid(360.0) / (columns - 1.0).max(1.0);
    // Rounded ends of a whole circle leave its columns as they are.
    let is_circle = (step * columns - 360.0).abs() <= columns * lattice.digit + 1e-9;
    if is_circle || grid.width == 1 {
        step = 360.0 / columns;
    }
    // GDAL counts longitudes in other turns, and lets a circle begin at another column; where the step is not stated it
    // makes one up.
    let is_known = (grid.transform[1] - step).abs() <= NEAR * step;
    let off = if is_known { grid.x(0) - west } else { 0.0 };
    let turn = 360.0 * (off / 360.0).round();
    let moved = ((off - turn) / step).round();
    if (off - turn - moved * step).abs() > NEAR * step || moved != 0.0 && !is_circle {
        return None;
    }
    let x = (0..grid.width).map(|column| west + turn + (moved + column as f64) * step).collect();
    Some((x, y))
}

/// A grid one step apart, where the message says that its points lie: GDAL takes the end of a row that runs to the west
/// for its beginning, some maps for turned over, and a step that is not stated for 65 degrees. Nothing where no grid
/// follows from that, or the pole of a map is not the one that is stated.
fn placed(lattice: &Lattice, grid: &GeoBox) -> Result<Option<GeoBox>> {
    let Some(system) = &grid.crs else { return Ok(Some(grid.clone())) };
    let (dx, dy) = grid.resolution();
    if let Kind::Map { south_pole } = lattice.kind {
        let earth = crs::base(system)?;
        let project = |[lon, lat]: [f64; 2]| -> Result<[f64; 2]> {
            let (mut x, mut y) = ([lon], [lat]);
            crs::points(&earth, system, &mut x, &mut y)?;
            Ok([x[0], y[0]])
        };
        let is_center = |[x, y]: [f64; 2]| x.abs() <= NEAR * dx && y.abs() <= NEAR * dy;
        if let Some(south) = south_pole
            && !is_center(project([0.0, if south { -90.0 } else { 90.0 }])?)
        {
            return Ok(None);
        }
        let first = project(lattice.first)?;
        let column = if lattice.from_east { grid.width - 1 } else { 0 };
        let row = if lattice.from_south { grid.height - 1 } else { 0 };
        let [x, y] = grid.center(column, row);
        let (east, north) = (first[0] - x, first[1] - y);
        let mut begun = grid.clone();
        if east.abs() > NEAR * dx || north.abs() > NEAR * dy {
            begun.transform[0] += east;
            begun.transform[3] += north;
        }
        return Ok(first.iter().all(|v| v.is_finite()).then_some(begun));
    }
    if agrees(lattice, grid) {
        return Ok(Some(grid.clone()));
    }
    let Some(last) = lattice.last else { return Ok(None) };
    let (west, east) = ordered(lattice.first[0], last[0], lattice.from_east);
    let (south, north) = ordered(lattice.first[1], last[1], !lattice.from_south);
    let step = |span: f64, len: usize, stated: f64| if len > 1 { span / (len - 1) as f64 } else { stated };
    let (dx, dy) = (step((east - west).rem_euclid(360.0), grid.width, dx), step(north - south, grid.height, dy));
    let transform = [west - dx / 2.0, dx, 0.0, north + dy / 2.0, 0.0, -dy];
    let is_one = dx > 0.0 && dy > 0.0 && dx * (grid.width - 1) as f64 <= 360.0;
    Ok(is_one.then(|| GeoBox { transform, ..grid.clone() }))
}

/// Whether the first and the last point lie where the transform has them; longitudes in other turns are the same.
fn agrees(lattice: &Lattice, grid: &GeoBox) -> bool {
    let (dx, dy) = grid.resolution();
    let is_circle = (grid.width as f64 * dx - 360.0).abs() <= dx / 2.0;
    let end = |is_end: bool, len: usize| if is_end { len - 1 } else { 0 };
    let is_at = |[lon, lat]: [f64; 2], from_east: bool, from_south: bool| {
        let [x, y] = grid.center(end(from_east, grid.width), end(from_south, grid.height));
        let off = (lon - x) - 360.0 * ((lon - x) / 360.0).round();
        // A circle may begin at another column.
        let off = if is_circle && !lattice.from_east { off - (off / dx).round() * dx } else { off };
        off.abs() <= NEAR * dx + lattice.digit && (lat - y).abs() <= NEAR * dy + lattice.digit
    };
    is_at(lattice.first, lattice.from_east, lattice.from_south)
        && lattice.last.is_none_or(|last| is_at(last, !lattice.from_east, !lattice.from_south))
}

/// The first and the last of two, which are listed the other way round where they are `turned`.
fn ordered(first: f64, last: f64, turned: bool) -> (f64, f64) {
    if turned { (last, first) } else { (first, last) }
}

/// The system of a grid whose rows and columns are counted, where the user says it.
pub(crate) fn stand_for(grid: &mut GeoBox, system: Crs) {
    match &mut grid.places {
        Some(Places::Axes(of)) => *of = system,
        Some(Places::Pixels(_) | Places::Ties(_)) | None => grid.crs = Some(system),
    }
}
