//! Calibration from outputs of rows that their network has not seen (Platt, 1999; temperature scaling).

use karat_scorer::numerics::{exp, sigmoid};

const STEPS: usize = 25;

/// Slope and shift of the log-odds that make the logistic loss least.
pub(super) fn platt(eta: &[f64], target: &[f64], weights: &[f64]) -> (f64, f64) {
    let (mut slope, mut shift) = (1.0, 0.0);
    for _ in 0..STEPS {
        let (mut g, mut h) = ([0.0; 2], [[1e-9, 0.0], [0.0, 1e-9]]);
        for ((&x, &y), &weight) in eta.iter().zip(target).zip(weights) {
            let p = sigmoid(slope * x + shift);
            let (residual, curvature) = (weight * (y - p), weight * p * (1.0 - p));
            g[0] += residual * x;
            g[1] += residual;
            h[0][0] += curvature * x * x;
            h[0][1] += curvature * x;
            h[1][1] += curvature;
        }
        let determinant = h[0][0] * h[1][1] - h[0][1] * h[0][1];
        if determinant <= 1e-12 * h[0][0] * h[1][1] {
            return (1.0, 0.0);
        }
        let step = [
            (g[0] * h[1][1] - g[1] * h[0][1]) / determinant,
            (g[1] * h[0][0] - g[0] * h[0][1]) / determinant,
        ];
        slope += step[0].clamp(-0.5, 0.5);
        shift += step[1].clamp(-1.0, 1.0);
        if step.iter().all(|step| step.abs() < 1e-10) {
            break;
        }
    }
    if slope.is_finite() && shift.is_finite() { (slope, shift) } else { (1.0, 0.0) }
}

/// Slope of all outputs that makes the cross-entropy least.
pub(super) fn temperature(eta: &[Vec<f64>], target: &[f64], weights: &[f64]) -> f64 {
    let mut slope = 1.0_f64;
    for _ in 0..STEPS {
        let (mut g, mut h) = (0.0, 1e-9);
        for (row, (&class, &weight)) in target.iter().zip(weights).enumerate() {
            let highest = eta.iter().fold(f64::NEG_INFINITY, |a, eta| a.max(slope * eta[row]));
            let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
            for eta in eta {
                let (x, e) = (eta[row], exp(slope * eta[row] - highest));
                total += e;
                first += e * x;
                second += e * x * x;
            }
            let mean = first / total;
            g += weight * (eta[class as usize][row] - mean);
            h += weight * (second / total - mean * mean);
        }
        let step = (g / h).clamp(-0.5, 0.5);
        slope += step;
        if step.abs() < 1e-10 {
            break;
        }
    }
    if slope.is_finite() { slope } else { 1.0 }
}
