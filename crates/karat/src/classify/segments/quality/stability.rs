//! Would the segments be found again? Bootstrap stability and prediction strength.

use super::agreement::Agreement;
use super::labelled::{Rows, mean_and_error, sum};
use crate::classify::segments::KMeans;
use crate::classify::segments::Value;
use crate::numerics::random::Random;
use karat_scorer::step::Segments;
use karat_scorer::{Error, Result};
use ndarray::{Array2, ArrayView2};

/// What refits on resampled rows found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stability {
    /// Adjusted Rand index of each refit with the segmentation, over all rows.
    pub adjusted_rand: Vec<f64>,
    /// Its mean.
    pub mean_adjusted_rand: f64,
    /// Standard error of that mean.
    pub adjusted_rand_error: f64,
    /// Labels of the segments that have rows, ascending.
    pub segments: Vec<u32>,
    /// Mean over the refits of the Jaccard similarity of each segment with the most similar one of the
    /// refit, over the rows that were drawn. After Hennig, a segment at 0.75 or more is stable, below 0.6 it
    /// should not be trusted, and at 0.5 or less it is dissolved.
    pub jaccard: Vec<f64>,
    /// Refits in which the segment was dissolved: its similarity was 0.5 or less.
    pub dissolved: Vec<usize>,
}

/// Refits `resamples` bootstrap samples of the rows and compares each with `labels` (Hennig, "Cluster-wise
/// assessment of cluster stability", 2007).
///
/// `plan` is how the refits are made, with the number of segments of `labels`. A sample draws as many rows
/// as there are, with replacement, by `seed`; a row that was drawn twice weighs twice in the refit and counts
/// once in the similarity, as in Hennig's program.
///
/// # Errors
/// [`Error::Shape`] unless there is one label a row; [`Error::Argument`] without resamples; otherwise as
/// [`KMeans::fit`].
pub fn stability<T: Value>(
    x: ArrayView2<'_, T>,
    labels: &[u32],
    plan: &KMeans,
    resamples: usize,
    seed: u64,
) -> Result<Stability> {
    if labels.len() != x.nrows() {
        return Err(Error::shape("labels, one a row", x.nrows(), labels.len()));
    }
    if resamples == 0 {
        return Err(Error::argument("resamples", "must be >= 1", 0));
    }
    let rows = Rows::new(x)?;
    let count = rows.count();
    let table = rows.pick(&(0..count).collect::<Vec<usize>>());
    let segments = Agreement::new(labels, labels)?.before;
    let mut found = Stability {
        adjusted_rand: Vec::with_capacity(resamples),
        mean_adjusted_rand: 0.0,
        adjusted_rand_error: 0.0,
        jaccard: vec![0.0; segments.len()],
        dissolved: vec![0; segments.len()],
        segments,
    };
    let mut judged = vec![0_usize; found.segments.len()];
    for resample in 0..resamples {
        let mut random = Random::stream(seed, resample as u64);
        let mut weights = vec![0.0; count];
        for _ in 0..count {
            weights[random.below(count as u64) as usize] += 1.0;
        }
        let refit = plan.clone().seed(random.next_bits()).fit_weighted(table.view(), Some(&weights))?;
        found.adjusted_rand.push(Agreement::new(labels, &refit.report.labels)?.adjusted_rand());
        let drawn: Vec<usize> = (0..count).filter(|&row| weights[row] > 0.0).collect();
        let of = |labels: &[u32]| drawn.iter().map(|&row| labels[row]).collect::<Vec<u32>>();
        let overlap = Agreement::new(&of(labels), &of(&refit.report.labels))?;
        for (label, similarity) in overlap.before.iter().zip(overlap.best_jaccard()) {
            let Ok(place) = found.segments.binary_search(label) else { continue };
            found.jaccard[place] += similarity;
            found.dissolved[place] += usize::from(similarity <= 0.5);
            judged[place] += 1;
        }
    }
    for (total, &judged) in found.jaccard.iter_mut().zip(&judged) {
        *total /= judged as f64;
    }
    (found.mean_adjusted_rand, found.adjusted_rand_error) = mean_and_error(&found.adjusted_rand);
    Ok(found)
}

/// How well one half of the rows predicts the segments of the other.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PredictionStrength {
    /// The strength of each split, 0 to 1.
    pub strengths: Vec<f64>,
    /// Their mean; 0.8 or more speaks for as many segments.
    pub mean: f64,
    /// Standard error of the mean.
    pub error: f64,
}

/// Prediction strength (Tibshirani and Walther, "Cluster validation by prediction strength", 2005) of
/// `plan.k` segments: the rows are split in two, each half is segmented, and for every segment of the second
/// half the share of its pairs of rows is counted that the centers of the first half put together too; the
/// strength is the smallest share. Each of the `splits` random splits is used both ways round.
///
/// Segments of fewer than two rows have no pairs and are not judged.
///
/// # Errors
/// [`Error::Argument`] without splits; otherwise as [`KMeans::fit`].
pub fn prediction_strength<T: Value>(
    x: ArrayView2<'_, T>,
    plan: &KMeans,
    splits: usize,
    seed: u64,
) -> Result<PredictionStrength> {
    if splits == 0 {
        return Err(Error::argument("splits", "must be >= 1", 0));
    }
    let rows = Rows::new(x)?;
    let mut strengths = Vec::with_capacity(2 * splits);
    for split in 0..splits {
        let mut random = Random::stream(seed, split as u64);
        let mut order: Vec<usize> = (0..rows.count()).collect();
        random.shuffle(&mut order);
        let (one, other) = order.split_at(order.len() / 2);
        let halves = [rows.pick(one), rows.pick(other)];
        let plan = plan.clone().seed(random.next_bits());
        let fitted = [plan.fit(halves[0].view())?, plan.fit(halves[1].view())?];
        for (test, train) in [(0, 1), (1, 0)] {
            let predicted = predict(&fitted[train].step, &halves[test]);
            strengths.push(strength(&fitted[test].report.labels, &predicted)?);
        }
    }
    let (mean, error) = mean_and_error(&strengths);
    Ok(PredictionStrength { strengths, mean, error })
}

fn predict(step: &Segments, rows: &Array2<f64>) -> Vec<u32> {
    let mut point = vec![0.0; rows.ncols()];
    rows.rows()
        .into_iter()
        .map(|row| {
            point.iter_mut().zip(row).for_each(|(slot, x)| *slot = *x);
            u32::from(step.eval(&point).segment)
        })
        .collect()
}

/// The least share of pairs within a segment that the prediction keeps together.
fn strength(own: &[u32], predicted: &[u32]) -> Result<f64> {
    let overlap = Agreement::new(own, predicted)?;
    let pairs = |count: u64| count as f64 * (count as f64 - 1.0);
    let shares = overlap.counts.iter().zip(overlap.sizes_before()).filter(|&(_, size)| size >= 2);
    Ok(shares.fold(1.0, |least: f64, (row, size)| {
        least.min(sum(row.iter().map(|&count| pairs(count))) / pairs(size))
    }))
}
