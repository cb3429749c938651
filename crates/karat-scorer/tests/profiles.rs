//! Weights by the category of a field, against numbers worked out by hand.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod fixture;

use fixture::{plain, words};
use karat_scorer::reasons::notes_of_reference;
use karat_scorer::step::{Indicator, MAX_PROFILES, Mean, Node, Nodes, Profile, Profiles, Scale};
use karat_scorer::{Explanation, Field, Missing, Model, NONE, Scorer, flags};

/// Two indicators of 0 to 10 in two dimensions: weights 0.75 and 0.25, in the stage "growth" 0.25 and 0.75.
fn by_stage() -> Model {
    let fields = vec![
        Field::numeric("x").missing(Missing::Renormalise),
        Field::numeric("y").missing(Missing::Renormalise),
        Field::categorical("stage", ["entry", "growth"]).missing(Missing::Ignore),
    ];
    let indicator = |field| Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 10.0 });
    let mut model = plain(fields, vec![indicator(0), indicator(1)]);
    model.tree.weights = vec![0.75, 0.25];
    model.tree.within = vec![1.0, 0.5];
    model.tree.dimension = vec![0, 1];
    model.names.dimensions = words("d0 d1");
    let growth = Profile { weights: vec![0.25, 0.75], within: vec![0.5, 1.0] };
    model.profiles = Some(Profiles { field: 2, list: vec![None, Some(growth)] });
    model.notes = notes_of_reference(&[0.5, 0.5], &[]);
    model
}

#[test]
fn each_customer_has_the_weights_of_its_category() {
    let scorer = Scorer::new(&by_stage()).unwrap();
    // x = 2, y = 8: 0.75 * 20 + 0.25 * 80 = 35, or 0.25 * 20 + 0.75 * 80 = 65.
    let cases = [
        (0.0, 35.0, [15.0, 20.0], [20.0, 40.0], 0),
        (1.0, 65.0, [5.0, 60.0], [10.0, 80.0], 0),
        // A category that the model does not know, or none, has the default's weights.
        (2.0, 35.0, [15.0, 20.0], [20.0, 40.0], flags::UNSEEN),
        (0.5, 35.0, [15.0, 20.0], [20.0, 40.0], flags::UNSEEN),
        (-1.0, 35.0, [15.0, 20.0], [20.0, 40.0], flags::UNSEEN),
        (f64::NAN, 35.0, [15.0, 20.0], [20.0, 40.0], 0),
    ];
    let mut rows = Vec::new();
    for (stage, index, points, dimensions, mark) in cases {
        let row = [2.0, 8.0, stage];
        rows.extend(row);
        let (mut found, mut of) = ([0.0; 2], [0.0; 2]);
        let mut wanted = Explanation { points: &mut found, dimensions: &mut of, ..Explanation::default() };
        let score = scorer.explain(&row, &mut wanted).unwrap();
        assert!((score.index - index).abs() < 1e-12, "{stage}: {}", score.index);
        assert!(found.iter().zip(points).all(|(a, b)| (a - b).abs() < 1e-12), "{stage}: {found:?}");
        assert!(of.iter().zip(dimensions).all(|(a, b)| (a - b).abs() < 1e-12), "{stage}: {of:?}");
        assert_eq!(score.flags & (flags::UNSEEN | flags::REFUSED), mark, "{stage}");
        assert_eq!(score.grade, NONE);
    }
    let mut index = [0.0; 6];
    scorer.index_rows(&rows, 3, &mut index).unwrap();
    assert_eq!(index.map(f64::round), [35.0, 65.0, 35.0, 35.0, 35.0, 35.0]);
}

#[test]
fn coverage_and_stretch_are_those_of_the_profile() {
    let scorer = Scorer::new(&by_stage()).unwrap();
    for (stage, coverage) in [(0.0, 0.25), (1.0, 0.75)] {
        let score = scorer.score(&[f64::NAN, 8.0, stage]).unwrap();
        assert!((score.index - 80.0).abs() < 1e-12 && score.coverage == coverage, "{stage}: {score:?}");
    }
}

#[test]
fn reasons_weigh_shortfalls_as_the_profile_does() {
    let scorer = Scorer::new(&by_stage()).unwrap();
    // Against the mean 0.5 both fall short by 0.1: 10 * weight.
    for (stage, first, most) in [(0.0, 0, 7.5), (1.0, 1, 7.5)] {
        let reasons = scorer.reasons(&[4.0, 4.0, stage], 2).unwrap();
        let found = reasons.as_slice()[0];
        assert_eq!(found.position, first);
        assert!((found.shortfall - most).abs() < 1e-12, "{}", found.shortfall);
    }
    assert_eq!(scorer.weights(&[0.0, 0.0, 1.0]).unwrap(), [0.25, 0.75]);
    assert_eq!(scorer.weights(&[0.0, 0.0, 9.0]).unwrap(), [0.75, 0.25]);
    assert!(scorer.weights(&[0.0]).is_err());
}

#[test]
fn a_filled_category_chooses_as_a_given_one() {
    let mut model = by_stage();
    let mut fields = model.schema.fields().to_vec();
    fields[2] = fields[2].clone().missing(Missing::Value);
    model.schema = karat_scorer::Schema::new(fields).unwrap();
    model.fields.fill[2] = 1.0;
    let score = Scorer::new(&model).unwrap().score(&[2.0, 8.0, f64::NAN]).unwrap();
    assert!((score.index - 65.0).abs() < 1e-12 && score.has(flags::IMPUTED));
}

/// A profile with the tree's own weights gives the bits of a model without profiles.
#[test]
fn equal_weights_have_equal_bits() {
    let mut model = by_stage();
    let own = Profile { weights: model.tree.weights.clone(), within: model.tree.within.clone() };
    model.profiles = Some(Profiles { field: 2, list: vec![Some(own.clone()), Some(own)] });
    let with = Scorer::new(&model).unwrap();
    model.profiles = None;
    let without = Scorer::new(&model).unwrap();
    for i in 0..50 {
        let x = if i % 7 == 0 { f64::NAN } else { f64::from(i) / 3.7 };
        let row = [x, f64::from(i * i) / 191.3, f64::from(i % 3)];
        assert_eq!(with.score(&row).unwrap().to_bytes(), without.score(&row).unwrap().to_bytes());
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |change: &dyn Fn(&mut Model), says: &str| {
        let mut model = by_stage();
        change(&mut model);
        let error = model.check().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    let of = |model: &mut Model, change: &dyn Fn(&mut Profiles)| change(model.profiles.as_mut().unwrap());
    let growth = |model: &mut Model, weights: &[f64], within: &[f64]| {
        let profile = Profile { weights: weights.to_vec(), within: within.to_vec() };
        model.profiles.as_mut().unwrap().list[1] = Some(profile);
    };
    refused(&|model| of(model, &|profiles| profiles.field = 0), "must be categorical");
    refused(&|model| of(model, &|profiles| profiles.field = 9), "must be categorical");
    refused(&|model| of(model, &|profiles| profiles.list.truncate(1)), "profiles");
    refused(&|model| of(model, &|profiles| profiles.list[1] = None), "must weigh some category");
    refused(&|model| growth(model, &[1.0], &[1.0, 1.0]), "weights of profile 1");
    refused(&|model| growth(model, &[1.0, 1.0], &[1.0]), "within of profile 1");
    refused(&|model| growth(model, &[1.0, -0.1], &[1.0, 1.0]), "not negative");
    refused(&|model| growth(model, &[1.0, 1.0], &[1.0, f64::NAN]), "finite weights");
    refused(&|model| growth(model, &[0.0, 0.0], &[1.0, 1.0]), "a weight above zero");
    refused(&|model| growth(model, &[1.0, 1e300], &[1.0, 1.0]), "must stay below 1e300");
    let many = |model: &mut Model| {
        let mut fields = model.schema.fields().to_vec();
        fields[2] = Field::categorical("stage", (0..=MAX_PROFILES).map(|i| format!("c{i}")));
        model.schema = karat_scorer::Schema::new(fields).unwrap();
    };
    refused(&many, "at most 256 categories");
    let with_nodes = |model: &mut Model| {
        model.nodes = Some(Nodes {
            floor: 0.01,
            parent: vec![0, 0],
            weight: vec![0.5, 0.5],
            reference: vec![0.5, 0.5],
            list: vec![Node { mean: Mean::Geometric, parent: 0, weight: 1.0 }],
        });
    };
    refused(&with_nodes, "`profiles` must not be with nodes");
}
