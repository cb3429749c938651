//! Numerics 1: the elementary functions of scoring.
pub fn exp(x: f64) -> f64 {
    x.exp()
}
