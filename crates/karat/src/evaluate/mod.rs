//! Evaluate: fields into indicators, indicators into the value index by expert and data weights.

pub(crate) mod indicators;
pub mod scorecard;
pub(crate) mod tree;
pub mod weights;
