//! Stores that other software wrote, against the numbers xarray 2026.9 reads from them.

use super::{Cube, same, shared, summary};
use ndarray::{Axis, s};
use rastra::TimeAxis;
use rastra::codes;

/// Twin: `every_layout_reads_back`.
#[test]
fn chlorophyll_v2_with_absent_chunks() {
    if shared("data/chl_zarr2").is_none() {
        return;
    }
    let cube = Cube::of("load zarr \"chl_zarr2/cube-1-250-250.zarr\"");
    let schema = cube.schema();
    let expected = [
        ("c2rcc_flags", 2_522_036_122_843_886.0, 1_174_413),
        ("conc_chl", 9_062_642.994_226_97, 1_158_658),
        ("conc_tsm", 39_224_257.846_647_59, 1_158_658),
        ("kd489", 1_983_711.869_287_848_5, 1_158_658),
        ("quality_flags", 5_594_269_343_547_392.0, 3_433_576),
    ];
    assert_eq!(schema.band_names().collect::<Vec<_>>(), expected.map(|e| e.0));
    let values = cube.values();
    for (band, (name, sum, count)) in expected.into_iter().enumerate() {
        let (n, found) = summary(values.index_axis(Axis(1), band).iter());
        assert_eq!(n, count, "{name}");
        assert!((found - sum).abs() <= sum.abs() * 1e-12, "{name}: {found} {sum}");
    }
    assert_eq!(schema.grid.describe(), "2000 x 1000 pixels of 0.0025 x 0.0025 degree, EPSG:4326");
    assert_eq!(schema.grid.transform, [0.0, 0.0025, 0.0, 52.5, 0.0, -0.0025]);
    assert_eq!(schema.time.label(0), "2017-01-16T10:09:21.834256");
    let TimeAxis::Instants { bounds: Some(bounds), .. } = &schema.time else { panic!("{:?}", schema.time) };
    assert_eq!(bounds.len(), 5);
    assert_eq!(schema.bands[1].unit.as_deref(), Some("mg m^-3"));
    assert_eq!(schema.notes, Vec::<String>::new());
    assert_eq!(cube.natural_tile(), [1, 250, 250]);

    // Tasks that cut through chunks, on a plan that has traveled.
    let part = Cube::of("load zarr \"chl_zarr2/cube-1-250-250.zarr\" var [kd489 conc_chl]");
    let pieces = part.values_in_pieces(417);
    assert!(same(&pieces.slice(s![.., 0..1, .., ..]).to_owned(), &values.slice(s![.., 3..4, .., ..]).to_owned()));
    assert!(same(&pieces.slice(s![.., 1..2, .., ..]).to_owned(), &values.slice(s![.., 1..2, .., ..]).to_owned()));
}

/// Twin: `every_kind_of_step`.
#[test]
fn a_model_on_360_days_v3() {
    if shared("data/zarr3_a1b.zarr").is_none() {
        return;
    }
    let cube = Cube::of("load zarr \"zarr3_a1b.zarr\"");
    let schema = cube.schema();
    assert_eq!(schema.band_names().collect::<Vec<_>>(), ["air_temperature"]);
    assert_eq!(schema.time.span_text(), "1860-06-01 .. 2099-06-01, 240 steps");
    assert_eq!(schema.time.calendar().map(|c| c.cf_name()), Some("360_day"));
    assert_eq!(schema.grid.describe(), "49 x 37 pixels of 1.875 x 1.25 degree, unknown");
    assert!(schema.grid.crs.as_ref().is_some_and(|c| c.geographic && c.wkt.contains("6371229")));
    assert_eq!(schema.grid.transform, [224.0625, 1.875, 0.0, 60.625, 0.0, -1.25]);
    let values = cube.values();
    let (count, sum) = summary(&values);
    assert_eq!(count, 240 * 37 * 49);
    assert!((sum - 124_652_149.101_074_22).abs() < 1e-3, "{sum}");
    // Stored from south to north: the first row stored is the last read.
    let at = |t: usize, y: usize, x: usize| values[[t, 0, y, x]] as f32;
    assert_eq!((at(0, 36, 0), at(239, 0, 48), at(5, 33, 7)), (296.07858, 278.66605, 294.88477));
    assert_eq!(cube.natural_tile(), [48, 37, 49]);
}

/// Twin: `files_that_are_not_there_or_not_files`.
#[test]
fn what_is_not_there_is_named() {
    if shared("data/zarr3_a1b.zarr").is_none() {
        return;
    }
    let refused = |rest: &str| Cube::plan(&format!("load zarr \"zarr3_a1b.zarr{rest}")).err().expect("it is refused");
    let problem = refused("\" var air_temperatur");
    assert_eq!((problem.code, problem.help[0].as_str()), (codes::UNKNOWN_ARRAY, "did you mean `air_temperature`?"));
    assert_eq!(refused("\" at level 500").code, codes::CHOOSE_DIMENSION);
    assert_eq!(refused(".nope\"").code, codes::NOT_FOUND);
    assert_eq!(refused("/air_temperature\"").code, codes::UNSUPPORTED);
}
