//! Answers as plain text.

use crate::cube::chunk::PixelType;
use crate::cube::dates::DateUnit;
use crate::cube::dtype::Missing;
use crate::cube::{Chunk, DType, Pixels, Schema, TimeAxis};
use crate::diagnostic::{Result, Span};
use crate::exec::bytes;
use crate::exec::{BandStats, Job, Limits};
use crate::plan::show::{plural, summary, tree, typed};
use crate::plan::{Node, Over, Plan, Selection};
use crate::with_pixels;
use std::fmt::Write as _;
use std::sync::Arc;

pub(crate) fn schema(schema: &Schema) -> String {
    format!("{}\n", summary(schema))
}

pub(crate) fn describe(plan: &Plan) -> String {
    let schema = &plan.schema;
    let grid = &schema.grid;
    let mut out = String::new();
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "{name:<11}{value}");
    };
    row("steps", schema.time.span_text());
    if let Some(calendar) = schema.time.calendar() {
        row("calendar", calendar.cf_name().to_string());
    }
    row("grid", grid.describe());
    row("bounds", grid.bounds().to_string());
    row("size", format!("{} uncompressed", bytes(schema.bytes())));
    let width = schema.band_names().map(|name| typed(name).chars().count()).max().unwrap_or(0);
    for (i, band) in schema.bands.iter().enumerate() {
        let mut text = format!("{:<width$}  {}", typed(&band.name), band.dtype);
        if let Some(nodata) = band.nodata {
            let _ = write!(text, ", nodata {}", self::nodata(nodata, band.dtype));
        }
        if let Some(unit) = band.unit.as_deref().filter(|u| !u.is_empty()) {
            let _ = write!(text, ", {unit}");
        }
        if let Some(long) = band.long_name.as_deref().filter(|l| !l.is_empty()) {
            let _ = write!(text, ", {long}");
        }
        if let Some(p) = &band.packing {
            let _ = write!(
                text,
                ", stored as {} x {} + {} (applied; `raw` undoes it)",
                p.dtype,
                short(p.scale),
                short(p.offset)
            );
        }
        row(if i == 0 { "bands" } else { "" }, text);
    }
    if !schema.properties.is_empty() {
        row("steps know", schema.properties.keys().map(String::as_str).collect::<Vec<_>>().join(", "));
    }
    for (i, (source, _)) in plan.scans().into_iter().enumerate() {
        row(if i == 0 { "from" } else { "" }, format!("{} {}", source.format, source.title));
    }
    for note in &schema.notes {
        row("note", note.clone());
    }
    out
}

/// The statistics of bands, a row each below one of headings.
pub(crate) fn stats(schema: &Schema, stats: &[BandStats]) -> Vec<[String; 7]> {
    let mut rows = vec![["band", "valid", "missing", "min", "mean", "std", "max"].map(String::from)];
    for (band, s) in schema.bands.iter().zip(stats) {
        let dates = DateUnit::of(band, &schema.time);
        let plain = |v: f64| if s.count == 0 { "-".to_string() } else { number(v, DType::F64) };
        let value = |v: f64| match dates.as_ref().filter(|_| s.count > 0).and_then(|dates| dates.text(v)) {
            Some(date) => date,
            None => plain(v),
        };
        let end = |v: f64, whole: Option<i128>| match whole.filter(|_| dates.is_none()) {
            Some(whole) => whole.to_string(),
            None => value(v),
        };
        rows.push([
            band.name.clone(),
            s.count.to_string(),
            s.missing.to_string(),
            end(s.min, s.whole.map(|(low, _)| low)),
            value(s.mean()),
            plain(s.std()),
            end(s.max, s.whole.map(|(_, high)| high)),
        ]);
    }
    rows
}

/// Rows whose columns are aligned, to the right but for the first `left`.
pub(crate) fn aligned<R: AsRef<[String]>>(rows: &[R], left: usize, gap: &str) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (i, cell) in row.as_ref().iter().enumerate() {
            widths.resize(widths.len().max(i + 1), 0);
            widths[i] = widths[i].max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for row in rows {
        let cells = row.as_ref().iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(|(i, (cell, &width))| if i < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") })
            .collect();
        let _ = writeln!(out, "{}", cells.join(gap).trim_end());
    }
    out
}

/// The rows, columns and steps of a large cube that are shown.
const CORNER: (usize, usize) = (12, 24);

/// The part of a plan whose pixels are printed.
pub(crate) fn corner(plan: &Arc<Plan>) -> Result<Arc<Plan>> {
    let all = Selection::all(&plan.schema);
    let keep = Selection {
        steps: all.steps.into_iter().take(CORNER.1).collect(),
        y: 0..all.y.end.min(CORNER.0),
        x: std::iter::once(0..all.x[0].end.min(CORNER.0)).collect(),
        ..Selection::all(&plan.schema)
    };
    Plan::select(plan, keep, Span::default())
}

/// The pixels of one step and band: what they are, and the rows.
pub(crate) struct Plane {
    pub title: String,
    pub rows: Vec<Vec<String>>,
}

/// The pixels of a part of a cube, step by step and band by band, with dots where there are more.
pub(crate) fn pixels(whole: &Schema, shown: &Schema, chunk: &Chunk) -> Vec<Plane> {
    let [steps, rows, columns] = chunk.shape;
    let dates: Vec<Option<DateUnit>> = shown.bands.iter().map(|band| DateUnit::of(band, &shown.time)).collect();
    let plane = |step: usize, b: usize| {
        let band = &shown.bands[b];
        let row = |y: usize| {
            let at = (step * rows + y) * columns;
            let cell = |x| pixel(&chunk.bands[b], at + x, band.nodata, dates[b].as_ref());
            let dots = (whole.grid.width > columns).then(|| "..".to_string());
            (0..columns).map(cell).chain(dots).collect()
        };
        let dots = (whole.grid.height > rows).then(|| vec!["..".to_string()]);
        let title = format!("{} {}", shown.time.label(step), band.name);
        Plane { title, rows: (0..rows).map(row).chain(dots).collect() }
    };
    let bands = shown.bands.len();
    (0..steps).flat_map(|step| (0..bands).map(move |band| (step, band))).map(|(step, band)| plane(step, band)).collect()
}

/// A pixel as text: integers with all of their digits, dates as dates.
fn pixel(pixels: &Pixels, at: usize, nodata: Option<f64>, dates: Option<&DateUnit>) -> String {
    fn text<T: PixelType>(value: T, nodata: Option<f64>, dates: Option<&DateUnit>) -> String {
        if Missing::new(nodata).is(value) {
            return "nodata".into();
        }
        match dates.and_then(|dates| dates.text(value.to_f64())) {
            Some(date) => date,
            None if T::DTYPE.is_float() => number(value.to_f64(), T::DTYPE),
            None => value.to_i128().to_string(),
        }
    }
    with_pixels!(pixels, v => text(v[at], nodata, dates))
}

/// The nodata of a band, with all digits of an integer.
pub(crate) fn nodata(value: f64, dtype: DType) -> String {
    match dtype {
        DType::U64 => (value as u64).to_string(),
        DType::I64 => (value as i64).to_string(),
        DType::F32 => short(value),
        _ => compact(value, value),
    }
}

/// A number in as few digits as tell it apart in the type that it comes from: those of float32 where that holds it.
pub(crate) fn short(value: f64) -> String {
    let single = value as f32;
    if f64::from(single) == value { compact(value, single) } else { compact(value, value) }
}

/// A number as written, with an exponent if it is huge or tiny.
fn compact(value: f64, written: impl std::fmt::Display + std::fmt::LowerExp) -> String {
    let size = value.abs();
    if size >= 1e15 || (size > 0.0 && size < 1e-5) { format!("{written:e}") } else { format!("{written}") }
}

/// A number as text: whole ones with all digits, others to about nine, or fewer if their type has fewer.
pub(crate) fn number(value: f64, dtype: DType) -> String {
    if value.is_nan() {
        return "nodata".into();
    }
    if value == 0.0 {
        // A negative zero is written without its sign.
        return "0".into();
    }
    if !dtype.is_float() || (value.fract() == 0.0 && value.abs() < 1e15) {
        return format!("{value}");
    }
    let digits = if dtype == DType::F32 { 6 } else { 9 };
    let magnitude = value.abs().log10().floor() as i32;
    if !(-5..15).contains(&magnitude) {
        return format!("{value:.*e}", digits - 1);
    }
    let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

pub(crate) fn saved(schema: &Schema, output: &crate::io::Output) -> String {
    let place = match &output.paths[..] {
        [] => "nothing".to_string(),
        [one] => format!("{}", one.display()),
        [first, .., last] => format!("{} files, {} .. {}", output.paths.len(), first.display(), last.display()),
    };
    // The size of a target on a server is not known.
    let size = if output.bytes > 0 { format!(" ({})", bytes(output.bytes)) } else { String::new() };
    format!("saved {place}{size}: {}", summary(output.stored.as_ref().unwrap_or(schema)))
}

/// What every reduction did to the steps: `36 steps -> 12 months, pooled over 3 years`.
pub(crate) fn pooled(plan: &Plan) -> Vec<String> {
    let mut notes: Vec<String> = plan.node.inputs().into_iter().flat_map(|input| pooled(input)).collect();
    if let Node::Reduce { input, over: Over::Time { group_of_step, .. }, .. } = &plan.node
        && let TimeAxis::Groups { key, labels, .. } = &plan.schema.time
    {
        let mut note =
            format!("{} -> {}", plural(group_of_step.iter().flatten().count(), "step"), plural(labels.len(), "group"));
        if let Some((calendar, instants)) = input.schema.time.to_group().instants() {
            let pooled = instants.iter().zip(group_of_step).filter(|(_, group)| group.is_some());
            let mut years: Vec<i64> = pooled.map(|(&t, _)| calendar.fields(t).year).collect();
            years.sort_unstable();
            years.dedup();
            let by = if key == "group" { String::new() } else { format!(" by {key}") };
            let _ = write!(note, "{by}, pooled over {}", plural(years.len(), "year"));
        }
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

pub(crate) fn explain(logical: &Plan, optimized: &Plan, job: &Job, limits: &Limits) -> String {
    let mut out = String::from("plan\n");
    out.push_str(&indent(&tree(logical, true)));
    let after = tree(optimized, false);
    if after != tree(logical, false) {
        out.push_str("optimized\n");
        out.push_str(&indent(&after));
    }
    out.push_str(&cost(job, limits.threads));
    let _ = writeln!(out, "  result  {}", bytes(optimized.schema.bytes()));
    out
}

/// Tasks, bytes and memory.
pub(crate) fn cost(job: &Job, threads: usize) -> String {
    let rows = cost_rows(job, threads);
    rows.iter().fold(String::from("cost\n"), |out, (name, value)| out + &format!("  {name:<6}  {value}\n"))
}

pub(crate) fn cost_rows(job: &Job, threads: usize) -> Vec<(&'static str, String)> {
    let largest = job.tasks.iter().map(|t| t.projected_bytes).max().unwrap_or(0);
    let [steps, rows, columns] = job.tasks.first().map_or([0; 3], |t| t.region.shape());
    let shape = format!("{steps} x {rows} x {columns} (steps x rows x columns)");
    let threads = job.threads(threads);
    let (most, on) = (bytes(job.peak_bytes(threads)), plural(threads, "thread"));
    vec![
        ("tasks", format!("{} of up to {shape}", job.tasks.len())),
        ("read", format!("{} of pixels", bytes(job.bytes_to_read))),
        ("memory", format!("{} a task, {most} at most on {on}", bytes(largest))),
    ]
}

pub(crate) fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
