//! Operators' own scorecards: METHODS 1.2.

use super::{fit, grade_names, table};
use karat::scorer::{NONE, flags};
use karat::{Column, Table};

/// One yuan is a point, a month on the net ten, a double suspension takes ten off.
const GROWTH_VALUE: &str = r#"
name = "China Telecom growth value"
[index]
points = true
[indicators]
charges_12m = { unit = "CNY", scale = "points" }
tenure_months = { unit = "months", scale = { points = { per_unit = 10 } } }
double_suspensions = { better = "low", scale = { points = { per_unit = 10 } } }
[grades]
names = ["none", "1 star", "2 stars", "3 stars", "4 stars", "5 stars", "6 stars", "7 stars"]
cuts = { fixed = [600, 1000, 1500, 2300, 4000, 6000, 8000] }
"#;

const FIELDS: [&str; 3] = ["charges_12m", "tenure_months", "double_suspensions"];

/// GT-1.1: six customers and the edges of every star.
#[test]
fn growth_value_of_china_telecom() {
    let customers = [
        [1800.0, 48.0, 2.0],
        [7990.0, 0.0, 0.0],
        [7990.0, 1.0, 0.0],
        [590.0, 0.0, 0.0],
        [590.0, 1.0, 0.0],
        [3000.0, 120.0, 6.0],
    ];
    let base = table(FIELDS, &customers);
    let model = fit(GROWTH_VALUE, &base);
    let scores = model.score(&base).unwrap();
    let points: Vec<f64> = scores.iter().map(|score| score.index).collect();
    assert_eq!(points, [2260.0, 7990.0, 8000.0, 590.0, 600.0, 4140.0]);
    assert_eq!(scores.iter().map(|score| score.grade).collect::<Vec<_>>(), [3, 6, 7, 0, 1, 5]);
    let explained = model.explain(&base).unwrap();
    assert_eq!(explained.names, FIELDS);
    assert_eq!(explained.points[0], [1800.0, 480.0, -20.0]);
    assert_eq!(explained.points[5], [3000.0, 1200.0, -60.0]);
    let edges = [599.99, 600.0, 999.99, 1000.0, 1500.0, 2299.99, 2300.0, 4000.0, 6000.0, 7999.99, 8000.0];
    let rows: Vec<[f64; 3]> = edges.iter().map(|&charges| [charges, 0.0, 0.0]).collect();
    let scores = model.score(&table(FIELDS, &rows)).unwrap();
    assert_eq!(
        grade_names(&model, &scores),
        [
            "none", "1 star", "1 star", "2 stars", "3 stars", "3 stars", "4 stars", "5 stars", "6 stars",
            "6 stars", "7 stars"
        ]
    );
}

/// Bill, months on the net, five points a product class up to 50, minus ten an arrears stop.
const SHANGHAI: &str = r#"
name = "China Mobile Shanghai"
[index]
points = true
[indicators]
mean_bill_12m = { unit = "CNY", scale = { points = { whole = true } } }
months_on_net = { scale = "points" }
product_classes = { scale = { points = { per_unit = 5, hi = 50 } } }
arrears_stops = { better = "low", scale = { points = { per_unit = 10 } } }
[grades]
names = ["below 4 stars", "4 stars", "above 4 stars"]
cuts = { fixed = [200, 300] }
"#;

/// GT-1.2, and what its rules say at the edges: halves round up, the bonus ends at 50.
#[test]
fn points_of_china_mobile_shanghai() {
    let fields = ["mean_bill_12m", "months_on_net", "product_classes", "arrears_stops"];
    let base = table(
        fields,
        &[
            [149.6, 61.0, 2.0, 1.0],
            [149.5, 61.0, 2.0, 1.0],
            [149.4, 61.0, 2.0, 1.0],
            [150.0, 60.0, 10.0, 0.0],
            [150.0, 60.0, 12.0, 0.0],
            [150.0, 150.0, 0.0, 0.0],
            [0.0, 3.0, 0.0, 4.0],
        ],
    );
    let model = fit(SHANGHAI, &base);
    let scores = model.score(&base).unwrap();
    let points: Vec<f64> = scores.iter().map(|score| score.index).collect();
    assert_eq!(points, [211.0, 211.0, 210.0, 260.0, 260.0, 300.0, -37.0]);
    let names = grade_names(&model, &scores);
    assert_eq!(names[0], "4 stars");
    assert_eq!([&names[5], &names[6]], ["above 4 stars", "below 4 stars"]);
    assert_eq!(model.explain(&base).unwrap().points[0], [150.0, 61.0, 10.0, -10.0]);
}

/// Validity of twelve months within which a star can only rise; a cap at three stars for three arrears
/// stops at the next rating; six months on the net to be rated at all (METHODS 1.2).
#[test]
fn validity_cap_and_eligibility() {
    let scheme = format!(
        "{GROWTH_VALUE}
[ratchet]
previous = \"stars_before\"
months = \"months_since_rating\"
validity = 12
[[rules]]
name = \"new customer\"
when = [\"tenure_months < 6\"]
effect = \"gate\"
[[rules]]
name = \"three arrears stops\"
when = [\"arrears_stops >= 3\"]
effect = {{ cap = \"3 stars\" }}
"
    );
    // Charges, tenure, suspensions, months since the rating, arrears stops, star before: star now, flags, rule.
    let kept = flags::KEPT;
    let cases = [
        (1780.0, 48.0, 0.0, 3.0, 0.0, Some("5 stars"), Some(5), kept, NONE), // 2260 points alone give 3 stars
        (1780.0, 48.0, 0.0, 11.0, 0.0, Some("4 stars"), Some(4), kept, NONE),
        (1780.0, 48.0, 0.0, 12.0, 0.0, Some("5 stars"), Some(3), 0, NONE), // expired: rated anew
        (1780.0, 48.0, 0.0, 3.0, 0.0, Some("2 stars"), Some(3), 0, NONE),  // upgrades count at once
        (1780.0, 48.0, 0.0, 3.0, 0.0, Some("3 stars"), Some(3), 0, NONE),
        (1780.0, 48.0, 0.0, f64::NAN, 0.0, None, Some(3), 0, NONE),
        (3000.0, 120.0, 6.0, f64::NAN, 2.0, None, Some(5), 0, NONE),
        (3000.0, 120.0, 6.0, f64::NAN, 3.0, None, Some(3), flags::CAPPED, 1),
        (1780.0, 48.0, 0.0, f64::NAN, 3.0, None, Some(3), 0, NONE), // no higher anyway
        (3000.0, 120.0, 6.0, 6.0, 3.0, Some("5 stars"), Some(5), flags::CAPPED | kept, 1),
        (9000.0, 5.0, 0.0, f64::NAN, 0.0, None, None, flags::INELIGIBLE, 0),
        (9000.0, 6.0, 0.0, f64::NAN, 0.0, None, Some(7), 0, NONE),
    ];
    let numbers =
        |get: fn(&Case) -> f64| -> Column<'static> { cases.iter().map(get).collect::<Vec<_>>().into() };
    let before: Vec<Option<String>> = cases.iter().map(|case| case.5.map(str::to_owned)).collect();
    let base = Table::from_columns([
        ("stars_before", before.into()),
        ("charges_12m", numbers(|case| case.0)),
        ("tenure_months", numbers(|case| case.1)),
        ("double_suspensions", numbers(|case| case.2)),
        ("months_since_rating", numbers(|case| case.3)),
        ("arrears_stops", numbers(|case| case.4)),
    ])
    .unwrap();
    let model = fit(&scheme, &base);
    for (score, case) in model.score(&base).unwrap().iter().zip(&cases) {
        assert_eq!(score.grade, case.6.unwrap_or(NONE), "{case:?}");
        assert_eq!((score.flags, score.rule), (case.7, case.8), "{case:?}");
    }
    let report = model.report();
    assert_eq!((report.rows, report.ineligible), (12, 1));
    assert_eq!(report.rules.iter().map(|rule| rule.customers).collect::<Vec<_>>(), [1, 2]);
}

type Case = (f64, f64, f64, f64, f64, Option<&'static str>, Option<u16>, u32, u16);

/// A penalty is one entry of the explanation, and the report counts the customers who paid it.
#[test]
fn penalties_are_points_of_their_own() {
    let scheme = format!(
        "{GROWTH_VALUE}
[[rules]]
name = \"fraud\"
when = [\"fraud_cases >= 1\", \"charges_12m < 5000\"]
effect = {{ penalty = 500 }}
"
    );
    let fields = ["charges_12m", "tenure_months", "double_suspensions", "fraud_cases"];
    let base = table(
        fields,
        &[[1800.0, 48.0, 2.0, 1.0], [1800.0, 48.0, 2.0, 0.0], [6000.0, 0.0, 0.0, 1.0], [1.0, 1.0, 1.0, 2.0]],
    );
    let model = fit(&scheme, &base);
    let (scores, explained) = (model.score(&base).unwrap(), model.explain(&base).unwrap());
    assert_eq!(scores.iter().map(|score| score.index).collect::<Vec<_>>(), [1760.0, 2260.0, 6000.0, -499.0]);
    assert_eq!(explained.names[3], "fraud");
    assert_eq!(
        explained.points.iter().map(|points| points[3]).collect::<Vec<_>>(),
        [-500.0, 0.0, 0.0, -500.0]
    );
    assert_eq!(model.report().rules[0].customers, 2);
}
