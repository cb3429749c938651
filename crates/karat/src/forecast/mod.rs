//! What comes next: lifetime value and the life cycle.

pub mod lifecycle;
pub mod lifetime;
