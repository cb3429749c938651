//! `exp` and `exp_m1`, and the kernel that `tanh`, `sigmoid` and `pow` share with them.

use super::{LN_2_HIGH, LN_2_LOW, NAN, ONE, ROUNDER, SIGNIFICAND_BITS, exact, select};

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

/// `base + base_low + (exp(head + tail) - 1)` as a sum still to be added up, the large part first;
/// `base` is 0 or at least as large as `head`.
///
/// With `exp(r) = 1 + r + r^2/2 + r^3 P(r)`, all rounding errors lie in the small part.
#[inline(always)]
fn above(base: f64, base_low: f64, reduced: Reduced) -> (f64, f64) {
    let Reduced { head: r, tail, .. } = reduced;
    let square = r * r;
    let fourth = square * square;
    let low = (0.166_666_666_666_666_77 + 0.041_666_666_666_666_6 * r)
        + square * (0.008_333_333_333_321_471 + 0.001_388_888_888_892_833_5 * r);
    let middle = (0.000_198_412_698_864_475_6 + 2.480_158_722_753_62e-5 * r)
        + square * (2.755_724_394_340_722e-6 + 2.755_736_198_488_399e-7 * r);
    let high = 2.510_911_475_205_194e-8 + 2.088_656_947_464_544e-9 * r;
    let cubic = (square * r) * (low + fourth * (middle + fourth * high));
    let (sum, lost) = exact::sum_of_ordered(base, r);
    (sum, 0.5 * square + ((lost + base_low) + (cubic + (tail + tail * r))))
}

/// [`above`] for `base = 1 - 2^-k`, so that `2^k` times the result is `exp(x) - 1`.
#[inline(always)]
fn above_one_less(reduced: Reduced, inverse: f64) -> (f64, f64) {
    let (base, lost) = exact::sum(1.0, -inverse);
    above(base, lost, reduced)
}

/// `2^-k`, for `k` above -1023 and below 1023.
#[inline(always)]
fn inverse_power(reduced: Reduced) -> f64 {
    f64::from_bits(ONE.wrapping_sub(reduced.exponent))
}

/// `value * 2^k` is this times `2.0 * value`: 2^1024 is not a double.
#[inline(always)]
fn half_power(reduced: Reduced) -> f64 {
    const HALF: u64 = 1022 << SIGNIFICAND_BITS;
    f64::from_bits(HALF.wrapping_add(reduced.exponent))
}

/// The exponential of a reduced argument; `k` from -1021 to 1024, provided that the result is finite.
#[inline(always)]
pub(super) fn exp_of_reduced(reduced: Reduced) -> f64 {
    let (sum, small) = above(1.0, 0.0, reduced);
    f64::from_bits((sum + small).to_bits().wrapping_add(reduced.exponent))
}

/// `exp(x) - 1` as the sum of two doubles, for `x` from -35 to 500.
#[inline(always)]
pub(super) fn exp_m1_in_two(x: f64) -> (f64, f64) {
    let reduced = reduce(x, 0.0);
    let (sum, small) = above_one_less(reduced, inverse_power(reduced));
    let (head, tail) = exact::sum_of_ordered(sum, small);
    let power = half_power(reduced);
    ((head * 2.0) * power, (tail * 2.0) * power)
}

/// The exponential, `e^x`.
///
/// Error at most 0.65 ulp for `x` from -700 to 709.78. Exactly 0 below -700 (the true value is under
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
    let result = select(x > LARGEST_ARGUMENT, f64::INFINITY, result);
    let result = select(x < SMALLEST_ARGUMENT, 0.0, result);
    select(x.is_nan(), NAN, result)
}

/// `e^x - 1`, accurate for small `x` too.
///
/// Error below 1 ulp everywhere; `-1` exactly from about -37.4 down, `+inf` above
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
    // At the far end 2^-k is no longer a normal number, and has long stopped to count.
    let inverse = select(x > 500.0, 0.0, inverse_power(reduced));
    let (sum, small) = above_one_less(reduced, inverse);
    let result = ((sum + small) * 2.0) * half_power(reduced);
    let result = select(x > LARGEST_ARGUMENT, f64::INFINITY, result);
    let result = select(x < -40.0, -1.0, result);
    let result = select(x == 0.0, x, result);
    select(x.is_nan(), NAN, result)
}
