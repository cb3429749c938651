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
pub(crate) use incomplete::{beta_lower, chi_square_tail, normal_both_tails};
pub(crate) use legendre::gauss_legendre;

#[cfg(test)]
mod tests;
