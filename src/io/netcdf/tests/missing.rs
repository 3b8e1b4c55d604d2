//! What is missing: by a fill of each file's own, by the library's fill, by a range, by a time that is none.

use super::made::{add, load, make};
use super::read;
use crate::cube::{DType, Pixels};
use crate::diagnostic::codes;
use crate::io::Source;
use netcdf::{AttributeValue, FileMut};
use serde_json::json;

/// The pixels of a band in rows of six, missing ones as `-`.
fn shown(source: &dyn Source, band: usize) -> String {
    let pixels = read(source, &source.schema().all());
    let values = pixels[band].cast(source.schema().bands[band].nodata, DType::F64, Some(f64::NAN)).to_f64();
    let text = |v: &f64| if v.is_nan() { "-".to_string() } else { v.to_string() };
    values.iter().map(text).collect::<Vec<_>>().join(" ")
}

const MAP: [&str; 3] = ["time", "lat", "lon"];

#[test]
fn the_fill_of_each_file_counts_in_it() {
    fn two<T: netcdf::NcTypeDescriptor + Copy>(values: [T; 6], fills: [Option<T>; 2]) -> (String, usize)
    where
        AttributeValue: From<T>,
    {
        let folder = tempfile::tempdir().unwrap();
        for (day, fill) in fills.into_iter().enumerate() {
            make(folder.path(), &format!("{day}.nc"), &[day as i32], |file| {
                let fill: Vec<(&str, AttributeValue)> =
                    fill.map(|fill| ("_FillValue", fill.into())).into_iter().collect();
                add(file, "a", &MAP, &values, &fill);
            });
        }
        let source = load(folder.path(), json!({})).unwrap();
        (shown(&*source, 0), source.schema().notes.len())
    }
    let bytes = [0u8, 1, 2, 254, 255, 7];
    for (fills, expected) in [
        ([Some(0), Some(255)], "- 1 2 254 255 7 0 1 2 254 - 7"),
        ([Some(255), Some(0)], "0 1 2 254 - 7 - 1 2 254 255 7"),
        ([None, Some(255)], "0 1 2 254 255 7 0 1 2 254 - 7"),
        ([Some(255), None], "0 1 2 254 - 7 0 1 2 254 255 7"),
    ] {
        assert_eq!(two(bytes, fills), (expected.into(), 1), "{fills:?}");
    }
    let expected = "-9999 - 2 3 4 5 - -1 2 3 4 5".to_string();
    assert_eq!(two([-9999i16, -1, 2, 3, 4, 5], [Some(-1), Some(-9999)]), (expected.clone(), 1));
    assert_eq!(two([-9999i64, -1, 2, 3, 4, 5], [Some(-1), Some(-9999)]), (expected.clone(), 1));
    assert_eq!(two([-9999f32, -1.0, 2.0, 3.0, 4.0, 5.0], [Some(-1.0), Some(-9999.0)]), (expected.clone(), 1));
    assert_eq!(two([-9999f64, -1.0, 2.0, 3.0, 4.0, 5.0], [Some(-1.0), Some(-9999.0)]), (expected, 1));
    assert_eq!(two([-1i16, 1, 2, 3, 4, 5], [Some(-1), Some(-1)]).1, 0);
}

#[test]
fn cells_that_were_never_written() {
    fn define<T: netcdf::NcTypeDescriptor>(file: &mut FileMut, name: &str) {
        file.add_variable::<T>(name, &["lat", "lon"]).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = make(folder.path(), "n.nc", &[], |file| {
        define::<i16>(file, "i16");
        define::<i32>(file, "i32");
        define::<i64>(file, "i64");
        define::<u16>(file, "u16");
        define::<u32>(file, "u32");
        define::<u64>(file, "u64");
        define::<f32>(file, "f32");
        define::<f64>(file, "f64");
        define::<i8>(file, "i8");
        define::<u8>(file, "u8");
        for variable in file.variables_mut().filter(|v| !["lat", "lon"].contains(&v.name().as_str())) {
            let mut variable = variable;
            variable.put_values(&[1u8, 2], (0..1, 0..2)).unwrap();
        }
    });
    let source = load(&path, json!({})).unwrap();
    for (i, band) in source.schema().bands.iter().enumerate() {
        // Each value of a byte is one that is measured.
        let rest = match band.name.as_str() {
            "i8" => "-127 -127 -127 -127",
            "u8" => "255 255 255 255",
            _ => "- - - -",
        };
        assert_eq!(shown(&*source, i), format!("1 2 {rest}"), "{}", band.name);
    }
    // A writer that fills nothing, as this one where a band has no nodata, means every value.
    let path = make(folder.path(), "o.nc", &[], |file| {
        let mut variable = file.add_variable::<u16>("a", &["lat", "lon"]).unwrap();
        // SAFETY: every cell is written below.
        unsafe { variable.set_nofill().unwrap() };
        variable.put_values(&[65_535u16, 1, 2, 3, 4, 5], ..).unwrap();
    });
    assert_eq!(shown(&*load(&path, json!({})).unwrap(), 0), "65535 1 2 3 4 5");
}

#[test]
fn values_that_are_not_valid() {
    let folder = tempfile::tempdir().unwrap();
    let path = make(folder.path(), "v.nc", &[0], |file| {
        let packed = |more: Vec<(&'static str, AttributeValue)>| {
            [vec![("scale_factor", 0.5f64.into()), ("add_offset", 1.0f64.into())], more].concat()
        };
        let stored = [0i16, 100, 50, 101, -1, 7];
        add(file, "packed", &MAP, &stored, &packed(vec![("valid_range", vec![0i16, 100].into())]));
        // Of the type of the unpacked values, so in their units.
        let unpacked = vec![("valid_min", 26.0f64.into()), ("valid_max", 51.0f64.into())];
        add(file, "unpacked", &MAP, &stored, &packed(unpacked));
        add(file, "byte", &MAP, &[0u8, 100, 50, 101, 255, 7], &[("valid_max", 100u8.into())]);
        // How files of old say that bytes have no sign.
        add(file, "old", &MAP, &[0i8, 100, 50, 101, -2, -1], &[("valid_range", vec![0i16, 254].into())]);
        let float = [0.0f32, 100.0, f32::NAN, 50.0, 49.0, -9.0];
        add(file, "float", &MAP, &float, &[("valid_min", 50.0f32.into()), ("_FillValue", (-9.0f32).into())]);
        add(file, "all", &MAP, &[0u8, 1, 2, 3, 4, 255], &[("valid_range", vec![0u8, 255].into())]);
    });
    let source = load(&path, json!({})).unwrap();
    let all: Vec<String> = (0..6).map(|band| shown(&*source, band)).collect();
    assert_eq!(
        all,
        ["1 51 26 - - 4.5", "- 51 26 - - -", "0 100 50 - - 7", "0 100 50 101 254 -", "- 100 - 50 - -", "0 1 2 3 4 255"]
    );
    let notes = &source.schema().notes;
    assert_eq!(notes.len(), 5, "{notes:?}");
    assert!(
        notes[0].starts_with("values of `packed` outside of 0 .. 100 in packed units (`valid_range`)"),
        "{notes:?}"
    );
    assert!(notes[1].contains("26 .. 51 in unpacked units (`valid_min` and `valid_max`)"), "{notes:?}");
    assert!(notes[2].contains("outside of 100 and less (`valid_max`)"), "{notes:?}");
    let stored = load(&path, json!({ "raw": true })).unwrap();
    let all: Vec<String> = (0..5).map(|band| shown(&*stored, band)).collect();
    assert_eq!(
        all,
        ["0 100 50 101 -1 7", "0 100 50 101 -1 7", "0 100 50 101 255 7", "0 100 50 101 254 255", "0 100 - 50 49 -"]
    );
    assert!(stored.schema().notes.is_empty());
    let pixels = read(&*stored, &stored.schema().all());
    assert!(matches!((&pixels[0], &pixels[2]), (Pixels::I16(_), Pixels::U8(_))));
}

#[test]
fn a_time_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    for (name, fill) in [("nat.nc", None), ("filled.nc", Some(-9i64))] {
        let path = make(folder.path(), name, &[], |file| {
            file.add_dimension("time", 3).unwrap();
            let units = ("units", AttributeValue::from("nanoseconds since 1970-01-01"));
            let attributes: Vec<_> = [units].into_iter().chain(fill.map(|fill| ("_FillValue", fill.into()))).collect();
            add(file, "time", &["time"], &[0, fill.unwrap_or(i64::MIN), 1], &attributes);
            add(file, "a", &MAP, &[0u8; 18], &[]);
        });
        let error = load(&path, json!({})).err().unwrap();
        assert_eq!(error.code, codes::DAMAGED);
        assert!(error.message.ends_with("the time of step 1 is missing"), "{error:?}");
    }
}
