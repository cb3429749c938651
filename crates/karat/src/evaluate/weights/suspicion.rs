//! Which judgment is most likely the wrong one.
//!
//! A judgment on Saaty's scale is a rounded ratio, and the scale is coarse near 1 (from 1 to 2 is a factor of
//! 2) and fine near 9 (from 8 to 9 a factor of 1.125). So every judgment counts in the logarithmic least squares
//! fit by the inverse square of the scale's local step, and a judgment is the more suspect the more of the
//! weighted misfit vanishes when it is left out and the rest is fitted again.

use karat_scorer::numerics::ln;

use super::judgments::PairwiseMatrix;
use super::scale::{SAATY_SCALE, nearest_on_scale};

/// Misfits below this are rounding errors of doubles, in squared steps of the scale.
const NOTHING: f64 = 1e-18;

/// For every pair (i < j, row by row) the share of the weighted misfit, 0 to 1, that leaving it out removes.
///
/// One inverse serves all pairs: leaving out an observation with residual r, weight w and leverage h lowers the
/// sum of squares by `w r^2 / (1 - h)` (Cook and Weisberg, 1982).
pub(super) fn suspicions(matrix: &PairwiseMatrix) -> Vec<f64> {
    let n = matrix.size();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let judged: Vec<_> =
        pairs.zip(matrix.logs()).map(|((i, j), &log)| (i, j, matrix.judgment(i, j), log)).collect();
    suspicions_among(n, &judged)
}

/// As [`suspicions`], of the pairs (i, j, judgment, its logarithm) that were judged, which connect all items.
pub(super) fn suspicions_among(n: usize, judged: &[(usize, usize, f64, f64)]) -> Vec<f64> {
    let weights: Vec<f64> = judged.iter().map(|&(_, _, judgment, _)| precision(judgment)).collect();
    let mut laplacian = vec![0.0; n * n];
    let mut sums = vec![0.0; n];
    for (&(i, j, _, log), &weight) in judged.iter().zip(&weights) {
        laplacian[i * n + i] += weight;
        laplacian[j * n + j] += weight;
        laplacian[i * n + j] -= weight;
        laplacian[j * n + i] -= weight;
        sums[i] += weight * log;
        sums[j] -= weight * log;
    }
    // Only differences of the fit are known; pinning the sum to 0 makes the matrix positive definite.
    laplacian.iter_mut().for_each(|entry| *entry += 1.0);
    let inverse = inverted(laplacian, n);
    let fit: Vec<f64> =
        inverse.chunks_exact(n).map(|row| row.iter().zip(&sums).map(|(a, b)| a * b).sum()).collect();
    let mut total = 0.0;
    let mut drops = Vec::with_capacity(judged.len());
    for (&(i, j, _, log), &weight) in judged.iter().zip(&weights) {
        let residual = log - (fit[i] - fit[j]);
        let leverage = weight * (inverse[i * n + i] + inverse[j * n + j] - 2.0 * inverse[i * n + j]);
        let square = weight * residual * residual;
        total += square;
        drops.push(square / (1.0 - leverage).max(f64::EPSILON));
    }
    if total <= NOTHING * judged.len() as f64 {
        return vec![0.0; judged.len()];
    }
    drops.into_iter().map(|drop| (drop / total).min(1.0)).collect()
}

/// The inverse square of half the way between the neighbours on the scale.
fn precision(judgment: f64) -> f64 {
    let at = nearest_on_scale(judgment);
    let (below, above) = (at.saturating_sub(1), (at + 1).min(SAATY_SCALE.len() - 1));
    let step = ln(SAATY_SCALE[above] / SAATY_SCALE[below]) / (above - below) as f64;
    1.0 / (step * step)
}

/// The inverse of a positive definite matrix, by Gauss and Jordan without exchanges.
fn inverted(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    for pivot in 0..n {
        let inverse = 1.0 / a[pivot * n + pivot];
        let mut row: Vec<f64> = a[pivot * n..(pivot + 1) * n].iter().map(|entry| entry * inverse).collect();
        row[pivot] = inverse;
        for (_, other) in a.chunks_exact_mut(n).enumerate().filter(|&(i, _)| i != pivot) {
            let factor = std::mem::replace(&mut other[pivot], 0.0);
            other.iter_mut().zip(&row).for_each(|(entry, &pivoted)| *entry -= factor * pivoted);
        }
        a[pivot * n..(pivot + 1) * n].copy_from_slice(&row);
    }
    a
}
