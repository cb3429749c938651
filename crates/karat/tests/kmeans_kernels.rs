//! What must not show in a fit: how rows find their centers, on what machine, in what precision they are kept.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use karat::Fitted;
use karat::classify::segments::{Init, Instructions, KMeans, KMeansReport, Method};
use karat::scorer::step::Segments;
use ndarray::{Array2, ShapeBuilder, s};
use proptest::prelude::*;

const METHODS: [Method; 3] = [Method::Exact, Method::Screen, Method::Neighbours];
const INSTRUCTIONS: [Instructions; 3] = [Instructions::Portable, Instructions::Avx2, Instructions::Avx512];

fn fit(plan: &KMeans, x: &Array2<f64>, weights: Option<&[f64]>) -> Fitted<Segments, KMeansReport> {
    plan.fit_weighted(x.view(), weights).unwrap()
}

/// Labels as the definition has them, one row at a time.
fn brute_force(step: &Segments, x: &Array2<f64>) -> Vec<u32> {
    x.rows().into_iter().map(|row| u32::from(step.eval(&row.to_vec()).segment)).collect()
}

/// Every method and instruction set gives the same bits, and the labels and inertia of the frozen step.
fn check(plan: &KMeans, x: &Array2<f64>, weights: Option<&[f64]>) {
    let expected = fit(&plan.clone().method(Method::Exact).instructions(Instructions::Portable), x, weights);
    assert_eq!(expected.report.labels, brute_force(&expected.step, x));
    for instructions in INSTRUCTIONS.into_iter().filter(|instructions| instructions.available()) {
        for method in METHODS {
            let plan = plan.clone().method(method).instructions(instructions);
            assert_eq!(fit(&plan, x, weights), expected, "{method:?}, {instructions:?}");
        }
    }
}

fn given(x: &Array2<f64>, k: usize) -> KMeans {
    KMeans::new(k).init(Init::Given(x.slice(s![..k, ..]).to_owned())).max_iterations(6).tolerance(0.0)
}

/// A linear congruential sequence (Knuth's MMIX constants), 0 to 1.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

/// Ways in which a table is hard to decide in single precision.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Whole numbers on a small grid: copies and equal distances everywhere.
    Grid,
    /// A grid moved off by parts in 10^9: leads that single precision cannot see.
    NearTies,
    /// Skewed, with some rows a million times as far.
    Outliers,
    /// Far from the origin compared with the spread.
    FarOff,
    /// Columns of unlike magnitudes.
    Unlike,
}

fn table(kind: Kind, rows: usize, columns: usize, magnitude: f64, seed: u64) -> Array2<f64> {
    let mut state = seed;
    Array2::from_shape_fn((rows, columns), |(_, f)| {
        let x = uniform(&mut state);
        let whole = (x * 5.0).floor();
        magnitude
            * match kind {
                Kind::Grid => whole - 2.0,
                Kind::NearTies => whole + (uniform(&mut state) - 0.5) * 1e-9,
                Kind::Outliers if uniform(&mut state) < 0.02 => (x - 0.3) * 1e6,
                Kind::Outliers => x * x * 3.0,
                Kind::FarOff => 1e7 + x,
                Kind::Unlike => (x - 0.4) * if f % 3 == 0 { 1e5 } else { 1e-4 },
            }
    })
}

/// Any number of columns, often one that has code of its own.
fn widths(most: usize) -> impl Strategy<Value = usize> {
    prop_oneof![1..most, prop::sample::select(vec![4_usize, 8, 16, 32])]
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Grid, Kind::NearTies, Kind::Outliers, Kind::FarOff, Kind::Unlike])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn neither_method_nor_machine_shows(
        kind in kinds(),
        rows in 30_usize..400,
        columns in widths(40),
        k in 1_usize..30,
        magnitude in prop::sample::select(vec![1.0, 1e-30, 3e25, 1e-120, 1e120]),
        weighted: bool,
        seed in 1_u64..1_000_000,
    ) {
        let x = table(kind, rows, columns, magnitude, seed);
        let weights: Vec<f64> = (0..rows).map(|row| [1.0, 0.3, 2.5, 1.0][row % 4]).collect();
        let plan = given(&x, k.min(rows));
        let enough = plan.fit(x.view()).is_ok();
        prop_assume!(enough);
        check(&plan, &x, weighted.then_some(&weights[..]));
    }

    #[test]
    fn rows_in_single_precision_are_the_same_rows_widened(
        kind in kinds(),
        rows in 20_usize..300,
        columns in 1_usize..20,
        k in 1_usize..12,
        magnitude in prop::sample::select(vec![1.0_f64, 1e-28, 1e25]),
        seed in 1_u64..1_000_000,
    ) {
        let single = table(kind, rows, columns, magnitude, seed).mapv(|x| x as f32);
        let double = single.mapv(f64::from);
        let plan = KMeans::new(k).restarts(2).seed(seed).max_iterations(5);
        let expected = plan.fit(double.view());
        prop_assume!(expected.is_ok());
        let expected = expected.unwrap();
        prop_assert_eq!(&plan.fit(single.view()).unwrap(), &expected);
        let mut by_column = Array2::zeros((rows, columns).f());
        by_column.assign(&single);
        prop_assert_eq!(&plan.fit(by_column.view()).unwrap(), &expected);
        prop_assert_eq!(&plan.clone().method(Method::Neighbours).fit(by_column.view()).unwrap(), &expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Many centers, enough rows to be ordered by label, several threads.
    #[test]
    fn many_centers_are_decided_alike(
        kind in kinds(),
        columns in widths(35),
        k in prop::sample::select(vec![60_usize, 97, 256]),
        threads in 1_usize..4,
        seed in 1_u64..1_000_000,
    ) {
        let x = table(kind, 3_000, columns, 1.0, seed);
        let plan = given(&x, k).threads(threads);
        let enough = plan.fit(x.view()).is_ok();
        prop_assume!(enough);
        check(&plan, &x, None);
    }
}

/// More rows than are ordered at a time, which move between the centers for a while.
#[test]
fn rows_beyond_a_stretch_are_decided_alike() {
    let x = table(Kind::Outliers, 70_001, 4, 1.0, 11);
    let plan = given(&x, 64).threads(2);
    let expected = fit(&plan.clone().method(Method::Screen), &x, None);
    assert_eq!(expected.report.labels, brute_force(&expected.step, &x));
    assert_eq!(fit(&plan.clone().method(Method::Neighbours), &x, None), expected);
    assert_eq!(plan.fit(x.view()).unwrap(), expected);
}

/// Issue 4: labels equal brute force on ten thousand small tables.
#[test]
fn labels_are_those_of_brute_force() {
    let mut state = 5;
    for case in 0..10_000 {
        let kind = [Kind::Grid, Kind::NearTies, Kind::Outliers][case % 3];
        let (rows, columns) = (8 + case % 23, 1 + case % 5);
        let x = table(kind, rows, columns, 1.0, 1 + (uniform(&mut state) * 1e9) as u64);
        let k = 1 + case % 7;
        let Ok(fitted) = given(&x, k).max_iterations(3).fit(x.view()) else { continue };
        assert_eq!(fitted.report.labels, brute_force(&fitted.step, &x), "case {case}");
    }
}

/// Rows on the bisector of two centers, and next to it, in every direction: ties go to the first, and what is not
/// a tie is seen however small.
#[test]
fn the_last_bit_decides() {
    for (columns, offset) in [(1, 0.0), (2, 1e6), (7, 3.0), (33, -50.0)] {
        let center = |side: f64| (0..columns).map(|f| offset + side * (1.0 + f as f64)).collect::<Vec<f64>>();
        let centers = Array2::from_shape_vec((2, columns), [center(1.0), center(-1.0)].concat()).unwrap();
        let step = Segments::from_rows(
            (0..columns as u32).collect(),
            &centers.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
        )
        .unwrap();
        let mut rows: Vec<f64> = Vec::new();
        for i in -40_i32..40 {
            let step = f64::from(i) * f64::EPSILON * offset.abs().max(1.0);
            rows.extend((0..columns).map(|_| offset + step));
        }
        rows.extend(centers.iter());
        let x = Array2::from_shape_vec((82, columns), rows).unwrap();
        let plan = KMeans::new(2).init(Init::Given(centers.clone())).max_iterations(1);
        for instructions in INSTRUCTIONS {
            let mut labels = None;
            let mut seen = |progress: &karat::classify::segments::Progress| {
                labels = Some(progress.moved);
                std::ops::ControlFlow::Continue(())
            };
            let plan = plan.clone().instructions(instructions);
            let fitted = plan.fit_observed(x.view(), None, &mut seen).unwrap();
            assert_eq!(labels, Some(82));
            assert_eq!(fitted.report.labels, brute_force(&fitted.step, &x));
            // The rows of each center as brute force has them show in the means.
            let first: Vec<usize> = (0..82).filter(|&i| step.eval(&x.row(i).to_vec()).segment == 0).collect();
            let mean = first.iter().map(|&i| x[[i, 0]]).sum::<f64>() / first.len() as f64;
            assert!((fitted.step.center(0)[0] - mean).abs() <= 1e-12 * mean.abs().max(1.0));
        }
    }
}

/// The inertia of an iteration, from sums, is what distances add up to.
#[test]
fn the_inertia_of_an_iteration_is_that_of_its_distances() {
    for kind in [Kind::Outliers, Kind::FarOff, Kind::Unlike] {
        let x = table(kind, 500, 6, 1.0, 9);
        let weights: Vec<f64> = (0..500).map(|row| 0.2 + f64::from(row % 5)).collect();
        let plan = given(&x, 5);
        let fitted = fit(&plan, &x, Some(&weights));
        let first = x.slice(s![..5, ..]);
        let nearest = |row: usize| {
            let square = |c: usize, f: usize| (x[[row, f]] - first[[c, f]]) * (x[[row, f]] - first[[c, f]]);
            let distance = |c: usize| (0..6).map(|f| square(c, f)).sum::<f64>();
            (0..5).map(distance).fold(f64::INFINITY, f64::min)
        };
        let expected: f64 = (0..500).map(|row| weights[row] * nearest(row)).sum();
        let found = fitted.report.history[0];
        assert!((found - expected).abs() <= 1e-12 * expected, "{kind:?}: {found} {expected}");
        let rises = fitted.report.history.windows(2).any(|pair| pair[1] > pair[0] * (1.0 + 1e-14));
        assert!(!rises, "{kind:?}: {:?}", fitted.report.history);
    }
}
