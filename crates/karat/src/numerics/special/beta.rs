//! ln B and its differences.

use super::gamma::{steps, stirling_rest_difference};
use super::{ln_gamma, ln_gamma_ratio};
use karat_scorer::numerics::ln_1p;

/// ln B(a, b) for positive a and b.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    ln_gamma(small) - ln_gamma_ratio(large, small)
}

/// ln B(a, b + t) - ln B(a, b) for `t >= 0`: the log of a survival curve, with all digits where it is near 1.
pub(crate) fn ln_beta_ratio(a: f64, b: f64, t: f64) -> f64 {
    let n = steps(b);
    // One step of the recurrence changes the ratio by 1 - a t / ((b + t) (a + b)).
    let shift: f64 = (0..n).map(|i| b + f64::from(i)).map(|b| ln_1p(-(a / (a + b)) * (t / (b + t)))).sum();
    let b = b + f64::from(n);
    // The ratio is symmetric in a and t; the smaller one loses fewer digits.
    let (small, large) = if a < t { (a, t) } else { (t, a) };
    let top = b + large;
    // x ln(1 + small / x) less `small`, at both ends: what is left when the leading terms have cancelled.
    let beyond = |x: f64| small * ln_1p_rest(small / x);
    let near = beyond(top) - beyond(b) - 0.5 * ln_1p(-(small / (b + small)) * (large / top));
    let leading = -(small * ln_1p(large / (b + small)) + near);
    let rest = stirling_rest_difference(b, small) - stirling_rest_difference(top, small);
    leading + rest + shift
}

/// `ln(1 + u) / u - 1` for `u >= 0`.
fn ln_1p_rest(u: f64) -> f64 {
    if u > 0.05 {
        return ln_1p(u) / u - 1.0;
    }
    // The Taylor series; its first neglected term is below 1e-18 of the sum.
    (2..=14).rev().fold(0.0, |sum, n| {
        let term = if n % 2 == 0 { -1.0 } else { 1.0 } / f64::from(n);
        (sum + term) * u
    })
}
