//! What the indices say of one k.

use super::pass::Passed;
use super::search::Found;
use super::{ChooseK, KRow, SILHOUETTE_ROWS};
use crate::classify::segments::KMeans;
use crate::classify::segments::quality::dispersion::Dispersion;
use crate::classify::segments::quality::labelled::{Labelled, mean_and_error, sum};
use crate::classify::segments::quality::likelihood::{completed_likelihood, valleys};
use crate::classify::segments::quality::{prediction_strength, sampled_silhouette};
use karat_scorer::Result;
use ndarray::{Array2, Axis};

/// The sample, and what is judged on it.
pub(super) struct Evidence<'a> {
    pub(super) plan: &'a ChooseK,
    pub(super) table: &'a Array2<f64>,
    /// The part of it for what is dear.
    pub(super) dear: &'a Array2<f64>,
    /// Share of all rows that are not in the sample.
    pub(super) unseen: f64,
}

/// Parts of the jackknife.
const PARTS: usize = 10;

impl Evidence<'_> {
    pub(super) fn of(&self, fit: &Found, passed: &Passed, dear_most: usize) -> Result<KRow> {
        let nan = f64::NAN;
        let mut row = KRow {
            k: fit.k,
            inertia: passed.inertia,
            sizes: passed.sizes.clone(),
            simplified_silhouette: if fit.k > 1 { passed.simplified_silhouette } else { nan },
            silhouette: nan,
            silhouette_error: nan,
            calinski_harabasz: nan,
            calinski_harabasz_error: nan,
            davies_bouldin: nan,
            davies_bouldin_error: nan,
            gap: nan,
            gap_error: nan,
            prediction_strength: nan,
            prediction_strength_error: nan,
            likelihood: completed_likelihood(self.table, &fit.labels, fit.k),
            valley: nan,
            probability: nan,
            seconds: 0.0,
            centers: fit.centers.clone(),
        };
        if fit.k > 1 && fit.k < self.table.nrows() {
            self.indices(fit, &mut row)?;
        }
        if self.plan.splits > 0 && fit.k <= dear_most && 8 * fit.k <= self.dear.nrows() {
            let plan = KMeans::new(fit.k).restarts(2).threads(self.plan.threads);
            // A half may hold too few different rows for so many segments.
            if let Ok(found) = prediction_strength(self.dear.view(), &plan, self.plan.splits, self.plan.seed)
            {
                row.prediction_strength = found.mean;
                row.prediction_strength_error = found.error;
            }
        }
        Ok(row)
    }

    fn indices(&self, fit: &Found, row: &mut KRow) -> Result<()> {
        let plan = self.plan;
        let sizes = (SILHOUETTE_ROWS, self.table.nrows());
        let found = sampled_silhouette(self.table.view(), &fit.labels, sizes, plan.seed, plan.threads)?;
        row.silhouette = found.mean;
        let (_, spread) = mean_and_error(&found.widths);
        let seen = found.widths.len() as f64 / self.table.nrows() as f64 * (1.0 - self.unseen);
        row.silhouette_error = spread * (1.0 - seen).max(0.0).sqrt();
        let labelled = Labelled::new(self.table.view(), &fit.labels, 2)?;
        let all = Dispersion::new(&labelled, plan.threads);
        row.calinski_harabasz = all.calinski_harabasz(&labelled.sizes);
        row.davies_bouldin = all.davies_bouldin(&labelled.sizes);
        (row.calinski_harabasz_error, row.davies_bouldin_error) = self.jackknife(&fit.labels);
        row.valley = valleys(self.table, &fit.labels, &fit.centers).into_iter().fold(f64::NAN, f64::max);
        Ok(())
    }

    /// Standard errors of both indices of dispersion as estimates for all rows; 0 when the sample is the base.
    fn jackknife(&self, labels: &[u32]) -> (f64, f64) {
        if self.unseen <= 0.0 {
            return (0.0, 0.0);
        }
        let mut values = [Vec::new(), Vec::new()];
        for part in 0..PARTS {
            let kept: Vec<usize> = (0..labels.len()).filter(|row| row % PARTS != part).collect();
            let some: Vec<u32> = kept.iter().map(|&row| labels[row]).collect();
            let rows = self.table.select(Axis(0), &kept);
            let Ok(labelled) = Labelled::new(rows.view(), &some, 2) else { continue };
            let found = Dispersion::new(&labelled, self.plan.threads);
            // The ratio of variances grows with the rows.
            let scale = labels.len() as f64 / some.len() as f64;
            values[0].push(found.calinski_harabasz(&labelled.sizes) * scale);
            values[1].push(found.davies_bouldin(&labelled.sizes));
        }
        let error = |values: &[f64]| {
            let count = values.len() as f64;
            let mean = sum(values.iter().copied()) / count;
            let squares = sum(values.iter().map(|value| (value - mean) * (value - mean)));
            ((count - 1.0) / count * squares * self.unseen).sqrt()
        };
        (error(&values[0]), error(&values[1]))
    }
}
