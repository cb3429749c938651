//! Harker's (1987) weights of an incomplete matrix.
//!
//! A missing judgment of i against j is put as `w_i / w_j`, which makes its contribution to the i-th equation
//! `w_i`: the entry becomes 0 and the diagonal 1 + the number of missing judgments of i. The principal
//! eigenvector of this non-negative matrix is found by Noda's (1971) inverse iteration, which stays positive
//! and converges quadratically from above however small the gap to the next eigenvalue is.

use karat_scorer::numerics::exp;

use super::super::ahp::normalised;
use super::matrix::IncompleteMatrix;

/// Relative width of the bracket at which iteration ends.
const TOLERANCE: f64 = 1e-14;

/// Brackets wider than this are never taken for the limit of the arithmetic.
const COARSE: f64 = 1e-11;

/// Far more than quadratic convergence needs.
const STEPS: u32 = 100;

pub(super) struct Harker {
    /// Positive, sum 1.
    pub(super) weights: Vec<f64>,
    pub(super) lambda_max: f64,
    /// Proven to enclose the principal eigenvalue of Harker's matrix (Collatz 1942, Wielandt 1950).
    pub(super) bounds: (f64, f64),
    pub(super) steps: u32,
}

/// `start` holds logarithms of weights near the solution.
pub(super) fn harker(matrix: &IncompleteMatrix, start: &[f64]) -> Harker {
    let n = matrix.size();
    // Scaled by the start, so that the eigenvector sought is near to ones.
    let scale: Vec<f64> = start.iter().map(|&value| exp(value)).collect();
    let mut entries = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            match matrix.judgment(i, j) {
                Some(value) if i != j => entries[i * n + j] = value * scale[j] / scale[i],
                _ => entries[i * n + i] += 1.0,
            }
        }
    }
    let mut x = vec![1.0; n];
    let mut proven = (0.0, f64::INFINITY);
    let (mut best, mut steps) = (f64::INFINITY, 0);
    for step in 0..=STEPS {
        let images: Vec<f64> =
            entries.chunks_exact(n).map(|row| row.iter().zip(&x).map(|(a, v)| a * v).sum()).collect();
        let ratios = || images.iter().zip(&x).map(|(image, v)| image / v);
        let (low, high) = (ratios().fold(f64::INFINITY, f64::min), ratios().fold(0.0, f64::max));
        proven = (f64::max(proven.0, low), f64::min(proven.1, high));
        steps = step;
        let width = (high - low) / low;
        if width <= TOLERANCE || (width >= best && best <= COARSE) {
            break;
        }
        best = best.min(width);
        x = inverse_step(&entries, &x, &images, high);
    }
    // A ratio is a sum of n positive products and one division, and the entries carry a few roundings of
    // their own.
    let slack = (n + 8) as f64 * f64::EPSILON;
    Harker {
        weights: normalised(x.iter().zip(&scale).map(|(v, s)| v * s).collect()),
        lambda_max: 0.5 * (proven.0 + proven.1),
        bounds: (proven.0 * (1.0 - slack), proven.1 * (1.0 + slack)),
        steps,
    }
}

/// Solves `(shift I - A) y = x` for positive x: `y` is positive.
///
/// Written for `z = y / x`, the matrix has row sums `shift - (A x)_i / x_i >= 0`, and elimination works on
/// these sums and the off-diagonal entries alone, without a subtraction (Grassmann, Taksar and Heyman, 1985).
fn inverse_step(entries: &[f64], x: &[f64], images: &[f64], shift: f64) -> Vec<f64> {
    let n = x.len();
    let mut rates: Vec<f64> = (0..n * n).map(|at| entries[at] * x[at % n] / x[at / n]).collect();
    // The least excess keeps the matrix regular when x is already the eigenvector.
    let mut excess: Vec<f64> =
        images.iter().zip(x).map(|(image, v)| f64::max(shift - image / v, f64::EPSILON * shift)).collect();
    let mut side = vec![1.0; n];
    let mut pivots = vec![0.0; n];
    for k in (0..n).rev() {
        let (above, row) = rates.split_at_mut(k * n);
        let row = &row[..k];
        pivots[k] = row.iter().sum::<f64>() + excess[k];
        for i in 0..k {
            let share = above[i * n + k] / pivots[k];
            for (rate, &other) in above[i * n..i * n + k].iter_mut().zip(row) {
                *rate += share * other;
            }
            excess[i] += share * excess[k];
            side[i] += share * side[k];
        }
    }
    let mut z = vec![0.0; n];
    for k in 0..n {
        let inner: f64 = rates[k * n..k * n + k].iter().zip(&z).map(|(rate, v)| rate * v).sum();
        z[k] = (side[k] + inner) / pivots[k];
    }
    let largest = z.iter().copied().fold(0.0, f64::max);
    z.iter().zip(x).map(|(z, v)| z / largest * v).collect()
}
