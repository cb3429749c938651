//! Golden numbers, gradients and published tables.

#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

mod benchmarks;
mod gradients;
mod learning;
