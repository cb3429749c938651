use super::sobol_indices;
use crate::numerics::random::CounterRandom;

/// Indices of `f` on `inputs` uniform numbers, from `samples` rows of either sample.
fn indices(inputs: usize, samples: u64, f: impl Fn(&[f64]) -> f64) -> Vec<super::SobolIndex> {
    let row = |which: u64, at: u64| -> Vec<f64> {
        let drawn = CounterRandom::new(9, which, at);
        (0..inputs as u64).map(|input| drawn.uniform(input)).collect()
    };
    let (mut a, mut b, mut mixed) = (Vec::new(), Vec::new(), vec![Vec::new(); inputs]);
    for at in 0..samples {
        let (first, second) = (row(1, at), row(2, at));
        a.push(f(&first));
        b.push(f(&second));
        for (input, mixed) in mixed.iter_mut().enumerate() {
            let mut both = first.clone();
            both[input] = second[input];
            mixed.push(f(&both));
        }
    }
    sobol_indices(&a, &b, &mixed, 100, 1).unwrap()
}

/// Known: the variance of a x is a²/12, and nothing interacts, so first and total agree.
#[test]
fn a_linear_function_has_squared_slopes() {
    let slopes = [1.0, 2.0, 3.0, 0.0];
    let found = indices(4, 20_000, |x| x.iter().zip(slopes).map(|(x, slope)| slope * x).sum());
    for (found, slope) in found.iter().zip(slopes) {
        let expected = slope * slope / 14.0;
        assert!((found.first - expected).abs() < 0.02, "{found:?} {expected}");
        assert!((found.total - expected).abs() < 0.02, "{found:?} {expected}");
        assert!(found.first_interval.0 <= found.first && found.first <= found.first_interval.1);
        assert!(found.total_interval.1 - found.total_interval.0 < 0.05);
    }
}

/// Ishigami and Homma (1990) with a = 7, b = 0.1; indices as published, e.g. by Saltelli and others (2008):
/// first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437.
#[test]
fn the_ishigami_function_has_its_known_indices() {
    use std::f64::consts::PI;
    let found = indices(3, 40_000, |x| {
        let x: Vec<f64> = x.iter().map(|x| PI * (2.0 * x - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    });
    for (found, (first, total)) in found.iter().zip([(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)]) {
        assert!((found.first - first).abs() < 0.025, "{found:?} {first}");
        assert!((found.total - total).abs() < 0.025, "{found:?} {total}");
    }
}

#[test]
fn an_output_that_never_varies_has_no_indices() {
    let found = indices(2, 50, |_| 3.0);
    assert!(found.iter().all(|found| found.first.is_nan() && found.total.is_nan()));
    assert!(sobol_indices(&[1.0, 2.0], &[1.0], &[], 0, 0).is_err());
    assert!(sobol_indices(&[1.0], &[1.0], &[], 0, 0).is_err());
}
