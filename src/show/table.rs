//! Tables as text and as HTML: aligned, the head and tail of long ones, what is known of them.

use super::{Output, html, text};
use crate::cube::{DType, Touch};
use crate::exec::bytes;
use crate::exec::{TableJob, TableOp};
use crate::plan::show::{expression, plural, tree};
use crate::plan::table::Edit;
use crate::plan::{Cover, Expr, Keep, Plan, Reduction, Rows, Sampling, TableFrom, TablePlan};
use crate::table::{Cells, Column, ColumnType, Table, Zones};
use std::fmt::Write as _;

/// The number of rows that are shown of each end of a long table.
const ENDS: usize = 12;
/// The most letters of a cell; longer texts are cut.
const WIDEST: usize = 48;

/// A table as text and as HTML.
pub(crate) fn output(table: &Table) -> Output {
    Output::text(plain(table)).with("text/html", html(table))
}

/// The rows that are shown, and how many are left out between them.
fn shown(rows: usize) -> (Vec<usize>, usize) {
    match rows > 2 * ENDS {
        true => ((0..ENDS).chain(rows - ENDS..rows).collect(), rows - 2 * ENDS),
        false => ((0..rows).collect(), 0),
    }
}

fn plain(table: &Table) -> String {
    let (rows, left_out) = shown(table.rows());
    let columns: Vec<Vec<String>> = table
        .columns
        .iter()
        .zip(&table.cells)
        .map(|(column, cells)| {
            let head = [column.name.clone(), kind(column)];
            head.into_iter().chain(rows.iter().map(|row| cell(cells, *row))).collect()
        })
        .collect();
    let widths: Vec<usize> =
        columns.iter().map(|c| c.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for line in 0..rows.len() + 2 {
        if left_out > 0 && line == ENDS + 2 {
            let _ = writeln!(out, "..");
        }
        let mut text = String::new();
        for ((column, &width), cells) in columns.iter().zip(&widths).zip(&table.cells) {
            let gap = if text.is_empty() { "" } else { "  " };
            let _ = match cells.kind().is_number() {
                true => write!(text, "{gap}{:>width$}", column[line]),
                false => write!(text, "{gap}{:<width$}", column[line]),
            };
        }
        let _ = writeln!(out, "{}", text.trim_end());
    }
    let _ = match left_out {
        0 => writeln!(out, "{}", plural(table.rows(), "row")),
        n => writeln!(out, "{}, {n} of them not shown", plural(table.rows(), "row")),
    };
    out
}

/// A table with a line of names and one of types; the head and tail of long ones.
fn html(table: &Table) -> String {
    let (rows, left_out) = shown(table.rows());
    let align = |kind: ColumnType| if kind.is_number() { "right" } else { "left" };
    let mut out = String::from("<table>\n<thead>\n<tr>");
    for column in &table.columns {
        let _ = write!(out, "<th style=\"text-align: {}\">{}</th>", align(column.kind), html::escape(&column.name));
    }
    out.push_str("</tr>\n<tr>");
    for column in &table.columns {
        let _ =
            write!(out, "<td style=\"text-align: {}\"><i>{}</i></td>", align(column.kind), html::escape(&kind(column)));
    }
    out.push_str("</tr>\n</thead>\n<tbody>\n");
    for (i, row) in rows.iter().enumerate() {
        if left_out > 0 && i == rows.len() / 2 {
            let _ = writeln!(out, "<tr><td colspan=\"{}\">&hellip;</td></tr>", table.columns.len());
        }
        out.push_str("<tr>");
        for (column, cells) in table.columns.iter().zip(&table.cells) {
            let text = html::escape(&cell(cells, *row));
            let _ = write!(out, "<td style=\"text-align: {}\">{text}</td>", align(column.kind));
        }
        out.push_str("</tr>\n");
    }
    let _ = writeln!(out, "</tbody>\n</table>\n<p>{}</p>", plural(table.rows(), "row"));
    out
}

/// The type, with the unit where there is one.
fn kind(column: &Column) -> String {
    match &column.unit {
        Some(unit) => format!("{} {unit}", column.type_name()),
        None => column.type_name().into(),
    }
}

/// A cell for people: dates as short as they can be, numbers to about nine digits.
fn cell(cells: &Cells, row: usize) -> String {
    use crate::cube::time::Calendar;
    match cells {
        _ if cells.is_missing(row) => "nodata".into(),
        Cells::Time(v) => v[row].map_or(String::new(), |t| Calendar::ProlepticGregorian.iso(t)),
        Cells::Text(v) => cut(v[row].as_deref().unwrap_or_default()),
        Cells::Int64(_) | Cells::UInt64(_) => cells.text(row),
        Cells::Float32(v) => text::number(v[row] as f64, DType::F32),
        Cells::Float64(v) => text::number(v[row], DType::F64),
    }
}

/// A text on one line, cut if it is too long.
fn cut(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.chars().count() > WIDEST {
        true => line.chars().take(WIDEST - 2).chain("..".chars()).collect(),
        false => line,
    }
}

/// A description of everything that is known of a table without reading a pixel.
pub(crate) fn describe(plan: &TablePlan) -> String {
    let mut out = String::new();
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "{name:<11}{value}");
    };
    row("rows", plan.schema.rows.map_or("known once it is computed".into(), |n| n.to_string()));
    let width = plan.schema.columns.iter().map(|c| c.name.chars().count()).max().unwrap_or(0);
    for (i, column) in plan.schema.columns.iter().enumerate() {
        row(if i == 0 { "columns" } else { "" }, format!("{:<width$}  {}", column.name, kind(column)));
    }
    row("made by", made_by(plan));
    let of_cube = plan.cube().map(|cube| &cube.schema);
    if let Some(schema) = of_cube {
        row("from", crate::plan::show::summary(schema));
    }
    for note in plan.schema.notes.iter().chain(of_cube.iter().flat_map(|schema| &schema.notes)) {
        row("note", note.clone());
    }
    out
}

/// The stage that made it, in words.
pub(crate) fn made_by(plan: &TablePlan) -> String {
    let mut text = match &plan.from {
        TableFrom::Pixels { rows, .. } => of_pixels(rows),
        TableFrom::Known { title, .. } => title.clone(),
        TableFrom::Edited { input, edit } => format!("{}, {}", made_by(input), in_words(edit, input, plan)),
    };
    for keep in &plan.keep {
        let _ = match keep {
            Keep::Head(n) => write!(text, ", first {}", plural(*n, "row")),
            Keep::Tail(n) => write!(text, ", last {}", plural(*n, "row")),
        };
    }
    text
}

/// What an edit does to a table.
fn in_words(edit: &Edit, input: &TablePlan, made: &TablePlan) -> String {
    let names: Vec<&str> = input.schema.columns.iter().map(|column| column.name.as_str()).collect();
    let some = |columns: &[usize]| columns.iter().map(|column| names[*column]).collect::<Vec<_>>().join(" ");
    match edit {
        Edit::Filter(condition) => format!("rows of {}", expression(condition, &names)),
        Edit::Sort { by, descending } => format!("by {}{}", some(by), if *descending { ", largest first" } else { "" }),
        Edit::Columns(all) => {
            let named = made.schema.columns.iter().zip(all);
            let column = |(column, expr): (&Column, &Expr)| match expression(expr, &names) {
                own if own == column.name => own,
                other => format!("{} = {other}", column.name),
            };
            format!("columns {}", named.map(column).collect::<Vec<_>>().join(", "))
        }
        Edit::Group { keys, reduction, .. } => {
            let by: Vec<String> = keys.iter().map(|key| expression(key, &names)).collect();
            let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
            format!("{}{by}", reducers(reduction))
        }
        Edit::Join { other, on, .. } => {
            let by: Vec<usize> = on.iter().map(|[left, _]| *left).collect();
            format!("joined by {} with ({})", some(&by), made_by(other))
        }
    }
}

fn reducers(reduction: &Reduction) -> String {
    reduction.reducers.iter().map(|reducer| reducer.name()).collect::<Vec<_>>().join(" ")
}

fn of_pixels(rows: &Rows) -> String {
    let reducers = rows.reduction().map_or(String::new(), reducers);
    match rows {
        Rows::Zonal { zones, cover, .. } => format!("{reducers} of {}", of_zones(zones, *cover)),
        Rows::Counts { zones: Some((zones, cover)), .. } => {
            format!("pixels of each value of {}", of_zones(zones, *cover))
        }
        Rows::Counts { zones: None, .. } => "pixels of each value".into(),
        Rows::Bands => "statistics of each band over all steps".into(),
        Rows::Space { by_area: true, .. } => {
            format!("{reducers} over space, means and standard deviations weighted by area")
        }
        Rows::Space { .. } => format!("{reducers} over space"),
        Rows::Classes { .. } => format!("{reducers} by class"),
        Rows::Values { .. } => "values by class".into(),
        Rows::Points { sites, sampling } => {
            let points = || format!("values at {} ({})", plural(sites.points.len(), "point"), sites.title);
            match sampling {
                Sampling::Nearest => points(),
                Sampling::Bilinear => points() + ", bilinear",
                Sampling::Center => format!("values of {}", plural(sites.points.len(), "pixel")),
            }
        }
    }
}

fn of_zones(zones: &Zones, cover: Cover) -> String {
    let counted = match cover {
        Cover::Share => ", pixels by the share that is covered",
        Cover::Whole(Touch::Any) => ", every pixel that is covered in part",
        Cover::Whole(Touch::Center) => "",
        Cover::Whole(Touch::Inside) => ", pixels that lie wholly inside",
    };
    format!("{} of {}{counted}", plural(zones.shapes.len(), "zone"), zones.title)
}

/// How a table is made, and what it costs: the tasks of the tables of pixels that it is made of.
pub(crate) fn explain(plan: &TablePlan, computed: &[(TableOp, TableJob)]) -> String {
    let mut out = format!("table\n  {}\n      = {}\n", made_by(plan), plan.schema.summary());
    for cube in cubes(plan, computed) {
        out.push_str(&text::indent(&text::indent(&tree(cube, true))));
    }
    if let Some(sink) = &plan.sink {
        let _ = writeln!(out, "  write {} {}", sink.format, sink.path);
    }
    for (_, planned) in computed {
        out.push_str(&text::cost(&planned.job, planned.threads));
        let _ = writeln!(out, "  held    {} beside the tasks", bytes(planned.held));
    }
    if computed.is_empty() {
        out.push_str("cost\n  read    headers alone, no pixels\n");
    }
    out
}

/// The cubes that a table is computed from, or else tells of.
pub(super) fn cubes<'a>(plan: &'a TablePlan, computed: &'a [(TableOp, TableJob)]) -> Vec<&'a Plan> {
    if computed.is_empty() {
        return plan.cube().map(|cube| &**cube).into_iter().collect();
    }
    let of = |(op, _): &'a (TableOp, TableJob)| [Some(&op.input), op.classes.as_ref()];
    computed.iter().flat_map(of).flatten().map(|op| &*op.plan).collect()
}

/// `saved rain.csv (1.2 KiB): 24 rows, 4 columns`.
pub(crate) fn saved(table: &Table, output: &crate::io::Output) -> String {
    let place = output.paths.first().map_or(String::new(), |p| p.display().to_string());
    let size = format!("{}, {}", plural(table.rows(), "row"), plural(table.columns.len(), "column"));
    format!("saved {place} ({}): {size}", bytes(output.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_hold_is_text() {
        let columns = vec![Column::new("<b>", ColumnType::Text), Column::new("n", ColumnType::Int64)];
        let cells = vec![Cells::Text(vec![Some("a & <script>".into()), None]), Cells::Int64(vec![Some(1), None])];
        let html = html(&Table::new(columns, cells));
        assert!(html.contains("&lt;b&gt;") && html.contains("a &amp; &lt;script&gt;") && !html.contains("<script>"));
        assert!(html.contains(">nodata</td>") && html.contains("<p>2 rows</p>"));
    }
}
