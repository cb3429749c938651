//! The gains table: groups of customers from the likeliest to leave to the least likely.

use super::ranking::{check, descending};
use karat_scorer::{Error, Result};

/// One group of a [`gains_table`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GainsRow {
    /// Customers of the group.
    pub customers: usize,
    /// How many of them left.
    pub churners: usize,
    /// The share that left.
    pub rate: f64,
    /// That share over the share of all customers.
    pub lift: f64,
    /// The share of all who left that is in this group or above.
    pub captured: f64,
    /// The lift of this group and those above together.
    pub cumulative_lift: f64,
    /// The mean score of the group.
    pub mean_score: f64,
}

/// Customers sorted by their score, the highest first, in groups of equal size (the first ones hold one more
/// where the number does not divide); customers of one score stay in their order. Ten groups are the deciles.
///
/// ```
/// use karat::forecast::churn::gains_table;
/// let table = gains_table(&[true, false, true, false], &[0.9, 0.2, 0.6, 0.4], 2)?;
/// assert_eq!((table[0].churners, table[0].lift, table[1].captured), (2, 2.0, 1.0));
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// As [`Ranking::new`](super::Ranking::new); [`Error::Argument`] for no groups or more than customers.
pub fn gains_table(left: &[bool], scores: &[f64], groups: usize) -> Result<Vec<GainsRow>> {
    check(left, scores)?;
    let all = left.len();
    if groups == 0 || groups > all {
        return Err(Error::argument(
            "groups",
            format!("must be 1 to {all}, the customers there are"),
            groups,
        ));
    }
    let order = descending(scores);
    let churners = left.iter().filter(|&&left| left).count() as f64;
    let base = churners / all as f64;
    let (mut taken, mut caught) = (0, 0);
    Ok((0..groups)
        .map(|group| {
            let size = all / groups + usize::from(group < all % groups);
            let rows = &order[taken..taken + size];
            let gone = rows.iter().filter(|&&row| left[row]).count();
            taken += size;
            caught += gone;
            let rate = gone as f64 / size as f64;
            GainsRow {
                customers: size,
                churners: gone,
                rate,
                lift: rate / base,
                captured: caught as f64 / churners,
                cumulative_lift: caught as f64 / taken as f64 / base,
                mean_score: rows.iter().map(|&row| scores[row]).sum::<f64>() / size as f64,
            }
        })
        .collect())
}
