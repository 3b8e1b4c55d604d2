//! Probabilities of test statistics under their null hypotheses, two-sided.

/// The probability that a Student-t variable with `freedom` degrees of freedom is at least as far from 0 as `t`.
///
/// DLMF 8.17: the regularized incomplete beta function I_x(freedom / 2, 1 / 2) at x = freedom / (freedom + t^2).
fn student_t(t: f64, freedom: f64) -> f64 {
    if t.is_nan() {
        return f64::NAN;
    }
    incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t)).clamp(0.0, 1.0)
}

/// The probability of a correlation at least as far from 0 as `r` among `n` pairs that have nothing to do with each other;
/// missing for fewer than three, whose correlation says nothing.
pub(crate) fn of_correlation(r: f64, n: f64) -> f64 {
    let unexplained = (1.0 - r) * (1.0 + r);
    if n < 3.0 || unexplained < 0.0 {
        return f64::NAN;
    }
    student_t(r * ((n - 2.0) / unexplained).sqrt(), n - 2.0)
}

/// The probability that a standard normal variable is at least as far from 0 as `z`.
pub(crate) fn normal(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// I_x(a, b) by the continued fraction of DLMF 8.17.22, evaluated as Lentz (1976) does.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    // The fraction converges fast below the mean of the distribution; above it the other tail is computed.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (-x).ln_1p();
    const TINY: f64 = 1e-300;
    let off_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut c, mut d) = (1.0, 1.0 / off_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    // The number of terms it needs is about the square root of the larger parameter.
    for m in 1..10_000 {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / off_zero(1.0 + term * d);
            c = off_zero(1.0 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front.exp() * fraction / a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails() {
        // 2 * scipy.stats.t.sf(t, freedom) of scipy 1.17.
        let cases = [
            (0.0, 5.0, 1.0),
            (1.0, 1.0, 0.5),
            (2.0, 3.0, 0.13932596855884305),
            (-2.0, 3.0, 0.13932596855884305),
            (2.5, 10.0, 0.03144684423660882),
            (0.1, 1000.0, 0.9203643690236041),
            (12.0, 28.0, 1.4897300791947365e-12),
        ];
        for (t, freedom, p) in cases {
            assert!((student_t(t, freedom) / p - 1.0).abs() < 1e-11, "t {t}, {freedom}: {}", student_t(t, freedom));
        }
        assert_eq!(student_t(f64::INFINITY, 4.0), 0.0);
        // scipy.stats.pearsonr of five pairs.
        assert!((of_correlation(0.774596669241483, 5.0) - 0.12402706265755493).abs() < 1e-12);
        assert_eq!([of_correlation(-1.0, 3.0), of_correlation(0.0, 3.0)], [0.0, 1.0]);
        assert!(of_correlation(1.0, 2.0).is_nan() && of_correlation(1.5, 9.0).is_nan());
        assert!((normal(1.959963984540054) - 0.05).abs() < 1e-15);
    }
}
