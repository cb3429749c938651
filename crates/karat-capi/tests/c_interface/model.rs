//! A model that can raise every flag, made by hand.

use karat_scorer::step::{
    Comparison, Condition, Effect, Fields, Grades, Indicator, Indicators, Ratchet, Rule, Rules, Scale,
    Segments, TYPE_NAMES, Tree, TypeMethod, Types,
};
use karat_scorer::{Field, Missing, Model, Names, Schema};

fn rule(field: u32, comparison: Comparison, value: f64, effect: Effect) -> Rule {
    Rule { conditions: vec![Condition { field, comparison, value }], effect }
}

fn strings<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

/// Four indicators of equal weight in three dimensions, four grades, three segments, three rules, a
/// ratchet. The C tests know its names, cuts and rules.
pub(crate) fn small_model() -> Model {
    let only_for_rules = |name: &str| Field::numeric(name).missing(Missing::Ignore);
    let fields = vec![
        Field::numeric("arpu_3m").unit("CNY"),
        Field::numeric("tenure_months").unit("months").missing(Missing::Refuse),
        Field::categorical("contract", ["monthly", "yearly", "two years"]),
        Field::numeric("complaints").missing(Missing::Renormalise),
        only_for_rules("previous_grade"),
        only_for_rules("grade_age"),
        only_for_rules("late_payments"),
        only_for_rules("blocked"),
    ];
    let scales = [
        Scale::MinMax { lo: 0.0, hi: 500.0 },
        Scale::MinMax { lo: 0.0, hi: 60.0 },
        Scale::Categories { values: vec![0.0, 0.5, 1.0] },
        Scale::Bands { at: vec![0.0, 1.0, 3.0, 6.0], to: vec![1.0, 0.6, 0.2, 0.0] },
    ];
    let centers =
        [vec![0.2, 0.2, 0.1, 0.9], vec![0.8, 0.7, 0.9, 0.8], vec![0.4, 0.6, 0.5, 0.2]].map(Vec::from);
    Model {
        name: "small".to_owned(),
        names: Names {
            dimensions: strings(["contribution", "attribution", "service"]),
            grades: strings(["bronze", "silver", "gold", "platinum"]),
            indicators: strings(["revenue", "tenure", "contract", "complaints"]),
            rules: strings(["blocked", "late payment", "complaints cap"]),
            segments: strings(["core", "étoile", "new"]),
            types: TYPE_NAMES.map(str::to_owned).to_vec(),
            ..Names::default()
        },
        fields: Fields { fill: vec![100.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0] },
        schema: Schema::new(fields).unwrap(),
        indicators: Indicators {
            list: scales.into_iter().enumerate().map(|(i, scale)| Indicator::new(i as u32, scale)).collect(),
        },
        tree: Tree {
            scale: 100.0,
            minimum_coverage: 0.0,
            weights: vec![0.25; 4],
            within: vec![1.0, 0.5, 0.5, 1.0],
            dimension: vec![0, 1, 1, 2],
        },
        nodes: None,
        profiles: None,
        rules: Rules {
            list: vec![
                rule(7, Comparison::Equal, 1.0, Effect::Gate),
                rule(6, Comparison::AtLeast, 3.0, Effect::Penalty(5.0)),
                rule(3, Comparison::AtLeast, 4.0, Effect::Cap(0)),
            ],
            ratchet: Some(Ratchet { previous: 4, months: 5, validity: 12.0 }),
        },
        grades: Some(Grades { cuts: vec![40.0, 60.0, 80.0] }),
        types: Some(Types {
            method: TypeMethod::Ratio,
            contribution: 0,
            attribution: 1,
            value_threshold: 50.0,
            contribution_threshold: 50.0,
            attribution_threshold: 50.0,
            k: 1.25,
            both_high_is_a: true,
        }),
        segments: Some(Segments::from_rows(vec![0, 1, 2, 3], &centers).unwrap()),
        forecasts: None,
        notes: Vec::new(),
    }
}

/// As large as the format allows where scratch memory depends on it: 256 fields, 128 indicators, 64
/// penalty rules, 16 dimensions.
pub(crate) fn widest_model() -> Model {
    let names = |prefix: &str, count: u32| (0..count).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>();
    let scale = Scale::MinMax { lo: 0.0, hi: 60.0 };
    Model {
        name: "widest".to_owned(),
        schema: Schema::new(names("field", 256).into_iter().map(Field::numeric).collect()).unwrap(),
        names: Names {
            dimensions: names("dimension", 16),
            indicators: names("indicator", 128),
            rules: names("rule", 64),
            ..Names::default()
        },
        fields: Fields { fill: vec![1.0; 256] },
        indicators: Indicators { list: (0..128).map(|i| Indicator::new(2 * i, scale.clone())).collect() },
        tree: Tree {
            scale: 100.0,
            minimum_coverage: 0.0,
            weights: vec![0.0078125; 128],
            within: vec![0.125; 128],
            dimension: (0..128).map(|i| i / 8).collect(),
        },
        nodes: None,
        profiles: None,
        rules: Rules {
            list: (0..64).map(|i| rule(i, Comparison::Above, 40.0, Effect::Penalty(0.5))).collect(),
            ratchet: None,
        },
        grades: None,
        types: None,
        segments: None,
        forecasts: None,
        notes: Vec::new(),
    }
}

/// Rows of the small model with missing and infinite values, unknown categories, and every rule at work.
pub(crate) fn small_rows(count: usize) -> Vec<f64> {
    let span = [600.0, 70.0, 4.0, 8.0, 5.0, 20.0, 5.0, 1.3];
    let whole = [false, false, true, true, true, true, true, true];
    let mut state: u64 = 11;
    (0..count * span.len())
        .map(|i| {
            let field = i % span.len();
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = span[field] * ((state >> 11) as f64 / (1u64 << 53) as f64);
            match state >> 56 {
                0..=6 => f64::NAN,
                7 => f64::INFINITY,
                8 if field == 2 => -1.0,
                _ if whole[field] => value.floor(),
                _ => value,
            }
        })
        .collect()
}
