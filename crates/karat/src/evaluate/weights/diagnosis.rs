//! Which judgment contradicts the others, and what changing it would do.

use karat_scorer::numerics::exp;
use karat_scorer::{Error, Result};

use super::ahp::{Ahp, Priorities, mean_logs};
use super::finding::Finding;
use super::judgments::PairwiseMatrix;
use super::perron::perron;
use super::scale::{SAATY_SCALE, judgment_text, log_distance, nearest_on_scale};
use super::suspicion::suspicions;
use super::triads::Triad;

/// One comparison beside what the rest of the matrix says about it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PairDiagnosis {
    /// Positions (i, j) of the two items, i < j.
    pub pair: (usize, usize),
    /// Name of item i.
    pub first: String,
    /// Name of item j.
    pub second: String,
    /// The judgment given, `a_ij`.
    pub given: f64,
    /// What the weights make of it, `w_i / w_j`. The given judgment had its part in these weights.
    pub weights_imply: f64,
    /// What all other judgments imply: the geometric mean of `a_ik a_kj` over the n - 2 items k between, which
    /// is the logarithmic least squares fit without this comparison.
    pub others_imply: f64,
    /// How far judgment and weights disagree, as a factor >= 1: the larger of `a_ij w_j / w_i` and its inverse.
    pub ratio_error: f64,
    /// Share, 0 to 1, of all contradiction that vanishes when this judgment is left out: the drop in the sum of
    /// squares of the logarithmic least squares fit, every judgment weighted by the coarseness of Saaty's scale
    /// where it stands.
    pub suspicion: f64,
    /// What the others imply, rounded to Saaty's scale.
    pub suggested: f64,
}

/// One judgment replaced by another, and the consistency ratio that follows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SingleChange {
    /// Positions (i, j) of the two items, i < j.
    pub pair: (usize, usize),
    /// Name of item i.
    pub first: String,
    /// Name of item j.
    pub second: String,
    /// The judgment given, `a_ij`.
    pub from: f64,
    /// The judgment proposed, a value of Saaty's scale.
    pub to: f64,
    /// Steps on Saaty's scale between the two.
    pub steps: usize,
    /// CR of the matrix with this one change.
    pub consistency_ratio: f64,
}

/// What is inconsistent in a matrix, and which single change helps most.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// Every comparison, the most suspect first; empty for fewer than three items.
    pub pairs: Vec<PairDiagnosis>,
    /// For every comparison the change to what the others imply, rounded to Saaty's scale; the lowest
    /// resulting consistency ratio first.
    pub changes: Vec<SingleChange>,
}

impl Ahp {
    /// Compares every judgment with what the weights and the other judgments imply, and tries for each the
    /// one change that the others suggest.
    ///
    /// Costs one eigenvector per pair: a tenth of a millisecond for 9 items, some tenths of a second for 64.
    ///
    /// # Errors
    /// [`Error::Argument`] when the random-index table ends before the matrix.
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, PairwiseMatrix};
    /// // 2 * 3 = 6 would be consistent; the last judgment was turned round by mistake.
    /// let matrix = PairwiseMatrix::from_text(&["a", "b", "c", "d"], &[
    ///     "a 2 b", "b 3 c", "a 1/6 c", "c 1 d", "a 6 d", "b 3 d",
    /// ])?;
    /// let diagnosis = Ahp::new().diagnose(&matrix)?;
    /// let worst = &diagnosis.pairs[0];
    /// assert_eq!((worst.first.as_str(), worst.second.as_str()), ("a", "c"));
    /// assert!((worst.others_imply - 6.0).abs() < 1e-12);
    /// assert_eq!((diagnosis.changes[0].pair, diagnosis.changes[0].to), (worst.pair, 6.0));
    /// assert!(diagnosis.changes[0].consistency_ratio < 1e-12);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn diagnose(&self, matrix: &PairwiseMatrix) -> Result<Diagnosis> {
        self.diagnose_with(matrix, &self.priorities(matrix)?)
    }

    fn diagnose_with(&self, matrix: &PairwiseMatrix, priorities: &Priorities) -> Result<Diagnosis> {
        let n = matrix.size();
        if priorities.weights.len() != n {
            return Err(Error::shape(
                "weights, one for each item of the matrix",
                n,
                priorities.weights.len(),
            ));
        }
        if n < 3 {
            return Ok(Diagnosis { pairs: Vec::new(), changes: Vec::new() });
        }
        let weights = &priorities.weights;
        let means = mean_logs(matrix);
        let mut suspicions = suspicions(matrix).into_iter();
        let mut logs = matrix.logs().iter();
        let mut pairs = Vec::with_capacity(n * (n - 1) / 2);
        for i in 0..n {
            for (j, &log) in (i + 1..n).zip(&mut logs) {
                let given = matrix.judgment(i, j);
                let others = (n as f64 * (means[i] - means[j]) - 2.0 * log) / (n - 2) as f64;
                let ratio = given * weights[j] / weights[i];
                pairs.push(PairDiagnosis {
                    pair: (i, j),
                    first: matrix.labels()[i].clone(),
                    second: matrix.labels()[j].clone(),
                    given,
                    weights_imply: weights[i] / weights[j],
                    others_imply: exp(others),
                    ratio_error: if ratio >= 1.0 { ratio } else { 1.0 / ratio },
                    suspicion: suspicions.next().unwrap_or(0.0),
                    suggested: SAATY_SCALE[nearest_on_scale(exp(others))],
                });
            }
        }
        let mut changes = Vec::with_capacity(pairs.len());
        for pair in &pairs {
            changes.push(self.change(matrix, pair.pair, nearest_on_scale(pair.others_imply))?);
        }
        pairs.sort_by_key(|pair| {
            std::cmp::Reverse((rank(pair.suspicion), rank(log_distance(pair.ratio_error))))
        });
        changes.sort_by_key(|change| (rank(change.consistency_ratio), change.steps));
        Ok(Diagnosis { pairs, changes })
    }

    /// Every change of one judgment to another value of Saaty's scale that brings the consistency ratio to
    /// `threshold` or below; fewest scale steps first, then the lowest ratio. Empty when no single change
    /// suffices.
    ///
    /// Tries 16 values for every pair: below a millisecond for 9 items, seconds for 64.
    ///
    /// # Errors
    /// [`Error::Argument`] when the random-index table ends before the matrix or the threshold is not a
    /// positive number.
    pub fn repairs(&self, matrix: &PairwiseMatrix, threshold: f64) -> Result<Vec<SingleChange>> {
        check_threshold(threshold)?;
        let n = matrix.size();
        let mut found = Vec::new();
        if n < 3 {
            return Ok(found);
        }
        for pair in (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))) {
            found.extend(self.sufficient_changes(matrix, pair, threshold)?);
        }
        found.sort_by_key(|change| (change.steps, rank(change.consistency_ratio)));
        Ok(found)
    }

    /// The changes of one judgment that suffice, in the order of the scale.
    fn sufficient_changes(
        &self,
        matrix: &PairwiseMatrix,
        pair: (usize, usize),
        threshold: f64,
    ) -> Result<Vec<SingleChange>> {
        let given = nearest_on_scale(matrix.judgment(pair.0, pair.1));
        let mut found = Vec::new();
        for to in (0..SAATY_SCALE.len()).filter(|&to| to != given) {
            let change = self.change(matrix, pair, to)?;
            if change.consistency_ratio <= threshold {
                found.push(change);
            }
        }
        Ok(found)
    }

    fn change(&self, matrix: &PairwiseMatrix, (i, j): (usize, usize), to: usize) -> Result<SingleChange> {
        let n = matrix.size() as f64;
        let from = matrix.judgment(i, j);
        let lambda = perron(&matrix.replaced(i, j, SAATY_SCALE[to])).lambda;
        let index = (lambda - n).max(0.0) / (n - 1.0);
        Ok(SingleChange {
            pair: (i, j),
            first: matrix.labels()[i].clone(),
            second: matrix.labels()[j].clone(),
            from,
            to: SAATY_SCALE[to],
            steps: to.abs_diff(nearest_on_scale(from)),
            consistency_ratio: self.random_index.value(matrix.size())?.ratio(index),
        })
    }

    /// The priorities, when the consistency ratio stays below `threshold` (Saaty: 0.10).
    ///
    /// # Errors
    /// [`Error::Judgment`] otherwise: the ratio with its random index, the most inconsistent comparison, the
    /// value that the others imply, and the ratio that changing it would give. [`Error::Argument`] as in
    /// [`priorities`](Self::priorities), or for a threshold that is not a positive number.
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, PairwiseMatrix};
    /// let circle = PairwiseMatrix::from_text(&["a", "b", "c"], &["a 3 b", "b 3 c", "c 3 a"])?;
    /// let error = Ahp::new().check_consistency(&circle, 0.10).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "consistency ratio 1.271 > 0.10 (random index 0.5245, recomputed, n = 3); most inconsistent: \
    ///      `a` vs `b` (given 3, the others imply 1/9); the worst triad is `a` 3 `b`, `b` 3 `c`, `a` 1/3 `c`, \
    ///      which run in a circle; changing it to 1/9 gives 0.000, and 1/4 is enough (0.070)"
    /// );
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn check_consistency(&self, matrix: &PairwiseMatrix, threshold: f64) -> Result<Priorities> {
        let priorities = self.priorities(matrix)?;
        match self.inconsistency(matrix, &priorities, threshold)? {
            None => Ok(priorities),
            Some(finding) => Err(Error::Judgment(format!("{}; {}", finding.fact, finding.proposal))),
        }
    }

    /// What [`check_consistency`](Self::check_consistency) would object to, as the finding `W102` for a
    /// report that keeps the weights; `None` below the threshold.
    ///
    /// # Errors
    /// [`Error::Argument`] as in [`check_consistency`](Self::check_consistency); [`Error::Shape`] for
    /// priorities of another matrix.
    pub fn inconsistency(
        &self,
        matrix: &PairwiseMatrix,
        priorities: &Priorities,
        threshold: f64,
    ) -> Result<Option<Finding>> {
        check_threshold(threshold)?;
        if priorities.consistency_ratio < threshold {
            return Ok(None);
        }
        let diagnosis = self.diagnose_with(matrix, priorities)?;
        let Some(worst) = diagnosis.pairs.first() else { return Ok(None) };
        let place = format!("`{}` vs `{}`", worst.first, worst.second);
        let index = priorities.random_index;
        let fact = format!(
            "consistency ratio {} (random index {:.4}, {}{}, n = {}); most inconsistent: {place} (given {}, the \
             others imply {}){}",
            exceeds(priorities.consistency_ratio, threshold),
            index.value,
            index.table,
            if index.extrapolated { " extended by the Alonso-Lamata line" } else { "" },
            matrix.size(),
            judgment_text(worst.given),
            judgment_text(worst.others_imply),
            worst_triad(matrix),
        );
        let proposal = self.proposal(matrix, &diagnosis, worst, threshold)?;
        Ok(Some(Finding::new("W102", place, fact, proposal)))
    }

    fn proposal(
        &self,
        matrix: &PairwiseMatrix,
        diagnosis: &Diagnosis,
        worst: &PairDiagnosis,
        threshold: f64,
    ) -> Result<String> {
        let sufficient = self.sufficient_changes(matrix, worst.pair, threshold)?;
        let least = sufficient.iter().min_by_key(|least| least.steps);
        let mut parts = Vec::new();
        if let Some(change) =
            diagnosis.changes.iter().find(|change| change.pair == worst.pair && change.steps > 0)
        {
            let mut text =
                format!("changing it to {} gives {:.3}", judgment_text(change.to), change.consistency_ratio);
            if let Some(least) = least.filter(|least| least.steps < change.steps) {
                let (to, ratio) = (judgment_text(least.to), least.consistency_ratio);
                text += &format!(", and {to} is enough ({ratio:.3})");
            }
            parts.push(text);
        }
        if let Some(best) = diagnosis.changes.first() {
            if best.pair != worst.pair && best.steps > 0 {
                parts.push(format!(
                    "the best single change is `{}` vs `{}` from {} to {}, which gives {:.3}",
                    best.first,
                    best.second,
                    judgment_text(best.from),
                    judgment_text(best.to),
                    best.consistency_ratio
                ));
            }
            if best.consistency_ratio >= threshold && least.is_none() {
                parts.push("none of these single changes suffices, so review several judgments".to_owned());
            }
        }
        Ok(parts.join("; "))
    }
}

/// The triad that contradicts itself most, as a clause.
fn worst_triad(matrix: &PairwiseMatrix) -> String {
    let triads = matrix.triads();
    let Some(Triad { items: [i, j, k], judgments: [ij, jk, ik], circular, .. }) = triads.first() else {
        return String::new();
    };
    let circle = if *circular { ", which run in a circle" } else { "" };
    let [ij, jk, ik] = [ij, jk, ik].map(|judgment| judgment_text(*judgment));
    format!("; the worst triad is `{i}` {ij} `{j}`, `{j}` {jk} `{k}`, `{i}` {ik} `{k}`{circle}")
}

pub(super) fn check_threshold(threshold: f64) -> Result<()> {
    if threshold > 0.0 && threshold.is_finite() {
        return Ok(());
    }
    Err(Error::argument("threshold", "must be a number > 0, usually 0.10", threshold))
}

/// `0.170 > 0.10`, with as many digits as it takes to show the difference.
pub(super) fn exceeds(ratio: f64, threshold: f64) -> String {
    let limit = format!("{threshold:.2}");
    let limit = if limit.parse() == Ok(threshold) { limit } else { threshold.to_string() };
    let sign = if ratio > threshold { ">" } else { ">=" };
    let digits = if ratio - threshold < 0.001 { 6 } else { 3 };
    format!("{ratio:.digits$} {sign} {limit}")
}

/// A figure on a grid of 1e-9, so that rounding errors cannot order what is equal by algebra.
///
/// The sorts are stable: equals stay in the order of the labels.
pub(super) fn rank(figure: f64) -> i64 {
    (figure * 1e9).round() as i64
}
