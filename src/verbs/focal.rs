//! `focal`: each pixel from those around it.

use super::coarsen::{pixels_have_no_date, size};
use super::prelude::*;
use crate::diagnostic::Code;
use crate::plan::Footprint;

pub(super) const VERB: Verb = Verb {
    name: "focal",
    group: Group::Space,
    summary: "Reduce the window of N x N pixels around each; missing pixels, and those beyond the edge, do not count.",
    params: &[
        Param::required("size", Shape::Integer, "Rows and columns of the window, an odd number."),
        Param::required("reducers", Shape::Reducers, "`mean`, `median`, `quantile 0.9`, or several: `[mean std]`."),
        Param::named(
            "kernel",
            Shape::Any,
            "Weights for `mean`, row by row: `[1 2 1 2 4 2 1 2 1]`; over the valid pixels they are made to add up to 1.",
        ),
        Param::named(
            "min_count",
            Shape::MinCount,
            "Valid pixels a result needs, or their share of the window: `5`, `50%`; 1 unless given.",
        ),
        Param::flag("keepna", "One missing pixel makes the result missing; so does the edge."),
        Param::flag("hold", "Pixels that are missing stay missing."),
    ],
    seek: &[
        "filter",
        "smooth",
        "convolve",
        "kernel",
        "neighborhood",
        "moving_window",
        "apply_kernel",
        "blur",
        "despeckle",
    ],
    examples: &[
        Example {
            title: "The mean of nine",
            script: "ramp 1 3 | focal 3 mean | show",
            output: "2020-01-01 v\n 5.5  6  6.5\n10.5 11 11.5\n15.5 16 16.5\n",
        },
        Example {
            title: "Nearer pixels count more",
            script: "ramp 1 3 | focal 3 mean kernel [1 2 1 2 4 2 1 2 1] | show",
            output: "2020-01-01 v\n3.66666667 4.33333333          5\n10.3333333         11 11.6666667\n        17 17.6666667 18.3333333\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let n = size(call, &input.schema.grid)?;
    if n.is_multiple_of(2) {
        return Err(call
            .error("size", codes::OUT_OF_RANGE, format!("a window of {n} pixels has no pixel in its middle"), "even")
            .help(format!("`{}` or `{}`", n - 1, n + 1)));
    }
    let mut reduction = call.reduction("reducers")?;
    pixels_have_no_date(call, &reduction.reducers)?;
    if call.has("kernel") {
        if !reduction.reducers.iter().all(|r| r.is_weighable()) {
            return Err(call.error(
                "kernel",
                codes::UNFIT_ARGUMENTS,
                "only a mean can be weighted",
                "with another reducer",
            ));
        }
        reduction.options.weights = Some(kernel(call, n)?);
    }
    let grid = input.schema.grid.clone();
    let (reducers, options) = (reduction.reducers, reduction.options);
    let result = Plan::reduce_space(input, grid, Footprint::around(n), reducers.clone(), options, call.span)?;
    if !call.has("hold") {
        return Ok(result);
    }
    // The bands of the input are joined for a moment, because a result is kept only where its input pixel is valid.
    let bands = input.schema.bands.len();
    let steps = (0..input.schema.time.len()).map(Some).collect();
    let names = (0..result.schema.bands.len()).map(|i| format!("focal {i}")).collect();
    let joined = Plan::join(input, &result, steps, names, call.span)?;
    let output = |(i, band): (usize, &Band)| {
        let before = Expr::IsValid(Box::new(Expr::Band(i / reducers.len())));
        let held = Expr::If(Box::new(before), Box::new(Expr::Band(bands + i)), Box::new(Expr::Missing));
        (band.with_nodata(), held)
    };
    Plan::map_into(&joined, result.schema.bands.iter().enumerate().map(output).collect(), call.span)
}

fn kernel(call: &Call, n: usize) -> Result<Vec<f64>> {
    fn flatten(arg: &Arg, out: &mut Vec<Option<f64>>) {
        match &arg.value {
            Value::List(items) => items.iter().for_each(|i| flatten(i, out)),
            Value::Number(v) => out.push(Some(*v)),
            _ => out.push(None),
        }
    }
    let mut weights = Vec::new();
    call.all("kernel").iter().for_each(|a| flatten(a, &mut weights));
    let weights: Option<Vec<f64>> = weights.into_iter().collect();
    let wrong = |code: Code, what: String| call.error("kernel", code, what, "weights given here");
    let weights = weights.ok_or_else(|| wrong(codes::WRONG_TYPE, "a kernel is a list of numbers".into()))?;
    if weights.len() != n * n {
        let message = format!("a window of {n} x {n} pixels takes {} weights, not {}", n * n, weights.len());
        return Err(wrong(codes::UNFIT_ARGUMENTS, message));
    }
    if weights.iter().any(|w| !w.is_finite() || *w < 0.0) || weights.iter().sum::<f64>() <= 0.0 {
        return Err(wrong(codes::OUT_OF_RANGE, "weights of a mean are not negative, and not all 0".into()));
    }
    Ok(weights)
}
