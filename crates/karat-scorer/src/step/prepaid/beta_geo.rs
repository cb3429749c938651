//! BG/NBD (Fader, Hardie & Lee 2005) and MBG/NBD (Batislam, Denizel & Filiztekin 2007).

use super::History;
use super::nodes::{EIGHT, Fade, Nodes, Rule, TWELVE, TWENTY_FOUR};
use super::rows::{Ahead, Horizon, Rows};
use super::series::{MANY_TERMS, Series, TERMS, powers, series};
use crate::numerics::{exp, exp_m1, ln, ln_1p, select, sigmoid};

/// Terms of the series, at the most: reached only for horizons thousands of times the customer's age.
const MOST_TERMS: u32 = 100_000;

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

/// What the transactions to come of a customer who is alive depend on. After a time t they come at a rate of
/// `(r + x) / s (1 + t / s)^-a F(lead, a; c; t / (s + t))` with `s = alpha + T`: the published function after
/// Euler's transformation, which leaves a series that converges for every history.
struct ToCome<const N: usize> {
    lead: f64,
    /// `a + b + x`, and one more for MBG/NBD.
    c: [f64; N],
    /// `t / (s + t)` at the end.
    z: [f64; N],
    found: Series<N>,
}

impl BetaGeo {
    /// The probability that the customer has not left. In BG/NBD everybody without a repeat has 1.
    #[must_use]
    #[inline]
    pub fn p_alive(&self, history: History) -> f64 {
        let [alive] = self.alive(&Rows::one(history));
        alive
    }

    /// Transactions expected within `horizon` from now.
    #[must_use]
    pub fn expected_transactions(&self, horizon: f64, history: History) -> f64 {
        let [expected] =
            self.ahead(Horizon::new(horizon, 0.0), &Rows::one(history), &mut [[0.0]; TERMS]).expected;
        expected
    }

    /// Transactions within `horizon`, each discounted continuously at `rate` from its time to now.
    #[must_use]
    pub fn discounted_transactions(&self, rate: f64, horizon: f64, history: History) -> f64 {
        let asked = Horizon::new(horizon, rate).shortened();
        let [found] = self.ahead(asked, &Rows::one(history), &mut [[0.0]; TERMS]).discounted;
        found
    }

    #[inline(always)]
    pub(super) fn alive<const N: usize>(&self, rows: &Rows<N>) -> [f64; N] {
        let one_more = self.one_more();
        std::array::from_fn(|lane| {
            let (x, recency, age) = (rows.frequency[lane], rows.recency[lane], rows.age[lane]);
            let silence = ln_1p((age - recency) / (self.alpha + recency));
            let last = self.b + (x - 1.0 + one_more);
            let alive = sigmoid(-((self.r + x) * silence + ln(self.a / last)));
            select(x > 0.0 || self.modified, alive, 1.0)
        })
    }

    /// Everything of a few customers.
    #[inline(always)]
    pub(super) fn ahead<const N: usize>(
        &self,
        asked: Horizon,
        rows: &Rows<N>,
        terms: &mut [[f64; N]; TERMS],
    ) -> Ahead<N> {
        let alive = self.alive(rows);
        if asked.end <= 0.0 {
            return Ahead { alive, expected: [0.0; N], discounted: [0.0; N] };
        }
        let scale = rows.age.map(|age| self.alpha + age);
        let length = scale.map(|scale| ln_1p(asked.end / scale));
        let z = scale.map(|scale| asked.end / (scale + asked.end));
        let lead = self.a + self.b - 1.0 - self.r + self.one_more();
        let c = rows.frequency.map(|x| self.a + self.b + (x + self.one_more()));
        let mut to_come = ToCome { lead, c, z, found: series(lead, self.a, &c, &z, terms) };
        for lane in 0..N {
            if !to_come.found.whole[lane] {
                to_come.found.sum[lane] = self.long_sum(lead, c[lane], z[lane]);
            }
        }
        let mut expected = self.counted(&to_come, &length);
        let mut discounted = expected;
        if asked.rate > 0.0 {
            let decay = scale.map(|scale| asked.rate * scale);
            let fade = Fade { length, slope: 1.0 - self.a, decay };
            discounted = self.discounted(&fade, asked, &to_come, terms);
            for lane in 0..N {
                discounted[lane] *= self.r + rows.frequency[lane];
            }
        }
        for lane in 0..N {
            expected[lane] *= alive[lane];
            discounted[lane] *= alive[lane];
        }
        Ahead { alive, expected, discounted }
    }

    /// Transactions of customers who are alive, from the sums. The published form is singular at `a = 1`; the
    /// singular part is here an `exp_m1` of its own.
    #[inline(always)]
    fn counted<const N: usize>(&self, to_come: &ToCome<N>, length: &[f64; N]) -> [f64; N] {
        let e = self.a - 1.0;
        std::array::from_fn(|lane| {
            let length = length[lane];
            let first = if e == 0.0 { length } else { -exp_m1(-e * length) / e };
            let counted = (to_come.c[lane] - 1.0) * first - exp(-e * length) * to_come.found.sum[lane];
            // Rounding could leave a tiny negative number where almost nothing is expected.
            f64::max(counted, 0.0)
        })
    }

    /// The integral of the discounted rate over the time ahead, for a first rate of 1 in units of the scale.
    #[inline(always)]
    fn discounted<const N: usize>(
        &self,
        fade: &Fade<N>,
        asked: Horizon,
        to_come: &ToCome<N>,
        terms: &[[f64; N]; TERMS],
    ) -> [f64; N] {
        let nodes = fade.nodes(asked.fall());
        let all = to_come.found.whole.iter().all(|whole| *whole);
        let terms = &terms[..to_come.found.count];
        if all && nodes.iter().all(|nodes| *nodes == Nodes::Eight) {
            return over(fade, &EIGHT, (0, 1), &to_come.z, terms);
        }
        if all && nodes.iter().all(|nodes| *nodes == Nodes::Twelve) {
            return over(fade, &TWELVE, (0, 1), &to_come.z, terms);
        }
        // Rows of different kinds go on alone.
        std::array::from_fn(|lane| {
            let (fade, z) = (fade.of(lane), to_come.z[lane]);
            if !to_come.found.whole[lane] {
                return self.long_integral(&fade, nodes[lane], to_come.lead, to_come.c[lane], z);
            }
            let mut own = [[0.0]; TERMS];
            for (own, terms) in own.iter_mut().zip(terms) {
                *own = [terms[lane]];
            }
            integral(&fade, nodes[lane], z, &own[..terms.len()])
        })
    }

    #[inline(always)]
    fn one_more(&self) -> f64 {
        if self.modified { 1.0 } else { 0.0 }
    }

    /// The sum of [`Series`] where its terms do not suffice.
    #[cold]
    #[inline(never)]
    fn long_sum(&self, lead: f64, c: f64, z: f64) -> f64 {
        let (mut term, mut sum, mut n) = (lead * z, 0.0, 1.0);
        for _ in 0..MOST_TERMS {
            sum += term;
            if term.abs() <= 1e-17 * f64::abs(sum) {
                break;
            }
            term *= (lead + n) * (self.a + n - 1.0) / ((c + n - 1.0) * (n + 1.0)) * z;
            n += 1.0;
        }
        sum
    }

    /// The integral where the terms for rows side by side do not suffice.
    #[cold]
    #[inline(never)]
    fn long_integral(&self, fade: &Fade<1>, nodes: Nodes, lead: f64, c: f64, z: f64) -> f64 {
        let mut terms = [[0.0]; MANY_TERMS];
        let found = series(lead, self.a, &[c], &[z], &mut terms);
        if found.whole == [true] {
            return integral(fade, nodes, z, &terms[..found.count]);
        }
        let Nodes::TwentyFour(panels) = nodes else {
            return self.long_integral_over(fade, 1, lead, c);
        };
        self.long_integral_over(fade, panels, lead, c)
    }

    fn long_integral_over(&self, fade: &Fade<1>, panels: u32, lead: f64, c: f64) -> f64 {
        let mut sum = 0.0;
        for panel in 0..panels {
            let at = fade.at(&TWENTY_FOUR, panel, panels);
            for (growth, weight) in at.growth.iter().zip(at.weight) {
                let z = growth[0] / (1.0 + growth[0]);
                let (mut term, mut value, mut n) = (1.0, 0.0, 0.0);
                for _ in 0..MOST_TERMS {
                    value += term;
                    if f64::abs(term) <= 1e-17 * f64::abs(value) {
                        break;
                    }
                    term *= (lead + n) * (self.a + n) / ((c + n) * (n + 1.0)) * z;
                    n += 1.0;
                }
                sum += weight[0] * value;
            }
        }
        sum
    }
}

/// The integral of one row, with its own number of nodes.
fn integral(fade: &Fade<1>, nodes: Nodes, z: f64, terms: &[[f64; 1]]) -> f64 {
    let [found] = match nodes {
        Nodes::Eight => over(fade, &EIGHT, (0, 1), &[z], terms),
        Nodes::Twelve => over(fade, &TWELVE, (0, 1), &[z], terms),
        Nodes::TwentyFour(panels) => {
            let mut sum = 0.0;
            for panel in 0..panels {
                let [part] = over(fade, &TWENTY_FOUR, (panel, panels), &[z], terms);
                sum += part;
            }
            [sum]
        }
    };
    found
}

/// One panel of so many.
#[inline(always)]
fn over<const N: usize, const K: usize>(
    fade: &Fade<N>,
    rule: &Rule<K>,
    (panel, panels): (u32, u32),
    z: &[f64; N],
    terms: &[[f64; N]],
) -> [f64; N] {
    let mut at = fade.at(rule, panel, panels);
    for growth in &mut at.growth {
        for lane in 0..N {
            // Powers are of the place relative to the end's, which the terms are for.
            let place = growth[lane] / (1.0 + growth[lane]) / z[lane];
            growth[lane] = select(z[lane] > 0.0, place, 0.0);
        }
    }
    let mut sum = [0.0; N];
    let mut add = |value: &[f64; N], weight: &[f64; N]| {
        for lane in 0..N {
            sum[lane] += weight[lane] * value[lane];
        }
    };
    if N == 1 {
        let values = powers(terms, &at.growth);
        values.iter().zip(&at.weight).for_each(|(value, weight)| add(value, weight));
    } else {
        // Two nodes of eight rows are what the registers hold.
        for (places, weights) in at.growth.as_chunks::<2>().0.iter().zip(at.weight.as_chunks::<2>().0) {
            let values = powers(terms, places);
            values.iter().zip(weights).for_each(|(value, weight)| add(value, weight));
        }
    }
    sum
}
