//! The optimal completion: missing judgments chosen so that the principal eigenvalue is least.
//!
//! The problem is convex in the logarithms (Bozoki, Fulop and Ronyai, 2010) and has one solution when the
//! comparison graph is connected. It is solved here as a circulation. Let `x` be the eigenvector, `y` the left
//! one and `p_i = x_i y_i` with sum 1. Item i sends `F_ij = p_i a_ij x_j / x_i` to item j; row and column
//! equations say that what leaves an item equals what enters it, and that the total is `lambda p_i`. At the
//! optimum a missing pair sends as much forth as back, `sqrt(p_i p_j)` each way: this is the stationarity
//! `a_ij = sqrt(y_j x_i / (y_i x_j))`. So the missing values disappear, and what remains,
//!
//! `lambda = max over p, min over u of 1 + sum_i p_i sum_j a_ij e^(u_j - u_i) + sum of 2 sqrt(p_i p_j)`,
//!
//! is convex in `u = ln x` and concave in `p`: 2 n unknowns however many pairs are missing. Newton's method
//! on it needs two Cholesky factorisations of size n a step and some four steps for judgments on Saaty's
//! scale. A judgment whose removal would disconnect the graph obeys the same balance as a missing pair, and
//! is treated as one: trees and pendant items need no iteration.
//!
//! Where Newton's steps would be too long (judgments that contradict each other by factors of millions), the
//! contradictions are scaled down and let grow again along the path of solutions.

use karat_scorer::numerics::exp;

use super::laplacian::Laplacian;

/// Newton step, in logarithms, after which quadratic convergence has reached the digits of a double.
const SMALL: f64 = 1e-8;

/// The same for simulations.
const COARSE: f64 = 1e-4;

/// Imbalance of the flows up to which they count as the optimum.
const BALANCED: f64 = 1e-9;

/// Longest step, in logarithms, that a Newton iteration may take before the path is shortened.
const LONG: f64 = 3.0;

/// Newton steps at one point of the path.
const STEPS: u32 = 8;

/// Newton steps altogether.
const MOST_STEPS: u32 = 2000;

/// Shortest advance along the path.
const LEAST_ADVANCE: f64 = 1e-7;

/// Floor of a pivot of a matrix with unit diagonal.
const LEAST_PIVOT: f64 = 1e-15;

/// Solves one comparison graph for any number of judgments on it.
pub(super) struct Solver {
    pub(super) n: usize,
    /// Newton step that counts as the last.
    small: f64,
    /// Judged pairs that lie on a cycle.
    edges: Vec<(usize, usize)>,
    /// All other pairs.
    pub(super) open: Vec<(usize, usize)>,
    least_squares: Laplacian,
    /// What contradicts the least squares fit, one for each edge.
    residuals: Vec<f64>,
    fit: Vec<f64>,
    pub(super) point: Point,
    pub(super) flows: Flows,
    pub(super) step: Step,
}

/// Logarithms of eigenvector (relative to the least squares fit) and of p.
#[derive(Clone, Default)]
pub(super) struct Point {
    pub(super) potential: Vec<f64>,
    pub(super) log_share: Vec<f64>,
}

/// What flows at a point.
pub(super) struct Flows {
    /// Over judged pairs, from row to column.
    pub(super) flow: Vec<f64>,
    pub(super) root: Vec<f64>,
    pub(super) share: Vec<f64>,
    pub(super) out: Vec<f64>,
    pub(super) into: Vec<f64>,
    pub(super) open: Vec<f64>,
    pub(super) lambda: f64,
}

/// Room for a Newton step.
pub(super) struct Step {
    pub(super) laplacian: Laplacian,
    /// Row k: derivative of the imbalance of k by the log share of every item, then the imbalance itself.
    sides: Vec<f64>,
    schur: Vec<f64>,
    scale: Vec<f64>,
    pub(super) first: Vec<f64>,
    second: Vec<f64>,
    pub(super) potential: Vec<f64>,
}

/// How a solution was reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Solution {
    pub(super) lambda: f64,
    pub(super) steps: u32,
    pub(super) converged: bool,
    /// Sum of squared residuals of the least squares fit.
    pub(super) squares: f64,
}

impl Solver {
    /// `edges` are the judged pairs on cycles, `open` all other pairs of the n items.
    pub(super) fn new(n: usize, edges: Vec<(usize, usize)>, open: Vec<(usize, usize)>) -> Solver {
        let mut least_squares = Laplacian::new(n);
        least_squares.factor(|weights| {
            for &(i, j) in &edges {
                weights[i * n + j] = 1.0;
                weights[j * n + i] = 1.0;
            }
        });
        let zeros = || vec![0.0; n];
        Solver {
            n,
            small: SMALL,
            residuals: vec![0.0; edges.len()],
            edges,
            open,
            least_squares,
            fit: zeros(),
            point: Point { potential: zeros(), log_share: zeros() },
            flows: Flows {
                flow: vec![0.0; n * n],
                root: zeros(),
                share: zeros(),
                out: zeros(),
                into: zeros(),
                open: zeros(),
                lambda: n as f64,
            },
            step: Step {
                laplacian: Laplacian::new(n),
                sides: vec![0.0; n * (n + 1)],
                schur: vec![0.0; n * n],
                scale: zeros(),
                first: zeros(),
                second: zeros(),
                potential: zeros(),
            },
        }
    }

    /// The same to half the digits, which leaves the eigenvalue nearly all of its own: it is stationary.
    pub(super) fn coarse(mut self) -> Solver {
        self.small = COARSE;
        self
    }

    /// Logarithm of the eigenvector within each component of the judged pairs, up to a constant.
    pub(super) fn potential(&self, item: usize) -> f64 {
        self.fit[item] + self.point.potential[item]
    }

    /// `ln p_i`.
    pub(super) fn log_share(&self, item: usize) -> f64 {
        self.point.log_share[item]
    }

    /// `logs` holds `ln a_ij` for every edge (i, j), in order.
    pub(super) fn solve(&mut self, logs: &[f64]) -> Solution {
        let squares = self.fit(logs);
        self.point.potential.fill(0.0);
        self.point.log_share.fill(-karat_scorer::numerics::ln(self.n as f64));
        let mut steps = 0;
        if !self.newton(1.0, &mut steps) {
            self.follow_path(&mut steps);
            self.polish(&mut steps);
        }
        let converged = self.imbalance() <= BALANCED;
        Solution { lambda: self.flows.lambda.max(self.n as f64), steps, converged, squares }
    }

    /// Least squares on the graph: sets fit and residuals, returns the sum of their squares.
    fn fit(&mut self, logs: &[f64]) -> f64 {
        self.fit.fill(0.0);
        for (&(i, j), &log) in self.edges.iter().zip(logs) {
            self.fit[i] += log;
            self.fit[j] -= log;
        }
        self.least_squares.solve(&mut self.fit);
        let mut squares = 0.0;
        for ((residual, &(i, j)), &log) in self.residuals.iter_mut().zip(&self.edges).zip(logs) {
            *residual = log - (self.fit[i] - self.fit[j]);
            squares += *residual * *residual;
        }
        squares
    }

    /// From no contradiction to the whole of it, each stretch begun where the last two lead.
    fn follow_path(&mut self, steps: &mut u32) {
        let n = self.n;
        let uniform = -karat_scorer::numerics::ln(n as f64);
        let mut last = Point { potential: vec![0.0; n], log_share: vec![uniform; n] };
        let mut before = last.clone();
        let (mut at, mut at_before, mut advance) = (0.0, 0.0, 0.25);
        while at < 1.0 {
            let next = f64::min(at + advance, 1.0);
            let ahead = if at > at_before { (next - at) / (at - at_before) } else { 0.0 };
            let lead = |now: &[f64], then: &[f64]| -> Vec<f64> {
                now.iter().zip(then).map(|(now, then)| now + ahead * (now - then)).collect()
            };
            self.point.potential = lead(&last.potential, &before.potential);
            self.point.log_share = lead(&last.log_share, &before.log_share);
            if self.newton(next, steps) {
                before = std::mem::replace(&mut last, self.point.clone());
                (at_before, at) = (at, next);
                advance *= 2.0;
            } else {
                advance /= 3.0;
                if advance < LEAST_ADVANCE || *steps > MOST_STEPS {
                    // The imbalance tells that this is not the optimum of the whole problem.
                    self.point = last;
                    self.evaluate(1.0);
                    return;
                }
            }
        }
    }

    /// How far the flows are from a circulation with `lambda p_i` through every item, relative to that: 0 at
    /// the optimum and nowhere else.
    pub(super) fn imbalance(&self) -> f64 {
        let Flows { share, out, into, open, lambda, .. } = &self.flows;
        let of = |i: usize| {
            let own = lambda * share[i];
            let (row, column) = ((share[i] + out[i] + open[i]) / own - 1.0, (out[i] - into[i]) / own);
            if row.abs() >= column.abs() { row.abs() } else { column.abs() }
        };
        // Not a number must not hide behind a maximum.
        (0..self.n).map(of).fold(0.0, |most, v| if v <= most { most } else { v })
    }

    pub(super) fn advance(&mut self) {
        for (value, change) in self.point.potential.iter_mut().zip(&self.step.potential) {
            *value += change;
        }
        for (value, change) in self.point.log_share.iter_mut().zip(&self.step.first) {
            *value += change;
        }
    }

    /// Newton's method for the residuals scaled by `part`; false when a step is too long or does not shrink.
    fn newton(&mut self, part: f64, steps: &mut u32) -> bool {
        self.evaluate(part);
        let mut before = f64::INFINITY;
        for _ in 0..STEPS {
            let length = self.step.find(self.n, &self.flows, &self.open);
            *steps += 1;
            if !(length <= LONG && length <= 2.0 * before) {
                return false;
            }
            before = length;
            self.advance();
            self.evaluate(part);
            if length < self.small {
                return true;
            }
        }
        false
    }

    pub(super) fn evaluate(&mut self, part: f64) {
        let n = self.n;
        let Flows { flow, root, share, out, into, open, lambda } = &mut self.flows;
        let Point { potential, log_share } = &mut self.point;
        let largest = log_share.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut total = 0.0;
        for i in 0..n {
            root[i] = exp(0.5 * (log_share[i] - largest));
            share[i] = root[i] * root[i];
            total += share[i];
        }
        let shift = largest + karat_scorer::numerics::ln(total);
        let narrow = 1.0 / total.sqrt();
        for i in 0..n {
            log_share[i] -= shift;
            root[i] *= narrow;
            share[i] /= total;
        }
        out.fill(0.0);
        into.fill(0.0);
        open.fill(0.0);
        for (&(i, j), &residual) in self.edges.iter().zip(&self.residuals) {
            let both = root[i] * root[j];
            let turn =
                exp(part * residual + potential[j] - potential[i] + 0.5 * (log_share[i] - log_share[j]));
            let (forth, back) = (both * turn, both / turn);
            flow[i * n + j] = forth;
            flow[j * n + i] = back;
            out[i] += forth;
            into[j] += forth;
            out[j] += back;
            into[i] += back;
        }
        for &(i, j) in &self.open {
            let both = root[i] * root[j];
            open[i] += both;
            open[j] += both;
        }
        *lambda = 1.0 + out.iter().sum::<f64>() + open.iter().sum::<f64>();
    }
}

impl Step {
    /// Newton's direction: change of the potentials in `potential`, of the log shares in `first`. Returns the
    /// longest change.
    fn find(&mut self, n: usize, flows: &Flows, open: &[(usize, usize)]) -> f64 {
        let Flows { flow, root, share, out, into, open: open_sums, lambda } = flows;
        self.laplacian.factor(|weights| {
            for i in 0..n {
                for j in 0..i {
                    weights[i * n + j] = flow[i * n + j] + flow[j * n + i];
                }
            }
        });
        let width = n + 1;
        for k in 0..n {
            let side = &mut self.sides[k * width..(k + 1) * width];
            for (i, value) in side[..n].iter_mut().enumerate() {
                *value = flow[i * n + k];
            }
            side[k] = -out[k];
            side[n] = into[k] - out[k];
        }
        self.laplacian.forward(&mut self.sides);
        self.schur_complement(n, share, *lambda, open_sums);
        for &(i, j) in open {
            let (low, high) = (i.min(j), i.max(j));
            self.schur[high * n + low] -= 0.5 * root[i] * root[j];
        }
        for i in 0..n {
            self.first[i] += share[i] + out[i] + open_sums[i] - lambda * share[i];
        }
        self.second.copy_from_slice(share);
        self.solve_schur(n);
        let dot = |a: &[f64]| a.iter().zip(share).map(|(a, p)| a * p).sum::<f64>();
        let multiplier = dot(&self.first) / dot(&self.second);
        for i in 0..n {
            self.first[i] -= multiplier * self.second[i];
        }
        for k in 0..n {
            let side = &self.sides[k * width..(k + 1) * width];
            let inner: f64 = side[..n].iter().zip(&self.first).map(|(c, x)| c * x).sum();
            self.potential[k] = -(side[n] + inner);
        }
        self.laplacian.backward(&mut self.potential);
        self.length()
    }

    /// The longest change.
    fn length(&self) -> f64 {
        // Not a number must not hide behind a maximum.
        let changes = self.first.iter().chain(&self.potential);
        changes.map(|v| v.abs()).fold(0.0, |most, v| if v <= most { most } else { v })
    }

    /// Lower triangle of `C H^-1 C' + L / 2 + lambda p p'` without the off-diagonal part of L, and
    /// `-C H^-1 g` in `first`.
    fn schur_complement(&mut self, n: usize, share: &[f64], lambda: f64, open_sums: &[f64]) {
        let width = n + 1;
        self.first.fill(0.0);
        for i in 0..n {
            let own = lambda * share[i];
            for (value, &other) in self.schur[i * n..=i * n + i].iter_mut().zip(share) {
                *value = own * other;
            }
            self.schur[i * n + i] += 0.5 * open_sums[i];
        }
        for (side, &pivot) in self.sides.chunks_exact(width).zip(self.laplacian.pivots()) {
            if pivot == 0.0 {
                continue;
            }
            for i in 0..n {
                let scaled = side[i] / pivot;
                for (value, &other) in self.schur[i * n..=i * n + i].iter_mut().zip(side) {
                    *value += scaled * other;
                }
                self.first[i] -= scaled * side[n];
            }
        }
    }

    /// Solves for `first` and `second` by Cholesky, after scaling to unit diagonal.
    fn solve_schur(&mut self, n: usize) {
        let Step { schur, scale, first, second, .. } = self;
        for i in 0..n {
            scale[i] = 1.0 / schur[i * n + i].sqrt();
            first[i] *= scale[i];
            second[i] *= scale[i];
        }
        for i in 0..n {
            let (above, row) = schur.split_at_mut(i * n);
            let row = &mut row[..=i];
            let mut rest = 1.0;
            for j in 0..i {
                let other = &above[j * n..=j * n + j];
                let inner: f64 = row[..j].iter().zip(other).map(|(a, b)| a * b).sum();
                let value = (row[j] * scale[i] * scale[j] - inner) * other[j];
                row[j] = value;
                rest -= value * value;
                first[i] -= value * first[j];
                second[i] -= value * second[j];
            }
            // The diagonal holds reciprocals.
            row[i] = 1.0 / f64::max(rest, LEAST_PIVOT).sqrt();
            first[i] *= row[i];
            second[i] *= row[i];
        }
        for i in (0..n).rev() {
            for side in [&mut *first, &mut *second] {
                side[i] *= schur[i * n + i];
                let own = side[i];
                for (value, &entry) in side[..i].iter_mut().zip(&schur[i * n..]) {
                    *value -= entry * own;
                }
                side[i] *= scale[i];
            }
        }
    }
}

#[cfg(test)]
#[path = "optimal_tests.rs"]
mod tests;
