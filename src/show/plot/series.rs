//! Draws a table as a chart: lines over its steps, or bars where it has none.

use super::axis::Axis;
use super::figure::{Figure, INK, Mark, Paint, Rect, Side};
use super::key::{broken_swatch, cut, legend_size, line_height, swatch};
use super::layout::{Layout, Wants};
use super::{palette, ticks};
use crate::cube::time::{Calendar, Instant, month_name};
use crate::plan::picture::{BarPosition, Color, Lines, Look, Marks};
use crate::plan::table::Roles;
use crate::table::{Cells, ColumnType, Table};
use std::collections::BTreeMap;

/// The most lines of a chart; more cannot be told apart.
const MOST: usize = 20;
/// The share of a chart that is left free at both ends, and the most ticks along it.
const ROOM: f64 = 0.015;
const TICKS: usize = 9;
/// Lines of fewer points than this have dots.
const FEW: usize = 40;
/// Pixels of a dash, and of the gap behind it, of lines whose color another has already.
const DASH: [f64; 2] = [9.0, 5.0];
/// The most places whose names are written under bars.
const MOST_BARS: usize = 200;

/// The part of a table that is drawn.
struct Series {
    /// From left to right.
    lines: Vec<Line>,
    x: XAxis,
    /// The label of the values.
    label: String,
    left_out: usize,
    notes: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct Line {
    name: String,
    /// What its rows are about, which is its name without that of its column.
    about: String,
    /// NaN is a gap.
    points: Vec<[f64; 2]>,
    /// Where it is, the lower and upper end of the ground that is shaded.
    shade: Vec<[f64; 3]>,
}

enum XAxis {
    /// The first and the last, and how many steps lie between them.
    Dates([f64; 2], usize),
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
    let usual = if lines.x.or(roles.along).is_none() { Marks::Bars } else { Marks::Lines };
    let marked = lines.marks.unwrap_or(usual);
    let bars = marked == Marks::Bars;
    let colors = palette::classes(None, &[], series.lines.len().max(1));
    let ends = |line: &Line| line.shade.iter().flat_map(|[_, low, high]| [*low, *high]).collect::<Vec<_>>();
    let values = |line: &Line| line.points.iter().map(|p| p[1]).chain(ends(line)).collect::<Vec<_>>();
    let all = || series.lines.iter().flat_map(values).filter(|v| v.is_finite());
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let (low, high) = if bars { (low.min(0.0), high.max(0.0)) } else { (low, high) };
    let [low, high] = roomy(low, high, range);
    let mut y = Axis::numbers(low, high, 6);
    y.title = (!series.label.is_empty()).then(|| series.label.clone());
    let with_legend = series.lines.len() > 1;
    let (legend, _) = legend_size(series.lines.iter().map(|line| line.name.as_str()));
    let wants = Wants {
        panels: 1,
        columns: None,
        aspect: None,
        axes: [y.room_left(), Axis::default().room_below() + if series.x.title().is_some() { 17 } else { 0 }],
        panel_title: false,
        key: if with_legend { legend } else { 0 },
        own_key: 0,
        place: BarPosition::Right,
    };
    let layout = Layout::new(&wants, look, Some([800, 480]));
    let rect = layout.panels[0];
    let mut marks = layout.marks.clone();
    y.left(rect, true, &mut marks);
    // Bars at both ends need room for half of their width.
    let most = series.lines.iter().map(|line| line.points.len()).max().unwrap_or(0).max(1);
    let room = if bars { 0.5 / most as f64 } else { ROOM };
    series.x.axis(rect.w, room).below(rect, false, &mut marks);
    let place = |p: [f64; 2]| series.x.place(rect, room, low, high, p);
    let is_broken = |i: usize| marked == Marks::Lines && colors[..i].contains(&colors[i]);
    for (line, color) in series.lines.iter().zip(&colors) {
        shaded(&line.shade, rect, &place, Paint::Wash(*color), &mut marks);
    }
    for (i, own) in series.lines.iter().enumerate() {
        match marked {
            Marks::Bars => columns(&own.points, [i, series.lines.len()], rect, &place, colors[i], &mut marks),
            Marks::Lines => line(&own.points, rect, &place, (colors[i], is_broken(i)), &mut marks),
            Marks::Points => dots(&own.points, rect, &place, colors[i], &mut marks),
        }
    }
    marks.push(Mark::Frame { rect, color: INK });
    if with_legend {
        for (i, line) in series.lines.iter().enumerate() {
            let draw = if is_broken(i) { broken_swatch } else { swatch };
            draw((layout.key.x, layout.key.y + line_height() * i as i32), colors[i], &line.name, &mut marks);
        }
    }
    if all().next().is_none() {
        let middle = (rect.x + rect.w / 2, rect.y + rect.h / 2);
        marks.push(Mark::text(middle, "no valid value", 15.0, Side::Middle, Side::Middle));
    }
    let drawn = series.lines.len();
    let points = series.lines.iter().map(|line| line.points.len()).sum::<usize>();
    let what = match (marked, drawn) {
        (Marks::Lines, 1) => "1 line".to_string(),
        (Marks::Lines, n) => format!("{n} lines"),
        (Marks::Bars, _) => format!("{points} bars"),
        (Marks::Points, _) => format!("{points} points"),
    };
    let mut notes = series.notes;
    if series.left_out > 0 {
        let which = if lines.top.is_some() { "those of the largest means" } else { "the first" };
        let all = drawn + series.left_out;
        let way = if lines.top.is_some() { "" } else { "; `plot top 10` draws the largest, `plot by ..` other ones" };
        notes.push(format!("{drawn} of {all} lines are drawn, {which}{way}"));
    }
    (Figure::new(look, layout.size, vec![], &marks), what, notes)
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
        marks.extend(drawn.map(|points| Mark::Line { points, color: color.into(), width: 1.8 }));
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
    let alone = |i: usize| (i == 0 || gap(&placed[i - 1])) && (i + 1 == placed.len() || gap(&placed[i + 1]));
    let few = placed.len() <= FEW;
    let with_dots: Vec<[f64; 2]> =
        points.iter().enumerate().filter(|(i, _)| few || alone(*i)).map(|(_, p)| *p).collect();
    dots(&with_dots, rect, place, color, marks);
}

/// A dot for each point that lies on the chart.
fn dots(points: &[[f64; 2]], rect: Rect, place: &dyn Fn([f64; 2]) -> [f64; 2], color: Color, marks: &mut Vec<Mark>) {
    let placed = points.iter().map(|p| place(*p)).filter(|p| p[1].is_finite() && rect.clip(*p, *p).is_some());
    marks.extend(placed.map(|at| Mark::Dot { at, radius: 3.0, color: color.into() }));
}

/// The ground between two values at each place, as far as both are known.
fn shaded(shade: &[[f64; 3]], rect: Rect, place: &dyn Fn([f64; 2]) -> [f64; 2], color: Paint, marks: &mut Vec<Mark>) {
    let inside = |[x, y]: [f64; 2]| [x, y.clamp(f64::from(rect.y), f64::from(rect.bottom()))];
    for run in shade.split(|ends| ends.iter().any(|v| !v.is_finite())).filter(|run| run.len() > 1) {
        let upper = run.iter().map(|[x, _, high]| inside(place([*x, *high])));
        let lower = run.iter().rev().map(|[x, low, _]| inside(place([*x, *low])));
        marks.push(Mark::Area { points: upper.chain(lower).collect(), color });
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
        // Bars stand on the axis and do not hide it.
        let [x, y] = [left, top].map(|at| at.round() as i32);
        let bar = Rect::new(x, y, each.round() as i32, (foot.floor() as i32 - y).max(0));
        marks.push(Mark::Box { rect: bar, color: color.into() });
    }
}

impl XAxis {
    /// What stands below its names: what its numbers are, or the year or day of dates that do not say it themselves.
    fn title(&self) -> Option<String> {
        match self {
            XAxis::Numbers(name, _) if name == "month" => None,
            XAxis::Numbers(name, _) => Some(name.clone()),
            XAxis::Names(_) => None,
            XAxis::Dates([a, b], _) if a == b => None,
            XAxis::Dates([a, b], steps) => ticks::lacking(Instant(*a as i64), Instant(*b as i64), TICKS.min(*steps)),
        }
    }

    /// The share of the width at which a value stands.
    fn share(&self, x: f64, room: f64) -> f64 {
        match self {
            XAxis::Dates([a, b], _) | XAxis::Numbers(_, [a, b]) => match b - a {
                0.0 => 0.5,
                // Some room at both ends keeps the first and last dot whole.
                span => room + (1.0 - 2.0 * room) * (x - a) / span,
            },
            XAxis::Names(names) => (x + 0.5) / names.len().max(1) as f64,
        }
    }

    fn place(&self, rect: Rect, room: f64, low: f64, high: f64, [x, y]: [f64; 2]) -> [f64; 2] {
        let up = (y - low) / (high - low);
        [
            f64::from(rect.x) + self.share(x, room) * f64::from(rect.w),
            f64::from(rect.bottom()) - 0.5 - up * f64::from(rect.h - 1),
        ]
    }

    fn axis(&self, width: i32, room: f64) -> Axis {
        let n = (width / 90).clamp(2, TICKS as i32) as usize;
        let ticks = match self {
            XAxis::Dates([a, b], _) if a == b => {
                let at = Instant(*a as i64);
                vec![(self.share(*a, room), Calendar::ProlepticGregorian.iso(at))]
            }
            XAxis::Dates([a, b], steps) => {
                // Months have no names of days between them.
                let dates = ticks::dates(Instant(*a as i64), Instant(*b as i64), n.min(*steps));
                dates.into_iter().map(|(t, name)| (self.share(t.0 as f64, room), name)).collect()
            }
            XAxis::Numbers(name, [a, b]) if name == "month" && *a >= 1.0 && *b <= 12.0 => {
                let months = a.ceil() as i64..=b.floor() as i64;
                months.map(|month| (self.share(month as f64, room), month_name(month))).collect()
            }
            XAxis::Numbers(_, [a, b]) => {
                let values = ticks::inside(*a, *b, n);
                let names = ticks::labels(&values, None);
                values.iter().map(|v| self.share(*v, room)).zip(names).collect()
            }
            XAxis::Names(names) => {
                names.iter().enumerate().map(|(i, name)| (self.share(i as f64, room), cut(name))).collect()
            }
        };
        Axis { ticks, title: self.title() }.fitting(width)
    }
}

/// A step that is missing leaves a gap in a line, as a missing value does: where most steps are equally far apart, one
/// that is farther than half as much again from the one before.
fn with_gaps(points: &mut Vec<[f64; 2]>) {
    let apart: Vec<f64> = points.windows(2).map(|pair| pair[1][0] - pair[0][0]).filter(|d| *d > 0.0).collect();
    let mut sorted = apart.clone();
    sorted.sort_by(f64::total_cmp);
    let Some(usual) = sorted.get(sorted.len() / 2).copied() else { return };
    let regular = apart.iter().filter(|d| (*d / usual - 1.0).abs() < 0.15).count();
    if regular * 5 < apart.len() * 4 {
        return;
    }
    let mut with: Vec<[f64; 2]> = Vec::with_capacity(points.len());
    for point in points.iter() {
        if let Some(last) = with.last()
            && point[0] - last[0] > 1.5 * usual
        {
            with.push([last[0] + usual, f64::NAN]);
        }
        with.push(*point);
    }
    *points = with;
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
            // What is drawn along something else than time is not told apart by it.
            let is_time = chosen.by.is_none() && Some(*i) == roles.along;
            Some(*i) != step && Some(*i) != band && !is_place && !is_time
        };
        let mut about: Vec<usize> = by.iter().copied().filter(names_row).collect();
        // A point that has a name is not called by its place as well.
        let is_name = |i: &usize| table.columns[*i].kind == ColumnType::Text && Some(*i) != band;
        if chosen.by.is_none() && about.iter().any(is_name) {
            about.retain(|i| table.columns[*i].kind != ColumnType::Float64);
        }
        // Dates beside the numbers they come of are no lines of their own.
        let is_beside = |i: usize| {
            let own = &table.columns[i];
            let before = own.name.strip_suffix("_date").and_then(named);
            before.is_some() && !own.kind.is_number()
        };
        let is_value = |i: &usize| {
            let is_text = table.columns[*i].kind == ColumnType::Text;
            let says_again = roles.about.contains(i) || roles.parts.contains(i);
            let is_shade = chosen.shade.is_some_and(|ends| ends.contains(i));
            Some(*i) != step
                && Some(*i) != roles.along
                && !says_again
                && !by.contains(i)
                && !is_text
                && !is_shade
                && !is_beside(*i)
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
        let mut lines: Vec<Line> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let shade =
            chosen.shade.and_then(|[low, high]| Some([numbers(&table.cells[low])?, numbers(&table.cells[high])?]));
        for column in &values {
            let Some(numbers) = numbers(&table.cells[*column]) else { continue };
            for row in 0..table.rows() {
                let mut parts: Vec<String> = Vec::new();
                if step.is_some() {
                    let named = |i: &usize| match table.cells[*i].is_missing(row) {
                        true => "nodata".to_string(),
                        false => match table.cells[*i].times() {
                            Some(times) => times[row].map_or(String::new(), |at| Calendar::ProlepticGregorian.iso(at)),
                            None => table.cells[*i].text(row),
                        },
                    };
                    parts.extend(about.iter().map(named));
                }
                if let Some(band) = band.filter(|_| several_bands) {
                    parts.push(table.cells[band].text(row));
                }
                let about = parts.join(" ");
                if values.len() > 1 || parts.is_empty() {
                    parts.push(table.columns[*column].name.clone());
                }
                let name = parts.join(" ");
                let line = *known.entry(name.clone()).or_insert_with(|| {
                    lines.push(Line { name, about, ..Line::default() });
                    lines.len() - 1
                });
                lines[line].points.push([at[row], numbers[row]]);
                // The ground belongs to the first line that is about the same.
                let is_first = lines[..line].iter().all(|before| before.about != lines[line].about);
                if let Some([low, high]) = shade.as_ref().filter(|_| is_first) {
                    lines[line].shade.push([at[row], low[row], high[row]]);
                }
            }
        }
        let mut notes = Vec::new();
        if values.is_empty() {
            notes.push("no column of numbers is left to draw; `plot y ..` names one".into());
        }
        if let Some(step) = step {
            let x = &table.columns[step].name;
            for line in &mut lines {
                line.points.sort_by(|a, b| a[0].total_cmp(&b[0]));
                line.shade.sort_by(|a, b| a[0].total_cmp(&b[0]));
            }
            let twice = |points: &[[f64; 2]]| points.windows(2).any(|pair| pair[0][0] == pair[1][0]);
            if let Some(Line { name, .. }) = lines.iter().find(|line| twice(&line.points)) {
                let keys = about.iter().map(|i| table.columns[*i].name.as_str());
                let keys: Vec<&str> = keys.chain(band.map(|_| "band")).chain([x.as_str()]).collect();
                let one = format!("`groupby [{}] mean` makes one of them", keys.join(" "));
                notes.push(format!("the line `{name}` has several values at one `{x}`; {one}"));
            }
            if chosen.marks.is_none_or(|marks| marks == Marks::Lines) {
                lines.iter_mut().for_each(|line| with_gaps(&mut line.points));
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
            lines.sort_by(|a, b| mean(&b.points).total_cmp(&mean(&a.points)));
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
            let mut apart = times.iter().flatten().collect::<Vec<_>>();
            apart.sort_unstable();
            apart.dedup();
            (XAxis::Dates(ends(&at), apart.len().saturating_sub(1).max(1)), at)
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
