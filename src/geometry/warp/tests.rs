//! The warper against gdalwarp, cell by cell.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::cube::{Band, DType, GeoBox};
use crate::gdal::library;
use crate::geometry::crs;
use gdal::{Dataset, DriverManager};
use std::path::Path;
use std::sync::Mutex;

/// One band of a file as it is stored.
struct Raster {
    grid: GeoBox,
    pixels: Pixels,
    band: Band,
}

fn open(path: &str) -> Dataset {
    library::init();
    Dataset::open(path).unwrap()
}

/// Rows may run northwards.
fn stored_grid(dataset: &Dataset) -> GeoBox {
    let (width, height) = dataset.raster_size();
    let crs = dataset.spatial_ref().ok().map(|system| crs::from_spatial_ref(&system).unwrap());
    GeoBox::new(crs, dataset.geo_transform().unwrap(), width, height)
}

fn whole(grid: &GeoBox) -> Part {
    Part { y: 0..grid.height, x: 0..grid.width }
}

fn read(path: &str) -> Raster {
    let dataset = open(path);
    let grid = stored_grid(&dataset);
    let band = dataset.rasterband(1).unwrap();
    let (w, h) = dataset.raster_size();
    macro_rules! load {
        ($t:ty, $v:ident) => {
            Pixels::$v(band.read_as::<$t>((0, 0), (w, h), (w, h), None).unwrap().into_shape_and_vec().1)
        };
    }
    let pixels = match band.band_type() {
        gdal::raster::GdalDataType::UInt8 => load!(u8, U8),
        gdal::raster::GdalDataType::UInt16 => load!(u16, U16),
        gdal::raster::GdalDataType::Int16 => load!(i16, I16),
        gdal::raster::GdalDataType::Int32 => load!(i32, I32),
        gdal::raster::GdalDataType::Float32 => load!(f32, F32),
        gdal::raster::GdalDataType::Float64 => load!(f64, F64),
        other => panic!("{other}"),
    };
    let nodata = band.no_data_value();
    Raster { grid, band: Band::new("a", pixels.dtype(), nodata), pixels }
}

fn write(path: &Path, raster: &Raster) {
    library::init();
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    macro_rules! save {
        ($t:ty, $v:expr) => {{
            let (w, h) = (raster.grid.width, raster.grid.height);
            let mut out = driver.create_with_band_type::<$t, _>(path, w, h, 1).unwrap();
            out.set_geo_transform(&raster.grid.transform).unwrap();
            out.set_spatial_ref(&crs::spatial_ref(&raster.grid.crs.as_ref().unwrap().wkt).unwrap()).unwrap();
            let mut band = out.rasterband(1).unwrap();
            band.set_no_data_value(raster.band.nodata).unwrap();
            let mut buffer = gdal::raster::Buffer::new((w, h), $v.clone());
            band.write((0, 0), (w, h), &mut buffer).unwrap();
        }};
    }
    match &raster.pixels {
        Pixels::U8(v) => save!(u8, v),
        Pixels::U16(v) => save!(u16, v),
        Pixels::I16(v) => save!(i16, v),
        Pixels::I32(v) => save!(i32, v),
        Pixels::F32(v) => save!(f32, v),
        Pixels::F64(v) => save!(f64, v),
        _ => unreachable!("not among the cases"),
    }
}

/// `gdalwarp -et 0`, the function that the program consists of: a child process would hold the descriptors, and with
/// them the locks, of files that other tests have open.
fn gdalwarp(from: &str, to: &Path, arguments: &str) -> Raster {
    let _ = std::fs::remove_file(to);
    let source = open(from);
    let words: Vec<&str> = ["-et", "0"].into_iter().chain(arguments.split(' ')).collect();
    drop(blank::gdalwarp(&source, to.to_str().unwrap(), &words).unwrap());
    read(to.to_str().unwrap())
}

fn tiles(grid: &GeoBox, size: usize) -> Vec<Part> {
    let cut = |len: usize| (0..len).step_by(size).map(move |at| at..(at + size).min(len));
    cut(grid.height).flat_map(|y| cut(grid.width).map(move |x| Part { y: y.clone(), x })).collect()
}

/// Warps tile by tile, each with no more of the source than it is said to need.
fn warped(from: &Raster, target: &GeoBox, to: (DType, f64), method: Resampling, size: usize) -> Pixels {
    let mut out = Pixels::filled(to.0, target.pixels(), to.1);
    for tile in tiles(target, size) {
        let Some(window) = source_window(&from.grid, target, &tile, method).unwrap() else { continue };
        let shape = [1, from.grid.height, from.grid.width];
        let pixels = from.pixels.crop(shape, window.y.clone(), window.x.clone());
        let bands = [Layers { pixels: &pixels, nodata: from.band.nodata, target: to }];
        let job =
            WarpJob { source: &from.grid, target, window, wrapped: [0, 0], tile: tile.clone(), method, bands: &bands };
        let part = warp(&job).unwrap().remove(0);
        let at = [0, tile.y.start, tile.x.start];
        out.paste([1, target.height, target.width], &part, [1, tile.y.len(), tile.x.len()], at);
    }
    out
}

fn assert_equal(ours: &Pixels, theirs: &Pixels, tolerance: f64, what: &str) {
    assert_eq!(ours.dtype(), theirs.dtype(), "{what}");
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let (ours, theirs) = (ours.to_f64(), theirs.to_f64());
    let differ =
        |(a, b): &(&f64, &f64)| !(a == b || a.is_nan() && b.is_nan() || (*a - *b).abs() <= tolerance * b.abs());
    let all = ours.iter().zip(&theirs).filter(differ).count();
    let wrong: Vec<_> = ours.iter().zip(&theirs).enumerate().filter(|(_, pair)| differ(pair)).take(5).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:?} of {all} in {}", ours.len());
}

/// Asserts that values differ by no more than the rounding of a float, and are missing at the same places.
fn assert_near(ours: &Pixels, theirs: &Pixels, nodata: f64, what: &str) {
    let (a, b) = (ours.to_f64(), theirs.to_f64());
    let missing = |v: f64| v == nodata || v.is_nan();
    let largest = b.iter().filter(|v| !missing(**v)).fold(0.0f64, |most, v| most.max(v.abs()));
    let near = |(a, b): (&f64, &f64)| match missing(*b) {
        true => missing(*a),
        false => (a - b).abs() <= f64::from(f32::EPSILON) * largest,
    };
    assert_eq!((ours.dtype(), a.len()), (theirs.dtype(), b.len()), "{what}");
    let wrong: Vec<_> = a.iter().zip(&b).enumerate().filter(|(_, pair)| !near(*pair)).take(5).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:?}");
    // Nearly all values must be equal to the last digit.
    let other = a.iter().zip(&b).filter(|(a, b)| a != b && !missing(**b)).count();
    assert!(theirs.dtype() == DType::F64 || other * 200 <= a.len(), "{what}: {other} of {} differ", a.len());
}

/// What gdalwarp made, without what its methods over areas give to pixels beside the source.
fn within(theirs: &Raster, source: &GeoBox, nodata: f64) -> Pixels {
    let target = &theirs.grid;
    let (from, to) = (target.crs.as_ref().unwrap(), source.crs.as_ref().unwrap());
    let beside = |pixel: usize| {
        let (row, column) = (pixel / target.width, pixel % target.width);
        let shares = (0..25).map(|i| (f64::from(i % 5) / 4.0, f64::from(i / 5) / 4.0));
        let (g, place) = (&target.transform, |a: f64, b: f64| (column as f64 + a, row as f64 + b));
        let points =
            shares.map(|(a, b)| place(a, b)).map(|(x, y)| (g[0] + x * g[1] + y * g[2], g[3] + x * g[4] + y * g[5]));
        let (mut xs, mut ys): (Vec<f64>, Vec<f64>) = points.unzip();
        crs::points(from, to, &mut xs, &mut ys).unwrap();
        // To touch an edge or a corner is not to lie on the source.
        let within = |v: f64, len: usize| v > 1e-6 && v < len as f64 - 1e-6;
        let inside = |(x, y): (f64, f64)| {
            let place = |turn: &f64| source.position(x + turn, y);
            source.turns().iter().map(place).any(|[x, y]| within(x, source.width) && within(y, source.height))
        };
        !xs.into_iter().zip(ys).any(inside)
    };
    let mut values = theirs.pixels.to_f64();
    for (pixel, value) in values.iter_mut().enumerate() {
        if *value != nodata && beside(pixel) {
            *value = nodata;
        }
    }
    Pixels::F64(values).cast(None, theirs.pixels.dtype(), None)
}

/// Compares with gdalwarp: the whole raster, in three tiles, and in small odd tiles.
fn check(path: &str, t_srs: &str, extra: &str, to: (DType, f64), methods: &[Resampling]) {
    // gdalwarp may change settings of the process while it runs.
    static ALONE: Mutex<()> = Mutex::new(());
    let folder = tempfile::tempdir().unwrap();
    let from = read(path);
    for &method in methods {
        let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
        let type_name = match to.0 {
            DType::U8 => "Byte",
            DType::I16 => "Int16",
            DType::I32 => "Int32",
            DType::F32 => "Float32",
            _ => "Float64",
        };
        let name = if method == Resampling::Nearest { "near" } else { method.name() };
        let arguments = format!("-t_srs {t_srs} -r {name} -ot {type_name} -dstnodata {}{extra}", to.1);
        let theirs = gdalwarp(path, &folder.path().join("out.tif"), &arguments);
        let mut target = theirs.grid.clone();
        // For a sum gdalwarp enlarges the grid so that nothing of the source is cut off.
        if extra.is_empty() && method != Sum {
            let suggested = suggest_grid(&from.grid, target.crs.as_ref().unwrap()).unwrap();
            assert_eq!((suggested.width, suggested.height), (target.width, target.height), "{path}");
            assert_eq!(suggested.transform, target.transform, "{path}");
            target = suggested;
        }
        let expected = match method {
            Average | Rms | Mode | Max | Min | Med | Q1 | Q3 => within(&theirs, &from.grid, to.1),
            _ => theirs.pixels,
        };
        for size in [usize::MAX >> 1, target.width.max(target.height).div_ceil(3), 37] {
            if method == Sum && size == 37 {
                continue;
            }
            let ours = warped(&from, &target, to, method, size);
            let what = format!("{path} {arguments}, tiles of {size}");
            match method {
                // Coordinates are PROJ's to 1e-8 of a pixel, which now and then is another last digit of a float.
                Bilinear | Cubic | CubicSpline | Lanczos if to.0.is_float() => {
                    assert_near(&ours, &expected, to.1, &what);
                }
                // Sums are added up in another order, which now and then is another last digit.
                Sum => assert_equal(&ours, &expected, if to.0 == DType::F32 { 1.2e-7 } else { 1e-14 }, &what),
                _ => assert_equal(&ours, &expected, 0.0, &what),
            }
        }
    }
}

use Resampling::*;
const ALL: [Resampling; 14] =
    [Nearest, Bilinear, Cubic, CubicSpline, Lanczos, Average, Rms, Mode, Max, Min, Med, Q1, Q3, Sum];

/// A raster with structure, holes and, for floats, fractions.
fn made_up(
    dtype: DType,
    nodata: Option<f64>,
    crs_name: &str,
    transform: [f64; 6],
    width: usize,
    height: usize,
) -> Raster {
    let mut state = 12345u32;
    let values: Vec<f64> = (0..width * height)
        .map(|i| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 24) as f64 / 8.0;
            let value = 60.0 + 40.0 * ((i % width) as f64 / 7.0).sin() + (i / width) as f64 * 0.3 + noise;
            let value = if dtype.is_float() { value } else { value.round() };
            if nodata.is_some() && state.is_multiple_of(11) { nodata.unwrap_or(0.0) } else { value }
        })
        .collect();
    let pixels = Pixels::F64(values).cast(None, dtype, nodata);
    let grid = GeoBox::new(Some(crs::parse(crs_name).unwrap()), transform, width, height);
    Raster { grid, pixels, band: Band::new("a", dtype, nodata) }
}

#[test]
fn made_up_rasters_equal_gdalwarp() {
    let folder = tempfile::tempdir().unwrap();
    let utm = [500_000.0, 30.0, 0.0, 5_300_000.0, 0.0, -30.0];
    let degrees = [8.0, 0.01, 0.0, 48.0, 0.0, -0.01];
    let rotated = [500_000.0, 25.0, 15.0, 5_300_000.0, 12.0, -28.0];
    let cases = [
        ("i16", made_up(DType::I16, Some(-9999.0), "32632", utm, 120, 90), "EPSG:4326", "", (DType::I16, -9999.0)),
        ("f32", made_up(DType::F32, Some(-9999.0), "32632", utm, 120, 90), "EPSG:3857", "", (DType::F32, -9999.0)),
        (
            "nan",
            made_up(DType::F32, Some(f64::NAN), "4326", degrees, 100, 80),
            "EPSG:32632",
            "",
            (DType::F32, f64::NAN),
        ),
        ("u8", made_up(DType::U8, Some(255.0), "4326", degrees, 100, 80), "EPSG:3035", "", (DType::U8, 255.0)),
        ("f64", made_up(DType::F64, None, "4326", degrees, 100, 80), "EPSG:3035", "", (DType::F64, f64::NAN)),
        // No nodata in the source: the wider type marks what lies outside.
        ("wide", made_up(DType::U8, None, "4326", degrees, 100, 80), "EPSG:32632", "", (DType::I16, -32768.0)),
        // Shrinking, growing, shifting by a part of a pixel and by whole pixels.
        (
            "shrink",
            made_up(DType::F32, Some(-1.0), "32632", utm, 200, 150),
            "EPSG:32632",
            " -tr 100 100",
            (DType::F32, -1.0),
        ),
        (
            "shrink_warp",
            made_up(DType::I16, Some(-1.0), "32632", utm, 200, 150),
            "EPSG:4326",
            " -tr 0.001 0.001",
            (DType::I16, -1.0),
        ),
        ("grow", made_up(DType::F32, Some(-1.0), "32632", utm, 60, 50), "EPSG:32632", " -tr 13 13", (DType::F32, -1.0)),
        (
            "shift",
            made_up(DType::F32, Some(-1.0), "32632", utm, 60, 50),
            "EPSG:32632",
            " -te 500015 5298500 501815 5300015",
            (DType::F32, -1.0),
        ),
        (
            "moved",
            made_up(DType::F32, Some(-1.0), "32632", utm, 60, 50),
            "EPSG:32632",
            " -te 500300 5298500 502010 5300090 -tr 30 30",
            (DType::F32, -1.0),
        ),
        // Rows and columns that run to the north east, once made north-up and once kept in the system.
        ("rotated", made_up(DType::I16, Some(-1.0), "32632", rotated, 70, 60), "EPSG:4326", "", (DType::I16, -1.0)),
        (
            "unrotated",
            made_up(DType::F32, Some(-1.0), "32632", rotated, 70, 60),
            "EPSG:32632",
            " -tr 30 30",
            (DType::F32, -1.0),
        ),
    ];
    for (name, raster, t_srs, extra, to) in cases {
        let path = folder.path().join(format!("{name}.tif"));
        write(&path, &raster);
        let methods: &[Resampling] = if matches!(name, "i16" | "nan" | "shrink" | "moved") {
            &ALL
        } else {
            &[Nearest, Bilinear, Cubic, CubicSpline, Lanczos, Average]
        };
        check(path.to_str().unwrap(), t_srs, extra, to, methods);
    }
}

#[test]
fn the_globe_equals_gdalwarp() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (
            "polar",
            made_up(DType::F32, Some(-1.0), "4326", [-180.0, 1.0, 0.0, 90.0, 0.0, -1.0], 360, 180),
            "EPSG:3995",
            " -te -4000000 -4000000 4000000 4000000 -tr 50000 50000",
        ),
        (
            "pacific",
            made_up(DType::F32, Some(-1.0), "4326", [0.0, 1.0, 0.0, 90.0, 0.0, -1.0], 360, 180),
            "EPSG:4326",
            " -te -20 -30 20 30 -tr 0.7 0.7",
        ),
        (
            "fiji",
            made_up(DType::F32, Some(-1.0), "3460", [1_800_000.0, 5000.0, 0.0, 4_200_000.0, 0.0, -5000.0], 90, 80),
            "EPSG:4326",
            " -te 176 -20 182 -15 -tr 0.07 0.07",
        ),
        (
            "mollweide",
            made_up(DType::F32, Some(-1.0), "4326", [-180.0, 2.0, 0.0, 90.0, 0.0, -2.0], 180, 90),
            "ESRI:54009",
            "",
        ),
        (
            "sinusoidal",
            made_up(DType::F32, Some(-1.0), "4326", [-180.0, 2.0, 0.0, 90.0, 0.0, -2.0], 180, 90),
            "ESRI:54008",
            "",
        ),
    ];
    for (name, raster, t_srs, extra) in cases {
        let path = folder.path().join(format!("{name}.tif"));
        write(&path, &raster);
        // For a target across the ends of the rows gdalwarp widens its bilinear kernel, as if the target were as wide as
        // the globe; ours is compared with values by hand in `tests/globe.rs`.
        let methods: &[Resampling] =
            if name == "pacific" { &[Nearest, Average, Mode] } else { &[Nearest, Bilinear, Average, Mode] };
        check(path.to_str().unwrap(), t_srs, extra, (DType::F32, -1.0), methods);
    }
}

/// Several bands of several types and steps, types the kernel lacks, NaN beside a nodata that is a number.
#[test]
fn bands_and_types() {
    let transform = [500_000.0, 30.0, 0.0, 5_300_000.0, 0.0, -30.0];
    let mut base = made_up(DType::F64, None, "32632", transform, 40, 30);
    base.pixels = Pixels::F64(base.pixels.to_f64().iter().map(|v| v / 2.0).collect());
    let target = suggest_grid(&base.grid, &crs::parse("4326").unwrap()).unwrap();
    let twice = |p: Pixels| {
        let mut values = p.to_f64();
        values.extend_from_within(..);
        Pixels::F64(values)
    };
    for method in [Nearest, Bilinear] {
        let reference = warped(&base, &target, (DType::F64, f64::NAN), method, usize::MAX >> 1).to_f64();
        let types: Vec<(DType, f64)> = DType::ALL.iter().map(|&d| (d, d.limits().0.max(-1e9))).collect();
        let sources: Vec<Pixels> =
            types.iter().map(|&(d, n)| twice(base.pixels.clone()).cast(None, d, Some(n))).collect();
        let bands: Vec<Layers> = sources
            .iter()
            .zip(&types)
            .map(|(pixels, &(d, n))| Layers { pixels, nodata: Some(n), target: (d, n) })
            .collect();
        let job = WarpJob {
            source: &base.grid,
            target: &target,
            window: whole(&base.grid),
            wrapped: [0, 0],
            tile: whole(&target),
            method,
            bands: &bands,
        };
        for (band, &(dtype, nodata)) in warp(&job).unwrap().iter().zip(&types) {
            assert_eq!((band.dtype(), band.len()), (dtype, 2 * target.pixels()));
            for (i, expected) in reference.iter().chain(&reference).enumerate() {
                let got = band.get(i);
                let rounding = if dtype.is_float() { 1e-4 } else { 1.01 };
                let fits = if expected.is_nan() { got == nodata } else { (got - expected).abs() < rounding };
                assert!(fits, "{dtype} {method:?} pixel {i}: {got} for {expected}");
            }
        }
    }
    let mut hole = base.pixels.to_f64();
    hole[500] = f64::NAN;
    let pixels = Pixels::F64(hole);
    let raster = Raster { grid: base.grid.clone(), pixels, band: Band::new("a", DType::F64, Some(-1.0)) };
    let out = warped(&raster, &base.grid, (DType::F64, -1.0), Nearest, 16);
    assert_eq!(out.get(500), -1.0);
}

/// The cases of the reference, and the rules for them.
#[test]
fn reference_cases() {
    let values: Vec<f32> = (0..16).map(|v| v as f32).collect();
    let geographic = crs::parse("4326").unwrap();
    let grid = GeoBox::new(Some(geographic), [10.0, 0.5, 0.0, 50.0, 0.0, -0.5], 4, 4);
    let raster = |shift: f32| Raster {
        grid: grid.clone(),
        pixels: Pixels::F32(values.iter().map(|v| v + shift).collect()),
        band: Band::new("a", DType::F32, Some(-9999.0)),
    };
    let to = (DType::F32, -9999.0);
    let mercator = crs::parse("3857").unwrap();
    let suggested = suggest_grid(&grid, &mercator).unwrap();
    let nn = warped(&raster(0.0), &suggested, to, Nearest, 2);
    assert_eq!(nn.to_f64(), [0., 1., 3., 4., 5., 7., 8., 9., 11., 8., 9., 11., 12., 13., 15.], "P-3857-nn");
    let keep = GeoBox {
        crs: Some(mercator),
        transform: [1113194.907933, 55659.745396, 0.0, 6446275.841017, 0.0, -86145.100096],
        ..grid.clone()
    };
    assert_eq!(warped(&raster(0.0), &keep, to, Nearest, 3).to_f64(), raster(0.0).pixels.to_f64(), "P-3857-keep");
    let half = GeoBox { transform: [10.25, 0.5, 0.0, 50.25, 0.0, -0.5], width: 3, height: 3, ..grid.clone() };
    let out = warped(&raster(0.75), &half, to, Nearest, 2).to_f64();
    assert_eq!(out, [1.75, 2.75, 3.75, 5.75, 6.75, 7.75, 9.75, 10.75, 11.75], "A-half");
    let same = warped(&raster(0.75), &grid, to, Nearest, 4);
    assert_eq!(same, raster(0.75).pixels, "A-int-template: the source keeps its type");
}

/// What is shared out over the earth adds up to what was there, from whichever meridian either grid is counted and
/// wherever it is cut.
#[test]
fn sums_conserve() {
    let crs = Some(crs::parse("4326").unwrap());
    let globe = |west: f64, res: f64| {
        let (columns, rows) = ((360.0 / res) as usize, (180.0 / res) as usize);
        GeoBox::new(crs.clone(), [west, res, 0.0, 90.0, 0.0, -res], columns, rows)
    };
    let values: Vec<f64> = (0..72 * 36).map(|i| f64::from((i * 7919) % 1000)).collect();
    let there: f64 = values.iter().sum();
    let to = (DType::F64, f64::NAN);
    for (west, east) in [(0.0, 0.0), (-2.5, -180.0), (0.0, -182.5), (-180.0, 1.25)] {
        let pixels = Pixels::F64(values.clone());
        let raster = Raster { grid: globe(west, 5.0), pixels, band: Band::new("a", DType::F64, None) };
        for res in [5.0, 4.0, 2.5, 15.0] {
            let target = globe(east, res);
            let whole = warped(&raster, &target, to, Sum, usize::MAX >> 1);
            let sum: f64 = whole.to_f64().iter().sum();
            assert!((sum - there).abs() < 1e-9 * there, "{west} {east} {res}: {sum} of {there}");
            assert_eq!(warped(&raster, &target, to, Sum, 5), whole, "{west} {east} {res}: in tiles");
        }
        // Half of one pixel and half of the next.
        let shifted = GeoBox { transform: [west + 2.5, 5.0, 0.0, 90.0, 0.0, -5.0], ..raster.grid.clone() };
        let halves = warped(&raster, &shifted, to, Sum, 30).to_f64();
        let expected = |i: usize| (values[i] + values[if i % 72 == 71 { i - 71 } else { i + 1 }]) / 2.0;
        assert!(halves.iter().enumerate().all(|(i, v)| (v - expected(i)).abs() < 1e-9), "{west}: {:?}", &halves[..3]);
    }
}

/// Identifiers such as those of cells of a grid of the earth have more digits than a float.
#[test]
fn the_nearest_of_64_bit_integers_keeps_every_digit() {
    let grid = GeoBox::new(Some(crs::parse("4326").unwrap()), [10.0, 0.5, 0.0, 50.0, 0.0, -0.5], 4, 4);
    let half = GeoBox { transform: [10.2, 0.5, 0.0, 49.8, 0.0, -0.5], width: 3, height: 1, ..grid.clone() };
    let large = 0x0871_f1d4_9fff_ffff_i64;
    let signed: Vec<i64> = (0..16).map(|i| if i == 1 { -1 } else { large + i }).collect();
    let unsigned = signed.iter().map(|v| *v as u64).collect();
    let to = i64::MIN as f64;
    let raster =
        Raster { grid: grid.clone(), pixels: Pixels::I64(signed), band: Band::new("a", DType::I64, Some(-1.0)) };
    let out = warped(&raster, &half, (DType::I64, to), Nearest, 2);
    assert_eq!(out, Pixels::I64(vec![large, i64::MIN, large + 2]));
    let raster = Raster { grid, pixels: Pixels::U64(unsigned), band: Band::new("a", DType::U64, None) };
    let out = warped(&raster, &half, (DType::U64, 0.0), Nearest, 2);
    assert_eq!(out, Pixels::U64(vec![large as u64, u64::MAX, large as u64 + 2]));
}

/// Asking gdalwarp for a grid leaves no setting behind that would change later projections.
#[test]
fn suggesting_leaves_no_trace() {
    let globe = made_up(DType::U8, None, "4326", [-180.0, 2.0, 0.0, 90.0, 0.0, -2.0], 180, 90);
    for system in ["ESRI:54008", "ESRI:54009", "EPSG:3857"] {
        suggest_grid(&globe.grid, &crs::parse(system).unwrap()).unwrap();
        assert_eq!(gdal::config::get_config_option("CHECK_WITH_INVERT_PROJ", "unset").unwrap(), "unset");
    }
}

/// Tests which of the warps above are computed without GDAL's kernel.
#[test]
fn common_warps_need_no_kernel_of_gdal() {
    let raster = made_up(DType::I16, Some(-9999.0), "32632", [500_000.0, 30.0, 0.0, 5_300_000.0, 0.0, -30.0], 120, 90);
    let target = |res: f64| {
        let crs = Some(crs::parse("EPSG:4326").unwrap());
        let (width, height) = ((0.05 / res) as usize, (0.025 / res) as usize);
        GeoBox::new(crs, [8.995, res, 0.0, 47.855, 0.0, -res], width, height)
    };
    let is_direct = |method: Resampling, res: f64, to: (DType, f64)| {
        let target = target(res);
        let tile = whole(&target);
        let window = source_window(&raster.grid, &target, &tile, method).unwrap().unwrap();
        let pixels = raster.pixels.crop([1, 90, 120], window.y.clone(), window.x.clone());
        let bands = [Layers { pixels: &pixels, nodata: Some(-9999.0), target: to }];
        let job =
            WarpJob { source: &raster.grid, target: &target, window, wrapped: [0, 0], tile, method, bands: &bands };
        direct::warp(&job).unwrap().is_some()
    };
    let to = (DType::I16, -9999.0);
    // As large as the pixels of the source, larger, and so much larger that the kernel reaches too far.
    assert!(is_direct(Nearest, 0.00027, to) && is_direct(Nearest, 0.001, to));
    assert!(is_direct(Bilinear, 0.00026, to) && is_direct(Bilinear, 0.0005, to) && !is_direct(Bilinear, 0.006, to));
    // In both directions the pixels of the target are smaller than those of the source.
    assert!([Cubic, CubicSpline, Lanczos].iter().all(|&method| is_direct(method, 0.0002, to)));
    assert!(is_direct(Cubic, 0.0005, to) && !is_direct(Lanczos, 0.0005, to) && !is_direct(CubicSpline, 0.0005, to));
    assert!(!is_direct(Average, 0.0002, to));
    // A value that is valid in the source and nodata in the target.
    let common = raster.pixels.to_f64()[60 * 120 + 60];
    assert!(common != -9999.0 && !is_direct(Nearest, 0.00027, (DType::I16, common)));
}

/// The whole earth is as wide on a grid of -180..180 as on one of 0..360, whatever the middle of the new system.
#[test]
fn the_whole_earth_is_suggested() {
    for (system, half) in [
        ("ESRI:54009", 18_040_095.7),
        ("+proj=moll +lon_0=180 +datum=WGS84", 18_040_095.7),
        ("EPSG:8857", 17_243_959.1),
    ] {
        for west in [-180.0, 0.0, 20.0] {
            let globe = made_up(DType::U8, None, "4326", [west, 2.0, 0.0, 90.0, 0.0, -2.0], 180, 90);
            let bounds = suggest_grid(&globe.grid, &crs::parse(system).unwrap()).unwrap().bounds();
            for (found, known) in [(bounds.west, -half), (bounds.east, half)] {
                assert!((found / known - 1.0).abs() < 0.02, "{system} from {west}: {bounds}");
            }
        }
    }
}

/// gdalwarp's own answer for the case `P-3857-nn`, and what is known of grids that stay where they are.
#[test]
fn suggested_grids() {
    let geographic = crs::parse("4326").unwrap();
    let grid = GeoBox::new(Some(geographic.clone()), [10.0, 0.5, 0.0, 50.0, 0.0, -0.5], 4, 4);
    let out = suggest_grid(&grid, &crs::parse("3857").unwrap()).unwrap();
    assert_eq!((out.width, out.height), (3, 5));
    for (a, b) in
        out.transform.iter().zip([1113194.907932736, 71757.999450761, 0.0, 6446275.841017161, 0.0, -71757.999450761])
    {
        assert!((a - b).abs() < 1e-6, "{:?}", out.transform);
    }
    assert_eq!(suggest_grid(&grid, &geographic).unwrap(), grid);
}
