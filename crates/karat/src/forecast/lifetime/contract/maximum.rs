//! The maximum of a likelihood of few parameters between bounds, by Newton's steps with exact derivatives.

use super::family::Bound;
use super::jet::Jet;
use crate::numerics::cholesky;

const MAX_ITERATIONS: usize = 200;
/// Longest step of a working parameter: logarithms and log-odds.
const LONGEST: f64 = 2.0;
/// A full step this small is the last one.
const SMALL_STEP: f64 = 1e-9;
/// Gains below this share of the likelihood are rounding.
const LEAST_GAIN: f64 = 1e-10;
/// A pivot below this share of the largest diagonal element: the data do not tell about this direction.
const FLAT: f64 = 1e-11;

/// Where the maximum lies.
#[derive(Debug, Clone)]
pub(super) struct Maximum {
    pub(super) working: Vec<f64>,
    pub(super) jet: Jet,
    pub(super) iterations: usize,
    pub(super) converged: bool,
    /// Covariance of the working parameters, row by row; 0 for those held.
    pub(super) covariance: Vec<f64>,
    pub(super) held: Vec<Held>,
}

/// What keeps a working parameter where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Free,
    Low,
    High,
    /// The likelihood does not depend on it.
    Flat,
}

impl Maximum {
    /// Climbs from `start`.
    pub(super) fn find(bounds: &[Bound], start: &[f64], evaluate: impl Fn(&[f64]) -> Jet) -> Maximum {
        let mut at: Vec<f64> =
            start.iter().zip(bounds).map(|(x, bound)| x.max(bound.low).min(bound.high)).collect();
        let mut jet = evaluate(&at);
        let (mut iterations, mut converged, mut damping) = (0, false, 0.0);
        while iterations < MAX_ITERATIONS && !converged {
            iterations += 1;
            let free: Vec<usize> =
                (0..at.len()).filter(|&i| side(&at, &jet, bounds, i) == Held::Free).collect();
            let Some(step) = newton_step(&jet, &free, damping) else {
                damping = (damping * 10.0_f64).max(1e-6);
                converged = damping > 1e12;
                continue;
            };
            let next = moved(&at, &free, &step, bounds);
            let found = evaluate(&next);
            let longest = at.iter().zip(&next).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
            let slack = 1e-13 * jet.value.abs();
            if found.value.is_finite() && found.value >= jet.value - slack {
                converged = longest <= SMALL_STEP && damping <= 1e-3;
                (at, jet) = (next, found);
                damping = if damping < 1e-6 { 0.0 } else { damping * 0.1 };
            } else {
                // What a step could gain drowns in the rounding of the likelihood: this is the top.
                let gain: f64 = free.iter().zip(&step).map(|(&i, step)| jet.gradient[i] * step).sum();
                damping = (damping * 10.0).max(1e-6);
                converged = damping > 1e12 || gain <= LEAST_GAIN * (1.0 + jet.value.abs());
            }
        }
        let mut held: Vec<Held> = (0..at.len()).map(|i| side(&at, &jet, bounds, i)).collect();
        let covariance = covariance(&jet, &mut held);
        Maximum { working: at, jet, iterations, converged, covariance, held }
    }
}

fn side(at: &[f64], jet: &Jet, bounds: &[Bound], i: usize) -> Held {
    if at[i] <= bounds[i].low && jet.gradient[i] <= 0.0 {
        Held::Low
    } else if at[i] >= bounds[i].high && jet.gradient[i] >= 0.0 {
        Held::High
    } else {
        Held::Free
    }
}

fn moved(at: &[f64], free: &[usize], step: &[f64], bounds: &[Bound]) -> Vec<f64> {
    let mut next = at.to_vec();
    for (&i, &step) in free.iter().zip(step) {
        let step = step.clamp(-LONGEST, LONGEST);
        next[i] = (at[i] + step).max(bounds[i].low).min(bounds[i].high);
    }
    next
}

/// Newton's step over the free parameters, damped on the diagonal; none where the likelihood is not concave.
fn newton_step(jet: &Jet, free: &[usize], damping: f64) -> Option<Vec<f64>> {
    let m = free.len();
    let mut matrix = vec![0.0; m * m];
    for (a, &i) in free.iter().enumerate() {
        for (b, &j) in free.iter().enumerate() {
            matrix[a * m + b] = -jet.hessian[i][j];
        }
        matrix[a * m + a] += damping * jet.hessian[i][i].abs().max(1e-10);
    }
    let mut step: Vec<f64> = free.iter().map(|&i| jet.gradient[i]).collect();
    if !cholesky::factor(&mut matrix, m) {
        return None;
    }
    cholesky::solve(&matrix, &mut step);
    step.iter().all(|step| step.is_finite()).then_some(step)
}

/// Inverse of the information over the free parameters; those in whose direction it is flat become held.
fn covariance(jet: &Jet, held: &mut [Held]) -> Vec<f64> {
    let n = held.len();
    let most = (0..n).fold(0.0_f64, |most, i| most.max(-jet.hessian[i][i]));
    loop {
        let free: Vec<usize> = (0..n).filter(|&i| held[i] == Held::Free).collect();
        let m = free.len();
        let mut matrix = vec![0.0; m * m];
        for (a, &i) in free.iter().enumerate() {
            for (b, &j) in free.iter().enumerate() {
                matrix[a * m + b] = -jet.hessian[i][j];
            }
        }
        let plain = matrix.clone();
        let firm = cholesky::factor(&mut matrix, m)
            && (0..m).all(|a| matrix[a * m + a] * matrix[a * m + a] > FLAT * most);
        if !firm {
            // The direction that tells least of itself goes first.
            let weakest = (0..m).min_by(|&a, &b| plain[a * m + a].total_cmp(&plain[b * m + b]));
            match weakest {
                Some(a) => held[free[a]] = Held::Flat,
                None => return vec![0.0; n * n],
            }
            continue;
        }
        let mut covariance = vec![0.0; n * n];
        for (a, &i) in free.iter().enumerate() {
            let mut column = vec![0.0; m];
            column[a] = 1.0;
            cholesky::solve(&matrix, &mut column);
            for (b, &j) in free.iter().enumerate() {
                covariance[i * n + j] = column[b];
            }
        }
        return covariance;
    }
}
