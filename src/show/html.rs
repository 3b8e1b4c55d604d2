//! Answers as HTML for notebooks: plain elements with their styles in place, as trusted and untrusted notebooks show
//! them.

use super::text::{nodata, number, short};
use crate::cube::time::Calendar;
use crate::cube::{DType, TimeAxis};
use crate::exec::bytes;
use crate::plan::show::{plural, typed};
use crate::plan::{Plan, SourceSpec};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::fmt::Write as _;

pub(crate) const CARD: &str = "font-family:system-ui,sans-serif;font-size:0.92em;line-height:1.4;max-width:70em";
const HEAD: &str =
    "text-align:left;vertical-align:top;font-weight:600;padding:1px 1em 1px 0;white-space:nowrap;background:none";
const DATA: &str = "text-align:left;vertical-align:top;padding:1px 0;background:none";

/// Escapes a text so that a browser does not read it as markup.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Rows of texts as a table, numbers to the right; the first row is a heading, and the first cell of each a name, where
/// they are `headed`.
pub(crate) fn grid<R: AsRef<[String]>>(rows: &[R], headed: bool) -> String {
    let mut out = String::from("<table>");
    for (i, row) in rows.iter().enumerate() {
        out.push_str("<tr>");
        for (j, cell) in row.as_ref().iter().enumerate() {
            let tag = if headed && i == 0 { "th" } else { "td" };
            let align = if headed && j == 0 { "left" } else { "right" };
            let _ = write!(out, "<{tag} style=\"text-align: {align}\">{}</{tag}>", escape(cell));
        }
        out.push_str("</tr>");
    }
    out + "</table>"
}

/// A small picture of a cube, and what it shows.
pub(crate) struct Thumbnail {
    pub png: Vec<u8>,
    pub caption: String,
}

/// What is known of the files that a cube is read from.
#[derive(Default)]
pub(crate) struct Files {
    /// How large the blocks are that are read in one piece: steps, rows, columns.
    pub chunks: Option<[usize; 3]>,
    pub attributes: Vec<(String, String)>,
}

/// The most letters of an attribute on a card.
const LONGEST: usize = 400;

/// A cube as a card: dimensions, time, grid, bands, where it comes from, and a picture of it where there is one.
pub(crate) fn cube(plan: &Plan, files: &Files, thumbnail: Option<&Thumbnail>) -> String {
    let schema = &plan.schema;
    let grid = &schema.grid;
    let mut out = format!("<div style=\"{CARD}\"><div style=\"padding-bottom:0.3em\"><b>cube</b> {}</div>", dims(plan));
    let mut rows = String::new();
    let mut row = |name: &str, value: &str| rows.push_str(&self::row(name, value));
    row(&escape(schema.time.dim_name()), &(escape(&schema.time.span_text()) + &time_bar(&schema.time)));
    if let Some(calendar) = schema.time.calendar().filter(|own| *own != Calendar::Standard) {
        row("calendar", calendar.cf_name());
    }
    row("grid", &escape(&grid.describe()));
    if grid.places.is_none() && !grid.is_rotated() {
        let [x0, dx, _, y0, _, dy] = grid.transform;
        for (name, from, step, n) in [("y", y0, dy, grid.height), ("x", x0, dx, grid.width)] {
            let center = |i: usize| number(from + (i as f64 + 0.5) * step, DType::F64);
            row(name, &format!("{} .. {}", center(0), center(n.saturating_sub(1))));
        }
    }
    row("bounds", &escape(&grid.bounds().to_string()));
    row("size", &format!("{} uncompressed", bytes(schema.bytes())));
    let named = |(source, _): (&SourceSpec, _)| escape(&format!("{} {}", source.format, source.title));
    let sources: Vec<String> = plan.scans().into_iter().map(named).collect();
    row("from", &sources.join("<br>"));
    if let Some([steps, rows, columns]) = files.chunks {
        row("chunks", &format!("{steps} x {rows} x {columns} (steps x rows x columns)"));
    }
    for note in &schema.notes {
        row("note", &escape(note));
    }
    if let Some(Thumbnail { png, caption }) = thumbnail {
        let data = BASE64_STANDARD.encode(png);
        let caption = escape(caption);
        let _ = write!(
            out,
            "<div style=\"float:right;margin:0 0 0.5em 1em;text-align:center;max-width:14em\">\
             <img alt=\"{caption}\" src=\"data:image/png;base64,{data}\">\
             <div style=\"font-size:0.85em;opacity:0.8\">{caption}</div></div>"
        );
    }
    let _ = write!(out, "<table style=\"border-collapse:collapse;margin:0\">{rows}</table>");
    out.push_str(&bands(plan));
    if !schema.properties.is_empty() {
        let known: Vec<&str> = schema.properties.keys().map(String::as_str).collect();
        out.push_str(&folded("what steps know", &escape(&known.join(", "))));
    }
    if !files.attributes.is_empty() {
        let cut = |text: &str| match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{} ..", &text[..end]),
            None => text.to_string(),
        };
        let rows = files.attributes.iter().map(|(name, value)| self::row(&escape(name), &escape(&cut(value))));
        let look = "border-collapse:collapse;margin:0;overflow-wrap:anywhere";
        let table = format!("<table style=\"{look}\">{}</table>", rows.collect::<String>());
        out.push_str(&folded("attributes", &table));
    }
    if let Some(history) = schema.history.as_deref().filter(|history| !history.trim().is_empty()) {
        out.push_str(&folded("history", &escape(history.trim())));
    }
    out.push_str("</div>");
    out
}

/// A row of a name and its value, which are HTML.
pub(super) fn row(name: &str, value: &str) -> String {
    format!("<tr style=\"background:none\"><th style=\"{HEAD}\">{name}</th><td style=\"{DATA}\">{value}</td></tr>")
}

/// A part of a card that is opened when it is wanted.
fn folded(title: &str, text: &str) -> String {
    format!(
        "<details style=\"margin-top:0.3em\"><summary style=\"cursor:pointer\">{title}</summary>\
         <div style=\"margin:0.2em 0 0 1em;white-space:pre-wrap\">{text}</div></details>"
    )
}

/// Steps are drawn at so many places at most.
const PLACES: usize = 400;

/// A bar of time on which each step stands at its date, so that gaps are seen.
fn time_bar(time: &TimeAxis) -> String {
    let Some((_, values)) = time.instants() else { return String::new() };
    let mut dates: Vec<i64> = values.iter().map(|at| at.0).collect();
    dates.sort_unstable();
    let apart = |pair: &[i64]| pair[1] - pair[0];
    let mut gaps: Vec<i64> = dates.windows(2).map(apart).filter(|gap| *gap > 0).collect();
    gaps.sort_unstable();
    let (Some(usual), Some(first), Some(last)) = (gaps.get(gaps.len() / 2), dates.first(), dates.last()) else {
        return String::new();
    };
    // Each step is as long as most are apart, so that a series without gaps is one bar.
    let whole = (last - first + usual) as f64;
    let place = |at: i64| ((at - first) as f64 / whole * PLACES as f64).round() as usize;
    let mut taken = [false; PLACES];
    for date in &dates {
        let from = place(*date).min(PLACES - 1);
        taken[from..place(date + usual).clamp(from + 1, PLACES)].fill(true);
    }
    let mut bars = String::new();
    let mut at = 0;
    for run in taken.chunk_by(|a, b| a == b) {
        if run[0] {
            let _ = write!(bars, "<rect x=\"{at}\" width=\"{}\" height=\"8\" fill=\"currentColor\"/>", run.len());
        }
        at += run.len();
    }
    format!(
        "<svg viewBox=\"0 0 {PLACES} 8\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"steps along time\" \
         style=\"display:block;width:100%;max-width:26em;height:8px;opacity:0.55;margin:2px 0\">\
         <rect width=\"{PLACES}\" height=\"8\" fill=\"currentColor\" opacity=\"0.2\"/>{bars}</svg>"
    )
}

/// `time: 365, band: 2, y: 100, x: 200`, as people know it from xarray.
fn dims(plan: &Plan) -> String {
    let schema = &plan.schema;
    let sizes = [
        (schema.time.dim_name(), schema.time.len()),
        ("band", schema.bands.len()),
        ("y", schema.grid.height),
        ("x", schema.grid.width),
    ];
    let parts: Vec<String> = sizes.iter().map(|(name, n)| format!("<b>{}</b>: {n}", escape(name))).collect();
    format!("({})", parts.join(", "))
}

fn bands(plan: &Plan) -> String {
    let schema = &plan.schema;
    let open = if schema.bands.len() <= 8 { " open" } else { "" };
    let mut out = format!(
        "<details{open} style=\"margin-top:0.3em\"><summary style=\"cursor:pointer\">{}</summary>\
         <table style=\"border-collapse:collapse;margin:0.2em 0 0 1em\">",
        plural(schema.bands.len(), "band")
    );
    for band in &schema.bands {
        let nodata = band.nodata.map_or(String::new(), |v| format!("nodata {}", nodata(v, band.dtype)));
        let packed = band
            .packing
            .map_or(String::new(), |p| format!("stored as {} x {} + {}", p.dtype, short(p.scale), short(p.offset)));
        let cells = [
            format!("<b>{}</b>", escape(&typed(&band.name))),
            band.dtype.to_string(),
            escape(&nodata),
            escape(band.unit.as_deref().unwrap_or_default()),
            escape(band.long_name.as_deref().unwrap_or_default()),
            escape(band.cell_methods.as_deref().unwrap_or_default()),
            packed,
        ];
        let cells: String = cells.iter().map(|c| format!("<td style=\"{DATA};padding-right:1em\">{c}</td>")).collect();
        let _ = write!(out, "<tr style=\"background:none\">{cells}</tr>");
    }
    out.push_str("</table></details>");
    out
}

/// The report of a `save`; files with an address are links.
#[cfg(feature = "kernel")]
pub(crate) fn report(text: &str, files: &[(String, String)]) -> String {
    let mut page = escape(text.trim_end());
    for (path, address) in files {
        let (path, address) = (escape(path), escape(address));
        page = page.replacen(&path, &format!("<a href=\"{address}\" target=\"_blank\">{path}</a>"), 1);
    }
    format!("<div style=\"{CARD};white-space:pre-wrap\">{page}</div>")
}

/// The notes of an answer, in small letters.
#[cfg(feature = "kernel")]
pub(crate) fn notes(notes: &[String]) -> String {
    let lines: Vec<String> = notes.iter().map(|note| format!("note: {}", escape(note))).collect();
    format!("<div style=\"{CARD};opacity:0.75;font-size:0.85em\">{}</div>", lines.join("<br>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_name_is_markup() {
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
        let page = report("saved a&b.tif: 1 step", &[("a&b.tif".into(), "a%26b.tif".into())]);
        assert!(page.contains("<a href=\"a%26b.tif\" target=\"_blank\">a&amp;b.tif</a>"), "{page}");
    }
}
