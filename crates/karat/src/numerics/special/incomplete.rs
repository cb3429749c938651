//! The incomplete gamma and beta functions: the tails of the chi-square, and shares of beta distributions.

use super::{ln_beta, ln_gamma};
use karat_scorer::numerics::{exp, ln, ln_1p};

/// Terms of a series or of a continued fraction, at the most; arguments near 1e6 need some thousands.
const TERMS: usize = 20_000;
const TINY: f64 = 1e-300;

/// The share of a gamma distribution of shape `a` above `x`, with all digits where it is small: Q(a, x).
pub(crate) fn gamma_upper(a: f64, x: f64) -> f64 {
    if x.is_nan() {
        x
    } else if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - gamma_series(a, x)
    } else {
        gamma_fraction(a, x)
    }
}

/// The probability that a chi-square variable exceeds `x`.
pub(crate) fn chi_square_tail(x: f64, degrees: f64) -> f64 {
    gamma_upper(0.5 * degrees, 0.5 * x)
}

/// The probability that a standard normal variable is further than `z` from 0.
pub(crate) fn normal_both_tails(z: f64) -> f64 {
    gamma_upper(0.5, 0.5 * z * z)
}

/// x^a e^-x / Γ(a).
fn gamma_front(a: f64, x: f64) -> f64 {
    exp(a * ln(x) - x - ln_gamma(a))
}

/// Abramowitz & Stegun (1964), 6.5.29.
fn gamma_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
    for _ in 0..TERMS {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term <= sum * 1e-17 {
            break;
        }
    }
    (sum * gamma_front(a, x)).min(1.0)
}

/// Legendre's continued fraction by Lentz's method.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut fraction = Lentz::new(1.0 / guarded(b), 1.0 / TINY);
    for i in 1..TERMS {
        let i = i as f64;
        b += 2.0;
        if fraction.step(-i * (i - a), b) {
            break;
        }
    }
    (fraction.value * gamma_front(a, x)).clamp(0.0, 1.0)
}

/// The share of a beta distribution with parameters `a` and `b` below `x`: I(x; a, b).
///
/// The continued fraction of Didonato & Morris (1992), equation 11's even and odd terms, on the side of the mean
/// where it converges fast.
pub(crate) fn beta_lower(a: f64, b: f64, x: f64) -> f64 {
    if x.is_nan() {
        x
    } else if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else if x * (a + b + 2.0) < a + 1.0 {
        beta_fraction(a, b, x)
    } else {
        1.0 - beta_fraction(b, a, 1.0 - x)
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let front = exp(a * ln(x) + b * ln_1p(-x) - ln_beta(a, b)) / a;
    let mut fraction = Lentz::new(1.0 / guarded(1.0 - (a + b) * x / (a + 1.0)), 1.0);
    for m in 1..TERMS {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        fraction.step(even, 1.0);
        if fraction.step(odd, 1.0) {
            break;
        }
    }
    (front * fraction.value).clamp(0.0, 1.0)
}

/// A continued fraction from its front (Lentz 1976).
struct Lentz {
    value: f64,
    c: f64,
    d: f64,
}

impl Lentz {
    fn new(first: f64, c: f64) -> Lentz {
        Lentz { value: first, c, d: first }
    }

    /// Takes a partial numerator and denominator; whether they changed nothing any more.
    fn step(&mut self, numerator: f64, denominator: f64) -> bool {
        self.d = 1.0 / guarded(numerator * self.d + denominator);
        self.c = guarded(denominator + numerator / self.c);
        let factor = self.c * self.d;
        self.value *= factor;
        (factor - 1.0).abs() < 1e-16
    }
}

fn guarded(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}
