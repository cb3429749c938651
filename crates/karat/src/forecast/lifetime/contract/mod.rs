//! Customers under contract: when they leave is seen, and how long the others will stay is forecast.
//!
//! Time runs in whole periods (months, years) for cohort tables and renewals, or continuously for days of
//! service. Every model takes customers who are still here (censored) and customers who were here before the
//! records began (late entry).
//!
//! * [`ShiftedBetaGeometric`] and [`BetaDiscreteWeibull`]: renewals of a mixed base, with forecast beyond the data.
//! * [`ExponentialGamma`] and [`WeibullGamma`]: the same in continuous time.

mod beta_discrete_weibull;
mod check;
mod counts;
mod exponential_gamma;
mod family;
mod fitted;
mod gamma;
mod jet;
mod maximum;
mod residual;
mod shifted_beta_geometric;
mod spells;
mod weibull_gamma;

#[cfg(test)]
mod tests;

pub use beta_discrete_weibull::BetaDiscreteWeibull;
pub use counts::PeriodCounts;
pub use exponential_gamma::ExponentialGamma;
pub use family::ContractModel;
pub use fitted::{Band, FittedContract, Parameter};
pub use residual::{discounted_lifetime, discounted_residual_lifetime};
pub use shifted_beta_geometric::ShiftedBetaGeometric;
pub use spells::Spells;
pub use weibull_gamma::WeibullGamma;
