//! k-means over rows that are read in batches, as often as need be: in bounded memory, and with the bits of
//! the fit in memory.

mod fit;
mod label;
mod refill;
mod scan;
mod source;

pub use fit::{StreamReport, StreamTask, StreamedKMeans, StreamingProgress};
pub use label::label_batches;
pub use source::{ArrayBatches, Batch, Batches, Each};
