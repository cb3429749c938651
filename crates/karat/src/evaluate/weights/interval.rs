//! Judgments given as intervals, and the weights that fit them.

use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};

use super::ahp::normalised;
use super::finding::Finding;
use super::intake::{RECIPROCITY, checked_labels, judgment_error, value_problem};
use super::judgments::PairwiseMatrix;
use super::scale::judgment_text;

/// Relative width by which intervals may miss each other and still count as touching.
const TOUCHING: f64 = 1e-12;

/// Judgments "a is 2 to 4 times as important as b": for every pair a lower and an upper bound of the ratio.
///
/// ```
/// use karat::evaluate::weights::IntervalMatrix;
/// let matrix = IntervalMatrix::from_judgments(
///     &["a", "b", "c"],
///     &[("a", "b", 1.0, 2.0), ("b", "c", 2.0, 3.0), ("a", "c", 3.0, 4.0)],
/// )?;
/// let found = matrix.weights();
/// assert!(found.is_consistent());
/// // a/b and a/c both at their lower ends: 1 : 1 : 1/3.
/// assert!((found.bounds[0].0 - 3.0 / 7.0).abs() < 1e-14);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IntervalMatrix {
    labels: Vec<String>,
    /// Row by row; the lower bound of (j, i) is 1 divided by the upper bound of (i, j).
    low: Vec<f64>,
    high: Vec<f64>,
}

/// Weights that fit interval judgments.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IntervalWeights {
    /// One weight per item, sum 1, within every (widened) interval: the middle, in logarithms, of the extreme
    /// solutions.
    pub weights: Vec<f64>,
    /// Smallest and largest weight of each item over all weights that fit; both are attained.
    pub bounds: Vec<(f64, f64)>,
    /// The factor, at least 1, by which all intervals had to be widened on both sides before any weights fitted;
    /// 1 when the intervals are consistent.
    pub widening: f64,
    /// Items of the circle of judgments that needs the widening most; empty when the intervals are consistent.
    pub contradiction: Vec<usize>,
    /// `W151` when the intervals contradict each other.
    pub findings: Vec<Finding>,
}

impl IntervalWeights {
    /// Whether some weights lie within all intervals as given.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.contradiction.is_empty()
    }
}

impl IntervalMatrix {
    /// From judgments `(first, second, low, high)`: `first` is `low` to `high` times as important as `second`.
    /// Every pair once, in any order and either direction.
    ///
    /// # Errors
    /// [`Error::Argument`] for the labels; [`Error::Judgment`] listing every bound that is not a positive number,
    /// every interval whose ends are exchanged, and all that
    /// [`PairwiseMatrix::from_judgments`] refuses.
    pub fn from_judgments<L, A, B>(labels: &[L], judgments: &[(A, B, f64, f64)]) -> Result<IntervalMatrix>
    where
        L: AsRef<str>,
        A: AsRef<str>,
        B: AsRef<str>,
    {
        let labels = checked_labels(labels)?;
        let mut problems = Vec::new();
        let mut middles = Vec::with_capacity(judgments.len());
        for (first, second, low, high) in judgments {
            let (first, second) = (first.as_ref(), second.as_ref());
            problems.extend(interval_problem(first, second, &[*low, *high]));
            middles.push((first, second, (low * high).sqrt()));
        }
        if !problems.is_empty() {
            return Err(judgment_error(&problems));
        }
        // Names, missing pairs and pairs given twice are found as for single values.
        PairwiseMatrix::from_judgments(&labels, &middles)?;
        let n = labels.len();
        let (mut lows, mut highs) = (vec![1.0; n * n], vec![1.0; n * n]);
        let position = |name: &str| labels.iter().position(|label| label == name);
        for (first, second, low, high) in judgments {
            if let (Some(i), Some(j)) = (position(first.as_ref()), position(second.as_ref())) {
                (lows[i * n + j], highs[i * n + j]) = (*low, *high);
                (lows[j * n + i], highs[j * n + i]) = (1.0 / high, 1.0 / low);
            }
        }
        Ok(IntervalMatrix { labels, low: lows, high: highs })
    }

    /// From full matrices of lower and of upper bounds, one vector per row.
    ///
    /// # Errors
    /// As [`from_judgments`](Self::from_judgments); [`Error::Shape`] when a matrix is not square;
    /// [`Error::Judgment`] for pairs whose lower bound is not 1 divided by the upper bound of the other
    /// direction, within 1e-9.
    pub fn from_rows<L: AsRef<str>>(
        labels: &[L],
        low: &[Vec<f64>],
        high: &[Vec<f64>],
    ) -> Result<IntervalMatrix> {
        let labels = checked_labels(labels)?;
        let n = labels.len();
        for (what, rows) in [("lower", low), ("upper", high)] {
            if rows.len() != n {
                return Err(Error::shape(
                    format!("rows of the {what} bounds, one for each label"),
                    n,
                    rows.len(),
                ));
            }
            for (label, row) in labels.iter().zip(rows) {
                if row.len() != n {
                    return Err(Error::shape(format!("{what} bounds in row `{label}`"), n, row.len()));
                }
            }
        }
        let mut problems = Vec::new();
        let mut judgments = Vec::new();
        for i in 0..n {
            if [low[i][i], high[i][i]].iter().any(|value| value.is_nan() || (value - 1.0).abs() > RECIPROCITY)
            {
                problems.push(format!("`{}` vs itself must be 1", labels[i]));
            }
            for j in i + 1..n {
                let (first, second) = (&labels[i], &labels[j]);
                let forth = interval_problem(first, second, &[low[i][j], high[i][j]]);
                let back = interval_problem(second, first, &[low[j][i], high[j][i]]);
                let reciprocal = (low[i][j] * high[j][i] - 1.0).abs() <= RECIPROCITY
                    && (high[i][j] * low[j][i] - 1.0).abs() <= RECIPROCITY;
                if forth.is_none() && back.is_none() && !reciprocal {
                    problems.push(format!(
                        "`{first}` vs `{second}` is {} to {} but `{second}` vs `{first}` is {} to {}: one must be 1 \
                         divided by the other, ends exchanged; give each pair once as a list of judgments",
                        low[i][j], high[i][j], low[j][i], high[j][i]
                    ));
                }
                problems.extend(forth.into_iter().chain(back));
                judgments.push((first.clone(), second.clone(), low[i][j], high[i][j]));
            }
        }
        if problems.is_empty() {
            Self::from_judgments(&labels, &judgments)
        } else {
            Err(judgment_error(&problems))
        }
    }

    /// Names of the items, in the order of the rows.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The bounds of how many times item `i` is as important as item `j`; `None` beyond the items.
    #[must_use]
    pub fn interval(&self, i: usize, j: usize) -> Option<(f64, f64)> {
        let n = self.labels.len();
        (i < n && j < n).then(|| (self.low[i * n + j], self.high[i * n + j]))
    }

    /// All weights with `low_ij <= w_i / w_j <= high_ij` (Arbel, 1989), as a range for each item.
    ///
    /// In logarithms these are difference constraints: the tightest bound of `w_i / w_j` that follows from any chain
    /// of judgments is a shortest path, and the smallest and largest `w_i` follow without a linear programme.
    /// When no weights fit, all intervals are widened by the same factor, the smallest that lets some fit, as
    /// Salo and Hämäläinen (1995) propose; it is the steepest mean of a circle of judgments (Karp, 1978), and the
    /// circle is named.
    #[must_use]
    pub fn weights(&self) -> IntervalWeights {
        let n = self.labels.len();
        // y_i - y_j <= reach[i][j] for y = ln w.
        let mut reach: Vec<f64> = self.high.iter().map(|&high| ln(high)).collect();
        let (steepest, circle) = steepest_circle(&reach, n);
        let contradictory = steepest < -TOUCHING;
        let widen = if contradictory { -steepest } else { 0.0 };
        for (at, bound) in reach.iter_mut().enumerate() {
            *bound = if at / n == at % n { 0.0 } else { *bound + widen };
        }
        shortest_paths(&mut reach, n);
        let centre: Vec<f64> = (0..n)
            .map(|i| (0..n).map(|k| reach[i * n + k] - reach[k * n + i]).sum::<f64>() / (2 * n) as f64)
            .collect();
        let largest = centre.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let bounds = (0..n).map(|i| {
            let above: f64 = (0..n).map(|j| exp(reach[j * n + i])).sum();
            let below: f64 = (0..n).map(|j| exp(-reach[i * n + j])).sum();
            (1.0 / above, 1.0 / below)
        });
        let widening = exp(widen);
        let contradiction = if contradictory { circle } else { Vec::new() };
        IntervalWeights {
            weights: normalised(centre.iter().map(|y| exp(y - largest)).collect()),
            bounds: bounds.collect(),
            widening,
            findings: self.contradiction(&contradiction, widening).into_iter().collect(),
            contradiction,
        }
    }

    /// Bounds of the normalised geometric means of the rows, each row free of the others (Wang and Elhag, 2006):
    /// `l_i / (l_i + sum of the other u_j)` to `u_i / (u_i + sum of the other l_j)`.
    ///
    /// They exist for contradictory intervals too, and are wider than those of
    /// [`weights`](Self::weights): they do not ask that one set of weights fits all intervals.
    #[must_use]
    pub fn geometric_mean_bounds(&self) -> Vec<(f64, f64)> {
        let n = self.labels.len();
        let means = |bounds: &[f64]| -> Vec<f64> {
            bounds
                .chunks_exact(n)
                .map(|row| exp(row.iter().map(|&b| ln(b)).sum::<f64>() / n as f64))
                .collect()
        };
        attainable(&means(&self.low), &means(&self.high))
    }

    fn contradiction(&self, circle: &[usize], widening: f64) -> Option<Finding> {
        if circle.is_empty() {
            return None;
        }
        let n = self.labels.len();
        let steps: Vec<String> = circle
            .iter()
            .zip(circle.iter().cycle().skip(1))
            .map(|(&i, &j)| {
                let (low, high) = (judgment_text(self.low[i * n + j]), judgment_text(self.high[i * n + j]));
                format!("`{}` vs `{}` {low} to {high}", self.labels[i], self.labels[j])
            })
            .collect();
        Some(Finding::new(
            "W151",
            "interval judgments",
            format!(
                "no weights lie within all intervals; the worst circle is {}; all were widened by the factor \
                 {widening:.4}",
                steps.join(", ")
            ),
            "widen or move one interval of the circle",
        ))
    }
}

/// What is wrong with the ends of an interval, or the three points of a triangular judgment.
pub(super) fn interval_problem(first: &str, second: &str, points: &[f64]) -> Option<String> {
    let value = points.iter().find_map(|&point| value_problem(first, second, point));
    value.or_else(|| {
        let rising = points.windows(2).all(|pair| pair[0] <= pair[1]);
        (!rising).then(|| {
            let shown: Vec<String> = points.iter().map(f64::to_string).collect();
            format!("`{first}` vs `{second}` is {}; give the smaller value first", shown.join(" to "))
        })
    })
}

/// Range of `x_i / sum x` when every `x_i` moves freely between its bounds (Wang and Elhag, 2006).
pub(super) fn attainable(low: &[f64], high: &[f64]) -> Vec<(f64, f64)> {
    let others = |values: &[f64], i: usize| -> f64 {
        values.iter().enumerate().filter(|&(j, _)| j != i).map(|(_, value)| value).sum()
    };
    let range = |i: usize| (low[i] / (low[i] + others(high, i)), high[i] / (high[i] + others(low, i)));
    (0..low.len()).map(range).collect()
}

/// Replaces every bound by the sharpest that follows along any chain (Floyd, 1962; Warshall, 1962).
fn shortest_paths(reach: &mut [f64], n: usize) {
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                let chained = reach[i * n + k] + reach[k * n + j];
                if chained < reach[i * n + j] {
                    reach[i * n + j] = chained;
                }
            }
        }
    }
    // What rounding leaves of circles without slack.
    (0..n).for_each(|i| reach[i * n + i] = 0.0);
}

/// The smallest mean of a circle, and its items in order (Karp, 1978); 0 and no item where no circle is negative.
fn steepest_circle(reach: &[f64], n: usize) -> (f64, Vec<usize>) {
    if n < 3 {
        return (0.0, Vec::new());
    }
    // lightest[k][v]: the lightest walk of k steps from item 0 to v; from[k][v]: the item before v on it.
    let mut lightest = vec![vec![f64::INFINITY; n]; n + 1];
    let mut from = vec![vec![0; n]; n + 1];
    lightest[0][0] = 0.0;
    for k in 1..=n {
        for v in 0..n {
            for u in (0..n).filter(|&u| u != v) {
                let walk = lightest[k - 1][u] + reach[u * n + v];
                if walk < lightest[k][v] {
                    (lightest[k][v], from[k][v]) = (walk, u);
                }
            }
        }
    }
    let mean_to = |v: usize| {
        let steps = (0..n).filter(|&k| lightest[k][v].is_finite());
        steps.map(|k| (lightest[n][v] - lightest[k][v]) / (n - k) as f64).fold(f64::NEG_INFINITY, f64::max)
    };
    let end = (0..n).min_by(|&a, &b| mean_to(a).total_cmp(&mean_to(b))).unwrap_or(0);
    let mut walk = vec![end];
    for k in (1..=n).rev() {
        walk.push(from[k][walk[walk.len() - 1]]);
    }
    walk.reverse();
    let mean_of = |circle: &[usize]| {
        let steps = circle.iter().zip(circle.iter().cycle().skip(1));
        steps.map(|(&u, &v)| reach[u * n + v]).sum::<f64>() / circle.len() as f64
    };
    let mut best: (f64, Vec<usize>) = (0.0, Vec::new());
    for start in 0..walk.len() {
        let Some(length) = walk[start + 1..].iter().position(|item| *item == walk[start]) else { continue };
        let circle = &walk[start..=start + length];
        let mean = mean_of(circle);
        if mean < best.0 {
            best = (mean, circle.to_vec());
        }
    }
    best
}
