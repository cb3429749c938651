//! How a fit went.

use crate::evaluate::weights::Finding;

/// Where a fit stands, for its observer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// The member that told last, from 0.
    pub member: usize,
    /// How many there are.
    pub members: usize,
    /// Iterations done of it, over all its starts.
    pub iteration: usize,
    /// Its objective.
    pub objective: f64,
}

/// How the training of one member went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MemberReport {
    /// Whether the objective no longer fell, or the validation rows stopped it.
    pub converged: bool,
    /// Whether the validation rows stopped it.
    pub stopped_early: bool,
    /// Iterations of the start that was kept.
    pub iterations: usize,
    /// Objective after each of them.
    pub history: Vec<f64>,
    /// Mean loss on the validation rows after each of them; empty without such rows.
    pub validation: Vec<f64>,
    /// What each start reached: mean loss on the validation rows, or the objective without them.
    pub starts: Vec<f64>,
    /// How often each row was trained on: 0 for validation rows, more than 1 in a bootstrap sample.
    pub counts: Vec<u32>,
}

/// The network beside the same model without wavelons: linear regression, logistic regression.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Against {
    /// Criterion of the network: the mean loss on the validation rows, or the Bayesian information criterion
    /// over all rows without them.
    pub network: f64,
    /// The same of the linear model.
    pub linear: f64,
    /// Whether the criterion is that of validation rows.
    pub on_validation: bool,
    /// Whether the plain model is as good: its criterion is not above the network's by more than one standard
    /// error of their difference (0 for the information criterion).
    pub as_good: bool,
}

/// How a fit went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WaveletReport {
    /// Parameters of one member.
    pub parameters: usize,
    /// Inputs after coding.
    pub inputs: usize,
    /// Mean loss of the frozen network over the rows that were fitted, numbers in standard deviations.
    pub loss: f64,
    /// Each member.
    pub members: Vec<MemberReport>,
    /// The plain model beside it.
    pub against: Against,
    /// What is worth knowing, `W310` to `W316`.
    pub findings: Vec<Finding>,
}
