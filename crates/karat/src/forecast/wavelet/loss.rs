//! What a network is to make small, and its derivatives by the outputs.

use super::families::{LANES, Lanes};
use karat_scorer::numerics::{exp, ln, ln_1p, sigmoid};

/// The loss of one row; targets are standardised numbers or positions of classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Loss {
    /// Half the squared error.
    Squared,
    /// Huber's (1964): beyond so many standard deviations of the target the error counts linearly.
    Huber(f64),
    /// Two classes by one output.
    Logistic,
    /// Cross-entropy after the softmax.
    Softmax,
    /// Ordered classes by one output and thresholds, the first of which is 0.
    Ordered,
}

/// The least probability that is told from zero.
const LEAST: f64 = 1e-300;

impl Loss {
    /// Loss of each row of a block; puts the derivatives by the outputs in `delta` and adds those by the
    /// thresholds to `thresholds_slope`.
    #[inline(always)]
    pub(super) fn of_block(
        self,
        z: &[Lanes],
        target: &Lanes,
        thresholds: &[f64],
        delta: &mut [Lanes],
        thresholds_slope: &mut [Lanes],
    ) -> Lanes {
        let mut loss = [0.0; LANES];
        match self {
            Loss::Squared => {
                for lane in 0..LANES {
                    let error = z[0][lane] - target[lane];
                    loss[lane] = 0.5 * error * error;
                    delta[0][lane] = error;
                }
            }
            Loss::Huber(width) => {
                for lane in 0..LANES {
                    let error = z[0][lane] - target[lane];
                    let size = error.abs();
                    let inner = size <= width;
                    loss[lane] = if inner { 0.5 * error * error } else { width * (size - 0.5 * width) };
                    delta[0][lane] = if inner { error } else { width.copysign(error) };
                }
            }
            Loss::Logistic => {
                for lane in 0..LANES {
                    let z = z[0][lane];
                    let positive = if z > 0.0 { z } else { 0.0 };
                    loss[lane] = positive - target[lane] * z + ln_1p(exp(-z.abs()));
                    delta[0][lane] = sigmoid(z) - target[lane];
                }
            }
            Loss::Softmax => softmax(z, target, delta, &mut loss),
            Loss::Ordered => {
                for lane in 0..LANES {
                    ordered(lane, z[0][lane], target[lane], thresholds, delta, thresholds_slope, &mut loss);
                }
            }
        }
        loss
    }
}

#[inline(always)]
fn softmax(z: &[Lanes], target: &Lanes, delta: &mut [Lanes], loss: &mut Lanes) {
    let mut largest = [f64::NEG_INFINITY; LANES];
    for z in z {
        for lane in 0..LANES {
            largest[lane] = if z[lane] > largest[lane] { z[lane] } else { largest[lane] };
        }
    }
    let mut sum = [0.0; LANES];
    for (z, delta) in z.iter().zip(delta.iter_mut()) {
        for lane in 0..LANES {
            delta[lane] = exp(z[lane] - largest[lane]);
            sum[lane] += delta[lane];
        }
    }
    for (k, (z, delta)) in z.iter().zip(delta).enumerate() {
        for lane in 0..LANES {
            delta[lane] /= sum[lane];
            if target[lane] == k as f64 {
                loss[lane] = ln(sum[lane]) - (z[lane] - largest[lane]);
                delta[lane] -= 1.0;
            }
        }
    }
}

/// With `a` and `b` the probabilities of at most this class and of at most the one below, the derivative of
/// `-ln(a - b)` by the output is `1 - a - b`.
fn ordered(
    lane: usize,
    z: f64,
    target: f64,
    thresholds: &[f64],
    delta: &mut [Lanes],
    slopes: &mut [Lanes],
    loss: &mut Lanes,
) {
    let class = target as usize;
    let upper = thresholds.get(class).map_or(f64::INFINITY, |t| t - z);
    let lower = if class == 0 { f64::NEG_INFINITY } else { thresholds[class - 1] - z };
    let (a, b) = (sigmoid(upper), sigmoid(lower));
    // On the right of zero the tails tell more than the probabilities near 1.
    let share = if lower > 0.0 { sigmoid(-lower) - sigmoid(-upper) } else { a - b };
    let share = if share > LEAST { share } else { LEAST };
    loss[lane] = -ln(share);
    delta[0][lane] = 1.0 - a - b;
    if let Some(slope) = slopes.get_mut(class) {
        slope[lane] -= a * (1.0 - a) / share;
    }
    if let Some(slope) = class.checked_sub(1).and_then(|below| slopes.get_mut(below)) {
        slope[lane] += b * (1.0 - b) / share;
    }
}
