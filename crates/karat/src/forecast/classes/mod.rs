//! Forecasts of ordered classes: how good they are, and what they have to beat.
//!
//! [`Judged`] holds the measures of probabilities of classes; [`MarkovChain`] and [`persistence`] are the
//! baselines beside the multinomial logit, which is a [`WaveletNetwork`](super::wavelet::WaveletNetwork) without
//! wavelons.

mod baselines;
mod measures;

pub use baselines::{MarkovChain, persistence};
pub use measures::{Judged, confusion, expected_cost, log_loss, macro_f1, top_decile_lift, weighted_kappa};

#[cfg(test)]
mod tests;
