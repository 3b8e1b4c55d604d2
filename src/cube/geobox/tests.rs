//! Boxes, windows and stored coordinates of grids.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::cube::{DType, StoredAxis};

#[test]
fn narrowest_boxes() {
    let cases: [(&[[f64; 2]], [f64; 2]); 9] = [
        (&[[5.0, 6.0], [8.0, 9.0]], [5.0, 9.0]),
        (&[[170.0, 180.0], [-180.0, -175.0]], [170.0, 185.0]),
        (&[[-180.0, -175.0], [170.0, 180.0], [178.0, 181.0]], [170.0, 185.0]),
        (&[[-20.0, 0.0], [0.0, 20.0]], [-20.0, 20.0]),
        (&[[-170.0, -160.0]], [-170.0, -160.0]),
        (&[[-180.0, 180.0], [170.0, 190.0]], [-180.0, 190.0]),
        (&[[160.0, 200.0]], [160.0, 200.0]),
        (&[[-180.0, 180.0], [10.0, 20.0]], [-180.0, 180.0]),
        (&[[10.0, 20.0], [170.0, 470.0]], [170.0, 470.0]),
    ];
    for (spans, [west, east]) in cases {
        let boxes: Vec<BBox> = spans.iter().map(|[w, e]| BBox::new(*w, 0.0, *e, 1.0)).collect();
        assert_eq!(BBox::around(&boxes), Some(BBox::new(west, 0.0, east, 1.0)), "{spans:?}");
    }
    assert_eq!(BBox::around(&[]), None);
}

fn wgs84() -> Option<Crs> {
    Some(Crs { name: "EPSG:4326".into(), wkt: "".into(), geographic: true, unit: "degree".into() })
}

#[test]
fn windows() {
    let grid = GeoBox::new(None, [0.0, 0.05, 0.0, 0.0, 0.0, -0.05], 10, 10);
    let cases = [
        // The edges lie between those of pixels: every touched pixel is taken.
        (BBox::new(0.08, -0.22, 0.22, -0.08), Touch::Any, Some((1..5, 1..5))),
        (BBox::new(0.08, -0.22, 0.22, -0.08), Touch::Center, Some((2..4, 2..4))),
        // The edges lie on those of pixels: no neighbor is taken.
        (BBox::new(0.05, -0.3, 0.25, -0.05), Touch::Any, Some((1..6, 1..5))),
        // Whole pixels: those between the edges, and none where the box is smaller than one.
        (BBox::new(0.08, -0.22, 0.22, -0.08), Touch::Inside, Some((2..4, 2..4))),
        (BBox::new(0.05, -0.3, 0.25, -0.05), Touch::Inside, Some((1..6, 1..5))),
        (BBox::new(0.06, -0.19, 0.24, -0.06), Touch::Inside, Some((2..3, 2..4))),
        (BBox::new(0.06, -0.14, 0.14, -0.06), Touch::Inside, None),
        // The box holds no center.
        (BBox::new(0.11, -0.14, 0.12, -0.13), Touch::Center, None),
        // The box reaches beyond the cube, or lies outside of it.
        (BBox::new(0.4, -0.1, 0.8, 0.2), Touch::Any, Some((0..2, 8..10))),
        (BBox::new(0.6, -0.1, 0.8, 0.2), Touch::Any, None),
    ];
    for (bbox, touch, expected) in cases {
        let window = grid.window(bbox, touch).map(|w| (w.y, w.x[0].clone()));
        assert_eq!(window, expected, "{bbox} {touch:?}");
    }
}

#[test]
#[allow(clippy::single_range_in_vec_init, reason = "a window may be in one piece")]
fn windows_round_the_globe() {
    let grid = GeoBox::new(wgs84(), [0.0, 10.0, 0.0, 90.0, 0.0, -10.0], 36, 18);
    let cases = [
        (BBox::new(-20.0, 0.0, 30.0, 10.0), vec![34..36, 0..3], -20.0),
        (BBox::new(-180.0, 0.0, 180.0, 10.0), vec![18..36, 0..18], -180.0),
        (BBox::new(170.0, 0.0, -170.0, 10.0), vec![17..19], 170.0),
        (BBox::new(0.0, 0.0, 360.0, 10.0), vec![0..36], 0.0),
        (BBox::new(-100.0, 0.0, -90.0, 10.0), vec![26..27], -100.0),
    ];
    for (bbox, x, west) in cases {
        let window = grid.window(bbox, Touch::Any).expect("the box lies on the grid");
        assert_eq!((window.x, window.west), (x, west), "{bbox}");
    }
}

/// Boxes of a full turn keep every column once, also where both of their ends lie in one.
#[test]
fn boxes_of_a_turn() {
    for (first, count) in [(-5.0, 36), (0.0, 36), (-185.0, 36), (-0.5, 360)] {
        let size = 360.0 / f64::from(count);
        let grid = GeoBox::new(wgs84(), [first, size, 0.0, 90.0, 0.0, -size], count as usize, 18);
        for bbox in [
            BBox::new(-180.0, 80.0, 180.0, 85.0),
            BBox::new(0.0, 80.0, 360.0, 85.0),
            BBox::new(-4.0, 80.0, 356.0, 85.0),
        ] {
            let window = grid.window(bbox, Touch::Any).expect("the box lies on the grid");
            let mut columns: Vec<usize> = window.x.iter().flat_map(|x| x.clone()).collect();
            assert_eq!(columns.len(), count as usize, "{first} {bbox}");
            columns.sort_unstable();
            columns.dedup();
            assert_eq!(columns.len(), count as usize, "{first} {bbox}");
        }
    }
}

/// Longitudes 0, 0.1 .. 359.9 and latitudes in 32 bits, as a file has them.
fn single(west: f64) -> GeoBox {
    let values = |n: usize, first: f64, step: f64| -> Vec<f64> {
        (0..n).map(|i| f64::from((first + i as f64 * step) as f32)).collect()
    };
    let axis = |values: Vec<f64>, precision: f64| StoredAxis {
        dtype: DType::F32,
        values: values.into(),
        unit: None,
        precision,
    };
    let axes = StoredAxes { x: axis(values(3600, 0.0, 0.1), 3e-5), y: axis(values(90, 8.95, -0.1), 1e-6) };
    GeoBox { axes: Some(axes), ..GeoBox::new(wgs84(), [west, 0.1, 0.0, 9.0, 0.0, -0.1], 3600, 90) }
}

/// A box whose edges are what a file holds for two centers, in 32 bits or in the digits that are printed, keeps both.
#[test]
fn centers_on_the_edge_of_a_box() {
    let grid = single(-0.05);
    let axes = grid.axes.clone().unwrap();
    for (from, to) in [(1, 3), (97, 145), (1304, 1330), (3550, 3599)] {
        let ends = [from, to].map(|i| axes.x.values[i]);
        let printed = ends.map(|v| (v as f32).to_string().parse::<f64>().unwrap());
        for [west, east] in [ends, printed] {
            let window = grid.window(BBox::new(west, 0.0, east, 1.0), Touch::Center).unwrap();
            assert_eq!((window.x.len(), &window.x[0]), (1, &(from..to + 1)), "{west} {east}");
        }
        // Without what is known of the file the last column is lost at 32 bits.
        let bare = GeoBox { axes: None, ..grid.clone() };
        let lost =
            bare.window(BBox::new(ends[0], 0.0, ends[1], 1.0), Touch::Center).unwrap().x[0].len() < to + 1 - from;
        assert_eq!(lost, ends[0] > bare.x(from) + 1e-7 || ends[1] < bare.x(to) - 1e-7, "{from} {to}");
    }
}

#[test]
fn stored_coordinates_are_cut_with_the_grid() {
    let grid = single(-0.05);
    let whole = grid.axes.clone().unwrap();
    let cut = grid.crop(2..5, 7..9).axes.unwrap();
    assert_eq!((&cut.x.values[..], &cut.y.values[..]), (&whole.x.values[7..9], &whole.y.values[2..5]));
    assert_eq!(grid.coarse(2).axes, None);
    // Turned over the edge of the globe, in the arithmetic of 32 bits.
    let turned = grid.pick(0..90, &[3598..3600, 0..2], Some(-0.25));
    let x = turned.axes.unwrap().x;
    let expected = [3598, 3599].map(|i: usize| f64::from(whole.x.values[i] as f32 - 360.0));
    assert_eq!(&x.values[..], [expected[0], expected[1], 0.0, whole.x.values[1]]);
    // Bytes without a sign have no -10.
    let bytes = StoredAxis { dtype: DType::U8, values: vec![200.0, 0.0].into(), unit: None, precision: 0.0 };
    let turned = bytes.turned(|column| [-160.0, 0.0][column]).unwrap();
    assert_eq!((turned.dtype, &turned.values[..]), (DType::F64, &[-160.0, 0.0][..]));
    let angles = StoredAxis { unit: Some("radian".into()), ..bytes };
    assert_eq!(angles.turned(|_| 0.0), None);
}

/// Two files of one grid whose axes were rounded in other ways lie on one grid; a shift beyond their digits is another.
#[test]
fn grids_are_the_same_up_to_the_digits_of_their_files() {
    let grid = single(-0.05);
    assert!(grid.same_grid(&single(-0.05 + 1.5e-4)));
    assert!(!grid.same_grid(&single(-0.05 + 3e-4)));
    let bare = GeoBox { axes: None, ..grid.clone() };
    assert!(!bare.same_grid(&GeoBox { axes: None, ..single(-0.05 + 1.5e-4) }));
}
