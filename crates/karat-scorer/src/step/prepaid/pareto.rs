//! Pareto/NBD (Schmittlein, Morrison & Colombo 1987).

use super::History;
use super::death::odds_by_quadrature;
use super::nodes::{EIGHT, Fade, Nodes, Rule, TWELVE, TWENTY_FOUR};
use super::rows::{Ahead, Horizon, Rows};
use super::series::fraction;
use crate::numerics::{exp, exp_m1, ln_1p};

/// Transactions at a gamma rate until the customer leaves, at another gamma rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    /// Shape of the rates of transactions.
    pub r: f64,
    /// Scale of them.
    pub alpha: f64,
    /// Shape of the rates of leaving.
    pub s: f64,
    /// Scale of them.
    pub beta: f64,
}

impl ParetoNbd {
    /// The probability that the customer has not left.
    #[must_use]
    pub fn p_alive(&self, history: History) -> f64 {
        let [alive] = self.alive(&Rows::one(history));
        alive
    }

    /// Transactions expected within `horizon` from now.
    #[must_use]
    pub fn expected_transactions(&self, horizon: f64, history: History) -> f64 {
        let [expected] = self.ahead(Horizon::new(horizon, 0.0), &Rows::one(history)).expected;
        expected
    }

    /// Transactions within `horizon`, each discounted continuously at `rate` from its time to now; for an
    /// infinite horizon the discounted expected residual transactions (Fader, Hardie & Lee 2005).
    #[must_use]
    pub fn discounted_transactions(&self, rate: f64, horizon: f64, history: History) -> f64 {
        let [found] = self.ahead(Horizon::new(horizon, rate).shortened(), &Rows::one(history)).discounted;
        found
    }

    /// Having left since the last transaction, against being alive, is the difference of two tails:
    /// `s / k (R G(t_x) - G(T))` with `k = r + s + x`, R the chance of no transaction and of staying until `t_x`
    /// against the same until T, and G a hypergeometric function after Euler's transformation. `s / k G` is
    /// between 0 and 1, so that what cancels is less than the rounding of the probability.
    #[inline(always)]
    pub(super) fn alive<const N: usize>(&self, rows: &Rows<N>) -> [f64; N] {
        let ParetoNbd { r, alpha, s, beta } = *self;
        let active_longer = alpha >= beta;
        let (least, most) = (alpha.min(beta), alpha.max(beta));
        let (mut q, mut k, mut rest) = ([0.0; N], [0.0; N], [0.0; N]);
        let (mut far, mut near) = ([0.0; N], [0.0; N]);
        for lane in 0..N {
            let rx = r + rows.frequency[lane];
            k[lane] = rx + s;
            (q[lane], rest[lane]) = if active_longer { (rx, s) } else { (s + 1.0, rx - 1.0) };
            far[lane] = (most - least) / (most + rows.recency[lane]);
            near[lane] = (most - least) / (most + rows.age[lane]);
        }
        let ([mut early, mut late], whole) = fraction(&q, &k, &rest, [far, near]);
        let mut alive = [0.0; N];
        for lane in 0..N {
            let (x, recency, age) = (rows.frequency[lane], rows.recency[lane], rows.age[lane]);
            if !active_longer {
                early[lane] *= (alpha + recency) / (beta + recency);
                late[lane] *= (alpha + age) / (beta + age);
            }
            let silence = (r + x) * ln_1p((age - recency) / (alpha + recency))
                + s * ln_1p((age - recency) / (beta + recency));
            let odds = s / k[lane] * (exp(silence) * early[lane] - late[lane]);
            alive[lane] = 1.0 / (1.0 + f64::max(odds, 0.0));
        }
        for lane in 0..N {
            if !whole[lane] {
                alive[lane] = 1.0 / (1.0 + odds_by_quadrature(self, rows.of(lane)));
            }
        }
        alive
    }

    /// Everything of a few customers.
    #[inline(always)]
    pub(super) fn ahead<const N: usize>(&self, asked: Horizon, rows: &Rows<N>) -> Ahead<N> {
        let alive = self.alive(rows);
        if asked.end <= 0.0 {
            return Ahead { alive, expected: [0.0; N], discounted: [0.0; N] };
        }
        let slope = 1.0 - self.s;
        let mut length = [0.0; N];
        let (mut front, mut expected) = ([0.0; N], [0.0; N]);
        for lane in 0..N {
            let late = self.beta + rows.age[lane];
            length[lane] = ln_1p(asked.end / late);
            let rate = (self.r + rows.frequency[lane]) / (self.alpha + rows.age[lane]);
            front[lane] = alive[lane] * rate * late;
            let share = if slope == 0.0 { length[lane] } else { exp_m1(slope * length[lane]) / slope };
            expected[lane] = front[lane] * share;
        }
        let mut discounted = expected;
        if asked.rate > 0.0 {
            let decay = rows.age.map(|age| asked.rate * (self.beta + age));
            discounted = discounted_share(&Fade { length, slope, decay }, asked);
            for lane in 0..N {
                discounted[lane] *= front[lane];
            }
        }
        Ahead { alive, expected, discounted }
    }
}

/// The integral of the discounted rate, for a first rate of 1.
#[inline(always)]
fn discounted_share<const N: usize>(fade: &Fade<N>, asked: Horizon) -> [f64; N] {
    let nodes = fade.nodes(asked.fall());
    if nodes.iter().all(|nodes| *nodes == Nodes::Eight) {
        return over(fade, &EIGHT, 0, 1);
    }
    if nodes.iter().all(|nodes| *nodes == Nodes::Twelve) {
        return over(fade, &TWELVE, 0, 1);
    }
    std::array::from_fn(|lane| alone(&fade.of(lane), nodes[lane]))
}

/// A row whose number of nodes is not that of its neighbours.
#[inline(never)]
fn alone(fade: &Fade<1>, nodes: Nodes) -> f64 {
    let [found] = match nodes {
        Nodes::Eight => over(fade, &EIGHT, 0, 1),
        Nodes::Twelve => over(fade, &TWELVE, 0, 1),
        Nodes::TwentyFour(panels) => {
            let mut sum = 0.0;
            for panel in 0..panels {
                let [part] = over(fade, &TWENTY_FOUR, panel, panels);
                sum += part;
            }
            [sum]
        }
    };
    found
}

#[inline(always)]
fn over<const N: usize, const K: usize>(fade: &Fade<N>, rule: &Rule<K>, panel: u32, panels: u32) -> [f64; N] {
    let mut sum = [0.0; N];
    for weight in &fade.at(rule, panel, panels).weight {
        for lane in 0..N {
            sum[lane] += weight[lane];
        }
    }
    sum
}
