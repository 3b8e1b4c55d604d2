//! What a cube is: its steps, its bands, its grid.

use super::time::Calendar;
use super::{DType, GeoBox, Region, TimeAxis};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How stored numbers become physical ones: `value = stored * scale + offset`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Packing {
    /// The type of the stored numbers.
    pub dtype: DType,
    /// What a stored number is multiplied by.
    pub scale: f64,
    /// What is added after that.
    pub offset: f64,
    /// The stored number that stands for "missing".
    #[serde(with = "number_as_text")]
    pub nodata: Option<f64>,
}

impl PartialEq for Packing {
    fn eq(&self, other: &Packing) -> bool {
        (self.dtype, self.scale, self.offset) == (other.dtype, other.scale, other.offset)
            && same_nodata(self.nodata, other.nodata)
    }
}

/// Nodata of a band of truths.
pub(crate) const TRUTH_NODATA: f64 = 255.0;

/// What is known of a band without reading a pixel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Band {
    /// Its name in expressions.
    pub name: String,
    /// The type of its pixels.
    pub dtype: DType,
    /// Stands for "missing"; NaN is missing in any float band, declared or not.
    #[serde(with = "number_as_text")]
    pub nodata: Option<f64>,
    /// Whether the values have 16 bits and the type is wider only to have room for a nodata.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub short: bool,
    /// The unit as UDUNITS writes it, if it is known: `K`, `mm day-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The calendar of values that are dates, `days since 1970-01-01`; where none is known, that of the steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// A description for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_name: Option<String>,
    /// Which statistic of its cells the values are, in the words of CF: `time: mean`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell_methods: Option<String>,
    /// The packing that the source declares. It has been applied: `dtype` and `nodata` are those of the physical
    /// values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packing: Option<Packing>,
    /// The packing of some of the inputs, where the others have another: only the source can undo each by its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixed_packing: Option<Packing>,
}

impl PartialEq for Band {
    fn eq(&self, other: &Band) -> bool {
        self.name == other.name
            && self.dtype == other.dtype
            && same_nodata(self.nodata, other.nodata)
            && self.short == other.short
            && self.unit == other.unit
            && self.calendar == other.calendar
            && self.long_name == other.long_name
            && self.cell_methods == other.cell_methods
            && self.packing == other.packing
            && self.mixed_packing == other.mixed_packing
    }
}

/// Whether both are equal, where NaN equals NaN.
pub(crate) fn same_nodata(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || (a.is_nan() && b.is_nan()),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// JSON has no NaN: numbers that may be NaN travel as text.
mod number_as_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        value.map(|v| v.to_string()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|t| t.parse().map_err(|_| D::Error::custom(format!("`{t}` is no number")))).transpose()
    }
}

impl Band {
    /// A band that has no unit and was not packed.
    pub fn new(name: impl Into<String>, dtype: DType, nodata: Option<f64>) -> Band {
        Band {
            name: name.into(),
            dtype,
            nodata,
            short: false,
            unit: None,
            calendar: None,
            long_name: None,
            cell_methods: None,
            packing: None,
            mixed_packing: None,
        }
    }

    /// What it is called for people: its description, or its name where it has none.
    pub(crate) fn title(&self) -> &str {
        self.long_name.as_deref().filter(|long| !long.is_empty()).unwrap_or(&self.name)
    }

    /// The band as it comes out of reading stored values of `packing` and applying it.
    pub fn unpacked(name: impl Into<String>, packing: Packing) -> Band {
        // Neighboring values far from zero may be equal in the 24 bits of an f32.
        let (low, high) = packing.dtype.limits();
        let reach = [low, high].map(|v| (v * packing.scale + packing.offset).abs()).into_iter().fold(0.0, f64::max);
        let fits = reach * f32::EPSILON as f64 <= packing.scale.abs() / 4.0;
        let dtype = if fits { packing.dtype.arithmetic() } else { DType::F64 };
        Band { packing: Some(packing), ..Band::new(name, dtype, Some(f64::NAN)) }
    }

    /// The type and nodata this band needs once pixels of it can be missing.
    pub fn with_nodata(&self) -> Band {
        if self.nodata.is_some() {
            return self.clone();
        }
        let (dtype, nodata) = self.dtype.with_room_for_nodata();
        Band { dtype, nodata: Some(nodata), short: self.dtype.bytes() == 2, ..self.clone() }
    }

    /// The float in which arithmetic on the band is done.
    pub fn arithmetic(&self) -> DType {
        if self.short { DType::F32 } else { self.dtype.arithmetic() }
    }
}

/// What is known of a cube without reading a pixel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Its steps.
    pub time: TimeAxis,
    /// Its bands.
    pub bands: Vec<Band>,
    /// Its pixels on the ground.
    pub grid: GeoBox,
    /// The properties, each with a value for every step: the name of a file, the cloud cover of a STAC item.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Vec<serde_json::Value>>,
    /// Decisions that were made for the user, which `describe` and every run print.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the source says of how it was made: the attribute `history` of CF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<String>,
}

impl Schema {
    /// A schema whose steps have no properties.
    pub fn new(time: TimeAxis, bands: Vec<Band>, grid: GeoBox) -> Schema {
        Schema { time, bands, grid, properties: BTreeMap::new(), notes: Vec::new(), history: None }
    }

    /// Every step, band, row and column.
    pub fn all(&self) -> Region {
        Region {
            time: 0..self.time.len(),
            bands: (0..self.bands.len()).collect(),
            y: 0..self.grid.height,
            x: 0..self.grid.width,
        }
    }

    /// The number of the band of a name.
    pub fn band_index(&self, name: &str) -> Option<usize> {
        self.bands.iter().position(|b| b.name == name)
    }

    /// The names of the bands, in order.
    pub fn band_names(&self) -> impl Iterator<Item = &str> {
        self.bands.iter().map(|b| b.name.as_str())
    }

    /// The band of that name, or a diagnostic that lists those present and guesses which was meant.
    pub fn band(&self, name: &str) -> Result<usize> {
        self.band_index(name).ok_or_else(|| {
            Diagnostic::new(codes::UNKNOWN_BAND, format!("unknown band `{name}`"))
                .help_if(diagnostic::did_you_mean(name, self.band_names()))
                .help(format!("bands here: {}", diagnostic::list_some(self.band_names(), 12)))
        })
    }

    /// Bytes of the whole cube, uncompressed.
    pub fn bytes(&self) -> u64 {
        let pixel: usize = self.bands.iter().map(|b| b.dtype.bytes()).sum();
        self.time.len() as u64 * self.grid.pixels() as u64 * pixel as u64
    }

    /// Bytes of a region of it.
    pub fn region_bytes(&self, region: &Region) -> u64 {
        let pixel: usize = region.bands.iter().map(|&b| self.bands[b].dtype.bytes()).sum();
        region.pixels() as u64 * pixel as u64
    }

    /// Nodata of each band, for [`crate::cube::Chunk::to_array`].
    pub fn nodata(&self) -> Vec<Option<f64>> {
        self.bands.iter().map(|b| b.nodata).collect()
    }

    pub(crate) fn select_properties(&self, steps: &[usize]) -> BTreeMap<String, Vec<serde_json::Value>> {
        let pick = |values: &Vec<serde_json::Value>| steps.iter().map(|&s| values[s].clone()).collect();
        self.properties.iter().map(|(key, values)| (key.clone(), pick(values))).collect()
    }
}
