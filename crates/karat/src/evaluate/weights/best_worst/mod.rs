//! The best-worst method: 2n - 3 judgments instead of n (n - 1) / 2.

mod consistency;
mod solve;
#[cfg(test)]
mod tests;

use karat_scorer::{Error, Result, nearest_name};

use super::finding::Finding;
use super::intake::{checked_labels, judgment_error, value_problem};
use super::scale::judgment_text;

pub use consistency::best_worst_threshold;

/// Judgments of the best item against every other, and of every other against the worst (Rezaei, 2015).
///
/// ```
/// use karat::evaluate::weights::BestWorst;
/// // How many times the best, quality, is as important as each; how many times each is as important as style.
/// let found = BestWorst::new(
///     &["price", "quality", "comfort", "safety", "style"],
///     "quality",
///     "style",
///     &[2.0, 1.0, 4.0, 3.0, 8.0],
///     &[4.0, 8.0, 2.0, 3.0, 1.0],
/// )?
/// .weights();
/// // 82/183 and 2/183.
/// assert!((found.weights[1] - 82.0 / 183.0).abs() < 1e-15);
/// assert!((found.deviation - 2.0 / 183.0).abs() < 1e-15);
/// assert_eq!(found.consistency_ratio, 1.0 / 56.0);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BestWorst {
    labels: Vec<String>,
    best: usize,
    worst: usize,
    /// `a_Bj`, at least 1.
    best_to_others: Vec<f64>,
    /// `a_jW`, at least 1.
    others_to_worst: Vec<f64>,
}

/// Weights by the best-worst method.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BestWorstWeights {
    /// One weight per item, sum 1.
    pub weights: Vec<f64>,
    /// The largest of all `|w_B - a_Bj w_j|` and `|w_j - a_jW w_W|`, the smallest possible (xi of the linear
    /// model); 0 for consistent judgments.
    pub deviation: f64,
    /// The input-based consistency ratio, the largest `|a_Bj a_jW - a_BW| / (a_BW^2 - a_BW)`: 0 for consistent
    /// judgments, known before any weight is (Liang, Brunelli and Rezaei, 2020).
    pub consistency_ratio: f64,
    /// The item at which that largest value stands; `None` for consistent judgments.
    pub most_inconsistent: Option<usize>,
    /// The ratio up to which judgments of this many items and this `a_BW` are acceptable, see
    /// [`best_worst_threshold`].
    pub threshold: Option<f64>,
    /// `W150` for a weight that vanished, `W153` for a ratio above its threshold, `W154` when several sets of weights
    /// fit equally well and their middle is given.
    pub findings: Vec<Finding>,
}

impl BestWorst {
    /// From the judgments of each item, in the order of the labels. Where best and best, or worst and worst,
    /// meet there stands 1; best against worst stands in both lists.
    ///
    /// # Errors
    /// [`Error::Argument`] for labels that are empty, repeated or too many, for an unknown best or worst (with the
    /// nearest name), or one item that is both. [`Error::Shape`] for lists of another length. [`Error::Judgment`]
    /// listing every judgment that is not a number of at least 1, that exceeds best against worst, and
    /// a best against worst on which the lists disagree.
    pub fn new<L: AsRef<str>>(
        labels: &[L],
        best: &str,
        worst: &str,
        best_to_others: &[f64],
        others_to_worst: &[f64],
    ) -> Result<BestWorst> {
        let labels = checked_labels(labels)?;
        let n = labels.len();
        let best = position(&labels, "best", best)?;
        let worst = position(&labels, "worst", worst)?;
        if best == worst && n > 1 {
            let rule = "must be another item than the best";
            return Err(Error::argument("worst", rule, format!("`{}`", labels[worst])));
        }
        for (name, list) in [("best_to_others", best_to_others), ("others_to_worst", others_to_worst)] {
            if list.len() != n {
                return Err(Error::shape(format!("judgments in {name}, one for each item"), n, list.len()));
            }
        }
        let judged = BestWorst {
            labels,
            best,
            worst,
            best_to_others: best_to_others.to_vec(),
            others_to_worst: others_to_worst.to_vec(),
        };
        let problems = judged.problems();
        if problems.is_empty() { Ok(judged) } else { Err(judgment_error(&problems)) }
    }

    /// Names of the items.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    fn problems(&self) -> Vec<String> {
        let (best, worst) = (&self.labels[self.best], &self.labels[self.worst]);
        let extreme = self.best_to_others[self.worst];
        let mut problems = Vec::new();
        let below_one = |first: &str, second: &str, value: f64| {
            let problem = value_problem(first, second, value);
            problem.or_else(|| {
                (value < 1.0).then(|| {
                    format!(
                        "`{first}` vs `{second}` is {}: the best is at least as important as every item, and every \
                         item as the worst; give a value >= 1 or choose another best or worst",
                        judgment_text(value)
                    )
                })
            })
        };
        for (j, label) in self.labels.iter().enumerate() {
            for (is_itself, first, second, value) in [
                (j == self.best, best, label, self.best_to_others[j]),
                (j == self.worst, label, worst, self.others_to_worst[j]),
            ] {
                if is_itself && value != 1.0 {
                    problems.push(format!("`{first}` vs itself must be 1, got {value}"));
                } else if let Some(problem) = below_one(first, second, value) {
                    problems.push(problem);
                } else if value > extreme && j != self.best && j != self.worst {
                    problems.push(format!(
                        "`{first}` vs `{second}` is {}, more than the best vs the worst (`{best}` vs `{worst}` is {}); \
                         lower it, or choose another best or worst",
                        judgment_text(value),
                        judgment_text(extreme)
                    ));
                }
            }
        }
        let again = self.others_to_worst[self.best];
        // NaN has been named above.
        if (again - extreme).abs() > 0.0 {
            problems.push(format!(
                "`{best}` vs `{worst}` is {extreme} in best_to_others but {again} in others_to_worst; give the same value"
            ));
        }
        problems
    }
}

fn position(labels: &[String], parameter: &str, name: &str) -> Result<usize> {
    labels.iter().position(|label| label == name).ok_or_else(|| {
        let hint = nearest_name(name, labels.iter().map(String::as_str))
            .map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
        Error::argument(parameter, format!("must be one of the items{hint}"), format!("`{name}`"))
    })
}
