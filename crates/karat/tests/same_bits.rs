//! The same model bytes, whatever the threads, the order of rows and columns, or the file in between.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: a panic is its way to fail")]

use karat::synth::{Frame, Operator};
use karat::{Column, Plan, Table, ValueModel};

/// Everything a plan can ask for, over the synthetic operator.
const PLAN: &str = r#"
name = "same bits"
id = "customer_id"
[indicators]
arpu_3m = { dimension = "contribution", scale = "log1p", winsorise = [0.01, 0.99] }
margin_3m = { dimension = "contribution", scale = "rank" }
revenue_12m = { dimension = "contribution", scale = "z_score", missing = "renormalise" }
tenure_months = { dimension = "attribution", scale = "saturating", missing = "renormalise" }
products = { dimension = "attribution" }
complaints_6m = { dimension = "attribution", better = "low" }
circle_size = { dimension = "influence", scale = { target = { best = [8, 20] } } }
type = { dimension = "influence", categories = { prepaid = 0.2, contract = 0.6, corporate = 1.0 } }
[judgments]
value = ["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"]
[weights]
method = "combined"
[[rules]]
name = "has left"
when = ["status == left"]
effect = "gate"
[[rules]]
name = "late payer"
when = ["late_payments_12m >= 4"]
effect = { penalty = 2.5 }
[[rules]]
name = "newcomer"
when = ["tenure_months < 3"]
effect = { cap = "silver" }
[fields.status]
categories = ["active", "left"]
[grades]
names = ["bronze", "silver", "gold", "platinum"]
cuts = { cumulative_share = [0.2, 0.5, 0.8] }
[types]
value = { quantile = 0.6 }
[segments]
k = 5
sample = SAMPLE
"#;

/// More rows than two units of work.
const CUSTOMERS: usize = 36_000;

fn plan(sample: usize) -> Plan {
    Plan::from_toml(&PLAN.replace("SAMPLE", &sample.to_string())).unwrap()
}

fn customers() -> Frame {
    Operator::new(CUSTOMERS as u64).months(6).seed(5).generate().unwrap().customers
}

/// The rows of a table in another order.
fn rearranged(table: &Table<'_>, order: &[usize]) -> Table<'static> {
    let columns = table.names().iter().map(|name| {
        let column = match table.column(name).unwrap() {
            Column::Numeric(values) => order.iter().map(|&row| values[row]).collect::<Vec<f64>>().into(),
            Column::Text { codes, labels } => Column::Text {
                codes: order.iter().map(|&row| codes[row]).collect::<Vec<u32>>().into(),
                labels: labels.clone(),
            },
        };
        (name.clone(), column)
    });
    Table::from_columns(columns.collect::<Vec<_>>()).unwrap()
}

/// A permutation without a generator: 7919 is coprime to the number of rows.
fn shuffled(rows: usize) -> Vec<usize> {
    (0..rows).map(|row| (row * 7919 + 13) % rows).collect()
}

/// Segments from the whole base, and from a sample finished by passes over everybody.
#[test]
fn threads_rows_and_columns_do_not_show() {
    let frame = customers();
    let table = Table::from(&frame);
    for sample in [50_000, 3_000] {
        let fit = |threads, table: &Table<'_>| {
            ValueModel::new(plan(sample)).seed(11).threads(threads).fit(table).unwrap()
        };
        let model = fit(1, &table);
        let k_means = model.report().k_means.clone().unwrap();
        assert_eq!(k_means.full_passes, if sample < CUSTOMERS { 2 } else { 0 });
        assert_eq!(model.report().rows, CUSTOMERS as u64);
        for threads in [2, 3] {
            assert!(
                fit(threads, &table).as_bytes() == model.as_bytes(),
                "{threads} threads, sample {sample}"
            );
        }
        let other = rearranged(&table, &shuffled(CUSTOMERS));
        assert!(fit(2, &other).as_bytes() == model.as_bytes(), "rows in another order, sample {sample}");
        let mut columns: Vec<(String, Column<'_>)> = other
            .names()
            .iter()
            .rev()
            .map(|name| (name.clone(), other.column(name).unwrap().clone()))
            .collect();
        columns.insert(3, ("something_else".to_owned(), vec![f64::INFINITY; CUSTOMERS].into()));
        let wider = Table::from_columns(columns).unwrap();
        assert!(fit(2, &wider).as_bytes() == model.as_bytes(), "columns in another order, sample {sample}");
    }
}

/// Without an identifier a customer is its row, so that the order of rows still cannot show.
#[test]
fn rows_do_not_show_without_an_identifier() {
    let frame = Operator::new(4_000).months(6).generate().unwrap().customers;
    let table = Table::from(&frame);
    let mut plan = plan(500);
    plan.id = None;
    let fit = |table: &Table<'_>| ValueModel::new(plan.clone()).seed(3).fit(table).unwrap();
    let model = fit(&table);
    assert!(fit(&rearranged(&table, &shuffled(4_000))).as_bytes() == model.as_bytes());
    let finding = &model.report().findings[0];
    assert_eq!((finding.code.as_str(), finding.place.as_str()), ("W201", "id"));
    assert!(finding.fact.starts_with("500 of 4000 customers were sampled by their rows"), "{}", finding.fact);
}

#[test]
fn seeds_repeat_and_choose() {
    let frame = Operator::new(4_000).months(6).generate().unwrap().customers;
    let table = Table::from(&frame);
    let fit = |seed| ValueModel::new(plan(500)).seed(seed).fit(&table).unwrap();
    assert_eq!(fit(1).as_bytes(), fit(1).as_bytes());
    let (one, two) = (fit(1), fit(2));
    let inertia = |model: &ValueModel| model.report().k_means.as_ref().unwrap().inertia;
    assert_ne!(inertia(&one), inertia(&two), "another sample of 500 has another inertia");
    assert_eq!(one.report().grades, two.report().grades, "a seed moves no cut");
    assert_eq!(one.report().weights, two.report().weights);
}

#[test]
fn saved_and_loaded_is_the_same() {
    let frame = Operator::new(2_000).months(6).generate().unwrap().customers;
    let table = Table::from(&frame);
    let model = ValueModel::new(plan(500)).fit(&table).unwrap();
    let path = std::env::temp_dir().join(format!("karat-same-bits-{}.karat", std::process::id()));
    model.save(&path).unwrap();
    let loaded = ValueModel::load(&path).unwrap();
    assert_eq!(loaded.as_bytes(), model.as_bytes());
    assert_eq!((loaded.plan(), loaded.report()), (model.plan(), model.report()));
    loaded.save(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), model.as_bytes());
    std::fs::remove_file(&path).unwrap();
    let bytes = |model: &ValueModel| -> Vec<[u8; 64]> {
        model.score(&table).unwrap().iter().map(karat::scorer::Score::to_bytes).collect()
    };
    assert!(bytes(&loaded) == bytes(&model));
    let refitted = ValueModel::new(loaded.plan().clone()).fit(&table).unwrap();
    assert_eq!(refitted.as_bytes(), model.as_bytes(), "the plan in the file is the plan that was fitted");
}

/// What stands in for a missing value may lie beyond every value of the base; passes over everybody hold it.
#[test]
fn segments_of_points_beyond_the_base() {
    let values: Vec<f64> =
        (0..60).map(|row| if row % 4 == 0 { f64::NAN } else { f64::from(row % 7) }).collect();
    let ids: Vec<f64> = (0..60).map(f64::from).collect();
    let table = Table::from_columns([
        ("x", values.into()),
        ("gone", vec![f64::NAN; 60].into()),
        ("number", ids.into()),
    ])
    .unwrap();
    let text = "id = \"number\"\n[index]\npoints = true\n[indicators]\n\
                x = { scale = { points = { per_unit = 2 } }, missing = { value = 1000 } }\n\
                gone = { scale = \"points\" }\n[segments]\nk = 2\nsample = 10\n";
    let model = ValueModel::new(Plan::from_toml(text).unwrap()).fit(&table).unwrap();
    assert_eq!(model.report().k_means.as_ref().unwrap().full_passes, 2);
    // The first segment is that of the 15 customers with 2000 points for the value they lack.
    assert_eq!(model.report().segments.iter().map(|segment| segment.size).collect::<Vec<_>>(), [15, 45]);
    assert_eq!(model.scorer().model().segments.as_ref().unwrap().center(0), [2000.0, 0.0]);
}
