//! Private numerics: exact mergeable state, randomness, parallel passes.
//!
//! *Summarise, then solve*: every statistic a fit needs is a state that takes rows one by one, merges with
//! any other state of its kind, and is finished once. All states here are exact: the same rows give the same
//! bits in whatever order, batches, threads or machines they were summarised.

pub(crate) mod bytes;
pub(crate) mod cholesky;
#[cfg(test)]
mod costs;
pub(crate) mod double_double;
mod exact_integer;
pub(crate) mod exact_sum;
pub(crate) mod fixed_point;
pub(crate) mod logistic;
pub(crate) mod moments;
pub(crate) mod newton;
pub(crate) mod normal;
pub(crate) mod parallel;
pub(crate) mod power_of_two;
pub(crate) mod quantile;
pub(crate) mod random;
pub(crate) mod sample;
pub(crate) mod shapley;
pub(crate) mod special;
pub(crate) mod symmetric_eigen;
