//! Classify: grades of the index, types A/B1/B2/C, segments by k-means.

pub(crate) mod grades;
pub mod natural_breaks;
pub mod segments;
pub(crate) mod types;
