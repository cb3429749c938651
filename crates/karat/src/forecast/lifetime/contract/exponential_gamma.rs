//! Exponential times of service with gamma-distributed rates: the Lomax or Pareto II distribution.

use super::family::{Bound, ContractModel, Family};
use super::fitted::{FittedContract, fit_spells};
use super::jet::Jet;
use super::spells::Spells;
use karat_scorer::Result;
use karat_scorer::numerics::{exp, ln, ln_1p};

/// Each customer leaves at a constant rate, which differs between customers by a gamma distribution of shape `r`
/// and rate `alpha`: `S(t) = (alpha / (alpha + t))^r`. The shifted-beta-geometric of continuous time (Morrison
/// and Schmittlein 1980).
///
/// ```
/// use karat::forecast::lifetime::contract::{ContractModel, ExponentialGamma};
/// let model = ExponentialGamma { r: 2.0, alpha: 30.0 };
/// assert!((model.survival(30.0) - 0.25).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExponentialGamma {
    /// Shape of the rates: the smaller, the more customers differ.
    pub r: f64,
    /// Rate of the rates, in units of time.
    pub alpha: f64,
}

impl ExponentialGamma {
    /// The most likely parameters.
    ///
    /// # Errors
    /// [`karat_scorer::Error::Data`] when nobody was watched for any time.
    pub fn fit(spells: &Spells) -> Result<FittedContract<ExponentialGamma>> {
        fit_spells(spells, &[start_rate(spells), -0.5], log_hazard)
    }
}

pub(super) fn start_rate(spells: &Spells) -> f64 {
    ln((spells.events() + 0.5) / (spells.exposure() + f64::MIN_POSITIVE))
}

pub(super) const RATE: Bound = Bound {
    low: -60.0,
    high: 60.0,
    at_low: "nobody left, so that the rate of leaving is 0 as far as these data tell",
    at_high: "everybody left at once",
};

pub(super) const UNEVEN: Bound = Bound {
    low: -16.0,
    high: 9.2,
    at_low: "customers do not differ: their rates of leaving are the same",
    at_high: "customers either leave at the first opportunity or stay for good",
};

/// `-ln(1 + v y) / v` with the spread v and the cumulative rate y: `-y` at v = 0.
pub(super) fn log_survival_of(spread: &Jet, cumulative: &Jet) -> Jet {
    let inverse = 1.0 / spread.value;
    let inverse = spread.chain(inverse, -inverse * inverse, 2.0 * inverse * inverse * inverse);
    spread.multiply(cumulative).ln_1p().multiply(&inverse).scale(-1.0)
}

fn cumulative(working: &[f64], time: f64) -> Jet {
    Jet::variable(working[0], 0).exp().scale(time)
}

fn log_hazard(working: &[f64], time: f64) -> Jet {
    let spread = Jet::variable(working[1], 1).exp();
    Jet::variable(working[0], 0).subtract(&spread.multiply(&cumulative(working, time)).ln_1p())
}

impl ContractModel for ExponentialGamma {
    const NAME: &'static str = "exponential-gamma";
    const PARAMETERS: &'static [&'static str] = &["r", "alpha"];
    const PERIODS: bool = false;

    fn values(&self) -> Vec<f64> {
        vec![self.r, self.alpha]
    }

    fn survival(&self, time: f64) -> f64 {
        exp(-self.r * ln_1p(time.max(0.0) / self.alpha))
    }
}

impl Family for ExponentialGamma {
    const BOUNDS: &'static [Bound] = &[RATE, UNEVEN];

    fn natural(working: &[f64]) -> Vec<Jet> {
        let r = Jet::variable(working[1], 1).scale(-1.0).exp();
        let alpha = Jet::variable(working[1], 1).add(&Jet::variable(working[0], 0)).scale(-1.0).exp();
        vec![r, alpha]
    }

    fn from_values(values: &[f64]) -> ExponentialGamma {
        ExponentialGamma { r: values[0], alpha: values[1] }
    }

    fn log_survival(working: &[f64], time: f64) -> Jet {
        log_survival_of(&Jet::variable(working[1], 1).exp(), &cumulative(working, time))
    }
}
