//! Items and scenes of real archives, compared with `gdalwarp`.

use super::*;
use crate::cube::DType;
use crate::geometry::crs;
use crate::io::gdal::handles;
use serde_json::json;
use std::path::Path;
use std::process::Command;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");

fn data(path: &str) -> Option<String> {
    let path = format!("{DATA}/{path}");
    let there = Path::new(&path).exists();
    if !there {
        eprintln!("skipped: `{path}` is not here");
    }
    there.then_some(path)
}

/// What gdalwarp makes of a file on a grid; `None` where there is no gdalwarp.
fn gdalwarp(file: &Path, grid: &GeoBox, method: &str, folder: &Path) -> Option<Vec<f64>> {
    let out = folder.join("warped.tif");
    let b = grid.bounds();
    let number = |v: f64| format!("{v:?}");
    let mut command = Command::new("gdalwarp");
    command.args(["-q", "-overwrite", "-et", "0", "-r", method, "-ot", "Int32", "-dstnodata", "-2147483648", "-te"]);
    command.args([b.west, b.south, b.east, b.north].map(number));
    command.args(["-ts", &grid.width.to_string(), &grid.height.to_string(), "-t_srs", &grid.crs.as_ref()?.name]);
    let ran = command.arg(file).arg(&out).status();
    if !ran.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no gdalwarp here");
        return None;
    }
    let dataset = handles::open(out.to_str()?).ok()?;
    let band = dataset.rasterband(1).ok()?;
    let size = (grid.width, grid.height);
    Some(band.read_as::<f64>((0, 0), size, size, None).ok()?.data().to_vec())
}

#[test]
fn landsat_scenes_on_grids_of_their_own() {
    let Some(path) = data("l8ny18_stac/items.json") else { return };
    for method in ["nearest", "bilinear"] {
        let source = discover("stac", &json!({"path": path, "assets": ["B4", "B5"], "method": method})).unwrap();
        let schema = source.schema().clone();
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

        let whole = values(&source, &schema.all());
        let again = crate::io::open(&source.spec(), &schema).unwrap();
        for (pieces, whole) in in_pieces(&again, 37, 41).iter().zip(&whole) {
            assert!(pieces.to_f64() == *whole, "{method}: pieces differ from the whole");
        }
        let folder = tempfile::tempdir().unwrap();
        let n_pixels = schema.grid.pixels();
        for (band, name) in ["B4", "B5"].into_iter().enumerate() {
            for (step, id) in schema.properties["id"].iter().enumerate() {
                let id = id.as_str().unwrap();
                let file = format!("{DATA}/l8ny18/{id}/{}_{name}.TIF", &id[..25]);
                let short = if method == "nearest" { "near" } else { method };
                let Some(expected) = gdalwarp(Path::new(&file), &schema.grid, short, folder.path()) else { return };
                let found = &whole[band][step * n_pixels..(step + 1) * n_pixels];
                assert!(found == expected, "{method} {name} of {id} differs from gdalwarp");
            }
        }
    }
}

#[test]
fn scenes_in_another_system_are_what_gdalwarp_makes_of_them() {
    let Some(path) = data("l8ny18_stac/items.json") else { return };
    let folder = tempfile::tempdir().unwrap();
    // The panchromatic band shrinks. One scene of it: gdalwarp cuts a target that reaches far beyond its source and
    // takes another kernel for each part.
    for (name, n_items) in [("B4", 2), ("B8", 1)] {
        let options = json!({"path": path, "assets": [name], "max": n_items, "crs": "EPSG:4326", "res": 0.02,
            "method": "cubic"});
        let source = discover("stac", &options).unwrap();
        let schema = source.schema();
        assert!(schema.notes[0].ends_with("brought onto EPSG:4326, 0.02 deg by cubic"));
        let whole = values(&source, &schema.all()).remove(0);
        assert!(in_pieces(&source, 50, 33)[0].to_f64() == whole, "pieces differ from the whole");
        for (id, found) in schema.properties["id"].iter().zip(whole.chunks_exact(schema.grid.pixels())) {
            let id = id.as_str().unwrap();
            let file = format!("{DATA}/l8ny18/{id}/{}_{name}.TIF", &id[..25]);
            let Some(expected) = gdalwarp(Path::new(&file), &schema.grid, "cubic", folder.path()) else { return };
            assert!(found == expected, "{name} of {id} differs from gdalwarp");
        }
    }
}

#[test]
fn groups_boxes_and_limits_of_real_items() {
    let Some(path) = data("l8ny18_stac/items.json") else { return };
    let load = |more: Value| {
        let mut options = json!({"path": path, "assets": ["B5"]});
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        discover("stac", &options)
    };
    let steps = |more: Value| load(more).unwrap().schema().time.len();
    assert_eq!(steps(json!({"group": "time"})), 17);
    assert_eq!(steps(json!({"group": "solar_day", "max": 5})), 5);
    assert_eq!(steps(json!({"time": {"start": "2018-04", "end": "2018-05"}})), 5);
    assert_eq!(steps(json!({"time": {"start": "2018-04", "end": "2018-05", "half_open": true}})), 4);
    let scenes = json!({"op": "==", "args": [{"property": "wrs_path"}, "013"]});
    assert_eq!(steps(json!({"filter": scenes})), 8);
    let clouds = json!({"op": "<", "args": [{"property": "cloud_cover"}, 60]});
    assert_eq!(load(json!({"filter": clouds})).err().unwrap().code, codes::UNKNOWN_PROPERTY);
    let none = load(json!({"time": {"start": "2019"}})).err().unwrap();
    assert_eq!((none.code, none.message.as_str()), (codes::EMPTY_SELECTION, "no item is left"));
    let help = "19 items found, 0 in the time asked for (they run from 2018-01-06 to 2018-12-17)";
    assert_eq!(none.help, [help]);

    // A box both filters the items and cuts the grid; what is left is what the whole grid has there.
    let lonlat = json!([-74.2, 40.4, -73.7, 40.9]);
    let cut = load(json!({"lonlat": lonlat, "max": 3, "crs": "EPSG:32618", "res": 3000})).unwrap();
    let whole = load(json!({"lonlat": [-76, 38, -70, 44], "max": 3, "crs": "EPSG:32618", "res": 3000})).unwrap();
    let (small, large) = (&cut.schema().grid, &whole.schema().grid);
    let place =
        crs::project(BBox::new(-74.2, 40.4, -73.7, 40.9), &crs::parse("4326").unwrap(), &crs::parse("32618").unwrap());
    let window = large.window(place.unwrap(), true).unwrap();
    assert_eq!((small.height, small.width), (window.y.len(), window.x[0].len()));
    let region = Region { y: window.y, x: window.x[0].clone(), ..whole.schema().all() };
    assert_eq!(values(&cut, &cut.schema().all()), values(&whole, &region));
    assert_eq!(error(json!({"path": path, "assets": ["B4"], "lonlat": [0, 0, 1, 1]})).code, codes::EMPTY_SELECTION);
}

#[test]
fn sentinel_items_are_settled_without_opening_a_file() {
    let Some(path) = data("stac_json/e84/item-collection.json") else { return };
    let source =
        discover("stac", &json!({"path": path, "assets": ["red", "B8A", "scl"], "group": "solar_day"})).unwrap();
    let schema = source.schema();
    let names: Vec<&str> = schema.band_names().collect();
    assert_eq!(names, ["red", "B8A", "scl"]);
    let packing = schema.bands[0].packing.unwrap();
    assert_eq!((packing.dtype, packing.scale, packing.offset, packing.nodata), (DType::U16, 1e-4, -0.1, Some(0.0)));
    assert_eq!((schema.bands[2].dtype, schema.bands[2].nodata), (DType::U8, Some(0.0)));
    assert_eq!(schema.grid.resolution(), (10.0, 10.0));
    assert!(schema.properties["cloud_cover"][0].is_number());
    assert_eq!(schema.notes[0], "10 items on 2 grids brought onto EPSG:32613, 10 m by nearest (the finest resolution)");
    // Without the finer asset nothing is resampled.
    let coarse = discover("stac", &json!({"path": path, "assets": ["scl"]})).unwrap();
    assert_eq!(coarse.schema().notes, ["10 items on 1 grid, kept without resampling: EPSG:32613, 20 m"]);
    assert_eq!(coarse.schema().grid.transform, [399960.0, 20.0, 0.0, 4500000.0, 0.0, -20.0]);
}

#[test]
fn every_shared_document_is_read_or_refused_by_name() {
    let Some(folder) = data("stac_json") else { return };
    // Documents and their items; none for a catalog that leads to an API or to nothing.
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
        match walked(&format!("{folder}/{file}")) {
            Ok(walk) => assert_eq!(walk.items.len(), n_items, "{file}"),
            Err(e) => assert_eq!((e.code, n_items), (codes::NOT_FOUND, 0), "{file}: {}", e.message),
        }
    }
    let items = |file: &str| walked(&format!("{folder}/{file}")).unwrap().items;
    // `proj:code` and nine numbers; the asset's own grid over the item's.
    let example = &items("spec/extensions-collection/proj-example/proj-example.json")[0].item;
    let (_, b8) = example.assets.iter().find(|(key, _)| key == "B8").unwrap();
    assert_eq!(b8.proj.crs.as_deref(), Some("EPSG:32614"));
    assert_eq!(b8.proj.grid().unwrap(), ([224992.5, 15.0, 0.0, 6790207.5, 0.0, -15.0], 16621, 16781));
    // Positions in the item's `eo:bands`, as before 1.0.
    let landsat = &items("odc-stac/LC08_L2SR_081119_20200101_20200823_02_T2.json")[0].item;
    assert_eq!(assets::find(landsat, "red").unwrap().key, "SR_B4.TIF");
    // `datetime` null, an interval, and a system that only WKT can say.
    let modis = &items("modis/MOD13Q1.A2022017.h12v11.061/MOD13Q1.A2022017.h12v11.061.json")[0].item;
    assert_eq!(Calendar::Standard.iso(modis.time), "2022-01-24T23:59:59.5");
    let (_, evi) = &modis.assets[0];
    assert!(evi.proj.crs.as_ref().unwrap().starts_with("PROJCRS") && evi.bands[0].scale == Some(1e-4));
}
