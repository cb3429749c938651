//! Gauss-Legendre quadrature.

use karat_scorer::numerics::cos;
use std::f64::consts::PI;

/// Nodes, ascending, and weights of Gauss and Legendre on (0, 1): the integral of a polynomial of degree
/// `2 n - 1` is exactly the weighted sum. Newton's method on Legendre's polynomial.
pub(crate) fn gauss_legendre(n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut nodes, mut weights) = (vec![0.0; n], vec![0.0; n]);
    let order = n as f64;
    for i in 0..n.div_ceil(2) {
        let mut z = cos(PI * (i as f64 + 0.75) / (order + 0.5));
        let mut slope = 1.0;
        for _ in 0..20 {
            let (mut p, mut before) = (1.0, 0.0);
            for j in 0..n {
                let j = j as f64;
                (p, before) = (((2.0 * j + 1.0) * z * p - j * before) / (j + 1.0), p);
            }
            slope = order * (z * p - before) / (z * z - 1.0);
            let step = p / slope;
            z -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        let weight = 1.0 / ((1.0 - z * z) * slope * slope);
        (nodes[i], nodes[n - 1 - i]) = (0.5 * (1.0 - z), 0.5 * (1.0 + z));
        (weights[i], weights[n - 1 - i]) = (weight, weight);
    }
    (nodes, weights)
}
