//! The maximum of a regression's likelihood with a ridge penalty, for any number of coefficients.

use crate::numerics::newton::{Evaluation, maximise};
use karat_scorer::{Error, Problem, Result};

/// A pivot below this share of its own diagonal element: the column repeats others.
const SINGULAR: f64 = 1e-11;
/// An effect of this many log-odds for one standard deviation has no end.
pub(super) const ENDLESS: f64 = 12.0;

/// Log-likelihood with gradient and information (the negative Hessian, lower triangle row by row).
#[derive(Debug, Clone)]
pub(super) struct Sums {
    pub(super) value: f64,
    pub(super) gradient: Vec<f64>,
    pub(super) information: Vec<f64>,
}

impl Sums {
    pub(super) fn new(width: usize) -> Sums {
        Sums { value: 0.0, gradient: vec![0.0; width], information: vec![0.0; width * (width + 1) / 2] }
    }

    pub(super) fn merge(&mut self, other: &Sums) {
        self.value += other.value;
        self.gradient.iter_mut().zip(&other.gradient).for_each(|(sum, part)| *sum += part);
        self.information.iter_mut().zip(&other.information).for_each(|(sum, part)| *sum += part);
    }
}

/// Place of an element in a lower triangle.
pub(super) fn at(i: usize, j: usize) -> usize {
    let (i, j) = if i < j { (j, i) } else { (i, j) };
    i * (i + 1) / 2 + j
}

/// Where the climb ended.
#[derive(Debug, Clone)]
pub(super) struct Estimate {
    pub(super) coefficients: Vec<f64>,
    pub(super) covariance: Vec<f64>,
    pub(super) value: f64,
    pub(super) start_value: f64,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// What is climbed: names and scales of the coefficients and the penalty of each.
pub(super) struct Climb<'a> {
    pub(super) names: &'a [String],
    pub(super) scales: &'a [f64],
    pub(super) penalties: &'a [f64],
}

impl Climb<'_> {
    /// Maximises the likelihood less half the penalties times the squared effects of one standard deviation.
    pub(super) fn run(&self, start: &[f64], sums: impl Fn(&[f64]) -> Result<Sums>) -> Result<Estimate> {
        let width = start.len();
        let mut start_value = f64::NAN;
        // In effects of one standard deviation, so that every coefficient has steps of one size.
        let here: Vec<f64> = start.iter().zip(self.scales).map(|(x, scale)| x * scale).collect();
        let ends = vec![(-2.0 * ENDLESS, 2.0 * ENDLESS); width];
        let top = maximise(&here, &ends, |effects| {
            let position = self.position(effects);
            let plain = sums(&position)?;
            let first = start_value.is_nan();
            if first {
                start_value = plain.value;
            }
            let found = self.penalised(plain, &position);
            if first {
                // A column that repeats others is told before any step is made with it.
                self.factor(&found.information)?;
            }
            Ok(self.evaluation(&found))
        })?;
        let information: Vec<f64> = (0..width)
            .flat_map(|i| (0..=i).map(move |j| (i, j)))
            .map(|(i, j)| -top.found.hessian[i * width + j] * (self.scales[i] * self.scales[j]))
            .collect();
        let factor = self.factor(&information)?;
        let mut covariance = vec![0.0; width * width];
        for i in 0..width {
            let mut unit = vec![0.0; width];
            unit[i] = 1.0;
            let column = self.solve(&factor, &unit);
            for j in 0..width {
                covariance[i * width + j] = column[j];
            }
        }
        let coefficients = self.position(&top.at);
        let value = top.found.value + self.penalty(&coefficients);
        let (iterations, converged) = (top.iterations, top.converged);
        Ok(Estimate { coefficients, covariance, value, start_value, iterations, converged })
    }

    /// Coefficients of the effects of one standard deviation.
    fn position(&self, effects: &[f64]) -> Vec<f64> {
        effects.iter().zip(self.scales).map(|(effect, scale)| effect / scale).collect()
    }

    /// By the effects of one standard deviation.
    fn evaluation(&self, sums: &Sums) -> Evaluation {
        let width = self.scales.len();
        let mut made = Evaluation::zero(width);
        made.value = sums.value;
        for i in 0..width {
            made.gradient[i] = sums.gradient[i] / self.scales[i];
            for j in 0..width {
                made.hessian[i * width + j] = -sums.information[at(i, j)] / (self.scales[i] * self.scales[j]);
            }
        }
        made
    }

    fn penalty(&self, position: &[f64]) -> f64 {
        let mut sum = 0.0;
        for ((x, scale), penalty) in position.iter().zip(self.scales).zip(self.penalties) {
            sum += 0.5 * penalty * (x * scale) * (x * scale);
        }
        sum
    }

    fn penalised(&self, mut sums: Sums, position: &[f64]) -> Sums {
        sums.value -= self.penalty(position);
        for i in 0..position.len() {
            let strength = self.penalties[i] * self.scales[i] * self.scales[i];
            sums.gradient[i] -= strength * position[i];
            sums.information[at(i, i)] += strength;
        }
        sums
    }

    /// Cholesky's factor of the information in units of standard deviations.
    fn factor(&self, information: &[f64]) -> Result<Vec<f64>> {
        let width = self.scales.len();
        let mut factor = information.to_vec();
        for i in 0..width {
            for j in 0..=i {
                factor[at(i, j)] /= self.scales[i] * self.scales[j];
            }
        }
        for i in 0..width {
            let own = factor[at(i, i)];
            for j in 0..=i {
                let mut rest = factor[at(i, j)];
                for k in 0..j {
                    rest -= factor[at(i, k)] * factor[at(j, k)];
                }
                if i != j {
                    factor[at(i, j)] = rest / factor[at(j, j)];
                    continue;
                }
                if rest.is_nan() || rest <= SINGULAR * own {
                    let what =
                        "it follows from the columns before it, or nobody differs in it when anybody leaves";
                    let remedy = "leave it out, or set `penalty` above 0";
                    return Err(Error::data(Problem::new(&self.names[i], what, remedy)));
                }
                factor[at(i, i)] = rest.sqrt();
            }
        }
        Ok(factor)
    }

    fn solve(&self, factor: &[f64], gradient: &[f64]) -> Vec<f64> {
        let width = gradient.len();
        let mut step: Vec<f64> =
            gradient.iter().zip(self.scales).map(|(slope, scale)| slope / scale).collect();
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
        step.iter().zip(self.scales).map(|(step, scale)| step / scale).collect()
    }
}
