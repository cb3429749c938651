//! What a segment is worth by tenure.

use super::series::MonthlySeries;
use crate::forecast::lifetime::contract::two_sided_level;
use karat_scorer::Result;
use karat_scorer::numerics::exp;

/// Mean monthly value by month of tenure.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct LifeCycleCurve {
    /// Months of tenure that anybody was seen at.
    pub tenure: Vec<u32>,
    /// Customers seen at each.
    pub customers: Vec<u32>,
    /// Mean value of those seen.
    pub value: Vec<f64>,
    /// Lower end of the band of the mean.
    pub lower: Vec<f64>,
    /// Upper end.
    pub upper: Vec<f64>,
}

/// The curve of the customers of a segment, with a pointwise band of `level` for each mean. A month of tenure with
/// fewer than `least` customers is left out (at least 2: one customer has no spread).
///
/// Customers are drawn independently, and each is seen once at a month of tenure: the band needs no more. It is
/// symmetric on the logarithm, since what customers pay is skewed and never below 0.
///
/// ```
/// use karat::forecast::lifecycle::{MonthlySeries, life_cycle_curve};
/// let series = MonthlySeries::new(&[0, 2, 4], &[4.0, 6.0, 6.0, 8.0], &[2.0, 2.0])?;
/// let curve = life_cycle_curve(&series, |_| true, 0.9, 2)?;
/// assert_eq!((curve.tenure, curve.value), (vec![1, 2], vec![5.0, 7.0]));
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`karat_scorer::Error::Argument`] for a level outside 0 to 1.
pub fn life_cycle_curve(
    series: &MonthlySeries<'_>,
    within: impl Fn(usize) -> bool,
    level: f64,
    least: u32,
) -> Result<LifeCycleCurve> {
    let z = two_sided_level(level)?;
    let mut cells: Vec<(u32, f64, f64)> = Vec::new();
    for customer in (0..series.customers()).filter(|&customer| within(customer)) {
        for (place, &value) in series.months(customer).iter().enumerate() {
            let tenure = series.tenure_at(customer, place);
            if !(0.0..1e5).contains(&tenure) {
                continue;
            }
            let tenure = tenure as usize;
            if cells.len() <= tenure {
                cells.resize(tenure + 1, (0, 0.0, 0.0));
            }
            // Welford's running mean and squares.
            let (count, mean, squares) = &mut cells[tenure];
            *count += 1;
            let shift = value - *mean;
            *mean += shift / f64::from(*count);
            *squares += shift * (value - *mean);
        }
    }
    let mut curve = LifeCycleCurve::default();
    for (tenure, (count, mean, squares)) in (0..).zip(cells) {
        if count < least.max(2) {
            continue;
        }
        let n = f64::from(count);
        // Student's quantile, by the first terms of its expansion (Fisher and Cornish 1960).
        let t = z * (1.0 + (z * z + 1.0) / (4.0 * (n - 1.0)));
        let half = t * (squares / (n - 1.0) / n).sqrt();
        let stretch = if mean > 0.0 { exp((half / mean).min(700.0)) } else { 1.0 };
        curve.tenure.push(tenure);
        curve.customers.push(count);
        curve.value.push(mean);
        curve.lower.push(mean / stretch);
        curve.upper.push(mean * stretch);
    }
    Ok(curve)
}
