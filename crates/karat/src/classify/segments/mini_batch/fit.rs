//! Steps on batches drawn from a whole table, until they no longer help.

use super::super::assign::{WholeTable, Work};
use super::super::distinct::DistinctRows;
use super::super::freeze::freeze;
use super::super::kmeans::KMeans;
use super::super::lloyd::{LloydScale, LloydState, squared_shift};
use super::super::table::Table;
use super::step::reaching;
use super::{MiniBatchKMeans, MiniBatchState};
use crate::classify::segments::Init;
use crate::fitted::Fitted;
use crate::numerics::parallel::thread_count;
use crate::numerics::random::Random;
use karat_scorer::step::Segments;
use karat_scorer::{Error, Result};
use ndarray::{Array2, ArrayView2};
use std::ops::ControlFlow;

/// How a mini-batch fit went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MiniBatchReport {
    /// Segment of each row.
    pub labels: Vec<u32>,
    /// Sum over the rows of weight times squared distance to the nearest center.
    pub inertia: f64,
    /// Passes over as many rows as there are, begun.
    pub iterations: usize,
    /// Batches seen.
    pub steps: usize,
    /// Whether it stopped before the last step that `max_iterations` allows.
    pub converged: bool,
    /// Rows of each segment.
    pub sizes: Vec<u64>,
    /// The centers with the weight of the rows that each has had, to go on from by
    /// [`partial_fit`](MiniBatchKMeans::partial_fit).
    pub state: MiniBatchState,
}

/// Rows that are drawn with a probability proportional to their weight.
struct Urn<'a> {
    rows: Table<'a>,
    /// Running sums of the weights.
    until: Vec<f64>,
}

impl<'a> Urn<'a> {
    fn new(rows: Table<'a>) -> Urn<'a> {
        let mut sum = 0.0;
        let add = |row| {
            sum += rows.weight(row);
            sum
        };
        let until = (0..rows.rows).map(add).collect();
        Urn { rows, until }
    }

    fn draw(&self, count: usize, random: &mut Random) -> Array2<f64> {
        let mut drawn = Array2::zeros((count, self.rows.columns));
        let total = self.until.last().copied().unwrap_or(0.0);
        for mut slot in drawn.rows_mut() {
            let target = random.uniform() * total;
            let row = self.until.partition_point(|&until| until <= target).min(self.rows.rows - 1);
            for (column, value) in slot.iter_mut().enumerate() {
                *value = self.rows.at(row, column);
            }
        }
        drawn
    }
}

/// The smoothed inertia that stopping watches.
#[derive(Default)]
struct Watch {
    smoothed: Option<f64>,
    least: Option<f64>,
    worse: usize,
}

impl Watch {
    /// Whether `patience` steps have brought no improvement.
    fn stops(&mut self, inertia: f64, share: f64, patience: Option<usize>) -> bool {
        let smoothed = self.smoothed.map_or(inertia, |before| before * (1.0 - share) + inertia * share);
        self.smoothed = Some(smoothed);
        if self.least.is_none_or(|least| smoothed < least) {
            self.least = Some(smoothed);
            self.worse = 0;
        } else {
            self.worse += 1;
        }
        patience.is_some_and(|patience| self.worse >= patience)
    }
}

impl MiniBatchKMeans {
    /// Fits rows of shape n × d with one weight each or 1.
    ///
    /// # Errors
    /// As [`fit_observed`](MiniBatchKMeans::fit_observed).
    pub fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        weights: Option<&[f64]>,
    ) -> Result<Fitted<Segments, MiniBatchReport>> {
        self.fit_observed(x, weights, &mut |_| ControlFlow::Continue(()))
    }

    /// Fits, and tells `observer` the share of the allowed steps that are done; it can stop the fit.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range or bad weights; [`Error::Shape`] for weights or given
    /// centers of another shape; [`Error::Data`] for a table without rows or columns, with values that are
    /// not finite or too large to be squared, or with fewer different rows than `k`;
    /// [`Error::Interrupted`] when the observer breaks.
    pub fn fit_observed(
        &self,
        x: ArrayView2<'_, f64>,
        weights: Option<&[f64]>,
        observer: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<Fitted<Segments, MiniBatchReport>> {
        self.check(x.ncols())?;
        let table = Table::new(x, weights);
        let (largest, largest_weight) = table.check()?;
        KMeans::new(self.k).check_enough(table.distinct_rows(self.k), table.is_weighted())?;
        let distinct = DistinctRows::of(&table);
        let urn = Urn::new(distinct.table());
        let rows = urn.rows.rows;
        let batch = self.batch.min(rows);
        let mut random = Random::stream(self.seed, 0);
        let centers = self.best_start(&urn, &largest, &mut random)?;
        let largest = reaching(largest, &centers);
        let scale = LloydScale::new(largest.clone(), 1.0)?;
        let whole = LloydScale::new(largest, largest_weight)?;
        let tolerance = self.shift_tolerance(&table, &whole)?;
        let mut state = MiniBatchState::new(centers, vec![0.0; self.k], 0, 0)?;
        let most = self.max_iterations.saturating_mul(rows) / batch;
        let share = (batch as f64 * 2.0 / (rows as f64 + 1.0)).min(1.0);
        let mut watch = Watch::default();
        let (mut steps, mut stopped) = (0, false);
        while steps < most.max(1) && !stopped {
            let drawn = urn.draw(batch, &mut random);
            let before = state.centers.clone();
            let inertia = self.step(&Table::new(drawn.view(), None), &scale, &mut state, &mut random);
            steps += 1;
            // The first inertia is that of the first centers.
            if steps > 1 {
                let still = tolerance > 0.0 && squared_shift(&before, &state.centers) <= tolerance;
                stopped = watch.stops(inertia / batch as f64, share, self.max_no_improvement) || still;
            }
            if observer(steps as f64 / most.max(1) as f64).is_break() {
                return Err(Error::Interrupted("mini-batch k-means".to_owned()));
            }
        }
        let iterations = steps.saturating_mul(batch).div_ceil(rows);
        self.finish(&table, &whole, state, (steps, iterations, stopped))
    }

    /// The best of several first centers on drawn rows, judged by others.
    fn best_start(&self, urn: &Urn<'_>, largest: &[f64], random: &mut Random) -> Result<Array2<f64>> {
        let rows = urn.rows.rows;
        let mut size = self.init_size.unwrap_or(self.batch.min(rows).saturating_mul(3));
        if size < self.k {
            size = 3 * self.k;
        }
        let size = size.min(rows);
        let starts = if matches!(self.init, Init::Given(_)) { 1 } else { self.starts };
        let judges = urn.draw(size, random);
        let mut best: Option<(f64, Array2<f64>)> = None;
        for _ in 0..starts {
            let drawn = urn.draw(size, random);
            let sample = Table::new(drawn.view(), None);
            // A sample with too few different rows gives way to all of them.
            let enough = sample.distinct_rows(self.k) >= self.k;
            let centers = self.first_centers(if enough { &sample } else { &urn.rows }, random);
            let scale = LloydScale::new(reaching(largest.to_vec(), &centers), 1.0)?;
            let mut state = LloydState::new(centers.view(), &scale)?;
            state.add_rows(judges.view(), None)?;
            let inertia = state.inertia();
            if best.as_ref().is_none_or(|(least, _)| inertia < *least) {
                best = Some((inertia, centers));
            }
        }
        best.map(|(_, centers)| centers).ok_or_else(|| Error::argument("starts", "must be >= 1", starts))
    }

    fn shift_tolerance(&self, table: &Table<'_>, scale: &LloydScale) -> Result<f64> {
        if self.tolerance == 0.0 {
            return Ok(0.0);
        }
        let mut state = LloydState::new(Array2::zeros((1, table.columns)).view(), scale)?;
        state.add_table(table, thread_count(self.threads))?;
        Ok(self.tolerance * state.sums.mean_variance(scale, state.squares))
    }

    fn finish(
        &self,
        table: &Table<'_>,
        scale: &LloydScale,
        state: MiniBatchState,
        (steps, iterations, converged): (usize, usize, bool),
    ) -> Result<Fitted<Segments, MiniBatchReport>> {
        let step = freeze(&state.centers)?;
        let rows = WholeTable { table, scale, threads: thread_count(self.threads) };
        let (mut labels, _) = rows.label(&state.centers, Work::LabelsOnly);
        let inertia = scale.inertia(rows.inertia(&state.centers, &mut labels));
        let mut sizes = vec![0; self.k];
        labels.iter().for_each(|&label| sizes[usize::from(label)] += 1);
        let labels = labels.into_iter().map(u32::from).collect();
        let report = MiniBatchReport { labels, inertia, iterations, steps, converged, sizes, state };
        Ok(Fitted { step, report })
    }
}
