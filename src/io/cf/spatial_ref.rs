//! What the variable `spatial_ref` of a file that is written says of its grid.

use super::header::Attribute;
use crate::cube::Crs;
use crate::geometry::crs as systems;

/// What a variable `spatial_ref` says of a system: as WKT for most tools, as CF's parameters where the projection has
/// them, and GDAL's transform.
pub(crate) fn attributes(crs: &Crs, transform: Option<&[f64; 6]>) -> Vec<(String, Attribute)> {
    let mut attributes = parameters(crs).unwrap_or_default();
    let mut add = |name: &str, value: String| attributes.push((name.to_string(), value.into()));
    add("crs_wkt", crs.wkt.to_string());
    add("spatial_ref", crs.wkt.to_string());
    if let Some(transform) = transform {
        add("GeoTransform", transform.map(|v| v.to_string()).join(" "));
    }
    attributes
}

fn parameters(crs: &Crs) -> Option<Vec<(String, Attribute)>> {
    let system = systems::spatial_ref(&crs.wkt).ok()?;
    let parameter = |name: &str| system.get_proj_param(name).ok().flatten();
    if crs.is_angular() && !crs.geographic {
        return rotated(&system.to_proj4().ok()?);
    }
    let projection = system.get_attr_value("PROJECTION", 0).ok().flatten();
    let mut attributes: Vec<(String, Attribute)> = Vec::new();
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

/// The pole of a rotated grid, from PROJ's parameters; CF counts the longitude of the pole from its far side.
fn rotated(proj: &str) -> Option<Vec<(String, Attribute)>> {
    let parameter = |name: &str| -> Option<f64> {
        proj.split_whitespace()
            .find_map(|word| word.strip_prefix('+')?.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    };
    let pole = parameter("lon_0").unwrap_or(0.0) - 180.0;
    let pole = if pole < -180.0 { pole + 360.0 } else { pole };
    let numbers = [
        ("grid_north_pole_latitude", Some(parameter("o_lat_p")?)),
        ("grid_north_pole_longitude", Some(pole)),
        ("north_pole_grid_longitude", Some(parameter("o_lon_p").unwrap_or(0.0))),
        ("earth_radius", parameter("R")),
        ("semi_major_axis", parameter("a")),
        ("semi_minor_axis", parameter("b")),
        ("inverse_flattening", parameter("rf")),
    ];
    let name = ("grid_mapping_name".to_string(), "rotated_latitude_longitude".into());
    let numbers = numbers.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?.into())));
    Some(std::iter::once(name).chain(numbers).collect())
}
