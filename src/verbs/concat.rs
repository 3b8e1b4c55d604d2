//! `concat`: the steps of several cubes as one.

use super::prelude::*;
use crate::diagnostic::{self, Span};
use crate::plan::common_band;

pub(super) const VERB: Verb = Verb {
    name: "concat",
    group: Group::Combine,
    summary: "The steps of several cubes as one cube, in the order of their dates.",
    params: &[
        Param::required("cubes", Shape::Any, "A list of cubes with the same bands: `[$a $b]`."),
        Param::flag("union", "Cubes of one pixel grid but other extents come on the extent that holds them all."),
    ],
    seek: &["stack", "merge", "cat", "mergetime", "combine", "union"],
    examples: &[Example {
        title: "Two years as one",
        script: "let a = ramp 2 1\nlet b = ramp 1 1 start \"2019-06\"\nconcat [$a $b] | show",
        output: "2019-06-01 v\n0\n2020-01-01 v\n0\n2020-02-01 v\n100\n",
    }],
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    let items = match call.get("cubes").map(|a| &a.value) {
        Some(Value::List(items)) => items.as_slice(),
        _ => call.all("cubes"),
    };
    let cube = |arg: &Arg| match &arg.value {
        Value::Cube(plan) => Ok((plan.clone(), arg.span)),
        other => Err(Diagnostic::new(
            codes::WRONG_TYPE,
            format!("`{}` takes cubes, not {}", call.verb.name, other.describe()),
        )
        .label(arg.span, "not a cube")
        .help("`concat [$a $b]`, each bound by `let`, or a pipeline in parentheses")),
    };
    let cubes = items.iter().map(cube).collect::<Result<Vec<_>>>()?;
    if cubes.is_empty() {
        return Err(call.error("cubes", codes::MISSING_ARGUMENT, "`concat` needs a list of cubes", "an empty list"));
    }
    joined(call, cubes)
}

/// The steps of all cubes, in the bands of the first.
pub(super) fn joined(call: &Call, cubes: Vec<(Arc<Plan>, Span)>) -> Result<Arc<Plan>> {
    let axes: Vec<&TimeAxis> = cubes.iter().map(|(p, _)| &p.schema.time).collect();
    let (time, steps) = merged_axis(call, &axes)?;
    let mut inputs = in_same_bands(call, &cubes)?;
    if call.has("union") {
        inputs = on_union(call, inputs)?;
    }
    Plan::concat(inputs, time, steps, call.span).map_err(|d| {
        let union = (d.code == codes::GRIDS_DIFFER && !call.has("union"))
            .then(|| format!("tiles of one pixel grid: `{} .. union`", call.verb.name));
        d.help_if(union).or_at(call.span, "put together here")
    })
}

/// One axis of all steps, and which step of which cube each is.
fn merged_axis(call: &Call, axes: &[&TimeAxis]) -> Result<(TimeAxis, Vec<(usize, usize)>)> {
    let mut steps: Vec<(usize, usize)> =
        axes.iter().enumerate().flat_map(|(cube, axis)| (0..axis.len()).map(move |step| (cube, step))).collect();
    let differ = |why: String| {
        let mut diagnostic = Diagnostic::new(codes::TIMES_DIFFER, why).label(call.span, "put together here");
        for axis in axes {
            diagnostic = diagnostic.help(format!("one has {}", axis.span_text()));
        }
        Err(diagnostic)
    };
    // The one step that is left of a reduction has the start of its period for its date.
    let dated = |axis: &&TimeAxis| match axis {
        TimeAxis::Instants { calendar, values, bounds } => Some((*calendar, values.clone(), bounds.clone())),
        TimeAxis::Reduced { calendar, start, .. } => Some((*calendar, vec![*start], None)),
        _ => None,
    };
    let all: Vec<_> = axes.iter().filter_map(dated).collect();
    if all.len() == axes.len() {
        let calendar = all[0].0;
        let instants = || all.iter().flat_map(|(_, values, _)| values);
        if let Some((other, ..)) = all.iter().find(|(c, ..)| !calendar.agrees(*c, instants())) {
            return differ(format!("the calendars differ: {} and {}", calendar.cf_name(), other.cf_name()));
        }
        steps.sort_by_key(|&(cube, step)| all[cube].1[step]);
        let values = steps.iter().map(|&(cube, step)| all[cube].1[step]).collect();
        let bounds = steps.iter().map(|&(cube, step)| Some(all[cube].2.as_ref()?[step])).collect();
        return Ok((TimeAxis::Instants { calendar, values, bounds }, steps));
    }
    if axes.iter().all(|axis| matches!(axis, TimeAxis::Positions(_))) {
        return Ok((TimeAxis::Positions(steps.len()), steps));
    }
    if let TimeAxis::Groups { key, .. } = axes[0] {
        let (mut labels, mut dates) = (Vec::new(), Vec::new());
        for axis in axes {
            match axis {
                TimeAxis::Groups { key: other, labels: more, climatology } if other == key => {
                    labels.extend(more.iter().cloned());
                    dates.push(climatology.clone());
                }
                _ => return differ("the steps of the cubes are not of one kind".into()),
            }
        }
        let climatology = dates.into_iter().reduce(|seen, next| seen?.followed_by(next?)).flatten();
        return Ok((TimeAxis::Groups { key: key.clone(), labels, climatology }, steps));
    }
    differ("some of the cubes have dates and some have none".into())
}

/// Every cube with the bands of the first in their order; each band has one type in all cubes.
fn in_same_bands(call: &Call, cubes: &[(Arc<Plan>, Span)]) -> Result<Vec<Arc<Plan>>> {
    let names: Vec<&str> = cubes[0].0.schema.band_names().collect();
    let mut orders = Vec::new();
    for (plan, span) in cubes {
        let order: Option<Vec<usize>> = names.iter().map(|name| plan.schema.band_index(name)).collect();
        let Some(order) = order.filter(|_| plan.schema.bands.len() == names.len()) else {
            let found = diagnostic::list_some(plan.schema.band_names(), 12);
            return Err(Diagnostic::new(codes::UNKNOWN_BAND, "the cubes do not have the same bands")
                .label(*span, "other bands than the first")
                .help(format!("the first has {}, this one {found}", diagnostic::list_some(names.iter().copied(), 12)))
                .help("`rename new = old` and `select [..]` make them the same"));
        };
        orders.push(order);
    }
    let target = |i: usize| {
        let each: Vec<Band> = cubes.iter().zip(&orders).map(|((p, _), o)| p.schema.bands[o[i]].clone()).collect();
        if each.iter().all(|b| b.dtype == each[0].dtype && crate::cube::schema::same_nodata(b.nodata, each[0].nodata)) {
            return each[0].clone();
        }
        let dtype = each.iter().map(|b| b.dtype).reduce(|a, b| a.promote(b)).unwrap_or(each[0].dtype);
        let Band { dtype, nodata, .. } = common_band(&each, dtype);
        Band { dtype, nodata, packing: None, ..each[0].clone() }
    };
    let bands: Vec<Band> = (0..names.len()).map(target).collect();
    let fitted = |((plan, _), order): (&(Arc<Plan>, Span), &Vec<usize>)| {
        let same = order.iter().enumerate().all(|(i, &b)| i == b) && plan.schema.bands == bands;
        if same {
            return Ok(plan.clone());
        }
        Plan::map_into(plan, bands.iter().cloned().zip(order.iter().map(|&b| Expr::Band(b))).collect(), call.span)
    };
    cubes.iter().zip(&orders).map(fitted).collect()
}

/// Every cube on the smallest extent that holds them all. Pixels are copied, not resampled.
fn on_union(call: &Call, inputs: Vec<Arc<Plan>>) -> Result<Vec<Arc<Plan>>> {
    let first = &inputs[0].schema.grid;
    if inputs.iter().all(|p| p.schema.grid.same_grid(first)) {
        return Ok(inputs);
    }
    let (dx, dy) = first.resolution();
    let whole = |offset: f64| (offset - offset.round()).abs() < 1e-3;
    for other in inputs.iter().map(|p| &p.schema.grid) {
        let (a, b) = (&first.transform, &other.transform);
        let (rx, ry) = other.resolution();
        let one_lattice = first.crs == other.crs
            && !other.is_rotated()
            && (rx - dx).abs() < dx * 1e-6
            && (ry - dy).abs() < dy * 1e-6
            && whole((a[0] - b[0]) / dx)
            && whole((a[3] - b[3]) / dy);
        if !one_lattice {
            return Err(Diagnostic::new(codes::GRIDS_DIFFER, "the cubes are not tiles of one pixel grid")
                .label(call.span_of("union"), "cannot be laid side by side")
                .help(format!("one:   {}, {}", first.describe(), first.bounds()))
                .help(format!("other: {}, {}", other.describe(), other.bounds()))
                .help("bring one onto the grid of the other first: `( $b | align $a )`"));
        }
    }
    let bounds = inputs.iter().map(|p| p.schema.grid.bounds()).reduce(BBox::union).unwrap_or(first.bounds());
    let grid = GeoBox::new(
        first.crs.clone(),
        [bounds.west, dx, 0.0, bounds.north, 0.0, -dy],
        ((bounds.east - bounds.west) / dx).round() as usize,
        ((bounds.north - bounds.south) / dy).round() as usize,
    );
    // A band that gets a nodata by the warp gets the same one in every cube.
    inputs.iter().map(|p| Plan::warp(p, grid.clone(), Resampling::Nearest, call.span)).collect()
}
