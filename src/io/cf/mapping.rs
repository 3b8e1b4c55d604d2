//! Grid mappings: reference systems as files state them.

use super::axes;
use super::header::{Attribute, Header, Variable};
use super::units::{self, Unit};
use crate::cube::Crs;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::geometry::crs as systems;
use std::collections::BTreeMap;

/// The system of a variable: as its grid mapping says, else EPSG:4326 for longitudes and latitudes, else none.
///
/// What is stated but not understood becomes a note.
pub(super) fn crs(
    header: &Header,
    variable: &Variable,
    x: Option<&Variable>,
    y: Option<&Variable>,
    notes: &mut Vec<String>,
) -> Option<Crs> {
    let geographic = x.is_some_and(axes::is_geographic) && y.is_some_and(axes::is_geographic);
    // A transform may stand alone, where nobody knows the system.
    let stated = mapping(header, variable).filter(|mapping| states_a_system(mapping));
    if let Some(mapping) = stated {
        let texts = ["crs_wkt", "spatial_ref", "proj4", "proj4_params"].iter().filter_map(|name| mapping.text(name));
        if let Some(found) = texts.filter(|t| !t.is_empty()).find_map(|text| systems::parse(text).ok()) {
            return Some(found);
        }
        let code = mapping.text("epsg_code").map(str::to_string);
        let code = code.or_else(|| mapping.number("epsg_code").map(|n| format!("{n}")));
        if let Some(found) = code.and_then(|code| systems::parse(&code).ok()) {
            return Some(found);
        }
    }
    if let Some(found) = [&variable.attributes, &header.attributes].into_iter().find_map(outright) {
        return Some(found);
    }
    if let Some(mapping) = stated {
        let length = match x.and_then(|x| units::parse(x.text("units")?)) {
            Some(Unit::Length(meters)) => meters,
            _ => 1.0,
        };
        if let Some(found) = proj_string(mapping, length).and_then(|text| systems::parse(&text).ok()) {
            let in_km = |name: &&&str| mapping.number(name).is_some_and(|v| 0.0 < v && v < 1e5);
            notes.extend(AXES.iter().chain(&["perspective_point_height"]).find(in_km).map(|name| {
                format!("`{name}` of the grid mapping `{}` is in km, where CF asks for m, and read so", mapping.name)
            }));
            return Some(found);
        }
        if !(geographic && mapping.text("grid_mapping_name").is_none_or(|n| n == "latitude_longitude")) {
            notes.push(format!(
                "the grid mapping `{}` is not understood: `crs` names the reference system",
                mapping.name
            ));
            return None;
        }
    }
    geographic.then(|| systems::parse("EPSG:4326").ok()).flatten()
}

/// Whether a grid mapping says anything of the system, in whatever words.
fn states_a_system(mapping: &Variable) -> bool {
    let words = ["grid_mapping_name", "crs_wkt", "spatial_ref", "proj4", "proj4_params", "epsg_code"];
    words.iter().any(|name| mapping.attributes.contains_key(*name))
}

/// A system that a variable or a group states without a grid mapping: by the conventions of GeoZarr, or as GDAL's Zarr
/// driver does.
fn outright(held: &BTreeMap<String, Attribute>) -> Option<Crs> {
    let text = |name: &str| held.get(name).and_then(Attribute::text).filter(|text| !text.is_empty());
    let gdal = text("_CRS").and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
    let part = |key: &str| {
        let part = gdal.as_ref()?.get(key)?;
        Some(part.as_str().map_or_else(|| part.to_string(), String::from))
    };
    let code = held.get("proj:epsg").and_then(|a| a.numbers().first().map(|n| format!("EPSG:{}", n.to_f64())));
    let stated = ["proj:code", "proj:wkt2", "proj:projjson", "crs_wkt", "spatial_ref"].into_iter().filter_map(text);
    let all = stated.map(String::from).chain(code).chain(["wkt", "projjson", "url"].into_iter().filter_map(part));
    all.into_iter().find_map(|text| systems::parse(&text).ok())
}

/// The transform, in GDAL's order, that the grid mapping, the variable or the file states.
pub(super) fn geotransform(header: &Header, variable: &Variable) -> Option<[f64; 6]> {
    let mapping = mapping(header, variable).map(|mapping| &mapping.attributes);
    [mapping, Some(&variable.attributes), Some(&header.attributes)].into_iter().flatten().find_map(|held| {
        let numbers =
            |name: &str| -> Option<Vec<f64>> { Some(held.get(name)?.numbers().iter().map(|n| n.to_f64()).collect()) };
        let affine = |name: &str| {
            let [a, b, c, d, e, f, ..] = numbers(name)?[..] else { return None };
            // `node` counts from the center of the first pixel.
            let node = held.get("spatial:registration").and_then(Attribute::text) == Some("node");
            let half = if node { 0.5 } else { 0.0 };
            Some([c - half * (a + b), a, b, f - half * (d + e), d, e])
        };
        let gdal = numbers("GeoTransform").and_then(|six| six.try_into().ok());
        gdal.or_else(|| affine("spatial:transform")).or_else(|| affine("transform"))
    })
}

/// What coordinates are to be multiplied with to be in the unit of the system: files in km, angles of a satellite.
///
/// # Errors
/// `E0309` for a unit that is none of length, named.
pub(super) fn unit_factor(
    header: &Header,
    variable: &Variable,
    coordinate: &Variable,
    crs: Option<&Crs>,
) -> Result<f64> {
    let stated = coordinate.text("units").unwrap_or("");
    let Some(crs) = crs.filter(|crs| !crs.is_angular() && !["", "1", crs.unit.as_str()].contains(&stated)) else {
        return Ok(1.0);
    };
    let height = || mapping(header, variable).and_then(height);
    match (units::parse(stated), units::parse(&crs.unit)) {
        (Some(Unit::Length(own)), Some(Unit::Length(system))) => Ok(own / system),
        (Some(Unit::Angle(radians)), Some(Unit::Length(system))) => match height() {
            Some(height) => Ok(radians * height / system),
            None => Err(unknown_unit(header, coordinate, stated, crs)),
        },
        // A system whose own unit is not known: the coordinates are taken to be in it.
        (_, None) => Ok(1.0),
        _ => Err(unknown_unit(header, coordinate, stated, crs)),
    }
}

fn unknown_unit(header: &Header, coordinate: &Variable, stated: &str, crs: &Crs) -> Box<Diagnostic> {
    let message = format!(
        "`{}`: the coordinate `{}` is in `{stated}`, the reference system in {}",
        header.path, coordinate.name, crs.unit
    );
    Diagnostic::new(codes::BAD_COORDINATES, message)
        .help("units of length are `m`, `km`, `1000 m`, `cm`, `feet`, `mile` and the like")
        .help(format!("state the right one: `ds.{}.attrs[\"units\"] = \"m\"` in xarray", coordinate.name))
}

/// The grid mapping a variable names, or the only one of a file whose variables name none.
fn mapping<'a>(header: &'a Header, variable: &Variable) -> Option<&'a Variable> {
    // The extended form is `crs: x y`.
    if let Some(text) = variable.text("grid_mapping") {
        return header.near(variable, text.split([' ', ':']).find(|word| !word.is_empty())?);
    }
    let is_one = |v: &&Variable| {
        v.dims.iter().all(|d| d.len == 1) && ["crs_wkt", "spatial_ref"].iter().any(|name| v.text(name).is_some())
    };
    let mut all = header.variables.iter().filter(is_one);
    all.next().filter(|_| all.next().is_none())
}

/// The projections of CF's appendix F as PROJ writes them.
/// False eastings and northings are in the unit of the coordinates, which has `length` meters.
fn proj_string(mapping: &Variable, length: f64) -> Option<String> {
    let number = |name: &str| mapping.number(name);
    let or_zero = |name: &str| number(name).unwrap_or(0.0);
    let parallels: Vec<f64> = mapping.numbers("standard_parallel").iter().map(|n| n.to_f64()).collect();
    let lat_1 = parallels.first().copied();
    let lat_2 = parallels.get(1).copied().or(lat_1);
    let lat_0 = or_zero("latitude_of_projection_origin");
    let lon_0 = number("longitude_of_central_meridian")
        .or_else(|| number("longitude_of_projection_origin"))
        .or_else(|| number("straight_vertical_longitude_from_pole"))
        .unwrap_or(0.0);
    let scale = number("scale_factor_at_central_meridian").or_else(|| number("scale_factor_at_projection_origin"));
    let conic =
        |name: &str| Some(format!("+proj={name} +lat_0={lat_0} +lon_0={lon_0} +lat_1={} +lat_2={}", lat_1?, lat_2?));
    let at_origin = |name: &str| Some(format!("+proj={name} +lat_0={lat_0} +lon_0={lon_0}"));
    let projection = match mapping.text("grid_mapping_name")? {
        "latitude_longitude" => Some("+proj=longlat".to_string()),
        "lambert_conformal_conic" => conic("lcc"),
        "albers_conical_equal_area" => conic("aea"),
        "lambert_azimuthal_equal_area" => at_origin("laea"),
        "azimuthal_equidistant" => at_origin("aeqd"),
        "orthographic" => at_origin("ortho"),
        "sinusoidal" => Some(format!("+proj=sinu +lon_0={lon_0}")),
        "transverse_mercator" => Some(format!("+proj=tmerc +lat_0={lat_0} +lon_0={lon_0} +k={}", scale.unwrap_or(1.0))),
        "mercator" => Some(match (lat_1, scale) {
            (Some(lat), _) => format!("+proj=merc +lon_0={lon_0} +lat_ts={lat}"),
            (None, scale) => format!("+proj=merc +lon_0={lon_0} +k={}", scale.unwrap_or(1.0)),
        }),
        "lambert_cylindrical_equal_area" => Some(format!("+proj=cea +lon_0={lon_0} +lat_ts={}", lat_1?)),
        "polar_stereographic" | "stereographic" => Some(match (lat_1, scale) {
            (Some(lat), _) => format!("+proj=stere +lat_0={lat_0} +lon_0={lon_0} +lat_ts={lat}"),
            (None, scale) => format!("+proj=stere +lat_0={lat_0} +lon_0={lon_0} +k={}", scale.unwrap_or(1.0)),
        }),
        "geostationary" => Some(format!(
            "+proj=geos +lon_0={lon_0} +h={} +sweep={}",
            height(mapping)?,
            mapping.text("sweep_angle_axis").unwrap_or("y")
        )),
        "rotated_latitude_longitude" => Some(format!(
            "+proj=ob_tran +o_proj=longlat +o_lon_p={} +o_lat_p={} +lon_0={}",
            or_zero("north_pole_grid_longitude"),
            number("grid_north_pole_latitude")?,
            180.0 + number("grid_north_pole_longitude")?
        )),
        _ => None,
    }?;
    let [x_0, y_0] = ["false_easting", "false_northing"].map(|name| or_zero(name) * length);
    let shift = format!(" +x_0={x_0} +y_0={y_0}");
    let shift = if projection.contains("longlat") { String::new() } else { shift };
    let degrees = projection.contains("longlat");
    let unit = if degrees { "" } else { " +units=m" };
    Some(format!("{projection}{shift}{}{unit} +no_defs", figure(mapping)))
}

/// A length of a grid mapping in meters. CF asks for meters; so short an axis of the earth, or height of a satellite, is
/// in km.
fn meters(mapping: &Variable, name: &str, shortest: f64) -> Option<f64> {
    let stated = mapping.number(name).filter(|v| *v > 0.0)?;
    Some(if stated < shortest { (stated * 1e6).round() / 1e3 } else { stated })
}

/// The height of a satellite.
fn height(mapping: &Variable) -> Option<f64> {
    meters(mapping, "perspective_point_height", 1e5)
}

/// The axes that a grid mapping may state.
const AXES: [&str; 3] = ["semi_major_axis", "semi_minor_axis", "earth_radius"];

/// The figure of the earth, WGS 84 where none is given.
fn figure(mapping: &Variable) -> String {
    let [major, minor, radius] = AXES.map(|name| meters(mapping, name, 1e5));
    let flattening = mapping.number("inverse_flattening").filter(|v| *v > 0.0);
    match (major, minor, flattening, radius) {
        (Some(a), _, Some(rf), _) if (a - 6_378_137.0).abs() < 1e-3 && (rf - 298.257_223_563).abs() < 1e-6 => {
            " +datum=WGS84".into()
        }
        (Some(a), _, Some(rf), _) => format!(" +a={a} +rf={rf}"),
        (Some(a), Some(b), None, _) => format!(" +a={a} +b={b}"),
        (Some(a), None, None, _) | (None, _, _, Some(a)) => format!(" +R={a}"),
        _ => " +datum=WGS84".into(),
    }
}
