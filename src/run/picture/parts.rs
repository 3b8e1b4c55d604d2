//! What still and moving pictures have in common: what their values and colors are like, and what is said of them.

use crate::cube::{GeoBox, Schema};
use crate::diagnostic::{Diagnostic, codes};
use crate::exec;
use crate::io;
use crate::plan::picture::Drawn;
use crate::plan::picture::{Maps, Scale};
use crate::plan::show::plural;
use crate::plan::{Picture, SinkSpec};
use crate::show::plot::{Tint, ValueSummary};
use ndarray::{Array4, ArrayView2, s};

pub(super) fn saved(written: &io::Output, text: &str) -> String {
    let place = written.paths.first().map_or(String::new(), |p| p.display().to_string());
    let first = text.lines().next().unwrap_or_default();
    format!("saved {place} ({}): {first}", exec::bytes(written.bytes))
}

/// The error where the bytes of a picture could not be written.
pub(super) fn failed(sink: Option<&SinkSpec>) -> impl Fn(std::io::Error) -> Box<Diagnostic> {
    let path = sink.map(|sink| sink.path.clone());
    move |error| match &path {
        Some(path) => io::place::cannot_write(path.as_ref(), error),
        None => Diagnostic::new(codes::CANNOT_WRITE, "the picture cannot be encoded").cause(error.to_string()),
    }
}

/// The grid of what the picture is of, before its pixels were made as few as can be seen.
pub(super) fn whole_grid<'a>(picture: &'a Picture, maps: &Maps) -> &'a GeoBox {
    // In a projection of their own maps have the grid that they were brought onto.
    let drawn = if maps.projection.is_some() { &picture.input } else { &picture.whole };
    let Drawn::Cube(plan) = drawn else { unreachable!("maps and animations are of a cube") };
    &plan.schema.grid
}

pub(super) fn planes(values: &Array4<f64>, step: usize) -> Vec<ArrayView2<'_, f64>> {
    (0..values.dim().1).map(|band| values.slice(s![step, band, .., ..])).collect()
}

/// Adds the values of each band to its summary.
pub(super) fn look_at(values: &Array4<f64>, seen: &mut [ValueSummary], exclude: &[f64]) {
    for (band, seen) in seen.iter_mut().enumerate() {
        seen.look(values.slice(s![.., band, .., ..]).iter().copied(), exclude);
    }
}

pub(super) fn tints(maps: &Maps, schema: &Schema, seen: &[ValueSummary]) -> Vec<Tint> {
    match maps.rgb {
        true => vec![Tint::rgb(&maps.colors, &schema.bands, seen)],
        false => seen.iter().map(|seen| Tint::new(&maps.colors, seen)).collect(),
    }
}

/// For each band a line that names the values at both ends of its colors.
pub(super) fn ranges(maps: &Maps, schema: &Schema, tints: &[Tint], seen: &[ValueSummary]) -> String {
    let names: Vec<String> = match maps.rgb {
        true => vec![schema.band_names().take(3).collect::<Vec<_>>().join(" ")],
        false => schema.band_names().take(maps.bands(schema)).map(String::from).collect(),
    };
    let width = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
    let line = |((name, tint), seen): ((&String, &Tint), &ValueSummary)| match seen.valid {
        0 => format!("{name:<width$}  nothing valid\n"),
        _ => format!("{name:<width$}  {}\n", tint.describe(maps.bar.precision)),
    };
    names.iter().zip(tints).zip(seen).map(line).collect()
}

/// What cannot be seen in the picture, and why.
pub(super) fn unseen(maps: &Maps, schema: &Schema, seen: &[ValueSummary]) -> Vec<String> {
    let mut notes = Vec::new();
    for (band, seen) in schema.bands.iter().zip(seen) {
        if seen.valid == 0 {
            notes.push(format!("`{}` has no valid pixel here", band.name));
        } else if maps.colors.scale == Scale::Log && seen.not_positive > 0 {
            notes.push(format!(
                "{} of `{}` not above zero, where there is no logarithm: drawn as missing",
                plural(seen.not_positive as usize, "pixel"),
                band.name
            ));
        }
    }
    notes
}
