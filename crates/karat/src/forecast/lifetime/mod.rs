//! How long customers stay and what they are worth over that time.

pub mod contract;
pub mod value;
