//! Any number of sources of weights, each with its share.

use super::ahp::normalised;
use super::combine::check_weights;
use karat_scorer::{Error, Result};

/// Weights of several sources, each with the share of its say: `sum_k share_k w_k`.
///
/// Shares need not sum to 1; they are divided by their sum. Two sources give
/// [`Combination::Linear`](super::Combination::Linear).
///
/// # Errors
/// [`Error::Argument`] for no source, a share that is negative or undefined, shares that are all 0, or weights
/// that are negative or do not sum to 1 (within 1e-9); [`Error::Shape`] for sources of different lengths.
///
/// ```
/// use karat::evaluate::weights::mix;
/// let (expert, critic, entropy) = ([0.6, 0.4], [0.5, 0.5], [0.1, 0.9]);
/// let mixed = mix(&[(&expert, 0.6), (&critic, 0.3), (&entropy, 0.1)])?;
/// assert!((mixed[0] - 0.52).abs() < 1e-15);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn mix(sources: &[(&[f64], f64)]) -> Result<Vec<f64>> {
    let Some((first, _)) = sources.first() else {
        return Err(Error::argument("mix", "must have at least one source", "none"));
    };
    let shares: Vec<f64> = sources.iter().map(|(_, share)| *share).collect();
    check_shares(&shares)?;
    let total: f64 = shares.iter().sum();
    let mut mixed = vec![0.0; first.len()];
    for (at, (weights, share)) in sources.iter().enumerate() {
        if weights.len() != mixed.len() {
            return Err(Error::shape(format!("weights of source {at}"), mixed.len(), weights.len()));
        }
        check_weights(&format!("source {at}"), weights)?;
        mixed.iter_mut().zip(*weights).for_each(|(sum, weight)| *sum += share / total * weight);
    }
    Ok(normalised(mixed))
}

/// Refuses shares that are negative, undefined or all 0.
pub(crate) fn check_shares(shares: &[f64]) -> Result<()> {
    if let Some(share) = shares.iter().find(|&&share| !(share >= 0.0 && share.is_finite())) {
        return Err(Error::argument("mix", "must have shares that are finite numbers >= 0", share));
    }
    if shares.iter().sum::<f64>() <= 0.0 {
        return Err(Error::argument("mix", "must have a share above 0", "shares that are all 0"));
    }
    Ok(())
}
