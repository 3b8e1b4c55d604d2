//! `step`: keep steps by their numbers.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "step",
    group: Group::Pick,
    summary: "Keep steps by their numbers: one, a list or a range; 0 is the first, -1 the last.",
    params: &[
        Param::optional(
            "number",
            Shape::Steps,
            "`3`, `-1`, `[0 2 -1]`, `1..3`, `..<10`, `-12..`: both ends of a range belong to it, but that after `..<` does not.",
        ),
        Param::named(
            "by",
            Shape::Integer,
            "Only every so manieth of them, from the first: `step by 12`, `step 5.. by 12`.",
        ),
    ],
    seek: &["isel", "index", "timestep", "slice", "seltimestep", "every", "thin", "subset"],
    examples: &[
        Example { title: "The last", script: "ramp 3 1 | step -1 | show", output: "2020-03-01 v\n200\n" },
        Example {
            title: "A range, which both ends belong to",
            script: "ramp 9 1 | step 1..2 | show",
            output: "2020-02-01 v\n100\n2020-03-01 v\n200\n",
        },
        Example {
            title: "Every July",
            script: "ramp 36 1 | step 6.. by 12 | show",
            output: "2020-07-01 v\n600\n2021-07-01 v\n1800\n2022-07-01 v\n3000\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let len = input.schema.time.len();
    let steps = match call.get("number") {
        Some(arg) => numbered(arg, len)?,
        None if call.has("by") => (0..len).collect(),
        None => {
            return Err(Diagnostic::new(codes::MISSING_ARGUMENT, "`step` needs a number")
                .label(call.span, "which step?")
                .help("`step 0`, `step [0 2]`, `step 1..3`, or every other one: `step by 2`"));
        }
    };
    let by = call.number("by").unwrap_or(1.0);
    if by < 1.0 {
        return Err(call.error("by", codes::OUT_OF_RANGE, "`by` must be 1 or more", "is not"));
    }
    let steps: Vec<usize> = steps.into_iter().step_by(by as usize).collect();
    Plan::select(input, Selection { steps, ..Selection::all(&input.schema) }, call.span)
}

/// The steps that a number, a range or a list of them names, in its order.
fn numbered(arg: &Arg, len: usize) -> Result<Vec<usize>> {
    let outside = |what: String, span| {
        Diagnostic::new(codes::STEP_OUTSIDE, what)
            .label(span, "outside")
            .help(format!("the cube has {len} steps: 0 to {}, or -{len} to -1", len as f64 - 1.0))
    };
    // Negative numbers count from the end.
    let place = |n: f64| if n < 0.0 { len as f64 + n } else { n };
    Ok(match &arg.value {
        Value::List(items) => {
            let mut all: Vec<usize> = Vec::new();
            for item in items {
                for step in numbered(item, len)? {
                    if all.contains(&step) {
                        return Err(Diagnostic::new(codes::REPEATED_ARGUMENT, format!("step {step} is named twice"))
                            .label(item.span, "again"));
                    }
                    all.push(step);
                }
            }
            all
        }
        Value::Number(n) => match place(*n) {
            step if (0.0..len as f64).contains(&step) => vec![step as usize],
            _ => return Err(outside(format!("there is no step {n}"), arg.span)),
        },
        Value::Range { start, end, half_open } => {
            let first = start.map_or(0.0, place).max(0.0);
            let after = end.map_or(len as f64, |end| place(end) + if *half_open { 0.0 } else { 1.0 });
            let steps: Vec<usize> = (first as usize..after.min(len as f64).max(first) as usize).collect();
            if steps.is_empty() {
                return Err(outside("no step lies in this range".into(), arg.span));
            }
            steps
        }
        // The check of the shape let no other value through.
        other => {
            return Err(Diagnostic::new(codes::WRONG_TYPE, format!("{} is no step", other.describe()))
                .label(arg.span, "neither a number nor a range"));
        }
    })
}
