//! Natural breaks against every choice of cuts, and against published examples.

use super::*;
use proptest::prelude::*;

fn cost(values: &[(f64, u64)]) -> f64 {
    let weight: f64 = values.iter().map(|v| v.1 as f64).sum();
    let mean = values.iter().map(|v| v.0 * v.1 as f64).sum::<f64>() / weight;
    values.iter().map(|v| v.1 as f64 * (v.0 - mean) * (v.0 - mean)).sum()
}

fn cost_of_cuts(values: &[(f64, u64)], cuts: &[f64]) -> f64 {
    let grade = |value: f64| cuts.iter().filter(|cut| **cut <= value).count();
    (0..=cuts.len())
        .map(|class| {
            let members: Vec<_> = values.iter().copied().filter(|v| grade(v.0) == class).collect();
            assert!(!members.is_empty(), "class {class} of {cuts:?} is empty");
            cost(&members)
        })
        .sum()
}

/// The lowest cost over every choice of cuts.
fn brute_force(values: &[(f64, u64)], classes: usize) -> f64 {
    if classes == 1 {
        return cost(values);
    }
    (classes - 1..values.len())
        .map(|start| brute_force(&values[..start], classes - 1) + cost(&values[start..]))
        .fold(f64::INFINITY, f64::min)
}

fn counted(values: &[f64]) -> Vec<(f64, u64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut counted: Vec<(f64, u64)> = Vec::new();
    for value in sorted {
        match counted.last_mut() {
            Some(last) if last.0 == value => last.1 += 1,
            _ => counted.push((value, 1)),
        }
    }
    counted
}

/// From the tests of the R package `Ckmeans.1d.dp` (Wang & Song, 2011): `-1, 2, -1, 2, 4, 5, 6, -1, 2, -1`
/// in three clusters of 4, 3 and 3 values around -1, 2 and 5, within sums of squares 0, 0 and 2.
#[test]
fn example_of_wang_and_song() {
    let values = counted(&[-1.0, 2.0, -1.0, 2.0, 4.0, 5.0, 6.0, -1.0, 2.0, -1.0]);
    let cuts = natural_breaks(&values, 3).unwrap();
    assert_eq!(cuts, [2.0, 4.0]);
    assert_eq!(cost_of_cuts(&values, &cuts), 2.0);
    assert_eq!(brute_force(&values, 3), 2.0);
}

proptest! {
    #[test]
    fn no_partition_is_better(
        values in prop::collection::btree_map(-40_i32..40, 1_u64..9, 1..14),
        classes in 1_usize..6,
    ) {
        let values: Vec<(f64, u64)> = values.into_iter().map(|(v, c)| (f64::from(v) * 0.37, c)).collect();
        prop_assume!(values.len() >= classes);
        let cuts = natural_breaks(&values, classes).unwrap();
        prop_assert_eq!(cuts.len(), classes - 1);
        let (found, least) = (cost_of_cuts(&values, &cuts), brute_force(&values, classes));
        prop_assert!((found - least).abs() <= 1e-9 * (1.0 + least), "{} against {}", found, least);
    }

    /// Groups a unit apart beside a value of -1e9, whose square hides them in plain doubles.
    #[test]
    fn a_far_value_does_not_blur_the_others(shift in -1e9..1e9_f64) {
        let shift = shift.floor();
        let mut values = vec![(shift - 1e9, 1)];
        values.extend([0.0, 0.25, 0.5, 10.0, 10.25, 20.0, 20.5].map(|v| (shift + v, 3)));
        prop_assert_eq!(natural_breaks(&values, 4).unwrap(), [shift, shift + 10.0, shift + 20.0]);
    }
}

#[test]
fn many_values_take_a_moment_only() {
    let values: Vec<(f64, u64)> = (0..100_000).map(|i| (f64::from(i), 1)).collect();
    let cuts = natural_breaks(&values, 5).unwrap();
    // Equal spacing is cut into equal parts, for which the costs are symmetric.
    assert_eq!(cuts, [20_000.0, 40_000.0, 60_000.0, 80_000.0]);
}

#[test]
fn as_many_classes_as_values_cut_at_each() {
    assert_eq!(natural_breaks(&[(1.0, 1), (2.0, 9), (7.0, 1)], 3).unwrap(), [2.0, 7.0]);
    assert_eq!(natural_breaks(&[(1.0, 1), (2.0, 9)], 1).unwrap(), [] as [f64; 0]);
}

#[test]
fn bad_input_is_named() {
    let message = |values: &[(f64, u64)], classes| natural_breaks(values, classes).unwrap_err().to_string();
    assert_eq!(
        message(&[(1.0, 1), (2.0, 1)], 3),
        "2 different values cannot make 3 classes; ask for at most 2 classes"
    );
    assert_eq!(message(&[(1.0, 1)], 0), "`classes` must be >= 1, got 0");
    assert_eq!(
        message(&[(2.0, 1), (2.0, 1)], 1),
        "`values` must be different and ascending (after 2), got 2"
    );
    assert!(message(&[(f64::NAN, 1)], 1).contains("must be finite"));
    assert_eq!(message(&[(2.0, 0)], 1), "`values` must each have a count >= 1 (value 2), got 0");
    assert!(message(&[], 1).starts_with("0 different values"));
}

proptest! {
    /// Real weights, in any order and with copies, against every choice of cuts of the different values.
    #[test]
    fn weighted_values_in_any_order(
        rows in prop::collection::vec((-12_i32..12, 0_u32..5), 1..40),
        classes in 1_usize..5,
    ) {
        let values: Vec<f64> = rows.iter().map(|row| f64::from(row.0) * 0.37).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.1) * 0.25).collect();
        let mut merged: std::collections::BTreeMap<i32, u64> = std::collections::BTreeMap::new();
        for &(value, quarters) in rows.iter().filter(|row| row.1 > 0) {
            *merged.entry(value).or_default() += u64::from(quarters);
        }
        prop_assume!(merged.len() >= classes);
        let different: Vec<(f64, u64)> = merged.into_iter().map(|(v, q)| (f64::from(v) * 0.37, q)).collect();
        let found = natural_breaks_of(&values, Some(&weights), classes).unwrap();
        let least = brute_force(&different, classes) / 4.0;
        prop_assert!((found.inertia - least).abs() <= 1e-9 * (1.0 + least), "{} {}", found.inertia, least);
        prop_assert_eq!(&found.cuts, &natural_breaks(&different, classes).unwrap());
        let weighted = rows.iter().filter(|row| row.1 > 0).count() as u64;
        prop_assert_eq!(found.sizes.iter().sum::<u64>(), weighted);
        let total: f64 = found.means.iter().zip(&found.weights).map(|(mean, weight)| mean * weight).sum();
        let direct: f64 = values.iter().zip(&weights).map(|(v, w)| v * w).sum();
        prop_assert!((total - direct).abs() < 1e-9);
    }
}

#[test]
fn of_equal_partitions_the_lowest_last_cut_is_taken() {
    // Two classes of 0, 1, 2: {0} {1, 2} and {0, 1} {2} cost 0.5 each.
    assert_eq!(natural_breaks(&[(0.0, 1), (1.0, 1), (2.0, 1)], 2).unwrap(), [1.0]);
}

#[test]
fn weights_that_are_none_are_named() {
    let message = |weights: &[f64]| natural_breaks_of(&[1.0, 2.0], Some(weights), 1).unwrap_err().to_string();
    assert_eq!(message(&[1.0]), "expected 2 weights, one a value, got 1");
    assert_eq!(message(&[1.0, -1.0]), "`weights` must be >= 0 and below 1e25 (row 1), got -1");
    assert_eq!(message(&[0.0, 0.0]), "0 different values cannot make 1 classes; ask for at most 0 classes");
    let nan = natural_breaks_of(&[1.0, f64::NAN], None, 1).unwrap_err().to_string();
    assert!(nan.contains("(row 1), got NaN"), "{nan}");
}
