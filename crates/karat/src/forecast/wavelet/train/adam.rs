//! Adam over mini-batches.

use super::super::objective::Objective;
use super::watch::{Ended, Outcome, Watch, Watched};
use crate::numerics::random::Random;
use karat_scorer::numerics::cos;

const FIRST_DECAY: f64 = 0.9;
const SECOND_DECAY: f64 = 0.999;

/// Minimises by passes over the rows in random order; an iteration of the watch is one pass.
pub(in super::super) fn adam(
    objective: &Objective<'_>,
    start: Vec<f64>,
    (batch, rate): (usize, f64),
    random: &mut Random,
    watch: &Watch<'_>,
) -> Outcome {
    let mut watched = Watched::new(watch, &start);
    let mut objective = objective.clone();
    let count = objective.selection.rows.len();
    let mut at = start;
    let (mut mean, mut square) = (vec![0.0; at.len()], vec![0.0; at.len()]);
    let (mut mean_left, mut square_left) = (1.0, 1.0);
    let mut gradient = vec![0.0; at.len()];
    let mut order: Vec<u32> = (0..count as u32).collect();
    let original = objective.selection.clone();
    let mut last = f64::INFINITY;
    let mut calm = 0;
    for pass in 0..watch.iterations {
        random.shuffle(&mut order);
        for (place, &from) in order.iter().enumerate() {
            objective.selection.rows[place] = original.rows[from as usize];
            objective.selection.weights[place] = original.weights[from as usize];
        }
        let share = pass as f64 / watch.iterations as f64;
        let length = rate * (0.5 + 0.5 * cos(std::f64::consts::PI * share)).max(1e-3);
        let (mut sum, mut parts) = (0.0, 0.0);
        let mut first = 0;
        while first < count {
            let end = (first + batch.max(1)).min(count);
            sum += objective.evaluate_part(first..end, &at, &mut gradient);
            parts += 1.0;
            first = end;
            mean_left *= FIRST_DECAY;
            square_left *= SECOND_DECAY;
            for place in 0..at.len() {
                let g = gradient[place];
                mean[place] = FIRST_DECAY * mean[place] + (1.0 - FIRST_DECAY) * g;
                square[place] = SECOND_DECAY * square[place] + (1.0 - SECOND_DECAY) * g * g;
                let deviation = (square[place] / (1.0 - square_left)).sqrt() + 1e-8;
                at[place] -= length * (mean[place] / (1.0 - mean_left)) / deviation;
            }
        }
        let value = sum / parts;
        if let Some(ended) = watched.after(value, &at) {
            return watched.finish(at, ended);
        }
        calm = if (last - value).abs() <= watch.tolerance * value.abs() { calm + 1 } else { 0 };
        if calm >= 3 {
            return watched.finish(at, Ended::Converged);
        }
        last = value;
    }
    watched.finish(at, Ended::Exhausted)
}
