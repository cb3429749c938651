//! What to do for each customer, proven by experiment.

pub mod offers;
