//! L-BFGS with a line search that brackets the weak Wolfe conditions.

use super::watch::{Ended, Outcome, Watch, Watched};
use std::collections::VecDeque;

/// Pairs of steps and changes of the gradient that are remembered.
const MEMORY: usize = 15;
/// Share of the expected decrease that a step has to bring.
const SUFFICIENT: f64 = 1e-4;
/// Share of the first slope that may be left at its end.
const CURVATURE: f64 = 0.9;
/// Trials of one line search.
const TRIALS: usize = 40;

/// A step, the change of the gradient along it, and 1 over their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    inverse: f64,
}

/// Minimises `evaluate`, which returns the value and puts the gradient in place.
pub(in super::super) fn lbfgs(
    mut evaluate: impl FnMut(&[f64], &mut [f64]) -> f64,
    start: Vec<f64>,
    watch: &Watch<'_>,
) -> Outcome {
    let mut watched = Watched::new(watch, &start);
    let mut at = start;
    let mut gradient = vec![0.0; at.len()];
    let mut value = evaluate(&at, &mut gradient);
    let mut pairs: VecDeque<Pair> = VecDeque::new();
    let mut calm = 0;
    for _ in 0..watch.iterations {
        let mut direction = two_loops(&pairs, &gradient);
        if dot(&direction, &gradient) >= 0.0 {
            pairs.clear();
            direction = gradient.iter().map(|g| -g).collect();
        }
        let first = if pairs.is_empty() { 1.0 / norm(&gradient).max(1.0) } else { 1.0 };
        let search = Search { at: &at, value, gradient: &gradient, direction: &direction };
        let Some((next, next_value, next_gradient)) = search.run(&mut evaluate, first) else {
            if pairs.is_empty() {
                return watched.finish(at, Ended::Converged);
            }
            pairs.clear();
            continue;
        };
        let step: Vec<f64> = next.iter().zip(&at).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let along = dot(&step, &change);
        if along > f64::EPSILON * dot(&change, &change) {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back(Pair { step, change, inverse: 1.0 / along });
        }
        let gained = value - next_value;
        (at, value, gradient) = (next, next_value, next_gradient);
        if let Some(ended) = watched.after(value, &at) {
            return watched.finish(at, ended);
        }
        // One small gain may be an unlucky step; several in a row are the end.
        calm = if gained <= watch.tolerance * value.abs() { calm + 1 } else { 0 };
        if calm >= 3 || norm(&gradient) <= 1e-10 * norm(&at).max(1.0) {
            return watched.finish(at, Ended::Converged);
        }
    }
    watched.finish(at, Ended::Exhausted)
}

/// The quasi-Newton direction (Nocedal, 1980).
fn two_loops(pairs: &VecDeque<Pair>, gradient: &[f64]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let share = pair.inverse * dot(&pair.step, &direction);
        add_scaled(&mut direction, -share, &pair.change);
        shares.push(share);
    }
    if let Some(last) = pairs.back() {
        let scale = 1.0 / (last.inverse * dot(&last.change, &last.change));
        for d in &mut direction {
            *d *= scale;
        }
    }
    for (pair, share) in pairs.iter().zip(shares.into_iter().rev()) {
        let back = pair.inverse * dot(&pair.change, &direction);
        add_scaled(&mut direction, share - back, &pair.step);
    }
    direction
}

struct Search<'a> {
    at: &'a [f64],
    value: f64,
    gradient: &'a [f64],
    direction: &'a [f64],
}

impl Search<'_> {
    /// Doubles and bisects until the value fell enough and the slope with it (Lewis and Overton, 2013).
    fn run(
        &self,
        evaluate: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
        first: f64,
    ) -> Option<(Vec<f64>, f64, Vec<f64>)> {
        let slope = dot(self.direction, self.gradient);
        let (mut low, mut high, mut length) = (0.0, f64::INFINITY, first);
        let mut gradient = vec![0.0; self.at.len()];
        let mut fallback = None;
        for _ in 0..TRIALS {
            let next: Vec<f64> = self.at.iter().zip(self.direction).map(|(x, d)| x + length * d).collect();
            let value = evaluate(&next, &mut gradient);
            let finite = value.is_finite() && gradient.iter().all(|g| g.is_finite());
            if !finite || value > self.value + SUFFICIENT * length * slope {
                high = length;
            } else if dot(self.direction, &gradient) < CURVATURE * slope {
                low = length;
                fallback = Some((next, value, gradient.clone()));
            } else {
                return Some((next, value, gradient));
            }
            length = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * length };
        }
        fallback.filter(|(_, value, _)| *value < self.value)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    karat_scorer::numerics::ordered_dot(a, b)
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn add_scaled(slot: &mut [f64], factor: f64, term: &[f64]) {
    for (slot, term) in slot.iter_mut().zip(term) {
        *slot += factor * term;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbrock's valley (1960), whose minimum is 0 at (1, 1).
    #[test]
    fn the_valley_of_rosenbrock_is_followed_to_its_end() {
        let valley = |at: &[f64], gradient: &mut [f64]| {
            let (x, y) = (at[0], at[1]);
            let bend = y - x * x;
            gradient[0] = -2.0 * (1.0 - x) - 400.0 * x * bend;
            gradient[1] = 200.0 * bend;
            (1.0 - x) * (1.0 - x) + 100.0 * bend * bend
        };
        let watch =
            Watch { validation: None, patience: 0, iterations: 200, tolerance: 0.0, tell: &|_, _| true };
        let outcome = lbfgs(valley, vec![-1.2, 1.0], &watch);
        assert!((outcome.at[0] - 1.0).abs() < 1e-8 && (outcome.at[1] - 1.0).abs() < 1e-8, "{outcome:?}");
        assert!(outcome.history.windows(2).all(|pair| pair[1] <= pair[0]));
        assert!(outcome.iterations < 60);
    }
}
