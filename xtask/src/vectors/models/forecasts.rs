//! Models with forecasts of every kind.

use super::{Sketch, words};
use crate::Failure;
use karat_scorer::step::prepaid::{
    BetaGeo, BetaGeoBetaBinomial, GammaGamma, ParetoNbd, Prepaid, PrepaidModel,
};
use karat_scorer::step::wavelet::{self, Coding, Family, Member, Mother, Wavelons, WavelonsParts};
use karat_scorer::step::{
    Atom, AtomKind, Contract, Expansion, ExpansionField, Forecast, ForecastStep, Forecasts, HazardLink,
    Indicator, Input, Link, NO_ATOM, PaymentTiming, Recorded, STAGE_NAMES, Scale, Stages, TermGroup,
};
use karat_scorer::{Field, Missing, Model};

pub(super) fn all() -> Result<Vec<(&'static str, Model)>, Failure> {
    Ok(vec![("forecasts", of_every_kind()?), ("forecasts_prepaid", prepaid()?), ("forecasts_wide", wide()?)])
}

fn field(position: u32) -> Input {
    Input::Field { position, codes: Vec::new() }
}

/// `count` numbers around 0 that look like nothing in particular.
fn numbers(count: usize, scale: f64) -> Vec<f64> {
    (0..count).map(|at| scale * ((at * 37 + 11) % 101) as f64 / 50.0 - scale).collect()
}

/// A model whose index is that of one field, with further fields for the forecasts.
fn sketch(further: &[&str]) -> Sketch {
    let mut sketch = Sketch::default();
    let arpu = Field::numeric("arpu").missing(Missing::Median);
    sketch.lone(arpu, 60.0, 1.0, |field| Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 200.0 }));
    for name in further {
        sketch.field(Field::numeric(*name).missing(Missing::Ignore), 0.0);
    }
    sketch
}

/// The model with names for the outputs of its forecasts.
fn finished(
    mut sketch: Sketch,
    name: &str,
    list: Vec<(&str, Forecast)>,
    record: Recorded,
) -> Result<Model, Failure> {
    for (name, forecast) in &list {
        sketch.names.forecasts.push((*name).to_owned());
        let outputs = (0..forecast.step.outputs()).map(|output| format!("{name}.{output}"));
        sketch.names.outputs.extend(outputs);
    }
    if record.stage.is_some() {
        sketch.names.stages = STAGE_NAMES.map(str::to_owned).to_vec();
    }
    sketch.forecasts =
        Some(Forecasts { list: list.into_iter().map(|(_, forecast)| forecast).collect(), record });
    sketch.model(name, 100.0, 0.0)
}

fn sparse(link: Link, outputs: usize) -> Expansion {
    let atom = |field, kind, center, width| Atom { field, kind, center, width };
    let arpu = ExpansionField {
        fill: 40.0,
        lo: 0.0,
        hi: 200.0,
        center: 50.0,
        spread: 30.0,
        ..ExpansionField::numeric("arpu")
    };
    let only = |atom| [atom, NO_ATOM, NO_ATOM];
    let terms = vec![only(0), only(1), only(2), only(4), only(3), [1, 3, NO_ATOM], [0, 2, 3]];
    Expansion {
        fields: vec![arpu, ExpansionField::categorical("contract", words("yearly monthly"))],
        link,
        outputs,
        base: numbers(outputs, 0.5),
        atoms: vec![
            atom(0, AtomKind::Linear, 0.3, 1.5),
            atom(0, AtomKind::Wavelet, -0.4, 0.7),
            atom(0, AtomKind::Step, 0.8, 0.5),
            atom(1, AtomKind::Level, 1.0, 1.0),
            atom(0, AtomKind::Missing, 0.0, 1.0),
        ],
        groups: vec![
            TermGroup { fields: [0, NO_ATOM, NO_ATOM], terms: 4 },
            TermGroup { fields: [1, NO_ATOM, NO_ATOM], terms: 1 },
            TermGroup { fields: [0, 1, NO_ATOM], terms: 2 },
        ],
        means: numbers(terms.len(), 0.1),
        coefficients: numbers(terms.len() * outputs, 0.8),
        terms,
    }
}

/// Two members of so many wavelons over a number with an input for missing, and a category.
fn network(
    family: Family,
    mother: Mother,
    link: wavelet::Link,
    outputs: usize,
) -> Result<ForecastStep, Failure> {
    let number = Coding::Number { center: 50.0, inverse: 0.02, least: 0.0, most: 300.0, indicator: true };
    let member = |wavelons: usize| {
        let shifts = if family == Family::Ridge { wavelons } else { 5 * wavelons };
        let inner = numbers(5 * wavelons, 0.6).iter().map(|number| number + 0.7).collect();
        let linear = if wavelons > 4 { numbers(5 * outputs, 0.4) } else { Vec::new() };
        let weights = numbers(wavelons * outputs, 0.9);
        Member::new(wavelons, numbers(outputs, 0.2), linear, weights, inner, numbers(shifts, 0.5))
    };
    let codings = vec![number, Coding::Category { count: 3 }];
    let parts = WavelonsParts::new(codings, family, mother, link, vec![member(21), member(3)]);
    Ok(ForecastStep::Wavelons(Wavelons::new(parts)?))
}

/// Networks of both kinds with every link, contracts, a stage, and one that reads the index and another's output.
fn of_every_kind() -> Result<Model, Failure> {
    let mut sketch = sketch(&["tenure", "term", "idle", "suspended", "may", "june", "july", "august"]);
    let contract = Field::categorical("contract", ["monthly", "yearly", "none"]).missing(Missing::Neutral);
    let contract = sketch.field(contract, 0.0);
    let coded = |codes: [u32; 3]| Input::Field { position: contract, codes: codes.to_vec() };
    let by_name = || vec![field(0), coded([2, 1, 0])];
    let by_place = || vec![field(0), coded([1, 2, 3])];
    let wavelons = |family, mother, link, outputs| -> Result<Forecast, Failure> {
        Ok(Forecast { step: network(family, mother, link, outputs)?, inputs: by_place() })
    };
    let hazard = |link, timing, coefficients: Vec<f64>| Contract {
        baseline: if link == HazardLink::Chance { vec![0.3, 0.1, 0.2] } else { vec![-3.0, -3.5, -2.0] },
        contract_end: if link == HazardLink::Chance { 0.0 } else { 1.0 },
        in_contract: if link == HazardLink::Chance { 0.0 } else { -2.0 },
        link,
        coefficients,
        horizon: 24,
        discount_rate: 0.01,
        timing,
    };
    let logit = hazard(HazardLink::Logit, PaymentTiming::End, vec![-0.01]);
    let cloglog = hazard(HazardLink::ComplementaryLogLog, PaymentTiming::BeforeRenewal, vec![0.005]);
    let chance = hazard(HazardLink::Chance, PaymentTiming::Start, Vec::new());
    let stages = Stages { window: 3, introduction_months: 4.0, ..Stages::default() };
    let months = [1, 3, 4]
        .into_iter()
        .map(field)
        .chain([Input::Constant(0.0)])
        .chain([5, 6, 7, 8].into_iter().map(field));
    let ordered = wavelet::Link::Ordered { thresholds: vec![-0.5, 0.75] };
    let number = wavelet::Link::Number { offset: 30.0, scale: 12.5 };
    let last = WavelonsParts::new(
        vec![Coding::Number { center: 0.0, inverse: 0.01, least: -500.0, most: 500.0, indicator: false }; 3],
        Family::Product,
        Mother::GaussianDerivative,
        number.clone(),
        vec![Member::new(2, vec![0.5], vec![0.3, 0.2, 0.1], vec![1.0, -2.0], vec![0.7; 6], vec![0.1; 6])],
    );
    let list = vec![
        ("churn", Forecast { step: ForecastStep::Expansion(sparse(Link::Logistic, 1)), inputs: by_name() }),
        ("value", Forecast { step: ForecastStep::Expansion(sparse(Link::Identity, 1)), inputs: by_name() }),
        ("class", Forecast { step: ForecastStep::Expansion(sparse(Link::Softmax, 4)), inputs: by_name() }),
        ("ridge", wavelons(Family::Ridge, Mother::MexicanHat, ordered, 1)?),
        ("product", wavelons(Family::Product, Mother::Polywog2, wavelet::Link::Classes, 3)?),
        ("radial", wavelons(Family::Radial, Mother::Polywog3, wavelet::Link::Binary, 1)?),
        ("rational", wavelons(Family::Ridge, Mother::Rasp1, number, 1)?),
        (
            "logit",
            Forecast {
                step: ForecastStep::Contract(logit),
                inputs: vec![field(1), field(2), field(0), field(0)],
            },
        ),
        (
            "cloglog",
            Forecast {
                step: ForecastStep::Contract(cloglog),
                inputs: vec![field(1), field(2), Input::Constant(2.5), field(3)],
            },
        ),
        (
            "chance",
            Forecast {
                step: ForecastStep::Contract(chance),
                inputs: vec![field(1), Input::Constant(0.0), field(0)],
            },
        ),
        ("stage", Forecast { step: ForecastStep::Stages(stages), inputs: months.collect() }),
        (
            "chained",
            Forecast {
                step: ForecastStep::Wavelons(Wavelons::new(last)?),
                inputs: vec![Input::Index, Input::Output(1), field(0)],
            },
        ),
    ];
    let stage = 2 + 1 + 4 + 3 + 3 + 2 + 1 + 5 + 5 + 5;
    let record =
        Recorded { forecast: Some(stage + 5), churn: Some(1), clv: Some(stage - 11), stage: Some(stage) };
    finished(sketch, "forecasts of every kind", list, record)
}

/// Every model of prepaid customers, with and without a value, discounted or not.
fn prepaid() -> Result<Model, Failure> {
    let sketch = sketch(&["frequency", "recency", "age", "money"]);
    let spend = GammaGamma { p: 6.25, q: 3.74, v: 15.44 };
    let geometric =
        |modified| PrepaidModel::BetaGeo(BetaGeo { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, modified });
    let pareto = PrepaidModel::ParetoNbd(ParetoNbd { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 });
    let binomial = BetaGeoBetaBinomial { alpha: 1.204, beta: 0.750, gamma: 0.657, delta: 2.783 };
    let forecast = |model, spend, rate| Forecast {
        step: ForecastStep::Prepaid(Prepaid { model, spend, horizon: 39.0, rate }),
        inputs: (1..5).map(field).collect(),
    };
    let list = vec![
        ("bg", forecast(geometric(false), Some(spend), 0.003)),
        ("mbg", forecast(geometric(true), None, 0.0)),
        ("pareto", forecast(pareto, Some(spend), 0.003)),
        ("bgbb", forecast(PrepaidModel::BetaGeoBetaBinomial(binomial), None, 0.0)),
    ];
    let record = Recorded { clv: Some(11), churn: Some(8), ..Recorded::default() };
    finished(sketch, "prepaid lifetimes", list, record)
}

/// More atoms than the least memory holds.
fn wide() -> Result<Model, Failure> {
    let kinds = [AtomKind::Wavelet, AtomKind::Step, AtomKind::Linear];
    let atoms: Vec<Atom> = (0..301_u32)
        .map(|at| Atom {
            field: 0,
            kind: kinds[at as usize % 3],
            center: f64::from(at % 89) * 0.1 - 4.0,
            width: 0.4,
        })
        .collect();
    let step = Expansion {
        fields: vec![ExpansionField {
            hi: 200.0,
            center: 50.0,
            spread: 20.0,
            ..ExpansionField::numeric("arpu")
        }],
        link: Link::Logistic,
        outputs: 1,
        base: vec![0.1],
        groups: vec![TermGroup { fields: [0, NO_ATOM, NO_ATOM], terms: 301 }],
        terms: (0..301).map(|atom| [atom, NO_ATOM, NO_ATOM]).collect(),
        means: vec![0.01; 301],
        coefficients: numbers(301, 0.3),
        atoms,
    };
    let forecast = Forecast { step: ForecastStep::Expansion(step), inputs: vec![field(0)] };
    finished(
        sketch(&[]),
        "wide forecast",
        vec![("event", forecast)],
        Recorded { churn: Some(1), ..Recorded::default() },
    )
}

/// Two contracts, of which the second takes the value of the first for its margin.
pub(super) fn two_contracts() -> Result<Model, Failure> {
    let contract = || Contract {
        link: HazardLink::Chance,
        baseline: vec![0.2],
        contract_end: 0.0,
        in_contract: 0.0,
        coefficients: Vec::new(),
        horizon: 12,
        discount_rate: 0.01,
        timing: PaymentTiming::End,
    };
    let forecast = |margin| Forecast {
        step: ForecastStep::Contract(contract()),
        inputs: vec![field(1), Input::Constant(0.0), margin],
    };
    let list = vec![("first", forecast(Input::Constant(1.0))), ("second", forecast(Input::Output(4)))];
    let record = Recorded { clv: Some(4), ..Recorded::default() };
    finished(sketch(&["tenure"]), "two contracts", list, record)
}
