//! Pixels of a region: for each step and band the first valid pixel of its items, in their order.

mod stores;

use super::FORMAT;
use super::grid::offset;
use super::spec::{File, Spec};
use crate::cube::cast::narrow;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::{Missing, Pixel};
use crate::cube::{BBox, Band, Chunk, GeoBox, Pixels, Region, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::geometry::warp::{self, Layers, Part, WarpJob};
use crate::io::gdal::handles::{self, Open};
use crate::io::gdal::read::{Georeference, Header, Nodata};
use crate::io::gdal::window::{Target, fits, read_at};
use crate::io::gdal::{overviews, tiff};
use crate::io::reading::OnError;
use crate::io::remote::address::is_remote;
use crate::io::remote::without_secrets;
use crate::io::source::read_failed;
use crate::io::{ReadCx, Source, Tile, Want};
use crate::plan::{Payload, SourceSpec};
use crate::with_pixels;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A cube of STAC items, ready to be read.
pub(super) struct Stac {
    title: String,
    spec: Spec,
    schema: Arc<Schema>,
    /// What files said when they were first opened, band by band, item by item; `None` of one that cannot be opened.
    facts: Vec<OnceLock<Option<Facts>>>,
    /// Whether a file lies on a server: asked for every region, of thousands of files.
    is_far: bool,
    /// What files are steps of.
    stores: Vec<OnceLock<Arc<dyn Source>>>,
}

/// What reading a band of a file takes beside its handle.
struct Facts {
    /// With nodata, scale and offset as they are to be applied.
    header: Header,
    /// Position of the band in the header.
    band: usize,
    /// Rows and columns of the overview that is read instead of it, and that `grid` has then.
    overview: Option<[usize; 2]>,
    grid: GeoBox,
    /// The file's own nodata, where the metadata declare another: both are missing.
    other_nodata: Option<Nodata>,
}

/// A window of one band of the target: rows and columns, and the region they belong to.
struct Window<'a> {
    band: usize,
    step: usize,
    region: &'a Region,
    /// Where the step begins in the output.
    at: usize,
}

impl Stac {
    /// `opened` are the stores of the spec, as far as they are open.
    pub(super) fn new(title: String, spec: Spec, schema: Arc<Schema>, opened: Vec<Arc<dyn Source>>) -> Stac {
        let n_facts = spec.items.len() * schema.bands.len();
        let mut opened = opened.into_iter();
        let stores = spec.stores.iter().map(|_| opened.next().map_or_else(OnceLock::new, OnceLock::from)).collect();
        let is_far = spec.items.iter().flat_map(|item| item.files.iter().flatten()).any(|file| is_remote(&file.href));
        let facts = (0..n_facts).map(|_| OnceLock::new()).collect();
        Stac { title, spec, schema, facts, is_far, stores }
    }

    pub(super) fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Stac> {
        let settled = spec.data.read().map_err(|e| {
            Diagnostic::new(codes::DAMAGED, "this plan of STAC items was made by another version of Rastra").cause(e)
        })?;
        Ok(Stac::new(spec.title.clone(), settled, schema.clone(), Vec::new()))
    }

    /// One band of one step into `out`, which is missing throughout.
    fn mosaic(&self, window: &Window, out: &mut Pixels, cx: &ReadCx) -> Result<()> {
        let n_pixels = window.region.y.len() * window.region.x.len();
        let (mut left, mut blank) = (n_pixels, true);
        let items = &self.spec.steps[window.step];
        for (nth, &item) in items.iter().enumerate() {
            cx.go_on()?;
            let Some(file) = &self.spec.items[item].files[window.band] else { continue };
            for turn in self.turns(file, window.region) {
                let target = turned(&self.schema.grid, turn);
                match self.lay(item, file, &target, window, out, blank, cx) {
                    Ok(()) => blank = false,
                    Err(e) => self.fail(file, window.step, &e, cx)?,
                }
            }
            if nth + 1 < items.len() && !blank {
                left = self.count_missing(window, out, n_pixels);
            }
            if left == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Asks for what [`mosaic`](Self::mosaic) will read, down to the first item that covers the region by its extent: what
    /// lies below is needed only where that one has gaps.
    fn want_mosaic(&self, window: &Window) -> Want {
        let region = window.region;
        let tile = self.schema.grid.crop(region.y.clone(), region.x.clone()).bounds();
        let items = &self.spec.steps[window.step];
        let file = |item: usize| self.spec.items[item].files[window.band].as_ref();
        let extent = |item: &usize| file(*item)?.place.and_then(|place| self.spec.places[place].extent);
        let whole = items.iter().position(|item| extent(item).is_some_and(|extent| covers(extent, tile)));
        let needed = &items[..whole.map_or(items.len(), |at| at + 1)];
        Want::all(needed.iter().filter_map(|&item| Some((item, file(item)?))).flat_map(|(item, file)| {
            let turns = self.turns(file, region).into_iter();
            turns.map(move |turn| self.want_file(item, file, &turned(&self.schema.grid, turn), window))
        }))
    }

    /// Asks for the window of one file; where it lies is known once its head is here.
    fn want_file(&self, item: usize, file: &File, target: &GeoBox, window: &Window) -> Want {
        if let Some(part) = file.part {
            return self.want_store(part, file, 1, target, window);
        }
        let slot = self.slot(item, window.band);
        if slot.get().is_none() {
            if tiff::remote::want_directory(&file.href) == Want::Later {
                return Want::Later;
            }
            // What cannot be opened fails where it is read, and is told there.
            let Ok(facts) = self.ask(file, window.band) else { return Want::All };
            let _ = slot.set(Some(facts));
        }
        let Some(facts) = slot.get().and_then(Option::as_ref) else { return Want::All };
        let region = window.region;
        let (y, x) = match offset(target, &facts.grid) {
            Some((columns, rows)) => {
                (shared(&region.y, rows, facts.grid.height), shared(&region.x, columns, facts.grid.width))
            }
            None => {
                let tile = Part { y: region.y.clone(), x: region.x.clone() };
                match warp::source_window(&facts.grid, target, &tile, self.spec.method) {
                    Ok(Some(part)) => (part.y, part.x),
                    Ok(None) | Err(_) => return Want::All,
                }
            }
        };
        if y.is_empty() || x.is_empty() {
            return Want::All;
        }
        let (y, x) = facts.header.stored(y, x);
        tiff::remote::want(&file.href, facts.overview, &[file.band], &y, &x)
    }

    /// By how many degrees the target is moved to meet the file: longitudes of both may be counted differently.
    fn turns(&self, file: &File, region: &Region) -> Vec<f64> {
        let Some(extent) = file.place.and_then(|p| self.spec.places[p].extent) else { return vec![0.0] };
        let grid = &self.schema.grid;
        let tile = grid.crop(region.y.clone(), region.x.clone()).bounds();
        // Kernels reach over the edge of a file, but not by more than the pixel they fill.
        let (dx, dy) = grid.resolution();
        let near = |turn: f64| {
            let moved = BBox {
                west: tile.west + turn - dx,
                east: tile.east + turn + dx,
                south: tile.south - dy,
                north: tile.north + dy,
            };
            extent.intersects(moved)
        };
        let turns: &[f64] = if grid.is_geographic() { &[0.0, -360.0, 360.0] } else { &[0.0] };
        turns.iter().copied().filter(|t| near(*t)).collect()
    }

    /// Puts the valid pixels of one file below what is there.
    #[expect(clippy::too_many_arguments, reason = "the parts of one step of a loop")]
    fn lay(
        &self,
        item: usize,
        file: &File,
        target: &GeoBox,
        window: &Window,
        out: &mut Pixels,
        blank: bool,
        cx: &ReadCx,
    ) -> Result<()> {
        let band = &self.schema.bands[window.band];
        if let Some(part) = file.part {
            return self.lay_store(part, file, 1, target, window, out, cx);
        }
        let Some(facts) = self.facts(item, file, window.band)? else { return Ok(()) };
        let region = window.region;
        let Some((columns, rows)) = offset(target, &facts.grid) else {
            if let Some(pixels) = self.warp(facts, file, target, window, band, cx)? {
                let part = Part { y: 0..region.y.len(), x: 0..region.x.len() };
                fill_missing(out, window, &pixels, &part, band);
            }
            return Ok(());
        };
        let y = shared(&region.y, rows, facts.grid.height);
        let x = shared(&region.x, columns, facts.grid.width);
        if y.is_empty() || x.is_empty() {
            return Ok(());
        }
        let there = Part {
            y: (y.start as i64 - rows) as usize - region.y.start..(y.end as i64 - rows) as usize - region.y.start,
            x: (x.start as i64 - columns) as usize - region.x.start..(x.end as i64 - columns) as usize - region.x.start,
        };
        cx.add_bytes((y.len() * x.len() * facts.header.bands[facts.band].dtype.bytes()) as u64);
        handles::with(&file.href, |dataset| {
            if blank && x.len() == region.x.len() && facts.other_nodata.is_none() {
                // As wide as the region: decoded where it belongs.
                let at = window.at + there.y.start * region.x.len();
                let target = Target { band: facts.band, wanted: band, pixels: out, at };
                let read = facts.read(dataset, &facts.header, y.clone(), x.clone(), target);
                if read.is_err() {
                    // What was decoded before the failure is not to be taken for data.
                    let missing = band.nodata.unwrap_or(f64::NAN);
                    let blank = Pixels::filled(band.dtype, region.y.len() * region.x.len(), missing);
                    let shape = [1, region.y.len(), region.x.len()];
                    out.paste([region.time.len(), shape[1], shape[2]], &blank, shape, [window.at / blank.len(), 0, 0]);
                }
                return read;
            }
            let pixels = physical(dataset, facts, band, y.clone(), x.clone())?;
            fill_missing(out, window, &pixels, &there, band);
            Ok(())
        })
    }

    /// The region of a file on another grid; `None` where it holds nothing of it.
    fn warp(
        &self,
        facts: &Facts,
        file: &File,
        target: &GeoBox,
        window: &Window,
        band: &Band,
        cx: &ReadCx,
    ) -> Result<Option<Pixels>> {
        let tile = Part { y: window.region.y.clone(), x: window.region.x.clone() };
        let Some(part) = warp::source_window(&facts.grid, target, &tile, self.spec.method)? else { return Ok(None) };
        cx.add_bytes((part.y.len() * part.x.len() * facts.header.bands[facts.band].dtype.bytes()) as u64);
        let source =
            handles::with(&file.href, |dataset| physical(dataset, facts, band, part.y.clone(), part.x.clone()))?;
        let nodata = band.nodata.unwrap_or(f64::NAN);
        let layers = Layers { pixels: &source, nodata: band.nodata, target: (band.dtype, nodata) };
        let job = WarpJob {
            source: &facts.grid,
            target,
            window: part,
            wrapped: [0, 0],
            tile,
            method: self.spec.method,
            bands: &[layers],
        };
        Ok(warp::warp(&job)?.into_iter().next())
    }

    /// What is known of a file, asked once; `None` of one that could not be opened before.
    fn facts(&self, item: usize, file: &File, band: usize) -> Result<Option<&Facts>> {
        let slot = self.slot(item, band);
        if let Some(known) = slot.get() {
            return Ok(known.as_ref());
        }
        match self.ask(file, band) {
            Ok(facts) => Ok(slot.get_or_init(|| Some(facts)).as_ref()),
            Err(e) => {
                if self.spec.on_error == OnError::Skip {
                    let _ = slot.set(None);
                }
                Err(e)
            }
        }
    }

    fn slot(&self, item: usize, band: usize) -> &OnceLock<Option<Facts>> {
        &self.facts[item * self.schema.bands.len() + band]
    }

    fn ask(&self, file: &File, band: usize) -> Result<Facts> {
        let place = file.place.map(|p| &self.spec.places[p]);
        let system = place.and_then(|p| p.system).map(|s| self.spec.systems[s].clone());
        handles::with(&file.href, |dataset| {
            let header = Header::without_units(dataset, &without_secrets(&file.href))?;
            if header.placed == Georeference::ControlPoints {
                let what = "it is tied to the ground by control points only, and not where its item says";
                return Err(Diagnostic::new(codes::UNSUPPORTED, what)
                    .help("fetch it, and load it from disk: `load files \"..\" union`"));
            }
            let grid = match place {
                // Where the file does not know where it lies, its metadata do.
                Some(place) if header.placed != Georeference::Transform => {
                    GeoBox { crs: system.clone(), transform: place.transform, ..header.grid.clone() }
                }
                _ => GeoBox { crs: header.grid.crs.clone().or_else(|| system.clone()), ..header.grid.clone() },
            };
            let overview = match self.spec.overviews {
                true => overviews::fitting(dataset, &header, &grid, &self.schema.grid)?,
                false => None,
            };
            let grid = overview.map_or_else(|| grid.clone(), |size| grid.overview(size));
            let facts = Facts::of(header, grid, file, &self.schema.bands[band], self.spec.stored)?;
            Ok(Facts { overview, ..facts })
        })
    }

    fn count_missing(&self, window: &Window, out: &Pixels, n_pixels: usize) -> usize {
        let nodata = self.schema.bands[window.band].nodata;
        fn count<T: PixelType>(pixels: &[T], nodata: Option<f64>) -> usize {
            let missing = Missing::<T>::new(nodata);
            pixels.iter().filter(|p| missing.is(**p)).count()
        }
        with_pixels!(out, v => count(&v[window.at..window.at + n_pixels], nodata))
    }

    /// Names the file and its step, or notes them where failures are to be passed over.
    fn fail(&self, file: &File, step: usize, e: &Diagnostic, cx: &ReadCx) -> Result<()> {
        let (name, date) = (without_secrets(&file.href), self.schema.time.label(step));
        if self.spec.on_error == OnError::Skip {
            cx.skip(&name, &date, e);
            return Ok(());
        }
        let differs = e.code == codes::FILES_DIFFER;
        let failed = read_failed(&format!("`{name}` of {date}"), e);
        Err(if differs { Box::new(Diagnostic { code: codes::FILES_DIFFER, ..*failed }) } else { failed })
    }
}

impl Source for Stac {
    fn spec(&self) -> SourceSpec {
        let spec = SourceSpec::new(FORMAT.name, Payload::of(&self.spec), self.title.clone());
        SourceSpec { resampled: self.spec.resampled, ..spec }
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn is_far(&self) -> bool {
        self.is_far
    }

    fn want(&self, region: &Region) -> Want {
        Want::all(region.bands.iter().flat_map(|&band| {
            let windows = self.windows(band, region).into_iter();
            windows.map(move |(window, run)| match run {
                Some((file, part, n_steps)) => {
                    let turns = self.turns(file, region).into_iter();
                    let target = |turn| turned(&self.schema.grid, turn);
                    Want::all(turns.map(|turn| self.want_store(part, file, n_steps, &target(turn), &window)))
                }
                None => self.want_mosaic(&window),
            })
        }))
    }

    fn inputs(&self) -> Option<usize> {
        if !self.spec.stores.is_empty() {
            return Some(self.spec.stores.len());
        }
        Some(self.spec.items.iter().map(|item| item.files.iter().flatten().count()).sum())
    }

    fn natural_tile(&self) -> Tile {
        self.spec.natural_tile()
    }

    fn origin(&self) -> (usize, usize) {
        self.spec.origin(&self.schema.grid)
    }

    fn decoder_bytes(&self) -> u64 {
        self.natural_tile().bytes(&self.schema.bands)
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let mut bands = Vec::with_capacity(region.bands.len());
        for &band in &region.bands {
            let schema = &self.schema.bands[band];
            let mut pixels = Pixels::filled(schema.dtype, region.pixels(), schema.nodata.unwrap_or(f64::NAN));
            for (window, run) in self.windows(band, region) {
                match run {
                    Some((file, part, n_steps)) => self.lay_run(file, part, n_steps, &window, &mut pixels, cx)?,
                    None => self.mosaic(&window, &mut pixels, cx)?,
                }
            }
            bands.push(pixels);
        }
        Ok(Chunk { shape: region.shape(), bands })
    }
}

impl Facts {
    fn of(mut header: Header, grid: GeoBox, file: &File, wanted: &Band, stored: bool) -> Result<Facts> {
        let Some(band) = header.bands.iter().position(|b| b.number == file.band) else {
            return Err(Diagnostic::new(codes::FILES_DIFFER, format!("there is no band {}", file.band)));
        };
        let own = &mut header.bands[band];
        if stored {
            (own.scale, own.offset) = (1.0, 0.0);
        } else if let Some((scale, offset)) = file.packing {
            (own.scale, own.offset) = (scale, offset);
        } else if file.offset_applied {
            own.offset = 0.0;
        }
        let declared = file.nodata.filter(|v| own.dtype.is_float() || own.dtype.holds(*v)).map(Nodata::Real);
        let same = |a: Nodata, b: Nodata| a.stated(own.dtype) == b.stated(own.dtype);
        let other_nodata = own.nodata.filter(|o| declared.is_some_and(|d| !same(d, *o)));
        own.nodata = declared.or(own.nodata);
        if !fits(&header, band, wanted) {
            let stored = &header.bands[band];
            let what = if stored.packing().is_some() { "packed " } else { "" };
            return Err(Diagnostic::new(
                codes::FILES_DIFFER,
                format!(
                    "it holds {what}{}, for which band `{}` of {} has no room",
                    stored.dtype.name(),
                    wanted.name,
                    wanted.dtype.name()
                ),
            ));
        }
        Ok(Facts { header, band, overview: None, grid, other_nodata })
    }

    /// A window of the file, or of its overview.
    fn read(&self, dataset: &Open, header: &Header, y: Range<usize>, x: Range<usize>, to: Target<'_>) -> Result<()> {
        read_at(self.overview, dataset, header, y, x, &mut [to])
    }
}

fn covers(outer: BBox, inner: BBox) -> bool {
    outer.west <= inner.west && inner.east <= outer.east && outer.south <= inner.south && inner.north <= outer.north
}

/// A window of a file as the band of the cube has it.
fn physical(dataset: &Open, facts: &Facts, band: &Band, y: Range<usize>, x: Range<usize>) -> Result<Pixels> {
    let n_pixels = y.len() * x.len();
    let mut pixels = Pixels::zeros(band.dtype, n_pixels);
    let target = Target { band: facts.band, wanted: band, pixels: &mut pixels, at: 0 };
    let Some(other) = facts.other_nodata else {
        facts.read(dataset, &facts.header, y, x, target)?;
        return Ok(pixels);
    };
    // Two nodata values: as stored with the file's own, then the declared one is made missing too.
    let own = &facts.header.bands[facts.band];
    let declared = own.nodata.and_then(|n| n.stated(own.dtype));
    let mut header = facts.header.clone();
    (header.bands[facts.band].nodata, header.bands[facts.band].scale, header.bands[facts.band].offset) =
        (Some(other), 1.0, 0.0);
    let stored = Band::new(&band.name, own.dtype, other.stated(own.dtype));
    let mut raw = Pixels::zeros(own.dtype, n_pixels);
    facts.read(dataset, &header, y, x, Target { band: facts.band, wanted: &stored, pixels: &mut raw, at: 0 })?;
    let missing = band.nodata.unwrap_or(f64::NAN);
    with_pixels!(&mut pixels, out => {
        raw.for_each_block(0..n_pixels, &[declared, stored.nodata], &mut |at, block| {
            block.iter_mut().for_each(|v| *v = *v * own.scale + own.offset);
            narrow(block, &mut out[at..at + block.len()], Pixel::from_f64(missing));
        });
    });
    Ok(pixels)
}

/// Copies valid pixels of `part` of the window to where `out` has none yet.
fn fill_missing(out: &mut Pixels, window: &Window, from: &Pixels, part: &Part, band: &Band) {
    fn run<T: PixelType>(out: &mut [T], width: usize, from: &Pixels, part: &Part, nodata: Option<f64>) {
        let from = T::view(from).expect("pixels of one band have one type");
        let missing = Missing::<T>::new(nodata);
        for (row, values) in part.y.clone().zip(from.chunks_exact(part.x.len())) {
            let there = &mut out[row * width + part.x.start..row * width + part.x.end];
            there.iter_mut().zip(values).for_each(|(o, v)| *o = if missing.is(*o) { *v } else { *o });
        }
    }
    let width = window.region.x.len();
    with_pixels!(out, v => run(&mut v[window.at..], width, from, part, band.nodata));
}

/// The target moved by a turn.
fn turned(grid: &GeoBox, turn: f64) -> Cow<'_, GeoBox> {
    if turn == 0.0 {
        return Cow::Borrowed(grid);
    }
    let mut grid = grid.clone();
    grid.transform[0] += turn;
    Cow::Owned(grid)
}

/// The rows or columns of a file that `range` of the target covers, whose first pixel is the file's `first`.
fn shared(range: &Range<usize>, first: i64, len: usize) -> Range<usize> {
    let start = (range.start as i64 + first).clamp(0, len as i64);
    let end = (range.end as i64 + first).clamp(0, len as i64);
    start as usize..end.max(start) as usize
}
