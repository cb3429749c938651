//! Private numerics: exact mergeable state, randomness, parallel passes.
//!
//! *Summarise, then solve*: every statistic a fit needs is a state that takes rows one by one, merges with
//! any other state of its kind, and is finished once. All states here are exact: the same rows give the same
//! bits in whatever order, batches, threads or machines they were summarised.

#![allow(dead_code, reason = "the passes that summarise a table build on these")]

mod bytes;
#[cfg(test)]
mod costs;
mod exact_integer;
pub(crate) mod exact_sum;
pub(crate) mod moments;
pub(crate) mod normal;
pub(crate) mod parallel;
pub(crate) mod quantile;
pub(crate) mod random;
pub(crate) mod sample;
