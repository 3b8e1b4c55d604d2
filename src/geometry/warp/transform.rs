//! From pixels of the target to pixels of the source and back, for whole grids, and by how much the source shrinks.

use super::blank::{blank, is_tied};
use super::job::failed;
use crate::cube::GeoBox;
use crate::diagnostic::Result;
use crate::gdal::library;
use crate::geometry::crs;
use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::rc::Rc;
use std::sync::Arc;

/// The number of transformers that a thread keeps. PROJ takes milliseconds to choose the best operation for a new one.
const KEPT: usize = 16;

/// The number of points along an edge of the target from which gdalwarp estimates the scale.
const STEPS: usize = 21;

thread_local! {
    static MADE: RefCell<Vec<Rc<Transformer>>> = const { RefCell::new(Vec::new()) };
}

/// Two grids, the pixels of one of which are found in the other.
pub(super) struct Grids {
    pub source: GeoBox,
    pub target: GeoBox,
}

/// GDAL's transformer between the pixels of two grids, as gdalwarp makes it: without approximation, with PROJ's
/// operation for the extent of the source, and with longitudes wrapped around its center.
pub(super) struct Transformer {
    pub grids: Arc<Grids>,
    /// The kernel's scale in x and y, at most 1: target pixels for each source pixel.
    pub scale: (f64, f64),
    /// Whether the transformation changes the reference system, so that PROJ is asked.
    pub projects: bool,
    handle: Handle,
}

struct Handle(*mut c_void);

impl Handle {
    fn new(source: &GeoBox, target: &GeoBox) -> Result<Handle> {
        let from = blank(source).map_err(failed)?;
        let to = blank(target).map_err(failed)?;
        library::messages();
        // SAFETY: both datasets are open; the transformer copies what it needs of them; there are no options.
        let handle = unsafe {
            gdal_sys::GDALCreateGenImgProjTransformer2(from.c_dataset(), to.c_dataset(), std::ptr::null_mut())
        };
        if handle.is_null() { Err(failed(library::messages())) } else { Ok(Handle(handle)) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: made by `GDALCreateGenImgProjTransformer2`, not null, freed once.
        unsafe { gdal_sys::GDALDestroyGenImgProjTransformer(self.0) };
    }
}

impl Grids {
    fn are(&self, source: &GeoBox, target: &GeoBox) -> bool {
        identical(&self.source, source) && identical(&self.target, target)
    }
}

impl PartialEq for Grids {
    fn eq(&self, other: &Grids) -> bool {
        self.are(&other.source, &other.target)
    }
}

impl Transformer {
    /// The transformer between two grids; the last few are kept by the thread.
    pub(super) fn between(source: &GeoBox, target: &GeoBox) -> Result<Rc<Transformer>> {
        let same = |t: &Rc<Transformer>| t.grids.are(source, target);
        if let Some(kept) = MADE.with(|made| made.borrow().iter().find(|t| same(t)).cloned()) {
            return Ok(kept);
        }
        let made = Rc::new(Transformer::new(source, target)?);
        MADE.with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() >= KEPT {
                kept.remove(0);
            }
            kept.push(made.clone());
        });
        Ok(made)
    }

    fn new(source: &GeoBox, target: &GeoBox) -> Result<Transformer> {
        let mut made = Transformer {
            grids: Arc::new(Grids { source: source.clone(), target: target.clone() }),
            scale: (1.0, 1.0),
            projects: source.crs != target.crs || is_tied(source),
            handle: Handle::new(source, target)?,
        };
        if !made.round_trips() {
            // Some projections give coordinates for points outside the earth, which do not come back to the same
            // points.
            const CHECK: &str = "CHECK_WITH_INVERT_PROJ";
            gdal::config::set_thread_local_config_option(CHECK, "YES").map_err(failed)?;
            let checked = Handle::new(source, target);
            gdal::config::clear_thread_local_config_option(CHECK).map_err(failed)?;
            made.handle = checked?;
        }
        made.scale = kernel_scale(&made);
        Ok(made)
    }

    /// Whether points over the target come back from the source to within a pixel. Gdalwarp tests its grid in this way.
    fn round_trips(&self) -> bool {
        const STEPS: usize = 20;
        let (width, height) = (self.grids.target.width as f64, self.grids.target.height as f64);
        // Longitudes and latitudes at the very edge of the globe may come back on its other side.
        let inset = if self.grids.target.is_geographic() { 1e-6 } else { 0.0 };
        let at = |i: usize, len: f64| (i as f64 / STEPS as f64 * len).clamp(inset, len - inset);
        let points = (0..(STEPS + 1) * (STEPS + 1)).map(|i| (at(i % (STEPS + 1), width), at(i / (STEPS + 1), height)));
        let (columns, rows): (Vec<f64>, Vec<f64>) = points.unzip();
        let (mut xs, mut ys, mut ok) = (columns.clone(), rows.clone(), Vec::new());
        self.to_source(&mut xs, &mut ys, &mut ok);
        if ok.contains(&0) {
            return false;
        }
        self.to_target(&mut xs, &mut ys, &mut ok);
        // A longitude may come back changed by 360 degrees, which is the same place.
        let turn =
            if self.grids.target.is_geographic() { 360.0 / self.grids.target.resolution().0 } else { f64::INFINITY };
        let near = |a: &f64, b: &f64| (a - b).abs() <= 1.0 || ((a - b).abs() - turn).abs() <= 1.0;
        !ok.contains(&0)
            && xs.iter().zip(&columns).all(|(a, b)| near(a, b))
            && ys.iter().zip(&rows).all(|(a, b)| (a - b).abs() <= 1.0)
    }

    /// Turns pixels of the target into pixels of the source, in place; `ok` is 0 where that is impossible.
    pub(super) fn to_source(&self, xs: &mut [f64], ys: &mut [f64], ok: &mut Vec<c_int>) {
        self.run(true, xs, ys, ok);
    }

    /// Turns pixels of the source into pixels of the target.
    pub(super) fn to_target(&self, xs: &mut [f64], ys: &mut [f64], ok: &mut Vec<c_int>) {
        self.run(false, xs, ys, ok);
    }

    /// Whether a pole lies on the target; then its edges do not bound what is inside.
    pub(super) fn has_pole(&self) -> bool {
        let Some(system) = &self.grids.target.crs else { return false };
        let Ok(lonlat) = crs::parse("EPSG:4326") else { return false };
        // The points are beside the poles, because some projections turn a pole into a line.
        let (mut xs, mut ys) = ([0.0, 0.0], [-89.9999, 89.9999]);
        let t = &self.grids.target.transform;
        let determinant = t[1] * t[5] - t[2] * t[4];
        crs::points(&lonlat, system, &mut xs, &mut ys).is_ok()
            && xs.iter().zip(&ys).any(|(x, y)| {
                let (dx, dy) = (x - t[0], y - t[3]);
                let column = (dx * t[5] - dy * t[2]) / determinant;
                let row = (dy * t[1] - dx * t[4]) / determinant;
                (0.0..=self.grids.target.width as f64).contains(&column)
                    && (0.0..=self.grids.target.height as f64).contains(&row)
            })
    }

    fn run(&self, to_source: bool, xs: &mut [f64], ys: &mut [f64], ok: &mut Vec<c_int>) {
        let mut zs = vec![0.0; xs.len()];
        ok.clear();
        ok.resize(xs.len(), 0);
        // SAFETY: the handle is alive, and the four arrays have as many elements as are announced.
        unsafe {
            gdal_sys::GDALGenImgProjTransform(
                self.handle.0,
                c_int::from(to_source),
                xs.len().min(ys.len()) as c_int,
                xs.as_mut_ptr(),
                ys.as_mut_ptr(),
                zs.as_mut_ptr(),
                ok.as_mut_ptr(),
            );
        }
        for (ok, (x, y)) in ok.iter_mut().zip(xs.iter().zip(ys.iter())) {
            if !(x.is_finite() && y.is_finite()) {
                *ok = 0;
            }
        }
        library::messages();
    }

    /// GDAL's own handle, for `GDALGenImgProjTransform`; valid as long as `self`.
    pub(super) fn handle(&self) -> *mut c_void {
        self.handle.0
    }
}

/// Smallest and largest x and y.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

impl Extent {
    pub(super) fn of(xs: &[f64], ys: &[f64], ok: &[i32]) -> Option<Extent> {
        let empty = (f64::INFINITY, f64::NEG_INFINITY);
        let mut extent = Extent { x: empty, y: empty };
        for ((&x, &y), _) in xs.iter().zip(ys).zip(ok).filter(|(_, ok)| **ok != 0) {
            extent.x = (extent.x.0.min(x), extent.x.1.max(x));
            extent.y = (extent.y.0.min(y), extent.y.1.max(y));
        }
        (extent.x.0 <= extent.x.1).then_some(extent)
    }

    fn union(self, other: Extent) -> Extent {
        let both = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        Extent { x: both(self.x, other.x), y: both(self.y, other.y) }
    }
}

/// The extent of columns on a grid of all longitudes: the narrowest arc that holds them, which may cross the ends of the
/// rows.
fn narrowest(extent: (f64, f64), xs: &[f64], ok: &[i32], width: usize) -> (f64, f64) {
    let around = width as f64;
    let mut columns: Vec<f64> =
        xs.iter().zip(ok).filter(|(_, ok)| **ok != 0).map(|(x, _)| x.rem_euclid(around)).collect();
    columns.sort_by(f64::total_cmp);
    let gaps = columns.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(gap) = gaps.max_by(f64::total_cmp) else { return extent };
    let arc = around - gap;
    // What is a step of the sampling, and no gap, leaves nearly the whole circle.
    if arc < (extent.1 - extent.0) - 1.0 && gap > around / 4.0 { (0.0, arc) } else { extent }
}

/// The scale that gdalwarp gives its kernel for the whole target. It is at most 1, as growing pixels need no wider
/// kernel.
fn kernel_scale(transformer: &Transformer) -> (f64, f64) {
    let (source, target) = (&transformer.grids.source, &transformer.grids.target);
    let (width, height) = (target.width as f64, target.height as f64);
    let (mut xs, mut ys, mut ok) = (Vec::new(), Vec::new(), Vec::new());
    let step = 1.0 / (STEPS - 1) as f64;
    // The ratio is summed up, as in gdalwarp: a product would differ from its scale in the last digit.
    let mut ratio = 0.0;
    while ratio <= 1.0 + step * 0.5 {
        for (x, y) in [(ratio * width, 0.0), (ratio * width, height), (0.0, ratio * height), (width, ratio * height)] {
            xs.push(x);
            ys.push(y);
        }
        ratio += step;
    }
    transformer.to_source(&mut xs, &mut ys, &mut ok);
    let mut extent = Extent::of(&xs, &ys, &ok);
    if ok.contains(&0) || transformer.has_pole() {
        // The edges do not give the extent, so points inside are projected in both directions.
        (xs, ys) = inner_points(width, height, target.width);
        transformer.to_source(&mut xs, &mut ys, &mut ok);
        extent = Extent::of(&xs, &ys, &ok);
        let (w, h) = (source.width as f64, source.height as f64);
        let (from_x, from_y) = inner_points(w, h, source.width);
        (xs, ys) = (from_x.clone(), from_y.clone());
        transformer.to_target(&mut xs, &mut ys, &mut ok);
        for (ok, (x, y)) in ok.iter_mut().zip(xs.iter().zip(&ys)) {
            *ok *= i32::from((0.0..=width).contains(x) && (0.0..=height).contains(y));
        }
        extent = match (extent, Extent::of(&from_x, &from_y, &ok)) {
            (Some(a), Some(b)) => Some(a.union(b)),
            (a, b) => a.or(b),
        };
    }
    let Some(mut extent) = extent else { return (1.0, 1.0) };
    if source.is_global() {
        extent.x = narrowest(extent.x, &xs, &ok, source.width);
    }
    let x = axis_scale(extent.x, target.width, source.width);
    let y = axis_scale(extent.y, target.height, source.height);
    // Gdalwarp cuts a target that is far larger than its source into parts, for which it has the ratio without the
    // limit.
    let filled = x.filled * y.filled >= 0.5 || (target.width <= 100 && target.height <= 100);
    let (x, y) = if filled { (x.clamped, y.clamped) } else { (x.free, y.free) };
    // Where the antimeridian runs through the source, its extent in x seems to be the whole globe.
    let x = if y / x > 100.0 { y } else { x };
    (tidy(x), tidy(y))
}

struct AxisScale {
    clamped: f64,
    free: f64,
    /// The share of the target's extent that lies within the source.
    filled: f64,
}

fn axis_scale((low, high): (f64, f64), target: usize, source: usize) -> AxisScale {
    let tidy = |v: f64| if (v - v.round()).abs() < 1e-6 { v.round() } else { v };
    let (low, high) = (tidy(low), tidy(high));
    let (target, source) = (target as f64, source as f64);
    let span = (high - low).max(1e-9);
    let start = low.max(0.0).floor();
    let within = (source - start).min(span).max(1e-9);
    let inside = high.ceil().min(source) - start;
    AxisScale { clamped: target / within, free: target / span, filled: (inside / span).clamp(0.0, 1.0) }
}

/// A ratio of pixel sizes that is nearly a whole number is taken for that number.
fn tidy(scale: f64) -> f64 {
    if scale >= 1.0 {
        return 1.0;
    }
    let shrink = 1.0 / scale;
    let whole = (shrink + 0.5).floor();
    if (shrink - whole).abs() < 0.05 { 1.0 / whole } else { scale }
}

/// gdalwarp's grid of points over a raster: evenly spread, and once more half a pixel inside the edges, as measured in
/// its columns.
fn inner_points(width: f64, height: f64, columns: usize) -> (Vec<f64>, Vec<f64>) {
    let half = 0.5 / columns as f64;
    let step = 1.0 / (STEPS - 1) as f64;
    let ratio = |i: usize| match i {
        0 => half,
        i if i <= STEPS => (i - 1) as f64 * step,
        _ => 1.0 - half,
    };
    (0..(STEPS + 2) * (STEPS + 2)).map(|i| (ratio(i % (STEPS + 2)) * width, ratio(i / (STEPS + 2)) * height)).unzip()
}

fn identical(a: &GeoBox, b: &GeoBox) -> bool {
    a.transform == b.transform && (a.width, a.height) == (b.width, b.height) && a.crs == b.crs && a.places == b.places
}
