//! How sure an area under the curve is (DeLong, DeLong & Clarke-Pearson 1988).

use super::ranking::{Ranking, check, descending};
use crate::numerics::normal::normal_quantile;
use crate::numerics::special::normal_both_tails;
use karat_scorer::{Error, Result};

/// An area under the curve with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct AucInterval {
    /// The area.
    pub auc: f64,
    /// Its standard error; NaN with one churner or one stayer.
    pub standard_error: f64,
    /// The lower end, at least 0.
    pub low: f64,
    /// The upper end, at most 1.
    pub high: f64,
}

/// How much two scores of the same customers differ in their area under the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct AucDifference {
    /// The area of the first score less that of the second.
    pub difference: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The probability of a difference as large when there is none; 1 for scores of one order.
    pub p_value: f64,
}

impl Ranking {
    /// The area under the curve with an interval of confidence `level` by the structural components.
    ///
    /// # Errors
    /// [`Error::Argument`] unless the level is between 0 and 1.
    pub fn auc_interval(&self, level: f64) -> Result<AucInterval> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::argument("level", "must be between 0 and 1", level));
        }
        let (auc, left, stayed) = (self.auc(), self.churners() as f64, (self.len() - self.churners()) as f64);
        let (mut above, mut below) = (0.0, stayed);
        let (mut of_left, mut of_stayed) = (0.0, 0.0);
        for tie in &self.ties {
            let (l, s) = (tie.left as f64, tie.stayed as f64);
            below -= s;
            of_left += l * square((below + 0.5 * s) / stayed - auc);
            of_stayed += s * square((above + 0.5 * l) / left - auc);
            above += l;
        }
        let error = (of_left / (left - 1.0) / left + of_stayed / (stayed - 1.0) / stayed).sqrt();
        let reach = error * normal_quantile(0.5 + 0.5 * level);
        Ok(AucInterval {
            auc,
            standard_error: error,
            low: (auc - reach).max(0.0),
            high: (auc + reach).min(1.0),
        })
    }
}

/// Compares two scores of the same customers by their areas under the curve, whose errors go together.
///
/// ```
/// use karat::forecast::churn::auc_difference;
/// let left = [true, true, false, false, true, false];
/// let found = auc_difference(&left, &[6.0, 5.0, 4.0, 3.0, 2.0, 1.0], &[1.0, 5.0, 4.0, 3.0, 2.0, 6.0])?;
/// assert!(found.difference > 0.4 && found.p_value > 0.05);
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// As [`Ranking::new`], for either score.
pub fn auc_difference(left: &[bool], first: &[f64], second: &[f64]) -> Result<AucDifference> {
    let (first, second) = (placements(left, first)?, placements(left, second)?);
    let (mut total, mut variance) = (0.0, 0.0);
    for kind in [true, false] {
        let differences: Vec<f64> =
            (0..left.len()).filter(|&row| left[row] == kind).map(|row| first[row] - second[row]).collect();
        let count = differences.len() as f64;
        let mean = differences.iter().sum::<f64>() / count;
        let spread: f64 = differences.iter().map(|d| square(d - mean)).sum();
        variance += spread / (count - 1.0) / count;
        if kind {
            total = mean;
        }
    }
    let error = variance.sqrt();
    let p_value = if total == 0.0 { 1.0 } else { normal_both_tails(total / error) };
    Ok(AucDifference { difference: total, standard_error: error, p_value })
}

/// For each churner the share of stayers with a lower score, for each stayer the share of churners with a
/// higher one; equal scores count half.
fn placements(left: &[bool], scores: &[f64]) -> Result<Vec<f64>> {
    check(left, scores)?;
    let ranking = Ranking::new(left, scores)?;
    let (gone, stayed) = (ranking.churners() as f64, (left.len() - ranking.churners()) as f64);
    let mut placed = vec![0.0; left.len()];
    let mut order = descending(scores).into_iter();
    let (mut above, mut below) = (0.0, stayed);
    for tie in &ranking.ties {
        let (l, s) = (tie.left as f64, tie.stayed as f64);
        below -= s;
        for row in order.by_ref().take((tie.left + tie.stayed) as usize) {
            placed[row] = if left[row] { (below + 0.5 * s) / stayed } else { (above + 0.5 * l) / gone };
        }
        above += l;
    }
    Ok(placed)
}

fn square(x: f64) -> f64 {
    x * x
}
