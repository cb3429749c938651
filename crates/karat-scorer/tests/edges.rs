//! The far ends of the number range and other places where a careless step would slip.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: a panic is its way to fail")]

mod fixture;

use fixture::{note, plain, replaced, single, small};
use karat_scorer::step::{Comparison, Condition, Effect, Indicator, Polarity, Rule, Scale};
use karat_scorer::{Error, ErrorKind, Explanation, Field, Missing, Model, Schema, Scorer};

const MOST: f64 = f64::MAX;

/// Halves go upwards and nothing else does: 0.49999999999999994 is the largest double below one half, and
/// above 2^52 there are no halves.
#[test]
fn points_are_rounded_to_the_nearest_halves_upwards() {
    let points = Indicator::new(0, Scale::Points { per_unit: 1.0, whole: true, lo: -1e16, hi: 1e16 });
    for (x, expected) in [
        (149.5, 150.0),
        (0.5, 1.0),
        (0.499_999_999_999_999_94, 0.0),
        (-0.5, 0.0),
        (-0.500_000_000_000_000_1, -1.0),
        (-2.5, -2.0),
        (4_503_599_627_370_497.0, 4_503_599_627_370_497.0),
    ] {
        assert_eq!(points.eval(x).to_bits(), f64::to_bits(expected), "{x}");
    }
}

/// Infinity over infinity would be NaN without a flag.
#[test]
fn scales_whose_differences_overflow_are_refused() {
    for scale in [
        Scale::MinMax { lo: -MOST, hi: MOST },
        Scale::Rank { knots: vec![-MOST, MOST] },
        Scale::Bands { at: vec![-MOST, MOST], to: vec![0.0, 1.0] },
        Scale::Bands { at: vec![0.0, 1.0], to: vec![-MOST, MOST] },
        Scale::Target { lo: -MOST, best_lo: MOST, best_hi: MOST, hi: MOST },
    ] {
        let error = Scorer::new(&single(Indicator::new(0, scale.clone()))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{scale:?}: {error}");
    }
}

#[test]
fn an_index_that_could_overflow_is_refused() {
    let refused = |model: &Model| {
        let error = Scorer::new(model).unwrap_err().to_string();
        assert!(error.starts_with("`index` must stay below 1e300 for every row"), "{error}");
    };
    let points = |hi| Indicator::new(0, Scale::Points { per_unit: 1.0, whole: false, lo: 0.0, hi });
    refused(&single(points(MOST)));
    assert!(Scorer::new(&single(points(1e290))).is_ok());

    // Left with a weight of 1e-320, a row would be stretched by infinity.
    let fields = ["a", "b"].map(|name| Field::numeric(name).missing(Missing::Renormalise)).to_vec();
    let unit = |field| Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 1.0 });
    let mut thin = plain(fields, vec![unit(0), unit(1)]);
    thin.tree.weights = vec![1.0, 1e-320];
    refused(&thin);

    let mut heavy = small();
    heavy.rules.list[1].effect = Effect::Penalty(MOST);
    refused(&heavy);
}

/// `z0 + (z1 - z0) t` cannot pass `z1` by rounding while `t` is below 1: where one band ends and the next
/// begins, more of a field is never worth less.
#[test]
fn bands_stay_between_their_ends() {
    for step in 1..if cfg!(miri) { 9 } else { 1000_u32 } {
        let (from, to) = (f64::from(step) / 7.0, f64::from(step) / 3.0);
        let bands = Indicator::new(0, Scale::Bands { at: vec![0.0, 3.0], to: vec![from, to] });
        let before = 3.0_f64.next_down();
        assert!(bands.eval(before) <= bands.eval(3.0), "{step}");
        assert_eq!(bands.eval(3.0), to);
    }
}

#[test]
fn no_indicator_is_negative_zero() {
    for indicator in [
        Indicator::new(0, Scale::MinMax { lo: 0.0, hi: 1.0 }),
        Indicator::new(0, Scale::Points { per_unit: 1.0, whole: false, lo: -1.0, hi: 1.0 }),
        Indicator::new(0, Scale::Bands { at: vec![0.0, 1.0], to: vec![-0.0, 1.0] }),
    ] {
        for polarity in [Polarity::Benefit, Polarity::Cost] {
            let indicator = Indicator { polarity, ..indicator.clone() };
            assert!(indicator.eval(-0.0).is_sign_positive(), "{indicator:?}");
        }
    }
}

/// Indicators that no scorer has checked may be wrong, but evaluating them is no reason to stop a program.
#[test]
fn unchecked_indicators_do_not_panic() {
    for scale in [
        Scale::Rank { knots: vec![] },
        Scale::Rank { knots: vec![1.0] },
        Scale::Bands { at: vec![], to: vec![] },
        Scale::Categories { values: vec![] },
    ] {
        let indicator = Indicator::new(0, scale);
        let _ = (indicator.eval(1.0), indicator.eval(f64::NAN), indicator.bounds());
    }
}

/// A dimension of which nothing is known is the one NaN, whatever NaN the processor makes of 0 / 0.
#[test]
fn a_dimension_without_indicators_is_the_one_nan() {
    let mut model = small();
    let fields = model.schema.fields().iter().cloned().map(|field| field.missing(Missing::Renormalise));
    model.schema = Schema::new(fields.collect()).unwrap();
    let scorer = Scorer::new(&model).unwrap();
    let mut dimensions = [0.0; 2];
    let mut explanation = Explanation { dimensions: &mut dimensions, ..Explanation::default() };
    let score = scorer.explain(&[250.0, f64::NAN, 0.0, 0.0], &mut explanation).unwrap();
    assert_eq!(score.index, 50.0);
    assert_eq!(dimensions[0], 50.0);
    assert_eq!(dimensions[1].to_bits(), 0x7ff8_0000_0000_0000);
}

/// A mebibyte of short names must not take minutes to compare.
#[test]
#[cfg_attr(miri, ignore = "many names")]
fn many_names_are_compared_in_no_time() {
    let mut model = small();
    model.names.actions = (0..100_000).map(|i| format!("{i:x}")).collect();
    let start = std::time::Instant::now();
    Scorer::new(&model).unwrap();
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    model.names.actions.push("0".to_owned());
    let error = Scorer::new(&model).unwrap_err().to_string();
    assert_eq!(error, "`actions` must have different names, got `0` twice");
}

/// Whatever bytes a note has, they come back, and saving again gives the same file.
#[test]
#[cfg_attr(miri, ignore = "takes an interpreter long")]
fn notes_come_back_to_the_byte() {
    for bytes in [&b""[..], b"a", b"[plan]\n", b"ends in spaces   ", b"12345678", &[0x20; 8], &[0, 255, 10]] {
        let mut model = small();
        model.notes = vec![note("plan", bytes), note("card", b"x")];
        let file = model.to_bytes().unwrap();
        let back = Scorer::from_bytes(&file).unwrap();
        assert_eq!(back.model().note("plan"), Some(bytes));
        assert_eq!(back.model(), &model);
        assert_eq!(back.model().to_bytes().unwrap(), file);
    }
    let mut twice = small();
    twice.notes = vec![note("plan", b"1"), note("plan", b"2")];
    assert_eq!(twice.to_bytes().unwrap_err().kind(), ErrorKind::Argument);
}

/// Bits that scoring does not read may not differ either: equal models are equal files.
#[test]
#[cfg_attr(miri, ignore = "takes an interpreter long")]
fn a_second_encoding_of_one_model_is_refused() {
    let mut model = small();
    model.rules.list.push(Rule {
        conditions: vec![Condition { field: 0, comparison: Comparison::Missing, value: 12_345.678 }],
        effect: Effect::Gate,
    });
    model.names.rules.push("unknown".to_owned());
    let file = model.to_bytes().unwrap();
    let rule = |value: f64| {
        let head = [0_u64.to_le_bytes(), value.to_le_bytes(), 1_u64.to_le_bytes(), 0_u64.to_le_bytes()];
        [head.concat(), 6_u64.to_le_bytes().to_vec(), 12_345.678_f64.to_le_bytes().to_vec()].concat()
    };
    let error = Scorer::from_bytes(&replaced(&file, &rule(0.0), &rule(1.0))).unwrap_err();
    assert_eq!(error, Error::Format("section RULE: not in canonical form".to_owned()));
}

/// Two threads that save to one path leave one of the two files, whole, and nothing beside it.
#[test]
#[cfg_attr(miri, ignore = "writes files")]
fn saves_of_two_threads_do_not_mix() {
    let folder = std::env::temp_dir().join(format!("karat-edges-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("model.karat");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut model = small();
                model.name = format!("{thread}").repeat(1000 * (thread + 1));
                for _ in 0..10 {
                    model.save(path).unwrap();
                    assert!(Scorer::open(path).is_ok());
                }
            });
        }
    });
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    std::fs::remove_dir_all(&folder).unwrap();
}
