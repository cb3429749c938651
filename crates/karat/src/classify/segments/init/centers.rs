//! First centers alone, for those who iterate elsewhere.

use super::super::lloyd::LloydScale;
use super::super::table::Table;
use super::super::value::Value;
use super::content::ContentOrder;
use super::rows::Rows;
use super::{Init, Search};
use crate::numerics::parallel::thread_count;
use karat_scorer::step::MAX_INDICATORS;
use karat_scorer::{Error, Problem, Result};
use ndarray::{Array2, ArrayView2};

/// Multiplications that repay the start of a thread.
const WORK_PER_THREAD: usize = 1 << 18;

/// Draws first centers from the rows of a table, as [`KMeans`](super::super::KMeans) does.
///
/// The draws depend on the seed and on what the rows hold: not on their order, nor on threads; and a whole
/// weight is the same as that many copies.
///
/// ```
/// use karat::classify::segments::InitialCenters;
/// use ndarray::array;
///
/// let x = array![[1.0_f32], [2.0], [10.0], [11.0]];
/// let first = InitialCenters::new(2).seed(7).draw(x.view(), None)?;
/// for (center, &row) in first.centers.rows().into_iter().zip(&first.rows) {
///     assert_eq!(center[0], f64::from(x[[row, 0]]));
/// }
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InitialCenters {
    /// Number of centers, at least 1.
    pub k: usize,
    /// How they are drawn; not [`Init::Given`].
    pub init: Init,
    /// Rows drawn for each center of greedy k-means++, of which the best is kept; `None` for `2 + ln k`,
    /// rounded down. 1 is k-means++ as first published.
    pub trials: Option<usize>,
    /// Seed of the draws.
    pub seed: u64,
    /// Threads; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

/// First centers and where they come from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FirstCenters {
    /// The centers in the order in which they were chosen, of shape k × d.
    pub centers: Array2<f64>,
    /// For each the row that it is; of equal rows the first with a weight.
    pub rows: Vec<usize>,
}

impl InitialCenters {
    /// `k` centers by greedy k-means++, seed 0, all threads.
    #[must_use]
    pub fn new(k: usize) -> InitialCenters {
        InitialCenters { k, init: Init::default(), trials: None, seed: 0, threads: 0 }
    }

    /// Sets [`init`](InitialCenters::init).
    #[must_use]
    pub fn init(mut self, init: Init) -> InitialCenters {
        self.init = init;
        self
    }

    /// Sets [`trials`](InitialCenters::trials).
    #[must_use]
    pub fn trials(mut self, trials: usize) -> InitialCenters {
        self.trials = Some(trials);
        self
    }

    /// Sets [`seed`](InitialCenters::seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> InitialCenters {
        self.seed = seed;
        self
    }

    /// Sets [`threads`](InitialCenters::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> InitialCenters {
        self.threads = threads;
        self
    }

    /// Draws from rows of shape n × d, with one weight each or 1. Rows in the order of C or Fortran are read
    /// in place.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range or bad weights; [`Error::Shape`] for another number of
    /// weights; [`Error::Data`] for a table without rows or columns, with values that are NaN, infinite or
    /// too large to be squared, or with fewer different rows than `k`.
    pub fn draw<T: Value>(&self, x: ArrayView2<'_, T>, weights: Option<&[f64]>) -> Result<FirstCenters> {
        self.check(x.dim())?;
        let Some(rows) = Rows::of_view(x, weights) else {
            let copy = x.as_standard_layout();
            return self.draw(copy.view(), weights);
        };
        check_rows(&rows, x)?;
        let work = rows.count.saturating_mul(rows.columns * self.k);
        let threads = thread_count(self.threads).min(work / WORK_PER_THREAD + 1);
        let order = ContentOrder::of(&rows, threads);
        let search = Search { rows, order: &order, k: self.k, trials: self.trials, threads };
        let chosen = search.starts(&self.init, self.seed, 0..1).and_then(|mut starts| starts.pop());
        let chosen = chosen.ok_or_else(|| {
            Error::argument("init", "must be a way to draw rows", "centers that are given already")
        })?;
        let found = chosen.points.len();
        if found < self.k {
            let many = if found == 1 { "row" } else { "rows" };
            return Err(Error::data(Problem::new(
                "",
                format!("{found} different {many} of positive weight cannot make {} centers", self.k),
                format!("choose k <= {found}, or give more rows or columns"),
            )));
        }
        Ok(FirstCenters { centers: chosen.centers(rows.columns), rows: chosen.rows })
    }

    fn check(&self, (rows, columns): (usize, usize)) -> Result<()> {
        if self.k == 0 {
            return Err(Error::argument("k", "must be >= 1", 0));
        }
        if self.trials == Some(0) {
            return Err(Error::argument("trials", "must be >= 1", 0));
        }
        if columns > MAX_INDICATORS {
            return Err(Error::argument("x", format!("must have at most {MAX_INDICATORS} columns"), columns));
        }
        self.init.check(rows)
    }
}

/// Checks values and weights; what is wrong is told by the table that every fit reads.
fn check_rows<T: Value>(rows: &Rows<'_, T>, x: ArrayView2<'_, T>) -> Result<()> {
    let weighed = rows.weights.is_none_or(|weights| {
        let positive = weights.iter().any(|&weight| weight > 0.0);
        weights.len() == rows.count && positive && weights.iter().all(|w| w.is_finite() && *w >= 0.0)
    });
    let largest = (rows.count > 0 && rows.columns > 0 && weighed).then(|| rows.largest()).flatten();
    let Some(largest) = largest else {
        let copy = x.mapv(T::widen);
        Table::new(copy.view(), rows.weights).check()?;
        return Ok(());
    };
    let heaviest = rows.weights.map_or(1.0, |weights| weights.iter().fold(0.0, |max: f64, &w| max.max(w)));
    LloydScale::new(largest, heaviest)?;
    Ok(())
}
