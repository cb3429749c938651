//! Pareto/NBD.

use super::fit::{FitOptions, LifetimeFit, Likelihood, fit};
use super::histories::Histories;
use super::sums::{Mixture, Sums};
use crate::numerics::special::{digamma_difference, gauss_legendre, ln_gamma_ratio, trigamma_difference};
use karat_scorer::Result;
use karat_scorer::numerics::{exp, exp_m1, ln, ln_1p};
use std::ops::Range;

/// Nodes of a panel: the error of the likelihood is below 1e-12 of it.
const NODES: usize = 24;
/// Log of the integrand at the ends of panels, below its peak.
const DEPTHS: [f64; 3] = [6.0, 18.0, 42.0];

/// Fits Pareto/NBD (Schmittlein, Morrison & Colombo 1987): r, alpha, s, beta.
///
/// The time of death is integrated out by Gauss and Legendre's rule in logarithms: every term is positive, so
/// that nothing cancels, and the terms with their shares give the exact derivatives.
///
/// # Errors
/// [`karat_scorer::Error::Argument`] for priors that are none.
pub fn fit_pareto_nbd(rows: &Histories, options: &FitOptions) -> Result<LifetimeFit> {
    fit(&ParetoLikelihood::new(rows), options)
}

pub(super) struct ParetoLikelihood<'a> {
    rows: &'a Histories,
    nodes: [f64; NODES],
    weights: [f64; NODES],
}

impl ParetoLikelihood<'_> {
    pub(super) fn new(rows: &Histories) -> ParetoLikelihood<'_> {
        let (node, weight) = gauss_legendre(NODES);
        let (mut nodes, mut weights) = ([0.0; NODES], [0.0; NODES]);
        nodes.copy_from_slice(&node);
        weights.copy_from_slice(&weight);
        ParetoLikelihood { rows, nodes, weights }
    }
}

/// ln Γ(r + x) - ln Γ(r) with its derivatives, for each distinct frequency.
type OfCount = [f64; 3];

impl Likelihood<4> for ParetoLikelihood<'_> {
    type Tables = Vec<OfCount>;
    const NAMES: [&'static str; 4] = ["r", "alpha", "s", "beta"];

    fn size(&self) -> (usize, f64) {
        (self.rows.distinct(), self.rows.customers())
    }

    fn starts(&self) -> Vec<[f64; 4]> {
        let time = self.rows.mean_age();
        vec![
            [1.0, 0.2 * time, 1.0, 0.5 * time],
            [0.5, 0.1 * time, 0.3, 5.0 * time],
            [2.0, time, 2.0, 0.1 * time],
            [1.0, 0.02 * time, 0.1, 0.1 * time],
        ]
    }

    fn units(&self) -> [f64; 4] {
        let time = self.rows.mean_age();
        [1.0, time, 1.0, time]
    }

    fn tables(&self, &[r, ..]: &[f64; 4]) -> Vec<OfCount> {
        let of = |&x: &f64| [ln_gamma_ratio(r, x), digamma_difference(r, x), trigamma_difference(r, x)];
        self.rows.counts.iter().map(of).collect()
    }

    fn sum(&self, parameters: &[f64; 4], tables: &Vec<OfCount>, rows: Range<usize>) -> Sums<4> {
        let mut sums = Sums::ZERO;
        let data = self.rows;
        for row in rows {
            let of = &tables[data.place[row] as usize];
            let one = self.row(parameters, of, data.frequency[row], data.recency[row], data.age[row]);
            sums.add(data.weight[row], &one);
        }
        sums
    }
}

impl ParetoLikelihood<'_> {
    /// One row, relative to being alive at T: the terms are "alive" and "died at y", each with its derivatives.
    #[inline]
    fn row(&self, parameters: &[f64; 4], of: &OfCount, x: f64, recency: f64, age: f64) -> Sums<4> {
        let &[r, alpha, s, beta] = parameters;
        let rx = r + x;
        let (late_alpha, late_beta) = (1.0 / (alpha + age), 1.0 / (beta + age));
        let mut one = if recency < age { self.died(parameters, x, recency, age) } else { Sums::ZERO };
        let (since_alpha, since_beta) = (ln_1p(age / alpha), ln_1p(age / beta));
        one.value += of[0] - r * since_alpha - x * ln(alpha + age) - s * since_beta;
        one.gradient[0] += of[1] - since_alpha;
        one.gradient[1] += r / alpha * age * late_alpha - x * late_alpha;
        one.gradient[2] -= since_beta;
        one.gradient[3] += s / beta * age * late_beta;
        one.hessian[0][0] += of[2];
        one.hessian[0][1] += age / alpha * late_alpha;
        one.hessian[1][1] += rx * late_alpha * late_alpha - r / (alpha * alpha);
        one.hessian[2][3] += age / beta * late_beta;
        one.hessian[3][3] += s * late_beta * late_beta - s / (beta * beta);
        one
    }

    /// ln(1 + the integral over the time of death, against being alive), with derivatives.
    #[inline]
    fn died(&self, &[r, alpha, s, beta]: &[f64; 4], x: f64, recency: f64, age: f64) -> Sums<4> {
        let rx = r + x;
        let least = alpha.min(beta);
        let start = least + recency;
        let length = ln_1p((age - recency) / start);
        let (to_alpha, to_beta) = (alpha + age, beta + age);
        let (ln_alpha, ln_beta, ln_s) = (ln(to_alpha), ln(to_beta), ln(s));
        let (per_alpha, per_beta) = (1.0 / to_alpha, 1.0 / to_beta);
        let of = |du: f64| {
            let y = recency + start * exp_m1(du);
            let near = ln(beta + y);
            rx * (ln_alpha - ln(alpha + y)) + s * (ln_beta - near) + (ln(least + y) - near) + ln_s
        };
        let slope = |du: f64| {
            let y = recency + start * exp_m1(du);
            1.0 - rx * ((least + y) / (alpha + y)) - (s + 1.0) * ((least + y) / (beta + y))
        };
        let cut = Panels::of(length, of, slope);
        let mut mixture = Mixture::below(cut.top.max(0.0));
        mixture.add(mixture.weigh(0.0), &[0.0; 4], &[[0.0; 4]; 4]);
        let ln_least = ln(start);
        let (per_s, per_s_squared) = (1.0 / s, 1.0 / (s * s));
        for &(low, high) in &cut.ends[..cut.count] {
            // Three loops, so that each is vector code.
            let (mut y, mut weight) = ([0.0; NODES], [0.0; NODES]);
            let (mut near_alpha, mut near_beta) = ([0.0; NODES], [0.0; NODES]);
            for k in 0..NODES {
                let du = low + (high - low) * self.nodes[k];
                y[k] = recency + start * exp_m1(du);
                // The logarithm of the smaller scale and y is the variable itself.
                let (smaller, larger) = (ln_least + du, ln(alpha.max(beta) + y[k]));
                (near_alpha[k], near_beta[k]) =
                    if alpha <= beta { (smaller, larger) } else { (larger, smaller) };
                let value = rx * (ln_alpha - near_alpha[k])
                    + s * (ln_beta - near_beta[k])
                    + (smaller - near_beta[k])
                    + ln_s;
                weight[k] = exp(value - mixture.largest()) * (high - low) * self.weights[k];
            }
            for k in 0..NODES {
                let (ay, by) = (1.0 / (alpha + y[k]), 1.0 / (beta + y[k]));
                // Derivatives against being alive, as products: (y - T) / ((alpha + T) (alpha + y)) and so on.
                let early_alpha = (y[k] - age) * per_alpha * ay;
                let early_beta = (y[k] - age) * per_beta * by;
                let gradient = [
                    ln_alpha - near_alpha[k],
                    rx * early_alpha,
                    ln_beta - near_beta[k] + per_s,
                    s * early_beta - by,
                ];
                let mut hessian = [[0.0; 4]; 4];
                hessian[0][1] = early_alpha;
                hessian[1][1] = -rx * early_alpha * (per_alpha + ay);
                hessian[2][2] = -per_s_squared;
                hessian[2][3] = early_beta;
                hessian[3][3] = by * by - s * early_beta * (per_beta + by);
                mixture.add(weight[k], &gradient, &hessian);
            }
        }
        mixture.finish()
    }
}

/// Where a log-concave function matters on 0..length, in panels.
struct Panels {
    ends: [(f64, f64); 6],
    count: usize,
    top: f64,
}

impl Panels {
    fn of(length: f64, of: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> Panels {
        let (first, last) = (of(0.0), of(length));
        let mut panels = Panels { ends: [(0.0, 0.0); 6], count: 0, top: first.max(last) };
        let falling = slope(0.0) <= 0.0;
        if falling && first - last <= DEPTHS[1] {
            panels.ends[0] = (0.0, length);
            panels.count = 1;
            return panels;
        }
        let peak = if falling {
            0.0
        } else if slope(length) >= 0.0 {
            length
        } else {
            bisect(0.0, length, |du| slope(du) > 0.0)
        };
        panels.top = of(peak);
        for side in [length, 0.0] {
            let mut from = peak;
            for depth in DEPTHS {
                if from == side {
                    break;
                }
                let deep = |du: f64| panels.top - of(du) < depth;
                let to = if deep(side) { side } else { bisect(from, side, deep) };
                panels.ends[panels.count] = (from.min(to), from.max(to));
                panels.count += 1;
                from = to;
            }
        }
        panels
    }
}

/// Where `before` ends between `from`, where it holds, and `to`; to a hundredth of the way.
fn bisect(from: f64, to: f64, before: impl Fn(f64) -> bool) -> f64 {
    let (mut near, mut far) = (from, to);
    for _ in 0..60 {
        let middle = 0.5 * (near + far);
        if before(middle) {
            near = middle;
        } else {
            far = middle;
        }
        if (far - near).abs() <= 0.01 * (far - from).abs() {
            break;
        }
    }
    far
}
