//! Why a customer may leave: what groups of fields add to the log-odds.
//!
//! For a sum of fields, such as the logistic regression, contributions are exact as they are
//! ([`FittedLogistic::contributions`](super::FittedLogistic::contributions)). Where fields act together, Shapley's
//! (1953) values share out what they do; [`shapley`] takes the interventional form (Janzing, Minorics &
//! Bloebaum 2020): what a group adds is measured with the other fields of customers drawn from a background.

use crate::numerics::shapley::values_of_subsets;
use karat_scorer::{Error, Result};

/// Most groups that are shared out exactly: each more doubles the work.
pub const MOST_GROUPS: usize = 16;

/// What each group of fields adds to the mean over the background.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Shapley {
    /// The mean of the function over the background.
    pub base: f64,
    /// What each group adds; `base` and all of them add up to the function of the row.
    pub values: Vec<f64>,
}

/// Shares out a function of a row among groups of its fields, exactly: the mean over all orders of the groups of
/// what each adds when its fields change from those of a background row to those of `row`.
///
/// `evaluate` is called once for each subset of the groups and each background row. Fields in no group stay those
/// of the row.
///
/// ```
/// use karat::forecast::churn::shapley;
/// let mut product = |row: &[f64]| Ok(row[0] * row[1]);
/// let found = shapley(&mut product, &[2.0, 3.0], &[vec![0.0, 1.0]], &[vec![0], vec![1]])?;
/// assert_eq!((found.base, found.values), (0.0, vec![4.0, 2.0]));
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// Those of `evaluate`; [`Error::Shape`] for background rows of another length or none; [`Error::Argument`] for
/// no groups, more than [`MOST_GROUPS`], and fields that are not there or in two groups.
pub fn shapley(
    evaluate: &mut dyn FnMut(&[f64]) -> Result<f64>,
    row: &[f64],
    background: &[Vec<f64>],
    groups: &[Vec<usize>],
) -> Result<Shapley> {
    check(row.len(), background, groups)?;
    let mut worth = vec![0.0; 1 << groups.len()];
    let mut mixed = row.to_vec();
    for (subset, worth) in worth.iter_mut().enumerate() {
        let mut sum = 0.0;
        for other in background {
            for (number, group) in groups.iter().enumerate() {
                let from = if subset >> number & 1 == 1 { row } else { other };
                for &field in group {
                    mixed[field] = from[field];
                }
            }
            sum += evaluate(&mixed)?;
        }
        *worth = sum / background.len() as f64;
    }
    Ok(Shapley { base: worth[0], values: shapley_values(&worth)? })
}

fn check(fields: usize, background: &[Vec<f64>], groups: &[Vec<usize>]) -> Result<()> {
    if background.is_empty() {
        return Err(Error::shape("background rows, at least", 1, 0));
    }
    if let Some(other) = background.iter().find(|row| row.len() != fields) {
        return Err(Error::shape("fields of a background row", fields, other.len()));
    }
    let mut seen = vec![false; fields];
    for &field in groups.iter().flatten() {
        match seen.get_mut(field) {
            Some(slot) if !*slot => *slot = true,
            Some(_) => return Err(Error::argument("groups", "must have every field once", field)),
            None => return Err(Error::argument("groups", format!("must name fields below {fields}"), field)),
        }
    }
    Ok(())
}

/// Shapley's values from what every subset of the groups is worth; the bits of an index tell which groups are in
/// the subset.
///
/// # Errors
/// [`Error::Argument`] unless there are 2, 4, ... up to 2^[`MOST_GROUPS`] subsets.
pub fn shapley_values(worth: &[f64]) -> Result<Vec<f64>> {
    let groups = worth.len().checked_ilog2().unwrap_or(0) as usize;
    if !worth.len().is_power_of_two() || groups == 0 || groups > MOST_GROUPS {
        let rule = format!("must be all subsets of 1 to {MOST_GROUPS} groups");
        return Err(Error::argument("worth", rule, worth.len()));
    }
    Ok(values_of_subsets(worth))
}
