//! What customers will be worth and do next.

pub mod wavelet;
