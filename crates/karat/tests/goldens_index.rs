//! The part `index` of `tests/goldens/ahp.json`: normalisations, the three means over a tree, contributions,
//! Shapley values and the closed form. Computed in 60-digit arithmetic; COINr 1.1.14 agrees to 6e-14.
#![allow(clippy::unwrap_used, reason = "a golden that cannot be read fails its test")]

use karat::evaluate::normalise::{Normalisation, Normaliser};
use karat::evaluate::split::{contributions, index_of, shapley};
use karat::{Plan, Table, ValueModel};
use serde_json::Value;

/// Index points of 100; the goldens' own checks stand at 1e-14.
const NEAR: f64 = 1e-11;

fn goldens() -> (Value, Value) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/ahp.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let sets = all["objective_weights"].as_array().unwrap();
    let data = sets.iter().find(|set| set["id"] == all["index"]["data"]).unwrap().clone();
    (all["index"].clone(), data)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn table_of(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

#[track_caller]
fn near(found: &[f64], golden: &[f64], what: &str) {
    assert_eq!(found.len(), golden.len(), "{what}");
    for (at, (found, golden)) in found.iter().zip(golden).enumerate() {
        let gap = (found - golden).abs();
        assert!(gap <= NEAR, "{what}[{at}]: {found} against {golden}, off by {gap:e}");
    }
}

fn columns(data: &Value) -> Vec<Vec<f64>> {
    let rows = table_of(&data["data"]);
    (0..rows[0].len()).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

/// The tree of the goldens with these means.
fn plan(aggregate: &str) -> Plan {
    Plan::from_toml(&format!(
        "[index]\naggregate = {aggregate}\n\
         [indicators]\narpu = {{}}\ngigabytes = {{}}\nminutes = {{}}\ntenure = {{}}\nlate_payments = {{ better = \"low\" }}\n\
         [tree]\nindex = [\"value\", \"activity\", \"loyalty\"]\nvalue = [\"arpu\", \"gigabytes\"]\n\
         activity = [\"minutes\"]\nloyalty = [\"tenure\", \"late_payments\"]\n\
         [weights.fixed]\nindex = {{ value = 0.5, activity = 0.2, loyalty = 0.3 }}\n\
         value = {{ arpu = 0.75, gigabytes = 0.25 }}\n\
         loyalty = {{ tenure = 66.66666666666667, late_payments = 33.33333333333333 }}\n"
    ))
    .unwrap()
}

fn fitted(aggregate: &str) -> (ValueModel, Table<'static>) {
    let (_, data) = goldens();
    let names = data["labels"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    let table =
        Table::from_columns(names.zip(columns(&data)).map(|(name, column)| (name, column.into()))).unwrap();
    (ValueModel::new(plan(aggregate)).fit(&table).unwrap(), table)
}

/// Golden order (arpu, minutes, gigabytes, tenure, `late_payments`) to that of the plan's leaves.
const ORDER: [usize; 5] = [0, 2, 1, 3, 4];

fn reordered(values: &[f64]) -> Vec<f64> {
    ORDER.iter().map(|&at| values[at]).collect()
}

#[test]
fn normalisations() {
    let (golden, data) = goldens();
    let directions = numbers(&data["direction"]);
    let cases = [
        ("minmax_1_100", Normalisation::MinMax { from: 1.0, to: 100.0 }),
        ("zscore_sample_sd", Normalisation::ZScore { mean: 0.0, standard_deviation: 1.0 }),
        ("zscore_10_2", Normalisation::ZScore { mean: 10.0, standard_deviation: 2.0 }),
        ("rank_average_ties", Normalisation::Rank),
        ("vector", Normalisation::Vector),
    ];
    assert_eq!(golden["normalised"].as_object().unwrap().len(), cases.len());
    for (name, how) in cases {
        let golden = table_of(&golden["normalised"][name]);
        for (at, (column, direction)) in columns(&data).iter().zip(&directions).enumerate() {
            let found = Normaliser::fit(column, how, *direction < 0.0).unwrap().apply_all(column);
            let golden: Vec<f64> = golden.iter().map(|row| row[at]).collect();
            near(&found, &golden, &format!("{name} column {at}"));
        }
    }
}

/// The floor of 0.01 makes an index of 1 to 100 of indicators from 0 to 1.
#[test]
fn three_means() {
    let (golden, _) = goldens();
    for (aggregate, name) in [("\"geometric\"", "geometric"), ("\"harmonic\"", "harmonic")] {
        let (model, table) = fitted(aggregate);
        let index: Vec<f64> = model.score(&table).unwrap().iter().map(|score| score.index).collect();
        near(&index, &numbers(&golden["index_minmax_1_100"][name]), name);
    }
    // An arithmetic index knows no floor: it goes from 0 to 100.
    let (model, table) = fitted("\"arithmetic\"");
    let index: Vec<f64> = model.score(&table).unwrap().iter().map(|s| 1.0 + 0.99 * s.index).collect();
    near(&index, &numbers(&golden["index_minmax_1_100"]["arithmetic"]), "arithmetic");
    // The power mean goes through all three: 1e-2 is the least exponent, so that the limit is near only.
    let (near_geometric, table) = fitted("{ power = 0.01 }");
    let golden = numbers(&golden["index_minmax_1_100"]["geometric"]);
    for (score, golden) in near_geometric.score(&table).unwrap().iter().zip(golden) {
        assert!((score.index - golden).abs() < 0.5 && score.index > golden, "{} {golden}", score.index);
    }
}

#[test]
fn additive_contributions() {
    let (golden, _) = goldens();
    let weights = reordered(&numbers(&serde_json::json!(
        ["arpu", "minutes", "gigabytes", "tenure", "late_payments"]
            .map(|name| golden["effective_weights"][name].as_f64().unwrap())
    )));
    let (model, table) = fitted("\"arithmetic\"");
    near(&model.scorer().model().tree.weights, &weights, "effective weights");
    let points = model.explain(&table).unwrap().points;
    let golden_points = table_of(&golden["contributions_arithmetic"]);
    let against = table_of(&golden["contributions_vs_mean_arithmetic"]);
    let rows = rows_of(&model, &table);
    for (at, row) in rows.iter().enumerate() {
        let lifted: Vec<f64> = points[at].iter().zip(&weights).map(|(p, w)| w + 0.99 * p).collect();
        near(&lifted, &reordered(&golden_points[at]), "contributions");
        let mut found = vec![0.0; 5];
        model.scorer().against_mean(row, &mut found).unwrap();
        let found: Vec<f64> = found.iter().map(|points| 0.99 * points).collect();
        let golden = reordered(&against[at]);
        near(&found, &golden, "against the mean");
        // Reasons are the shortfalls of the golden in order, and none of the others.
        let mut wanted: Vec<usize> = (0..5).filter(|&i| golden[i] < 0.0).collect();
        wanted.sort_by(|&a, &b| golden[a].total_cmp(&golden[b]));
        wanted.truncate(3);
        let reasons = model.scorer().reasons(row, 3).unwrap();
        let named: Vec<usize> = reasons.as_slice().iter().map(|r| usize::from(r.position)).collect();
        assert_eq!(named, wanted, "reasons of row {at}");
    }
}

fn rows_of(model: &ValueModel, table: &Table<'_>) -> Vec<Vec<f64>> {
    let bound = table.bind(model.scorer().schema(), &model.plan().reading()).unwrap();
    (0..table.len()).map(|row| bound.iter().map(|column| column[row]).collect()).collect()
}

#[test]
fn closed_form_and_shapley_values() {
    let (golden, _) = goldens();
    let of_mean = golden["geometric_index_of_mean_row"].as_f64().unwrap();
    for name in ["geometric", "harmonic"] {
        let (model, table) = fitted(&format!("\"{name}\""));
        let scorer = model.scorer();
        let means: Vec<f64> = scorer.means().iter().map(|mean| 1.0 + 99.0 * mean).collect();
        near(&means, &reordered(&numbers(&golden["reference_mean_row"])), "means");
        let points = model.explain(&table).unwrap().points;
        let scores = model.score(&table).unwrap();
        let golden_points = table_of(&golden["closed_form_vs_mean"][name]);
        let golden_shapley = table_of(&golden["shapley_geometric_vs_mean"]);
        for (at, row) in rows_of(&model, &table).iter().enumerate() {
            near(&points[at], &reordered(&golden_points[at]), name);
            let base = scorer.base(row).unwrap();
            let sum: f64 = points[at].iter().sum();
            assert!((base + sum - scores[at].index).abs() < 1e-12 * 100.0, "row {at} sums");
            if name == "geometric" {
                assert!((base - of_mean).abs() < NEAR);
                let z: Vec<f64> = model
                    .scorer()
                    .model()
                    .indicators
                    .list
                    .iter()
                    .map(|indicator| indicator.eval(row[indicator.field as usize]))
                    .collect();
                let value = |z: &[f64]| index_of(scorer.model(), z);
                let found = shapley(value, &z, scorer.means()).unwrap();
                near(&found, &reordered(&golden_shapley[at]), "Shapley");
                let split = contributions(scorer.model(), &z, scorer.means()).unwrap();
                near(&split, &points[at], "any reference");
            }
        }
    }
}
