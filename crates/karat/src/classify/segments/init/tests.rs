//! What can only be seen from inside: tiles against the table's order, stale masses, whole units.

use super::super::kmeans::KMeans;
use super::super::table::Table;
use super::content::{ContentOrder, Draws};
use super::mass::{Kind, Unit};
use super::plus_plus::Greedy;
use super::{Init, Rows, Search};
use crate::numerics::random::Random;
use ndarray::{Array2, ArrayView2, s};
use proptest::prelude::*;

/// Few different values, so that copies and equal distances are common, and some that are far off.
fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (-3_i32..4).prop_map(f64::from),
        1 => Just(-0.0),
        4 => -5.0..5.0_f64,
        1 => -1e9..1e9_f64,
    ]
}

fn weights() -> impl Strategy<Value = Option<Vec<f64>>> {
    let whole = prop::sample::select(vec![0.0, 1.0, 2.0, 7.0]);
    prop_oneof![
        Just(None),
        prop::collection::vec(whole, 300).prop_map(Some),
        prop::collection::vec(prop_oneof![Just(0.0), 0.0..3.0_f64], 300).prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The same rows are chosen whether tiles are skipped or every row is read, by one thread or three.
    #[test]
    fn skipping_tiles_changes_nothing(
        columns in 1_usize..10,
        values in prop::collection::vec(coordinate(), 9 * 300),
        weights in weights(),
        k in 1_usize..30,
        by_column: bool,
        seed: u64,
    ) {
        let count = 300;
        let values = &values[..count * columns];
        let rows = Rows::new(values, by_column, (count, columns), weights.as_deref());
        let order = ContentOrder::of(&rows, 1);
        let choose = |tiled, threads| {
            let search = Search { rows, order: &order, k, trials: None, threads };
            let chosen = Greedy::with_tiles(&search, tiled).start(&mut Random::new(seed));
            search.complete(chosen).rows
        };
        let expected = choose(false, 1);
        prop_assert_eq!(&expected, &choose(true, 1));
        prop_assert_eq!(&expected, &choose(true, 3));
        prop_assert_eq!(&expected, &choose(false, 3));
    }

    /// In every unit the masses sum to no more than 2^50 and, when there is one, to no fewer than 2^40.
    #[test]
    fn sums_of_units_neither_overflow_nor_vanish(
        squares in prop::collection::vec(prop_oneof![Just(0.0), 0.0..9.0_f64, 1e-30..1e30_f64], 200),
        given in weights(),
    ) {
        let given = given.map(|weights| weights[..200].to_vec());
        let rows = Rows::new(&squares, false, (200, 1), given.as_deref());
        let unit = Unit::of(&rows);
        let bounded = |row: usize| unit.bounded(squares[row], rows.weight(row));
        let largest = (0..200).map(bounded).fold(0.0, f64::max);
        prop_assume!(largest > 0.0);
        let masses: Vec<f64> =
            (0..200).map(|row| if rows.weight(row) > 0.0 { squares[row] } else { 0.0 }).collect();
        let sum = |unit: &Unit| (0..200).map(|row| unit.units(masses[row], rows.weight(row))).sum::<u64>();
        let rough = unit.for_largest(largest);
        let fine = rough.for_total(sum(&rough));
        prop_assert!(sum(&rough) <= 1 << 50);
        prop_assert!(sum(&fine) <= 1 << 50 && sum(&fine) >= 1 << 40);
    }
}

#[test]
fn whole_weights_are_copies_and_others_are_not() {
    let x = [1.0, 2.0, 3.0];
    let kind = |weights: &[f64]| Unit::of(&Rows::new(&x, false, (3, 1), Some(weights))).kind;
    assert_eq!(kind(&[1.0, 0.0, 5.0]), Kind::Copies);
    assert_eq!(kind(&[1.0, 0.5, 5.0]), Kind::Weighted);
}

/// Darts thrown at masses of a moment ago, when each was at least as large, hit in proportion to those of now:
/// chi-square of 8 rows, below the 99.9 % quantile of 7 degrees of freedom (24.32, a table).
#[test]
fn draws_by_stale_masses_follow_those_of_now() {
    let x: Vec<f64> = (0..8).map(f64::from).collect();
    let rows = Rows::new(&x, false, (8, 1), None);
    let order = ContentOrder::of(&rows, 1);
    let before = [40_u64, 10, 10, 80, 5, 5, 30, 20];
    let now = [10_u64, 10, 1, 20, 5, 4, 30, 0];
    let stale =
        (0..order.buckets()).map(|b| order.bucket(&rows, b).iter().map(|&row| before[row as usize]).sum());
    let draws = Draws::new(stale.collect());
    let mut random = Random::new(11);
    let mut hits = [0_u64; 8];
    for _ in 0..40_000 {
        hits[draws.draw(&rows, &order, |row| now[row], &mut random).unwrap()] += 1;
    }
    assert_eq!(hits[7], 0);
    let chi_square: f64 = (0..7)
        .map(|row| {
            let expected = 40_000.0 * now[row] as f64 / 80.0;
            let excess = hits[row] as f64 - expected;
            excess * excess / expected
        })
        .sum();
    assert!(chi_square < 24.32, "{chi_square}: {hits:?}");
}

fn fit(x: ArrayView2<'_, f64>, weights: Option<&[f64]>, init: &Init) -> Vec<f64> {
    let plan = KMeans::new(3).restarts(2).seed(5).init(init.clone());
    plan.fit_weighted(x, weights).unwrap().step.centers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Shuffled rows, and copies in place of weights, give the same centers in the same order. Powers of two:
    /// the product of a row and its weight in a mean is rounded, that of copies is not.
    #[test]
    fn neither_order_nor_copies_show_in_a_fit(
        values in prop::collection::vec((-4_i32..5, 0.0..1.0_f64), 24),
        copies in prop::collection::vec(prop::sample::select(vec![0_usize, 1, 2, 4]), 12),
        shuffled in Just((0..12).collect::<Vec<usize>>()).prop_shuffle(),
        init in prop::sample::select(vec![Init::KMeansPlusPlus, Init::k_means_parallel(), Init::Random]),
    ) {
        let x = Array2::from_shape_fn((12, 2), |(i, f)| {
            let (whole, part) = values[2 * i + f];
            if f == 0 { f64::from(whole) } else { f64::from(whole) + part }
        });
        prop_assume!(copies.iter().filter(|&&n| n > 0).count() >= 3);
        let repeated: Vec<usize> = (0..12).flat_map(|row| std::iter::repeat_n(row, copies[row])).collect();
        let repeated = Array2::from_shape_fn((repeated.len(), 2), |(i, f)| x[(repeated[i], f)]);
        prop_assume!(Table::new(repeated.view(), None).distinct_rows(3) == 3);
        let moved = Array2::from_shape_fn((12, 2), |(i, f)| x[(shuffled[i], f)]);
        let weights: Vec<f64> = shuffled.iter().map(|&row| copies[row] as f64).collect();
        prop_assert_eq!(fit(repeated.view(), None, &init), fit(moved.view(), Some(&weights), &init));
        let backwards = repeated.slice(s![..;-1, ..]);
        prop_assert_eq!(fit(repeated.view(), None, &init), fit(backwards, None, &init));
    }
}
