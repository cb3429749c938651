//! k-means: centers that make the sum of squared distances to the nearest center small.

use super::fixed::MAX_ROWS;
use super::init::{self, Init};
use super::lloyd::{Change, LloydScale, Sums, UNASSIGNED, assign, squared_shift};
use super::parallel::{over_rows, threads_for};
use super::random::Random;
use super::refill::refill_empty;
use super::table::Table;
use crate::fitted::Fitted;
use karat_scorer::step::{MAX_INDICATORS, MAX_SEGMENTS, Segments};
use karat_scorer::{Error, Problem, Result};
use ndarray::{Array2, ArrayView2};
use std::ops::ControlFlow;

/// Finds `k` centers by Lloyd's algorithm (Lloyd, 1982; MacQueen, 1967) from several starts.
///
/// The result is the same to the bit for any number of threads: the sums behind the centers are exact
/// integers, and labels are those of the frozen step. The order of the rows does not matter either, and a
/// weight of 2 is the same as the row twice.
///
/// ```
/// use karat::classify::segments::KMeans;
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [10.0], [11.0]];
/// let fitted = KMeans::new(2).seed(7).fit(x.view())?;
/// assert_eq!(fitted.report.inertia, 1.0);
/// assert_eq!(fitted.report.sizes, [2, 2]);
/// let high = fitted.step.eval(&[9.0]).segment;
/// assert_eq!(fitted.step.center(usize::from(high)), [10.5]);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KMeans {
    /// Number of segments, 1 to 256.
    pub k: usize,
    /// Starts, of which the one of lowest inertia is kept (of equals the first); given centers start once.
    pub restarts: usize,
    /// Most iterations of one start.
    pub max_iterations: usize,
    /// A start has converged when no label changes, or when the squared Frobenius norm of the shift of the
    /// centers is at most `tolerance` times the mean of the variances of the columns (scikit-learn's rule).
    pub tolerance: f64,
    /// Seed of the draws.
    pub seed: u64,
    /// How the first centers are found.
    pub init: Init,
    /// Threads; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

/// How a fit went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KMeansReport {
    /// Segment of each row, from the frozen step.
    pub labels: Vec<u32>,
    /// Sum over the rows of weight times squared distance to the nearest center, from the frozen step.
    pub inertia: f64,
    /// Iterations of the start that was kept.
    pub iterations: usize,
    /// Whether that start converged before `max_iterations`.
    pub converged: bool,
    /// Squared Frobenius norm of the last shift of its centers.
    pub shift: f64,
    /// The shift at which it would have stopped: `tolerance` times the mean variance of the columns.
    pub shift_tolerance: f64,
    /// Rows of each segment.
    pub sizes: Vec<u64>,
    /// Sum of weight times squared distance at each assignment of the start that was kept, to the centers
    /// before they moved.
    pub history: Vec<f64>,
    /// Empty segments that were given a row, over all its iterations.
    pub refilled: usize,
    /// All starts, in order.
    pub restarts: Vec<Restart>,
    /// Which of them was kept.
    pub best: usize,
}

/// How one start ended.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Restart {
    /// Its inertia, from the frozen step.
    pub inertia: f64,
    /// Its iterations.
    pub iterations: usize,
    /// Whether it converged.
    pub converged: bool,
}

/// Where a fit stands, for its observer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// The start, from 0.
    pub restart: usize,
    /// How many starts there are.
    pub restarts: usize,
    /// Iterations done of this start; 0 when its first centers were found.
    pub iteration: usize,
    /// Sum of weight times squared distance at the last assignment; infinite before the first.
    pub inertia: f64,
    /// Squared Frobenius norm of the last shift of the centers; infinite before the first.
    pub shift: f64,
    /// Rows whose label changed.
    pub moved: usize,
}

type Observer<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

impl KMeans {
    /// Into `k` segments, from four starts by k-means++, at most 300 iterations each, tolerance 1e-4, seed
    /// 0, all threads.
    #[must_use]
    pub fn new(k: usize) -> KMeans {
        KMeans {
            k,
            restarts: 4,
            max_iterations: 300,
            tolerance: 1e-4,
            seed: 0,
            init: Init::default(),
            threads: 0,
        }
    }

    /// Sets [`restarts`](KMeans::restarts).
    #[must_use]
    pub fn restarts(mut self, restarts: usize) -> KMeans {
        self.restarts = restarts;
        self
    }

    /// Sets [`max_iterations`](KMeans::max_iterations).
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: usize) -> KMeans {
        self.max_iterations = max_iterations;
        self
    }

    /// Sets [`tolerance`](KMeans::tolerance).
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> KMeans {
        self.tolerance = tolerance;
        self
    }

    /// Sets [`seed`](KMeans::seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> KMeans {
        self.seed = seed;
        self
    }

    /// Sets [`init`](KMeans::init).
    #[must_use]
    pub fn init(mut self, init: Init) -> KMeans {
        self.init = init;
        self
    }

    /// Sets [`threads`](KMeans::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> KMeans {
        self.threads = threads;
        self
    }

    /// Fits rows of shape n × d; the features of the step are 0 to d - 1.
    ///
    /// # Errors
    /// As [`fit_observed`](KMeans::fit_observed).
    pub fn fit(&self, x: ArrayView2<'_, f64>) -> Result<Fitted<Segments, KMeansReport>> {
        self.fit_weighted(x, None)
    }

    /// Fits rows of shape n × d of which each counts as much as its weight, 0 or more; an integer weight is
    /// the same as that many copies.
    ///
    /// # Errors
    /// As [`fit_observed`](KMeans::fit_observed).
    pub fn fit_weighted(
        &self,
        x: ArrayView2<'_, f64>,
        weights: Option<&[f64]>,
    ) -> Result<Fitted<Segments, KMeansReport>> {
        self.fit_observed(x, weights, &mut |_| ControlFlow::Continue(()))
    }

    /// Fits, and tells `observer` on the calling thread when the first centers were found and after each
    /// iteration; it can stop the fit.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range or bad weights; [`Error::Shape`] for weights or given
    /// centers of another shape; [`Error::Data`] for a table without rows or columns, with values that are
    /// NaN, infinite or too large to be squared, or with fewer different rows than `k`;
    /// [`Error::Interrupted`] when the observer breaks.
    pub fn fit_observed(
        &self,
        x: ArrayView2<'_, f64>,
        weights: Option<&[f64]>,
        observer: Observer<'_>,
    ) -> Result<Fitted<Segments, KMeansReport>> {
        self.check(x.dim())?;
        let table = Table::new(x, weights);
        let (mut largest, largest_weight) = table.check()?;
        self.check_distinct(&table)?;
        if let Init::Given(centers) = &self.init {
            for ((_, column), center) in centers.indexed_iter() {
                largest[column] = largest[column].max(center.abs());
            }
        }
        let scale = LloydScale::new(largest, largest_weight)?;
        let threads = threads_for(self.threads, table.rows.saturating_mul(table.columns * self.k));
        let mut fit = Fit { plan: self, table: &table, scale: &scale, threads, shift_tolerance: 0.0 };
        fit.shift_tolerance = self.tolerance * fit.mean_variance();
        fit.best_of_restarts(observer)
    }

    fn check(&self, (rows, columns): (usize, usize)) -> Result<()> {
        if self.k == 0 || self.k > MAX_SEGMENTS {
            return Err(Error::argument("k", format!("must be 1 to {MAX_SEGMENTS}"), self.k));
        }
        if self.restarts == 0 {
            return Err(Error::argument("restarts", "must be >= 1", 0));
        }
        if self.max_iterations == 0 {
            return Err(Error::argument("max_iterations", "must be >= 1", 0));
        }
        if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            return Err(Error::argument("tolerance", "must be finite and >= 0", self.tolerance));
        }
        if columns > MAX_INDICATORS {
            return Err(Error::argument("x", format!("must have at most {MAX_INDICATORS} columns"), columns));
        }
        if rows as u64 > MAX_ROWS {
            return Err(Error::argument("x", format!("must have at most {MAX_ROWS} rows"), rows));
        }
        let Init::Given(centers) = &self.init else { return Ok(()) };
        if centers.nrows() != self.k {
            return Err(Error::shape("rows of the given centers", self.k, centers.nrows()));
        }
        if centers.ncols() != columns {
            return Err(Error::shape("columns of the given centers", columns, centers.ncols()));
        }
        match centers.iter().find(|center| !center.is_finite()) {
            Some(bad) => Err(Error::argument("init", "must have finite centers", bad)),
            None => Ok(()),
        }
    }

    fn check_distinct(&self, table: &Table<'_>) -> Result<()> {
        let distinct = table.distinct_rows(self.k);
        if distinct >= self.k {
            return Ok(());
        }
        let weighted = if table.is_weighted() { " of positive weight" } else { "" };
        let rows = if distinct == 1 { "row" } else { "rows" };
        Err(Error::data(Problem::new(
            "",
            format!("{distinct} different {rows}{weighted} cannot make {} segments", self.k),
            format!("choose k <= {distinct}, or give more rows or columns"),
        )))
    }
}

/// A checked fit.
struct Fit<'a> {
    plan: &'a KMeans,
    table: &'a Table<'a>,
    scale: &'a LloydScale,
    threads: usize,
    shift_tolerance: f64,
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
    #[allow(clippy::cast_precision_loss, reason = "few columns")]
    fn mean_variance(&self) -> f64 {
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

    fn best_of_restarts(&self, observer: Observer<'_>) -> Result<Fitted<Segments, KMeansReport>> {
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

    fn first_centers(&self, restart: usize) -> Array2<f64> {
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
        let parts = over_rows(self.threads, labels, |rows, labels| {
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
        let parts = over_rows(self.threads, labels, |rows, labels| {
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

fn tell(observer: &mut dyn FnMut(&Progress) -> ControlFlow<()>, progress: &Progress) -> Result<()> {
    match observer(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted("k-means".to_owned())),
    }
}
