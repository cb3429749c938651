//! Several experts in one plan: against the group of METHODS' worked example and by what must be refused.
#![allow(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use karat::Plan;

const BEFORE: &str = r#"
[indicators]
x = { dimension = "a" }
y = { dimension = "b" }
z = { dimension = "c" }
[experts.marketing]
weight = 7
[experts.marketing.judgments]
value = ["a 2 b", "a 4 c", "b 3 c"]
[experts.finance]
weight = 3
[experts.finance.judgments]
"#;

#[test]
fn a_workshop_is_one_file() {
    let text =
        format!("{BEFORE}value = [\"a 1 b\", \"a 3 c\", \"b 2 c\"]\n[weights]\ngroup = \"priorities\"");
    let plan = Plan::from_toml(&text).unwrap();
    assert_eq!(plan.experts["marketing"].weight, 7.0);
    assert_eq!(Plan::from_toml(&plan.to_toml().unwrap()).unwrap(), plan);
    assert_eq!(Plan::from_json(&plan.to_json().unwrap()).unwrap(), plan);
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (rest, part) in [
        ("value = [\"a 1 b\", \"a 3 c\"]", "by expert `finance`"),
        ("valeu = [\"a 1 b\"]", "did you mean `value`"),
        (
            "value = [\"a 1 b\", \"a 3 c\", \"b 2 c\"]\n[judgments]\nvalue = [\"a 1 b\", \"a 3 c\", \"b 2 c\"]",
            "not both",
        ),
        (
            "value = [\"a 1 b\", \"a 3 c\", \"b 2 c\"]\n[weights.fixed]\nvalue = { a = 1, b = 0, c = 0 }",
            "not both",
        ),
        ("value = [\"a 1/9 b\", \"a 9 c\", \"b 1/9 c\"]", "by the group"),
    ] {
        let error = Plan::from_toml(&format!("{BEFORE}{rest}")).unwrap_err().to_string();
        assert!(error.contains(part), "{rest}: {error}");
    }
}
