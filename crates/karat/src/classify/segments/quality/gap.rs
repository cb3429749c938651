//! The gap statistic: is the dispersion within smaller than in a base without segments?

use super::labelled::{Rows, mean_and_error, sum};
use crate::classify::segments::KMeans;
use crate::classify::segments::Value;
use crate::numerics::parallel::{over_slots, thread_count};
use crate::numerics::random::Random;
use crate::numerics::symmetric_eigen::symmetric_eigen;
use karat_scorer::numerics::ln;
use karat_scorer::{Error, Result};
use ndarray::{Array2, ArrayView2};

/// What a base without segments looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Reference {
    /// Uniform over the range of each column.
    #[default]
    Box,
    /// Uniform over the range of each principal component: takes up the correlations of the columns.
    PrincipalComponents,
}

/// The gap statistic of Tibshirani, Walther and Hastie (2001).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GapStatistic {
    /// Reference tables, each as large as the base.
    pub references: usize,
    /// How they are drawn.
    pub reference: Reference,
    /// How every table is segmented; its `k` is set for each.
    pub plan: KMeans,
    /// Seed of the reference tables.
    pub seed: u64,
}

/// What the gap statistic found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Gap {
    /// Numbers of segments, ascending.
    pub ks: Vec<usize>,
    /// `ln` of the inertia of the base.
    pub log_inertia: Vec<f64>,
    /// Mean of the same over the reference tables.
    pub expected: Vec<f64>,
    /// `expected - log_inertia`.
    pub gaps: Vec<f64>,
    /// `s_k`: standard deviation over the reference tables times `sqrt(1 + 1 / references)`.
    pub errors: Vec<f64>,
    /// The smallest k whose gap is at least that of the next, less the next's error; the last k when there is
    /// none. 1 says that the base looks like one without segments.
    pub recommended: usize,
}

impl GapStatistic {
    /// Ten references over a box, k-means from two starts, seed 0.
    #[must_use]
    pub fn new() -> GapStatistic {
        GapStatistic {
            references: 10,
            reference: Reference::default(),
            plan: KMeans::new(1).restarts(2),
            seed: 0,
        }
    }

    /// Sets [`references`](GapStatistic::references).
    #[must_use]
    pub fn references(mut self, references: usize) -> GapStatistic {
        self.references = references;
        self
    }

    /// Sets [`reference`](GapStatistic::reference).
    #[must_use]
    pub fn reference(mut self, reference: Reference) -> GapStatistic {
        self.reference = reference;
        self
    }

    /// Sets [`plan`](GapStatistic::plan).
    #[must_use]
    pub fn plan(mut self, plan: KMeans) -> GapStatistic {
        self.plan = plan;
        self
    }

    /// Sets [`seed`](GapStatistic::seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> GapStatistic {
        self.seed = seed;
        self
    }

    /// Computes the gap for each of `ks`.
    ///
    /// # Errors
    /// [`Error::Argument`] without references or with `ks` that do not ascend; otherwise as
    /// [`KMeans::fit`].
    pub fn of<T: Value>(&self, x: ArrayView2<'_, T>, ks: &[usize]) -> Result<Gap> {
        if ks.is_empty() || ks.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Error::argument("ks", "must be one or more, ascending", format!("{ks:?}")));
        }
        let rows = Rows::new(x)?;
        let all: Vec<usize> = (0..rows.count()).collect();
        let x = rows.pick(&all);
        let own = log_inertias(&x, ks, &self.plan)?;
        self.against(&x, ks, own)
    }

    /// As [`of`](GapStatistic::of), with the logarithms of the inertia known.
    pub(super) fn against(&self, x: &Array2<f64>, ks: &[usize], log_inertia: Vec<f64>) -> Result<Gap> {
        if self.references == 0 {
            return Err(Error::argument("references", "must be >= 1", 0));
        }
        let space = Space::new(x, self.reference);
        let mut slots: Vec<Result<Vec<f64>>> = (0..self.references).map(|_| Ok(Vec::new())).collect();
        let plan = self.plan.clone().threads(1);
        over_slots(thread_count(self.plan.threads), 1, &mut slots, |numbers, slots| {
            for (number, slot) in numbers.zip(slots) {
                let table = space.draw(x.nrows(), &mut Random::stream(self.seed, number as u64));
                *slot = log_inertias(&table, ks, &plan);
            }
        });
        let found: Vec<Vec<f64>> = slots.into_iter().collect::<Result<_>>()?;
        let count = self.references as f64;
        let mut gap = Gap {
            ks: ks.to_vec(),
            log_inertia,
            expected: Vec::new(),
            gaps: Vec::new(),
            errors: Vec::new(),
            recommended: 0,
        };
        for i in 0..ks.len() {
            let values: Vec<f64> = found.iter().map(|logs| logs[i]).collect();
            let (mean, _) = mean_and_error(&values);
            let variance = sum(values.iter().map(|value| (value - mean) * (value - mean))) / count;
            gap.expected.push(mean);
            gap.gaps.push(mean - gap.log_inertia[i]);
            gap.errors.push((variance * (1.0 + 1.0 / count)).sqrt());
        }
        gap.recommended = first_within_one_error(ks, &gap.gaps, &gap.errors);
        Ok(gap)
    }
}

impl Default for GapStatistic {
    fn default() -> GapStatistic {
        GapStatistic::new()
    }
}

fn first_within_one_error(ks: &[usize], gaps: &[f64], errors: &[f64]) -> usize {
    let next = gaps.iter().zip(errors).skip(1).map(|(gap, error)| gap - error);
    let found = gaps.iter().zip(next).position(|(gap, next)| *gap >= next);
    ks[found.unwrap_or(ks.len() - 1)]
}

fn log_inertias(x: &Array2<f64>, ks: &[usize], plan: &KMeans) -> Result<Vec<f64>> {
    ks.iter()
        .map(|&k| {
            let mut plan = plan.clone();
            plan.k = k;
            Ok(ln(plan.fit(x.view())?.report.inertia))
        })
        .collect()
}

/// Where reference rows lie.
struct Space {
    /// Range of each axis.
    ranges: Vec<(f64, f64)>,
    /// Axes as rows, and where they start; none for the axes of the columns.
    turned: Option<(Vec<f64>, Vec<Vec<f64>>)>,
}

impl Space {
    fn new(x: &Array2<f64>, reference: Reference) -> Space {
        match reference {
            Reference::Box => {
                let columns = (0..x.ncols()).map(|f| range(x.column(f).iter().copied()));
                Space { ranges: columns.collect(), turned: None }
            }
            Reference::PrincipalComponents => {
                let (mean, covariance) = covariance(x);
                let axes = symmetric_eigen(covariance).vectors;
                let ranges = axes
                    .iter()
                    .map(|axis| {
                        range(x.rows().into_iter().map(|row| {
                            sum(row.iter().zip(&mean).zip(axis).map(|((x, mean), axis)| (x - mean) * axis))
                        }))
                    })
                    .collect();
                Space { ranges, turned: Some((mean, axes)) }
            }
        }
    }

    fn draw(&self, rows: usize, random: &mut Random) -> Array2<f64> {
        let mut table = Array2::zeros((rows, self.ranges.len()));
        let mut point = vec![0.0; self.ranges.len()];
        for mut row in table.rows_mut() {
            for (slot, (low, high)) in point.iter_mut().zip(&self.ranges) {
                *slot = low + random.uniform() * (high - low);
            }
            for (f, slot) in row.iter_mut().enumerate() {
                *slot = match &self.turned {
                    None => point[f],
                    Some((mean, axes)) => mean[f] + sum(axes.iter().zip(&point).map(|(axis, t)| axis[f] * t)),
                };
            }
        }
        table
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

/// Means of the columns and the covariances of the population.
fn covariance(x: &Array2<f64>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let (rows, columns) = x.dim();
    let mean: Vec<f64> = (0..columns).map(|f| sum(x.column(f).iter().copied()) / rows as f64).collect();
    let mut matrix = vec![vec![0.0; columns]; columns];
    for row in x.rows() {
        for i in 0..columns {
            for j in 0..=i {
                matrix[i][j] += (row[i] - mean[i]) * (row[j] - mean[j]);
            }
        }
    }
    for i in 0..columns {
        for j in 0..=i {
            matrix[i][j] /= rows as f64;
            matrix[j][i] = matrix[i][j];
        }
    }
    (mean, matrix)
}
