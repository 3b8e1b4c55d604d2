//! The latitudes of Gaussian grids, on which spectral models compute.

/// Newton's method doubles the digits with each step, and begins with three or more.
const STEPS: usize = 8;

/// The latitudes of a Gaussian grid with `n` parallels between a pole and the equator, in degrees from north to south.
///
/// Their sines are the roots of the Legendre polynomial of degree `2 n`, as the manual on codes of the WMO and ECMWF's
/// documentation define them.
pub(crate) fn latitudes(n: usize) -> Vec<f64> {
    let degree = 2 * n;
    let root = |row: usize| {
        // Where the root of a large degree lies in the limit.
        let angle = std::f64::consts::PI * (row as f64 + 0.75) / (degree as f64 + 0.5);
        (0..STEPS).fold(angle.cos(), |x, _| {
            let (value, slope) = legendre(degree, x);
            x - value / slope
        })
    };
    let north: Vec<f64> = (0..n).map(|row| root(row).asin().to_degrees()).collect();
    let south = north.iter().rev().map(|latitude| -latitude);
    north.iter().copied().chain(south).collect()
}

/// A Legendre polynomial and its slope, by the recurrence of three terms.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for k in 2..=degree {
        let k = k as f64;
        (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
    }
    (value, degree as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of degree 2 and 4 the roots are known as square roots; of N16 and N80 CDO's `griddes` lists the latitudes.
    #[test]
    fn latitudes_are_those_of_the_field() {
        let four = |sign: f64| (3.0 / 7.0 + sign * 2.0 / 7.0 * 1.2_f64.sqrt()).sqrt().asin().to_degrees();
        let cases: [(usize, usize, f64); 8] = [
            (1, 0, (1.0_f64 / 3.0).sqrt().asin().to_degrees()),
            (2, 0, four(1.0)),
            (2, 1, four(-1.0)),
            (16, 0, 85.7605871204438),
            (16, 15, 2.76890300773601),
            (16, 23, -41.5324612466561),
            (80, 0, 89.1415194264611),
            (80, 1, 88.0294288679515),
        ];
        for (n, row, expected) in cases {
            let found = latitudes(n);
            assert_eq!(found.len(), 2 * n);
            assert!((found[row] - expected).abs() < 1e-10, "N{n} row {row}: {} for {expected}", found[row]);
        }
        let many = latitudes(1280);
        assert!(many.windows(2).all(|pair| pair[0] > pair[1]) && many[0] > 89.94 && many[0] < 89.95);
    }
}
