//! Lifetime value: how long customers stay and what they are worth over that time.

pub mod contract;
pub mod prepaid;
pub mod value;
