//! Files made for one peculiarity each.

use super::super::SINK;
use super::super::discover::discover;
use super::read;
use crate::cube::{DType, Pixels, Region, TimeAxis};
use crate::diagnostic::{Diagnostic, codes};
use crate::io::{ReadCx, Source};
use crate::plan::{IfExists, Payload, SinkSpec};
use netcdf::FileMut;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A file `name` with `lat` 2 1 0, `lon` 10 11 and `time` of the given days.
pub(super) fn make(folder: &Path, name: &str, days: &[i32], more: impl FnOnce(&mut FileMut)) -> PathBuf {
    let path = folder.join(name);
    super::super::library::alone(|| {
        let mut file = netcdf::create(&path).unwrap();
        axis(&mut file, "lat", "degrees_north", &[2.0, 1.0, 0.0]);
        axis(&mut file, "lon", "degrees_east", &[10.0, 11.0]);
        if !days.is_empty() {
            file.add_dimension("time", days.len()).unwrap();
            let mut time = file.add_variable::<i32>("time", &["time"]).unwrap();
            time.put_attribute("units", "days since 2000-01-01").unwrap();
            time.put_values(days, ..).unwrap();
        }
        more(&mut file);
        Ok(())
    })
    .unwrap();
    path
}

pub(super) fn axis(file: &mut FileMut, name: &str, units: &str, values: &[f64]) {
    file.add_dimension(name, values.len()).unwrap();
    let mut variable = file.add_variable::<f64>(name, &[name]).unwrap();
    variable.put_attribute("units", units).unwrap();
    variable.put_values(values, ..).unwrap();
}

pub(super) fn add<T: netcdf::NcTypeDescriptor>(
    file: &mut FileMut,
    name: &str,
    dims: &[&str],
    values: &[T],
    attributes: &[(&str, netcdf::AttributeValue)],
) {
    let mut variable = file.add_variable::<T>(name, dims).unwrap();
    for (name, value) in attributes {
        variable.put_attribute(name, value.clone()).unwrap();
    }
    variable.put_values(values, ..).unwrap();
}

pub(super) fn load(path: &Path, more: Value) -> Result<Arc<dyn Source>, Box<Diagnostic>> {
    let mut options = json!({ "path": path.to_string_lossy() });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let loaded = discover(&Payload::of(&options), &AtomicBool::new(false));
    if path.is_file() {
        // The same file as one that is on no disk: read without the library.
        options["path"] = format!("/vsisubfile/0,{}", path.display()).into();
        same(path, &loaded, &discover(&Payload::of(&options), &AtomicBool::new(false)));
    }
    loaded
}

type Loaded = Result<Arc<dyn Source>, Box<Diagnostic>>;

/// Whether the library and the reader of files on servers found the same cube, and the same pixels.
fn same(path: &Path, library: &Loaded, far: &Loaded) {
    let (library, far) = match (library, far) {
        (Ok(library), Ok(far)) => (library, far),
        (Err(library), Err(far)) => {
            assert_eq!(library.code, far.code, "{}: {library:?} and {far:?}", path.display());
            return;
        }
        (library, far) => {
            let told = |loaded: &Loaded| loaded.as_ref().err().cloned();
            panic!("{}: {:?} and {:?}", path.display(), told(library), told(far));
        }
    };
    let shown = |source: &Arc<dyn Source>| format!("{:?}", source.schema()).replace("/vsisubfile/0,", "");
    assert_eq!(shown(library), shown(far), "{}", path.display());
    let schema = library.schema();
    let bands = (0..schema.bands.len()).collect();
    let region = Region { time: 0..schema.time.len(), bands, y: 0..schema.grid.height, x: 0..schema.grid.width };
    let pixels = |source: &Arc<dyn Source>| source.read(&region, &ReadCx::default()).map(|chunk| chunk.bands);
    match (pixels(library), pixels(far)) {
        (Ok(library), Ok(far)) => {
            for (library, far) in library.iter().zip(&far) {
                let values = |pixels: &Pixels| (0..pixels.len()).map(|i| pixels.get(i).to_bits()).collect::<Vec<_>>();
                assert_eq!(values(library), values(far), "{}", path.display());
            }
        }
        (library, far) => assert_eq!(library.err().map(|e| e.code), far.err().map(|e| e.code), "{}", path.display()),
    }
}

#[test]
fn missing_values_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let (map, flat) = (["lat", "lon"], [1.0f32, -1.0, 3.0, -9999.9, f32::NAN, 6.0]);
    let path = make(folder.path(), "m.nc", &[], |file| {
        // Two values, one written with more digits than the pixels have.
        add(file, "f", &map, &flat, &[("missing_value", vec![-1.0f64, -9999.9].into())]);
        add(
            file,
            "u",
            &map,
            &[0i8, 1, -1, -2, 100, -128],
            &[("_Unsigned", "true".into()), ("missing_value", (-2i8).into())],
        );
        add(file, "l", &map, &[i64::MAX, i64::MIN + 2, 3, 4, 5, 6], &[("missing_value", (i64::MIN + 2).into())]);
        add(
            file,
            "p",
            &map,
            &[1i16, 2, 3, -4, 5, 6],
            &[("scale_factor", (-0.5f32).into()), ("missing_value", 3i16.into())],
        );
        // Missing: the value netCDF fills with; not one the type cannot hold.
        add(file, "i", &map, &[1i32, -2147483647, 3, 4, 5, 6], &[("missing_value", 1e20f64.into())]);
        let latin = [("scale_factor", 1.0f64.into()), ("add_offset", 0.0f64.into())];
        add(file, "b", &map, &[1u8, 2, 3, 4, 5, 255], &latin);
    });
    let source = load(&path, json!({})).unwrap();
    let bands = &source.schema().bands;
    let pixels = read(&*source, &source.schema().all());
    let shown = |b: usize| {
        let values = pixels[b].cast(bands[b].nodata, DType::F64, Some(f64::NAN)).to_f64();
        (bands[b].dtype, bands[b].nodata, values.iter().map(|v| format!("{v}")).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(shown(0), (DType::F32, Some(-1.0), "1 NaN 3 NaN NaN 6".into()));
    assert_eq!(shown(1), (DType::U8, Some(254.0), "0 1 255 NaN 100 128".into()));
    let Pixels::I64(long) = &pixels[2] else { panic!("{:?}", pixels[2]) };
    assert_eq!(long, &[i64::MAX, i64::MIN, 3, 4, 5, 6]);
    assert_eq!((shown(3).0, shown(3).2), (DType::F32, "-0.5 -1 NaN 2 -2.5 -3".into()));
    assert_eq!(shown(4), (DType::I32, Some(-2147483647.0), "1 NaN 3 4 5 6".into()));
    assert_eq!(shown(5), (DType::U8, None, "1 2 3 4 5 255".into()));
}

#[test]
fn any_order_of_dimensions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.nc");
    let _ = make(folder.path(), "t.nc", &[1, 0], |file| {
        axis(file, "south", "degrees_north", &[-1.0, 0.0, 1.0]);
        axis(file, "west", "degrees_east", &[3.0, 2.0, 1.0, 0.0]);
        let values: Vec<i32> = (0..24).collect();
        add(file, "a", &["west", "time", "south"], &values, &[]);
        // Constant in time; read beside the others when it is asked for.
        add(file, "still", &["south", "west"], &values[..12], &[]);
    });
    let source = load(&path, json!({})).unwrap();
    assert_eq!(source.schema().notes.len(), 1);
    assert_eq!(source.schema().grid.transform, [-0.5, 1.0, 0.0, 1.5, 0.0, -1.0]);
    let source = load(&path, json!({ "var": ["a", "still"] })).unwrap();
    assert_eq!(source.schema().time.span_text(), "2000-01-01 .. 2000-01-02, 2 steps");
    let pixels = read(&*source, &source.schema().all());
    // Value of `a` at west i, time j, south k is 6 i + 3 j + k; the first step is stored second.
    let expected: Vec<f64> = (0..2)
        .flat_map(|t| (0..3).flat_map(move |y| (0..4).map(move |x| f64::from((3 - x) * 6 + (1 - t) * 3 + 2 - y))))
        .collect();
    assert_eq!(pixels[0].to_f64(), expected);
    let still: Vec<f64> = (0..3).flat_map(|y| (0..4).map(move |x| f64::from((2 - y) * 4 + 3 - x))).collect();
    assert_eq!(pixels[1].to_f64(), [still.clone(), still].concat());
    let part = read(&*source, &Region { time: 1..2, bands: vec![0], y: 1..3, x: 2..3 });
    assert_eq!(part[0].to_f64(), [expected[18], expected[22]]);
}

#[test]
fn grids_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("g.nc");
    let _ = make(folder.path(), "g.nc", &[], |file| {
        axis(file, "y", "degrees_north", &[1.0, 2.0, 4.0]);
        axis(file, "one", "degrees_north", &[7.0]);
        for (name, len) in [("j", 2), ("i", 3)] {
            file.add_dimension(name, len).unwrap();
        }
        let degrees = |units: &str| [("units", units.into())];
        add(file, "lat2", &["j", "i"], &[0f32; 6], &degrees("degrees_north"));
        add(file, "lon2", &["j", "i"], &[0f32; 6], &degrees("degrees_east"));
        add(file, "swath", &["j", "i"], &[0f32; 6], &[("coordinates", "lat2 lon2".into())]);
        add(file, "odd", &["y", "lon"], &[0f32; 6], &[]);
        add(file, "row", &["one", "lon"], &[1f32, 2.0], &[]);
        add(file, "bare", &["j", "lon"], &[0f32; 4], &[]);
    });
    let refused = |var: &str| load(&path, json!({ "var": [var] })).err().unwrap();
    let odd = refused("odd");
    assert_eq!(odd.code, codes::BAD_COORDINATES);
    assert!(
        odd.message.contains("`y` is not regular: 1 lies between 1 and 2 (values 0 and 1), 2 elsewhere"),
        "{odd:?}"
    );
    assert!(refused("swath").message.contains("curvilinear grid: `lat2` and `lon2`"), "{:?}", refused("swath"));
    assert!(refused("bare").message.contains("no longitude and latitude"), "{:?}", refused("bare"));
    assert_eq!(load(&path, json!({})).err().unwrap().code, codes::UNKNOWN_ARRAY);
    let row = load(&path, json!({ "var": ["row"] })).unwrap();
    assert_eq!(row.schema().grid.transform, [9.5, 1.0, 0.0, 7.5, 0.0, -1.0]);
}

#[test]
fn files_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let dims = ["time", "lat", "lon"];
    for (name, day, scale) in [("a2.nc", 2, 0.5), ("a10.nc", 1, 0.5), ("a3.nc", 3, 0.25)] {
        make(folder.path(), name, &[day], |file| {
            add(file, "v", &dims, &[day as i16; 6], &[("scale_factor", scale.into())]);
        });
    }
    let source = load(folder.path(), json!({})).unwrap();
    let values = |source: &dyn Source| read(source, &source.schema().all().with_bands(vec![0]))[0].to_f64();
    assert_eq!(values(&*source).chunks(6).map(|c| c[0]).collect::<Vec<_>>(), [0.5, 1.0, 0.75]);
    assert_eq!(source.schema().properties["name"], ["a10", "a2", "a3"]);
    assert_eq!(source.schema().notes, ["the files pack `v` in different ways, each is unpacked by its own"]);
    // A file that is gone when it is read.
    let skipping = load(folder.path(), json!({ "on_error": "skip" })).unwrap();
    std::fs::remove_file(folder.path().join("a2.nc")).unwrap();
    let all = source.schema().all();
    let error = source.read(&all, &ReadCx::default()).unwrap_err();
    assert_eq!((error.code, error.message.contains("step 2000-01-03")), (codes::READ_FAILED, true), "{error:?}");
    let cx = ReadCx::default();
    let chunk = skipping.read(&all, &cx).unwrap();
    assert!(chunk.bands[0].get(6).is_nan() && chunk.bands[0].get(12) == 0.75);
    assert_eq!((cx.skipped().len(), cx.skipped()[0].step.as_str()), (1, "2000-01-03"));
    // One on another grid, and one that is no netCDF at all.
    make(folder.path(), "b.nc", &[9], |file| {
        axis(file, "latitude", "degrees_north", &[3.0, 2.0, 1.0]);
        add(file, "v", &["time", "latitude", "lon"], &[1i16; 6], &[]);
    });
    std::fs::write(folder.path().join("c.nc"), b"CDF\x01 and then nothing").unwrap();
    assert_eq!(load(folder.path(), json!({})).err().unwrap().code, codes::FILES_DIFFER);
    let skipping = load(folder.path(), json!({ "on_error": "skip" })).unwrap();
    assert_eq!((skipping.schema().time.len(), skipping.schema().notes.len()), (2, 3));
    std::fs::remove_file(folder.path().join("b.nc")).unwrap();
    assert_eq!(load(folder.path(), json!({})).err().unwrap().code, codes::WRONG_FORMAT);
}

#[test]
fn projections_of_cf() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.nc");
    let _ = make(folder.path(), "c.nc", &[], |file| {
        axis(file, "yc", "km", &[20.0, 10.0]);
        axis(file, "xc", "km", &[-5.0, 5.0, 15.0]);
        let parameters: [(&str, netcdf::AttributeValue); 5] = [
            ("grid_mapping_name", "polar_stereographic".into()),
            ("straight_vertical_longitude_from_pole", (-45.0f64).into()),
            ("latitude_of_projection_origin", 90.0f64.into()),
            ("standard_parallel", 70.0f64.into()),
            ("semi_major_axis", 6378273.0f64.into()),
        ];
        add(file, "crs", &[], &[0i32], &parameters);
        add(file, "ice", &["yc", "xc"], &[0f32; 6], &[("grid_mapping", "crs: xc yc".into())]);
    });
    let source = load(&path, json!({ "var": ["ice"] })).unwrap();
    let grid = &source.schema().grid;
    assert_eq!(grid.transform, [-10000.0, 10000.0, 0.0, 25000.0, 0.0, -10000.0]);
    assert!(grid.crs.as_ref().unwrap().wkt.contains("Polar_Stereographic"), "{:?}", grid.crs);
    let told = load(&path, json!({ "var": ["ice"], "crs": "EPSG:3413" })).unwrap();
    assert_eq!(told.schema().grid.crs.as_ref().unwrap().name, "EPSG:3413");
}

/// Readers and a writer on many threads: HDF5 must see one at a time.
#[test]
fn many_threads() {
    let folder = tempfile::tempdir().unwrap();
    for day in 0..40 {
        make(folder.path(), &format!("{day}.nc"), &[day], |file| {
            add(file, "v", &["time", "lat", "lon"], &[day as f32; 6], &[]);
        });
    }
    let source = load(folder.path(), json!({})).unwrap();
    let schema = source.schema();
    let TimeAxis::Instants { values, .. } = &schema.time else { panic!("no time") };
    assert_eq!(values.len(), 40);
    let path = folder.path().join("out/all.nc").to_string_lossy().into_owned();
    let spec = SinkSpec::new("netcdf", path, IfExists::Refuse, Payload::default());
    let sink = (SINK.create)(&spec, schema).unwrap();
    assert_eq!(sink.preferred_tile().time, 40);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (source, sink) = (&source, &sink);
            scope.spawn(move || {
                for step in (thread..40).step_by(8) {
                    let region = source.schema().all().with_time(step..step + 1);
                    let chunk = source.read(&region, &ReadCx::default()).unwrap();
                    assert_eq!(chunk.bands[0].get(0), step as f64);
                    sink.write(&region, chunk).unwrap();
                }
            });
        }
    });
    let output = sink.finish().unwrap();
    let again = load(&output.paths[0], json!({})).unwrap();
    assert_eq!(read(&*again, &schema.all()), read(&*source, &schema.all()));
}

/// A file that was replaced is not read through the old handle.
#[test]
fn replaced_files() {
    let folder = tempfile::tempdir().unwrap();
    let made = |value: f32| {
        let path = make(folder.path(), "new.nc", &[0], |file| {
            add(file, "v", &["time", "lat", "lon"], &[value; 6], &[]);
        });
        std::fs::rename(path, folder.path().join("r.nc")).unwrap();
        let source = load(&folder.path().join("r.nc"), json!({})).unwrap();
        read(&*source, &source.schema().all())[0].get(0)
    };
    assert_eq!((made(1.0), made(2.0)), (1.0, 2.0));
}

/// The library reads zeros where a classic file ends too early.
#[test]
fn files_that_end_too_early() {
    let folder = tempfile::tempdir().unwrap();
    for options in [netcdf::Options::empty(), netcdf::Options::NETCDF4] {
        let path = folder.path().join("whole.nc");
        let numbers = |n: usize| (0..n).map(|i| i as f64).collect::<Vec<_>>();
        super::super::library::alone(|| {
            let mut file = netcdf::create_with(&path, options).unwrap();
            for (name, length, units) in [("lat", 40, "degrees_north"), ("lon", 50, "degrees_east")] {
                file.add_dimension(name, length).unwrap();
                file.add_variable::<f64>(name, &[name]).unwrap().put_attribute("units", units).unwrap();
            }
            file.add_variable::<f64>("v", &["lat", "lon"]).unwrap();
            // A classic file is defined first and written then.
            file.enddef().unwrap();
            for (name, length) in [("lat", 40), ("lon", 50), ("v", 2000)] {
                file.variable_mut(name).unwrap().put_values(&numbers(length), ..).unwrap();
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(load(&path, json!({})).unwrap().schema().grid.width, 50);
        let whole = std::fs::read(&path).unwrap();
        let cut = folder.path().join("cut.nc");
        std::fs::write(&cut, &whole[..whole.len() * 2 / 3]).unwrap();
        let code = load(&cut, json!({})).err().unwrap().code;
        assert!([codes::DAMAGED, codes::WRONG_FORMAT].contains(&code), "{code:?}");
    }
}

/// Members of an ensemble, and levels, as bands: each with the values it has where it alone is chosen.
#[test]
fn dimensions_spread_over_bands() {
    let folder = tempfile::tempdir().unwrap();
    let path = make(folder.path(), "e.nc", &[0, 1], |file| {
        axis(file, "number", "1", &[0.0, 3.0]);
        axis(file, "level", "hPa", &[500.0, 850.5]);
        let values: Vec<f32> = (0..48).map(|v| v as f32).collect();
        add(file, "t", &["number", "time", "level", "lat", "lon"], &values, &[]);
        add(file, "p", &["time", "lat", "lon"], &values[..12], &[]);
    });
    let bands = |options: Value| {
        let source = load(&path, options).unwrap();
        let names: Vec<String> = source.schema().band_names().map(String::from).collect();
        (names.join(" "), read(&*source, &source.schema().all()))
    };
    let (names, all) = bands(json!({ "var": ["t"], "spread": ["number", "level"] }));
    assert_eq!(names, "t_0_500 t_0_850_5 t_3_500 t_3_850_5");
    for (at, (number, level)) in [("0", "500"), ("0", "850.5"), ("3", "500"), ("3", "850.5")].into_iter().enumerate() {
        let (name, one) = bands(json!({ "var": ["t"], "at": { "number": number, "level": level } }));
        assert_eq!((name.as_str(), &one[0]), ("t", &all[at]));
    }
    // The first number of the second member at the upper level and the first day.
    assert_eq!(all[3].get(0), 30.0);
    let (names, _) = bands(json!({ "at": { "level": "500" }, "spread": ["number"] }));
    assert_eq!(names, "t_0 t_3 p");
    let refused = |options: Value| load(&path, options).err().unwrap();
    assert_eq!(refused(json!({ "spread": ["nmber"] })).code, codes::CHOOSE_DIMENSION);
    assert_eq!(
        refused(json!({ "var": ["t"], "at": { "level": "500" }, "spread": ["time"] })).code,
        codes::CHOOSE_DIMENSION
    );
    let both = json!({ "at": { "number": "0" }, "spread": ["number"] });
    assert_eq!(refused(both).code, codes::UNFIT_ARGUMENTS);
}
