//! Assignments within bounds against all assignments, and against their own proof.

use super::super::kmeans::KMeans;
use super::super::table::Table;
use super::SizeBounds;
use super::transport::{Costs, Transport};
use crate::classify::segments::Init;
use ndarray::{Array2, array};
use proptest::prelude::*;

fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![(-3_i32..4).prop_map(f64::from), -5.0..5.0_f64]
}

fn cost(x: &Array2<f64>, centers: &Array2<f64>, labels: &[u32], weights: &[f64]) -> f64 {
    let row = |i: usize, c: usize| {
        x.row(i).iter().zip(centers.row(c)).map(|(x, c)| (x - c) * (x - c)).sum::<f64>() * weights[i]
    };
    labels.iter().enumerate().map(|(i, &label)| row(i, label as usize)).sum()
}

/// The least cost of all labellings within the bounds.
fn brute_force(x: &Array2<f64>, centers: &Array2<f64>, weights: &[f64], bounds: SizeBounds) -> f64 {
    let (n, k) = (x.nrows(), centers.nrows());
    let mut best = f64::INFINITY;
    for code in 0..k.pow(n as u32) {
        let labels: Vec<u32> = (0..n).map(|i| (code / k.pow(i as u32) % k) as u32).collect();
        let size = |c: usize| labels.iter().filter(|&&label| label as usize == c).count();
        if (0..k).all(|c| (bounds.least..=bounds.most).contains(&size(c))) {
            best = best.min(cost(x, centers, &labels, weights));
        }
    }
    best
}

fn bounds(rows: usize, k: usize, share: f64, spare: f64) -> SizeBounds {
    let least = ((rows / k) as f64 * share) as usize;
    let most = rows.div_ceil(k) + ((rows - rows / k) as f64 * spare) as usize;
    SizeBounds::new(least, most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_assignment_within_the_bounds_is_cheaper(
        values in prop::collection::vec(coordinate(), 20),
        weights in prop::collection::vec(prop::sample::select(vec![0.0, 0.5, 1.0, 3.0]), 7),
        rows in 3_usize..8,
        k in 1_usize..4,
        share in 0.0..=1.0_f64,
        spare in 0.0..1.0_f64,
        prices in prop::collection::vec(-1_000_000_000_000_i64..1_000_000_000_000, 3),
    ) {
        let x = Array2::from_shape_fn((rows, 2), |(i, f)| values[2 * i + f]);
        let centers = Array2::from_shape_fn((k, 2), |(c, f)| values[14 + 2 * c + f]);
        let bounds = bounds(rows, k, share, spare);
        let weights = &weights[..rows];
        let table = Table::new(x.view(), Some(weights));
        let costs = Costs::new(200.0 * 3.0, centers.iter().copied().collect(), 2);
        let solved = Transport::solve(&table, costs, bounds, &prices[..k], 1);
        prop_assert_eq!(solved.gap(), 0);
        let found = cost(&x, &centers, &solved.labels, weights);
        let best = brute_force(&x, &centers, weights, bounds);
        prop_assert!((found - best).abs() <= 1e-9 * (1.0 + best), "{} {}", found, best);
    }

    #[test]
    fn larger_tables_prove_themselves(
        values in prop::collection::vec(coordinate(), 900),
        k in 2_usize..9,
        share in 0.0..=1.0_f64,
        spare in 0.0..0.3_f64,
    ) {
        let x = Array2::from_shape_fn((300, 3), |(i, f)| values[3 * i + f]);
        let bounds = bounds(300, k, share, spare);
        let table = Table::new(x.view(), None);
        let centers: Vec<f64> = values[..3 * k].to_vec();
        let cold = Transport::solve(&table, Costs::new(300.0, centers.clone(), 3), bounds, &vec![0; k], 1);
        prop_assert_eq!(cold.gap(), 0);
        let warm = Transport::solve(&table, Costs::new(300.0, centers, 3), bounds, &cold.prices, 2);
        prop_assert_eq!(warm.gap(), 0);

        let plan = KMeans::new(k).seed(3).restarts(2).tolerance(0.0).sizes(bounds);
        let Ok(fitted) = plan.fit(x.view()) else { return Ok(()) };
        let report = &fitted.report;
        for &size in &report.sizes {
            prop_assert!((bounds.least as u64..=bounds.most as u64).contains(&size), "{:?}", report.sizes);
        }
        for pair in report.history.windows(2) {
            prop_assert!(pair[1] <= pair[0] * (1.0 + 1e-9), "{:?}", report.history);
        }
        prop_assert_eq!(&plan.clone().threads(3).fit(x.view()).unwrap(), &fitted);
    }

    #[test]
    fn the_best_of_many_starts_is_the_best_there_is(values in prop::collection::vec(-5.0..5.0_f64, 6)) {
        let x = Array2::from_shape_vec((6, 1), values.clone()).unwrap();
        let plan = KMeans::new(2).restarts(30).tolerance(0.0).sizes(SizeBounds::new(3, 3));
        let Ok(fitted) = plan.fit(x.view()) else { return Ok(()) };
        // In one dimension the best halves are those of the sorted values.
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        let spread = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / 3.0;
            part.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>()
        };
        let best = spread(&sorted[..3]) + spread(&sorted[3..]);
        prop_assert!(fitted.report.inertia >= best * (1.0 - 1e-9));
        prop_assert!(fitted.report.inertia <= best * 1.0001 + 1e-9, "{} {}", fitted.report.inertia, best);
    }
}

#[test]
fn wide_bounds_leave_the_plain_fit() {
    let x = array![[1.0, 2.0], [3.0, 1.0], [10.0, 9.0], [11.0, 12.0], [5.0, 5.0]];
    let plan = KMeans::new(2).init(Init::Given(array![[0.0, 0.0], [9.0, 9.0]]));
    let bounded = plan.clone().sizes(SizeBounds::new(0, 5)).fit(x.view()).unwrap();
    let plain = plan.fit(x.view()).unwrap();
    assert_eq!((bounded.step, bounded.report.labels), (plain.step, plain.report.labels));
    assert_eq!(bounded.report.inertia, plain.report.inertia);
}

#[test]
fn bounds_that_cannot_be_met_are_refused() {
    let x = Array2::from_shape_fn((10, 1), |(i, _)| i as f64);
    let message = |bounds| KMeans::new(3).sizes(bounds).fit(x.view()).unwrap_err().to_string();
    assert_eq!(
        message(SizeBounds::new(4, 9)),
        "`min_size` must be at most 3: 3 segments share 10 rows, got 4"
    );
    assert_eq!(
        message(SizeBounds::new(0, 3)),
        "`max_size` must be at least 4: 3 segments share 10 rows, got 3"
    );
    assert_eq!(message(SizeBounds::new(3, 2)), "`min_size` must be at most the largest size, 2, got 3");
}
