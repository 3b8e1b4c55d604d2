//! What is worth knowing of a plan before its numbers are trusted.

use crate::cube::GeoBox;
use crate::plan::{Node, Plan};

/// Pixels more than so many times as large as those they are made of leave most of them unseen.
const MUCH: f64 = 2.0;
const METRES_A_DEGREE: f64 = 111_320.0;

/// Continuous data that were brought onto much larger pixels by a method that looks at few of the small ones.
pub fn thinned(plan: &Plan) -> Vec<String> {
    let mut notes: Vec<String> = plan.node.inputs().into_iter().flat_map(|input| thinned(input)).collect();
    if let Node::Warp { input, method } = &plan.node
        && !method.covers()
        // Whole numbers may be classes, which must not be averaged.
        && input.schema.bands.iter().any(|b| b.dtype.is_float())
    {
        let factor = pixel(&plan.schema.grid) / pixel(&input.schema.grid);
        let note = format!(
            "{} looks at few of the pixels, which become {factor:.1} times as large: `method average`",
            method.name()
        );
        if factor > MUCH && !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// One dated step that was put beside every step of another cube.
pub fn spread(plan: &Plan) -> Vec<String> {
    let mut notes: Vec<String> = plan.node.inputs().into_iter().flat_map(|input| spread(input)).collect();
    if let Node::Join { left, right, steps } = &plan.node
        && right.schema.time.len() == 1
        && left.schema.time.len() > 1
        && steps.iter().all(Option::is_some)
        && right.schema.time.instants().is_some()
    {
        let note =
            format!("the one step of {} is put beside every step; `on time` matches it", right.schema.time.label(0));
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// Edge of a pixel in about metres.
fn pixel(grid: &GeoBox) -> f64 {
    let (dx, dy) = grid.resolution();
    match grid.is_geographic() {
        true => {
            let bounds = grid.bounds();
            let latitude = ((bounds.south + bounds.north) / 2.0).to_radians();
            (dx * dy * latitude.cos().abs()).sqrt() * METRES_A_DEGREE
        }
        false => (dx * dy).abs().sqrt(),
    }
}
