//! Pipelines put together at random: whatever they answer, they answer it in every configuration.

use crate::support::dice::Dice;
use crate::support::{disagreements, plain, run};

const SOURCES: &[&str] = &[
    "ramp 14 7 bands [a b] gaps 3",
    "ramp 14 7 bands [a b] dtype uint8 gaps 4",
    "ramp 26 5 bands [a b] dtype float32 gaps 5",
    "ramp 26 6 bands [a b]",
    "ramp 14 7 bands [a b] dtype float64 every \"9D\" gaps 7",
    "ramp 30 4 bands [a b] dtype int32 every \"36h\" gaps 11",
];

/// Stages that leave the bands `a` and `b`, in an order that keeps most pipelines valid: dates are needed before reducing.
const EARLY: &[&str] = &[
    "where a % 3 != 1",
    "mask b > 1500 or a < 20",
    "where x > 500010 and month(time) != 2",
    "map a = a / 3, b = b - a",
    "map a = a + 1, b = a * 2 + b",
    "derive a = if(isnodata(a), b, a)",
    "map a = case [ a > 100 => 1, b > 1000 => a ], b = a ?? b",
    "map _ * 2",
    "map b = a, a = b",
    "map a = a, b = ln(a - 40)",
    "crop bbox 500010 4999960 500040 4999990",
    "crop bbox 500005 4999955 500035 4999995 touch false",
    "head 11",
    "tail 10",
    "sort descending",
    "filter month(time) in [1 2 3 5]",
    "time 2020-01-15..2020-10",
    "fill value 3",
    "cast int32 nodata -1",
    "cast float32",
    "select b a",
    "rename a = b, b = a",
    "reproject 32631 res 20 method average",
    "reproject 32631 res 15 method bilinear",
    "reproject EPSG:4326",
    "align (ramp 1 5)",
    "rolling 3 mean min_count 2",
    "rolling 4 [median] center min_count 1",
    "rolling 40d max",
    "cumulate sum",
    "cumulate last",
    "shift 2",
    "diff | map _ + 7",
    "diff -3",
    "fill time linear",
    "fill time linear max 2",
    "fill time previous max 35d",
    "fill time next",
    "fill space 2",
    "fill space 1 nearest",
    "anomaly month",
    "anomaly season base 2020-02..2020-09 standardized",
];

const MIDDLE: &[&str] = &[
    "groupby month mean",
    "groupby season sum",
    "groupby month median min_count 2",
    "groupby year [max count] | map a = a_max + a_count, b = b_max",
    "resample 1mo mean keepna",
    "resample \"QS-DEC\" [std last] | map a = a_std, b = a_last ?? b_last",
    "resample 20d p70 min_count 50%",
    "resample 1q argmax",
    "resample 1mo first keep_empty",
    "groupby (month(time) // 5) mode",
];

const LATE: &[&str] = &[
    "mean",
    "reduce [min max count]",
    "range min_count 3",
    "sum over band",
    "reduce [median argmin] over band",
    "where a > b - 1100 | std1",
    "trend",
    "trend sen per step min_count 3",
    "cumulate [count mean] | tail 3",
    "map d = a - b | any",
    "step 0",
    "head 2",
    "reduce [mean std median count sum min all] over space",
    "zonal \"examples/data/zones.geojson\" [mean var p30 count sum max mode] by name exact",
    "zonal \"examples/data/zones.geojson\" [mean std1 p90 range min] min_count 30%",
    "at 500012 4999987 method bilinear",
    "extract \"examples/data/stations.csv\" by station | tail 7",
    "overlay ( ramp 1 3 ) [mean std mode count]",
    "overlay ( ramp 1 3 ) exclude [1 20]",
];

/// A pipeline that makes sense more often than not.
pub(crate) fn pipeline(dice: &mut Dice) -> String {
    let mut text = dice.pick(SOURCES).to_string();
    for _ in 0..dice.throw(4) {
        text = format!("{text} | {}", dice.pick(EARLY));
    }
    if dice.throw(4) == 0 {
        text = format!(
            "let cube = {text}\n$cube | join ( $cube | {} ) as other",
            dice.pick(&["mean", "groupby month max", "step 1"])
        );
        let on = if text.contains("groupby month max") { " on month" } else { "" };
        text = format!("{text}{on} | map a = a - other_a, b = other_b");
    }
    if dice.throw(3) > 0 {
        text = format!("{text} | {}", dice.pick(MIDDLE));
    }
    if dice.throw(3) > 0 {
        text = format!("{text} | {}", dice.pick(LATE));
    }
    format!("{text} | show")
}

#[test]
fn random_pipelines_answer_alike_however_they_are_computed() {
    let mut dice = Dice::new(20240229);
    let (mut answered, mut wrong) = (0, String::new());
    let count = std::env::var("PIPELINES").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    for _ in 0..count {
        let program = pipeline(&mut dice);
        answered += run(&program, &[], &plain()).failed.is_empty() as usize;
        for how in disagreements(&program, &[]) {
            wrong.push_str(&format!("{program}\n{how}\n\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(answered * 2 > count, "only {answered} of {count} pipelines make sense");
}
