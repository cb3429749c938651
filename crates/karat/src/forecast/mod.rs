//! Forecast: the next class and value of a customer.

pub mod classes;
pub mod wavelet;
