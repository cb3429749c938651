//! `objective_weights` of `tests/goldens/ahp.json`: weights from data by six methods.
//!
//! Computed in 60-digit arithmetic; scikit-criteria, pymcdm, pyDecision and numpy agree there to 6e-16 or to
//! the small numbers that they add (the file lists the differences).
#![allow(clippy::unwrap_used, reason = "a golden that cannot be read fails its test")]

use karat::evaluate::weights::{
    Combination, DataMethod, Loadings, Values, combine, critic, data_weights, entropy_of, gini, merec, mix,
    principal_component, standard_deviation,
};
use serde_json::Value;

const WEIGHTS: f64 = 1e-12;

fn goldens() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/ahp.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    all["objective_weights"].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[track_caller]
fn all_near(found: &[f64], golden: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), golden.len(), "{what}");
    for (found, golden) in found.iter().zip(golden) {
        assert!((found - golden).abs() <= tolerance, "{what}: {found} against {golden}");
    }
}

/// Rows, columns and positions of the costs of a case.
fn data(case: &Value) -> (Vec<f64>, Vec<Vec<f64>>, Vec<usize>) {
    let rows: Vec<Vec<f64>> = case["data"].as_array().unwrap().iter().map(numbers).collect();
    let columns = (0..rows[0].len()).map(|j| rows.iter().map(|row| row[j]).collect()).collect();
    let direction = numbers(&case["direction"]);
    let costs = (0..direction.len()).filter(|&j| direction[j] < 0.0).collect();
    (rows.concat(), columns, costs)
}

#[test]
fn six_methods_on_two_tables() {
    let cases = goldens();
    assert_eq!(cases.len(), 2);
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let (rows, columns, costs) = data(case);
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let by_columns = Values::columns(&slices).unwrap().costs(&costs).unwrap();
        let by_rows = Values::row_major(&rows, columns.len()).unwrap().costs(&costs).unwrap();
        for values in [&by_columns, &by_rows] {
            let near = |found: &[f64], key: &str| {
                all_near(found, &numbers(&case[key]), WEIGHTS, &format!("{id} {key}"));
            };
            near(&entropy_of(values).unwrap().weights, "entropy");
            near(&critic(values).unwrap().weights, "critic");
            near(&standard_deviation(values).unwrap().weights, "std_of_minmax");
            near(&merec(values).unwrap().weights, "merec");
            near(&gini(values).unwrap().weights, "gini");
            let found = principal_component(values, Loadings::Absolute).unwrap();
            let golden = &case["pca_first_component"];
            all_near(&found.weights, &numbers(&golden["weights"]), WEIGHTS, &format!("{id} pca"));
            let explained = golden["explained"].as_f64().unwrap();
            all_near(&[found.explained], &[explained], WEIGHTS, &format!("{id} explained"));
            // Squared loadings: of the same vector, whose magnitudes the golden gives.
            let length: f64 = numbers(&golden["weights"]).iter().map(|w| w * w).sum();
            let squared: Vec<f64> = numbers(&golden["weights"]).iter().map(|w| w * w / length).collect();
            let found = principal_component(values, Loadings::Squared).unwrap();
            all_near(&found.weights, &squared, WEIGHTS, &format!("{id} pca squared"));
        }
        for method in DataMethod::ALL {
            let (by_columns, by_rows) =
                (data_weights(&by_columns, method).unwrap(), data_weights(&by_rows, method).unwrap());
            assert_eq!(by_columns, by_rows, "{id} {method}: the layout shows");
            assert!((by_rows.weights.iter().sum::<f64>() - 1.0).abs() < 1e-15 * 8.0, "{id} {method}");
        }
    }
}

/// The five combinations of AHP and CRITIC, from the table itself and not from the golden's CRITIC weights.
#[test]
fn expert_and_critic_combined_five_ways() {
    let cases = goldens();
    let case = cases.iter().find(|case| case.get("combination").is_some()).unwrap();
    let golden = &case["combination"];
    let (rows, columns, costs) = data(case);
    let values = Values::row_major(&rows, columns.len()).unwrap().costs(&costs).unwrap();
    let data = critic(&values).unwrap().weights;
    let expert = numbers(&golden["expert_ahp"]);
    all_near(&data, &numbers(&golden["data_critic"]), WEIGHTS, "data_critic");
    for (how, key) in [
        (Combination::Linear { share: 0.6 }, "linear_0.6_0.4"),
        (Combination::Multiplicative, "multiplicative"),
        (Combination::Geometric, "geometric"),
        (Combination::MINIMUM_RELATIVE_ENTROPY, "geometric"),
    ] {
        let found = combine(&expert, &data, how).unwrap().weights;
        all_near(&found, &numbers(&golden[key]), WEIGHTS, key);
    }
    let game = combine(&expert, &data, Combination::GameTheory).unwrap();
    all_near(&game.weights, &numbers(&golden["game_theory"]["weights"]), WEIGHTS, "game_theory");
    all_near(&game.coefficients.unwrap(), &numbers(&golden["game_theory"]["alpha"]), WEIGHTS, "alpha");
    // A mix of two is the linear combination.
    let mixed = mix(&[(&expert, 0.6), (&data, 0.4)]).unwrap();
    all_near(&mixed, &numbers(&golden["linear_0.6_0.4"]), WEIGHTS, "mix");
}

/// METHODS GT-9.7: rows (ARPU, tenure, stops), min-max with direction, six digits.
#[test]
fn gt_9_7() {
    let columns = [[80.0, 120.0, 60.0, 200.0], [24.0, 36.0, 60.0, 12.0], [-3.0, -1.0, -2.0, 0.0]];
    let scaled: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| {
            let (lo, hi) = (
                column.iter().copied().fold(f64::MAX, f64::min),
                column.iter().copied().fold(f64::MIN, f64::max),
            );
            column.iter().map(|x| (x - lo) / (hi - lo)).collect()
        })
        .collect();
    let slices: Vec<&[f64]> = scaled.iter().map(Vec::as_slice).collect();
    let found = entropy_of(&Values::columns(&slices).unwrap()).unwrap();
    all_near(&found.entropy, &[0.620335, 0.689392, 0.729574], 1e-6, "e");
    all_near(&found.weights, &[0.395196, 0.323315, 0.281489], 1e-6, "w_E");
    let expert = [0.558425, 0.319618, 0.121957];
    for (how, golden) in [
        (Combination::Multiplicative, [0.615836, 0.288366, 0.095798]),
        (Combination::Geometric, [0.481071, 0.329191, 0.189738]),
        (Combination::Linear { share: 0.5 }, [0.476811, 0.321466, 0.201723]),
    ] {
        all_near(&combine(&expert, &found.weights, how).unwrap().weights, &golden, 2e-6, "GT-9.7");
    }
    let game = combine(&expert, &found.weights, Combination::GameTheory).unwrap();
    all_near(&game.published_coefficients.unwrap(), &[1.490978, -0.490978], 2e-5, "alpha");
    assert_eq!(game.coefficients, Some([1.0, 0.0]));
    assert_eq!(game.findings[0].code, "W130");
}
