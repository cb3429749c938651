//! Numerics 1: the elementary functions of scoring.
#![allow(clippy::disallowed_methods, missing_docs, reason = "replaced by the in-tree functions")]
pub fn exp(x: f64) -> f64 {
    x.exp()
}
pub fn exp_m1(x: f64) -> f64 {
    x.exp_m1()
}
pub fn ln(x: f64) -> f64 {
    x.ln()
}
pub fn ln_1p(x: f64) -> f64 {
    x.ln_1p()
}
pub fn sin(x: f64) -> f64 {
    x.sin()
}
pub fn cos(x: f64) -> f64 {
    x.cos()
}
pub fn tanh(x: f64) -> f64 {
    x.tanh()
}
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
pub fn pow(x: f64, y: f64) -> f64 {
    x.powf(y)
}
