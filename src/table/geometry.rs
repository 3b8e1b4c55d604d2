//! The shapes of zones and points as texts, in well-known text as the Open Geospatial Consortium writes it (OGC 06-103r4).

use super::Ring;

/// The rings of a zone as a polygon, or several; nothing for a zone without area. Outer rings run one way round and holes the
/// other, and none cross.
pub(crate) fn polygon(rings: &[Ring]) -> Option<String> {
    // The largest ring is no hole, so it tells which way round the outer ones run.
    let areas: Vec<f64> = rings.iter().map(area).collect();
    let largest = areas.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
    let is_outer = |ring: &usize| areas[*ring].signum() == largest.signum();
    let mut polygons: Vec<(usize, Vec<usize>)> =
        (0..rings.len()).filter(is_outer).map(|outer| (outer, Vec::new())).collect();
    for hole in (0..rings.len()).filter(|ring| !is_outer(ring)) {
        let holds = |(outer, _): &&mut (usize, Vec<usize>)| lies_in(&rings[hole], &rings[*outer]);
        // Of rings within rings the smallest holds the hole.
        let around = polygons.iter_mut().filter(holds);
        if let Some((_, holes)) = around.min_by(|(a, _), (b, _)| areas[*a].abs().total_cmp(&areas[*b].abs())) {
            holes.push(hole);
        }
    }
    let one = |(outer, holes): &(usize, Vec<usize>)| {
        let all: Vec<String> = std::iter::once(outer).chain(holes).map(|ring| corners(&rings[*ring])).collect();
        format!("({})", all.join(", "))
    };
    let texts: Vec<String> = polygons.iter().map(one).collect();
    Some(match &texts[..] {
        [one] => format!("POLYGON {one}"),
        several => format!("MULTIPOLYGON ({})", several.join(", ")),
    })
}

/// A point; nothing for one without a place.
pub(crate) fn point([x, y]: [f64; 2]) -> Option<String> {
    (x.is_finite() && y.is_finite()).then(|| format!("POINT ({x} {y})"))
}

/// The corners, with the first once more at the end.
fn corners(ring: &Ring) -> String {
    let all: Vec<String> = ring.iter().chain(ring.first()).map(|[x, y]| format!("{x} {y}")).collect();
    format!("({})", all.join(", "))
}

/// Twice the area, positive where the ring runs against the clock.
fn area(ring: &Ring) -> f64 {
    let next = ring.iter().skip(1).chain(ring.first());
    let [x0, y0] = ring.first().copied().unwrap_or_default();
    // Relative to a corner, so that large coordinates cancel nothing.
    ring.iter().zip(next).map(|(a, b)| (a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0)).sum()
}

/// Whether a ring lies in another, which it does not cross: a corner of it does that is no corner of the other.
fn lies_in(inner: &Ring, outer: &Ring) -> bool {
    let corner = inner.iter().find(|corner| !outer.contains(corner)).or(inner.first());
    corner.is_some_and(|corner| encloses(outer, *corner))
}

/// Whether a point lies in a ring, by the edges that a ray to the right crosses.
pub(crate) fn encloses(ring: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let next = ring.iter().skip(1).chain(ring.first());
    let crossed = ring
        .iter()
        .zip(next)
        .filter(|(a, b)| (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
    crossed.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, size: f64, against: bool) -> Ring {
        let mut ring = vec![[x, y], [x + size, y], [x + size, y + size], [x, y + size]];
        if !against {
            ring.reverse();
        }
        ring
    }

    #[test]
    fn holes_belong_to_the_rings_around_them() {
        for against in [true, false] {
            let ring = |x, y, size, outer: bool| square(x, y, size, outer == against);
            assert!(polygon(&[ring(0.0, 0.0, 4.0, true)]).expect("it has area").starts_with("POLYGON (("));
            // An island in a lake in an island, and another island.
            let nested = [
                ring(0.0, 0.0, 9.0, true),
                ring(1.0, 1.0, 7.0, false),
                ring(2.0, 2.0, 5.0, true),
                ring(3.0, 3.0, 1.0, false),
                ring(20.0, 0.0, 1.0, true),
            ];
            let text = polygon(&nested).expect("it has area");
            let parts: Vec<usize> = text.split(")), ((").map(|part| part.matches("), (").count() + 1).collect();
            assert!(text.starts_with("MULTIPOLYGON (((") && parts == [2, 2, 1], "{text}");
        }
        assert_eq!(polygon(&[]), None);
        assert_eq!((point([1.5, -2.0]).as_deref(), point([f64::INFINITY, 0.0])), (Some("POINT (1.5 -2)"), None));
    }
}
