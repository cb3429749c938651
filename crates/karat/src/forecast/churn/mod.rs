//! Who leaves: how good a churn score is, what it is worth, and whether its probabilities can be trusted.
//!
//! A [`Ranking`] sorts the customers by their score once and answers everything that depends on the order
//! alone: area under the curve with its interval, lift, gains, Kolmogorov-Smirnov, H-measure, and in money the
//! [expected maximum profit](Campaign::expected_maximum_profit). [`calibration`] judges probabilities as
//! probabilities; [`Platt`], [`Isotonic`] and [`correct_prior`] mend them. [`LogisticRegression`] forecasts who
//! leaves, with reasons that add up.

mod calibration;
mod gains;
mod hull;
mod interval;
mod logistic;
mod profit;
mod ranking;
mod reasons;
mod recalibrate;

pub use calibration::{BrierParts, Calibration, CalibrationBin, HosmerLemeshow, calibration};
pub use gains::{GainsRow, gains_table};
pub use interval::{AucDifference, AucInterval, auc_difference};
pub use logistic::{FittedLogistic, LogisticRegression, LogisticReport};
pub use profit::{Campaign, Profit};
pub use ranking::Ranking;
pub use reasons::{MOST_GROUPS, Shapley, shapley, shapley_values};
pub use recalibrate::{Isotonic, Platt, correct_prior};

#[cfg(test)]
mod tests;
