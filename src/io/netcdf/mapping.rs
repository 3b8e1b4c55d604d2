//! Grid mappings: reference systems as netCDF files state them.

use super::axes;
use super::header::{Header, Variable};
use crate::cube::Crs;
use crate::io::gdal::crs as systems;
use netcdf::AttributeValue;

/// The system of a variable: as its grid mapping says, else EPSG:4326 for longitudes and latitudes, else none.
///
/// What is stated but not understood becomes a note.
pub fn crs(
    header: &Header,
    variable: &Variable,
    x: Option<&Variable>,
    y: Option<&Variable>,
    notes: &mut Vec<String>,
) -> Option<Crs> {
    let geographic = x.is_some_and(axes::is_geographic) && y.is_some_and(axes::is_geographic);
    if let Some(mapping) = mapping(header, variable) {
        let texts = ["crs_wkt", "spatial_ref", "proj4", "proj4_params"].iter().filter_map(|name| mapping.text(name));
        if let Some(found) = texts.filter(|t| !t.is_empty()).find_map(|text| systems::parse(text).ok()) {
            return Some(found);
        }
        let code = mapping.text("epsg_code").map(str::to_string);
        let code = code.or_else(|| mapping.number("epsg_code").map(|n| format!("{n}")));
        if let Some(found) = code.and_then(|code| systems::parse(&code).ok()) {
            return Some(found);
        }
        if let Some(found) = proj_string(mapping).and_then(|text| systems::parse(&text).ok()) {
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

/// GDAL's transform, for files without coordinates.
pub fn geotransform(header: &Header, variable: &Variable) -> Option<[f64; 6]> {
    let numbers: Vec<f64> = mapping(header, variable)?.numbers("GeoTransform").iter().map(|n| n.to_f64()).collect();
    numbers.try_into().ok()
}

/// What coordinates are to be multiplied with to be in the unit of the system: files in km, angles of a satellite.
pub fn unit_factor(header: &Header, variable: &Variable, coordinate: &Variable, crs: Option<&Crs>) -> f64 {
    if crs.is_none_or(|c| c.geographic || c.unit != "metre") {
        return 1.0;
    }
    match coordinate.text("units").unwrap_or("") {
        "km" | "kilometer" | "kilometre" | "kilometers" | "kilometres" => 1000.0,
        "rad" | "radian" | "radians" => {
            mapping(header, variable).and_then(|m| m.number("perspective_point_height")).unwrap_or(1.0)
        }
        _ => 1.0,
    }
}

fn mapping<'a>(header: &'a Header, variable: &Variable) -> Option<&'a Variable> {
    // The extended form is `crs: x y`.
    let name = variable.text("grid_mapping")?.split([' ', ':']).find(|word| !word.is_empty())?;
    header.near(variable, name)
}

/// The projections of CF's appendix F as PROJ writes them.
fn proj_string(mapping: &Variable) -> Option<String> {
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
            number("perspective_point_height")?,
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
    let shift = format!(" +x_0={} +y_0={}", or_zero("false_easting"), or_zero("false_northing"));
    let shift = if projection.contains("longlat") { String::new() } else { shift };
    let degrees = projection.contains("longlat");
    let unit = if degrees { "" } else { " +units=m" };
    Some(format!("{projection}{shift}{}{unit} +no_defs", figure(mapping)))
}

/// The figure of the earth, WGS 84 where none is given.
fn figure(mapping: &Variable) -> String {
    let number = |name: &str| mapping.number(name).filter(|v| *v > 0.0);
    match (number("semi_major_axis"), number("semi_minor_axis"), number("inverse_flattening"), number("earth_radius")) {
        (Some(a), _, Some(rf), _) if (a - 6_378_137.0).abs() < 1e-3 && (rf - 298.257_223_563).abs() < 1e-6 => {
            " +datum=WGS84".into()
        }
        (Some(a), _, Some(rf), _) => format!(" +a={a} +rf={rf}"),
        (Some(a), Some(b), None, _) => format!(" +a={a} +b={b}"),
        (Some(a), None, None, _) | (None, _, _, Some(a)) => format!(" +R={a}"),
        _ => " +datum=WGS84".into(),
    }
}

/// What a variable `spatial_ref` says of a system: as WKT for most tools, as CF's parameters where the projection has
/// them, and GDAL's transform.
pub fn attributes(crs: &Crs, transform: &[f64; 6]) -> Vec<(String, AttributeValue)> {
    let mut attributes = parameters(crs).unwrap_or_default();
    let mut add = |name: &str, value: String| attributes.push((name.to_string(), value.into()));
    add("crs_wkt", crs.wkt.to_string());
    add("spatial_ref", crs.wkt.to_string());
    add("GeoTransform", transform.map(|v| v.to_string()).join(" "));
    attributes
}

fn parameters(crs: &Crs) -> Option<Vec<(String, AttributeValue)>> {
    let system = systems::spatial_ref(&crs.wkt).ok()?;
    let parameter = |name: &str| system.get_proj_param(name).ok().flatten();
    let projection = system.get_attr_value("PROJECTION", 0).ok().flatten();
    let mut attributes: Vec<(String, AttributeValue)> = Vec::new();
    let name = match projection.as_deref() {
        None if crs.geographic => "latitude_longitude",
        Some("Transverse_Mercator") => "transverse_mercator",
        Some("Lambert_Conformal_Conic_2SP" | "Lambert_Conformal_Conic_1SP") => "lambert_conformal_conic",
        Some("Albers_Conic_Equal_Area") => "albers_conical_equal_area",
        Some("Lambert_Azimuthal_Equal_Area") => "lambert_azimuthal_equal_area",
        Some("Polar_Stereographic") => "polar_stereographic",
        Some("Sinusoidal") => "sinusoidal",
        // Others, web Mercator among them, are not CF's, or not quite; the WKT says what they are.
        _ => return None,
    };
    attributes.push(("grid_mapping_name".into(), name.into()));
    let mut add = |name: &str, value: Option<f64>| attributes.extend(value.map(|v| (name.to_string(), v.into())));
    let latitude = parameter("latitude_of_origin").or_else(|| parameter("latitude_of_center"));
    let longitude = parameter("central_meridian").or_else(|| parameter("longitude_of_center"));
    match name {
        "transverse_mercator" => {
            add("latitude_of_projection_origin", latitude);
            add("longitude_of_central_meridian", longitude);
            add("scale_factor_at_central_meridian", parameter("scale_factor"));
        }
        "lambert_azimuthal_equal_area" | "sinusoidal" => {
            add("latitude_of_projection_origin", latitude);
            add("longitude_of_projection_origin", longitude);
        }
        "polar_stereographic" => {
            add("straight_vertical_longitude_from_pole", longitude);
            add("latitude_of_projection_origin", latitude.map(|v| 90f64.copysign(v)));
            add("standard_parallel", latitude);
        }
        "latitude_longitude" => {}
        _ => {
            add("latitude_of_projection_origin", latitude);
            add("longitude_of_central_meridian", longitude);
        }
    }
    if name != "latitude_longitude" {
        add("false_easting", parameter("false_easting"));
        add("false_northing", parameter("false_northing"));
    }
    let figure = |at| system.get_attr_value("SPHEROID", at).ok().flatten().and_then(|text| text.parse::<f64>().ok());
    add("semi_major_axis", figure(1));
    add("inverse_flattening", figure(2));
    add("longitude_of_prime_meridian", Some(0.0));
    let first = parameter("standard_parallel_1").or(latitude.filter(|_| parameter("scale_factor").is_some()));
    if matches!(name, "lambert_conformal_conic" | "albers_conical_equal_area") {
        let parallels: Vec<f64> = first.into_iter().chain(parameter("standard_parallel_2")).collect();
        attributes.push(("standard_parallel".into(), parallels.into()));
    }
    Some(attributes)
}
