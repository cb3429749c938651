//! Optimality by the definition, and the messages of bad judgments.

use proptest::prelude::*;

use super::*;

fn labels(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("x{i}")).collect()
}

fn deviation(judged: &BestWorst, w: &[f64]) -> f64 {
    let (b, s) = (w[judged.best], w[judged.worst]);
    let pairs = judged.best_to_others.iter().zip(&judged.others_to_worst).zip(w);
    pairs.map(|((a, c), w)| (b - a * w).abs().max((w - c * s).abs())).fold(0.0, f64::max)
}

fn judgments() -> impl Strategy<Value = BestWorst> {
    (2usize..11, 2u8..10, any::<u64>()).prop_map(|(n, extreme, seed)| {
        let mut random = crate::numerics::random::Random::new(seed);
        let mut draw = || 1.0 + random.below(u64::from(extreme)) as f64;
        let (mut from_best, mut to_worst): (Vec<f64>, Vec<f64>) = (0..n).map(|_| (draw(), draw())).unzip();
        let extreme = f64::from(extreme);
        (from_best[0], to_worst[0]) = (1.0, extreme);
        (from_best[n - 1], to_worst[n - 1]) = (extreme, 1.0);
        let last = format!("x{}", n - 1);
        BestWorst::new(&labels(n), "x0", &last, &from_best, &to_worst).unwrap()
    })
}

proptest! {
    /// The deviation reported is that of the weights, and no nearby weights have a smaller one: the model is
    /// convex, so that nearby is enough.
    #[test]
    fn no_other_weights_come_closer(judged in judgments(), seed: u64) {
        let found = judged.weights();
        let n = found.weights.len();
        prop_assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(found.weights.iter().all(|w| *w >= 0.0));
        let own = deviation(&judged, &found.weights);
        prop_assert!((own - found.deviation).abs() < 1e-11, "{own} against {}", found.deviation);
        let mut random = crate::numerics::random::Random::new(seed);
        for _ in 0..200 {
            let size = 1e-4 + 0.2 * random.uniform() * random.uniform();
            let moved: Vec<f64> = found.weights.iter().map(|w| (w + size * random.normal() / n as f64).max(0.0)).collect();
            let total: f64 = moved.iter().sum();
            let moved: Vec<f64> = moved.iter().map(|w| w / total).collect();
            let other = deviation(&judged, &moved);
            prop_assert!(other >= own - 1e-12, "{other} below {own} at {moved:?}");
        }
    }

    /// Consistent judgments have no deviation; the order of the items changes nothing.
    #[test]
    fn items_may_stand_in_any_order(judged in judgments(), turn in 1usize..9) {
        let n = judged.labels.len();
        let turned = |values: &[f64]| -> Vec<f64> { (0..n).map(|i| values[(i + turn) % n]).collect() };
        let names: Vec<String> = (0..n).map(|i| judged.labels[(i + turn) % n].clone()).collect();
        let other = BestWorst::new(
            &names,
            &judged.labels[judged.best],
            &judged.labels[judged.worst],
            &turned(&judged.best_to_others),
            &turned(&judged.others_to_worst),
        ).unwrap().weights();
        let found = judged.weights();
        prop_assert!((found.deviation - other.deviation).abs() < 1e-13);
        for (a, b) in turned(&found.weights).iter().zip(&other.weights) {
            prop_assert!((a - b).abs() < 1e-11);
        }
    }
}

#[test]
fn consistent_judgments_are_recovered_for_any_size() {
    for n in [2, 3, 9, 64] {
        let from_best: Vec<f64> = (0..n).map(|j| 1.0 + 8.0 * j as f64 / (n - 1) as f64).collect();
        let to_worst: Vec<f64> = from_best.iter().map(|a| 9.0 / a).collect();
        let last = format!("x{}", n - 1);
        let found = BestWorst::new(&labels(n), "x0", &last, &from_best, &to_worst).unwrap().weights();
        let total: f64 = from_best.iter().map(|a| 1.0 / a).sum();
        assert_eq!((found.deviation, found.consistency_ratio), (0.0, 0.0));
        assert!(found.findings.is_empty());
        for (w, a) in found.weights.iter().zip(&from_best) {
            assert!((w - 1.0 / a / total).abs() < 1e-15);
        }
    }
}

#[test]
fn one_item_and_all_equal() {
    assert_eq!(BestWorst::new(&["a"], "a", "a", &[1.0], &[1.0]).unwrap().weights().weights, [1.0]);
    let equal = BestWorst::new(&["a", "b", "c"], "a", "c", &[1.0; 3], &[1.0; 3]).unwrap().weights();
    assert_eq!((equal.weights[0], equal.consistency_ratio, equal.threshold), (1.0 / 3.0, 0.0, None));
}

#[test]
fn too_much_contradiction_is_named() {
    let found =
        BestWorst::new(&["a", "b", "c"], "a", "c", &[1.0, 9.0, 9.0], &[9.0, 9.0, 1.0]).unwrap().weights();
    assert_eq!((found.consistency_ratio, found.most_inconsistent), (1.0, Some(1)));
    let text = found.findings[0].to_string();
    let expected = "W153 `b`: consistency ratio 1.000 > 0.1359 (n = 3, best vs worst 9): `a` vs `b` is 9 and `b` vs `c` \
                    is 9, together 81 instead of 9; ask again about this item";
    assert_eq!(text, expected);
}

#[test]
fn every_problem_is_named_with_its_pair() {
    let error = |best: &str, worst: &str, from: &[f64], to: &[f64]| {
        BestWorst::new(&["a", "b", "c"], best, worst, from, to).unwrap_err().to_string()
    };
    let sound = ([1.0, 2.0, 4.0], [4.0, 2.0, 1.0]);
    assert!(error("d", "c", &sound.0, &sound.1).contains("`best` must be one of the items"));
    assert!(error("a", "a", &sound.0, &sound.1).contains("another item than the best"));
    assert!(error("a", "c", &sound.0[..2], &sound.1).contains("best_to_others"));
    let text = error("a", "c", &[1.0, 0.5, 4.0], &[4.0, f64::NAN, 1.0]);
    assert!(text.starts_with("2 problems:"), "{text}");
    assert!(text.contains("`a` vs `b` is 1/2: the best is at least as important"), "{text}");
    assert!(text.contains("`b` vs `c` is not a number"), "{text}");
    let text = error("a", "c", &[1.0, 5.0, 4.0], &sound.1);
    assert!(text.contains("`a` vs `b` is 5, more than the best vs the worst (`a` vs `c` is 4)"), "{text}");
    let text = error("a", "c", &[2.0, 2.0, 4.0], &[4.0, 2.0, 3.0]);
    assert!(
        text.contains("`a` vs itself must be 1, got 2") && text.contains("`c` vs itself must be 1"),
        "{text}"
    );
    let text = error("a", "c", &sound.0, &[5.0, 2.0, 1.0]);
    assert!(text.contains("`a` vs `c` is 4 in best_to_others but 5 in others_to_worst"), "{text}");
    for value in [0.0, -1.0, f64::INFINITY] {
        let text = error("a", "c", &[1.0, value, 4.0], &sound.1);
        assert!(text.contains("`a` vs `b` is"), "{text}");
    }
}
