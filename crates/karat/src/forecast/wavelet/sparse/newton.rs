//! Penalised Newton steps with a curvature that is renewed only now and then.
//!
//! New columns border the factor of the old curvature, at the cost of their products with the others alone;
//! a step with an old curvature still descends, and is halved until it does.

use super::design::Design;
use super::loss::Loss;
use super::ordered::Beside;

/// Penalty of intercepts: nothing but a floor for classes without rows.
const INTERCEPT_PENALTY: f64 = 1e-3;
const MOST_HALVINGS: usize = 12;

/// Lower triangle of a Cholesky factor, row by row.
#[derive(Debug, Clone, Default)]
struct Factor {
    rows: Vec<Vec<f64>>,
}

impl Factor {
    /// Borders the factored matrix by one row, whose last number is the diagonal.
    fn append(&mut self, mut row: Vec<f64>) {
        let count = self.rows.len();
        row.truncate(count + 1);
        for i in 0..count {
            let done = inner(&row[..i], &self.rows[i][..i]);
            row[i] = (row[i] - done) / self.rows[i][i];
        }
        let rest = row[count] - inner(&row[..count], &row[..count]);
        // Collinear columns are told apart by their penalties; rounding must not undo that.
        row[count] = rest.max(1e-7 * row[count].abs()).max(1e-12).sqrt();
        self.rows.push(row);
    }

    fn solve(&self, x: &mut [f64]) {
        for i in 0..x.len() {
            x[i] = (x[i] - inner(&x[..i], &self.rows[i][..i])) / self.rows[i][i];
        }
        for i in (0..x.len()).rev() {
            x[i] /= self.rows[i][i];
            let value = x[i];
            for (x, l) in x[..i].iter_mut().zip(&self.rows[i]) {
                *x -= value * l;
            }
        }
    }
}

/// Four sums of every fourth product, added in order.
fn inner(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    for ((lane, a), b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
        *lane += a * b;
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// A network's coefficients on a design, and how well they do.
#[derive(Debug, Clone)]
pub(super) struct Newton<'a> {
    loss: Loss<'a>,
    target: &'a [f64],
    weights: &'a [f64],
    /// Penalty of each column but for [`Newton::noise`].
    pub(super) penalties: Vec<f64>,
    /// What multiplies the penalties: the variance that a network of numbers leaves, or 1.
    noise: f64,
    /// Coefficients of each output.
    pub(super) coefficients: Vec<Vec<f64>>,
    /// What the outputs of all rows begin with, from an earlier network; none without one.
    offset: Vec<Vec<f64>>,
    /// Levels of ordered classes; none of others.
    pub(super) levels: Vec<f64>,
    /// Outputs of all rows of the design; of ordered classes those of the polynomials.
    pub(super) eta: Vec<Vec<f64>>,
    pub(super) slope: Vec<Vec<f32>>,
    pub(super) curvature: Vec<Vec<f32>>,
    factors: Vec<Factor>,
    /// Curvatures that the factors are of.
    factored: Vec<Vec<f32>>,
    objective: f64,
}

impl<'a> Newton<'a> {
    /// `target` and `weights` are of the counted rows, `offset` of all.
    pub(super) fn new(
        loss: Loss<'a>,
        outputs: usize,
        design: &Design,
        target: &'a [f64],
        weights: &'a [f64],
        penalties: Vec<f64>,
        offset: Vec<Vec<f64>>,
    ) -> Newton<'a> {
        let ordered = matches!(loss, Loss::Ordered(_));
        let known = !offset.is_empty();
        let start = if known || ordered { vec![0.0; outputs] } else { loss.start(target, weights, outputs) };
        let levels = match loss {
            Loss::Ordered(basis) if known => vec![0.0; basis.classes],
            Loss::Ordered(basis) => loss.start(target, weights, basis.classes),
            _ => Vec::new(),
        };
        let mut coefficients = vec![vec![0.0; design.len()]; outputs];
        coefficients.iter_mut().zip(&start).for_each(|(coefficients, &start)| coefficients[0] = start);
        let mut newton = Newton {
            loss,
            target,
            weights,
            penalties,
            noise: 1.0,
            coefficients,
            eta: if known && !ordered {
                offset.clone()
            } else {
                start.iter().map(|&start| vec![start; design.rows]).collect()
            },
            offset,
            levels,
            slope: vec![vec![0.0; design.counted]; outputs],
            curvature: vec![vec![0.0; design.counted]; outputs],
            factors: Vec::new(),
            factored: Vec::new(),
            objective: 0.0,
        };
        newton.evaluate();
        newton
    }

    /// From given coefficients and levels.
    pub(super) fn resumed(
        mut self,
        design: &Design,
        coefficients: Vec<Vec<f64>>,
        levels: Vec<f64>,
    ) -> Newton<'a> {
        self.eta = coefficients.iter().map(|coefficients| design.direction(coefficients)).collect();
        if !matches!(self.loss, Loss::Ordered(_)) {
            for (eta, offset) in self.eta.iter_mut().zip(&self.offset) {
                eta.iter_mut().zip(offset).for_each(|(eta, offset)| *eta += offset);
            }
        }
        self.levels = levels;
        self.coefficients = coefficients;
        self.evaluate();
        self
    }

    fn beside(&self, first: usize) -> Beside<'_> {
        Beside { levels: &self.levels, offset: &self.offset, first }
    }

    /// Mean loss, and the outputs before the link, of the rows from `first` on.
    pub(super) fn judge(&self, first: usize, target: &[f64], weights: &[f64]) -> (f64, Vec<Vec<f64>>) {
        let eta: Vec<Vec<f64>> = self.eta.iter().map(|eta| eta[first..].to_vec()).collect();
        let outputs = match self.loss {
            Loss::Ordered(basis) => basis.expand(&eta, self.beside(first)),
            _ => eta,
        };
        (self.loss.value(&outputs, target, weights) / weights.iter().sum::<f64>(), outputs)
    }

    fn evaluate(&mut self) {
        if let Loss::Ordered(basis) = self.loss {
            let beside = Beside { levels: &self.levels, offset: &self.offset, first: 0 };
            let rows = (self.target, self.weights);
            basis.slopes(&self.eta, beside, rows, &mut self.slope, &mut self.curvature);
            self.objective = self.value(&self.eta, &self.coefficients);
            return;
        }
        self.loss.slopes(&self.eta, self.target, self.weights, &mut self.slope, &mut self.curvature);
        self.objective = self.value(&self.eta, &self.coefficients);
    }

    fn value(&self, eta: &[Vec<f64>], coefficients: &[Vec<f64>]) -> f64 {
        let penalty = |coefficients: &Vec<f64>| -> f64 {
            let terms = coefficients.iter().enumerate().map(|(j, b)| self.penalty(j) * b * b);
            terms.sum()
        };
        let loss = match self.loss {
            Loss::Ordered(basis) => basis.value(eta, self.beside(0), self.target, self.weights),
            loss => loss.value(eta, self.target, self.weights),
        };
        loss + 0.5 * coefficients.iter().map(penalty).sum::<f64>()
    }

    fn penalty(&self, column: usize) -> f64 {
        if column == 0 { INTERCEPT_PENALTY } else { self.penalties[column] * self.noise }
    }

    /// Factors the curvature as it is now.
    pub(super) fn renew(&mut self, design: &Design) {
        if matches!(self.loss, Loss::Squared | Loss::Huber(_)) {
            let total: f64 = self.weights.iter().sum();
            let squares: f64 = self.slope[0]
                .iter()
                .zip(self.weights)
                .map(|(&slope, weight)| f64::from(slope) * f64::from(slope) / weight)
                .sum();
            self.noise = (squares / total).clamp(1e-8, 1.0);
            self.objective = self.value(&self.eta, &self.coefficients);
        }
        if let Loss::Ordered(basis) = self.loss {
            self.levels = basis.levels(&self.eta, self.beside(0), self.target, self.weights);
            self.evaluate();
        }
        self.factored.clone_from(&self.curvature);
        self.factors = vec![Factor::default(); self.coefficients.len()];
        self.border(design);
    }

    /// Takes in the columns that the design has more than the factors; their coefficients are 0.
    pub(super) fn border(&mut self, design: &Design) {
        for coefficients in &mut self.coefficients {
            coefficients.resize(design.len(), 0.0);
        }
        for output in 0..self.factors.len() {
            let from = self.factors[output].rows.len();
            for (added, mut row) in design.gram(from, &self.factored[output]).into_iter().enumerate() {
                let column = from + added;
                row[column] += self.penalty(column) + 1e-8;
                self.factors[output].append(row);
            }
        }
    }

    /// Descends until a step promises less than `tolerance`, or `most` steps; whether it got there.
    pub(super) fn descend(&mut self, design: &Design, most: usize, tolerance: f64) -> bool {
        for _ in 0..most {
            let mut steps = Vec::with_capacity(self.coefficients.len());
            let mut promise = 0.0;
            for (output, coefficients) in self.coefficients.iter().enumerate() {
                let mut step = design.gradient(&self.slope[output]);
                for (j, step) in step.iter_mut().enumerate() {
                    *step -= self.penalty(j) * coefficients[j];
                }
                let gradient = step.clone();
                self.factors[output].solve(&mut step);
                promise += 0.5 * inner(&gradient, &step);
                steps.push(step);
            }
            if promise.is_nan() || promise < tolerance {
                return true;
            }
            if !self.step(design, &steps) {
                return true;
            }
        }
        false
    }

    /// Goes along `steps` as far as it descends.
    fn step(&mut self, design: &Design, steps: &[Vec<f64>]) -> bool {
        let directions: Vec<Vec<f64>> = steps.iter().map(|step| design.direction(step)).collect();
        let mut length = 1.0;
        for _ in 0..MOST_HALVINGS {
            let moved = |from: &[Vec<f64>], by: &[Vec<f64>]| -> Vec<Vec<f64>> {
                let one = |(a, b): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
                    a.iter().zip(b).map(|(a, b)| a + length * b).collect()
                };
                from.iter().zip(by).map(one).collect()
            };
            let (eta, coefficients) = (moved(&self.eta, &directions), moved(&self.coefficients, steps));
            let objective = self.value(&eta, &coefficients);
            if objective < self.objective {
                (self.eta, self.coefficients) = (eta, coefficients);
                self.evaluate();
                return true;
            }
            length *= 0.5;
        }
        false
    }
}
