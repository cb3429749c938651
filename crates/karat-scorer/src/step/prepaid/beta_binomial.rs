//! BG/BB (Fader, Hardie & Shang 2010): transactions in some of a number of equal periods.

use super::History;
use super::rows::{Ahead, Horizon};
use crate::numerics::exp;

/// Periods of a history and of a horizon, at the most: a thousand years of days.
const PERIODS: u32 = 400_000;

/// In every period an active customer transacts with one beta probability and leaves with another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaGeoBetaBinomial {
    /// First parameter of the probabilities of a transaction.
    pub alpha: f64,
    /// Second parameter of them.
    pub beta: f64,
    /// First parameter of the probabilities of leaving.
    pub gamma: f64,
    /// Second parameter of them.
    pub delta: f64,
}

impl BetaGeoBetaBinomial {
    /// The probability that the customer is active in the last period observed.
    #[must_use]
    pub fn p_alive(&self, history: History) -> f64 {
        let BetaGeoBetaBinomial { alpha, beta, gamma, delta } = *self;
        let History { frequency: x, recency, age } = history;
        // Weights of having left after period j, against being active still, from the last one down.
        let (mut weight, mut dead, mut j) = (1.0, 0.0, age - 1.0);
        for _ in 0..PERIODS {
            if j < recency {
                break;
            }
            let both = gamma + delta + j;
            weight *= (alpha + beta + j) / (beta + (j - x)) * (both / (delta + j));
            dead += weight * (gamma / both);
            j -= 1.0;
        }
        1.0 / (1.0 + dead)
    }

    /// The probability that the customer will be active in the next period.
    #[must_use]
    pub fn p_alive_next(&self, history: History) -> f64 {
        self.p_alive(history) * (self.delta + history.age) / (self.gamma + self.delta + history.age)
    }

    /// Transactions expected in the next `horizon` periods.
    #[must_use]
    pub fn expected_transactions(&self, horizon: f64, history: History) -> f64 {
        self.discounted_transactions(0.0, horizon, history)
    }

    /// Transactions in the next `horizon` periods, each discounted continuously at `rate` for each period.
    #[must_use]
    pub fn discounted_transactions(&self, rate: f64, horizon: f64, history: History) -> f64 {
        self.p_alive(history) * self.while_active(rate, horizon, history)
    }

    pub(super) fn ahead(&self, asked: Horizon, history: History) -> Ahead<1> {
        let alive = self.p_alive(history);
        let expected = alive * self.while_active(0.0, asked.end, history);
        let discounted = if asked.rate > 0.0 {
            alive * self.while_active(asked.rate, asked.end, history)
        } else {
            expected
        };
        Ahead { alive: [alive], expected: [expected], discounted: [discounted] }
    }

    /// Transactions of a customer who is active.
    fn while_active(&self, rate: f64, horizon: f64, history: History) -> f64 {
        let n = history.age;
        let chance = (self.alpha + history.frequency) / (self.alpha + self.beta + n);
        let discount = exp(-rate);
        let (mut active, mut sum, mut period) = (1.0, 0.0, 0.0);
        for _ in 0..PERIODS {
            if period >= horizon {
                break;
            }
            let late = self.delta + n + period;
            active *= late / (self.gamma + late) * discount;
            sum += active;
            period += 1.0;
            if active <= 1e-17 * sum {
                break;
            }
        }
        chance * sum
    }
}
