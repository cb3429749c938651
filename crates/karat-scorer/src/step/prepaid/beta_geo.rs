//! BG/NBD (Fader, Hardie & Lee 2005) and MBG/NBD (Batislam, Denizel & Filiztekin 2007).

use super::History;
use super::nodes::{COUNT, NODES, WEIGHTS, integrate};
use crate::numerics::{exp, exp_m1, ln, ln_1p, sigmoid};

/// Terms of the series, at the most: reached only for horizons thousands of times the customer's age.
const TERMS: u32 = 100_000;

/// Terms that serve all nodes of a quadrature, at the most.
const SHARED_TERMS: usize = 96;

/// Transactions at a gamma rate; after each one the customer leaves for good with a beta probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaGeo {
    /// Shape of the rates.
    pub r: f64,
    /// Scale of the rates: their mean is `r / alpha`.
    pub alpha: f64,
    /// First parameter of the probabilities of leaving.
    pub a: f64,
    /// Second parameter of them.
    pub b: f64,
    /// Whether a customer may leave right after the first transaction too (MBG/NBD).
    pub modified: bool,
}

impl BetaGeo {
    /// The probability that the customer has not left. In BG/NBD everybody without a repeat has 1.
    #[must_use]
    #[inline]
    pub fn p_alive(&self, history: History) -> f64 {
        let History { frequency: x, recency, age } = history;
        let last = if self.modified {
            self.b + x
        } else if x > 0.0 {
            self.b + (x - 1.0)
        } else {
            return 1.0;
        };
        let silence = ln_1p((age - recency) / (self.alpha + recency));
        sigmoid(-((self.r + x) * silence + ln(self.a / last)))
    }

    /// Transactions expected within `horizon` from now.
    #[must_use]
    #[inline]
    pub fn expected_transactions(&self, horizon: f64, history: History) -> f64 {
        self.p_alive(history) * self.while_alive(horizon, history.frequency, history.age)
    }

    /// Transactions within `horizon`, each discounted continuously at `rate` from its time to now.
    ///
    /// By parts: `e^-dH E(H) + d` times the integral of `e^-dt E(t)`, by quadrature in `ln(1 + t / (alpha + T))`.
    #[must_use]
    pub fn discounted_transactions(&self, rate: f64, horizon: f64, history: History) -> f64 {
        let (x, age) = (history.frequency, history.age);
        let alive = self.p_alive(history);
        // Beyond 40 / rate the discount is below 1e-17.
        let end = if rate > 0.0 { horizon.min(40.0 / rate) } else { horizon };
        if rate <= 0.0 || end <= 0.0 {
            return alive * self.while_alive(end, x, age);
        }
        let scale = self.alpha + age;
        let length = ln_1p(end / scale);
        let inner = self.discounted_over(length, rate * scale, x).unwrap_or_else(|| {
            integrate(0.0, length, 2.0, |u| {
                let t = scale * exp_m1(u);
                exp(u - rate * t) * self.while_alive(t, x, age)
            })
        });
        let last = exp(-rate * end) * self.while_alive(end, x, age);
        alive * (last + rate * scale * inner)
    }

    /// The integral of `discounted_transactions` over one panel, where a few terms of the series do for all nodes: its
    /// coefficients depend on the history alone. None for a longer horizon.
    fn discounted_over(&self, length: f64, discount: f64, x: f64) -> Option<f64> {
        if length > 2.0 {
            return None;
        }
        let one_more = if self.modified { 1.0 } else { 0.0 };
        let e = self.a - 1.0;
        let c = self.a + self.b + (x - 1.0 + one_more);
        let lead = self.a + self.b - 1.0 - self.r + one_more;
        let farthest = -exp_m1(-length);
        let mut coefficients = [0.0; SHARED_TERMS];
        let (mut coefficient, mut power, mut size, mut count) = (lead, farthest, 0.0, 0);
        loop {
            *coefficients.get_mut(count)? = coefficient;
            count += 1;
            let term = (coefficient * power).abs();
            size += term;
            if term <= 1e-17 * size {
                break;
            }
            let n = count as f64;
            coefficient *= (lead + n) * (self.a + n - 1.0) / ((c + n) * (n + 1.0));
            power *= farthest;
        }
        // All nodes side by side, so that the sums are vector code; 1 - z is e^-u.
        let z: [f64; COUNT] = std::array::from_fn(|node| -exp_m1(-length * NODES[node]));
        let mut sums = [0.0; COUNT];
        for coefficient in coefficients[..count].iter().rev() {
            for node in 0..COUNT {
                sums[node] = (sums[node] + coefficient) * z[node];
            }
        }
        let mut integral = 0.0;
        for node in 0..COUNT {
            let u = length * NODES[node];
            let first = if e == 0.0 { u } else { -exp_m1(-e * u) / e };
            let expected = (c * first - exp(-e * u) * sums[node]).max(0.0);
            integral += WEIGHTS[node] * exp(u - discount * exp_m1(u)) * expected;
        }
        Some(integral * length)
    }

    /// Transactions expected within `horizon` of a customer known to be alive.
    ///
    /// The published form is a difference of a hypergeometric function that is singular at `a = 1`; Euler's
    /// transformation takes the singular part out, and leaves a series that converges for every history.
    fn while_alive(&self, horizon: f64, x: f64, age: f64) -> f64 {
        let z = horizon / (self.alpha + age + horizon);
        if z <= 0.0 {
            return 0.0;
        }
        let one_more = if self.modified { 1.0 } else { 0.0 };
        let e = self.a - 1.0;
        let c = self.a + self.b + (x - 1.0 + one_more);
        let lead = self.a + self.b - 1.0 - self.r + one_more;
        let left = ln_1p(-z);
        let first = if e == 0.0 { -left } else { -exp_m1(e * left) / e };
        let (mut term, mut sum) = (lead * z, 0.0);
        let mut n = 1.0;
        for _ in 0..TERMS {
            sum += term;
            if term.abs() <= 1e-17 * sum.abs() {
                break;
            }
            term *= (lead + n) * (self.a + n - 1.0) / ((c + n) * (n + 1.0)) * z;
            n += 1.0;
        }
        // Rounding could leave a tiny negative number where almost nothing is expected.
        (c * first - exp(e * left) * sum).max(0.0)
    }
}
