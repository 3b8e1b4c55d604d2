//! Answers as HTML that any notebook shows: no script, no style sheet of its own.

use super::table::{cell, is_number, kind, shown};
use crate::plan::show::plural;
use crate::table::Table;
use std::fmt::Write as _;

/// A table with a line of names and one of types; the head and tail of long ones.
pub fn table(table: &Table) -> String {
    let (rows, left_out) = shown(table.rows());
    let align = |kind| if is_number(kind) { "right" } else { "left" };
    let mut out = String::from("<table>\n<thead>\n<tr>");
    for column in &table.columns {
        let _ = write!(out, "<th style=\"text-align: {}\">{}</th>", align(column.kind), escaped(&column.name));
    }
    out.push_str("</tr>\n<tr>");
    for column in &table.columns {
        let _ = write!(out, "<td style=\"text-align: {}\"><i>{}</i></td>", align(column.kind), escaped(&kind(column)));
    }
    out.push_str("</tr>\n</thead>\n<tbody>\n");
    for (i, row) in rows.iter().enumerate() {
        if left_out > 0 && i == rows.len() / 2 {
            let _ = writeln!(out, "<tr><td colspan=\"{}\">&hellip;</td></tr>", table.columns.len());
        }
        out.push_str("<tr>");
        for (column, cells) in table.columns.iter().zip(&table.cells) {
            let text = escaped(&cell(cells, *row));
            let _ = write!(out, "<td style=\"text-align: {}\">{text}</td>", align(column.kind));
        }
        out.push_str("</tr>\n");
    }
    let _ = writeln!(out, "</tbody>\n</table>\n<p>{}</p>", plural(table.rows(), "row"));
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Cells, Column, ColumnType};

    #[test]
    fn what_names_hold_is_text() {
        let columns = vec![Column::new("<b>", ColumnType::Text), Column::new("n", ColumnType::Int64)];
        let cells = vec![Cells::Text(vec![Some("a & <script>".into()), None]), Cells::Int64(vec![Some(1), None])];
        let html = table(&Table::new(columns, cells));
        assert!(html.contains("&lt;b&gt;") && html.contains("a &amp; &lt;script&gt;") && !html.contains("<script>"));
        assert!(html.contains(">nodata</td>") && html.contains("<p>2 rows</p>"));
    }
}
