//! Which missing judgment to ask for next.

use karat_scorer::numerics::exp;

use super::least_squares;
use super::matrix::IncompleteMatrix;

/// A missing judgment and what asking for it would be worth.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NextQuestion {
    /// Positions (i, j) of the two items, i < j.
    pub pair: (usize, usize),
    /// Name of item i.
    pub first: String,
    /// Name of item j.
    pub second: String,
    /// What the judgments so far imply: how many times item i is as important as item j.
    pub implied: f64,
    /// Variance of `ln implied` in units of the variance of one judgment: the resistance between the two items
    /// when every judgment is a resistor of 1 ohm. 1 for a pair linked by one judgment, more for a longer
    /// chain, less where chains run side by side.
    pub variance: f64,
    /// Share of the total variance of the weights that the answer is expected to remove, 0 to 1.
    pub variance_removed: f64,
}

impl IncompleteMatrix {
    /// The `count` missing judgments that would tell most, the best first.
    ///
    /// When every judgment carries an independent error of equal variance in its logarithm, the log weights of
    /// the least squares fit have the pseudo-inverse L of the graph's Laplacian as covariance, and those of the
    /// weights follow to first order, `J L J'` with `J = diag(w) - w w'`. One more judgment between i and j
    /// lowers their total by `|J L (e_i - e_j)|^2 / (1 + L_ii + L_jj - 2 L_ij)` (Sherman and Morrison, 1950),
    /// whatever the answer. So weak links between heavy items come first, and items that hardly matter last.
    ///
    /// ```
    /// use karat::evaluate::weights::IncompleteMatrix;
    /// let matrix = IncompleteMatrix::from_text(&["revenue", "activity", "loyalty", "influence"], &[
    ///     "revenue 2 activity", "activity 2 loyalty", "loyalty 2 influence",
    /// ])?;
    /// let next = &matrix.ask_next(1)[0];
    /// // The two ends of the heavier part of the chain.
    /// assert_eq!((next.first.as_str(), next.second.as_str()), ("revenue", "loyalty"));
    /// assert!((next.implied - 4.0).abs() < 1e-12 && (next.variance - 2.0).abs() < 1e-12);
    /// # Ok::<(), karat::Error>(())
    /// ```
    #[must_use]
    pub fn ask_next(&self, count: usize) -> Vec<NextQuestion> {
        let n = self.size();
        let logs = least_squares::log_weights(self);
        let weights = least_squares::weights(&logs);
        let covariance = least_squares::covariance(self);
        // J L, row by row: each column loses its weighted mean and is scaled by the weights.
        let mut spread = covariance.clone();
        for j in 0..n {
            let mean: f64 = (0..n).map(|i| weights[i] * covariance[i * n + j]).sum();
            for i in 0..n {
                spread[i * n + j] = weights[i] * (covariance[i * n + j] - mean);
            }
        }
        // The trace of J L J'.
        let total: f64 = (0..n)
            .map(|i| {
                let row = &spread[i * n..(i + 1) * n];
                let mean: f64 = row.iter().zip(&weights).map(|(value, weight)| value * weight).sum();
                weights[i] * (row[i] - mean)
            })
            .sum();
        let mut questions: Vec<NextQuestion> = self
            .missing()
            .into_iter()
            .map(|(i, j)| {
                let at = |a: usize, b: usize| covariance[a * n + b];
                let variance = at(i, i) + at(j, j) - 2.0 * at(i, j);
                let moved = spread.chunks_exact(n).map(|row| row[i] - row[j]).map(|v| v * v).sum::<f64>();
                NextQuestion {
                    pair: (i, j),
                    first: self.labels()[i].clone(),
                    second: self.labels()[j].clone(),
                    implied: exp(logs[i] - logs[j]),
                    variance,
                    variance_removed: moved / (1.0 + variance) / total,
                }
            })
            .collect();
        // On a grid, so that rounding cannot order what is equal by algebra; the sort is stable.
        questions.sort_by_key(|question| std::cmp::Reverse((question.variance_removed * 1e9).round() as i64));
        questions.truncate(count);
        questions
    }
}
