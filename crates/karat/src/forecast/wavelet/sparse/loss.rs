//! What a network is fitted by: the loss of each row, its slope and its curvature.

use super::ordered::Basis;
use karat_scorer::numerics::{exp, ln, ln_1p, sigmoid};
use karat_scorer::step::Link;

/// The loss of a fit, for targets as growing sees them: classes, or standardised numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Loss<'a> {
    Logistic,
    Softmax,
    /// Of ordered classes, by polynomials; [`Basis`] has its value and slopes.
    Ordered(&'a Basis),
    Squared,
    /// Quadratic up to this distance, linear beyond.
    Huber(f64),
}

/// Curvature below which a row would count for nothing.
const LEAST: f64 = 1e-6;

impl Loss<'_> {
    pub(super) fn link(self) -> Link {
        match self {
            Loss::Logistic => Link::Logistic,
            Loss::Softmax | Loss::Ordered(_) => Link::Softmax,
            Loss::Squared | Loss::Huber(_) => Link::Identity,
        }
    }

    /// Weighted sum of the losses of some rows.
    pub(super) fn value(self, eta: &[Vec<f64>], target: &[f64], weights: &[f64]) -> f64 {
        let mut sum = 0.0;
        for row in 0..target.len() {
            sum += weights[row] * self.of_row(eta, row, target[row]);
        }
        sum
    }

    #[inline(always)]
    fn of_row(self, eta: &[Vec<f64>], row: usize, target: f64) -> f64 {
        match self {
            Loss::Logistic => {
                let x = eta[0][row];
                // ln(1 + e^x) - y x, without overflow.
                ln_1p(exp(-x.abs())) + if x > 0.0 { x } else { 0.0 } - target * x
            }
            // Of ordered classes too once their outputs are those of the classes.
            Loss::Softmax | Loss::Ordered(_) => {
                let highest = eta.iter().fold(f64::NEG_INFINITY, |a, eta| a.max(eta[row]));
                let total: f64 = eta.iter().map(|eta| exp(eta[row] - highest)).sum();
                ln(total) + highest - eta[target as usize][row]
            }
            Loss::Squared => 0.5 * (eta[0][row] - target) * (eta[0][row] - target),
            Loss::Huber(delta) => {
                let distance = (eta[0][row] - target).abs();
                if distance <= delta { 0.5 * distance * distance } else { delta * (distance - 0.5 * delta) }
            }
        }
    }

    /// Negative slope and curvature of each row and output, times the row's weight.
    pub(super) fn slopes(
        self,
        eta: &[Vec<f64>],
        target: &[f64],
        weights: &[f64],
        slope: &mut [Vec<f32>],
        curvature: &mut [Vec<f32>],
    ) {
        for row in 0..target.len() {
            let (y, weight) = (target[row], weights[row]);
            match self {
                Loss::Logistic => {
                    let p = sigmoid(eta[0][row]);
                    slope[0][row] = (weight * (y - p)) as f32;
                    curvature[0][row] = (weight * (p * (1.0 - p)).max(LEAST)) as f32;
                }
                Loss::Softmax | Loss::Ordered(_) => {
                    let highest = eta.iter().fold(f64::NEG_INFINITY, |a, eta| a.max(eta[row]));
                    let total: f64 = eta.iter().map(|eta| exp(eta[row] - highest)).sum();
                    for (class, eta) in eta.iter().enumerate() {
                        let p = exp(eta[row] - highest) / total;
                        let hit = f64::from(u8::from(y as usize == class));
                        slope[class][row] = (weight * (hit - p)) as f32;
                        curvature[class][row] = (weight * (p * (1.0 - p)).max(LEAST)) as f32;
                    }
                }
                Loss::Squared => {
                    slope[0][row] = (weight * (y - eta[0][row])) as f32;
                    curvature[0][row] = weight as f32;
                }
                Loss::Huber(delta) => {
                    let residual = y - eta[0][row];
                    slope[0][row] = (weight * residual.clamp(-delta, delta)) as f32;
                    let share = if residual.abs() <= delta { 1.0 } else { delta / residual.abs() };
                    curvature[0][row] = (weight * share) as f32;
                }
            }
        }
    }

    /// Outputs of a network without inputs.
    pub(super) fn start(self, target: &[f64], weights: &[f64], outputs: usize) -> Vec<f64> {
        let total: f64 = weights.iter().sum();
        match self {
            Loss::Logistic => {
                let event: f64 = target.iter().zip(weights).map(|(y, weight)| y * weight).sum();
                vec![ln((event + 0.5) / (total - event + 0.5))]
            }
            Loss::Softmax | Loss::Ordered(_) => {
                let mut counts = vec![0.5; outputs];
                target.iter().zip(weights).for_each(|(&class, weight)| counts[class as usize] += weight);
                let logs: Vec<f64> = counts.into_iter().map(ln).collect();
                let mean = logs.iter().sum::<f64>() / outputs as f64;
                logs.into_iter().map(|log| log - mean).collect()
            }
            Loss::Squared | Loss::Huber(_) => {
                vec![target.iter().zip(weights).map(|(y, weight)| y * (weight / total)).sum()]
            }
        }
    }
}
