//! Forecasts in a model give what their steps give alone, and a damaged file never does harm.

use super::{Forecast, ForecastStep, Forecasts, Input, Recorded};
use crate::step::prepaid::{BetaGeo, GammaGamma, History, Prepaid, PrepaidModel};
use crate::step::wavelet::{self, Coding, Family, Member, Mother, Wavelons, WavelonsParts};
use crate::step::{
    Atom, AtomKind, Contract, Expansion, ExpansionField, Fields, HazardLink, Indicator, Indicators, Link,
    NO_ATOM, PaymentTiming, Rules, STAGE_NAMES, Scale, StageFacts, Stages, TermGroup, Tree,
};
use crate::{ErrorKind, Field, Isa, Missing, Model, NONE, Names, Note, Schema, Score, Scorer};
use sha2::{Digest, Sha256};

const FIELDS: [&str; 13] = [
    "arpu",
    "contract",
    "frequency",
    "recency",
    "age",
    "money",
    "tenure",
    "term",
    "idle",
    "may",
    "june",
    "july",
    "august",
];

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn field(position: u32) -> Input {
    Input::Field { position, codes: Vec::new() }
}

/// Two fields, atoms of every kind, main effects and a product.
fn sparse(link: Link, outputs: usize) -> Expansion {
    let atom = |field, kind, center, width| Atom { field, kind, center, width };
    let number = ExpansionField {
        fill: 40.0,
        lo: 0.0,
        hi: 200.0,
        center: 50.0,
        spread: 30.0,
        ..ExpansionField::numeric("arpu")
    };
    let terms = vec![
        [0, NO_ATOM, NO_ATOM],
        [1, NO_ATOM, NO_ATOM],
        [2, NO_ATOM, NO_ATOM],
        [4, NO_ATOM, NO_ATOM],
        [3, NO_ATOM, NO_ATOM],
        [1, 3, NO_ATOM],
        [2, 3, NO_ATOM],
    ];
    Expansion {
        fields: vec![number, ExpansionField::categorical("contract", words("yearly monthly"))],
        link,
        outputs,
        base: (0..outputs).map(|k| 0.2 - 0.1 * k as f64).collect(),
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
        means: (0..terms.len()).map(|term| 0.05 * term as f64).collect(),
        coefficients: (0..terms.len() * outputs).map(|at| 0.4 - 0.13 * at as f64).collect(),
        terms,
    }
}

fn wavelons() -> Wavelons {
    let number = Coding::Number { center: 50.0, inverse: 0.02, least: 0.0, most: 300.0, indicator: true };
    let inner = (0..5 * 18).map(|at| 0.9 - 0.02 * f64::from(at)).collect();
    let member = Member::new(18, vec![0.1], vec![0.2; 5], vec![0.3; 18], inner, vec![0.05; 18]);
    let link = wavelet::Link::Ordered { thresholds: vec![-0.5, 0.75] };
    let codings = vec![number, Coding::Category { count: 3 }];
    Wavelons::new(WavelonsParts::new(codings, Family::Ridge, Mother::MexicanHat, link, vec![member])).unwrap()
}

fn prepaid() -> Prepaid {
    let model = PrepaidModel::BetaGeo(BetaGeo { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, modified: true });
    Prepaid { model, spend: Some(GammaGamma { p: 6.25, q: 3.74, v: 15.44 }), horizon: 39.0, rate: 0.001 }
}

fn contract() -> Contract {
    Contract {
        link: HazardLink::Logit,
        baseline: vec![-3.0, -3.5, -2.0],
        contract_end: 1.0,
        in_contract: -2.0,
        coefficients: vec![-0.01],
        horizon: 24,
        discount_rate: 0.01,
        timing: PaymentTiming::End,
    }
}

/// One forecast of every kind, the last of which reads the index and outputs of others.
fn forecasts() -> Forecasts {
    let codes = |codes: [u32; 3]| Input::Field { position: 1, codes: codes.to_vec() };
    let last = WavelonsParts::new(
        vec![Coding::Number { center: 0.0, inverse: 0.01, least: -500.0, most: 500.0, indicator: false }; 3],
        Family::Product,
        Mother::GaussianDerivative,
        wavelet::Link::Number { offset: 1.0, scale: 10.0 },
        vec![Member::new(2, vec![0.5], vec![0.3, 0.2, 0.1], vec![1.0, -2.0], vec![0.7; 6], vec![0.1; 6])],
    );
    let stage = [field(6), field(8), Input::Constant(0.0), Input::Constant(0.0)].into_iter();
    Forecasts {
        list: vec![
            // "monthly", "yearly" and "none" of the model; the network knows the first two, in another order.
            Forecast {
                step: ForecastStep::Expansion(sparse(Link::Logistic, 1)),
                inputs: vec![field(0), codes([2, 1, 0])],
            },
            Forecast {
                step: ForecastStep::Expansion(sparse(Link::Softmax, 3)),
                inputs: vec![field(0), codes([2, 1, 0])],
            },
            Forecast { step: ForecastStep::Wavelons(wavelons()), inputs: vec![field(0), codes([1, 2, 3])] },
            Forecast { step: ForecastStep::Prepaid(prepaid()), inputs: [2, 3, 4, 5].map(field).to_vec() },
            Forecast { step: ForecastStep::Contract(contract()), inputs: [6, 7, 0, 0].map(field).to_vec() },
            Forecast {
                step: ForecastStep::Stages(Stages { window: 3, ..Stages::default() }),
                inputs: stage.chain([9, 10, 11, 12].map(field)).collect(),
            },
            Forecast {
                step: ForecastStep::Wavelons(Wavelons::new(last).unwrap()),
                inputs: vec![Input::Index, Input::Output(11), field(0)],
            },
        ],
        record: Recorded { forecast: Some(22), churn: Some(1), clv: Some(11), stage: Some(17) },
    }
}

fn model(forecasts: Option<Forecasts>) -> Model {
    let fields = FIELDS.map(|name| {
        if name == "contract" {
            Field::categorical(name, ["monthly", "yearly", "none"])
        } else {
            Field::numeric(name)
        }
        .missing(Missing::Ignore)
    });
    let counts: Vec<usize> =
        forecasts.iter().flat_map(|all| &all.list).map(|forecast| forecast.step.outputs()).collect();
    let indicator = Indicator::new(0, Scale::MinMax { lo: 0.0, hi: 200.0 });
    Model {
        name: "forecasts".to_owned(),
        schema: Schema::new(fields.to_vec()).unwrap(),
        names: Names {
            dimensions: words("value"),
            indicators: words("arpu"),
            forecasts: (0..counts.len()).map(|at| format!("f{at}")).collect(),
            outputs: (0..counts.iter().sum()).map(|at| format!("o{at}")).collect(),
            stages: STAGE_NAMES.map(str::to_owned).to_vec(),
            ..Names::default()
        },
        fields: Fields { fill: vec![0.0; FIELDS.len()] },
        indicators: Indicators { list: vec![indicator] },
        tree: Tree {
            scale: 100.0,
            minimum_coverage: 0.0,
            weights: vec![1.0],
            within: vec![1.0],
            dimension: vec![0],
        },
        nodes: None,
        profiles: None,
        rules: Rules::default(),
        grades: None,
        types: None,
        segments: None,
        forecasts,
        notes: vec![Note { kind: "card".to_owned(), revision: 1, bytes: b"by hand".to_vec() }],
    }
}

/// Invented customers, some of whom are impossible.
fn rows(count: usize) -> Vec<f64> {
    let mut state: u64 = 11;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut rows = Vec::new();
    for _ in 0..count {
        let (x, age) = (next(6) as f64, next(60) as f64);
        let recency = if x > 0.0 { age * next(11) as f64 / 10.0 } else { 0.0 };
        let mut row = vec![next(300) as f64, next(5) as f64 - 1.0, x, recency, age, next(90) as f64];
        row.extend([next(70), next(3) * 12, next(100)].map(|number| number as f64));
        row.extend((0..4).map(|_| next(100) as f64));
        if next(3) == 0 {
            row[next(13) as usize] = f64::NAN;
        }
        if next(20) == 0 {
            row[next(13) as usize] = f64::INFINITY;
        }
        rows.extend(row);
    }
    rows
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// What the steps give alone, with the functions that people use.
fn alone(row: &[f64], index: f64) -> Vec<f64> {
    let mut out = Vec::new();
    let contract_of = |codes: [f64; 3]| match row[1] {
        code if code.is_nan() => f64::NAN,
        code if (0.0..3.0).contains(&code) => codes[code as usize],
        _ => -1.0,
    };
    let coded = [row[0], contract_of([1.0, 0.0, -1.0])];
    for (link, outputs) in [(Link::Logistic, 1), (Link::Softmax, 3)] {
        let step = sparse(link, outputs);
        let (mut scratch, mut values) = (vec![0.0; step.scratch_len()], vec![0.0; outputs]);
        step.eval(&coded, &mut scratch, &mut values).unwrap();
        if outputs == 1 {
            out.push(1.0 - values[0]);
        }
        out.extend(values);
    }
    let mut classes = [0.0; 3];
    wavelons().eval(&[row[0], contract_of([0.0, 1.0, 2.0])], &mut classes).unwrap();
    out.extend(classes);
    let score = prepaid().eval(History { frequency: row[2], recency: row[3], age: row[4] }, row[5]);
    out.extend([score.p_alive, score.expected_transactions, score.expected_spend, score.discounted_value]);
    let found = contract().eval(row[6], row[7], &[row[0]]);
    out.extend([found.survival, found.next_hazard, found.remaining_periods, found.discounted_periods]);
    out.push(found.discounted_periods * row[0]);
    out.extend(stage(row));
    let ForecastStep::Wavelons(last) = &forecasts().list[6].step else { panic!("another step") };
    let mut value = [0.0];
    last.eval(&[index, out[11], row[0]], &mut value).unwrap();
    out.push(value[0]);
    out.iter().map(|number| if number.is_nan() { crate::numerics::NAN } else { *number }).collect()
}

/// The stage by the public functions alone.
fn stage(row: &[f64]) -> Vec<f64> {
    let rules = Stages { window: 3, ..Stages::default() };
    let months: Vec<f64> = row[9..].iter().copied().skip_while(|value| value.is_nan()).collect();
    if months.is_empty() || months.iter().any(|value| !value.is_finite()) || !row[6].is_finite() {
        return vec![f64::NAN; 5];
    }
    let idle_days = if row[8].is_nan() { 0.0 } else { row[8] };
    let at = |place: usize| {
        let back = (months.len() - 1 - place) as f64;
        let idle_days = if back == 0.0 { idle_days } else { 0.0 };
        rules
            .eval(&months[..=place], StageFacts { tenure: row[6] - back, idle_days, ..StageFacts::default() })
    };
    let single: Vec<_> = (0..months.len()).map(|place| at(place).stage).collect();
    let last = at(months.len() - 1);
    let settled = f64::from(rules.settle(&single) as u8);
    vec![settled, last.confidence, last.level, last.relative_slope, last.trend]
}

#[test]
fn a_model_gives_what_the_steps_give_alone() {
    let scorer = Scorer::new(&model(Some(forecasts()))).unwrap();
    let (width, outputs, count) = (FIELDS.len(), scorer.output_count(), 203);
    assert_eq!(outputs, 23);
    let rows = rows(count);
    let mut single = vec![0.0; outputs];
    let mut possible = 0;
    for row in rows.chunks_exact(width) {
        scorer.forecast(row, &mut single).unwrap();
        let score = scorer.score(row).unwrap();
        assert_eq!(bits(&single), bits(&alone(row, score.index)), "{row:?}");
        assert_eq!(
            bits(&[score.forecast, score.churn, score.clv]),
            bits(&[single[22], single[1], single[11]]),
            "{row:?}"
        );
        let stage = if single[17].is_nan() { NONE } else { single[17] as u16 };
        assert_eq!(score.stage, stage);
        possible += usize::from(single.iter().all(|number| number.is_finite()));
    }
    assert!(possible > 50, "only {possible} rows have all outputs");
}

#[test]
fn rows_columns_and_instruction_sets_give_the_bits_of_one_row() {
    let whole = model(Some(forecasts()));
    let width = FIELDS.len();
    for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512].into_iter().filter(|isa| isa.available()) {
        let scorer = Scorer::new(&whole).unwrap().with_isa(isa).unwrap();
        let outputs = scorer.output_count();
        for count in [0, 1, 2, 7, 8, 9, 64, 65, 131] {
            let rows = rows(count);
            let (mut expected, mut found) = (vec![0.0; count * outputs], vec![0.0; count * outputs]);
            let mut records = Vec::new();
            for (row, out) in rows.chunks_exact(width).zip(expected.chunks_exact_mut(outputs)) {
                scorer.forecast(row, out).unwrap();
                records.push(scorer.score(row).unwrap().to_bytes());
            }
            scorer.forecast_rows(&rows, width, count, &mut found).unwrap();
            assert_eq!(bits(&found), bits(&expected), "{count} rows");
            let columns: Vec<Vec<f64>> =
                (0..width).map(|field| rows.iter().skip(field).step_by(width).copied().collect()).collect();
            let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            found.fill(0.0);
            scorer.forecast_columns(&columns, &mut found).unwrap();
            assert_eq!(bits(&found), bits(&expected), "{count} rows in columns");
            let mut scores = vec![Score::EMPTY; count];
            scorer.score_rows(&rows, width, &mut scores).unwrap();
            assert!(scores.iter().map(Score::to_bytes).eq(records.iter().copied()), "{count} records");
            scorer.score_columns(&columns, &mut scores).unwrap();
            assert!(
                scores.iter().map(Score::to_bytes).eq(records.iter().copied()),
                "{count} records of columns"
            );
        }
        let short = scorer.forecast_rows(&[0.0; 13], 13, 1, &mut [0.0]).unwrap_err();
        assert_eq!(short.to_string(), "expected 23 outputs, got 1");
    }
}

/// A network of so many atoms, which cannot run eight rows side by side within the stack that is promised.
fn wide(atoms: u32) -> Expansion {
    let number = ExpansionField { hi: 9.0, ..ExpansionField::numeric("arpu") };
    let kinds = [AtomKind::Wavelet, AtomKind::Step, AtomKind::Linear];
    let atom = |at: u32| Atom {
        field: 0,
        kind: kinds[at as usize % 3],
        center: f64::from(at % 89) * 0.1,
        width: 0.4,
    };
    Expansion {
        fields: vec![number],
        link: Link::Identity,
        outputs: 1,
        base: vec![0.1],
        atoms: (0..atoms).map(atom).collect(),
        groups: vec![TermGroup { fields: [0, NO_ATOM, NO_ATOM], terms: atoms }],
        terms: (0..atoms).map(|atom| [atom, NO_ATOM, NO_ATOM]).collect(),
        means: vec![0.01; atoms as usize],
        coefficients: (0..atoms).map(|at| f64::from(at % 7) - 3.0).collect(),
    }
}

#[test]
fn a_network_of_any_size_gives_the_bits_it_has_alone() {
    for atoms in [1, 7, 8, 9, 94, 95, 1214, 1215, 8702] {
        let step = wide(atoms);
        let forecast = Forecast { step: ForecastStep::Expansion(step.clone()), inputs: vec![field(0)] };
        let record = Recorded { forecast: Some(0), ..Recorded::default() };
        let scorer = Scorer::new(&model(Some(Forecasts { list: vec![forecast], record }))).unwrap();
        let rows: Vec<f64> = (0..FIELDS.len() * 19).map(|at| (at % 90) as f64 * 0.1 - 0.5).collect();
        let mut found = vec![0.0; 19];
        scorer.forecast_rows(&rows, FIELDS.len(), 19, &mut found).unwrap();
        let (mut scratch, mut out) = (vec![0.0; step.scratch_len()], [0.0]);
        for (row, found) in rows.chunks_exact(FIELDS.len()).zip(&found) {
            step.eval(&row[..1], &mut scratch, &mut out).unwrap();
            assert_eq!(out[0].to_bits(), found.to_bits(), "{atoms} atoms");
            assert_eq!(scorer.score(row).unwrap().forecast.to_bits(), found.to_bits(), "{atoms} atoms");
        }
    }
    let forecast = Forecast { step: ForecastStep::Expansion(wide(8703)), inputs: vec![field(0)] };
    let refused =
        model(Some(Forecasts { list: vec![forecast], record: Recorded::default() })).check().unwrap_err();
    assert!(refused.to_string().starts_with("`forecast f0` must work in at most 8704 numbers"), "{refused}");
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let refusal = |change: &dyn Fn(&mut Forecasts)| {
        let mut all = forecasts();
        change(&mut all);
        model(Some(all)).check().unwrap_err().to_string()
    };
    for (change, message) in [
        (
            &(|all: &mut Forecasts| all.list[6].inputs[1] = Input::Output(22)) as &dyn Fn(&mut Forecasts),
            "`forecast f6` must read outputs of earlier forecasts alone, got input 1",
        ),
        (
            &|all| all.list[3].inputs[0] = field(13),
            "`forecast f3` must read fields of the model, got input 0",
        ),
        (
            &|all| all.list[3].inputs[0] = field(1),
            "`forecast f3` must read a field of the kind it was fitted on, got input 0",
        ),
        (
            &|all| all.list[0].inputs[1] = Input::Field { position: 1, codes: vec![3, 1, 0] },
            "`forecast f0` must read a field of the kind it was fitted on, got input 1",
        ),
        (
            &|all| all.list[0].inputs[1] = Input::Field { position: 1, codes: vec![1, 2] },
            "`forecast f0` must read a field of the kind it was fitted on, got input 1",
        ),
        (
            &|all| all.list[4].inputs[2] = Input::Constant(f64::NAN),
            "`forecast f4` must have finite constants, got input 2",
        ),
        (&|all| drop(all.list[3].inputs.pop()), "expected 4 inputs of forecast f3, got 3"),
        (&|all| all.list[5].inputs.truncate(4), "expected 5 inputs of forecast f5, got 4"),
        (&|all| all.record.churn = Some(23), "`churn` must be an output of a forecast, got another"),
        (&|all| all.record.stage = Some(18), "`stage` must be the first output of a stage, got 18"),
    ] {
        assert_eq!(refusal(change), message);
    }
    let mut unnamed = model(Some(forecasts()));
    unnamed.names.outputs.pop();
    assert_eq!(unnamed.check().unwrap_err().to_string(), "expected 23 names of outputs, got 22");
    let mut stageless = model(Some(forecasts()));
    stageless.names.stages.clear();
    assert_eq!(stageless.check().unwrap_err().to_string(), "expected 5 names of stages, got 0");
}

/// The file with its last 32 bytes put right.
fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    let end = file.len() - 32;
    let digest = Sha256::digest(&file[..end]);
    file[end..].copy_from_slice(&digest);
    file
}

#[test]
fn a_file_comes_back_and_one_that_is_cut_is_refused() {
    let whole = model(Some(forecasts()));
    let file = whole.to_bytes().unwrap();
    let read = Scorer::from_bytes(&file).unwrap();
    assert_eq!(read.model(), &whole);
    assert_eq!(read.model().to_bytes().unwrap(), file);
    for length in 0..file.len() {
        assert!(Scorer::from_bytes(&file[..length]).is_err(), "{length}");
    }
    // A model without forecasts says nothing of them: older files stay as they were.
    let without = model(None).to_bytes().unwrap();
    assert!(!without.windows(9).any(|bytes| bytes == b"forecasts\"" || bytes == b"\"outputs\""));
}

/// Bytes of header and sections changed under a checksum that fits: each file is refused, or a model that scores.
fn changed_bytes(step: usize) -> (usize, usize) {
    let file = model(Some(forecasts())).to_bytes().unwrap();
    let rows = rows(9);
    let mut scores = [Score::EMPTY; 9];
    let (mut refused, mut accepted) = (0, 0);
    let probes = file.len() - 32 - 8 - 16 - 43 * (13 * 8 + 64 + 23 * 8);
    for at in (24..probes).step_by(step) {
        for change in [0x01, 0x80] {
            let mut damaged = file.clone();
            damaged[at] ^= change;
            match Scorer::from_bytes(&sealed(damaged)) {
                Ok(scorer) => {
                    accepted += 1;
                    if scorer.schema().len() == 13 {
                        scorer.score_rows(&rows, 13, &mut scores).unwrap();
                    }
                }
                Err(error) => {
                    let kinds = [ErrorKind::Format, ErrorKind::Unsupported, ErrorKind::Numerics];
                    assert!(kinds.contains(&error.kind()), "byte {at}: {error}");
                    refused += 1;
                }
            }
        }
    }
    (accepted, refused)
}

#[test]
#[cfg_attr(miri, ignore = "loads hundreds of models")]
fn a_changed_byte_is_refused_or_gives_a_model_that_scores() {
    // Names may be anything; a number of a forecast gives other probe rows.
    let (accepted, refused) = changed_bytes(11);
    assert!(accepted > 5 && refused > 300, "{accepted} accepted, {refused} refused");
}

#[test]
#[ignore = "part of make test-long"]
fn every_changed_byte_is_refused_or_gives_a_model_that_scores() {
    let (accepted, refused) = changed_bytes(1);
    assert!(accepted > 50 && refused > 3000, "{accepted} accepted, {refused} refused");
}
