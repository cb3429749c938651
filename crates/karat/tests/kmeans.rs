//! k-means against scikit-learn, and what must hold for any table.

use karat::classify::segments::{Init, KMeans, LloydScale, LloydState};
use karat::{Error, ErrorKind};
use ndarray::{Array2, Axis, ShapeBuilder, array, concatenate, s};
use proptest::prelude::*;
use serde_json::Value;
use std::ops::ControlFlow;

/// Made by `goldens/make_kmeans.py` with scikit-learn 1.9.1 and NumPy 2.4.6.
const GOLDENS: &str = include_str!("goldens/kmeans.json");

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + b.abs())
}

#[test]
fn centers_labels_and_inertia_are_those_of_scikit_learn() {
    let goldens: Value = serde_json::from_str(GOLDENS).unwrap();
    for case in goldens["cases"].as_array().unwrap() {
        let (x, start) = (matrix(&case["x"]), matrix(&case["start"]));
        let weights = case["weights"].is_array().then(|| numbers(&case["weights"]));
        let plan = KMeans::new(start.nrows()).init(Init::Given(start));
        let runs = [
            ("after", plan.clone().max_iterations(3).tolerance(0.0)),
            ("converged", plan.clone()),
            ("exhausted", plan.tolerance(0.0)),
        ];
        for (key, plan) in runs {
            let what = format!("{}, {key}", case["name"]);
            let fitted = plan.fit_weighted(x.view(), weights.as_deref()).unwrap();
            let expected = &case[key];
            assert_eq!(fitted.report.iterations as u64, expected["iterations"].as_u64().unwrap(), "{what}");
            assert!(close(fitted.report.inertia, expected["inertia"].as_f64().unwrap()), "{what}");
            let labels: Vec<f64> = fitted.report.labels.iter().map(|&label| f64::from(label)).collect();
            assert_eq!(labels, numbers(&expected["labels"]), "{what}");
            for (c, center) in matrix(&expected["centers"]).rows().into_iter().enumerate() {
                assert!(fitted.step.center(c).iter().zip(center).all(|(a, b)| close(*a, *b)), "{what}");
            }
        }
    }
}

/// The median over 60 seeds lies between the quartiles of scikit-learn's 60, and both ways of starting keep
/// their order.
#[test]
fn starts_are_as_good_as_those_of_scikit_learn() {
    let goldens: Value = serde_json::from_str(GOLDENS).unwrap();
    let greedy = &goldens["greedy"];
    let x = matrix(&greedy["x"]);
    let ends = |init: &Init| {
        let mut ends: Vec<f64> = (0..60)
            .map(|seed| KMeans::new(9).restarts(1).seed(seed).init(init.clone()).fit(x.view()).unwrap())
            .map(|fitted| fitted.report.inertia)
            .collect();
        ends.sort_by(f64::total_cmp);
        ends
    };
    let mut medians = Vec::new();
    for (key, init) in [("k_means_plus_plus", Init::KMeansPlusPlus), ("random", Init::Random)] {
        let mut theirs = numbers(&greedy[key]);
        theirs.sort_by(f64::total_cmp);
        let ours = ends(&init);
        assert!(theirs[15] <= ours[30] && ours[30] <= theirs[45], "{key}: {} in {theirs:?}", ours[30]);
        medians.push(ours[30]);
    }
    assert!(medians[0] < medians[1]);
}

/// A linear congruential sequence (Knuth's MMIX constants); skewed, and no multiples of a power of two.
fn table(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut state = seed;
    Array2::from_shape_simple_fn((rows, columns), || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
        if state >> 60 & 1 == 0 { uniform * uniform * 17.3 } else { uniform - 3.1 }
    })
}

fn given(x: &Array2<f64>, k: usize) -> KMeans {
    KMeans::new(k).init(Init::Given(x.slice(s![..k, ..]).to_owned()))
}

#[test]
fn threads_do_not_show() {
    let x = table(70_000, 3, 1);
    let weights: Vec<f64> = (0..x.nrows()).map(|row| 0.1 + (row % 7) as f64).collect();
    for init in [Init::KMeansPlusPlus, Init::Random] {
        let plan = KMeans::new(5).restarts(2).init(init).max_iterations(8);
        let one = plan.clone().threads(1).fit_weighted(x.view(), Some(&weights)).unwrap();
        for threads in [0, 2, 3, 5] {
            let many = plan.clone().threads(threads).fit_weighted(x.view(), Some(&weights)).unwrap();
            assert_eq!(one, many, "{threads} threads");
        }
    }
}

#[test]
fn layouts_do_not_show() {
    let x = table(301, 4, 2);
    let plan = KMeans::new(6).seed(3);
    let expected = plan.fit(x.view()).unwrap();
    let mut by_column = Array2::zeros((301, 4).f());
    by_column.assign(&x);
    assert!(!by_column.is_standard_layout());
    assert_eq!(plan.fit(by_column.view()).unwrap(), expected);
    let mut wide = Array2::from_elem((602, 8), f64::NAN);
    wide.slice_mut(s![..;2, ..;2]).assign(&x);
    assert_eq!(plan.fit(wide.slice(s![..;2, ..;2])).unwrap(), expected);
    let turned = x.select(Axis(0), &(0..301).rev().collect::<Vec<_>>());
    assert_eq!(plan.fit(turned.slice(s![..;-1, ..])).unwrap(), expected);
}

#[test]
fn the_order_of_rows_does_not_show_in_the_centers() {
    let x = table(5_000, 3, 4);
    let plan = given(&x, 8);
    let expected = plan.fit(x.view()).unwrap();
    // 2861 and 5000 have no common divisor, so that this is a permutation.
    let order: Vec<usize> = (0..5_000).map(|row| row * 2_861 % 5_000).collect();
    let shuffled = plan.fit(x.select(Axis(0), &order).view()).unwrap();
    assert_eq!(shuffled.step, expected.step);
    assert_eq!(shuffled.report.inertia, expected.report.inertia);
    assert_eq!(shuffled.report.history, expected.report.history);
    assert!(
        order.iter().zip(&shuffled.report.labels).all(|(&row, label)| expected.report.labels[row] == *label)
    );
}

#[test]
fn a_weight_is_a_number_of_copies() {
    let x = table(800, 3, 5);
    let plan = given(&x, 6);
    let copies: Vec<usize> = (0..x.nrows()).flat_map(|row| vec![row; row % 5]).collect();
    let weights: Vec<f64> = (0..x.nrows()).map(|row| (row % 5) as f64).collect();
    let copied = plan.fit(x.select(Axis(0), &copies).view()).unwrap();
    let weighted = plan.fit_weighted(x.view(), Some(&weights)).unwrap();
    assert_eq!(copied.report.iterations, weighted.report.iterations);
    for c in 0..6 {
        for (a, b) in copied.step.center(c).iter().zip(weighted.step.center(c)) {
            assert!((a - b).abs() <= 1e-13 * b.abs(), "{a} {b}");
        }
    }
    // Doubling rounds nothing, so that here even the last bit agrees.
    let twice = plan.fit(concatenate![Axis(0), x, x].view()).unwrap();
    let doubled = plan.fit_weighted(x.view(), Some(&[2.0; 800])).unwrap();
    assert_eq!(twice.step, doubled.step);
    assert_eq!(twice.report.inertia, doubled.report.inertia);
    assert_eq!(twice.report.history, doubled.report.history);
}

#[test]
fn units_do_not_show() {
    let x = table(600, 3, 6);
    let plain = given(&x, 5).fit(x.view()).unwrap();
    for factor in [0.125, 1024.0] {
        let scaled = &x * factor;
        let fitted = given(&scaled, 5).fit(scaled.view()).unwrap();
        assert_eq!(fitted.report.labels, plain.report.labels);
        assert_eq!(fitted.report.inertia, plain.report.inertia * factor * factor);
        assert_eq!(
            fitted.step.center(3),
            plain.step.center(3).iter().map(|c| c * factor).collect::<Vec<_>>()
        );
    }
    let scaled = &x * 3.7;
    let fitted = given(&scaled, 5).fit(scaled.view()).unwrap();
    assert!(close(fitted.report.inertia, plain.report.inertia * 3.7 * 3.7));
}

#[test]
fn as_many_segments_as_different_rows_leave_no_inertia() {
    let x = table(12, 3, 7);
    let thrice = concatenate![Axis(0), x, x, x];
    for init in [Init::KMeansPlusPlus, Init::Random, Init::Given(Array2::from_elem((12, 3), 0.5))] {
        let fitted = KMeans::new(12).init(init).fit(thrice.view()).unwrap();
        assert_eq!(fitted.report.inertia, 0.0);
        assert_eq!(fitted.report.sizes, [3; 12]);
        assert!(fitted.report.converged);
    }
    let error = KMeans::new(13).fit(thrice.view()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(
        error.to_string(),
        "12 different rows cannot make 13 segments; choose k <= 12, or give more rows or columns"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn inertia_never_rises(seed in 1_u64..1_000_000, rows in 20_usize..300, columns in 1_usize..5, k in 1_usize..9) {
        let x = table(rows, columns, seed);
        let fitted = KMeans::new(k).restarts(2).seed(seed).tolerance(0.0).fit(x.view()).unwrap();
        let mut path = fitted.report.history.clone();
        path.push(fitted.report.inertia);
        for pair in path.windows(2) {
            prop_assert!(pair[1] <= pair[0] * (1.0 + 1e-14), "{:?}", path);
        }
        prop_assert!(fitted.report.converged);
        let best = fitted.report.restarts.iter().map(|run| run.inertia).fold(f64::INFINITY, f64::min);
        prop_assert_eq!(best, fitted.report.inertia);
        let mut sum = 0.0;
        for (row, label) in x.rows().into_iter().zip(&fitted.report.labels) {
            let nearest = fitted.step.eval(&row.to_vec());
            prop_assert_eq!(u32::from(nearest.segment), *label);
            sum += nearest.squared_distance;
        }
        prop_assert!(close(fitted.report.inertia, sum));
    }
}

#[test]
fn parts_merge_to_the_same_bits_in_any_order() {
    let x = table(4_000, 4, 8);
    let weights: Vec<f64> = (0..4_000).map(|row| 0.3 + (row % 11) as f64 / 7.0).collect();
    let largest = (0..4).map(|f| x.column(f).iter().fold(0.0, |max: f64, v| max.max(v.abs()))).collect();
    let scale = LloydScale::new(largest, 2.0).unwrap();
    let centers = x.slice(s![..7, ..]).to_owned();
    let state = |start: usize, end: usize| {
        let mut state = LloydState::new(centers.view(), &scale).unwrap();
        state.add_rows(x.slice(s![start..end, ..]), Some(&weights[start..end])).unwrap();
        state
    };
    let whole = state(0, 4_000);
    let parts = [state(0, 13), state(13, 2_000), state(2_000, 2_001), state(2_001, 4_000)];
    for order in [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]] {
        let mut merged = LloydState::new(centers.view(), &scale).unwrap();
        for part in order {
            merged.merge(&parts[part]).unwrap();
        }
        assert_eq!(merged, whole);
    }
    let step = whole.finish();
    let fitted = given(&x, 7).max_iterations(1).fit_weighted(x.view(), Some(&weights)).unwrap();
    assert_eq!(step.centers.row(5).to_vec(), fitted.step.center(5));
    assert_eq!(step.inertia, fitted.report.history[0]);
    assert_eq!(step.counts.iter().sum::<u64>(), 4_000);

    let other = LloydState::new(x.slice(s![1..8, ..]), &scale).unwrap();
    assert_eq!(whole.clone().merge(&other).unwrap_err().kind(), ErrorKind::Argument);
    let error = whole.clone().add_rows(array![[0.0, 1e9, 0.0, 0.0]].view(), None).unwrap_err();
    assert!(error.to_string().starts_with("column `1`: 1e9 where the scale ends at 1."), "{error}");
}

#[test]
fn means_are_rounded_once() {
    let center = |rows: &[f64]| {
        let x = Array2::from_shape_vec((rows.len(), 1), rows.to_vec()).unwrap();
        KMeans::new(1).fit(x.view()).unwrap().step.center(0)[0]
    };
    assert_ne!((0.7 + 0.7 + 0.7) / 3.0, 0.7);
    assert_eq!(center(&[0.7, 0.7, 0.7]), 0.7);
    assert_ne!((1e8 + 0.1 - 1e8 + 0.3) / 4.0, 0.1);
    assert_eq!(center(&[1e8, 0.1, -1e8, 0.3]), 0.1);
    assert_eq!(center(&[-0.0]).to_bits(), 0);
}

#[test]
fn one_row_constant_columns_and_equal_rows() {
    let one = KMeans::new(1).fit(array![[3.5, -2.0]].view()).unwrap();
    assert_eq!((one.step.center(0), one.report.inertia), (vec![3.5, -2.0], 0.0));
    assert!(one.report.converged && one.step.eval(&[0.0, 0.0]).margin.is_nan());

    let constant = KMeans::new(2).fit(array![[5.0, 0.0], [5.0, 1.0], [5.0, 8.0]].view()).unwrap();
    assert_eq!(constant.report.inertia, 0.5);

    let equal = Array2::from_elem((9, 2), 1.1);
    assert_eq!(KMeans::new(1).fit(equal.view()).unwrap().step.center(0), [1.1, 1.1]);
    assert_eq!(
        KMeans::new(2).fit(equal.view()).unwrap_err().to_string(),
        "1 different row cannot make 2 segments; choose k <= 1, or give more rows or columns"
    );
    // Zeros of both signs are one row.
    assert!(KMeans::new(2).fit(array![[0.0], [-0.0]].view()).is_err());
}

#[test]
fn rows_of_weight_zero_have_labels_only() {
    let x = array![[0.0], [1.0], [10.0], [11.0], [1000.0]];
    let fitted = KMeans::new(2).fit_weighted(x.view(), Some(&[1.0, 1.0, 1.0, 3.0, 0.0])).unwrap();
    let high = fitted.report.labels[4];
    assert_eq!(fitted.step.center(high as usize), [10.75]);
    assert_eq!(fitted.report.sizes[high as usize], 3);
    assert_eq!(fitted.report.inertia, 0.5 + 0.75);
    let error = KMeans::new(5).fit_weighted(x.view(), Some(&[1.0, 1.0, 1.0, 3.0, 0.0])).unwrap_err();
    assert!(error.to_string().starts_with("4 different rows of positive weight"));
}

#[test]
fn an_observer_sees_every_iteration_and_can_stop() {
    let x = table(500, 2, 9);
    let mut seen = Vec::new();
    let fitted = KMeans::new(4)
        .restarts(2)
        .fit_observed(x.view(), None, &mut |progress| {
            seen.push((progress.restart, progress.iteration));
            ControlFlow::Continue(())
        })
        .unwrap();
    let expected: Vec<(usize, usize)> = (0..2)
        .flat_map(|restart| (0..=fitted.report.restarts[restart].iterations).map(move |i| (restart, i)))
        .collect();
    assert_eq!(seen, expected);

    let stop = KMeans::new(4).fit_observed(x.view(), None, &mut |progress| {
        if progress.iteration == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(stop.unwrap_err(), Error::Interrupted("k-means".to_owned()));
}

#[test]
fn not_converging_is_reported() {
    let x = table(2_000, 3, 10);
    let fitted = KMeans::new(9).restarts(1).max_iterations(2).tolerance(0.0).fit(x.view()).unwrap();
    assert!(!fitted.report.converged && fitted.report.shift > 0.0);
    assert_eq!((fitted.report.iterations, fitted.report.history.len()), (2, 2));
}

#[test]
fn bad_input_is_named() {
    let x = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    let message = |plan: KMeans, x: &Array2<f64>| plan.fit(x.view()).unwrap_err().to_string();
    assert_eq!(message(KMeans::new(0), &x), "`k` must be 1 to 256, got 0");
    assert_eq!(message(KMeans::new(257), &x), "`k` must be 1 to 256, got 257");
    assert_eq!(message(KMeans::new(2).restarts(0), &x), "`restarts` must be >= 1, got 0");
    assert_eq!(message(KMeans::new(2).max_iterations(0), &x), "`max_iterations` must be >= 1, got 0");
    assert_eq!(message(KMeans::new(2).tolerance(-1.0), &x), "`tolerance` must be finite and >= 0, got -1");
    let holes = array![[1.0, f64::NAN], [f64::INFINITY, 4.0], [5.0, f64::NAN]];
    assert_eq!(
        message(KMeans::new(2), &holes),
        "2 problems:\
         \n  - column `0`: inf where k-means needs a finite number (1 row: 1); replace missing and infinite \
         values, or drop these rows\
         \n  - column `1`: NaN where k-means needs a finite number (2 rows: first 0, 2); replace missing and \
         infinite values, or drop these rows"
    );
    assert_eq!(
        message(KMeans::new(1), &Array2::zeros((0, 2))),
        "the table has no rows; give at least one row"
    );
    assert_eq!(
        message(KMeans::new(1), &Array2::zeros((2, 0))),
        "the table has no columns; give at least one column"
    );
    assert_eq!(
        message(KMeans::new(2).init(Init::Given(array![[1.0, 2.0]])), &x),
        "expected 2 rows of the given centers, got 1"
    );
    assert_eq!(
        message(KMeans::new(1).init(Init::Given(array![[1.0]])), &x),
        "expected 2 columns of the given centers, got 1"
    );
    assert!(
        message(KMeans::new(1).init(Init::Given(array![[1.0, f64::NAN]])), &x).contains("finite centers")
    );
    assert!(message(KMeans::new(2), &(&x * 1e160)).contains("squared distances overflow"));
    assert!(message(KMeans::new(2), &(&x * 1e-160)).contains("squared distances vanish"));
    let weighted =
        |weights: &[f64]| KMeans::new(2).fit_weighted(x.view(), Some(weights)).unwrap_err().to_string();
    assert_eq!(weighted(&[1.0]), "expected 3 sample weights, one a row, got 1");
    assert_eq!(weighted(&[1.0, -2.0, 1.0]), "`weights` must be finite and >= 0 in every row (row 1), got -2");
    assert_eq!(weighted(&[0.0; 3]), "`weights` must not all be zero, got 0");
}
