//! What means over a tree promise, whatever the tree: by properties, not by our own numbers.
#![allow(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use karat_scorer::step::{Fields, Indicator, Indicators, Mean, Node, Nodes, Rules, Scale, Tree};
use karat_scorer::{Explanation, Field, Isa, Missing, Model, Names, Schema, Score, Scorer};
use proptest::prelude::*;

fn mean() -> impl Strategy<Value = Mean> {
    prop_oneof![
        Just(Mean::Arithmetic),
        Just(Mean::Geometric),
        Just(Mean::Harmonic),
        (0.01..20.0_f64).prop_map(Mean::Power),
        (-20.0..-0.01_f64).prop_map(Mean::Power),
    ]
}

/// Two dimensions of three and two indicators under a root that is not arithmetic.
fn nodes() -> impl Strategy<Value = Nodes> {
    let root = mean().prop_filter("one that lifts", |mean| *mean != Mean::Arithmetic);
    (mean(), mean(), root, prop::collection::vec(0.05..1.0_f64, 7), prop::collection::vec(0.0..1.0_f64, 5))
        .prop_map(|(first, second, root, weight, reference)| Nodes {
            floor: 0.01,
            parent: vec![0, 0, 0, 1, 1],
            weight: weight[..5].to_vec(),
            reference,
            list: vec![
                Node { mean: first, parent: 2, weight: weight[5] },
                Node { mean: second, parent: 2, weight: weight[6] },
                Node { mean: root, parent: 2, weight: 1.0 },
            ],
        })
}

fn tree() -> Tree {
    let dimension = vec![0, 0, 0, 1, 1];
    Tree { scale: 100.0, minimum_coverage: 0.0, weights: vec![0.2; 5], within: vec![0.5; 5], dimension }
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    let edge = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64, 0.0..1e-9_f64];
    prop::collection::vec(edge, 5)
}

fn model(nodes: Nodes) -> Model {
    let names = |stem: &str, count: usize| (0..count).map(|at| format!("{stem}{at}")).collect::<Vec<_>>();
    let field = |name| Field::numeric(name).missing(Missing::Renormalise);
    let indicator = |field| Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 1.0 });
    Model {
        name: "nodes".to_owned(),
        schema: Schema::new(names("field", 5).into_iter().map(field).collect()).unwrap(),
        names: Names { dimensions: names("d", 2), indicators: names("i", 5), ..Names::default() },
        fields: Fields { fill: vec![0.0; 5] },
        indicators: Indicators { list: (0..5).map(indicator).collect() },
        tree: tree(),
        nodes: Some(nodes),
        profiles: None,
        rules: Rules::default(),
        grades: None,
        types: None,
        segments: None,
        forecasts: None,
        notes: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// No mean leaves the range of its children, and none falls when a child rises.
    #[test]
    fn means_are_internal_and_monotone(nodes in nodes(), z in values(), at in 0..5_usize, up in 0.0..1.0_f64) {
        let index = nodes.eval(&tree(), &z).unwrap();
        let lifted = z.iter().map(|z| 0.01 + 0.99 * z);
        let least = 100.0 * lifted.clone().fold(f64::INFINITY, f64::min);
        let most = 100.0 * lifted.fold(0.0, f64::max);
        prop_assert!(least - 1e-11 <= index && index <= most + 1e-11, "{least} {index} {most}");
        let mut raised = z.clone();
        raised[at] += (1.0 - raised[at]) * up;
        let higher = nodes.eval(&tree(), &raised).unwrap();
        prop_assert!(higher >= index - 1e-11, "{index} {higher}");
    }

    /// Without a floor, indicators all half as large give half the index.
    #[test]
    fn means_are_homogeneous(mut nodes in nodes(), z in prop::collection::vec(0.01..1.0_f64, 5), by in 0.1..1.0_f64) {
        nodes.floor = 0.0;
        let index = nodes.eval(&tree(), &z).unwrap();
        let scaled: Vec<f64> = z.iter().map(|z| z * by).collect();
        let found = nodes.eval(&tree(), &scaled).unwrap();
        prop_assert!((found - by * index).abs() <= 1e-11 * index, "{found} {}", by * index);
    }

    /// The inequality of power means: the larger the exponent, the larger the mean.
    #[test]
    fn larger_exponents_give_larger_means(mut nodes in nodes(), z in values()) {
        let mut last = 0.0;
        for mean in [Mean::Power(-3.0), Mean::Harmonic, Mean::Power(-0.5), Mean::Geometric, Mean::Power(0.5),
            Mean::Power(1.0), Mean::Power(4.0)] {
            nodes.list[2].mean = mean;
            nodes.list[0].mean = mean;
            nodes.list[1].mean = mean;
            let index = nodes.eval(&tree(), &z).unwrap();
            prop_assert!(index >= last - 1e-11, "{mean:?}: {index} below {last}");
            last = index;
        }
    }

    /// The closed form leaves no remainder, also from the reference to itself and from next to it.
    #[test]
    fn contributions_add_up(nodes in nodes(), z in values(), reference in values(), near in 0.0..1e-9_f64) {
        let beside: Vec<f64> = reference.iter().map(|z| z * (1.0 - near)).collect();
        for z in [&z, &reference, &beside] {
            let points = nodes.contributions(&tree(), z, &reference).unwrap();
            let difference = nodes.eval(&tree(), z).unwrap() - nodes.eval(&tree(), &reference).unwrap();
            let sum: f64 = points.iter().sum();
            prop_assert!((sum - difference).abs() <= 1e-10, "{sum} {difference} {points:?}");
        }
        // Nobody pays for an indicator that is as in the reference; signs follow the indicator.
        let points = nodes.contributions(&tree(), &z, &reference).unwrap();
        for ((point, z), reference) in points.iter().zip(&z).zip(&reference) {
            prop_assert!(point * (z - reference) >= 0.0 && (z != reference || *point == 0.0));
        }
    }

    /// Alone, in batches and in every instruction set: the same bits, missing values and all.
    #[test]
    fn one_row_is_a_batch(nodes in nodes(), z in prop::collection::vec(values(), 45), gaps in any::<u64>()) {
        let scorer = Scorer::new(&model(nodes)).unwrap();
        let mut rows = z.concat();
        for (at, value) in rows.iter_mut().enumerate() {
            if gaps >> (at % 61) & 1 == 1 && at % 3 == 0 {
                *value = f64::NAN;
            }
        }
        let mut batch = vec![Score::EMPTY; 45];
        for isa in [Isa::Portable, Isa::Avx2].into_iter().filter(|isa| isa.available()) {
            scorer.clone().with_isa(isa).unwrap().score_rows(&rows, 5, &mut batch).unwrap();
            for (row, found) in rows.chunks_exact(5).zip(&batch) {
                let alone = scorer.score(row).unwrap();
                prop_assert_eq!(alone.to_bytes(), found.to_bytes());
                let (mut points, mut dimensions) = (vec![0.0; 5], vec![0.0; 2]);
                let mut explanation =
                    Explanation { points: &mut points, dimensions: &mut dimensions, indicators: &mut [] };
                let explained = scorer.explain(row, &mut explanation).unwrap();
                prop_assert_eq!(alone.to_bytes(), explained.to_bytes());
                if !alone.index.is_nan() {
                    let sum = scorer.base(row).unwrap() + points.iter().sum::<f64>();
                    prop_assert!((sum - alone.index).abs() < 1e-10, "{sum} {alone:?}");
                }
            }
        }
    }
}

/// A dimension of which nothing is known leaves the others to speak for the whole.
#[test]
fn a_node_without_values_is_left_out() {
    let node = |mean, parent, weight| Node { mean, parent, weight };
    let nodes = Nodes {
        floor: 0.0,
        parent: vec![0, 0, 0, 1, 1],
        weight: vec![0.5, 0.25, 0.25, 0.5, 0.5],
        reference: vec![0.5; 5],
        list: vec![
            node(Mean::Arithmetic, 2, 0.75),
            node(Mean::Arithmetic, 2, 0.25),
            node(Mean::Power(2.0), 2, 1.0),
        ],
    };
    let mut model = model(nodes);
    for indicator in &mut model.indicators.list {
        *indicator = Indicator::new(indicator.field, Scale::Bands { at: vec![0.0, 1.0], to: vec![0.1, 1.0] });
    }
    let scorer = Scorer::new(&model).unwrap();
    let missing = f64::NAN;
    let mut dimensions = [0.0; 2];
    let mut explanation = Explanation { dimensions: &mut dimensions, ..Explanation::default() };
    let score = scorer.explain(&[1.0, missing, 0.0, missing, missing], &mut explanation).unwrap();
    // (0.5 x 1 + 0.25 x 0.1) / 0.75 = 0.7.
    assert!((score.index - 70.0).abs() < 1e-12, "{score:?}");
    assert!((dimensions[0] - 70.0).abs() < 1e-12 && dimensions[1].is_nan(), "{dimensions:?}");
    assert!((score.coverage - 0.4).abs() < 1e-15);
}

/// So does one whose only value that is known weighs nothing.
#[test]
fn a_node_whose_values_weigh_nothing_is_left_out() {
    let node = |mean, parent, weight| Node { mean, parent, weight };
    let nodes = Nodes {
        floor: 0.01,
        parent: vec![0, 0, 0, 1, 1],
        weight: vec![0.5, 0.25, 0.25, 0.0, 1.0],
        reference: vec![0.5; 5],
        list: vec![
            node(Mean::Geometric, 2, 0.75),
            node(Mean::Geometric, 2, 0.25),
            node(Mean::Geometric, 2, 1.0),
        ],
    };
    let scorer = Scorer::new(&model(nodes)).unwrap();
    let missing = f64::NAN;
    let row = [1.0, missing, 0.25, 0.3, missing];
    let mut points = [0.0; 5];
    let mut explanation = Explanation { points: &mut points, ..Explanation::default() };
    let score = scorer.explain(&row, &mut explanation).unwrap();
    assert_eq!(points[3..], [0.0, 0.0]);
    let told = scorer.base(&row).unwrap() + points.iter().sum::<f64>();
    assert!((told - score.index).abs() < 1e-10, "{points:?} {score:?}");
}
