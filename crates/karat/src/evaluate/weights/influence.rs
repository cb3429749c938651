//! How much each judgment has to do with the inconsistency.

use karat_scorer::Result;

use super::ahp::Ahp;
use super::judgments::PairwiseMatrix;
use super::perron::perron;

/// Rounds of the fixed point that completes a left-out judgment.
const ROUNDS: usize = 60;

/// What one judgment does to the principal eigenvalue.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Influence {
    /// Positions (i, j) of the two items, i < j.
    pub pair: (usize, usize),
    /// Name of item i.
    pub first: String,
    /// Name of item j.
    pub second: String,
    /// `d lambda / d ln a_ij = (y_i a_ij x_j - y_j a_ji x_i) / y'x` with the right and left principal vectors x
    /// and y: positive when a stronger judgment makes matters worse.
    pub slope: f64,
    /// CR with this judgment left out and completed by the value that fits best (Bozoki, Fulop and Ronyai,
    /// 2010), over the random index of a complete matrix: no other value of this judgment gives less.
    pub ratio_without: f64,
    /// That value.
    pub best_value: f64,
}

impl Ahp {
    /// The influence of every judgment on the consistency, the most helpful to leave out first.
    ///
    /// Costs about ten pairs of eigenvectors for each judgment: below a millisecond or two for 9 items.
    ///
    /// # Errors
    /// [`Error::Argument`](karat_scorer::Error::Argument) when the random-index table ends before the matrix.
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, PairwiseMatrix};
    /// let circle = PairwiseMatrix::from_text(&["a", "b", "c"], &["a 3 b", "b 3 c", "c 3 a"])?;
    /// let influences = Ahp::new().influences(&circle)?;
    /// // a 3 b is worsened by a stronger claim; a 1/9 b would fit.
    /// assert!(influences[0].slope > 0.0 && influences[0].ratio_without < 1e-9);
    /// assert!((influences[0].best_value - 1.0 / 9.0).abs() < 1e-6);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn influences(&self, matrix: &PairwiseMatrix) -> Result<Vec<Influence>> {
        let n = matrix.size();
        let index = self.random_index.value(n)?;
        let (right, left) = (perron(matrix).vector, perron(&transposed(matrix)).vector);
        let product: f64 = right.iter().zip(&left).map(|(x, y)| x * y).sum();
        let mut found = Vec::with_capacity(n * n.saturating_sub(1) / 2);
        for (i, j) in (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))) {
            let given = matrix.judgment(i, j);
            let slope = (left[i] * given * right[j] - left[j] * right[i] / given) / product;
            let (best_value, lambda) = completed(matrix, i, j, &right, &left);
            let excess = if n > 1 { (lambda - n as f64).max(0.0) / (n - 1) as f64 } else { 0.0 };
            found.push(Influence {
                pair: (i, j),
                first: matrix.labels()[i].clone(),
                second: matrix.labels()[j].clone(),
                slope,
                ratio_without: index.ratio(excess),
                best_value,
            });
        }
        found.sort_by_key(|influence| (influence.ratio_without * 1e9).round() as i64);
        Ok(found)
    }
}

/// The value of `a_ij` with the least principal eigenvalue, and that eigenvalue.
///
/// There the slope is 0, so `a^2 = y_j x_i / (y_i x_j)`; the eigenvalue is convex in ln a, so there is one such
/// value.
fn completed(matrix: &PairwiseMatrix, i: usize, j: usize, right: &[f64], left: &[f64]) -> (f64, f64) {
    let stationary = |x: &[f64], y: &[f64]| (y[j] * x[i] / (y[i] * x[j])).sqrt();
    let mut value = stationary(right, left);
    let mut lambda = f64::INFINITY;
    for _ in 0..ROUNDS {
        let changed = matrix.replaced(i, j, value);
        let principal = perron(&changed);
        lambda = principal.lambda.min(lambda);
        let next = stationary(&principal.vector, &perron(&transposed(&changed)).vector);
        if (next / value - 1.0).abs() < 1e-9 {
            break;
        }
        value = next;
    }
    (value, lambda)
}

/// The transpose of a reciprocal matrix has the reciprocal judgments.
fn transposed(matrix: &PairwiseMatrix) -> PairwiseMatrix {
    let n = matrix.size();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let turned = pairs.map(|(i, j)| (i, j, matrix.judgment(j, i)));
    PairwiseMatrix::from_upper(matrix.labels().to_vec(), turned)
}
