//! `corr` beside `scipy.stats.pearsonr` (scipy 1.17) of the same numbers.

use crate::support::{disagreements, plain, run, session};

/// A cube of twelve steps, `a` and `b`, whose numbers any program can make.
const MADE: &str = "let all = ramp 12 1 | cast float64 | map a = sin(v / 100), b = cos(v / 70) + 0.5 * sin(v / 100)\n\
                    let a = $all | select a\nlet b = $all | select b\n";

/// The pixels of the last pipeline: its bands, one after the other.
fn bands(program: &str) -> Vec<f64> {
    let mut session = session(&[], &plain());
    let plan = session.plan(program).unwrap_or_else(|all| panic!("{program}: {all:?}"));
    let chunk = session.collect(&plan).unwrap();
    chunk.to_array(&plan.schema().nodata()).iter().copied().collect()
}

#[track_caller]
fn near(own: f64, expected: f64) {
    assert!((own - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{own} instead of {expected}");
}

#[test]
fn correlations_are_those_of_scipy() {
    // Every step; without some on either side, which are left out of both; and on a large offset.
    let gaps =
        "let c = $a | where time != @2020-04-01\n$c | corr ( $b | where time < @2020-08-01 or time > @2020-09-01 )";
    let cases = [
        (format!("{MADE}$a | corr $b"), [0.365_658_420_828_577_75, 12.0, 0.242_452_873_081_849_85]),
        (format!("{MADE}{gaps}"), [0.373_926_115_890_170_1, 9.0, 0.321_511_403_351_145_1]),
        (
            "let v = ramp 12 1 | cast float64 | map s = v / 100\nlet a = $v | map a = 1e9 + s % 5\n\
             $a | corr ( $v | map b = 1e9 - s % 5 + s % 3 )"
                .into(),
            [-0.885_359_049_762_349, 12.0, 0.000_128_265_781_391_929_2],
        ),
    ];
    for (program, [r, n, p]) in cases {
        let own = bands(&program);
        near(own[0], r);
        assert_eq!(own[1], n, "{program}");
        near(own[2], p);
    }
}

#[test]
fn correlations_that_say_nothing_are_missing() {
    // Two pairs have an r and no p; one pair, or a side that never changes, has neither.
    let two = bands(&format!("{MADE}$a | corr ( $b | where time < @2020-03-01 )"));
    assert!(two[0].abs() == 1.0 && two[1] == 2.0 && two[2].is_nan(), "{two:?}");
    let one = bands(&format!("{MADE}$a | corr ( $b | where time < @2020-02-01 )"));
    assert!(one[0].is_nan() && one[1] == 1.0 && one[2].is_nan(), "{one:?}");
    let still = bands(&format!("{MADE}$a | corr ( $b | map b = b * 0 + 0.1 )"));
    assert!(still[0].is_nan() && still[1] == 12.0 && still[2].is_nan(), "{still:?}");
    let few = bands(&format!("{MADE}$a | corr $b min_count 13"));
    assert!(few[0].is_nan() && few[1] == 12.0 && few[2].is_nan(), "{few:?}");
    // No step of it is counted as one that arithmetic had no value for.
    let ran = run(&format!("{MADE}$a | corr ( $b | map b = b * 0 + 0.1 ) | show"), &[], &plain());
    assert!(!ran.text.contains("arithmetic"), "{}", ran.text);
}

#[test]
fn bands_are_paired_in_their_order_or_with_the_one() {
    let two = format!("{MADE}let both = $all | map x = b, y = a\n");
    let [r, n, p] = [0.365_658_420_828_577_75, 12.0, 0.242_452_873_081_849_85];
    let own = bands(&format!("{two}$all | corr $both"));
    [r, n, p, r, n, p].iter().zip(&own).for_each(|(expected, own)| near(*own, *expected));
    let own = bands(&format!("{two}$all | corr $b"));
    [r, n, p, 1.0, 12.0, 0.0].iter().zip(&own).for_each(|(expected, own)| near(*own, *expected));
    let names = run(&format!("{two}$all | corr $b | schema"), &[], &plain());
    assert!(names.text.contains("6 bands (a_r a_n a_p b_r b_n b_p"), "{}", names.text);
    let failing = [
        (format!("{two}$b | corr $both"), "1 bands cannot be paired with 2"),
        (format!("{MADE}$a | corr ( $b | mean )"), "a cube of one step"),
        (format!("{MADE}$a | corr ( ramp 12 2 )"), "different grids"),
    ];
    for (program, why) in failing {
        let ran = run(&program, &[], &plain());
        assert!(!ran.failed.is_empty() && ran.text.contains(why), "{program}: {}", ran.text);
    }
}

/// Steps meet by their time or the nearest, and the numbers do not depend on how the work is cut.
#[test]
fn steps_meet_as_in_joins() {
    let late = "ramp 12 3 start \"2020-01-02\" gaps 5";
    let own = bands(&format!("let a = ramp 12 3 gaps 4\n$a | corr ( {late} ) on nearest 3d | select n"));
    assert!(own.iter().all(|n| (1.0..=12.0).contains(n)), "{own:?}");
    let program = "let a = ramp 7 4 gaps 4\n$a | corr ( ramp 7 4 gaps 3 | map b = (v * v) % 91 ) | show";
    assert_eq!(disagreements(program, &[]), Vec::<String>::new());
}
