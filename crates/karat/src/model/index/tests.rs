use super::*;

const PLAN: &str = r#"
    [indicators]
    arpu = { missing = "neutral" }
    tenure = { scale = { saturating = { tau = 24.0 } }, missing = "renormalise" }
    complaints = { better = "low", missing = { value = 0.0 } }
    usage = { scale = "log1p", missing = "neutral" }
    age = { scale = { target = { best = [30.0, 50.0] } }, missing = "neutral" }
    [weights.fixed]
    value = { arpu = 0.3, tenure = 0.25, complaints = 0.2, usage = 0.15, age = 0.1 }
"#;

fn columns(rows: usize) -> Vec<(&'static str, Vec<f64>)> {
    let value = |column: usize, row: usize| match (row * 31 + column * 7) % 23 {
        0 => f64::NAN,
        k => (k * (column + 1)) as f64 + row as f64 / 7.0,
    };
    ["arpu", "tenure", "complaints", "usage", "age"]
        .into_iter()
        .enumerate()
        .map(|(column, name)| (name, (0..rows).map(|row| value(column, row)).collect()))
        .collect()
}

fn table(columns: &[(&'static str, Vec<f64>)]) -> Table<'static> {
    Table::from_columns(columns.iter().map(|(name, values)| (*name, values.clone().into()))).unwrap()
}

/// The one-pass fit freezes what the full fit does, from columns and from rows.
#[test]
fn the_frozen_steps_are_those_of_the_full_fit() {
    let plan = Plan::from_toml(PLAN).unwrap();
    let columns = columns(40_000);
    let full = ValueModel::new(plan.clone()).fit(&table(&columns)).unwrap();
    let index = Index::new(plan).unwrap();
    let by_columns = index.fit(&table(&columns)).unwrap();
    let rows: Vec<f64> = (0..40_000).flat_map(|row| columns.iter().map(move |(_, c)| c[row])).collect();
    let by_rows = index.clone().threads(1).fit_rows(&rows, 5).unwrap();
    for model in [&by_columns, &by_rows] {
        let (found, wanted) = (model.scorer().model(), full.scorer().model());
        assert_eq!(found.indicators, wanted.indicators);
        assert_eq!((&found.tree, &found.fields), (&wanted.tree, &wanted.fields));
        let bytes = |model: &ValueModel| -> Vec<_> {
            model.score(&table(&columns)).unwrap().iter().map(karat_scorer::Score::to_bytes).collect()
        };
        assert!(bytes(model) == bytes(&full));
        for (found, wanted) in model.report().fields.iter().zip(&full.report().fields) {
            assert_eq!(
                (found.missing, found.minimum, found.maximum),
                (wanted.missing, wanted.minimum, wanted.maximum)
            );
            assert!((found.mean.unwrap() - wanted.mean.unwrap()).abs() < 1e-9 * wanted.mean.unwrap().abs());
        }
    }
    assert_eq!(by_columns.as_bytes(), by_rows.as_bytes());
    assert_eq!(ValueModel::from_bytes(by_rows.as_bytes().to_vec()).unwrap().plan(), by_rows.plan());
}

/// A plan that needs quantiles goes the long way.
#[test]
fn other_plans_are_fitted_in_full() {
    let open = PLAN.split("[weights.fixed]").next().unwrap();
    let plan = open.replace("[indicators]", "[indicators]\n    rank = { scale = \"rank\" }");
    let plan = Plan::from_toml(&plan).unwrap();
    let mut columns = columns(500);
    columns.insert(0, ("rank", (0..500).map(f64::from).collect()));
    let full = ValueModel::new(plan.clone()).fit(&table(&columns)).unwrap();
    let found = Index::new(plan).unwrap().fit(&table(&columns)).unwrap();
    assert_eq!(found.as_bytes(), full.as_bytes());
}

#[test]
fn bad_input_is_named() {
    let index = Index::new(Plan::from_toml(PLAN).unwrap()).unwrap();
    let text = |result: Result<ValueModel>| result.unwrap_err().to_string();
    assert!(text(index.fit_rows(&[1.0; 6], 3)).contains("fields"));
    assert!(text(index.fit_rows(&[1.0; 7], 5)).contains("whole rows"));
    assert!(text(index.fit_rows(&[], 5)).contains("no rows"));
    let constant = text(index.fit_rows(&[1.0; 10], 5));
    assert!(constant.contains("arpu") && constant.contains("constant"), "{constant}");
    let graded = Plan::from_toml(&format!("{PLAN}\n[grades]\nnames = [\"low\", \"high\"]")).unwrap();
    assert!(Index::new(graded).unwrap_err().to_string().contains("grades"));
}
