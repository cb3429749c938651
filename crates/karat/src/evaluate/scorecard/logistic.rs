//! Logistic regression by Newton's steps, with a ridge penalty on the slopes.
//!
//! Maximum likelihood by iteratively reweighted least squares (Nelder and Wedderburn 1972); ridge estimators
//! in logistic regression: le Cessie and van Houwelingen (1992). Sums run over chunks of a fixed size that
//! are merged in order, so that the coefficients are the same for any number of threads.

use crate::numerics::parallel::Chunks;
use karat_scorer::numerics::{exp, ln_1p, sigmoid};
use karat_scorer::{Error, Problem, Result};
use std::ops::Range;

const CHUNK: usize = 4096;
/// Enough many times over, unless the slopes have no end; few enough that chances are still told from 1.
const MAX_ITERATIONS: usize = 25;
/// Newton's decrement, relative to the loss, from which a further step is the last.
const CONVERGED: f64 = 1e-10;
/// The step, relative to the coefficients, that this takes as well.
const SMALL_STEP: f64 = 1e-5;
/// A pivot below this share of its column's own sum of squares means that the columns depend on each other.
const SINGULAR: f64 = 1e-12;

/// Columns, target and weights of a regression.
pub(super) struct Regression<'a> {
    pub(super) columns: &'a [Vec<f64>],
    pub(super) names: &'a [&'a str],
    pub(super) target: &'a [f64],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) penalty: f64,
    pub(super) threads: usize,
}

/// The estimate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Estimate {
    pub(super) intercept: f64,
    pub(super) coefficients: Vec<f64>,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// Loss with its first two derivatives by the intercept and the slopes; the second as a lower triangle.
struct Sums {
    loss: f64,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
}

impl Sums {
    fn new(width: usize) -> Sums {
        Sums { loss: 0.0, gradient: vec![0.0; width], hessian: vec![0.0; width * (width + 1) / 2] }
    }

    fn merge(&mut self, other: &Sums) {
        self.loss += other.loss;
        self.gradient.iter_mut().zip(&other.gradient).for_each(|(sum, part)| *sum += part);
        self.hessian.iter_mut().zip(&other.hessian).for_each(|(sum, part)| *sum += part);
    }
}

impl Regression<'_> {
    /// Minimises the sum of `weight * log-loss` plus `penalty / 2` times the squared slopes.
    ///
    /// # Errors
    /// [`Error::Data`] naming the column that depends on those before it, when there is no penalty.
    pub(super) fn fit(&self) -> Result<Estimate> {
        let width = self.columns.len() + 1;
        let mut position = vec![0.0; width];
        position[0] = self.start();
        let mut sums = self.sums(&position)?;
        let (mut iterations, mut converged) = (0, false);
        while iterations < MAX_ITERATIONS && !converged {
            iterations += 1;
            let step = self.solve(&sums)?;
            let decrement: f64 = step.iter().zip(&sums.gradient).map(|(step, slope)| step * slope).sum();
            let largest = |values: &[f64]| values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            // Where fields separate the outcomes the loss settles, but the steps do not.
            converged = decrement <= CONVERGED * (1.0 + sums.loss)
                && largest(&step) <= SMALL_STEP * (1.0 + largest(&position));
            let mut share = 1.0;
            loop {
                let next: Vec<f64> = position.iter().zip(&step).map(|(at, step)| at - share * step).collect();
                let found = self.sums(&next)?;
                if found.loss <= sums.loss || share < 1e-6 {
                    (position, sums) = (next, found);
                    break;
                }
                if converged {
                    // The loss cannot tell the two apart any more.
                    break;
                }
                share *= 0.5;
            }
        }
        let intercept = position.remove(0);
        Ok(Estimate { intercept, coefficients: position, iterations, converged })
    }

    /// The log-odds of the whole base.
    fn start(&self) -> f64 {
        let (mut events, mut all) = (0.0, 0.0);
        for (row, &target) in self.target.iter().enumerate() {
            let weight = self.weights.map_or(1.0, |weights| weights[row]);
            all += weight;
            events += weight * target;
        }
        karat_scorer::numerics::ln(events / (all - events))
    }

    fn sums(&self, position: &[f64]) -> Result<Sums> {
        let rows = self.target.len();
        let chunks = Chunks { task: "fitting the scorecard", rows, chunk: CHUNK, threads: self.threads };
        let merge = |sums: &mut Sums, part: Sums| sums.merge(&part);
        let start = Sums::new(position.len());
        let mut sums = chunks.map_reduce(|rows| self.part(position, rows), start, merge, &mut |_| true)?;
        for (slope, &at) in position.iter().enumerate().skip(1) {
            sums.loss += 0.5 * self.penalty * at * at;
            sums.gradient[slope] += self.penalty * at;
            sums.hessian[slope * (slope + 1) / 2 + slope] += self.penalty;
        }
        Ok(sums)
    }

    fn part(&self, position: &[f64], rows: Range<usize>) -> Sums {
        let mut sums = Sums::new(position.len());
        let mut row = vec![1.0; position.len()];
        for at in rows {
            let mut score = position[0];
            for (j, column) in self.columns.iter().enumerate() {
                row[j + 1] = column[at];
                score += position[j + 1] * column[at];
            }
            let weight = self.weights.map_or(1.0, |weights| weights[at]);
            let (target, chance) = (self.target[at], sigmoid(score));
            sums.loss += weight * (score.max(0.0) - target * score + ln_1p(exp(-score.abs())));
            let slope = weight * (chance - target);
            let curvature = weight * chance * (1.0 - chance);
            let mut place = 0;
            for i in 0..row.len() {
                sums.gradient[i] += slope * row[i];
                let scaled = curvature * row[i];
                for &other in &row[..=i] {
                    sums.hessian[place] += scaled * other;
                    place += 1;
                }
            }
        }
        sums
    }

    /// Newton's step, by the factor of Cholesky.
    fn solve(&self, sums: &Sums) -> Result<Vec<f64>> {
        let width = sums.gradient.len();
        let at = |i: usize, j: usize| i * (i + 1) / 2 + j;
        let mut factor = sums.hessian.clone();
        for i in 0..width {
            for j in 0..=i {
                let mut rest = factor[at(i, j)];
                for k in 0..j {
                    rest -= factor[at(i, k)] * factor[at(j, k)];
                }
                if i != j {
                    factor[at(i, j)] = rest / factor[at(j, j)];
                    continue;
                }
                if sums.hessian[at(i, i)] == 0.0 {
                    // A column of zeros: its slope stays 0.
                    rest = 1.0;
                }
                if rest.is_nan() || rest <= SINGULAR * sums.hessian[at(i, i)] {
                    let name = i.checked_sub(1).and_then(|j| self.names.get(j)).copied().unwrap_or("");
                    let what = "its evidence follows from that of the fields before it";
                    let remedy = "leave one of them out, or set `penalty` above 0";
                    return Err(Error::data(Problem::new(name, what, remedy)));
                }
                factor[at(i, i)] = rest.sqrt();
            }
        }
        let mut step = sums.gradient.clone();
        for i in 0..width {
            for k in 0..i {
                step[i] -= factor[at(i, k)] * step[k];
            }
            step[i] /= factor[at(i, i)];
        }
        for i in (0..width).rev() {
            for k in i + 1..width {
                step[i] -= factor[at(k, i)] * step[k];
            }
            step[i] /= factor[at(i, i)];
        }
        Ok(step)
    }
}
