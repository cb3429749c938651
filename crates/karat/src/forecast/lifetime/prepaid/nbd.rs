//! NBD: transactions at a gamma rate, and nobody ever leaves. The baseline that the others must beat.

use super::fit::{FitOptions, LifetimeFit, Likelihood, fit};
use super::histories::Histories;
use super::sums::Sums;
use crate::numerics::special::{digamma_difference, ln_gamma, ln_gamma_ratio, trigamma_difference};
use karat_scorer::Result;
use karat_scorer::numerics::{ln, ln_1p};
use std::ops::Range;

/// Fits NBD (Ehrenberg 1959) to the numbers of transactions within T: r, alpha. Recency plays no part.
///
/// # Errors
/// [`karat_scorer::Error::Argument`] for priors that are none.
pub fn fit_nbd(rows: &Histories, options: &FitOptions) -> Result<LifetimeFit> {
    fit(&NbdLikelihood { rows }, options)
}

pub(super) struct NbdLikelihood<'a> {
    pub(super) rows: &'a Histories,
}

impl Likelihood<2> for NbdLikelihood<'_> {
    /// ln Γ(r + x) - ln Γ(r) - ln x! with its derivatives, for each distinct frequency.
    type Tables = Vec<[f64; 3]>;
    const NAMES: [&'static str; 2] = ["r", "alpha"];

    fn size(&self) -> (usize, f64) {
        (self.rows.distinct(), self.rows.customers())
    }

    fn starts(&self) -> Vec<[f64; 2]> {
        let time = self.rows.mean_age();
        let rate = (self.rows.sum(|row| self.rows.frequency[row]) / self.rows.total / time).max(1e-3 / time);
        vec![[1.0, 1.0 / rate], [0.1, 0.1 / rate], [20.0, 20.0 / rate]]
    }

    fn units(&self) -> [f64; 2] {
        [1.0, self.rows.mean_age()]
    }

    fn tables(&self, &[r, _]: &[f64; 2]) -> Vec<[f64; 3]> {
        let of = |&x: &f64| {
            let value = ln_gamma_ratio(r, x) - ln_gamma(x + 1.0);
            [value, digamma_difference(r, x), trigamma_difference(r, x)]
        };
        self.rows.counts.iter().map(of).collect()
    }

    fn sum(&self, &[r, alpha]: &[f64; 2], tables: &Vec<[f64; 3]>, rows: Range<usize>) -> Sums<2> {
        let mut sums = Sums::ZERO;
        for row in rows {
            let (x, age) = (self.rows.frequency[row], self.rows.age[row]);
            let [value, first, second] = tables[self.rows.place[row] as usize];
            let since = ln_1p(age / alpha);
            let late = 1.0 / (alpha + age);
            let share = if x > 0.0 { x * ln(age * late) } else { 0.0 };
            let mut one = Sums::ZERO;
            one.value = value - r * since + share;
            one.gradient = [first - since, r * age / alpha * late - x * late];
            one.hessian = [[second, age / alpha * late], [0.0, (r + x) * late * late - r / (alpha * alpha)]];
            sums.add(self.rows.weight[row], &one);
        }
        sums
    }
}
