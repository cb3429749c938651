//! Evaluate: fields into indicators, indicators into the value index by expert and data weights.

pub mod analysis;
pub(crate) mod indicators;
pub mod influence;
pub(crate) mod nodes;
pub mod normalise;
pub mod scorecard;
pub mod split;
pub(crate) mod tree;
pub mod weights;
pub mod what_if;
