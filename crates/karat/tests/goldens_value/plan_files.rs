//! The schemes of METHODS 1.1 and 1.2 as the plan files that the examples ship.

use super::{fit, grade_names, table};
use karat::Plan;

fn plan(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/plans").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// GT-1.1 by the file `growth_value.toml`; nobody was rated before.
#[test]
fn growth_value_from_its_file() {
    let nobody = f64::NAN;
    let rows = [
        [1800.0, 48.0, 2.0],
        [7990.0, 0.0, 0.0],
        [7990.0, 1.0, 0.0],
        [590.0, 0.0, 0.0],
        [590.0, 1.0, 0.0],
        [3000.0, 120.0, 6.0],
    ]
    .map(|[charges, tenure, suspensions]| [charges, tenure, suspensions, nobody]);
    let base = table(["charges_12m", "tenure_months", "double_suspensions", "months_since_rating"], &rows);
    let (mut names, mut columns) = base.into_parts();
    names.push("stars_before".to_owned());
    columns.push(vec![None; rows.len()].into());
    let base = karat::Table::from_columns(names.into_iter().zip(columns)).unwrap();
    let model = fit(&plan("growth_value.toml"), &base);
    let scores = model.score(&base).unwrap();
    let points: Vec<f64> = scores.iter().map(|score| score.index).collect();
    assert_eq!(points, [2260.0, 7990.0, 8000.0, 590.0, 600.0, 4140.0]);
    assert_eq!(grade_names(&model, &scores), ["3 stars", "6 stars", "7 stars", "none", "1 star", "5 stars"]);
}

/// GT-1.2 by the file `shanghai.toml`, and its gate.
#[test]
fn shanghai_from_its_file() {
    let fields = ["mean_bill_12m", "months_on_net", "product_classes", "arrears_stops"];
    let base = table(fields, &[[149.6, 61.0, 2.0, 1.0], [900.0, 5.0, 0.0, 0.0], [150.0, 60.0, 12.0, 0.0]]);
    let model = fit(&plan("shanghai.toml"), &base);
    let scores = model.score(&base).unwrap();
    assert_eq!(scores.iter().map(|score| score.index).collect::<Vec<_>>(), [211.0, 905.0, 260.0]);
    assert_eq!([scores[0].grade, scores[2].grade], [1, 1]);
    assert!(scores[1].has(karat::scorer::flags::INELIGIBLE));
}

/// Fixed weights sum to 100 (METHODS 1.1), or the plan is refused with the sum it has.
#[test]
fn fixed_weights_of_a_hundred() {
    let text = plan("business_customer.toml");
    let weights = Plan::from_toml(&text).unwrap().weights.fixed;
    assert_eq!(weights["value"].values().sum::<f64>(), 100.0);
    let short = Plan::from_toml(&text.replace("entanglement = 20", "entanglement = 15")).unwrap_err();
    assert!(short.to_string().contains("sum to 1 or 100, got a sum of 95"), "{short}");
    let fields = [
        "average_revenue",
        "revenue_change",
        "tenure",
        "contract_months",
        "shared_systems",
        "share_outsourced",
        "contact_level",
    ];
    // The second customer is the best in every respect but tenure, which only nears its end.
    let base =
        table(fields, &[[1000.0, -0.5, 0.0, 0.0, 0.0, 0.0, 1.0], [90_000.0, 0.5, 1e6, 36.0, 5.0, 1.0, 5.0]]);
    let model = fit(&text, &base);
    let scores = model.score(&base).unwrap();
    assert_eq!(scores[0].index, 0.0);
    assert!((scores[1].index - 100.0).abs() < 1e-9, "{}", scores[1].index);
    let points = &model.explain(&base).unwrap().points[1];
    for (found, wanted) in points.iter().zip([20.0, 25.0, 7.5, 7.5, 20.0, 10.0, 10.0]) {
        assert!((found - wanted).abs() < 1e-9, "{points:?}");
    }
}
