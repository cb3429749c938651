//! Customer value for telecom operators: evaluate, classify, forecast, recommend, monitor.

pub mod classify;
pub mod evaluate;
mod fitted;
mod numerics;
pub mod synth;

pub use fitted::Fitted;
pub use karat_scorer as scorer;
pub use karat_scorer::{Error, ErrorKind, Problem, Result};
