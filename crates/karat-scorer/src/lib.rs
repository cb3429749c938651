//! Frozen customer-value models: read a model file, score customers with the same bits everywhere.

mod error;
pub mod numerics;

pub use error::{Error, ErrorKind, Problem, Result, nearest_name};
