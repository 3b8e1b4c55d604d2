//! Computes the pixels that a picture needs, and draws them.

mod animation;
mod basemap;
mod parts;

use super::pull::{self, Answer, Tabulated, With, collect, prepare, tabulate};
use crate::cube::GeoBox;
use crate::diagnostic::{Diagnostic, Result};
use crate::exec::{self, Bins, Job, Outcome, RunCx};
use crate::io;
use crate::io::picture::{Letters, SvgOptions};
use crate::plan::picture::{Colors, Drawn, Lines, Look, Maps};
use crate::plan::show::plural;
use crate::plan::{Drawing, Picture, Plan, Selection, SourceSpec, TablePlan};
use crate::show::encode::{self, Animation, AnimationFormat, Frame};
use crate::show::html::Thumbnail;
use crate::show::plot::cells::{CELL, cells};
use crate::show::plot::{
    Counts, Figure, Panel, Sheet, Tint, ValueSummary, histogram, pdf, render, series, small_map, svg,
};
use crate::show::{Output, player};
use basemap::basemap;
use ndarray::s;
use parts::{failed, look_at, planes, ranges, saved, tints, unseen, whole_grid};
use serde_json::Value;
use std::sync::Arc;

pub(crate) fn answer(picture: &Arc<Picture>, with: &With) -> Result<Answer> {
    let at =
        |d: Box<Diagnostic>| d.or_at(picture.span, if picture.sink.is_some() { "saved here" } else { "drawn here" });
    if let Some(sink) = &picture.sink {
        io::check_picture(sink).map_err(at)?;
    }
    match (&picture.input, &picture.drawing) {
        (Drawn::Cube(cube), Drawing::Animation { maps, timing }) => {
            animation::AnimationJob { picture, cube, maps, timing, with }.answer().map_err(at)
        }
        _ => still(picture, with).map_err(at),
    }
}

/// Pixels along the longer edge of a thumbnail.
const THUMB: usize = 160;

/// The first step and band of a cube, small and without axes; nothing where more than `most` bytes would be read for it,
/// or any from another machine.
pub(super) fn thumbnail(plan: &Arc<Plan>, with: &With, most: Option<u64>) -> Result<Option<Thumbnail>> {
    let first = Selection { steps: vec![0], bands: vec![0], ..Selection::all(&plan.schema) };
    let step = Plan::select(plan, first, plan.span)?;
    let look = Look { size: Some([THUMB as u32; 2]), ..Look::default() };
    let maps = Maps { colors: Colors { robust: true, ..Colors::default() }, ..Maps::default() };
    let picture = Picture::maps(&step, maps, None, 1, look, plan.span)?;
    let (Drawn::Cube(cube), Drawing::Maps { maps, .. }) = (&picture.input, &picture.drawing) else {
        unreachable!("maps are of a cube")
    };
    if let Some(most) = most {
        // Wherever a source keeps its addresses, they are texts.
        let text = |source: &SourceSpec| serde_json::to_string(&source.data).unwrap_or_default();
        let far = |text: String| ["://", "/vsi"].iter().any(|sign| text.contains(sign));
        // Asked first, because to prepare a plan opens what it reads.
        if plan.scans().into_iter().any(|(source, _)| far(text(source)))
            || Job::new(&*prepare(cube, with)?, None, &with.limits)?.bytes_to_read > most
        {
            return Ok(None);
        }
    }
    let (chunk, _) = collect(cube, with)?;
    let values = chunk.to_array(&cube.schema.nodata());
    let mut seen = [ValueSummary::default()];
    look_at(&values, &mut seen, &[]);
    let tint = Tint::new(&maps.colors, &seen[0]);
    let png = render::image_png(&small_map(&values.slice(s![0, 0, .., ..]), &tint, THUMB)).map_err(failed(None))?;
    let band = &plan.schema.bands[0];
    let unit = band.unit.as_deref().filter(|unit| !unit.is_empty()).map_or(String::new(), |unit| format!(" {unit}"));
    let when = plan.schema.time.short_labels().swap_remove(0);
    let caption = match seen[0].valid {
        0 => format!("{when}, {}: nothing valid", band.name),
        _ => format!("{when}, {}: colors of {}{unit}", band.name, tint.describe(None)),
    };
    Ok(Some(Thumbnail { png, caption }))
}

/// A drawing, with the text and the notes that go with it.
struct Composition {
    figure: Figure,
    /// The same, laid out for the cells of a terminal.
    on_screen: Option<Figure>,
    /// What a page must know of maps to say what lies under the pointer.
    pointed: Option<Value>,
    text: String,
    notes: Vec<String>,
    outcome: Outcome,
}

fn still(picture: &Picture, with: &With) -> Result<Answer> {
    let look = &picture.look;
    let target = picture.sink.as_ref().map(io::picture::hold).transpose()?;
    let drawn = match (&picture.input, &picture.drawing) {
        (Drawn::Cube(cube), Drawing::Maps { maps, columns }) => {
            drawn_maps(cube, whole_grid(picture, maps), maps, *columns, look, with)?
        }
        (Drawn::Cube(cube), Drawing::Histogram { bins, range }) => counted(cube, *bins, *range, look, with)?,
        (Drawn::Table(table), Drawing::Series { lines, range }) => charted(table, lines, *range, look, with)?,
        _ => unreachable!("a picture is built with what it is drawn of"),
    };
    let mut notes = picture.notes.clone();
    notes.extend(drawn.notes);
    let base = Answer { notes, outcome: drawn.outcome, ..Answer::default() };
    let (width, height) = drawn.figure.size;
    let failed = failed(picture.sink.as_ref());
    let (Some(sink), Some(target)) = (&picture.sink, target) else {
        let png = render::png(&drawn.figure).map_err(&failed)?;
        let cells = drawn.on_screen.as_ref().map_or(Vec::new(), cells);
        let page = player::still(&png, &drawn.text, drawn.pointed.as_ref());
        let output = Output::text(drawn.text).with("image/png", png).with("text/html", page);
        return Ok(Answer { output: Some(Output { cells, ..output }), ..base });
    };
    let bytes = match sink.format.as_str() {
        "svg" => {
            let options: SvgOptions = sink.options.read().unwrap_or_default();
            svg::svg(&drawn.figure, options.letters == Letters::Paths).map_err(&failed)?.into_bytes()
        }
        "pdf" => pdf::pdf(&drawn.figure).map_err(&failed)?,
        "gif" => {
            let rgba = render::canvas(&drawn.figure).rgba();
            let timing = encode::Timing { frames: 1, fps: 1.0, repeat: false };
            let mut out = Vec::new();
            let mut gif =
                Animation::new(AnimationFormat::Gif, &mut out, (width, height), timing, None).map_err(&failed)?;
            gif.push(&Frame { width, height, rgba: &rgba }).and_then(|()| gif.finish()).map_err(&failed)?;
            out
        }
        "html" => {
            let png = render::png(&drawn.figure).map_err(&failed)?;
            let title = look.title.clone().unwrap_or_else(|| "picture".into());
            player::page(&title, &player::still(&png, &drawn.text, drawn.pointed.as_ref())).into_bytes()
        }
        _ => render::png(&drawn.figure).map_err(&failed)?,
    };
    let written = target.write(|to| to.write_all(&bytes).map_err(&failed))?;
    Ok(Answer { report: Some(saved(&written, &drawn.text)), files: written.paths, ..base })
}

/// The look of a picture in the cells of a terminal, which its size is that of, whatever was asked for a file.
fn on_screen(look: &Look, with: &With) -> Option<Look> {
    let [columns, rows] = with.screen?;
    let size = [(columns * CELL[0]) as u32, (rows * CELL[1]) as u32];
    Some(Look { size: Some(size), title_size: None, dpi: None, ..look.clone() })
}

fn drawn_maps(
    cube: &Arc<Plan>,
    full: &GeoBox,
    maps: &Maps,
    columns: Option<usize>,
    look: &Look,
    with: &With,
) -> Result<Composition> {
    let schema = &cube.schema;
    let (chunk, outcome) = collect(cube, with)?;
    let values = chunk.to_array(&schema.nodata());
    let shown = maps.bands(schema);
    let mut seen = vec![ValueSummary::default(); shown];
    look_at(&values, &mut seen, &maps.colors.exclude);
    let tints = tints(maps, schema, &seen);
    let (basemap, told) = basemap(maps, full)?;
    let (steps, bands) = (schema.time.len(), if maps.rgb { 1 } else { shown });
    let dated = schema.time.instants().is_some() || matches!(schema.time, crate::cube::TimeAxis::Groups { .. });
    let dates = schema.time.short_labels();
    let title = |step: usize, band: usize| {
        let when = (steps > 1 || dated).then(|| dates[step].clone());
        let what = (bands > 1).then(|| schema.bands[band].name.clone());
        let parts: Vec<String> = when.into_iter().chain(what).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let panels: Vec<Panel> = (0..steps)
        .flat_map(|step| (0..bands).map(move |band| (step, band)))
        .map(|(step, band)| Panel { tint: band, title: title(step, band) })
        .collect();
    // Where there are several bands, each row of maps is one step.
    let columns = columns.or((steps > 1 && (2..=4).contains(&bands)).then_some(bands));
    let mut notes = unseen(maps, schema, &seen);
    notes.extend(told);
    let mut pointed = None;
    let mut laid = |look: &Look| {
        let sheet = Sheet::new(schema, maps, &basemap, &tints, &panels, columns, look);
        let (mut images, mut over) = (Vec::new(), Vec::new());
        for (i, panel) in panels.iter().enumerate() {
            let all = planes(&values, i / bands);
            let (all, hatched) = all.split_at(shown);
            let own = if maps.rgb { all } else { std::slice::from_ref(&all[panel.tint]) };
            images.push(sheet.image(i, &tints[panel.tint], own));
            let note = sheet.over(i, &tints[panel.tint], &own[0], hatched.first(), &mut over);
            notes.extend(note.filter(|note| !notes.contains(note)));
        }
        pointed.get_or_insert_with(|| sheet.pointed(&tints, &panels));
        sheet.figure(images, over)
    };
    let figure = laid(look);
    let on_screen = on_screen(look, with).map(|look| laid(&look));
    let (width, height) = figure.size;
    let text = format!(
        "picture of {}, {width} x {height} pixels\n{}",
        plural(panels.len(), "map"),
        ranges(maps, schema, &tints, &seen)
    );
    notes.extend(pull::notes(cube, &outcome));
    Ok(Composition { figure, on_screen, pointed, text, notes, outcome })
}

fn charted(
    table: &Arc<TablePlan>,
    lines: &Lines,
    range: [Option<f64>; 2],
    look: &Look,
    with: &With,
) -> Result<Composition> {
    let Tabulated { table: rows, outcome, notes: told } = tabulate(table, with)?;
    let (figure, what, mut notes) = series::figure(&rows, &table.roles(), lines, range, look);
    let on_screen = on_screen(look, with).map(|look| series::figure(&rows, &table.roles(), lines, range, &look).0);
    let (width, height) = figure.size;
    notes.extend(table.schema.notes.iter().cloned().chain(told));
    let text = format!("picture of a chart with {what}, {width} x {height} pixels\n");
    Ok(Composition { figure, on_screen, pointed: None, text, notes, outcome })
}

fn counted(cube: &Arc<Plan>, bins: usize, range: [Option<f64>; 2], look: &Look, with: &With) -> Result<Composition> {
    let op = prepare(cube, with)?;
    let cx = RunCx::new(with.cancel.clone());
    let ends: Vec<[f64; 2]> = match range {
        [Some(low), Some(high)] => vec![[low, high]; cube.schema.bands.len()],
        [low, high] => {
            let (stats, _) = exec::statistics(&op, &cx, &with.runner())?;
            let own = stats.iter().map(|s| {
                let [a, b] = [low.unwrap_or(s.min), high.unwrap_or(s.max)];
                // Where all pixels have one value, or none is valid, the range has no width and one is made up.
                if a < b {
                    [a, b]
                } else if a.is_finite() {
                    [a - 0.5, a + 0.5]
                } else {
                    [0.0, 1.0]
                }
            });
            own.collect()
        }
    };
    let empty: Vec<Bins> = ends.iter().map(|ends| Bins::new(*ends, bins)).collect();
    let cx = RunCx::new(with.cancel.clone());
    let (all, outcome) = exec::histogram(&op, &empty, &cx, &with.runner())?;
    let bands = cube.schema.bands.iter();
    let counts: Vec<Counts> = bands
        .zip(all)
        .map(|(band, bins)| Counts {
            band: band.name.clone(),
            unit: band.unit.clone().filter(|u| !u.is_empty()),
            low: bins.ends[0],
            high: bins.ends[1],
            bins: bins.counts,
            outside: bins.outside,
        })
        .collect();
    let figure = histogram::figure(&counts, look);
    let on_screen = on_screen(look, with).map(|look| histogram::figure(&counts, &look));
    let (width, height) = figure.size;
    let text = format!(
        "picture of a histogram of {}, {width} x {height} pixels\n{}",
        plural(counts.len(), "band"),
        histogram::text(&counts)
    );
    let mut notes = pull::notes(cube, &outcome);
    for counts in counts.iter().filter(|c| c.outside > 0) {
        notes.push(format!("{} of `{}` lie outside", plural(counts.outside as usize, "value"), counts.band));
    }
    Ok(Composition { figure, on_screen, pointed: None, text, notes, outcome })
}
