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
    lower: Lower::Either(lower),
};

fn lower(call: &Call, input: &AnyPlan) -> Result<AnyPlan> {
    if call.names("bands").is_empty() {
        let what = if input.table().is_some() { "columns" } else { "bands" };
        let message = format!("`select` needs the names of {what}");
        return Err(Diagnostic::new(codes::MISSING_ARGUMENT, message).label(call.span, "no name"));
    }
    if let AnyPlan::Table(table) = input {
        let columns = call.positions("bands", table)?;
        let outputs = columns.into_iter().map(|i| (table.schema.columns[i].name.clone(), Expr::Band(i)));
        return table.compute(outputs.collect(), call.span).map(AnyPlan::Table);
    }
    let input = call.cube_here(input)?;
    let bands = call.positions("bands", input)?;
    Plan::select(input, Selection { bands, ..Selection::all(&input.schema) }, call.span).map(AnyPlan::Cube)
}
