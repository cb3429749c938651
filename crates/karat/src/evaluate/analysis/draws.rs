//! Weights drawn around those given.

use super::base::sum;
use crate::numerics::random::CounterRandom;
use karat_scorer::numerics::exp;

/// How weights are drawn around those given, before they are brought back to their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Spread {
    /// Times a number uniform on 1 - spread to 1 + spread.
    #[default]
    Uniform,
    /// Times the exponential of a normal number with standard deviation `spread`.
    LogNormal,
}

impl Spread {
    /// `weights` each times a number of its own, then brought back to their sum.
    pub(super) fn around(self, weights: &[f64], spread: f64, drawn: &CounterRandom) -> Vec<f64> {
        let factors: Vec<f64> = (0..weights.len() as u64)
            .map(|at| match self {
                Spread::Uniform => 1.0 + spread * (2.0 * drawn.uniform(at) - 1.0),
                Spread::LogNormal => exp(spread * drawn.normal(at)),
            })
            .collect();
        scaled(weights, &factors)
    }
}

/// `weights` times `factors`, brought back to the sum of `weights`; all 0 when nothing is left.
pub(super) fn scaled(weights: &[f64], factors: &[f64]) -> Vec<f64> {
    let moved: Vec<f64> = weights.iter().zip(factors).map(|(weight, factor)| weight * factor).collect();
    let (before, after) = (sum(weights), sum(&moved));
    let back = if after > 0.0 { before / after } else { 0.0 };
    moved.iter().map(|weight| weight * back).collect()
}
