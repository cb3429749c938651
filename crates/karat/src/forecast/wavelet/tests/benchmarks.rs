//! The one-dimensional benchmark of the literature, METHODS GT-3.4.

use super::super::{Decay, Family, Init, Mother, Optimiser, Task, WaveletNetwork};
use ndarray::Array2;

/// The piecewise function of Zhang and Benveniste (1992).
fn piecewise(x: f64) -> f64 {
    if x < -2.0 {
        -2.186 * x - 12.864
    } else if x < 0.0 {
        4.246 * x
    } else {
        10.0 * (-0.05 * x - 0.5).exp() * ((0.03 * x + 0.7) * x).sin()
    }
}

fn grid(count: usize) -> Array2<f64> {
    Array2::from_shape_fn((count, 1), |(row, _)| -10.0 + 20.0 * row as f64 / (count - 1) as f64)
}

/// Root of the squared error over that of the mean.
fn normalised_error(truth: &[f64], found: &[f64]) -> f64 {
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let error: f64 = truth.iter().zip(found).map(|(t, f)| (t - f) * (t - f)).sum();
    (error / truth.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>()).sqrt()
}

fn error_of(plan: &WaveletNetwork) -> f64 {
    let x = grid(200);
    let y: Vec<f64> = x.column(0).iter().map(|&x| piecewise(x)).collect();
    let step = plan.fit(x.view(), &y).unwrap().step;
    let dense = grid(2001);
    let truth: Vec<f64> = dense.column(0).iter().map(|&x| piecewise(x)).collect();
    let mut found = vec![0.0; truth.len()];
    let mut flags = vec![0; truth.len()];
    step.eval_batch(dense.as_slice().unwrap(), &mut found, &mut flags).unwrap();
    normalised_error(&truth, &found)
}

fn seven(init: Init, family: Family) -> WaveletNetwork {
    WaveletNetwork::new(7, Task::Squared)
        .family(family)
        .mother(Mother::GaussianDerivative)
        .decay(Decay::NONE)
        .init(init)
        .iterations(500)
        .tolerance(1e-10)
        .seed(1)
}

/// The acceptance of GT-3.4: at most 0.06 with 7 wavelons (0.05057 in the literature). Every initialisation that
/// chooses from a library reaches it from one start, the heuristic from the best of several.
#[test]
fn gt_3_4_seven_wavelons_follow_the_piecewise_function() {
    for family in [Family::Product, Family::Ridge] {
        for init in [Init::Residual, Init::Orthogonal, Init::Backward] {
            let error = error_of(&seven(init, family));
            println!("{family:?} {init:?}: {error:.5}");
            assert!(error <= 0.06, "{family:?} {init:?}: {error}");
        }
    }
    let error = error_of(&seven(Init::Ranges, Family::Product).starts(5));
    println!("ranges: {error:.5}");
    assert!(error <= 0.06, "{error}");
}

#[test]
fn the_quasi_newton_steps_reach_it_too() {
    let plan = seven(Init::Orthogonal, Family::Product).optimiser(Optimiser::Lbfgs).iterations(1500);
    let error = error_of(&plan);
    println!("L-BFGS: {error:.5}");
    assert!(error <= 0.06, "{error}");
}
