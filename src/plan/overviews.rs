//! Cubes whose files are read by their overviews, where what becomes of them has much larger pixels.

use super::{Catalog, Node, Plan, Selection};
use crate::cube::{GeoBox, Schema};
use crate::diagnostic::Result;
use std::sync::Arc;

/// A cube that is read and of which only steps and bands are chosen, read by overviews at most `n` times coarser; how many
/// times they are, rounded.
pub(super) fn at_overview(input: &Arc<Plan>, n: usize) -> Result<Option<(usize, Arc<Plan>)>> {
    match &input.node {
        Node::Scan { source } => Ok(source.coarser(&input.schema.grid, n).map(|(size, source)| {
            let grid = &input.schema.grid;
            let schema = Schema { grid: grid.overview(size), ..(*input.schema).clone() };
            (grid.times_coarser(size), Plan::scan(source, schema, input.span))
        })),
        Node::Select { input: below, steps, bands, y, x } if below.schema.grid == input.schema.grid => {
            let is_all = *y == (0..below.schema.grid.height) && x.len() == 1 && x[0] == (0..below.schema.grid.width);
            let Some((factor, coarser)) = at_overview(below, n)?.filter(|_| is_all) else { return Ok(None) };
            let all = Selection::all(&coarser.schema);
            let chosen = Selection { steps: steps.clone(), bands: bands.clone(), ..all };
            Ok(Some((factor, Plan::select(&coarser, chosen, input.span)?)))
        }
        _ => Ok(None),
    }
}

/// Overviews that are so many times coarser are worth a word to who did not ask for them.
const WORTH: usize = 4;

/// The cube as it is to be resampled to a grid: if it `may`, by the coarsest overviews of its files whose pixels are no
/// larger than those of the grid. What was decided is told.
pub(crate) fn for_grid(input: &Arc<Plan>, target: &GeoBox, catalog: &dyn Catalog, may: bool) -> Result<Arc<Plan>> {
    let source = &input.schema.grid;
    let is_plain = source.places.is_none() && !source.is_counted() && source != target;
    if !is_plain || !may && at_overview(input, usize::MAX)?.is_none() {
        return Ok(input.clone());
    }
    let found = at_overview(input, catalog.shrinkage(source, target)?)?;
    Ok(match found {
        Some((factor, coarser)) if may => {
            coarser.told(format!("resampled from the overviews of the files, at 1/{factor} of their pixels"))
        }
        Some((factor, _)) if factor >= WORTH => {
            let note = "resampled from all pixels; `overviews` takes the overviews of the files instead, at";
            input.told(format!("{note} 1/{factor} of their pixels"))
        }
        None if may => {
            let note =
                "resampled from all pixels: the cube is no plain read of files with overviews that are fine enough";
            input.told(note.into())
        }
        Some(_) | None => input.clone(),
    })
}
