//! Pixels of files that are steps of a store: those that follow one another are read together.

use super::{Stac, Window, fill_missing, shared, turned};
use crate::cube::cast::narrow;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Pixel;
use crate::cube::{Band, GeoBox, Pixels, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::geometry::warp::{self, Layers, Part, WarpJob};
use crate::io::stac::grid::offset;
use crate::io::stac::spec::{File, StorePart};
use crate::io::{ReadCx, Source, Want, netcdf, zarr};
use crate::with_pixels;
use std::ops::Range;
use std::sync::Arc;

/// Steps of one store that follow one another, each alone in its step of the cube: the first file, and how many.
pub(super) type Run<'a> = (&'a File, StorePart, usize);

impl Stac {
    /// The steps of a region, those together that a store holds together.
    pub(super) fn windows<'a>(&'a self, band: usize, region: &'a Region) -> Vec<(Window<'a>, Option<Run<'a>>)> {
        let n_pixels = region.y.len() * region.x.len();
        let alone = |step: usize| match self.spec.steps[step][..] {
            [item] => self.spec.items[item].files[band].as_ref().and_then(|file| Some((file, file.part?))),
            _ => None,
        };
        let mut out: Vec<(Window, Option<Run>)> = Vec::new();
        for (nth, step) in region.time.clone().enumerate() {
            let here = alone(step);
            if let (Some((_, Some((_, first, n_steps)))), Some((_, part))) = (out.last_mut(), here)
                && part == (StorePart { step: first.step + *n_steps, ..*first })
            {
                *n_steps += 1;
                continue;
            }
            let window = Window { band, step, region, at: nth * n_pixels };
            out.push((window, here.map(|(file, part)| (file, part, 1))));
        }
        out
    }

    /// A run of steps into `out`, which is missing throughout.
    pub(super) fn lay_run(
        &self,
        file: &File,
        part: StorePart,
        n_steps: usize,
        window: &Window,
        out: &mut Pixels,
        cx: &ReadCx,
    ) -> Result<()> {
        cx.go_on()?;
        for turn in self.turns(file, window.region) {
            let target = turned(&self.schema.grid, turn);
            if let Err(e) = self.lay_store(part, file, n_steps, &target, window, out, cx) {
                self.fail(file, window.step, &e, cx)?;
            }
        }
        Ok(())
    }

    /// Puts the valid pixels of steps of a store below what is there.
    #[expect(clippy::too_many_arguments, reason = "the parts of one step of a loop")]
    pub(super) fn lay_store(
        &self,
        part: StorePart,
        file: &File,
        n_steps: usize,
        target: &GeoBox,
        window: &Window,
        out: &mut Pixels,
        cx: &ReadCx,
    ) -> Result<()> {
        let source = self.store(part.store)?;
        let grid = self.grid_of(&source, file);
        let (band, region) = (&self.schema.bands[window.band], window.region);
        let n_pixels = region.y.len() * region.x.len();
        let Some(((y, x), place)) = self.source_part(&grid, target, region)? else { return Ok(()) };
        let wanted =
            Region { time: part.step..part.step + n_steps, bands: vec![part.band], y: y.clone(), x: x.clone() };
        let chunk = source.read(&wanted, cx)?;
        let stored = &source.schema().bands[part.band];
        for (nth, pixels) in steps(chunk.bands, n_steps).into_iter().enumerate() {
            let pixels = as_band(pixels, stored, band);
            let window = Window { step: window.step + nth, at: window.at + nth * n_pixels, ..*window };
            match &place {
                Place::Copied(there) => fill_missing(out, &window, &pixels, there, band),
                Place::Warped => {
                    let nodata = band.nodata.unwrap_or(f64::NAN);
                    let layers = Layers { pixels: &pixels, nodata: band.nodata, target: (band.dtype, nodata) };
                    let job = WarpJob {
                        source: &grid,
                        target,
                        window: Part { y: y.clone(), x: x.clone() },
                        wrapped: [0, 0],
                        tile: Part { y: region.y.clone(), x: region.x.clone() },
                        method: self.spec.method,
                        bands: &[layers],
                    };
                    if let Some(warped) = warp::warp(&job)?.into_iter().next() {
                        let all = Part { y: 0..region.y.len(), x: 0..region.x.len() };
                        fill_missing(out, &window, &warped, &all, band);
                    }
                }
            }
        }
        Ok(())
    }

    /// Asks for what [`lay_store`](Self::lay_store) will read.
    pub(super) fn want_store(
        &self,
        part: StorePart,
        file: &File,
        n_steps: usize,
        target: &GeoBox,
        window: &Window,
    ) -> Want {
        // What cannot be opened fails where it is read, and is told there.
        let Ok(source) = self.store(part.store) else { return Want::All };
        let grid = self.grid_of(&source, file);
        match self.source_part(&grid, target, window.region) {
            Ok(Some(((y, x), _))) => {
                source.want(&Region { time: part.step..part.step + n_steps, bands: vec![part.band], y, x })
            }
            Ok(None) | Err(_) => Want::All,
        }
    }

    /// Rows and columns of a store that a region needs, and how they come into it; nothing where it needs none.
    #[expect(clippy::type_complexity, reason = "a window and where it goes")]
    fn source_part(
        &self,
        grid: &GeoBox,
        target: &GeoBox,
        region: &Region,
    ) -> Result<Option<((Range<usize>, Range<usize>), Place)>> {
        let Some((columns, rows)) = offset(target, grid) else {
            let tile = Part { y: region.y.clone(), x: region.x.clone() };
            let part = warp::source_window(grid, target, &tile, self.spec.method)?;
            return Ok(part.map(|part| ((part.y, part.x), Place::Warped)));
        };
        let (y, x) = (shared(&region.y, rows, grid.height), shared(&region.x, columns, grid.width));
        if y.is_empty() || x.is_empty() {
            return Ok(None);
        }
        let there = |range: &Range<usize>, first: i64, from: usize| {
            (range.start as i64 - first) as usize - from..(range.end as i64 - first) as usize - from
        };
        let place = Part { y: there(&y, rows, region.y.start), x: there(&x, columns, region.x.start) };
        Ok(Some(((y, x), Place::Copied(place))))
    }

    /// The grid of a store, with the system that its item states where it states none.
    fn grid_of(&self, source: &Arc<dyn Source>, file: &File) -> GeoBox {
        let own = &source.schema().grid;
        let stated =
            || file.place.and_then(|place| self.spec.places[place].system).map(|at| self.spec.systems[at].clone());
        GeoBox { crs: own.crs.clone().or_else(stated), ..own.clone() }
    }

    fn store(&self, at: usize) -> Result<Arc<dyn Source>> {
        if let Some(open) = self.stores[at].get() {
            return Ok(open.clone());
        }
        let spec = &self.spec.stores[at];
        let schema = Arc::new(spec.schema.clone());
        let formats = [&zarr::SOURCE, &zarr::REFERENCES, &netcdf::SOURCE];
        let Some(format) = formats.into_iter().find(|format| format.name == spec.source.format) else {
            let what = format!("no store is of the format `{}`", spec.source.format);
            return Err(Diagnostic::new(codes::DAMAGED, what));
        };
        let opened = (format.open)(&spec.source, &schema)?;
        Ok(self.stores[at].get_or_init(|| opened).clone())
    }
}

/// How the window of a store comes into a region.
enum Place {
    /// Its pixels are the region's, there.
    Copied(Part),
    Warped,
}

/// The pixels of each step.
fn steps(bands: Vec<Pixels>, n_steps: usize) -> Vec<Pixels> {
    fn cut<T: PixelType>(all: &[T], n_steps: usize) -> Vec<Pixels> {
        all.chunks_exact((all.len() / n_steps).max(1)).map(|step| T::wrap(step.to_vec())).collect()
    }
    let Some(pixels) = bands.into_iter().next() else { return Vec::new() };
    if n_steps == 1 {
        return vec![pixels];
    }
    with_pixels!(&pixels, all => cut(all, n_steps))
}

/// Pixels as the band of the cube has them, which may be wider and call another value missing.
fn as_band(pixels: Pixels, stored: &Band, band: &Band) -> Pixels {
    let same = |a: f64, b: f64| a == b || a.is_nan() && b.is_nan();
    let keeps = stored.nodata.is_none_or(|own| band.nodata.is_some_and(|wanted| same(own, wanted)));
    if stored.dtype == band.dtype && keeps {
        return pixels;
    }
    let n_pixels = pixels.len();
    let mut out = Pixels::zeros(band.dtype, n_pixels);
    let missing = band.nodata.unwrap_or(f64::NAN);
    with_pixels!(&mut out, out => {
        pixels.for_each_block(0..n_pixels, &[stored.nodata], &mut |at, block| {
            narrow(block, &mut out[at..at + block.len()], Pixel::from_f64(missing));
        });
    });
    out
}
