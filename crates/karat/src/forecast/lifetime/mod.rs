//! Lifetime value: how long customers stay and what they are worth over that time.

pub mod prepaid;
