//! Prepaid customers, who leave without a word: how many of them are still there, and what to expect of them.
//!
//! Every model reads a history of four numbers: transactions after the first (`frequency`, x), the time of the
//! last (`recency`, `t_x`) and of now (`age`, T), both from the first, and the mean value of the repeated
//! transactions (`monetary`, m). [`summary_from_transactions`] makes them from a log.
//!
//! | model | transactions | leaving | source |
//! |---|---|---|---|
//! | [`fit_pareto_nbd`] | at a gamma rate | at another gamma rate | Schmittlein, Morrison & Colombo 1987 |
//! | [`fit_beta_geo`] | at a gamma rate | after a transaction | Fader, Hardie & Lee 2005; Batislam et al. 2007 |
//! | [`fit_beta_geo_beta_binomial`] | in some of equal periods | after a period | Fader, Hardie & Shang 2010 |
//! | [`fit_nbd`] | at a gamma rate | never | Ehrenberg 1959 |
//! | [`fit_gamma_gamma`] | what they are worth | | Fader & Hardie 2013 |
//!
//! Fits maximise the exact likelihood of distinct rows by Newton's method with exact first and second
//! derivatives in the logarithms of the parameters. No likelihood is evaluated as a difference of hypergeometric
//! functions, so that none overflows or cancels. A parameter without a finite best value is reported
//! ([`Finding`] `W301`), never NaN.

mod beta_binomial;
mod beta_geo;
mod fit;
mod gamma_gamma;
mod histories;
mod nbd;
mod pareto_nbd;
mod score;
mod sums;
mod transactions;

pub use beta_binomial::fit_beta_geo_beta_binomial;
pub use beta_geo::fit_beta_geo;
pub use fit::{FitOptions, LifetimeFit, Prior};
pub use gamma_gamma::fit_gamma_gamma;
pub use histories::{Histories, Spending};
pub use nbd::fit_nbd;
pub use pareto_nbd::fit_pareto_nbd;
pub use score::{Quantity, beta_geo_probabilities, quantity_of_rows, score_rows};
pub use transactions::{Summary, SummaryOptions, summary_from_transactions};

pub use crate::evaluate::weights::Finding;
pub use karat_scorer::step::prepaid::{
    BetaGeo, BetaGeoBetaBinomial, GammaGamma, History, ParetoNbd, Prepaid, PrepaidModel, PrepaidScore,
};

#[cfg(test)]
mod tests;
