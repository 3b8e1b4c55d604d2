//! Tables of odd files and odd runs: what is repaired, what is refused, and that a target is whole or absent.

use crate::support::{plain, root, run, run_in, session};
use gdal::spatial_ref::{CoordTransform, SpatialRef};
use gdal::vector::{Feature, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager};
use rastra::Table;
use std::fs;
use std::path::Path;

fn table(program: &str) -> Table {
    let mut session = session(&[], &plain());
    let plan =
        session.table_plan(program).unwrap_or_else(|all| panic!("{}", session.render(&all[0], Default::default())));
    session.tabulate(&plan).unwrap()
}

#[track_caller]
fn fails(program: &str, number: &str, words: &[&str]) {
    let ran = run(program, &[], &plain());
    assert_eq!(ran.failed.first().map(|d| d.code.number), Some(number), "{program}\n{}", ran.text);
    for word in words {
        assert!(ran.text.contains(word), "`{word}` is not in\n{}", ran.text);
    }
}

/// Layers of named polygons or points, in a system.
fn write(path: &Path, driver: &str, epsg: u32, layers: &[(&str, &[(&str, &str)])]) {
    let driver = DriverManager::get_driver_by_name(driver).unwrap();
    let mut dataset: Dataset = driver.create_vector_only(path).unwrap();
    let (own, to) = (SpatialRef::from_epsg(32631).unwrap(), SpatialRef::from_epsg(epsg).unwrap());
    for system in [&own, &to] {
        system.clone().set_axis_mapping_strategy(gdal::spatial_ref::AxisMappingStrategy::TraditionalGisOrder);
    }
    for (name, features) in layers {
        let options = LayerOptions { name, srs: Some(&to), ty: OGRwkbGeometryType::wkbUnknown, ..Default::default() };
        let layer = dataset.create_layer(options).unwrap();
        layer.create_defn_fields(&[("name", OGRFieldType::OFTString)]).unwrap();
        for (name, wkt) in *features {
            let mut geometry = Geometry::from_wkt(wkt).unwrap();
            if epsg != 32631 {
                geometry.transform_inplace(&CoordTransform::new(&own, &to).unwrap()).unwrap();
            }
            let mut feature = Feature::new(layer.defn()).unwrap();
            feature.set_field_string(0, name).unwrap();
            feature.set_geometry(geometry).unwrap();
            feature.create(&layer).unwrap();
        }
    }
    dataset.close().unwrap();
}

const LEFT: &str = "POLYGON ((500000 4999960, 500020 4999960, 500020 5000000, 500000 5000000, 500000 4999960))";
const ALL: &str = "POLYGON ((499000 4999000, 501000 4999000, 501000 5001000, 499000 5001000, 499000 4999000))";

#[test]
fn zones_of_another_system() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.gpkg");
    let other = folder.path().join("other.gpkg");
    let zones = [("left", LEFT), ("all", ALL)];
    write(&own, "GPKG", 32631, &[("zones", &zones)]);
    write(&other, "GPKG", 3857, &[("zones", &zones)]);
    let of = |path: &Path| {
        let program = format!("ramp 3 4 | zonal \"{}\" [mean count] by name exact", path.display());
        let table = table(&program);
        [table.column("mean").unwrap().to_f64().unwrap(), table.column("count").unwrap().to_f64().unwrap()].concat()
    };
    let (a, b) = (of(&own), of(&other));
    assert_eq!(a[..2], [15.5, 16.5]);
    // What is straight there is not quite here, over forty meters.
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} {b:?}");
}

#[test]
fn layers_and_what_is_no_polygon() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("several.gpkg");
    let line = "POLYGON ((500000 5000000, 500020 5000000, 500000 5000000, 500000 5000000))";
    write(
        &path,
        "GPKG",
        32631,
        &[
            ("west", &[("left", LEFT), ("flat", line)]),
            ("whole", &[("all", ALL)]),
            ("points", &[("p", "POINT (500005 4999995)")]),
        ],
    );
    let path = path.display();
    fails(&format!("ramp 1 4 | zonal \"{path}\" mean"), "E0104", &["has 3 layers", "`layer west`"]);
    fails(&format!("ramp 1 4 | zonal \"{path}\" mean layer points"), "E0315", &["holds no polygon"]);
    fails(&format!("ramp 1 4 | zonal \"{path}\" mean layer wast"), "E0113", &["did you mean `west`?"]);
    let flat = run(&format!("ramp 1 4 | zonal \"{path}\" [mean count] by name layer west"), &[], &plain());
    assert!(flat.text.contains("1 zone without area: flat"), "{}", flat.text);
    let counts = table(&format!("ramp 1 4 | zonal \"{path}\" count layer west"));
    assert_eq!(counts.column("count").unwrap().integers().unwrap(), [Some(8)]);
    let counts = table(&format!("ramp 1 4 | zonal \"{path}\" count layer west keep_empty"));
    assert_eq!(counts.column("count").unwrap().integers().unwrap(), [Some(8), Some(0)]);
    let point = table(&format!("ramp 1 4 | extract \"{path}\" by name layer points"));
    assert_eq!(point.column("value").unwrap().integers().unwrap(), [Some(0)]);
    fails("ramp 1 4 | zonal \"nowhere.gpkg\" mean", "E0301", &["nowhere.gpkg"]);
    let text = folder.path().join("text.geojson");
    fs::write(&text, "no geojson").unwrap();
    fails(&format!("ramp 1 4 | zonal \"{}\" mean", text.display()), "E0312", &["text.geojson"]);
}

#[test]
fn fields_that_are_called_as_columns_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zones.geojson");
    let feature = |name: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"band":"{name}","mean":1.5,"time":true}},"geometry":{{"type":"Polygon","coordinates":[[[3,45.15],[3.1,45.15],[3.1,45.2],[3,45.15]]]}}}}"#
        )
    };
    fs::write(&path, format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, feature("a"))).unwrap();
    for (field, columns) in [
        ("band", ["time", "id_band", "band", "mean"]),
        ("mean", ["time", "id_mean", "band", "mean"]),
        ("time", ["time", "id_time", "band", "mean"]),
    ] {
        let table = table(&format!("ramp 1 4 | zonal \"{}\" mean by {field}", path.display()));
        assert_eq!(table.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), columns);
    }
}

#[test]
fn texts_of_points() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    // Degrees are known by their names; the order of the columns is any.
    let degrees = file("degrees.csv", "Lat,name,LON\n45.1534,\"a, b\",3.0001\n45.1534,,3.0001\n,none,\n");
    let found = table(&format!("ramp 1 4 | extract \"{degrees}\" by name"));
    assert_eq!(found.columns[2].name, "lon");
    let names = found.column("name").unwrap();
    assert_eq!((names.text(0), names.text(2)), ("a, b".to_string(), "none".to_string()));
    let values = found.column("value").unwrap().integers().unwrap();
    assert!(values[0].is_some() && values[0] == values[1] && values[2].is_none(), "{values:?}");
    let columns = file("columns.csv", "east,north\n1,2\n");
    fails(&format!("ramp 1 4 | extract \"{columns}\""), "E0315", &["no columns of coordinates", "`east`, `north`"]);
    let by = format!("ramp 1 4 | extract \"{degrees}\" by nam");
    fails(&by, "E0220", &["did you mean `name`?"]);
    // The same point, in a system that is named.
    let meters = file("metres.csv", "x,y\n333986.30,5645689.39\n");
    let program = format!("ramp 1 4 | extract \"{meters}\" crs 3857");
    let plan = session(&[], &plain()).table_plan(&program).unwrap();
    assert_eq!(plan.schema.columns[1].name, "x");
}

#[test]
fn targets_are_whole_or_absent() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out/table.csv");
    let save = |program: &str, how: &str| {
        let text = format!("{program} | save csv \"{}\" {how}", target.display());
        run_in(&mut session(&[], &plain()), &text)
    };
    // A sum that does not fit is found while running.
    let overflow = save("ramp 1 2 | map v = 9e18 | cast int64 | reduce sum over space", "");
    assert_eq!(overflow.failed[0].code.number, "E0404", "{}", overflow.text);
    assert!(!target.parent().unwrap().exists() || fs::read_dir(target.parent().unwrap()).unwrap().count() == 0);
    let saved = save("ramp 2 2 | reduce mean over space", "");
    assert!(saved.failed.is_empty() && saved.text.starts_with("saved ") && saved.text.contains("2 rows, 3 columns"));
    let first = fs::read_to_string(&target).unwrap();
    assert_eq!(first, "time,band,mean\n2020-01-01T00:00:00Z,v,5.5\n2020-02-01T00:00:00Z,v,105.5\n");
    assert_eq!(save("ramp 3 2 | reduce mean over space", "").failed[0].code.number, "E0501");
    assert_eq!(fs::read_to_string(&target).unwrap(), first);
    assert!(save("ramp 3 2 | reduce mean over space", "overwrite").failed.is_empty());
    assert_eq!(fs::read_to_string(&target).unwrap().lines().count(), 4);
}

#[test]
fn what_a_program_shows_is_text_and_html() {
    let mut shown = None;
    let program = "ramp 2 4 | zonal \"examples/data/zones.geojson\" mean by name";
    let program = program.replace("examples", &root().join("examples").to_string_lossy());
    session(&[], &plain()).run("program", &program, &mut |answer| shown = answer.output).unwrap();
    let output = shown.unwrap();
    assert!(output.plain().ends_with("8 rows\n"));
    let html = String::from_utf8(output.by_mime["text/html"].clone()).unwrap();
    assert!(html.starts_with("<table>") && html.contains("<td style=\"text-align: right\">5.5</td>"), "{html}");
}

/// Less memory than the pixels take is enough, except for what holds them all.
#[test]
fn memory_is_kept_or_refused() {
    let small = "set memory 8MiB\n";
    let ran = run(&format!("{small}ramp 1 3000 dtype float64 | reduce [mean max count] over space"), &[], &plain());
    assert!(ran.text.contains("2020-01-01  v     16494.5    32989  9000000"), "{}", ran.text);
    let all = "ramp 1 3000 dtype float64 | reduce median over space";
    fails(&format!("{small}{all}"), "E0402", &["which quantiles and modes hold", "`set memory 512MiB`"]);
    fails("set memory 1MiB\nramp 100000 1 | at 500005 4999995", "E0402", &["the table needs", "`set memory 64MiB`"]);
    fails("set memory 1MiB\nramp 20 40 | overlay ( ramp 1 40 )", "E0402", &["the list of values", "mean std count"]);
    let classes = "set memory 32MiB\nramp 1 300 | overlay ( ramp 1 300 | map c = round(1000 * x) + y ) count";
    fails(classes, "E0402", &["classes and more"]);
}

/// Library and language give the same plan, which travels.
#[test]
fn a_program_gives_one_kind_of_result() {
    let mut session = session(&[], &plain());
    assert_eq!(session.plan("ramp 1 2 | reduce mean over space").unwrap_err()[0].code.number, "E0120");
    assert_eq!(session.table_plan("ramp 1 2 | mean").unwrap_err()[0].code.number, "E0120");
}

/// A zone that cannot be projected is missing with a note; the others have their rows.
#[test]
fn zones_without_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let square = |west: f64, south: f64, size: f64| {
        let (east, north) = (west + size, south + size);
        format!("[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]")
    };
    let save = |name: &str, zones: &[(&str, String)]| {
        let feature = |(name, ring): &(&str, String)| {
            format!(
                r#"{{"type":"Feature","properties":{{"name":"{name}"}},"geometry":{{"type":"Polygon","coordinates":{ring}}}}}"#
            )
        };
        let features = zones.iter().map(feature).collect::<Vec<_>>().join(",");
        let path = folder.path().join(name);
        fs::write(&path, format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)).unwrap();
        path.display().to_string()
    };
    // Ninety degrees from the central meridian lies beyond what a transverse Mercator projection can show.
    let (here, far) = (("here", square(2.9, 45.1, 0.2)), ("far", square(92.0, 0.0, 1.0)));
    let both = save("both.geojson", &[far.clone(), here]);
    let program = format!("ramp 1 4 | zonal \"{both}\" mean by name keep_empty");
    let means = table(&program).column("mean").unwrap().to_f64().unwrap();
    assert!(means[0].is_nan() && means[1] == 16.5, "{means:?}");
    let shown = run(&program, &[], &plain()).text;
    assert!(shown.contains("note: 1 zone without a place in the cube's system: far"), "{shown}");
    let only = save("only.geojson", &[far]);
    fails(&format!("ramp 1 4 | zonal \"{only}\" mean"), "E0315", &["no place in the cube's system", "reproject"]);
}

/// Beside gaps, bilinear has one rule for points and for grids: missing where the nearest pixel is, otherwise the mean
/// of the valid neighbors by their weights.
#[test]
fn bilinear_beside_gaps() {
    let gaps = "ramp 1 4 | cast float64 | where v != 11 and v != 2";
    for (x, y) in [(500009.0, 4999991.0), (500012.0, 4999988.0), (500019.5, 4999996.0), (500006.0, 4999984.0)] {
        let at = table(&format!("{gaps} | at {x} {y} method bilinear")).column("value").unwrap().to_f64().unwrap();
        let bounds = format!("{} {} {} {}", x - 1.0, y - 1.0, x + 1.0, y + 1.0);
        let grid = format!("{gaps} | reproject EPSG:32631 bounds {bounds} res 2 method bilinear");
        let pixel = table(&format!("{grid} | at {x} {y}")).column("value").unwrap().to_f64().unwrap();
        let same = (at[0] - pixel[0]).abs() < 1e-9 || (at[0].is_nan() && pixel[0].is_nan());
        assert!(same && at.len() == 1, "{x} {y}: {at:?} is not {pixel:?}");
    }
    // By hand: the pixels 0, 1 and 10 around the point have weights of 0.36, 0.24 and 0.24; 11 is missing.
    let value =
        table(&format!("{gaps} | at 500009 4999991 method bilinear")).column("value").unwrap().to_f64().unwrap();
    assert!((value[0] - (0.24 + 2.4) / 0.84).abs() < 1e-9, "{value:?}");
}

/// Two items: one with two assets, of which one has a grid of its own; the other without any.
const ITEMS: &str = r#"{"type": "FeatureCollection", "features": [
  {"type": "Feature", "id": "b", "collection": "c", "bbox": [1, 2.5, 3, 4], "geometry": null,
   "properties": {"datetime": "2021-06-02T10:00:00Z", "eo:cloud_cover": 12.5, "proj:code": "EPSG:32631",
                  "proj:shape": [10, 20], "instruments": ["msi"], "created": "2021-07-01T00:00:00Z", "shape": "odd"},
   "assets": {"red": {"href": "./red.tif", "type": "image/tiff", "roles": ["data", "reflectance"]},
              "info": {"href": "https://h/info.json?token=secret", "proj:code": "EPSG:4326", "proj:shape": [3, 4]}}},
  {"type": "Feature", "id": "a", "geometry": null, "assets": {},
   "properties": {"datetime": null, "start_datetime": "2021-06-01T00:00:00Z", "end_datetime": "2021-06-02T00:00:00Z"}}
]}"#;

#[test]
fn items_and_their_assets() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("items.json"), ITEMS).unwrap();
    let ran = run(&format!("items \"{}\" | save csv \"{}\"", at("items.json"), at("out.csv")), &[], &plain());
    assert!(ran.failed.is_empty(), "{}", ran.text);
    let red = at("red.tif");
    let expected = [
        "id,collection,datetime,bbox,asset,type,roles,system,shape,href,created,end_datetime,eo:cloud_cover,instruments,\
         proj:code,proj:shape,property_shape,start_datetime"
            .to_string(),
        "a,,2021-06-01T12:00:00Z,,,,,,,,,2021-06-02T00:00:00Z,,,,,,2021-06-01T00:00:00Z".into(),
        format!(
            "b,c,2021-06-02T10:00:00Z,\"[1,2.5,3,4]\",red,image/tiff,data reflectance,EPSG:32631,\"[10,20]\",{red},\
             2021-07-01T00:00:00Z,,12.5,\"[\"\"msi\"\"]\",EPSG:32631,\"[10,20]\",odd,"
        ),
    ];
    let text = fs::read_to_string(at("out.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..3], expected, "{text}");
    assert!(
        lines[3].starts_with("b,c,2021-06-02T10:00:00Z,\"[1,2.5,3,4]\",info,,,EPSG:4326,\"[3,4]\",https://h/info.json")
    );
    assert!(lines.len() == 4 && !text.contains("secret"), "{text}");

    let one = table(&format!("items \"{}\" filter (cloud_cover < 20) | head 1", at("items.json")));
    assert_eq!((one.rows(), one.column("eo:cloud_cover").and_then(|c| c.reals())), (1, Some(&[12.5][..])));
    fails(&format!("items \"{}\" collection d", at("items.json")), "E0204", &["no item is left", "items.json"]);
    fails(&format!("items \"{}\"", at("none.json")), "E0301", &["none.json"]);
    fails(&format!("ramp 1 1 | items \"{}\"", at("items.json")), "E0109", &["starts a pipeline"]);
}

#[test]
fn steps_of_a_load_and_of_what_became_of_it() {
    let known = table("load stac \"examples/data/items.json\" assets red | steps | head 2");
    let names: Vec<&str> = known.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["step", "time", "id", "name", "bbox", "cloud_cover", "datetime", "eo:cloud_cover", "proj:epsg"]);
    let cells = |name: &str| (0..2).map(|row| known.column(name).unwrap().text(row)).collect::<Vec<_>>();
    assert_eq!(cells("id"), ["scene_20230120", "scene_20230121"]);
    assert_eq!(cells("datetime"), ["2023-01-20T10:20:31Z", "2023-01-21T10:21:31Z"]);
    assert_eq!(cells("bbox")[0], "[10.336314,47.83458,10.352625,47.845561]");
    // Steps that were picked keep what they know; a reduction leaves the interval.
    let picked = table("load stac \"examples/data/items.json\" assets red | step -1 | steps");
    assert_eq!((picked.column("id").unwrap().text(0), picked.rows()), ("scene_20231112".into(), 1));
    let mean = table("ramp 3 1 | mean | steps");
    assert_eq!(mean.column("end").unwrap().text(0), "2020-03-01T00:00:00Z");
}

/// The statistics that `stats` prints are a table for whatever follows it.
#[test]
fn statistics_as_a_table() {
    let folder = tempfile::tempdir().unwrap();
    for (format, expected) in [
        ("csv", "band,valid,missing,min,mean,std,max\na,6,2,0,55.5,51.73892796209317,111\n"),
        (
            "json",
            "[\n{\"band\":\"a\",\"valid\":6,\"missing\":2,\"min\":0,\"mean\":55.5,\"std\":51.73892796209317,\"max\":111},\n",
        ),
    ] {
        let path = folder.path().join(format!("s.{format}"));
        let save = format!("ramp 2 2 gaps 3 bands [a b] | stats | save {format} \"{}\"", path.display());
        let ran = run(&save, &[], &plain());
        assert!(ran.failed.is_empty(), "{}", ran.text);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(expected), "{text}");
    }
    let stats = table("let s = ramp 2 2 | mask v >= 0 | stats\n$s");
    assert_eq!(["valid", "missing", "mean"].map(|c| stats.column(c).unwrap().text(0)), ["0", "8", ""]);
    fails("ramp 2 2 | stats | coarsen 2 mean", "E0120", &["a table flows in here"]);
    fails("ramp 2 2 | show | coarsen 2 mean", "E0120", &["a table flows in here"]);
}

/// Areas as a numerical integral over the ellipsoid has them, counts as numpy has them of the same file.
#[test]
fn counts_and_areas_of_classes() {
    let wet = "load files \"examples/data/rain/*.tif\" | head 1 | map wet = if(rain > 1, 1, 0)";
    let all = table(&format!("{wet} | counts"));
    let cells = |name: &str| all.column(name).unwrap().to_f64().unwrap();
    assert_eq!((cells("value"), cells("count")), (vec![0.0, 1.0], vec![1628.0, 46.0]));
    for (area, expected) in cells("area").iter().zip([137_224_728_412.319_92, 3_890_686_036.207_109_5]) {
        assert!((area / expected - 1.0).abs() < 1e-12, "{area}");
    }
    // However the pixels are cut, and whatever the type: negative numbers first, missing ones never.
    let signed = table("ramp 2 3 gaps 4 | map a = 2 - v // 10 | cast int16 | counts");
    let cells = |name: &str| signed.column(name).unwrap().to_f64().unwrap();
    assert_eq!(cells("value"), [0.0, 1.0, 2.0, -10.0, -9.0, -8.0]);
    assert_eq!(cells("count"), [2.0, 2.0, 3.0, 2.0, 3.0, 2.0]);
    let large = table("ramp 1 2 | map a = v - v | cast int64 | map a = a | counts");
    assert_eq!(large.column("count").unwrap().text(0), "4");
    let ran = run(&format!("{wet} | reproject EPSG:3857 | counts"), &[], &plain());
    assert!(ran.text.contains("EPSG:6933") && ran.text.contains("2.318 times"), "{}", ran.text);
    // Measurements have too many values to be counted one by one; the memory says how many are.
    fails("set memory 64MiB\nramp 1 1000 | map _ + x * y | counts", "E0402", &["and more", "`map round(_ / 100)`"]);
    // A grid without a system has no areas.
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("bare.asc");
    fs::write(&bare, "ncols 2\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 10\n3 3\n").unwrap();
    let bare = table(&format!("load files \"{}\" | counts", bare.display()));
    assert_eq!((bare.column("count").unwrap().text(0), bare.column("area")), ("2".into(), None));
}

/// A square of 2.2 pixels either way: it covers 1 wholly, holds the centers of 4, touches 9.
#[test]
fn pixels_that_zones_touch_hold_or_cover() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.gpkg");
    let square = "POLYGON ((500006 4999972, 500028 4999972, 500028 4999994, 500006 4999994, 500006 4999972))";
    write(&path, "GPKG", 32631, &[("zones", &[("one", square)])]);
    let path = path.display();
    for (touch, count, sum) in [
        ("touch true", 9.0, 99.0),
        ("touch false", 4.0, 66.0),
        ("touch inside", 1.0, 11.0),
        ("", 4.0, 66.0),
        ("exact", 4.84, 62.92),
    ] {
        let zonal = table(&format!("ramp 1 4 | zonal \"{path}\" [count sum] by name {touch}"));
        let cells = |name: &str| zonal.column(name).unwrap().to_f64().unwrap()[0];
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(cells("count"), count) && near(cells("sum"), sum), "{touch}");
        let counts = table(&format!("ramp 1 4 | map a = v - v | counts \"{path}\" by name {touch}"));
        let cells = |name: &str| counts.column(name).unwrap().to_f64().unwrap();
        assert!(near(cells("count")[0], count) && near(cells("area")[0], count * 100.0), "{touch}");
        let pixels =
            if touch == "exact" { continue } else { format!("ramp 1 4 | mask polygon \"{path}\" {touch} | stats") };
        let kept = table(&format!("let s = {pixels}\n$s"));
        assert_eq!(kept.column("valid").unwrap().to_f64().unwrap(), [count], "{touch}");
    }
    let cropped = table(&format!("let s = ramp 1 4 | crop polygon \"{path}\" touch inside | stats\n$s"));
    assert_eq!(["valid", "missing"].map(|name| cropped.column(name).unwrap().text(0)), ["1", "8"]);
    fails(&format!("ramp 1 4 | zonal \"{path}\" exact touch inside"), "E0119", &["`touch` decides nothing"]);
    fails("ramp 1 4 | counts by name", "E0104", &["is about polygons"]);
}

/// On a grid of degrees pixels count by their area, or each the same: numpy's mean and deviation of the same file.
#[test]
fn means_without_weights() {
    let rain = "load files \"examples/data/rain/*.tif\" | head 1 | reduce";
    let plain = table(&format!("{rain} [mean std std1 var1] over space weights none"));
    let expected = [
        0.103_046_594_982_078_84,
        0.297_394_562_669_479_9,
        0.297_483_430_014_260_2,
        0.297_483_430_014_260_2f64.powi(2),
    ];
    for (name, expected) in ["mean", "std", "std1", "var1"].into_iter().zip(expected) {
        let own = plain.column(name).unwrap().to_f64().unwrap()[0];
        assert!((own - expected).abs() < 1e-7, "{name}: {own}");
    }
    let weighted = table(&format!("{rain} mean over space")).column("mean").unwrap().to_f64().unwrap()[0];
    assert!((weighted - 0.103_046_594_982).abs() > 1e-6, "{weighted}");
    fails(&format!("{rain} std1 over space"), "E0113", &["weights none"]);
}

/// A table with a name is computed once, however often a program uses it.
#[test]
fn what_is_used_twice_is_computed_once() {
    let tasks = |rest: &str| {
        let mut tasks = 0;
        let program = format!("let t = ramp 8 4 | mean over space\n{rest}");
        session(&[], &plain()).run("program", &program, &mut |answer| tasks = answer.outcome.tasks).unwrap();
        tasks
    };
    let once = tasks("$t");
    assert!(once > 0);
    let normal = "$t | groupby month max | rename most = mean_max";
    assert_eq!(tasks(&format!("$t | derive month = month(time) | join ({normal}) by month | sort most")), once);
    assert_eq!(tasks("$t | join (ramp 8 4 | mean over space) by time as other"), 2 * once);
}
