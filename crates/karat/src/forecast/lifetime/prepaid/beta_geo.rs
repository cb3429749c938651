//! BG/NBD and MBG/NBD.

use super::fit::{FitOptions, LifetimeFit, Likelihood, fit};
use super::histories::Histories;
use super::sums::Sums;
use crate::numerics::special::{digamma_difference, ln_beta_ratio, ln_gamma_ratio, trigamma_difference};
use karat_scorer::Result;
use karat_scorer::numerics::{exp, ln, ln_1p};
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

/// Parts of a row that depend on its frequency alone.
pub(super) struct OfCount {
    value: f64,
    gradient: [f64; 3],
    /// r r, a a, a b, b b.
    hessian: [f64; 4],
    /// ln a - ln(b + x - 1), and 1 / (b + x - 1).
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
            let last = if x > 0.0 || self.modified { b + (x - 1.0 + more) } else { 1.0 };
            let y = x + more;
            let (both, second) = (digamma_difference(a + b, y), trigamma_difference(a + b, y));
            OfCount {
                value: ln_gamma_ratio(r, x) + ln_beta_ratio(a, b, y),
                gradient: [digamma_difference(r, x), -both, digamma_difference(b, y) - both],
                hessian: [trigamma_difference(r, x), -second, -second, trigamma_difference(b, y) - second],
                leaving: ln(a) - ln(last),
                inverse: 1.0 / last,
            }
        };
        self.rows.counts.iter().map(of).collect()
    }

    fn sum(&self, &[r, alpha, a, _]: &[f64; 4], tables: &Vec<OfCount>, rows: Range<usize>) -> Sums<4> {
        let data = self.rows;
        let (per_alpha, per_a) = (1.0 / alpha, 1.0 / a);
        let mut sums = Sums::ZERO;
        for row in rows {
            let (x, recency, age) = (data.frequency[row], data.recency[row], data.age[row]);
            let of = &tables[data.place[row] as usize];
            let rx = r + x;
            // (alpha / (alpha + T))^r (alpha + T)^-x
            let (since, late) = (ln_1p(age * per_alpha), 1.0 / (alpha + age));
            let ln_late = ln(alpha + age);
            let mut one = Sums::ZERO;
            one.value = of.value - r * since - x * ln_late;
            one.gradient = [
                of.gradient[0] - since,
                r * age * per_alpha * late - x * late,
                of.gradient[1],
                of.gradient[2],
            ];
            one.hessian[0][0] = of.hessian[0];
            one.hessian[0][1] = age * per_alpha * late;
            one.hessian[1][1] = rx * late * late - r * per_alpha * per_alpha;
            one.hessian[2][2] = of.hessian[1];
            one.hessian[2][3] = of.hessian[2];
            one.hessian[3][3] = of.hessian[3];
            if x > 0.0 || self.modified {
                let early = 1.0 / (alpha + recency);
                let silence = ln_1p((age - recency) * early);
                let d = rx * silence + of.leaving;
                let e = exp(-d.abs());
                let (gone, more) = if d > 0.0 { (1.0 / (1.0 + e), d) } else { (e / (1.0 + e), 0.0) };
                one.value += more + ln_1p(e);
                let apart = (recency - age) * early * late;
                let slope = [silence, rx * apart, per_a, -of.inverse];
                let spread = gone * (1.0 / (1.0 + e)) * if d > 0.0 { e } else { 1.0 };
                for i in 0..4 {
                    one.gradient[i] += gone * slope[i];
                    for j in i..4 {
                        one.hessian[i][j] += spread * slope[i] * slope[j];
                    }
                }
                one.hessian[0][1] += gone * apart;
                one.hessian[1][1] -= gone * rx * apart * (late + early);
                one.hessian[2][2] -= gone * per_a * per_a;
                one.hessian[3][3] += gone * of.inverse * of.inverse;
            }
            sums.add(data.weight[row], &one);
        }
        sums
    }
}
