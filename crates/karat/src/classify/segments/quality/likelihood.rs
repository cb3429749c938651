//! Two measures of separation that need no second segmentation: a likelihood and a valley.

use super::labelled::sum;
use crate::numerics::cholesky;
use karat_scorer::numerics::ln;
use ndarray::Array2;

/// Spreads of a column within a segment below this share of its spread over the base count as that: a column
/// of whole numbers may not vary at all within a segment, which would make the likelihood infinite.
const LEAST_SPREAD: f64 = 0.02;

/// The likelihood of rows that belong to segments of normal distributions with a mean and covariances of their
/// own (Symons, 1981), less a penalty of `ln(n) / 2` for each of its numbers, per row and up to a constant:
/// at the labels of k-means an approximation of the integrated completed likelihood of Biernacki, Celeux and
/// Govaert (2000). To cut one normal segment in two lowers it, however many rows there are.
pub(super) fn completed_likelihood(x: &Array2<f64>, labels: &[u32], k: usize) -> f64 {
    let rows = x.nrows() as f64;
    let spreads: Vec<f64> = (0..x.ncols()).map(|f| variance(x.column(f).iter().copied())).collect();
    let columns: Vec<usize> = (0..x.ncols()).filter(|&f| spreads[f] > 0.0).collect();
    let d = columns.len();
    let mut members = vec![Vec::new(); k];
    for (row, &label) in labels.iter().enumerate() {
        members[label as usize].push(row);
    }
    let mut total = 0.0;
    for members in members.iter().filter(|members| !members.is_empty()) {
        let size = members.len() as f64;
        let mean: Vec<f64> =
            columns.iter().map(|&f| sum(members.iter().map(|&row| x[[row, f]])) / size).collect();
        let mut matrix = vec![0.0; d * d];
        let mut away = vec![0.0; d];
        for &row in members {
            for ((slot, &f), mean) in away.iter_mut().zip(&columns).zip(&mean) {
                *slot = (x[[row, f]] - mean) / spreads[f].sqrt();
            }
            for i in 0..d {
                for j in 0..=i {
                    matrix[i * d + j] += away[i] * away[j];
                }
            }
        }
        total += size * ln(size / rows) - 0.5 * size * log_determinant(&mut matrix, d, size);
    }
    let numbers = (k * (d + d * (d + 1) / 2) + k - 1) as f64;
    (total - 0.5 * numbers * ln(rows)) / rows
}

/// Of the covariances, from sums of products of standardised columns; drawn towards their diagonal as by
/// `d + 1` further rows, so that a segment of few rows has one too.
fn log_determinant(matrix: &mut [f64], d: usize, size: f64) -> f64 {
    for i in 0..d {
        for j in 0..i {
            matrix[i * d + j] /= size + d as f64 + 1.0;
        }
        matrix[i * d + i] = (matrix[i * d + i] / size).max(LEAST_SPREAD * LEAST_SPREAD);
    }
    if cholesky::factor(matrix, d) {
        2.0 * sum((0..d).map(|i| ln(matrix[i * d + i])))
    } else {
        // Only rounding leads here; then the smallest spread of all.
        2.0 * d as f64 * ln(LEAST_SPREAD)
    }
}

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let (total, count) = values.clone().fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    let mean = total / count;
    sum(values.map(|x| (x - mean) * (x - mean))) / count
}

/// Half the width of the windows, in distances of two centers.
const WINDOW: f64 = 0.15;

/// For each segment how deep the valley to the least separated other one is: the rows around the middle
/// between both centers, over those around the center with fewer, along the line from center to center.
/// Above 1 there is no valley: k-means has cut through what hangs together. NaN for one segment.
pub(super) fn valleys(x: &Array2<f64>, labels: &[u32], centers: &Array2<f64>) -> Vec<f64> {
    let k = centers.nrows();
    let mut valleys = vec![f64::NAN; k];
    let mut members = vec![Vec::new(); k];
    for (row, &label) in labels.iter().enumerate() {
        members[label as usize].push(row);
    }
    for i in 0..k {
        for j in i + 1..k {
            let axis: Vec<f64> = (0..x.ncols()).map(|f| centers[[j, f]] - centers[[i, f]]).collect();
            let length = sum(axis.iter().map(|a| a * a));
            if length == 0.0 {
                continue;
            }
            let mut windows = [0.0_f64; 3];
            for &row in members[i].iter().chain(&members[j]) {
                let along =
                    sum(axis.iter().enumerate().map(|(f, a)| a * (x[[row, f]] - centers[[i, f]]))) / length;
                for (window, place) in windows.iter_mut().zip([0.0, 0.5, 1.0]) {
                    if (along - place).abs() <= WINDOW {
                        *window += 1.0;
                    }
                }
            }
            let [one, between, other] = windows;
            let depth = (between + 1.0) / (one.min(other) + 1.0);
            for segment in [i, j] {
                // `max` takes the number where the other is NaN.
                valleys[segment] = valleys[segment].max(depth);
            }
        }
    }
    valleys
}
