//! Buckley's method: geometric means of fuzzy rows.

use karat_scorer::numerics::{exp, ln};

use super::{FuzzyMatrix, Triangular};
use crate::evaluate::weights::ahp::normalised;
use crate::evaluate::weights::interval::attainable;

/// Weights by the fuzzy geometric mean.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FuzzyWeights {
    /// One weight per item, sum 1: the centroids of the fuzzy weights, normalised.
    pub weights: Vec<f64>,
    /// `r_i / sum r` in fuzzy arithmetic, where r are the fuzzy geometric means of the rows.
    pub fuzzy: Vec<Triangular>,
    /// Smallest and largest weight that geometric means between their ends can give, at most as wide as
    /// [`fuzzy`](Self::fuzzy), whose ends no sum of 1 allows at once (Wang and Elhag, 2006).
    pub attainable: Vec<(f64, f64)>,
}

impl FuzzyMatrix {
    /// Weights by the geometric means of the fuzzy rows, divided by their sum, then by centroids (Buckley, 1985).
    #[must_use]
    pub fn geometric_mean(&self) -> FuzzyWeights {
        let n = self.labels().len() as f64;
        let means = |point: fn(&Triangular) -> f64| -> Vec<f64> {
            self.rows().map(|row| exp(row.iter().map(|value| ln(point(value))).sum::<f64>() / n)).collect()
        };
        let (low, middle, high) = (means(|v| v.low), means(|v| v.middle), means(|v| v.high));
        let total = |values: &[f64]| values.iter().sum::<f64>();
        let (least, likely, most) = (total(&low), total(&middle), total(&high));
        let fuzzy: Vec<Triangular> = low
            .iter()
            .zip(&middle)
            .zip(&high)
            .map(|((&low, &middle), &high)| Triangular::new(low / most, middle / likely, high / least))
            .collect();
        FuzzyWeights {
            weights: normalised(fuzzy.iter().map(|weight| weight.centroid()).collect()),
            attainable: attainable(&low, &high),
            fuzzy,
        }
    }
}
