//! The power iteration of `perron.rs` for several matrices at once, step for step the same arithmetic.

use super::lanes::Lanes;
use crate::evaluate::weights::perron::{COARSE, PATIENCE, PLAIN_STEPS, TOLERANCE, bounds_of};

/// Brackets of the principal eigenvalues of `L` matrices; the eigenvectors stay in the third room, not
/// normalised.
pub(super) struct Principal<const L: usize> {
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
    /// `room` holds three vectors of n items. `None` when a matrix needs more than plain steps.
    #[inline(always)]
    pub(super) fn find(lanes: &Lanes<L>, room: &mut [Vec<[f64; L]>; 3]) -> Option<Principal<L>> {
        let n = lanes.n;
        let [mut old, mut new, vector] = room.each_mut().map(|room| &mut room[..n]);
        old.fill([1.0; L]);
        let mut found = Principal { low: [0.0; L], high: [f64::INFINITY; L], iterations: [0; L] };
        let mut watch = Watch { best: [f64::INFINITY; L], stalled: [0; L], running: [true; L] };
        let mut estimate = [n as f64; L];
        for _ in 0..PLAIN_STEPS {
            let (low, high) = multiply(lanes, old, &estimate, new);
            rescale(new);
            for lane in 0..L {
                if watch.running[lane] {
                    found.low[lane] = found.low[lane].max(low[lane]);
                    found.high[lane] = found.high[lane].min(high[lane]);
                    found.iterations[lane] += 1;
                    if watch.done(lane, low[lane], high[lane]) {
                        watch.running[lane] = false;
                        for (value, last) in vector.iter_mut().zip(&*new) {
                            value[lane] = last[lane];
                        }
                    }
                }
            }
            if watch.running == [false; L] {
                return Some(found);
            }
            estimate = low;
            std::mem::swap(&mut old, &mut new);
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
    old: &[[f64; L]],
    estimate: &[f64; L],
    new: &mut [[f64; L]],
) -> ([f64; L], [f64; L]) {
    let n = lanes.n;
    let scale = estimate.map(|value| 1.0 / value);
    let (mut low, mut high) = ([f64::INFINITY; L], [0.0; L]);
    let mut finish = |sums: [f64; L], before: &[f64; L], out: &mut [f64; L]| {
        for lane in 0..L {
            let ratio = sums[lane] / before[lane];
            low[lane] = if ratio < low[lane] { ratio } else { low[lane] };
            high[lane] = if ratio > high[lane] { ratio } else { high[lane] };
            out[lane] = sums[lane] * scale[lane];
        }
    };
    // Two rows at a time: their sums do not wait for each other, and share the loads of x.
    let mut rows = lanes.entries.chunks_exact(2 * n);
    let (outs, before) = (new.as_chunks_mut::<2>(), old.as_chunks::<2>());
    for ((pair, out), before) in (&mut rows).zip(outs.0).zip(before.0) {
        let (first, second) = pair.split_at(n);
        let (mut upper, mut lower) = ([0.0; L], [0.0; L]);
        for ((a, b), weight) in first.iter().zip(second).zip(old) {
            for lane in 0..L {
                upper[lane] += a[lane] * weight[lane];
                lower[lane] += b[lane] * weight[lane];
            }
        }
        finish(upper, &before[0], &mut out[0]);
        finish(lower, &before[1], &mut out[1]);
    }
    if let ([out], [before]) = (outs.1, before.1) {
        let mut sums = [0.0; L];
        for (entry, weight) in rows.remainder().iter().zip(old) {
            for lane in 0..L {
                sums[lane] += entry[lane] * weight[lane];
            }
        }
        finish(sums, before, out);
    }
    (low, high)
}

/// Brings lanes that leave the middle of the range of doubles back to it.
#[inline(always)]
fn rescale<const L: usize>(x: &mut [[f64; L]]) {
    let Some(&first) = x.first() else { return };
    let inside = |value: f64| (1e-30..=1e30).contains(&value);
    if first.iter().all(|&value| inside(value)) {
        return;
    }
    // Division by 1 changes no bit.
    let divisor = first.map(|value| if inside(value) { 1.0 } else { value });
    for value in x {
        for lane in 0..L {
            value[lane] /= divisor[lane];
        }
    }
}
