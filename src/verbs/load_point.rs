//! `load point`: a square of STAC assets around a point.

use super::load_stac;
use super::prelude::*;

/// Where there is no `from`: open data, without keys.
const DEFAULT: &str = "https://earth-search.aws.element84.com/v1";

pub const VERB: Verb = Verb {
    name: "load point",
    group: Group::Source,
    summary: "Load a square of STAC assets around a point, on a grid of whole pixels in the point's UTM zone.",
    params: &[
        Param::required("lat", Shape::Number, "Latitude of the middle, in degrees."),
        Param::required("lon", Shape::Number, "Longitude of the middle, in degrees."),
        Param::named("size", Shape::Length, "Edge of the square: `128px` or `1280m`."),
        Param::named("res", Shape::Length, "Pixel size in metres."),
        Param::named("from", Shape::Path, "Items, a catalog or an API to search; Earth Search unless given."),
        load_stac::COLLECTION,
        load_stac::ASSETS,
        load_stac::TIME,
        load_stac::FILTER,
        load_stac::GROUP,
        load_stac::MAX,
        load_stac::METHOD,
        load_stac::SKIP_MISSING,
        load_stac::REWRITE,
        load_stac::ON_ERROR,
        SIGN,
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
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    let degrees = |name: &str, most: f64| {
        let value = call.number(name).unwrap_or_default();
        if value.abs() <= most {
            return Ok(value);
        }
        Err(call
            .error(name, codes::WRONG_TYPE, format!("`{name}` lies from -{most} to {most} degrees"), "no such place")
            .help("the latitude comes first: `load point 46.07 11.12`"))
    };
    let (lat, lon) = (degrees("lat", 90.0)?, degrees("lon", 180.0)?);
    let res = match call.length("res", None)? {
        Some(res) => res,
        None => return Err(needed(call, "res", "`res 10m`")),
    };
    let size = pixels(call, res)?;
    let mut options = load_stac::items(call)?;
    for name in ["lat", "lon", "size", "res"] {
        options.remove(name);
    }
    options.insert("point".into(), json!({"lat": lat, "lon": lon, "size": size, "res": res}));
    let from = options.remove("from").unwrap_or_else(|| json!(DEFAULT));
    options.insert("path".into(), from);
    call.catalog.scan("stac", options.into(), call.span).map_err(|d| d.or_at(call.span, "loaded here"))
}

/// Rows and columns: as counted, or as many as the length has.
fn pixels(call: &Call, res: f64) -> Result<usize> {
    let wrong = |message: String, label: &str| {
        Err(call.error("size", codes::WRONG_TYPE, message, label).help("for example `size 128px`, or `size 1280m`"))
    };
    let n = match call.get("size").map(|a| &a.value) {
        None => return Err(needed(call, "size", "`size 128px`")),
        Some(Value::Quantity { value, unit, .. }) if unit == "px" => *value,
        Some(Value::Number(value)) => *value,
        Some(_) => call.length("size", None)?.unwrap_or_default() / res,
    };
    let whole = n.round();
    if (n - whole).abs() > 1e-9 * whole.max(1.0) {
        return wrong(format!("`size` is {n} pixels of {res} m, which is no whole number"), "does not come out even");
    }
    if !(1.0..=1e6).contains(&whole) {
        return wrong("`size` is from one pixel to a million".into(), "not that many");
    }
    Ok(whole as usize)
}

fn needed(call: &Call, name: &str, example: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::MISSING_ARGUMENT, format!("`load point` needs `{name}`"))
        .label(call.span, "is not there")
        .help(format!("for example {example}"))
}
