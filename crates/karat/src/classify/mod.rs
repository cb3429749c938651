//! Classify: segments by k-means, natural breaks for grades.

mod double_double;
pub mod natural_breaks;
pub mod segments;
