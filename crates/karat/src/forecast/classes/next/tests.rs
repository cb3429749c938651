#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use super::compare::{Forecast, Ground, decide};
use super::order::windowed;
use super::*;
use crate::numerics::random::Random;
use crate::synth::Operator;
use crate::table::{Column, Table};
use karat_scorer::ErrorKind;
use std::ops::ControlFlow;

fn table(columns: &[(&str, Vec<f64>)]) -> Table<'static> {
    Table::from_columns(columns.iter().map(|(name, values)| (*name, Column::from(values.clone())))).unwrap()
}

/// Two customers; the first is not there in the third of four months.
fn small() -> Table<'static> {
    table(&[
        ("who", vec![1.0, 1.0, 1.0, 2.0, 2.0]),
        ("month", vec![202_312.0, 202_401.0, 202_403.0, 202_401.0, 202_402.0]),
        ("bill", vec![1.0, 5.0, 9.0, f64::NAN, 4.0]),
    ])
}

#[test]
fn neighbours_are_those_of_consecutive_periods() {
    let table = small();
    let panel = Panel::new(&table, "who", "month").unwrap();
    assert_eq!(panel.period_names(), ["202312", "202401", "202402", "202403"]);
    assert_eq!((0..5).map(|row| panel.before(row)).collect::<Vec<_>>(), [None, Some(0), None, None, Some(3)]);
    assert_eq!(panel.after(1), None, "a month is missing");
    let means = windowed(&panel, &panel.numbers("bill").unwrap(), 3);
    assert_eq!(means[..3], [1.0, 3.0, 9.0]);
    assert!(means[3].is_nan());
    assert_eq!(means[4], 4.0, "of what is there");
}

#[test]
fn decisions_cost_least() {
    // Expected squares of class 0, 1, 2: 0.3 + 4 * 0.3, 0.4 + 0.3, 4 * 0.4 + 0.3.
    let squares: Vec<Vec<f64>> =
        (0..3).map(|t| (0..3).map(|f| f64::powi(f64::from(t) - f64::from(f), 2)).collect()).collect();
    assert_eq!(decide(3, &[0.4, 0.3, 0.3], &squares), [1]);
    let hits: Vec<Vec<f64>> = (0..3).map(|t| (0..3).map(|f| f64::from(u8::from(t != f))).collect()).collect();
    assert_eq!(decide(3, &[0.4, 0.3, 0.3], &hits), [0]);
}

/// The interval of a mean difference of independent customers is that of the central limit theorem.
#[test]
fn intervals_are_those_of_a_mean() {
    let rows = 4000;
    let mut random = Random::new(3);
    let truth: Vec<u32> = (0..rows).map(|_| u32::from(random.uniform() < 0.5)).collect();
    let with = |right: f64, spread: f64, random: &mut Random| -> Vec<f64> {
        let one = |&class: &u32| {
            let chance = right + spread * (random.uniform() - 0.5);
            if class == 1 { [1.0 - chance, chance] } else { [chance, 1.0 - chance] }
        };
        truth.iter().flat_map(one).collect()
    };
    let forecast = |name, probabilities: Vec<f64>| Forecast { name, probabilities, decided: truth.clone() };
    let forecasts =
        [forecast("network", with(0.7, 0.5, &mut random)), forecast("other", with(0.65, 0.3, &mut random))];
    let costs = [vec![0.0, 1.0], vec![1.0, 0.0]];
    let ground = Ground {
        classes: 2,
        truth: &truth,
        now: &truth,
        customers: &(0..rows as u32).collect::<Vec<u32>>(),
        costs: &costs,
        level: 0.95,
        samples: 2000,
        seed: 1,
    };
    let gain = ground.compare(&forecasts).unwrap()[1].gain.unwrap().log_loss;
    let differences: Vec<f64> = (0..rows)
        .map(|row| {
            let place = 2 * row + truth[row] as usize;
            forecasts[0].probabilities[place].ln() - forecasts[1].probabilities[place].ln()
        })
        .collect();
    let mean = differences.iter().sum::<f64>() / rows as f64;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / rows as f64;
    let half = 1.959_964 * (variance / rows as f64).sqrt();
    assert!((gain.estimate - mean).abs() < 1e-12);
    assert!((gain.low - (mean - half)).abs() < 0.1 * half, "{gain:?} and {mean} ± {half}");
    assert!((gain.high - (mean + half)).abs() < 0.1 * half, "{gain:?} and {mean} ± {half}");
    // All rows of one customer: nothing is known of other customers.
    let alone = Ground { customers: &vec![0; rows], ..ground };
    let gain = alone.compare(&forecasts).unwrap()[1].gain.unwrap().log_loss;
    assert!((gain.high - gain.low).abs() < 1e-12);
    let same = [forecasts[0].clone(), forecasts[0].clone()];
    assert!(!ground.compare(&same).unwrap()[1].gain.unwrap().log_loss.is_sure());
}

fn operator(customers: u64) -> Table<'static> {
    let frame = Operator::new(customers).months(12).seed(5).generate().unwrap().monthly;
    let (names, columns) = Table::from(&frame).into_parts();
    let owned = names.into_iter().zip(columns).map(|(name, column)| {
        let column = match column {
            Column::Numeric(values) => values.into_owned().into(),
            Column::Text { codes, labels } => Column::Text { codes: codes.into_owned().into(), labels },
        };
        (name, column)
    });
    Table::from_columns(owned).unwrap()
}

fn plan() -> NextClass {
    let mut plan = NextClass::new(4, "margin", ["margin", "minutes", "data_gb"]).seed(2);
    plan.fields = Some(
        ["type", "region", "roaming_revenue", "complaints", "arrears_months"].map(str::to_owned).to_vec(),
    );
    plan.network.members = 2;
    plan.network.max_units = 30;
    plan
}

/// Done when 6, small; in full it is a test of the Python package.
#[test]
fn the_next_class_of_an_operator_is_forecast_better_than_it_stays() {
    let table = operator(1500);
    let panel = Panel::new(&table, "customer_id", "month").unwrap();
    let fitted = plan().fit(&panel).unwrap();
    let report = &fitted.report;
    assert!(fitted.step.classes.values.is_sorted());
    assert_eq!(report.first_test_period, "202310");
    assert!(report.left > 0 && report.test_customers > 1000);
    assert_eq!(
        report.class_sizes.iter().sum::<u64>() as usize,
        panel.periods().iter().filter(|&&p| p < 9).count()
    );
    for model in &report.models[1..3] {
        let gain = model.gain.unwrap();
        assert!(gain.log_loss.is_sure() && gain.weighted_kappa.is_sure(), "{}: {gain:?}", model.name);
    }
    let recogniser = report.recogniser.unwrap();
    assert!(recogniser.judged.log_loss < recogniser.shares_log_loss - 0.05, "{recogniser:?}");
    let forecasts = fitted.step.forecast_last(&panel).unwrap();
    assert_eq!(forecasts.rows.len(), 1500);
    for row in forecasts.probabilities.chunks_exact(4) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    // Saved and read: the same bits.
    let bytes = fitted.step.to_bytes().unwrap();
    let read = NextClassStep::from_bytes(&bytes).unwrap();
    assert_eq!(read, fitted.step);
    assert_eq!(read.forecast_last(&panel).unwrap(), forecasts);
    for place in [0, 8, 20, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        assert_eq!(NextClassStep::from_bytes(&damaged).unwrap_err().kind(), ErrorKind::Format);
    }
    assert!(NextClassStep::from_bytes(&bytes[..40]).is_err());
}

/// Whatever happens in the periods held back, classes and networks are the same.
#[test]
fn nothing_is_learned_from_the_periods_held_back() {
    let (names, columns) = operator(400).into_parts();
    let Some(Column::Numeric(months)) = names.iter().position(|n| n == "month").map(|at| columns[at].clone())
    else {
        unreachable!()
    };
    let changed = names.iter().zip(&columns).map(|(name, column)| {
        let column = match column {
            Column::Numeric(values) if name != "month" && name != "customer_id" => {
                let wild = values.iter().zip(months.iter());
                let wild: Vec<f64> =
                    wild.map(|(x, &m)| if m >= 202_310.0 { 17.0 - 3.0 * x } else { *x }).collect();
                wild.into()
            }
            other => other.clone(),
        };
        (name.clone(), column)
    });
    let changed = Table::from_columns(changed.collect::<Vec<_>>()).unwrap();
    let table = Table::from_columns(names.iter().cloned().zip(columns.clone())).unwrap();
    let mut plan = plan();
    (plan.refit, plan.network.members, plan.samples) = (false, 1, 20);
    let fit = |table: &Table<'_>, plan: &NextClass| {
        plan.fit(&Panel::new(table, "customer_id", "month").unwrap()).unwrap()
    };
    let one = fit(&table, &plan);
    assert_eq!(one.step, fit(&changed, &plan).step);
    // Nor does the result depend on threads, or on the order of the rows.
    let turned: Vec<usize> = (0..table.len()).rev().collect();
    let turned = super::fields::pick(&table, &turned).unwrap();
    let again = fit(&turned, &plan.clone().threads(3));
    assert_eq!(again.step, one.step);
    assert_eq!(again.report.models, one.report.models);
    // A refit of the same rows continues every class.
    plan.previous = Some(one.step.classes.clone());
    plan.recogniser = false;
    let same = fit(&table, &plan);
    assert_eq!(same.report.alignment.as_ref().map(|found| found.kept), Some(1.0));
    assert!(same.step.recogniser.is_none() && same.step.recognise(&table).is_err());
    assert!(same.report.findings.iter().all(|finding| finding.code != "W323"));
}

#[test]
fn given_classes_are_taken() {
    let rows = 40 * 6;
    let customer = |row: usize| row / 6;
    // Every other customer changes between classes 0 and 1 from month to month; the others stay in 2.
    let class = |row: usize| if customer(row).is_multiple_of(2) { (row % 2) as f64 } else { 2.0 };
    let column = |of: &dyn Fn(usize) -> f64| (0..rows).map(of).collect::<Vec<f64>>();
    let table = table(&[
        ("who", column(&|row| customer(row) as f64)),
        ("month", column(&|row| (row % 6) as f64)),
        ("grade", column(&class)),
        ("bill", column(&|row| 10.0 * class(row) + (row % 7) as f64)),
    ]);
    let panel = Panel::new(&table, "who", "month").unwrap();
    let mut plan = NextClass::new(3, "bill", ["bill"]);
    (plan.class_column, plan.test_periods, plan.samples) = (Some("grade".to_owned()), 1, 50);
    let fitted = plan.fit(&panel).unwrap();
    assert_eq!(fitted.report.models[0].judged.accuracy, 1.0);
    assert!(fitted.report.models[1].judged.accuracy < 0.6);
    assert_eq!(
        fitted.step.forecast(&panel).unwrap().now,
        column(&class).iter().map(|&c| c as u32).collect::<Vec<_>>()
    );
    let read = NextClassStep::from_bytes(&fitted.step.to_bytes().unwrap()).unwrap();
    assert_eq!(read, fitted.step);
    // A class that is none.
    plan.classes = 2;
    let error = plan.fit(&panel).unwrap_err().to_string();
    assert!(error.contains("grade") && error.contains("number classes 0 to 1"), "{error}");
}

#[test]
fn bad_input_is_named() {
    let table = small();
    let error = Panel::new(&table, "whom", "month").unwrap_err().to_string();
    assert!(error.contains("did you mean `who`?"), "{error}");
    let twice = super::fields::pick(&table, &[0, 1, 1]).unwrap();
    let error = Panel::new(&twice, "who", "month").unwrap_err().to_string();
    assert!(error.contains("twice in one period"), "{error}");
    assert!(Panel::new(&super::fields::pick(&table, &[]).unwrap(), "who", "month").is_err());
    let panel = Panel::new(&table, "who", "month").unwrap();
    let plan = NextClass::new(2, "bill", ["bill"]);
    assert!(plan.fit(&panel).unwrap_err().to_string().contains("at least 5"));
    let bad = |change: &dyn Fn(&mut NextClass)| {
        let mut plan = plan.clone();
        plan.test_periods = 1;
        change(&mut plan);
        plan.fit(&panel).unwrap_err().to_string()
    };
    assert!(bad(&|plan| plan.classes = 1).contains("classes"));
    assert!(bad(&|plan| plan.measures.clear()).contains("measures"));
    assert!(bad(&|plan| plan.costs = Some(vec![vec![1.0]])).contains("costs"));
    assert!(bad(&|plan| plan.costs = Some(vec![vec![0.0, -1.0], vec![1.0, 0.0]])).contains("costs"));
    assert!(bad(&|plan| plan.fields = Some(vec!["bil".to_owned()])).contains("did you mean `bill`?"));
    assert!(bad(&|plan| plan.level = 1.0).contains("level"));
    let months = operator(60);
    let panel = Panel::new(&months, "customer_id", "month").unwrap();
    let stopped = super::NextClass::new(2, "margin", ["margin"]).fit_observed(&panel, &mut |at| {
        if at.stage == ClassStage::Logit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Interrupted);
}
