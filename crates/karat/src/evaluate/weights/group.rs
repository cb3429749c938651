//! Several judges, one set of weights.

use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};

use super::ahp::normalised;
use super::combine::check_weights;
use super::judgments::PairwiseMatrix;

/// How the priorities of several judges are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PriorityMean {
    /// Weighted geometric mean, normalised: agrees with averaging the judgments when priorities are
    /// geometric means themselves (Barzilai and Golany, 1994).
    #[default]
    Geometric,
    /// Weighted arithmetic mean.
    Arithmetic,
}

/// One matrix for a group that decides together (AIJ): every judgment is the weighted geometric mean of
/// the judges', the only mean that keeps reciprocity (Aczel and Saaty, 1983).
///
/// `judge_weights` are non-negative and sum to 1, one for each judge.
///
/// # Errors
/// [`Error::Argument`] for no judge or weights that do not sum to 1; [`Error::Shape`] for a different
/// number of weights; [`Error::Judgment`] when a judge's items differ from the first one's, in name or
/// order.
///
/// ```
/// use karat::evaluate::weights::{PairwiseMatrix, aggregate_judgments};
/// let marketing = PairwiseMatrix::from_text(&["a", "b"], &["a 8 b"])?;
/// let finance = PairwiseMatrix::from_text(&["a", "b"], &["a 2 b"])?;
/// let both = aggregate_judgments(&[marketing, finance], &[0.5, 0.5])?;
/// assert!((both.judgment(0, 1) - 4.0).abs() < 1e-14);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn aggregate_judgments(judges: &[PairwiseMatrix], judge_weights: &[f64]) -> Result<PairwiseMatrix> {
    check_judges(judges.len(), judge_weights)?;
    let labels = judges[0].labels();
    for (at, judge) in judges.iter().enumerate().skip(1) {
        if judge.size() != labels.len() {
            return Err(Error::shape(format!("items of judge {at}"), labels.len(), judge.size()));
        }
        if let Some((mine, first)) = judge.labels().iter().zip(labels).find(|(mine, first)| mine != first) {
            return Err(Error::Judgment(format!(
                "judge {at} has `{mine}` where judge 0 has `{first}`; give every judge the same items in the same \
                 order"
            )));
        }
    }
    let n = labels.len();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let values = pairs.enumerate().map(|(at, (i, j))| {
        let log: f64 =
            judges.iter().zip(judge_weights).map(|(judge, weight)| weight * judge.logs()[at]).sum();
        (i, j, exp(log))
    });
    Ok(PairwiseMatrix::from_upper(labels.to_vec(), values))
}

/// One set of weights for a group whose members decide apart (AIP): the weighted mean of the priorities of
/// every judge, normalised.
///
/// `priorities` holds one slice of positive weights per judge, all the same length; `judge_weights` are
/// non-negative and sum to 1. With criteria weights in place of `judge_weights` and local priorities of
/// the alternatives, the arithmetic mean is the distributive synthesis of a hierarchy and the geometric
/// mean the weighted product.
///
/// # Errors
/// [`Error::Argument`] for no judge, weights that do not sum to 1 or, in the geometric mean, a weight of
/// 0; [`Error::Shape`] for different lengths.
pub fn aggregate_priorities(
    priorities: &[&[f64]],
    judge_weights: &[f64],
    mean: PriorityMean,
) -> Result<Vec<f64>> {
    check_judges(priorities.len(), judge_weights)?;
    let n = priorities[0].len();
    for (at, own) in priorities.iter().enumerate() {
        if own.len() != n {
            return Err(Error::shape(format!("priorities of judge {at}"), n, own.len()));
        }
        check_weights(&format!("priorities of judge {at}"), own)?;
        if mean == PriorityMean::Geometric && own.contains(&0.0) {
            let rule = "must be > 0 in a geometric mean; use the arithmetic mean";
            return Err(Error::argument(format!("priorities of judge {at}"), rule, 0));
        }
    }
    let judged = |i: usize| priorities.iter().zip(judge_weights).map(move |(own, &weight)| (own[i], weight));
    let means = (0..n).map(|i| match mean {
        PriorityMean::Geometric => exp(judged(i).map(|(own, weight)| weight * ln(own)).sum()),
        PriorityMean::Arithmetic => judged(i).map(|(own, weight)| weight * own).sum(),
    });
    Ok(normalised(means.collect()))
}

fn check_judges(judges: usize, judge_weights: &[f64]) -> Result<()> {
    if judges == 0 {
        return Err(Error::argument("judges", "must be at least one", 0));
    }
    if judge_weights.len() != judges {
        return Err(Error::shape("judge weights, one for each judge", judges, judge_weights.len()));
    }
    check_weights("judge_weights", judge_weights)
}
