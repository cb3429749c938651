//! The shifted-beta-geometric model (Fader and Hardie 2007, 2010).

use super::counts::PeriodCounts;
use super::family::{Bound, ContractModel, DIFFERENCES, Family, MEAN_CHURN, beta_parameters};
use super::fitted::{FittedContract, fit_periods, start_of};
use super::jet::Jet;
use karat_scorer::Result;
use karat_scorer::numerics::{exp, ln_1p};

/// Each customer leaves at every renewal with the same chance, which differs between customers by a beta
/// distribution: those likely to leave go first, so that retention rises though nobody changes.
///
/// `P(T = t) = B(alpha + 1, beta + t - 1) / B(alpha, beta)`, retention in period t
/// `(beta + t - 1) / (alpha + beta + t - 1)`.
///
/// ```
/// use karat::forecast::lifetime::contract::{PeriodCounts, ShiftedBetaGeometric};
/// // High-end customers of Fader and Hardie (2007), seven renewals.
/// let survivors = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];
/// let fitted = ShiftedBetaGeometric::fit(&PeriodCounts::from_cohorts(&[survivors])?)?;
/// assert!((fitted.model.alpha - 0.668).abs() < 5e-4 && (fitted.model.beta - 3.806).abs() < 5e-4);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShiftedBetaGeometric {
    /// First parameter of the beta distribution of the chances to leave.
    pub alpha: f64,
    /// Second parameter.
    pub beta: f64,
}

impl ShiftedBetaGeometric {
    /// The most likely parameters.
    ///
    /// # Errors
    /// [`karat_scorer::Error::Data`] when nobody was watched for a period.
    pub fn fit(counts: &PeriodCounts) -> Result<FittedContract<ShiftedBetaGeometric>> {
        fit_periods(counts, &start_of(counts), log_kept)
    }

    /// Chance to renew in period `period`, counted from 1, of those who were still here.
    #[must_use]
    pub fn retention(&self, period: usize) -> f64 {
        let before = period.saturating_sub(1) as f64;
        (self.beta + before) / (self.alpha + self.beta + before)
    }
}

/// Logarithms of the retention of periods 1, 2, ...
///
/// With the mean chance to leave m and the spread v the hazard is `m / (1 + v (t - 1))`, regular at v = 0.
fn log_kept(working: &[f64], periods: usize) -> Vec<Jet> {
    let stay = Jet::variable(working[0], 0).scale(-1.0).sigmoid();
    let spread = Jet::variable(working[1], 1).exp();
    (0..periods)
        .map(|before| {
            let grown = spread.scale(before as f64);
            stay.add(&grown).ln().subtract(&grown.ln_1p())
        })
        .collect()
}

impl ContractModel for ShiftedBetaGeometric {
    const NAME: &'static str = "shifted-beta-geometric";
    const PARAMETERS: &'static [&'static str] = &["alpha", "beta"];
    const PERIODS: bool = true;

    fn values(&self) -> Vec<f64> {
        vec![self.alpha, self.beta]
    }

    fn survival(&self, time: f64) -> f64 {
        let periods = time.floor().max(0.0) as usize;
        let mut log = 0.0;
        for period in 0..periods {
            log += ln_1p(-self.alpha / (self.alpha + self.beta + period as f64));
        }
        exp(log)
    }

    fn kept(&self, time: f64) -> f64 {
        self.retention(time.floor().max(0.0) as usize + 1)
    }
}

impl Family for ShiftedBetaGeometric {
    const BOUNDS: &'static [Bound] = &[MEAN_CHURN, DIFFERENCES];

    fn natural(working: &[f64]) -> Vec<Jet> {
        let (alpha, beta) = beta_parameters(working);
        vec![alpha, beta]
    }

    fn from_values(values: &[f64]) -> ShiftedBetaGeometric {
        ShiftedBetaGeometric { alpha: values[0], beta: values[1] }
    }

    fn log_survival(working: &[f64], time: f64) -> Jet {
        let mut sum = Jet::ZERO;
        for kept in log_kept(working, time.floor().max(0.0) as usize) {
            sum.add_scaled(&kept, 1.0);
        }
        sum
    }
}
