//! Levenberg-Marquardt on the squared error with its penalties.

use super::super::families::{LANES, Lanes, Point, Scratch};
use super::super::objective::{Objective, load};
use super::watch::{Ended, Outcome, Watch, Watched};
use crate::numerics::cholesky;
use karat_scorer::{Isa, Kernel};

/// How much of the mean diagonal is the least that damping takes a diagonal for.
const LEAST_DIAGONAL: f64 = 1e-12;
/// Trials of one iteration, each with more damping.
const TRIALS: usize = 20;

/// Mean products of the derivatives of the outputs, `J' W J / sum W`, and of them with the errors.
pub(in super::super) struct NormalEquations {
    /// Symmetric; only the lower triangle is meant.
    pub(in super::super) matrix: Vec<f64>,
    pub(in super::super) gradient: Vec<f64>,
    /// Half the mean squared error.
    pub(in super::super) loss: f64,
}

/// The normal equations at a point, without penalties.
pub(in super::super) fn normal_equations(objective: &Objective<'_>, at: &[f64]) -> NormalEquations {
    let point = Point::new(&objective.shape, at);
    let mut sums = Isa::detect().run(Jacobian { objective, point: &point });
    let total = objective.selection.total();
    for value in sums.matrix.iter_mut().chain(&mut sums.gradient) {
        *value /= total;
    }
    sums.loss /= total;
    sums
}

struct Jacobian<'a> {
    objective: &'a Objective<'a>,
    point: &'a Point<'a>,
}

impl Kernel for Jacobian<'_> {
    type Output = NormalEquations;

    #[inline(always)]
    fn run(self) -> NormalEquations {
        let Jacobian { objective, point } = self;
        let count = objective.shape.parameters();
        let mut scratch = Scratch::new(&objective.shape);
        let mut sums =
            NormalEquations { matrix: vec![0.0; count * count], gradient: vec![0.0; count], loss: 0.0 };
        let mut derivatives: Vec<Lanes> = vec![[0.0; LANES]; count];
        let mut row = vec![0.0; count];
        let (mut target, mut weight) = ([0.0; LANES], [0.0; LANES]);
        let selection = &objective.selection;
        for (rows, weights) in selection.rows.chunks(LANES).zip(selection.weights.chunks(LANES)) {
            load(objective.data, rows, weights, &mut scratch.x, &mut target, &mut weight);
            point.forward(&mut scratch);
            scratch.delta[0] = [1.0; LANES];
            derivatives.fill([0.0; LANES]);
            point.backward(&scratch, &mut derivatives);
            for lane in 0..rows.len() {
                let error = scratch.z[0][lane] - target[lane];
                sums.loss += 0.5 * weight[lane] * error * error;
                for (slot, derivative) in row.iter_mut().zip(&derivatives) {
                    *slot = derivative[lane];
                }
                for (i, &derivative) in row.iter().enumerate() {
                    let scaled = weight[lane] * derivative;
                    sums.gradient[i] += scaled * error;
                    for (slot, other) in sums.matrix[i * count..=i * count + i].iter_mut().zip(&row) {
                        *slot += scaled * other;
                    }
                }
            }
        }
        sums
    }
}

/// Minimises the squared error; the damping follows Marquardt's scaling by the diagonal.
pub(in super::super) fn levenberg(objective: &Objective<'_>, start: Vec<f64>, watch: &Watch<'_>) -> Outcome {
    let mut watched = Watched::new(watch, &start);
    let count = start.len();
    let mut at = start;
    let mut damping = 1e-2;
    let mut gradient = vec![0.0; count];
    let mut value = objective.evaluate(&at, &mut gradient);
    let mut calm = 0;
    for _ in 0..watch.iterations {
        let mut equations = normal_equations(objective, &at);
        add_penalties(objective, &at, &mut equations);
        let mut found = None;
        for _ in 0..TRIALS {
            if let Some(step) = damped_step(&equations, damping) {
                let next: Vec<f64> = at.iter().zip(&step).map(|(x, s)| x - s).collect();
                let next_value = objective.evaluate(&next, &mut gradient);
                if next_value.is_finite() && next_value < value {
                    found = Some((next, next_value));
                    break;
                }
            }
            damping *= 4.0;
        }
        let Some((next, next_value)) = found else { return watched.finish(at, Ended::Converged) };
        damping = (damping / 3.0).max(1e-14);
        let gained = value - next_value;
        (at, value) = (next, next_value);
        if let Some(ended) = watched.after(value, &at) {
            return watched.finish(at, ended);
        }
        calm = if gained <= watch.tolerance * value { calm + 1 } else { 0 };
        if calm >= 3 {
            return watched.finish(at, Ended::Converged);
        }
    }
    watched.finish(at, Ended::Exhausted)
}

fn add_penalties(objective: &Objective<'_>, at: &[f64], equations: &mut NormalEquations) {
    let count = at.len();
    for (range, strength) in objective.penalised() {
        for place in range {
            equations.matrix[place * count + place] += strength;
            equations.gradient[place] += strength * at[place];
        }
    }
}

/// The step for this damping; none where the system cannot be solved.
fn damped_step(equations: &NormalEquations, damping: f64) -> Option<Vec<f64>> {
    let count = equations.gradient.len();
    let mut factor = equations.matrix.clone();
    let mean: f64 = (0..count).map(|i| factor[i * count + i]).sum::<f64>() / count as f64;
    let floor = LEAST_DIAGONAL * mean + f64::MIN_POSITIVE;
    for i in 0..count {
        let diagonal = &mut factor[i * count + i];
        *diagonal += damping * diagonal.max(floor);
    }
    if !cholesky::factor(&mut factor, count) {
        return None;
    }
    let mut step = equations.gradient.clone();
    cholesky::solve(&factor, &mut step);
    step.iter().all(|s| s.is_finite()).then_some(step)
}
