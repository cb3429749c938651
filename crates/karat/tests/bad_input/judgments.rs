//! Judgments and weights.

use super::{assert_says, csv, unreadable};
use karat::{ErrorKind, Plan, ValueModel};

const INDICATORS: &str = "[indicators]\narpu_3m = {}\ntenure = {}\ncomplaints = { better = \"low\" }\n";

fn judged(judgments: &str) -> String {
    format!("{INDICATORS}[judgments]\nvalue = [{judgments}]\n")
}

/// 3, 3 and a last judgment turned round: the worst comparison and the value that fits are named.
#[test]
fn contradicting_judgments_name_the_worst_and_what_fits() {
    let text = judged("\"arpu_3m 3 tenure\", \"tenure 3 complaints\", \"complaints 3 arpu_3m\"");
    let error = Plan::from_toml(&text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Judgment);
    let message = error.to_string();
    assert_says(&message, &["judgments of `value`: consistency ratio 1.271 > 0.10", "recomputed, n = 3"]);
    assert_says(&message, &["most inconsistent: `arpu_3m` vs `tenure` (given 3, the others imply 1/9)"]);
    assert_says(&message, &["changing it to 1/9 gives 0.000"]);
    let warned = format!("{text}[weights]\non_inconsistent = \"warn\"\n");
    let model = ValueModel::new(Plan::from_toml(&warned).unwrap()).fit(&csv(|_| {})).unwrap();
    let finding = &model.report().findings[0];
    assert_eq!((finding.code.as_str(), finding.place.as_str()), ("W102", "value: `arpu_3m` vs `tenure`"));
    assert_says(&finding.fact, &["consistency ratio 1.271 > 0.10"]);
    assert_says(&model.report().to_string(), &["! W102 value: `arpu_3m` vs `tenure`: consistency ratio"]);
}

#[test]
fn incomplete_judgments_list_what_is_missing_with_what_the_others_imply() {
    let text = judged("\"arpu_3m 2 tenure\", \"tenure 3 complaints\"");
    let model = ValueModel::new(Plan::from_toml(&text).unwrap()).fit(&csv(|_| {})).unwrap();
    let finding = &model.report().findings[0];
    assert_eq!(finding.code, "W110");
    assert_says(&finding.fact, &["1 of 3"]);
    let text = format!("{text}[weights]\ncompletion = \"refuse\"\n");
    assert_says(&unreadable(&text), &["judgments of `value`:", "`arpu_3m` vs `complaints`", "6"]);
    let message = unreadable(&judged("\"arpu_3m 2 tenure\""));
    assert_says(&message, &["`complaints`"]);
}

#[test]
fn judgments_that_cannot_be_read() {
    assert_says(
        &unreadable(&judged("\"arpu_3m beats tenure\"")),
        &["cannot read the judgment \"arpu_3m beats tenure\""],
    );
    let message = unreadable(&judged(
        "\"arpu 2 tenure\", \"tenure 3 complaints\", \"arpu_3m 6 complaints\", \"tenure 0 arpu_3m\"",
    ));
    assert_says(&message, &["unknown item `arpu`; did you mean `arpu_3m`?", "`tenure`"]);
    let message = unreadable(&format!("{INDICATORS}[judgments]\nvalu = [\"arpu_3m 2 tenure\"]\n"));
    assert_eq!(message, "`judgments` must name what the plan has (did you mean `value`?), got `valu`");
}

#[test]
fn weights_must_sum_and_cover_every_child() {
    let fixed = |weights: &str| format!("{INDICATORS}[weights.fixed]\nvalue = {{ {weights} }}\n");
    assert_eq!(
        unreadable(&fixed("arpu_3m = 0.5, tenure = 0.3, complaints = 0.1")),
        "`fixed weights of value` must not be negative and sum to 1 or 100, got a sum of 0.9"
    );
    assert_says(
        &unreadable(&fixed("arpu_3m = 1.5, tenure = -0.5, complaints = 0")),
        &["must not be negative"],
    );
    assert_says(&unreadable(&fixed("arpu_3m = nan, tenure = 0.5, complaints = 0.5")), &["a sum of NaN"]);
    assert_says(&unreadable(&fixed("arpu_3m = 1.0")), &["must cover every child", "no `tenure`"]);
    assert_says(&unreadable(&fixed("arpu_3m = 0.5, tenur = 0.5")), &["did you mean `tenure`?", "`tenur`"]);
    assert_says(
        &unreadable(&format!(
            "{}[weights.fixed]\nvalue = {{ arpu_3m = 1 }}\n",
            judged("\"arpu_3m 2 tenure\"")
        )),
        &["`weights of value` must come from judgments or be fixed, not both"],
    );
    Plan::from_toml(&fixed("arpu_3m = 70, tenure = 20, complaints = 10")).unwrap();
}

#[test]
fn settings_of_weights_are_checked_before_any_data() {
    let message = unreadable(&format!("{INDICATORS}[weights]\nrandom_index = \"saaty1980\"\n"));
    assert_says(&message, &["did you mean `saaty_1980`?"]);
    let message =
        unreadable(&format!("{INDICATORS}[weights]\ncombination = {{ linear = {{ expert = 1.5 }} }}\n"));
    assert_eq!(message, "`weights.combination` must give the experts a share of 0 to 1, got 1.5");
    let threshold = format!(
        "{}[weights]\nconsistency_threshold = -0.1\n",
        judged("\"arpu_3m 2 tenure\", \"tenure 3 complaints\", \"arpu_3m 6 complaints\"")
    );
    assert_says(&unreadable(&threshold), &["threshold", "-0.1"]);
}

/// Entropy cannot weigh indicators that tell nobody apart.
#[test]
fn entropy_of_one_customer() {
    let text = "[indicators]\narpu_3m = { scale = { min_max = { lo = 0, hi = 100 } } }\n[weights]\nmethod = \"entropy\"\n";
    let one = csv(|rows| rows.truncate(2));
    let message = super::refused(&Plan::from_toml(text).unwrap(), &one);
    assert_says(&message, &["`rows` must be >= 2", "no dispersion"]);
}
