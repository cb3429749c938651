//! What customers will do: their stage, their next class, how long they stay and what they are worth.

pub mod churn;
pub mod classes;
pub mod lifecycle;
pub mod lifetime;
pub mod wavelet;
