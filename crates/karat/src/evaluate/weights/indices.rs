//! Every published measure of how far judgments contradict each other, from one call.

use karat_scorer::Result;
use karat_scorer::numerics::ordered_sum;

use super::ahp::{Ahp, geometric_consistency_index};
use super::consistency::RandomIndexValue;
use super::judgments::PairwiseMatrix;

/// Measures of inconsistency of one matrix; all are 0 for consistent judgments and for fewer than three items.
///
/// They rank matrices alike but not equally: the indices of eigenvalue, geometric mean and columns average over
/// the matrix, Koczkodaj's is the worst triad alone and finds a single contradiction that averages hide.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConsistencyIndices {
    /// Number of items.
    pub items: usize,
    /// Principal eigenvalue.
    pub lambda_max: f64,
    /// `CI = (lambda_max - n) / (n - 1)` (Saaty, 1977).
    pub consistency_index: f64,
    /// `CR = CI / RI`.
    pub consistency_ratio: f64,
    /// The random index used.
    pub random_index: RandomIndexValue,
    /// GCI, `2 / ((n - 1)(n - 2))` times the sum of `ln^2(a_ij w_j / w_i)` over i < j with geometric-mean weights
    /// (Crawford and Williams, 1985).
    pub geometric_consistency_index: f64,
    /// Limit of GCI, see [`geometric_consistency_threshold`]; `None` for fewer than three items.
    pub geometric_consistency_threshold: Option<f64>,
    /// HCI, `(HM - n)(n + 1) / (n (n - 1))`, where HM is the harmonic mean of the column sums (Stein and Mizzi,
    /// 2007): no eigenvector is needed.
    pub harmonic_consistency_index: f64,
    /// The largest `min(|1 - t|, |1 - 1/t|)` over triads i < j < k with `t = a_ij a_jk / a_ik`, from 0 to 1
    /// (Koczkodaj, 1993; Duszak and Koczkodaj, 1994).
    pub koczkodaj_index: f64,
    /// Positions of the triad behind [`koczkodaj_index`](Self::koczkodaj_index), the first of several that tie;
    /// `None` when no triad contradicts.
    pub worst_triad: Option<(usize, usize, usize)>,
    /// The mean of `t + 1/t - 2` over triads: the mean of their determinants (Peláez and Lamata, 2003).
    pub pelaez_lamata_index: f64,
}

impl ConsistencyIndices {
    /// Whether CR stays below a threshold (Saaty: 0.10).
    #[must_use]
    pub fn is_acceptable(&self, threshold: f64) -> bool {
        self.consistency_ratio < threshold
    }

    /// Whether GCI stays within the limit that corresponds to a CR of 0.10; true for fewer than three items.
    #[must_use]
    pub fn is_geometrically_acceptable(&self) -> bool {
        self.geometric_consistency_threshold.is_none_or(|limit| self.geometric_consistency_index <= limit)
    }
}

/// The limit of GCI that corresponds to a consistency ratio of 0.10: 0.31 for three items, 0.35 for four, 0.37
/// for more; `None` for fewer, which nothing can contradict (Aguarón and Moreno-Jiménez, 2003).
///
/// ```
/// use karat::evaluate::weights::geometric_consistency_threshold;
/// assert_eq!([2, 3, 4, 5, 9].map(geometric_consistency_threshold), [None, Some(0.31), Some(0.35), Some(0.37), Some(0.37)]);
/// ```
#[must_use]
pub fn geometric_consistency_threshold(n: usize) -> Option<f64> {
    match n {
        0..=2 => None,
        3 => Some(0.31),
        4 => Some(0.35),
        _ => Some(0.37),
    }
}

impl Ahp {
    /// Every measure of inconsistency of a matrix.
    ///
    /// # Errors
    /// [`Error::Argument`](karat_scorer::Error::Argument) when the random-index table ends before the matrix.
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, PairwiseMatrix};
    /// let matrix = PairwiseMatrix::from_text(&["a", "b", "c"], &["a 2 b", "b 2 c", "a 8 c"])?;
    /// let indices = Ahp::new().consistency_indices(&matrix)?;
    /// // One triad, t = 2 * 2 / 8.
    /// assert_eq!(indices.koczkodaj_index, 0.5);
    /// assert_eq!(indices.pelaez_lamata_index, 0.5);
    /// assert_eq!(indices.worst_triad, Some((0, 1, 2)));
    /// assert!(indices.is_acceptable(0.10) && indices.is_geometrically_acceptable());
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn consistency_indices(&self, matrix: &PairwiseMatrix) -> Result<ConsistencyIndices> {
        let n = matrix.size();
        let priorities = self.method(super::ahp::PriorityMethod::Eigenvector).priorities(matrix)?;
        let triads = Triads::of(matrix);
        Ok(ConsistencyIndices {
            items: n,
            lambda_max: priorities.lambda_max,
            consistency_index: priorities.consistency_index,
            consistency_ratio: priorities.consistency_ratio,
            random_index: priorities.random_index,
            geometric_consistency_index: geometric_consistency_index(matrix),
            geometric_consistency_threshold: geometric_consistency_threshold(n),
            harmonic_consistency_index: harmonic_consistency_index(matrix),
            koczkodaj_index: triads.worst,
            worst_triad: triads.place,
            pelaez_lamata_index: triads.mean,
        })
    }
}

/// Never negative: the harmonic mean of the column sums of a reciprocal matrix is at least n.
fn harmonic_consistency_index(matrix: &PairwiseMatrix) -> f64 {
    let n = matrix.size();
    if n < 3 {
        return 0.0;
    }
    let column_sum = |j: usize| ordered_sum(&(0..n).map(|i| matrix.judgment(i, j)).collect::<Vec<_>>());
    let inverses: f64 = (0..n).map(|j| 1.0 / column_sum(j)).sum();
    let items = n as f64;
    ((items / inverses - items) * (items + 1.0) / (items * (items - 1.0))).max(0.0)
}

/// What the triads of a matrix say.
struct Triads {
    worst: f64,
    place: Option<(usize, usize, usize)>,
    mean: f64,
}

impl Triads {
    fn of(matrix: &PairwiseMatrix) -> Triads {
        let n = matrix.size();
        let (mut worst, mut place, mut sum, mut count) = (0.0, None, 0.0, 0_u32);
        for i in 0..n {
            for j in i + 1..n {
                for k in j + 1..n {
                    // Taken the way round in which it is at least 1: t + 1/t - 2 is (1 - 1/t)(t - 1).
                    let ratio = matrix.judgment(i, j) * matrix.judgment(j, k) * matrix.judgment(k, i);
                    let back = matrix.judgment(j, i) * matrix.judgment(k, j) * matrix.judgment(i, k);
                    let (most, least) = if ratio >= back { (ratio, back) } else { (back, ratio) };
                    // Judgments such as 3 and 1/3 times 9 agree as far as doubles can tell.
                    let (most, least) =
                        if most - 1.0 <= 8.0 * f64::EPSILON { (1.0, 1.0) } else { (most, least) };
                    let distance = 1.0 - least;
                    if distance > worst {
                        (worst, place) = (distance, Some((i, j, k)));
                    }
                    sum += distance * (most - 1.0);
                    count += 1;
                }
            }
        }
        Triads { worst, place, mean: if count > 0 { sum / f64::from(count) } else { 0.0 } }
    }
}
