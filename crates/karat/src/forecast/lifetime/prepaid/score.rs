//! Many customers at once, and what a population does.

use super::histories::check_rows;
use crate::numerics::parallel::{over_slots, thread_count};
use crate::numerics::special::{ln_beta_ratio, ln_gamma, ln_gamma_ratio};
use karat_scorer::numerics::{exp, ln, ln_1p};
use karat_scorer::step::prepaid::{BetaGeo, HistoryColumns, Prepaid, PrepaidModel, PrepaidScore};
use karat_scorer::{Error, Result};
use std::ops::Range;

/// Customers of one thread's part, at the least.
const CHUNK: usize = 4096;

/// What to say of every customer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Quantity {
    /// The probability of not having left.
    Alive,
    /// Transactions expected within a horizon.
    Expected {
        /// From now on, in the model's unit of time.
        horizon: f64,
    },
    /// Transactions within a horizon, discounted.
    Discounted {
        /// From now on; may be infinite where there is a rate.
        horizon: f64,
        /// Continuous, for each unit of time.
        rate: f64,
    },
}

/// One quantity for every row.
///
/// # Errors
/// As [`super::Histories::new`] for rows that no customer can have; [`Error::Argument`] for a horizon or a rate
/// that is negative or no number, or an infinite horizon without a rate.
pub fn quantity_of_rows(
    model: &PrepaidModel,
    quantity: Quantity,
    frequency: &[f64],
    recency: &[f64],
    age: &[f64],
    threads: usize,
) -> Result<Vec<f64>> {
    check_rows(frequency, recency, age)?;
    let (horizon, rate) = match quantity {
        Quantity::Alive => (0.0, 0.0),
        Quantity::Expected { horizon } => (horizon, 0.0),
        Quantity::Discounted { horizon, rate } => (horizon, rate),
    };
    if !(rate.is_finite() && rate >= 0.0) {
        return Err(Error::argument("rate", "must be 0 or more", rate));
    }
    if horizon.is_nan() || horizon < 0.0 || (horizon.is_infinite() && rate == 0.0) {
        return Err(Error::argument("horizon", "must be 0 or more, and finite without a rate", horizon));
    }
    let mut found = vec![0.0; frequency.len()];
    over_slots(thread_count(threads), CHUNK, &mut found, |rows, slots| {
        let histories = columns(rows, frequency, recency, age);
        match quantity {
            Quantity::Alive => model.p_alive_batch(histories, slots),
            _ => model.discounted_transactions_batch(rate, horizon, histories, slots),
        }
    });
    Ok(found)
}

fn columns<'a>(
    rows: Range<usize>,
    frequency: &'a [f64],
    recency: &'a [f64],
    age: &'a [f64],
) -> HistoryColumns<'a> {
    HistoryColumns { frequency: &frequency[rows.clone()], recency: &recency[rows.clone()], age: &age[rows] }
}

/// All of a frozen step's values for every row, with the bits of [`Prepaid::eval`].
///
/// # Errors
/// As [`quantity_of_rows`], and [`Error::Shape`] for values of another length.
pub fn score_rows(
    step: &Prepaid,
    frequency: &[f64],
    recency: &[f64],
    age: &[f64],
    monetary: Option<&[f64]>,
    threads: usize,
) -> Result<Vec<PrepaidScore>> {
    step.check()?;
    check_rows(frequency, recency, age)?;
    let values = monetary.map_or(frequency.len(), <[f64]>::len);
    if values != frequency.len() {
        return Err(Error::shape("rows of column `monetary`", frequency.len(), values));
    }
    let none =
        PrepaidScore { p_alive: 0.0, expected_transactions: 0.0, expected_spend: 0.0, discounted_value: 0.0 };
    let mut found = vec![none; frequency.len()];
    over_slots(thread_count(threads), CHUNK, &mut found, |rows, slots| {
        let monetary = monetary.map(|monetary| &monetary[rows.clone()]);
        step.eval_columns(columns(rows, frequency, recency, age), monetary, slots);
    });
    Ok(found)
}

/// The probability that a new customer has 0, 1, ... `most` transactions within `time` (Fader, Hardie & Lee 2005,
/// equation 8, and its modified form).
#[must_use]
pub fn beta_geo_probabilities(model: &BetaGeo, time: f64, most: u32) -> Vec<f64> {
    let BetaGeo { r, alpha, a, b, modified } = *model;
    let more = if modified { 1.0 } else { 0.0 };
    let (late, since) = (ln(time) - ln(alpha + time), ln_1p(time / alpha));
    let mut beyond = 1.0;
    (0..=most)
        .map(|count| {
            let k = f64::from(count);
            let counted =
                exp(ln_gamma_ratio(r, k) - ln_gamma(k + 1.0) - r * since
                    + if count > 0 { k * late } else { 0.0 });
            let mut chance = exp(ln_beta_ratio(a, b, k + more)) * counted;
            if count > 0 || modified {
                // B(a + 1, b + y - 1) / B(a, b) = B(a, b + y - 1) / B(a, b) a / (a + b + y - 1).
                let y = k - 1.0 + more;
                chance += exp(ln_beta_ratio(a, b, y)) * a / (a + b + y) * f64::max(beyond, 0.0);
            }
            beyond -= counted;
            chance
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_the_golden_ones_and_add_to_one() {
        // mpmath at 40 digits, CDNOW parameters, 39 weeks.
        let model = BetaGeo {
            r: 0.242_592_907_204_465_9,
            alpha: 4.413_531_561_205_426,
            a: 0.792_886_148_098_768_6,
            b: 2.425_753_436_493_621_5,
            modified: false,
        };
        let found = beta_geo_probabilities(&model, 39.0, 7);
        let expected = [
            0.574_307_291_109_794_5,
            0.199_193_042_527_442_2,
            0.085_322_408_437_419_05,
            0.045_797_193_666_755_8,
            0.027_631_217_488_182_36,
            0.017_938_393_794_136_703,
            0.012_249_962_163_715_462,
            0.008_681_668_564_034_079,
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        }
        for modified in [false, true] {
            let sum: f64 = beta_geo_probabilities(&BetaGeo { modified, ..model }, 39.0, 3_000).iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
    }

    #[test]
    fn rows_have_the_bits_of_the_step_for_any_number_of_threads() {
        let model = PrepaidModel::BetaGeo(BetaGeo { r: 0.2, alpha: 4.0, a: 0.8, b: 2.4, modified: true });
        let step = Prepaid { model, spend: None, horizon: 52.0, rate: 0.002 };
        let x: Vec<f64> = (0..10_000).map(|row| f64::from(row % 7)).collect();
        let t_x: Vec<f64> = x.iter().map(|x| 4.0 * x).collect();
        let age = vec![39.0; x.len()];
        let one = score_rows(&step, &x, &t_x, &age, None, 1).unwrap();
        assert_eq!(one, score_rows(&step, &x, &t_x, &age, None, 3).unwrap());
        let history =
            karat_scorer::step::prepaid::History { frequency: x[11], recency: t_x[11], age: age[11] };
        assert_eq!(one[11], step.eval(history, 0.0));
        let horizon = Quantity::Expected { horizon: f64::INFINITY };
        assert!(quantity_of_rows(&model, horizon, &x, &t_x, &age, 1).is_err());
    }
}
