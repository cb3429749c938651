//! Pareto/NBD.

use super::fit::{FitOptions, LifetimeFit, Likelihood, fit};
use super::histories::Histories;
use super::sums::{LaneSums, Mixture, Sums};
use crate::numerics::special::{digamma_difference, gauss_legendre, ln_gamma_ratio, trigamma_difference};
use karat_scorer::numerics::{exp, exp_m1, ln, ln_1p};
use karat_scorer::{Isa, Kernel, Result};
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
    eight: Rule<8>,
    twelve: Rule<12>,
    sixteen: Rule<16>,
    all: Rule<NODES>,
}

/// Nodes and weights on (0, 1).
struct Rule<const K: usize> {
    nodes: [f64; K],
    weights: [f64; K],
}

impl<const K: usize> Rule<K> {
    fn new() -> Rule<K> {
        let (node, weight) = gauss_legendre(K);
        let (mut nodes, mut weights) = ([0.0; K], [0.0; K]);
        nodes.copy_from_slice(&node);
        weights.copy_from_slice(&weight);
        Rule { nodes, weights }
    }
}

impl ParetoLikelihood<'_> {
    pub(super) fn new(rows: &Histories) -> ParetoLikelihood<'_> {
        ParetoLikelihood {
            rows,
            eight: Rule::new(),
            twelve: Rule::new(),
            sixteen: Rule::new(),
            all: Rule::new(),
        }
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
        Isa::Avx2.run(Part { likelihood: self, parameters, tables, rows })
    }
}

/// Some rows of an evaluation.
struct Part<'a> {
    likelihood: &'a ParetoLikelihood<'a>,
    parameters: &'a [f64; 4],
    tables: &'a [OfCount],
    rows: Range<usize>,
}

impl Kernel for Part<'_> {
    type Output = Sums<4>;

    #[inline(always)]
    fn run(self) -> Sums<4> {
        let mut sums = Sums::ZERO;
        let data = self.likelihood.rows;
        let logs = self.parameters.map(ln);
        for row in self.rows {
            let of = &self.tables[data.place[row] as usize];
            let history = (data.frequency[row], data.recency[row], data.age[row]);
            let one = self.likelihood.row(self.parameters, &logs, of, history);
            sums.add(data.weight[row], &one);
        }
        sums
    }
}

/// The rate of death at y against being alive at T, for one row.
struct Death {
    rx: f64,
    alpha: f64,
    s: f64,
    beta: f64,
    recency: f64,
    age: f64,
    /// The smaller scale and the recency, where the variable begins.
    start: f64,
    ln_start: f64,
    ln_s: f64,
    /// ln(alpha + T), ln(beta + T).
    late: [f64; 2],
}

impl ParetoLikelihood<'_> {
    /// One row, relative to being alive at T: the terms are "alive" and "died at y", each with its derivatives.
    #[inline(always)]
    fn row(
        &self,
        &[r, alpha, s, beta]: &[f64; 4],
        logs: &[f64; 4],
        of: &OfCount,
        (x, recency, age): (f64, f64, f64),
    ) -> Sums<4> {
        let rx = r + x;
        let (late_alpha, late_beta) = (1.0 / (alpha + age), 1.0 / (beta + age));
        let (since_alpha, since_beta) = (ln_1p(age / alpha), ln_1p(age / beta));
        let late = [logs[1] + since_alpha, logs[3] + since_beta];
        let mut one = if recency < age {
            let start = alpha.min(beta) + recency;
            let death =
                Death { rx, alpha, s, beta, recency, age, start, ln_start: ln(start), ln_s: logs[2], late };
            self.died(&death)
        } else {
            Sums::ZERO
        };
        one.value += of[0] - r * since_alpha - x * late[0] - s * since_beta;
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
    ///
    /// Where the integrand falls little over a short length, fewer nodes do: with n of them the error is about
    /// `(M / 4)^2n / (2n)!` of the integral for a fall by M, and `(L / 12)^2n` for a length L.
    #[inline(always)]
    fn died(&self, death: &Death) -> Sums<4> {
        let length = ln_1p((death.age - death.recency) / death.start);
        let (first, last) = (death.at_start(), death.at_end());
        let (slope, steepest) = (death.slope(death.recency), death.slope(death.age));
        if slope <= 0.0 && first - last <= DEPTHS[1] {
            let mut mixture = alive(first.max(0.0));
            let steep = -steepest * length;
            if length <= 1.25 && steep <= 3.0 {
                death.panel(&self.eight, (0.0, length), &mut mixture);
            } else if length <= 2.0 && steep <= 8.0 {
                death.panel(&self.twelve, (0.0, length), &mut mixture);
            } else if length <= 3.0 && steep <= 14.0 {
                death.panel(&self.sixteen, (0.0, length), &mut mixture);
            } else {
                death.panel(&self.all, (0.0, length), &mut mixture);
            }
            return mixture.finish();
        }
        self.died_in_panels(death, length)
    }

    #[inline(never)]
    fn died_in_panels(&self, death: &Death, length: f64) -> Sums<4> {
        let y = |du: f64| death.recency + death.start * exp_m1(du);
        let cut = Panels::of(length, |du| death.logarithm(y(du)), |du| death.slope(y(du)));
        let mut mixture = alive(cut.top.max(0.0));
        for &ends in &cut.ends[..cut.count] {
            death.panel(&self.all, ends, &mut mixture);
        }
        mixture.finish()
    }
}

/// The term of being alive.
fn alive(largest: f64) -> Mixture<4> {
    let mut mixture = Mixture::below(largest);
    mixture.add(mixture.weigh(0.0), &[0.0; 4], &[[0.0; 4]; 4]);
    mixture
}

impl Death {
    /// The logarithm of the rate for each unit of the variable, ln(the smaller scale + y).
    fn logarithm(&self, y: f64) -> f64 {
        let near = ln(self.beta + y);
        self.rx * (self.late[0] - ln(self.alpha + y))
            + self.s * (self.late[1] - near)
            + (ln(self.alpha.min(self.beta) + y) - near)
            + self.ln_s
    }

    #[inline(always)]
    fn at_start(&self) -> f64 {
        let other = ln(self.alpha.max(self.beta) + self.recency);
        let (near_alpha, near_beta) =
            if self.alpha <= self.beta { (self.ln_start, other) } else { (other, self.ln_start) };
        self.rx * (self.late[0] - near_alpha)
            + self.s * (self.late[1] - near_beta)
            + (self.ln_start - near_beta)
            + self.ln_s
    }

    #[inline(always)]
    fn at_end(&self) -> f64 {
        f64::min(self.late[0], self.late[1]) - self.late[1] + self.ln_s
    }

    /// Its slope.
    #[inline(always)]
    fn slope(&self, y: f64) -> f64 {
        let least = self.alpha.min(self.beta) + y;
        1.0 - self.rx * (least / (self.alpha + y)) - (self.s + 1.0) * (least / (self.beta + y))
    }

    /// Adds the terms of one panel.
    #[inline(always)]
    fn panel<const K: usize>(&self, rule: &Rule<K>, (low, high): (f64, f64), mixture: &mut Mixture<4>) {
        let &Death { rx, alpha, s, beta, recency, age, start, ln_start, ln_s, late } = self;
        let most = alpha.max(beta);
        let (width, largest) = (high - low, mixture.largest());
        let (mut y, mut weight) = ([0.0; K], [0.0; K]);
        let (mut early_alpha, mut early_beta) = ([0.0; K], [0.0; K]);
        for k in 0..K {
            let du = low + width * rule.nodes[k];
            y[k] = recency + start * exp_m1(du);
            // The logarithm of the smaller scale and y is the variable itself.
            let (smaller, larger) = (ln_start + du, ln(most + y[k]));
            let near_alpha = if alpha <= beta { smaller } else { larger };
            let near_beta = if alpha <= beta { larger } else { smaller };
            (early_alpha[k], early_beta[k]) = (late[0] - near_alpha, late[1] - near_beta);
            let value = rx * early_alpha[k] + s * early_beta[k] + (smaller - near_beta) + ln_s;
            weight[k] = exp(value - largest) * (width * rule.weights[k]);
        }
        let (per_alpha, per_beta, per_s) = (1.0 / (alpha + age), 1.0 / (beta + age), 1.0 / s);
        let mut sums = LaneSums::<4, 4>::ZERO;
        for group in 0..K / 4 {
            let mut one = LaneSums::<4, 4>::ZERO;
            for lane in 0..4 {
                let k = 4 * group + lane;
                let (ay, by) = (1.0 / (alpha + y[k]), 1.0 / (beta + y[k]));
                // Derivatives against being alive, as products: (y - T) / ((alpha + T) (alpha + y)) and so on.
                let apart_alpha = (y[k] - age) * per_alpha * ay;
                let apart_beta = (y[k] - age) * per_beta * by;
                let gradient = [early_alpha[k], rx * apart_alpha, early_beta[k] + per_s, s * apart_beta - by];
                one.value[lane] = 1.0;
                for i in 0..4 {
                    one.gradient[i][lane] = gradient[i];
                    for j in i..4 {
                        one.hessian[i][j][lane] = gradient[i] * gradient[j];
                    }
                }
                one.hessian[0][1][lane] += apart_alpha;
                one.hessian[1][1][lane] -= rx * apart_alpha * (per_alpha + ay);
                one.hessian[2][2][lane] -= per_s * per_s;
                one.hessian[2][3][lane] += apart_beta;
                one.hessian[3][3][lane] += by * by - s * apart_beta * (per_beta + by);
            }
            let weight = std::array::from_fn(|lane| weight[4 * group + lane]);
            sums.add(&weight, &one);
        }
        mixture.add_sums(&sums.finish());
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
