//! Golden numbers, gradients and published tables.

mod benchmarks;
mod gradients;
mod learning;
