//! What the dimensions of a file are: time, rows, columns, bands, or something else.

use super::{File, Variable};

/// What a dimension is, as far as its name and its coordinate tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Time,
    Y,
    X,
    /// Its coordinate holds the names of bands.
    Band,
    /// Its coordinate holds calendar groups: months, seasons.
    Groups,
    /// Neither name nor coordinate say anything.
    Unknown,
    /// Something with coordinate values of its own: a level, an ensemble member.
    Other,
}

const TIME_NAMES: &[&str] = &["time", "t", "valid_time", "date", "datetime"];
const Y_NAMES: &[&str] = &["y", "lat", "latitude", "northing", "rlat", "yc", "nlat", "south_north", "row", "rows"];
const X_NAMES: &[&str] =
    &["x", "lon", "longitude", "long", "easting", "rlon", "xc", "nlon", "west_east", "col", "column", "columns"];
const BAND_NAMES: &[&str] = &["band", "bands", "variable", "variables", "channel", "spectral_band", "wavelength"];
const GROUP_NAMES: &[&str] =
    &["month", "season", "quarter", "dayofyear", "dekad", "week", "hour", "year", "dayofweek", "decade"];

/// The attribute by which our own stores mark a coordinate that holds groups, whatever their name.
pub const GROUPS_MARK: (&str, &str) = ("axis_kind", "groups");

/// The 1-D variable that labels a dimension: the one of its name, else one over it that says it is time, latitude or
/// longitude.
pub fn coordinate<'a>(file: &'a dyn File, dim: &str) -> Option<&'a Variable> {
    let over = |v: &&Variable| v.dims.len() == 1 && v.dims[0] == dim;
    let named = file.variables().iter().filter(over).find(|v| v.name == dim);
    named.or_else(|| {
        file.variables().iter().filter(over).find(|v| matches!(stated(v), Some(Role::Time | Role::Y | Role::X)))
    })
}

pub fn role(file: &dyn File, dim: &str) -> Role {
    let coordinate = coordinate(file, dim);
    if let Some(role) = coordinate.and_then(stated) {
        return role;
    }
    let lower = dim.to_ascii_lowercase();
    let is = |names: &[&str]| names.contains(&lower.as_str());
    match coordinate {
        _ if is(TIME_NAMES) => Role::Time,
        _ if is(Y_NAMES) => Role::Y,
        _ if is(X_NAMES) => Role::X,
        _ if is(BAND_NAMES) => Role::Band,
        Some(_) if is(GROUP_NAMES) => Role::Groups,
        Some(v) if v.dtype.is_none() => Role::Groups,
        Some(_) => Role::Other,
        None => Role::Unknown,
    }
}

/// What the attributes of a coordinate say it is.
fn stated(v: &Variable) -> Option<Role> {
    if v.text(GROUPS_MARK.0) == Some(GROUPS_MARK.1) {
        return Some(Role::Groups);
    }
    let axis = v.text("axis").or_else(|| v.text("_CoordinateAxisType")).map(str::to_ascii_lowercase);
    match axis.as_deref() {
        Some("t" | "time") => return Some(Role::Time),
        Some("y" | "lat" | "geoy") => return Some(Role::Y),
        Some("x" | "lon" | "geox") => return Some(Role::X),
        _ => {}
    }
    match v.text("standard_name").map(str::to_ascii_lowercase).as_deref() {
        Some("time") => return Some(Role::Time),
        Some("latitude" | "projection_y_coordinate" | "grid_latitude") => return Some(Role::Y),
        Some("longitude" | "projection_x_coordinate" | "grid_longitude") => return Some(Role::X),
        _ => {}
    }
    let units = v.text("units")?;
    match () {
        _ if is_degrees(units, 'n') => Some(Role::Y),
        _ if is_degrees(units, 'e') => Some(Role::X),
        _ if units.to_ascii_lowercase().contains(" since ") => Some(Role::Time),
        _ => None,
    }
}

/// Whether a coordinate counts geographic degrees.
pub fn is_geographic(v: &Variable, latitude: bool) -> bool {
    let (name, letter) = if latitude { ("latitude", 'n') } else { ("longitude", 'e') };
    v.text("standard_name").is_some_and(|s| s.eq_ignore_ascii_case(name))
        || v.text("units").is_some_and(|u| is_degrees(u, letter))
        || (v.name.to_ascii_lowercase().starts_with(&name[..3]) && v.text("units").is_none_or(|u| u.starts_with("deg")))
}

/// `degrees_north`, `degree_N`, `degreesN` and the like; `letter` is `n` or `e`.
fn is_degrees(units: &str, letter: char) -> bool {
    let lower = units.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("degree") else { return false };
    let rest = rest.trim_start_matches('s').trim_start_matches('_');
    rest == (if letter == 'n' { "north" } else { "east" }) || (rest.len() == 1 && rest.starts_with(letter))
}
