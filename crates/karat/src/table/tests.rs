use super::*;
use karat_scorer::Field;

fn schema() -> Schema {
    Schema::new(vec![Field::categorical("contract", ["monthly", "yearly"]), Field::numeric("charges")])
        .unwrap()
}

#[test]
fn columns_are_matched_by_name_whatever_their_order() {
    let text = "charges,other,contract\n1.5,x,yearly\n ,y,monthly\n2,z,\n";
    let table = Table::from_csv(text.as_bytes()).unwrap();
    let bound = table.bind(&schema(), &Reading::default()).unwrap();
    assert_eq!(bound[0][..2], [1.0, 0.0]);
    assert!(bound[0][2].is_nan(), "a blank category is missing");
    assert_eq!((bound[1][0], bound[1][2]), (1.5, 2.0));
    assert!(bound[1][1].is_nan(), "a blank number is missing");
}

#[test]
fn every_problem_is_reported_at_once() {
    let text = "contract,charges\nweekly,1\nmonthly,abc\nYearly,2\n";
    let table = Table::from_csv(text.as_bytes()).unwrap();
    let error = table.bind(&schema(), &Reading::default());
    assert_eq!(
        error.unwrap_err().to_string(),
        "2 problems:\n  - column `contract`: unseen category \"weekly\" (2 rows: first 0, 2); did you mean \
         \"yearly\"? otherwise add it to the plan's categories\n  - column `charges`: text where numbers are \
         expected: \"abc\" (1 row: 1); mend the values, list them in `null_values`, or give the field \
         categories"
    );
}

#[test]
fn missing_columns_and_wrong_values_are_reported_together() {
    let table = Table::from_csv("contrac,charges\nmonthly,abc\n".as_bytes()).unwrap();
    let error = table.bind(&schema(), &Reading::default()).unwrap_err();
    assert_eq!(error.kind(), karat_scorer::ErrorKind::Schema);
    let text = error.to_string();
    assert!(text.contains("`contract`: missing from the table; did you mean `contrac`?"), "{text}");
    assert!(text.contains("`charges`: text where numbers are expected: \"abc\""), "{text}");
}

#[test]
fn a_missing_column_names_the_nearest() {
    let table = Table::from_csv("contract,charge\nmonthly,1\n".as_bytes()).unwrap();
    let error = table.bind(&schema(), &Reading::default()).unwrap_err();
    assert_eq!(error.to_string(), "column `charges`: missing from the table; did you mean `charge`?");
}

#[test]
fn numbers_that_turn_out_to_be_text_keep_their_spelling() {
    let table = Table::from_csv("id\n007\n8\nA9\n".as_bytes()).unwrap();
    let column = table.column("id").unwrap();
    assert_eq!([column.text(0), column.text(1), column.text(2)], ["007", "8", "A9"]);
}

#[test]
fn infinite_values_are_refused_only_where_asked() {
    let table =
        Table::from_columns([("contract", vec!["monthly"].into()), ("charges", vec![f64::INFINITY].into())])
            .unwrap();
    assert!(table.bind(&schema(), &Reading::default()).is_ok());
    let reading = Reading { refuse_infinite: true, ..Reading::default() };
    let error = table.bind(&schema(), &reading).unwrap_err().to_string();
    assert!(error.contains("column `charges`: infinite values (1 row: 0)"), "{error}");
}

#[test]
fn a_ragged_line_is_named() {
    let error = Table::from_csv("a,b\n1,2\n3\n".as_bytes()).unwrap_err().to_string();
    assert!(error.contains("line: 3") || error.contains("line 3"), "{error}");
}
