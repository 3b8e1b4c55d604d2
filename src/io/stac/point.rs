//! A cube around a point: a square of whole pixels in the point's UTM zone.

use crate::cube::{BBox, Crs, GeoBox};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::geometry::crs;
use crate::io::reading;
use crate::io::source::{Source, SourceFormat, no_contents};
use crate::plan::Extent;
use crate::signature::{Example, Param, Shape, Signature};
use serde::Deserialize;
use std::sync::Arc;

/// Items around a point, by the options of `load stac` and five of its own.
pub(crate) const FORMAT: SourceFormat = SourceFormat {
    name: "point",
    extensions: &[],
    stage: Some(&LOAD),
    discover: |options, cancel| {
        let options = options.nest("point", &["lat", "lon", "size", "res", "from"]);
        Ok(Arc::new(super::discover(reading::read(&options)?, cancel)?) as Arc<dyn Source>)
    },
    open: super::FORMAT.open,
    contents: no_contents,
};

const LOAD: Signature = Signature {
    name: "load point",
    summary: "Load a square of STAC assets around a point, on a grid of whole pixels in the point's UTM zone.",
    params: &[
        Param::required("lat", Shape::Number, "Latitude of the middle, in degrees."),
        Param::required("lon", Shape::Number, "Longitude of the middle, in degrees."),
        Param::named("size", Shape::Extent, "Edge of the square: `128px` or `1280m`."),
        Param::named("res", Shape::Length, "Pixel size in meters."),
        Param::named("from", Shape::Path, "Items, a catalog or an API to search; Earth Search unless given."),
        super::COLLECTION,
        super::ASSETS,
        super::TIME,
        super::FILTER,
        super::GROUP,
        super::MAX,
        super::METHOD,
        super::SKIP_MISSING,
        super::REWRITE,
        reading::ON_ERROR,
        reading::SIGN,
    ],
    seek: &["chip", "patch", "around", "location", "stac"],
    examples: &[
        Example {
            title: "128 pixels of 10 m around a place",
            script: "load point 46.07 11.12 collection sentinel-2-l2a assets [red nir] time 2023-06 size 128px res 10m | schema",
            output: "",
        },
        Example {
            title: "From a list of items",
            script: "load point 46.07 11.12 from \"items.json\" assets red size 640m res 10m | schema",
            output: "",
        },
    ],
};

/// Where there is no `from`: open data, without keys.
const DEFAULT: &str = "https://earth-search.aws.element84.com/v1";

/// What `load point` can be told beside the options of `load stac`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadPoint {
    lat: f64,
    lon: f64,
    size: Option<Extent>,
    res: Option<f64>,
    from: Option<String>,
}

impl std::fmt::Display for LoadPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "latitude {}, longitude {}", self.lat, self.lon)
    }
}

impl LoadPoint {
    pub(super) fn from(&self) -> &str {
        self.from.as_deref().unwrap_or(DEFAULT)
    }

    /// # Errors
    /// `E0104` without a size or a resolution, `E0118` for a place that there is not, `E0118` or `E0119` for such a number of pixels.
    pub(super) fn point(&self) -> Result<Point> {
        for (name, value, most) in [("lat", self.lat, 90.0), ("lon", self.lon, 180.0)] {
            if value.abs() > most {
                let message = format!("`{name}` lies from -{most} to {most} degrees");
                return Err(Diagnostic::new(codes::OUT_OF_RANGE, message)
                    .about(name)
                    .help("the latitude comes first: `load point 46.07 11.12`"));
            }
        }
        let Some(res) = self.res else { return Err(needed("res", "`res 10m`")) };
        let n = match self.size {
            None => return Err(needed("size", "`size 128px`")),
            Some(Extent::Pixels(n)) => n,
            Some(Extent::Length(length)) => length / res,
        };
        let (whole, example) = (n.round(), "for example `size 128px`, or `size 1280m`");
        if (n - whole).abs() > 1e-9 * whole.max(1.0) {
            let message = format!("`size` is {n} pixels of {res} m, which is no whole number");
            return Err(Diagnostic::new(codes::UNFIT_ARGUMENTS, message).about("size").help(example));
        }
        if !(1.0..=1e6).contains(&whole) {
            let message = "`size` is from one pixel to a million";
            return Err(Diagnostic::new(codes::OUT_OF_RANGE, message).about("size").help(example));
        }
        Ok(Point { lat: self.lat, lon: self.lon, size: whole as usize, res })
    }
}

fn needed(name: &str, example: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::MISSING_ARGUMENT, format!("`load point` needs `{name}`"))
        .help(format!("for example {example}"))
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// Degrees.
    lat: f64,
    lon: f64,
    /// Rows and columns.
    size: usize,
    /// Meters.
    res: f64,
}

impl Point {
    /// The grid, and the box in degrees around its corners. The middle is the point, rounded to the resolution with ties to
    /// the even multiple; edges lie half the size from it.
    pub(super) fn place(&self) -> Result<(GeoBox, BBox)> {
        let (utm, lonlat) = (self.zone()?, crs::parse("EPSG:4326")?);
        let project = |x: f64, y: f64, from: &Crs, to: &Crs| {
            crs::project(BBox::new(x, y, x, y), from, to).map(|b| (b.west, b.south))
        };
        let (x, y) = project(self.lon, self.lat, &lonlat, &utm)?;
        let round = |v: f64| (v / self.res).round_ties_even() * self.res;
        let half = self.size as f64 * self.res / 2.0;
        let bounds = BBox::new(round(x) - half, round(y) - half, round(x) + half, round(y) + half);
        let corners = [
            (bounds.west, bounds.south),
            (bounds.east, bounds.south),
            (bounds.east, bounds.north),
            (bounds.west, bounds.north),
        ];
        let corners = corners.map(|(x, y)| project(x, y, &utm, &lonlat));
        let mut around: Option<BBox> = None;
        for corner in corners {
            let (lon, lat) = corner?;
            // On this side of the antimeridian, even if it is counted as of the other.
            let lon = lon + 360.0 * ((self.lon - lon) / 360.0).round();
            let point = BBox::new(lon, lat, lon, lat);
            around = Some(around.map_or(point, |b| b.union(point)));
        }
        let b = around.unwrap_or(BBox::new(self.lon, self.lat, self.lon, self.lat));
        let turned = |lon: f64| {
            if lon > 180.0 {
                lon - 360.0
            } else if lon < -180.0 {
                lon + 360.0
            } else {
                lon
            }
        };
        let around = BBox { west: turned(b.west), east: turned(b.east), ..b };
        let grid =
            GeoBox::new(Some(utm), [bounds.west, self.res, 0.0, bounds.north, 0.0, -self.res], self.size, self.size);
        Ok((grid, around))
    }

    /// EPSG:326.. north of the equator and on it, EPSG:327.. south of it.
    fn zone(&self) -> Result<Crs> {
        let zone = (((self.lon + 180.0) / 6.0).floor() as i64 + 1).clamp(1, 60);
        let hemisphere = if self.lat >= 0.0 { 32600 } else { 32700 };
        crs::parse(&format!("EPSG:{}", hemisphere + zone))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn squares_in_utm() {
        // The case S-point, and one over the antimeridian.
        let cases = [
            (46.0, 11.0, 64, 10.0, "EPSG:32632", [10.995719525, 45.997030557, 11.004187254, 46.002931868]),
            (-34.0, -58.0, 3, 30.0, "EPSG:32721", [-58.00060489, -34.000438954, -57.99962095, -33.999619453]),
        ];
        for (lat, lon, size, res, name, around) in cases {
            let (grid, found) = Point { lat, lon, size, res }.place().unwrap();
            assert_eq!((grid.crs.as_ref().unwrap().name.as_str(), grid.width, grid.height), (name, size, size));
            for (found, expected) in [found.west, found.south, found.east, found.north].iter().zip(around) {
                assert!((found - expected).abs() < 1e-8, "{found} {expected}");
            }
            let middle = (grid.transform[0] + size as f64 * res / 2.0) / res;
            assert!((middle - middle.round()).abs() < 1e-9, "{middle}");
        }
        let (grid, around) = Point { lat: 0.0, lon: 180.0, size: 10, res: 100.0 }.place().unwrap();
        assert_eq!(grid.crs.unwrap().name, "EPSG:32660");
        assert!(around.west > 179.99 && around.east < -179.99, "{around:?}");
    }
}
