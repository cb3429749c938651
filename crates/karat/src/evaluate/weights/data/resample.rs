//! Weights of resampled tables, from sums over groups of rows that one reading keeps.

use super::dispersion::{critic_of, standard_deviation_of};
use super::merec::{Ends, merec_of, removal_effects};
use super::moments::Spread;
use super::principal_component::principal_component_of;
use super::values::{STRIDE, Values};
use super::{DataMethod, data_weights};
use crate::evaluate::weights::entropy::{entropy_from_sums, times_logarithm};
use karat_scorer::{Error, Result};

/// Groups of rows that are drawn together. A group adds up every 256th row, so that it is a small table like
/// the whole whatever the order of the rows; a table of fewer rows is drawn row by row.
const GROUPS: usize = 256;

/// Variances below this share of the squares are rounding: the column is constant in that sample.
const NOTHING: f64 = 1e-13;

/// Sums over groups of rows from which the weights of any sample of groups follow.
pub(in super::super) struct Grouped {
    method: DataMethod,
    statistic: Statistic,
    columns: usize,
    width: usize,
    sums: Vec<f64>,
    counts: Vec<u64>,
}

enum Statistic {
    Nothing,
    Entropy,
    /// Deviations from `mean` in units of the range, and their products.
    Spread {
        mean: Vec<f64>,
        unit: Vec<f64>,
    },
    Removal(Ends),
}

impl Grouped {
    /// Weights of the whole table beside its sums.
    ///
    /// # Errors
    /// Those of the method; [`Error::Argument`] for Gini's coefficient.
    pub(in super::super) fn new(values: &Values<'_>, method: DataMethod) -> Result<(Vec<f64>, Grouped)> {
        let weights = data_weights(values, method)?.weights;
        let columns = values.width();
        let (statistic, width) = match method {
            DataMethod::Equal => (Statistic::Nothing, 0),
            DataMethod::Entropy => (Statistic::Entropy, 2 * columns),
            DataMethod::Merec => (Statistic::Removal(Ends::of(values)?), columns),
            DataMethod::Gini => {
                let rule = "must follow from sums over rows; Gini's coefficient needs them sorted";
                return Err(Error::argument("method", rule, "`gini`"));
            }
            _ => (deviations(values), columns + columns * (columns + 1) / 2),
        };
        let groups = values.rows().min(GROUPS);
        let (sums, counts) = (vec![0.0; groups * width], vec![0; groups]);
        let mut grouped = Grouped { method, statistic, columns, width, sums, counts };
        grouped.read(values);
        Ok((weights, grouped))
    }

    pub(in super::super) fn groups(&self) -> usize {
        self.counts.len()
    }

    fn read(&mut self, values: &Values<'_>) {
        let groups = self.groups();
        let (mut row_number, mut row) = (0, vec![0.0; self.columns]);
        values.blocks(|block, rows| {
            for at in 0..rows {
                row.iter_mut().zip(block.iter().skip(at).step_by(STRIDE)).for_each(|(slot, &x)| *slot = x);
                let group = row_number % groups;
                self.counts[group] += 1;
                let sums = &mut self.sums[group * self.width..(group + 1) * self.width];
                self.statistic.add(&mut row, sums);
                row_number += 1;
            }
        });
    }

    /// Weights of the sample that holds each group `times` over.
    ///
    /// # Errors
    /// Those of the method: a sample may tell nothing.
    pub(in super::super) fn weights(&self, times: &[u64]) -> Result<Vec<f64>> {
        let mut sums = vec![0.0; self.width];
        let mut count = 0;
        for (group, &times) in times.iter().enumerate() {
            count += times * self.counts[group];
            let of_group = &self.sums[group * self.width..(group + 1) * self.width];
            sums.iter_mut().zip(of_group).for_each(|(sum, x)| *sum += times as f64 * x);
        }
        if count < 2 {
            return Err(Error::argument("rows", "must be >= 2: a single row has no dispersion", count));
        }
        let place = |column: usize| column.to_string();
        Ok(match &self.statistic {
            Statistic::Nothing => vec![1.0 / self.columns as f64; self.columns],
            Statistic::Entropy => {
                let pairs: Vec<(f64, f64)> = sums.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
                entropy_from_sums(count, &pairs)?.weights
            }
            Statistic::Removal(_) => merec_of(sums, place)?.weights,
            Statistic::Spread { .. } => {
                let spread = self.spread(&sums, count as f64);
                match self.method {
                    DataMethod::StandardDeviation => standard_deviation_of(&spread, place)?.weights,
                    DataMethod::Critic => critic_of(&spread, place)?.weights,
                    method => principal_component_of(&spread, method.loadings(), place)?.weights,
                }
            }
        })
    }

    fn spread(&self, sums: &[f64], count: f64) -> Spread {
        let width = self.columns;
        let (means, products) = sums.split_at(width);
        let mut covariance = vec![0.0; width * width];
        let mut constant = vec![false; width];
        let mut at = 0;
        for a in 0..width {
            for b in a..width {
                let deviations = products[at] - means[a] * means[b] / count;
                let nothing = a == b && deviations <= NOTHING * products[at];
                constant[a] |= nothing;
                let value = if nothing { 0.0 } else { deviations / (count - 1.0) };
                (covariance[a * width + b], covariance[b * width + a]) = (value, value);
                at += 1;
            }
        }
        Spread::new(covariance, constant)
    }
}

impl Statistic {
    /// Adds one row; the row is changed on the way.
    fn add(&self, row: &mut [f64], sums: &mut [f64]) {
        match self {
            Statistic::Nothing => {}
            Statistic::Entropy => {
                for (&value, pair) in row.iter().zip(sums.chunks_exact_mut(2)) {
                    pair[0] += value;
                    pair[1] += times_logarithm(value);
                }
            }
            Statistic::Removal(ends) => {
                row.iter_mut()
                    .enumerate()
                    .for_each(|(column, value)| ends.distances(column, std::slice::from_mut(value)));
                removal_effects(row, |column, effect| sums[column] += effect);
            }
            Statistic::Spread { mean, unit } => {
                for ((value, mean), unit) in row.iter_mut().zip(mean).zip(unit) {
                    *value = (*value - mean) * unit;
                }
                let (means, products) = sums.split_at_mut(row.len());
                means.iter_mut().zip(row.iter()).for_each(|(sum, value)| *sum += value);
                let mut products = products.iter_mut();
                for (at, first) in row.iter().enumerate() {
                    let second = &row[at..];
                    products.by_ref().take(second.len()).zip(second).for_each(|(sum, x)| *sum += first * x);
                }
            }
        }
    }
}

/// Means and signed ranges of the whole table; scales stay frozen while rows are drawn.
fn deviations(values: &Values<'_>) -> Statistic {
    let (mut mean, mut unit) = (Vec::new(), Vec::new());
    for column in 0..values.width() {
        let (mut sum, mut least, mut greatest) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        for value in values.column(column) {
            sum += value;
            least = value.min(least);
            greatest = value.max(greatest);
        }
        mean.push(sum / values.rows() as f64);
        unit.push(if least < greatest { values.sign(column) / (greatest - least) } else { 0.0 });
    }
    Statistic::Spread { mean, unit }
}
