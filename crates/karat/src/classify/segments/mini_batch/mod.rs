//! Mini-batch k-means (Sculley, "Web-scale k-means clustering", 2010): centers that follow small random
//! batches, for a first answer or a stream without an end.

mod fit;
mod step;

pub use fit::MiniBatchReport;
pub use step::MiniBatchState;

use super::init::Init;
use karat_scorer::step::{MAX_INDICATORS, MAX_SEGMENTS};
use karat_scorer::{Error, Result};

/// Finds `k` centers by steps on random batches of rows, with scikit-learn's rules for stopping and for
/// centers that few rows are near to.
///
/// Two rules differ, so that neither the order of the rows nor copies in place of weights show: rows are drawn
/// in an order that their content decides, and with a probability proportional to their weight; and equal rows
/// are one row with the sum of their weights wherever rows are counted (`max_iterations`, the size of a
/// batch, the average that stopping watches).
///
/// ```
/// use karat::classify::segments::MiniBatchKMeans;
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [10.0], [11.0]];
/// let fitted = MiniBatchKMeans::new(2).seed(7).fit(x.view(), None)?;
/// assert_eq!(fitted.report.sizes, [2, 2]);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MiniBatchKMeans {
    /// Number of segments, 1 to 256.
    pub k: usize,
    /// How the first centers are found.
    pub init: Init,
    /// Rows of a batch.
    pub batch: usize,
    /// Most passes over as many rows as there are.
    pub max_iterations: usize,
    /// Stops when the squared shift of the centers in one step is at most `tolerance` times the mean variance
    /// of the columns; 0 never stops for that.
    pub tolerance: f64,
    /// Stops after this many steps in a row in which the smoothed inertia did not fall.
    pub max_no_improvement: Option<usize>,
    /// Rows drawn to find first centers on, and to judge them by; `None` takes three batches.
    pub init_size: Option<usize>,
    /// First centers tried, of which those of lowest inertia on drawn rows are kept; given ones once.
    pub starts: usize,
    /// A center whose count is below this share of the largest count is put on a random row.
    pub reassignment_ratio: f64,
    /// Seed of the draws.
    pub seed: u64,
    /// Threads of the final labels; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

impl MiniBatchKMeans {
    /// Into `k` segments, with scikit-learn's defaults: batches of 1024, 100 passes, tolerance 0, 10 steps
    /// without improvement, one start by k-means++, reassignment ratio 0.01; seed 0, all threads.
    #[must_use]
    pub fn new(k: usize) -> MiniBatchKMeans {
        MiniBatchKMeans {
            k,
            init: Init::default(),
            batch: 1024,
            max_iterations: 100,
            tolerance: 0.0,
            max_no_improvement: Some(10),
            init_size: None,
            starts: 1,
            reassignment_ratio: 0.01,
            seed: 0,
            threads: 0,
        }
    }

    /// Sets [`init`](MiniBatchKMeans::init).
    #[must_use]
    pub fn init(mut self, init: Init) -> MiniBatchKMeans {
        self.init = init;
        self
    }

    /// Sets [`batch`](MiniBatchKMeans::batch).
    #[must_use]
    pub fn batch(mut self, batch: usize) -> MiniBatchKMeans {
        self.batch = batch;
        self
    }

    /// Sets [`max_iterations`](MiniBatchKMeans::max_iterations).
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: usize) -> MiniBatchKMeans {
        self.max_iterations = max_iterations;
        self
    }

    /// Sets [`tolerance`](MiniBatchKMeans::tolerance).
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> MiniBatchKMeans {
        self.tolerance = tolerance;
        self
    }

    /// Sets [`max_no_improvement`](MiniBatchKMeans::max_no_improvement).
    #[must_use]
    pub fn max_no_improvement(mut self, steps: Option<usize>) -> MiniBatchKMeans {
        self.max_no_improvement = steps;
        self
    }

    /// Sets [`init_size`](MiniBatchKMeans::init_size).
    #[must_use]
    pub fn init_size(mut self, rows: Option<usize>) -> MiniBatchKMeans {
        self.init_size = rows;
        self
    }

    /// Sets [`starts`](MiniBatchKMeans::starts).
    #[must_use]
    pub fn starts(mut self, starts: usize) -> MiniBatchKMeans {
        self.starts = starts;
        self
    }

    /// Sets [`reassignment_ratio`](MiniBatchKMeans::reassignment_ratio).
    #[must_use]
    pub fn reassignment_ratio(mut self, ratio: f64) -> MiniBatchKMeans {
        self.reassignment_ratio = ratio;
        self
    }

    /// Sets [`seed`](MiniBatchKMeans::seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> MiniBatchKMeans {
        self.seed = seed;
        self
    }

    /// Sets [`threads`](MiniBatchKMeans::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> MiniBatchKMeans {
        self.threads = threads;
        self
    }

    fn check(&self, columns: usize) -> Result<()> {
        if self.k == 0 || self.k > MAX_SEGMENTS {
            return Err(Error::argument("k", format!("must be 1 to {MAX_SEGMENTS}"), self.k));
        }
        for (name, value) in
            [("batch", self.batch), ("max_iterations", self.max_iterations), ("starts", self.starts)]
        {
            if value == 0 {
                return Err(Error::argument(name, "must be >= 1", value));
            }
        }
        for (name, value) in [("tolerance", self.tolerance), ("reassignment_ratio", self.reassignment_ratio)]
        {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::argument(name, "must be finite and >= 0", value));
            }
        }
        if columns > MAX_INDICATORS {
            return Err(Error::argument("x", format!("must have at most {MAX_INDICATORS} columns"), columns));
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
}
