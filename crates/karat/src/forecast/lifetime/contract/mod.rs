//! Customers under contract: when they leave is seen, and how long the others will stay is forecast.
//!
//! Time runs in whole periods (months, years) for cohort tables and renewals, or continuously for days of
//! service. Every model takes customers who are still here (censored) and customers who were here before the
//! records began (late entry).
//!
//! * [`ShiftedBetaGeometric`] and [`BetaDiscreteWeibull`]: renewals of a mixed base, with forecast beyond the data.
//! * [`KaplanMeier`] and [`AalenJohansen`]: what happened, without a model, by all or by competing ways to leave.
//! * [`DiscreteHazard`]: chances to leave by tenure, contract clock and fields; [`CoxProportionalHazards`] as reference.
//! * [`ExponentialGamma`] and [`WeibullGamma`]: the same in continuous time.

mod aalen_johansen;
mod beta_discrete_weibull;
mod check;
mod coefficient;
mod concordance;
mod counts;
mod cox;
mod discrete_hazard;
mod exponential_gamma;
mod family;
mod fields;
mod fitted;
mod hazard_walk;
mod jet;
mod kaplan_meier;
mod maximum;
mod regression;
mod residual;
mod retention;
mod shifted_beta_geometric;
mod spells;
mod times;
mod weibull_gamma;

#[cfg(test)]
mod tests;

pub use aalen_johansen::{AalenJohansen, IncidenceCurves};
pub use beta_discrete_weibull::BetaDiscreteWeibull;
pub use coefficient::Coefficient;
pub use concordance::concordance;
pub use counts::PeriodCounts;
pub use cox::{CoxProportionalHazards, FittedCox, Ties};
pub use discrete_hazard::{Baseline, Clock, DiscreteHazard, FittedHazard};
pub use exponential_gamma::ExponentialGamma;
pub use family::ContractModel;
pub use fields::Fields;
pub(crate) use fitted::two_sided as two_sided_level;
pub use fitted::{Band, FittedContract, Parameter};
pub use kaplan_meier::{KaplanMeier, Scale, SurvivalCurve};
pub use residual::{discounted_lifetime, discounted_residual_lifetime};
pub use retention::{RetentionModel, SegmentRetention, retention_curves};
pub use shifted_beta_geometric::ShiftedBetaGeometric;
pub use spells::Spells;
pub use weibull_gamma::WeibullGamma;
