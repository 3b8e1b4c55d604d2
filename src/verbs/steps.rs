//! `steps`: what is known of each step, as a table.

use super::prelude::*;
use crate::table::{KnownTable, listing};

pub(super) const VERB: Verb = Verb {
    name: "steps",
    group: Group::Table,
    summary: "List the steps of a cube with all that is known of them: number, time, interval, the id, name, box and \
              properties of the item or file. No pixel is read.",
    params: &[],
    seek: &["times", "dates", "items", "properties", "timestamps", "showdate", "metadata"],
    examples: &[
        Example { title: "The winters of two years", script: "ramp 24 1 | resample seasonal mean | steps", output: "" },
        Example {
            title: "The items of a load, saved",
            script: "load stac \"items.json\" assets red | steps | save csv \"steps.csv\"",
            output: "",
        },
    ],
    lower: Lower::Table(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<TablePlan>> {
    let table = Arc::new(listing(&input.schema));
    let title = format!("the steps of {}", crate::plan::show::summary(&input.schema));
    Ok(TablePlan::known(KnownTable { table, title, notes: Vec::new() }, Some(input), call.span))
}
