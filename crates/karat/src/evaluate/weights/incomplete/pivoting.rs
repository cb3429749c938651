//! The last digits of an ill-conditioned optimum: Newton's direction from the whole system, since the Schur
//! complement squares its condition.

use super::optimal::{Flows, Solver, Step};

/// Steps that may each at least halve the imbalance.
const STEPS: u32 = 12;

impl Solver {
    /// Steps as long as the flows come nearer to balance.
    pub(super) fn polish(&mut self, steps: &mut u32) {
        let (mut best, mut left) = (self.point.clone(), self.imbalance());
        for _ in 0..STEPS {
            *steps += 1;
            if !self.step.find_by_pivoting(self.n, &self.flows, &self.open) {
                break;
            }
            self.advance();
            self.evaluate(1.0);
            let now = self.imbalance();
            // Not a number ends it too.
            if now.is_nan() || now >= 0.5 * left {
                break;
            }
            (best, left) = (self.point.clone(), now);
        }
        self.point = best;
        self.evaluate(1.0);
    }
}

impl Step {
    /// False when the system is singular.
    fn find_by_pivoting(&mut self, n: usize, flows: &Flows, open: &[(usize, usize)]) -> bool {
        let Flows { flow, root, share, out, into, open: open_sums, lambda } = flows;
        let width = 2 * n + 1;
        let (mut system, mut side) = (vec![0.0; width * width], vec![0.0; width]);
        for k in 0..n {
            let row = &mut system[k * width..(k + 1) * width];
            if self.laplacian.pivots()[k] == 0.0 {
                row[k] = 1.0;
                continue;
            }
            for i in 0..n {
                row[i] = -(flow[i * n + k] + flow[k * n + i]);
                row[n + i] = flow[i * n + k];
            }
            row[k] = out[k] + into[k];
            row[n + k] = -out[k];
            side[k] = out[k] - into[k];
        }
        for i in 0..n {
            let row = &mut system[(n + i) * width..(n + i + 1) * width];
            row[..n].copy_from_slice(&flow[i * n..(i + 1) * n]);
            row[i] = -out[i];
            row[n + i] = -0.5 * open_sums[i];
            row[2 * n] = -share[i];
            side[n + i] = lambda * share[i] - (share[i] + out[i] + open_sums[i]);
        }
        for &(i, j) in open {
            system[(n + i) * width + n + j] = 0.5 * root[i] * root[j];
            system[(n + j) * width + n + i] = 0.5 * root[i] * root[j];
        }
        system[2 * n * width + n..2 * n * width + 2 * n].copy_from_slice(share);
        if !solve(&mut system, &mut side) {
            return false;
        }
        self.potential.copy_from_slice(&side[..n]);
        self.first.copy_from_slice(&side[n..2 * n]);
        self.potential.iter().chain(&self.first).all(|change| change.is_finite())
    }
}

/// Gaussian elimination with scaled rows and partial pivoting, in place; false when the system is singular.
fn solve(a: &mut [f64], x: &mut [f64]) -> bool {
    let n = x.len();
    for (row, side) in a.chunks_exact_mut(n).zip(x.iter_mut()) {
        let largest = row.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        row.iter_mut().for_each(|v| *v /= largest);
        *side /= largest;
    }
    for k in 0..n {
        let better =
            |best: usize, i: usize| if a[i * n + k].abs() > a[best * n + k].abs() { i } else { best };
        let pivot = (k..n).fold(k, better);
        if a[pivot * n + k] == 0.0 || a[pivot * n + k].is_nan() {
            return false;
        }
        if pivot != k {
            let (above, below) = a.split_at_mut(pivot * n);
            above[k * n..(k + 1) * n].swap_with_slice(&mut below[..n]);
            x.swap(k, pivot);
        }
        let (above, below) = a.split_at_mut((k + 1) * n);
        let row = &above[k * n..];
        let own = x[k];
        for (other, side) in below.chunks_exact_mut(n).zip(&mut x[k + 1..]) {
            let factor = other[k] / row[k];
            for (value, entry) in other[k..].iter_mut().zip(&row[k..]) {
                *value -= factor * entry;
            }
            *side -= factor * own;
        }
    }
    for k in (0..n).rev() {
        let row = &a[k * n..(k + 1) * n];
        let inner: f64 = row[k + 1..].iter().zip(&x[k + 1..]).map(|(a, x)| a * x).sum();
        x[k] = (x[k] - inner) / row[k];
    }
    true
}
