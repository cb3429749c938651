//! Weights by stage of life, from a plan to scores.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use karat::{Column, Plan, Table, ValueModel};

const PLAN: &str = r#"
[fields.stage]
categories = ["entry", "growth", "decline"]
[indicators]
arpu = { scale = { min_max = { lo = 0, hi = 10 } }, dimension = "contribution" }
tenure = { scale = { min_max = { lo = 0, hi = 10 } }, dimension = "attribution" }
degree = { scale = { min_max = { lo = 0, hi = 10 } }, dimension = "attribution" }
[judgments]
value = ["contribution 3 attribution"]
[weights.fixed]
attribution = { tenure = 0.8, degree = 0.2 }
[profiles]
field = "stage"
[profiles.growth.fixed.value]
contribution = 0.2
attribution = 0.8
[profiles.decline.judgments]
value = ["attribution 4 contribution"]
attribution = ["degree 3 tenure"]
"#;

fn refused(from: &str, to: &str) -> String {
    assert!(PLAN.contains(from));
    Plan::from_toml(&PLAN.replacen(from, to, 1)).unwrap_err().to_string()
}

fn fitted(plan: &str) -> ValueModel {
    let numbers = |values: &[f64]| Column::from(values.to_vec());
    let table = Table::from_columns([
        ("arpu".to_owned(), numbers(&[1.0, 9.0, 4.0])),
        ("tenure".to_owned(), numbers(&[2.0, 8.0, 5.0])),
        ("degree".to_owned(), numbers(&[3.0, 7.0, 6.0])),
        ("stage".to_owned(), Column::from(vec!["entry", "growth", "decline"])),
    ]);
    ValueModel::new(Plan::from_toml(plan).unwrap()).fit(&table.unwrap()).unwrap()
}

/// Weights worked out by hand: products down each profile's own tree.
#[test]
fn each_stage_has_its_own_weights() {
    let model = fitted(PLAN);
    let near = |found: &[f64], wanted: [f64; 3]| {
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {wanted:?}");
    };
    let scorer = model.scorer();
    // Stages by position; 7 is unknown and, as a missing one, weighed as the plan says.
    for (stage, wanted) in [
        (0.0, [0.75, 0.2, 0.05]),
        (1.0, [0.2, 0.64, 0.16]),
        (2.0, [0.2, 0.2, 0.6]),
        (7.0, [0.75, 0.2, 0.05]),
        (f64::NAN, [0.75, 0.2, 0.05]),
    ] {
        let row = [2.0, 5.0, 10.0, stage];
        near(scorer.weights(&row).unwrap(), wanted);
        let score = scorer.score(&row).unwrap();
        assert!((score.index - (20.0 * wanted[0] + 50.0 * wanted[1] + 100.0 * wanted[2])).abs() < 1e-12);
        assert_eq!(score.has(karat::scorer::flags::UNSEEN), stage == 7.0);
    }
    let judged: Vec<&str> = model.report().judgments.iter().map(|judged| judged.node.as_str()).collect();
    assert_eq!(judged, ["value", "decline: value", "decline: attribution"]);
}

/// The data's weights are joined with each profile's experts alike; equal ones are a third each.
#[test]
fn data_weights_join_every_profile() {
    let plan = PLAN.replace(
        "[weights.fixed]",
        "[weights]\nmethod = \"combined\"\nmix = { expert = 0.4, equal = 0.6 }\n[weights.fixed]",
    );
    let model = fitted(&plan);
    let found = model.scorer().weights(&[1.0, 1.0, 1.0, 1.0]).unwrap().to_vec();
    for (found, expert) in found.iter().zip([0.2, 0.64, 0.16]) {
        assert!((found - (0.4 * expert + 0.2)).abs() < 1e-12);
    }
}

#[test]
fn a_plan_with_profiles_goes_round() {
    let plan = Plan::from_toml(PLAN).unwrap();
    assert_eq!(Plan::from_toml(&plan.to_toml().unwrap()).unwrap(), plan);
    assert_eq!(Plan::from_json(&plan.to_json().unwrap()).unwrap(), plan);
}

#[test]
fn mistakes_are_named() {
    for (from, to, says) in [
        ("field = \"stage\"", "field = \"stgae\"", "did you mean `stage`?"),
        ("field = \"stage\"", "field = \"arpu\"", "list the categories of `arpu` under `fields`"),
        ("[profiles.growth.", "[profiles.grwoth.", "did you mean `growth`?"),
        ("growth.fixed.value]", "growth.fixed.vaule]", "did you mean `value`?"),
        (
            "contribution = 0.2\n",
            "contribution = 0.3\n",
            "`fixed weights of growth: value` must not be negative",
        ),
        ("growth.fixed.value", "growth.fixd.value", "unknown field `fixd`"),
        ("\"attribution 4 contribution\"", "\"attribution 4 tenure\"", "judgments of `decline: value`"),
        ("[profiles]", "[index]\npoints = true\n[profiles]", "an index of points"),
        ("[profiles]", "[index]\naggregate = \"geometric\"\n[profiles]", "not arithmetic"),
        ("[weights.fixed]", "[weights]\nmethod = \"entropy\"\n[weights.fixed]", "leave experts no say"),
        (
            "[profiles.decline.judgments]",
            "[profiles.decline.fixed]\nattribution = { tenure = 1, degree = 0 }\n[profiles.decline.judgments]",
            "must come from judgments or be fixed, not both",
        ),
        ("[profiles.decline", "[profiles.entry]\n[profiles.decline", "must have judgments or fixed weights"),
    ] {
        let message = refused(from, to);
        assert!(message.contains(says), "{to}: {message}");
    }
}
