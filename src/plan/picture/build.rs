//! What is drawn of a cube or table: which steps, and no more pixels than can be seen.

use super::{Drawing, Drawn, Lines, Look, Maps, Picture, Projection, Timing};
use crate::cube::GeoBox;
use crate::diagnostic::{Result, Span};
use crate::plan::{Footprint, Plan, ReduceOptions, Reducer, Resampling, Selection, TablePlan, overviews};
use crate::reducers;
use std::sync::Arc;

/// The most maps that are drawn side by side unless the user gives a number.
pub(crate) const PANELS: usize = 12;
/// The most frames of an animation unless the user gives a number.
pub(crate) const FRAMES: usize = 240;

/// Pixels along the edge of a map that fills a picture whose size was not given.
const SHARP: f64 = 1000.0;
/// The same for a frame, which is drawn many times.
const FRAME: f64 = 720.0;

impl Picture {
    /// The maps of a cube, at most `most` of them.
    pub(crate) fn maps(
        input: &Arc<Plan>,
        maps: Maps,
        columns: Option<usize>,
        most: usize,
        look: Look,
        span: Span,
    ) -> Result<Arc<Picture>> {
        let a_step = if maps.rgb { 1 } else { maps.bands(&input.schema) };
        let mut notes = Vec::new();
        let chosen = thin(input, (most / a_step).max(1), "maps", "max N", &mut notes, span)?;
        let chosen = match maps.rgb {
            true => chosen,
            false => few_maps(&chosen, &maps, most, &mut notes, span)?,
        };
        let panels = chosen.schema.time.len() * if maps.rgb { 1 } else { maps.bands(&chosen.schema) };
        let side = (panels as f64).sqrt().ceil();
        let edge = look.size.map_or(SHARP, |[w, h]| f64::from(w.max(h))) / side;
        let shown = projected(&shrink(&chosen, &maps, edge, &mut notes, span)?, &maps, edge, span)?;
        let drawing = Drawing::Maps { maps: Box::new(maps), columns };
        Ok(Picture::new(Drawn::Cube(input.clone()), Drawn::Cube(shown), drawing, look, notes, span))
    }

    /// The maps of one band, or of three as colors, one after another; at most `most` of them.
    pub(crate) fn animation(
        input: &Arc<Plan>,
        maps: Maps,
        timing: Timing,
        most: usize,
        look: Look,
        span: Span,
    ) -> Result<Arc<Picture>> {
        let mut notes = Vec::new();
        let chosen = thin(input, most, "frames", "max N", &mut notes, span)?;
        let chosen = if maps.rgb { chosen } else { few_maps(&chosen, &maps, 1, &mut notes, span)? };
        let edge = look.size.map_or(FRAME, |[w, h]| f64::from(w.max(h)));
        let shown = projected(&shrink(&chosen, &maps, edge, &mut notes, span)?, &maps, edge, span)?;
        let drawing = Drawing::Animation { maps: Box::new(maps), timing };
        Ok(Picture::new(Drawn::Cube(input.clone()), Drawn::Cube(shown), drawing, look, notes, span))
    }

    pub(crate) fn series(
        input: &Arc<TablePlan>,
        lines: Lines,
        range: [Option<f64>; 2],
        look: Look,
        span: Span,
    ) -> Arc<Picture> {
        let drawn = || Drawn::Table(input.clone());
        Picture::new(drawn(), drawn(), Drawing::Series { lines, range }, look, Vec::new(), span)
    }

    pub(crate) fn histogram(
        input: &Arc<Plan>,
        bins: usize,
        range: [Option<f64>; 2],
        look: Look,
        span: Span,
    ) -> Result<Arc<Picture>> {
        let mut notes = Vec::new();
        let chosen = few_bands(input, PANELS, &mut notes, span)?;
        Ok(Picture::new(
            Drawn::Cube(input.clone()),
            Drawn::Cube(chosen),
            Drawing::Histogram { bins, range },
            look,
            notes,
            span,
        ))
    }

    fn new(whole: Drawn, input: Drawn, drawing: Drawing, look: Look, notes: Vec<String>, span: Span) -> Arc<Picture> {
        Arc::new(Picture { whole, input, drawing, look, sink: None, notes, span })
    }
}

/// At most `most` steps, as evenly spread as they can be, the first and the last among them.
fn thin(
    input: &Arc<Plan>,
    most: usize,
    what: &str,
    more: &str,
    notes: &mut Vec<String>,
    span: Span,
) -> Result<Arc<Plan>> {
    let steps = input.schema.time.len();
    if steps <= most {
        return Ok(input.clone());
    }
    let place = |i: usize| if most == 1 { 0 } else { (i * (steps - 1) + (most - 1) / 2) / (most - 1) };
    notes.push(format!("{what}: {most} of {steps} steps are drawn; `{more}` or `step N` chooses others"));
    Plan::select(input, Selection { steps: (0..most).map(place).collect(), ..Selection::all(&input.schema) }, span)
}

fn few_bands(input: &Arc<Plan>, most: usize, notes: &mut Vec<String>, span: Span) -> Result<Arc<Plan>> {
    few_maps(input, &Maps::default(), most, notes, span)
}

/// The first bands that are drawn as maps, and where these are hatched.
fn few_maps(input: &Arc<Plan>, maps: &Maps, most: usize, notes: &mut Vec<String>, span: Span) -> Result<Arc<Plan>> {
    let bands = maps.bands(&input.schema);
    if bands <= most {
        return Ok(input.clone());
    }
    let first = &input.schema.bands[0].name;
    notes.push(match most {
        1 => format!("band `{first}` of {bands} is drawn; `band NAME` chooses another"),
        _ => format!("the first {most} of {bands} bands are drawn; `select` chooses others"),
    });
    let kept = (0..most).chain(bands..input.schema.bands.len()).collect();
    Plan::select(input, Selection { bands: kept, ..Selection::all(&input.schema) }, span)
}

/// The same in the projection of the maps, each of about as many pixels as the picture has along its longer edge. A pixel
/// of the picture shows the value of the pixel that it lies in, so that numbers of classes stay what they are.
fn projected(input: &Arc<Plan>, maps: &Maps, edge: f64, span: Span) -> Result<Arc<Plan>> {
    let Some(Projection { crs, bounds, .. }) = &maps.projection else { return Ok(input.clone()) };
    let (width, height) = (bounds.east - bounds.west, bounds.north - bounds.south);
    let size = width.max(height) / edge.max(1.0).round();
    let count = |length: f64| ((length / size).round() as usize).max(1);
    let (columns, rows) = (count(width), count(height));
    let transform = [bounds.west, width / columns as f64, 0.0, bounds.north, 0.0, -height / rows as f64];
    let grid = GeoBox::new(Some(crs.clone()), transform, columns, rows);
    Plan::warp(input, grid, Resampling::Nearest, span)
}

/// Coarsened by less, a picture is made of all pixels.
const WORTH: usize = 4;

/// Coarsens a cube that has more than `edge` pixels along an edge.
fn shrink(input: &Arc<Plan>, maps: &Maps, edge: f64, notes: &mut Vec<String>, span: Span) -> Result<Arc<Plan>> {
    let times = |grid: &GeoBox| (grid.width.max(grid.height) as f64 / edge.max(1.0)).ceil() as usize;
    let (all, n) = (&input.schema.grid, times(&input.schema.grid));
    if n <= 1 {
        return Ok(input.clone());
    }
    let overview = if n >= WORTH { overviews::at_overview(input, n)? } else { None };
    let input = match &overview {
        None => input,
        Some((factor, coarser)) => {
            notes.push(format!(
                "drawn from the overviews of the files, at 1/{factor} of {} x {} pixels; `crop` shows a part as it is",
                all.width, all.height
            ));
            coarser
        }
    };
    let (grid, n) = (&input.schema.grid, times(&input.schema.grid));
    if n <= 1 {
        return Ok(input.clone());
    }
    // Integers may be numbers of classes, which must not be averaged.
    let smooth = maps.colors.classes.is_empty() && input.schema.bands.iter().all(|b| b.dtype.is_float());
    let (reducer, how) = match smooth {
        true => (Reducer::from(&reducers::mean::REDUCER), "the mean"),
        false => (Reducer::from(&reducers::first::REDUCER), "the first"),
    };
    notes.push(format!("drawn at 1/{n} of its {} x {} pixels: {how} of {n} x {n}", grid.width, grid.height));
    let coarse = grid.coarse(n);
    Plan::reduce_space(input, coarse, Footprint::block(n), vec![reducer], ReduceOptions::default(), span)
}
