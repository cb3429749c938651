//! `tests/goldens/ahp.json`: consistency indices, judgment scales, fuzzy judgments and the best-worst method; and
//! priorities by least squares against published and computed figures.
//!
//! The goldens were computed in 60-digit arithmetic and agree with AHP-OS (scales), pyDecision (fuzzy) and
//! `scipy.optimize` (best-worst).
#![allow(clippy::unwrap_used, reason = "a golden that cannot be read fails its test")]

use karat::evaluate::weights::{
    Ahp, BestWorst, FuzzyMatrix, JudgmentScale, PairwiseMatrix, PriorityMethod, Triangular,
    least_squares_minima,
};
use serde_json::Value;

fn goldens() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/ahp.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

fn rational(value: &Value) -> f64 {
    let text = value.as_str().unwrap();
    let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
    top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap()
}

#[track_caller]
fn near(found: f64, golden: f64, tolerance: f64, what: &str) {
    assert!((found - golden).abs() <= tolerance * golden.abs().max(1.0), "{what}: {found} against {golden}");
}

fn matrix(case: &Value) -> PairwiseMatrix {
    let rows = case["matrix"].as_array().unwrap().iter();
    let rows: Vec<Vec<f64>> =
        rows.map(|row| row.as_array().unwrap().iter().map(rational).collect()).collect();
    PairwiseMatrix::from_rows(&texts(&case["labels"]), &rows).unwrap()
}

#[test]
fn consistency_indices_of_all_33_matrices() {
    let goldens = goldens();
    let cases = goldens["pairwise"].as_array().unwrap();
    assert_eq!(cases.len(), 33);
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let found = Ahp::new().consistency_indices(&matrix(case)).unwrap();
        let golden = |name: &str| case["indices"][name].as_f64().unwrap();
        near(found.koczkodaj_index, golden("koczkodaj"), 1e-13, &format!("{id} koczkodaj"));
        near(found.harmonic_consistency_index, golden("harmonic_ci"), 1e-12, &format!("{id} harmonic"));
        near(found.pelaez_lamata_index, golden("pelaez_lamata"), 1e-13, &format!("{id} pelaez_lamata"));
        let gci = case["geometric_mean"]["gci"].as_f64().unwrap();
        near(found.geometric_consistency_index, gci, 1e-12, &format!("{id} gci"));
        near(
            found.consistency_index,
            case["eigenvector"]["ci"].as_f64().unwrap(),
            1e-11,
            &format!("{id} ci"),
        );
        assert_eq!(found.worst_triad.is_some(), golden("koczkodaj") > 0.0, "{id}");
        // Aguarón and Moreno-Jiménez chose their limits so that both verdicts agree, as they do here wherever CR is not
        // near its limit.
        if (found.consistency_ratio - 0.1).abs() > 0.02 {
            assert_eq!(found.is_acceptable(0.1), found.is_geometrically_acceptable(), "{id}");
        }
    }
}

#[test]
fn ten_scales() {
    let goldens = goldens();
    let golden = &goldens["scales"];
    let n = golden["n"].as_u64().unwrap() as usize;
    let values = golden["values"].as_object().unwrap();
    assert_eq!(values.len(), JudgmentScale::ALL.len());
    for (name, values) in values {
        let scale = JudgmentScale::from_name(name).unwrap();
        for (level, &value) in (1..).zip(&numbers(values)) {
            near(scale.value(f64::from(level), n).unwrap(), value, 1e-14, &format!("{name} {level}"));
            let words = JudgmentScale::words(level).unwrap();
            near(scale.ratio(words, n).unwrap(), value, 1e-14, words);
        }
    }
}

#[test]
fn fuzzy_judgments_by_buckley() {
    let goldens = goldens();
    let cases = goldens["fuzzy"].as_array().unwrap();
    assert_eq!(cases.len(), 1);
    for case in cases {
        let rows = case["triangular"].as_array().unwrap().iter().map(|row| {
            let row = row.as_array().unwrap().iter().map(|value| {
                let point = |at: usize| rational(&value[at]);
                Triangular::new(point(0), point(1), point(2))
            });
            row.collect::<Vec<_>>()
        });
        let rows: Vec<Vec<Triangular>> = rows.collect();
        let labels: Vec<String> = (0..rows.len()).map(|i| format!("x{i}")).collect();
        let found = FuzzyMatrix::from_rows(&labels, &rows).unwrap().geometric_mean();
        for (at, golden) in numbers(&case["weights"]).into_iter().enumerate() {
            near(found.weights[at], golden, 1e-14, "fuzzy weights");
            let fuzzy = numbers(&case["fuzzy_weights"][at]);
            let own = found.fuzzy[at];
            for (own, golden) in [own.low, own.middle, own.high].into_iter().zip(fuzzy) {
                near(own, golden, 1e-14, "fuzzy fuzzy_weights");
            }
        }
    }
}

#[test]
fn best_worst() {
    let goldens = goldens();
    let cases = goldens["best_worst"].as_array().unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let labels = texts(&case["labels"]);
        let (from_best, to_worst) = (numbers(&case["best_to_others"]), numbers(&case["others_to_worst"]));
        let of_one = |list: &[f64]| labels[list.iter().position(|&v| v == 1.0).unwrap()];
        let judged =
            BestWorst::new(&labels, of_one(&from_best), of_one(&to_worst), &from_best, &to_worst).unwrap();
        let found = judged.weights();
        // The goldens carry twelve decimals.
        for (own, golden) in found.weights.iter().zip(numbers(&case["weights"])) {
            near(*own, golden, 6e-13, id);
        }
        near(found.deviation, case["xi"].as_f64().unwrap(), 6e-13, id);
        near(found.consistency_ratio, case["input_based_cr"].as_f64().unwrap(), 1e-15, id);
    }
}

/// The conditions of a minimum of the sum of `(a_ij w_j - w_i)^2` on the simplex: all its partial derivatives equal.
#[test]
fn weighted_least_squares_of_all_33_matrices_are_stationary() {
    let goldens = goldens();
    for case in goldens["pairwise"].as_array().unwrap() {
        let judgments = matrix(case);
        let n = judgments.size();
        let ahp = Ahp::new().method(PriorityMethod::WeightedLeastSquares);
        let w = ahp.priorities(&judgments).unwrap().weights;
        let a = |i: usize, j: usize| judgments.judgment(i, j);
        let slope = |l: usize| {
            let own: f64 = (0..n).map(|i| (a(i, l) * w[l] - w[i]) * a(i, l)).sum();
            let other: f64 = (0..n).map(|j| a(l, j) * w[j] - w[l]).sum();
            own - other
        };
        let slopes: Vec<f64> = (0..n).map(slope).collect();
        assert!(w.iter().all(|&w| w > 0.0));
        for &other in &slopes {
            near(other, slopes[0], 1e-12, case["id"].as_str().unwrap());
        }
    }
}

/// The gradient of the sum of `(a_ij - w_i / w_j)^2` vanishes, no start of the methods at hand is lower, and a
/// consistent matrix has the one minimum 0.
#[test]
fn least_squares_of_all_33_matrices_are_lowest() {
    let goldens = goldens();
    for case in goldens["pairwise"].as_array().unwrap() {
        let (id, judgments) = (case["id"].as_str().unwrap(), matrix(case));
        let n = judgments.size();
        let objective = |w: &[f64]| -> f64 {
            (0..n * n)
                .map(|at| judgments.judgment(at / n, at % n) - w[at / n] / w[at % n])
                .map(|r| r * r)
                .sum()
        };
        let minima = least_squares_minima(&judgments);
        let w = &minima[0].weights;
        near(objective(w), minima[0].objective, 1e-9, id);
        for method in PriorityMethod::ALL {
            let other = Ahp::new().method(method).priorities(&judgments).unwrap().weights;
            assert!(objective(w) <= objective(&other) * (1.0 + 1e-9) + 1e-20, "{id} {method:?}");
        }
        for item in 0..n {
            let mut slope = 0.0;
            let mut size = 1e-300;
            for other in (0..n).filter(|&other| other != item) {
                let (r, s) = (w[item] / w[other], w[other] / w[item]);
                let forth = 2.0 * r * (r - judgments.judgment(item, other));
                let back = 2.0 * s * (s - judgments.judgment(other, item));
                slope += forth - back;
                size += r * r + s * s + forth.abs() + back.abs();
            }
            assert!(slope.abs() <= 1e-9 * size, "{id} item {item}: {slope:e} of {size}");
        }
    }
}

/// A closed circle of strength t is the same seen from each of its items, and its lowest sum of squares is not: three
/// minima tie (Jensen, 1984).
#[test]
fn ties_of_the_least_squares_are_told() {
    let circle = PairwiseMatrix::from_text(&["a", "b", "c"], &["a 9 b", "b 9 c", "c 9 a"]).unwrap();
    let minima = least_squares_minima(&circle);
    let tied = minima.iter().filter(|m| m.objective <= minima[0].objective * (1.0 + 1e-9)).count();
    assert_eq!(tied, 3);
    for (at, minimum) in minima[..3].iter().enumerate() {
        let turned: Vec<f64> = (0..3).map(|i| minimum.weights[(i + at) % 3]).collect();
        let found =
            minima[..3].iter().any(|m| m.weights.iter().zip(&turned).all(|(a, b)| (a - b).abs() < 1e-9));
        assert!(found, "{minima:?}");
    }
    let found = Ahp::new().method(PriorityMethod::LeastSquares).priorities(&circle).unwrap();
    assert!(
        found.findings[0]
            .to_string()
            .starts_with("W152 least squares of 3 items: 3 different sets of weights")
    );
}

/// Turning the order of the items turns the weights, for every method whose minimum is unique; transposing the matrix
/// inverts the geometric mean.
#[test]
fn weights_follow_their_items() {
    let goldens = goldens();
    for case in goldens["pairwise"].as_array().unwrap() {
        let (id, judgments) = (case["id"].as_str().unwrap(), matrix(case));
        let n = judgments.size();
        let rows = |pick: &dyn Fn(usize, usize) -> f64| -> PairwiseMatrix {
            let rows: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| pick(i, j)).collect()).collect();
            PairwiseMatrix::from_rows(judgments.labels(), &rows).unwrap()
        };
        let turned = rows(&|i, j| judgments.judgment(n - 1 - i, n - 1 - j));
        for method in PriorityMethod::ALL {
            let ahp = Ahp::new().method(method);
            let (plain, other) = (ahp.priorities(&judgments).unwrap(), ahp.priorities(&turned).unwrap());
            if method == PriorityMethod::LeastSquares && !plain.findings.is_empty() {
                continue;
            }
            for (i, weight) in plain.weights.iter().enumerate() {
                near(other.weights[n - 1 - i], *weight, 1e-9, &format!("{id} {method:?}"));
            }
        }
        let ahp = Ahp::new().method(PriorityMethod::GeometricMean);
        let plain = ahp.priorities(&judgments).unwrap().weights;
        let back = ahp.priorities(&rows(&|i, j| judgments.judgment(j, i))).unwrap().weights;
        let products: Vec<f64> = plain.iter().zip(&back).map(|(a, b)| a * b).collect();
        for product in &products {
            near(product / products[0], 1.0, 1e-12, id);
        }
    }
}
