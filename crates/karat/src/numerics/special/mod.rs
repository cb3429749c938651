//! Special functions of likelihoods: gamma, beta and their relatives in the forms that keep their digits.
//!
//! A likelihood is a sum of *differences* of ln Γ, and the difference of two large numbers has no digits left.
//! [`ln_gamma_ratio`] and its relatives therefore never form the two numbers. Every function is shifted to
//! arguments of 15 and more by its recurrence and taken from Stirling's series there (Abramowitz & Stegun 1964,
//! 6.1.15, 6.1.40, 6.3.18, 6.4.12); arguments must be positive.

mod beta;
mod gamma;
mod incomplete;
mod legendre;

pub(crate) use beta::{ln_beta, ln_beta_ratio};
pub(crate) use gamma::{
    digamma, digamma_difference, ln_gamma, ln_gamma_ratio, trigamma, trigamma_difference,
};
pub(crate) use incomplete::{chi_square_quantile, gamma_lower, gamma_upper};
pub(crate) use legendre::gauss_legendre;

use karat_scorer::numerics::{exp, exp_m1, ln, ln_1p};

/// `ln(e^a + e^b)`.
pub(crate) fn ln_add(a: f64, b: f64) -> f64 {
    let (large, small) = if a > b { (a, b) } else { (b, a) };
    // Both infinite: their difference would be no number.
    if small == f64::NEG_INFINITY || large == f64::INFINITY {
        large
    } else {
        large + ln_1p(exp(small - large))
    }
}

/// `ln(e^a - e^b)` for `a >= b`; minus infinity where they are equal.
pub(crate) fn ln_sub(a: f64, b: f64) -> f64 {
    if b == f64::NEG_INFINITY {
        return a;
    }
    let d = b - a;
    // Either side of ln 1/2, the form whose inner difference keeps its digits.
    if d > -0.69 { a + ln(-exp_m1(d)) } else { a + ln_1p(-exp(d)) }
}

#[cfg(test)]
mod tests;
