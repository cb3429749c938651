//! Published schemes and worked examples, by their numbers in the list of methods.
#![cfg(not(miri))] // An interpreter takes seconds for each model, and learns nothing new here.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod fixture;

use fixture::{plain, words};
use karat_scorer::step::{Grades, Indicator, Ratchet, Scale, TypeMethod, Types};
use karat_scorer::{Explanation, Field, Missing, Model, Scorer, flags};

const ABSENT: f64 = f64::NAN;

fn points(field: u32, per_unit: f64, whole: bool, hi: f64) -> Indicator {
    Indicator::new(field, Scale::Points { per_unit, whole, lo: 0.0, hi })
}

/// A scheme of points: weights 1, scale 1.
fn scheme(fields: &[&str], indicators: Vec<Indicator>) -> Model {
    let fields = fields.iter().map(|name| Field::numeric(*name).missing(Missing::Ignore)).collect();
    let mut model = plain(fields, indicators);
    model.tree.scale = 1.0;
    model.tree.weights.fill(1.0);
    model.tree.within.fill(1.0);
    model
}

/// China Telecom: charges of 12 months + 10 a month - 10 a double suspension; seven stars, valid for 12
/// months within which they only rise.
fn growth_value() -> Scorer {
    let mut model = scheme(
        &["charges", "tenure", "suspensions", "previous", "months"],
        vec![points(0, 1.0, false, 1e6), points(1, 10.0, false, 1e5), points(2, 10.0, false, 1e4).cost()],
    );
    model.grades = Some(Grades { cuts: vec![600.0, 1000.0, 1500.0, 2300.0, 4000.0, 6000.0, 8000.0] });
    model.names.grades = words("none one two three four five six seven");
    model.rules.ratchet = Some(Ratchet { previous: 3, months: 4, validity: 12.0 });
    Scorer::new(&model).unwrap()
}

#[test]
fn gt_1_1_growth_value_of_china_telecom() {
    let scorer = growth_value();
    for (charges, tenure, suspensions, value, stars) in [
        (1800.0, 48.0, 2.0, 2260.0, 3),
        (7990.0, 0.0, 0.0, 7990.0, 6),
        (7990.0, 1.0, 0.0, 8000.0, 7),
        (590.0, 0.0, 0.0, 590.0, 0),
        (590.0, 1.0, 0.0, 600.0, 1),
        (3000.0, 120.0, 6.0, 4140.0, 5),
    ] {
        let score = scorer.score(&[charges, tenure, suspensions, ABSENT, ABSENT]).unwrap();
        assert_eq!((score.index, score.grade), (value, stars), "{charges} {tenure} {suspensions}");
        assert_eq!(score.flags, 0);
    }
}

/// "Validity 12 months, within it only upgrades."
#[test]
fn gt_1_1_stars_only_rise_while_they_are_valid() {
    let scorer = growth_value();
    let stars = |previous, months| {
        let score = scorer.score(&[1800.0, 48.0, 2.0, previous, months]).unwrap();
        (score.grade, score.has(flags::KEPT))
    };
    assert_eq!(stars(5.0, 3.0), (5, true));
    assert_eq!(stars(5.0, 11.0), (5, true));
    assert_eq!(stars(5.0, 12.0), (3, false));
    assert_eq!(stars(2.0, 3.0), (3, false));
}

/// China Mobile Shanghai: a bill of 149.6 counts 150; 61 months; two product classes of 5; one stop of 10.
#[test]
fn gt_1_2_score_of_china_mobile_shanghai() {
    let mut model = scheme(
        &["bill", "tenure", "classes", "stops"],
        vec![
            points(0, 1.0, true, 1e6),
            points(1, 1.0, false, 1e4),
            points(2, 5.0, false, 50.0),
            points(3, 10.0, false, 1e4).cost(),
        ],
    );
    model.grades = Some(Grades { cuts: vec![200.0, 300.0] });
    model.names.grades = words("three_stars four_stars five_stars");
    let scorer = Scorer::new(&model).unwrap();
    let mut points = [0.0; 4];
    let mut explanation = Explanation { points: &mut points, ..Explanation::default() };
    let score = scorer.explain(&[149.6, 61.0, 2.0, 1.0], &mut explanation).unwrap();
    assert_eq!(points, [150.0, 61.0, 10.0, -10.0]);
    assert_eq!((score.index, score.grade), (211.0, 1));
    // "Bonus <= 50": twelve classes of 5 are no more than ten.
    assert_eq!(scorer.score(&[100.0, 50.0, 12.0, 0.0]).unwrap().index, 200.0);
}

/// The principal eigenvector of a matrix of judgments, summing to 1, and its eigenvalue.
fn priorities(judgments: [[f64; 3]; 3]) -> ([f64; 3], f64) {
    let mut priorities = [1.0 / 3.0; 3];
    let mut eigenvalue = 0.0;
    for _ in 0..100 {
        let products = judgments.map(|row| row.iter().zip(priorities).map(|(a, w)| a * w).sum::<f64>());
        eigenvalue = products.iter().sum();
        priorities = products.map(|product| product / eigenvalue);
    }
    (priorities, eigenvalue)
}

fn close(found: f64, printed: f64, half_unit: f64) {
    assert!((found - printed).abs() <= half_unit, "{found} is not {printed}");
}

/// The corporate tree, with the types of GT-2.2: value threshold 55, ratio of raw C to raw L, k = 1.25.
fn corporate_tree() -> Scorer {
    let (root, eigenvalue) = priorities([[1.0, 2.0, 4.0], [0.5, 1.0, 3.0], [0.25, 1.0 / 3.0, 1.0]]);
    for (weight, printed) in root.iter().zip([0.558_425, 0.319_618, 0.121_957]) {
        close(*weight, printed, 5e-7);
    }
    close(eigenvalue, 3.018_295, 5e-7);
    let (belonging, eigenvalue) = priorities([[1.0, 2.0, 3.0], [0.5, 1.0, 2.0], [1.0 / 3.0, 0.5, 1.0]]);
    for (weight, printed) in belonging.iter().zip([0.539_615, 0.296_961, 0.163_424]) {
        close(*weight, printed, 5e-7);
    }
    close(eigenvalue, 3.009_203, 5e-7);

    let highest = [500.0, 0.6, 1.0, 24.0, 120.0, 50.0, 5.0];
    let names = ["arpu", "margin", "wallet", "contract", "tenure", "degree", "industry"];
    let unit = |(field, hi): (usize, &f64)| Indicator::new(field as u32, Scale::MinMax { lo: 0.0, hi: *hi });
    let mut model = plain(
        names.iter().map(|name| Field::numeric(*name)).collect(),
        highest.iter().enumerate().map(unit).collect(),
    );
    model.tree.dimension = vec![0, 0, 1, 1, 1, 2, 2];
    model.tree.within = vec![0.75, 0.25, belonging[0], belonging[1], belonging[2], 1.0 / 3.0, 2.0 / 3.0];
    model.tree.weights =
        (0..7).map(|i| root[model.tree.dimension[i] as usize] * model.tree.within[i]).collect();
    let printed = [0.418_819, 0.139_606, 0.172_471, 0.094_914, 0.052_233, 0.040_652, 0.081_305];
    for (weight, printed) in model.tree.weights.iter().zip(printed) {
        // Printed as products of rounded weights: 0.558425 x 0.75 is 0.41881875, the product 0.41881841.
        close(*weight, printed, 1e-6);
    }
    model.names.dimensions = words("contribution attribution influence");
    model.names.types = words("A B1 B2 C");
    model.types = Some(Types {
        method: TypeMethod::Ratio,
        contribution: 0,
        attribution: 1,
        value_threshold: 55.0,
        contribution_threshold: 1.0,
        attribution_threshold: 1.0,
        k: 1.25,
        both_high_is_a: false,
    });
    Scorer::new(&model).unwrap()
}

const CUSTOMERS: [[f64; 7]; 4] = [
    [380.0, 0.45, 0.9, 18.0, 96.0, 30.0, 4.0],
    [450.0, 0.50, 0.3, 0.0, 20.0, 10.0, 2.0],
    [90.0, 0.30, 0.95, 24.0, 110.0, 45.0, 5.0],
    [60.0, 0.20, 0.4, 3.0, 8.0, 5.0, 1.0],
];

#[test]
fn gt_1_3_four_customers_of_the_corporate_tree() {
    let scorer = corporate_tree();
    let printed = [
        [75.7500, 83.9113, 73.3333, 78.0638],
        [88.3333, 18.9122, 33.3333, 59.4374],
        [26.0000, 95.9401, 96.6667, 56.9724],
        [17.3333, 26.3861, 16.6667, 20.1455],
    ];
    for (row, [contribution, attribution, influence, value]) in CUSTOMERS.iter().zip(printed) {
        let mut dimensions = [0.0; 3];
        let mut explanation = Explanation { dimensions: &mut dimensions, ..Explanation::default() };
        let score = scorer.explain(row, &mut explanation).unwrap();
        close(dimensions[0], contribution, 5e-5);
        close(dimensions[1], attribution, 5e-5);
        close(dimensions[2], influence, 5e-5);
        close(score.index, value, 5e-5);
        assert_eq!((score.coverage, score.flags), (1.0, 0));
    }
}

/// Ratios .9027, 4.6707, .2710 and none below the threshold: A, B1, B2, C.
#[test]
fn gt_2_2_types_of_the_four_customers() {
    let scorer = corporate_tree();
    let ratios = [Some(0.9027), Some(4.6707), Some(0.2710), None];
    for (i, (row, ratio)) in CUSTOMERS.iter().zip(ratios).enumerate() {
        let mut dimensions = [0.0; 3];
        let mut explanation = Explanation { dimensions: &mut dimensions, ..Explanation::default() };
        let score = scorer.explain(row, &mut explanation).unwrap();
        assert_eq!(usize::from(score.r#type), i, "customer {i}");
        if let Some(ratio) = ratio {
            close(dimensions[0] / dimensions[1], ratio, 5e-5);
        }
    }
}
