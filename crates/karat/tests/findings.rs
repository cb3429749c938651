//! What a report warns of although the fit stands.
#![allow(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use karat::{Plan, Table, ValueModel};

fn codes(plan: &str) -> Vec<(String, String)> {
    let table = Table::from_columns([
        ("arpu", vec![10.0, 20.0, 40.0].into()),
        ("tenure", vec![f64::NAN, f64::NAN, f64::NAN].into()),
        ("products", vec![2.0, 2.0, 2.0].into()),
    ])
    .unwrap();
    let model = ValueModel::new(Plan::from_toml(plan).unwrap()).fit(&table).unwrap();
    model.report().findings.iter().map(|found| (found.code.clone(), found.place.clone())).collect()
}

const INDICATORS: &str = r#"
    [indicators]
    arpu = { }
    tenure = { scale = { min_max = { lo = 0.0, hi = 60.0 } }, missing = "neutral" }
    products = { scale = { min_max = { lo = 0.0, hi = 5.0 } } }
"#;

fn pair(code: &str, place: &str) -> (String, String) {
    (code.to_owned(), place.to_owned())
}

#[test]
fn columns_that_tell_nobody_apart_are_named() {
    assert_eq!(codes(INDICATORS), [pair("W202", "tenure"), pair("W203", "products")]);
}

#[test]
fn judgments_that_nothing_uses_are_named() {
    let plan = format!(
        "{INDICATORS}\n[judgments]\nvalue = [\"arpu 2 tenure\", \"arpu 2 products\", \"tenure 1 products\"]\n\
         [weights]\nmethod = \"entropy\"\n"
    );
    assert!(codes(&plan).contains(&pair("W204", "weights")));
}
