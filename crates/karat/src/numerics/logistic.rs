//! Logistic regression by Newton's steps, with a ridge and a lasso penalty on the slopes.
//!
//! Maximum likelihood by iteratively reweighted least squares (Nelder and Wedderburn 1972); ridge estimators
//! in logistic regression: le Cessie and van Houwelingen (1992). With a lasso penalty each step minimises the
//! quadratic model and the penalty together, slope by slope (Friedman, Hastie and Tibshirani 2010; Lee, Sun and
//! Saunders 2014). Sums run over chunks of a fixed size that are merged in order, so that the coefficients are
//! the same for any number of threads.

use super::parallel::Chunks;
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
/// Sweeps over the slopes to minimise one quadratic model, at the most.
const MAX_SWEEPS: usize = 1000;
/// The largest change of a sweep, relative to the slopes, that makes it the last.
const SMALL_CHANGE: f64 = 1e-12;
/// A pivot below this share of its column's own sum of squares means that the columns depend on each other.
const SINGULAR: f64 = 1e-12;

/// Columns, target and weights of a regression.
pub(crate) struct Regression<'a> {
    /// What is being fitted, for whoever stops it.
    pub(crate) task: &'static str,
    /// What a column is that depends on others, and what to do about it.
    pub(crate) dependent: (&'static str, &'static str),
    pub(crate) columns: &'a [Vec<f64>],
    pub(crate) names: &'a [&'a str],
    pub(crate) target: &'a [f64],
    pub(crate) weights: Option<&'a [f64]>,
    /// Half of it times the squared slopes is added to the loss.
    pub(crate) ridge: f64,
    /// It times the magnitudes of the slopes is added to the loss.
    pub(crate) lasso: f64,
    pub(crate) threads: usize,
}

/// The estimate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) intercept: f64,
    pub(crate) coefficients: Vec<f64>,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
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
    /// Minimises the sum of `weight * log-loss`, `ridge / 2` times the squared slopes and `lasso` times their
    /// magnitudes; `proceed` hears of every iteration and may stop it.
    ///
    /// # Errors
    /// [`Error::Data`] naming the column that depends on those before it, when there is no ridge.
    pub(crate) fn fit(&self, proceed: &mut dyn FnMut(usize) -> bool) -> Result<Estimate> {
        let width = self.columns.len() + 1;
        let mut position = vec![0.0; width];
        position[0] = self.start();
        let mut sums = self.sums(&position)?;
        let (mut iterations, mut converged) = (0, false);
        while iterations < MAX_ITERATIONS && !converged {
            if !proceed(iterations) {
                return Err(Error::Interrupted(self.task.to_owned()));
            }
            iterations += 1;
            let step = if self.lasso > 0.0 { self.shrink(&sums, &position) } else { self.solve(&sums)? };
            let promised: f64 = step.iter().zip(&sums.gradient).map(|(step, slope)| step * slope).sum();
            let decrement =
                promised + self.lasso * (magnitudes(&position) - magnitudes(&moved(&position, &step, 1.0)));
            let largest = |values: &[f64]| values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            // Where fields separate the outcomes the loss settles, but the steps do not.
            converged = decrement <= CONVERGED * (1.0 + sums.loss)
                && largest(&step) <= SMALL_STEP * (1.0 + largest(&position));
            let mut share = 1.0;
            loop {
                let next = moved(&position, &step, share);
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
        let chunks = Chunks { task: self.task, rows, chunk: CHUNK, threads: self.threads };
        let merge = |sums: &mut Sums, part: Sums| sums.merge(&part);
        let start = Sums::new(position.len());
        let mut sums = chunks.map_reduce(|rows| self.part(position, rows), start, merge, &mut |_| true)?;
        for (slope, &at) in position.iter().enumerate().skip(1) {
            sums.loss += 0.5 * self.ridge * at * at;
            sums.gradient[slope] += self.ridge * at;
            sums.hessian[slope * (slope + 1) / 2 + slope] += self.ridge;
        }
        // Not in the gradient: a magnitude has none at 0.
        sums.loss += self.lasso * magnitudes(position);
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

    /// What to take off the position to minimise the quadratic model with the lasso penalty, slope by slope.
    fn shrink(&self, sums: &Sums, position: &[f64]) -> Vec<f64> {
        let width = position.len();
        let curvature = |i: usize, j: usize| {
            let (low, high) = if i < j { (i, j) } else { (j, i) };
            sums.hessian[high * (high + 1) / 2 + low]
        };
        let mut at = position.to_vec();
        // The model's gradient at `at`.
        let mut gradient = sums.gradient.clone();
        for _ in 0..MAX_SWEEPS {
            let (mut change, mut size) = (0.0_f64, 1.0_f64);
            for j in 0..width {
                let own = curvature(j, j);
                if own <= 0.0 {
                    continue;
                }
                let free = at[j] - gradient[j] / own;
                let threshold = if j == 0 { 0.0 } else { self.lasso / own };
                let next = if free > threshold {
                    free - threshold
                } else if free < -threshold {
                    free + threshold
                } else {
                    0.0
                };
                let by = next - at[j];
                if by != 0.0 {
                    for (i, slope) in gradient.iter_mut().enumerate() {
                        *slope += curvature(i, j) * by;
                    }
                    at[j] = next;
                }
                change = change.max(by.abs());
                size = size.max(next.abs());
            }
            if change <= SMALL_CHANGE * size {
                break;
            }
        }
        position.iter().zip(&at).map(|(position, at)| position - at).collect()
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
                    let (what, remedy) = self.dependent;
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

fn moved(position: &[f64], step: &[f64], share: f64) -> Vec<f64> {
    position.iter().zip(step).map(|(at, step)| at - share * step).collect()
}

/// The magnitudes of the slopes, added up.
fn magnitudes(position: &[f64]) -> f64 {
    position.iter().skip(1).map(|slope| slope.abs()).sum()
}
