#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::disallowed_methods, reason = "tests")]

use super::{
    Base, Boundaries, EffectiveOptions, RobustnessOptions, Sampling, Spread, effective_weights, robustness,
    sobol_indices, target_weights,
};
use crate::numerics::random::CounterRandom;
use crate::{Column, Error, Plan, Table, ValueModel};

const PLAN: &str = "
[indicators]
calls = {}
data = {}
tenure = {}
[grades]
names = [\"low\", \"middle\", \"high\"]
";

/// Customers whose second indicator follows the first.
fn base(rows: u64, sampling: Sampling) -> Base {
    let drawn = CounterRandom::new(3, 1, 1);
    let calls: Vec<f64> = (0..rows).map(|row| drawn.uniform(row)).collect();
    let data: Vec<f64> = (0..rows).map(|row| calls[row as usize] + 0.2 * drawn.uniform(row + rows)).collect();
    let tenure: Vec<f64> = (0..rows).map(|row| drawn.uniform(row + 2 * rows)).collect();
    let columns = [("calls", &calls), ("data", &data), ("tenure", &tenure)]
        .map(|(name, values)| (name.to_owned(), Column::Numeric(values.as_slice().into())));
    let table = Table::from_columns(columns).unwrap();
    let model = ValueModel::new(Plan::from_toml(PLAN).unwrap()).fit(&table).unwrap();
    assert_eq!(Boundaries::of(model.plan()), Boundaries::Shares);
    Base::read(model.scorer(), &[&calls, &data, &tenure], sampling).unwrap()
}

/// Properties: shares add up to 1; equal targets are met, and the weights given with targets equal to their own
/// influence come back.
#[test]
fn influence_adds_up_and_targets_invert_it() {
    let base = base(500, Sampling::new());
    let found = effective_weights(&base, &EffectiveOptions::new());
    let shares: Vec<f64> = found.entries.iter().map(|entry| entry.effective).collect();
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(shares[0] + shares[1] > 0.75, "{shares:?}");
    assert_eq!(found.findings.iter().filter(|found| found.code == "W211").count(), 1);
    let back = target_weights(&base, Some(&shares)).unwrap();
    for (weight, entry) in back.weights.iter().zip(&found.entries) {
        assert!((weight - entry.nominal).abs() < 1e-8, "{weight} {}", entry.nominal);
    }
    let equal = target_weights(&base, None).unwrap();
    assert!(equal.reached && equal.effective.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-9));
    assert!(target_weights(&base, Some(&[1.0, -1.0, 0.0])).is_err());
    assert!(target_weights(&base, Some(&[0.0; 3])).is_err());
}

#[test]
fn draws_do_not_depend_on_threads_and_longer_runs_begin_with_shorter_ones() {
    let base = base(300, Sampling::new().most(200).seed(4));
    assert_eq!(base.customers(), 200);
    assert!(base.is_sample() && base.rows().is_sorted_by(|a, b| a < b));
    let options = RobustnessOptions::new(Boundaries::Shares).draws(41).distribution(Spread::LogNormal);
    let one = robustness(&base, &options.clone().threads(1), &mut |_| true).unwrap();
    let three = robustness(&base, &options.clone().threads(3), &mut |_| true).unwrap();
    assert_eq!(one, three);
    let longer = robustness(&base, &options.clone().draws(50), &mut |_| true).unwrap();
    assert_eq!(longer.weights[..41], one.weights);
    assert_eq!(longer.shifts[..41], one.shifts);
    assert!(one.never_change > 0.0 && one.never_change < 1.0 && one.sampling_error > 0.0);
    let still = robustness(&base, &options.clone().spread(0.0), &mut |_| true).unwrap();
    assert!(still.change_probability.iter().all(|share| *share == 0.0));
    let stopped = robustness(&base, &options, &mut |_| false);
    assert!(matches!(stopped, Err(Error::Interrupted(_))));
}

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
