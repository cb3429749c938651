//! Priorities by least squares: weighted, which is a linear system, and plain, which has several minima.

use karat_scorer::numerics::{exp, ln};

use super::ahp::{column_mean, geometric_mean, normalised};
use super::finding::Finding;
use super::judgments::PairwiseMatrix;
use super::perron::perron;
use crate::numerics::cholesky;
use crate::numerics::random::Random;

/// Weights for which `w_i - a_ij w_j` is smallest, squared and summed over all i and j, with sum 1 (Chu, Kalaba
/// and Spingarn, 1979).
///
/// With B the matrix of that quadratic form, w is proportional to `B^-1 1`. Off the diagonal B is negative, so
/// that its inverse, and every weight, is positive. Adding `c s s'` for a constant c moves w by a factor only,
/// and makes the system regular for consistent judgments, where B itself is singular. Each unknown is measured
/// in units of its own diagonal entry, so that small weights are as exact as large ones.
pub(super) fn weighted_least_squares(matrix: &PairwiseMatrix) -> Vec<f64> {
    let n = matrix.size();
    if n == 1 {
        return vec![1.0];
    }
    let units: Vec<f64> = (0..n)
        .map(|l| {
            let squares: f64 =
                (0..n).filter(|&i| i != l).map(|i| matrix.judgment(i, l) * matrix.judgment(i, l)).sum();
            1.0 / (squares + (n - 1) as f64).sqrt()
        })
        .collect();
    let length: f64 = units.iter().map(|unit| unit * unit).sum();
    let entry = |i: usize, j: usize| {
        let form =
            if i == j { 1.0 } else { -(matrix.judgment(i, j) + matrix.judgment(j, i)) * units[i] * units[j] };
        form + units[i] * units[j] / length
    };
    let system: Vec<f64> = (0..n * n).map(|at| entry(at / n, at % n)).collect();
    let mut factor = system.clone();
    let mut solution = units.clone();
    if cholesky::factor(&mut factor, n) {
        cholesky::solve(&factor, &mut solution);
        // One step of refinement takes back most of what the condition of the system cost.
        let mut residual: Vec<f64> = (0..n)
            .map(|i| {
                let row: f64 = (0..n).map(|j| system[i * n + j] * solution[j]).sum();
                units[i] - row
            })
            .collect();
        cholesky::solve(&factor, &mut residual);
        solution.iter_mut().zip(&residual).for_each(|(value, correction)| *value += correction);
    } else {
        // Judgments so far apart that doubles cannot tell the form from a singular one.
        return geometric_mean(matrix);
    }
    normalised(solution.iter().zip(&units).map(|(value, unit)| value * unit).collect())
}

/// A local minimum of the sum of `(a_ij - w_i / w_j)^2`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LeastSquaresMinimum {
    /// One positive weight per item, sum 1.
    pub weights: Vec<f64>,
    /// The sum of squares there.
    pub objective: f64,
}

/// Relative difference below which two minima tie.
const TIE: f64 = 1e-9;

/// Distance in `ln w` below which two minima are the same.
const SAME: f64 = 1e-6;

/// Newton steps from one start; quadratic convergence needs a dozen.
const STEPS: usize = 200;

/// Relative error of the sum of squares.
const ROUNDING: f64 = 1e-13;

/// Starts that are drawn at random, beside those that come from the matrix.
const DRAWN: usize = 24;

/// The local minima of the sum of `(a_ij - w_i / w_j)^2` over all i and j, lowest first; among equal ones that
/// with the larger weights at the front.
///
/// The sum is not convex in the weights: strongly contradictory matrices have several minima, and symmetric
/// ones several lowest (Jensen, 1984; Bozóki, 2008). Newton's method starts from the eigenvector, the
/// geometric mean, the column mean, the weighted least squares, every row and every column of the matrix,
/// and points drawn around the geometric mean with a fixed seed; the minima found are sifted. For
/// judgments that pass a consistency test there is one minimum in all our experiments; that no lower one exists
/// elsewhere is not proven.
///
/// ```
/// use karat::evaluate::weights::{PairwiseMatrix, least_squares_minima};
/// let consistent = PairwiseMatrix::from_text(&["a", "b", "c"], &["a 2 b", "b 3 c", "a 6 c"])?;
/// let minima = least_squares_minima(&consistent);
/// assert_eq!(minima.len(), 1);
/// assert!(minima[0].objective < 1e-20);
/// assert!((minima[0].weights[0] - 0.6).abs() < 1e-12);
/// # Ok::<(), karat::Error>(())
/// ```
#[must_use]
pub fn least_squares_minima(matrix: &PairwiseMatrix) -> Vec<LeastSquaresMinimum> {
    let n = matrix.size();
    let problem = Problem::of(matrix);
    let mut minima: Vec<(f64, Vec<f64>)> = Vec::new();
    for start in starts(matrix) {
        let (objective, point) = problem.descend(start);
        let known = minima.iter_mut().find(|(_, other)| apart(other, &point) <= SAME);
        match known {
            Some(earlier) if objective < earlier.0 => *earlier = (objective, point),
            Some(_) => {}
            None => minima.push((objective, point)),
        }
    }
    let mut found: Vec<LeastSquaresMinimum> = minima
        .into_iter()
        .map(|(objective, point)| {
            let largest = point.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights = normalised(point.iter().map(|y| exp(y - largest)).collect());
            LeastSquaresMinimum { weights, objective }
        })
        .collect();
    debug_assert!(found.iter().all(|minimum| minimum.weights.len() == n));
    found.sort_by(|a, b| a.objective.total_cmp(&b.objective));
    let lowest = found.first().map_or(0.0, |minimum| minimum.objective);
    let tied = found.iter().take_while(|minimum| minimum.objective <= lowest * (1.0 + TIE)).count();
    found[..tied].sort_by(|a, b| {
        let larger = a.weights.iter().zip(&b.weights).find(|(x, y)| (*x - *y).abs() > SAME * **x);
        larger.map_or(std::cmp::Ordering::Equal, |(x, y)| y.total_cmp(x))
    });
    found
}

/// The lowest minimum, and the finding W152 when several tie.
pub(super) fn least_squares(matrix: &PairwiseMatrix) -> (Vec<f64>, Option<Finding>) {
    let minima = least_squares_minima(matrix);
    let lowest = minima.first().map_or(0.0, |minimum| minimum.objective);
    let tied = minima.iter().take_while(|minimum| minimum.objective <= lowest * (1.0 + TIE)).count();
    let finding = (tied > 1).then(|| {
        Finding::new(
            "W152",
            format!("least squares of {} items", matrix.size()),
            format!("{tied} different sets of weights have the same smallest sum of squares, {lowest:.6}"),
            "mend the contradictory judgments, or use the eigenvector or the geometric mean, which are unique",
        )
    });
    let weights = minima.into_iter().next().map(|minimum| minimum.weights);
    (weights.unwrap_or_else(|| geometric_mean(matrix)), finding)
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// Where Newton's method starts, as `ln w` with mean 0.
fn starts(matrix: &PairwiseMatrix) -> Vec<Vec<f64>> {
    let n = matrix.size();
    let centred = |logs: Vec<f64>| {
        let mean = logs.iter().sum::<f64>() / n as f64;
        logs.into_iter().map(|log| log - mean).collect::<Vec<f64>>()
    };
    let of_weights = |weights: Vec<f64>| centred(weights.into_iter().map(ln).collect());
    let middle = of_weights(geometric_mean(matrix));
    let mut starts = vec![
        middle.clone(),
        of_weights(perron(matrix).vector),
        of_weights(column_mean(matrix)),
        of_weights(weighted_least_squares(matrix)),
    ];
    if n < 3 {
        return starts;
    }
    for k in 0..n {
        starts.push(centred((0..n).map(|i| ln(matrix.judgment(i, k))).collect()));
        starts.push(centred((0..n).map(|i| -ln(matrix.judgment(k, i))).collect()));
    }
    let mut random = Random::new(n as u64);
    for _ in 0..DRAWN {
        starts.push(centred(middle.iter().map(|y| y + 5.0 * (random.uniform() - 0.5)).collect()));
    }
    starts
}

/// The sum of squares as a function of `y = ln w`.
struct Problem {
    n: usize,
    judgments: Vec<f64>,
}

impl Problem {
    fn of(matrix: &PairwiseMatrix) -> Problem {
        let n = matrix.size();
        Problem { n, judgments: (0..n * n).map(|at| matrix.judgment(at / n, at % n)).collect() }
    }

    fn objective(&self, y: &[f64]) -> f64 {
        let mut sum = 0.0;
        for i in 0..self.n {
            for j in 0..self.n {
                let residual = self.judgments[i * self.n + j] - exp(y[i] - y[j]);
                sum += residual * residual;
            }
        }
        sum
    }

    /// Gradient and Hessian; both know y up to a common shift only.
    fn derivatives(&self, y: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = self.n;
        let (mut gradient, mut hessian) = (vec![0.0; n], vec![0.0; n * n]);
        for i in 0..n {
            for j in 0..n {
                if i == j {
                    continue;
                }
                let ratio = exp(y[i] - y[j]);
                let slope = 2.0 * ratio * (ratio - self.judgments[i * n + j]);
                let curvature = 2.0 * ratio * (2.0 * ratio - self.judgments[i * n + j]);
                gradient[i] += slope;
                gradient[j] -= slope;
                hessian[i * n + i] += curvature;
                hessian[j * n + j] += curvature;
                hessian[i * n + j] -= curvature;
                hessian[j * n + i] -= curvature;
            }
        }
        (gradient, hessian)
    }

    /// Newton's method, damped until the Hessian is positive definite and the step descends (Levenberg, 1944;
    /// Marquardt, 1963).
    fn descend(&self, mut y: Vec<f64>) -> (f64, Vec<f64>) {
        let n = self.n;
        let mut value = self.objective(&y);
        let mut damping = 0.0;
        let mut before = f64::INFINITY;
        for _ in 0..STEPS {
            let (gradient, hessian) = self.derivatives(&y);
            let scale = (0..n).map(|i| hessian[i * n + i].abs()).fold(f64::MIN_POSITIVE, f64::max);
            let mut moved = None;
            for _ in 0..60 {
                let Some(step) = damped_step(&gradient, &hessian, damping * scale, scale) else {
                    damping = (damping * 4.0_f64).max(1e-6);
                    continue;
                };
                let next: Vec<f64> = y.iter().zip(&step).map(|(a, b)| a - b).collect();
                let after = self.objective(&next);
                // Near the minimum the sum cannot fall any more, while the gradient still can.
                if after <= value * (1.0 + ROUNDING) {
                    let length = step.iter().map(|s| s.abs()).fold(0.0, f64::max);
                    moved = Some((after, next, length));
                    damping = if damping <= 1e-6 { 0.0 } else { damping / 8.0 };
                    break;
                }
                damping = (damping * 4.0_f64).max(1e-6);
            }
            let Some((after, next, length)) = moved else { break };
            // Steps that no longer shrink are rounding.
            if length < 1e-8 && length > 0.5 * before {
                break;
            }
            (value, y, before) = (after, next, length);
            if length <= 1e-15 {
                break;
            }
        }
        let mean = y.iter().sum::<f64>() / n as f64;
        (value, y.into_iter().map(|v| v - mean).collect())
    }
}

/// The solution of `(H + damping I + shift 1 1') s = g`, which has mean 0 because g has; `None` when H is not
/// positive definite enough.
fn damped_step(gradient: &[f64], hessian: &[f64], damping: f64, scale: f64) -> Option<Vec<f64>> {
    let n = gradient.len();
    let mut system = hessian.to_vec();
    for (at, value) in system.iter_mut().enumerate() {
        *value += scale / n as f64 + if at / n == at % n { damping } else { 0.0 };
    }
    if !cholesky::factor(&mut system, n) {
        return None;
    }
    let mut step = gradient.to_vec();
    cholesky::solve(&system, &mut step);
    step.iter().all(|s| s.is_finite()).then_some(step)
}
