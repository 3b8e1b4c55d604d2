//! From coordinates of pixel centers to a grid of edges.
//!
//! Coordinates are read and never replaced by what an attribute (`actual_range`, `geospatial_lon_min`) claims.

use super::axes::{self, Role};
use super::header::{Attribute, Dim, Header, Kind, Variable};
use super::mapping;
use super::reading::{CfReading, Placing};
use super::regular::{TOLERANCE, regular};
use super::units::{self, Unit};
use crate::cube::{Crs, DType, GeoBox, Places, StoredAxes, StoredAxis};
use crate::diagnostic::{Diagnostic, Result, codes};

/// A grid, and how the rows and columns of the file lie on it.
#[derive(Clone, Debug)]
pub(crate) struct FileGrid {
    pub grid: GeoBox,
    /// Rows are stored from south to north.
    pub flip_y: bool,
    /// Columns are stored from east to west.
    pub flip_x: bool,
    pub notes: Vec<String>,
}

/// The grid of a variable.
///
/// # Errors
/// `E0309` where its coordinates are missing, two-dimensional or irregular.
pub(super) fn place(
    header: &Header,
    variable: &Variable,
    roles: &[Role],
    crs: Option<&Crs>,
    reading: &CfReading,
) -> Result<FileGrid> {
    let along = |role: Role| roles.iter().position(|r| *r == role).map(|at| &variable.dims[at]);
    let (Some(x), Some(y)) = (along(Role::X), along(Role::Y)) else {
        return Err(no_grid(header, variable));
    };
    if reading.grid == Some(Placing::Index) {
        return counted(header, variable, x, y, crs);
    }
    let find = |dim: &str| axes::coordinate(header, variable, dim);
    let (cx, cy) = (find(&x.name), find(&y.name));
    // Axes that only count rows and columns are no places where others say where the pixels lie.
    let counts = |c: Option<&Variable>| c.is_none_or(|c| !says_where(c));
    if crs.is_none() && counts(cx) && counts(cy) && mapping::geotransform(header, variable).is_none() {
        let states_none = mapping::crs(header, variable, cx, cy, &mut Vec::new()).is_none();
        if states_none && curvilinear(header, variable).is_some() {
            return Err(no_grid(header, variable));
        }
    }
    let mut notes = Vec::new();
    let crs = match crs {
        Some(crs) => Some(crs.clone()),
        None => mapping::crs(header, variable, cx, cy, &mut notes),
    };
    let (Some(cx), Some(cy)) = (cx, cy) else {
        let without = if cx.is_none() { x } else { y };
        return match mapping::geotransform(header, variable) {
            Some(transform) => {
                let grid = GeoBox::new(crs, transform, x.len, y.len);
                let (grid, flip_y) = upright(grid, header)?;
                Ok(FileGrid { grid: GeoBox { upward: flip_y, ..grid }, flip_y, flip_x: false, notes })
            }
            None if curvilinear(header, variable).is_some() => Err(no_grid(header, variable)),
            None => {
                let message = format!("the dimension `{}` of `{}` has no coordinates", without.name, variable.name);
                Err(bad(header, message).help_if(absent(header, variable)).help(BY_INDEX))
            }
        };
    };
    let unit = |v: &Variable| mapping::unit_factor(header, variable, v, crs.as_ref());
    let geographic = crs.as_ref().is_some_and(|c| c.geographic);
    let ax = Axis::read(header, cx, unit(cx)?, geographic)?;
    let ay = Axis::read(header, cy, unit(cy)?, false)?;
    let stated = mapping::geotransform(header, variable).map(|t| north_up(t, y.len));
    let size = reading.res.map(f64::abs).filter(|res| *res > 0.0);
    let size = [1, 5].map(|at| size.or(stated.map(|t| t[at].abs())));
    let turn = Some(360.0).filter(|_| geographic && is_zonal_mean(header));
    let dx = ax.step.or(size[0]).or(turn).or(ay.step.map(f64::abs));
    let dy = ay.step.or(size[1]).or(ax.step.map(f64::abs));
    for (own, other, width, size) in [(cx, cy, ax.step.xor(dx), size[0]), (cy, cx, ay.step.xor(dy), size[1])] {
        if let (Some(width), None) = (width, size) {
            let taken = match own.name == cx.name && turn.is_some() {
                true => "as it is a mean over longitudes its cell goes round the globe".to_string(),
                false => format!("its cell is taken as large as those of `{}`, {width}", other.name),
            };
            notes.push(format!("`{}` has one value and no bounds: {taken}; `res 0.25` states another size", own.name));
        }
    }
    let (Some(dx), Some(dy)) = (dx, dy) else {
        let message =
            format!("one pixel has no size: `{}` and `{}` have one value each and no bounds", cx.name, cy.name);
        return Err(bad(header, message).help("say what it is, in the unit of the coordinates: `res 0.25`"));
    };
    let (flip_x, flip_y) = (dx < 0.0, dy > 0.0 && ay.step.is_some());
    let west = if flip_x { ax.last } else { ax.first } - dx.abs() / 2.0;
    let north = if flip_y { ay.last } else { ay.first } + dy.abs() / 2.0;
    let found = [tidy(west, dx), dx.abs(), 0.0, tidy(north, dy), 0.0, -dy.abs()];
    // Centers are rounded when they are written, a transform that is stated is not.
    let transform = stated.filter(|t| agree(*t, found, x.len, y.len)).unwrap_or(found);
    let mut grid = GeoBox::new(crs, transform, x.len, y.len);
    grid.upward = flip_y;
    let x = ax.stored(flip_x, |column| grid.x(column), geographic);
    let y = ay.stored(flip_y, |row| grid.y(row), false);
    grid.axes = x.zip(y).map(|(x, y)| StoredAxes { x, y });
    Ok(FileGrid { grid, flip_y, flip_x, notes })
}

/// The grid of rows and columns, whose coordinates are their numbers: those that the file has for them, or else counted
/// from 0, in the order of the file. What says where they lie, along rows and columns, is kept beside them.
fn counted(header: &Header, variable: &Variable, x: &Dim, y: &Dim, crs: Option<&Crs>) -> Result<FileGrid> {
    let find = |dim: &Dim| axes::coordinate(header, variable, &dim.name).filter(|c| matches!(c.kind, Kind::Number(_)));
    let (cx, cy) = (find(x), find(y));
    let plain = [-0.5, 1.0, 0.0, y.len as f64 - 0.5, 0.0, -1.0];
    let mut grid = GeoBox::new(None, plain, x.len, y.len);
    // Rows that are counted from the first one on lie north of one another.
    let (mut flip_x, mut flip_y) = (false, true);
    let mut found = String::new();
    let read =
        |c: &Variable| Axis::values(header, c, 1.0, axes::is_geographic(c) && axes::role(c) == Some(Role::X)).ok();
    // Coordinates with gaps are none, and rows and columns can still be counted.
    if let (Some(cx), Some(cy)) = (cx, cy)
        && let (Some(ax), Some(ay)) = (read(cx), read(cy))
    {
        let system = crs.cloned().or_else(|| mapping::crs(header, variable, Some(cx), Some(cy), &mut Vec::new()));
        let in_its_unit = |crs: &Crs| {
            let factor = |c| mapping::unit_factor(header, variable, c, Some(crs)).is_ok_and(|factor| factor == 1.0);
            factor(cx) && factor(cy)
        };
        let is_numbered = |axis: &Axis| {
            let centers = axis.centers.windows(2).all(|w| (w[1] - w[0]).abs() == 1.0);
            centers && axis.first.fract() == 0.0
        };
        if !says_where(cx) && !says_where(cy) && is_numbered(&ax) && is_numbered(&ay) {
            (flip_x, flip_y) = (ax.last < ax.first, ay.last >= ay.first);
            let (west, north) = (ax.first.min(ax.last) - 0.5, ay.first.max(ay.last) + 0.5);
            grid.transform = [west, 1.0, 0.0, north, 0.0, -1.0];
            let axes =
                ax.stored(flip_x, |column| grid.x(column), false).zip(ay.stored(flip_y, |row| grid.y(row), false));
            grid.axes = axes.map(|(x, y)| StoredAxes { x, y });
        } else if let Some(system) = system.filter(in_its_unit) {
            let axes = ax.stored(flip_x, |_| 0.0, false).zip(ay.stored(flip_y, |_| 0.0, false));
            let open = |axis: StoredAxis| StoredAxis { precision: 0.0, ..axis };
            grid.axes = axes.map(|(x, y)| StoredAxes { x: open(x), y: open(y) });
            grid.places = grid.axes.as_ref().map(|_| Places::Axes(system));
            found = format!("; `{}` and `{}` say where they lie", cx.name, cy.name);
        }
    }
    grid.upward = flip_y;
    if let Some(names) = curvilinear(header, variable).filter(|_| found.is_empty()) {
        found = format!("; {names} say where they lie");
    }
    let note = format!("coordinates are numbers of columns along `{}` and of rows along `{}`{found}", x.name, y.name);
    Ok(FileGrid { grid, flip_y, flip_x, notes: vec![note] })
}

/// Whether a coordinate says by a unit or a name what its numbers are.
fn says_where(coordinate: &Variable) -> bool {
    let has = |name: &str| coordinate.text(name).is_some_and(|text| !["", "1"].contains(&text));
    has("units") || has("standard_name") || axes::is_geographic(coordinate)
}

/// First and last center, and the step from one to the next where there are two, or bounds; and what is stored.
struct Axis {
    first: f64,
    last: f64,
    step: Option<f64>,
    dtype: DType,
    values: Vec<f64>,
    /// What is meant by them, in the unit of the system.
    centers: Vec<f64>,
    /// What the stored values are multiplied with to be in the unit of the system.
    factor: f64,
    unit: Option<String>,
}

impl Axis {
    /// The values, of which nothing is asked but that they are there.
    fn values(header: &Header, coordinate: &Variable, factor: f64, turns: bool) -> Result<Axis> {
        let values = header.values(coordinate)?;
        let packed = ["scale_factor", "add_offset"].iter().any(|name| coordinate.number(name).is_some());
        let dtype = match coordinate.kind {
            Kind::Number(dtype) if !packed => dtype,
            _ => DType::F64,
        };
        // The shortest decimal that names a f32 is what was meant: 0.1 and not 0.10000000149.
        let meant = |v: f64| if dtype == DType::F32 { (v as f32).to_string().parse().unwrap_or(v) } else { v };
        let mut centers: Vec<f64> = values.iter().map(|v| meant(*v) * factor).collect();
        if let Some(at) = centers.iter().position(|v| !v.is_finite()) {
            return Err(bad(header, format!("value {at} of the coordinate `{}` is missing", coordinate.name)));
        }
        if turns {
            unwind(&mut centers);
        }
        let (Some(&first), Some(&last)) = (centers.first(), centers.last()) else {
            return Err(bad(header, format!("the coordinate `{}` is empty", coordinate.name)));
        };
        let unit = coordinate.text("units").filter(|_| factor != 1.0).map(String::from);
        Ok(Axis { first, last, step: None, dtype, values, centers, factor, unit })
    }

    /// Values one step apart.
    fn read(header: &Header, coordinate: &Variable, factor: f64, turns: bool) -> Result<Axis> {
        let axis = Axis::values(header, coordinate, factor, turns)?;
        if axis.centers.len() == 1 {
            return Ok(Axis { step: bounds_width(header, coordinate)?.map(|w| w * factor), ..axis });
        }
        let digits = match (coordinate.kind, coordinate.number("scale_factor")) {
            (Kind::Number(stored), Some(scale)) if !stored.is_float() => (scale * factor).abs(),
            // Coordinates are often computed in 32 bits, whose digits end before a pixel does on fine grids.
            (Kind::Number(DType::F32), _) => axis.first.abs().max(axis.last.abs()) * f64::from(f32::EPSILON) * 2.0,
            _ => 0.0,
        };
        let Some(found) = regular(&axis.centers, digits) else {
            return Err(irregular(header, coordinate, &axis.centers));
        };
        Ok(Axis { first: found.first, last: found.at(axis.centers.len() - 1), step: Some(found.step), ..axis })
    }

    /// What is stored, in the order of the grid, beside the centers of the grid's pixels. Nothing for the angles of a
    /// satellite, which are counted in another unit than a written grid mapping can say.
    fn stored(&self, flip: bool, center: impl Fn(usize) -> f64, turns: bool) -> Option<StoredAxis> {
        if self.unit.as_deref().is_some_and(|unit| !matches!(units::parse(unit), Some(Unit::Length(_)))) {
            return None;
        }
        let mut values = self.values.clone();
        if flip {
            values.reverse();
        }
        let off = |(i, v): (usize, &f64)| {
            let off = v * self.factor - center(i);
            (if turns { off - 360.0 * (off / 360.0).round() } else { off }).abs()
        };
        let off = values.iter().enumerate().map(off).fold(0.0, f64::max);
        // Whoever reads a coordinate of 32 bits off a screen has it up to half of its last digit.
        let digit = if self.dtype == DType::F32 { f64::from(f32::EPSILON) * self.factor.abs() / 2.0 } else { 0.0 };
        let largest = values.iter().fold(0.0, |largest, v| v.abs().max(largest));
        let precision = off + largest * digit;
        Some(StoredAxis { dtype: self.dtype, values: values.into(), unit: self.unit.clone(), precision })
    }
}

/// Whether CDO made a mean over longitudes, which it puts at 0 degrees without saying how far it reaches.
fn is_zonal_mean(header: &Header) -> bool {
    matches!(header.attributes.get("history"), Some(Attribute::Text(history)) if history.contains("zonmean"))
}

/// An edge without the noise of the subtraction that made it.
fn tidy(edge: f64, step: f64) -> f64 {
    let short: f64 = format!("{edge:.11e}").parse().unwrap_or(edge);
    if (short - edge).abs() <= step.abs() * 1e-9 { short } else { edge }
}

/// A transform that begins at the upper edge, whichever way the rows are stored.
fn north_up(t: [f64; 6], height: usize) -> [f64; 6] {
    let is_upside_down = t[5] > 0.0 && t[2] == 0.0 && t[4] == 0.0;
    if is_upside_down { [t[0], t[1], 0.0, t[3] + height as f64 * t[5], 0.0, -t[5]] } else { t }
}

/// Whether two transforms put every pixel at the same place, up to a hundredth of one.
fn agree(a: [f64; 6], b: [f64; 6], width: usize, height: usize) -> bool {
    let near = |a: f64, b: f64, step: f64| (a - b).abs() <= 0.01 * step.abs();
    let (w, h) = (width as f64, height as f64);
    let edges = near(a[0], b[0], b[1]) && near(a[3], b[3], b[5]);
    edges
        && near(a[0] + w * a[1], b[0] + w * b[1], b[1])
        && near(a[3] + h * a[5], b[3] + h * b[5], b[5])
        && a[2] == 0.0
        && a[4] == 0.0
}

/// Lets longitudes that start again at -180 or 0 run on.
fn unwind(values: &mut [f64]) {
    for i in 1..values.len() {
        let step = values[i] - values[i - 1];
        if step.abs() > 180.0 && step.abs() < 540.0 {
            values[i] -= step.signum() * 360.0;
        }
    }
}

/// The width of the one cell of a coordinate that has bounds, signed like them.
fn bounds_width(header: &Header, coordinate: &Variable) -> Result<Option<f64>> {
    let Some(bounds) = coordinate.text("bounds").and_then(|name| header.near(coordinate, name)) else {
        return Ok(None);
    };
    Ok(match header.values(bounds)?.as_slice() {
        [low, high] if low != high && (high - low).is_finite() => Some((high - low).abs()),
        _ => None,
    })
}

fn irregular(header: &Header, coordinate: &Variable, values: &[f64]) -> Box<Diagnostic> {
    let mut steps: Vec<f64> = values.windows(2).map(|w| w[1] - w[0]).collect();
    let seen = steps.clone();
    steps.sort_by(f64::total_cmp);
    let usual = steps[steps.len() / 2];
    let odd = seen.iter().position(|s| (s - usual).abs() > usual.abs() * TOLERANCE).unwrap_or(0);
    let message = format!(
        "the coordinate `{}` is not regular: {} lies between {} and {} (values {odd} and {}), {} elsewhere",
        coordinate.name,
        short(seen[odd]),
        short(values[odd]),
        short(values[odd + 1]),
        odd + 1,
        short(usual),
    );
    bad(header, message).help(BY_INDEX).help(REMAP)
}

const BY_INDEX: &str = "for statistics of each pixel over time, load rows and columns as they are: `grid index`";
const REMAP: &str = "after that, `reproject EPSG:4326 res 0.25 method bilinear` brings them onto a regular grid";

/// A number with the digits a reader can compare.
fn short(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn bad(header: &Header, message: String) -> Box<Diagnostic> {
    Diagnostic::new(codes::BAD_COORDINATES, format!("`{}`: {message}", header.path))
}

fn no_grid(header: &Header, variable: &Variable) -> Box<Diagnostic> {
    match curvilinear(header, variable) {
        Some(names) => {
            bad(header, format!("{} lies on a curvilinear grid: {names} have two dimensions", variable.describe()))
                .help(BY_INDEX)
                .help(REMAP)
        }
        None => bad(header, format!("{} has no longitude and latitude or x and y", variable.describe()))
            .help_if(absent(header, variable)),
    }
}

/// What a variable says that its coordinates are, where they are none of the file: products that keep them apart do so.
fn absent(header: &Header, variable: &Variable) -> Option<String> {
    let words = variable.text("coordinates").unwrap_or("").split_whitespace();
    let names: Vec<String> =
        words.filter(|word| header.near(variable, word).is_none()).map(|word| format!("`{word}`")).collect();
    (!names.is_empty()).then(|| {
        format!("it names {} as coordinates, which are not in this file: they have to be put into it", names.join(", "))
    })
}

/// The coordinates of a variable that change along both rows and columns, as words.
pub(super) fn curvilinear(header: &Header, variable: &Variable) -> Option<String> {
    let names: Vec<String> = wide(header, variable).iter().map(|v| format!("`{}`", v.name)).collect();
    (!names.is_empty()).then(|| names.join(" and "))
}

/// The coordinates of a variable that change along both rows and columns: those it lists, or else those that lie on its
/// rows and columns.
pub(super) fn wide<'a>(header: &'a Header, variable: &Variable) -> Vec<&'a Variable> {
    let Some(n) = variable.dims.len().checked_sub(2) else { return Vec::new() };
    let is_wide = |v: &&Variable| {
        v.dims.len() >= 2
            && v.name != variable.name
            && v.dims[v.dims.len() - 2..] == variable.dims[n..]
            && matches!(axes::role(v), Some(Role::X | Role::Y))
    };
    let words = variable.text("coordinates").unwrap_or("").split_whitespace();
    let listed: Vec<&Variable> = words.filter_map(|word| header.near(variable, word)).filter(is_wide).collect();
    if listed.is_empty() { header.variables.iter().filter(is_wide).collect() } else { listed }
}

/// A stored transform as a north-up grid, unless it is rotated, and whether its rows must be turned over.
fn upright(mut grid: GeoBox, header: &Header) -> Result<(GeoBox, bool)> {
    if grid.is_rotated() {
        return Ok((grid, false));
    }
    if grid.transform[1] <= 0.0 || grid.transform[5] == 0.0 {
        return Err(bad(header, "its transform is mirrored and there are no coordinates".into()));
    }
    let flip = grid.transform[5] > 0.0;
    if flip {
        grid.transform[3] += grid.height as f64 * grid.transform[5];
        grid.transform[5] = -grid.transform[5];
    }
    Ok((grid, flip))
}
