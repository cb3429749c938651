//! Gamma-Gamma: what a transaction of each customer is worth.

use super::fit::{FitOptions, LifetimeFit, Likelihood, fit};
use super::histories::Spending;
use super::sums::Sums;
use crate::evaluate::weights::Finding;
use crate::numerics::special::{digamma_difference, ln_beta, trigamma, trigamma_difference};
use karat_scorer::Result;
use karat_scorer::numerics::ln;
use std::ops::Range;

/// A correlation from which on number and value of transactions are called dependent.
const CORRELATED: f64 = 0.3;

/// Fits Gamma-Gamma (Fader & Hardie 2013) to customers with repeated transactions: p, q, v.
///
/// The model takes the number of transactions and their value to be independent: a correlation of
/// 0.3 or more is reported as `W304`, and `q <= 1`, where the mean over customers is infinite, as `W305`.
///
/// # Errors
/// [`karat_scorer::Error::Argument`] for priors that are none.
pub fn fit_gamma_gamma(rows: &Spending, options: &FitOptions) -> Result<LifetimeFit> {
    let mut found = fit(&SpendLikelihood { rows }, options)?;
    if rows.correlation.abs() >= CORRELATED {
        let fact = format!("their correlation is {:.3}, and the model takes it to be 0", rows.correlation);
        let proposal = "fit groups of customers with like numbers of transactions apart";
        found.findings.push(Finding::new("W304", "frequency and monetary", fact, proposal));
    }
    if found.parameters[1] <= 1.0 {
        let fact = format!(
            "{:.3} is not above 1: the mean value over all customers is infinite",
            found.parameters[1]
        );
        let proposal = "give a prior on q, or use the values of customers with several transactions alone";
        found.findings.push(Finding::new("W305", "q", fact, proposal));
    }
    Ok(found)
}

pub(super) struct SpendLikelihood<'a> {
    pub(super) rows: &'a Spending,
}

impl Likelihood<3> for SpendLikelihood<'_> {
    type Tables = ();
    const NAMES: [&'static str; 3] = ["p", "q", "v"];

    fn size(&self) -> (usize, f64) {
        (self.rows.weight.len(), self.rows.total)
    }

    fn starts(&self) -> Vec<[f64; 3]> {
        let mean = self.units()[2];
        vec![[5.0, 3.0, 0.5 * mean], [1.0, 1.5, mean], [50.0, 10.0, 0.2 * mean]]
    }

    fn units(&self) -> [f64; 3] {
        let sum: f64 = self.rows.monetary.iter().zip(&self.rows.weight).map(|(m, w)| m * w).sum();
        [1.0, 1.0, sum / self.rows.total]
    }

    fn tables(&self, _: &[f64; 3]) {}

    fn sum(&self, &[p, q, v]: &[f64; 3], (): &(), rows: Range<usize>) -> Sums<3> {
        let mut sums = Sums::ZERO;
        for row in rows {
            let (x, m) = (self.rows.frequency[row], self.rows.monetary[row]);
            let shape = p * x;
            let all = x * m;
            let both = v + all;
            // ln of the shares of the customer's own sum and of v in their sum.
            let (ln_own, ln_rest) = (ln(all / both), ln(v / both));
            let mut one = Sums::ZERO;
            one.value = -ln_beta(shape, q) + q * ln_rest + shape * ln_own - ln(m);
            one.gradient = [
                x * (digamma_difference(shape, q) + ln_own),
                digamma_difference(q, shape) + ln_rest,
                q / v * (all / both) - shape / both,
            ];
            one.hessian[0][0] = x * x * trigamma_difference(shape, q);
            one.hessian[0][1] = x * trigamma(shape + q);
            one.hessian[0][2] = -x / both;
            one.hessian[1][1] = trigamma_difference(q, shape);
            one.hessian[1][2] = all / both / v;
            one.hessian[2][2] = (shape + q) / (both * both) - q / (v * v);
            sums.add(self.rows.weight[row], &one);
        }
        sums
    }
}
