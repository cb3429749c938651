//! Lifetime value: margins times survival, discounted.

use super::margin::Margin;
use super::period::{Rate, same};
use super::survival_path::SurvivalPath;
use karat_scorer::step::PaymentTiming;
use karat_scorer::{Error, Result};

/// How a value is counted.
///
/// ```
/// use karat::forecast::lifetime::value::{Margin, Period, Rate, SurvivalPath, Valuation};
/// let path = SurvivalPath::from_hazards(&[0.02, 0.03, 0.05, 0.02, 0.02, 0.02], Period::Month)?;
/// let worth = Valuation::new(Rate::new(0.01, Period::Month)?).value(&path, &Margin::flat(20.0, Period::Month)?)?;
/// assert!((worth.value - 105.101_405).abs() < 5e-7);
/// // A yearly rate is refused, not quietly taken for a monthly one.
/// let yearly = Valuation::new(Rate::new(0.12, Period::Year)?);
/// assert!(yearly.value(&path, &Margin::flat(20.0, Period::Month)?).is_err());
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Valuation {
    /// Rate of discount.
    pub discount: Rate,
    /// Which payments count, and when. Default [`PaymentTiming::End`].
    pub timing: PaymentTiming,
    /// Periods counted; none for all that the survival path reaches.
    pub horizon: Option<usize>,
    /// What it took to win the customer, taken off. Default 0.
    pub acquisition_cost: f64,
}

/// A value, and how it came about.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Worth {
    /// The value; negative where margins are.
    pub value: f64,
    /// Its parts, period by period.
    pub parts: Vec<f64>,
    /// Expected periods until the horizon, not discounted.
    pub remaining_periods: f64,
    /// Whether it is what is left of a customer who is here already.
    pub residual: bool,
    /// What was counted, in words.
    pub convention: String,
}

impl Valuation {
    /// Payments at the end of each period over the whole path, no acquisition cost.
    #[must_use]
    pub fn new(discount: Rate) -> Valuation {
        Valuation { discount, timing: PaymentTiming::End, horizon: None, acquisition_cost: 0.0 }
    }

    /// Sets when payments are made.
    #[must_use]
    pub fn timing(mut self, timing: PaymentTiming) -> Valuation {
        self.timing = timing;
        self
    }

    /// Sets the periods counted.
    #[must_use]
    pub fn horizon(mut self, horizon: usize) -> Valuation {
        self.horizon = Some(horizon);
        self
    }

    /// Sets the cost that is taken off.
    #[must_use]
    pub fn acquisition_cost(mut self, cost: f64) -> Valuation {
        self.acquisition_cost = cost;
        self
    }

    /// The value of a customer with this survival and this margin.
    ///
    /// # Errors
    /// [`Error::Argument`] when the periods of survival, margin and discount differ, for a horizon beyond the
    /// path, or a cost that is no number.
    pub fn value(&self, survival: &SurvivalPath, margin: &Margin) -> Result<Worth> {
        same("discount_rate", self.discount.period, survival.period())?;
        same("margin", margin.period, survival.period())?;
        let reach = survival.horizon();
        let horizon = self.horizon.unwrap_or(reach);
        if horizon > reach || horizon == 0 {
            return Err(Error::argument(
                "horizon",
                format!("must be 1 to {reach}, where the survival ends"),
                horizon,
            ));
        }
        if !self.acquisition_cost.is_finite() {
            return Err(Error::argument("acquisition_cost", "must be finite", self.acquisition_cost));
        }
        let factor = 1.0 / (1.0 + self.discount.value);
        let mut weight = if self.timing == PaymentTiming::End { factor } else { 1.0 };
        let (mut value, mut remaining) = (0.0, 0.0);
        let mut parts = Vec::with_capacity(horizon);
        for t in 1..=horizon {
            let paid = if self.timing == PaymentTiming::Start { survival.at(t - 1) } else { survival.at(t) };
            let part = margin.at(survival.completed() + t) * paid * weight;
            value += part;
            remaining += survival.at(t);
            parts.push(part);
            weight *= factor;
        }
        Ok(Worth {
            value: value - self.acquisition_cost,
            parts,
            remaining_periods: remaining,
            residual: survival.completed() > 0,
            convention: self.convention(survival, horizon),
        })
    }

    fn convention(&self, survival: &SurvivalPath, horizon: usize) -> String {
        let period = survival.period();
        let timing = match self.timing {
            PaymentTiming::Start => "paid at the start of each period, the first one at once",
            PaymentTiming::BeforeRenewal => "paid at each renewal, seen just before the next one",
            _ => "paid at the end of each period",
        };
        let what = match survival.completed() {
            0 => "total value of a new customer".to_owned(),
            completed => format!("value left after {completed} {period}s"),
        };
        let (rate, cost) = (100.0 * self.discount.value, self.acquisition_cost);
        let cost = if cost == 0.0 { String::new() } else { format!(", less {cost} to win the customer") };
        format!("{what}, {horizon} {period}s, {timing}, discounted by {rate} % a {period}{cost}")
    }
}
