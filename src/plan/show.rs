//! Plans as text: one line a node, its inputs indented below it.

use super::{Along, MaskBy, Node, Over, Plan, Reach, ReduceOptions, Reducer};
use crate::cube::{Schema, Touch};
use crate::expr::{Expr, Member, Unary};
use std::fmt::Write as _;

/// A plan as a tree of lines, with the schema of each node below it if `schemas` says so.
pub(crate) fn tree(plan: &Plan, schemas: bool) -> String {
    let mut out = String::new();
    write(plan, 0, schemas, &mut out);
    out
}

fn write(plan: &Plan, depth: usize, schemas: bool, out: &mut String) {
    let indent = "  ".repeat(depth);
    let _ = writeln!(out, "{indent}{}", line(plan));
    if schemas {
        let _ = writeln!(out, "{indent}    = {}", summary(&plan.schema));
    }
    for input in plan.node.inputs() {
        write(input, depth + 1, schemas, out);
    }
}

/// `36 steps, 2 bands (B4 B5 uint16), 125 x 93 pixels, EPSG:4647`.
pub(crate) fn summary(schema: &Schema) -> String {
    let bands: Vec<String> = schema.band_names().take(6).map(typed).collect();
    let more = if schema.bands.len() > 6 { " .." } else { "" };
    let mut types: Vec<&str> = schema.bands.iter().map(|b| b.dtype.name()).collect();
    types.dedup();
    let crs = schema.grid.crs.as_ref().map_or("no reference system", |c| c.name.as_str());
    format!(
        "{}, {} ({}{more}: {}), {} x {} pixels, {crs}",
        schema.time.span_text(),
        plural(schema.bands.len(), "band"),
        bands.join(" "),
        types.join(" "),
        schema.grid.width,
        schema.grid.height,
    )
}

/// The name of a band as an expression has to name it: in backquotes where it would be read otherwise.
pub(crate) fn typed(band: &str) -> String {
    let reserved = matches!(band, "and" | "or" | "not" | "in" | "case" | "else" | "true" | "false" | "nodata" | "_");
    let mut chars = band.chars().peekable();
    let mut plain = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    while let Some(c) = chars.next() {
        let joins = matches!(c, ':' | '.') && chars.peek().is_some_and(char::is_ascii_alphabetic);
        plain &= c.is_ascii_alphanumeric() || c == '_' || joins;
    }
    if plain && !reserved { band.to_owned() } else { format!("`{band}`") }
}

/// `1 step`, `2 steps`.
pub(crate) fn plural(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// A list for messages: `2 zones outside of the cube: a, b`. Of a long list only the first are named.
pub(crate) fn some_of(what: &str, noun: &str, names: &[String]) -> String {
    const NAMED: usize = 3;
    let named = names.iter().take(NAMED).map(|name| if name.is_empty() { "one without a name" } else { name });
    let shown = named.collect::<Vec<_>>().join(", ");
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    format!("{} {what}: {shown}{more}", plural(names.len(), noun))
}

/// The line of one node.
pub(crate) fn line(plan: &Plan) -> String {
    let names = |bands: &[usize], schema: &Schema| {
        bands.iter().map(|&b| schema.bands[b].name.as_str()).collect::<Vec<_>>().join(" ")
    };
    match &plan.node {
        Node::Scan { source } => format!("scan {} {}", source.format, source.title),
        Node::Select { input, steps, bands, y, x } => {
            let below = &input.schema;
            let mut parts = vec!["select".to_string()];
            if steps.len() != below.time.len() || !steps.iter().enumerate().all(|(i, &s)| i == s) {
                parts.push(format!("steps={}", ranges(steps)));
            }
            if bands.len() != below.bands.len() || !bands.iter().enumerate().all(|(i, &b)| i == b) {
                parts.push(format!("bands=[{}]", names(bands, below)));
            }
            if y.len() != below.grid.height {
                parts.push(format!("y={}..{}", y.start, y.end));
            }
            if x.len() != 1 || x[0].len() != below.grid.width {
                let pieces: Vec<String> = x.iter().map(|p| format!("{}..{}", p.start, p.end)).collect();
                parts.push(format!("x={}", pieces.join("+")));
            }
            parts.join(" ")
        }
        Node::Warp { method, .. } => format!("warp {} to {}", method.name(), plan.schema.grid.describe()),
        Node::Map { input, outputs } => {
            let named = outputs.iter().zip(&plan.schema.bands);
            let parts: Vec<String> =
                named.map(|(e, b)| format!("{}: {} = {}", b.name, b.dtype, expression(e, &bands(input)))).collect();
            format!("map {}", parts.join(", "))
        }
        Node::Mask { input, by: MaskBy::Condition { condition, keep } } => {
            format!("{} {}", if *keep { "where" } else { "mask" }, expression(condition, &bands(input)))
        }
        Node::Mask { by: MaskBy::Polygons { touch, .. }, .. } => {
            let stay = match touch {
                Touch::Any => ", touched pixels stay",
                Touch::Center => "",
                Touch::Inside => ", only pixels wholly inside stay",
            };
            format!("mask outside polygons{stay}")
        }
        Node::Reduce { over: Over::Time { group_of_step, groups }, reducers, options, .. } => format!(
            "reduce {} over time: {} -> {}{}",
            reducer_names(reducers),
            plural(group_of_step.iter().flatten().count(), "step"),
            plural(*groups, "group"),
            options_text(options)
        ),
        Node::Reduce { over: Over::Band, reducers, options, input } => format!(
            "reduce {} over {}{}",
            reducer_names(reducers),
            plural(input.schema.bands.len(), "band"),
            options_text(options)
        ),
        Node::Reduce { over: Over::Space(footprint), reducers, options, .. } => {
            let (rows, columns) = (footprint.rows.len(), footprint.columns.len());
            let what = if footprint.stride == 1 { "windows" } else { "blocks" };
            let reducers = reducer_names(reducers);
            let options = options_text(options).replace("weights days", "weighted");
            format!("reduce {reducers} over {what} of {rows} x {columns} pixels{options}")
        }
        Node::Window { along, .. } => window_text(along),
        Node::Join { steps, .. } => {
            let gaps = steps.iter().filter(|s| s.is_none()).count();
            if gaps > 0 { format!("join, {} without a partner", plural(gaps, "step")) } else { "join".into() }
        }
        Node::Concat { inputs, .. } => {
            let steps: Vec<String> = inputs.iter().map(|p| p.schema.time.len().to_string()).collect();
            format!("concat {} steps", steps.join(" + "))
        }
        Node::Write { sink, .. } => format!("write {} {}", sink.format, sink.path),
    }
}

fn window_text(along: &Along) -> String {
    match along {
        Along::Rolling { windows, reducers, options } => {
            let longest = windows.iter().map(std::ops::Range::len).max().unwrap_or(0);
            let width = plural(longest, "step");
            format!("rolling {} over up to {width}{}", reducer_names(reducers), options_text(options))
        }
        Along::Cumulate { reducers, options } => {
            format!("cumulate {}{}", reducer_names(reducers), options_text(options))
        }
        Along::Shift { by } => format!("shift {by}"),
        Along::Diff { by } => format!("diff {by}"),
        Along::Fill { from, longest: None } => format!("fill over time from {}", from.name()),
        Along::Fill { from, longest: Some(Reach::Steps(n)) } => {
            format!("fill over time from {}, at most {}", from.name(), plural(*n, "step"))
        }
        Along::Gaps { reach, from } => format!("fill from up to {} away, {}", plural(*reach, "pixel"), from.name()),
        Along::Fill { from, longest: Some(Reach::Micros(micros)) } => {
            format!("fill over time from {}, at most {} days", from.name(), *micros as f64 / 86_400e6)
        }
    }
}

fn reducer_names(reducers: &[Reducer]) -> String {
    reducers.iter().map(|r| r.name()).collect::<Vec<_>>().join(" ")
}

fn options_text(options: &ReduceOptions) -> String {
    let mut text = String::new();
    if options.keepna {
        text.push_str(" keepna");
    }
    if options.min_count != super::MinCount::default() {
        let _ = match options.min_count {
            super::MinCount::Steps(n) => write!(text, " min_count {n}"),
            super::MinCount::Percent(p) => write!(text, " min_count {p}%"),
        };
    }
    if options.weights.is_some() {
        text.push_str(" weights days");
    }
    text
}

/// `0..12,15`.
fn ranges(numbers: &[usize]) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for &n in numbers {
        match parts.last_mut() {
            Some((_, end)) if *end == n => *end = n + 1,
            _ => parts.push((n, n + 1)),
        }
    }
    let shown = parts.iter().take(6).map(|(a, b)| if b - a == 1 { a.to_string() } else { format!("{a}..{b}") });
    let mut text = shown.collect::<Vec<_>>().join(",");
    if parts.len() > 6 {
        let _ = write!(text, ",.. ({} in all)", numbers.len());
    }
    text
}

fn bands(plan: &Plan) -> Vec<&str> {
    plan.schema.band_names().collect()
}

/// An expression as the user could have typed it; `names` are those of the bands or columns that it reads.
pub(crate) fn expression(expr: &Expr, names: &[&str]) -> String {
    let go = |e: &Expr| expression(e, names);
    match expr {
        Expr::Number(v) => format!("{v}"),
        Expr::Truth(v) => format!("{v}"),
        Expr::Text(v) => format!("{v:?}"),
        Expr::Missing => "nodata".into(),
        Expr::Band(i) => names[*i].into(),
        Expr::Property(name) => name.clone(),
        Expr::Time(part) if part.args == (0, 0) => part.name.into(),
        Expr::Time(part) => format!("{}(time)", part.name),
        Expr::Coord(coord) => format!("{coord:?}").to_lowercase(),
        Expr::Unary(Unary::Neg, a) => format!("-{}", go(a)),
        Expr::Unary(Unary::Not, a) => format!("not {}", go(a)),
        Expr::Binary(op, a, b) => format!("({} {} {})", go(a), op.symbol(), go(b)),
        Expr::In { operand, set, negated } => {
            let member = |m: &Member| match m {
                Member::Range { low, high, .. } if low == high => format!("{low}"),
                Member::Range { low, high, half_open } => format!("{low}..{}{high}", if *half_open { "<" } else { "" }),
                Member::Text(text) => format!("{text:?}"),
            };
            let members: Vec<String> = set.iter().map(member).collect();
            format!("({} {}in [{}])", go(operand), if *negated { "not " } else { "" }, members.join(" "))
        }
        Expr::If(c, a, b) => format!("if({}, {}, {})", go(c), go(a), go(b)),
        Expr::Case { arms, otherwise } => {
            let mut parts: Vec<String> = arms.iter().map(|(c, v)| format!("{} => {}", go(c), go(v))).collect();
            parts.extend(otherwise.iter().map(|e| format!("else => {}", go(e))));
            format!("case [{}]", parts.join(", "))
        }
        Expr::IsValid(a) => format!("isvalid({})", go(a)),
        Expr::Bits { operand, first, last } => format!("bits({}, {first}, {last})", go(operand)),
        Expr::Call(function, args) => {
            format!("{}({})", function.name, args.iter().map(go).collect::<Vec<_>>().join(", "))
        }
    }
}
