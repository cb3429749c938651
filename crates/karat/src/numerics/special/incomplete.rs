//! The incomplete gamma functions, and the chi-square quantile from them.

use super::ln_gamma;
use crate::numerics::normal::normal_quantile;
use karat_scorer::numerics::{exp, ln};

/// Terms of a series or of a continued fraction, at the most; arguments near 1e6 need some thousands.
const TERMS: usize = 20_000;

/// The share of a gamma distribution of shape `a` below `x`: P(a, x).
pub(crate) fn gamma_lower(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        series(a, x)
    } else {
        1.0 - fraction(a, x)
    }
}

/// The share above `x`: Q(a, x), with all digits where it is small.
pub(crate) fn gamma_upper(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - series(a, x)
    } else {
        fraction(a, x)
    }
}

/// x^a e^-x / Γ(a).
fn front(a: f64, x: f64) -> f64 {
    exp(a * ln(x) - x - ln_gamma(a))
}

/// Abramowitz & Stegun (1964), 6.5.29.
fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
    for _ in 0..TERMS {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term <= sum * 1e-17 {
            break;
        }
    }
    (sum * front(a, x)).min(1.0)
}

/// Legendre's continued fraction by Lentz's method.
fn fraction(a: f64, x: f64) -> f64 {
    let tiny = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut value = d;
    for i in 1..TERMS {
        let i = i as f64;
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / guarded(numerator * d + b, tiny);
        c = guarded(b + numerator / c, tiny);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (value * front(a, x)).clamp(0.0, 1.0)
}

fn guarded(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

/// The value that a chi-square variable with `degrees` degrees of freedom stays below with probability `p`.
///
/// Newton's method on the probability, kept inside a bracket, from the start of Wilson and Hilferty (1931).
pub(crate) fn chi_square_quantile(p: f64, degrees: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let a = 0.5 * degrees;
    let ninth = 2.0 / (9.0 * degrees);
    let root = 1.0 - ninth + normal_quantile(p) * ninth.sqrt();
    let mut x = (0.5 * degrees * root * root * root).max(1e-8);
    let (mut low, mut high) = (0.0, f64::INFINITY);
    for _ in 0..100 {
        // The smaller of the two tails keeps its digits.
        let excess = if p < 0.5 { gamma_lower(a, x) - p } else { (1.0 - p) - gamma_upper(a, x) };
        if excess > 0.0 {
            high = x
        } else {
            low = x
        }
        let slope = front(a, x) / x;
        let mut next = x - excess / slope;
        // A slope of 0 or a step out of the bracket: halve the bracket, or double the value.
        if !(next > low && next < high) {
            next = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * x };
        }
        let moved = (next - x).abs();
        x = next;
        if moved <= 4.0 * f64::EPSILON * x {
            break;
        }
    }
    2.0 * x
}
