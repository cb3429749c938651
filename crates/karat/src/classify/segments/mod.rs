//! Segments: customers grouped by likeness, without an order.
//!
//! [`KMeans`] finds the centers and returns the frozen step that assigns customers to them;
//! [`LloydState`] is one pass of it as exact state that parts of a table add up in any order; [`profile`]
//! says what sets each segment apart.

#![allow(clippy::needless_pass_by_value, reason = "array views are meant to be passed by value")]

mod assign;
mod balanced;
mod distinct;
mod frame;
mod freeze;
mod init;
mod kmeans;
mod lloyd;
mod mini_batch;
mod missing;
mod profile;
pub mod quality;
mod refill;
mod restarts;
mod rules;
mod simd;
mod state_bytes;
mod stream;
mod sums;
mod table;
mod value;

#[doc(hidden)]
pub use assign::Method;
pub use balanced::SizeBounds;
pub use init::{FirstCenters, Init, InitialCenters};
pub use kmeans::{KMeans, KMeansReport, Progress, Restart};
pub use lloyd::{LloydScale, LloydState, LloydStep};
pub use mini_batch::{MiniBatchKMeans, MiniBatchReport, MiniBatchState};
pub use missing::Missing;
pub use profile::{MeasureProfile, SegmentProfile, profile};
pub use rules::{Condition, SegmentRule, segment_rules, value_shares};
#[doc(hidden)]
pub use simd::Instructions;
pub use stream::{
    ArrayBatches, Batch, Batches, Each, StreamReport, StreamTask, StreamedKMeans, StreamingProgress,
    label_batches,
};
pub use value::Value;

#[cfg(test)]
mod tests;
