//! What bad input gets: each problem its own message, with what to do, and nothing written.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: a panic is its way to fail")]

use karat::{Plan, Table, ValueModel};

#[path = "bad_input/files.rs"]
mod files;
#[path = "bad_input/judgments.rs"]
mod judgments;
#[path = "bad_input/plans.rs"]
mod plans;
#[path = "bad_input/tables.rs"]
mod tables;

/// Two dimensions, three numbers and a category, with room for more at the end.
const PLAN: &str = r#"
[indicators]
arpu_3m = { dimension = "contribution" }
tenure = { dimension = "attribution" }
complaints = { dimension = "attribution", better = "low" }
contract = { dimension = "attribution", categories = { monthly = 0.0, yearly = 1.0 } }
"#;

fn plan() -> Plan {
    Plan::from_toml(PLAN).unwrap()
}

/// The table that `change` makes of a sound one, as text of a CSV file.
fn csv(change: impl Fn(&mut Vec<Vec<String>>)) -> Table<'static> {
    let sound = "arpu_3m,tenure,complaints,contract\n20,3,0,monthly\n80,40,1,yearly\n50,60,0,yearly\n110,24,4,monthly\n35,12,2,monthly";
    let mut rows: Vec<Vec<String>> =
        sound.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    change(&mut rows);
    let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    Table::from_csv(lines.join("\n").as_bytes()).unwrap()
}

/// The message of a fit that must fail.
#[track_caller]
fn refused(plan: &Plan, table: &Table<'_>) -> String {
    ValueModel::new(plan.clone()).fit(table).expect_err("the fit must refuse").to_string()
}

/// The message of a plan that must not be read.
#[track_caller]
fn unreadable(text: &str) -> String {
    Plan::from_toml(text).expect_err("the plan must be refused").to_string()
}

#[track_caller]
fn assert_says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "no \"{word}\" in: {message}");
    }
}

#[test]
fn the_sound_table_fits() {
    ValueModel::new(plan()).fit(&csv(|_| {})).unwrap();
}
