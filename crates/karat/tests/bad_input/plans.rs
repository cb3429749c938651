//! Plans that contradict themselves, each refused as it is read, before any data.

use super::{PLAN, assert_says, csv, refused, unreadable};
use karat::{Plan, ValueModel};

#[test]
fn text_that_is_no_plan_shows_its_line() {
    let message = unreadable("[indicators]\narpu_3m = { scale = \"log1p\" }\ntenure = { skale = 1 }\n");
    assert_says(
        &message,
        &["`plan` must be readable", "line 3", "tenure = { skale = 1 }", "unknown field `skale`"],
    );
    assert_says(&unreadable("[indicators\n"), &["line 1"]);
    assert_says(
        &unreadable("[indicators]\na = { scale = \"min_mox\" }\n"),
        &["no scale `min_mox`; did you mean `min_max`?", "line 2"],
    );
    assert_says(
        &unreadable("[indicators]\na = { scale = { z_score = { tau = 3 } } }\n"),
        &["scale `z_score` has no parameter `tau`"],
    );
    assert_says(&unreadable("[indicators]\na = { scale = \"bands\" }\n"), &["scale `bands` needs `points`"]);
    assert_says(
        &unreadable("[indicators]\na = { scale = { rank = {}, log1p = {} } }\n"),
        &["two scales, `rank` and `log1p`"],
    );
    let error = Plan::from_json("{\"indicators\": 3}").unwrap_err().to_string();
    assert_says(&error, &["`plan` must be readable", "line 1 column 16"]);
    assert_says(&unreadable(""), &["`indicators` must not be empty"]);
}

#[test]
fn trees_that_are_none() {
    let tree =
        |lines: &str| unreadable(&format!("[indicators]\na = {{}}\nb = {{}}\nc = {{}}\n[tree]\n{lines}"));
    assert_eq!(
        tree("value = [\"x\", \"c\"]\nx = [\"y\", \"a\"]\ny = [\"x\", \"b\"]\n"),
        "`tree` must not run in a circle, got value > x > y > x"
    );
    assert_says(&tree("x = [\"y\", \"a\", \"b\", \"c\"]\ny = [\"x\"]\n"), &["must have a root", "a circle"]);
    assert_says(
        &tree("value = [\"a\", \"b\", \"c\"]\nx = [\"y\"]\ny = [\"x\"]\n"),
        &["must hang every node below the root, not in a circle of its own", "`x`"],
    );
    assert_eq!(
        tree("value = [\"a\", \"b\"]\nother = [\"c\"]\n"),
        "`tree` must have one root, got `value` and `other`"
    );
    assert_eq!(tree("value = [\"a\", \"b\"]\n"), "`tree` must use every indicator, got `c` unused");
    assert_eq!(
        tree("value = [\"a\", \"b\", \"c\", \"indicatr\"]\n"),
        "`tree` must name what the plan has (a, b, c, value), got `indicatr`"
    );
    assert_says(&tree("value = [\"a\", \"b\", \"c\", \"valu\"]\n"), &["did you mean `value`?", "`valu`"]);
    assert_says(&tree("value = [\"a\", \"b\", \"c\", \"a\"]\n"), &["must hold every name once", "`a` twice"]);
    assert_says(
        &tree("value = [\"a\", \"b\", \"c\", \"x\"]\nx = []\n"),
        &["must have nodes with children", "`x` empty"],
    );
    let mut deep = String::from("n0 = [\"n1\", \"b\", \"c\"]\n");
    (1..17).for_each(|level| deep += &format!("n{level} = [\"n{}\"]\n", level + 1));
    assert_says(&tree(&format!("{deep}n17 = [\"a\"]\n")), &["must be at most 16 levels deep"]);
}

#[test]
fn dimensions_and_trees_exclude_each_other() {
    let both = "[indicators]\na = { dimension = \"x\" }\n[tree]\nvalue = [\"a\"]\n";
    assert_says(&unreadable(both), &["`indicator a` must not have a `dimension` when the plan has a `tree`"]);
    let taken = "[indicators]\na = { dimension = \"b\" }\nb = {}\n";
    assert_says(&unreadable(taken), &["`dimension of a` must not be `value` nor the name of an indicator"]);
    let many: String = (0..17).map(|at| format!("i{at} = {{}}\n")).collect();
    assert_says(
        &unreadable(&format!("[indicators]\n{many}")),
        &["at most 16 dimensions; group indicators", "17"],
    );
    let many: String = (0..129).map(|at| format!("i{at} = {{ dimension = \"d\" }}\n")).collect();
    assert_says(
        &unreadable(&format!("[indicators]\n{many}")),
        &["`indicators` must number at most 128, got 129"],
    );
}

#[test]
fn parameters_of_scales() {
    let scale = |text: &str| unreadable(&format!("[indicators]\na = {{ {text} }}\n"));
    for (text, words) in [
        ("winsorise = [0.9, 0.1]", ["ascending shares of 0 to 1", "[0.9, 0.1]"]),
        ("winsorise = [nan, 0.1]", ["ascending shares of 0 to 1", "NaN"]),
        ("scale = { min_max = { lo = 5, hi = 5 } }", ["lower bound below the upper", "5 and 5"]),
        ("scale = { min_max = { lo = nan } }", ["finite parameters", "NaN"]),
        ("scale = { log1p = { lo = -1 } }", ["logarithmic bounds above -1", "-1"]),
        ("scale = { z_score = { width = 0 } }", ["width above 0", "0"]),
        ("scale = { rank = { knots = 1 } }", ["2 to 1024 knots", "1"]),
        ("scale = { saturating = { tau = -2 } }", ["`tau` above 0", "-2"]),
        ("scale = { bands = { points = [] } }", ["1 to 1024 points", "0"]),
        ("scale = { bands = { points = [[2, 0], [1, 1]] } }", ["points that ascend", "1 after 2"]),
        ("scale = { bands = { points = [[1, 0], [2, 100]] } }", ["values of 0 to 1", "100"]),
        ("scale = { target = { best = [2, 1] } }", ["best interval within its bounds", "[2.0, 1.0]"]),
        (
            "scale = { target = { lo = 1, best = [1, 2], hi = 2 } }",
            ["smaller than they", "[1.0, 1.0, 2.0, 2.0]"],
        ),
        ("scale = { efficacy = { fail = 3, pass = 3 } }", ["different `fail` and `pass`", "3"]),
        (
            "better = \"low\", scale = { efficacy = { fail = 1, pass = 3 } }",
            ["turned round by `better`", "low"],
        ),
        ("better = \"low\", scale = { target = { best = [1, 2] } }", ["turned round by `better`", "low"]),
        ("scale = \"points\"", ["`index.points = true`", "points"]),
        ("categories = { x = 0, y = 3 }", ["values of 0 to 1", "3"]),
        ("categories = { x = 0, y = inf }", ["finite parameters", "inf"]),
        ("categories = { x = 0 }, better = \"low\"", ["must not have a scale or direction", "min_max"]),
        ("categories = { x = 0 }, missing = \"median\"", ["must not be the median of categories", "median"]),
        ("categories = { yes = 0 }, missing = { value = \"yess\" }", ["did you mean `yes`?", "`yess`"]),
        ("missing = { value = \"none\" }", ["must be a value the column can have", "none"]),
    ] {
        let message = scale(text);
        assert!(message.contains("of a`") || message.contains("indicator a`"), "{message}");
        assert_says(&message, &words);
    }
    let points =
        unreadable("[index]\npoints = true\n[indicators]\na = { scale = { points = { lo = 3, hi = 1 } } }\n");
    assert_says(&points, &["fewest points up to most points", "3 and 1"]);
    let turned = "[index]\npoints = true\n[indicators]\na = { better = \"low\", scale = { bands = { points = [[0, 50], [9, 0]] } } }\n";
    assert_says(&unreadable(turned), &["must not turn round bands that are points"]);
}

#[test]
fn names_that_nothing_has() {
    let add = |text: &str| unreadable(&format!("{PLAN}{text}"));
    assert_says(
        &add("[segments]\nk = 2\nindicators = [\"arpu3m\"]\n"),
        &["`segments.indicators` must name what the plan has (did you mean `arpu_3m`?)"],
    );
    assert_says(
        &add("[types]\nattribution = \"atribution\"\n"),
        &["`types.attribution` must name what the plan has (did you mean `attribution`?), got `atribution`"],
    );
    assert_says(
        &add("[[rules]]\nname = \"r\"\nwhen = [\"contract == yearl\"]\neffect = \"gate\"\n"),
        &["`rule r` must name what the plan has (did you mean `yearly`?), got `yearl`"],
    );
    assert_says(
        &add(
            "[grades]\nnames = [\"low\", \"high\"]\n[[rules]]\nname = \"r\"\nwhen = [\"tenure < 3\"]\neffect = { cap = \"hihg\" }\n",
        ),
        &["`rule r` must name what the plan has (did you mean `high`?), got `hihg`"],
    );
    assert_says(
        &add("[fields.tenur]\nunit = \"months\"\n"),
        &["`fields` must name what the plan has (did you mean `tenure`?), got `tenur`"],
    );
    // A rule may read a column of its own; that the table lacks it shows at the table.
    let rule = format!("{PLAN}[[rules]]\nname = \"r\"\nwhen = [\"tenur < 3\"]\neffect = \"gate\"\n");
    let message = refused(&Plan::from_toml(&rule).unwrap(), &csv(|_| {}));
    assert_eq!(message, "column `tenur`: missing from the table; did you mean `tenure`?");
}

#[test]
fn rules_and_ratchets() {
    let rule = |text: &str| unreadable(&format!("{PLAN}[[rules]]\nname = \"r\"\n{text}\n"));
    assert_says(&rule("when = []\neffect = \"gate\""), &["`rule r` must have 1 to 8 conditions, got 0"]);
    assert_says(
        &rule("when = [\"tenure\"]\neffect = \"gate\""),
        &["must have conditions such as", "\"tenure\""],
    );
    assert_says(
        &rule("when = [\"tenure < nan\"]\neffect = \"gate\""),
        &["`rule r` must compare a field with a number"],
    );
    assert_says(
        &rule("when = [\"tenure < six\"]\neffect = \"gate\""),
        &["must compare column tenure with a number", "\"six\""],
    );
    assert_says(
        &rule("when = [\"contract < yearly\"]\neffect = \"gate\""),
        &["must compare categories with == or !="],
    );
    assert_says(
        &rule("when = [\"tenure < 6\"]\neffect = { penalty = -1 }"),
        &["points that are not negative", "-1"],
    );
    assert_says(
        &rule("when = [\"tenure < 6\"]\neffect = { cap = \"gold\" }"),
        &["must have grades to cap", "`gold`"],
    );
    let twice = format!("{0}{0}", "[[rules]]\nname = \"r\"\nwhen = [\"tenure < 6\"]\neffect = \"gate\"\n");
    assert_says(
        &unreadable(&format!("{PLAN}{twice}")),
        &["`rules` must have different names, got `r` twice"],
    );
    let ratchet = "[ratchet]\nprevious = \"before\"\nmonths = \"since\"\nvalidity = 0\n";
    assert_says(&unreadable(&format!("{PLAN}{ratchet}")), &["`ratchet` must have grades to keep"]);
    let grades = "[grades]\nnames = [\"low\", \"high\"]\n";
    assert_says(&unreadable(&format!("{PLAN}{grades}{ratchet}")), &["a validity above 0 months, got 0"]);
    let other = "[ratchet]\nprevious = \"contract\"\nmonths = \"since\"\nvalidity = 12\n";
    assert_says(
        &unreadable(&format!("{PLAN}{grades}{other}")),
        &["`categories of contract` must be the names of the grades in their order"],
    );
}

#[test]
fn grades_types_and_segments() {
    let add = |text: &str| unreadable(&format!("{PLAN}{text}"));
    assert_says(&add("[grades]\nnames = [\"one\"]\n"), &["must name at least two grades"]);
    assert_says(
        &add("[grades]\nnames = [\"a\", \"a\"]\n"),
        &["`grades.names` must have different names, got `a` twice"],
    );
    let cuts = |text: &str| add(&format!("[grades]\nnames = [\"a\", \"b\", \"c\"]\ncuts = {{ {text} }}\n"));
    assert_says(&cuts("fixed = [1]"), &["expected 2 cuts between grades, got 1"]);
    assert_eq!(cuts("fixed = [2, 1]"), "`grades.cuts` must ascend, got 1 after 2");
    assert_eq!(cuts("fixed = [1, nan]"), "`grades.cuts` must be finite, got NaN");
    assert_says(&cuts("quantile = [0.5, 0.5, 0.5]"), &["must be shares above 0 that sum to 1, got 1.5"]);
    assert_says(&cuts("quantile = [0.5, 0.5]"), &["expected 3 shares of grades, got 2"]);
    assert_says(&cuts("cumulative_share = [0.8, 0.2]"), &["ascending shares between 0 and 1"]);
    assert_says(&add("[types]\nk = 0.5\n"), &["`types.k` must be >= 1, got 0.5"]);
    assert_says(
        &add("[types]\nvalue = { quantile = 2 }\n"),
        &["`types.value` must be a quantile between 0 and 1"],
    );
    assert_eq!(
        add("[types]\ncontribution_threshold = { fixed = 0 }\n"),
        "`types.contribution_threshold` must be above 0, got 0"
    );
    assert_says(&add("[types]\nvalue = { fixed = nan }\n"), &["`types.value` must be finite"]);
    assert_says(&add("[segments]\nk = 0\n"), &["`segments.k` must be 1 to 256, got 0"]);
    assert_says(&add("[segments]\nk = 3\nsample = 2\n"), &["`segments.sample` must be k to"]);
    assert_says(&add("[segments]\nk = 2\nrestarts = 0\n"), &["`segments.restarts` must be 1 to"]);
    assert_says(
        &add("[segments]\nk = 2\ntolerance = -1\n"),
        &["`segments.tolerance` must be finite and not negative"],
    );
    assert_says(&add("[segments]\nk = 2\nnames = [\"x\"]\n"), &["expected 2 names of segments, got 1"]);
    assert_says(
        &add("[segments]\nk = 2\nnames = [\"x\", \"x\"]\n"),
        &["`segments.names` must have different names"],
    );
    assert_says(
        &add("[segments]\nk = 2\nindicators = [\"tenure\", \"tenure\"]\n"),
        &["`segments.indicators` must have different names, got `tenure` twice"],
    );
    assert_says(
        &unreadable(&format!("index = {{ scale = -1 }}\n{PLAN}")),
        &["`index.scale` must be above 0, got -1"],
    );
    assert_says(
        &unreadable(&format!("index = {{ minimum_coverage = 2 }}\n{PLAN}")),
        &["must be 0 to 1, got 2"],
    );
}

/// What `fields` says of an indicator's column holds for the indicator.
#[test]
fn fields_describe_the_columns_of_indicators_too() {
    let described = "[indicators]\narpu_3m = {}\n[fields.arpu_3m]\nunit = \"CNY\"\nmissing = \"refuse\"\n";
    let table = csv(|rows| rows[3][0] = String::new());
    let model = ValueModel::new(Plan::from_toml(described).unwrap()).fit(&table).unwrap();
    assert_eq!(model.scorer().schema().fields()[0].unit, "CNY");
    assert_eq!(model.report().refused, 1);
    assert!(model.score(&table).unwrap()[2].index.is_nan());
    let both = "[indicators]\narpu_3m = { missing = \"median\" }\n[fields.arpu_3m]\nmissing = \"refuse\"\n";
    assert_says(
        &unreadable(both),
        &["must agree with `fields` on column arpu_3m", "two rules for missing values"],
    );
    let twice = "[indicators]\na = { column = \"x\", missing = \"median\" }\nb = { column = \"x\", missing = \"refuse\" }\n";
    assert_says(&unreadable(twice), &["`indicator b` must agree with the other indicators of column x"]);
    let valueless = "[indicators]\na = {}\n[fields.a]\ncategories = [\"x\"]\n";
    assert_says(&unreadable(valueless), &["must give a value to each category of a"]);
}

#[test]
fn an_indicator_cannot_ignore_what_is_missing() {
    let message = unreadable("[indicators]\na = { missing = \"ignore\" }\n");
    assert_says(
        &message,
        &["missing rule of a", "must not be `ignore`", "choose `neutral` or `renormalise`"],
    );
}
