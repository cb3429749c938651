//! Weibull times of service with gamma-distributed rates: the Burr XII distribution.

use super::exponential_gamma::{RATE, UNEVEN, log_survival_of, start_rate};
use super::family::{Bound, ContractModel, Family, SHAPE};
use super::fitted::{FittedContract, fit_spells};
use super::jet::Jet;
use super::spells::Spells;
use karat_scorer::Result;
use karat_scorer::numerics::{exp, ln, ln_1p, pow};

/// As [`ExponentialGamma`](super::ExponentialGamma), but the rate of a single customer may rise (`c > 1`) or fall
/// (`c < 1`) with time: `S(t) = (alpha / (alpha + t^c))^r` (Hardie, Fader and Wisniewski 1998).
///
/// ```
/// use karat::forecast::lifetime::contract::{ContractModel, WeibullGamma};
/// let model = WeibullGamma { r: 1.0, alpha: 64.0, c: 2.0 };
/// assert!((model.survival(8.0) - 0.5).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeibullGamma {
    /// Shape of the rates: the smaller, the more customers differ.
    pub r: f64,
    /// Rate of the rates, in units of time to the power `c`.
    pub alpha: f64,
    /// How the rate of a single customer runs with time.
    pub c: f64,
}

impl WeibullGamma {
    /// The most likely parameters.
    ///
    /// # Errors
    /// [`karat_scorer::Error::Data`] when nobody was watched for any time.
    pub fn fit(spells: &Spells) -> Result<FittedContract<WeibullGamma>> {
        fit_spells(spells, &[start_rate(spells), -0.5, 0.0], log_hazard)
    }
}

/// `ln(r / alpha) + c ln t`, the logarithm of the cumulative rate.
fn log_cumulative(working: &[f64], time: f64) -> Jet {
    Jet::variable(working[0], 0).add(&Jet::variable(working[2], 2).exp().scale(ln(time)))
}

fn log_hazard(working: &[f64], time: f64) -> Jet {
    let log = log_cumulative(working, time);
    let spread = Jet::variable(working[1], 1).exp();
    let slope = Jet::variable(working[2], 2).add(&log).subtract(&Jet::constant(ln(time)));
    slope.subtract(&spread.multiply(&log.exp()).ln_1p())
}

impl ContractModel for WeibullGamma {
    const NAME: &'static str = "Weibull-gamma";
    const PARAMETERS: &'static [&'static str] = &["r", "alpha", "c"];
    const PERIODS: bool = false;

    fn values(&self) -> Vec<f64> {
        vec![self.r, self.alpha, self.c]
    }

    fn survival(&self, time: f64) -> f64 {
        exp(-self.r * ln_1p(pow(time.max(0.0), self.c) / self.alpha))
    }
}

impl Family for WeibullGamma {
    const BOUNDS: &'static [Bound] = &[RATE, UNEVEN, SHAPE];

    fn natural(working: &[f64]) -> Vec<Jet> {
        let r = Jet::variable(working[1], 1).scale(-1.0).exp();
        let alpha = Jet::variable(working[1], 1).add(&Jet::variable(working[0], 0)).scale(-1.0).exp();
        vec![r, alpha, Jet::variable(working[2], 2).exp()]
    }

    fn from_values(values: &[f64]) -> WeibullGamma {
        WeibullGamma { r: values[0], alpha: values[1], c: values[2] }
    }

    fn log_survival(working: &[f64], time: f64) -> Jet {
        if time <= 0.0 {
            return Jet::ZERO;
        }
        log_survival_of(&Jet::variable(working[1], 1).exp(), &log_cumulative(working, time).exp())
    }
}
