//! Variance-based sensitivity indices from evaluations of a model.

use crate::numerics::random::CounterRandom;
use karat_scorer::{Error, Result};

/// Kind of the draws of a bootstrap.
const BOOTSTRAP: u64 = 0x616e_626f;

/// How much of the variance of an output one input accounts for.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SobolIndex {
    /// Share of the variance that would go if the input were known (first order).
    pub first: f64,
    /// Bootstrap interval of `first`, 2.5 % to 97.5 %.
    pub first_interval: (f64, f64),
    /// Share of the variance that would stay if all other inputs were known (total).
    pub total: f64,
    /// Bootstrap interval of `total`, 2.5 % to 97.5 %.
    pub total_interval: (f64, f64),
}

/// First-order and total indices of each input.
///
/// `a` and `b` are outputs at two independent samples of all inputs; `mixed[i]` are outputs at the first sample
/// with input `i` taken from the second. First order after Saltelli, Annoni, Azzini, Campolongo, Ratto and
/// Tarantola (2010), total after Jansen (1999); outputs are centred first, which leaves the expectation as it is
/// and takes out noise. Intervals are percentiles of `resamples` bootstrap resamples. All are NaN when the
/// output never varies.
///
/// # Errors
/// [`Error::Shape`] for lengths that differ, or fewer than two evaluations.
///
/// ```
/// use karat::evaluate::analysis::sobol_indices;
/// // f(x, y) = x at the samples x = 1, 2, 3, 4 and x = 2, 4, 1, 3: all of the variance comes from x.
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 1.0, 3.0]);
/// let found = sobol_indices(&a, &b, &[b.to_vec(), a.to_vec()], 0, 0)?;
/// assert_eq!((found[1].first, found[1].total), (0.0, 0.0));
/// assert!(found[0].total > 0.5);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn sobol_indices(
    a: &[f64],
    b: &[f64],
    mixed: &[Vec<f64>],
    resamples: usize,
    seed: u64,
) -> Result<Vec<SobolIndex>> {
    let count = a.len();
    if count < 2 {
        return Err(Error::shape("evaluations or more", 2, count));
    }
    if let Some(found) = [b].into_iter().chain(mixed.iter().map(Vec::as_slice)).find(|x| x.len() != count) {
        return Err(Error::shape("evaluations", count, found.len()));
    }
    let every: Vec<usize> = (0..count).collect();
    let estimates = estimate(a, b, mixed, &every);
    let mut resampled = vec![(Vec::with_capacity(resamples), Vec::with_capacity(resamples)); mixed.len()];
    for resample in 0..resamples {
        let drawn = CounterRandom::new(seed, BOOTSTRAP, resample as u64);
        let chosen: Vec<usize> = (0..count as u64).map(|at| drawn.below(at, count as u64) as usize).collect();
        for ((first, total), found) in resampled.iter_mut().zip(estimate(a, b, mixed, &chosen)) {
            first.push(found.0);
            total.push(found.1);
        }
    }
    Ok(estimates
        .into_iter()
        .zip(resampled)
        .map(|((first, total), (firsts, totals))| SobolIndex {
            first,
            first_interval: interval(firsts),
            total,
            total_interval: interval(totals),
        })
        .collect())
}

/// First-order and total index of each input from the chosen evaluations.
fn estimate(a: &[f64], b: &[f64], mixed: &[Vec<f64>], chosen: &[usize]) -> Vec<(f64, f64)> {
    let count = chosen.len() as f64;
    let over = |term: &dyn Fn(usize) -> f64| chosen.iter().fold(0.0, |sum, &at| sum + term(at));
    let mean = over(&|at| a[at] + b[at]) / (2.0 * count);
    let square = |x: f64| x * x;
    let variance = over(&|at| square(a[at] - mean) + square(b[at] - mean)) / (2.0 * count);
    let share = |sum: f64| if variance > 0.0 { sum / count / variance } else { f64::NAN };
    mixed
        .iter()
        .map(|mixed| {
            let first = share(over(&|at| (b[at] - mean) * (mixed[at] - a[at])));
            (first, share(over(&|at| square(a[at] - mixed[at])) / 2.0))
        })
        .collect()
}

/// Percentiles 2.5 and 97.5, interpolated; NaN without resamples.
fn interval(mut values: Vec<f64>) -> (f64, f64) {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * values.len().saturating_sub(1) as f64;
        let below = place.floor() as usize;
        match (values.get(below), values.get(below + 1)) {
            (Some(low), Some(high)) => low + (place - place.floor()) * (high - low),
            (Some(low), None) => *low,
            _ => f64::NAN,
        }
    };
    (at(0.025), at(0.975))
}
