//! The logarithm of the gamma function and its first two derivatives, for arguments above 0.
//!
//! Recurrence up to 12, then Stirling's series (Abramowitz and Stegun 6.1.41, 6.3.18, 6.4.12).

use karat_scorer::numerics::ln;

/// From here on the series is exact to the last digits.
const FAR: f64 = 12.0;
/// `ln(2 pi) / 2`.
const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;
/// Bernoulli numbers of even order, from the second on.
const BERNOULLI: [f64; 8] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
];

/// `ln Gamma(x)`.
pub(super) fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < FAR {
        product *= x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let (mut power, mut series) = (1.0 / x, 0.0);
    for (k, bernoulli) in BERNOULLI.iter().enumerate() {
        let order = 2.0 * (k as f64 + 1.0);
        series += bernoulli / (order * (order - 1.0)) * power;
        power *= square;
    }
    (x - 0.5) * ln(x) - x + HALF_LN_2_PI + series - ln(product)
}

/// Its derivative.
pub(super) fn digamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < FAR {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let (mut power, mut series) = (square, 0.0);
    for (k, bernoulli) in BERNOULLI.iter().enumerate() {
        series += bernoulli / (2.0 * (k as f64 + 1.0)) * power;
        power *= square;
    }
    sum + ln(x) - 0.5 / x - series
}

/// Its second derivative.
pub(super) fn trigamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < FAR {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let (mut power, mut series) = (square / x, 0.0);
    for bernoulli in &BERNOULLI {
        series += bernoulli * power;
        power *= square;
    }
    sum + 1.0 / x + 0.5 * square + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_are_met() {
        // ln Gamma(1/2) = ln(pi) / 2, psi(1/2) = -gamma - 2 ln 2, psi'(1/2) = pi^2 / 2; Gamma(21) = 20!.
        let pi = std::f64::consts::PI;
        assert!((ln_gamma(0.5) - 0.5 * pi.ln()).abs() < 1e-14);
        assert!((digamma(0.5) + 0.577_215_664_901_532_9 + 2.0 * std::f64::consts::LN_2).abs() < 1e-14);
        assert!((trigamma(0.5) - pi * pi / 2.0).abs() < 2e-14);
        assert!((ln_gamma(21.0) - 2_432_902_008_176_640_000_f64.ln()).abs() < 2e-14);
        assert!(ln_gamma(1.0).abs() < 1e-14 && ln_gamma(2.0).abs() < 1e-14);
    }
}
