//! What a raster file says of itself, before a pixel is read.

use super::grib;
use super::handles::Open;
use super::hdf4::{self, ArrayAttributes};
use super::message::Message;
use super::raster_io::{self, MaskFlags};
use super::subdatasets;
use crate::cube::dates::calendar_named;
use crate::cube::dtype::Pixel;
use crate::cube::{Band, DType, GeoBox, Packing};
use crate::diagnostic::{Diagnostic, Result, codes};
use gdal::raster::RasterBand;
use gdal::{Dataset, Metadata};
use std::any::Any;
use std::ops::Range;

/// The header of a raster, as data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    /// North-up unless rotated, whichever way the rows are stored.
    pub grid: GeoBox,
    pub placed: Georeference,
    /// Rows are stored from south to north, columns from east to west.
    pub flip_y: bool,
    pub flip_x: bool,
    /// Bands of the cube: without alpha.
    pub bands: Vec<BandHeader>,
    /// Numbers of the bands whose zeros make a pixel missing in every band.
    pub alpha: Vec<usize>,
    /// Whether a mask that belongs to all bands is stored beside them.
    pub shared_mask: bool,
    /// Whether a block of one band is decoded together with that of all others.
    pub interleaved: bool,
    pub driver: String,
    /// How many messages of a GRIB file were left out, because they lie on another grid than the first.
    pub elsewhere: usize,
    /// `TIFFTAG_DATETIME`, as written.
    pub datetime: Option<String>,
}

/// How the pixels are tied to the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Georeference {
    Transform,
    /// By control points or polynomials only: coordinates are pixels, as for `Nowhere`.
    ControlPoints,
    /// Coordinates are pixels counted from the lower left corner.
    Nowhere,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BandHeader {
    /// GDAL's number, from 1.
    pub number: usize,
    pub description: String,
    pub dtype: DType,
    pub nodata: Option<Nodata>,
    pub scale: f64,
    pub offset: f64,
    /// The number that the file states and that divides, where `scale` is one by it.
    pub divisor: Option<f64>,
    pub unit: Option<String>,
    /// The calendar that the file names for values which are dates.
    pub calendar: Option<String>,
    /// GDAL's color interpretation of the band: `Gray`, `Palette`, `Red`.
    pub color: String,
    /// Columns and rows that are decoded together.
    pub block: (usize, usize),
    /// Whether this band has a mask of its own.
    pub own_mask: bool,
    /// Of a GRIB file.
    pub message: Option<Message>,
}

/// A declared nodata value, without loss.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Nodata {
    Real(f64),
    Signed(i64),
    Unsigned(u64),
}

impl PartialEq for Nodata {
    fn eq(&self, other: &Nodata) -> bool {
        match (*self, *other) {
            (Nodata::Real(a), Nodata::Real(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Nodata::Signed(a), Nodata::Signed(b)) => a == b,
            (Nodata::Unsigned(a), Nodata::Unsigned(b)) => a == b,
            _ => false,
        }
    }
}

impl Nodata {
    /// As a pixel of type `T`; `None` if none can have this value, or it is NaN, which is missing undeclared.
    pub(crate) fn typed<T: Pixel>(self) -> Option<T> {
        match self {
            Nodata::Real(value) if value.is_nan() => None,
            Nodata::Real(value) => {
                // float32 nodata is often written with the digits of a float64.
                let near = T::DTYPE == DType::F32 && ((value as f32).is_finite() || value.is_infinite());
                (near || T::DTYPE.holds(value)).then(|| T::from_f64(value))
            }
            Nodata::Signed(value) => exactly(&value),
            Nodata::Unsigned(value) => exactly(&value),
        }
    }

    /// As the schema states it for a band stored as `dtype`: `None` where no pixel can have it.
    pub(crate) fn stated(self, dtype: DType) -> Option<f64> {
        match self {
            Nodata::Real(value) if dtype == DType::F32 => {
                let rounded = f64::from(value as f32);
                (rounded.is_infinite() <= value.is_infinite()).then_some(rounded)
            }
            Nodata::Real(value) => dtype.holds(value).then_some(value),
            // A 64-bit nodata that an f64 cannot hold is stated as the end of the range; reading replaces it by that.
            Nodata::Signed(value) => Some(if value as f64 as i64 == value { value as f64 } else { i64::MIN as f64 }),
            Nodata::Unsigned(value) => Some(if value as f64 as u64 == value { value as f64 } else { u64::MAX as f64 }),
        }
    }
}

fn exactly<T: Pixel>(value: &dyn Any) -> Option<T> {
    value.downcast_ref::<T>().copied()
}

impl BandHeader {
    pub(crate) fn packing(&self) -> Option<Packing> {
        let packed = self.scale != 1.0 || self.offset != 0.0;
        packed.then(|| Packing {
            dtype: self.dtype,
            scale: self.scale,
            offset: self.offset,
            nodata: self.nodata.and_then(|n| n.stated(self.dtype)),
        })
    }

    /// The type of the physical values.
    pub(crate) fn value_type(&self) -> DType {
        self.packing().map_or(self.dtype, |packing| Band::unpacked("", packing).dtype)
    }

    /// What was decided about the scale of the band `name`, for a note.
    pub(crate) fn decided(&self, name: &str) -> Option<String> {
        let divisor = self.divisor?;
        Some(format!(
            "the scale of `{name}`, {divisor}, divides, as products of MODIS over land mean it; `raw` undoes it"
        ))
    }

    /// The band of a cube that holds every value of this one; `masked` if pixels can be missing by a mask.
    pub(crate) fn band(&self, name: impl Into<String>, masked: bool) -> Band {
        let band = match self.packing() {
            Some(packing) => Band::unpacked(name, packing),
            None => Band::new(name, self.dtype, self.nodata.and_then(|n| n.stated(self.dtype))),
        };
        let calendar = calendar_named(self.unit.as_deref(), self.calendar.as_deref());
        let band = Band { unit: self.unit.clone(), calendar, ..band };
        if masked || self.own_mask { band.with_nodata() } else { band }
    }
}

impl Header {
    /// Whether pixels of every band can be missing whatever their value.
    pub(crate) fn is_masked(&self) -> bool {
        self.shared_mask || !self.alpha.is_empty()
    }

    /// Rows and columns of the north-up grid where they are stored.
    pub(crate) fn stored(&self, y: Range<usize>, x: Range<usize>) -> (Range<usize>, Range<usize>) {
        let turned = |range: Range<usize>, len: usize, flip: bool| {
            if flip { len - range.end..len - range.start } else { range }
        };
        (turned(y, self.grid.height, self.flip_y), turned(x, self.grid.width, self.flip_x))
    }

    /// Reads the header of an open file; `name` is for messages.
    pub(crate) fn of(file: &Open, name: &str) -> Result<Header> {
        Header::with_units(file, name, false)
    }

    /// The same of a file whose rows and columns are counted, wherever they lie.
    pub(crate) fn counted(file: &Open, name: &str) -> Result<Header> {
        Header::with_units(file, name, true)
    }

    fn with_units(file: &Open, name: &str, counted: bool) -> Result<Header> {
        let mut header = Header::read(file, name, counted)?;
        for band in &mut header.bands {
            let stored = file.rasterband(band.number).map_err(|e| unreadable(name, &e))?;
            band.unit = Some(stored.unit()).filter(|unit| !unit.is_empty());
            band.calendar = stored.metadata_item("calendar", "");
        }
        Ok(header)
    }

    /// All that reading pixels needs. Of a GeoTIFF GDAL looks for units in its reference system too, and making that out
    /// costs more than opening the file.
    pub(crate) fn without_units(file: &Open, name: &str) -> Result<Header> {
        Header::read(file, name, false)
    }

    fn read(file: &Open, name: &str, counted: bool) -> Result<Header> {
        let dataset: &Dataset = file;
        let (width, height) = dataset.raster_size();
        let inside = subdatasets::list(dataset);
        if dataset.raster_count() == 0 && inside.is_empty() {
            return Err(Diagnostic::new(codes::NOT_INSIDE, format!("`{name}` has no raster bands")));
        }
        // The first directory of a TIFF file is what GDAL would open; which one is meant it cannot know.
        if dataset.raster_count() == 0 || inside.len() > 1 && dataset.driver().short_name() == "GTiff" {
            return Err(subdatasets::choose(name, &inside));
        }
        let mut bands = Vec::with_capacity(dataset.raster_count());
        let (mut alpha, mut shared_mask) = (Vec::new(), false);
        let hdf4 = ArrayAttributes::of(dataset);
        for number in 1..=dataset.raster_count() {
            let band = dataset.rasterband(number).map_err(|e| unreadable(name, &e))?;
            let flags = MaskFlags::of(&band);
            shared_mask |= flags.per_dataset() && !flags.alpha();
            if raster_io::is_alpha(&band) {
                alpha.push(number);
            } else {
                bands.push(band_header(&band, hdf4.as_ref(), number, flags, name)?);
            }
        }
        if bands.is_empty() {
            // If every band is alpha, they are data.
            for number in std::mem::take(&mut alpha) {
                let band = dataset.rasterband(number).map_err(|e| unreadable(name, &e))?;
                bands.push(band_header(&band, hdf4.as_ref(), number, MaskFlags::of(&band), name)?);
            }
        }
        let (transform, placed, mut flip_y, mut flip_x) = orient(dataset, width, height);
        let interleave = dataset.metadata_item("INTERLEAVE", "IMAGE_STRUCTURE");
        // The system in a file of control points is that of the points, not of its pixels.
        let crs = if placed == Georeference::ControlPoints { None } else { file.crs()? };
        let mut grid = GeoBox::new(crs, transform, width, height);
        let (driver, number_of) = (dataset.driver().short_name(), bands.len());
        if driver == grib::DRIVER {
            let placed = grib::place(file.name(), name, grid, counted)?;
            // GDAL gives rows from north to south and from west to east, even where its transform says otherwise.
            (grid, flip_y, flip_x) = (placed.grid, placed.flip_y, false);
            // Fields that are counted otherwise than GDAL's bands are none of them.
            if placed.fields.len() == dataset.raster_count() {
                bands.retain(|band| placed.fields[band.number - 1]);
            }
        }
        Ok(Header {
            grid,
            placed,
            flip_y,
            flip_x,
            elsewhere: number_of - bands.len(),
            bands,
            alpha,
            shared_mask,
            interleaved: interleave.is_some_and(|i| i.eq_ignore_ascii_case("PIXEL")),
            driver,
            datetime: dataset.metadata_item("TIFFTAG_DATETIME", ""),
        })
    }
}

fn band_header(
    band: &RasterBand<'_>,
    hdf4: Option<&ArrayAttributes>,
    number: usize,
    flags: MaskFlags,
    name: &str,
) -> Result<BandHeader> {
    let signed = band.metadata_item("PIXELTYPE", "IMAGE_STRUCTURE").is_some_and(|t| t == "SIGNEDBYTE");
    let dtype = raster_io::dtype(band, signed).map_err(|stored| {
        Diagnostic::new(codes::UNSUPPORTED, format!("band {number} of `{name}` holds pixels of type {stored}"))
            .help("convert it to real numbers first, for example by `gdal_translate -ot Float32`")
    })?;
    let nodata = match dtype {
        DType::I64 => band.no_data_value_i64().map(Nodata::Signed),
        DType::U64 => band.no_data_value_u64().map(Nodata::Unsigned),
        _ => band.no_data_value().map(Nodata::Real),
    };
    let nodata = nodata.or_else(|| hdf4?.fill.map(Nodata::Real));
    // The zero of a band without scale is GDAL's way of saying that there is none.
    let stated = [band.scale(), hdf4.and_then(|of| of.scale)];
    let stated = stated.into_iter().flatten().find(|s| ![0.0, 1.0].contains(s) && s.is_finite()).unwrap_or(1.0);
    let divisor = hdf4.filter(|_| hdf4::divides(dtype, stated)).map(|_| stated);
    let scale = divisor.map_or(stated, f64::recip);
    Ok(BandHeader {
        number,
        description: band.description().unwrap_or_default(),
        dtype,
        nodata,
        scale,
        offset: [band.offset(), hdf4.and_then(|of| of.offset)]
            .into_iter()
            .flatten()
            .find(|o| *o != 0.0 && o.is_finite())
            .unwrap_or(0.0),
        divisor,
        unit: None,
        calendar: None,
        color: band.color_interpretation().name(),
        block: band.block_size(),
        own_mask: flags.per_band(),
        message: Message::of(band),
    })
}

/// The transform as a cube has it, and what has to be turned round for that.
fn orient(dataset: &Dataset, width: usize, height: usize) -> ([f64; 6], Georeference, bool, bool) {
    let (w, h) = (width as f64, height as f64);
    // Drivers that know no transform answer with the identity.
    let stored = dataset.geo_transform().ok().filter(|t| *t != [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let Some(mut t) = stored else {
        let polynomials = || dataset.metadata_domain("RPC").is_some_and(|items| !items.is_empty());
        let tied = raster_io::has_gcps(dataset) || polynomials();
        let placed = if tied { Georeference::ControlPoints } else { Georeference::Nowhere };
        return ([0.0, 1.0, 0.0, h, 0.0, -1.0], placed, false, false);
    };
    let rotated = t[2] != 0.0 || t[4] != 0.0;
    let (flip_y, flip_x) = (!rotated && t[5] > 0.0, !rotated && t[1] < 0.0);
    if flip_y {
        t[3] += h * t[5];
        t[5] = -t[5];
    }
    if flip_x {
        t[0] += w * t[1];
        t[1] = -t[1];
    }
    (t, Georeference::Transform, flip_y, flip_x)
}

fn unreadable(name: &str, cause: &gdal::errors::GdalError) -> Box<Diagnostic> {
    Diagnostic::new(codes::DAMAGED, format!("`{name}` cannot be read")).cause(cause.to_string())
}
