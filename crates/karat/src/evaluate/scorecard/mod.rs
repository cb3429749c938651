//! Scorecards: optimal bins, weight of evidence, points.
//!
//! A scorecard is a table of points: each field is cut into bins, each bin earns points, and a customer's
//! score is their sum. It is the form in which operators write growth values and banks write credit scores,
//! because everybody can check it by hand.
//!
//! - [`OptimalBinning`] finds the bins that tell most about a target, exactly, under constraints that people
//!   ask for: no small bins, few of them, a trend.
//! - [`weight_of_evidence`] and the information value say what a bin, and a field, tells.
//! - [`Scorecard`] fits a logistic regression to the weights of evidence and turns log-odds into points.
//!   The result is a plan and a model: it scores in Rust, Python and C with the same bits.
//! - [`FittedScorecard::reasons`] says why a customer has few points.
//!
//! Siddiqi, "Credit Risk Scorecards" (2006), is the practice; Thomas, Edelman and Crook, "Credit Scoring and
//! Its Applications" (2002), the theory.

mod binning;
mod card;
mod dynamic_programme;
mod field;
mod options;
mod pmml;
mod points;
mod prebins;
mod reasons;
#[allow(clippy::module_inception, reason = "the file of the type of that name")]
mod scorecard;
mod target;
#[cfg(test)]
mod tests;
mod transform;
mod weight_of_evidence;

pub use card::FittedScorecard;
pub use dynamic_programme::Trend;
pub use field::{Bin, BinKind, FieldBinning};
pub use options::{FieldOptions, MAX_PRE_BINS, OptimalBinning, TargetKind};
pub use points::{Favour, Scaling};
pub use reasons::{Baseline, MAX_REASONS, NO_REASON, Reasons, Side};
pub use scorecard::{Coefficients, Scorecard};
pub use transform::{Binning, Transform};
pub use weight_of_evidence::{EMPTY_CELL, Separation, Strength, weight_of_evidence};
