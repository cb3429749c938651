//! How far the judges of a group agree.

use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};

use super::combine::check_weights;

/// Upper end of the scale on which the least entropy of a judge rests, 9 after Saaty.
const STRONGEST: f64 = 9.0;

/// Agreement among judges.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Consensus {
    /// Goepel's consensus S*: 1 for equal priorities, 0 when every judge puts everything on another item
    /// (Goepel, "Implementing the analytic hierarchy process as a standard method for multi-criteria decision
    /// making in corporate enterprises", 2013; as in AHP-OS, with the corrected least entropy).
    pub shannon: f64,
    /// Shannon entropy between the judges: that of the mean priorities less the mean of their own.
    pub beta_entropy: f64,
    /// Kendall's W of the rankings, corrected for ties: 1 for one common ranking, 0 for none (Kendall and
    /// Babington Smith, 1939). `None` when every judge finds all items equal, or for one item.
    pub kendall_w: Option<f64>,
}

/// The consensus among the priorities of several judges, every judge counting the same.
///
/// # Errors
/// [`Error::Argument`] for no judge or priorities that do not sum to 1; [`Error::Shape`] for different lengths.
///
/// ```
/// use karat::evaluate::weights::consensus;
/// let together = consensus(&[&[0.6, 0.3, 0.1], &[0.6, 0.3, 0.1]])?;
/// assert!((together.shannon - 1.0).abs() < 1e-12 && together.kendall_w == Some(1.0));
/// let apart = consensus(&[&[0.6, 0.3, 0.1], &[0.1, 0.3, 0.6]])?;
/// assert!(apart.shannon < 0.75 && apart.kendall_w == Some(0.0));
/// # Ok::<(), karat::Error>(())
/// ```
pub fn consensus(priorities: &[&[f64]]) -> Result<Consensus> {
    let Some(first) = priorities.first() else {
        return Err(Error::argument("judges", "must be at least one", 0));
    };
    for (at, own) in priorities.iter().enumerate() {
        if own.len() != first.len() {
            return Err(Error::shape(format!("priorities of judge {at}"), first.len(), own.len()));
        }
        check_weights(&format!("priorities of judge {at}"), own)?;
    }
    Ok(agreement(priorities))
}

/// [`consensus`] of priorities that have been checked.
pub(super) fn agreement(priorities: &[&[f64]]) -> Consensus {
    let (judges, n) = (priorities.len() as f64, priorities[0].len());
    let mean: Vec<f64> = (0..n).map(|i| priorities.iter().map(|own| own[i]).sum::<f64>() / judges).collect();
    let within = priorities.iter().map(|own| entropy(own)).sum::<f64>() / judges;
    let beta_entropy = (entropy(&mean) - within).max(0.0);
    // The most one-sided judge gives one item 9 parts and every other 1.
    let all = n as f64 + STRONGEST - 1.0;
    let one_sided: Vec<f64> = (0..n).map(|i| if i == 0 { STRONGEST / all } else { 1.0 / all }).collect();
    let least = exp(entropy(&one_sided)) / n as f64;
    let shannon = if n > 1 { (exp(-beta_entropy) - least) / (1.0 - least) } else { 1.0 };
    Consensus { shannon, beta_entropy, kendall_w: kendall_w(priorities, n) }
}

fn entropy(shares: &[f64]) -> f64 {
    shares.iter().filter(|&&share| share > 0.0).map(|&share| -share * ln(share)).sum()
}

fn kendall_w(priorities: &[&[f64]], n: usize) -> Option<f64> {
    let judges = priorities.len() as f64;
    let mut sums = vec![0.0; n];
    let mut ties = 0.0;
    for own in priorities {
        for (i, sum) in sums.iter_mut().enumerate() {
            // Weights equal but for rounding are ties.
            let same = |j: usize| (own[i] - own[j]).abs() <= 1e-12;
            let equal = (0..n).filter(|&j| same(j)).count() as f64;
            let above = (0..n).filter(|&j| !same(j) && own[j] > own[i]).count() as f64;
            *sum += above + 0.5 * (equal + 1.0);
            // The t items of a tie contribute t^3 - t together.
            ties += equal * equal - 1.0;
        }
    }
    let mean = judges * (n as f64 + 1.0) / 2.0;
    let squares: f64 = sums.iter().map(|sum| (sum - mean) * (sum - mean)).sum();
    let size = n as f64;
    let most = judges * judges * (size * size * size - size) - judges * ties;
    (most > 0.0).then(|| 12.0 * squares / most)
}
