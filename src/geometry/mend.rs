//! Polygons whose rings cross, overlap or lie where they may not, made such that no place is covered twice.
//!
//! What counts here is the area. So a polygon is sound if everything is covered once or not at all; rings that touch in
//! single points may be as they are.

use crate::diagnostic::Cause;
use crate::table::Ring;
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::float::overlay::{FloatOverlay, OverlayOptions};
use i_overlay::float::relate::FloatPredicateOverlay;
use i_overlay::i_shape::flat::float::FloatFlatContoursBuffer;
use i_overlay::i_shape::source::float::resource::ShapeResource;

/// The outer ring of a polygon and its holes, none of them closed.
pub(crate) type Rings = Vec<Ring>;

/// So little of the outline may be lost by rounding.
const ROUNDING: f64 = 1e-9;

/// Beyond this no place on earth, and no other, has a coordinate; numbers as large are damage.
const FARTHEST: f64 = 1e100;

/// While outlines are laid over one another, corners are whole numbers: of 64 bits, in which those of a feature lose no
/// digit unless it is a hundred times as far across as from zero.
type Overlay = FloatOverlay<[f64; 2], i64>;

/// The polygons of a feature, mended; nothing where they are sound already.
///
/// A ring that crosses itself has inside whatever it goes around, whichever way. Holes are cut out of their own polygon;
/// one that lies beside it is a polygon too, unless the outer ring has no area at all. Polygons that overlap become one.
///
/// # Errors
/// Where a corner has no place.
pub(crate) fn mended(polygons: &[Rings]) -> Result<Option<Vec<Rings>>, Cause> {
    let mut corners = polygons.iter().flatten().flatten().flatten();
    if let Some(wrong) = corners.find(|c| c.is_nan() || c.abs() > FARTHEST) {
        return Err(format!("a corner has the coordinate {wrong}").into());
    }
    if is_sound(polygons) {
        return Ok(None);
    }
    let parts: Vec<Rings> = polygons.iter().flat_map(one).collect();
    Ok(Some(laid(&parts, &[], OverlayRule::Subject)))
}

/// Every piece of an outline has the outside on one side and the inside, covered once, on the other: only then all of the
/// outline is part of the edge of what is covered at least once.
///
/// The outer ring goes around its inside counter-clockwise, and holes the other way.
fn is_sound(polygons: &[Rings]) -> bool {
    let whole: f64 = polygons.iter().flatten().map(|ring| length(ring)).sum();
    let mut options = OverlayOptions::default();
    options.clean_result = false;
    let mut edge = FloatFlatContoursBuffer::with_capacity(0, 0);
    Overlay::from_subj_custom(polygons, options, Default::default()).overlay_into(
        OverlayRule::Subject,
        FillRule::Positive,
        &mut edge,
    );
    let kept: f64 = edge.ranges.iter().map(|range| length(&edge.points[range.clone()])).sum();
    kept >= whole * (1.0 - ROUNDING)
}

fn length(ring: &[[f64; 2]]) -> f64 {
    let to_next = |i: usize| {
        let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
        (b[0] - a[0]).hypot(b[1] - a[1])
    };
    (0..ring.len()).map(to_next).sum()
}

/// One polygon, as the polygons that it is by its rings.
fn one(polygon: &Rings) -> Vec<Rings> {
    let Some((outer, holes)) = polygon.split_first() else { return Vec::new() };
    let inside = laid(std::slice::from_ref(outer), &[], OverlayRule::Subject);
    if inside.is_empty() {
        return Vec::new();
    }
    let (mut cut, mut beside) = (Vec::new(), Vec::new());
    for hole in holes {
        let hole = laid(std::slice::from_ref(hole), &[], OverlayRule::Subject);
        let meets = FloatPredicateOverlay::<[f64; 2], i64>::from_subj_and_clip(&inside, &hole).intersects();
        if meets { cut.extend(hole) } else { beside.extend(hole) }
    }
    let mut parts = laid(&inside, &cut, OverlayRule::Difference);
    parts.extend(beside);
    parts
}

/// What is covered by the rings at least once, less what the others cover, as polygons that are sound.
fn laid<R: ShapeResource<[f64; 2]> + ?Sized>(rings: &R, less: &[Rings], rule: OverlayRule) -> Vec<Rings> {
    Overlay::from_subj_and_clip_custom(rings, less, OverlayOptions::ogc(), Default::default())
        .overlay(rule, FillRule::NonZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(corners: &[[i32; 2]]) -> Ring {
        corners.iter().map(|c| c.map(f64::from)).collect()
    }

    fn square(x: i32, y: i32, side: i32) -> Ring {
        ring(&[[x, y], [x + side, y], [x + side, y + side], [x, y + side]])
    }

    fn hole(x: i32, y: i32, side: i32) -> Ring {
        square(x, y, side).into_iter().rev().collect()
    }

    /// Of a sound polygon, with holes the other way around.
    fn area(polygons: &[Rings]) -> f64 {
        let of = |ring: &Ring| -> f64 {
            let cross = |i: usize| {
                let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
                a[0] * b[1] - b[0] * a[1]
            };
            (0..ring.len()).map(cross).sum::<f64>() / 2.0
        };
        polygons.iter().flatten().map(of).sum()
    }

    #[test]
    fn what_is_sound_stays() {
        let sound: [&[Rings]; 6] = [
            &[vec![square(0, 0, 4)]],
            &[vec![square(0, 0, 9), hole(1, 1, 2), hole(4, 4, 2)]],
            // Touching in a corner: two parts, a hole and its outline, an outline and itself.
            &[vec![square(0, 0, 2)], vec![square(2, 2, 2)]],
            &[vec![square(0, 0, 9), ring(&[[0, 0], [1, 2], [2, 1]])]],
            &[vec![ring(&[[0, 0], [2, 0], [2, 2], [4, 2], [4, 4], [2, 4], [2, 2], [0, 2]])]],
            // A part within the hole of another, a corner twice, and one on a straight edge.
            &[vec![square(0, 0, 9), hole(2, 2, 5)], vec![ring(&[[3, 3], [4, 3], [5, 3], [5, 3], [5, 5], [3, 5]])]],
        ];
        for polygons in sound {
            assert!(mended(polygons).expect("its corners have places").is_none(), "{polygons:?}");
        }
    }

    /// The areas are those of GEOS 3.11, by its method `structure`.
    #[test]
    fn what_is_not_is_mended() {
        let cases: [(&str, &[Rings], f64); 13] = [
            ("a bow-tie", &[vec![ring(&[[0, 0], [4, 4], [4, 0], [0, 4]])]], 8.0),
            ("a bow-tie of unequal wings", &[vec![ring(&[[0, 0], [6, 3], [6, 0], [0, 6]])]], 15.0),
            ("parts that overlap", &[vec![square(0, 0, 4)], vec![square(2, 2, 4)]], 28.0),
            ("parts with a common edge", &[vec![square(0, 0, 2)], vec![square(2, 0, 2)]], 8.0),
            ("a part within another", &[vec![square(0, 0, 6)], vec![square(2, 2, 2)]], 36.0),
            ("a hole beside its outline", &[vec![square(0, 0, 4), hole(6, 0, 2)]], 20.0),
            ("a hole of nothing", &[vec![ring(&[[0, 0], [4, 4]]), hole(6, 0, 2)], vec![square(9, 9, 1)]], 1.0),
            ("a hole over its outline", &[vec![square(0, 0, 4), hole(3, 3, 2)]], 15.0),
            ("a hole along its outline", &[vec![square(0, 0, 4), hole(0, 1, 2)]], 12.0),
            ("a hole that is all", &[vec![square(0, 0, 4), hole(0, 0, 4)]], 0.0),
            ("holes that overlap", &[vec![square(0, 0, 9), hole(1, 1, 4), hole(3, 3, 4)]], 53.0),
            ("a spike", &[vec![ring(&[[0, 0], [4, 0], [4, 4], [9, 9], [4, 4], [0, 4]])]], 16.0),
            ("twice around", &[vec![[square(0, 0, 4), square(0, 0, 4)].concat()]], 16.0),
        ];
        for (what, polygons, expected) in cases {
            let made = mended(polygons).expect("its corners have places").expect(what);
            assert!((area(&made) - expected).abs() < 1e-12, "{what}: {made:?}");
            assert!(mended(&made).expect("they have still").is_none(), "{what}: {made:?}");
        }
        let nowhere = vec![vec![vec![[0.0, 0.0], [1.0, f64::NAN], [1.0, 1.0]]]];
        assert_eq!(mended(&nowhere).expect_err("it has no place").text, "a corner has the coordinate NaN");
    }
}
