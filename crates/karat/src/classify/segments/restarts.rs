//! The starts of a fit: iterate each, keep the best, evaluate it by the frozen step.

use super::init::{self, Init};
use super::kmeans::{KMeans, KMeansReport, Observer, Progress, Restart};
use super::lloyd::{Change, LloydScale, Sums, UNASSIGNED, assign, squared_shift};
use super::refill::refill_empty;
use super::table::{CHUNK, Table};
use crate::fitted::Fitted;
use crate::numerics::parallel::over_slots;
use crate::numerics::random::Random;
use karat_scorer::step::Segments;
use karat_scorer::{Error, Result};
use ndarray::Array2;
use std::ops::ControlFlow;

/// A checked fit.
pub(super) struct Fit<'a> {
    pub(super) plan: &'a KMeans,
    pub(super) table: &'a Table<'a>,
    pub(super) scale: &'a LloydScale,
    pub(super) threads: usize,
    pub(super) shift_tolerance: f64,
}

/// Where one start ended.
struct Run {
    centers: Array2<f64>,
    iterations: usize,
    converged: bool,
    shift: f64,
    history: Vec<f64>,
    refilled: usize,
}

impl Fit<'_> {
    /// The weighted variance of the rows around their mean, per column: the inertia of one segment.
    pub(super) fn mean_variance(&self) -> f64 {
        if self.plan.tolerance == 0.0 {
            return 0.0;
        }
        let origin = Array2::zeros((1, self.table.columns));
        let mut labels = vec![UNASSIGNED; self.table.rows];
        let sums = self.pass(&origin, &mut labels).sums;
        let mean = sums.means(self.scale, &origin);
        let spread = self.scale.inertia(self.pass(&mean, &mut labels).inertia);
        spread / self.scale.weight(sums.weights[0]) / self.table.columns as f64
    }

    pub(super) fn best_of_restarts(&self, observer: Observer<'_>) -> Result<Fitted<Segments, KMeansReport>> {
        let starts = if matches!(self.plan.init, Init::Given(_)) { 1 } else { self.plan.restarts };
        let mut restarts = Vec::with_capacity(starts);
        let mut labels = vec![UNASSIGNED; self.table.rows];
        let mut best: Option<Fitted<Segments, KMeansReport>> = None;
        for restart in 0..starts {
            let run = self.run(restart, starts, &mut labels, &mut *observer)?;
            let step = self.freeze(&run.centers)?;
            let inertia = self.evaluate(&step, &mut labels);
            restarts.push(Restart { inertia, iterations: run.iterations, converged: run.converged });
            if best.as_ref().is_none_or(|best| inertia < best.report.inertia) {
                let report = self.report(run, inertia, restart, &labels);
                best = Some(Fitted { step, report });
            }
        }
        // There is a first start: `restarts` was checked to be at least one.
        let mut best = best.ok_or_else(|| Error::argument("restarts", "must be >= 1", starts))?;
        best.report.restarts = restarts;
        Ok(best)
    }

    fn run(
        &self,
        restart: usize,
        restarts: usize,
        labels: &mut [u32],
        observer: Observer<'_>,
    ) -> Result<Run> {
        let mut centers = self.first_centers(restart);
        let mut run = Run {
            centers: Array2::zeros((0, 0)),
            iterations: 0,
            converged: false,
            shift: f64::INFINITY,
            history: Vec::new(),
            refilled: 0,
        };
        let mut progress = Progress {
            restart,
            restarts,
            iteration: 0,
            inertia: f64::INFINITY,
            shift: f64::INFINITY,
            moved: 0,
        };
        tell(observer, &progress)?;
        labels.fill(UNASSIGNED);
        let mut sums = Sums::new(self.plan.k, self.table.columns);
        while run.iterations < self.plan.max_iterations && !run.converged {
            let change = self.pass(&centers, labels);
            sums.merge(&change.sums);
            let refilled = refill_empty(self.table, self.scale, &centers, labels, &mut sums);
            let moved_centers = sums.means(self.scale, &centers);
            run.shift = squared_shift(&centers, &moved_centers);
            run.history.push(self.scale.inertia(change.inertia));
            run.refilled += refilled;
            run.iterations += 1;
            run.converged = (change.moved == 0 && refilled == 0) || run.shift <= self.shift_tolerance;
            centers = moved_centers;
            progress.iteration = run.iterations;
            progress.inertia = self.scale.inertia(change.inertia);
            progress.shift = run.shift;
            progress.moved = change.moved;
            tell(observer, &progress)?;
        }
        run.centers = centers;
        Ok(run)
    }

    pub(super) fn first_centers(&self, restart: usize) -> Array2<f64> {
        let mut random = Random::stream(self.plan.seed, restart as u64);
        match &self.plan.init {
            Init::KMeansPlusPlus => {
                init::k_means_plus_plus(self.table, self.plan.k, self.threads, &mut random)
            }
            Init::Random => init::random(self.table, self.plan.k, &mut random),
            Init::Given(centers) => centers.mapv(|center| center + 0.0),
        }
    }

    fn pass(&self, centers: &Array2<f64>, labels: &mut [u32]) -> Change {
        let mut total = Change { sums: Sums::new(centers.nrows(), centers.ncols()), inertia: 0, moved: 0 };
        let parts = over_slots(self.threads, CHUNK, labels, |rows, labels| {
            assign(self.table, self.scale, centers, rows, labels)
        });
        for part in &parts {
            total.sums.merge(&part.sums);
            total.inertia += part.inertia;
            total.moved += part.moved;
        }
        total
    }

    fn freeze(&self, centers: &Array2<f64>) -> Result<Segments> {
        let features = (0..self.table.columns).map(|f| u32::try_from(f).unwrap_or(u32::MAX)).collect();
        let rows: Vec<Vec<f64>> = centers.rows().into_iter().map(|row| row.to_vec()).collect();
        let step = Segments::from_rows(features, &rows)?;
        step.check(self.table.columns)?;
        Ok(step)
    }

    /// Labels and inertia by the code that scores.
    fn evaluate(&self, step: &Segments, labels: &mut [u32]) -> f64 {
        let parts = over_slots(self.threads, CHUNK, labels, |rows, labels| {
            let mut inertia = 0;
            let mut point = vec![0.0; self.table.columns];
            for (row, label) in rows.zip(labels) {
                for (column, value) in point.iter_mut().enumerate() {
                    *value = self.table.at(row, column);
                }
                let nearest = step.eval(&point);
                *label = u32::from(nearest.segment);
                inertia += self.scale.inertia_of(nearest.squared_distance, self.table.weight(row));
            }
            inertia
        });
        self.scale.inertia(parts.iter().sum())
    }

    fn report(&self, run: Run, inertia: f64, best: usize, labels: &[u32]) -> KMeansReport {
        let mut sizes = vec![0; self.plan.k];
        for &label in labels {
            sizes[label as usize] += 1;
        }
        KMeansReport {
            labels: labels.to_vec(),
            inertia,
            iterations: run.iterations,
            converged: run.converged,
            shift: run.shift,
            shift_tolerance: self.shift_tolerance,
            sizes,
            history: run.history,
            refilled: run.refilled,
            restarts: Vec::new(),
            best,
        }
    }
}

pub(super) fn tell(observer: Observer<'_>, progress: &Progress) -> Result<()> {
    match observer(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted("k-means".to_owned())),
    }
}
