//! Weights of experts and weights of data, brought together.

use karat_scorer::{Error, Result};

use super::ahp::normalised;
use super::finding::Finding;

/// How far weights may be from summing to 1.
const SUM_TOLERANCE: f64 = 1e-9;

/// How two sets of weights become one. The first is called the expert's, the second the data's.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Combination {
    /// `share * expert + (1 - share) * data`: each keeps its say, and the share is stated.
    Linear {
        /// Part of the expert's weights, 0 to 1.
        share: f64,
    },
    /// Proportional to `expert * data`: an indicator counts only when both say so; extremes grow.
    Multiplicative,
    /// Proportional to `sqrt(expert * data)`: the weights whose sum of relative entropies to both is least.
    Geometric,
    /// The combination nearest to both in the sense of the normal equations of game-theoretic weighting,
    /// with coefficients kept at or above 0.
    GameTheory,
}

impl Combination {
    /// [`Combination::Geometric`] by what it minimises: the sum of relative entropies to both sources.
    pub const MINIMUM_RELATIVE_ENTROPY: Combination = Combination::Geometric;
}

/// Combined weights, and how they came about.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CombinedWeights {
    /// Non-negative, sum 1.
    pub weights: Vec<f64>,
    /// Coefficients (expert, data) actually used, sum 1; `None` for the two products.
    pub coefficients: Option<[f64; 2]>,
    /// For game theory the coefficients of the published formula, sum 1, which may be negative.
    pub published_coefficients: Option<[f64; 2]>,
    /// `W130` when the published formula went negative and was clamped.
    pub findings: Vec<Finding>,
}

/// Combines the weights of experts with the weights of data.
///
/// # Errors
/// [`Error::Argument`] naming the sum of weights that do not add up to 1 (within 1e-9), a negative or
/// undefined weight, a share outside 0 to 1, or two sets that leave no indicator a product above 0;
/// [`Error::Shape`] for different lengths.
///
/// ```
/// use karat::evaluate::weights::{Combination, combine};
/// let (expert, data) = ([0.6, 0.3, 0.1], [0.2, 0.3, 0.5]);
/// let half = combine(&expert, &data, Combination::Linear { share: 0.5 })?;
/// assert!((half.weights[0] - 0.4).abs() < 1e-15);
///
/// let error = combine(&[0.6, 0.3], &[0.5, 0.5], Combination::Geometric).unwrap_err();
/// assert_eq!(error.to_string(), "`expert` must sum to 1, got a sum of 0.9");
/// # Ok::<(), karat::Error>(())
/// ```
pub fn combine(expert: &[f64], data: &[f64], how: Combination) -> Result<CombinedWeights> {
    if expert.len() != data.len() {
        return Err(Error::shape(
            "weights of the data, one for each expert weight",
            expert.len(),
            data.len(),
        ));
    }
    check_weights("expert", expert)?;
    check_weights("data", data)?;
    match how {
        Combination::Linear { share } if (0.0..=1.0).contains(&share) => {
            Ok(mixed(expert, data, [share, 1.0 - share]))
        }
        Combination::Linear { share } => Err(Error::argument("share", "must lie between 0 and 1", share)),
        Combination::Multiplicative => product(expert, data, |product| product),
        Combination::Geometric => product(expert, data, f64::sqrt),
        Combination::GameTheory => Ok(game_theory(expert, data)),
    }
}

/// Refuses weights that are negative, undefined or do not sum to 1 within 1e-9.
pub(super) fn check_weights(parameter: &str, weights: &[f64]) -> Result<()> {
    if let Some(at) = weights.iter().position(|&weight| !(weight >= 0.0 && weight.is_finite())) {
        let value = format!("{} at position {at}", weights[at]);
        return Err(Error::argument(parameter, "must be finite numbers >= 0", value));
    }
    let sum: f64 = weights.iter().sum();
    if (sum - 1.0).abs() > SUM_TOLERANCE {
        // Twelve digits show any deviation that matters and hide the noise of adding up.
        let shown = (sum * 1e12).round() / 1e12;
        return Err(Error::argument(parameter, "must sum to 1", format!("a sum of {shown}")));
    }
    Ok(())
}

fn mixed(expert: &[f64], data: &[f64], [a, b]: [f64; 2]) -> CombinedWeights {
    let weights = normalised(expert.iter().zip(data).map(|(&e, &d)| a * e + b * d).collect());
    CombinedWeights {
        weights,
        coefficients: Some([a, b]),
        published_coefficients: None,
        findings: Vec::new(),
    }
}

fn product(expert: &[f64], data: &[f64], shape: fn(f64) -> f64) -> Result<CombinedWeights> {
    let products: Vec<f64> = expert.iter().zip(data).map(|(&e, &d)| shape(e * d)).collect();
    if products.iter().sum::<f64>() <= 0.0 {
        let rule = "must share an indicator that both weight above 0; use a linear combination";
        return Err(Error::argument("expert and data", rule, "products that are all 0"));
    }
    Ok(CombinedWeights {
        weights: normalised(products),
        coefficients: None,
        published_coefficients: None,
        findings: Vec::new(),
    })
}

/// Solves `sum_j alpha_j (w_i . w_j) = w_i . w_i` for i = 1, 2 and divides alpha by its sum.
///
/// By Cramer's rule the coefficients are as `(d.d)(e.e - e.d)` to `(e.e)(d.d - e.d)`; written with the difference
/// e - d it stays accurate for weights that are nearly equal.
fn game_theory(expert: &[f64], data: &[f64]) -> CombinedWeights {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
    let difference: Vec<f64> = expert.iter().zip(data).map(|(e, d)| e - d).collect();
    let toward_expert = dot(data, data) * dot(expert, &difference);
    let toward_data = -dot(expert, expert) * dot(data, &difference);
    let total = toward_expert + toward_data;
    // Equal weights leave the coefficients undetermined; any mixture is the same.
    let published = if total > 0.0 { [toward_expert / total, toward_data / total] } else { [0.5, 0.5] };
    let used = match published {
        [_, data] if data < 0.0 => [1.0, 0.0],
        [expert, _] if expert < 0.0 => [0.0, 1.0],
        fine => fine,
    };
    let mut combined = mixed(expert, data, used);
    combined.published_coefficients = Some(published);
    if used != published {
        let kept = if used[0] > 0.0 { "expert" } else { "data" };
        combined.findings.push(Finding::new(
            "W130",
            "game-theoretic combination",
            format!(
                "the published formula gives the coefficients {:.6} (expert) and {:.6} (data); the negative \
                 one was set to 0, so only the {kept} weights count",
                published[0], published[1]
            ),
            "use a linear or geometric combination if both are to count",
        ));
    }
    combined
}
