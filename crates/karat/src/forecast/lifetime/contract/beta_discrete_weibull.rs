//! The beta-discrete-Weibull model (Fader, Hardie, Liu, Davin and Steenburgh 2018).

use super::counts::PeriodCounts;
use super::family::{Bound, ContractModel, DIFFERENCES, Family, MEAN_CHURN, SHAPE, beta_parameters};
use super::fitted::{FittedContract, fit_periods, start_of};
use super::jet::{Jet, WIDTH};
use crate::numerics::special::{digamma, digamma_difference, ln_gamma_ratio, trigamma, trigamma_difference};
use karat_scorer::Result;
use karat_scorer::numerics::{exp, ln, pow};

/// As the shifted-beta-geometric, but the chance to leave of a single customer may rise (`c > 1`) or fall
/// (`c < 1`) with every renewal.
///
/// `S(t) = B(alpha, beta + t^c) / B(alpha, beta)`.
///
/// ```
/// use karat::forecast::lifetime::contract::{BetaDiscreteWeibull, PeriodCounts};
/// let survivors = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];
/// let fitted = BetaDiscreteWeibull::fit(&PeriodCounts::from_cohorts(&[survivors])?)?;
/// assert!(fitted.model.c > 1.0, "single customers grow tired while the base settles");
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaDiscreteWeibull {
    /// First parameter of the beta distribution of the chances to leave first.
    pub alpha: f64,
    /// Second parameter.
    pub beta: f64,
    /// How the chance to leave of a single customer runs with time.
    pub c: f64,
}

impl BetaDiscreteWeibull {
    /// The most likely parameters.
    ///
    /// # Errors
    /// [`karat_scorer::Error::Data`] when nobody was watched for a period.
    pub fn fit(counts: &PeriodCounts) -> Result<FittedContract<BetaDiscreteWeibull>> {
        let [mean, spread] = start_of(counts);
        fit_periods(counts, &[mean, spread, 0.0], log_kept)
    }

    /// Chance to renew in period `period`, counted from 1, of those who were still here.
    #[must_use]
    pub fn retention(&self, period: usize) -> f64 {
        let at = |time: usize| self.log_survival_at(time as f64);
        exp(at(period.max(1)) - at(period.max(1) - 1))
    }

    fn log_survival_at(&self, time: f64) -> f64 {
        let grown = pow(time, self.c);
        ln_gamma_ratio(self.beta, grown) - ln_gamma_ratio(self.alpha + self.beta, grown)
    }
}

/// `ln Gamma(x + d) - ln Gamma(x)` by the derivatives of both.
fn ratio_jet(x: &Jet, d: &Jet) -> Jet {
    let (at, by) = (x.value, d.value);
    let value = ln_gamma_ratio(at, by);
    let sum_bend = trigamma(at + by);
    let own = x.chain(value, digamma_difference(at, by), trigamma_difference(at, by));
    let shift = d.chain(0.0, digamma(at + by), sum_bend);
    let mut jet = own.add(&shift);
    for i in 0..WIDTH {
        for j in 0..WIDTH {
            let mixed = x.gradient[i] * d.gradient[j] + x.gradient[j] * d.gradient[i];
            jet.hessian[i][j] += sum_bend * mixed;
        }
    }
    jet
}

fn log_survival_at(parameters: &[Jet; 3], time: f64) -> Jet {
    if time <= 0.0 {
        return Jet::ZERO;
    }
    let [alpha, beta, c] = parameters;
    let grown = c.scale(ln(time)).exp();
    ratio_jet(beta, &grown).subtract(&ratio_jet(&alpha.add(beta), &grown))
}

fn parameters(working: &[f64]) -> [Jet; 3] {
    let (alpha, beta) = beta_parameters(working);
    [alpha, beta, Jet::variable(working[2], 2).exp()]
}

fn log_kept(working: &[f64], periods: usize) -> Vec<Jet> {
    let parameters = parameters(working);
    let mut before = Jet::ZERO;
    (1..=periods)
        .map(|period| {
            let now = log_survival_at(&parameters, period as f64);
            let kept = now.subtract(&before);
            before = now;
            kept
        })
        .collect()
}

impl ContractModel for BetaDiscreteWeibull {
    const NAME: &'static str = "beta-discrete-Weibull";
    const PARAMETERS: &'static [&'static str] = &["alpha", "beta", "c"];
    const PERIODS: bool = true;

    fn values(&self) -> Vec<f64> {
        vec![self.alpha, self.beta, self.c]
    }

    fn survival(&self, time: f64) -> f64 {
        if time < 1.0 { 1.0 } else { exp(self.log_survival_at(time.floor()).min(0.0)) }
    }
}

impl Family for BetaDiscreteWeibull {
    const BOUNDS: &'static [Bound] = &[MEAN_CHURN, DIFFERENCES, SHAPE];

    fn natural(working: &[f64]) -> Vec<Jet> {
        parameters(working).to_vec()
    }

    fn from_values(values: &[f64]) -> BetaDiscreteWeibull {
        BetaDiscreteWeibull { alpha: values[0], beta: values[1], c: values[2] }
    }

    fn log_survival(working: &[f64], time: f64) -> Jet {
        log_survival_at(&parameters(working), time.floor())
    }
}
