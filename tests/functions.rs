//! Every function of expressions through every place one may stand: pixels, steps and items give the same number.

use crate::support::{plain, session};
use rastra::inside::{Body, FUNCTIONS, Function};
use serde_json::json;
use std::fs;

/// A call of the function on `p`, which is 0.3, or on `n`, which is 12.
fn call(function: &Function) -> String {
    match function.name {
        "bit" => "bit(n, 2)".into(),
        "bits" => "bits(n, 1, 3)".into(),
        "corr_pvalue" => "corr_pvalue(p, n)".into(),
        "if" => "if(p > 0.2, 3, 4)".into(),
        "time" | "lon" | "lat" | "x" | "y" => function.name.into(),
        name => match (&function.body, function.args) {
            (Body::Time(_), _) => format!("{name}(time)"),
            (_, (least, most)) => format!("{name}({})", ["p", "0.2", "0.9"][..least.max(2).min(most)].join(", ")),
        },
    }
}

#[test]
fn functions_give_pixels_steps_and_items_the_same_number() {
    let folder = tempfile::tempdir().unwrap();
    let items = folder.path().join("items.json");
    let item = json!({"type": "Feature", "id": "a", "bbox": [9.0, 45.1, 9.1, 45.2],
        "properties": {"datetime": "2023-07-14T10:45:00Z", "p": 0.3, "n": 12},
        "assets": {"red": {"href": "a.tif", "type": "image/tiff", "proj:epsg": 32632, "proj:shape": [2, 2],
            "proj:transform": [10, 0, 500_000, 0, -10, 5_000_000],
            "raster:bands": [{"data_type": "float32", "nodata": -1, "scale": 1, "offset": 0}]}}});
    fs::write(&items, json!([item]).to_string()).unwrap();
    let mut session = session(&[], &plain());
    for function in FUNCTIONS {
        let call = call(function);
        // A coordinate among them has pixels computed in float64, as steps and items are.
        let bands = "map p = 0.3 + 0 * x, n = 12 + 0 * x";
        let pixels = format!("ramp 1 1 start \"2023-07-14T10:45:00\" | {bands} | map r = ({call}) + 0 * x");
        let plan = session.plan(&pixels).unwrap_or_else(|e| panic!("{pixels}: {e:?}"));
        let number = session.collect(&plan).unwrap().to_array(&plan.schema().nodata())[[0, 0, 0, 0]];
        assert!(number.is_finite(), "{pixels} gives {number}");
        let load = format!("load stac \"{}\" assets red", items.display());
        let places = [format!("{load} | filter {call} == {number:?}"), format!("{load} filter ({call} == {number:?})")];
        for program in places {
            match (&function.body, session.plan(&program)) {
                (Body::Coord(_), found) => assert!(found.is_err(), "{program} has no pixels"),
                (_, Ok(plan)) => assert_eq!(plan.schema().time.len(), 1, "{program}"),
                (_, Err(errors)) => panic!("{program}: {errors:?}"),
            }
        }
    }
}
