//! Monthly series of many customers.

use karat_scorer::{Error, Problem, Result};
use std::ops::Range;

/// Months of customers, one after another.
///
/// ```
/// use karat::forecast::lifecycle::MonthlySeries;
/// // Two customers with three and two months, in the last of which they were here for 30 and 2 months.
/// let series = MonthlySeries::new(&[0, 3, 5], &[9.0, 8.0, 9.0, 5.0, 6.0], &[30.0, 2.0])?;
/// assert_eq!(series.customers(), 2);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct MonthlySeries<'a> {
    offsets: &'a [usize],
    values: &'a [f64],
    tenures: &'a [f64],
}

impl<'a> MonthlySeries<'a> {
    /// The months of customer i are `values[offsets[i]..offsets[i + 1]]`; `tenures` are those of the last month.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths do not fit, [`Error::Data`] naming months that are missing, infinite or below
    /// 0, customers without months, and tenures that are no number.
    pub fn new(offsets: &'a [usize], values: &'a [f64], tenures: &'a [f64]) -> Result<MonthlySeries<'a>> {
        let customers = offsets.len().saturating_sub(1);
        if tenures.len() != customers || customers == 0 {
            return Err(Error::shape("tenures of customers", customers, tenures.len()));
        }
        if offsets.first() != Some(&0) || offsets.last() != Some(&values.len()) {
            return Err(Error::shape("months", *offsets.last().unwrap_or(&0), values.len()));
        }
        let mut problems = Vec::new();
        let mut look = |column: &str, what: &str, remedy: &str, bad: Vec<usize>| {
            if !bad.is_empty() {
                problems.push(Problem::new(column, what, remedy).at(bad.len(), bad));
            }
        };
        let wrong = |value: &f64| !(value.is_finite() && *value >= 0.0);
        look(
            "value",
            "missing, infinite or below 0",
            "write 0 for a month without use",
            (0..values.len()).filter(|&row| wrong(&values[row])).collect(),
        );
        look(
            "customer",
            "no months",
            "leave these customers out",
            (0..customers).filter(|&i| offsets[i + 1] <= offsets[i]).collect(),
        );
        look(
            "tenure",
            "missing, infinite or below 0",
            "give months since the customer came",
            (0..customers).filter(|&i| wrong(&tenures[i])).collect(),
        );
        if problems.is_empty() {
            Ok(MonthlySeries { offsets, values, tenures })
        } else {
            Err(Error::Data(problems))
        }
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.tenures.len()
    }

    pub(super) fn range(&self, customer: usize) -> Range<usize> {
        self.offsets[customer]..self.offsets[customer + 1]
    }

    pub(super) fn months(&self, customer: usize) -> &'a [f64] {
        &self.values[self.range(customer)]
    }

    /// Tenure in the last month.
    pub(super) fn tenure(&self, customer: usize) -> f64 {
        self.tenures[customer]
    }

    /// Tenure in month `place` of a customer's months.
    pub(super) fn tenure_at(&self, customer: usize, place: usize) -> f64 {
        let months = self.range(customer).len();
        self.tenures[customer] - (months - 1 - place) as f64
    }
}
