//! Offers tested against a control group.

mod proportions;

pub use proportions::{Interval, ProportionDifference, difference_of_proportions, wilson_interval};
