//! How much smaller than the pixels of a target those of a source are.

use crate::cube::GeoBox;
use crate::diagnostic::Result;
use crate::geometry::crs;

/// Where the source is looked at, as parts of its rows and columns.
const LOOKS: [(f64, f64); 5] = [(0.5, 0.5), (0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)];

/// What is left out of a comparison of sizes in two systems: a projection is not as large everywhere.
const NEARLY: f64 = 1.001;

/// How many whole pixels of `source` lie along an edge of a pixel of `target`: the fewest that were found at some places of
/// the source, 0 where the target's system reaches none of them or one of the two is on no system.
///
/// # Errors
/// `E0306` where no way from one system to the other is known.
pub(crate) fn shrinkage(source: &GeoBox, target: &GeoBox) -> Result<usize> {
    let (Some(from), Some(to)) = (&source.crs, &target.crs) else { return Ok(0) };
    let t = &source.transform;
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for (across, down) in LOOKS {
        let (column, row) = (across * source.width as f64, down * source.height as f64);
        // A pixel, its neighbor to the right and the one below.
        for (column, row) in [(column, row), (column + 1.0, row), (column, row + 1.0)] {
            xs.push(t[0] + column * t[1] + row * t[2]);
            ys.push(t[3] + column * t[4] + row * t[5]);
        }
    }
    crs::points(from, to, &mut xs, &mut ys)?;
    let places: Vec<[f64; 2]> = xs.iter().zip(&ys).map(|(x, y)| target.position(*x, *y)).collect();
    let length = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let largest = places.chunks_exact(3).map(|near| length(near[0], near[1]).max(length(near[0], near[2])));
    let largest = largest.filter(|length| length.is_finite()).fold(0.0, f64::max);
    Ok(if largest > 0.0 { (largest.recip() * NEARLY) as usize } else { 0 })
}
