//! BG/NBD and MBG/NBD.

use super::fit::{FitOptions, LifetimeFit, Likelihood, fit};
use super::histories::Histories;
use super::sums::{LaneSums, Sums};
use crate::numerics::special::{digamma_difference, ln_beta_ratio, ln_gamma_ratio, trigamma_difference};
use karat_scorer::numerics::{exp, ln, ln_1p};
use karat_scorer::{Isa, Kernel, Result};
use std::ops::Range;

/// Fits BG/NBD (Fader, Hardie & Lee 2005) or, `modified`, MBG/NBD (Batislam, Denizel & Filiztekin 2007): r, alpha, a, b.
///
/// # Errors
/// [`karat_scorer::Error::Argument`] for priors that are none.
///
/// ```
/// use karat::forecast::lifetime::prepaid::{FitOptions, Histories, fit_beta_geo};
/// let x = [0.0, 3.0, 1.0, 0.0, 7.0, 2.0, 0.0, 1.0];
/// let t_x = [0.0, 20.0, 5.0, 0.0, 33.0, 9.0, 0.0, 30.0];
/// let rows = Histories::new(&x, &t_x, &[38.0; 8], None)?;
/// let found = fit_beta_geo(&rows, true, &FitOptions::new())?;
/// assert!(found.log_likelihood.is_finite() && found.names == ["r", "alpha", "a", "b"]);
/// # Ok::<(), karat::Error>(())
/// ```
pub fn fit_beta_geo(rows: &Histories, modified: bool, options: &FitOptions) -> Result<LifetimeFit> {
    fit(&BetaGeoLikelihood { rows, modified }, options)
}

pub(super) struct BetaGeoLikelihood<'a> {
    pub(super) rows: &'a Histories,
    pub(super) modified: bool,
}

/// Rows side by side.
const LANES: usize = 8;

/// Parts of a row that depend on its frequency alone.
pub(super) struct OfCount {
    alone: Sums<4>,
    /// ln a - ln(b + x - 1): minus infinity where nobody can have left; and 1 / (b + x - 1).
    leaving: f64,
    inverse: f64,
}

impl Likelihood<4> for BetaGeoLikelihood<'_> {
    type Tables = Vec<OfCount>;
    const NAMES: [&'static str; 4] = ["r", "alpha", "a", "b"];

    fn size(&self) -> (usize, f64) {
        (self.rows.distinct(), self.rows.customers())
    }

    fn starts(&self) -> Vec<[f64; 4]> {
        let time = self.rows.mean_age();
        vec![
            [1.0, 0.2 * time, 1.0, 2.0],
            [0.3, 0.1 * time, 0.1, 5.0],
            [2.0, time, 5.0, 1.0],
            [1.0, 0.02 * time, 0.3, 0.3],
        ]
    }

    fn units(&self) -> [f64; 4] {
        [1.0, self.rows.mean_age(), 1.0, 1.0]
    }

    fn tables(&self, &[r, _, a, b]: &[f64; 4]) -> Vec<OfCount> {
        let more = if self.modified { 1.0 } else { 0.0 };
        let of = |&x: &f64| {
            let leaves = x > 0.0 || self.modified;
            let last = if leaves { b + (x - 1.0 + more) } else { 1.0 };
            let y = x + more;
            let (both, second) = (digamma_difference(a + b, y), trigamma_difference(a + b, y));
            let mut alone = Sums::ZERO;
            alone.value = ln_gamma_ratio(r, x) + ln_beta_ratio(a, b, y);
            alone.gradient = [digamma_difference(r, x), 0.0, -both, digamma_difference(b, y) - both];
            alone.hessian[0][0] = trigamma_difference(r, x);
            alone.hessian[2][2] = -second;
            alone.hessian[2][3] = -second;
            alone.hessian[3][3] = trigamma_difference(b, y) - second;
            let leaving = if leaves { ln(a) - ln(last) } else { f64::NEG_INFINITY };
            OfCount { alone, leaving, inverse: 1.0 / last }
        };
        self.rows.counts.iter().map(of).collect()
    }

    fn sum(&self, parameters: &[f64; 4], tables: &Vec<OfCount>, rows: Range<usize>) -> Sums<4> {
        Isa::Avx2.run(Part { data: self.rows, parameters: *parameters, tables, rows })
    }
}

/// Some rows of an evaluation.
struct Part<'a> {
    data: &'a Histories,
    parameters: [f64; 4],
    tables: &'a [OfCount],
    rows: Range<usize>,
}

impl Kernel for Part<'_> {
    type Output = Sums<4>;

    #[inline(always)]
    fn run(self) -> Sums<4> {
        let mut sums = Sums::ZERO;
        // Rows are in the order of their frequencies: what those alone decide is added once for each.
        let (data, rows) = (self.data, self.rows.clone());
        let mut start = rows.start;
        for run in data.place[rows.clone()].chunk_by(|one, next| one == next) {
            let weight: f64 = data.weight[start..start + run.len()].iter().sum();
            sums.add(weight, &self.tables[run[0] as usize].alone);
            start += run.len();
        }
        let mut lanes = LaneSums::<4, LANES>::ZERO;
        for start in rows.clone().step_by(LANES) {
            self.add(start, (rows.end - start).min(LANES), &mut lanes);
        }
        sums.add(1.0, &lanes.finish());
        sums
    }
}

impl Part<'_> {
    /// Adds what frequency, recency and age decide together.
    #[inline(always)]
    fn add(&self, start: usize, count: usize, sums: &mut LaneSums<4, LANES>) {
        let [r, alpha, a, _] = self.parameters;
        let (data, per_alpha, per_a, ln_alpha) = (self.data, 1.0 / alpha, 1.0 / a, ln(alpha));
        let (mut frequency, mut recency, mut age) = ([0.0; LANES], [0.0; LANES], [1.0; LANES]);
        let (mut weight, mut leaving, mut inverse) = ([0.0; LANES], [f64::NEG_INFINITY; LANES], [1.0; LANES]);
        for lane in 0..count {
            let row = start + lane;
            (frequency[lane], recency[lane], age[lane]) =
                (data.frequency[row], data.recency[row], data.age[row]);
            let of = &self.tables[data.place[row] as usize];
            (weight[lane], leaving[lane], inverse[lane]) = (data.weight[row], of.leaving, of.inverse);
        }
        let mut one = LaneSums::<4, LANES>::ZERO;
        for lane in 0..LANES {
            let (x, recency, age, inverse) = (frequency[lane], recency[lane], age[lane], inverse[lane]);
            let rx = r + x;
            // (alpha / (alpha + T))^(r + x) alpha^-x
            let (since, late) = (ln_1p(age * per_alpha), 1.0 / (alpha + age));
            let early = 1.0 / (alpha + recency);
            let silence = ln_1p((age - recency) * early);
            let d = rx * silence + leaving[lane];
            let e = exp(-d.abs());
            let share = 1.0 / (1.0 + e);
            let gone = if d > 0.0 { share } else { e * share };
            let spread = e * share * share;
            one.value[lane] = f64::max(d, 0.0) + ln_1p(e) - rx * since - x * ln_alpha;
            let apart = (recency - age) * early * late;
            let (slope, share_of_age) = (rx * apart, age * per_alpha * late);
            one.gradient[0][lane] = gone * silence - since;
            one.gradient[1][lane] = r * share_of_age - x * late + gone * slope;
            one.gradient[2][lane] = gone * per_a;
            one.gradient[3][lane] = -gone * inverse;
            one.hessian[0][0][lane] = spread * silence * silence;
            one.hessian[0][1][lane] = share_of_age + spread * silence * slope + gone * apart;
            one.hessian[0][2][lane] = spread * silence * per_a;
            one.hessian[0][3][lane] = -spread * silence * inverse;
            one.hessian[1][1][lane] = rx * late * late - r * per_alpha * per_alpha + spread * slope * slope
                - gone * slope * (late + early);
            one.hessian[1][2][lane] = spread * slope * per_a;
            one.hessian[1][3][lane] = -spread * slope * inverse;
            one.hessian[2][2][lane] = (spread - gone) * per_a * per_a;
            one.hessian[2][3][lane] = -spread * per_a * inverse;
            one.hessian[3][3][lane] = (spread + gone) * inverse * inverse;
        }
        sums.add(&weight, &one);
    }
}
