//! Sums that have a formula.

use super::period::{Rate, Retention, same};
use karat_scorer::numerics::pow;
use karat_scorer::step::PaymentTiming;
use karat_scorer::{Error, Result};

/// Value of a margin for ever at a constant retention: `m r / (1 + i - r (1 + g))` for payments at the end,
/// `m (1 + i) / (1 + i - r (1 + g))` at the start, `m r (1 + i) / (1 + i - r (1 + g))` just before a renewal.
///
/// ```
/// use karat::forecast::lifetime::value::{PaymentTiming, Period, Rate, Retention, perpetual_value};
/// let (r, i) = (Retention::new(0.85, Period::Year)?, Rate::new(0.12, Period::Year)?);
/// let value = perpetual_value(300.0, r, i, 0.0, PaymentTiming::End)?;
/// assert!((value - 944.444_444_444).abs() < 1e-9);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`] when periods differ, or when growth outruns churn and discount, so that the sum has no end.
pub fn perpetual_value(
    margin: f64,
    retention: Retention,
    discount: Rate,
    growth: f64,
    timing: PaymentTiming,
) -> Result<f64> {
    same("discount_rate", discount.period, retention.period)?;
    let left = 1.0 + discount.value - retention.value * (1.0 + growth);
    if left.is_nan() || left <= 0.0 {
        let rule = "must be below (1 + discount) / retention - 1, or the value has no end";
        return Err(Error::argument("growth", rule, growth));
    }
    let paid = match timing {
        PaymentTiming::Start => 1.0 + discount.value,
        PaymentTiming::BeforeRenewal => retention.value * (1.0 + discount.value),
        _ => retention.value,
    };
    Ok(margin * paid / left)
}

/// `r / (1 + i - r)`: what a margin of 1 is worth (Gupta and Lehmann 2003).
///
/// # Errors
/// As [`perpetual_value`].
pub fn margin_multiple(retention: Retention, discount: Rate) -> Result<f64> {
    perpetual_value(1.0, retention, discount, 0.0, PaymentTiming::End)
}

/// `m` times the sum of `(r / (1 + i))^t` for t from 1 to n.
///
/// # Errors
/// [`Error::Argument`] when periods differ.
pub fn finite_value(margin: f64, retention: Retention, discount: Rate, periods: usize) -> Result<f64> {
    same("discount_rate", discount.period, retention.period)?;
    let ratio = retention.value / (1.0 + discount.value);
    if ratio == 1.0 {
        return Ok(margin * periods as f64);
    }
    Ok(margin * ratio * (1.0 - pow(ratio, periods as f64)) / (1.0 - ratio))
}

/// Periods after which margins have paid what it took to win a customer; none for a margin of 0 or less.
#[must_use]
pub fn break_even_periods(acquisition_cost: f64, margin: f64) -> Option<f64> {
    (margin > 0.0).then(|| acquisition_cost / margin)
}

/// Past profits with interest and future ones discounted (Hwang, Jung and Suh 2004).
///
/// ```
/// use karat::forecast::lifetime::value::past_and_future_value;
/// let (past, future) = past_and_future_value(&[10.0, 12.0, 11.0], &[15.0; 4], 0.01);
/// assert!((past - 33.321).abs() < 1e-12 && (future - 58.529_483).abs() < 5e-7);
/// ```
#[must_use]
pub fn past_and_future_value(past: &[f64], future: &[f64], discount_rate: f64) -> (f64, f64) {
    let mut compounded = 0.0;
    for profit in past {
        compounded = compounded * (1.0 + discount_rate) + profit;
    }
    let (mut discounted, mut weight) = (0.0, 1.0);
    for profit in future {
        weight /= 1.0 + discount_rate;
        discounted += weight * profit;
    }
    (compounded, discounted)
}
