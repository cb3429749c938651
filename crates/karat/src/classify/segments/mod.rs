//! Segments: customers grouped by likeness, without an order.
//!
//! [`KMeans`] finds the centers and returns the frozen step that assigns customers to them;
//! [`LloydState`] is one pass of it as exact state that parts of a table add up in any order; [`profile`]
//! says what sets each segment apart.

#![allow(clippy::needless_pass_by_value, reason = "array views are meant to be passed by value")]

mod distinct;
mod init;
mod kmeans;
mod lloyd;
mod profile;
pub mod quality;
mod refill;
mod restarts;
mod rules;
mod table;

pub use init::Init;
pub use kmeans::{KMeans, KMeansReport, Progress, Restart};
pub use lloyd::{LloydScale, LloydState, LloydStep};
pub use profile::{MeasureProfile, SegmentProfile, profile};
pub use rules::{Condition, SegmentRule, segment_rules, value_shares};

#[cfg(test)]
mod tests;
