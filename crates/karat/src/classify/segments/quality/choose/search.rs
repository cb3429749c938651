//! Good centers for every k on one sample: fresh starts, and starts from the centers of the neighbours.

use super::ChooseK;
use crate::classify::segments::quality::labelled::sum;
use crate::classify::segments::{Init, KMeans};
use crate::numerics::random::Random;
use karat_scorer::{Error, Result};
use ndarray::{Array2, Axis};
use std::time::Instant;

/// Centers of one k in the sample.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) k: usize,
    pub(super) centers: Array2<f64>,
    pub(super) labels: Vec<u32>,
    pub(super) inertia: f64,
}

/// Fits on the sample, one for each k from 1 on.
pub(super) struct Search<'a> {
    pub(super) plan: &'a ChooseK,
    pub(super) table: &'a Array2<f64>,
    pub(super) fits: Vec<Found>,
    pub(super) seconds: Vec<f64>,
}

/// Rows that are tried as a further center.
const CANDIDATES: usize = 12;
/// Stream of the seed for these.
const CANDIDATE_STREAM: u64 = 16;

impl Search<'_> {
    /// From few segments to many: each k starts afresh, and from the centers before with one more.
    pub(super) fn forward(&mut self, ks: &[usize], go_on: &mut dyn FnMut() -> bool) -> Result<()> {
        for &k in ks {
            if !go_on() {
                return Err(Error::Interrupted("choosing k".to_owned()));
            }
            let started = Instant::now();
            let mut best = self.fit(k, Init::KMeansPlusPlus, self.plan.restarts)?;
            if let Some(before) = self.fits.last() {
                let grown = self.fit(k, Init::Given(self.grown(before)), 1)?;
                if grown.inertia < best.inertia {
                    best = grown;
                }
            }
            self.fits.push(best);
            self.seconds.push(started.elapsed().as_secs_f64());
        }
        Ok(())
    }

    /// From many segments to few: each k starts from the centers after without one.
    pub(super) fn backward(&mut self, go_on: &mut dyn FnMut() -> bool) -> Result<()> {
        for at in (1..self.fits.len().saturating_sub(1)).rev() {
            if !go_on() {
                return Err(Error::Interrupted("choosing k".to_owned()));
            }
            let started = Instant::now();
            let shrunk = self.fit(at + 1, Init::Given(self.shrunk(&self.fits[at + 1])), 1)?;
            if shrunk.inertia < self.fits[at].inertia {
                self.fits[at] = shrunk;
            }
            self.seconds[at] += started.elapsed().as_secs_f64();
        }
        Ok(())
    }

    fn fit(&self, k: usize, init: Init, restarts: usize) -> Result<Found> {
        let plan =
            KMeans::new(k).restarts(restarts).init(init).seed(self.plan.seed).threads(self.plan.threads);
        let fitted = plan.fit(self.table.view())?;
        let step = fitted.step;
        Ok(Found {
            k,
            centers: Array2::from_shape_fn((k, self.table.ncols()), |(c, f)| {
                step.centers[f * step.count + c]
            }),
            labels: fitted.report.labels,
            inertia: fitted.report.inertia,
        })
    }

    /// One more center: of several rows far from their centers the one that lowers the inertia most.
    fn grown(&self, before: &Found) -> Array2<f64> {
        let rows = self.table.nrows();
        let own = |row: usize| self.squared(row, &before.centers, before.labels[row] as usize);
        let mass: Vec<f64> = (0..rows).map(own).collect();
        let total = sum(mass.iter().copied());
        let mut random = Random::stream(self.plan.seed, CANDIDATE_STREAM + before.k as u64);
        let mut best = (f64::INFINITY, 0);
        for _ in 0..CANDIDATES {
            let mut left = random.uniform() * total;
            let candidate = mass.iter().position(|m| {
                left -= m;
                left < 0.0
            });
            let candidate = candidate.unwrap_or(rows - 1);
            let after = sum((0..rows).map(|row| mass[row].min(self.squared(row, self.table, candidate))));
            if after < best.0 {
                best = (after, candidate);
            }
        }
        let mut centers = before.centers.clone();
        // The shapes fit: a row of the table has as many columns as its centers.
        let pushed = centers.push_row(self.table.row(best.1));
        debug_assert!(pushed.is_ok());
        centers
    }

    /// One center less: the one whose rows lose least by going to their next center.
    fn shrunk(&self, after: &Found) -> Array2<f64> {
        let mut loss = vec![0.0; after.k];
        for row in 0..self.table.nrows() {
            let own = after.labels[row] as usize;
            let others = (0..after.k).filter(|&c| c != own);
            let next =
                others.fold(f64::INFINITY, |next: f64, c| next.min(self.squared(row, &after.centers, c)));
            loss[own] += next - self.squared(row, &after.centers, own);
        }
        let least = (0..after.k).reduce(|best, c| if loss[c] < loss[best] { c } else { best }).unwrap_or(0);
        let kept: Vec<usize> = (0..after.k).filter(|&c| c != least).collect();
        after.centers.select(Axis(0), &kept)
    }

    fn squared(&self, row: usize, points: &Array2<f64>, at: usize) -> f64 {
        sum(self.table.row(row).iter().zip(points.row(at)).map(|(x, c)| (x - c) * (x - c)))
    }
}
