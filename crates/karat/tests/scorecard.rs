//! Scorecards from tables to points: published figures, properties, and the same bits everywhere.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: a panic is its way to fail")]

use karat::evaluate::scorecard::{
    Baseline, Binning, Coefficients, Favour, FieldOptions, FittedScorecard, NO_REASON, OptimalBinning,
    Scaling, Scorecard, Side, Strength, TargetKind, Transform, Trend,
};
use karat::plan::Ordered;
use karat::scorer::{Explanation, Score, Scorer};
use karat::{Column, Reading, Table, ValueModel};

#[path = "scorecard/bad_input.rs"]
mod bad_input;
#[path = "scorecard/points.rs"]
mod points;
#[path = "scorecard/published.rs"]
mod published;

/// Rows of a frequency table: each value as often as it occurs, with its events first.
fn rows(counts: &[(f64, u32, u32)]) -> (Vec<f64>, Vec<f64>) {
    let (mut values, mut target) = (Vec::new(), Vec::new());
    for &(value, non_events, events) in counts {
        values.extend(std::iter::repeat_n(value, (non_events + events) as usize));
        target.extend((0..non_events + events).map(|row| f64::from(u8::from(row < events))));
    }
    (values, target)
}

fn one(name: &str, values: Vec<f64>) -> Table<'static> {
    Table::from_columns([(name, values.into())]).unwrap()
}

/// A base with structure and dirt: a trend, a hump, categories, missing and special values.
fn base(rows: u32) -> (Table<'static>, Vec<f64>) {
    let mut state = 9_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (mut tenure, mut bill, mut contract, mut noise) = (vec![], vec![], vec![], vec![]);
    let mut left = Vec::new();
    for _ in 0..rows {
        let (t, b, c) = ((uniform() * 72.0).floor(), 20.0 + 100.0 * uniform(), (uniform() * 4.0) as usize);
        let hump = 1.0 - ((b - 70.0) / 50.0).abs();
        let chance = 0.5 - 0.006 * t + 0.3 * hump + 0.1 * c as f64 - 0.1;
        left.push(f64::from(u8::from(uniform() < chance)));
        tenure.push(if uniform() < 0.03 { -1.0 } else { t });
        bill.push(if uniform() < 0.05 { f64::NAN } else { b });
        contract.push(if uniform() < 0.02 { None } else { Some(["b", "a", "d", "c"][c].to_owned()) });
        noise.push(uniform());
    }
    let table = Table::from_columns([
        ("tenure", tenure.into()),
        ("bill", bill.into()),
        ("contract", Column::from(contract)),
        ("noise", noise.into()),
    ]);
    (table.unwrap(), left)
}

fn binning() -> OptimalBinning {
    OptimalBinning::new().field("tenure", FieldOptions::default().special(&[-1.0]))
}

/// Rates of the ordinary bins in order.
fn rates(binning: &Binning, name: &str) -> Vec<f64> {
    let field = binning.field(name).unwrap();
    field.bins[..field.ordinary()].iter().map(karat::evaluate::scorecard::Bin::rate).collect()
}

#[test]
fn every_trend_is_kept_and_costs_information() {
    let (table, left) = base(4000);
    let fit = |trend| binning().trend(trend).fit(&table, &left).unwrap();
    let free = fit(Trend::Free);
    for trend in [Trend::Ascending, Trend::Descending, Trend::Auto, Trend::Peak, Trend::Valley] {
        let found = fit(trend);
        for name in ["tenure", "bill", "noise"] {
            let rates = rates(&found, name);
            let kept = found.field(name).unwrap().trend;
            let up = |pair: &[f64]| pair[0] <= pair[1];
            let down = |pair: &[f64]| pair[0] >= pair[1];
            let turn = |first: fn(&[f64]) -> bool, then: fn(&[f64]) -> bool| {
                let steps: Vec<&[f64]> = rates.windows(2).collect();
                (0..=steps.len())
                    .any(|at| steps[..at].iter().all(|s| first(s)) && steps[at..].iter().all(|s| then(s)))
            };
            let rising: fn(&[f64]) -> bool = up;
            let falling: fn(&[f64]) -> bool = down;
            assert!(
                match kept {
                    Trend::Ascending => rates.windows(2).all(up),
                    Trend::Descending => rates.windows(2).all(down),
                    Trend::Peak => turn(rising, falling),
                    Trend::Valley => turn(falling, rising),
                    _ => false,
                },
                "{name} {trend:?} {rates:?}"
            );
            let (bound, best) = (found.field(name).unwrap(), free.field(name).unwrap());
            assert!(bound.information_value <= best.information_value * (1.0 + 1e-12), "{name} {trend:?}");
        }
    }
    // The generator's trends: churn falls with tenure and peaks at middling bills.
    assert_eq!(fit(Trend::Auto).field("tenure").unwrap().trend, Trend::Descending);
    assert!(fit(Trend::Peak).field("bill").unwrap().bins.len() > 3);
}

#[test]
fn bins_satisfy_their_constraints_and_account_for_every_row() {
    let (table, left) = base(3000);
    let found =
        binning().minimum_share(0.1).maximum_bins(4).minimum_events(120.0).fit(&table, &left).unwrap();
    for field in &found.fields {
        let ordinary = &field.bins[..field.ordinary()];
        assert!(ordinary.len() <= 4, "{}", field.name);
        assert!(ordinary.iter().all(|b| b.weight >= 300.0 && b.total >= 120.0 && b.non_events() >= 120.0));
        assert_eq!(field.bins.iter().map(|bin| bin.weight).sum::<f64>(), 3000.0);
        assert_eq!(field.bins.iter().map(|bin| bin.total).sum::<f64>(), left.iter().sum::<f64>());
    }
    let tenure = found.field("tenure").unwrap();
    assert_eq!(tenure.bins[tenure.ordinary()].label, "special -1");
    assert!(tenure.bins[tenure.ordinary()].weight > 30.0);
    assert!(found.field("bill").unwrap().bins.last().unwrap().weight > 60.0);
    // Categories in the order of their rates: the generator's a < b... is not the order of the names.
    let rates = rates(&found, "contract");
    assert!(rates.windows(2).all(|pair| pair[0] <= pair[1]), "{rates:?}");
}

#[test]
fn threads_order_of_columns_and_copies_change_no_bit() {
    let (table, left) = base(5000);
    let one = binning().threads(1).fit(&table, &left).unwrap();
    for threads in [2, 3, 7] {
        assert_eq!(binning().threads(threads).fit(&table, &left).unwrap(), one);
    }
    let card = |threads| Scorecard::new().binning(binning().threads(threads)).fit(&table, &left).unwrap();
    assert_eq!(card(1), card(5));
    // A weight of 2 is the same as the row twice.
    let weights: Vec<f64> = (0..left.len()).map(|row| f64::from(1 + (row % 2) as u32)).collect();
    let weighted = binning().fit_weighted(&table, &left, Some(&weights)).unwrap();
    let twice = |column: &Column<'_>| -> Column<'static> {
        let rows = (0..left.len()).flat_map(|row| std::iter::repeat_n(row, weights[row] as usize));
        match column {
            Column::Numeric(values) => rows.map(|row| values[row]).collect::<Vec<f64>>().into(),
            Column::Text { codes, labels } => {
                Column::Text { codes: rows.map(|row| codes[row]).collect(), labels: labels.clone() }
            }
        }
    };
    let columns = table.names().iter().map(|name| (name.clone(), twice(table.column(name).unwrap())));
    let copied = Table::from_columns(columns).unwrap();
    let target: Vec<f64> =
        (0..left.len()).flat_map(|row| std::iter::repeat_n(left[row], weights[row] as usize)).collect();
    assert_eq!(binning().fit(&copied, &target).unwrap(), weighted);
}

#[test]
fn json_keeps_every_bit() {
    let (table, left) = base(1000);
    let card = Scorecard::new().binning(binning()).fit(&table, &left).unwrap();
    let mut back = FittedScorecard::from_json(&card.to_json().unwrap()).unwrap();
    back.findings.clone_from(&card.findings);
    back.binning.findings.clone_from(&card.binning.findings);
    assert_eq!(back, card);
    let text = card.binning.to_json().unwrap();
    assert_eq!(Binning::from_json(&text).unwrap().fields, card.binning.fields);
    assert!(Binning::from_json(&text.replacen("\"bins\":[{", "\"bins\":[{},{", 1)).is_err());
    assert!(FittedScorecard::from_json("{}").is_err());
}

#[test]
fn a_continuous_target_is_explained_by_means() {
    // Next year's margin in three steps with noise that sums to nothing within each.
    let (mut months, mut margin) = (Vec::new(), Vec::new());
    for month in 0..60 {
        for noise in [-2.0, 0.0, 2.0] {
            months.push(f64::from(month));
            margin.push(
                100.0
                    + noise
                    + if month < 12 {
                        0.0
                    } else if month < 36 {
                        10.0
                    } else {
                        4.0
                    },
            );
        }
    }
    let table = one("tenure", months);
    let found = OptimalBinning::new().target(TargetKind::Continuous).fit(&table, &margin).unwrap();
    let field = &found.fields[0];
    assert_eq!(
        field.bins.iter().map(|bin| bin.label.as_str()).collect::<Vec<_>>()[..3],
        ["(-inf, 12)", "[12, 36)", "[36, inf)"]
    );
    let means: Vec<f64> = rates(&found, "tenure");
    assert!(means.iter().zip([100.0, 110.0, 104.0]).all(|(a, b)| (a - b).abs() < 1e-11), "{means:?}");
    // Correlation ratio by its definition: between squares over all squares.
    let mean = margin.iter().sum::<f64>() / 180.0;
    let between: f64 = [(36.0, 100.0), (72.0, 110.0), (72.0, 104.0)]
        .iter()
        .map(|(n, m): &(f64, f64)| n * (m - mean) * (m - mean))
        .sum();
    let all: f64 = margin.iter().map(|y| (y - mean) * (y - mean)).sum();
    assert!((field.information_value - between / all).abs() < 1e-12);
    assert!((field.bins[1].evidence - (110.0 - mean)).abs() < 1e-11);
    let down = OptimalBinning::new().target(TargetKind::Continuous).trend(Trend::Descending);
    assert!(rates(&down.fit(&table, &margin).unwrap(), "tenure").windows(2).all(|pair| pair[0] >= pair[1]));
}
