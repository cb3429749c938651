//! Properties of priorities, and the messages that bad judgments get.

use proptest::prelude::*;

use super::*;

/// n items and one scale step (0 to 16) for each pair.
fn judgments(sizes: std::ops::Range<usize>) -> impl Strategy<Value = (usize, Vec<usize>)> {
    sizes.prop_flat_map(|n| (Just(n), prop::collection::vec(0..17usize, n * (n - 1) / 2)))
}

fn labels(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("item {i}")).collect()
}

/// The matrix whose entry (i, j) above the diagonal is `judgment(i, j)`.
fn matrix(n: usize, judgment: impl Fn(usize, usize) -> f64) -> PairwiseMatrix {
    let names = labels(n);
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let list: Vec<_> = pairs.map(|(i, j)| (&names[i], &names[j], judgment(i, j))).collect();
    PairwiseMatrix::from_judgments(&names, &list).unwrap()
}

fn on_scale(n: usize, steps: &[usize]) -> PairwiseMatrix {
    matrix(n, |i, j| SAATY_SCALE[steps[i * n - i * (i + 1) / 2 + j - i - 1]])
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x - y).abs() <= tolerance)
}

proptest! {
    #[test]
    fn consistent_judgments_are_recovered(values in prop::collection::vec(0.02f64..50.0, 1..20)) {
        let n = values.len();
        let total: f64 = values.iter().sum();
        let exact: Vec<f64> = values.iter().map(|v| v / total).collect();
        let consistent = matrix(n, |i, j| values[i] / values[j]);
        for method in PriorityMethod::ALL {
            let found = Ahp::new().method(method).priorities(&consistent).unwrap();
            prop_assert!(close(&found.weights, &exact, 1e-14), "{method:?}: {:?}", found.weights);
            prop_assert!((found.lambda_max - n as f64).abs() < 1e-12);
            prop_assert!(found.consistency_ratio < 1e-12);
            prop_assert!(found.geometric_consistency_index < 1e-24);
        }
    }

    /// Multiplying what an item is worth by a factor multiplies its judgments and its priority, and leaves
    /// the consistency alone; on a consistent matrix it keeps the matrix consistent.
    #[test]
    fn scaling_an_item_scales_its_priority(
        (n, steps) in judgments(2..9), item in 0..8usize, factor in 0.1f64..10.0,
    ) {
        let item = item % n;
        let scale = |i: usize| if i == item { factor } else { 1.0 };
        let plain = on_scale(n, &steps);
        let scaled = matrix(n, |i, j| plain.judgment(i, j) * scale(i) / scale(j));
        for method in [PriorityMethod::Eigenvector, PriorityMethod::GeometricMean] {
            let before = Ahp::new().method(method).priorities(&plain).unwrap();
            let after = Ahp::new().method(method).priorities(&scaled).unwrap();
            let expected: Vec<f64> = before.weights.iter().enumerate().map(|(i, w)| w * scale(i)).collect();
            let total: f64 = expected.iter().sum();
            let expected: Vec<f64> = expected.iter().map(|w| w / total).collect();
            prop_assert!(close(&after.weights, &expected, 1e-11), "{:?} {expected:?}", after.weights);
            let difference = (after.lambda_max - before.lambda_max).abs();
            prop_assert!(difference <= 1e-12 * before.lambda_max, "{difference:e}");
        }
    }

    #[test]
    fn permuting_items_permutes_weights((n, steps) in judgments(2..10), seed in any::<u64>()) {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&i| seed.rotate_left(7 * i as u32).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let plain = on_scale(n, &steps);
        let permuted = matrix(n, |i, j| plain.judgment(order[i], order[j]));
        // Plain least squares has several minima for judgments as wild as these; its own tests stand elsewhere.
        for method in PriorityMethod::ALL.into_iter().filter(|method| *method != PriorityMethod::LeastSquares) {
            let ahp = Ahp::new().method(method);
            let (before, after) = (ahp.priorities(&plain).unwrap(), ahp.priorities(&permuted).unwrap());
            let expected: Vec<f64> = order.iter().map(|&i| before.weights[i]).collect();
            prop_assert!(close(&after.weights, &expected, 1e-11), "{method:?}");
            prop_assert!((after.consistency_ratio - before.consistency_ratio).abs() < 1e-12);
        }
    }

    /// Asked the other way round, every judgment is the reciprocal: the matrix is transposed. It is as
    /// inconsistent as before, and geometric means are inverted (Barzilai, 1997); asked both ways it is the
    /// same matrix.
    #[test]
    fn judgments_the_other_way_round((n, steps) in judgments(2..10)) {
        let plain = on_scale(n, &steps);
        let turned = matrix(n, |i, j| plain.judgment(j, i));
        for i in 0..n {
            for j in 0..n {
                let product = plain.judgment(i, j) * plain.judgment(j, i);
                prop_assert!((product - 1.0).abs() <= 2.0 * f64::EPSILON, "{product}");
            }
        }
        let ahp = Ahp::new().method(PriorityMethod::GeometricMean);
        let (before, after) = (ahp.priorities(&plain).unwrap(), ahp.priorities(&turned).unwrap());
        let inverted: Vec<f64> = before.weights.iter().map(|weight| 1.0 / weight).collect();
        let total: f64 = inverted.iter().sum();
        let inverted: Vec<f64> = inverted.iter().map(|weight| weight / total).collect();
        prop_assert!(close(&after.weights, &inverted, 1e-13), "{:?} {inverted:?}", after.weights);
        let ahp = Ahp::new();
        let (before, after) = (ahp.priorities(&plain).unwrap(), ahp.priorities(&turned).unwrap());
        prop_assert!((before.lambda_max - after.lambda_max).abs() <= 1e-12 * before.lambda_max);
        let names = labels(n);
        let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
        let asked: Vec<_> = pairs.map(|(i, j)| (&names[j], &names[i], plain.judgment(j, i))).collect();
        let asked = PairwiseMatrix::from_judgments(&names, &asked).unwrap();
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let (before, after) = (plain.judgment(i, j), asked.judgment(i, j));
            prop_assert!((after - before).abs() <= 2.0 * f64::EPSILON * before, "{before} {after}");
        }
    }

    /// Random judgments on the scale are the worst a person can do. The bracket holds the eigenvalue, the
    /// eigenvector solves its equation, and the ratio is never negative.
    #[test]
    fn brackets_are_narrow_and_ratios_not_negative((n, steps) in judgments(1..16)) {
        let wild = on_scale(n, &steps);
        let found = Ahp::new().priorities(&wild).unwrap();
        let (low, high) = found.lambda_bounds;
        prop_assert!(low <= found.lambda_max && found.lambda_max <= high);
        prop_assert!(high - low <= 3e-14 * high, "{:e} in {} iterations", high / low - 1.0, found.iterations);
        prop_assert!(found.consistency_index >= 0.0 && found.consistency_ratio >= 0.0);
        for i in 0..n {
            let product: f64 = (0..n).map(|j| wild.judgment(i, j) * found.weights[j]).sum();
            let residual = product - found.lambda_max * found.weights[i];
            prop_assert!(residual.abs() <= 1e-12 * product, "{residual:e}");
        }
    }

    /// One wrong judgment among consistent ones: the others imply the truth, and the change to it restores
    /// consistency and is named first.
    #[test]
    fn a_planted_error_is_found(
        values in prop::collection::vec(0usize..3, 4..9), pair in any::<prop::sample::Index>(), wrong in 3.0f64..9.0,
    ) {
        let n = values.len();
        let value = |i: usize| [1.0, 2.0, 4.0][values[i]];
        let pairs: Vec<_> = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect();
        let planted = *pair.get(&pairs);
        let given = matrix(n, |i, j| value(i) / value(j) * if (i, j) == planted { wrong } else { 1.0 });
        let diagnosis = Ahp::new().diagnose(&given).unwrap();
        let (worst, best) = (&diagnosis.pairs[0], &diagnosis.changes[0]);
        prop_assert_eq!((worst.pair, best.pair), (planted, planted));
        let truth = value(planted.0) / value(planted.1);
        prop_assert!((worst.others_imply / truth - 1.0).abs() < 1e-12);
        prop_assert!(best.to == truth && best.consistency_ratio < 1e-12);
    }

    /// Averaging judgments and averaging geometric-mean priorities agree (Barzilai and Golany, 1994).
    #[test]
    fn group_means_agree((n, first) in judgments(2..7), second in prop::collection::vec(0..17usize, 15), share in 0.0f64..1.0) {
        let judges = [on_scale(n, &first), on_scale(n, &second)];
        let shares = [share, 1.0 - share];
        let ahp = Ahp::new().method(PriorityMethod::GeometricMean);
        let together = ahp.priorities(&aggregate_judgments(&judges, &shares).unwrap()).unwrap().weights;
        let apart: Vec<Vec<f64>> = judges.iter().map(|j| ahp.priorities(j).unwrap().weights).collect();
        let averaged = aggregate_priorities(&[&apart[0], &apart[1]], &shares, PriorityMean::Geometric).unwrap();
        prop_assert!(close(&together, &averaged, 1e-14));
    }

    #[test]
    fn combinations_stay_on_the_simplex(raw in prop::collection::vec((0.001f64..1.0, 0.001f64..1.0), 1..12), share in 0.0f64..=1.0) {
        let share_of = |values: Vec<f64>| { let total: f64 = values.iter().sum(); values.iter().map(|v| v / total).collect::<Vec<_>>() };
        let expert = share_of(raw.iter().map(|r| r.0).collect());
        let data = share_of(raw.iter().map(|r| r.1).collect());
        let all = [Combination::Linear { share }, Combination::Multiplicative, Combination::Geometric, Combination::GameTheory];
        for how in all {
            let found = combine(&expert, &data, how).unwrap();
            prop_assert!(found.weights.iter().all(|&w| w >= 0.0), "{how:?}");
            prop_assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-14, "{how:?}");
        }
    }

    #[test]
    fn entropy_does_not_depend_on_units(
        rows in prop::collection::vec((0.0f64..1.0, 0.0f64..1.0), 3..40), unit in 1e-6f64..1e6,
    ) {
        prop_assume!(rows.iter().any(|r| r.0 > 0.01) && rows.iter().any(|r| r.1 > 0.01));
        let a: Vec<f64> = rows.iter().map(|r| r.0).collect();
        let b: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let scaled: Vec<f64> = a.iter().map(|v| v * unit).collect();
        let (before, after) = (entropy(&[&a, &b]).unwrap(), entropy(&[&scaled, &b]).unwrap());
        prop_assert!(close(&before.weights, &after.weights, 1e-9));
        prop_assert!(before.entropy.iter().all(|e| (0.0..=1.0).contains(e)));
    }
}

#[allow(clippy::needless_pass_by_value, reason = "called on unwrap_err")]
fn message(error: karat_scorer::Error) -> String {
    error.to_string()
}

#[test]
fn every_fault_of_a_judgment_has_its_own_message() {
    let labels = ["revenue", "activity", "loyalty"];
    let fault = |first: &str, second: &str, value: f64| {
        let list = [(first, second, value), ("revenue", "loyalty", 2.0), ("activity", "loyalty", 1.0)];
        message(PairwiseMatrix::from_judgments(&labels, &list).unwrap_err())
    };
    let cases = [
        (fault("revenue", "activty", 3.0), "unknown item `activty`; did you mean `activity`?"),
        (fault("revenue", "xyz", 3.0), "unknown item `xyz`; the items are `revenue`, `activity`, `loyalty`"),
        (fault("revenue", "revenue", 1.0), "`revenue` is compared with itself; leave that judgment out"),
        (
            fault("revenue", "activity", 0.0),
            "`revenue` vs `activity` is 0; nothing is 0 times as important, give a positive ratio such as 1/9",
        ),
        (
            fault("revenue", "activity", -3.0),
            "`revenue` vs `activity` is negative (-3); write \"activity 3 revenue\" to turn it round",
        ),
        (
            fault("revenue", "activity", f64::NAN),
            "`revenue` vs `activity` is not a number; leave the judgment out or give a positive ratio",
        ),
        (
            fault("revenue", "activity", f64::INFINITY),
            "`revenue` vs `activity` is infinite; give a positive ratio such as 9",
        ),
        (
            fault("revenue", "activity", 1e12),
            "`revenue` vs `activity` is 1e12; judgments lie between 1e-9 and 1e9",
        ),
        (fault("revenue", "loyalty", 5.0), "`revenue` vs `loyalty` is given twice (5 and 2); keep one"),
        (
            fault("loyalty", "revenue", 2.0),
            "`revenue` and `loyalty` are compared in both directions (\"loyalty 2 revenue\" and \"revenue 2 \
             loyalty\"), which contradict each other; keep one",
        ),
        (
            fault("loyalty", "revenue", 0.5),
            "`revenue` and `loyalty` are compared in both directions (\"loyalty 1/2 revenue\" and \"revenue 2 \
             loyalty\"), which agree; keep one",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
}

#[test]
fn all_faults_are_listed_together() {
    let error = PairwiseMatrix::from_text(&["a", "b"], &["a 3 c", "b 0 a", "b 1/3 b"]).unwrap_err();
    let text = message(error);
    assert!(text.starts_with("3 problems:\n  - unknown item `c`"), "{text}");
    assert!(text.contains("`b` vs `a` is 0") && text.contains("`b` is compared with itself"), "{text}");
}

#[test]
fn missing_judgments_are_listed_with_what_would_fit() {
    let text = ["a 2 b", "b 2 c", "d 3 c", "a 3 d"];
    // Between a and c two chains of equal length: sqrt((2 * 2) (3 * 3)) = 6. Between b and d, through a and
    // through c: sqrt((3 / 2) (2 / 3)) = 1.
    let found = message(PairwiseMatrix::from_text(&["a", "b", "c", "d"], &text).unwrap_err());
    assert_eq!(
        found,
        "2 of 6 comparisons are missing: `a` vs `c` (the others imply 6: \"a 6 c\" would fit), `b` vs `d` (the \
         others imply 1: \"b 1 d\" would fit)"
    );
}

#[test]
fn items_that_nothing_links_are_named_with_the_comparison_that_would() {
    let text = ["a 2 b", "c 2 d"];
    let found = message(PairwiseMatrix::from_text(&["a", "b", "c", "d"], &text).unwrap_err());
    assert_eq!(
        found,
        "4 of 6 comparisons are missing and the items fall into 2 groups never compared with each other: `a`, `b` \
         | `c`, `d`; one comparison joins them, for example `a` vs `c` (missing: `a` vs `c`, `a` vs `d`, `b` vs \
         `c`, `b` vs `d`)"
    );
    let none: [&str; 0] = [];
    let alone = message(PairwiseMatrix::from_text(&labels(8), &none).unwrap_err());
    assert!(alone.contains("8 groups") && alone.contains("7 comparisons join them"), "{alone}");
    assert!(alone.ends_with("and 18 more)"), "{alone}");
}

#[test]
fn matrices_are_checked_entry_by_entry() {
    let rows = [vec![1.0, 3.0, 0.0], vec![0.33, 2.0, f64::NAN], vec![-1.0, 1.0, 1.0]];
    let found = message(PairwiseMatrix::from_rows(&["a", "b", "c"], &rows).unwrap_err());
    for part in [
        "5 problems",
        "`b` vs itself must be 1, got 2",
        "`a` vs `b` is 3 but `b` vs `a` is 0.33",
        "`a` vs `c` is 0",
        "`c` vs `a` is negative (-1)",
        "`b` vs `c` is not a number",
    ] {
        assert!(found.contains(part), "{part} in {found}");
    }
    let short = message(PairwiseMatrix::from_rows(&["a", "b"], &[vec![1.0, 2.0], vec![0.5]]).unwrap_err());
    assert_eq!(short, "expected 2 judgments in row `b`, got 1");
    let rounded = [vec![1.0, 3.0], vec![0.333_333_333_3, 1.0]];
    assert_eq!(PairwiseMatrix::from_rows(&["a", "b"], &rounded).unwrap().judgment(1, 0), 1.0 / 3.0);
}

#[test]
fn labels_are_checked() {
    let none: [&str; 0] = [];
    for (labels, expected) in [
        (vec![], "`labels` must name at least one item, got none"),
        (vec!["a", " "], "`labels` must not be blank, got \" \" at position 1"),
        (vec!["a", "b", "a"], "`labels` must be different, got `a` twice"),
    ] {
        assert_eq!(message(PairwiseMatrix::from_text(&labels, &none).unwrap_err()), expected);
    }
    let many = message(PairwiseMatrix::from_text(&labels(65), &none).unwrap_err());
    assert_eq!(many, "`labels` must name at most 64 items; group them into a hierarchy, got 65");
}

#[test]
fn one_item_needs_no_judgment() {
    let none: [&str; 0] = [];
    let found = Ahp::new().priorities(&PairwiseMatrix::from_text(&["only"], &none).unwrap()).unwrap();
    assert_eq!((found.weights, found.consistency_ratio, found.lambda_max), (vec![1.0], 0.0, 1.0));
}

#[test]
fn a_table_that_ends_too_soon_names_one_that_does_not() {
    let large = matrix(16, |_, _| 1.0);
    let error = Ahp::new().random_index(RandomIndex::Saaty1980).priorities(&large).unwrap_err();
    assert_eq!(
        message(error),
        "`random_index` must cover n = 16, but `saaty_1980` ends at n = 15; `recomputed` covers every n, got \
         `saaty_1980`"
    );
    let index = Ahp::new().priorities(&large).unwrap().random_index;
    assert!(index.extrapolated && index.table == "recomputed");
    // 2.7699 * 16 - 4.3513 = 39.9671; less 16, divided by 15.
    assert!((index.value - 23.967_1 / 15.0).abs() < 1e-12);
}

#[test]
fn entropy_refuses_what_has_none() {
    let bad = [[1.0, -2.0, f64::NAN], [0.0, 0.0, 0.0]];
    let found = message(entropy(&[&bad[0], &bad[1]]).unwrap_err());
    assert!(found.contains("column `0`: not a number: NaN (1 row: 2)"), "{found}");
    assert!(found.contains("column `0`: negative: -2 (1 row: 1)"), "{found}");
    let zeros = message(entropy(&[&[1.0, 2.0, 4.0], &bad[1]]).unwrap_err());
    assert!(zeros.contains("column `1`: every value is 0"), "{zeros}");
    let flat = message(entropy(&[&[0.3, 0.3, 0.3], &[7.0, 7.0, 7.0]]).unwrap_err());
    assert!(flat.contains("no column carries information"), "{flat}");
    assert!(entropy(&[&[1.0]]).is_err() && entropy(&[]).is_err());
    assert!(entropy(&[&[1.0, 2.0], &[1.0]]).is_err());
    assert!(entropy_from_sums(4, &[(f64::NAN, 1.0)]).is_err());
    // Four values that sum to 4 have sum z ln z between 0 and 4 ln 4.
    assert!(entropy_from_sums(4, &[(4.0, -0.1)]).is_err() && entropy_from_sums(4, &[(4.0, 5.6)]).is_err());
}

#[test]
fn a_constant_column_gets_weight_0_and_a_finding() {
    let constant = [0.1; 1000];
    let rising: Vec<f64> = (0..1000).map(f64::from).collect();
    let found = entropy(&[&rising, &constant]).unwrap();
    assert_eq!(found.weights, [1.0, 0.0]);
    assert_eq!((found.findings.len(), found.findings[0].code), (1, "W120"));
    assert_eq!(found.findings[0].place, "column 1");
}

#[test]
fn combination_refuses_what_are_not_weights() {
    let good = [0.5, 0.5];
    for (expert, data, how, part) in [
        (&[0.5, 0.4][..], &good[..], Combination::Geometric, "`expert` must sum to 1, got a sum of 0.9"),
        (
            &good,
            &[1.5, -0.5],
            Combination::Geometric,
            "`data` must be finite numbers >= 0, got -0.5 at position 1",
        ),
        (&good, &[f64::NAN, 1.0], Combination::GameTheory, "`data` must be finite numbers >= 0"),
        (&good, &[1.0], Combination::Multiplicative, "expected 2 weights of the data"),
        (&good, &good, Combination::Linear { share: 1.5 }, "`share` must lie between 0 and 1, got 1.5"),
        (&[1.0, 0.0], &[0.0, 1.0], Combination::Multiplicative, "must share an indicator"),
    ] {
        let found = message(combine(expert, data, how).unwrap_err());
        assert!(found.contains(part), "{part} in {found}");
    }
    let same = combine(&good, &good, Combination::GameTheory).unwrap();
    assert_eq!((same.weights, same.coefficients), (vec![0.5, 0.5], Some([0.5, 0.5])));
}

#[test]
fn judges_must_judge_the_same_items() {
    let a = PairwiseMatrix::from_text(&["a", "b"], &["a 2 b"]).unwrap();
    let b = PairwiseMatrix::from_text(&["b", "a"], &["a 2 b"]).unwrap();
    let found = message(aggregate_judgments(&[a.clone(), b], &[0.5, 0.5]).unwrap_err());
    assert!(found.starts_with("judge 1 has `b` where judge 0 has `a`"), "{found}");
    let found = message(aggregate_judgments(&[a.clone(), a], &[0.5, 0.6]).unwrap_err());
    assert_eq!(found, "`judge_weights` must sum to 1, got a sum of 1.1");
    assert!(aggregate_judgments(&[], &[]).is_err());
}
