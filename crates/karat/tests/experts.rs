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
        ("value = [\"a 1 b\"]", "by expert `finance`"),
        ("value = [\"a 1 b\", \"a 3 c\"]\n[weights]\ncompletion = \"refuse\"", "by expert `finance`"),
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

/// Finance left b against c out, so marketing's 3 stands alone; the other two are means: 2^0.7 and 4^0.7 3^0.3.
#[test]
fn a_gap_is_filled_by_the_others() {
    use karat::evaluate::weights::{Ahp, PairwiseMatrix};
    use karat::scorer::numerics::pow;
    let plan = Plan::from_toml(&format!("{BEFORE}value = [\"a 1 b\", \"a 3 c\"]")).unwrap();
    let means = [("a", "b", pow(2.0, 0.7)), ("a", "c", pow(4.0, 0.7) * pow(3.0, 0.3)), ("b", "c", 3.0)];
    let expected = PairwiseMatrix::from_judgments(&["a", "b", "c"], &means).unwrap();
    let expected = Ahp::new().priorities(&expected).unwrap().weights;
    let hierarchy = plan.hierarchy().unwrap();
    for (indicator, expected) in ["x", "y", "z"].iter().zip(&expected) {
        let found = hierarchy.criterion(indicator).unwrap().global;
        assert!((found - expected).abs() < 1e-12, "{indicator}: {found} {expected}");
    }
}

#[test]
fn a_pair_that_nobody_judged_is_asked_for() {
    let before = BEFORE.replace(", \"b 3 c\"", "");
    let error = Plan::from_toml(&format!("{before}value = [\"a 1 b\", \"a 3 c\"]")).unwrap_err().to_string();
    assert!(error.contains("no expert judged `b` vs `c`"), "{error}");
    let apart = format!("{before}value = [\"a 1 b\", \"a 3 c\"]\n[weights]\ngroup = \"priorities\"");
    assert!(Plan::from_toml(&apart).is_ok());
}
