//! Figures from a textbook, and a real base where it is present.

use super::{FieldOptions, OptimalBinning, Strength, Trend, one, rates, rows};
use karat::Table;
use karat::scorer::numerics::ln;

/// Siddiqi, "Credit Risk Scorecards" (2006), exhibit 6.2: analysis of age. Goods, bads, and the weight of
/// evidence times 100 as printed; the information value is printed as 0.668.
const AGE: [(f64, u32, u32, f64); 7] = [
    (f64::NAN, 860, 140, -42.719),
    (20.0, 3040, 960, -108.980),
    (25.0, 4920, 1080, -72.613),
    (28.0, 8100, 900, -4.526),
    (32.0, 9500, 500, 70.196),
    (40.0, 6800, 200, 128.388),
    (50.0, 2940, 60, 164.934),
];

#[test]
fn weights_of_evidence_of_siddiqis_ages() {
    let (values, bad) = rows(&AGE.map(|(age, goods, bads, _)| (age, goods, bads)));
    let cuts = FieldOptions::default().cuts(&[23.0, 27.0, 30.0, 35.0, 44.0]);
    let found = OptimalBinning::new().field("age", cuts).fit(&one("age", values), &bad).unwrap();
    let age = &found.fields[0];
    assert_eq!(age.bins.len(), 7);
    assert_eq!(age.bins[1].label, "[23, 27)");
    assert_eq!((found.weight, found.total), (40_000.0, 3_840.0));
    for ((_, goods, bads, woe), bin) in AGE.iter().zip(age.bins.last().into_iter().chain(&age.bins[..6])) {
        assert_eq!((bin.non_events(), bin.total), (f64::from(*goods), f64::from(*bads)));
        assert!((100.0 * bin.evidence - woe).abs() < 5e-4, "{}: {}", bin.label, bin.evidence);
    }
    assert!((age.information_value - 0.668).abs() < 5e-4, "{}", age.information_value);
    assert_eq!(age.strength(), Strength::Suspicious);
    assert_eq!(found.findings[0].code, "W161");
}

/// The search over Siddiqi's own groups: nothing is gained by joining any, and one bin fewer costs least
/// where neighbours are most alike.
#[test]
fn joining_siddiqis_ages() {
    let (values, bad) = rows(&AGE.map(|(age, goods, bads, _)| (age, goods, bads)));
    let table = one("age", values);
    let labels = |bins| {
        let options = OptimalBinning::new().maximum_bins(bins).trend(Trend::Descending);
        let found = options.fit(&table, &bad).unwrap();
        found.fields[0].bins.iter().map(|bin| bin.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(labels(6).len(), 7);
    // From the definition: joining the last two costs 0.0045 of 0.668, any other pair 0.0122 or more.
    assert_eq!(labels(5)[4], "[40, inf)");
}

/// A bin without events: 0.5 more of both counts, over totals that stay as they are.
#[test]
fn an_empty_cell_is_adjusted_as_stated() {
    let (values, bad) = rows(&[(1.0, 30, 0), (2.0, 50, 20)]);
    let options = FieldOptions::default().cuts(&[2.0]);
    let found = OptimalBinning::new().field("x", options).fit(&one("x", values), &bad).unwrap();
    let bin = &found.fields[0].bins[0];
    let woe = ln((30.5 / 80.0) / (0.5 / 20.0));
    assert_eq!(bin.evidence, woe);
    assert_eq!(bin.contribution, (30.0 / 80.0) * woe);
    assert!(found.findings.iter().any(|finding| finding.code == "W162"));
    // The search would rather join the two than make such a bin.
    let (values, bad) = rows(&[(1.0, 30, 0), (2.0, 30, 5), (3.0, 20, 15)]);
    let found = OptimalBinning::new().fit(&one("x", values), &bad).unwrap();
    assert_eq!(found.fields[0].bins[0].label, "(-inf, 3)");
}

/// Churn of the IBM sample by tenure and contract. The shares are those of the file itself, counted here.
#[test]
fn churn_of_the_telco_sample() {
    // Beside the checkout, or beside the folder of several.
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let places = ["../shared/data/telco.csv", "../../shared/data/telco.csv"].map(|place| root.join(place));
    let Some(path) = places.into_iter().find(|path| path.exists()) else {
        println!("skipped: no telco.csv in shared/data beside the checkout");
        return;
    };
    let table = Table::read_csv(&path).unwrap();
    let churn = table.column("Churn").unwrap();
    let left: Vec<f64> = (0..table.len()).map(|row| f64::from(u8::from(churn.text(row) == "Yes"))).collect();
    let kept = ["tenure", "Contract", "MonthlyCharges", "TotalCharges"];
    let columns = kept.map(|name| (name, table.column(name).unwrap().clone()));
    let part = Table::from_columns(columns).unwrap();
    let numeric = FieldOptions::default().categorical(false);
    let options = OptimalBinning::new().trend(Trend::Auto).field("TotalCharges", numeric);
    let found = options.fit(&part, &left).unwrap();
    assert_eq!((found.weight, found.total), (7043.0, 1869.0));
    assert!(rates(&found, "tenure").windows(2).all(|pair| pair[0] >= pair[1]));
    let contract = found.field("Contract").unwrap();
    let labels: Vec<&str> = contract.bins.iter().map(|bin| bin.label.as_str()).collect();
    assert_eq!(labels, ["{Two year}", "{One year}", "{Month-to-month}", "missing"]);
    assert_eq!(contract.bins[2].total, 1655.0);
    // Eleven customers of tenure 0 have a blank total.
    assert_eq!(found.field("TotalCharges").unwrap().bins.last().unwrap().weight, 11.0);
}
