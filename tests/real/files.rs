//! Real rasters, compared with what rasterio reads from them.

use super::{Cube, advice, near, same, shared, summary};
use ndarray::{Axis, s};
use rastra::codes;
use rastra::inside;
use rastra::{DType, Region};
use std::process::Command;

/// The sets of rasters in files.
fn all_there() -> bool {
    let sets = ["coello_daily", "rhine_daily", "global_grids", "l8ny18", "modis_sinop", "modis_bands"];
    let more = ["landsat_scene", "terra_lux", "cogs", "grib", "xarray_data", "climate_nc"];
    sets.into_iter().chain(more).map(|set| shared(&format!("data/{set}")).is_some()).fold(true, |all, one| all & one)
}

fn load(path: &str) -> Cube {
    Cube::of(&format!("load files \"{path}\""))
}

/// Everything of a cube, then a window of its last step and band; and all of it again in pieces, as reopened.
///
/// Twin: `answers_on_the_examples`.
#[test]
fn pixels_are_those_of_rasterio() {
    if !all_there() {
        return;
    }
    let nan = f64::NAN;
    type Case<'a> = (&'a str, [usize; 4], usize, f64, [usize; 4], usize, f64, f64);
    #[rustfmt::skip]
    let cases: [Case; 23] = [
        ("coello_daily/prec", [100, 1, 13, 14], 8900, 76102.86475951225, [4, 7, 4, 7], 9, 35.73364448547363, 6.041338920593262),
        ("coello_daily/evap", [100, 1, 13, 14], 8900, 12211.563628047705, [4, 7, 4, 7], 9, 15.161047339439392, 1.6827096939086914),
        ("coello_daily/raw/prec", [3, 1, 10, 19], 570, 131.497709274292, [3, 5, 6, 10], 8, 0.0, 0.0),
        ("rhine_daily/mswep", [6, 1, 125, 93], 38244, 33745.14000790939, [41, 72, 31, 54], 713, 0.0, 0.0),
        ("rhine_daily/qtot", [10, 1, 125, 93], 116250, 2632813.0, [41, 72, 31, 54], 713, 67185.0, 0.0),
        ("rhine_daily/unpadded", [3, 1, 125, 93], 19122, 32899.170008899644, [41, 72, 31, 54], 713, 33.65000017359853, 0.0),
        ("rhine_daily/ascii", [6, 1, 125, 93], 38244, 33745.14000790939, [41, 72, 31, 54], 713, 0.0, 0.0),
        ("global_grids/MSWEP_1979010100.tif", [1, 1, 510, 1030], 194493, 434409.6400156431, [170, 297, 343, 600], 26447, 20139.790009731427, nan),
        ("global_grids/multi_band_0_360_gcs.tif", [1, 365, 27, 22], 98550, 122151.89557416551, [9, 15, 7, 12], 30, 12.099247962236404, 0.3849789500236511),
        ("global_grids/noah-precipitation-1979.tif", [1, 4, 360, 720], 370580, 632007.548495546, [120, 210, 240, 420], 1161, 7049.046837430447, 0.11508055776357651),
        ("global_grids/south-america-mswep_1979010100.tif", [1, 1, 780, 850], 172603, 738234.8300568033, [260, 455, 283, 495], 26264, 189047.8199817855, nan),
        ("l8ny18/LC08_L1TP_013032_20180131_20180207_01_T1/*_B[1-7].TIF", [1, 7, 77, 76], 40964, 211334114.0, [25, 44, 25, 44], 361, 1925663.0, 8394.0),
        ("modis_sinop", [12, 1, 147, 255], 449820, 2900397475.0, [49, 85, 85, 148], 2268, 13907640.0, 6923.0),
        ("modis_bands", [1, 275, 5, 5], 6875, 37946375.0, [1, 3, 1, 3], 4, 22745.0, 5371.0),
        ("landsat_scene/*.tiff", [1, 2, 1093, 1310], 2863660, 21988949145.0, [364, 637, 436, 763], 89271, 631988945.0, 8140.0),
        ("terra_lux/elev.tif", [1, 1, 90, 95], 4608, 1605135.0, [30, 52, 31, 54], 506, 165467.0, 452.0),
        ("cogs/cog_scale.tif", [1, 2, 256, 256], 131060, 196943047.41633353, [85, 149, 85, 149], 4096, 8199807.024902344, 2003.7249755859375),
        ("cogs/lc.tif", [1, 1, 46, 84], 3864, 52784.0, [15, 26, 28, 49], 231, 11057.0, 11.0),
        ("cogs/all-nodata.tif", [1, 4, 2475, 71], 0, 0.0, [825, 1443, 23, 40], 0, 0.0, nan),
        ("cogs/rotated.tif", [1, 1, 15, 10], 150, 11175.0, [5, 8, 3, 5], 6, 381.0, 53.0),
        ("cogs/no_crs_ds.tif", [1, 1, 10, 10], 100, 0.0, [3, 5, 3, 5], 4, 0.0, 0.0),
        ("cogs/RGB.byte.tif", [1, 3, 718, 791], 1148458, 69616097.0, [239, 418, 263, 460], 35214, 2139849.0, 22.0),
        ("grib/fields_with_missing_values.grib", [2, 1, 91, 180], 11061, 2981350.111694336, [30, 52, 60, 105], 448, 135791.66796875, nan),
    ];
    for (path, shape, valid, sum, [y0, y1, x0, x1], part_valid, part_sum, first) in cases {
        let cube = load(path);
        let values = cube.values();
        assert_eq!(values.shape(), shape, "{path}");
        let (n, total) = summary(&values);
        assert!(n == valid && near(total, sum, 1e-12), "{path}: {n} pixels, sum {total}");
        let [t, b, ..] = shape;
        let part = values.slice(s![t - 1, b - 1, y0..y1, x0..x1]);
        let (n, total) = summary(part.iter());
        assert!(n == part_valid && near(total, part_sum, 1e-12), "{path}: {n} pixels, sum {total}");
        assert!(near(part[[0, 0]], first, 1e-12), "{path}: {}", part[[0, 0]]);
        assert!(same(&cube.values_in_pieces(y1 - y0), &values), "{path}: pieces differ from the whole");
        // The window alone, whose bytes are counted.
        let region = Region { time: t - 1..t, bands: vec![b - 1], y: y0..y1, x: x0..x1 };
        let (chunk, counted) = inside::read(&cube.plan, &region).unwrap();
        let band = &cube.schema().bands[b - 1];
        assert!(same(&chunk.to_array(&[band.nodata]), &part.insert_axis(Axis(0)).insert_axis(Axis(0)).to_owned()));
        assert_eq!(counted as usize, (y1 - y0) * (x1 - x0) * band.dtype.bytes(), "{path}: bytes that count as read");
    }
}

/// Twin: `steps_are_in_order`.
#[test]
fn time_axes_and_bands() {
    if !all_there() {
        return;
    }
    #[rustfmt::skip]
    let cases = [
        ("coello_daily/prec", "", "2009-01-01 .. 2009-04-10, 100 steps", "precip"),
        ("coello_daily/prec/*.tif", r#"dates "%Y.%m.%d""#, "2009-01-01 .. 2009-04-10, 100 steps", "precip"),
        ("coello_daily/prec/*.tif", r#"match r"^\d+""#, "100 steps (step 0 .. 99)", "precip"),
        ("coello_daily/temp", "", "2009-01-01 .. 2009-04-10, 100 steps", "tair2m"),
        ("coello_daily/raw/prec", "", "2009-01-01 .. 2009-01-03, 3 steps", "chirps"),
        ("rhine_daily/mswep", "", "1979-01-01 .. 1979-01-06, 6 steps", "mswep"),
        ("rhine_daily/qtot", "", "1979-01-01 .. 1979-01-10, 10 steps", "qtot"),
        ("rhine_daily/unpadded", "", "1979-01-01 .. 1979-01-03, 3 steps", "rainfall"),
        ("rhine_daily/ascii", "crs EPSG:4647", "1979-01-01 .. 1979-01-06, 6 steps", "mswep"),
        ("rhine_daily/**/MSWEP*", "", "1979-01-01 .. 1979-01-06, 6 steps", "mswep"),
        ("rhine_daily/DEM5km_Rhine_burned_fill.tif", "", "1 step, no dates", "dem5km"),
        ("global_grids/MSWEP_1979010100.tif", "", "1979-01-01, 1 step", "mswep"),
        ("l8ny18/LC08_L1TP_013032_20180131_20180207_01_T1/*_B[1-7].TIF", "", "2018-01-31, 1 step", "b1"),
        ("modis_sinop", "", "2013-09-14 .. 2014-08-29, 12 steps", "terra"),
        ("modis_bands", "", "1 step, no dates", "X2000.02.18"),
        ("modis_bands", "bands_as time", "2000-02-18 .. 2012-01-17, 275 steps", "modisraster"),
        ("xarray_data/era5-2mt-2019-03-uk.grib", "bands_as time", "2019-03-01 .. 2019-03-31T23:00, 744 steps", "era5"),
        ("xarray_data/era5-2mt-2019-03-uk.grib", "", "2019-03-01 .. 2019-03-31T23:00, 744 steps", "t2m"),
        ("landsat_scene", "", "2015-01-01, 1 step", "b4"),
        ("terra_lux/elev.tif", "", "1 step, no dates", "elevation"),
        ("terra_lux/sent2_L2A_2024-08-24.tif", "", "2024-08-24, 1 step", "B02"),
        ("cogs/all-nodata.tif", "", "2022-01-17T10:43:43, 1 step", "blue"),
    ];
    for (path, options, span, band) in cases {
        let cube = Cube::of(&format!("load files \"{path}\" {options}"));
        let schema = cube.schema();
        assert_eq!((schema.time.span_text().as_str(), schema.bands[0].name.as_str()), (span, band), "{path}");
        assert!(schema.time.is_sorted());
        assert_eq!(schema.properties["name"].len(), schema.time.len());
    }
}

/// Twin: `rows_and_columns_are_turned`.
#[test]
fn headers() {
    if !all_there() {
        return;
    }
    let grid = |path: &str| load(path).schema().grid.clone();
    let south_up = grid("global_grids/MSWEP_1979010100.tif");
    assert_eq!(south_up.transform.map(|v| (v * 1e6).round() / 1e6), [-32.0, 0.1, 0.0, 83.1, 0.0, -0.1]);
    let rotated = grid("cogs/rotated.tif");
    assert!(rotated.is_rotated() && rotated.transform[5] < 0.0);

    let packed = load("cogs/cog_scale.tif").schema().bands[1].clone();
    let packing = packed.packing.unwrap();
    assert_eq!((packed.dtype, packing.dtype, packing.scale, packing.offset), (DType::F32, DType::I16, 0.001, 2000.0));

    let coello = load("coello_daily/prec");
    assert_eq!(coello.schema().bands[0].nodata, Some(-3.4028230607370965e38));
    assert_eq!(coello.schema().grid.crs.as_ref().unwrap().name, "EPSG:32618");
    assert_eq!(coello.schema().properties["name"][1], serde_json::json!("1_precip_2009.01.02"));

    let ascii = Cube::of("load files \"rhine_daily/ascii\" crs EPSG:4647");
    assert_eq!(ascii.schema().grid.crs.as_ref().unwrap().name, "EPSG:4647");
    assert!(grid("modis_sinop").crs.is_some_and(|c| !c.geographic));
    assert!(load("cogs/au-gcp.tif").schema().notes[0].contains("control points"));
    assert!(grid("cogs/no_crs_ds.tif").crs.is_none());
}

/// Twin: `tiles_of_files`.
#[test]
fn strips_are_put_together_and_tiles_kept() {
    if !all_there() {
        return;
    }
    assert_eq!(load("landsat_scene/*B4.tiff").natural_tile(), [1, 258, 1310]);
    assert_eq!(load("cogs/cog_world.tif").natural_tile(), [1, 512, 512]);
}

/// Twin: `bands_as_steps`.
#[test]
fn bands_as_steps_hold_the_bands_values() {
    if !all_there() {
        return;
    }
    let bands = load("modis_bands").values();
    let steps = Cube::of("load files \"modis_bands\" bands_as time").values();
    assert!(same(&steps.permuted_axes([1, 0, 2, 3]), &bands));
    assert_eq!(bands.len_of(Axis(1)), 275);
}

/// Twin: `files_that_are_not_there_or_not_files`.
#[test]
fn what_is_not_there() {
    if !all_there() {
        return;
    }
    let refused = |program: &str| Cube::plan(program).err().unwrap_or_else(|| panic!("{program} loads"));
    let cases = [
        ("coello_daly/prec", "E0301", "did you mean `coello_daily/prec`?"),
        ("coello_daily/pre/*.tif", "E0301", "did you mean `coello_daily/prec/*.tif`?"),
        ("coello_daily/acc400.tif", "E0301", "did you mean `coello_daily/acc4000.tif`?"),
        ("coello_daily/prec/*.nc", "E0301", "holds 100 .tif"),
        ("climate_nc", "E0301", "load netcdf"),
        ("climate_nc/air.nc", "E0312", "load netcdf"),
        ("terra_lux/*.tif", "E0303", "`sent2_L2A_2024-08-24.tif` is 2024-08-24"),
    ];
    for (path, code, help) in cases {
        let e = refused(&format!("load files \"{path}\""));
        assert!(e.code.number == code && advice(&e).iter().any(|h| h.contains(help)), "{path}: {e:?}");
    }
    let e = refused("load files \"rhine_daily/qtot\" match r\"Qtot_(\\d+)_\" dates \"%Y%m%d\"");
    assert!(e.code.number == "E0303" && e.help[0].contains("finds nothing in `Qtot_1979-01-01.tif`"), "{e:?}");
    let e = refused("load files \"rhine_daily/qtot\" on_error \"skp\"");
    assert!(e.code == codes::UNKNOWN_CHOICE && advice(&e)[0] == "did you mean `skip`?", "{e:?}");
}

/// GDAL's GRIB driver prints on opening and on reading; nothing of that may reach the stream of results.
///
/// Twin: `a_message_of_grib_and_nothing_else`.
#[test]
fn grib_is_quiet() {
    let Some(path) = shared("data/grib/era5-levels-members.grib") else { return };
    let program = format!("load files \"{}\" at level 500 at member 3 | stats", path.display());
    let ran = Command::new(env!("CARGO_BIN_EXE_rastra")).args(["-c", &program]).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && !said.contains("GRIB2Inventory") && !said.contains("Ran out of file"), "{said}");
}
