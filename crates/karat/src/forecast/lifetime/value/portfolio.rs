//! The value of a whole base, and how few hold it.

use karat_scorer::{Error, Problem, Result};

/// Value of all customers with its concentration.
///
/// ```
/// use karat::forecast::lifetime::value::Portfolio;
/// let base = Portfolio::of(&[0.0, 0.0, 0.0, 8.0])?;
/// assert_eq!((base.total, base.gini), (8.0, Some(0.75)));
/// assert_eq!(base.share_of_top(0.25), Some(1.0));
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Portfolio {
    /// Customers.
    pub customers: usize,
    /// Sum of their values: the equity of the base.
    pub total: f64,
    /// Customers of negative value.
    pub negative_customers: usize,
    /// Sum of the negative values.
    pub negative_total: f64,
    /// Gini's coefficient, 0 (all alike) to 1; above 1 where negative values make some others worth more than
    /// the whole. None when the total is 0 or less.
    pub gini: Option<f64>,
    /// Values in rising order, added up: entry k is what the k lowest hold.
    cumulative: Vec<f64>,
}

impl Portfolio {
    /// The portfolio of these values.
    ///
    /// # Errors
    /// [`Error::Data`] naming rows without a finite value.
    pub fn of(values: &[f64]) -> Result<Portfolio> {
        let bad: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_finite()).collect();
        if !bad.is_empty() || values.is_empty() {
            let problem = Problem::new("value", "missing or infinite", "leave these customers out");
            return Err(Error::data(problem.at(bad.len(), bad)));
        }
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut cumulative = Vec::with_capacity(sorted.len() + 1);
        cumulative.push(0.0);
        let (mut sum, mut ranked) = (0.0, 0.0);
        for (rank, value) in sorted.iter().enumerate() {
            sum += value;
            ranked += (rank as f64 + 1.0) * value;
            cumulative.push(sum);
        }
        let n = sorted.len() as f64;
        let negative: Vec<f64> = sorted.iter().copied().filter(|value| *value < 0.0).collect();
        Ok(Portfolio {
            customers: sorted.len(),
            total: sum,
            negative_customers: negative.len(),
            negative_total: negative.iter().sum(),
            gini: (sum > 0.0).then(|| (2.0 * ranked - (n + 1.0) * sum) / (n * sum)),
            cumulative,
        })
    }

    /// Share of the total that the lowest share `customers` of the base holds, by straight lines between them; none
    /// when the total is 0 or less.
    #[must_use]
    pub fn lorenz(&self, customers: f64) -> Option<f64> {
        if self.total <= 0.0 || customers.is_nan() {
            return None;
        }
        let place = customers.clamp(0.0, 1.0) * self.customers as f64;
        let low = (place.floor() as usize).min(self.customers);
        let high = (low + 1).min(self.customers);
        let share = place - low as f64;
        Some((self.cumulative[low] + share * (self.cumulative[high] - self.cumulative[low])) / self.total)
    }

    /// Share of the total that the most valuable share `customers` of the base holds.
    #[must_use]
    pub fn share_of_top(&self, customers: f64) -> Option<f64> {
        self.lorenz(1.0 - customers).map(|rest| 1.0 - rest)
    }
}
