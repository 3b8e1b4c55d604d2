//! What the definition of a GRIB grid means: of which kind it is, and where its first and last point lie.

use super::sections::Definition;

/// Rows and columns as a file lists them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lattice {
    pub kind: Kind,
    /// Longitude and latitude of the point that is listed first, and of the last where it is stated.
    pub first: [f64; 2],
    pub last: Option<[f64; 2]>,
    /// The digits of these in degrees.
    pub digit: f64,
    /// Rows are listed from south to north, columns from east to west.
    pub from_south: bool,
    pub from_east: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// One step apart in longitude and latitude, of the earth or of a rotated pole.
    Degrees,
    /// One step apart on a map; in a polar projection whether its pole is that of the south.
    Map { south_pole: Option<bool> },
    /// On the latitudes of a Gaussian grid with so many parallels between a pole and the equator.
    Gaussian { parallels: usize },
    /// GDAL's transform cannot be held against what is stated.
    Unknown,
    /// Rows and columns, but none that GDAL can place.
    Unplaced(String),
    /// No rows and columns.
    Irregular { what: String, way: &'static str },
}

/// Numbers that stand for "not stated".
const NONE: [u64; 2] = [0xffff, 0xffff_ffff];
const TO_REGULAR: &str = "`cdo setgridtype,regular in.grb out.grb` makes rows of one length of it";
const TO_PIXELS: &str = "`cdo -sp2gp in.grb out.grb` makes pixels of them";
const TO_LONLAT: &str = "`cdo -f nc remapnn,r360x180 in.grb out.nc` brings it onto longitudes and latitudes";

impl Lattice {
    /// Nothing where the definition is missing or too short.
    pub(super) fn of(definition: &Definition) -> Option<Lattice> {
        match definition.edition {
            1 => first_edition(definition),
            _ => second_edition(definition),
        }
    }
}

fn first_edition(d: &Definition) -> Option<Lattice> {
    let number = d.unsigned(6, 1)?;
    let columns = d.unsigned(7, 2)?;
    let [lat, lon] = [11, 14].map(|octet| d.signed(octet, 3));
    let scanning = d.unsigned(28, 1).unwrap_or(0);
    let reduced = NONE.contains(&columns);
    let kind = match number {
        0 | 10 if reduced => irregular("a reduced grid of longitudes and latitudes", TO_REGULAR),
        4 if reduced => irregular("a reduced Gaussian grid", TO_REGULAR),
        0 | 10 => Kind::Degrees,
        4 => Kind::Gaussian { parallels: d.unsigned(26, 2)? as usize },
        1 | 3 => Kind::Map { south_pole: None },
        5 => Kind::Map { south_pole: Some(d.unsigned(27, 1)? & 0x80 != 0) },
        13 => Kind::Unplaced("an oblique Lambert grid".into()),
        14 => Kind::Unplaced("a rotated Gaussian grid".into()),
        20 | 24 | 30 | 34 => Kind::Unplaced("a stretched grid".into()),
        50 | 60 | 70 | 80 => irregular("spherical harmonics", TO_PIXELS),
        90 => Kind::Unplaced("a view from space".into()),
        192 => irregular("a grid of triangles", TO_LONLAT),
        other => Kind::Unplaced(format!("grid type {other} of GRIB1")),
    };
    // Grids in degrees and in Mercator's projection say where they end.
    let ends = matches!(number, 0 | 1 | 4 | 10);
    let last = [21, 18].map(|octet| d.signed(octet, 3).filter(|_| ends));
    Some(lattice(kind, [lon, lat], last, 1e-3, scanning))
}

fn second_edition(d: &Definition) -> Option<Lattice> {
    let number = d.unsigned(13, 2)?;
    let reduced = NONE.contains(&d.unsigned(31, 4).unwrap_or(0)) || d.unsigned(11, 1).is_some_and(|len| len > 0);
    let kind = match number {
        0 | 1 if reduced => irregular("a reduced grid of longitudes and latitudes", TO_REGULAR),
        40..=43 if reduced => irregular("a reduced Gaussian grid", TO_REGULAR),
        0 | 1 => Kind::Degrees,
        40 => Kind::Gaussian { parallels: d.unsigned(68, 4)? as usize },
        10 | 30 | 31 | 140 => Kind::Map { south_pole: None },
        20 => Kind::Map { south_pole: Some(d.unsigned(64, 1)? & 0x80 != 0) },
        12 => Kind::Unknown,
        2 | 3 | 42 | 43 => Kind::Unplaced("a stretched grid".into()),
        41 => Kind::Unplaced("a rotated Gaussian grid".into()),
        50..=53 | 61..=63 => irregular("spherical harmonics", TO_PIXELS),
        90 => Kind::Unplaced("a view from space".into()),
        100 => irregular("a grid of triangles", TO_LONLAT),
        101 => irregular("an unstructured grid", TO_LONLAT),
        110 => Kind::Unplaced("an equatorial azimuthal grid".into()),
        120 => Kind::Unplaced("a grid of azimuth and range".into()),
        150 => irregular("a HEALPix grid", TO_LONLAT),
        204 => Kind::Unplaced("a curvilinear grid".into()),
        other => Kind::Unplaced(format!("grid template 3.{other} of GRIB2")),
    };
    // Latitude and longitude of the first and of the last point, and the flags of scanning.
    let (first, last, flags) = match number {
        0..=3 | 40..=43 => ([47, 51], Some([56, 60]), 72),
        10 => ([39, 43], Some([52, 56]), 60),
        20 | 30 | 31 => ([39, 43], None, 65),
        140 => ([39, 43], None, 64),
        _ => return Some(lattice(kind, [None; 2], [None; 2], 1e-6, 0)),
    };
    // Angles are counted in millionths of a degree, or in parts of a basic angle.
    let parts = |octet: usize| d.unsigned(octet, 4).filter(|n| *n != 0 && !NONE.contains(n));
    let digit = match (number, parts(39), parts(43)) {
        (0..=3 | 40..=43, Some(angle), Some(parts)) => angle as f64 / parts as f64,
        _ => 1e-6,
    };
    let angle = |octet: usize| d.signed(octet, 4);
    let last = last.map_or([None; 2], |[lat, lon]| [angle(lon), angle(lat)]);
    Some(lattice(kind, [angle(first[1]), angle(first[0])], last, digit, d.unsigned(flags, 1).unwrap_or(0)))
}

fn lattice(kind: Kind, first: [Option<f64>; 2], last: [Option<f64>; 2], digit: f64, scanning: u64) -> Lattice {
    let point = |at: [Option<f64>; 2]| Some([at[0]? * digit, at[1]? * digit]);
    // What states no first point is one of those that are not held against it.
    let (kind, first) = match (kind, point(first)) {
        (kind, Some(first)) => (kind, first),
        (Kind::Degrees | Kind::Map { .. } | Kind::Gaussian { .. }, None) => (Kind::Unknown, [0.0; 2]),
        (kind @ (Kind::Unknown | Kind::Unplaced(_) | Kind::Irregular { .. }), None) => (kind, [0.0; 2]),
    };
    let (from_south, from_east) = (scanning & 0x40 != 0, scanning & 0x80 != 0);
    Lattice { kind, first, last: point(last), digit, from_south, from_east }
}

fn irregular(what: &str, way: &'static str) -> Kind {
    Kind::Irregular { what: what.into(), way }
}
