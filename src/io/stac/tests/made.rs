//! Rasters of a few pixels, made for one question each.

use super::*;
use crate::cube::time::Calendar;
use crate::cube::{Band, DType};
use crate::gdal::library;
use crate::geometry::crs;
use gdal::DriverManager;
use gdal::raster::{Buffer, GdalType};
use serde_json::json;
use std::path::Path;

/// A GeoTIFF of 10 m pixels in UTM 31, west edge and north edge as given.
struct Tif<'a, T> {
    name: &'a str,
    at: (f64, f64),
    size: (usize, usize),
    pixels: &'a [T],
    nodata: Option<f64>,
    packing: Option<(f64, f64)>,
    epsg: u32,
    res: f64,
    /// `pixels` holds one band after the other.
    n_bands: usize,
}

fn tif<'a, T>(name: &'a str, pixels: &'a [T]) -> Tif<'a, T> {
    let at = (500_000.0, 5_000_020.0);
    Tif { name, at, size: (2, 2), pixels, nodata: Some(0.0), packing: None, epsg: 32631, res: 10.0, n_bands: 1 }
}

impl<T: GdalType + Copy> Tif<'_, T> {
    fn write(&self, folder: &Path) {
        library::init();
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let (w, h) = self.size;
        let mut dataset = driver.create_with_band_type::<T, _>(folder.join(self.name), w, h, self.n_bands).unwrap();
        dataset.set_geo_transform(&[self.at.0, self.res, 0.0, self.at.1, 0.0, -self.res]).unwrap();
        let system = crs::parse(&format!("EPSG:{}", self.epsg)).unwrap();
        dataset.set_spatial_ref(&crs::spatial_ref(&system.wkt).unwrap()).unwrap();
        for (number, pixels) in self.pixels.chunks_exact(w * h).enumerate() {
            let mut band = dataset.rasterband(number + 1).unwrap();
            band.set_no_data_value(self.nodata).unwrap();
            if let Some((scale, offset)) = self.packing {
                band.set_scale(scale).unwrap();
                band.set_offset(offset).unwrap();
            }
            band.write((0, 0), self.size, &mut Buffer::new(self.size, pixels.to_vec())).unwrap();
        }
    }
}

pub(super) fn item(id: &str, time: &str, bbox: [f64; 4], assets: Value) -> Value {
    json!({"type": "Feature", "id": id, "bbox": bbox, "properties": {"datetime": time}, "assets": assets})
}

pub(super) fn asset(href: &str) -> Value {
    json!({"B04": {"href": href, "type": "image/tiff"}})
}

/// The items of the cases S-bbox and S-solar.
pub(super) fn three(folder: &Path) -> Vec<Value> {
    tif::<u16>("a.tif", &[1, 2, 3, 0]).write(folder);
    tif::<u16>("b.tif", &[0, 20, 30, 40]).write(folder);
    tif::<u16>("e.tif", &[7, 8, 9, 6]).write(folder);
    vec![
        item("3", "2021-06-03T10:00:00Z", [10.0, 45.0, 10.1, 45.1], asset("e.tif")),
        item("1", "2021-06-01T10:00:00Z", [3.0, 45.0, 3.1, 45.1], asset("./a.tif")),
        item("2", "2021-06-01T12:00:20+02:00", [3.0, 45.0, 3.1, 45.1], asset("b.tif")),
    ]
}

fn load(folder: &Path, items: &[Value], more: Value) -> Result<Arc<dyn Source>> {
    std::fs::write(folder.join("items.json"), serde_json::to_string(items).unwrap()).unwrap();
    let mut options = json!({"path": "items.json", "base": folder});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    discover("stac", &options)
}

fn all(source: &Arc<dyn Source>) -> Vec<f64> {
    values(source, &source.schema().all()).remove(0)
}

#[test]
fn solar_days_are_filled_with_the_first_valid_pixel() {
    let folder = tempfile::tempdir().unwrap();
    let items = three(folder.path());
    let source = load(folder.path(), &items, json!({"group": "solar_day"})).unwrap();
    let schema = source.schema();
    assert_eq!((schema.time.label(0), schema.time.label(1)), ("2021-06-01".into(), "2021-06-03".into()));
    assert_eq!(all(&source), [1.0, 2.0, 3.0, 40.0, 7.0, 8.0, 9.0, 6.0]);
    assert_eq!(schema.properties["id"], ["1,2", "3"]);
    assert_eq!((schema.bands[0].dtype, schema.bands[0].nodata), (DType::U16, Some(0.0)));
    let notes = [
        "3 items on 1 grid, kept without resampling: EPSG:32631, 10 m",
        "3 items put together into 2 steps, the first valid pixel wins",
    ];
    assert_eq!(schema.notes, notes);
    for (high, wide) in [(1, 1), (1, 2), (2, 1)] {
        assert_eq!(in_pieces(&source, high, wide)[0].to_f64(), all(&source));
    }
    // Alone each item is a step.
    let source = load(folder.path(), &items, json!({})).unwrap();
    assert_eq!(all(&source), [1.0, 2.0, 3.0, 0.0, 0.0, 20.0, 30.0, 40.0, 7.0, 8.0, 9.0, 6.0]);
}

#[test]
fn boxes_filter_items_and_wrap() {
    let folder = tempfile::tempdir().unwrap();
    let items = three(folder.path());
    for place in [json!([2.9, 44, 3.05, 46]), json!([170, 44, 4, 46])] {
        let source = load(folder.path(), &items, json!({"lonlat": place})).unwrap();
        assert_eq!(source.schema().all().shape(), [2, 2, 2], "{place}");
    }
}

#[test]
fn tiles_side_by_side_keep_their_pixels() {
    let folder = tempfile::tempdir().unwrap();
    tif::<u16>("a.tif", &[1, 2, 3, 4]).write(folder.path());
    // Half a pixel of overlap is none: the lattices differ by 7 m from multiples of 10, but not from each other.
    Tif { at: (500_020.0, 5_000_010.0), ..tif::<u16>("b.tif", &[5, 6, 7, 8]) }.write(folder.path());
    let here = [3.0, 45.0, 3.1, 45.1];
    let items = [
        item("1", "2021-06-01T10:00:00Z", here, asset("a.tif")),
        item("2", "2021-06-01T10:00:00Z", here, asset("b.tif")),
    ];
    let source = load(folder.path(), &items, json!({"group": "time"})).unwrap();
    assert_eq!(source.schema().grid.transform, [500_000.0, 10.0, 0.0, 5_000_020.0, 0.0, -10.0]);
    let expected = [[1.0, 2.0, 0.0, 0.0], [3.0, 4.0, 5.0, 6.0], [0.0, 0.0, 7.0, 8.0]];
    assert_eq!(all(&source), expected.as_flattened());
    // The same lattice is kept by bounds; an anchor leaves it.
    let part = json!({"group": "time", "bounds": [500_012, 4_999_995, 500_028, 5_000_005]});
    let source = load(folder.path(), &items, part).unwrap();
    assert_eq!(all(&source), [4.0, 5.0, 0.0, 7.0]);
    let center = load(folder.path(), &items, json!({"group": "time", "anchor": "center"})).unwrap();
    assert_eq!(center.schema().grid.transform[0], 499_995.0);
    assert_eq!(center.schema().grid.width, 5);
}

#[test]
fn tasks_know_where_blocks_begin() {
    let folder = tempfile::tempdir().unwrap();
    tif::<u16>("a.tif", &[1, 2, 3, 4]).write(folder.path());
    Tif { at: (500_020.0, 5_000_010.0), ..tif::<u16>("b.tif", &[5, 6, 7, 8]) }.write(folder.path());
    Tif { at: (28_000.0, 5_010_000.0), epsg: 32632, ..tif::<u16>("c.tif", &[9; 4]) }.write(folder.path());
    let of = |name| item(name, "2021-06-01T10:00:00Z", [3.0, 45.0, 3.1, 45.1], asset(name));
    // Two columns to the west of the file, and three rows to its north.
    let bounds = json!({"crs": "EPSG:32631", "res": 10, "bounds": [499_980, 5_000_000, 500_020, 5_000_050]});
    let origin = |items: &[Value]| load(folder.path(), items, bounds.clone()).unwrap().origin();
    assert_eq!(origin(&[of("a.tif")]), (3, 2));
    // A tile is 5 by 4 pixels here, and begins in the midst of one where files do not lie alike or are resampled.
    assert_eq!(origin(&[of("a.tif"), of("b.tif")]), (2, 2));
    assert_eq!(origin(&[of("c.tif")]), (2, 2));
}

#[test]
fn most_items_decide_the_system_and_the_finest_the_resolution() {
    let folder = tempfile::tempdir().unwrap();
    tif::<u16>("a.tif", &[1, 2, 3, 4]).write(folder.path());
    tif::<u16>("b.tif", &[5, 6, 7, 8]).write(folder.path());
    let east = Tif { at: (28_000.0, 5_010_000.0), epsg: 32632, ..tif::<u16>("c.tif", &[9; 4]) };
    east.write(folder.path());
    let here = [3.0, 45.0, 3.1, 45.1];
    let mut items = vec![
        item("1", "2021-06-01T10:00:00Z", here, asset("c.tif")),
        item("2", "2021-06-02T10:00:00Z", here, asset("a.tif")),
    ];
    // One in each of two systems: none is that of most.
    let tie = load(folder.path(), &items, json!({})).err().unwrap();
    assert_eq!((tie.code, tie.help[0].ends_with("`crs EPSG:32632 res 10`")), (codes::NO_CRS, true), "{tie:?}");
    let first = load(folder.path(), &items[..1], json!({})).unwrap();
    assert_eq!(first.schema().grid.crs.as_ref().unwrap().name, "EPSG:32632");
    items.push(item("3", "2021-06-03T10:00:00Z", here, asset("b.tif")));
    let most = load(folder.path(), &items, json!({})).unwrap();
    assert_eq!(most.schema().grid.crs.as_ref().unwrap().name, "EPSG:32631");
    let note = "3 items on 2 grids brought onto EPSG:32631, 10 m by nearest (the system of most items)";
    assert_eq!(most.schema().notes[0], note);
    let asked = load(folder.path(), &items, json!({"crs": "EPSG:4326", "res": 0.001})).unwrap();
    assert_eq!(asked.schema().grid.resolution(), (0.001, 0.001));
    let like = serde_json::to_value(&first.schema().grid).unwrap();
    let like = load(folder.path(), &items, json!({"like": like, "lonlat": [2.9, 44, 3.05, 46]})).unwrap();
    assert_eq!(like.schema().grid, first.schema().grid);
}

#[test]
fn packing_is_of_each_item() {
    let folder = tempfile::tempdir().unwrap();
    tif::<u16>("a.tif", &[1000, 2000, 3000, 0]).write(folder.path());
    tif::<u16>("b.tif", &[1000, 65535, 3000, 0]).write(folder.path());
    Tif { packing: Some((0.5, 1.0)), ..tif::<u16>("c.tif", &[10, 20, 30, 0]) }.write(folder.path());
    let here = [3.0, 45.0, 3.1, 45.1];
    let packed = |href: &str| {
        let bands = json!([{"data_type": "uint16", "nodata": 65535, "scale": 0.0001, "offset": -0.1}]);
        json!({"B04": {"href": href, "type": "image/tiff", "raster:bands": bands}})
    };
    let mut items = vec![
        item("1", "2021-06-01T10:00:00Z", here, packed("a.tif")),
        item("2", "2021-06-02T10:00:00Z", here, packed("b.tif")),
        item("3", "2021-06-03T10:00:00Z", here, asset("c.tif")),
    ];
    items[1]["properties"]["earthsearch:boa_offset_applied"] = true.into();
    let source = load(folder.path(), &items, json!({})).unwrap();
    let band = &source.schema().bands[0];
    assert_eq!((band.dtype, band.packing), (DType::F32, None));
    let note = "items pack `B04` in different ways, each is unpacked by its own: \
                scale 0.0001 offset -0.1; scale 0.0001 offset 0; scale 0.5 offset 1";
    assert_eq!(source.schema().notes[1], note);
    // Both the declared 65535 and the file's 0 are missing.
    let nan = f32::NAN;
    let expected = [0.0, 0.1, 0.2, nan, 0.1, nan, 0.3, nan, 6.0, 11.0, 16.0, nan];
    for (found, expected) in all(&source).into_iter().zip(expected) {
        let expected = f64::from(expected);
        assert!((found - expected).abs() < 1e-7 || (found.is_nan() && expected.is_nan()), "{found} {expected}");
    }
    // The numbers as they are stored, which no arithmetic could give back for all.
    let mixed = band.mixed_packing.unwrap();
    let stored = Band { dtype: mixed.dtype, nodata: mixed.nodata, ..band.clone() };
    let mut spec = source.spec();
    spec.data.set("stored", true);
    let schema = Arc::new(Schema { bands: vec![stored], ..(**source.schema()).clone() });
    let raw: Arc<dyn Source> = Arc::new(Stac::open(&spec, &schema).unwrap());
    let raw = all(&raw);
    let none = mixed.nodata.unwrap();
    assert_eq!(raw, [1000.0, 2000.0, 3000.0, none, 1000.0, none, 3000.0, none, 10.0, 20.0, 30.0, none]);
    // One packing for all can be undone.
    let source = load(folder.path(), &items[..1], json!({})).unwrap();
    assert_eq!(source.schema().bands[0].packing.unwrap().offset, -0.1);
}

#[test]
fn types_and_nodata_that_differ_find_room() {
    let folder = tempfile::tempdir().unwrap();
    tif::<u8>("a.tif", &[1, 2, 255, 0]).write(folder.path());
    Tif { nodata: Some(255.0), ..tif::<u8>("b.tif", &[0, 2, 3, 255]) }.write(folder.path());
    Tif { nodata: None, ..tif::<f32>("c.tif", &[0.5, f32::NAN, 3.0, 4.0]) }.write(folder.path());
    let here = [3.0, 45.0, 3.1, 45.1];
    let items = [
        item("1", "2021-06-01T10:00:00Z", here, asset("a.tif")),
        item("2", "2021-06-02T10:00:00Z", here, asset("b.tif")),
        item("3", "2021-06-03T10:00:00Z", here, asset("c.tif")),
    ];
    let source = load(folder.path(), &items[..2], json!({})).unwrap();
    let none = f64::from(i16::MIN);
    assert_eq!(all(&source), [1.0, 2.0, 255.0, none, 0.0, 2.0, 3.0, none]);
    let source = load(folder.path(), &items, json!({})).unwrap();
    assert_eq!(source.schema().bands[0].dtype, DType::F32);
    let shown: Vec<String> = all(&source).iter().map(f64::to_string).collect();
    assert_eq!(shown, ["1", "2", "255", "NaN", "0", "2", "3", "NaN", "0.5", "NaN", "3", "4"]);
}

#[test]
fn what_is_lacking_or_broken_stops_or_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut items = three(folder.path());
    items[2]["assets"] = json!({"B05": {"href": "b.tif", "type": "image/tiff"}});
    let lacking = load(folder.path(), &items, json!({"assets": ["B04"]})).err().unwrap();
    assert_eq!(lacking.message, "1 of 3 items lack asset `B04`, the first is `2`");
    let left_out = load(folder.path(), &items, json!({"assets": ["B04"], "skip_missing": "pixels"})).unwrap();
    assert_eq!(
        (left_out.schema().time.len(), left_out.schema().notes[0].as_str()),
        (2, "1 items with none of the assets were left out")
    );
    let both = load(folder.path(), &items, json!({"assets": ["B04", "B05"], "skip_missing": "pixels"})).unwrap();
    let pixels = values(&both, &both.schema().all());
    assert_eq!(pixels[0][4..8], [0.0; 4]);
    assert_eq!(pixels[1], [0.0, 0.0, 0.0, 0.0, 0.0, 20.0, 30.0, 40.0, 0.0, 0.0, 0.0, 0.0]);
    // An item that lacks any of them is left out, where that is asked for.
    let none = load(folder.path(), &items, json!({"assets": ["B04", "B05"], "skip_missing": "items"})).err().unwrap();
    assert_eq!((none.code, none.message.as_str()), (codes::EMPTY_SELECTION, "no item has all of the assets"));
    assert_eq!(none.help[0], "of 3 items 2 have `B04`, 1 have `B05`");
    items[2]["assets"]["B04"] = json!({"href": "a.tif", "type": "image/tiff"});
    let whole = load(folder.path(), &items, json!({"assets": ["B04", "B05"], "skip_missing": "items"})).unwrap();
    assert_eq!(whole.schema().notes[0], "2 items with not all of the assets were left out");
    assert_eq!(whole.schema().properties["id"], ["2"]);
    assert_eq!(values(&whole, &whole.schema().all()), [[1.0, 2.0, 3.0, 0.0], [0.0, 20.0, 30.0, 40.0]]);
    let unknown = json!({"assets": ["B04", "B9"], "skip_missing": "items"});
    assert_eq!(load(folder.path(), &items, unknown).err().unwrap().message, "no item has an asset `B9`");
    items[2]["assets"] = json!({"B05": {"href": "b.tif", "type": "image/tiff"}});

    let gone = [
        item("1", "2021-06-01T10:00:00Z", [3.0, 45.0, 3.1, 45.1], asset("a.tif")),
        item("4", "2021-06-04T10:00:00Z", [3.0, 45.0, 3.1, 45.1], asset("gone.tif")),
    ];
    assert_eq!(load(folder.path(), &gone, json!({})).err().unwrap().code, codes::UNREADABLE);
    let source = load(folder.path(), &gone, json!({"on_error": "skip"})).unwrap();
    let cx = ReadCx::default();
    let chunk = source.read(&source.schema().all(), &cx).unwrap();
    assert_eq!(chunk.bands[0].to_f64(), [1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let skipped = cx.skipped();
    assert!(skipped.len() == 1 && skipped[0].input.ends_with("gone.tif") && skipped[0].step == "2021-06-04T10:00");

    // A file that is gone when its pixels are wanted.
    let source = load(folder.path(), &gone[..1], json!({})).unwrap();
    let again = crate::io::open(&source.spec(), source.schema()).unwrap();
    std::fs::remove_file(folder.path().join("a.tif")).unwrap();
    let failed =
        std::thread::spawn(move || again.read(&again.schema().all(), &ReadCx::default())).join().unwrap().unwrap_err();
    assert_eq!(failed.code, codes::READ_FAILED);
    assert!(failed.message.ends_with("a.tif` of 2021-06-01T10:00 cannot be read") && failed.cause.is_some());
}

#[test]
fn an_asset_of_several_bands_is_as_many() {
    let folder = tempfile::tempdir().unwrap();
    Tif { n_bands: 3, ..tif::<u8>("v.tif", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) }.write(folder.path());
    let here = [3.0, 45.0, 3.1, 45.1];
    let mut items = [item("1", "2021-06-01T10:00:00Z", here, json!({"rgb": {"href": "v.tif", "type": "image/tiff"}}))];
    let source = load(folder.path(), &items, json!({})).unwrap();
    assert_eq!(source.schema().band_names().collect::<Vec<_>>(), ["rgb_1", "rgb_2", "rgb_3"]);
    assert_eq!(
        values(&source, &source.schema().all().with_bands(vec![2, 0])),
        [[9.0, 10.0, 11.0, 12.0], [1.0, 2.0, 3.0, 4.0]]
    );
    items[0]["assets"]["rgb"]["bands"] = json!([{"name": "red"}, {"name": "green"}, {"eo:common_name": "blue"}]);
    let source = load(folder.path(), &items, json!({"assets": ["blue", "green"]})).unwrap();
    assert_eq!(source.schema().band_names().collect::<Vec<_>>(), ["blue", "green"]);
    assert_eq!(values(&source, &source.schema().all()), [[9.0, 10.0, 11.0, 12.0], [5.0, 6.0, 7.0, 8.0]]);
    let twice = load(folder.path(), &items, json!({"assets": ["blue", "blue"]})).err().unwrap();
    assert_eq!(twice.code, codes::BAND_TWICE);
}

#[test]
fn the_antimeridian_is_no_edge() {
    let folder = tempfile::tempdir().unwrap();
    let degrees = |name, west, pixels| Tif { at: (west, 2.0), epsg: 4326, res: 1.0, ..tif::<u16>(name, pixels) };
    degrees("w.tif", 178.0, &[1, 2, 3, 4]).write(folder.path());
    degrees("e.tif", -180.0, &[5, 6, 7, 8]).write(folder.path());
    let time = "2021-06-01T10:00:00Z";
    let items = [
        item("1", time, [178.0, 0.0, 180.0, 2.0], asset("w.tif")),
        item("2", time, [-180.0, 0.0, -178.0, 2.0], asset("e.tif")),
    ];
    let both = [1.0, 2.0, 5.0, 6.0, 3.0, 4.0, 7.0, 8.0];
    let source = load(folder.path(), &items, json!({"group": "time"})).unwrap();
    assert_eq!(source.schema().grid.bounds(), BBox::new(178.0, 0.0, 182.0, 2.0));
    assert_eq!(all(&source), both);
    let source = load(folder.path(), &items, json!({"group": "time", "lonlat": [179.5, 0.5, -179.5, 0.6]})).unwrap();
    assert_eq!(source.schema().grid.bounds(), BBox::new(179.0, 0.0, 181.0, 1.0));
    assert_eq!(all(&source), [4.0, 7.0]);
    // Resampled across it as well.
    let source =
        load(folder.path(), &items, json!({"group": "time", "res": 0.5, "bounds": [179.5, 1, 180.5, 1.5]})).unwrap();
    assert_eq!(all(&source), [2.0, 5.0]);
}

#[test]
fn references_are_rewritten_before_they_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    three(folder.path());
    let here = [3.0, 45.0, 3.1, 45.1];
    let items = [item("1", "2021-06-01T10:00:00Z", here, asset("s3://far/away/a.tif"))];
    let there = folder.path().to_str().unwrap();
    let source = load(folder.path(), &items, json!({"rewrite": ["s3://far/away", there]})).unwrap();
    assert_eq!(all(&source), [1.0, 2.0, 3.0, 0.0]);
    let source = load(folder.path(), &items, json!({"rewrite": ["s3://far/away/", ""]})).unwrap();
    assert_eq!(all(&source), [1.0, 2.0, 3.0, 0.0]);
}

#[test]
fn metadata_place_a_file_that_does_not_know_where_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    library::init();
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let dataset = driver.create_with_band_type::<u16, _>(folder.path().join("a.tif"), 2, 2, 1).unwrap();
    dataset.rasterband(1).unwrap().write((0, 0), (2, 2), &mut Buffer::new((2, 2), vec![1u16, 2, 3, 4])).unwrap();
    drop(dataset);
    let mut assets = asset("a.tif");
    let transform = json!([10, 0, 500_000, 0, -10, 5_000_020]);
    assets["B04"].as_object_mut().unwrap().extend(
        json!({"proj:shape": [2, 2], "proj:transform": transform, "proj:code": "EPSG:32631"})
            .as_object()
            .unwrap()
            .clone(),
    );
    let items = [item("1", "2021-06-01T10:00:00Z", [3.0, 45.0, 3.1, 45.1], assets)];
    let source = load(folder.path(), &items, json!({"bounds": [500_010, 5_000_000, 500_030, 5_000_020]})).unwrap();
    assert_eq!(source.schema().grid.crs.as_ref().unwrap().name, "EPSG:32631");
    let none = f64::from(i32::MIN);
    assert_eq!(all(&source), [2.0, none, 4.0, none]);
}

/// Bands of one asset keep their names; names of the metadata are read as people write them.
#[test]
fn names_of_bands_files_and_systems() {
    let folder = tempfile::tempdir().unwrap();
    Tif { n_bands: 2, ..tif::<u16>("two bands.tif", &[1, 1, 1, 1, 2, 2, 2, 2]) }.write(folder.path());
    let here = [3.0, 45.0, 3.1, 45.1];
    let with = |key: &str, names: [&str; 2]| {
        let bands: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        let mut asset = json!({"href": "two%20bands.tif", "type": "image/tiff", "proj:epsg": "32631"});
        asset[key] = bands.into();
        [item("1", "2021-06-01T10:00:00Z", here, json!({ "image": asset }))]
    };
    let names = |items: &[Value]| -> Vec<String> {
        let source = load(folder.path(), items, json!({})).unwrap();
        source.schema().band_names().map(String::from).collect()
    };
    assert_eq!(names(&with("eo:bands", ["Red", "NIR"])), ["Red", "NIR"]);
    assert_eq!(names(&with("bands", ["Red", "NIR"])), ["Red", "NIR"]);
    assert_eq!(names(&with("bands", ["Red", "Red"])), ["image_1", "image_2"]);
}

/// An item that covers a range of dates is found by each of them, and by no other.
#[test]
fn items_of_a_range_of_dates() {
    let folder = tempfile::tempdir().unwrap();
    tif::<u16>("a.tif", &[1, 2, 3, 4]).write(folder.path());
    let mut items = [item("1", "", [3.0, 45.0, 3.1, 45.1], asset("a.tif"))];
    items[0]["properties"] =
        json!({"datetime": null, "start_datetime": "2022-11-01T00:00:00Z", "end_datetime": "2022-11-08T23:59:59Z"});
    let found = |from: &str, to: &str| {
        load(folder.path(), &items, json!({"time": {"start": from, "end": to, "half_open": false}}))
    };
    for (from, to) in [("2022-11-01", "2022-11-01"), ("2022-11-08", "2022-11-20"), ("2022-10", "2022-12")] {
        let source = found(from, to).unwrap();
        assert_eq!(source.schema().time.label(0), "2022-11-04T23:59:59.5");
    }
    assert_eq!(found("2022-11-09", "2022-11-20").err().unwrap().code, codes::EMPTY_SELECTION);
    assert_eq!(found("2022-10-01", "2022-10-31").err().unwrap().code, codes::EMPTY_SELECTION);
}

/// What items of several versions and extensions say of their assets.
#[test]
fn items_of_every_age() {
    let parsed = |properties: Value, asset: Value| {
        let item = json!({"type": "Feature", "id": "a", "properties": properties, "assets": {"B8": asset}});
        Item::parse(&item, "made").unwrap()
    };
    let time = "2022-01-24T10:00:00Z";
    // `proj:code` and nine numbers; the asset's own grid over the item's.
    let item = parsed(
        json!({"datetime": time, "proj:code": "EPSG:32614", "proj:shape": [10, 10]}),
        json!({"href": "b.tif", "proj:shape": [16781, 16621],
            "proj:transform": [15, 0, 224_992.5, 0, -15, 6_790_207.5, 0, 0, 1]}),
    );
    let b8 = &item.assets[0].1;
    assert_eq!(b8.proj.crs.as_deref(), Some("EPSG:32614"));
    assert_eq!(b8.proj.grid().unwrap(), ([224_992.5, 15.0, 0.0, 6_790_207.5, 0.0, -15.0], 16621, 16781));
    // Positions in the item's `eo:bands`, as before 1.0.
    let old = parsed(
        json!({"datetime": time, "eo:bands": [{"common_name": "blue"}, {"common_name": "red"}]}),
        json!({"href": "b.tif", "eo:bands": [1]}),
    );
    assert_eq!(assets::find(&old, "red").unwrap().key, "B8");
    // `datetime` null, an interval, and a system that only WKT can say.
    let interval = parsed(
        json!({"datetime": null, "start_datetime": "2022-01-17T00:00:00Z", "end_datetime": "2022-02-01T23:59:59Z",
            "proj:epsg": null, "proj:wkt2": "PROJCRS[..]"}),
        json!({"href": "b.hdf", "raster:bands": [{"scale": 1e-4}]}),
    );
    assert_eq!(Calendar::Standard.iso(interval.time), "2022-01-24T23:59:59.5");
    let (_, evi) = &interval.assets[0];
    assert!(evi.proj.crs.as_ref().unwrap().starts_with("PROJCRS") && evi.bands[0].scale == Some(1e-4));
}
