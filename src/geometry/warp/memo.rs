//! Remembers the coordinates that GDAL's kernel asks for, since layers that are warped one at a time ask for the same.

use super::rows;
use super::transform::Transformer;
use std::ffi::{c_int, c_void};

/// The most bytes of coordinates that are kept; further rows are projected again for each layer.
const MOST: usize = 64 << 20;

/// A transformer that remembers its results and gives them again when the same rows are asked for in the same order.
///
/// GDAL's kernel asks for one row of a tile after the other, always the same ones for the same tile.
pub(super) struct Memo<'a> {
    transformer: &'a Transformer,
    /// How many columns the dataset has before the first of the source's grid.
    before: f64,
    answers: Vec<Answer>,
    bytes: usize,
    /// Bytes that may be kept.
    most: usize,
    /// The number of the row that is expected next.
    next: usize,
}

struct Answer {
    to_source: bool,
    /// The first and last point of the row, which, with the number of points, identify it.
    asked: [(f64, f64); 2],
    xs: Vec<f64>,
    ys: Vec<f64>,
    zs: Vec<f64>,
    ok: Vec<c_int>,
}

impl<'a> Memo<'a> {
    pub(super) fn new(transformer: &'a Transformer, before: usize) -> Memo<'a> {
        Memo { transformer, before: before as f64, answers: Vec::new(), bytes: 0, most: MOST, next: 0 }
    }

    /// A memo without memory, for a tile that is warped once.
    pub(super) fn once(transformer: &'a Transformer, before: usize) -> Memo<'a> {
        Memo { most: 0, ..Memo::new(transformer, before) }
    }

    /// Goes back to the first row; it is called before each layer.
    pub(super) fn rewind(&mut self) {
        self.next = 0;
    }

    /// The argument that GDAL passes to [`transform`]; it is valid as long as `self` is borrowed.
    pub(super) fn handle(&mut self) -> *mut c_void {
        std::ptr::from_mut(self).cast()
    }

    fn answer(&mut self, to_source: bool, xs: &mut [f64], ys: &mut [f64], zs: &mut [f64], ok: &mut [c_int]) -> c_int {
        let ends = |xs: &[f64], ys: &[f64]| Some([(*xs.first()?, *ys.first()?), (*xs.last()?, *ys.last()?)]);
        let Some(asked) = ends(xs, ys) else { return 1 };
        let known = self.answers.get(self.next);
        self.next += 1;
        if let Some(known) = known {
            if known.to_source == to_source && known.asked == asked && known.xs.len() == xs.len() {
                xs.copy_from_slice(&known.xs);
                ys.copy_from_slice(&known.ys);
                zs.copy_from_slice(&known.zs);
                ok.copy_from_slice(&known.ok);
                return 1;
            }
            return self.ask(to_source, xs, ys, zs, ok);
        }
        let done = self.ask(to_source, xs, ys, zs, ok);
        let bytes = xs.len() * (3 * size_of::<f64>() + size_of::<c_int>());
        if done != 0 && self.next == self.answers.len() + 1 && self.bytes + bytes <= self.most {
            self.bytes += bytes;
            let (xs, ys, zs, ok) = (xs.to_vec(), ys.to_vec(), zs.to_vec(), ok.to_vec());
            self.answers.push(Answer { to_source, asked, xs, ys, zs, ok });
        }
        done
    }

    /// Asks the transformer, whose columns of the source are those of its grid.
    fn ask(&self, to_source: bool, xs: &mut [f64], ys: &mut [f64], zs: &mut [f64], ok: &mut [c_int]) -> c_int {
        let shift = |xs: &mut [f64], by: f64| xs.iter_mut().for_each(|x| *x += by);
        if to_source {
            let done = self.project(to_source, xs, ys, zs, ok);
            shift(xs, self.before);
            done
        } else {
            shift(xs, -self.before);
            self.project(to_source, xs, ys, zs, ok)
        }
    }

    fn project(&self, to_source: bool, xs: &mut [f64], ys: &mut [f64], zs: &mut [f64], ok: &mut [c_int]) -> c_int {
        if to_source && rows::project(self.transformer, xs, ys, ok) {
            return 1;
        }
        // SAFETY: the transformer's handle is alive, and the four arrays have as many elements as are announced.
        unsafe {
            gdal_sys::GDALGenImgProjTransform(
                self.transformer.handle(),
                c_int::from(to_source),
                xs.len() as c_int,
                xs.as_mut_ptr(),
                ys.as_mut_ptr(),
                zs.as_mut_ptr(),
                ok.as_mut_ptr(),
            )
        }
    }
}

/// GDAL's transformer function over a [`Memo`].
///
/// # Safety
/// `memo` is what [`Memo::handle`] gave, and nobody else uses it meanwhile; the arrays have `count` elements.
pub(super) unsafe extern "C" fn transform(
    memo: *mut c_void,
    to_source: c_int,
    count: c_int,
    xs: *mut f64,
    ys: *mut f64,
    zs: *mut f64,
    ok: *mut c_int,
) -> c_int {
    let count = count.max(0) as usize;
    if count == 0 {
        return 1;
    }
    // SAFETY: by the contract of this function; GDAL's arrays do not overlap.
    unsafe {
        let memo = &mut *memo.cast::<Memo>();
        let (xs, ys) = (std::slice::from_raw_parts_mut(xs, count), std::slice::from_raw_parts_mut(ys, count));
        let (zs, ok) = (std::slice::from_raw_parts_mut(zs, count), std::slice::from_raw_parts_mut(ok, count));
        memo.answer(to_source != 0, xs, ys, zs, ok)
    }
}
