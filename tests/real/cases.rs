//! The reference cases of `../shared`: tiny rasters, a query, and the answer that is right.
//!
//! Every case has a row in [`CASES`]: the program that asks the same here, with what to compare.

use super::shared;
use crate::support::{plain, run_in, session};
use crate::tiff::Tiff;
use rastra::Plan;
use rastra::codes;
use rastra::inside::crs;
use rastra::{BBox, Chunk, Schema, TimeAxis};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::Arc;

enum Row {
    /// A program whose `DIR` is the folder of the rasters, and what is compared.
    Ask(&'static str, Compare),
    /// A program for each answer, by its key in the reference.
    AskEach(&'static [(&'static str, &'static str)]),
    /// What has no single program.
    Own(fn(&Case, &Path)),
}

enum Compare {
    /// Pixels, and dtype, transform and system where the answer states them.
    Pixels,
    /// These pixels, where the answer is a rule in words.
    PixelsAre(&'static [&'static [f64]]),
    /// Steps, rows and columns.
    Shape,
    /// The one pixel of every step, in order.
    Series,
    /// The one pixel of every step, by the step's label.
    ByLabel,
    /// Labels of the steps.
    Labels(&'static [&'static str]),
    /// The number of the error.
    Fails(&'static str),
}

use Compare::*;
use Row::*;

/// Three tiles on one lattice. The reference writes minima and sums as float64; here they keep the pixels' own type.
const TILES_FIRST: &str =
    "concat [(load files \"DIR/a.tif\") (load files \"DIR/b.tif\") (load files \"DIR/c.tif\")] union | mosaic first";
const TILES_MIN: &str = "concat [(load files \"DIR/a.tif\") (load files \"DIR/b.tif\") (load files \"DIR/c.tif\")] union | mosaic min | cast float64";
const TILES_SUM: &str = "concat [(load files \"DIR/a.tif\") (load files \"DIR/b.tif\") (load files \"DIR/c.tif\")] union | mosaic sum | cast float64";

const CASES: &[(&str, Row)] = &[
    ("R-int-mean", Ask("load files \"DIR/*.tif\" | mean", Pixels)),
    ("R-int-min", Ask("load files \"DIR/*.tif\" | min", Pixels)),
    ("R-int-std", Ask("load files \"DIR/*.tif\" | std", Pixels)),
    ("R-nan-mean-skip", Ask("load files \"DIR/*.tif\" | mean", Pixels)),
    // A sum of no valid value is missing here; who wants the zero says so.
    ("R-nan-sum-skip", Ask("load files \"DIR/*.tif\" | sum | fill value 0", Pixels)),
    ("R-nan-min-skip", Ask("load files \"DIR/*.tif\" | min", Pixels)),
    ("R-nan-max-skip", Ask("load files \"DIR/*.tif\" | max", Pixels)),
    ("R-nan-std-skip", Ask("load files \"DIR/*.tif\" | std", Pixels)),
    ("R-nan-var-skip", Ask("load files \"DIR/*.tif\" | var", Pixels)),
    (
        "R-ramp",
        AskEach(&[
            ("mean", "load files \"DIR/*.tif\" | mean"),
            ("sum", "load files \"DIR/*.tif\" | sum"),
            ("min", "load files \"DIR/*.tif\" | min"),
            ("max", "load files \"DIR/*.tif\" | max"),
            ("std", "load files \"DIR/*.tif\" | std"),
            ("var", "load files \"DIR/*.tif\" | var"),
        ]),
    ),
    ("R-u8-sum", Ask("load files \"DIR/*.tif\" | sum", Pixels)),
    ("G-int-sum", Ask("load files \"DIR/*.tif\" | groupby [0 0 1 1] sum", ByLabel)),
    // Names of months come in the order of the year, not of the alphabet.
    ("G-order", Ask("load files \"DIR/*.tif\" | groupby [Mar Jan Feb Jan] mean", Labels(&["Jan", "Feb", "Mar"]))),
    ("G-mixed", Ask("load files \"DIR/*.tif\" | groupby [1 a 1 a] mean", Fails("E0210"))),
    ("T-ME", Ask("load files \"DIR/*.tif\" | resample \"ME\" sum", ByLabel)),
    ("T-QS", Ask("load files \"DIR/*.tif\" | resample \"QS\" sum", ByLabel)),
    ("T-W", Ask("load files \"DIR/*.tif\" | resample \"W\" sum", ByLabel)),
    ("T-10D", Ask("load files \"DIR/*.tif\" | resample \"10D\" sum", ByLabel)),
    ("T-daily-month-mean", Own(daily_month_mean)),
    // Medians are no error here: that of 0, 1, 2, 3.
    (
        "T-badop",
        Ask("load files \"DIR/*.tif\" | median", PixelsAre(&[&[1.5, 1.5, 1.5], &[1.5, 1.5, 1.5], &[1.5, 1.5, 1.5]])),
    ),
    (
        "C-offgrid-touch",
        Ask(
            "load files \"DIR/*.tif\" | step 0 | crop bbox 0.08 -0.22 0.22 -0.08",
            PixelsAre(&[
                &[11.0, 12.0, 13.0, 14.0],
                &[21.0, 22.0, 23.0, 24.0],
                &[31.0, 32.0, 33.0, 34.0],
                &[41.0, 42.0, 43.0, 44.0],
            ]),
        ),
    ),
    ("C-tiny-notouch", Own(smaller_than_pixels)),
    (
        "C-partly-out-notouch",
        Ask(
            "load files \"DIR/*.tif\" | step 0 | crop bbox 0.4 -0.1 0.8 0.2 touch false",
            PixelsAre(&[&[8.0, 9.0], &[18.0, 19.0]]),
        ),
    ),
    ("C-nodata-rows", Ask("load files \"DIR/*.tif\" | crop bbox 0.05 -0.3 0.25 -0.05", Shape)),
    ("C-float-nan", Ask("load files \"DIR/*.tif\" | crop bbox 1 1 3 3", Shape)),
    ("P-3857-nn", Ask("load files \"DIR/t*.tif\" | reproject 3857", Pixels)),
    ("P-3857-keep", Ask("load files \"DIR/t*.tif\" | reproject 3857 keep_shape", Pixels)),
    ("A-half", Ask("load files \"DIR/t*.tif\" | align \"DIR/like.tif\"", Pixels)),
    (
        "A-int-template",
        // The template gives the grid, not the type.
        Ask(
            "load files \"DIR/t*.tif\" | align \"DIR/like.tif\"",
            PixelsAre(&[
                &[0.75, 1.75, 2.75, 3.75],
                &[4.75, 5.75, 6.75, 7.75],
                &[8.75, 9.75, 10.75, 11.75],
                &[12.75, 13.75, 14.75, 15.75],
            ]),
        ),
    ),
    ("Y-plus1", Ask("load files \"DIR/*.tif\" | map _ + 1", Pixels)),
    ("Y-near-nodata", Ask("load files \"DIR/*.tif\" | map _ * 0", Pixels)),
    ("O-exclude", Own(values_by_class)),
    ("M-first", Ask(TILES_FIRST, Pixels)),
    ("M-min", Ask(TILES_MIN, Pixels)),
    ("M-sum", Ask(TILES_SUM, Pixels)),
    ("M-first-u16", Own(first_valid_of_a_day)),
    ("M-mem-12", Ask("load files \"DIR/*.tif\" | map _ + 0 | last", Pixels)),
    ("L-order", Ask("load files \"DIR/*.tif\" dates \"%Y.%m.%d\"", Series)),
    ("L-start-only", Ask("load files \"DIR/*.tif\" dates \"%Y.%m.%d\" | time 1979-01-02..", Series)),
    ("L-num", Ask("load files \"DIR/*.tif\" match r\"(\\d+)\"", Series)),
    ("S-bbox", Own(stac_box)),
    ("S-bbox-am", Own(stac_box_across)),
    ("S-solar", Own(solar_day)),
    ("S-solarday-label", Own(solar_day_labels)),
    ("S-point", Own(squares)),
];

/// A case of the file.
struct Case(Value);

impl Case {
    fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    /// `correct` where the reference is wrong.
    fn answer(&self) -> &Value {
        if self.0["correct"] == "same" { &self.0["reference"] } else { &self.0["correct"] }
    }

    fn rasters(&self) -> &[Value] {
        self.0["rasters"].as_array().map_or(&[], Vec::as_slice)
    }

    fn write(&self, folder: &Path) {
        let times = self.0["extra"]["times"].as_array();
        for (i, raster) in self.rasters().iter().enumerate() {
            // Where the case hands over times, they stand in the names.
            let name = match times {
                Some(times) => format!("{}.tif", times[i].as_str().unwrap().replace(':', "")),
                None => raster["name"].as_str().unwrap().to_string(),
            };
            tiff(raster, 4326).write(&folder.join(name));
        }
        if self.0["extra"]["gt"].is_array() {
            tiff(&self.0["extra"], 4326).write(&folder.join("like.tif"));
        }
    }
}

fn tiff(raster: &Value, epsg: u32) -> Tiff<'_> {
    let transform: Vec<f64> = raster["gt"].as_array().unwrap().iter().map(number).collect();
    let nodata = &raster["nodata"];
    Tiff {
        dtype: raster["dtype"].as_str().unwrap(),
        nodata: (!nodata.is_null()).then(|| number(nodata)),
        epsg: Some(raster["epsg"].as_u64().map_or(epsg, |e| e as u32)),
        transform: transform.try_into().unwrap(),
        rows: raster["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r.as_array().unwrap().iter().map(number).collect())
            .collect(),
    }
}

/// A number of the file; `"nan"` and `"nodata"` are missing.
fn number(value: &Value) -> f64 {
    match value {
        Value::String(_) => f64::NAN,
        value => value.as_f64().unwrap(),
    }
}

/// Plans and computes a program, or gives the number of its error.
fn ask(program: &str, folder: &Path) -> Result<(Arc<Plan>, Chunk), &'static str> {
    let program = program.replace("DIR", &folder.to_string_lossy());
    let mut session = session(&[], &plain());
    let plan = session.plan(&program).map_err(|all| {
        eprintln!("{}", session.render(&all[0], Default::default()));
        all[0].code.number
    })?;
    let chunk = session.collect(&plan).map_err(|d| d.code.number)?;
    Ok((plan, chunk))
}

/// `(time, band, y, x)`, missing as NaN.
fn pixels(plan: &Plan, chunk: &Chunk) -> Vec<Vec<Vec<f64>>> {
    let array = chunk.to_array(&plan.schema.nodata());
    let (steps, _, rows, columns) = array.dim();
    let row = |t: usize, y: usize| (0..columns).map(|x| array[[t, 0, y, x]]).collect();
    (0..steps).map(|t| (0..rows).map(|y| row(t, y)).collect()).collect()
}

/// The reference prints nine digits, and float32 results have seven.
fn close(a: f64, b: f64) -> bool {
    (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-6 * b.abs().max(1e-9)
}

fn all_close(id: &str, ours: &[Vec<f64>], theirs: &[Vec<f64>]) {
    let same = ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(a, b)| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(*a, *b)));
    assert!(same, "{id}: {ours:?} instead of {theirs:?}");
}

/// Twin: `answers_on_the_examples`.
#[test]
fn reference_cases() {
    let Some(path) = shared("cases/cases.json") else { return };
    let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let ids: Vec<&str> = cases.iter().map(|case| case["id"].as_str().unwrap()).collect();
    let stray: Vec<&str> = CASES.iter().map(|(id, _)| *id).filter(|id| !ids.contains(id)).collect();
    assert!(stray.is_empty(), "rows without a case: {stray:?}");
    for case in cases.iter().cloned().map(Case) {
        let (_, row) =
            CASES.iter().find(|(id, _)| *id == case.id()).unwrap_or_else(|| panic!("{} has no row", case.id()));
        let folder = tempfile::tempdir().unwrap();
        case.write(folder.path());
        match row {
            Ask(program, compare) => check(&case, &ask(program, folder.path()), compare),
            AskEach(programs) => {
                for (key, program) in *programs {
                    let (plan, chunk) = ask(program, folder.path()).unwrap();
                    let (ours, theirs) = (pixels(&plan, &chunk)[0][0][0], number(&case.answer()[key]));
                    assert!(close(ours, theirs), "{} {key}: {ours} instead of {theirs}", case.id());
                }
            }
            Own(test) => test(&case, folder.path()),
        }
    }
    eprintln!("{} reference cases answered", cases.len());
}

fn check(case: &Case, asked: &Result<(Arc<Plan>, Chunk), &'static str>, compare: &Compare) {
    let id = case.id();
    if let Fails(code) = compare {
        assert_eq!(asked.as_ref().err(), Some(code), "{id}");
        return;
    }
    let (plan, chunk) = asked.as_ref().unwrap_or_else(|code| panic!("{id} fails with {code}"));
    let (schema, ours) = (&plan.schema, pixels(plan, chunk));
    let answer = case.answer();
    match compare {
        Pixels => {
            let data = if answer.is_array() { answer } else { &answer["data"] };
            same_pixels(case, data, &ours);
            same_form(case, schema);
        }
        PixelsAre(rows) => all_close(id, &ours[0], &rows.iter().map(|r| r.to_vec()).collect::<Vec<_>>()),
        Shape => {
            let shapes = if answer[0].is_array() { answer.as_array().unwrap().clone() } else { vec![answer.clone()] };
            assert_eq!(shapes.len(), ours.len(), "{id}");
            for (shape, step) in shapes.iter().zip(&ours) {
                assert_eq!(*shape, json!([schema.bands.len(), step.len(), step[0].len()]), "{id}");
            }
        }
        Series => {
            let theirs: Vec<f64> = answer.as_array().unwrap().iter().map(number).collect();
            all_close(id, &[ours.iter().map(|step| step[0][0]).collect()], &[theirs]);
        }
        ByLabel => {
            let theirs = answer.as_object().unwrap();
            let labels: Vec<String> = (0..ours.len()).map(|step| schema.time.label(step)).collect();
            // The reference writes midnight out.
            let known: Vec<String> = theirs.keys().map(|k| k.replace(" 00:00", "")).collect();
            assert_eq!(labels, known, "{id}");
            for (step, value) in ours.iter().zip(theirs.values()) {
                assert!(close(step[0][0], number(value)), "{id}: {ours:?}");
            }
        }
        Labels(expected) => {
            let labels: Vec<String> = (0..ours.len()).map(|step| schema.time.label(step)).collect();
            assert_eq!(labels, *expected, "{id}");
        }
        Fails(_) => unreachable!("compared above"),
    }
}

/// The answer of a case has bands outermost, or none where there is one step of one band.
fn same_pixels(case: &Case, data: &Value, ours: &[Vec<Vec<f64>>]) {
    let nodata = case.rasters().first().map(|r| number_or_nan(&r["nodata"]));
    let step = if data[0][0].is_array() { &data[0] } else { data };
    let value = |v: &Value| Some(number(v)).filter(|v| Some(*v) != nodata).unwrap_or(f64::NAN);
    let theirs: Vec<Vec<f64>> =
        step.as_array().unwrap().iter().map(|row| row.as_array().unwrap().iter().map(value).collect()).collect();
    all_close(case.id(), &ours[0], &theirs);
}

fn number_or_nan(value: &Value) -> f64 {
    if value.is_null() { f64::NAN } else { number(value) }
}

/// Type, transform and system, where the reference states them.
fn same_form(case: &Case, schema: &Schema) {
    let (id, reference) = (case.id(), &case.0["reference"]);
    if let Some(dtype) = reference["dtype"].as_str() {
        assert_eq!(schema.bands[0].dtype.name(), dtype, "{id}");
    }
    if let Some(transform) = reference["gt"].as_array() {
        let theirs: Vec<f64> = transform.iter().map(number).collect();
        let same = schema.grid.transform.iter().zip(&theirs).all(|(a, b)| close(*a, *b));
        assert!(same, "{id}: {:?} instead of {theirs:?}", schema.grid.transform);
    }
    if let Some(epsg) = reference["epsg"].as_u64() {
        assert_eq!(schema.grid.crs.as_ref().unwrap().name, format!("EPSG:{epsg}"), "{id}");
    }
}

fn daily_month_mean(case: &Case, folder: &Path) {
    for (day, raster) in case.rasters().iter().enumerate() {
        fs::rename(folder.join(raster["name"].as_str().unwrap()), folder.join(format!("2022-01-0{}.tif", day + 1)))
            .unwrap();
    }
    let (plan, chunk) = ask("load files \"DIR/*.tif\" | resample \"1MS\" mean", folder).unwrap();
    let expected = &case.answer()[0];
    assert_eq!(plan.schema.time.len(), 1);
    assert_eq!(plan.schema.time.label(0), expected[0].as_str().unwrap());
    all_close(case.id(), &pixels(&plan, &chunk)[0], &[vec![number(&expected[1]); 3], vec![1.5; 3], vec![1.5; 3]]);
    assert_eq!(plan.schema.grid.transform, [0.0, 1.0, 0.0, 3.0, 0.0, -1.0]);
}

/// The reference keeps pixels that lie wholly inside, of which its box has none. Here the center decides: that box has
/// four, and the one beside it none.
fn smaller_than_pixels(case: &Case, folder: &Path) {
    let (plan, chunk) = ask("load files \"DIR/*.tif\" | crop bbox 0.11 -0.19 0.19 -0.11 touch false", folder).unwrap();
    all_close(case.id(), &pixels(&plan, &chunk)[0], &[vec![22.0, 23.0], vec![32.0, 33.0]]);
    let none = ask("load files \"DIR/*.tif\" | crop bbox 0.13 -0.17 0.17 -0.13 touch false", folder);
    assert_eq!(none.err(), Some(codes::BOX_MISSES_CUBE.number));
}

/// An item collection of some rasters of the folder: name of the raster, time, box.
fn items(folder: &Path, items: &[(&str, &str, Value)]) {
    let item = |(i, (name, time, bbox)): (usize, &(&str, &str, Value))| {
        let mut item = json!({
            "type": "Feature",
            "stac_version": "1.0.0",
            "id": format!("{}", i + 1),
            "properties": {"datetime": time},
            "geometry": null,
            "links": [],
            "assets": {"B04": {"href": name, "type": "image/tiff; application=geotiff"}},
        });
        if !bbox.is_null() {
            item["bbox"] = bbox.clone();
        }
        item
    };
    let features: Vec<Value> = items.iter().enumerate().map(item).collect();
    let text = json!({"type": "FeatureCollection", "features": features}).to_string();
    fs::write(folder.join("items.json"), text).unwrap();
}

/// The three items of the STAC cases.
fn case_items(case: &Case, folder: &Path) {
    let listed = case.0["extra"]["items"].as_array().unwrap();
    let names: Vec<&str> = case.rasters().iter().map(|r| r["name"].as_str().unwrap()).collect();
    let rows: Vec<(&str, &str, Value)> =
        listed.iter().zip(names).map(|(item, name)| (name, item[1].as_str().unwrap(), item[2].clone())).collect();
    items(folder, &rows);
}

fn stac_box(case: &Case, folder: &Path) {
    case_items(case, folder);
    let (_, chunk) = ask("load stac \"DIR/items.json\" assets B04 lonlat 2.9 44 3.05 46", folder).unwrap();
    let [steps, rows, columns] = chunk.shape;
    assert_eq!(json!([steps, [steps, rows, columns]]), *case.answer());
}

fn stac_box_across(case: &Case, folder: &Path) {
    case_items(case, folder);
    let (plan, _) = ask("load stac \"DIR/items.json\" assets B04 lonlat 170 44 4 46", folder).unwrap();
    assert_eq!(json!(plan.schema.time.len()), *case.answer());
}

/// A raster of one pixel, for cases that ask where and when an item lies and not what it holds.
fn one_pixel(path: &Path) {
    let transform = [0.0, 0.5, 0.0, 1.0, 0.0, -0.5];
    Tiff { dtype: "uint16", nodata: Some(0.0), epsg: Some(4326), transform, rows: vec![vec![1.0]] }.write(path);
}

/// The grid around a point, and the box of its corners in degrees.
fn squares(case: &Case, folder: &Path) {
    one_pixel(&folder.join("a.tif"));
    items(folder, &[("a.tif", "2021-06-01T10:00:00Z", json!([-180, -90, 180, 90]))]);
    for (key, expected) in case.answer().as_object().unwrap() {
        let (place, edge) = key.rsplit_once(',').unwrap();
        let (size, res) = edge.split_once('@').unwrap();
        let place = place.replace(',', " ");
        let program = format!("load point {place} from \"DIR/items.json\" assets B04 size {size} res {res}m");
        let (plan, chunk) = ask(&program, folder).unwrap();
        let (grid, n) = (&plan.schema.grid, size.trim_end_matches("px").parse::<usize>().unwrap());
        assert_eq!(chunk.shape, [1, n, n]);
        let crs = grid.crs.as_ref().unwrap();
        assert_eq!(crs.name, format!("EPSG:{}", expected[0]));
        let (b, lonlat) = (grid.bounds(), crs::parse("EPSG:4326").unwrap());
        let corners = [(b.west, b.south), (b.east, b.south), (b.east, b.north), (b.west, b.north)];
        let around = corners
            .map(|(x, y)| crs::project(BBox::new(x, y, x, y), crs, &lonlat).unwrap())
            .into_iter()
            .reduce(BBox::union)
            .unwrap();
        let expected: Vec<f64> = expected[1].as_array().unwrap().iter().map(number).collect();
        for (found, expected) in [around.west, around.south, around.east, around.north].iter().zip(expected) {
            // The answer is written to nine digits.
            assert!((found - expected).abs() < 1e-8, "{key}: {found} {expected}");
        }
    }
}

fn solar_day(case: &Case, folder: &Path) {
    case_items(case, folder);
    let (plan, chunk) = ask("load stac \"DIR/items.json\" assets B04 group solar_day", folder).unwrap();
    let ours = pixels(&plan, &chunk);
    assert_eq!(ours.len(), 2);
    for (step, expected) in ours.iter().zip(case.answer().as_array().unwrap()) {
        let rows = expected.as_array().unwrap().iter().map(|r| r.as_array().unwrap().iter().map(number).collect());
        all_close(case.id(), step, &rows.collect::<Vec<_>>());
    }
}

/// The mosaic of a day takes the first valid pixel.
fn first_valid_of_a_day(case: &Case, folder: &Path) {
    let bbox = json!([0, -0.05, 0.1, 0]);
    items(folder, &[("a.tif", "2021-06-01T10:00:00Z", bbox.clone()), ("b.tif", "2021-06-01T10:00:20Z", bbox)]);
    let (plan, chunk) = ask("load stac \"DIR/items.json\" assets B04 group solar_day", folder).unwrap();
    all_close(case.id(), &pixels(&plan, &chunk)[0], &[vec![1.0, 7.0]]);
}

fn solar_day_labels(case: &Case, folder: &Path) {
    one_pixel(&folder.join("a.tif"));
    for (key, day) in case.answer().as_object().unwrap() {
        let (time, bbox) = key.split_once(' ').unwrap();
        let bbox: Value = serde_json::from_str(bbox).unwrap_or(Value::Null);
        items(folder, &[("a.tif", time, bbox)]);
        let (plan, _) = ask("load stac \"DIR/items.json\" assets B04 group solar_day", folder).unwrap();
        let TimeAxis::Instants { .. } = &plan.schema.time else { panic!("{key}: no dates") };
        // The reference forgets to convert an offset to UTC before it adds the longitude's hours.
        let day = if time.ends_with("-05:00") { "2021-06-02" } else { day.as_str().unwrap() };
        assert_eq!(&plan.schema.time.label(0)[..10], day, "{key}");
    }
}

/// The reference takes the value to leave out for a band; its classes are those that the right answer implies.
fn values_by_class(case: &Case, folder: &Path) {
    let classes = Tiff {
        dtype: "uint8",
        nodata: None,
        epsg: Some(4326),
        transform: [0.0, 0.05, 0.0, 0.0, 0.0, -0.05],
        rows: vec![vec![1.0, 1.0], vec![2.0, 3.0]],
    };
    fs::create_dir(folder.join("by")).unwrap();
    classes.write(&folder.join("by/classes.tif"));
    let program = "load files \"DIR/*.tif\" match r\"t(\\d)\" | overlay \"DIR/by/classes.tif\" exclude 10";
    let program = program.replace("DIR", &folder.to_string_lossy());
    let mut asked = session(&[], &plain());
    let plan = asked.table_plan(&program).unwrap_or_else(|all| panic!("{}", asked.render(&all[0], Default::default())));
    let table = asked.tabulate(&plan).unwrap();
    let lists = |classes: Vec<f64>, values: Vec<f64>| {
        let mut lists = std::collections::BTreeMap::<String, Vec<f64>>::new();
        classes.iter().zip(values).for_each(|(c, v)| lists.entry(c.to_string()).or_default().push(v));
        lists
    };
    let column = |name: &str| table.column(name).and_then(|cells| cells.to_f64()).unwrap();
    let expected: std::collections::BTreeMap<String, Vec<f64>> = serde_json::from_value(case.answer().clone()).unwrap();
    assert_eq!(lists(column("class"), column("value")), expected, "{}", case.id());
    // The same from a file.
    let saved = folder.join("values.json");
    let ran = run_in(&mut session(&[], &plain()), &format!("{program} | save json \"{}\"", saved.display()));
    assert!(ran.failed.is_empty(), "{}", ran.text);
    let records: Vec<Value> = serde_json::from_str(&fs::read_to_string(saved).unwrap()).unwrap();
    let of = |name: &str| records.iter().map(|record| number(&record[name])).collect::<Vec<f64>>();
    assert_eq!(lists(of("class"), of("value")), expected, "{} as JSON", case.id());
}
