//! `overlay`: the pixels of each class of another raster.

use super::prelude::*;
use crate::expr::Binary;

pub(super) const VERB: Verb = Verb {
    name: "overlay",
    group: Group::Table,
    summary: "Reduce, or list, the pixels under each class of a raster: a table by class.",
    params: &[
        Param::required(
            "classes",
            Shape::CubeOrPath,
            "A raster of one step and band; on another grid it is brought to that of the cube, nearest pixel.",
        ),
        Param::optional(
            "reducers",
            Shape::Reducers,
            "`mean`, or several: a row for each step, class and band. Without any, a row for each valid pixel, ordered by \
             class, band, step, row and column.",
        ),
        Param::named(
            "exclude",
            Shape::Any,
            "A value of the pixels to leave out, or a list of them: `exclude [0 255]`.",
        ),
        Param::named(
            "min_count",
            Shape::MinCount,
            "Valid pixels a result needs, or their share: `20`, `80%`; 1 unless given.",
        ),
        Param::flag("keepna", "One missing pixel makes the result missing."),
    ],
    seek: &["zonal raster", "classes", "groupby raster", "by class", "tabulate"],
    examples: &[
        Example {
            title: "By land cover",
            script: "let cover = ramp 1 4 | map class = x > 500020\nramp 1 4 | overlay $cover [mean count]",
            output: concat!(
                "time        class  band     mean  count\n",
                "timestamp   int64  text  float64  int64\n",
                "2020-01-01      0  v        15.5      8\n",
                "2020-01-01      1  v        17.5      8\n",
                "2 rows\n",
            ),
        },
        Example {
            title: "Every value",
            script: "let cover = ramp 1 2 | map class = x > 500010\nramp 1 2 | overlay $cover exclude 0",
            output: concat!(
                "class  time        band  value\n",
                "int64  timestamp   text  int64\n",
                "    0  2020-01-01  v        10\n",
                "    1  2020-01-01  v         1\n",
                "    1  2020-01-01  v        11\n",
                "3 rows\n",
            ),
        },
    ],
    lower: Lower::Table(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<TablePlan>> {
    let reduction = match call.has("reducers") {
        true => Some(call.reduction("reducers")?.over_space(call, "reducers", false)?),
        false => None,
    };
    let Some(mut classes) = call.cube_or_file("classes")? else { unreachable!("it is required") };
    let schema = &classes.schema;
    if schema.time.len() != 1 || schema.bands.len() != 1 {
        return Err(call
            .error("classes", codes::BAD_CLASSES, "`overlay` takes classes of one step and one band", "more than that")
            .help(format!("it has {}", crate::plan::show::summary(schema)))
            .help("pick them: `( $classes | step 0 | select cover )`"));
    }
    if !schema.grid.same_grid(&input.schema.grid) {
        classes = Plan::warp(&classes, input.schema.grid.clone(), Resampling::Nearest, call.span)
            .map_err(|d| d.or_at(call.span_of("classes"), "on another grid"))?;
    }
    let input = without(call, input)?;
    let rows = match reduction {
        Some(reduction) => Rows::Classes { classes, reduction },
        None => Rows::Values { classes },
    };
    Ok(TablePlan::new(&input, rows, call.span))
}

/// The cube in which the values of the option `exclude` are missing.
fn without(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let Some(arg) = call.get("exclude") else { return Ok(input.clone()) };
    let numbers = match &arg.value {
        Value::List(items) => items.iter().map(|item| &item.value).collect(),
        value => vec![value],
    };
    let mut excluded = Vec::new();
    for value in numbers {
        let Value::Number(v) = value else {
            return Err(call
                .error(
                    "exclude",
                    codes::NO_NUMBER,
                    format!("`exclude` takes numbers, not {}", value.describe()),
                    "here",
                )
                .help("for example `exclude 0` or `exclude [0 255]`"));
        };
        excluded.push(*v);
    }
    let outputs = input.schema.bands.iter().enumerate().map(|(i, band)| {
        let keep = |inner: Expr, v: &f64| {
            let equal = Expr::binary(Binary::Eq, Expr::Band(i), Expr::Number(*v));
            Expr::If(Box::new(equal), Box::new(Expr::Missing), Box::new(inner))
        };
        (band.with_nodata(), excluded.iter().fold(Expr::Band(i), keep))
    });
    Plan::map_into(input, outputs.collect(), call.span)
}
