//! References that somebody else wrote.

use super::{Cube, same, shared};
use ndarray::Axis;

/// Twin: `references_of_other_writers`.
#[test]
fn references_hold_what_their_file_holds() {
    if shared("data/kerchunk").is_none() || shared("data/climate_nc").is_none() {
        return;
    }
    let by_name = |program: &str| {
        let cube = Cube::of(program);
        let values = cube.values();
        let steps: Vec<String> = (0..cube.schema().time.len()).map(|step| cube.schema().time.label(step)).collect();
        let mut bands: Vec<_> = cube.schema().band_names().map(String::from).zip(values.axis_iter(Axis(1))).collect();
        bands.sort_by(|a, b| a.0.cmp(&b.0));
        let bands: Vec<_> =
            bands.into_iter().map(|(name, band)| (name, band.insert_axis(Axis(1)).to_owned())).collect();
        (steps, bands)
    };
    let references = by_name("load kerchunk \"kerchunk/air_refs.json\"");
    let file = by_name("load netcdf \"climate_nc/air.nc\"");
    assert_eq!(references.0, file.0);
    assert_eq!(references.1.len(), file.1.len());
    for ((name, ours), (other, theirs)) in references.1.iter().zip(&file.1) {
        assert!(name == other && same(ours, theirs), "{name}");
    }
}
