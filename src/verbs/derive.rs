//! `derive`: add bands computed from bands, or columns from columns.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "derive",
    group: Group::Pixel,
    summary: "Add bands computed from bands, or columns of a table computed from columns, or replace those of the same name.",
    params: &[Param::required("bands", Shape::Assigns, "`name = expression`, several with commas.")],
    seek: &["assign", "mutate", "add"],
    examples: &[
        Example {
            title: "A band more",
            script: "ramp 1 1 bands [red nir] | derive ratio = nir / (red + 10) | show",
            output: "2020-01-01 red\n0\n2020-01-01 nir\n1000\n2020-01-01 ratio\n100\n",
        },
        Example {
            title: "Columns more",
            script: "ramp 3 2 | mean over space | derive year = year(time), kind = if(mean > 100, \"wet\", \"dry\")",
            output: concat!(
                "time        band     mean   year  kind\n",
                "timestamp   text  float64  int64  text\n",
                "2020-01-01  v         5.5   2020  dry\n",
                "2020-02-01  v       105.5   2020  wet\n",
                "2020-03-01  v       205.5   2020  wet\n",
                "3 rows\n",
            ),
        },
    ],
    lower: Lower::Both(derived, derived),
};

fn derived<T: Named>(call: &Call, input: &T) -> Result<T> {
    let (input, added) = call.assigned(call.assigns("bands"), input)?;
    let mut outputs: Vec<(String, Expr)> =
        input.names().into_iter().enumerate().map(|(i, name)| (name, Expr::Band(i))).collect();
    for (name, expr) in added {
        match outputs.iter_mut().find(|(n, _)| *n == name) {
            Some(slot) => slot.1 = expr,
            None => outputs.push((name, expr)),
        }
    }
    input.compute(outputs, call.span)
}
