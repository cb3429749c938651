//! What a group of judges decided, and who stands where.

use karat_scorer::Result;
use karat_scorer::numerics::ln;

use super::ahp::{Ahp, Priorities};
use super::consensus::{Consensus, agreement};
use super::group::{PriorityMean, aggregate_judgments, aggregate_priorities};
use super::judgments::PairwiseMatrix;

/// Judges whose consensus stays at or above this share a cluster: our own choice, no published limit.
const SAME_OPINION: f64 = 0.75;

/// A judge further from the group's middle than this many robust standard deviations is an outlier (Iglewicz
/// and Hoaglin, 1993).
const OUTLYING: f64 = 3.5;

/// Robust standard deviations below this, in logarithms of weights, are no yardstick: 10 %.
const LEAST_SPREAD: f64 = 0.1;

/// How a group decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum GroupMethod {
    /// Together: the judgments are averaged, then the weights drawn (AIJ).
    #[default]
    Judgments,
    /// Apart: the weights of every judge are averaged geometrically (AIP).
    Priorities,
}

/// The decision of a group, with what each judge did to it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GroupReport {
    /// The averaged judgments.
    pub judgments: PairwiseMatrix,
    /// Weights of the group; the consistency is that of the averaged judgments.
    pub priorities: Priorities,
    /// Weights and consistency of every judge.
    pub judges: Vec<Priorities>,
    /// How far the judges agree.
    pub consensus: Consensus,
    /// For every judge and item, the group's weight less the weight without this judge; empty rows for a group of
    /// one and for a judge who holds all the weight.
    pub pulls: Vec<Vec<f64>>,
    /// Distance of every judge from the middle of the group: root mean square of the centred logarithms of the
    /// weights around their medians over the judges.
    pub distances: Vec<f64>,
    /// Judges whose distance exceeds the median distance by 3.5 robust standard deviations; sought among four
    /// judges or more.
    pub outliers: Vec<usize>,
    /// Judges of like opinion: merged while every two in a cluster have a consensus of 0.75 or more.
    pub clusters: Vec<Vec<usize>>,
}

impl Ahp {
    /// The decision of several judges.
    ///
    /// # Errors
    /// As [`aggregate_judgments`] and [`priorities`](Self::priorities).
    ///
    /// ```
    /// use karat::evaluate::weights::{Ahp, GroupMethod, PairwiseMatrix};
    /// let marketing = PairwiseMatrix::from_text(&["a", "b"], &["a 8 b"])?;
    /// let finance = PairwiseMatrix::from_text(&["a", "b"], &["a 2 b"])?;
    /// let report = Ahp::new().group(&[marketing, finance], &[0.5, 0.5], GroupMethod::Judgments)?;
    /// assert!((report.priorities.weights[0] - 0.8).abs() < 1e-12);
    /// // Without marketing the weight of a were 2/3.
    /// assert!((report.pulls[0][0] - (0.8 - 2.0 / 3.0)).abs() < 1e-12);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn group(
        &self,
        judges: &[PairwiseMatrix],
        judge_weights: &[f64],
        method: GroupMethod,
    ) -> Result<GroupReport> {
        let judgments = aggregate_judgments(judges, judge_weights)?;
        let own = judges.iter().map(|judge| self.priorities(judge)).collect::<Result<Vec<_>>>()?;
        let weights: Vec<&[f64]> = own.iter().map(|priorities| priorities.weights.as_slice()).collect();
        let mut priorities = self.priorities(&judgments)?;
        if method == GroupMethod::Priorities {
            priorities.weights = aggregate_priorities(&weights, judge_weights, PriorityMean::Geometric)?;
        }
        let pulls = (0..judges.len())
            .map(|out| self.pull(judges, &weights, judge_weights, method, &priorities.weights, out))
            .collect::<Result<Vec<_>>>()?;
        let distances = distances(&weights);
        Ok(GroupReport {
            consensus: agreement(&weights),
            outliers: outliers(&distances),
            clusters: clusters(&weights),
            judgments,
            priorities,
            pulls,
            distances,
            judges: own,
        })
    }

    fn pull(
        &self,
        judges: &[PairwiseMatrix],
        weights: &[&[f64]],
        judge_weights: &[f64],
        method: GroupMethod,
        together: &[f64],
        out: usize,
    ) -> Result<Vec<f64>> {
        let kept: Vec<usize> = (0..judges.len()).filter(|&judge| judge != out).collect();
        let total: f64 = kept.iter().map(|&judge| judge_weights[judge]).sum();
        if total <= 1e-9 {
            return Ok(Vec::new());
        }
        let shares: Vec<f64> = kept.iter().map(|&judge| judge_weights[judge] / total).collect();
        let without = match method {
            GroupMethod::Judgments => {
                let others: Vec<PairwiseMatrix> = kept.iter().map(|&judge| judges[judge].clone()).collect();
                self.priorities(&aggregate_judgments(&others, &shares)?)?.weights
            }
            GroupMethod::Priorities => {
                let others: Vec<&[f64]> = kept.iter().map(|&judge| weights[judge]).collect();
                aggregate_priorities(&others, &shares, PriorityMean::Geometric)?
            }
        };
        Ok(together.iter().zip(without).map(|(with, without)| with - without).collect())
    }
}

fn distances(weights: &[&[f64]]) -> Vec<f64> {
    let n = weights[0].len();
    let logs: Vec<Vec<f64>> = weights
        .iter()
        .map(|own| {
            let logs: Vec<f64> = own.iter().map(|&weight| ln(weight)).collect();
            let mean = logs.iter().sum::<f64>() / n as f64;
            logs.into_iter().map(|log| log - mean).collect()
        })
        .collect();
    let middle: Vec<f64> = (0..n).map(|i| median(logs.iter().map(|own| own[i]).collect())).collect();
    let distance = |own: &Vec<f64>| {
        let squares: f64 = own.iter().zip(&middle).map(|(log, middle)| (log - middle) * (log - middle)).sum();
        (squares / n as f64).sqrt()
    };
    logs.iter().map(distance).collect()
}

fn outliers(distances: &[f64]) -> Vec<usize> {
    if distances.len() < 4 {
        return Vec::new();
    }
    let middle = median(distances.to_vec());
    // 1.4826 makes the median deviation of a normal sample its standard deviation.
    let spread = 1.4826 * median(distances.iter().map(|distance| (distance - middle).abs()).collect());
    let limit = middle + OUTLYING * spread.max(LEAST_SPREAD);
    (0..distances.len()).filter(|&judge| distances[judge] > limit).collect()
}

/// Complete linkage: the two clusters whose least agreement is highest merge first.
fn clusters(weights: &[&[f64]]) -> Vec<Vec<usize>> {
    let judges = weights.len();
    let mut alike = vec![1.0; judges * judges];
    for i in 0..judges {
        for j in i + 1..judges {
            let shannon = agreement(&[weights[i], weights[j]]).shannon;
            (alike[i * judges + j], alike[j * judges + i]) = (shannon, shannon);
        }
    }
    let mut clusters: Vec<Vec<usize>> = (0..judges).map(|judge| vec![judge]).collect();
    loop {
        let mut best: Option<(f64, usize, usize)> = None;
        for (a, one) in clusters.iter().enumerate() {
            for (b, other) in clusters.iter().enumerate().skip(a + 1) {
                let links = one.iter().flat_map(|&i| other.iter().map(move |&j| (i, j)));
                let least = links.map(|(i, j)| alike[i * judges + j]).fold(1.0, f64::min);
                if least >= SAME_OPINION && best.is_none_or(|(most, ..)| least > most) {
                    best = Some((least, a, b));
                }
            }
        }
        let Some((_, a, b)) = best else { return clusters };
        let joined = clusters.remove(b);
        clusters[a].extend(joined);
        clusters[a].sort_unstable();
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { 0.5 * (values[half - 1] + values[half]) }
}
