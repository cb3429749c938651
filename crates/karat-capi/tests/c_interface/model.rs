//! A model that can raise every flag, made by hand.

use karat_scorer::step::prepaid::{BetaGeo, Prepaid, PrepaidModel};
use karat_scorer::step::wavelet::{Coding, Family, Link, Member, Mother, Wavelons, WavelonsParts};
use karat_scorer::step::{
    Atom, AtomKind, Comparison, Condition, Contract, Effect, Expansion, ExpansionField, Fields, Forecast,
    ForecastStep, Forecasts, Grades, HazardLink, Indicator, Indicators, Input, NO_ATOM, PaymentTiming,
    Ratchet, Recorded, Rule, Rules, STAGE_NAMES, Scale, Segments, Stages, TYPE_NAMES, TermGroup, Tree,
    TypeMethod, Types,
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

/// The small model with a lifetime, a network that reads it and the index, a contract and a stage. The C test of
/// forecasts knows its outputs.
pub(crate) fn forecasting_model() -> Model {
    let mut model = small_model();
    let mut fields = model.schema.fields().to_vec();
    fields.extend(["frequency", "recency", "T"].map(|name| Field::numeric(name).missing(Missing::Ignore)));
    model.schema = Schema::new(fields).unwrap();
    model.fields.fill.resize(11, 0.0);
    let field = |position| Input::Field { position, codes: Vec::new() };
    let lifetime =
        PrepaidModel::BetaGeo(BetaGeo { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, modified: false });
    let lifetime = Prepaid { model: lifetime, spend: None, horizon: 39.0, rate: 0.0 };
    let number =
        |center, inverse| Coding::Number { center, inverse, least: 0.0, most: 500.0, indicator: false };
    let codings =
        vec![number(50.0, 0.02), number(0.5, 2.0), number(100.0, 0.01), Coding::Category { count: 3 }];
    let values = |count: u32| (0..count).map(|at| f64::from(at * 37 % 19) / 10.0 - 0.9).collect::<Vec<_>>();
    let member = Member::new(16, values(3), values(18), values(48), values(96), values(16));
    let parts = WavelonsParts::new(codings, Family::Ridge, Mother::MexicanHat, Link::Classes, vec![member]);
    let contract = Contract {
        link: HazardLink::Chance,
        baseline: vec![0.2],
        contract_end: 0.0,
        in_contract: 0.0,
        coefficients: Vec::new(),
        horizon: 1200,
        discount_rate: 0.1,
        timing: PaymentTiming::End,
    };
    let months = [1, 6, 7].map(field).into_iter().chain([Input::Constant(0.0)]).chain([0, 0, 0].map(field));
    model.forecasts = Some(Forecasts {
        list: vec![
            Forecast {
                step: ForecastStep::Prepaid(lifetime),
                inputs: [8, 9, 10].map(field).into_iter().chain([Input::Constant(0.0)]).collect(),
            },
            Forecast {
                step: ForecastStep::Wavelons(Wavelons::new(parts).unwrap()),
                inputs: vec![
                    Input::Index,
                    Input::Output(0),
                    field(0),
                    Input::Field { position: 2, codes: vec![2, 3, 1] },
                ],
            },
            Forecast {
                step: ForecastStep::Contract(contract),
                inputs: vec![field(1), Input::Constant(0.0), field(0)],
            },
            Forecast { step: ForecastStep::Stages(Stages::default()), inputs: months.collect() },
        ],
        record: Recorded { forecast: None, churn: Some(6), clv: Some(11), stage: Some(12) },
    });
    let outputs = [
        ("lifetime", "p_alive expected_transactions expected_spend discounted_value"),
        ("next", "stays upgrades leaves"),
        ("contract", "survival next_hazard remaining_periods discounted_periods value"),
        ("life", "stage confidence level relative_slope trend"),
    ];
    for (forecast, names) in outputs {
        model.names.forecasts.push(forecast.to_owned());
        model.names.outputs.extend(names.split(' ').map(|name| format!("{forecast}.{name}")));
    }
    model.names.stages = STAGE_NAMES.map(str::to_owned).to_vec();
    model
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
            forecasts: names("forecast", 2),
            outputs: names("output", 3),
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
        forecasts: Some(widest_forecasts()),
        notes: Vec::new(),
    }
}

/// Networks at the limits of the memory that forecasts work in: `atoms` atoms, and 1,024 inputs of wavelons.
fn widest_forecasts() -> Forecasts {
    let field = |position| Input::Field { position, codes: Vec::new() };
    let atoms = 8702;
    let sparse = Expansion {
        fields: vec![ExpansionField { hi: 60.0, ..ExpansionField::numeric("field0") }],
        link: karat_scorer::step::Link::Identity,
        outputs: 1,
        base: vec![0.0],
        atoms: vec![Atom { field: 0, kind: AtomKind::Wavelet, center: 1.0, width: 9.0 }; atoms],
        groups: vec![TermGroup { fields: [0, NO_ATOM, NO_ATOM], terms: atoms as u32 }],
        terms: (0..atoms as u32).map(|atom| [atom, NO_ATOM, NO_ATOM]).collect(),
        means: vec![0.25; atoms],
        coefficients: vec![0.001; atoms],
    };
    let codings = vec![Coding::Category { count: 8 }; 128];
    let member = Member::new(2, vec![0.1], Vec::new(), vec![0.5; 2], vec![0.01; 2048], vec![0.0; 2]);
    let parts = WavelonsParts::new(codings, Family::Ridge, Mother::MexicanHat, Link::Binary, vec![member]);
    let list = vec![
        Forecast { step: ForecastStep::Expansion(sparse), inputs: vec![field(0)] },
        Forecast {
            step: ForecastStep::Wavelons(Wavelons::new(parts).unwrap()),
            inputs: (0..128).map(field).collect(),
        },
    ];
    Forecasts { list, record: Recorded { forecast: Some(0), churn: Some(2), ..Recorded::default() } }
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
