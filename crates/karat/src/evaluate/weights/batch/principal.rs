//! The power iteration of `perron.rs` for several matrices at once, step for step the same arithmetic.

use super::lanes::{Lanes, Vectors};
use crate::evaluate::weights::judgments::MAX_ITEMS;
use crate::evaluate::weights::perron::{COARSE, PATIENCE, PLAIN_STEPS, TOLERANCE, bounds_of};

/// Principal eigenvectors of `L` matrices, with their brackets.
pub(super) struct Principal<const L: usize> {
    /// Not normalised.
    pub(super) vector: Vectors<L>,
    /// The highest of all lower bounds.
    low: [f64; L],
    /// The lowest of all upper bounds.
    high: [f64; L],
    pub(super) iterations: [u32; L],
}

/// What decides, lane by lane, when to stop.
struct Watch<const L: usize> {
    best: [f64; L],
    stalled: [u32; L],
    running: [bool; L],
}

impl<const L: usize> Principal<L> {
    /// `None` when a matrix needs more than plain steps.
    #[inline(always)]
    pub(super) fn find(lanes: &Lanes<L>) -> Option<Principal<L>> {
        let n = lanes.n;
        let mut found = Principal {
            vector: [[1.0; L]; MAX_ITEMS],
            low: [0.0; L],
            high: [f64::INFINITY; L],
            iterations: [0; L],
        };
        let mut watch =
            Watch { best: [f64::INFINITY; L], stalled: [0; L], running: [true; L] };
        let mut vectors = [[[1.0; L]; MAX_ITEMS]; 2];
        let mut estimate = [n as f64; L];
        for step in 0..PLAIN_STEPS {
            let (first, second) = vectors.split_at_mut(1);
            let (old, new) =
                if step % 2 == 0 { (&first[0], &mut second[0]) } else { (&second[0], &mut first[0]) };
            let (low, high) = multiply(lanes, old, &estimate, new);
            rescale(new, n);
            for lane in 0..L {
                if watch.running[lane] {
                    found.low[lane] = found.low[lane].max(low[lane]);
                    found.high[lane] = found.high[lane].min(high[lane]);
                    found.iterations[lane] += 1;
                    if watch.done(lane, low[lane], high[lane]) {
                        watch.running[lane] = false;
                        for i in 0..n {
                            found.vector[i][lane] = new[i][lane];
                        }
                    }
                }
            }
            if watch.running == [false; L] {
                return Some(found);
            }
            estimate = low;
        }
        None
    }

    #[inline(always)]
    pub(super) fn middle(&self, lane: usize) -> f64 {
        0.5 * (self.low[lane] + self.high[lane])
    }

    #[inline(always)]
    pub(super) fn bounds(&self, n: usize, lane: usize) -> (f64, f64) {
        bounds_of(self.low[lane], self.high[lane], n)
    }
}

impl<const L: usize> Watch<L> {
    #[inline(always)]
    fn done(&mut self, lane: usize, low: f64, high: f64) -> bool {
        let width = high - low;
        if width <= TOLERANCE * low {
            return true;
        }
        if width < self.best[lane] {
            self.best[lane] = width;
            self.stalled[lane] = 0;
        } else if self.best[lane] <= COARSE * low {
            self.stalled[lane] += 1;
            return self.stalled[lane] == PATIENCE;
        }
        false
    }
}

/// `new` becomes A x divided by the estimate of the eigenvalue; returns the extreme ratios of A x to x.
#[inline(always)]
fn multiply<const L: usize>(
    lanes: &Lanes<L>,
    old: &Vectors<L>,
    estimate: &[f64; L],
    new: &mut Vectors<L>,
) -> ([f64; L], [f64; L]) {
    let n = lanes.n;
    let old = &old[..n];
    let scale = estimate.map(|value| 1.0 / value);
    let (mut low, mut high) = ([f64::INFINITY; L], [0.0; L]);
    for ((row, out), before) in lanes.entries.chunks_exact(n).zip(new.iter_mut()).zip(old) {
        let mut sums = [0.0; L];
        for (entry, weight) in row.iter().zip(old) {
            for lane in 0..L {
                sums[lane] += entry[lane] * weight[lane];
            }
        }
        for lane in 0..L {
            let ratio = sums[lane] / before[lane];
            low[lane] = if ratio < low[lane] { ratio } else { low[lane] };
            high[lane] = if ratio > high[lane] { ratio } else { high[lane] };
            out[lane] = sums[lane] * scale[lane];
        }
    }
    (low, high)
}

/// Brings lanes that leave the middle of the range of doubles back to it.
#[inline(always)]
fn rescale<const L: usize>(x: &mut Vectors<L>, n: usize) {
    let first = x[0];
    let inside = |value: f64| (1e-30..=1e30).contains(&value);
    if first.iter().all(|&value| inside(value)) {
        return;
    }
    // Division by 1 changes no bit.
    let divisor = first.map(|value| if inside(value) { 1.0 } else { value });
    for value in &mut x[..n] {
        for lane in 0..L {
            value[lane] /= divisor[lane];
        }
    }
}
