//! What bad input gets: every problem at once, with the column and what to do.

use super::{FieldOptions, OptimalBinning, Scaling, Scorecard, Table, Transform, base, binning, one};
use karat::evaluate::scorecard::{Coefficients, TargetKind};
use karat::plan::Ordered;
use karat::{Plan, Reading, Unseen};

#[track_caller]
fn refused(result: karat::Result<impl std::fmt::Debug>, parts: &[&str]) {
    let text = result.unwrap_err().to_string();
    for part in parts {
        assert!(text.contains(part), "{text}\nlacks: {part}");
    }
}

#[test]
fn targets_that_teach_nothing() {
    let table = one("x", vec![1.0, 2.0, 3.0, 4.0]);
    let fit = |target: &[f64]| OptimalBinning::new().fit(&table, target);
    refused(fit(&[0.0; 4]), &["target", "no events"]);
    refused(fit(&[1.0; 4]), &["target", "only events"]);
    refused(
        fit(&[0.0, f64::NAN, 2.0, 1.0]),
        &["2 problems", "missing (1 row: 1)", "neither 0 nor 1 (1 row: 2)"],
    );
    refused(fit(&[0.0, 1.0]), &["values of the target", "4", "2"]);
    let margin = OptimalBinning::new().target(TargetKind::Continuous);
    refused(margin.fit(&table, &[7.0; 4]), &["every value is the same"]);
    refused(margin.fit(&table, &[7.0, f64::INFINITY, 1.0, 2.0]), &["infinite (1 row: 1)"]);
}

#[test]
fn columns_without_information_are_all_named() {
    let table = Table::from_columns([
        ("flat", vec![3.0; 4].into()),
        ("good", vec![1.0, 2.0, 3.0, 4.0].into()),
        ("empty", vec![f64::NAN; 4].into()),
        ("one", vec!["a", "a", "a", "a"].into()),
        ("far", vec![1.0, f64::INFINITY, 2.0, 3.0].into()),
    ])
    .unwrap();
    let result = OptimalBinning::new().fit(&table, &[0.0, 1.0, 0.0, 1.0]);
    refused(
        result,
        &[
            "4 problems",
            "column `flat`: constant: every value is 3",
            "column `empty`: every value is missing",
            "column `one`: constant",
            "column `far`: infinite values (1 row: 1)",
        ],
    );
    // A constant beside missing values tells who is missing.
    let table = one("x", vec![3.0, 3.0, f64::NAN, f64::NAN]);
    let found = OptimalBinning::new().fit(&table, &[0.0, 1.0, 0.0, 1.0]).unwrap();
    assert_eq!(found.findings[0].code, "W160");
}

#[test]
fn parameters_and_weights_out_of_range() {
    let table = one("tenure", vec![1.0, 2.0, 3.0, 4.0]);
    let y = [0.0, 1.0, 0.0, 1.0];
    let new = OptimalBinning::new;
    refused(new().maximum_bins(0).fit(&table, &y), &["maximum_bins", "1 to 256"]);
    refused(new().pre_bins(1).fit(&table, &y), &["pre_bins"]);
    refused(new().minimum_share(0.7).fit(&table, &y), &["minimum_share", "0.7"]);
    refused(new().special(&[f64::NAN]).fit(&table, &y), &["special", "own bin"]);
    let field = |options| new().field("tenure", options).fit(&table, &y);
    refused(field(FieldOptions::default().cuts(&[3.0, 2.0])), &["cuts of tenure", "2 after 3"]);
    refused(
        field(FieldOptions::default().cuts(&[3.0]).candidates(&[3.0])),
        &["cuts of tenure", "candidates"],
    );
    refused(field(FieldOptions::default().cuts(&[3.0]).categorical(true)), &["tenure", "categorical"]);
    refused(new().field("tenur", FieldOptions::default()).fit(&table, &y), &["did you mean `tenure`?"]);
    let weigh = |weights: &[f64]| new().fit_weighted(&table, &y, Some(weights));
    refused(weigh(&[1.0, -1.0, 1.0, 1.0]), &["weights", "row 1", "-1"]);
    refused(weigh(&[0.0; 4]), &["weights", "zero"]);
    refused(weigh(&[0.0, 1.0, 0.0, 1.0]), &["only events"]);
    refused(weigh(&[1.0]), &["weights", "4", "1"]);
}

#[test]
fn scorecards_that_cannot_be() {
    let (table, left) = base(500);
    let new = || Scorecard::new().binning(binning());
    refused(new().penalty(-1.0).fit(&table, &left), &["penalty", "-1"]);
    refused(
        new().scaling(Scaling::Odds { base_points: 600.0, base_odds: 50.0, double: 0.0 }).fit(&table, &left),
        &["double"],
    );
    refused(new().minimum_information(9.0).fit(&table, &left), &["no field is left"]);
    let slopes =
        |name: &str| Coefficients { intercept: 0.0, slopes: Ordered::from([(name.to_owned(), -1.0)]) };
    refused(
        new().coefficients(slopes("tenor")).fit(&table, &left),
        &["coefficients", "did you mean `tenure`?"],
    );
    let continuous = binning().target(TargetKind::Continuous);
    refused(Scorecard::new().binning(continuous).fit(&table, &left), &["must be binary"]);
    // The same column twice: without a penalty nothing decides between the two.
    let bill = table.column("bill").unwrap();
    let twice = Table::from_columns([("bill", bill.clone()), ("bill again", bill.clone())]).unwrap();
    refused(Scorecard::new().penalty(0.0).fit(&twice, &left), &["bill again", "penalty"]);
    let shared = Scorecard::new().fit(&twice, &left).unwrap();
    assert!((shared.coefficients[0] - shared.coefficients[1]).abs() < 1e-9);
}

#[test]
fn unseen_categories_and_absent_columns() {
    let (table, left) = base(500);
    let found = binning().fit(&table, &left).unwrap();
    let other = Table::from_columns([
        ("tenure", vec![5.0].into()),
        ("bill", vec![50.0].into()),
        ("contract", vec!["e"].into()),
        ("noise", vec![0.5].into()),
    ])
    .unwrap();
    let transform = |reading: &Reading| found.transform(&other, reading, Transform::Position, 0);
    refused(transform(&Reading::default()), &["contract", "unseen category \"e\""]);
    let mut lenient = Reading::default();
    lenient.unseen = Unseen::Flag;
    let contract = found.field("contract").unwrap();
    assert_eq!(transform(&lenient).unwrap()[2], [contract.missing_bin() as f64]);
    let part = one("tenures", vec![1.0]);
    let result = found.transform(&part, &Reading::default(), Transform::Position, 0);
    refused(result, &["4 problems", "tenure", "did you mean `tenures`?"]);
}

/// Points for missing values belong to an index of points, and to the indicator.
#[test]
fn points_for_missing_values_in_plans() {
    let scale = "{ bands = { points = [[0, 1]] } }";
    let plan = |head: &str, fields: &str| {
        Plan::from_toml(&format!(
            "{head}\n[indicators]\nx = {{ scale = {scale}, missing = {{ points = 7 }} }}\n{fields}"
        ))
    };
    let whole = plan("[index]\npoints = true", "").unwrap();
    assert_eq!(Plan::from_toml(&whole.to_toml().unwrap()).unwrap(), whole);
    let model = karat::ValueModel::new(whole).fit(&one("x", vec![f64::NAN, 5.0])).unwrap();
    let scores = model.score(&one("x", vec![f64::NAN, 5.0])).unwrap();
    assert_eq!([scores[0].index, scores[1].index], [7.0, 1.0]);
    refused(plan("", ""), &["indicator x", "index.points"]);
    let apart = "[index]\npoints = true\n[indicators]\nx = { scale = \"points\" }\n[fields]\nx = { missing = { points = 7 } }";
    refused(Plan::from_toml(apart), &["missing rule of x", "at the indicator"]);
}
