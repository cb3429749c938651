//! `pow`.

use super::exponential::{exp_of_reduced, reduce};
use super::logarithm::ln_in_two;
use super::{NAN, exact, select};

/// `x` raised to the power `y`.
///
/// Error below 1 ulp, so a result that is a double comes out exactly: `pow(x, 1) = x`,
/// `pow(3, 4) = 81`. A result too small for a normal number (below 2.2e-308) is 0, one too large `inf`.
/// A negative `x` takes whole `y` only, NaN otherwise. Zeros and infinities as in IEEE 754, with one
/// intended difference: **NaN in either argument gives NaN**, also `pow(NaN, 0)` and `pow(1, NaN)`, so
/// that a missing value stays missing.
///
/// Method: `exp(y ln|x|)` with the logarithm and the product in two doubles (Dekker 1971), relative
/// error below 2^-64, and the kernel of [`exp`](super::exp).
///
/// ```
/// use karat_scorer::numerics::pow;
/// assert_eq!(pow(-3.0, 3.0), -27.0);
/// assert_eq!(pow(0.25, 0.5), 0.5);
/// assert!(pow(f64::NAN, 0.0).is_nan());
/// ```
#[inline(always)]
#[must_use]
pub fn pow(x: f64, y: f64) -> f64 {
    let magnitude = x.abs();
    let result = power_of_magnitude(magnitude, y);

    // A base at the end of its range goes to 0 or infinity.
    let at_end = magnitude == 0.0 || magnitude == f64::INFINITY;
    let limit = select((magnitude > 1.0) == (y > 0.0), f64::INFINITY, 0.0);
    let result = select(at_end, limit, result);
    let result = select(y == 0.0, 1.0, result);

    let whole = is_whole(y);
    let odd = whole && !is_whole(0.5 * y);
    let negative = x.is_sign_negative();
    let result = select(negative && odd, -result, result);
    let undefined = negative && !whole && !at_end;
    select(undefined || x.is_nan() || y.is_nan(), NAN, result)
}

/// `pow` for a positive, finite base.
#[inline(always)]
fn power_of_magnitude(magnitude: f64, y: f64) -> f64 {
    // Any base but 1 has a logarithm above 2^-54: at 2^70 the power has long left the range.
    const FAR: f64 = 1_180_591_620_717_411_303_424.0;
    let y = select(y > FAR, FAR, y);
    let y = select(y < -FAR, -FAR, y);
    let (log, log_low) = ln_in_two(magnitude);
    let (exponent, lost) = exact::product(y, log);
    let (exponent, low) = exact::sum_of_ordered(exponent, lost + y * log_low);
    let power = exp_of_reduced(reduce(exponent, low));

    // Next to the upper end the exponent field itself runs over, next to the lower end it runs dry.
    let power = select(exponent > 710.0 || !power.is_finite(), f64::INFINITY, power);
    select(exponent < -708.5 || power < f64::MIN_POSITIVE, 0.0, power)
}

/// Whether `y` is a whole number; infinities count as such.
#[inline(always)]
fn is_whole(y: f64) -> bool {
    const INTEGERS: f64 = 4_503_599_627_370_496.0; // 2^52: from here on every double is whole
    let magnitude = y.abs();
    magnitude >= INTEGERS || (magnitude + INTEGERS) - INTEGERS == magnitude
}
