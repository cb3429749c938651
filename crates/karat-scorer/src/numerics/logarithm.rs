//! `ln` and `ln_1p`, and the logarithm in two doubles that `pow` needs.

use super::{LN_2_HIGH, LN_2_LOW, NAN, ONE, SIGNIFICAND_BITS, exact, select};

const SQRT_HALF: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
const SIGNIFICAND: u64 = (1 << SIGNIFICAND_BITS) - 1;
/// 2^52; its unit in the last place is 1, so that an integer below 2^52 can be put into its bits.
const INTEGERS: f64 = 4_503_599_627_370_496.0;

/// `(k, m)` with `x = 2^k m` and `m` from sqrt(1/2) to sqrt(2), for a positive, finite, normal `x`.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    // Counting from sqrt(1/2) instead of 1 makes the stored exponent round to the nearest power.
    let bits = x.to_bits().wrapping_add(ONE - SQRT_HALF);
    let k = f64::from_bits(INTEGERS.to_bits() | bits >> SIGNIFICAND_BITS) - (INTEGERS + 1023.0);
    (k, f64::from_bits((bits & SIGNIFICAND) + SQRT_HALF))
}

/// [`split`] for every positive, finite `x`: subnormal ones are scaled up first.
#[inline(always)]
fn split_any(x: f64) -> (f64, f64) {
    const UP: f64 = 18_014_398_509_481_984.0; // 2^54
    let subnormal = x < f64::MIN_POSITIVE;
    let (k, m) = split(select(subnormal, x * UP, x));
    (select(subnormal, k - 54.0, k), m)
}

/// `k ln 2 + ln(1 + f) + correction` for `f` from sqrt(1/2) - 1 to sqrt(2) - 1.
///
/// With `s = f / (2 + f)`, `ln(1 + f) = 2 artanh(s) = 2 s + s^3 Q(s^2)`; because `2 s = f - s f`, the
/// large part `f` enters without error, and `f - f^2/2 + s (f^2/2 + s^2 Q)` has the quotient's error
/// in a small term only.
#[inline(always)]
fn ln_kernel(k: f64, f: f64, correction: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let low = (0.666_666_666_666_673_6 + 0.399_999_999_994_054_83 * z)
        + w * (0.285_714_287_440_620_33 + 0.222_221_984_261_193_97 * z);
    let high = (0.181_835_710_600_223_88 + 0.153_138_956_391_047_9 * z) + w * 0.147_973_646_251_288_56;
    let series = z * (low + (w * w) * high);
    let half_square = 0.5 * f * f;
    let small = s * (half_square + series) + (k * LN_2_LOW + correction);
    k * LN_2_HIGH - ((half_square - small) - f)
}

/// The natural logarithm.
///
/// Error below 1 ulp for every positive `x`, subnormal ones included. `ln(±0)` is `-inf`,
/// `ln` of a negative number NaN, `ln(1) = 0` exactly.
///
/// Method: `x = 2^k m` with `m` around 1, then the series of the inverse hyperbolic tangent in
/// `s = (m - 1) / (m + 1)` as a fitted polynomial of degree 6 in `s^2`, arranged so that `m - 1` enters
/// exactly (the arrangement is Ng's, 1985; coefficients from `tests/tables/fit_polynomials.py`).
///
/// ```
/// use karat_scorer::numerics::ln;
/// assert_eq!(ln(1.0), 0.0);
/// assert_eq!(ln(0.0), f64::NEG_INFINITY);
/// ```
#[inline(always)]
#[must_use]
pub fn ln(x: f64) -> f64 {
    let (k, m) = split_any(x);
    let result = ln_kernel(k, m - 1.0, 0.0);
    let result = select(x == f64::INFINITY, x, result);
    let result = select(x == 0.0, f64::NEG_INFINITY, result);
    select(x >= 0.0, result, NAN)
}

/// [`ln`] of a positive, finite, normal `x`, without the steps that guard the others: the same bits sooner.
///
/// What it gives for any other argument means nothing.
///
/// ```
/// use karat_scorer::numerics::{ln, ln_normal};
/// assert_eq!(ln_normal(f64::MIN_POSITIVE), ln(f64::MIN_POSITIVE));
/// assert_eq!(ln_normal(0.3), ln(0.3));
/// ```
#[inline(always)]
#[must_use]
pub fn ln_normal(x: f64) -> f64 {
    let (k, m) = split(x);
    ln_kernel(k, m - 1.0, 0.0)
}

/// `ln(1 + x)`, accurate for small `x` too.
///
/// Error below 1 ulp for every `x` above -1. `ln_1p(-1)` is `-inf`, below that NaN, and
/// `ln_1p(-0.0)` is `-0.0`.
///
/// Method: that of [`ln`]. Near zero `x` itself is the kernel's argument; elsewhere what `1 + x` loses
/// to rounding is recovered exactly (Knuth's sum) and its share of the logarithm added.
///
/// ```
/// use karat_scorer::numerics::ln_1p;
/// assert_eq!(ln_1p(1e-300), 1e-300);
/// ```
#[inline(always)]
#[must_use]
pub fn ln_1p(x: f64) -> f64 {
    let (u, lost) = exact::sum(1.0, x);
    let (k, m) = split(u);
    let near = k == 0.0;
    let share = lost / u;
    let result = ln_kernel(k, select(near, x, m - 1.0), select(near, 0.0, share));
    let result = select(x == f64::INFINITY || x == 0.0, x, result);
    let result = select(x == -1.0, f64::NEG_INFINITY, result);
    select(x >= -1.0, result, NAN)
}

/// `ln(x)` for a positive, finite `x` as the sum of two doubles, with a relative error below 2^-64.
///
/// The series is that of [`ln_kernel`]; its quotient, first coefficient and products are carried in
/// two doubles.
#[inline(always)]
pub(super) fn ln_in_two(x: f64) -> (f64, f64) {
    const TWO_THIRDS: f64 = 2.0 / 3.0;
    const TWO_THIRDS_LOW: f64 = 3.700_743_415_417_188e-17;
    let (k, m) = split_any(x);

    // s = (m - 1) / (m + 1), with the remainder of the division divided once more.
    let f = m - 1.0;
    let divisor = m + 1.0;
    let divisor_lost = m - (divisor - 1.0);
    let s = f / divisor;
    let (back, back_lost) = exact::product(s, divisor);
    let s_low = (((f - back) - back_lost) - s * divisor_lost) / divisor;

    let (z, z_lost) = exact::product(s, s);
    let z_low = z_lost + 2.0 * s * s_low;
    let w = z * z;
    let tail = z
        * (((0.399_999_999_999_999_74 + 0.285_714_285_714_466_7 * z)
            + w * (0.222_222_222_172_200_83 + 0.181_818_189_035_936_33 * z))
            + (w * w)
                * ((0.153_845_548_845_860_85 + 0.133_363_853_384_145_53 * z)
                    + w * (0.116_735_779_041_632_82 + 0.119_984_042_017_132_96 * z)));
    let (q, q_lost) = exact::sum_of_ordered(TWO_THIRDS, tail);
    let q_low = q_lost + TWO_THIRDS_LOW;

    // s z q, then k ln 2 + 2 s + s z q, largest first.
    let (zq, zq_lost) = exact::product(z, q);
    let zq_low = zq_lost + (z * q_low + z_low * q);
    let (cubic, cubic_lost) = exact::product(s, zq);
    let cubic_low = cubic_lost + (s * zq_low + s_low * zq);
    let (mantissa, mantissa_lost) = exact::sum_of_ordered(2.0 * s, cubic);
    let (head, head_lost) = exact::sum_of_ordered(k * LN_2_HIGH, mantissa);
    let low = head_lost + (mantissa_lost + (2.0 * s_low + (cubic_low + k * LN_2_LOW)));
    exact::sum_of_ordered(head, low)
}
