//! From a log of transactions to one row a customer.

use crate::numerics::parallel::{Chunks, thread_count};
use karat_scorer::{Error, Problem, Result};

/// How to summarise a log.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SummaryOptions {
    /// Length of a period in the unit of the times: transactions in one period count as one, and times are
    /// given in periods. 1 for days where times are days; 7 counts weeks.
    pub period: f64,
    /// Now: the end of the observation. By default the last transaction of all.
    pub observation_end: Option<f64>,
    /// The end of the calibration: what comes after it, until the end, is the hold-out.
    pub calibration_end: Option<f64>,
    /// Whether the first transaction counts in the mean value.
    pub include_first: bool,
    /// Threads; 0 takes all. Never changes a result.
    pub threads: usize,
}

impl SummaryOptions {
    /// Periods of one unit, until the last transaction of all, on all threads.
    #[must_use]
    pub fn new() -> SummaryOptions {
        SummaryOptions {
            period: 1.0,
            observation_end: None,
            calibration_end: None,
            include_first: false,
            threads: 0,
        }
    }

    /// Sets the length of a period.
    #[must_use]
    pub fn period(mut self, period: f64) -> SummaryOptions {
        self.period = period;
        self
    }

    /// Sets the end of the observation.
    #[must_use]
    pub fn observation_end(mut self, end: f64) -> SummaryOptions {
        self.observation_end = Some(end);
        self
    }

    /// Sets the end of the calibration.
    #[must_use]
    pub fn calibration_end(mut self, end: f64) -> SummaryOptions {
        self.calibration_end = Some(end);
        self
    }

    /// Sets whether the first transaction counts in the mean value.
    #[must_use]
    pub fn include_first(mut self, include: bool) -> SummaryOptions {
        self.include_first = include;
        self
    }

    /// Sets the number of threads; 0 takes all.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> SummaryOptions {
        self.threads = threads;
        self
    }
}

impl Default for SummaryOptions {
    fn default() -> SummaryOptions {
        SummaryOptions::new()
    }
}

/// One row a customer, in the order of their numbers; customers whose first transaction comes after the
/// calibration, or the observation, are left out.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Summary {
    /// The customer's number.
    pub customer: Vec<u32>,
    /// Periods with a transaction after the first one.
    pub frequency: Vec<f64>,
    /// Periods from the first to the last.
    pub recency: Vec<f64>,
    /// Periods from the first to the end of the calibration.
    pub age: Vec<f64>,
    /// Mean value of the periods counted, 0 where there are none.
    pub monetary: Vec<f64>,
    /// Periods with a transaction in the hold-out; empty without one.
    pub holdout_frequency: Vec<f64>,
    /// Mean value of those periods, 0 where there are none.
    pub holdout_monetary: Vec<f64>,
    /// Periods from the end of the calibration to the end of the observation.
    pub holdout_duration: f64,
}

impl Summary {
    fn append(&mut self, mut other: Summary) {
        self.customer.append(&mut other.customer);
        self.frequency.append(&mut other.frequency);
        self.recency.append(&mut other.recency);
        self.age.append(&mut other.age);
        self.monetary.append(&mut other.monetary);
        self.holdout_frequency.append(&mut other.holdout_frequency);
        self.holdout_monetary.append(&mut other.holdout_monetary);
    }
}

/// Summarises a log: for each transaction the customer's number (0 to `customers` - 1), its time and, if values are
/// wanted, its value. The rows may come in any order.
///
/// A time belongs to the period `floor(time / period)`; values of one period add up in the order given.
///
/// # Errors
/// [`Error::Shape`] for columns of different lengths; [`Error::Data`] naming rows whose time or value is not
/// finite or whose number is too large, or no rows; [`Error::Argument`] for a period that is not positive or a
/// calibration that ends after the observation.
///
/// ```
/// use karat::forecast::lifetime::prepaid::{SummaryOptions, summary_from_transactions};
/// let log = summary_from_transactions(
///     &[0, 1, 0, 0],
///     &[3.0, 5.0, 10.0, 24.0],
///     Some(&[20.0, 10.0, 30.0, 50.0]),
///     2,
///     &SummaryOptions::new().observation_end(30.0),
/// )?;
/// assert_eq!((log.frequency[0], log.recency[0], log.age[0], log.monetary[0]), (2.0, 21.0, 27.0, 40.0));
/// assert_eq!((log.frequency[1], log.recency[1], log.age[1]), (0.0, 0.0, 25.0));
/// # Ok::<(), karat::Error>(())
/// ```
pub fn summary_from_transactions(
    customer: &[u32],
    time: &[f64],
    value: Option<&[f64]>,
    customers: usize,
    options: &SummaryOptions,
) -> Result<Summary> {
    check(customer, time, value, customers, options)?;
    let last = time.iter().fold(f64::NEG_INFINITY, |last, &t| last.max(t));
    let of = |t: f64| (t / options.period).floor();
    let end = of(options.observation_end.unwrap_or(last));
    let calibration = options.calibration_end.map_or(end, of);
    if calibration > end {
        let rule = "must not come after the end of the observation";
        return Err(Error::argument("calibration_end", rule, calibration * options.period));
    }
    let log = Sorted::by_customer(customer, time, value, customers, options.period);
    let chunks = Chunks {
        task: "summarising the log",
        rows: customers,
        chunk: customers.div_ceil(8 * thread_count(options.threads)).max(1024),
        threads: options.threads,
    };
    let spans = Spans {
        calibration,
        end,
        holdout: options.calibration_end.is_some(),
        include_first: options.include_first,
    };
    let part = |range: std::ops::Range<usize>| {
        let mut summary = Summary::default();
        let mut periods = Vec::new();
        for number in range {
            log.periods_of(number, &mut periods);
            spans.summarise(number as u32, &periods, &mut summary);
        }
        summary
    };
    let mut summary = chunks.map_reduce(part, Summary::default(), Summary::append, &mut |_| true)?;
    summary.holdout_duration = end - calibration;
    Ok(summary)
}

fn check(
    customer: &[u32],
    time: &[f64],
    value: Option<&[f64]>,
    customers: usize,
    options: &SummaryOptions,
) -> Result<()> {
    let rows = customer.len();
    for (name, found) in [("time", time.len()), ("monetary", value.map_or(rows, <[f64]>::len))] {
        if found != rows {
            return Err(Error::shape(format!("rows of column `{name}`"), rows, found));
        }
    }
    if !(options.period.is_finite() && options.period > 0.0) {
        return Err(Error::argument("period", "must be positive", options.period));
    }
    let mut faults = Vec::new();
    let mut note = |column: &str, what: &str, wrong: &dyn Fn(usize) -> bool| {
        let wrong: Vec<usize> = (0..rows).filter(|&row| wrong(row)).collect();
        if !wrong.is_empty() {
            let count = wrong.len();
            faults.push(Problem::new(column, what, "mend these rows or leave them out").at(count, wrong));
        }
    };
    note("customer", "a number that is no customer's", &|row| customer[row] as usize >= customers);
    note("time", "not a finite number", &|row| !time[row].is_finite());
    if let Some(value) = value {
        note("monetary", "not a finite number", &|row| !value[row].is_finite());
    }
    if rows == 0 {
        faults.push(Problem::new("", "the log has no transactions", "give at least one"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Data(faults)) }
}

/// The log by customer, in the order given within each: a counting sort.
struct Sorted {
    starts: Vec<usize>,
    /// Periods and values.
    entries: Vec<(f64, f64)>,
}

impl Sorted {
    fn by_customer(
        customer: &[u32],
        time: &[f64],
        value: Option<&[f64]>,
        customers: usize,
        period: f64,
    ) -> Sorted {
        let mut starts = vec![0_usize; customers + 1];
        for &number in customer {
            starts[number as usize + 1] += 1;
        }
        for number in 0..customers {
            starts[number + 1] += starts[number];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0.0, 0.0); customer.len()];
        for (row, &number) in customer.iter().enumerate() {
            let place = &mut next[number as usize];
            let at = if period == 1.0 { time[row].floor() } else { (time[row] / period).floor() };
            entries[*place] = (at, value.map_or(0.0, |value| value[row]));
            *place += 1;
        }
        Sorted { starts, entries }
    }

    /// A customer's periods, ascending, each with the sum of its values.
    fn periods_of(&self, number: usize, periods: &mut Vec<(f64, f64)>) {
        periods.clear();
        periods.extend_from_slice(&self.entries[self.starts[number]..self.starts[number + 1]]);
        // Stable, so that values of one period add in the order given.
        periods.sort_by(|one, other| one.0.total_cmp(&other.0));
        periods.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
    }
}

/// Which periods count where.
struct Spans {
    calibration: f64,
    end: f64,
    holdout: bool,
    include_first: bool,
}

impl Spans {
    fn summarise(&self, number: u32, periods: &[(f64, f64)], summary: &mut Summary) {
        let seen = periods.partition_point(|period| period.0 <= self.calibration);
        let Some(&(first, _)) = periods[..seen].first() else {
            return;
        };
        let last = periods[..seen].last().map_or(first, |period| period.0);
        summary.customer.push(number);
        summary.frequency.push(seen as f64 - 1.0);
        summary.recency.push(last - first);
        summary.age.push(self.calibration - first);
        summary.monetary.push(mean(&periods[usize::from(!self.include_first)..seen]));
        if self.holdout {
            let held = periods[seen..].partition_point(|period| period.0 <= self.end);
            let held = &periods[seen..seen + held];
            summary.holdout_frequency.push(held.len() as f64);
            summary.holdout_monetary.push(mean(held));
        }
    }
}

fn mean(periods: &[(f64, f64)]) -> f64 {
    if periods.is_empty() {
        return 0.0;
    }
    periods.iter().map(|period| period.1).sum::<f64>() / periods.len() as f64
}
