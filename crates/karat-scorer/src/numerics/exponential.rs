//! `exp` and `exp_m1`, and the kernel that `tanh`, `sigmoid` and `pow` share with them.

use super::{LN_2_HIGH, LN_2_LOW, NAN, ONE, ROUNDER, SIGNIFICAND_BITS, exact};

/// The largest argument whose exponential is finite.
const LARGEST_ARGUMENT: f64 = 709.782_712_893_384;
/// Below this `exp` is 0: well above the subnormal numbers, which cost a hundred cycles on some CPUs.
const SMALLEST_ARGUMENT: f64 = -700.0;

/// `x = k ln 2 + head + tail` with an integer `k` and `|head|` at most (ln 2)/2.
#[derive(Clone, Copy)]
pub(super) struct Reduced {
    /// `k` in the place of a double's exponent, without the bias.
    exponent: u64,
    head: f64,
    tail: f64,
}

/// Cody and Waite's reduction: the product with the 42-bit part of ln 2 and the difference are exact.
/// `tail_in` is what the argument itself lacks. Needs `|x|` below 1e5; beyond, the result is arbitrary.
#[inline(always)]
pub(super) fn reduce(x: f64, tail_in: f64) -> Reduced {
    let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
    let k = shifted - ROUNDER;
    let difference = x - k * LN_2_HIGH;
    let rest = k * LN_2_LOW - tail_in;
    let head = difference - rest;
    Reduced { exponent: shifted.to_bits() << SIGNIFICAND_BITS, head, tail: (difference - head) - rest }
}

/// `base + (exp(head + tail) - 1)`, where `base` is 0 or at least as large as `head`.
///
/// With `exp(r) = 1 + r + r^2 P(r)`, only the last, small term carries rounding errors.
#[inline(always)]
fn above(base: f64, reduced: Reduced) -> f64 {
    let Reduced { head: r, tail, .. } = reduced;
    let square = r * r;
    let fourth = square * square;
    let low = (0.5 + 0.166_666_666_666_666_77 * r)
        + square * (0.041_666_666_666_666_6 + 0.008_333_333_333_321_471 * r);
    let middle = (0.001_388_888_888_892_833_5 + 0.000_198_412_698_864_475_6 * r)
        + square * (2.480_158_722_753_62e-5 + 2.755_724_394_340_722e-6 * r);
    let high = (2.755_736_198_488_399e-7 + 2.510_911_475_205_194e-8 * r) + square * 2.088_656_947_464_544e-9;
    let curve = square * (low + fourth * (middle + fourth * high));
    let (sum, lost) = exact::sum_of_ordered(base, r);
    sum + (lost + (curve + (tail + tail * r)))
}

/// The exponential of a reduced argument; `k` from -1021 to 1024, provided that the result is finite.
#[inline(always)]
pub(super) fn exp_of_reduced(reduced: Reduced) -> f64 {
    f64::from_bits(above(1.0, reduced).to_bits().wrapping_add(reduced.exponent))
}

/// `exp(x) - 1` where neither end of the range is near: `x` from -500 to 500.
#[inline(always)]
pub(super) fn exp_m1_in_range(x: f64) -> f64 {
    let reduced = reduce(x, 0.0);
    // exp(x) - 1 = 2^k ((1 - 2^-k) + (exp(r) - 1)).
    let base = 1.0 - f64::from_bits(ONE.wrapping_sub(reduced.exponent));
    scale(above(base, reduced), reduced)
}

/// `value * 2^k` in two steps, because 2^1024 is not a double.
#[inline(always)]
fn scale(value: f64, reduced: Reduced) -> f64 {
    const HALF: u64 = 1022 << SIGNIFICAND_BITS;
    (value * 2.0) * f64::from_bits(HALF.wrapping_add(reduced.exponent))
}

/// The exponential, `e^x`.
///
/// Error at most 0.6 ulp for `x` from -700 to 709.78. Exactly 0 below -700 (the true value is under
/// 1e-304), so that scoring never meets a subnormal number from here; `+inf` above 709.782712893384.
/// `exp(0) = 1` exactly.
///
/// Method: `x = k ln 2 + r` in two parts (Cody and Waite, *Software Manual for the Elementary
/// Functions*, 1980), a polynomial of degree 12 in Estrin's order, its first two terms summed without
/// error (Dekker 1971), and `k` added to the exponent.
///
/// ```
/// use karat_scorer::numerics::exp;
/// assert_eq!(exp(1.0), std::f64::consts::E);
/// assert_eq!(exp(-701.0), 0.0);
/// ```
#[inline(always)]
#[must_use]
pub fn exp(x: f64) -> f64 {
    let result = exp_of_reduced(reduce(x, 0.0));
    let result = if x > LARGEST_ARGUMENT { f64::INFINITY } else { result };
    let result = if x < SMALLEST_ARGUMENT { 0.0 } else { result };
    if x.is_nan() { NAN } else { result }
}

/// `e^x - 1`, accurate for small `x` too.
///
/// Error at most 0.9 ulp everywhere; `-1` exactly from about -37.4 down, `+inf` above
/// 709.782712893384, and `exp_m1(-0.0)` is `-0.0`.
///
/// Method: that of [`exp`], with `1 - 2^-k` in the place of 1 before the scaling by `2^k`.
///
/// ```
/// use karat_scorer::numerics::exp_m1;
/// assert_eq!(exp_m1(1e-300), 1e-300);
/// ```
#[inline(always)]
#[must_use]
pub fn exp_m1(x: f64) -> f64 {
    let reduced = reduce(x, 0.0);
    // From 2^54 on the 1 is below half an ulp, and 2^-k is no longer a normal number at the far end.
    let inverse = if x > 40.0 { 0.0 } else { f64::from_bits(ONE.wrapping_sub(reduced.exponent)) };
    let result = scale(above(1.0 - inverse, reduced), reduced);
    let result = if x > LARGEST_ARGUMENT { f64::INFINITY } else { result };
    let result = if x < -40.0 { -1.0 } else { result };
    let result = if x == 0.0 { x } else { result };
    if x.is_nan() { NAN } else { result }
}
