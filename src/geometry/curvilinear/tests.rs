//! Whole grids beside the plainest way to find a cell: looking at all.

#![allow(clippy::unwrap_used)]

use super::search::{around, nearest};
use super::{Outline, Sheet, distance, forget_zeros, point};

/// A grid turned against the meridians, with a cell without a place.
fn made(height: usize, width: usize, west: f64, south: f64, step: f64) -> (Vec<f64>, Vec<f64>) {
    let (sin, cos) = 0.4f64.sin_cos();
    let (mut lon, mut lat) = (Vec::new(), Vec::new());
    for row in 0..height {
        for column in 0..width {
            let (x, y) = (step * column as f64, step * (height - row) as f64);
            let north = south + x * sin + y * cos;
            lat.push(north);
            lon.push(west + (x * cos - y * sin) / north.to_radians().cos());
        }
    }
    lon[2 * width + 3] = f64::NAN;
    (lon, lat)
}

fn outline(sheet: &Sheet, height: usize, width: usize) -> Outline {
    let mut outline = Outline::new(height, width);
    while !outline.is_whole() {
        outline.add(sheet, 1);
    }
    outline
}

/// The nearest of all centers is found, over the antimeridian and beside a pole too; around the grid nothing is.
#[test]
fn nearest_of_all() {
    for (west, south, step) in [(5.0, 40.0, 0.3), (178.0, -20.0, 0.5), (20.0, 72.0, 0.25)] {
        let (height, width) = (37, 50);
        let (lon, lat) = made(height, width, west, south, step);
        let sheet = Sheet::new(0..height, 0..width, width, lon.clone(), lat.clone());
        let outline = outline(&sheet, height, width);
        let (mut inside, mut outside) = (0, 0);
        for i in 0..900 {
            let at = [west - 12.0 + (i % 30) as f64 * 1.01, south - 3.0 + (i / 30) as f64 * step * 2.3];
            let p = point(at[0], at[1].min(89.9));
            let found = nearest(&sheet, &outline, &outline.near(&[p]), p);
            let best = (0..height * width)
                .filter(|cell| lon[*cell].is_finite())
                .min_by(|a, b| distance(point(lon[*a], lat[*a]), p).total_cmp(&distance(point(lon[*b], lat[*b]), p)));
            match found {
                Some(cell) => {
                    inside += 1;
                    assert_eq!(Some(cell), best, "{at:?}");
                    let off = distance(point(lon[cell], lat[cell]), p).to_degrees();
                    assert!(off < step * 0.8, "{at:?} lies {off} degrees from its cell");
                }
                None => {
                    outside += 1;
                    let cell = best.unwrap();
                    let (row, column) = (cell / width, cell % width);
                    let at_edge = row == 0 || column == 0 || row == height - 1 || column == width - 1;
                    let at_gap = row.abs_diff(2) <= 1 && column.abs_diff(3) <= 1;
                    assert!(at_edge || at_gap, "{at:?} is inside");
                }
            }
        }
        assert!(inside > 100 && outside > 100, "{inside} {outside}");
    }
}

/// On a surface that is linear in degrees, bilinear gives the surface between the centers, and the outermost centers
/// beyond them.
#[test]
fn bilinear_is_exact_on_planes() {
    let (height, width) = (20, 24);
    let (lon, lat) = made(height, width, 170.0, 30.0, 0.5);
    let sheet = Sheet::new(0..height, 0..width, width, lon.clone(), lat.clone());
    let outline = outline(&sheet, height, width);
    let plane = |lon: f64, lat: f64| 2.0 * lon - 3.0 * lat + 1.0;
    let mut checked = 0;
    for i in 0..400 {
        let at = [170.0 + (i % 20) as f64 * 0.61 - 4.0, 33.0 + (i / 20) as f64 * 0.37];
        // Counted from the other side.
        let (east, p) = (at[0] - 360.0, point(at[0], at[1]));
        let Some(cell) = nearest(&sheet, &outline, &outline.near(&[p]), p) else { continue };
        let around = around(&sheet, cell, [east, at[1]]);
        let total: f64 = around.weights.iter().sum();
        assert!((total - 1.0).abs() < 1e-12 && around.weights.iter().all(|w| (0.0..=1.0).contains(w)));
        let terms = around.cells.iter().zip(around.weights).filter(|(_, w)| *w > 0.0);
        let value: f64 = terms.map(|(&cell, w)| w * plane(lon[cell], lat[cell])).sum();
        let (row, column) = (cell / width, cell % width);
        let is_inner = (1..height - 1).contains(&row) && (1..width - 1).contains(&column);
        if is_inner && !(row.abs_diff(2) <= 1 && column.abs_diff(3) <= 1) {
            checked += 1;
            assert!((value - plane(at[0], at[1])).abs() < 1e-9, "{at:?}: {value} {}", plane(at[0], at[1]));
        }
    }
    assert!(checked > 80, "{checked}");
}

/// Two columns at one place, where a globe overlaps itself: the seam has no gap.
#[test]
fn grids_that_overlap_themselves() {
    let (height, width) = (8, 38);
    let lon: Vec<f64> = (0..height * width).map(|cell| ((cell % width) as f64 - 1.0) * 10.0).collect();
    let lat: Vec<f64> = (0..height * width).map(|cell| 40.0 - (cell / width) as f64 * 10.0).collect();
    let sheet = Sheet::new(0..height, 0..width, width, lon.clone(), lat);
    let outline = outline(&sheet, height, width);
    for column in 0..72 {
        let p = point(column as f64 * 5.0 + 1.0, 22.0);
        let cell = nearest(&sheet, &outline, &outline.near(&[p]), p).unwrap();
        let expected = ((column as f64 * 5.0 + 1.0) / 10.0).round() * 10.0;
        assert_eq!((lon[cell] - expected).rem_euclid(360.0), 0.0, "{column}");
    }
}

/// Two neighbors at 0 degrees east and north have no place; one cell may lie there, and rows do not touch at their ends.
#[test]
fn zeros_that_are_no_places() {
    let forgotten = |lon: &[f64], lat: &[f64], width: usize| -> Vec<usize> {
        let (mut lon, mut lat) = (lon.to_vec(), lat.to_vec());
        forget_zeros(&mut lon, &mut lat, width);
        (0..lon.len()).filter(|cell| lon[*cell].is_nan() && lat[*cell].is_nan()).collect()
    };
    let lat = [0.0, 0.0, 1.0, 0.0, 5.0, 5.0];
    assert_eq!(forgotten(&[0.0, 0.0, 2.0, 0.0, 1.0, 2.0], &lat, 3), [0, 1, 3]);
    assert_eq!(forgotten(&[0.0, 1.0, 0.0, 3.0, 1.0, 2.0], &lat, 3), [0usize; 0]);
    assert_eq!(forgotten(&[1.0, 1.0, 0.0, 0.0, 1.0, 2.0], &[1.0, 1.0, 0.0, 0.0, 5.0, 5.0], 3), [0usize; 0]);
}
