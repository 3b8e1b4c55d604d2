//! The reference system of a variable: WKT, codes, or the parameters of a CF grid mapping.

use super::axes::is_geographic;
use super::{Choice, File, Variable, attributes};
use crate::cube::Crs;
use crate::diagnostic::Result;
use crate::io::gdal::crs::{from_wkt, parse};
use serde_json::{Map, Value};

/// The system of a variable, by what the user says, else the file.
pub fn find(
    file: &dyn File,
    v: &Variable,
    y: Option<&Variable>,
    x: Option<&Variable>,
    choice: &Choice,
    notes: &mut Vec<String>,
) -> Result<Option<Crs>> {
    if let Some(text) = &choice.crs {
        return parse(text).map(Some);
    }
    let mapping = mapping(file, v).map(|m| &m.attributes);
    for held in [mapping, Some(&v.attributes), Some(file.attributes())].into_iter().flatten() {
        if let Some(found) = stated(held) {
            match found {
                Ok(system) => return Ok(Some(system)),
                // Coordinates may still say enough.
                Err(why) => notes.push(why.message.clone()),
            }
        }
    }
    if y.is_some_and(|y| is_geographic(y, true)) && x.is_some_and(|x| is_geographic(x, false)) {
        return parse("EPSG:4326").map(Some);
    }
    let units = x.and_then(|x| x.text("units"));
    if let Some(text) = mapping.and_then(|m| proj(m, units)) {
        match parse(&text) {
            Ok(system) => return Ok(Some(system)),
            Err(why) => notes.push(why.message.clone()),
        }
    }
    notes.push(format!("`{}` has no reference system; `crs EPSG:..` gives it one", v.name));
    Ok(None)
}

/// The variable that describes the grid of `v`: the one it names, else the only one of its kind.
pub fn mapping<'a>(file: &'a dyn File, v: &Variable) -> Option<&'a Variable> {
    // The long form is `crs: x y`.
    let named = v.text("grid_mapping").and_then(|text| text.split_whitespace().next());
    if let Some(found) = named.and_then(|name| file.variable(name.trim_end_matches(':'))) {
        return Some(found);
    }
    let mut all = file.variables().iter().filter(|v| is_mapping(v));
    all.next().filter(|_| all.next().is_none())
}

pub fn is_mapping(v: &Variable) -> bool {
    v.is_scalar() && ["grid_mapping_name", "crs_wkt", "spatial_ref"].iter().any(|key| v.text(key).is_some())
}

/// A system that attributes state outright.
fn stated(held: &Map<String, Value>) -> Option<Result<Crs>> {
    let text = |key| attributes::text(held, key);
    let code = attributes::number(held, "proj:epsg").map(|code| format!("EPSG:{code}"));
    if let Some(code) = text("proj:code").map(String::from).or(code) {
        return Some(parse(&code));
    }
    if let Some(wkt) = ["crs_wkt", "proj:wkt2", "spatial_ref"].into_iter().find_map(text) {
        return Some(from_wkt(wkt));
    }
    if let Some(Value::Object(gdal)) = held.get("_CRS") {
        let text = |key| attributes::text(gdal, key);
        if let Some(wkt) = text("wkt").or_else(|| text("url")) {
            return Some(parse(wkt));
        }
        return gdal.get("projjson").map(|json| parse(&json.to_string()));
    }
    if let Some(json) = held.get("proj:projjson").filter(|json| json.is_object()) {
        return Some(parse(&json.to_string()));
    }
    ["epsg_code", "crs", "proj4", "proj4text", "proj4_string"]
        .into_iter()
        .find_map(text)
        .filter(|value| value.contains(':') || value.contains("+proj") || value.contains('['))
        .map(|value| parse(value.trim_start_matches("+init=")))
}

/// A CF grid mapping as a PROJ string, after appendix F of the conventions.
fn proj(held: &Map<String, Value>, units: Option<&str>) -> Option<String> {
    let number = |key| attributes::number(held, key);
    let or_zero = |key| number(key).unwrap_or(0.0);
    let parallels = attributes::numbers(held, "standard_parallel");
    let scale = number("scale_factor_at_central_meridian").or_else(|| number("scale_factor_at_projection_origin"));
    let center = number("longitude_of_central_meridian")
        .or_else(|| number("longitude_of_projection_origin"))
        .or_else(|| number("straight_vertical_longitude_from_pole"))
        .unwrap_or(0.0);
    let origin = or_zero("latitude_of_projection_origin");
    let k = scale.map_or(String::new(), |k| format!(" +k={k}"));
    let lat_ts = parallels.first().map_or(String::new(), |p| format!(" +lat_ts={p}"));
    let two = match parallels[..] {
        [one] => format!("+lat_1={one} +lat_2={one}"),
        [one, two, ..] => format!("+lat_1={one} +lat_2={two}"),
        [] => format!("+lat_1={origin} +lat_2={origin}"),
    };
    let body = match attributes::text(held, "grid_mapping_name")? {
        "rotated_latitude_longitude" => {
            let lon_0 = or_zero("grid_north_pole_longitude") + 180.0;
            let (lat, lon) = (or_zero("grid_north_pole_latitude"), or_zero("north_pole_grid_longitude"));
            return Some(format!(
                "+proj=ob_tran +o_proj=longlat +o_lon_p={lon} +o_lat_p={lat} +lon_0={lon_0} {} +no_defs",
                ellipsoid(held)
            ));
        }
        "transverse_mercator" => format!("+proj=tmerc +lat_0={origin} +lon_0={center}{k}"),
        "lambert_conformal_conic" => format!("+proj=lcc {two} +lat_0={origin} +lon_0={center}"),
        "albers_conical_equal_area" => format!("+proj=aea {two} +lat_0={origin} +lon_0={center}"),
        "lambert_azimuthal_equal_area" => format!("+proj=laea +lat_0={origin} +lon_0={center}"),
        "azimuthal_equidistant" => format!("+proj=aeqd +lat_0={origin} +lon_0={center}"),
        "lambert_cylindrical_equal_area" => format!("+proj=cea +lon_0={center}{lat_ts}"),
        "polar_stereographic" => format!("+proj=stere +lat_0={origin} +lon_0={center}{lat_ts}{k}"),
        "stereographic" => format!("+proj=stere +lat_0={origin} +lon_0={center}{k}"),
        "mercator" => format!("+proj=merc +lon_0={center}{lat_ts}{k}"),
        "orthographic" => format!("+proj=ortho +lat_0={origin} +lon_0={center}"),
        "sinusoidal" => format!("+proj=sinu +lon_0={center}"),
        _ => return None,
    };
    // CF has false origins in the unit of the coordinates, PROJ in metres.
    let (units, metres) =
        if units.is_some_and(|u| u == "km" || u.starts_with("kilomet")) { ("km", 1e3) } else { ("m", 1.0) };
    let (east, north) = (or_zero("false_easting") * metres, or_zero("false_northing") * metres);
    Some(format!("{body} +x_0={east} +y_0={north} {} +units={units} +no_defs", ellipsoid(held)))
}

fn ellipsoid(held: &Map<String, Value>) -> String {
    let number = |key| attributes::number(held, key);
    match (number("semi_major_axis"), number("semi_minor_axis"), number("inverse_flattening")) {
        (Some(a), _, Some(rf)) if rf != 0.0 => format!("+a={a} +rf={rf}"),
        (Some(a), Some(b), _) => format!("+a={a} +b={b}"),
        (Some(a), None, _) => format!("+R={a}"),
        _ => number("earth_radius").map_or("+datum=WGS84".into(), |r| format!("+R={r}")),
    }
}
