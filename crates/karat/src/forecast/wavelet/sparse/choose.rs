//! Libraries weighed by what their networks say of rows that they had not seen.

use super::calibrate;
use super::grow::{Ground, Member};
use karat_scorer::numerics::exp;
use karat_scorer::step::Link;

/// Weight below which a library is left out.
const LEAST_LIBRARY: f64 = 0.02;

/// Libraries by their loss on the rows that their networks had not seen.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) losses: Vec<f64>,
    pub(super) weights: Vec<f64>,
    /// Rows held out, and the averaged outputs.
    pub(super) held_out: Vec<usize>,
    pub(super) outputs: Vec<Vec<f64>>,
}

impl Chosen {
    pub(super) fn new(ground: &Ground<'_>, members: &[Member], each: usize) -> Chosen {
        let groups: Vec<&[Member]> = members.chunks(each).collect();
        let losses: Vec<f64> = groups.iter().map(|group| mean_loss(ground, group)).collect();
        let least = losses.iter().fold(f64::INFINITY, |a, &b| a.min(b));
        let weight = |loss: &f64| {
            let weight = exp((least - loss) / (ground.plan.library_temperature * least.abs().max(1e-9)));
            if weight.is_finite() { weight } else { 0.0 }
        };
        let mut weights: Vec<f64> = losses.iter().map(weight).collect();
        normalise(&mut weights);
        weights.iter_mut().filter(|weight| **weight < LEAST_LIBRARY).for_each(|weight| *weight = 0.0);
        normalise(&mut weights);
        let mut held_out = Vec::new();
        let mut outputs = vec![Vec::new(); ground.outputs];
        for fold in 0..each {
            held_out.extend(&groups[0][fold].held_out);
            for (output, outputs) in outputs.iter_mut().enumerate() {
                for row in 0..groups[0][fold].held_out.len() {
                    let of = |(group, weight): (&&[Member], &f64)| {
                        weight * group[fold].held_out_outputs[output][row]
                    };
                    outputs.push(groups.iter().zip(&weights).map(of).sum());
                }
            }
        }
        Chosen { losses, weights, held_out, outputs }
    }

    /// Slope and shift of each output.
    pub(super) fn calibration(&self, wanted: bool, ground: &Ground<'_>) -> (Vec<f64>, Vec<f64>) {
        let none = (vec![1.0; ground.outputs], vec![0.0; ground.outputs]);
        if !wanted || ground.loss.link() == Link::Identity {
            return none;
        }
        let target: Vec<f64> = self.held_out.iter().map(|&row| ground.target[row]).collect();
        let weights: Vec<f64> = self.held_out.iter().map(|&row| ground.rows.weights[row]).collect();
        let total: f64 = weights.iter().sum();
        // Few rows know little of a slope: it counts as if some rows more had said 1.
        let trust = total / (total + CALIBRATION_PRIOR);
        if ground.outputs == 1 {
            let (slope, shift) = calibrate::platt(&self.outputs[0], &target, &weights);
            let slope = 1.0 + trust * (slope.clamp(0.5, 1.5) - 1.0);
            return (vec![slope], vec![trust * shift.clamp(-1.0, 1.0)]);
        }
        let slope = calibrate::temperature(&self.outputs, &target, &weights).clamp(0.5, 1.5);
        (vec![1.0 + trust * (slope - 1.0); ground.outputs], none.1)
    }
}

/// Rows that stand for outputs being calibrated as they are.
const CALIBRATION_PRIOR: f64 = 200.0;

/// Mean loss of the rows that the networks of a library had not seen.
fn mean_loss(ground: &Ground<'_>, group: &[Member]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for member in group {
        let weight: f64 = member.held_out.iter().map(|&row| ground.rows.weights[row]).sum();
        if weight > 0.0 {
            sum += weight * member.history[member.best];
            total += weight;
        }
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

pub(super) fn normalise(weights: &mut [f64]) {
    let total: f64 = weights.iter().sum();
    let equal = 1.0 / weights.len() as f64;
    weights.iter_mut().for_each(|weight| *weight = if total > 0.0 { *weight / total } else { equal });
}
