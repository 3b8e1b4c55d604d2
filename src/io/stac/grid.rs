//! The grid all items are brought onto.

use super::inputs::Column;
use super::{Anchor, LoadStac};
use crate::cube::geobox::trim;
use crate::cube::{BBox, Crs, GeoBox};
use crate::diagnostic::{Diagnostic, Result, codes, list_some};
use crate::geometry::{crs, warp};
use std::collections::HashMap;

/// How far apart, in pixels, edges may lie that are the same: what rounding in metadata leaves.
const NOISE: f64 = 1e-3;

/// The grids of the items that are loaded, each once, in time order.
struct Grids {
    all: Vec<GeoBox>,
    /// For each item the position of its first asset's grid.
    of_items: Vec<usize>,
    /// What the items are called: each may be one of the steps of an item.
    called: &'static str,
}

/// The target: as asked for, else the majority's system, the finest resolution in it and the union of the bounds.
pub(super) fn choose(columns: &[Column], options: &LoadStac, notes: &mut Vec<String>) -> Result<GeoBox> {
    if let Some(like) = &options.like {
        notes.push(match &options.point {
            Some(point) => format!("grid: {}, around {point}", like.describe()),
            None => "grid: that of `like`".into(),
        });
        return Ok(like.clone());
    }
    let grids = Grids::of(columns);
    if let [only] = &grids.all[..]
        && columns.iter().flat_map(|c| &c.inputs).flatten().all(|input| input.part.is_some())
        && options.asks_for_no_grid()
    {
        // With its coordinates, as the store has them.
        notes.push(note(&grids, only, options));
        return Ok(only.clone());
    }
    let asked = options.reading.crs()?;
    let system = match &asked {
        Some(crs) => Some(crs.clone()),
        None => {
            grids.check_majority()?;
            grids.majority()?
        }
    };
    let native: Vec<&GeoBox> = grids.all.iter().filter(|g| g.crs == system).collect();
    let reference = native.iter().copied().min_by(|a, b| area(a).total_cmp(&area(b)));
    let resolution = match (options.res, reference) {
        (Some(res), _) => (res, res),
        (None, Some(grid)) => grid.resolution(),
        (None, None) => grids.resolution_in(system.as_ref())?,
    };
    let bounds = match options.bounds {
        Some([west, south, east, north]) => BBox { west, south, east, north },
        None => grids.bounds_in(system.as_ref(), options.lonlat)?,
    };
    if !(bounds.west <= bounds.east && bounds.south <= bounds.north && resolution.0 > 0.0 && resolution.1 > 0.0) {
        return Err(Diagnostic::new(codes::OUT_OF_RANGE, format!("no grid has the bounds {bounds}"))
            .help("bounds are west south east north in the units of `crs`"));
    }
    // Where the finest pixels lie on one lattice they are copied; any other phase would resample them for nothing.
    let lattice = reference.filter(|r| {
        let finest = || native.iter().filter(|g| close(g.resolution(), r.resolution()));
        options.anchor.is_none() && close(r.resolution(), resolution) && finest().all(|g| on_lattice(g, r))
    });
    let grid = match lattice {
        Some(reference) => cover(reference, bounds),
        None => GeoBox::snapped(system, bounds, resolution, options.anchor == Some(Anchor::Center)),
    };
    notes.push(note(&grids, &grid, options));
    Ok(grid)
}

/// Pixels of `inner` are pixels of the lattice of `lattice`, up to rounding.
pub(super) fn on_lattice(inner: &GeoBox, lattice: &GeoBox) -> bool {
    offset(inner, lattice).is_some()
}

/// Columns and rows from the first pixel of `lattice` to that of `inner`, where the pixels of both coincide.
pub(super) fn offset(inner: &GeoBox, lattice: &GeoBox) -> Option<(i64, i64)> {
    let same_system = match (&inner.crs, &lattice.crs) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    let (dx, dy) = lattice.resolution();
    let (width, height) = (inner.width.max(lattice.width) as f64, inner.height.max(lattice.height) as f64);
    let (rx, ry) = inner.resolution();
    // Errors of a resolution add up over the columns.
    let near = (rx - dx).abs() * width < dx * NOISE && (ry - dy).abs() * height < dy * NOISE;
    if !same_system || !near || inner.is_rotated() || lattice.is_rotated() {
        return None;
    }
    let columns = (inner.transform[0] - lattice.transform[0]) / dx;
    let rows = (lattice.transform[3] - inner.transform[3]) / dy;
    let whole = (columns - columns.round()).abs() < NOISE && (rows - rows.round()).abs() < NOISE;
    whole.then_some((columns.round() as i64, rows.round() as i64))
}

/// The pixels of a lattice that cover `bounds`.
fn cover(lattice: &GeoBox, bounds: BBox) -> GeoBox {
    let t = &lattice.transform;
    let (dx, dy) = lattice.resolution();
    let slack = 2.0 * NOISE;
    let west = ((bounds.west - t[0]) / dx + slack).floor();
    let east = ((bounds.east - t[0]) / dx - slack).ceil().max(west + 1.0);
    let north = ((t[3] - bounds.north) / dy + slack).floor();
    let south = ((t[3] - bounds.south) / dy - slack).ceil().max(north + 1.0);
    GeoBox::new(
        lattice.crs.clone(),
        [t[0] + west * dx, t[1], 0.0, t[3] - north * dy, 0.0, t[5]],
        (east - west) as usize,
        (south - north) as usize,
    )
}

/// A bounding box of `grid` in another system; `None` where that system cannot hold it.
pub(super) fn extent(grid: &GeoBox, to: Option<&Crs>) -> Option<BBox> {
    match (&grid.crs, to) {
        (Some(from), Some(to)) if from != to => {
            let b = crs::project(grid.bounds(), from, to).ok()?;
            Some(if b.west > b.east { BBox { east: b.east + 360.0, ..b } } else { b })
        }
        _ => Some(grid.bounds()),
    }
}

/// Transform and size, to find equal grids among thousands.
type Key = ([u64; 6], usize, usize);

fn key(grid: &GeoBox) -> Key {
    (grid.transform.map(f64::to_bits), grid.width, grid.height)
}

impl Grids {
    fn of(columns: &[Column]) -> Grids {
        let are_steps = columns.iter().flat_map(|c| &c.inputs).flatten().any(|input| input.part.is_some());
        let called = if are_steps { "step" } else { "item" };
        let mut grids = Grids { all: Vec::new(), of_items: Vec::new(), called };
        let mut known: HashMap<Key, Vec<usize>> = HashMap::new();
        let n_items = columns.first().map_or(0, |c| c.inputs.len());
        for item in 0..n_items {
            let mut first = None;
            for grid in columns.iter().filter_map(|c| c.inputs[item].as_ref()?.grid()) {
                let alike = known.entry(key(&grid)).or_default();
                let at = alike.iter().copied().find(|&at| grids.all[at] == grid).unwrap_or_else(|| {
                    alike.push(grids.all.len());
                    grids.all.push(grid);
                    grids.all.len() - 1
                });
                first.get_or_insert(at);
            }
            grids.of_items.extend(first);
        }
        grids
    }

    /// The system of most items, on a tie that of the first in time.
    fn majority(&self) -> Result<Option<Crs>> {
        let mut counted: Vec<(&Option<Crs>, usize)> = Vec::new();
        for &at in &self.of_items {
            let crs = &self.all[at].crs;
            match counted.iter_mut().find(|(c, _)| *c == crs) {
                Some((_, n)) => *n += 1,
                None => counted.push((crs, 1)),
            }
        }
        let most = counted.iter().map(|(_, n)| *n).max();
        match counted.iter().find(|(_, n)| Some(*n) == most) {
            Some((crs, _)) => Ok((*crs).clone()),
            None => Err(Diagnostic::new(codes::NO_CRS, "no item says where its pixels lie")
                .help("give the grid: `like $x`, or `crs EPSG:32632 res 10 bounds W S E N`")),
        }
    }

    /// Refuses items in several systems of which none is that of most: any choice would be one of many.
    fn check_majority(&self) -> Result<()> {
        let most = self.majority()?;
        let in_it = |at: &&usize| self.all[**at].crs == most;
        let n_most = self.of_items.iter().filter(in_it).count();
        if n_most * 2 > self.of_items.len() || n_most == self.of_items.len() {
            return Ok(());
        }
        let mut names: Vec<&str> =
            self.all.iter().map(|grid| grid.crs.as_ref().map_or("none", |crs| crs.name.as_str())).collect();
        names.sort_unstable();
        names.dedup();
        let there = self.all.iter().filter(|grid| grid.crs == most).min_by(|a, b| area(a).total_cmp(&area(b)));
        let way = match (&most, there) {
            (Some(crs), Some(grid)) => format!("`crs {} res {}`", crs.name, trim(grid.resolution().0)),
            _ => "`crs EPSG:3857 res 10`".into(),
        };
        Err(Diagnostic::new(
            codes::NO_CRS,
            format!("the items lie in {} reference systems, and none is that of most", names.len()),
        )
        .help(format!("say which the cube has, and how large its pixels are: {way}"))
        .help(format!("they are in {}", list_some(names, 8))))
    }

    /// The resolution that fits a system no item is in: GDAL's for the finest grid.
    fn resolution_in(&self, system: Option<&Crs>) -> Result<(f64, f64)> {
        let majority = self.majority()?;
        let there = self.all.iter().filter(|g| g.crs == majority);
        let finest = there.min_by(|a, b| area(a).total_cmp(&area(b)));
        match (finest, system) {
            (Some(grid), Some(to)) => Ok(warp::suggest_grid(grid, to)?.resolution()),
            _ => Err(Diagnostic::new(codes::NO_CRS, "no item says how large its pixels are").help("add `res`")),
        }
    }

    /// The union of the bounds, and what of it lies in a box in degrees.
    fn bounds_in(&self, system: Option<&Crs>, lonlat: Option<BBox>) -> Result<BBox> {
        let mut parts: Vec<BBox> = Vec::new();
        for grid in &self.all {
            match (lonlat, system) {
                (Some(place), Some(system)) => parts.extend(within(grid, system, place)?),
                _ => parts.extend(extent(grid, system)),
            }
        }
        let union = |parts: &mut dyn Iterator<Item = BBox>| parts.reduce(BBox::union);
        let mut all = union(&mut parts.iter().copied());
        if lonlat.is_none() && system.is_some_and(|s| s.geographic) {
            // Items on both sides of the antimeridian are neighbors, not a belt round the globe.
            let turned =
                |b: &BBox| if b.west < 0.0 { BBox { west: b.west + 360.0, east: b.east + 360.0, ..*b } } else { *b };
            let other = union(&mut parts.iter().map(turned));
            all = all.zip(other).map(|(a, b)| if b.east - b.west < a.east - a.west - 1.0 { b } else { a });
        }
        all.ok_or_else(|| match lonlat {
            Some(place) => {
                Diagnostic::new(codes::BOX_MISSES_CUBE, format!("the box {place} lies beside the items' pixels"))
                    .help("`lonlat` takes west south east north in degrees")
            }
            None => Diagnostic::new(codes::NO_CRS, "no item says where its pixels lie").help("add `bounds`"),
        })
    }
}

/// The parts of a grid's bounds that lie in a box in degrees, in `system`; longitudes stay in the turn of the box.
fn within(grid: &GeoBox, system: &Crs, place: BBox) -> Result<Vec<BBox>> {
    let place = if place.west > place.east { BBox { east: place.east + 360.0, ..place } } else { place };
    let lonlat = crs::parse("EPSG:4326")?;
    let Some(here) = extent(grid, Some(system)) else { return Ok(Vec::new()) };
    let whole = BBox::new(-180.0, -90.0, 180.0, 90.0);
    let degrees = if system.geographic { here } else { extent(grid, Some(&lonlat)).unwrap_or(whole) };
    let mut parts = Vec::new();
    for turn in [-360.0, 0.0, 360.0] {
        let shifted = BBox { west: degrees.west + turn, east: degrees.east + turn, ..degrees };
        let Some(part) = intersection(shifted, place) else { continue };
        if system.geographic {
            parts.push(part);
            continue;
        }
        let part = BBox { west: part.west - turn, east: part.east - turn, ..part };
        let projected = crs::project(part, &lonlat, system).unwrap_or(here);
        parts.extend(intersection(projected, here));
    }
    Ok(parts)
}

fn intersection(a: BBox, b: BBox) -> Option<BBox> {
    let both = BBox {
        west: a.west.max(b.west),
        south: a.south.max(b.south),
        east: a.east.min(b.east),
        north: a.north.min(b.north),
    };
    (both.west < both.east && both.south < both.north).then_some(both)
}

fn area(grid: &GeoBox) -> f64 {
    let (dx, dy) = grid.resolution();
    dx * dy
}

fn close(a: (f64, f64), b: (f64, f64)) -> bool {
    (a.0 - b.0).abs() <= b.0 * 1e-6 && (a.1 - b.1).abs() <= b.1 * 1e-6
}

/// Which rule gave the grid.
fn note(grids: &Grids, grid: &GeoBox, options: &LoadStac) -> String {
    let plural = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    let (dx, dy) = grid.resolution();
    let unit = match grid.crs.as_ref().map(|c| c.unit.as_str()) {
        Some("metre") => " m",
        Some("degree") => " deg",
        _ => "",
    };
    let size = if trim(dx) == trim(dy) { trim(dx) } else { format!("{} x {}", trim(dx), trim(dy)) };
    let name = grid.crs.as_ref().map_or("no reference system".into(), |c| c.name.clone());
    let from = format!("{} on {}", plural(grids.of_items.len(), grids.called), plural(grids.all.len(), "grid"));
    let rules: Vec<&str> = [
        (options.reading.crs.is_none() && grids.all.iter().any(|g| g.crs != grid.crs), "the system of most items"),
        (options.res.is_none() && grids.all.iter().any(|g| !close(g.resolution(), (dx, dy))), "the finest resolution"),
    ]
    .into_iter()
    .filter_map(|(applies, rule)| applies.then_some(rule))
    .collect();
    let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
    if grids.all.iter().all(|g| on_lattice(g, grid)) {
        return format!("{from}, kept without resampling: {name}, {size}{unit}");
    }
    format!("{from} brought onto {name}, {size}{unit} by {}{rules}", options.method.name())
}
