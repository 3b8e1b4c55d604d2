//! Every reducer in every place where one may stand: it gives the number that a plain computation gives, or the binder
//! says that it may not stand there.

use crate::support::{plain, session};
use rastra::AnyPlan;
use rastra::inside::Reducer;
use std::fs;

const STEPS: usize = 14;
const EDGE: usize = 4;
const BANDS: usize = 2;
/// Numbers with ties, signs and gaps, once as floats and once as integers.
const CUBES: [&str; 2] = [
    "ramp 14 4 bands [a b] gaps 5 | map a = (a * 7) % 11 - 3, b = (b * 5 + 2) % 13 - 4",
    "ramp 14 4 bands [a b] gaps 5 | map a = (a * 7) % 11 - 3, b = (b * 5 + 2) % 13 - 4 | cast int16 nodata -9999",
];

/// Pixels by step, band, row and column; missing ones are NaN.
struct Cube(Vec<f64>);

/// When a value was, and the value.
type Sample = (f64, f64);

impl Cube {
    fn at(&self, [t, b, y, x]: [usize; 4]) -> f64 {
        self.0[((t * BANDS + b) * EDGE + y) * EDGE + x]
    }

    /// The valid values of some steps, dated.
    fn steps(&self, steps: impl Iterator<Item = usize>, [b, y, x]: [usize; 3]) -> Vec<Sample> {
        valid(steps.map(|t| (days(t), self.at([t, b, y, x]))))
    }

    /// Those of some pixels of a step, row by row.
    fn pixels(&self, [t, b]: [usize; 2], inside: impl Fn(usize, usize) -> bool) -> Vec<Sample> {
        let all = (0..EDGE * EDGE).map(|i| [i / EDGE, i % EDGE]).filter(|[y, x]| inside(*y, *x));
        valid(all.map(|[y, x]| (0.0, self.at([t, b, y, x]))))
    }
}

fn valid(samples: impl Iterator<Item = Sample>) -> Vec<Sample> {
    samples.filter(|(_, value)| !value.is_nan()).collect()
}

/// Days since 1970 of a month counted from January 2020.
fn days(month: usize) -> f64 {
    const MONTHS: [u32; STEPS] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28];
    18_262.0 + MONTHS[..month].iter().sum::<u32>() as f64
}

/// What a reducer comes to, NaN where that is nothing; `None` if this file does not know it.
fn number(word: &str, samples: &[Sample]) -> Option<f64> {
    let values: Vec<f64> = samples.iter().map(|s| s.1).collect();
    let n = values.len() as f64;
    if values.is_empty() {
        return Some(if word == "count" { 0.0 } else { f64::NAN });
    }
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|v| (v - sum / n).powi(2)).sum();
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let sample = if n > 1.0 { squares / (n - 1.0) } else { f64::NAN };
    let quantile = |q: f64| {
        let at = q * (n - 1.0);
        let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
        below + (above - below) * at.fract()
    };
    let when = |value: f64| samples.iter().find(|s| s.1 == value).map_or(f64::NAN, |s| s.0);
    let times = |value: f64| values.iter().filter(|v| **v == value).count();
    Some(match word {
        "mean" => sum / n,
        "sum" => sum,
        "min" => low,
        "max" => high,
        "std" => (squares / n).sqrt(),
        "var" => squares / n,
        "std1" => sample.sqrt(),
        "var1" => sample,
        "median" => quantile(0.5),
        "p90" => quantile(0.9),
        "quantile 0.25" => quantile(0.25),
        "mode" => sorted.iter().rev().fold(low, |best, v| if times(*v) >= times(best) { *v } else { best }),
        "count" => n,
        "first" => values[0],
        "last" => values[values.len() - 1],
        "prod" => values.iter().product(),
        "range" => high - low,
        "any" => values.iter().any(|v| *v != 0.0) as u8 as f64,
        "all" => values.iter().all(|v| *v != 0.0) as u8 as f64,
        "argmin" => when(low),
        "argmax" => when(high),
        _ => return None,
    })
}

/// A place where a reducer may stand, where `REDUCER` is.
struct Place {
    stage: String,
    /// The values behind a number: of a cube by step, band, row and column, of a table by row.
    of: fn(&Cube, [usize; 4]) -> Vec<Sample>,
    /// The shape of a cube, or of a table as steps, groups and bands.
    shape: [usize; 4],
    refuses: &'static [&'static str],
}

/// In which the steps have no part.
const NOT_OVER_SPACE: &[&str] = &["first", "last", "prod", "argmin", "argmax"];
const TIMES: &[&str] = &["argmin", "argmax"];

fn places(zones: &str) -> Vec<Place> {
    let place = |stage: &str, of: fn(&Cube, [usize; 4]) -> Vec<Sample>, shape, refuses| Place {
        stage: stage.replace("ZONES", zones),
        of,
        shape,
        refuses,
    };
    let (whole, one) = ([STEPS, BANDS, EDGE, EDGE], [1, BANDS, EDGE, EDGE]);
    let whole_series = |cube: &Cube, [_, b, y, x]: [usize; 4]| cube.steps(0..STEPS, [b, y, x]);
    let zone = |cube: &Cube, [t, _, b, _]: [usize; 4]| cube.pixels([t, b], |_, x| x < 2);
    vec![
        place("REDUCER", whole_series, one, &[]),
        place("reduce REDUCER over time", whole_series, one, &[]),
        place(
            "mosaic REDUCER",
            whole_series,
            one,
            &[
                "std",
                "var",
                "std1",
                "var1",
                "median",
                "p90",
                "mode",
                "count",
                "prod",
                "range",
                "any",
                "all",
                "argmin",
                "argmax",
                "quantile 0.25",
            ],
        ),
        place(
            "groupby month REDUCER",
            |cube, [m, b, y, x]| cube.steps((0..STEPS).filter(|t| t % 12 == m), [b, y, x]),
            [12, BANDS, EDGE, EDGE],
            &[],
        ),
        place(
            "resample 1q REDUCER",
            |cube, [q, b, y, x]| cube.steps((0..STEPS).filter(|t| t / 3 == q), [b, y, x]),
            [5, BANDS, EDGE, EDGE],
            &[],
        ),
        place(
            "rolling 3 REDUCER min_count 1",
            |cube, [t, b, y, x]| cube.steps(t.saturating_sub(2)..t + 1, [b, y, x]),
            whole,
            &[],
        ),
        place(
            "rolling 5 REDUCER center min_count 1",
            |cube, [t, b, y, x]| cube.steps(t.saturating_sub(2)..(t + 3).min(STEPS), [b, y, x]),
            whole,
            &[],
        ),
        place(
            "cumulate REDUCER",
            |cube, [t, b, y, x]| cube.steps(0..t + 1, [b, y, x]),
            whole,
            &["median", "mode", "p90", "quantile 0.25"],
        ),
        place(
            "reduce REDUCER over band",
            |cube, [t, _, y, x]| valid((0..BANDS).map(|b| (b as f64, cube.at([t, b, y, x])))),
            [STEPS, 1, EDGE, EDGE],
            &[],
        ),
        place(
            "coarsen 2 REDUCER",
            |cube, [t, b, row, column]| cube.pixels([t, b], |y, x| y / 2 == row && x / 2 == column),
            [STEPS, BANDS, 2, 2],
            TIMES,
        ),
        place(
            "focal 3 REDUCER",
            |cube, [t, b, row, column]| cube.pixels([t, b], |y, x| y.abs_diff(row) < 2 && x.abs_diff(column) < 2),
            whole,
            TIMES,
        ),
        place(
            "reduce REDUCER over space",
            |cube, [t, _, b, _]| cube.pixels([t, b], |_, _| true),
            [STEPS, 1, BANDS, 1],
            NOT_OVER_SPACE,
        ),
        place("zonal \"ZONES\" REDUCER", zone, [STEPS, 1, BANDS, 1], NOT_OVER_SPACE),
        place(
            "zonal \"ZONES\" REDUCER exact",
            zone,
            [STEPS, 1, BANDS, 1],
            &["first", "last", "prod", "argmin", "argmax", "std1", "var1"],
        ),
        place(
            "overlay ( ramp 1 4 | map class = x > 500020 ) REDUCER",
            |cube, [t, class, b, _]| cube.pixels([t, b], |_, x| (x >= 2) == (class == 1)),
            [STEPS, 2, BANDS, 1],
            NOT_OVER_SPACE,
        ),
    ]
}

/// What a program answers: the numbers of a cube, or those of the last column of a table.
fn answer(program: &str) -> Result<Vec<f64>, (String, String)> {
    let mut session = session(&[], &plain());
    let carried = match session.carried(program) {
        Ok(carried) => carried,
        Err(all) => return Err((all[0].code.number.into(), session.render(&all[0], Default::default()))),
    };
    let run = match &carried {
        AnyPlan::Cube(plan) => {
            session.collect(plan).map(|chunk| chunk.to_array(&plan.schema.nodata()).iter().copied().collect())
        }
        AnyPlan::Table(plan) => session.tabulate(plan).map(|t| t.cells[t.cells.len() - 1].to_f64().unwrap()),
        AnyPlan::Picture(_) => panic!("{program} is a picture"),
    };
    run.map_err(|d| (d.code.number.into(), session.render(&d, Default::default())))
}

fn near(found: f64, expected: f64) -> bool {
    (found.is_nan() && expected.is_nan()) || (found - expected).abs() <= 1e-5 * expected.abs().max(1.0)
}

/// The left half of the cube.
fn write_zones(path: &std::path::Path) {
    let square = "[[[500000, 4999960], [500020, 4999960], [500020, 5000000], [500000, 5000000], [500000, 4999960]]]";
    let text = format!(
        r#"{{"type": "FeatureCollection", "crs": {{"type": "name", "properties": {{"name": "urn:ogc:def:crs:EPSG::32631"}}}},
        "features": [{{"type": "Feature", "properties": {{}}, "geometry": {{"type": "Polygon", "coordinates": {square}}}}}]}}"#
    );
    fs::write(path, text).unwrap();
}

#[test]
fn every_reducer_answers_wherever_it_may_stand() {
    let folder = tempfile::tempdir().unwrap();
    let zones = folder.path().join("left.geojson");
    write_zones(&zones);
    let mut wrong = String::new();
    for source in CUBES {
        let cube = Cube(answer(source).unwrap());
        for place in places(&zones.display().to_string()) {
            for word in Reducer::words().map(|reducer| reducer.name).chain(["p90", "quantile 0.25"]) {
                let program = format!("{source} | {}", place.stage.replace("REDUCER", word));
                if let Err(why) = check(&program, word, &place, &cube) {
                    wrong.push_str(&format!("{program}\n{why}\n\n"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn check(program: &str, word: &str, place: &Place, cube: &Cube) -> Result<(), String> {
    let known = number(word, &[(0.0, 1.0)]).is_some();
    let found = match answer(program) {
        Ok(found) if place.refuses.contains(&word) => return Err(format!("it may not stand there: {found:?}")),
        Ok(found) => found,
        // A refusal has a number and names what it refuses.
        Err((number, text)) => {
            let fine = number.starts_with("E01") && text.contains(word.split(' ').next().unwrap());
            return if fine && (!known || place.refuses.contains(&word)) { Ok(()) } else { Err(text) };
        }
    };
    let [_, n1, n2, n3] = place.shape;
    let at = |i: usize| [i / (n1 * n2 * n3), i / (n2 * n3) % n1, i / n3 % n2, i % n3];
    if found.len() != place.shape.iter().product::<usize>() {
        return Err(format!("{} numbers, not {:?}", found.len(), place.shape));
    }
    if !known {
        return if found.iter().any(|v| v.is_finite()) { Ok(()) } else { Err("no number at all".into()) };
    }
    for (i, found) in found.iter().enumerate() {
        let samples = (place.of)(cube, at(i));
        let expected = number(word, &samples).unwrap();
        if !near(*found, expected) {
            return Err(format!("{found} and not {expected} at {:?}, of {samples:?}", at(i)));
        }
    }
    Ok(())
}

/// The parts of a line are asked for by its stage only.
#[test]
fn lines() {
    let source = "ramp 9 1 gaps 4 | map v = (v * 7) % 11 - 3";
    let values = answer(source).unwrap();
    let samples = valid(values.iter().enumerate().map(|(t, v)| (t as f64, *v)));
    let n = samples.len() as f64;
    let mean = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / n;
    let (x, y, xy, xx) = (mean(|s| s.0), mean(|s| s.1), mean(|s| s.0 * s.1), mean(|s| s.0 * s.0));
    let slope = (xy - x * y) / (xx - x * x);
    let pairs =
        samples.iter().enumerate().flat_map(|(i, a)| samples[i + 1..].iter().map(move |b| (b.1 - a.1) / (b.0 - a.0)));
    let slopes: Vec<Sample> = pairs.map(|slope| (0.0, slope)).collect();
    let middle =
        |of: fn(&Sample) -> f64| number("median", &samples.iter().map(|s| (0.0, of(s))).collect::<Vec<_>>()).unwrap();
    let sen = number("median", &slopes).unwrap();
    for (fit, expected) in [("linear", [slope, y - slope * x]), ("sen", [sen, middle(|s| s.1) - sen * middle(|s| s.0)])]
    {
        let found = answer(&format!("{source} | trend {fit} per step")).unwrap();
        assert!(near(found[0], expected[0]) && near(found[1], expected[1]), "{fit}: {found:?} and not {expected:?}");
        assert!((0.0..=1.0).contains(&found[2]) && found[3] == n, "{fit}: {found:?}");
    }
    for word in ["slope", "sen_slope", "pvalue"] {
        assert_eq!(answer(&format!("{source} | reduce {word}")).unwrap_err().0, "E0113");
    }
}

#[test]
fn only_means_are_weighted() {
    for word in Reducer::words().map(|reducer| reducer.name) {
        let found = answer(&format!("ramp 2 1 | reduce {word} weights days"));
        match word {
            "mean" => assert!(near(found.unwrap()[0], 2900.0 / 60.0)),
            _ => assert_eq!(found.unwrap_err().0, "E0119", "{word}"),
        }
    }
}
