//! Freezing grades: cuts of the value index.

use crate::numerics::quantile::{Histogram, QuantilePlan, Refinement};
use crate::plan::{CutsPlan, GradesPlan};
use karat_scorer::step::Grades;
use karat_scorer::{Error, Problem, Result};
use std::collections::BTreeMap;

/// Counts and sums of the index by bucket of its histogram: where a share of the total is reached.
///
/// Values are summed as whole multiples of 2^-40, so that merging commutes in bits; values below zero
/// count as zero, because a share of a total needs parts that are not negative.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ShareSums {
    buckets: BTreeMap<u32, i128>,
}

const STEPS: f64 = (1u64 << 40) as f64;

fn steps(value: f64) -> i128 {
    (value.max(0.0) * STEPS).round() as i128
}

impl ShareSums {
    pub(crate) fn add(&mut self, value: f64) {
        self.put(Histogram::bucket(value), steps(value));
    }

    pub(crate) fn merge(&mut self, other: &ShareSums) {
        for (&bucket, sum) in &other.buckets {
            self.put(bucket, *sum);
        }
    }

    /// Nothing is negative, so that a sum that ends at the largest integer ends there in any order.
    fn put(&mut self, bucket: u32, steps: i128) {
        let sum = self.buckets.entry(bucket).or_insert(0);
        *sum = sum.saturating_add(steps);
    }

    /// Refuses a base without anything to share.
    fn check(&self) -> Result<()> {
        if self.buckets.values().any(|&sum| sum > 0) {
            return Ok(());
        }
        let what = "grades: no customer has an index above 0 to share";
        Err(Error::data(Problem::new("", what, "use quantile or fixed cuts")))
    }

    /// For each share the bucket in which the customers from the top down reach it, and what is left for
    /// that bucket to contribute.
    fn reached(&self, shares: &[f64]) -> Vec<(u32, i128)> {
        let total = self.buckets.values().fold(0_i128, |total, &sum| total.saturating_add(sum));
        shares
            .iter()
            .map(|share| {
                let mut wanted = (total as f64 * share) as i128;
                for (&bucket, &sum) in self.buckets.iter().rev() {
                    if wanted <= sum {
                        return (bucket, wanted);
                    }
                    wanted -= sum;
                }
                (self.buckets.keys().next().copied().unwrap_or(0), 0)
            })
            .collect()
    }
}

/// What a second pass over the index must tell for the cuts.
#[derive(Debug, Clone)]
pub(crate) enum CutsAwaiting {
    /// Nothing.
    Known(Vec<f64>),
    /// Quantiles.
    Quantiles(QuantilePlan),
    /// The values in the buckets where shares are reached.
    Shares(Vec<(u32, i128)>),
    /// The sample's index values.
    NaturalBreaks,
}

/// Plans the cuts after a first pass over the index.
///
/// # Errors
/// As [`QuantilePlan::new`], and [`Error::Data`] when shares are wanted of nothing.
pub(crate) fn plan_cuts(plan: &GradesPlan, index: &Histogram, shares: &ShareSums) -> Result<CutsAwaiting> {
    Ok(match &plan.cuts {
        CutsPlan::Fixed(cuts) => CutsAwaiting::Known(cuts.clone()),
        CutsPlan::NaturalBreaks => CutsAwaiting::NaturalBreaks,
        CutsPlan::CumulativeShare(wanted) => {
            shares.check()?;
            CutsAwaiting::Shares(shares.reached(wanted))
        }
        CutsPlan::Quantile(each) => {
            let count = plan.names.len();
            let equal = vec![1.0 / count as f64; count];
            let each = if each.is_empty() { &equal } else { each };
            let mut below = 0.0;
            let mut probabilities = Vec::new();
            for share in &each[..count - 1] {
                below += share;
                probabilities.push(below.min(1.0));
            }
            CutsAwaiting::Quantiles(QuantilePlan::new(index, &probabilities)?)
        }
    })
}

impl CutsAwaiting {
    /// The state of the second pass.
    pub(crate) fn refinement(&self) -> Refinement {
        match self {
            CutsAwaiting::Quantiles(plan) => plan.refinement(),
            CutsAwaiting::Shares(reached) => {
                let mut buckets: Vec<u32> = reached.iter().map(|&(bucket, _)| bucket).collect();
                buckets.sort_unstable();
                buckets.dedup();
                Refinement::of_buckets(buckets)
            }
            CutsAwaiting::Known(_) | CutsAwaiting::NaturalBreaks => Refinement::of_buckets(Vec::new()),
        }
    }

    /// The cuts; `sample` holds index values in ascending order for natural breaks.
    ///
    /// # Errors
    /// [`Error::Data`] when cuts coincide because many customers have the same index.
    pub(crate) fn finish(&self, names: &[String], refinement: &Refinement, sample: &[f64]) -> Result<Grades> {
        let cuts = match self {
            CutsAwaiting::Known(cuts) => cuts.clone(),
            CutsAwaiting::Quantiles(plan) => plan.finish(refinement)?,
            CutsAwaiting::Shares(reached) => {
                // The top grade's share comes first, its cut last.
                reached.iter().rev().map(|&place| share_cut(place, refinement)).collect()
            }
            CutsAwaiting::NaturalBreaks => {
                super::natural_breaks::natural_breaks(&counted(sample), names.len())?
            }
        };
        if let Some(pair) = cuts.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(Error::data(Problem::new(
                "",
                format!(
                    "grades `{}` and `{}` would begin at the same index {}",
                    names[pair + 1],
                    names[pair + 2],
                    cuts[pair]
                ),
                "too many customers share one index: use fewer grades or fixed cuts",
            )));
        }
        let grades = Grades { cuts };
        grades.check()?;
        Ok(grades)
    }
}

/// The index of the customer with whom, from the top down, the share is reached.
fn share_cut((bucket, wanted): (u32, i128), refinement: &Refinement) -> f64 {
    let mut left = wanted;
    let mut cut = f64::NAN;
    for (value, count) in refinement.values_of(bucket).into_iter().rev() {
        cut = value;
        left = left.saturating_sub(steps(value).saturating_mul(i128::from(count)));
        if left <= 0 {
            break;
        }
    }
    cut
}

/// Ascending values with how often each occurs.
fn counted(ascending: &[f64]) -> Vec<(f64, u64)> {
    let mut runs: Vec<(f64, u64)> = Vec::new();
    for &value in ascending {
        match runs.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            _ => runs.push((value, 1)),
        }
    }
    runs
}
