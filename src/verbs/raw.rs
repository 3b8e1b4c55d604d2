//! `raw`: undo the scale and offset that were applied on reading.

use super::prelude::*;
use crate::expr::Binary;
use crate::plan::Node;

pub(super) const VERB: Verb = Verb {
    name: "raw",
    group: Group::Pixel,
    summary: "Undo the declared scale and offset: the numbers as they are stored.",
    params: &[],
    seek: &["unscale", "packed", "mask_and_scale", "digital numbers"],
    examples: &[Example {
        title: "Stored numbers",
        script: "load netcdf \"uvz.nc\" var z at level 500 | raw | stats",
        output: "",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    if input.schema.bands.iter().all(|b| b.packing.is_none() && b.mixed_packing.is_none()) {
        return Err(Diagnostic::new(
            codes::NOTHING_TO_UNDO,
            "no band has a scale or offset that was applied on reading",
        )
        .label(call.span, "nothing to undo")
        .help("`raw` stands right after the source; `describe` shows scales and offsets"));
    }
    if let Some(plan) = as_stored(input)? {
        return Ok(plan);
    }
    if let Some(band) = input.schema.bands.iter().find(|band| band.mixed_packing.is_some()) {
        return Err(Diagnostic::new(
            codes::NOTHING_TO_UNDO,
            format!("`{}` is packed in different ways, which only its source can undo", band.name),
        )
        .label(call.span, "too late here")
        .help("write `raw` right after the `load`"));
    }
    let output = |(i, band): (usize, &Band)| {
        let Some(packing) = &band.packing else { return (band.clone(), Expr::Band(i)) };
        let shifted = Expr::binary(Binary::Sub, Expr::Band(i), Expr::Number(packing.offset));
        (stored(band), Expr::binary(Binary::Div, shifted, Expr::Number(packing.scale)))
    };
    Plan::map_into(input, input.schema.bands.iter().enumerate().map(output).collect(), call.span)
}

/// Files that may pack their numbers each in its own way are read as they are stored, where nothing but a choice of steps
/// and pixels lies between.
fn as_stored(plan: &Arc<Plan>) -> Result<Option<Arc<Plan>>> {
    match &plan.node {
        Node::Scan { source }
            if matches!(source.format.as_str(), "files" | "archive" | "stac" | "point" | "netcdf") =>
        {
            let mut source = source.clone();
            source.data.set("stored", true);
            let mut schema = Schema { bands: plan.schema.bands.iter().map(stored).collect(), ..(*plan.schema).clone() };
            for note in &mut schema.notes {
                *note = note.replace("each is unpacked by its own", "and their stored numbers are on different scales");
            }
            schema.notes.retain(|note| !note.ends_with("`raw` undoes it"));
            Ok(Some(Plan::scan(source, schema, plan.span)))
        }
        Node::Select { input, steps, bands, y, x } => {
            let Some(input) = as_stored(input)? else { return Ok(None) };
            let keep = Selection {
                steps: steps.clone(),
                bands: bands.clone(),
                y: y.clone(),
                x: x.clone(),
                west: Some(plan.schema.grid.transform[0]),
            };
            Plan::select(&input, keep, plan.span).map(Some)
        }
        _ => Ok(None),
    }
}

/// The band of the numbers that are stored.
fn stored(band: &Band) -> Band {
    let Some(packing) = band.packing.as_ref().or(band.mixed_packing.as_ref()) else { return band.clone() };
    let (wide, missing) = packing.dtype.with_room_for_nodata();
    let (dtype, nodata) = match packing.nodata {
        Some(nodata) => (packing.dtype, nodata),
        None => (wide, missing),
    };
    Band { dtype, nodata: Some(nodata), packing: None, mixed_packing: None, unit: None, ..band.clone() }
}
