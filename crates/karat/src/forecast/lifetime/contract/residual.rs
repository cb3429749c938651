//! What the renewals still to come are worth: discounted expected (residual) lifetime.

use super::family::ContractModel;
use karat_scorer::{Error, Result};

/// Longest sum; at a discount of 0.01 % a period what comes later is below the last digit.
const MOST_PERIODS: usize = 1_000_000;

/// Renewals to come of a customer who has already renewed `renewals_survived` times, each discounted to the
/// moment just before the next renewal: `sum over j >= 0 of S(n + 1 + j) / S(n) / (1 + d)^j` with
/// `n = renewals_survived` (Fader and Hardie 2010, their DERL; what they call the n-th renewal is the one after
/// n - 1 were made).
///
/// ```
/// use karat::forecast::lifetime::contract::{ShiftedBetaGeometric, discounted_residual_lifetime};
/// let model = ShiftedBetaGeometric { alpha: 0.668, beta: 3.806 };
/// let residual = discounted_residual_lifetime(&model, 7, 0.1)?;
/// assert!((residual - 7.5299).abs() < 5e-5);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`] for a discount rate below 0.0001 a period or one that is no number.
pub fn discounted_residual_lifetime<M: ContractModel>(
    model: &M,
    renewals_survived: usize,
    discount_rate: f64,
) -> Result<f64> {
    let factor = discount_factor(discount_rate)?;
    Ok(sum_from(model, renewals_survived as f64, model.kept(renewals_survived as f64), factor))
}

/// Payments of a new customer, the first one at once: `sum over t >= 0 of S(t) / (1 + d)^t` (their DEL).
///
/// # Errors
/// As [`discounted_residual_lifetime`].
pub fn discounted_lifetime<M: ContractModel>(model: &M, discount_rate: f64) -> Result<f64> {
    let factor = discount_factor(discount_rate)?;
    Ok(1.0 + factor * sum_from(model, 0.0, model.kept(0.0), factor))
}

fn discount_factor(rate: f64) -> Result<f64> {
    if rate.is_finite() && rate >= 1e-4 {
        Ok(1.0 / (1.0 + rate))
    } else {
        let rule = "must be at least 0.0001 a period without a horizon; give one for less";
        Err(Error::argument("discount_rate", rule, rate))
    }
}

/// `sum over j >= 0 of S(n + 1 + j) / S(n) factor^j`, until what is left cannot show.
fn sum_from<M: ContractModel>(model: &M, completed: f64, first: f64, factor: f64) -> f64 {
    let (mut sum, mut term) = (0.0, first);
    for j in 0..MOST_PERIODS {
        sum += term;
        // Terms fall by the discount at least, so that all later ones together are below this.
        if term * factor / (1.0 - factor) <= 1e-17 * sum {
            break;
        }
        term *= factor * model.kept(completed + 1.0 + j as f64);
    }
    sum
}
