//! `sin` and `cos`.

use super::{NAN, ROUNDER, exact, select};

/// The first 36 bits of pi/2: products with whole numbers below 2^17 are exact.
const HALF_PI_FIRST: f64 = 1.570_796_326_792_333_3;
/// The next 36 bits of pi/2.
const HALF_PI_SECOND: f64 = 2.563_344_151_583_955_8e-12;
/// What is left of pi/2, to 53 bits more.
const HALF_PI_THIRD: f64 = 1.056_299_906_698_742_8e-23;
/// From here (2^50) on, neighbouring doubles are a quarter or more apart.
const NO_PHASE: f64 = 1_125_899_906_842_624.0;

/// `x = k pi/2 + head + tail`; the low bits of the first number are those of `k`.
///
/// Cody and Waite's reduction with pi/2 in three parts, the last two subtractions in two doubles.
#[inline(always)]
fn reduce(x: f64) -> (u64, f64, f64) {
    let x = select(x.abs() < NO_PHASE, x, 0.0_f64.copysign(x));
    let shifted = x * std::f64::consts::FRAC_2_PI + ROUNDER;
    let k = shifted - ROUNDER;
    let first = x - k * HALF_PI_FIRST;
    let (second, lost) = exact::sum(first, -(k * HALF_PI_SECOND));
    let rest = k * HALF_PI_THIRD - lost;
    let head = second - rest;
    (shifted.to_bits(), head, (second - head) - rest)
}

/// Sine of `head + tail` within a quarter of pi of zero, as `r + r^3 S(r^2)`.
#[inline(always)]
fn sine_kernel(head: f64, tail: f64) -> f64 {
    let z = head * head;
    let w = z * z;
    let series = (-0.166_666_666_666_666_3 + 0.008_333_333_333_321_976 * z)
        + w * ((-0.000_198_412_698_295_251_02 + 2.755_731_360_898_965_8e-6 * z)
            + w * (-2.505_074_680_127_172e-8 + 1.589_621_215_214_026_4e-10 * z));
    head + (head * z * series + (tail - 0.5 * z * tail))
}

/// Cosine of `head + tail` within a quarter of pi of zero, as `1 - r^2/2 + r^4 C(r^2)`, the first
/// difference without error.
#[inline(always)]
fn cosine_kernel(head: f64, tail: f64) -> f64 {
    let z = head * head;
    let w = z * z;
    let series = (0.041_666_666_666_666_595 - 0.001_388_888_888_887_346_1 * z)
        + w * ((2.480_158_728_911_981_7e-5 - 2.755_731_425_868_324e-7 * z)
            + w * (2.087_571_170_744_368_4e-9 - 1.135_909_732_854_022_6e-11 * z));
    let (sum, lost) = exact::sum_of_ordered(1.0, -0.5 * z);
    sum + (lost + (w * series - head * tail))
}

/// Sine of `x` plus so many quarter turns.
#[inline(always)]
fn sine_after_quarters(x: f64, quarters: u64) -> f64 {
    let (k, head, tail) = reduce(x);
    let quadrant = k.wrapping_add(quarters);
    let sine = sine_kernel(head, tail);
    let cosine = cosine_kernel(head, tail);
    let value = select(quadrant & 1 == 0, sine, cosine);
    f64::from_bits(value.to_bits() ^ ((quadrant & 2) << 62))
}

/// The sine of an angle in radians.
///
/// * `|x|` up to 100,000: error below 1 ulp.
/// * up to 2^50 (1.1e15): the sine of an angle within one ulp of `x`, so that the absolute error grows
///   as `|x|` 2^-52; what an uncertainty of one bit in `x` costs anyway.
/// * beyond, where neighbouring doubles lie a good part of a turn apart, the phase is defined as 0.
/// * infinities give NaN; `sin(-x) = -sin(x)` exactly, and `sin(-0.0)` is `-0.0`.
///
/// Method: reduction by pi/2 in three parts (Cody and Waite 1980), then a polynomial of degree 13 or
/// 14 in the reduced angle.
#[inline(always)]
#[must_use]
pub fn sin(x: f64) -> f64 {
    let result = sine_after_quarters(x, 0);
    let result = select(result == 0.0, 0.0_f64.copysign(x), result);
    select(x.is_finite(), result, NAN)
}

/// The cosine of an angle in radians; errors, ranges and method as for [`sin`].
///
/// ```
/// use karat_scorer::numerics::cos;
/// assert_eq!(cos(0.0), 1.0);
/// assert_eq!(cos(-2.5), cos(2.5));
/// ```
#[inline(always)]
#[must_use]
pub fn cos(x: f64) -> f64 {
    let result = sine_after_quarters(x, 1);
    select(x.is_finite(), result, NAN)
}
