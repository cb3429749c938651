//! Tables.

use super::{PLAN, assert_says, csv, plan, refused};
use karat::scorer::{Score, flags};
use karat::{Column, ErrorKind, Plan, Reading, Table, Unseen, ValueModel, score_table};

#[test]
fn missing_columns_are_all_named_with_the_nearest() {
    let table = csv(|rows| {
        rows[0][0] = "arpu3m".to_owned();
        rows[0][1] = "zzz".to_owned();
    });
    let message = refused(&plan(), &table);
    assert_eq!(
        message,
        "2 problems:\n  - column `arpu_3m`: missing from the table; did you mean `arpu3m`?\n  - column `tenure`: \
         missing from the table"
    );
}

#[test]
fn a_missing_identifier_is_named_with_the_missing_columns() {
    let identified = Plan::from_toml(&format!("id = \"customer_id\"\n{PLAN}")).unwrap();
    let message = refused(&identified, &csv(|rows| rows[0][1] = "tenur".to_owned()));
    assert_says(&message, &["2 problems", "`tenure`: missing from the table; did you mean `tenur`?"]);
    assert_says(&message, &["column `customer_id`: the plan's id is missing from the table"]);
    let with_id = csv(|rows| {
        rows.iter_mut().enumerate().for_each(|(at, row)| row.push(format!("c{at}")));
        rows[0][4] = "customer-id".to_owned();
    });
    assert_says(&refused(&identified, &with_id), &["did you mean `customer-id`?"]);
}

#[test]
fn extra_and_misordered_columns_change_nothing() {
    let model = ValueModel::new(plan()).fit(&csv(|_| {})).unwrap();
    let moved = csv(|rows| {
        for row in rows.iter_mut() {
            row.reverse();
            row.insert(1, "anything".to_owned());
        }
        rows[0][1] = "extra".to_owned();
    });
    let again = ValueModel::new(plan()).fit(&moved).unwrap();
    assert_eq!(again.as_bytes(), model.as_bytes());
    let bits =
        |table: &Table<'_>| again.score(table).unwrap().iter().map(Score::to_bytes).collect::<Vec<_>>();
    assert_eq!(bits(&moved), bits(&csv(|_| {})));
}

#[test]
fn text_among_numbers_is_shown_with_its_rows() {
    let table = csv(|rows| {
        rows[2][1] = "forty".to_owned();
        rows[4][1] = "??".to_owned();
        rows[1][3] = "weekly".to_owned();
    });
    let message = refused(&plan(), &table);
    assert_says(
        &message,
        &["2 problems", "column `tenure`: text where numbers are expected: \"forty\" (2 rows: first 1, 3)"],
    );
    assert_says(
        &message,
        &["list them in `null_values`", "column `contract`: unseen category \"weekly\" (1 row: 0)"],
    );
    let lenient = Plan::from_toml(&format!("null_values = [\"forty\", \"??\", \"weekly\"]\n{PLAN}")).unwrap();
    let model = ValueModel::new(lenient).fit(&table).unwrap();
    assert_eq!(model.report().fields[1].missing, 2);
}

/// An empty list of texts for "missing" leaves NaN and blank cells missing all the same.
#[test]
fn nan_is_missing_whatever_the_null_values() {
    let strict = Plan::from_toml(&format!("null_values = []\n{PLAN}")).unwrap();
    let blank = csv(|rows| rows.iter_mut().skip(1).take(2).for_each(|row| row[3] = String::new()));
    assert_eq!(ValueModel::new(strict.clone()).fit(&blank).unwrap().report().fields[3].missing, 2);
    let numbers = |values: &[f64]| -> Column<'static> { values.to_vec().into() };
    let nan = f64::NAN;
    let table = Table::from_columns([
        ("arpu_3m", numbers(&[1.0, nan, 3.0])),
        ("tenure", numbers(&[3.0, 2.0, nan])),
        ("complaints", numbers(&[3.0, 2.0, 0.0])),
        ("contract", numbers(&[nan, nan, nan])),
    ]);
    let model = ValueModel::new(strict).fit(&table.unwrap()).unwrap();
    let missing: Vec<u64> = model.report().fields.iter().map(|field| field.missing).collect();
    assert_eq!(missing, [1, 1, 0, 3]);
}

#[test]
fn infinities_are_refused_in_a_fit_and_clamped_in_scoring() {
    let infinite = csv(|rows| {
        rows[1][0] = "inf".to_owned();
        rows[3][0] = "-inf".to_owned();
        rows[5][2] = "Infinity".to_owned();
    });
    let message = refused(&plan(), &infinite);
    assert_says(&message, &["2 problems", "column `arpu_3m`: infinite values (2 rows: first 0, 2)"]);
    assert_says(
        &message,
        &["column `complaints`: infinite values (1 row: 4); replace them by numbers or by missing"],
    );
    let model = ValueModel::new(plan()).fit(&csv(|_| {})).unwrap();
    let (scores, sound) = (model.score(&infinite).unwrap(), model.score(&csv(|_| {})).unwrap());
    let clamped: Vec<bool> = scores.iter().map(|score| score.has(flags::CLAMPED)).collect();
    assert_eq!(clamped, [true, false, true, false, true]);
    assert!(scores.iter().all(|score| score.index.is_finite()));
    assert!(scores[0].index > sound[0].index && scores[2].index < sound[2].index);
}

#[test]
fn an_unseen_category_is_refused_or_flagged() {
    let model = ValueModel::new(plan()).fit(&csv(|_| {})).unwrap();
    let table = csv(|rows| rows[2][3] = "Yearly".to_owned());
    let error = model.score(&table).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_says(
        &error.to_string(),
        &["column `contract`: unseen category \"Yearly\" (1 row: 1)", "did you mean \"yearly\"?"],
    );
    let mut reading = Reading::default();
    reading.unseen = Unseen::Flag;
    let scores = score_table(model.scorer(), &table, &reading).unwrap();
    let unseen: Vec<bool> = scores.iter().map(|score| score.has(flags::UNSEEN)).collect();
    assert_eq!(unseen, [false, true, false, false, false]);
}

#[test]
fn an_empty_table_and_a_table_of_one() {
    let empty = csv(|rows| rows.truncate(1));
    assert_eq!(refused(&plan(), &empty), "the table has no rows; give at least one customer");
    let one = csv(|rows| rows.truncate(2));
    let message = refused(&plan(), &one);
    for (column, value) in [("arpu_3m", "20"), ("tenure", "3"), ("complaints", "0")] {
        assert_says(
            &message,
            &[&format!("column `{column}`: constant: every value is {value}; drop the indicator")],
        );
    }
    // With every bound given one customer is enough for an index, but not for grades.
    let bounded = "[indicators]\narpu_3m = { scale = { min_max = { lo = 0, hi = 100 } } }\n";
    let model = ValueModel::new(Plan::from_toml(bounded).unwrap()).fit(&one).unwrap();
    assert_eq!(model.score(&one).unwrap()[0].index, 20.0);
    assert!(model.score(&empty).unwrap().is_empty());
    let graded = format!("{bounded}[grades]\nnames = [\"low\", \"middle\", \"high\"]\n");
    let message = refused(&Plan::from_toml(&graded).unwrap(), &one);
    assert_says(
        &message,
        &["grades `middle` and `high` would begin at the same index 20", "fewer grades or fixed cuts"],
    );
}

#[test]
fn constant_and_empty_columns_are_all_named() {
    let table = csv(|rows| {
        for row in rows.iter_mut().skip(1) {
            row[0] = "7.5".to_owned();
            row[1] = String::new();
            row[2] = "0".to_owned();
        }
    });
    let message = refused(&plan(), &table);
    assert_says(&message, &["3 problems", "column `arpu_3m`: constant: every value is 7.5"]);
    assert_says(
        &message,
        &["column `tenure`: every value is missing", "column `complaints`: constant: every value is 0"],
    );
}

/// Winsorising can leave a constant, and a column that says nothing has no bounds, whatever the scale.
#[test]
fn scales_that_a_column_cannot_carry() {
    let base = csv(|rows| {
        for (at, row) in rows.iter_mut().enumerate().skip(1) {
            row[0] = String::new();
            row[1] = if at == 1 { "9" } else { "1" }.to_owned();
            row[2] = "-4".to_owned();
        }
    });
    let message =
        |indicator: &str| refused(&Plan::from_toml(&format!("[indicators]\n{indicator}")).unwrap(), &base);
    let absent = "column `arpu_3m`: every value is missing; drop the indicator or mend the column";
    for scale in [
        "\"min_max\"",
        "\"z_score\"",
        "\"rank\"",
        "\"log1p\"",
        "\"saturating\"",
        "{ target = { best = [1, 2] } }",
        "{ efficacy = { fail = 1, pass = 2 } }, winsorise = [0.1, 0.9]",
    ] {
        assert_eq!(
            message(&format!("arpu_3m = {{ missing = \"neutral\", scale = {scale} }}")),
            absent,
            "{scale}"
        );
    }
    assert_says(
        &message("tenure = { winsorise = [0.0, 0.5] }"),
        &["column `tenure`: constant: every value from the 0 to the 0.5 quantile is 1"],
    );
    assert_says(
        &message("complaints = { scale = \"saturating\" }"),
        &["column `complaints`: the mean of the base is -4, not above 0; give `tau`"],
    );
    assert_says(
        &message("loss = { column = \"tenure\", scale = { log1p = { lo = 50 } } }"),
        &["column `tenure`: indicator loss: the base reaches from 1 to 9", "give both bounds of the scale"],
    );
    assert_says(
        &message("tenure = { scale = { target = { best = [0, 10] } } }"),
        &[
            "column `tenure`: every value, from 1 to 9, lies within the best interval; give the scale `lo` and `hi`",
        ],
    );
}

#[test]
fn more_segments_than_customers_or_different_ones() {
    let segmented = |k: usize| Plan::from_toml(&format!("{PLAN}[segments]\nk = {k}\n")).unwrap();
    let message = refused(&segmented(6), &csv(|_| {}));
    assert_says(&message, &["5 different rows cannot make 6 segments", "choose k <= 5"]);
    let doubled = csv(|rows| {
        let (first, second) = (rows[1].clone(), rows[2].clone());
        rows.iter_mut().skip(1).step_by(2).for_each(|row| row.clone_from(&first));
        rows.iter_mut().skip(2).step_by(2).for_each(|row| row.clone_from(&second));
    });
    assert_says(
        &refused(&segmented(3), &doubled),
        &["2 different rows cannot make 3 segments; choose k <= 2"],
    );
}

#[test]
fn nobody_left_to_grade() {
    let gated = format!("{PLAN}[[rules]]\nname = \"all\"\nwhen = [\"tenure >= 0\"]\neffect = \"gate\"\n");
    let message = refused(&Plan::from_toml(&gated).unwrap(), &csv(|_| {}));
    assert_says(&message, &["no customer is left to grade: 5 ineligible, 0 refused", "look at the gates"]);
}

/// A sample may hold nobody who is graded although the base does.
#[test]
fn a_sample_without_anybody_to_grade() {
    let rows = 400;
    let column =
        |value: fn(usize) -> f64| -> Column<'static> { (0..rows).map(value).collect::<Vec<_>>().into() };
    let table = Table::from_columns([
        ("arpu_3m", column(|row| row as f64)),
        ("open", column(|row| f64::from(u8::from(row == 399)))),
    ])
    .unwrap();
    let text = "[indicators]\narpu_3m = {}\n[[rules]]\nname = \"closed\"\nwhen = [\"open == 0\"]\neffect = \"gate\"\n\
                [segments]\nk = 1\nsample = 1\n";
    let message = refused(&Plan::from_toml(text).unwrap(), &table);
    assert_says(&message, &["none of the 1 sampled customers is graded", "raise `segments.sample`"]);
}

#[test]
fn columns_of_different_lengths_or_of_one_name() {
    let error = Table::from_columns([("a", vec![1.0].into()), ("b", vec![1.0, 2.0].into())]).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 rows of column `b`, got 2");
    let error = Table::from_columns([("a", vec![1.0].into()), ("a", vec![2.0].into())]).unwrap_err();
    assert_eq!(error.to_string(), "column `a`: appears twice; rename or drop one");
}

#[test]
fn a_type_threshold_that_the_base_does_not_have() {
    let text = format!("{PLAN}[types]\ncontribution_threshold = {{ quantile = 0 }}\n");
    let message = refused(&Plan::from_toml(&text).unwrap(), &csv(|_| {}));
    assert_says(
        &message,
        &["the threshold of dimension `contribution` is 0, not above 0", "another quantile"],
    );
}
