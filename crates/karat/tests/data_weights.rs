//! Data weights, mixtures and bounds as a plan asks for them.
#![allow(clippy::unwrap_used, reason = "tests")]

use karat::plan::WeightMethod;
use karat::{Plan, Table, ValueModel};
use serde_json::Value;

/// Data, directions and golden weights of the telecom table of `goldens/ahp.json`.
fn telecom() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/ahp.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    all["objective_weights"][1].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

const NAMES: [&str; 5] = ["arpu", "minutes", "gigabytes", "tenure", "late_payments"];

fn base() -> Table<'static> {
    let case = telecom();
    let rows: Vec<Vec<f64>> = case["data"].as_array().unwrap().iter().map(numbers).collect();
    let column = |j: usize| rows.iter().map(|row| row[j]).collect::<Vec<f64>>();
    Table::from_columns(NAMES.iter().enumerate().map(|(j, &name)| (name, column(j).into()))).unwrap()
}

/// Min-max over the base with directions, as the goldens scale their columns.
fn plan(weights: &str) -> String {
    format!(
        "[indicators]\narpu = {{}}\nminutes = {{}}\ngigabytes = {{}}\ntenure = {{}}\n\
         late_payments = {{ better = \"low\" }}\n[weights]\n{weights}\n"
    )
}

fn fit(weights: &str) -> ValueModel {
    ValueModel::new(Plan::from_toml(&plan(weights)).unwrap()).fit(&base()).unwrap()
}

fn weights(model: &ValueModel) -> Vec<f64> {
    model.report().weights.iter().map(|weight| weight.weight).collect()
}

fn codes(model: &ValueModel) -> Vec<String> {
    model.report().findings.iter().map(|finding| finding.code.clone()).collect()
}

#[track_caller]
fn near(found: &[f64], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len());
    for (x, y) in found.iter().zip(wanted) {
        assert!((x - y).abs() < 1e-12, "{found:?} against {wanted:?}");
    }
}

fn refusal(weights: &str) -> String {
    Plan::from_toml(&plan(weights)).unwrap_err().to_string()
}

/// The plan's passes, with min-max scales from the base, against the goldens of 60 digits.
#[test]
fn plans_reproduce_the_goldens() {
    let case = telecom();
    for (method, key) in [("critic", "critic"), ("standard_deviation", "std_of_minmax")] {
        let model = fit(&format!("method = \"{method}\""));
        near(&weights(&model), &numbers(&case[key]));
        let source = &model.report().data_weights[0];
        assert_eq!((source.method.as_str(), source.customers), (method, 10));
        near(&source.weights, &numbers(&case[key]));
        assert!(model.report().to_string().contains(&format!("data weights: {method} over 10 graded")));
    }
    let principal = numbers(&case["pca_first_component"]["weights"]);
    near(&weights(&fit("method = \"pca\"")), &principal);
    near(&weights(&fit("method = \"equal\"")), &[0.2; 5]);
    let merec = weights(&fit("method = \"merec\""));
    assert!((merec.iter().sum::<f64>() - 1.0).abs() < 1e-12 && merec.iter().all(|&weight| weight > 0.0));
}

#[test]
fn experts_and_critic_are_combined_as_in_the_goldens() {
    let case = telecom();
    let golden = &case["combination"];
    let expert = numbers(&golden["expert_ahp"]);
    let fixed: Vec<String> =
        NAMES.iter().zip(&expert).map(|(name, weight)| format!("{name} = {weight:?}")).collect();
    let with = |weights: &str| format!("{weights}\n[weights.fixed]\nvalue = {{ {} }}", fixed.join(", "));
    for (how, key) in [
        ("{ linear = { expert = 0.6 } }", "linear_0.6_0.4"),
        ("\"multiplicative\"", "multiplicative"),
        ("\"geometric\"", "geometric"),
        ("\"minimum_relative_entropy\"", "geometric"),
    ] {
        let model = fit(&with(&format!("method = \"combined\"\ndata = \"critic\"\ncombination = {how}")));
        near(&weights(&model), &numbers(&golden[key]));
        let data: Vec<f64> = model.report().weights.iter().map(|weight| weight.data.unwrap()).collect();
        near(&data, &numbers(&golden["data_critic"]));
    }
    let game = fit(&with("method = \"combined\"\ndata = \"critic\"\ncombination = \"game_theory\""));
    near(&weights(&game), &numbers(&golden["game_theory"]["weights"]));
    let mixed = fit(&with("method = \"combined\"\nmix = { expert = 6, critic = 4 }"));
    near(&weights(&mixed), &numbers(&golden["linear_0.6_0.4"]));
    // Three sources, by hand from the goldens of each.
    let model =
        fit(&with("method = \"combined\"\nmix = { expert = 0.5, critic = 0.3, standard_deviation = 0.2 }"));
    let (critic, spread) = (numbers(&case["critic"]), numbers(&case["std_of_minmax"]));
    let wanted: Vec<f64> = (0..5).map(|j| 0.5 * expert[j] + 0.3 * critic[j] + 0.2 * spread[j]).collect();
    near(&weights(&model), &wanted);
    let data: Vec<f64> = model.report().weights.iter().map(|weight| weight.data.unwrap()).collect();
    near(&data, &(0..5).map(|j| 0.6 * critic[j] + 0.4 * spread[j]).collect::<Vec<_>>());
    assert_eq!(model.report().data_weights.len(), 2);
}

/// Whatever the number of threads: the same model file.
#[test]
fn threads_do_not_show() {
    let text =
        plan("method = \"combined\"\nmix = { critic = 1, merec = 1, entropy = 1, pca = 1 }\ncap = 0.3");
    let column = |k: usize| -> Vec<f64> { (0..40_000).map(|i| ((i * k + i / 7) % 997) as f64).collect() };
    let table =
        Table::from_columns(NAMES.iter().enumerate().map(|(j, &name)| (name, column(3 * j + 2).into())))
            .unwrap();
    let bits = |threads: usize| {
        let model = ValueModel::new(Plan::from_toml(&text).unwrap()).threads(threads).fit(&table).unwrap();
        weights(&model).iter().map(|weight| weight.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(bits(1), bits(3));
}

#[test]
fn bounds_hold_and_are_reported() {
    let free = fit("method = \"critic\"");
    assert!(codes(&free).iter().all(|code| code != "W131"));
    let model = fit("method = \"critic\"\nbounds = { tenure = [0.05, 0.20] }");
    let (found, before) = (weights(&model), weights(&free));
    assert_eq!(found[3], 0.20);
    near(&[found[0] / found[1]], &[before[0] / before[1]]);
    assert_eq!(codes(&model), ["W131"]);
    assert_eq!(model.report().findings[0].place, "tenure");
    // A cap for all, a bound of its own for one; experts are held to them too.
    let model = fit("cap = 0.25\nbounds = { arpu = [0.4, 0.5] }");
    let found = weights(&model);
    assert_eq!(found[0], 0.4);
    near(&found[1..], &[0.15; 4]);
    assert!((model.report().weights[0].within - 1.0).abs() < 1e-15);
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (text, wanted) in [
        ("method = \"critik\"", "no method of weights `critik`; did you mean `critic`?"),
        ("method = \"combined\"\ndata = \"entropie\"", "did you mean `entropy`?"),
        ("method = \"combined\"\ndata = \"gini\"", "draw Gini's weights from a table"),
        ("method = \"combined\"\nmix = { expert = 1, critc = 1 }", "did you mean `critic`?"),
        ("method = \"combined\"\nmix = { expert = 0 }", "must have a share above 0"),
        ("method = \"combined\"\nmix = { expert = -1, critic = 2 }", "finite numbers >= 0"),
        ("mix = { expert = 1, critic = 1 }", "must come with the method `combined`, got `ahp`"),
        ("method = \"combined\"\ndata = \"critic\"\nmix = { expert = 1 }", "`data` too"),
        ("method = \"combined\"\ncombination = \"geometric\"\nmix = { expert = 1 }", "`combination` too"),
        ("bounds = { tenur = [0, 0.3] }", "did you mean `tenure`?"),
        ("bounds = { tenure = [0.4, 0.3] }", "`bounds of tenure` must have 0 <= least <= greatest <= 1"),
        ("bounds = { tenure = [0.6, 1], arpu = [0.5, 1] }", "(arpu 0.5, tenure 0.6)"),
        ("cap = 0.1", "must have greatest weights that sum to at least 1"),
        ("cap = 0", "`weights.cap` must be above 0"),
    ] {
        let found = refusal(text);
        assert!(found.contains(wanted), "{text}: {found}");
    }
    let points = "[index]\npoints = true\n[indicators]\na = { scale = { points = { per_unit = 1 } } }\n[weights]\ncap = 0.5";
    assert!(Plan::from_toml(points).unwrap_err().to_string().contains("index of points"));
    let error = Plan::from_json(r#"{"indicators": {"a": {}}, "weights": {"method": "critik"}}"#).unwrap_err();
    assert!(error.to_string().starts_with("`weights` must be readable, got no method of weights"), "{error}");
}

/// A column that tells nobody apart, and judgments that nobody reads.
#[test]
fn findings_name_indicators() {
    let text = "[indicators]\nx = {}\ny = { scale = { min_max = { lo = 0, hi = 10 } } }\n\
                [judgments]\nvalue = [\"x 2 y\"]\n[weights]\nmethod = ";
    let table =
        Table::from_columns([("x", vec![1.0, 5.0, 2.0].into()), ("y", vec![3.0, 3.0, 3.0].into())]).unwrap();
    for method in ["critic", "standard_deviation", "merec", "pca", "principal_component_squared", "entropy"] {
        let plan = Plan::from_toml(&format!("{text}\"{method}\"\n")).unwrap();
        let model = ValueModel::new(plan).fit(&table).unwrap();
        assert_eq!(weights(&model), [1.0, 0.0], "{method}");
        let found = &model.report().findings;
        assert!(found.iter().any(|finding| finding.code == "W120" && finding.place == "y"), "{method}");
        assert!(found.iter().any(|finding| finding.code == "W204"), "{method}");
    }
    let flat = Table::from_columns([("x", vec![1.0, 2.0].into()), ("y", vec![2.0, 4.0].into())]).unwrap();
    let plan = Plan::from_toml(&format!("{text}\"critic\"\n")).unwrap();
    let error = ValueModel::new(plan).fit(&flat).unwrap_err().to_string();
    assert!(error.contains("every column repeats the others"), "{error}");
}

#[test]
fn plans_read_back_as_they_were_written() {
    for text in [
        "method = \"combined\"\nmix = { expert = 0.6, critic = 0.4 }\ncap = 0.4",
        "method = \"combined\"\ndata = \"merec\"\nbounds = { tenure = [0.05, 0.3], arpu = [0.1, 0.5] }",
        "method = \"pca\"",
    ] {
        let plan = Plan::from_toml(&plan(text)).unwrap();
        assert_eq!(Plan::from_toml(&plan.to_toml().unwrap()).unwrap(), plan);
        assert_eq!(Plan::from_json(&plan.to_json().unwrap()).unwrap(), plan);
    }
    let plan = Plan::from_toml(&plan("method = \"pca\"")).unwrap();
    assert_eq!(plan.weights.method, WeightMethod::PrincipalComponent);
}
