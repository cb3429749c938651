//! k-means: centers that make the sum of squared distances to the nearest center small.

use super::assign::Method;
use super::balanced::{self, SizeBounds};
use super::frame::Frame;
use super::init::Init;
use super::lloyd::LloydScale;
use super::missing::{self, Missing};
use super::restarts::Fit;
use super::simd::Instructions;
use super::table::Table;
use super::value::Value;
use crate::fitted::Fitted;
use crate::numerics::fixed_point::MAX_VALUES;
use crate::numerics::parallel::thread_count;
use karat_scorer::step::{MAX_INDICATORS, MAX_SEGMENTS, Segments};
use karat_scorer::{Error, Problem, Result};
use ndarray::ArrayView2;
use std::ops::ControlFlow;

/// Finds `k` centers by Lloyd's algorithm (Lloyd, 1982; Forgy, 1965) from several starts.
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
    /// How rows find their nearest centers. Never changes the result.
    #[doc(hidden)]
    pub method: Method,
    /// The instructions to use; those of the machine where they are beyond it. Never changes the result.
    #[doc(hidden)]
    pub instructions: Instructions,
    /// What to do with NaN.
    pub missing: Missing,
    /// Bounds of the number of rows of each segment; `None` leaves every row at its nearest center.
    pub sizes: Option<SizeBounds>,
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
    /// before they moved; from exact sums, rounded once.
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

/// Multiplications that repay the start of a thread.
const WORK_PER_THREAD: usize = 1 << 18;

/// Told where the fit stands, on the calling thread; says whether to go on.
pub(super) type Observer<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

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
            method: Method::default(),
            instructions: Instructions::detect(),
            missing: Missing::Refuse,
            sizes: None,
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

    /// Sets [`method`](KMeans::method).
    #[doc(hidden)]
    #[must_use]
    pub fn method(mut self, method: Method) -> KMeans {
        self.method = method;
        self
    }

    /// Sets [`instructions`](KMeans::instructions).
    #[doc(hidden)]
    #[must_use]
    pub fn instructions(mut self, instructions: Instructions) -> KMeans {
        self.instructions = instructions;
        self
    }

    /// Sets [`missing`](KMeans::missing).
    #[must_use]
    pub fn missing(mut self, missing: Missing) -> KMeans {
        self.missing = missing;
        self
    }

    /// Sets [`sizes`](KMeans::sizes).
    #[must_use]
    pub fn sizes(mut self, sizes: SizeBounds) -> KMeans {
        self.sizes = Some(sizes);
        self
    }

    /// Fits rows of shape n × d; the features of the step are 0 to d - 1.
    /// Fits rows of shape n × d, in single or double precision; the features of the step are 0 to d - 1.
    ///
    /// # Errors
    /// As [`fit_observed`](KMeans::fit_observed).
    pub fn fit<T: Value>(&self, x: ArrayView2<'_, T>) -> Result<Fitted<Segments, KMeansReport>> {
        self.fit_weighted(x, None)
    }

    /// Fits rows of shape n × d of which each counts as much as its weight, 0 or more; an integer weight is
    /// the same as that many copies.
    ///
    /// # Errors
    /// As [`fit_observed`](KMeans::fit_observed).
    pub fn fit_weighted<T: Value>(
        &self,
        x: ArrayView2<'_, T>,
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
    pub fn fit_observed<T: Value>(
        &self,
        x: ArrayView2<'_, T>,
        weights: Option<&[f64]>,
        observer: Observer<'_>,
    ) -> Result<Fitted<Segments, KMeansReport>> {
        self.check(x.dim())?;
        if let Some(sizes) = self.sizes {
            return balanced::fit(self, sizes, x, weights, observer);
        }
        if self.missing == Missing::Scale && missing::has_gaps(x) {
            return missing::fit(self, x.mapv(Into::into).view(), weights, observer);
        }
        let table = Table::new(x, weights);
        let (mut largest, largest_weight) = table.check()?;
        self.check_distinct(&table)?;
        if let Init::Given(centers) = &self.init {
            for ((_, column), center) in centers.indexed_iter() {
                largest[column] = largest[column].max(center.abs());
            }
        }
        let frame = Frame::of(&table, &largest);
        let scale = LloydScale::new(largest, largest_weight)?;
        let work = table.rows.saturating_mul(table.columns * self.k);
        let threads = thread_count(self.threads).min(work / WORK_PER_THREAD + 1);
        let fit = Fit {
            plan: self,
            table: &table,
            scale: &scale,
            frame: &frame,
            threads,
            singles: None,
            whole: None,
        };
        fit.best_of_restarts(observer)
    }

    pub(super) fn check(&self, (rows, columns): (usize, usize)) -> Result<()> {
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
        if rows as u64 > MAX_VALUES {
            return Err(Error::argument("x", format!("must have at most {MAX_VALUES} rows"), rows));
        }
        self.init.check(rows)?;
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
        self.check_enough(table.distinct_rows(self.k), table.is_weighted())
    }

    pub(super) fn check_enough(&self, distinct: usize, weighted: bool) -> Result<()> {
        if distinct >= self.k {
            return Ok(());
        }
        let weighted = if weighted { " of positive weight" } else { "" };
        let rows = if distinct == 1 { "row" } else { "rows" };
        Err(Error::data(Problem::new(
            "",
            format!("{distinct} different {rows}{weighted} cannot make {} segments", self.k),
            format!("choose k <= {distinct}, or give more rows or columns"),
        )))
    }
}
