//! `corr`: the correlation of two cubes along time.

use super::prelude::*;
use super::{join, reduce};
use crate::expr::{Binary, Function};
use crate::plan::ReduceOptions;
use crate::reducers::{count, mean, range, sum};

pub(super) const VERB: Verb = Verb {
    name: "corr",
    group: Group::Combine,
    summary: "Correlate two cubes along time, pixel by pixel, over the steps where both have a value: bands r (Pearson), n (pairs) \
              and p (two-sided, by Student's t).",
    params: &[
        Param::required(
            "other",
            Shape::Cube,
            "The other cube, of one band or as many as this one: `$x` or `( pipeline )`.",
        ),
        join::ON,
        join::WITHIN,
        Param::named("min_count", Shape::MinCount, "Pairs that r and p need, or their share; 2 and 3 unless given."),
    ],
    seek: &["correlation", "pearson", "pearsonr", "corrcoef", "timcor", "cor", "covariance", "linregress"],
    examples: &[
        Example {
            title: "With the months before",
            script: "let v = ramp 24 1 | map a = v + month(time)^2\n$v | corr ( $v | shift 1 ) | show",
            output: concat!(
                "2020-01-01 .. 2021-12-01 r\n0.998884511\n",
                "2020-01-01 .. 2021-12-01 n\n23\n",
                "2020-01-01 .. 2021-12-01 p\n2.47036007e-29\n",
            ),
        },
        Example {
            title: "Where rain and greenness go together",
            script: "load zarr \"ndvi.zarr\" | corr ( load netcdf \"rain.nc\" ) min_count 30 | where p < 0.05 | select r | save tif \"r.tif\"",
            output: "",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let Some(other) = call.cube("other") else { return Ok(input.clone()) };
    let (own, others) = (input.schema.bands.len(), other.schema.bands.len());
    if others != 1 && others != own {
        return Err(call
            .error(
                "other",
                codes::UNFIT_ARGUMENTS,
                format!("{own} bands cannot be paired with {others}"),
                "of other bands",
            )
            .help("take one band of the other cube, or as many as there are here: `( $x | select NAME )`"));
    }
    if input.schema.time.len() < 2 || other.schema.time.len() < 2 {
        return Err(call
            .error("other", codes::UNFIT_ARGUMENTS, "a cube of one step correlates with nothing", "along time")
            .help(format!("here: {}", input.schema.time.span_text()))
            .help(format!("the other: {}", other.schema.time.span_text())));
    }
    let join::Partners { steps, told } = join::partners(call, &input.schema.time, &other.schema.time)?;
    let joined = Plan::join(input, &other, steps, hidden("other", others), call.span)
        .map_err(|d| d.or_at(call.span, "joined here"))?;
    let joined = told.into_iter().fold(joined, |plan, note| plan.told(note));
    let pairs = pairs(&joined, own, others, call)?;

    // The deviations from the means are squared, not the values, so that no large sums cancel.
    let options = ReduceOptions { min_count: call.reduce_options()?.min_count, ..ReduceOptions::default() };
    let of_all = [&mean::REDUCER, &range::REDUCER, &count::REDUCER].map(Reducer::from).to_vec();
    let per_band = of_all.len();
    let means = reduce::all_steps(&pairs, of_all, options.clone(), call.span)?;
    let all = vec![Some(0); pairs.schema.time.len()];
    let beside = Plan::join(&pairs, &means, all, hidden("mean", 2 * own * per_band), call.span)?;
    let mut products = Vec::new();
    for pair in 0..own {
        let deviation = |side: usize| {
            let band = 2 * pair + side;
            Expr::binary(Binary::Sub, Expr::Band(band), Expr::Band(2 * own + band * per_band))
        };
        for (name, [a, b]) in [("xx", [0, 0]), ("yy", [1, 1]), ("xy", [0, 1])] {
            products.push((double(format!("{pair}{name}")), Expr::binary(Binary::Mul, deviation(a), deviation(b))));
        }
    }
    let products = Plan::map_into(&beside, products, call.span)?;
    let sums = reduce::all_steps(&products, vec![Reducer::from(&sum::REDUCER)], options, call.span)?;
    let both = Plan::join(&sums, &means, vec![Some(0)], hidden("mean", 2 * own * per_band), call.span)?;
    let outputs = (0..own).flat_map(|pair| {
        let name = &input.schema.bands[pair].name;
        let named = |part: &str| if own == 1 { part.to_string() } else { format!("{name}_{part}") };
        // What is known of the first of a pair beside its mean: its range, and how many pairs there are.
        let known = |side: usize, at: usize| Expr::Band(3 * own + (2 * pair + side) * per_band + at);
        let n = || known(0, 2);
        let r = || correlation([0, 1, 2].map(|at| Expr::Band(3 * pair + at)), [known(0, 1), known(1, 1)]);
        let count = Band { name: named("n"), ..both.schema.bands[3 * own + 2 * pair * per_band + 2].clone() };
        [(double(named("r")), r()), (count, n()), (double(named("p")), call_of("corr_pvalue", vec![r(), n()]))]
    });
    Plan::map_into(&both, outputs.collect(), call.span)
}

/// The values of each pair of bands, missing where either is.
fn pairs(joined: &Arc<Plan>, own: usize, others: usize, call: &Call) -> Result<Arc<Plan>> {
    let mut outputs = Vec::new();
    for band in 0..own {
        let partner = own + if others == 1 { 0 } else { band };
        for (side, [value, with]) in [[band, partner], [partner, band]].into_iter().enumerate() {
            let valid = Expr::IsValid(Box::new(Expr::Band(with)));
            let kept = Expr::If(Box::new(valid), Box::new(Expr::Band(value)), Box::new(Expr::Missing));
            outputs.push((double(format!("{band}{side}")), kept));
        }
    }
    Plan::map_into(joined, outputs, call.span)
}

/// Pearson's r of the sums of squares and products; missing where either side never changes.
fn correlation([xx, yy, xy]: [Expr; 3], ranges: [Expr; 2]) -> Expr {
    let changes = |range: Expr| Expr::binary(Binary::Gt, range, Expr::Number(0.0));
    let [x, y] = ranges.map(changes);
    let spread = Expr::binary(Binary::Mul, call_of("sqrt", vec![xx]), call_of("sqrt", vec![yy]));
    let spread = Expr::If(Box::new(Expr::binary(Binary::And, x, y)), Box::new(spread), Box::new(Expr::Missing));
    // Rounding may bring it beyond 1 by a digit.
    call_of("clip", vec![Expr::binary(Binary::Div, xy, spread), Expr::Number(-1.0), Expr::Number(1.0)])
}

fn call_of(name: &str, args: Vec<Expr>) -> Expr {
    match Function::find(name) {
        Some(function) => Expr::Call(function, args),
        None => unreachable!("`{name}` is a function"),
    }
}

/// A band of floats of 64 bits, in which everything here is computed whatever the type of the cubes.
fn double(name: String) -> Band {
    Band::new(name, DType::F64, Some(f64::NAN))
}

/// Names that no band of the user can have.
fn hidden(what: &str, count: usize) -> Vec<String> {
    (0..count).map(|i| format!("\0{what}{i}")).collect()
}
