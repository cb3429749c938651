//! `tanh` and the logistic function.

use super::exponential::{exp, exp_m1_in_two};
use super::{NAN, exact, select};

/// The hyperbolic tangent.
///
/// Error at most 1.5 ulp everywhere; exactly odd, never outside -1..=1, `±1` exactly from about 19.1 on,
/// `tanh(-0.0)` is `-0.0`.
///
/// Method: with `t = exp(2|x|) - 1`, `t / (t + 2)` where the result is below one half and
/// `1 - 2 / (t + 2)` above, where the quotient's error weighs less than half; what `t` and `t + 2` lose
/// to rounding is carried along in a second double.
///
/// ```
/// use karat_scorer::numerics::tanh;
/// assert_eq!(tanh(f64::NEG_INFINITY), -1.0);
/// ```
#[inline(always)]
#[must_use]
pub fn tanh(x: f64) -> f64 {
    let magnitude = x.abs();
    // At 22 the result has long been 1; the limit keeps the exponential finite.
    let limited = select(magnitude > 22.0, 22.0, magnitude);
    let (t, t_low) = exp_m1_in_two(2.0 * limited);
    let (divisor, lost) = exact::sum(t, 2.0);
    let divisor_low = lost + t_low;
    let small = limited < 0.55;
    let quotient = select(small, t, 2.0) / divisor;
    let missing = select(small, t_low, 0.0) - quotient * divisor_low;
    let quotient = quotient + missing * (1.0 / divisor);
    let result = select(small, quotient, 1.0 - quotient);
    select(x.is_nan(), NAN, result.copysign(x))
}

/// The logistic function, `1 / (1 + e^-x)`.
///
/// Error at most 2 ulp from -700 on; exactly 0 below -700 (as [`exp`]), exactly 1 from about 37.4 on,
/// `sigmoid(0) = 0.5` exactly. `sigmoid(x) + sigmoid(-x)` is 1 within one ulp.
///
/// Method: with `e = exp(-|x|)`, `1 / (1 + e)` on the right and `e / (1 + e)` on the left of zero: no
/// overflow, and both sides share one denominator, whose rounding is corrected for.
///
/// ```
/// use karat_scorer::numerics::sigmoid;
/// assert_eq!(sigmoid(0.0), 0.5);
/// assert_eq!(sigmoid(-1000.0), 0.0);
/// ```
#[inline(always)]
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    let e = exp(-x.abs());
    let (divisor, divisor_low) = exact::sum_of_ordered(1.0, e);
    let quotient = select(x < 0.0, e, 1.0) / divisor;
    let result = quotient - (quotient * divisor_low) * (1.0 / divisor);
    select(x.is_nan(), NAN, result)
}
