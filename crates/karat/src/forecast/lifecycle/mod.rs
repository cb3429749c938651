//! Stages of the life of a customer: introduction, growth, maturity, decline, lost.
//!
//! * [`rules`]: stages by rules of trend and activity with evidence (the frozen step
//!   [`karat_scorer::step::Stages`]), for whole histories.
//! * [`HiddenStages`]: a hidden Markov chain that runs with tenure, for series whose trend drowns in noise.
//! * [`StageChain`]: how long stages last, what is to come, and what it is worth.
//! * [`LifeCycleCurve`]: the value of a segment by tenure, with bands.

mod chain;
mod curve;
mod hidden_markov;
mod hidden_noise;
mod hidden_paths;
mod hidden_prior;
mod hidden_shapes;
pub mod rules;
mod series;

#[cfg(test)]
mod evidence_tests;
#[cfg(test)]
mod tests;

pub use chain::StageChain;
pub use curve::{LifeCycleCurve, life_cycle_curve};
pub use hidden_markov::{FittedHiddenStages, HiddenStages, StageChances};
pub use karat_scorer::step::{STAGE_NAMES, Stage, StageEvidence, StageFacts, Stages};
pub use series::MonthlySeries;
