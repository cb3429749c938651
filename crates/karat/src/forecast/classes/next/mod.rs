//! From segments to ordered classes, a recogniser of classes, and a forecaster of the next one.
//!
//! Customers are segmented by measures over a window of periods; segments are numbered by their value, so
//! that they are ordered classes (Abdi and Abolmakarem, 2018, cluster and then classify telecom customers in
//! this way). A sparse wavelet network learns the class of the period after from the class now, its history
//! and all fields; another learns to recognise the class of customers without measures from the other fields
//! alone. Everything is judged on the last periods, which neither classes nor networks have seen, beside
//! persistence, a Markov chain and a multinomial logit of the same fields; differences have intervals by the
//! bootstrap over customers (Efron, 1979), since rows of one customer are alike.

mod bytes;
mod compare;
mod fields;
mod fit;
mod order;
mod panel;
mod report;
mod step;
#[cfg(test)]
mod tests;
mod work;

pub use compare::{Gain, Gains, ModelReport};
pub use fit::{ClassStage, NextClassProgress};
pub use order::{ClassSource, MeasureScale, ValueClasses};
pub use panel::Panel;
pub use report::{NextClassReport, RecogniserReport};
pub use step::{NextClassStep, NextClasses};

use crate::forecast::wavelet::sparse::SparseNetwork;

/// How classes are made and forecast.
///
/// ```
/// use karat::{Table, forecast::classes::{NextClass, Panel}};
///
/// // 60 customers in 8 months: the bill of every third grows.
/// let (mut who, mut when, mut bill) = (vec![], vec![], vec![]);
/// for customer in 0..60 {
///     for month in 0..8 {
///         who.push(f64::from(customer));
///         when.push(f64::from(month));
///         let growth = if customer % 3 == 0 { 6.0 * f64::from(month) } else { 0.0 };
///         bill.push(20.0 + f64::from(customer % 7) + growth);
///     }
/// }
/// let columns = [("customer", who.into()), ("month", when.into()), ("bill", bill.into())];
/// let table = Table::from_columns(columns)?;
/// let panel = Panel::new(&table, "customer", "month")?;
/// let mut plan = NextClass::new(2, "bill", ["bill"]);
/// plan.test_periods = 2;
/// let fitted = plan.fit(&panel)?;
/// assert!(fitted.step.classes.values[0] < fitted.step.classes.values[1]);
/// assert_eq!(fitted.report.models[1].name, "persistence");
/// let next = fitted.step.forecast(&panel)?;
/// assert_eq!(next.now.len(), 60 * 8);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NextClass {
    /// Number of classes, 2 to 32.
    pub classes: usize,
    /// Column whose mean orders the classes, such as the margin.
    pub value: String,
    /// Columns by which customers are segmented.
    pub measures: Vec<String>,
    /// Other columns that the networks may look at; none takes all.
    pub fields: Option<Vec<String>>,
    /// Column that holds classes already, numbered from 0; none makes them.
    pub class_column: Option<String>,
    /// Periods over which measures are averaged for a class.
    pub window: usize,
    /// Last periods that are held back to judge the forecasts.
    pub test_periods: usize,
    /// How the networks are grown.
    pub network: SparseNetwork,
    /// Whether networks are told that classes are ordered; none takes what forecasts rows better that its
    /// networks had not seen.
    pub ordered: Option<bool>,
    /// Whether a recogniser is learned.
    pub recogniser: bool,
    /// Whether the networks that are kept learn from all periods, after they were judged.
    pub refit: bool,
    /// Cost of deciding for a class (column) where another is true (row); none takes the square of their
    /// distance. Forecasts decide for the class of least expected cost.
    pub costs: Option<Vec<Vec<f64>>>,
    /// Samples of the bootstrap.
    pub samples: usize,
    /// Level of the intervals of differences.
    pub level: f64,
    /// Classes of an earlier fit: the report says how they are continued.
    pub previous: Option<ValueClasses>,
    /// Seed of segments, folds and samples.
    pub seed: u64,
    /// Threads; 0 takes as many as the machine offers. Never changes a result.
    pub threads: usize,
}

impl NextClass {
    /// Classes of the segments by `measures`, in the order of `value`: windows of three periods, three
    /// periods held back, 500 samples, intervals of 95 %.
    #[must_use]
    pub fn new<N: Into<String>>(
        classes: usize,
        value: impl Into<String>,
        measures: impl IntoIterator<Item = N>,
    ) -> NextClass {
        NextClass {
            classes,
            value: value.into(),
            measures: measures.into_iter().map(Into::into).collect(),
            fields: None,
            class_column: None,
            window: 3,
            test_periods: 3,
            network: network(),
            ordered: None,
            recogniser: true,
            refit: true,
            costs: None,
            samples: 500,
            level: 0.95,
            previous: None,
            seed: 0,
            threads: 0,
        }
    }

    /// Sets [`seed`](NextClass::seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> NextClass {
        self.seed = seed;
        self
    }

    /// Sets [`threads`](NextClass::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> NextClass {
        self.threads = threads;
        self
    }
}

/// A library of five members: rows are many here, and fits are four.
fn network() -> SparseNetwork {
    let mut network = SparseNetwork::new();
    network.libraries.truncate(1);
    network.max_rows = 30_000;
    network.growth_rows = 10_000;
    network
}
