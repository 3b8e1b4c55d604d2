//! Transforms pixels of the target to pixels of the source and back, for whole grids.

use super::blank::blank;
use super::failed;
use crate::cube::GeoBox;
use crate::diagnostic::Result;
use crate::gdal::library;
use crate::geometry::crs;
use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::rc::Rc;

/// The number of transformers that a thread keeps. PROJ takes milliseconds to choose the best operation for a new one.
const KEPT: usize = 16;

thread_local! {
    static MADE: RefCell<Vec<Rc<Transformer>>> = const { RefCell::new(Vec::new()) };
}

/// GDAL's transformer between the pixels of two grids, as gdalwarp makes it: without approximation, with PROJ's
/// operation for the extent of the source, and with longitudes wrapped around its center.
pub struct Transformer {
    pub source: GeoBox,
    pub target: GeoBox,
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

impl Transformer {
    /// The transformer between two grids; the last few are kept by the thread.
    pub fn between(source: &GeoBox, target: &GeoBox) -> Result<Rc<Transformer>> {
        let same = |t: &Rc<Transformer>| identical(&t.source, source) && identical(&t.target, target);
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
            source: source.clone(),
            target: target.clone(),
            scale: (1.0, 1.0),
            projects: source.crs != target.crs,
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
        made.scale = super::window::kernel_scale(&made);
        Ok(made)
    }

    /// Whether points over the target come back from the source to within a pixel. Gdalwarp tests its grid in this way.
    fn round_trips(&self) -> bool {
        const STEPS: usize = 20;
        let (width, height) = (self.target.width as f64, self.target.height as f64);
        // Longitudes and latitudes at the very edge of the globe may come back on its other side.
        let inset = if self.target.is_geographic() { 1e-6 } else { 0.0 };
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
        let turn = if self.target.is_geographic() { 360.0 / self.target.resolution().0 } else { f64::INFINITY };
        let near = |a: &f64, b: &f64| (a - b).abs() <= 1.0 || ((a - b).abs() - turn).abs() <= 1.0;
        !ok.contains(&0)
            && xs.iter().zip(&columns).all(|(a, b)| near(a, b))
            && ys.iter().zip(&rows).all(|(a, b)| (a - b).abs() <= 1.0)
    }

    /// Turns pixels of the target into pixels of the source, in place; `ok` is 0 where that is impossible.
    pub fn to_source(&self, xs: &mut [f64], ys: &mut [f64], ok: &mut Vec<c_int>) {
        self.run(true, xs, ys, ok);
    }

    /// Turns pixels of the source into pixels of the target.
    pub fn to_target(&self, xs: &mut [f64], ys: &mut [f64], ok: &mut Vec<c_int>) {
        self.run(false, xs, ys, ok);
    }

    /// Whether a pole lies on the target; then its edges do not bound what is inside.
    pub fn has_pole(&self) -> bool {
        let Some(system) = &self.target.crs else { return false };
        let Ok(lonlat) = crs::parse("EPSG:4326") else { return false };
        // The points are beside the poles, because some projections turn a pole into a line.
        let (mut xs, mut ys) = ([0.0, 0.0], [-89.9999, 89.9999]);
        let t = &self.target.transform;
        let determinant = t[1] * t[5] - t[2] * t[4];
        crs::points(&lonlat, system, &mut xs, &mut ys).is_ok()
            && xs.iter().zip(&ys).any(|(x, y)| {
                let (dx, dy) = (x - t[0], y - t[3]);
                let column = (dx * t[5] - dy * t[2]) / determinant;
                let row = (dy * t[1] - dx * t[4]) / determinant;
                (0.0..=self.target.width as f64).contains(&column) && (0.0..=self.target.height as f64).contains(&row)
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
    pub fn handle(&self) -> *mut c_void {
        self.handle.0
    }
}

fn identical(a: &GeoBox, b: &GeoBox) -> bool {
    a.transform == b.transform && (a.width, a.height) == (b.width, b.height) && a.crs == b.crs
}
