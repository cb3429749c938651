//! Fits of random plans to random small tables.

use super::strategies::{level, plan};
use karat::evaluate::what_if::{points_to_next_grade, what_if};
use karat::{Column, ErrorKind, MISSING_TEXT, Table, ValueModel};
use proptest::prelude::*;
use proptest::sample::select;
use std::cell::Cell;

fn numbers(rows: usize) -> impl Strategy<Value = Vec<f64>> {
    let ordinary = prop_oneof![
        8 => (0_i32..40).prop_map(f64::from),
        2 => 0.0..1e3_f64,
        1 => Just(f64::NAN),
    ];
    let wild = prop_oneof![4 => level(), 1 => Just(f64::NAN), 1 => select(vec![f64::MIN, 1e308, -1e-310])];
    let infinite = prop_oneof![9 => level(), 1 => Just(f64::INFINITY)];
    prop_oneof![
        12 => prop::collection::vec(ordinary, rows),
        2 => prop::collection::vec(wild, rows),
        1 => prop::collection::vec(infinite, rows),
        1 => level().prop_map(move |value| vec![value; rows]),
        1 => Just(vec![f64::NAN; rows]),
    ]
}

fn texts(rows: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(prop_oneof![9 => 0..3_u32, 1 => Just(MISSING_TEXT)], rows)
}

fn table() -> impl Strategy<Value = Table<'static>> {
    prop_oneof![1 => 0..3_usize, 4 => 3..30_usize].prop_flat_map(|rows| {
        (prop::collection::vec(numbers(rows), 4), prop::collection::vec(texts(rows), 2), numbers(rows))
            .prop_map(|(numbers, texts, before)| {
                let mut columns: Vec<(String, Column<'static>)> = Vec::new();
                for (at, values) in numbers.into_iter().enumerate() {
                    columns.push((format!("n{at}"), values.into()));
                }
                for (at, codes) in texts.into_iter().enumerate() {
                    let labels = ["x", "y", "z z"].map(str::to_owned).to_vec();
                    columns.push((format!("t{at}"), Column::Text { codes: codes.into(), labels }));
                }
                columns.push(("t1 before".to_owned(), before.into()));
                Table::from_columns(columns).unwrap()
            })
    })
}

/// A model says the same after it was written, and every score can be explained.
fn check(model: &ValueModel, table: &Table<'_>) -> Result<(), TestCaseError> {
    let loaded = ValueModel::from_bytes(model.as_bytes().to_vec())
        .map_err(|error| TestCaseError::fail(format!("the model cannot be loaded: {error}")))?;
    prop_assert_eq!(loaded.report(), model.report());
    prop_assert_eq!(loaded.plan(), model.plan());
    let (scores, explained) = (model.score(table).unwrap(), model.explain(table).unwrap());
    let scorer = model.scorer();
    let bound = table.bind(scorer.schema(), &model.plan().reading()).unwrap();
    let scale = scorer.model().tree.scale;
    for (at, (score, points)) in scores.iter().zip(&explained.points).enumerate() {
        prop_assert!(score.index.is_finite() || score.index.is_nan());
        let sum = points.iter().fold(0.0, |sum, points| sum + points);
        let row: Vec<f64> = bound.iter().map(|column| column[at]).collect();
        let base = scorer.base(&row).unwrap();
        if scorer.model().nodes.is_some() && !score.index.is_nan() {
            let gap = (base + sum - score.index).abs();
            prop_assert!(gap <= 1e-10 * (scale + score.index.abs() + base.abs()), "{base} + {sum} {score:?}");
        } else {
            prop_assert_eq!(sum.to_bits(), score.index.to_bits());
            prop_assert_eq!(base, if scorer.model().nodes.is_some() { base } else { 0.0 });
        }
        let reasons = scorer.reasons(&row, 4).unwrap();
        prop_assert!(reasons.as_slice().windows(2).all(|pair| pair[0].shortfall >= pair[1].shortfall));
        let next = points_to_next_grade(scorer, &row).unwrap();
        for change in &next.changes {
            let after = what_if(scorer, &row, &[(change.field, change.to)]).unwrap().after;
            prop_assert!(Some(after.grade) >= next.grade, "{change:?} {after:?}");
        }
    }
    let report = model.report();
    let sizes = |classes: &[karat::model::ClassReport]| classes.iter().map(|class| class.size).sum::<u64>();
    let left = report.rows - report.ineligible - report.refused;
    for classes in [&report.grades, &report.segments] {
        prop_assert!(classes.is_empty() || sizes(classes) == left, "{} of {}", sizes(classes), left);
    }
    prop_assert!(sizes(&report.types) <= left);
    Ok(())
}

/// Enough of the cases fit for the test to mean something.
#[test]
fn a_fit_gives_a_model_or_an_error() {
    let (fitted, refused) = (Cell::new(0), Cell::new(0));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(1_500));
    let outcome = runner.run(&(plan(), table(), any::<u64>()), |(plan, table, seed)| {
        match ValueModel::new(plan).seed(seed).threads(1).fit(&table) {
            Ok(model) => {
                fitted.set(fitted.get() + 1);
                check(&model, &table)?;
            }
            Err(error) => {
                refused.set(refused.get() + 1);
                let known = [ErrorKind::Argument, ErrorKind::Data, ErrorKind::Shape];
                prop_assert!(known.contains(&error.kind()), "{error:?}");
                let message = error.to_string();
                prop_assert!(
                    !message.contains("Some(") && !message.contains("{ "),
                    "debugging output: {message}"
                );
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(fitted.get() > 300 && refused.get() > 100, "{} fitted, {} refused", fitted.get(), refused.get());
}
