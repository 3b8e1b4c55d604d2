//! Reference systems: from text to data, boxes and grids from one system to another.
//!
//! Coordinates are always x before y (longitude before latitude), whatever axis order the authority prescribes.

use super::systems;
use crate::cube::{BBox, Crs, GeoBox};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::gdal::library::{init, messages};
use crate::gdal::settings;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::str::FromStr;
use std::sync::{LazyLock, Mutex};

/// The number of points that are projected on each edge of a box, as PROJ and rasterio advise.
const DENSIFY: i32 = 21;

/// The number of transformations that a thread keeps; a run uses a handful.
const KEPT: usize = 32;

thread_local! {
    static TRANSFORMS: RefCell<Vec<(String, String, Rc<CoordTransform>)>> = const { RefCell::new(Vec::new()) };
}

/// Systems by their text. Every file of a cube states its system; parsing it takes a millisecond, identifying it up to
/// a hundred.
static PARSED: LazyLock<Mutex<HashMap<String, Crs>>> = LazyLock::new(Mutex::default);

/// Systems by the GeoTIFF keys, which most files of a cube share, because making one costs more than opening a file.
/// They hold for one state of GDAL's options, which the number counts.
static OF_KEYS: LazyLock<Mutex<(u64, HashMap<Vec<u64>, Crs>)>> = LazyLock::new(Mutex::default);

/// The system that a user wrote: `EPSG:32632`, `32632`, `ESRI:54009`, `OGC:CRS84`, a PROJ string, WKT or a URN.
pub fn parse(text: &str) -> Result<Crs> {
    let text = text.trim();
    cached(text, || {
        let unknown = || {
            Diagnostic::new(codes::UNKNOWN_CRS, format!("unknown reference system `{}`", shorten(text)))
                .help_if(systems::suggestion(text))
                .help(
                    "write a code such as `EPSG:32632`, a PROJ string such as `+proj=utm +zone=32 +datum=WGS84`, or WKT",
                )
        };
        // GDAL would send a request to any other address.
        if text.is_empty() || (text.starts_with("http") && !text.contains("opengis.net/def/crs")) {
            return Err(unknown());
        }
        let definition =
            if text.bytes().all(|b| b.is_ascii_digit()) { format!("EPSG:{text}") } else { text.to_string() };
        let system = SpatialRef::from_definition(&definition).map_err(|e| unknown().cause(&e))?;
        describe(system)
    })
}

impl FromStr for Crs {
    type Err = Box<Diagnostic>;

    /// As a program writes it; `E0212` where it is not known.
    fn from_str(text: &str) -> Result<Crs> {
        parse(text)
    }
}

/// The system that a file states as WKT.
pub fn from_wkt(wkt: &str) -> Result<Crs> {
    cached(wkt, || describe(spatial_ref(wkt)?))
}

/// The system of one of GDAL's datasets.
pub fn from_spatial_ref(system: &SpatialRef) -> Result<Crs> {
    from_wkt(&system.to_wkt().map_err(|e| unusable(&e))?)
}

/// The system of a file with these GeoTIFF keys, asked of the file itself only the first time.
pub fn of_keys(keys: &[u64], ask: impl FnOnce() -> Result<Option<Crs>>) -> Result<Option<Crs>> {
    let version = settings::version();
    let memo = || OF_KEYS.lock().unwrap_or_else(|e| e.into_inner());
    if let (of, known) = &*memo()
        && *of == version
        && let Some(system) = known.get(keys)
    {
        return Ok(Some(system.clone()));
    }
    let asked = ask()?;
    if let Some(system) = &asked {
        let mut memo = memo();
        if memo.0 != version {
            *memo = (version, HashMap::new());
        }
        memo.1.insert(keys.to_vec(), system.clone());
    }
    Ok(asked)
}

/// The longitudes and latitudes that a projected system is made of.
pub(crate) fn base(system: &Crs) -> Result<Crs> {
    from_spatial_ref(&spatial_ref(&system.wkt)?.geog_cs().map_err(|e| unusable(&e))?)
}

/// GDAL's object for a system, with x before y.
pub fn spatial_ref(wkt: &str) -> Result<SpatialRef> {
    init();
    messages();
    let mut system = SpatialRef::from_definition(wkt).map_err(|e| {
        Diagnostic::new(codes::UNKNOWN_CRS, format!("a reference system that cannot be read: `{}`", shorten(wkt)))
            .cause(&e)
    })?;
    system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(system)
}

/// The box around `bbox` in another system.
///
/// Where `to` is geographic and the box runs over the antimeridian, its west is greater than its east. Boxes that leave
/// the area in which `to` is defined are `E0201`.
pub fn project(bbox: BBox, from: &Crs, to: &Crs) -> Result<BBox> {
    if from == to {
        return Ok(bbox);
    }
    let transform = transform(from, to)?;
    let outside = || {
        Diagnostic::new(codes::BOX_MISSES_CUBE, format!("the box {bbox} ({from}) lies outside the area of {to}"))
            .help("check the order of the numbers: west south east north")
    };
    let [west, south, east, north] = transform
        .transform_bounds(&[bbox.west, bbox.south, bbox.east, bbox.north], DENSIFY)
        .map_err(|e| outside().cause(&e))?;
    if [west, south, east, north].iter().all(|v| v.is_finite()) {
        Ok(BBox { west, south, east, north })
    } else {
        Err(outside())
    }
}

/// Projects points in place; those that cannot be projected become infinite.
pub fn points(from: &Crs, to: &Crs, xs: &mut [f64], ys: &mut [f64]) -> Result<()> {
    if from == to {
        return Ok(());
    }
    // An error only says that some point failed; those points are infinite then.
    let _ = transform(from, to)?.transform_coords(xs, ys, &mut []);
    messages();
    Ok(())
}

fn transform(from: &Crs, to: &Crs) -> Result<Rc<CoordTransform>> {
    let kept = TRANSFORMS.with(|t| {
        t.borrow().iter().find(|(f, t, _)| *f == *from.wkt && *t == *to.wkt).map(|(_, _, transform)| transform.clone())
    });
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let (source, target) = (spatial_ref(&from.wkt)?, spatial_ref(&to.wkt)?);
    let made = CoordTransform::new(&source, &target).map_err(|e| {
        Diagnostic::new(codes::UNKNOWN_CRS, format!("no transformation from {from} to {to} is known")).cause(&e)
    })?;
    let made = Rc::new(made);
    TRANSFORMS.with(|t| {
        let mut kept = t.borrow_mut();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((from.wkt.to_string(), to.wkt.to_string(), made.clone()));
    });
    Ok(made)
}

fn cached(text: &str, make: impl FnOnce() -> Result<Crs>) -> Result<Crs> {
    if let Some(known) = PARSED.lock().unwrap_or_else(|e| e.into_inner()).get(text) {
        return Ok(known.clone());
    }
    init();
    messages();
    let made = make()?;
    PARSED.lock().unwrap_or_else(|e| e.into_inner()).insert(text.to_string(), made.clone());
    Ok(made)
}

fn describe(system: SpatialRef) -> Result<Crs> {
    let (system, code) = identify(system);
    // GDAL writes WKT 1, which every tool reads, where that is enough, and else WKT 2, whose text depends on the
    // release of the EPSG database.
    let wkt = system.to_wkt().map_err(|e| unusable(&e))?;
    let angular = system.is_geographic();
    let (name, size) = if angular {
        (system.angular_units_name(), system.angular_units())
    } else {
        (system.linear_units_name(), system.linear_units())
    };
    let unit = match name {
        _ if angular && (size - 1f64.to_radians()).abs() < 1e-12 => "degree".to_string(),
        _ if !angular && size == 1.0 => "metre".to_string(),
        name => name.unwrap_or_else(|| "unit".into()),
    };
    let name = code.or_else(|| system.name()).unwrap_or_else(|| "unnamed".into());
    let geographic = angular && !is_derived(&system);
    Ok(Crs { name, wkt: wkt.into(), geographic, unit })
}

/// Whether a system of degrees is derived from another, as that of a rotated pole is.
fn is_derived(system: &SpatialRef) -> bool {
    // SAFETY: the handle is alive, and the call only looks at it.
    unsafe { gdal_sys::OSRIsDerivedGeographic(system.to_c_hsrs()) == 1 }
}

/// The system and its `AUTHORITY:CODE`, found by comparing where it is not stated.
///
/// A system that only lacks its code is replaced by that of the code, so that equal systems have equal text.
fn identify(system: SpatialRef) -> (SpatialRef, Option<String>) {
    // CRS84 is EPSG:4326 with longitude first, which is the order here, so both are taken for one system.
    let stated = match system.authority() {
        Ok(code) if code == "OGC:CRS84" => Some("EPSG:4326".to_string()),
        Ok(code) => return (system, Some(code)),
        Err(_) => None,
    };
    if let Some(code) = stated
        && let Ok(known) = SpatialRef::from_definition(&code)
    {
        return (known, Some(code));
    }
    let mut guess = system.clone();
    let identified = guess.auto_identify_epsg().ok().and_then(|()| guess.authority().ok());
    // GDAL finds no code for a system with longitude before latitude.
    let longlat = system.is_geographic().then(|| "EPSG:4326".to_string());
    let found = identified.into_iter().chain(longlat).chain(best_match(&system)).find_map(|code| {
        let known = SpatialRef::from_definition(&code).ok()?;
        same(&known, &system).then_some((known, code))
    });
    messages();
    match found {
        Some((known, code)) => (known, Some(code)),
        None => (system, None),
    }
}

/// The code of the system in PROJ's database that is most like this one.
fn best_match(system: &SpatialRef) -> Option<String> {
    let (mut count, mut confidence) = (0, std::ptr::null_mut());
    // SAFETY: the handle is alive. The call returns a list of `count` systems and as many confidences, both ours to
    // free; entry 0, the best, is only looked at if there is one, and copied before the list is freed.
    unsafe {
        let list = gdal_sys::OSRFindMatches(system.to_c_hsrs(), std::ptr::null_mut(), &mut count, &mut confidence);
        let best = (count > 0 && !list.is_null()).then(|| SpatialRef::from_c_obj(*list).ok()).flatten();
        gdal_sys::OSRFreeSRSArray(list);
        gdal_sys::VSIFree(confidence.cast());
        best?.authority().ok()
    }
}

/// Whether both are one system, apart from the order of the axes, which is fixed here.
fn same(a: &SpatialRef, b: &SpatialRef) -> bool {
    let options = [
        c"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES".as_ptr(),
        c"CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS".as_ptr(),
        std::ptr::null(),
    ];
    // SAFETY: both handles are alive, and the options are a NULL-terminated list of static strings.
    unsafe { gdal_sys::OSRIsSameEx(a.to_c_hsrs(), b.to_c_hsrs(), options.as_ptr()) == 1 }
}

fn unusable(e: &gdal::errors::GdalError) -> Box<Diagnostic> {
    Diagnostic::new(codes::UNKNOWN_CRS, "a reference system that cannot be written down").cause(e)
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 60 { text.into() } else { text.chars().take(57).chain("...".chars()).collect() }
}

/// Longitude and latitude of every pixel's center, row by row, in degrees.
///
/// # Errors
/// `E0206` for a grid without a reference system.
pub fn lonlat(grid: &GeoBox) -> Result<(Vec<f64>, Vec<f64>)> {
    let Some(crs) = &grid.crs else {
        return Err(Diagnostic::new(codes::NO_CRS, "`lon` and `lat` need a cube with a reference system")
            .help(grid.way_to_a_system()));
    };
    let t = &grid.transform;
    let mut xs = Vec::with_capacity(grid.pixels());
    let mut ys = Vec::with_capacity(grid.pixels());
    for row in 0..grid.height {
        for column in 0..grid.width {
            let (c, r) = (column as f64 + 0.5, row as f64 + 0.5);
            xs.push(t[0] + c * t[1] + r * t[2]);
            ys.push(t[3] + c * t[4] + r * t[5]);
        }
    }
    if !crs.geographic {
        points(crs, &parse("EPSG:4326")?, &mut xs, &mut ys)?;
    }
    Ok((xs, ys))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let wkt = parse("EPSG:32632").unwrap().wkt;
        let bare = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],\
                    PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]]";
        let cases = [
            ("EPSG:4326", "EPSG:4326", true, "degree"),
            ("epsg:4326", "EPSG:4326", true, "degree"),
            (" 32632 ", "EPSG:32632", false, "metre"),
            ("ESRI:54009", "ESRI:54009", false, "metre"),
            ("OGC:CRS84", "EPSG:4326", true, "degree"),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", true, "degree"),
            ("urn:ogc:def:crs:EPSG::3035", "EPSG:3035", false, "metre"),
            ("http://www.opengis.net/def/crs/EPSG/0/3857", "EPSG:3857", false, "metre"),
            ("+proj=utm +zone=32 +datum=WGS84", "EPSG:32632", false, "metre"),
            ("+proj=sinu +R=6371007.181 +units=m", "unknown", false, "metre"),
            ("EPSG:2263", "EPSG:2263", false, "US survey foot"),
            (
                "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=39.25 +lon_0=18 +datum=WGS84",
                "unnamed",
                false,
                "degree",
            ),
            (&wkt, "EPSG:32632", false, "metre"),
            (bare, "EPSG:4326", true, "degree"),
        ];
        for (text, name, geographic, unit) in cases {
            let crs = parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!((crs.name.as_str(), crs.geographic, crs.unit.as_str()), (name, geographic, unit), "{text}");
        }
        assert_eq!(parse(&wkt).unwrap(), parse("32632").unwrap());
        for text in ["", "EPSG:99999999", "EPSG:utm", "nowhere", "http://example.org/crs"] {
            assert_eq!(parse(text).unwrap_err().code, codes::UNKNOWN_CRS, "{text}");
        }
    }

    #[test]
    fn boxes() {
        let (geographic, utm) = (parse("4326").unwrap(), parse("32632").unwrap());
        let there = project(BBox::new(8.0, 47.0, 9.0, 48.0), &geographic, &utm).unwrap();
        assert!((there.west - 423_974.7).abs() < 1.0 && (there.north - 5_316_784.0).abs() < 1.0, "{there}");
        // The southern edge sags: corners alone would miss a part of it.
        let back = project(there, &utm, &geographic).unwrap();
        assert!(back.west <= 8.0 && back.south <= 47.0 && back.east >= 9.0 && back.north >= 48.0, "{back}");
        // Over the antimeridian west stays greater than east.
        let fiji = project(BBox::new(2e6, 3.8e6, 2.2e6, 4.2e6), &parse("3460").unwrap(), &geographic).unwrap();
        assert!(fiji.west > fiji.east, "{fiji}");
        let nowhere = project(BBox::new(5e6, 47.0, 9e6, 48.0), &geographic, &utm);
        assert_eq!(nowhere.unwrap_err().code, codes::BOX_MISSES_CUBE);
    }

    #[test]
    fn many_points() {
        let (mut xs, mut ys) = ([9.0, 1e30], [0.0, 1e30]);
        points(&parse("4326").unwrap(), &parse("32632").unwrap(), &mut xs, &mut ys).unwrap();
        assert!((xs[0] - 500_000.0).abs() < 1e-6 && ys[0].abs() < 1e-6);
        assert!(xs[1].is_infinite());
    }
}
