//! What holds for every model and every row.
#![cfg(not(miri))] // An interpreter has no time for random models.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod fixture;

use fixture::{plain, records, sealed, small, words};
use karat_scorer::reasons::{Reason, notes_of_reference};
use karat_scorer::step::{
    Comparison, Condition, Effect, Grades, Indicator, Polarity, Profile, Profiles, Rule, Scale, Segments,
};
use karat_scorer::{Explanation, Explanations, Field, Isa, Missing, Model, NONE, Schema, Score, Scorer};
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Any 64 bits, and often the numbers at which a model changes its mind.
fn value() -> impl Strategy<Value = f64> {
    let special = select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 5e-324, f64::MAX, 1.0]);
    prop_oneof![
        2 => any::<u64>().prop_map(f64::from_bits),
        1 => special,
        4 => -20.0..120.0,
        2 => (-2..12).prop_map(f64::from),
    ]
}

fn ascending(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(0.0..50.0, count).prop_map(|mut values| {
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        values[last] += 1.0;
        values
    })
}

/// A scale of which more is never worse.
fn rising() -> impl Strategy<Value = Scale> {
    let pair = (-50.0..50.0, 0.1..100.0).prop_map(|(lo, span): (f64, f64)| (lo, lo + span));
    prop_oneof![
        pair.clone().prop_map(|(lo, hi)| Scale::MinMax { lo, hi }),
        (-50.0..50.0, 0.1..30.0, 0.5..4.0).prop_map(|(mean, standard_deviation, width)| Scale::ZScore {
            mean,
            standard_deviation,
            width
        }),
        ascending(2..40).prop_map(|knots| Scale::Rank { knots }),
        (-0.9..50.0, 0.1..100.0).prop_map(|(lo, span): (f64, f64)| Scale::Log1p { lo, hi: lo + span }),
        (0.1..60.0).prop_map(|tau| Scale::Saturating { tau }),
        (1..20_usize)
            .prop_flat_map(|count| (ascending(count..count + 1), ascending(count..count + 1)))
            .prop_map(|(at, to)| Scale::Bands { at, to: to.iter().map(|value| value / 51.0).collect() }),
        pair.prop_map(|(fail, pass)| Scale::Efficacy { fail, pass }),
        (0.01..20.0, any::<bool>(), -50.0..0.0, 0.0..50.0)
            .prop_map(|(per_unit, whole, lo, hi)| Scale::Points { per_unit, whole, lo, hi }),
    ]
}

fn scale() -> impl Strategy<Value = Scale> {
    let target = ascending(4..5).prop_map(|t| Scale::Target {
        lo: t[0] - 1.0,
        best_lo: t[1],
        best_hi: t[2],
        hi: t[3],
    });
    prop_oneof![6 => rising(), 1 => target]
}

fn missing() -> impl Strategy<Value = Missing> {
    use Missing::{Ignore, Median, Neutral, Refuse, Renormalise, Value};
    select(vec![Value, Median, Neutral, Renormalise, Renormalise, Ignore, Refuse])
}

prop_compose! {
    fn indicator(fields: usize)(
        field in 0..fields as u32, scale in scale(), cost: bool, neutral in 0.0..1.0,
        clip in proptest::option::of((-10.0..20.0, 0.0..50.0)),
    ) -> Indicator {
        let polarity = if cost { Polarity::Cost } else { Polarity::Benefit };
        let clip = clip.map(|(lo, span): (f64, f64)| (lo, lo + span));
        Indicator { polarity, neutral, clip, ..Indicator::new(field, scale) }
    }
}

prop_compose! {
    fn rule(fields: usize)(
        conditions in proptest::collection::vec((0..fields as u32, 0..7_usize, -10.0..60.0), 1..4),
        effect in prop_oneof![
            Just(Effect::Gate), (0.0..20.0).prop_map(Effect::Penalty), (0..3_u32).prop_map(Effect::Cap)
        ],
    ) -> Rule {
        use Comparison::{Above, AtLeast, AtMost, Below, Equal, Missing, NotEqual};
        let comparisons = [Below, AtMost, Equal, NotEqual, AtLeast, Above, Missing];
        let conditions = conditions.into_iter().map(|(field, comparison, value): (u32, usize, f64)| {
            Condition { field, comparison: comparisons[comparison], value: value.round() }
        });
        Rule { conditions: conditions.collect(), effect }
    }
}

prop_compose! {
    fn parts(fields: usize)(
        missing in proptest::collection::vec(missing(), fields..=fields),
        indicators in proptest::collection::vec(indicator(fields), 1..40),
        rules in proptest::collection::vec(rule(fields), 0..4),
        weights in proptest::collection::vec(0.01..1.0, 40),
        centers in proptest::collection::vec(0.0..1.0, 0..7),
        minimum_coverage in prop_oneof![Just(0.0), 0.0..1.0],
        profiles in proptest::option::of((missing_category(), proptest::collection::vec(profile(), 2..5))),
    ) -> Model {
        let fields = missing.iter().enumerate().map(|(i, rule)| Field::numeric(format!("f{i}")).missing(*rule));
        let mut fields: Vec<Field> = fields.collect();
        if let Some((missing, list)) = &profiles {
            let categories = (0..list.len()).map(|i| format!("c{i}"));
            fields.push(Field::categorical("category", categories).missing(*missing));
        }
        let mut model = plain(fields, indicators);
        let count = model.indicators.list.len();
        if let Some((_, mut list)) = profiles {
            list.iter_mut().flatten().for_each(|profile| {
                profile.weights.truncate(count);
                profile.within.truncate(count);
            });
            if list.iter().any(Option::is_some) {
                model.profiles = Some(Profiles { field: model.schema.len() as u32 - 1, list });
            }
        }
        model.tree.weights = weights[..count].to_vec();
        model.tree.minimum_coverage = minimum_coverage;
        model.names.rules = (0..rules.len()).map(|i| format!("r{i}")).collect();
        model.rules.list = rules;
        model.grades = Some(Grades { cuts: vec![20.0, 60.0] });
        model.names.grades = words("low middle high");
        if !centers.is_empty() {
            let rows: Vec<Vec<f64>> = centers.iter().map(|&center| vec![center]).collect();
            model.segments = Some(Segments::from_rows(vec![count as u32 - 1], &rows).unwrap());
            model.names.segments = (0..rows.len()).map(|i| format!("s{i}")).collect();
        }
        model
    }
}

/// Weights of some customers, by enough indicators for any model.
fn profile() -> impl Strategy<Value = Option<Profile>> {
    let weights = || proptest::collection::vec(prop_oneof![4 => 0.01..1.0, 1 => Just(0.0)], 40);
    let profile = (weights(), weights(), 0.01..1.0).prop_map(|(mut weights, within, first)| {
        weights[0] = first;
        Profile { weights, within }
    });
    prop_oneof![3 => profile.prop_map(Some), 1 => Just(None)]
}

/// What a missing category means.
fn missing_category() -> impl Strategy<Value = Missing> {
    select(vec![Missing::Ignore, Missing::Value, Missing::Neutral, Missing::Renormalise])
}

/// A model of 1 to 40 fields and 1 to 39 indicators with everything but types.
fn model() -> impl Strategy<Value = Model> {
    prop_oneof![4 => 1..9_usize, 1 => 30..41_usize].prop_flat_map(parts)
}

/// A model and some rows of its width.
fn model_and_rows(most: usize) -> impl Strategy<Value = (Model, Vec<f64>)> {
    (model(), 1..=most).prop_flat_map(|(model, rows)| {
        let width = model.schema.len();
        (Just(model), proptest::collection::vec(value(), rows * width))
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_index_is_the_sum_of_the_points((model, rows) in model_and_rows(4)) {
        let scorer = Scorer::new(&model).unwrap();
        for row in rows.chunks_exact(model.schema.len()) {
            let mut points = vec![0.0; scorer.point_count()];
            let mut explanation = Explanation { points: &mut points, ..Explanation::default() };
            let score = scorer.explain(row, &mut explanation).unwrap();
            prop_assert_eq!(score.to_bytes(), scorer.score(row).unwrap().to_bytes());
            let sum = points.iter().fold(0.0, |sum, point| sum + point);
            if score.index.is_nan() {
                prop_assert!(score.has(karat_scorer::flags::REFUSED));
                prop_assert_eq!(score.index.to_bits(), 0x7ff8_0000_0000_0000);
            } else {
                prop_assert_eq!(sum.to_bits(), score.index.to_bits());
                prop_assert!(score.index.is_finite());
            }
        }
    }

    /// Whatever the bits of the rows: eight side by side, one alone, by rows or by columns.
    #[test]
    fn lanes_are_scalars((model, rows) in model_and_rows(20)) {
        let scorer = Scorer::new(&model).unwrap();
        let width = model.schema.len();
        let single: Vec<Score> = rows.chunks_exact(width).map(|row| scorer.score(row).unwrap()).collect();
        let columns: Vec<Vec<f64>> =
            (0..width).map(|field| rows.iter().skip(field).step_by(width).copied().collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for isa in [Isa::Portable, Isa::Avx2].into_iter().filter(|isa| isa.available()) {
            let scorer = scorer.clone().with_isa(isa).unwrap();
            let mut out = vec![Score::EMPTY; single.len()];
            scorer.score_rows(&rows, width, &mut out).unwrap();
            prop_assert_eq!(records(&out), records(&single));
            out.fill(Score::EMPTY);
            scorer.score_columns(&columns, &mut out).unwrap();
            prop_assert_eq!(records(&out), records(&single));
        }
    }

    /// Explanations of a batch have the bits of those of its rows, and its reasons are the largest shortfalls.
    #[test]
    fn a_batch_is_explained_as_its_rows_are(
        (mut model, mut rows) in model_and_rows(40), plain_one: bool, complete: bool, top in 1..5_usize,
        means in proptest::collection::vec(0.0..1.0, 40),
    ) {
        let width = model.schema.len();
        if plain_one {
            model.rules.list.clear();
            model.names.rules.clear();
        }
        if complete {
            rows.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = 3.5);
        }
        model.notes = notes_of_reference(&means[..model.indicators.list.len()], &[]);
        let scorer = Scorer::new(&model).unwrap();
        let (count, entries) = (rows.len() / width, scorer.point_count());
        let columns: Vec<Vec<f64>> =
            (0..width).map(|field| rows.iter().skip(field).step_by(width).copied().collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for isa in [Isa::Portable, Isa::Avx2].into_iter().filter(|isa| isa.available()) {
            let scorer = scorer.clone().with_isa(isa).unwrap();
            for by_rows in [true, false] {
                let (mut index, mut dimensions) = (vec![0.0; count], vec![0.0; count]);
                let (mut points, mut reasons) = (vec![0.0; count * entries], vec![0; count * top]);
                let mut shortfalls = vec![0.0; count * top];
                let mut all = Explanations {
                    index: &mut index,
                    points: &mut points,
                    dimensions: &mut dimensions,
                    reasons: &mut reasons,
                    shortfalls: &mut shortfalls,
                };
                if by_rows {
                    scorer.explain_rows(&rows, width, count, &mut all).unwrap();
                } else {
                    scorer.explain_columns(&columns, &mut all).unwrap();
                }
                for (at, row) in rows.chunks_exact(width).enumerate() {
                    let (mut own, mut own_dimension) = (vec![0.0; entries], [0.0]);
                    let mut one = Explanation {
                        points: &mut own, dimensions: &mut own_dimension, indicators: &mut [],
                    };
                    let score = scorer.explain(row, &mut one).unwrap();
                    let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    prop_assert_eq!(score.index.to_bits(), index[at].to_bits());
                    prop_assert_eq!(bits(&own), bits(&points[at * entries..(at + 1) * entries]));
                    prop_assert_eq!(bits(&own_dimension), bits(&dimensions[at..=at]));
                    let alone = scorer.reasons(row, top).unwrap();
                    let none = Reason { position: NONE, shortfall: karat_scorer::numerics::NAN };
                    let named = alone.as_slice().iter().copied().chain([none; 4]).take(top);
                    let (reasons, shortfalls) = (&reasons[at * top..], &shortfalls[at * top..]);
                    for (reason, (position, shortfall)) in named.zip(reasons.iter().zip(shortfalls)) {
                        prop_assert_eq!(reason.position, *position);
                        prop_assert_eq!(reason.shortfall.to_bits(), shortfall.to_bits());
                    }
                }
            }
        }
    }

    /// The index alone has the bits of the record: in models of any kind, in plain ones, and with or without
    /// missing fields.
    #[test]
    fn the_index_alone_is_that_of_the_record(
        (mut model, mut rows) in model_and_rows(40), plain_one: bool, complete: bool,
    ) {
        let width = model.schema.len();
        if plain_one {
            let one = model.indicators.list[0].clone();
            model.indicators.list.resize(width, one);
            for (position, indicator) in model.indicators.list.iter_mut().enumerate() {
                indicator.field = position as u32;
            }
            model.rules.list.clear();
            let fields = model.schema.fields().iter();
            let fields = fields.map(|field| Field::numeric(&field.name).missing(field.missing)).collect();
            model = plain(fields, model.indicators.list);
        }
        if complete {
            rows.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = 3.5);
        }
        let scorer = Scorer::new(&model).unwrap();
        let columns: Vec<Vec<f64>> =
            (0..width).map(|field| rows.iter().skip(field).step_by(width).copied().collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let bits = |index: &[f64]| index.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let single: Vec<f64> = rows.chunks_exact(width).map(|row| scorer.score(row).unwrap().index).collect();
        for isa in [Isa::Portable, Isa::Avx2].into_iter().filter(|isa| isa.available()) {
            let scorer = scorer.clone().with_isa(isa).unwrap();
            let mut index = vec![0.0; single.len()];
            scorer.index_rows(&rows, width, &mut index).unwrap();
            prop_assert_eq!(bits(&index), bits(&single));
            index.fill(0.0);
            scorer.index_columns(&columns, &mut index).unwrap();
            prop_assert_eq!(bits(&index), bits(&single));
        }
    }

    /// The same fields in another order are the same customer.
    #[test]
    fn permuting_the_columns_changes_nothing((model, rows) in model_and_rows(4), keys: [u64; 41]) {
        let width = model.schema.len();
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by_key(|&field| keys[field]);
        let place = |field: u32| order.iter().position(|&from| from == field as usize).unwrap() as u32;
        let mut permuted = model.clone();
        permuted.schema =
            Schema::new(order.iter().map(|&from| model.schema.fields()[from].clone()).collect()).unwrap();
        permuted.fields.fill = order.iter().map(|&from| model.fields.fill[from]).collect();
        permuted.indicators.list.iter_mut().for_each(|indicator| indicator.field = place(indicator.field));
        for condition in permuted.rules.list.iter_mut().flat_map(|rule| &mut rule.conditions) {
            condition.field = place(condition.field);
        }
        if let Some(profiles) = &mut permuted.profiles {
            profiles.field = place(profiles.field);
        }
        let (scorer, permuted) = (Scorer::new(&model).unwrap(), Scorer::new(&permuted).unwrap());
        for row in rows.chunks_exact(width) {
            let other: Vec<f64> = order.iter().map(|&from| row[from]).collect();
            prop_assert_eq!(
                scorer.score(row).unwrap().to_bytes(),
                permuted.score(&other).unwrap().to_bytes()
            );
        }
    }

    /// More of a benefit is never worth less, however little more it is.
    #[test]
    fn more_of_a_benefit_never_lowers_the_index(
        scale in rising(), x in -20.0..120.0, far in 0.0..100.0, rest in -20.0..120.0, weight in 0.01..1.0,
    ) {
        let other = Indicator::new(1, Scale::Saturating { tau: 7.0 }).cost();
        let mut model =
            plain(vec![Field::numeric("more"), Field::numeric("rest")], vec![Indicator::new(0, scale), other]);
        model.tree.weights[0] = weight;
        let scorer = Scorer::new(&model).unwrap();
        let index = |x: f64| scorer.score(&[x, rest]).unwrap().index;
        let start: f64 = x;
        let steps = std::iter::successors(Some(start), |x| Some(x.next_up())).take(20).chain([start + far]);
        let mut last = f64::NEG_INFINITY;
        for x in steps {
            let found = index(x);
            prop_assert!(found >= last, "{} at {}, {} before", found, x, last);
            last = if x > start + 1.0 { last } else { found };
        }
    }

    #[test]
    fn a_model_is_its_file(model in model()) {
        let file = model.to_bytes().unwrap();
        let scorer = Scorer::from_bytes(&file).unwrap();
        prop_assert_eq!(scorer.model(), &model);
        prop_assert_eq!(scorer.model().to_bytes().unwrap(), file);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), magic: bool) {
        let bytes = if magic { [b"\x89KARAT\r\n\x01\x00\x01\x00".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(Scorer::from_bytes(&bytes).is_err());
    }

    /// Words of the payload replaced under a good checksum: refused, or a model that scores any row.
    #[test]
    fn arbitrary_words_never_panic(
        edits in proptest::collection::vec((any::<Index>(), prop_oneof![
            any::<u64>(), value().prop_map(f64::to_bits), 0..300_u64,
        ]), 1..4),
        row in proptest::collection::vec(value(), 4),
    ) {
        let mut file = small().to_bytes().unwrap();
        let header = u32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
        // The probe rows at the end would catch nearly everything before it is tried.
        let words = (file.len() - 32 - 24 - header - 16 - 3568) / 8;
        for (at, word) in edits {
            let at = 24 + header + 8 * at.index(words);
            file[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        if let Ok(scorer) = Scorer::from_bytes(&sealed(file)) {
            let score = scorer.score(&row).unwrap();
            prop_assert!(score.index.is_finite() || score.has(karat_scorer::flags::REFUSED));
        }
    }
}
