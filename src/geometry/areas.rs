//! The areas of pixels on the ground.

use super::crs;
use crate::cube::{Crs, GeoBox, PixelAreas};
use crate::diagnostic::Result;
use gdal::spatial_ref::SpatialRef;

/// The semi-major axis and the squared eccentricity of an ellipsoid.
#[derive(Clone, Copy)]
struct Ellipsoid {
    axis: f64,
    square: f64,
}

/// The area of the pixels of each row in square meters, or of all pixels where rows do not differ; nothing where it is not
/// known: without a reference system, and on rotated grids of degrees.
///
/// Pixels of degrees are those between meridians and parallels of the system's ellipsoid. Pixels of a projection are those
/// of its plane, and the result says how far these are from the ground.
pub(crate) fn of(grid: &GeoBox) -> Result<Option<PixelAreas>> {
    let Some(system) = grid.crs.as_ref().filter(|_| !(grid.is_angular() && grid.is_rotated())) else { return Ok(None) };
    let described = crs::spatial_ref(&system.wkt)?;
    let t = &grid.transform;
    if grid.is_angular() {
        let Some(ellipsoid) = Ellipsoid::of(&described) else { return Ok(None) };
        let edge = |row: usize| ellipsoid.below((t[3] + row as f64 * t[5]).clamp(-90.0, 90.0).to_radians());
        let width = t[1].abs().to_radians();
        let rows = (0..grid.height).map(|row| (edge(row) - edge(row + 1)).abs() * width).collect();
        return Ok(Some(PixelAreas { rows, off: None }));
    }
    let plane = (t[1] * t[5] - t[2] * t[4]).abs() * described.linear_units().powi(2);
    Ok(Some(PixelAreas { rows: vec![plane], off: distortion(grid, system, plane)? }))
}

impl Ellipsoid {
    fn of(system: &SpatialRef) -> Option<Ellipsoid> {
        let (axis, minor) = (system.semi_major().ok()?, system.semi_minor().ok()?);
        Some(Ellipsoid { axis, square: 1.0 - (minor / axis).powi(2) })
    }

    /// The area between the equator and a parallel, for each radian of longitude (Snyder 1987, equation 3-12).
    fn below(self, latitude: f64) -> f64 {
        let (sin, e) = (latitude.sin(), self.square.sqrt());
        let q = match e < 1e-9 {
            true => 2.0 * sin,
            false => (1.0 - self.square) * (sin / (1.0 - self.square * sin * sin) + (e * sin).atanh() / e),
        };
        self.axis * self.axis * q / 2.0
    }

    /// The area of a small polygon of longitudes and latitudes, by the radii of curvature in its middle.
    fn patch(self, corners: &[[f64; 2]; 4]) -> f64 {
        let middle = corners.iter().map(|c| c[1]).sum::<f64>() / 4.0;
        let curved = 1.0 - self.square * middle.to_radians().sin().powi(2);
        let across = self.axis / curved.sqrt() * middle.to_radians().cos();
        let along = self.axis * (1.0 - self.square) / curved.powf(1.5);
        let turned = |lon: f64| (lon - corners[0][0] + 540.0).rem_euclid(360.0) - 180.0;
        let at = corners.map(|[lon, lat]| [turned(lon).to_radians() * across, (lat - middle).to_radians() * along]);
        let cross = |i: usize| at[i][0] * at[(i + 1) % 4][1] - at[(i + 1) % 4][0] * at[i][1];
        ((0..4).map(cross).sum::<f64>() / 2.0).abs()
    }
}

/// The ratio of areas in the plane to those on the ground, where it is farthest from 1: looked at in nine pixels.
fn distortion(grid: &GeoBox, system: &Crs, plane: f64) -> Result<Option<f64>> {
    let earth = crs::parse("EPSG:4326")?;
    let Some(ellipsoid) = Ellipsoid::of(&crs::spatial_ref(&earth.wkt)?) else { return Ok(None) };
    let some = |len: usize| [0, len / 2, len.saturating_sub(1)];
    let mut farthest: Option<f64> = None;
    for (row, column) in some(grid.height).into_iter().flat_map(|row| some(grid.width).map(|column| (row, column))) {
        let (c, r, t) = (column as f64, row as f64, &grid.transform);
        let corners = [[c, r], [c + 1.0, r], [c + 1.0, r + 1.0], [c, r + 1.0]];
        let mut xs = corners.map(|[c, r]| t[0] + c * t[1] + r * t[2]);
        let mut ys = corners.map(|[c, r]| t[3] + c * t[4] + r * t[5]);
        // A pixel beyond the edge of the projection has no place on the earth.
        if crs::points(system, &earth, &mut xs, &mut ys).is_err() || !xs.iter().chain(&ys).all(|v| v.is_finite()) {
            continue;
        }
        let ratio = plane / ellipsoid.patch(&[0, 1, 2, 3].map(|i| [xs[i], ys[i]]));
        if ratio.is_finite() && farthest.is_none_or(|known| (ratio.ln()).abs() > known.ln().abs()) {
            farthest = Some(ratio);
        }
    }
    Ok(farthest)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn grid(system: &str, transform: [f64; 6], width: usize, height: usize) -> GeoBox {
        GeoBox::new(Some(crs::parse(system).unwrap()), transform, width, height)
    }

    #[test]
    fn degrees_on_ellipsoids_and_spheres() {
        let areas = of(&grid("EPSG:4326", [0.0, 1.0, 0.0, 90.0, 0.0, -1.0], 360, 180)).unwrap().unwrap();
        // The surface of WGS 84, and the cells of 1 degree at the equator and the pole, as a numerical integral of the radii of
        // curvature has them.
        let surface: f64 = areas.rows.iter().sum::<f64>() * 360.0;
        assert!((surface / 5.100_656_217_240_89e14 - 1.0).abs() < 1e-12, "{surface}");
        assert!((areas.rows[89] / 12_308_463_893.975_35 - 1.0).abs() < 1e-9, "{}", areas.rows[89]);
        assert_eq!(areas.off, None);
        let sphere =
            of(&grid("+proj=longlat +R=1000 +no_defs", [0.0, 90.0, 0.0, 90.0, 0.0, -90.0], 4, 2)).unwrap().unwrap();
        let eighth = std::f64::consts::PI / 2.0 * 1e6;
        assert!(sphere.rows.iter().all(|area| (area / eighth - 1.0).abs() < 1e-12), "{:?}", sphere.rows);
    }

    #[test]
    fn planes_and_how_far_they_are_from_the_ground() {
        let utm = of(&grid("EPSG:32632", [500_000.0, 10.0, 0.0, 5_300_000.0, 0.0, -10.0], 10, 10)).unwrap().unwrap();
        assert_eq!(utm.rows, [100.0]);
        // The scale of UTM on its meridian is 0.9996.
        assert!((utm.off.unwrap() - 0.9996 * 0.9996).abs() < 1e-6, "{:?}", utm.off);
        let web = of(&grid("EPSG:3857", [0.0, 100.0, 0.0, 8_399_737.89, 0.0, -100.0], 2, 2)).unwrap().unwrap();
        // At 60 degrees of latitude about twice as long either way.
        assert!((web.off.unwrap() - 4.0).abs() < 0.04, "{:?}", web.off);
        let feet = of(&grid("EPSG:2263", [900_000.0, 10.0, 0.0, 200_000.0, 0.0, -10.0], 2, 2)).unwrap().unwrap();
        assert!((feet.rows[0] - 9.290_341_161).abs() < 1e-6, "{:?}", feet.rows);
    }
}
