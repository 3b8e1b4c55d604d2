//! `select`: keep bands or columns, in the order given.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "select",
    group: Group::Pick,
    summary: "Keep these bands, or these columns of a table, in this order.",
    params: &[Param::rest("bands", Shape::Names, "The bands, or the columns.")],
    seek: &["bands", "pick", "variables"],
    examples: &[
        Example {
            title: "One band of two",
            script: "ramp 1 2 bands [red nir] | select nir | show",
            output: "2020-01-01 nir\n1000 1001\n1010 1011\n",
        },
        Example {
            title: "Two columns of three",
            script: "ramp 2 2 | mean over space | select time mean",
            output: "time           mean\ntimestamp   float64\n2020-01-01      5.5\n2020-02-01    105.5\n2 rows\n",
        },
    ],
    lower: Lower::Both(bands, columns),
};

fn bands(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let bands = named(call, input, "bands")?;
    Plan::select(input, Selection { bands, ..Selection::all(&input.schema) }, call.span)
}

fn columns(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    let columns = named(call, input, "columns")?;
    let outputs = columns.into_iter().map(|i| (input.schema.columns[i].name.clone(), Expr::Band(i)));
    input.compute(outputs.collect(), call.span)
}

/// Where the names stand, of which there is one at least.
fn named<T: Named>(call: &Call, input: &T, what: &str) -> Result<Vec<usize>> {
    let named = call.positions("bands", input)?;
    match named.is_empty() {
        true => Err(Diagnostic::new(codes::MISSING_ARGUMENT, format!("`select` needs the names of {what}"))
            .label(call.span, "no name")),
        false => Ok(named),
    }
}
