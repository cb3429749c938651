//! `tanh` and the logistic function.

use super::NAN;
use super::exponential::{exp, exp_m1_in_range};

/// The hyperbolic tangent.
///
/// Error at most 2 ulp everywhere; exactly odd, never outside -1..=1, `±1` exactly from about 19.1 on,
/// `tanh(-0.0)` is `-0.0`.
///
/// Method: with `t = exp(2|x|) - 1`, `t / (t + 2)` where the result is below one half and
/// `1 - 2 / (t + 2)` above, where the quotient's error weighs less than half.
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
    let limited = if magnitude > 22.0 { 22.0 } else { magnitude };
    let t = exp_m1_in_range(2.0 * limited);
    let small = limited < 0.55;
    let quotient = if small { t } else { 2.0 } / (t + 2.0);
    let result = if small { quotient } else { 1.0 - quotient };
    if x.is_nan() { NAN } else { result.copysign(x) }
}

/// The logistic function, `1 / (1 + e^-x)`.
///
/// Error at most 2 ulp from -700 on; exactly 0 below -700 (as [`exp`]), exactly 1 from about 36.8 on,
/// `sigmoid(0) = 0.5` exactly. `sigmoid(x) + sigmoid(-x)` is 1 within one ulp.
///
/// Method: with `e = exp(-|x|)`, `1 / (1 + e)` on the right and `e / (1 + e)` on the left of zero: no
/// overflow, and both sides share one denominator.
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
    let result = if x < 0.0 { e } else { 1.0 } / (1.0 + e);
    if x.is_nan() { NAN } else { result }
}
