//! BG/BB: transactions in some of a number of equal periods.

use super::fit::{FitOptions, LifetimeFit, Likelihood, fit};
use super::histories::Histories;
use super::sums::{Mixture, Sums};
use crate::numerics::special::{digamma_difference, ln_gamma_ratio, trigamma_difference};
use karat_scorer::numerics::ln;
use karat_scorer::{Error, Problem, Result};
use std::ops::Range;

/// Most periods of a history: more are better told as continuous time.
const PERIODS: f64 = 10_000.0;

/// Fits BG/BB (Fader, Hardie & Shang 2010): alpha, beta, gamma, delta. Times are numbers of periods, and
/// `frequency` the number of periods with a transaction.
///
/// # Errors
/// [`Error::Data`] naming rows whose times are not whole numbers of periods, with more transactions than
/// periods until the last one, or with more than 10,000 periods; [`Error::Argument`] for priors that are none.
pub fn fit_beta_geo_beta_binomial(rows: &Histories, options: &FitOptions) -> Result<LifetimeFit> {
    let mut faults = Vec::new();
    let mut note = |what: &str, remedy: &str, wrong: &dyn Fn(usize) -> bool| {
        if let Some(row) = (0..rows.distinct()).find(|&row| wrong(row)) {
            let shown = format!(
                "{what}: frequency {}, recency {}, T {}",
                rows.frequency[row], rows.recency[row], rows.age[row]
            );
            faults.push(Problem::new("", shown, remedy));
        }
    };
    let whole = |row: usize| rows.recency[row].fract() == 0.0 && rows.age[row].fract() == 0.0;
    note("times are not whole numbers of periods", "count periods, or fit Pareto/NBD", &|row| !whole(row));
    note("more transactions than periods", "count the periods with a transaction", &|row| {
        rows.frequency[row] > rows.recency[row]
    });
    note("more than 10,000 periods", "use longer periods, or fit Pareto/NBD", &|row| rows.age[row] > PERIODS);
    if !faults.is_empty() {
        return Err(Error::Data(faults));
    }
    fit(&PeriodLikelihood { rows }, options)
}

pub(super) struct PeriodLikelihood<'a> {
    pub(super) rows: &'a Histories,
}

impl Likelihood<4> for PeriodLikelihood<'_> {
    type Tables = ();
    const NAMES: [&'static str; 4] = ["alpha", "beta", "gamma", "delta"];

    fn size(&self) -> (usize, f64) {
        (self.rows.distinct(), self.rows.customers())
    }

    fn starts(&self) -> Vec<[f64; 4]> {
        vec![[1.0, 1.0, 1.0, 3.0], [0.3, 1.0, 0.1, 5.0], [3.0, 3.0, 3.0, 3.0]]
    }

    fn units(&self) -> [f64; 4] {
        [1.0; 4]
    }

    fn tables(&self, _: &[f64; 4]) {}

    fn sum(&self, parameters: &[f64; 4], (): &(), rows: Range<usize>) -> Sums<4> {
        let mut sums = Sums::ZERO;
        for row in rows {
            let one =
                period_row(parameters, self.rows.frequency[row], self.rows.recency[row], self.rows.age[row]);
            sums.add(self.rows.weight[row], &one);
        }
        sums
    }
}

/// One row: being active in the last period, times 1 + having left after each period since the last transaction.
fn period_row(&[alpha, beta, gamma, delta]: &[f64; 4], x: f64, recency: f64, n: f64) -> Sums<4> {
    let (ab, gd) = (alpha + beta, gamma + delta);
    let mut one = left_since(&[alpha, beta, gamma, delta], x, recency, n);
    let missed = n - x;
    one.value += ln_gamma_ratio(alpha, x) + ln_gamma_ratio(beta, missed) - ln_gamma_ratio(ab, n)
        + ln_gamma_ratio(delta, n)
        - ln_gamma_ratio(gd, n);
    let (both, stay) = (digamma_difference(ab, n), digamma_difference(gd, n));
    one.gradient[0] += digamma_difference(alpha, x) - both;
    one.gradient[1] += digamma_difference(beta, missed) - both;
    one.gradient[2] -= stay;
    one.gradient[3] += digamma_difference(delta, n) - stay;
    let (both, stay) = (trigamma_difference(ab, n), trigamma_difference(gd, n));
    one.hessian[0][0] += trigamma_difference(alpha, x) - both;
    one.hessian[0][1] -= both;
    one.hessian[1][1] += trigamma_difference(beta, missed) - both;
    one.hessian[2][2] -= stay;
    one.hessian[2][3] -= stay;
    one.hessian[3][3] += trigamma_difference(delta, n) - stay;
    one
}

/// ln(1 + the sum over periods after which the customer may have left), against being active, with derivatives.
fn left_since(&[alpha, beta, gamma, delta]: &[f64; 4], x: f64, recency: f64, n: f64) -> Sums<4> {
    // Each term is the one after it times two fractions; the largest logarithm is not known before the sum.
    let mut logarithm = 0.0;
    let mut largest = 0.0_f64;
    let mut j = n - 1.0;
    while j >= recency {
        let late = gamma + delta + j;
        logarithm += ln((alpha + beta + j) / (beta + (j - x)) * (late / (delta + j)));
        largest = largest.max(logarithm + ln(gamma / late));
        j -= 1.0;
    }
    let mut mixture = Mixture::below(largest);
    mixture.add(mixture.weigh(0.0), &[0.0; 4], &[[0.0; 4]; 4]);
    let (mut gradient, mut hessian) = ([0.0; 4], [[0.0; 4]; 4]);
    logarithm = 0.0;
    j = n - 1.0;
    while j >= recency {
        let (ab, miss, late, stay) =
            (1.0 / (alpha + beta + j), 1.0 / (beta + (j - x)), 1.0 / (gamma + delta + j), 1.0 / (delta + j));
        logarithm += ln(miss / ab * (stay / late));
        gradient[0] += ab;
        gradient[1] += ab - miss;
        gradient[2] += late;
        gradient[3] += late - stay;
        hessian[0][0] -= ab * ab;
        hessian[0][1] -= ab * ab;
        hessian[1][1] += miss * miss - ab * ab;
        hessian[2][2] -= late * late;
        hessian[2][3] -= late * late;
        hessian[3][3] += stay * stay - late * late;
        // And leaving just after it: gamma / (gamma + delta + j).
        let (mut first, mut second) = (gradient, hessian);
        first[2] += 1.0 / gamma - late;
        first[3] -= late;
        second[2][2] += late * late - 1.0 / (gamma * gamma);
        second[2][3] += late * late;
        second[3][3] += late * late;
        mixture.add(mixture.weigh(logarithm + ln(gamma * late)), &first, &second);
        j -= 1.0;
    }
    mixture.finish()
}
