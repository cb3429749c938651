//! ln Γ, ψ and ψ' at positive arguments, and their differences.

use karat_scorer::numerics::{ln, ln_1p};

/// Where Stirling's series takes over: its first neglected term is below 1e-18 there.
pub(super) const LARGE: f64 = 15.0;
/// ln(2 π) / 2.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;
/// Factors multiplied before their logarithm is taken; `(1e30)^8` is still a double.
const FACTORS: u32 = 8;

/// Bernoulli's numbers B(2k) / (2k (2k - 1)), k = 1 to 7: Stirling's series of ln Γ.
const LN_GAMMA: [f64; 7] =
    [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];
/// B(2k) / 2k: the series of ψ.
const DIGAMMA: [f64; 7] =
    [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
/// B(2k): the series of ψ'.
const TRIGAMMA: [f64; 8] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
];

fn series(coefficients: &[f64], square: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * square + c)
}

/// ln Γ(x) less Stirling's leading terms, for large x.
fn stirling_rest(x: f64) -> f64 {
    let i = 1.0 / x;
    i * series(&LN_GAMMA, i * i)
}

/// `stirling_rest(x + d) - stirling_rest(x)`, with the digits of a small d.
pub(super) fn stirling_rest_difference(x: f64, d: f64) -> f64 {
    let (p, q) = (1.0 / x, 1.0 / (x + d));
    let first = -(d * p) * q;
    let (mut power, mut difference, mut sum) = (1.0, first, 0.0);
    for coefficient in LN_GAMMA {
        sum += coefficient * difference;
        // q^n - p^n from q^(n - 1) - p^(n - 1), twice: the series has odd powers only.
        for _ in 0..2 {
            power *= p;
            difference = q * difference + power * first;
        }
    }
    sum
}

fn digamma_rest(x: f64) -> f64 {
    let i = 1.0 / x;
    let square = i * i;
    square * series(&DIGAMMA, square)
}

fn trigamma_rest(x: f64) -> f64 {
    let i = 1.0 / x;
    i * i * i * series(&TRIGAMMA, i * i)
}

/// How many steps of the recurrence bring `x` to [`LARGE`].
pub(super) fn steps(x: f64) -> u32 {
    // 0 to 15; a NaN becomes 0.
    (LARGE - x).ceil().clamp(0.0, LARGE) as u32
}

/// ln Γ(x). The error is a few 1e-16 absolutely below 10, and relatively above it.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let n = steps(x);
    let mut product = 1.0;
    for i in 0..n {
        product *= x + f64::from(i);
    }
    let y = x + f64::from(n);
    let leading = if y > 1e300 { (y - 0.5) * (ln(y) - 1.0) } else { (y - 0.5) * ln(y) - y };
    leading + HALF_LN_TWO_PI + stirling_rest(y) - ln(product)
}

/// ψ(x), the slope of ln Γ.
pub(crate) fn digamma(x: f64) -> f64 {
    let n = steps(x);
    let down: f64 = (0..n).map(|i| 1.0 / (x + f64::from(i))).sum();
    let y = x + f64::from(n);
    ln(y) - 0.5 / y - digamma_rest(y) - down
}

/// ψ'(x), the curvature of ln Γ.
pub(crate) fn trigamma(x: f64) -> f64 {
    let n = steps(x);
    let up: f64 = (0..n).map(|i| (x + f64::from(i)) * (x + f64::from(i))).map(|square| 1.0 / square).sum();
    let y = x + f64::from(n);
    up + 1.0 / y + 0.5 / (y * y) + trigamma_rest(y)
}

/// ln Γ(x + d) - ln Γ(x) for `d >= 0`, without forming either.
pub(crate) fn ln_gamma_ratio(x: f64, d: f64) -> f64 {
    let n = steps(x);
    let (mut shift, mut product) = (0.0, 1.0);
    for i in 0..n {
        let at = x + f64::from(i);
        // d / at is the part that keeps the digits of a small d; a large one overflows only in a product.
        if d <= at {
            shift += ln_1p(d / at);
        } else {
            product *= (at + d) / at;
            if (i + 1) % FACTORS == 0 {
                shift += ln(product);
                product = 1.0;
            }
        }
    }
    shift += ln(product);
    let y = x + f64::from(n);
    let leading = (y - 0.5) * ln_1p(d / y) + d * (ln(y + d) - 1.0);
    leading + stirling_rest_difference(y, d) - shift
}

/// ψ(x + d) - ψ(x) for `d >= 0`.
pub(crate) fn digamma_difference(x: f64, d: f64) -> f64 {
    let n = steps(x);
    let shift: f64 = (0..n).map(|i| x + f64::from(i)).map(|at| d / at / (at + d)).sum();
    let y = x + f64::from(n);
    shift + ln_1p(d / y) + 0.5 * d / y / (y + d) - (digamma_rest(y + d) - digamma_rest(y))
}

/// ψ'(x + d) - ψ'(x) for `d >= 0`; never positive.
pub(crate) fn trigamma_difference(x: f64, d: f64) -> f64 {
    let n = steps(x);
    // 1/(x+d)^2 - 1/x^2 as one fraction.
    let drop = |at: f64| -(d / at) * (2.0 + d / at) / ((at + d) * (at + d));
    let shift: f64 = (0..n).map(|i| drop(x + f64::from(i))).sum();
    let y = x + f64::from(n);
    shift - d / y / (y + d) + 0.5 * drop(y) + (trigamma_rest(y + d) - trigamma_rest(y))
}
