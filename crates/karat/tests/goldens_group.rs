//! The group of `tests/goldens/ahp.json`, computed in 60-digit arithmetic (its consensus also by AHP-OS), and
//! repairs of Saaty's two examples.
#![allow(clippy::unwrap_used, reason = "a golden that cannot be read fails its test")]

use karat::evaluate::weights::{
    Ahp, GroupMethod, PairwiseMatrix, PriorityMethod, RandomIndex, RepairOptions, UncertaintyOptions,
    consensus,
};
use karat::scorer::numerics::{exp, ln};
use serde_json::Value;

fn goldens() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/ahp.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// "3/2" as the nearest double.
fn rational(value: &Value) -> f64 {
    let text = value.as_str().unwrap();
    let (over, under) = text.split_once('/').unwrap_or((text, "1"));
    over.parse::<f64>().unwrap() / under.parse::<f64>().unwrap()
}

fn matrix(labels: &Value, rows: &Value) -> PairwiseMatrix {
    let labels: Vec<&str> = labels.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    let rows: Vec<Vec<f64>> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(rational).collect())
        .collect();
    PairwiseMatrix::from_rows(&labels, &rows).unwrap()
}

fn pairwise(id: &str) -> PairwiseMatrix {
    let goldens = goldens();
    let case = goldens["pairwise"].as_array().unwrap().iter().find(|case| case["id"] == id).unwrap();
    matrix(&case["labels"], &case["matrix"])
}

#[track_caller]
fn all_near(found: &[f64], golden: &[f64], tolerance: f64) {
    assert_eq!(found.len(), golden.len());
    for (found, golden) in found.iter().zip(golden) {
        assert!((found - golden).abs() <= tolerance, "{found} against {golden}");
    }
}

fn experts(case: &Value) -> Vec<PairwiseMatrix> {
    case["experts"].as_array().unwrap().iter().map(|e| matrix(&case["labels"], &e["matrix"])).collect()
}

#[test]
fn group_report() {
    let goldens = goldens();
    let case = &goldens["group"][0];
    let judges = experts(case);
    for (name, shares) in [("equal", vec![1.0 / 3.0; 3]), ("weighted", numbers(&case["expert_weights"]))] {
        let golden = &case[name];
        let report = Ahp::new().group(&judges, &shares, GroupMethod::Judgments).unwrap();
        all_near(&report.priorities.weights, &numbers(&golden["aij_eigenvector"]), 1e-12);
        all_near(&[report.priorities.lambda_max], &[golden["aij_lambda_max"].as_f64().unwrap()], 1e-11);
        for (i, row) in golden["aij_geometric_matrix"].as_array().unwrap().iter().enumerate() {
            let found: Vec<f64> = (0..5).map(|j| report.judgments.judgment(i, j)).collect();
            all_near(&found, &numbers(row), 1e-12);
        }
        let root = Ahp::new().method(PriorityMethod::GeometricMean);
        let found = root.group(&judges, &shares, GroupMethod::Judgments).unwrap().priorities.weights;
        all_near(&found, &numbers(&golden["aij_geometric_mean"]), 1e-12);
        let apart = Ahp::new().group(&judges, &shares, GroupMethod::Priorities).unwrap();
        all_near(&apart.priorities.weights, &numbers(&golden["aip_geometric"]), 1e-12);
        for (own, expert) in report.judges.iter().zip(case["experts"].as_array().unwrap()) {
            all_near(&own.weights, &numbers(&expert["eigenvector"]), 1e-12);
            all_near(&[own.consistency_index], &[expert["ci"].as_f64().unwrap()], 1e-11);
        }
        let consensus = report.consensus;
        all_near(&[consensus.shannon], &[case["consensus_shannon_goepel"].as_f64().unwrap()], 1e-12);
        all_near(&[consensus.beta_entropy], &[case["beta_entropy"].as_f64().unwrap()], 1e-12);
    }
}

/// METHODS GT-9.5, computed by hand there.
#[test]
fn two_judges() {
    let items = ["a", "b", "c"];
    let judges = [
        PairwiseMatrix::from_text(&items, &["a 2 b", "a 4 c", "b 3 c"]).unwrap(),
        PairwiseMatrix::from_text(&items, &["a 1 b", "a 3 c", "b 2 c"]).unwrap(),
    ];
    let report = Ahp::new().group(&judges, &[0.5, 0.5], GroupMethod::Judgments).unwrap();
    all_near(&report.priorities.weights, &[0.501_057, 0.354_301, 0.144_643], 5.1e-7);
    all_near(&[report.priorities.lambda_max], &[3.0], 1e-12);
    let report = Ahp::new().group(&judges, &[0.7, 0.3], GroupMethod::Judgments).unwrap();
    all_near(&report.priorities.weights, &[0.524_120, 0.340_556, 0.135_324], 5.1e-7);
    all_near(&[report.priorities.lambda_max], &[3.002_923], 5.1e-7);
    // Without one judge the group is the other.
    let alone = Ahp::new().priorities(&judges[1]).unwrap().weights;
    let without: Vec<f64> =
        report.priorities.weights.iter().zip(&report.pulls[0]).map(|(with, pull)| with - pull).collect();
    all_near(&without, &alone, 1e-12);
}

/// METHODS GT-9.6: refused, with the triad named.
#[test]
fn an_intransitive_triad_is_named() {
    let circle = PairwiseMatrix::from_text(&["a", "b", "c"], &["a 3 b", "a 1/3 c", "b 3 c"]).unwrap();
    let error = Ahp::new().random_index(RandomIndex::Saaty1980).check_consistency(&circle, 0.10).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("worst triad is `a` 3 `b`, `b` 3 `c`, `a` 1/3 `c`, which run in a circle"),
        "{text}"
    );
    assert!(text.starts_with("consistency ratio 1.149 "), "{text}");
    assert_eq!((circle.transitivity().circles.len(), circle.transitivity().zeta), (1, Some(0.0)));
}

/// Kendall's tie-corrected W by the textbook: ranks (1.5 1.5 3) and (1 2 3), S = 6.5, m^2 (n^3 - n) = 96,
/// m T = 2 * 6 = 12, so W = 12 * 6.5 / 84.
#[test]
fn kendall_with_ties() {
    let found = consensus(&[&[0.4, 0.4, 0.2], &[0.5, 0.3, 0.2]]).unwrap();
    all_near(&[found.kendall_w.unwrap()], &[12.0 * 6.5 / 84.0], 1e-14);
}

#[test]
fn outliers_and_clusters() {
    let judge = |c: f64| {
        PairwiseMatrix::from_judgments(&["a", "b", "c"], &[("a", "b", c), ("a", "c", c * c), ("b", "c", c)])
    };
    let judges: Vec<PairwiseMatrix> = [2.0, 2.2, 1.9, 2.1, 1.0 / 5.0].map(|c| judge(c).unwrap()).to_vec();
    let report = Ahp::new().group(&judges, &[0.2; 5], GroupMethod::Judgments).unwrap();
    assert_eq!(report.outliers, [4]);
    assert_eq!(report.clusters, [vec![0, 1, 2, 3], vec![4]]);
}

/// The house is mended by one judgment of 28 and by nothing else; the school by no single one.
#[test]
fn repairs_of_the_house_and_the_school() {
    let house = pairwise("house_criteria");
    let repaired = Ahp::new().repair(&house, RepairOptions::new()).unwrap();
    let change = &repaired.changes[0];
    assert_eq!((change.first.as_str(), change.second.as_str()), ("neighbourhood", "condition"));
    assert_eq!((change.from, change.to, repaired.changes.len()), (6.0, 1.0, 1));
    assert!(repaired.fewest_judgments && (change.consistency_ratio - 0.0883).abs() < 5e-5);
    let school = pairwise("school_criteria");
    assert!(Ahp::new().repairs(&school, 0.10).unwrap().is_empty());
    let repaired = Ahp::new().repair(&school, RepairOptions::new()).unwrap();
    println!("school: {:?}", repaired.changes);
    assert!(repaired.changes.len() >= 2 && repaired.fewest_judgments);
    let after = Ahp::new().priorities(&repaired.matrix).unwrap().consistency_ratio;
    assert!(after < 0.10 && after == repaired.consistency_ratio);
    assert!(Ahp::new().repair(&school, RepairOptions::new().maximum_changes(1)).is_err());
}

/// The slope against a difference quotient, the completed value against its neighbours.
#[test]
fn influences_are_derivatives_and_minima() {
    let house = pairwise("house_criteria");
    let ahp = Ahp::new();
    let lambda = |first: &str, second: &str, value: f64| {
        ahp.priorities(&house.with_judgment(first, second, value).unwrap()).unwrap()
    };
    for found in ahp.influences(&house).unwrap() {
        let (first, second) = (found.first.as_str(), found.second.as_str());
        let given = house.judgment(found.pair.0, found.pair.1);
        let at = |factor: f64| lambda(first, second, given * factor).lambda_max;
        let quotient = (at(exp(1e-4)) - at(exp(-1e-4))) / 2e-4;
        assert!((found.slope - quotient).abs() < 1e-6, "{found:?}: {quotient}");
        for factor in [0.9, 1.0, 1.1] {
            let ratio = lambda(first, second, found.best_value * factor).consistency_ratio;
            assert!(found.ratio_without <= ratio + 1e-12, "{found:?}");
        }
    }
}

/// For two items the weight is the logistic of the disturbed logarithm, so its quantiles are known.
#[test]
fn uncertainty_of_two_items_is_logistic_normal() {
    let matrix = PairwiseMatrix::from_text(&["a", "b"], &["a 2 b"]).unwrap();
    let options = UncertaintyOptions::new().draws(20_000).seed(1).standard_deviation(0.3);
    let found = Ahp::new().uncertainty(&matrix, options).unwrap();
    let weight = |z: f64| 1.0 / (1.0 + exp(-(ln(2.0) + 0.3 * z)));
    all_near(
        &[found.lower[0], found.median[0], found.upper[0]],
        &[-1.644_854, 0.0, 1.644_854].map(weight),
        0.004,
    );
    // P(ln 2 + 0.3 z > 0) = Phi(2.3105) = 0.98957.
    all_near(&found.rank_shares[0], &[0.989_57, 0.010_43], 0.003);
    assert_eq!(found, Ahp::new().uncertainty(&matrix, options).unwrap());
}
