//! Random plans: written and read again they are equal; fitted to random tables they give a model or an error,
//! never a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: a panic is its way to fail")]

#[path = "random_plans/fits.rs"]
mod fits;
#[path = "random_plans/round_trips.rs"]
mod round_trips;
#[path = "random_plans/strategies.rs"]
mod strategies;
