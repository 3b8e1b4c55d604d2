//! Draws a table as a chart: lines over its steps, or bars where it has none.

use super::axis::Axis;
use super::figure::{Figure, INK, Mark, Rect, Side};
use super::key::{broken_swatch, cut, legend_size, line_height, swatch};
use super::layout::{Layout, Wants};
use super::{palette, ticks};
use crate::plan::picture::{BarPosition, Color, Lines, Look};
use crate::plan::table::Roles;
use crate::table::{Cells, ColumnType, Table};
use std::collections::BTreeMap;

/// The most lines of a chart; more cannot be told apart.
const MOST: usize = 20;
/// Lines of fewer points than this have dots.
const FEW: usize = 40;
/// Pixels of a dash, and of the gap behind it, of lines whose color another has already.
const DASH: [f64; 2] = [9.0, 5.0];
/// The most places whose names are written under bars.
const MOST_BARS: usize = 200;

/// The part of a table that is drawn.
struct Series {
    /// The name of each line and its points from left to right; NaN is a gap.
    lines: Vec<(String, Vec<[f64; 2]>)>,
    x: XAxis,
    /// The label of the values.
    label: String,
    left_out: usize,
    notes: Vec<String>,
}

enum XAxis {
    Dates([f64; 2]),
    Numbers(String, [f64; 2]),
    /// A place for each name.
    Names(Vec<String>),
}

/// A chart, a description of it, and notes on what was left out, or drawn twice.
pub(crate) fn figure(
    table: &Table,
    roles: &Roles,
    lines: &Lines,
    range: [Option<f64>; 2],
    look: &Look,
) -> (Figure, String, Vec<String>) {
    let series = Series::of(table, roles, lines);
    let bars = lines.x.or(roles.along).is_none();
    let colors = palette::classes(None, &[], series.lines.len().max(1));
    let all = || series.lines.iter().flat_map(|(_, points)| points.iter().map(|p| p[1])).filter(|v| v.is_finite());
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let (low, high) = if bars { (low.min(0.0), high.max(0.0)) } else { (low, high) };
    let [low, high] = roomy(low, high, range);
    let mut y = Axis::numbers(low, high, 6);
    y.title = (!series.label.is_empty()).then(|| series.label.clone());
    let with_legend = series.lines.len() > 1;
    let (legend, _) = legend_size(series.lines.iter().map(|(name, _)| name.as_str()));
    let wants = Wants {
        panels: 1,
        columns: None,
        aspect: None,
        axes: [y.room_left(), Axis::default().room_below() + if series.x.has_title() { 17 } else { 0 }],
        panel_title: false,
        key: if with_legend { legend } else { 0 },
        own_key: 0,
        place: BarPosition::Right,
    };
    let layout = Layout::new(&wants, &Look { size: Some(look.size.unwrap_or([800, 480])), ..look.clone() });
    let rect = layout.panels[0];
    let mut marks = layout.marks.clone();
    y.left(rect, true, &mut marks);
    series.x.axis(rect.w).below(rect, false, &mut marks);
    let place = |p: [f64; 2]| series.x.place(rect, low, high, p);
    let is_broken = |i: usize| !bars && colors[..i].contains(&colors[i]);
    for (i, (_, points)) in series.lines.iter().enumerate() {
        match bars {
            true => {
                let share = [i, series.lines.len()];
                columns(points, share, rect, &place, colors[i], &mut marks);
            }
            false => line(points, rect, &place, (colors[i], is_broken(i)), &mut marks),
        }
    }
    marks.push(Mark::Frame { rect, color: INK });
    if with_legend {
        for (i, (name, _)) in series.lines.iter().enumerate() {
            let draw = if is_broken(i) { broken_swatch } else { swatch };
            draw((layout.key.x, layout.key.y + line_height() * i as i32), colors[i], name, &mut marks);
        }
    }
    if all().next().is_none() {
        let middle = (rect.x + rect.w / 2, rect.y + rect.h / 2);
        marks.push(Mark::text(middle, "no valid value", 15.0, Side::Middle, Side::Middle));
    }
    let drawn = series.lines.len();
    let what = match (bars, drawn) {
        (false, 1) => "1 line".to_string(),
        (false, n) => format!("{n} lines"),
        (true, _) => format!("{} bars", series.lines.iter().map(|(_, p)| p.len()).sum::<usize>()),
    };
    let mut notes = series.notes;
    if series.left_out > 0 {
        let which = if lines.top.is_some() { "those of the largest means" } else { "the first" };
        let all = drawn + series.left_out;
        let way = if lines.top.is_some() { "" } else { "; `plot top 10` draws the largest, `plot by ..` other ones" };
        notes.push(format!("{drawn} of {all} lines are drawn, {which}{way}"));
    }
    (Figure { size: layout.size, images: vec![], marks }, what, notes)
}

/// The range of the axis: that of the data with some room, unless its ends were given.
fn roomy(low: f64, high: f64, range: [Option<f64>; 2]) -> [f64; 2] {
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let room = match high - low {
        0.0 => high.abs().max(1.0) * 0.1,
        span => span * 0.04,
    };
    // No room is added at an end of 0.
    let below = if low == 0.0 { 0.0 } else { low - room };
    let above = if high == 0.0 && low != 0.0 { 0.0 } else { high + room };
    let [a, b] = [range[0].unwrap_or(below), range[1].unwrap_or(above)];
    if a < b { [a, b] } else { [a, a + 1.0] }
}

fn line(
    points: &[[f64; 2]],
    rect: Rect,
    place: &dyn Fn([f64; 2]) -> [f64; 2],
    (color, is_broken): (Color, bool),
    marks: &mut Vec<Mark>,
) {
    let finish = |piece: &mut Vec<[f64; 2]>, marks: &mut Vec<Mark>| {
        let points = std::mem::take(piece);
        let pieces = if is_broken { dashes(&points) } else { vec![points] };
        let drawn = pieces.into_iter().filter(|points| points.len() > 1);
        marks.extend(drawn.map(|points| Mark::Line { points, color, width: 1.8 }));
    };
    let placed: Vec<[f64; 2]> = points.iter().map(|p| place(*p)).collect();
    let gap = |p: &[f64; 2]| !p[1].is_finite();
    for run in placed.split(gap).filter(|run| !run.is_empty()) {
        let mut piece: Vec<[f64; 2]> = Vec::new();
        for pair in run.windows(2) {
            let Some([a, b]) = rect.clip(pair[0], pair[1]) else { continue };
            if piece.last() != Some(&a) {
                finish(&mut piece, marks);
                piece.push(a);
            }
            piece.push(b);
        }
        finish(&mut piece, marks);
    }
    let seen = |p: &&[f64; 2]| p[1].is_finite() && rect.clip(**p, **p).is_some();
    let alone = |i: usize| (i == 0 || gap(&placed[i - 1])) && (i + 1 == placed.len() || gap(&placed[i + 1]));
    let few = placed.len() <= FEW;
    for (_, at) in placed.iter().enumerate().filter(|(i, p)| seen(p) && (few || alone(*i))) {
        marks.push(Mark::Dot { at: *at, radius: 3.0, color });
    }
}

/// The dashes of a line, which go round its corners.
fn dashes(points: &[[f64; 2]]) -> Vec<Vec<[f64; 2]>> {
    let Some(first) = points.first() else { return Vec::new() };
    let [on, off] = DASH;
    let (mut all, mut dash, mut left, mut is_on) = (Vec::new(), vec![*first], on, true);
    for pair in points.windows(2) {
        let [mut at, end] = [pair[0], pair[1]];
        loop {
            let length = (end[0] - at[0]).hypot(end[1] - at[1]);
            if length <= left {
                left -= length;
                dash.push(end);
                break;
            }
            let share = left / length;
            at = [at[0] + (end[0] - at[0]) * share, at[1] + (end[1] - at[1]) * share];
            dash.push(at);
            let whole = std::mem::replace(&mut dash, vec![at]);
            if is_on {
                all.push(whole);
            }
            is_on = !is_on;
            left = if is_on { on } else { off };
        }
    }
    if is_on {
        all.push(dash);
    }
    all
}

/// Draws the bars of series `i` of `n`, which stand side by side.
fn columns(
    points: &[[f64; 2]],
    [i, n]: [usize; 2],
    rect: Rect,
    place: &dyn Fn([f64; 2]) -> [f64; 2],
    color: Color,
    marks: &mut Vec<Mark>,
) {
    let wide = f64::from(rect.w) / points.len().max(1) as f64;
    let each = (wide * 0.8 / n as f64).max(1.0);
    for p in points.iter().filter(|p| p[1].is_finite()) {
        let [x, top] = place(*p);
        let [_, foot] = place([p[0], 0.0]);
        let inside = |y: f64| y.clamp(f64::from(rect.y), f64::from(rect.bottom()));
        let (top, foot) = (inside(top.min(foot)), inside(top.max(foot)));
        let left = x - wide * 0.4 + i as f64 * each;
        let bar = Rect::new(left.round() as i32, top.round() as i32, each.round() as i32, (foot - top).round() as i32);
        marks.push(Mark::Box { rect: bar, color });
    }
}

impl XAxis {
    fn has_title(&self) -> bool {
        matches!(self, XAxis::Numbers(..))
    }

    /// The share of the width at which a value stands.
    fn share(&self, x: f64) -> f64 {
        match self {
            XAxis::Dates([a, b]) | XAxis::Numbers(_, [a, b]) => match b - a {
                0.0 => 0.5,
                // Some room at both ends keeps the first and last dot whole.
                span => 0.015 + 0.97 * (x - a) / span,
            },
            XAxis::Names(names) => (x + 0.5) / names.len().max(1) as f64,
        }
    }

    fn place(&self, rect: Rect, low: f64, high: f64, [x, y]: [f64; 2]) -> [f64; 2] {
        let up = (y - low) / (high - low);
        [
            f64::from(rect.x) + self.share(x) * f64::from(rect.w),
            f64::from(rect.bottom()) - 0.5 - up * f64::from(rect.h - 1),
        ]
    }

    fn axis(&self, width: i32) -> Axis {
        let n = (width / 90).clamp(2, 9) as usize;
        let axis = match self {
            XAxis::Dates([a, b]) => {
                use crate::cube::time::Instant;
                let dates = match a == b {
                    true => vec![(
                        Instant(*a as i64),
                        crate::cube::time::Calendar::ProlepticGregorian.iso(Instant(*a as i64)),
                    )],
                    false => ticks::dates(Instant(*a as i64), Instant(*b as i64), n),
                };
                Axis { ticks: dates.into_iter().map(|(t, name)| (self.share(t.0 as f64), name)).collect(), title: None }
            }
            XAxis::Numbers(name, [a, b]) => {
                let values = ticks::inside(*a, *b, n);
                let names = ticks::labels(&values, None);
                let ticks = values.iter().map(|v| self.share(*v)).zip(names).collect();
                Axis { ticks, title: Some(name.clone()) }
            }
            XAxis::Names(names) => {
                let ticks = names.iter().enumerate().map(|(i, name)| (self.share(i as f64), cut(name))).collect();
                Axis { ticks, title: None }
            }
        };
        axis.fitting(width)
    }
}

/// What dates are drawn as.
const DAYS: &str = "days since 1970-01-01";

/// The cells of a column as heights of a line: numbers, and dates as days.
fn numbers(cells: &Cells) -> Option<Vec<f64>> {
    match cells.times() {
        Some(times) => Some(times.iter().map(|at| at.map_or(f64::NAN, |at| at.0 as f64 / 86_400e6)).collect()),
        None => cells.to_f64(),
    }
}

impl Series {
    fn of(table: &Table, roles: &Roles, chosen: &Lines) -> Series {
        let step = chosen.x.or(roles.along);
        let named = |name: &str| table.columns.iter().position(|column| column.name == name);
        let by = chosen.by.as_ref().unwrap_or(&roles.about);
        // The name of the band says nothing where it is the only one.
        let band = named("band").filter(|band| chosen.by.is_none() && by.contains(band) && Some(*band) != step);
        // Which pixel answered names nothing that its point does not.
        let names_row = |i: &usize| {
            let is_place = chosen.by.is_none() && table.columns[*i].name.starts_with("cell_");
            Some(*i) != step && Some(*i) != band && !is_place
        };
        let about: Vec<usize> = by.iter().copied().filter(names_row).collect();
        // Dates beside the numbers they come of are no lines of their own.
        let is_beside = |i: usize| {
            let own = &table.columns[i];
            let before = own.name.strip_suffix("_date").and_then(named);
            before.is_some() && !own.kind.is_number()
        };
        let is_value = |i: &usize| {
            let is_text = table.columns[*i].kind == ColumnType::Text;
            let says_again = roles.about.contains(i) || roles.parts.contains(i);
            Some(*i) != step && !says_again && !by.contains(i) && !is_text && !is_beside(*i)
        };
        let values: Vec<usize> = match &chosen.y {
            Some(columns) => columns.clone(),
            None => (0..table.columns.len()).filter(is_value).collect(),
        };
        let several_bands = band.is_some_and(|band| match &table.cells[band] {
            Cells::Text(names) => names.iter().any(|n| *n != names[0]),
            _ => false,
        });
        let (x, at): (XAxis, Vec<f64>) = match step {
            Some(step) => positions(&table.columns[step].name, &table.cells[step]),
            None => named_places(table, &about),
        };
        let mut lines: Vec<(String, Vec<[f64; 2]>)> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for column in &values {
            let Some(numbers) = numbers(&table.cells[*column]) else { continue };
            for row in 0..table.rows() {
                let mut parts: Vec<String> = Vec::new();
                if step.is_some() {
                    let named = |i: &usize| match table.cells[*i].is_missing(row) {
                        true => "nodata".to_string(),
                        false => table.cells[*i].text(row),
                    };
                    parts.extend(about.iter().map(named));
                }
                if let Some(band) = band.filter(|_| several_bands) {
                    parts.push(table.cells[band].text(row));
                }
                if values.len() > 1 || parts.is_empty() {
                    parts.push(table.columns[*column].name.clone());
                }
                let name = parts.join(" ");
                let line = *known.entry(name.clone()).or_insert_with(|| {
                    lines.push((name, Vec::new()));
                    lines.len() - 1
                });
                lines[line].1.push([at[row], numbers[row]]);
            }
        }
        let mut notes = Vec::new();
        if values.is_empty() {
            notes.push("no column of numbers is left to draw; `plot y ..` names one".into());
        }
        if let Some(step) = step {
            let x = &table.columns[step].name;
            lines.iter_mut().for_each(|(_, points)| points.sort_by(|a, b| a[0].total_cmp(&b[0])));
            let twice = |points: &[[f64; 2]]| points.windows(2).any(|pair| pair[0][0] == pair[1][0]);
            if let Some((name, _)) = lines.iter().find(|(_, points)| twice(points)) {
                let keys = about.iter().map(|i| table.columns[*i].name.as_str());
                let keys: Vec<&str> = keys.chain(band.map(|_| "band")).chain([x.as_str()]).collect();
                let one = format!("`groupby [{}] mean` makes one of them", keys.join(" "));
                notes.push(format!("the line `{name}` has several values at one `{x}`; {one}"));
            }
        }
        let most = chosen.top.unwrap_or(MOST).min(MOST);
        let left_out = lines.len().saturating_sub(most);
        if chosen.top.is_some() {
            let mean = |points: &[[f64; 2]]| {
                let valid = points.iter().map(|p| p[1]).filter(|v| v.is_finite());
                let (sum, count) = valid.fold((0.0, 0.0), |(sum, count), v| (sum + v, count + 1.0));
                if count > 0.0 { sum / count } else { f64::NEG_INFINITY }
            };
            lines.sort_by(|(_, a), (_, b)| mean(b).total_cmp(&mean(a)));
        }
        lines.truncate(most);
        let unit = values.first().and_then(|i| match table.cells[*i].times() {
            Some(_) => Some(DAYS.to_string()),
            None => table.columns[*i].unit.clone(),
        });
        let only = band.filter(|_| !several_bands && table.rows() > 0);
        let names = only.map_or(String::new(), |band| table.cells[band].text(0));
        let what = match (&values[..], names) {
            ([one], name) if table.columns[*one].name != "value" && !name.is_empty() => {
                format!("{} of {name}", table.columns[*one].name)
            }
            ([one], name) if name.is_empty() && table.columns[*one].name != "value" => table.columns[*one].name.clone(),
            (_, name) => name,
        };
        let label = match unit {
            Some(unit) if what.is_empty() => unit,
            Some(unit) => format!("{what} ({unit})"),
            None => what,
        };
        Series { lines, x, label, left_out, notes }
    }
}

/// The position of each row along time.
fn positions(name: &str, cells: &Cells) -> (XAxis, Vec<f64>) {
    let ends = |at: &[f64]| {
        let low = at.iter().copied().fold(f64::INFINITY, f64::min);
        let high = at.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low <= high { [low, high] } else { [0.0, 0.0] }
    };
    match cells {
        Cells::Time(times) => {
            let at: Vec<f64> = times.iter().map(|t| t.map_or(f64::NAN, |t| t.0 as f64)).collect();
            (XAxis::Dates(ends(&at)), at)
        }
        Cells::Text(_) => {
            let mut names: Vec<String> = Vec::new();
            let mut known: BTreeMap<String, usize> = BTreeMap::new();
            let at = (0..cells.len()).map(|row| {
                let name = cells.text(row);
                let place = *known.entry(name.clone()).or_insert_with(|| {
                    names.push(name);
                    names.len() - 1
                });
                place as f64
            });
            let at = at.collect();
            (XAxis::Names(names), at)
        }
        numbers => {
            let at = numbers.to_f64().unwrap_or_default();
            (XAxis::Numbers(name.into(), ends(&at)), at)
        }
    }
}

/// A place for each zone, point or class.
fn named_places(table: &Table, about: &[usize]) -> (XAxis, Vec<f64>) {
    let name = |row: usize| about.iter().map(|i| table.cells[*i].text(row)).collect::<Vec<_>>().join(" ");
    let names = (0..table.rows()).map(|row| Some(name(row).into())).collect();
    match positions("", &Cells::Text(names)) {
        (XAxis::Names(names), at) if names.len() > MOST_BARS => {
            (XAxis::Numbers("row".into(), [0.0, names.len() as f64]), at)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_round_corners() {
        let [on, off] = DASH;
        let found = dashes(&[[0.0, 0.0], [on + off + 4.0, 0.0], [on + off + 4.0, 100.0]]);
        assert_eq!(found[0], [[0.0, 0.0], [on, 0.0]]);
        assert_eq!(found[1], [[on + off, 0.0], [on + off + 4.0, 0.0], [on + off + 4.0, on - 4.0]]);
        let length =
            |dash: &[[f64; 2]]| -> f64 { dash.windows(2).map(|p| (p[1][0] - p[0][0]).hypot(p[1][1] - p[0][1])).sum() };
        let (last, others) = found.split_last().expect("there are some");
        assert!(others.iter().all(|dash| (length(dash) - on).abs() < 1e-9) && length(last) <= on + 1e-9);
    }
}
