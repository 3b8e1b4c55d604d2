//! Windows of a raster into the buffers of a cube: decoded once, north-up, missing pixels marked the cube's way.

use super::handles::Open;
use super::raster_io;
use super::read::Header;
use super::tiff::Blocks;
use crate::cube::cast::{narrow, widen};
use crate::cube::dtype::{Missing, Pixel};
use crate::cube::{Band, Pixels};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::gdal::library;
use crate::io::packed::Unpacked;
use crate::io::remote::address::without_secrets;
use crate::with_pixels;
use gdal::Dataset;
use gdal::raster::RasterBand;
use std::ops::Range;

/// Decoded bytes of all bands of a pixel-interleaved file that are held at a time: well inside GDAL's block cache.
const PIECE: usize = 16 << 20;

/// Where one band of a window goes.
pub(crate) struct Target<'a> {
    /// Position in [`Header::bands`].
    pub band: usize,
    /// The band as the cube has it; its type must hold that of the file (see [`fits`]).
    pub wanted: &'a Band,
    pub pixels: &'a mut Pixels,
    /// Where the window begins in `pixels`; its rows follow one another.
    pub at: usize,
}

/// Whether every value of a band of the file has a place in the band of the cube.
pub(crate) fn fits(header: &Header, band: usize, wanted: &Band) -> bool {
    let stored = &header.bands[band];
    // Files of one cube may be packed each in its own way; and whether a grid written as text is of integers GDAL guesses
    // from its first numbers.
    let lenient = stored.packing().is_some() || header.driver == "AAIGrid";
    (lenient && wanted.dtype.is_float()) || stored.value_type().promote(wanted.dtype) == wanted.dtype
}

/// Reads rows `y` and columns `x`, counted on the north-up grid of `header`, of several bands.
///
/// Values come out physical (scale and offset applied) in the type of the wanted band, missing ones as its nodata or NaN.
/// GDAL's failures are `E0403` with its words as the cause; values that cannot be told from the cube's nodata are `E0304`.
pub(crate) fn read_window(
    file: &Open,
    header: &Header,
    y: Range<usize>,
    x: Range<usize>,
    targets: &mut [Target<'_>],
) -> Result<()> {
    let (rows, columns) = header.stored(y, x);
    library::messages();
    for piece in pieces(header, &rows, &columns, targets.len()) {
        read_piece(file, header, &piece, (&rows, &columns), targets)?;
    }
    for target in targets.iter_mut() {
        let (w, len) = (columns.len(), columns.len() * rows.len());
        with_pixels!(&mut *target.pixels, v => turn(&mut v[target.at..target.at + len], w, header.flip_y, header.flip_x));
    }
    Ok(())
}

/// Reads rows `y` and columns `x` of a file, or of its overview of so many rows and columns.
pub(crate) fn read_at(
    overview: Option<[usize; 2]>,
    file: &Open,
    header: &Header,
    y: Range<usize>,
    x: Range<usize>,
    targets: &mut [Target<'_>],
) -> Result<()> {
    match overview {
        Some(size) => read_overview(file, header, y, x, size, targets),
        None => read_window(file, header, y, x, targets),
    }
}

/// Reads rows `y` and columns `x` of the overview of so many rows and columns of a file whose rows run from north to south and
/// whose columns run from west to east.
fn read_overview(
    file: &Open,
    header: &Header,
    y: Range<usize>,
    x: Range<usize>,
    size: [usize; 2],
    targets: &mut [Target<'_>],
) -> Result<()> {
    library::messages();
    let fine = |range: &Range<usize>, len: usize, coarse: usize| {
        range.start * len / coarse.max(1)..(range.end * len).div_ceil(coarse.max(1)).min(len)
    };
    let (rows, columns) = (fine(&y, header.grid.height, size[0]), fine(&x, header.grid.width, size[1]));
    let coarse = Some(Coarse { rows: y, columns: x, size });
    let piece = Piece { rows: rows.clone(), columns: columns.clone(), coarse };
    read_piece(file, header, &piece, (&rows, &columns), targets)
}

/// A part of the stored window that is read in one go.
struct Piece {
    rows: Range<usize>,
    columns: Range<usize>,
    /// What is read instead of them where overviews are.
    coarse: Option<Coarse>,
}

/// A part of an overview, and how many rows and columns all of it has.
struct Coarse {
    rows: Range<usize>,
    columns: Range<usize>,
    size: [usize; 2],
}

impl Piece {
    fn new(rows: Range<usize>, columns: Range<usize>) -> Piece {
        Piece { rows, columns, coarse: None }
    }

    /// How many rows and columns are made of it.
    fn shape(&self) -> [usize; 2] {
        let (rows, columns) = match &self.coarse {
            Some(coarse) => (&coarse.rows, &coarse.columns),
            None => (&self.rows, &self.columns),
        };
        [rows.len(), columns.len()]
    }

    fn is_fine(&self) -> bool {
        self.coarse.is_none()
    }

    /// Reads the piece of a band or of a mask, from the overview that has it; a file without that gives some of its pixels.
    fn read<T: Pixel>(&self, band: &RasterBand<'_>, out: &mut [T], stride: usize) -> bool {
        let overview = |coarse: &Coarse| {
            let has_size = |overview: &RasterBand<'_>| overview.size() == (coarse.size[1], coarse.size[0]);
            let each = 0..band.overview_count().unwrap_or_default() as usize;
            each.filter_map(|i| band.overview(i).ok()).find(has_size)
        };
        let own = self.coarse.as_ref().and_then(|coarse| Some((overview(coarse)?, &coarse.rows, &coarse.columns)));
        let (band, rows, columns) =
            own.as_ref().map_or((band, &self.rows, &self.columns), |(own, rows, columns)| (own, *rows, *columns));
        raster_io::read_rows(band, rows.clone(), columns.clone(), self.shape(), out, stride)
    }
}

/// The window as it is, or cut along block edges where reading band after band would decode every block anew.
fn pieces(header: &Header, rows: &Range<usize>, columns: &Range<usize>, bands: usize) -> Vec<Piece> {
    let whole = || vec![Piece::new(rows.clone(), columns.clone())];
    if !header.interleaved || bands < 2 {
        return whole();
    }
    let (bw, bh) = header.bands[0].block;
    let (bw, bh) = (bw.max(1), bh.max(1));
    let pixel: usize = header.bands.iter().map(|b| b.dtype.bytes()).sum();
    let budget = (PIECE / pixel).max(1);
    let across = columns.len().div_ceil(bw) + 1;
    if across * bw * (rows.len() + bh) <= budget {
        return whole();
    }
    let wide = across.min(budget / bh / bw).max(1) * bw;
    let high = (budget / wide / bh).max(1) * bh;
    let mut out = Vec::new();
    for r in cuts(rows, high) {
        for c in cuts(columns, wide) {
            out.push(Piece::new(r.clone(), c));
        }
    }
    out
}

/// `range` cut at the multiples of `step`.
fn cuts(range: &Range<usize>, step: usize) -> impl Iterator<Item = Range<usize>> {
    let (start, end) = (range.start, range.end);
    (start / step..end.div_ceil(step)).map(move |i| (i * step).max(start)..((i + 1) * step).min(end))
}

fn read_piece(
    file: &Open,
    header: &Header,
    piece: &Piece,
    (rows, columns): (&Range<usize>, &Range<usize>),
    targets: &mut [Target<'_>],
) -> Result<()> {
    let stride = if piece.is_fine() { columns.len() } else { piece.shape()[1] };
    let offset = (piece.rows.start - rows.start) * stride + (piece.columns.start - columns.start);
    let shared = shared_mask(file, header, piece)?;
    for target in targets.iter_mut() {
        let stored = &header.bands[target.band];
        let band = file.rasterband(stored.number).map_err(|_| failed(&target.wanted.name))?;
        let own;
        let mask = if stored.own_mask {
            let values = read_mask(&band.open_mask_band().map_err(|_| failed(&target.wanted.name))?, piece)?;
            own = merge(values, shared.as_deref());
            Some(own.as_slice())
        } else {
            shared.as_deref()
        };
        let source = Source { band: &band, blocks: file.blocks(), header, target: target.band, piece, mask };
        let (wanted, at) = (target.wanted, target.at + offset);
        let packing = stored.packing().map(|p| (p.scale, p.offset));
        if packing.is_none() && target.pixels.dtype() == stored.dtype {
            with_pixels!(&mut *target.pixels, v => source.read_same(wanted, &mut v[at..], stride))?;
        } else {
            let mut scratch = Pixels::zeros(stored.dtype, piece.shape().iter().product());
            with_pixels!(&mut scratch, from => source.convert(wanted, packing, from, target.pixels, at, stride))?;
        }
    }
    Ok(())
}

/// One band of one piece, on its way into the cube.
struct Source<'a> {
    band: &'a RasterBand<'a>,
    blocks: Option<&'a Blocks>,
    header: &'a Header,
    target: usize,
    piece: &'a Piece,
    /// 0 where a pixel is missing, one value a pixel of the piece.
    mask: Option<&'a [u8]>,
}

impl Source<'_> {
    fn read_into<T: Pixel>(&self, out: &mut [T], stride: usize, name: &str) -> Result<()> {
        let Piece { rows, columns, .. } = self.piece;
        let number = self.header.bands[self.target].number;
        let blocks = self.blocks.filter(|_| self.piece.is_fine());
        let done = blocks.map_or(Err(Unpacked::Left), |blocks| blocks.read(number, rows, columns, out, stride));
        let Err(why) = done else { return Ok(()) };
        match (self.piece.read(self.band, out, stride), why) {
            (true, Unpacked::Left) => Ok(()),
            (true, Unpacked::Damaged) => Err(unread(name, "a compressed block of it is damaged")),
            (false, _) => Err(failed(name)),
        }
    }

    fn nodata<T: Pixel>(&self) -> Option<T> {
        self.header.bands[self.target].nodata.and_then(|n| n.typed())
    }

    /// Straight into the cube; only what is marked as missing in another way is touched again.
    fn read_same<T: Pixel>(&self, wanted: &Band, out: &mut [T], stride: usize) -> Result<()> {
        self.read_into(out, stride, &wanted.name)?;
        let nodata = self.nodata::<T>();
        let marker = Marker::<T>::of(wanted);
        let foreign = nodata.filter(|n| marker.declared != Some(*n));
        if self.mask.is_none() && foreign.is_none() {
            return Ok(());
        }
        let [height, width] = self.piece.shape();
        for row in 0..height {
            let pixels = &mut out[row * stride..row * stride + width];
            let mask = self.mask.map(|m| &m[row * width..(row + 1) * width]);
            let masked = |i: usize| mask.is_some_and(|m| m[i] == 0);
            if let (Some(foreign), Some(declared)) = (foreign, marker.declared)
                && foreign != declared
                && pixels.iter().enumerate().any(|(i, p)| *p == declared && !masked(i))
            {
                return Err(collides(wanted, declared.to_f64()));
            }
            let Some(value) = marker.value else {
                if pixels.iter().enumerate().any(|(i, p)| masked(i) || foreign == Some(*p)) {
                    return Err(no_marker(wanted));
                }
                continue;
            };
            if let Some(foreign) = foreign {
                pixels.iter_mut().for_each(|p| *p = if *p == foreign { value } else { *p });
            }
            if let Some(mask) = mask {
                pixels.iter_mut().zip(mask).for_each(|(p, m)| *p = if *m == 0 { value } else { *p });
            }
        }
        Ok(())
    }

    /// Through `from`, of the stored type, into the cube's type, from pixel `at` on.
    fn convert<S: Pixel>(
        &self,
        wanted: &Band,
        packing: Option<(f64, f64)>,
        from: &mut [S],
        out: &mut Pixels,
        at: usize,
        stride: usize,
    ) -> Result<()> {
        let width = self.piece.shape()[1];
        self.read_into(from, width, &wanted.name)?;
        let declared = self.nodata::<S>();
        let mut values = vec![0.0; width];
        for (row, stored) in from.chunks_exact(width).enumerate() {
            match self.mask.map(|m| &m[row * width..(row + 1) * width]) {
                None => widen(stored, &mut values, |_, v| v.is_nan() || declared == Some(v)),
                Some(mask) => widen(stored, &mut values, |i, v| v.is_nan() || declared == Some(v) || mask[i] == 0),
            }
            if let Some((scale, offset)) = packing {
                values.iter_mut().for_each(|v| *v = *v * scale + offset);
            }
            let range = at + row * stride..at + row * stride + width;
            with_pixels!(&mut *out, v => put(&values, &mut v[range], wanted, declared.map(|n| n.to_f64())))?;
        }
        Ok(())
    }
}

/// Puts values into the cube's type, NaN as its mark of what is missing; `declared` is the nodata of the file.
fn put<T: Pixel>(values: &[f64], pixels: &mut [T], wanted: &Band, declared: Option<f64>) -> Result<()> {
    let marker = Marker::<T>::of(wanted);
    let value = match marker.value {
        Some(value) => value,
        None if values.iter().any(|v| v.is_nan()) => return Err(no_marker(wanted)),
        None => T::default(),
    };
    narrow(values, pixels, value);
    match (marker.declared, declared.map(T::from_f64)) {
        (Some(own), Some(foreign))
            if own != foreign && pixels.iter().zip(values).any(|(p, v)| *p == own && !v.is_nan()) =>
        {
            Err(collides(wanted, own.to_f64()))
        }
        _ => Ok(()),
    }
}

/// How the cube marks a missing pixel.
struct Marker<T> {
    declared: Option<T>,
    /// The declared one, or NaN; `None` where nothing can stand for "missing".
    value: Option<T>,
}

impl<T: Pixel> Marker<T> {
    fn of(wanted: &Band) -> Marker<T> {
        let declared = Missing::<T>::new(wanted.nodata).marker();
        Marker { declared, value: declared.or(T::DTYPE.is_float().then(|| T::from_f64(f64::NAN))) }
    }
}

/// What is missing in every band: the mask beside the pixels and the alpha bands.
fn shared_mask(dataset: &Dataset, header: &Header, piece: &Piece) -> Result<Option<Vec<u8>>> {
    let mut mask: Option<Vec<u8>> = None;
    if header.shared_mask {
        let band = dataset.rasterband(header.bands[0].number).map_err(|_| failed("mask"))?;
        mask = Some(read_mask(&band.open_mask_band().map_err(|_| failed("mask"))?, piece)?);
    }
    for number in &header.alpha {
        let band = dataset.rasterband(*number).map_err(|_| failed("alpha"))?;
        // Alpha of more than 8 bits is clamped to them, which keeps zero apart from the rest.
        mask = Some(merge(read_mask(&band, piece)?, mask.as_deref()));
    }
    Ok(mask)
}

fn read_mask(band: &RasterBand<'_>, piece: &Piece) -> Result<Vec<u8>> {
    let mut out = vec![0u8; piece.shape().iter().product()];
    if piece.read(band, &mut out, piece.shape()[1]) { Ok(out) } else { Err(failed("mask")) }
}

fn merge(mut mask: Vec<u8>, other: Option<&[u8]>) -> Vec<u8> {
    if let Some(other) = other {
        mask.iter_mut().zip(other).for_each(|(a, b)| *a = (*a).min(*b));
    }
    mask
}

/// Turns a window of rows of `width` pixels round.
fn turn<T>(pixels: &mut [T], width: usize, rows: bool, columns: bool) {
    if rows && width > 0 {
        let height = pixels.len() / width;
        for row in 0..height / 2 {
            let (upper, lower) = pixels.split_at_mut((height - 1 - row) * width);
            upper[row * width..(row + 1) * width].swap_with_slice(&mut lower[..width]);
        }
    }
    if columns {
        pixels.chunks_exact_mut(width.max(1)).for_each(<[T]>::reverse);
    }
}

/// Makes pixels missing.
pub(crate) fn forget(pixels: &mut Pixels, range: Range<usize>, band: &Band) {
    fn fill<T: Pixel>(pixels: &mut [T], value: f64) {
        pixels.fill(T::from_f64(value));
    }
    let missing = band.nodata.unwrap_or(f64::NAN);
    with_pixels!(pixels, v => fill(&mut v[range], missing));
}

/// What GDAL does not read, for the reason that it gave.
fn failed(what: &str) -> Box<Diagnostic> {
    unread(what, library::messages())
}

fn unread(what: &str, cause: impl Into<Cause>) -> Box<Diagnostic> {
    Diagnostic::new(codes::READ_FAILED, format!("`{}` cannot be read", without_secrets(what))).cause(cause)
}

fn no_marker(wanted: &Band) -> Box<Diagnostic> {
    Diagnostic::new(
        codes::FILES_DIFFER,
        format!("band `{}` has missing pixels, and no nodata value of the cube to mark them", wanted.name),
    )
    .help("the first file declares no nodata; add `dtype float32` (or float64) to let NaN stand for it")
}

fn collides(wanted: &Band, value: f64) -> Box<Diagnostic> {
    Diagnostic::new(
        codes::FILES_DIFFER,
        format!("{value} is nodata of band `{}` in the first file and a valid value here", wanted.name),
    )
    .help("add `dtype float32` (or float64) to let NaN stand for missing pixels")
}

#[cfg(test)]
mod tests;
