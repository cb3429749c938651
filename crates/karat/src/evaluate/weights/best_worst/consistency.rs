//! How consistent best-worst judgments are, known from the judgments alone.

use super::BestWorst;
use super::solve::CONSISTENT;

/// Sizes and scales of [`THRESHOLDS`].
const FIRST: usize = 3;

/// Row `a_BW - 3`, column `n - 3`: Liang, Brunelli and Rezaei (2020), table of thresholds by the input-based ratio.
const THRESHOLDS: [[f64; 7]; 7] = [
    [0.1667, 0.1667, 0.1667, 0.1667, 0.1667, 0.1667, 0.1667],
    [0.1121, 0.1529, 0.1898, 0.2206, 0.2527, 0.2577, 0.2683],
    [0.1354, 0.1994, 0.2306, 0.2546, 0.2716, 0.2844, 0.2960],
    [0.1330, 0.1990, 0.2643, 0.3044, 0.3144, 0.3221, 0.3262],
    [0.1294, 0.2457, 0.2819, 0.3029, 0.3144, 0.3251, 0.3403],
    [0.1309, 0.2521, 0.2958, 0.3154, 0.3408, 0.3620, 0.3657],
    [0.1359, 0.2681, 0.3062, 0.3337, 0.3517, 0.3620, 0.3662],
];

/// The input-based consistency ratio up to which best-worst judgments of `n` items are acceptable, when the best
/// is `best_to_worst` times as important as the worst (rounded to a whole number); `None` outside 3 to 9 of
/// either, where nobody has published one (Liang, Brunelli and Rezaei, 2020).
///
/// ```
/// use karat::evaluate::weights::best_worst_threshold;
/// assert_eq!(best_worst_threshold(8.0, 5), Some(0.2958));
/// assert_eq!(best_worst_threshold(8.0, 10), None);
/// ```
#[must_use]
pub fn best_worst_threshold(best_to_worst: f64, n: usize) -> Option<f64> {
    let row = (3..=9).position(|scale| (best_to_worst - f64::from(scale)).abs() <= 0.5)?;
    THRESHOLDS[row].get(n.checked_sub(FIRST)?).copied()
}

impl BestWorst {
    /// The input-based ratio, and the item where it is reached.
    pub(super) fn input_based_ratio(&self) -> (f64, Option<usize>) {
        let extreme = self.best_to_others[self.worst];
        let mut worst = (0.0, None);
        if extreme <= 1.0 {
            return worst;
        }
        for j in (0..self.labels.len()).filter(|&j| j != self.best && j != self.worst) {
            let chain = self.best_to_others[j] * self.others_to_worst[j];
            let ratio = (chain - extreme).abs() / (extreme * extreme - extreme);
            if ratio > worst.0 && (chain - extreme).abs() > CONSISTENT * extreme {
                worst = (ratio, Some(j));
            }
        }
        worst
    }
}
