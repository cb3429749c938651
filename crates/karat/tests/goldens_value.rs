//! Published schemes and worked examples, from plan to score.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: a panic is its way to fail")]

use karat::scorer::Score;
use karat::{Plan, Table, ValueModel};

#[path = "goldens_value/plan_files.rs"]
mod plan_files;
#[path = "goldens_value/scales.rs"]
mod scales;
#[path = "goldens_value/scorecards.rs"]
mod scorecards;
#[path = "goldens_value/tree.rs"]
mod tree;
#[path = "goldens_value/types.rs"]
mod types;

/// Columns of numbers, row by row as the sources print them.
fn table<const N: usize>(names: [&str; N], rows: &[[f64; N]]) -> Table<'static> {
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>().into();
    Table::from_columns(names.into_iter().enumerate().map(|(at, name)| (name, column(at)))).unwrap()
}

fn fit(plan: &str, table: &Table<'_>) -> ValueModel {
    ValueModel::new(Plan::from_toml(plan).unwrap()).fit(table).unwrap()
}

fn grade_names(model: &ValueModel, scores: &[Score]) -> Vec<String> {
    let names = &model.scorer().model().names.grades;
    scores.iter().map(|score| names[usize::from(score.grade)].clone()).collect()
}

fn type_names(model: &ValueModel, scores: &[Score]) -> Vec<String> {
    let names = &model.scorer().model().names.types;
    scores.iter().map(|score| names[usize::from(score.r#type)].clone()).collect()
}

#[track_caller]
fn assert_close(found: f64, wanted: f64, tolerance: f64) {
    assert!((found - wanted).abs() <= tolerance, "{found} instead of {wanted}");
}
