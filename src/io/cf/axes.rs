//! Which dimension of a variable is which: west to east, south to north, time, or one more.

use super::header::{Header, Kind, Variable};
use crate::cube::time::cf::is_time_unit;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    X,
    Y,
    Time,
    Other,
}

/// The dimensions of a variable with their roles; at most one each of X, Y and time.
pub(super) fn roles(header: &Header, variable: &Variable) -> Vec<Role> {
    let mut roles: Vec<Role> = variable
        .dims
        .iter()
        .map(|dim| match coordinate(header, variable, &dim.name) {
            Some(coordinate) => role(coordinate).or_else(|| named(&dim.name)),
            None => named(&dim.name),
        })
        .map(|role| role.unwrap_or(Role::Other))
        .collect();
    // Where nothing says which are rows and columns, the last two dimensions are, unless they have another meaning.
    if let [.., y, x] = variable.dims.as_slice()
        && !roles.contains(&Role::X)
        && !roles.contains(&Role::Y)
        && [y, x].iter().all(|dim| coordinate(header, variable, &dim.name).is_none())
    {
        let n = roles.len();
        roles[n - 2..].copy_from_slice(&[Role::Y, Role::X]);
    }
    // Of two alike the last varies faster and is the one of the map; of two times the first leads.
    for (role, last) in [(Role::X, true), (Role::Y, true), (Role::Time, false)] {
        let keep = if last { roles.iter().rposition(|r| *r == role) } else { roles.iter().position(|r| *r == role) };
        for (i, r) in roles.iter_mut().enumerate() {
            if *r == role && Some(i) != keep {
                *r = Role::Other;
            }
        }
    }
    roles
}

/// The one-dimensional variable that holds the coordinates of a dimension: of its name, or one the data variable points
/// to, or the only one that can be it.
pub(super) fn coordinate<'a>(header: &'a Header, of: &Variable, dim: &str) -> Option<&'a Variable> {
    let along = |v: &&Variable| matches!(v.kind, Kind::Number(_)) && v.dims.len() == 1 && v.dims[0].name == dim;
    let labels = |v: &&Variable| match v.kind {
        Kind::Strings => v.dims.len() == 1 && v.dims[0].name == dim,
        Kind::Characters => v.dims.len() == 2 && v.dims[0].name == dim,
        _ => false,
    };
    let named = header.near(of, dim).filter(|v| along(v) || labels(v));
    let listed = || {
        let words = of.text("coordinates").unwrap_or("").split_whitespace();
        words.filter_map(|word| header.near(of, word)).find(|v| along(v) || labels(v))
    };
    let only = || header.variables.iter().find(|v| along(v) && v.name != of.name && role(v).is_some());
    named.or_else(listed).or_else(only)
}

/// What the attributes, or else the name, of a coordinate say it is.
pub(super) fn role(coordinate: &Variable) -> Option<Role> {
    let standard = coordinate.text("standard_name").unwrap_or("");
    let units = coordinate.text("units").unwrap_or("").to_ascii_lowercase();
    match coordinate.text("axis").map(str::to_ascii_uppercase).as_deref() {
        Some("X") => return Some(Role::X),
        Some("Y") => return Some(Role::Y),
        Some("T") => return Some(Role::Time),
        Some("Z") => return Some(Role::Other),
        _ => {}
    }
    match standard {
        "longitude" | "projection_x_coordinate" | "grid_longitude" | "projection_x_angular_coordinate" => {
            return Some(Role::X);
        }
        "latitude" | "projection_y_coordinate" | "grid_latitude" | "projection_y_angular_coordinate" => {
            return Some(Role::Y);
        }
        "time" => return Some(Role::Time),
        _ => {}
    }
    if is_longitude_unit(&units) {
        return Some(Role::X);
    }
    if is_latitude_unit(&units) {
        return Some(Role::Y);
    }
    if is_time_unit(&units) && standard.is_empty() {
        return Some(Role::Time);
    }
    match coordinate.text("_CoordinateAxisType") {
        Some("Lon" | "GeoX") => Some(Role::X),
        Some("Lat" | "GeoY") => Some(Role::Y),
        Some("Time") => Some(Role::Time),
        _ => named(coordinate.stem()).filter(|r| *r != Role::Time || is_time_unit(&units)),
    }
}

/// Whether the coordinate is a longitude or latitude of the earth itself, not of a rotated pole.
pub(super) fn is_geographic(coordinate: &Variable) -> bool {
    let units = coordinate.text("units").unwrap_or("").to_ascii_lowercase();
    match coordinate.text("standard_name") {
        Some("longitude" | "latitude") => return true,
        Some(other) if other.starts_with("grid_") || other.starts_with("projection_") => return false,
        _ => {}
    }
    let degrees = is_longitude_unit(&units) || is_latitude_unit(&units);
    let stem = coordinate.stem().to_ascii_lowercase();
    degrees || (units.is_empty() || units.starts_with("degree")) && GEOGRAPHIC.contains(&stem.as_str())
}

/// Whether a coordinate is the longitude (X) or latitude (Y) of places on the earth.
pub(super) fn is_earthly(coordinate: &Variable, wanted: Role) -> bool {
    let units = coordinate.text("units").unwrap_or("").to_ascii_lowercase();
    let degrees = if wanted == Role::X { is_longitude_unit(&units) } else { is_latitude_unit(&units) };
    role(coordinate) == Some(wanted) && (degrees || is_geographic(coordinate))
}

const GEOGRAPHIC: [&str; 6] = ["lon", "long", "longitude", "lat", "latitude", "nav_lon"];

fn is_longitude_unit(units: &str) -> bool {
    ["degrees_east", "degree_east", "degrees_e", "degree_e", "degreese", "degreee"].contains(&units)
}

fn is_latitude_unit(units: &str) -> bool {
    ["degrees_north", "degree_north", "degrees_n", "degree_n", "degreesn", "degreen"].contains(&units)
}

fn named(name: &str) -> Option<Role> {
    match name.to_ascii_lowercase().as_str() {
        "lon" | "long" | "longitude" | "x" | "xc" | "easting" | "rlon" | "projection_x_coordinate" => Some(Role::X),
        "lat" | "latitude" | "y" | "yc" | "northing" | "rlat" | "projection_y_coordinate" => Some(Role::Y),
        "time" | "t" | "valid_time" | "date" | "datetime" => Some(Role::Time),
        _ => None,
    }
}
