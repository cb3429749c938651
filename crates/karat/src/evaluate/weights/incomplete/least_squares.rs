//! Logarithmic least squares on the comparison graph.

use karat_scorer::numerics::exp;

use super::super::ahp::normalised;
use super::laplacian::Laplacian;
use super::matrix::IncompleteMatrix;

/// The Laplacian of the comparison graph, every judgment with weight 1.
pub(super) fn laplacian(matrix: &IncompleteMatrix) -> Laplacian {
    let n = matrix.size();
    let mut laplacian = Laplacian::new(n);
    laplacian.factor(|weights| {
        for &(i, j) in matrix.judged() {
            weights[j * n + i] = 1.0;
        }
    });
    laplacian
}

/// Logarithms of the weights that fit the judgments given best, that of item 0 being 0.
pub(super) fn log_weights(matrix: &IncompleteMatrix) -> Vec<f64> {
    let mut values = vec![0.0; matrix.size()];
    for (&(i, j), &log) in matrix.judged().iter().zip(matrix.logs()) {
        values[i] += log;
        values[j] -= log;
    }
    laplacian(matrix).solve(&mut values);
    values
}

/// Sum of squared residuals of the fit.
pub(super) fn squares(matrix: &IncompleteMatrix, log_weights: &[f64]) -> f64 {
    let residuals = matrix.judged().iter().zip(matrix.logs());
    residuals.map(|(&(i, j), &log)| log - (log_weights[i] - log_weights[j])).map(|r| r * r).sum()
}

/// Positive, sum 1.
pub(super) fn weights(log_weights: &[f64]) -> Vec<f64> {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    normalised(log_weights.iter().map(|&value| exp(value - largest)).collect())
}

/// Covariance of the log weights when every judgment has variance 1: the pseudo-inverse of the Laplacian,
/// row by row (Bozoki and Tsyganok, 2019).
pub(super) fn covariance(matrix: &IncompleteMatrix) -> Vec<f64> {
    let n = matrix.size();
    let laplacian = laplacian(matrix);
    let mut columns = vec![0.0; n * n];
    for j in 0..n {
        for i in 0..n {
            columns[i * n + j] = if i == j { 1.0 } else { 0.0 } - 1.0 / n as f64;
        }
    }
    laplacian.forward(&mut columns);
    let mut inverse = vec![0.0; n * n];
    for j in 0..n {
        let mut column: Vec<f64> = (0..n).map(|i| columns[i * n + j]).collect();
        laplacian.backward(&mut column);
        let mean = column.iter().sum::<f64>() / n as f64;
        for (i, value) in column.into_iter().enumerate() {
            inverse[i * n + j] = value - mean;
        }
    }
    inverse
}
