//! Where in a cell of four corners a point lies.
//!
//! As `cdo remapbil` has it, the surface is bilinear in degrees. Near a pole, where degrees of longitude mean little, it is
//! so in a plane around the pole. Where rows and columns have coordinates of their own it is bilinear in these.

/// Beyond this latitude the plane around the pole is taken.
const POLAR: f64 = 80.0;

/// What the coordinates of corners are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// A longitude and a latitude each.
    Degrees,
    /// Those of axes of longitude and latitude.
    DegreeAxes,
    /// Those of axes of a plane.
    PlaneAxes,
}

/// Newton's method doubles its digits with every turn.
const TURNS: usize = 24;

/// The parts along columns and along rows at which the point lies between four corners (the first, the next column, the
/// next row, both). Nothing where the corners form no cell.
pub(super) fn inverse(corners: [[f64; 2]; 4], at: [f64; 2], surface: Surface) -> Option<[f64; 2]> {
    let far_north = corners.iter().any(|c| c[1].abs() > POLAR) || at[1].abs() > POLAR;
    let is_polar = surface == Surface::Degrees && far_north;
    let north = at[1] >= 0.0;
    let turned = |x: f64| if surface == Surface::PlaneAxes { x } else { x - 360.0 * (x / 360.0).round() };
    let place = |[lon, lat]: [f64; 2]| {
        if !is_polar {
            return [turned(lon - at[0]), lat - at[1]];
        }
        let (far, angle) = (if north { 90.0 - lat } else { 90.0 + lat }, lon.to_radians());
        [far * angle.cos(), far * angle.sin()]
    };
    let origin = place(at);
    let [a, b, c, d] = corners.map(|corner| {
        let [x, y] = place(corner);
        [x - origin[0], y - origin[1]]
    });
    let each = |f: fn(f64, f64, f64, f64) -> f64| [0, 1].map(|i| f(a[i], b[i], c[i], d[i]));
    let (e, f, g) = (each(|a, b, _, _| b - a), each(|a, _, c, _| c - a), each(|a, b, c, d| a - b - c + d));
    let (mut s, mut t) = (0.5, 0.5);
    for _ in 0..TURNS {
        let value = [0, 1].map(|i| a[i] + s * e[i] + t * f[i] + s * t * g[i]);
        let (ds, dt) = ([0, 1].map(|i| e[i] + t * g[i]), [0, 1].map(|i| f[i] + s * g[i]));
        let determinant = ds[0] * dt[1] - ds[1] * dt[0];
        if determinant == 0.0 || !determinant.is_finite() {
            return None;
        }
        let step =
            [(value[0] * dt[1] - value[1] * dt[0]) / determinant, (ds[0] * value[1] - ds[1] * value[0]) / determinant];
        (s, t) = (s - step[0], t - step[1]);
        if step[0].abs() + step[1].abs() < 1e-13 {
            break;
        }
        // A point far outside: no neighbor of this cell.
        if s.abs() + t.abs() > 1e3 {
            return None;
        }
    }
    Some([s, t])
}

#[cfg(test)]
mod tests {
    use super::Surface::{DegreeAxes, Degrees, PlaneAxes};
    use super::inverse;

    #[test]
    fn points_between_four_corners() {
        let close = |found: Option<[f64; 2]>, expected: [f64; 2]| {
            let found = found.unwrap_or([f64::NAN; 2]);
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
        };
        let square = [[0.0, 10.0], [2.0, 10.0], [0.0, 12.0], [2.0, 12.0]];
        close(inverse(square, [0.5, 11.5], Degrees), [0.25, 0.75]);
        // Across the antimeridian, counted in either way.
        let across = [[179.0, 0.0], [-179.0, 0.0], [179.0, 2.0], [181.0, 2.0]];
        close(inverse(across, [-180.5, 0.5], Degrees), [0.25, 0.25]);
        // A trapezoid: at its middle height it is 3 wide, and 1.5 of it lie to the left.
        let trapezoid = [[0.0, 0.0], [4.0, 0.0], [1.0, 2.0], [3.0, 2.0]];
        close(inverse(trapezoid, [2.0, 1.0], Degrees), [0.5, 0.5]);
        close(inverse(trapezoid, [1.25, 1.0], Degrees), [0.25, 0.5]);
        // Around the pole: four corners at 89 degrees, the pole in their middle.
        let pole = [[0.0, 89.0], [90.0, 89.0], [-90.0, 89.0], [180.0, 89.0]];
        close(inverse(pole, [33.0, 90.0], Degrees), [0.5, 0.5]);
        // Axes are followed up to the pole, and in a plane numbers do not turn.
        let north = [[0.0, 80.0], [10.0, 80.0], [0.0, 90.0], [10.0, 90.0]];
        close(inverse(north, [362.5, 87.5], DegreeAxes), [0.25, 0.75]);
        close(inverse([[0.0, 0.0], [400.0, 0.0], [0.0, 8.0], [400.0, 8.0]], [100.0, 6.0], PlaneAxes), [0.25, 0.75]);
        // Corners on a line are no cell.
        assert_eq!(inverse([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], [1.0, 1.0], Degrees), None);
    }
}
