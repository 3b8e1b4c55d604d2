//! Vector files of others.

use super::{Cube, shared};
use rastra::AnyPlan;

/// Twin: `zones_of_another_system`.
#[test]
fn the_counties_of_a_shapefile() {
    if shared("data/vectors").is_none() || shared("data/global_grids").is_none() {
        return;
    }
    let rain = "load files \"global_grids/noah-precipitation-1979.tif\" | step 0 | map rain = b1";
    let bounds = Cube::of(&format!("{rain} | crop polygon \"vectors/nc.shp\"")).schema().grid.bounds();
    // The counties lie within -84.4 .. -75.4 and 33.8 .. 36.6, and pixels of half a degree around them.
    assert_eq!((bounds.west, bounds.south, bounds.east, bounds.north), (-84.5, 33.5, -75.0, 37.0));
    let cube = Cube::of(rain);
    let mut session = cube.session;
    let program = format!("{rain} | zonal \"vectors/nc.shp\" count exact");
    let Ok(AnyPlan::Table(plan)) = session.carried(&program) else { panic!("a table") };
    assert_eq!(session.tabulate(&plan).unwrap().rows(), 100);
}
