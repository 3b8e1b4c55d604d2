//! Numbers that are stored packed: the type they are unpacked to, series that pack in different ways, and `raw`.

use crate::support::printed;
use gdal::{DriverManager, Metadata};

/// Days around 270 K in steps of 0.001 K: in 32 bits a difference of two would be off by 1e-5 and more.
#[test]
fn differences_of_packed_days() {
    let folder = tempfile::tempdir().unwrap();
    for (target, load) in [("netcdf \"t.nc\"", "netcdf \"t.nc\""), ("zarr \"t.zarr\"", "zarr \"t.zarr\"")] {
        let program = format!(
            "ramp 2 4 | map t = 270.123 + v * 0.001 | save {target} dtype int16 scale 0.001 offset 270.123\nload {load} | diff | stats"
        );
        let text = printed(folder.path(), &program);
        let row = text.lines().find(|line| line.starts_with('t')).expect("a row of the band");
        let numbers: Vec<f64> = row.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        // Valid, missing, least, mean, standard deviation, greatest: the days differ by 100 steps of 0.001.
        let [.., least, mean, _, greatest] = numbers[..] else { panic!("{text}") };
        for value in [least, mean, greatest] {
            assert!((value - 0.1).abs() < 1e-9, "{load}: {text}");
        }
    }
}

/// A series in which some files have a scale and others none is told of on every run; `raw` reads each as it is stored.
#[test]
fn files_with_and_without_scale() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let all = [("tif", "files"), ("nc", "netcdf")];
    for (extension, format) in all {
        let sink = if extension == "nc" { "netcdf" } else { "tif" };
        for (day, scale) in [(1, "scale 0.1"), (2, ""), (3, "scale 0.5")] {
            printed(
                folder,
                &format!(
                    "ramp 1 2 | map v = 100 + v * 0 | save {sink} \"d_2020010{day}.{extension}\" dtype int16 {scale}"
                ),
            );
        }
        let load = format!("load {format} \"d_*.{extension}\"");
        let shown = printed(folder, &format!("{load} | at 500005 4999995"));
        assert_eq!(shown.matches(" 100\n").count(), 3, "{load}: {shown}");
        assert!(shown.contains("in different ways, each is unpacked by its own"), "{load}: {shown}");
        let shown = printed(folder, &format!("{load} | raw | at 500005 4999995"));
        let stored = [" 1000\n", " 100\n", " 200\n"].iter().all(|value| shown.contains(value));
        assert!(stored, "{load}: {shown}");
        // What lies on the way of a choice of steps and pixels is no other.
        let shown = printed(folder, &format!("{load} | step 2 | raw | at 500005 4999995"));
        assert!(shown.contains(" 200\n"), "{load}: {shown}");
    }
}

/// MODIS land products in HDF4 state a scale of 10000 that divides.
#[test]
fn scales_that_divide() {
    let folder = tempfile::tempdir().unwrap();
    for (name, scale, expected) in [("ndvi", "10000", "0.5"), ("lst", "0.02", "100")] {
        let path = folder.path().join(format!("{name}.A2013257.hdf"));
        let driver = DriverManager::get_driver_by_name("HDF4Image").expect("GDAL writes HDF4");
        let mut file = driver.create_with_band_type::<i16, _>(&path, 2, 2, 1).unwrap();
        file.set_metadata_item("scale_factor", scale, "").unwrap();
        file.set_metadata_item("_FillValue", "-3000", "").unwrap();
        let mut pixels = gdal::raster::Buffer::new((2, 2), vec![5000i16, 5000, 5000, -3000]);
        file.rasterband(1).unwrap().write((0, 0), (2, 2), &mut pixels).unwrap();
        file.close().unwrap();
        let load = format!("load files \"{name}.A2013257.hdf\"");
        let text = printed(folder.path(), &format!("{load} | stats"));
        let row: Vec<&str> = text.lines().nth(1).unwrap_or_default().split_whitespace().collect();
        assert_eq!(row[1..4], ["3", "1", expected], "{text}");
        assert_eq!(text.contains("10000, divides"), name == "ndvi", "{text}");
        let stored = printed(folder.path(), &format!("{load} | raw | stats"));
        assert!(stored.contains(" 5000 "), "{stored}");
    }
}
