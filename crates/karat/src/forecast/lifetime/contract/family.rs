//! What models of contracts have in common.

use super::jet::Jet;

/// A model of how long customers stay, with its parameters.
pub trait ContractModel: Copy + std::fmt::Debug + PartialEq {
    /// Name, as in reports.
    const NAME: &'static str;
    /// Names of the parameters, in order.
    const PARAMETERS: &'static [&'static str];
    /// Whether time runs in whole periods.
    const PERIODS: bool;

    /// Values of the parameters, in the order of their names.
    fn values(&self) -> Vec<f64>;

    /// Chance to be still here after `time`; models of whole periods count those completed.
    fn survival(&self, time: f64) -> f64;

    /// Chance of those who are here after `time` to be here one unit of time later.
    fn kept(&self, time: f64) -> f64 {
        let now = self.survival(time);
        if now > 0.0 { self.survival(time + 1.0) / now } else { 0.0 }
    }
}

/// Where a working parameter ends, and what it means to be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) at_low: &'static str,
    pub(super) at_high: &'static str,
}

/// How a model is fitted: by working parameters that have no corners.
pub(super) trait Family: ContractModel {
    /// One for each working parameter.
    const BOUNDS: &'static [Bound];

    /// The parameters themselves, by the working ones.
    fn natural(working: &[f64]) -> Vec<Jet>;

    /// The model of these parameters.
    fn from_values(values: &[f64]) -> Self;

    /// Logarithm of the chance to be still here after `time`.
    fn log_survival(working: &[f64], time: f64) -> Jet;
}

/// Working parameters of a model whose chances to leave at the first opportunity follow a beta distribution:
/// the log-odds of its mean and the logarithm of `1 / (alpha + beta)`, how much customers differ.
pub(super) fn beta_parameters(working: &[f64]) -> (Jet, Jet) {
    let spread = Jet::variable(working[1], 1).scale(-1.0).exp();
    let mean = Jet::variable(working[0], 0).sigmoid();
    let stay = Jet::variable(working[0], 0).scale(-1.0).sigmoid();
    (mean.multiply(&spread), stay.multiply(&spread))
}

pub(super) const MEAN_CHURN: Bound = Bound {
    low: -25.0,
    high: 25.0,
    at_low: "nobody left, so that the chance to leave is 0 as far as these data tell",
    at_high: "everybody left in the first period, so that the chance to leave is 1 as far as these data tell",
};

pub(super) const DIFFERENCES: Bound = Bound {
    // exp(-11.5) is 1e-5, where the model cannot be told from one of equal customers any more.
    low: -11.5,
    high: 9.2,
    at_low: "customers do not differ: whoever is left is as likely to leave as those at the start",
    at_high: "customers either leave at the first opportunity or stay for good",
};

pub(super) const SHAPE: Bound = Bound {
    low: -3.0,
    high: 3.0,
    at_low: "the chance to leave falls faster than the model can follow",
    at_high: "the chance to leave rises faster than the model can follow",
};
