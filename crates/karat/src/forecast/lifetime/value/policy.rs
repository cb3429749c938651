//! What a retention or price policy does to the value of a segment.

use super::margin::{Margin, MarginKind};
use super::survival_path::SurvivalPath;
use super::valuation::Valuation;
use crate::numerics::random::CounterRandom;
use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};

/// A change that is planned for a segment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// By what the chance to leave is multiplied: 0.9 for a tenth less. Default 1.
    pub hazard_ratio: f64,
    /// Standard error of its logarithm, from the test it comes from. Default 0.
    pub hazard_ratio_error: f64,
    /// Added to the margin of every period: below 0 for a discount. Default 0.
    pub margin_change: f64,
    /// Cost of each customer, once. Default 0.
    pub cost: f64,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { hazard_ratio: 1.0, hazard_ratio_error: 0.0, margin_change: 0.0, cost: 0.0 }
    }
}

/// What it does to the value of one customer of the segment.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct PolicyEffect {
    /// Value without it.
    pub before: f64,
    /// Value with it, its cost taken off.
    pub after: f64,
    /// The difference.
    pub effect: f64,
    /// Lower end of the interval of the difference.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Share of the draws in which it pays.
    pub chance_to_pay: f64,
}

/// Numbers drawn for policies, apart from those of fits.
const KIND: u64 = 0x706f_6c69_6379;

impl Policy {
    /// Sets the ratio of the chances to leave and the standard error of its logarithm.
    #[must_use]
    pub fn hazard_ratio(mut self, ratio: f64, error: f64) -> Policy {
        (self.hazard_ratio, self.hazard_ratio_error) = (ratio, error);
        self
    }

    /// Sets the change of the margin of every period.
    #[must_use]
    pub fn margin_change(mut self, change: f64) -> Policy {
        self.margin_change = change;
        self
    }

    /// Sets the cost of each customer.
    #[must_use]
    pub fn cost(mut self, cost: f64) -> Policy {
        self.cost = cost;
        self
    }

    /// Its effect on a customer with this survival and margin. `draws` are curves that the data allow as well (see
    /// [`FittedContract::draws`](crate::forecast::lifetime::contract::FittedContract::draws)): with the error of
    /// the ratio they make the interval of `level`.
    ///
    /// # Errors
    /// [`Error::Argument`] for a ratio, an error or a level out of range, and as [`Valuation::value`].
    pub fn effect(
        &self,
        valuation: &Valuation,
        survival: &SurvivalPath,
        margin: &Margin,
        draws: &[SurvivalPath],
        level: f64,
        seed: u64,
    ) -> Result<PolicyEffect> {
        if !(self.hazard_ratio > 0.0 && self.hazard_ratio.is_finite()) {
            return Err(Error::argument("hazard_ratio", "must be above 0", self.hazard_ratio));
        }
        if !(self.hazard_ratio_error >= 0.0 && self.hazard_ratio_error.is_finite()) {
            return Err(Error::argument("hazard_ratio_error", "must be 0 or more", self.hazard_ratio_error));
        }
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::argument("level", "must lie between 0 and 1", level));
        }
        let changed = self.changed(margin, survival)?;
        let difference = |path: &SurvivalPath, ratio: f64| -> Result<(f64, f64)> {
            let before = valuation.value(path, margin)?.value;
            let after = valuation.value(&path.with_hazards_times(ratio), &changed)?.value - self.cost;
            Ok((before, after))
        };
        let (before, after) = difference(survival, self.hazard_ratio)?;
        let mut effects = Vec::with_capacity(draws.len());
        for (number, path) in draws.iter().enumerate() {
            let shift = CounterRandom::new(seed, KIND, number as u64).normal(0) * self.hazard_ratio_error;
            let (before, after) = difference(path, exp(ln(self.hazard_ratio) + shift))?;
            effects.push(after - before);
        }
        let effect = after - before;
        if effects.is_empty() {
            effects.push(effect);
        }
        effects.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (effects.len() - 1) as f64;
            let low = place.floor() as usize;
            let high = (low + 1).min(effects.len() - 1);
            effects[low] + (place - low as f64) * (effects[high] - effects[low])
        };
        let paying = effects.iter().filter(|effect| **effect > 0.0).count();
        Ok(PolicyEffect {
            before,
            after,
            effect,
            lower: at(0.5 - 0.5 * level),
            upper: at(0.5 + 0.5 * level),
            chance_to_pay: paying as f64 / effects.len() as f64,
        })
    }

    fn changed(&self, margin: &Margin, survival: &SurvivalPath) -> Result<Margin> {
        let last = survival.completed() + survival.horizon();
        let path = (1..=last).map(|t| margin.at(t) + self.margin_change).collect();
        Margin::new(MarginKind::Path(path), margin.period)
    }
}
