//! Forecasts of ordered classes: how good they are, and what they have to beat.
//!
//! [`NextClass`] goes the whole way from customers period by period to a forecast of their next class.
//! [`Judged`] holds the measures of probabilities of classes; [`MarkovChain`] and [`persistence`] are the
//! baselines beside the multinomial logit, which is a [`WaveletNetwork`](super::wavelet::WaveletNetwork) without
//! wavelons.

mod baselines;
mod measures;
mod next;

pub use baselines::{MarkovChain, persistence};
pub use measures::{Judged, confusion, expected_cost, log_loss, macro_f1, top_decile_lift, weighted_kappa};
pub use next::{
    ClassSource, ClassStage, Gain, Gains, MeasureScale, ModelReport, NextClass, NextClassProgress,
    NextClassReport, NextClassStep, NextClasses, Panel, RecogniserReport, ValueClasses,
};

#[cfg(test)]
mod tests;
