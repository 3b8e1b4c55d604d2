//! What GDAL tells of a message of a GRIB file: of which quantity it is, where, and when.

use gdal::Metadata;
use gdal::raster::RasterBand;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// `GRIB_ELEMENT`: `2T`, `TMP`.
    pub element: String,
    /// `GRIB_SHORT_NAME`: a number and the kind of level it counts, `500-ISBL`.
    pub level: String,
    /// `2 metre temperature`.
    pub about: Option<String>,
    pub unit: Option<String>,
    /// When it holds, in seconds since 1970.
    pub valid: Option<i64>,
    /// When the forecast began, in seconds since 1970.
    pub run: Option<i64>,
    /// Number in an ensemble, where the message says it.
    pub member: Option<i64>,
}

/// Templates of products that are members of an ensemble, in each of which the number of the member stands at the same place.
const ENSEMBLES: [&str; 4] = ["1", "11", "60", "61"];
const MEMBER: usize = 16;

impl Message {
    /// Nothing for bands of other formats.
    pub(crate) fn of(band: &RasterBand<'_>) -> Option<Message> {
        let text = |key: &str| band.metadata_item(key, "").filter(|text| !text.trim().is_empty());
        let seconds = |key: &str| text(key)?.split_whitespace().next()?.parse().ok();
        let unit = text("GRIB_UNIT").map(|unit| unit.trim_matches(['[', ']']).trim().to_string());
        let about = text("GRIB_COMMENT").map(|about| about.split(" [").next().unwrap_or_default().trim().to_string());
        let is_member = text("GRIB_PDS_PDTN").is_some_and(|number| ENSEMBLES.contains(&number.as_str()));
        let product = text("GRIB_PDS_TEMPLATE_ASSEMBLED_VALUES").filter(|_| is_member);
        Some(Message {
            element: text("GRIB_ELEMENT")?,
            level: text("GRIB_SHORT_NAME").unwrap_or_default(),
            about: about.filter(|about| !about.is_empty()),
            unit: unit.filter(|unit| !unit.is_empty() && unit != "-"),
            valid: seconds("GRIB_VALID_TIME"),
            run: seconds("GRIB_REF_TIME"),
            member: product.and_then(|values| values.split_whitespace().nth(MEMBER)?.parse().ok()),
        })
    }

    /// The number of the level, and its kind.
    pub(crate) fn level_parts(&self) -> (Option<f64>, &str) {
        match self.level.rsplit_once('-') {
            Some((number, kind)) => (number.parse().ok(), kind),
            None => (None, &self.level),
        }
    }
}
