//! One band of the schema for the same band of many items, each with its own type, nodata, scale and offset.

use super::inputs::{Column, Input};
use crate::cube::{Band, DType, Packing};
use crate::io::Source;
use std::sync::Arc;

/// Scale and offset, as far as they are known without opening the file.
#[derive(Clone, Copy, Debug, PartialEq)]
struct PackingHint {
    dtype: Option<DType>,
    nodata: Option<f64>,
    /// `None` where neither the metadata nor a header say.
    packing: Option<(f64, f64)>,
}

/// The declared scale and offset of an input; `None` leaves them to the file.
///
/// An offset that was added already is 0.
pub(super) fn declared(input: &Input) -> Option<(f64, f64)> {
    let stated = (input.declared.scale, input.declared.offset);
    let (scale, offset) = match (stated, input.band_header()) {
        ((None, None), Some(header)) => (header.scale, header.offset),
        // Metadata that tell the type and the nodata of a remote file tell all there is.
        ((None, None), None) if input.declared.dtype.is_some() && input.declared.nodata.is_some() => (1.0, 0.0),
        ((None, None), None) => return None,
        ((scale, offset), _) => (scale.unwrap_or(1.0), offset.unwrap_or(0.0)),
    };
    Some((scale, if input.offset_applied { 0.0 } else { offset }))
}

/// The band that holds the values of every item, and what was decided on the way.
pub(super) fn band(column: &Column, stores: &[Arc<dyn Source>], notes: &mut Vec<String>) -> Band {
    let band = band_of_files(column, notes);
    // What a store says of its variable beyond type and unit.
    let part = column.inputs.iter().flatten().find_map(|input| input.part);
    match part.map(|part| &stores[part.store].schema().bands[part.band]) {
        Some(own) => Band {
            long_name: own.long_name.clone(),
            cell_methods: own.cell_methods.clone(),
            calendar: own.calendar,
            ..band
        },
        None => band,
    }
}

fn band_of_files(column: &Column, notes: &mut Vec<String>) -> Band {
    let name = &column.name;
    let inputs: Vec<&Input> = column.inputs.iter().flatten().collect();
    let known: Vec<PackingHint> = inputs.iter().map(|input| known(input)).collect();
    let dtype = known.iter().filter_map(|k| k.dtype).reduce(DType::promote).unwrap_or(DType::F32);
    let mut nodata: Vec<f64> = known.iter().filter_map(|k| k.nodata).collect();
    nodata.dedup_by(|a, b| same(*a, *b));
    let masked = inputs
        .iter()
        .any(|i| i.header.as_ref().is_some_and(|h| h.is_masked()) || i.band_header().is_some_and(|b| b.own_mask));
    if nodata.is_empty() && !masked && !dtype.is_float() {
        notes.push(format!("no nodata declared for `{name}`: 0 counts as data"));
    }
    let by_header = inputs.iter().filter(|i| i.declared.scale.is_none());
    notes.extend(by_header.filter_map(|i| i.band_header()?.decided(name)).next());
    let mut packings: Vec<(f64, f64)> = Vec::new();
    for packing in known.iter().filter_map(|k| k.packing) {
        if !packings.contains(&packing) {
            packings.push(packing);
        }
    }
    let unit = inputs.iter().find_map(|i| i.declared.unit.clone().or_else(|| i.band_header()?.unit.clone()));
    let band = if packings.iter().all(|p| *p == (1.0, 0.0)) {
        match nodata[..] {
            // The one nodata may stand for missing; two may each be a value of the other's items.
            [one] if dtype.holds(one) || dtype.is_float() => Band::new(name, dtype, Some(one)),
            _ => Band::new(name, dtype, None).with_nodata(),
        }
    } else {
        let (scale, offset) = packings[0];
        let packing = Packing { dtype, scale, offset, nodata: nodata.first().copied() };
        let mut band = Band::unpacked(name, packing);
        if packings.len() > 1 {
            // No one scale undoes them all.
            (band.packing, band.mixed_packing) = (None, Some(packing));
            notes.push(format!(
                "items pack `{name}` in different ways, each is unpacked by its own: {}",
                listed(&packings)
            ));
        }
        band
    };
    Band { unit, ..band }
}

fn known(input: &Input) -> PackingHint {
    let header = input.band_header();
    let dtype = header.map(|h| h.dtype).or(input.declared.dtype);
    let in_file = header.and_then(|h| h.nodata?.stated(h.dtype));
    let held = |value: f64| dtype.is_none_or(|d| d.is_float() || d.holds(value));
    PackingHint { dtype, nodata: input.declared.nodata.filter(|v| held(*v)).or(in_file), packing: declared(input) }
}

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

fn listed(packings: &[(f64, f64)]) -> String {
    let one = |(scale, offset): &(f64, f64)| match (*scale, *offset) {
        (1.0, 0.0) => "as stored".to_string(),
        (scale, offset) => format!("scale {scale} offset {offset}"),
    };
    packings.iter().take(4).map(one).collect::<Vec<_>>().join("; ")
}
