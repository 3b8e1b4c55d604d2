//! Items and scenes of real archives, compared with `gdalwarp`.

use super::warp::gdalwarp;
use super::{Cube, same, shared};
use ndarray::s;
use rastra::DType;
use rastra::codes;

const ITEMS: &str = "load stac \"l8ny18_stac/items.json\"";

fn scenes_there() -> bool {
    shared("data/l8ny18_stac").is_some() & shared("data/l8ny18").is_some()
}

/// Every step and band of a cube of scenes is what gdalwarp makes of the file on the cube's grid.
fn equal_gdalwarp(cube: &Cube, bands: &[&str], method: &str) {
    let data = shared("data/l8ny18").unwrap();
    let (schema, values) = (cube.schema(), cube.values());
    for (band, name) in bands.iter().enumerate() {
        for (step, id) in schema.properties["id"].iter().enumerate() {
            let id = id.as_str().unwrap();
            let file = data.join(id).join(format!("{}_{name}.TIF", &id[..25]));
            let theirs = gdalwarp(&file, &schema.grid, method, "Int32", f64::from(i32::MIN));
            let ours = values.slice(s![step, band, .., ..]);
            let equal = ours.iter().zip(&theirs).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
            assert!(equal, "{method} {name} of {id} differs from gdalwarp");
        }
    }
}

/// Twin: `most_items_decide_the_system_and_the_finest_the_resolution`.
#[test]
fn landsat_scenes_on_grids_of_their_own() {
    if !scenes_there() {
        return;
    }
    for method in ["nearest", "bilinear"] {
        let cube = Cube::of(&format!("{ITEMS} assets [B4 B5] method {method}"));
        let schema = cube.schema();
        assert_eq!(schema.grid.describe(), "123 x 131 pixels of 3008.181818 x 3019.615385 metre, EPSG:32618");
        assert_eq!(schema.time.span_text(), "2018-01-06 .. 2018-12-17, 19 steps");
        let notes = [
            format!(
                "19 items on 19 grids brought onto EPSG:32618, 3008.181818 x 3019.615385 m by {method} \
                 (the finest resolution)"
            ),
            "no nodata declared for `B4`: 0 counts as data".into(),
            "no nodata declared for `B5`: 0 counts as data".into(),
            "2 steps share their time with the one before; `group time` or `group solar_day` puts them together".into(),
        ];
        assert_eq!(schema.notes, notes);
        assert_eq!((schema.bands[0].dtype, schema.bands[0].nodata), (DType::I32, Some(f64::from(i32::MIN))));
        assert!(same(&cube.values_in_pieces(37), &cube.values()), "{method}: pieces differ from the whole");
        equal_gdalwarp(&cube, &["B4", "B5"], method);
    }
}

/// Twin: `made_up_rasters_equal_gdalwarp`.
#[test]
fn scenes_in_another_system_are_what_gdalwarp_makes_of_them() {
    if !scenes_there() {
        return;
    }
    // The panchromatic band shrinks. One scene of it: gdalwarp cuts a target that reaches far beyond its source and
    // takes another kernel for each part.
    for (name, n_items) in [("B4", 2), ("B8", 1)] {
        let cube = Cube::of(&format!("{ITEMS} assets {name} max {n_items} crs EPSG:4326 res 0.02 method cubic"));
        assert!(cube.schema().notes[0].ends_with("brought onto EPSG:4326, 0.02 deg by cubic"));
        assert!(same(&cube.values_in_pieces(41), &cube.values()), "pieces differ from the whole");
        equal_gdalwarp(&cube, &[name], "cubic");
    }
}

/// Twin: `boxes_filter_items_and_wrap`.
#[test]
fn groups_boxes_and_limits_of_real_items() {
    if !scenes_there() {
        return;
    }
    let load = |more: &str| Cube::plan(&format!("{ITEMS} assets B5 {more}"));
    let steps = |more: &str| load(more).unwrap_or_else(|e| panic!("{e:?}")).schema().time.len();
    assert_eq!(steps("group time"), 17);
    assert_eq!(steps("group solar_day max 5"), 5);
    assert_eq!(steps("time 2018-04..2018-05"), 5);
    assert_eq!(steps("time 2018-04..<2018-05"), 4);
    assert_eq!(steps("filter (wrs_path == \"013\")"), 8);
    assert_eq!(load("filter (cloud_cover < 60)").err().unwrap().code, codes::UNKNOWN_PROPERTY);
    let none = load("time 2019..").err().unwrap();
    assert_eq!((none.code, none.message.as_str()), (codes::EMPTY_SELECTION, "no item is left"));
    let help = "19 items found, 0 in the time asked for (they run from 2018-01-06 to 2018-12-17)";
    assert_eq!(none.help, [help]);
    assert_eq!(load("lonlat 0 0 1 1").err().unwrap().code, codes::EMPTY_SELECTION);

    // A box both filters the items and cuts the grid; what is left is what the whole grid has there.
    let grid = "max 3 crs EPSG:32618 res 3000";
    let cut = load(&format!("lonlat -74.2 40.4 -73.7 40.9 {grid}")).unwrap();
    let whole = Cube::of(&format!("{ITEMS} assets B5 lonlat -76 38 -70 44 {grid} | crop lonlat -74.2 40.4 -73.7 40.9"));
    assert!(cut.schema().grid.same_grid(&whole.schema().grid));
    assert!(same(&cut.values(), &whole.values()));
}

/// Twin: `packing_is_of_each_item`.
#[test]
fn sentinel_items_are_settled_without_opening_a_file() {
    if shared("data/stac_json").is_none() {
        return;
    }
    let items = "load stac \"stac_json/e84/item-collection.json\"";
    let cube = Cube::of(&format!("{items} assets [red B8A scl] group solar_day"));
    let schema = cube.schema();
    let names: Vec<&str> = schema.band_names().collect();
    assert_eq!(names, ["red", "B8A", "scl"]);
    let packing = schema.bands[0].packing.unwrap();
    assert_eq!((packing.dtype, packing.scale, packing.offset, packing.nodata), (DType::U16, 1e-4, -0.1, Some(0.0)));
    assert_eq!((schema.bands[2].dtype, schema.bands[2].nodata), (DType::U8, Some(0.0)));
    assert_eq!(schema.grid.resolution(), (10.0, 10.0));
    assert!(schema.properties["cloud_cover"][0].is_number());
    assert_eq!(schema.notes[0], "10 items on 2 grids brought onto EPSG:32613, 10 m by nearest (the finest resolution)");
    // Without the finer asset nothing is resampled.
    let coarse = Cube::of(&format!("{items} assets scl"));
    assert_eq!(coarse.schema().notes, ["10 items on 1 grid, kept without resampling: EPSG:32613, 20 m"]);
    assert_eq!(coarse.schema().grid.transform, [399960.0, 20.0, 0.0, 4500000.0, 0.0, -20.0]);
}

/// Documents of many servers and ages and the number of their items, told by asking for a time before all of them;
/// none for a catalog that leads to an API or to nothing.
///
/// Twin: `items_of_every_age`.
#[test]
fn every_document_is_read_or_refused_by_name() {
    if shared("data/stac_json").is_none() {
        return;
    }
    let cases = [
        ("e84/item-collection.json", 10),
        ("modis/MOD13Q1.A2022017.h12v11.061/MOD13Q1.A2022017.h12v11.061.json", 1),
        ("modis/MYD13Q1.A2022009.h09v06.061/MYD13Q1.A2022009.h09v06.061.json", 1),
        ("modis/collection.json", 2),
        ("odc-stac/LC08_L2SP_028030_20200114_20200824_02_T1_SR.json", 1),
        ("odc-stac/LC08_L2SR_081119_20200101_20200823_02_T2.json", 1),
        ("odc-stac/LE07_L2SP_044033_20210329_20210424_02_T1_SR.json", 1),
        ("odc-stac/S2A_28QCH_20200714_0_L2A.json", 1),
        ("odc-stac/S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531.json", 1),
        ("odc-stac/S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531_raster_ext.json", 1),
        ("odc-stac/ga_ls8c_ard_3-1-0_088080_2020-05-25_final.stac-item.json", 1),
        ("odc-stac/lidar_dem.json", 1),
        ("odc-stac/only_crs_proj.json", 1),
        ("odc-stac/sentinel-2-l2a.collection.json", 0),
        ("odc-stac/site1-20200606-tall-strip-africa.geojson", 9),
        ("odc-stac/site2-2020_jun_jul-35MNM.geojson", 13),
        ("pc/io-lulc-annual-v02-pc.json", 4),
        ("pc/sentinel-2-l2a-pc.json", 4),
        ("spec/catalog.json", 2),
        ("spec/collection.json", 3),
        ("spec/collection-only/collection.json", 0),
        ("spec/extensions-collection/collection.json", 1),
        ("spec/core-item.json", 1),
        ("spec/extended-item.json", 1),
        ("spec/simple-item.json", 1),
    ];
    for (file, n_items) in cases {
        let program = format!("load stac \"stac_json/{file}\" assets any time 1900");
        let e = Cube::plan(&program).err().expect("nothing is so old");
        match n_items {
            0 => assert_eq!(e.code, codes::NOT_FOUND, "{file}: {}", e.message),
            n => {
                let said = e.help.first().is_some_and(|h| {
                    h.starts_with(&format!("{n} items found, 0 in")) || n == 1 && h.starts_with("1 item found, 0 in")
                });
                assert!(e.code == codes::EMPTY_SELECTION && said, "{file}: {e:?}");
            }
        }
    }
}

/// Three documents of other ages and extensions, whose files are far away. A made raster stands in for each of them, at
/// the place where the document says it is; where a file does not know its place, the document places it.
///
/// Twin: `items_of_every_age`.
#[test]
fn documents_place_their_files() {
    if shared("data/stac_json").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let blank = |name: &str, width: usize, height: usize| {
        let options = gdal::raster::RasterCreationOptions::from_iter(["SPARSE_OK=TRUE"]);
        let driver = gdal::DriverManager::get_driver_by_name("GTiff").unwrap();
        let path = folder.path().join(name);
        driver.create_with_band_type_with_options::<i16, _>(path, width, height, 1, &options).unwrap().close().unwrap();
    };
    let load = |document: &str, asset: &str, far: &str| {
        let near = folder.path().display();
        Cube::of(&format!("load stac \"stac_json/{document}\" assets \"{asset}\" rewrite [\"{far}\" \"{near}\"]"))
    };
    // `proj:code` and nine numbers; the asset's own grid over the item's, which has pixels of 30 m.
    blank("LC08_L1TP_107018_20181001_20181001_01_RT_B8.TIF", 16621, 16781);
    let far = "https://landsat-pds.s3.amazonaws.com/c1/L8/107/018/LC08_L1TP_107018_20181001_20181001_01_RT";
    let cube = load("spec/extensions-collection/proj-example/proj-example.json", "B8", far);
    let grid = &cube.schema().grid;
    assert_eq!(grid.crs.as_ref().unwrap().name, "EPSG:32614");
    assert_eq!(grid.transform, [224_992.5, 15.0, 0.0, 6_790_207.5, 0.0, -15.0]);
    assert_eq!((grid.width, grid.height), (16621, 16781));
    // Positions in the item's `eo:bands`, as before 1.0: the red band is the asset `SR_B4.TIF`.
    blank("LC08_L2SR_081119_20200101_20200823_02_T2_SR_B4.TIF", 200, 200);
    let far = "https://landsatlook.usgs.gov/data/collection02/level-2/standard/oli-tirs/2020/081/119/\
               LC08_L2SR_081119_20200101_20200823_02_T2";
    let cube = load("odc-stac/LC08_L2SR_081119_20200101_20200823_02_T2.json", "red", far);
    assert_eq!(cube.schema().band_names().collect::<Vec<_>>(), ["red"]);
    assert_eq!(cube.schema().grid.resolution(), (1164.15, 1150.6499999999999));
    // `datetime` null, an interval, and a system that only WKT can say.
    blank("MOD13Q1.A2022017.h12v11.061.2022034232400_250m_16_days_EVI.tif", 4800, 4800);
    let document = "modis/MOD13Q1.A2022017.h12v11.061/MOD13Q1.A2022017.h12v11.061.json";
    let cube = load(document, "250m_16_days_EVI", "../../../../tests/data-files/external");
    let schema = cube.schema();
    let rastra::TimeAxis::Instants { calendar, values, .. } = &schema.time else { panic!("no dates") };
    assert_eq!(calendar.iso(values[0]), "2022-01-24T23:59:59.5");
    assert!(schema.grid.crs.as_ref().unwrap().wkt.contains("6371007.181"));
    assert_eq!(schema.bands[0].packing.unwrap().scale, 1e-4);
}
