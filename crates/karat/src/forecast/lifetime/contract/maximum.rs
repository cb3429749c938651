//! The maximum of a likelihood of few parameters between bounds, and what it leaves open.

use super::family::Bound;
use super::jet::Jet;
use crate::numerics::cholesky;
use crate::numerics::newton::{self, Edge, Evaluation, maximise};
use karat_scorer::Result;

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
    ///
    /// # Errors
    /// None: the likelihood never stops the climb.
    pub(super) fn find(bounds: &[Bound], start: &[f64], evaluate: impl Fn(&[f64]) -> Jet) -> Result<Maximum> {
        let ends: Vec<(f64, f64)> = bounds.iter().map(|bound| (bound.low, bound.high)).collect();
        let top = maximise(start, &ends, |at| Ok(evaluation(&evaluate(at), at.len())))?;
        let jet = evaluate(&top.at);
        let held_at = |edge: &Option<Edge>| match edge {
            None => Held::Free,
            Some(Edge::Lower) => Held::Low,
            Some(Edge::Upper) => Held::High,
        };
        let mut held: Vec<Held> = top.edges.iter().map(held_at).collect();
        let covariance = covariance(&jet, &mut held);
        let newton::Maximum { at: working, iterations, converged, .. } = top;
        Ok(Maximum { working, jet, iterations, converged, covariance, held })
    }
}

/// The jet's first `width` parameters.
fn evaluation(jet: &Jet, width: usize) -> Evaluation {
    let mut made = Evaluation::zero(width);
    made.value = jet.value;
    for i in 0..width {
        made.gradient[i] = jet.gradient[i];
        made.hessian[i * width..(i + 1) * width].copy_from_slice(&jet.hessian[i][..width]);
    }
    made
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
